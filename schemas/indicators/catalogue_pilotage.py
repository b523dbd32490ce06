"""The indicators that steer: delays, stock, durations with those under way, persons and their returns."""

from schemas.indicators.catalogue_bali import CLOTURES, DETECTIONS, DURATION
from schemas.indicators.indicator import JOURS, NOMBRE, PART, Base, Indicator, Whole
from schemas.indicators.parcours import PARCOURS, STOCKS

PILOTAGE_PAGE = "PILOTAGE"

OUVERTURES = Base(PARCOURS, "annee_ouverture", "TRUE", "accompagnements ouverts dans l'année")
STOCK = Base(STOCKS, "annee_stock", "TRUE", "accompagnements en cours au 31 décembre de l'année")
PERSONNES = CLOTURES.but("id_personne IS NOT NULL", "accompagnements clôturés dans l'année, personne connue")

DELAY = "Délai de la date de création de la saisine à la date d'ouverture."
ENOUGH = "seules comptent les saisines observées assez longtemps au jour d'observation (ref.millesime)"
# what indicators need of the exports
OPENED = ("accompagnements.date_ouverture",)
PERSON = ("accompagnements.nir",)

DELAYS = (2, 15, 30)  # days after the saisine
RETURNS = {"6": 182, "12": 365}  # months, and the days after the closure that they stand for


def waited(days: int) -> Base:
    """The saisines seen so many days: opened by then, or neither opened nor closed; a closure on the last day is closed."""
    kept = f"(delai_jours <= {days} OR duree_jours > {days} OR duree_jours IS NULL)"
    words = f"saisines de l'année, observées au moins {days} jours, ouvertes ou encore en attente {days} jours après"
    return DETECTIONS.but(f"jours_observes >= {days} AND {kept}", words)


def followed(days: int) -> Base:
    """The closures of known persons seen so many days."""
    words = f"{PERSONNES.words}, observées au moins {days} jours après"
    return PERSONNES.but(f"suivi_jours >= {days}", words)


_DELAIS = (
    *(
        Indicator(
            f"delais.part_ouverts_{days}",
            f"Ouverts en {days} jours ou moins",
            PART,
            waited(days),
            PILOTAGE_PAGE,
            f"Part des accompagnements ouverts dans les {days} jours suivant la saisine ; une saisine clôturée sans ouverture dans "
            f"ce délai n'est pas comptée, et {ENOUGH}.",
            f"delai_jours <= {days}",
            needs=OPENED,
        )
        for days in DELAYS
    ),
    Indicator(
        "delais.ouverture_mediane",
        "Délai médian d'ouverture",
        JOURS,
        OUVERTURES,
        PILOTAGE_PAGE,
        f"Délai médian des accompagnements ouverts dans l'année. {DELAY}",
        median="delai_jours",
        needs=OPENED,
    ),
    Indicator(
        "delais.ouverture_moyenne",
        "Délai moyen d'ouverture",
        JOURS,
        OUVERTURES,
        PILOTAGE_PAGE,
        f"Délai moyen des accompagnements ouverts dans l'année. {DELAY}",
        total="delai_jours",
        needs=OPENED,
    ),
)

_DUREES = (
    Indicator(
        "durees.mediane_estimee",
        "Durée médiane, estimée, en cours compris",
        JOURS,
        DETECTIONS,
        PILOTAGE_PAGE,
        "Nombre de jours après lequel la moitié des saisines de l'année sont closes, estimé par la méthode de Kaplan-Meier : "
        "ce qui est en cours compte jusqu'au jour d'observation (ref.millesime). Rien tant que plus de la moitié est en "
        f"cours. {DURATION}",
        median="duree_jours",
        followed="jours_observes",
    ),
)

_STOCK = (
    Indicator(
        "stock.nombre",
        "Accompagnements en cours au 31 décembre",
        NOMBRE,
        STOCK,
        PILOTAGE_PAGE,
        "Nombre d'accompagnements en cours au 31 décembre : saisine créée ce jour ou avant, pas clôturée ce jour ; seulement si "
        "le jour d'observation (ref.millesime) n'est pas plus tôt.",
    ),
    Indicator(
        "stock.age_median",
        "Âge médian du stock au 31 décembre",
        JOURS,
        STOCK,
        PILOTAGE_PAGE,
        "Nombre médian de jours de la date de création de la saisine au 31 décembre, parmi les accompagnements en cours.",
        median="age_jours",
    ),
    Indicator(
        "stock.part_plus_180",
        "En cours depuis plus de 180 jours au 31 décembre",
        PART,
        STOCK,
        PILOTAGE_PAGE,
        "Part des accompagnements en cours au 31 décembre dont la saisine a plus de 180 jours.",
        "age_jours > 180",
    ),
)

_PERSONNES = (
    Indicator(
        "personnes.nombre",
        "Personnes dont un accompagnement est clôturé",
        NOMBRE,
        PERSONNES,
        PILOTAGE_PAGE,
        "Nombre de personnes distinctes, quand elles sont connues, dont au moins un accompagnement est clôturé dans l'année. "
        "Une personne peut l'être dans plusieurs territoires et publics : leurs nombres ne s'ajoutent pas.",
        distinct="id_personne",
        anew=True,
        needs=PERSON,
    ),
    Indicator(
        "personnes.part_connues",
        "Clôtures dont la personne est connue",
        PART,
        CLOTURES,
        PILOTAGE_PAGE,
        "Part des accompagnements clôturés dont la personne est connue par un NIR valide.",
        PERSONNES.where,
    ),
    Indicator(
        "personnes.part_plusieurs",
        "Personnes ayant plusieurs accompagnements clôturés",
        PART,
        PERSONNES,
        PILOTAGE_PAGE,
        "Part des personnes ayant au moins deux accompagnements clôturés dans l'année, dans le territoire et le public.",
        distinct="id_personne",
        anew=True,
        repeated=True,
        whole=Whole(distinct="id_personne"),
        needs=PERSON,
    ),
)

_RETOURS = tuple(
    Indicator(
        f"retours.part_{months}_mois",
        f"Retours dans les {months} mois",
        PART,
        followed(days),
        PILOTAGE_PAGE,
        f"Part des clôtures après lesquelles la même personne a, où que ce soit, une autre saisine dans les {days} jours ; {ENOUGH}.",
        f"retour_jours <= {days}",
        needs=PERSON,
    )
    for months, days in RETURNS.items()
)

_GAINS = (
    Indicator(
        "gains.medecin_traitant",
        "Médecin traitant trouvé",
        PART,
        CLOTURES.but(
            "NOT medecin_traitant_debut AND medecin_traitant_fin IS NOT NULL",
            "accompagnements clôturés dans l'année, sans médecin traitant à l'ouverture, situation connue à la clôture",
        ),
        PILOTAGE_PAGE,
        "Part des personnes sans médecin traitant à l'ouverture de l'accompagnement qui en ont un à la clôture.",
        "medecin_traitant_fin",
        needs=("accompagnements.medecin_traitant_debut", "accompagnements.medecin_traitant_fin"),
    ),
)

PILOTAGE = (*_DELAIS, *_DUREES, *_STOCK, *_PERSONNES, *_RETOURS, *_GAINS)
