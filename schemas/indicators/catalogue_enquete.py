"""The indicators of the yearly ADASS survey. Source: ADASS output contract, version 1."""

from schemas import nomenclatures as n
from schemas.indicators.indicator import NOMBRE, NOTE, PART, Base, Indicator, Whole

# slides: B the overview of a year, C one population or theme each
B1, B2, B3 = "B1", "B2", "B3"
POPULATIONS, ECROUES, PROCHE, PARENTS, ENFANCE = "C", "C-ECROUES", "C-PERTE-PROCHE", "C-ATELIERS-PARENTS", "C-ASE"


def _base(table: str, words: str, where: str = "TRUE") -> Base:
    return Base(f"detail.enquete_{table}", "annee", where, words, source="enquete")


ORGANISMES = "organisme"  # distinct ones are counted
REPONDANTS = _base("repondants", "organismes qui ont répondu à l'enquête de l'année")
ACTIONS = _base("actions", "actions « aller vers » déclarées dans l'enquête de l'année")
HORS_LES_MURS = ACTIONS.but("modalite = 'HORS_LES_MURS'", "actions hors les murs déclarées dans l'enquête de l'année")
CONTACTS = ACTIONS.but("modalite = 'CONTACT_SORTANT'", "contacts sortants déclarés dans l'enquête de l'année")
CO_CONSTRUITES = ACTIONS.but("partenaires IS NOT NULL", "actions co-construites avec au moins un partenaire")
SERVICES = _base("action_services", "services mobilisés par les actions déclarées dans l'enquête de l'année")
PARTENAIRES = _base("action_partenaires", "partenaires des actions co-construites déclarées dans l'enquête de l'année")
CONVENTIONS = _base("conventions", "partenaires déclarés par les organismes dans l'enquête de l'année")
IMPLANTES = CONVENTIONS.but("implante", "organismes où le partenaire est implanté")
PARENTS_ATELIERS = _base("ateliers_parents", "ateliers pour futurs parents déclarés dans l'enquête de l'année")
ASE = _base("ase", "réponses sur l'aide sociale à l'enfance dans l'enquête de l'année")

OF_RESPONDENTS = Whole(REPONDANTS)
PERSONNES = (
    ("ciblees", "Personnes ciblées", "personnes ciblées"),
    ("informees", "Personnes informées ou sensibilisées", "personnes informées ou sensibilisées"),
    ("aidees", "Personnes aidées à la réalisation d'une démarche", "personnes aidées à la réalisation d'une démarche"),
)
CONTACTS_APART = {
    "HORS_CONTACTS": "modalite <> 'CONTACT_SORTANT'",
    "CONTACT_SORTANT": "modalite = 'CONTACT_SORTANT'",
}
ORIENTED = ("CAF", "CPAM", "COMMUN")  # the rendez-vous that people are oriented to
CONTACTS_LABELS = {"HORS_CONTACTS": "Hors contacts sortants", "CONTACT_SORTANT": "Contacts sortants"}

DECLARED = "Personnes déclarées action par action : qui est touché par plusieurs actions compte plusieurs fois."
PARTNERS_TOO = "La publication ajoute aux réponses des organismes des éléments venus des partenaires."


def _persons() -> tuple[Indicator, ...]:
    apart = tuple(
        Indicator(
            f"aller_vers.personnes_{column}",
            label,
            NOMBRE,
            ACTIONS,
            B1,
            f"Nombre de {words} déclaré par action, les contacts sortants à part des autres modalités.",
            total=column,
            cases=CONTACTS_APART,
            labels=CONTACTS_LABELS,
            caveat=DECLARED,
        )
        for column, label, words in PERSONNES
    )
    by_public = tuple(
        Indicator(
            f"aller_vers.personnes_{column}_public",
            label,
            NOMBRE,
            ACTIONS,
            POPULATIONS,
            f"Nombre de {words} déclaré par action visant la population, toutes modalités.",
            total=column,
            by="public",
            labels=n.PUBLIC_ENQUETE,
            caveat=DECLARED,
        )
        for column, label, words in PERSONNES
    )
    return (*apart, *by_public)


def _organismes(name: str, label: str, where: str, words: str, base: Base = ACTIONS) -> Indicator:
    """Share, among organismes with an action (of the base) for the population, of those with one such action."""
    among = "hors les murs " if base is HORS_LES_MURS else ""
    return Indicator(
        f"aller_vers.{name}",
        label,
        PART,
        base,
        POPULATIONS,
        f"Parmi les organismes ayant au moins une action {among}pour la population, part de ceux dont "
        f"au moins une {words}.",
        where,
        distinct=ORGANISMES,
        by="public",
        within=True,
        whole=Whole(distinct=ORGANISMES),
        labels=n.PUBLIC_ENQUETE,
    )


def _rate(name: str, label: str, column: str, words: str) -> Indicator:
    return Indicator(
        f"aller_vers.{name}",
        label,
        PART,
        ACTIONS,
        ECROUES,
        f"Nombre de personnes {words} rapporté au nombre de personnes informées, par population et type d'événement.",
        total=column,
        by="public",
        then="evenement",
        within=True,
        whole=Whole(total="informees"),
        labels={**n.PUBLIC_ENQUETE, **n.EVENEMENT},
    )


_ALLER_VERS = (
    Indicator(
        "enquete.repondants",
        "Organismes répondants",
        NOMBRE,
        REPONDANTS,
        B2,
        "Nombre d'organismes qui ont répondu à l'enquête de l'année.",
    ),
    Indicator(
        "aller_vers.actions",
        "Actions déclarées",
        NOMBRE,
        ACTIONS,
        B1,
        "Nombre d'actions « aller vers » déclarées par les organismes répondants.",
    ),
    Indicator(
        "aller_vers.actions_public",
        "Actions par population",
        NOMBRE,
        ACTIONS,
        B3,
        "Nombre d'actions déclarées par population visée.",
        by="public",
        labels=n.PUBLIC_ENQUETE,
    ),
    Indicator(
        "aller_vers.actions_hors_les_murs",
        "Actions hors les murs",
        NOMBRE,
        HORS_LES_MURS,
        B1,
        "Nombre d'actions menées hors des murs de l'organisme.",
    ),
    *_persons(),
    Indicator(
        "aller_vers.organismes",
        "Organismes ayant réalisé des actions",
        NOMBRE,
        ACTIONS,
        B3,
        "Nombre d'organismes ayant déclaré au moins une action pour la population.",
        distinct=ORGANISMES,
        by="public",
        labels=n.PUBLIC_ENQUETE,
    ),
    Indicator(
        "aller_vers.part_organismes",
        "Part des organismes ayant réalisé des actions",
        PART,
        ACTIONS,
        POPULATIONS,
        "Part des organismes ayant déclaré au moins une action pour la population parmi les organismes répondants.",
        distinct=ORGANISMES,
        by="public",
        whole=OF_RESPONDENTS,
        labels=n.PUBLIC_ENQUETE,
    ),
    Indicator(
        "aller_vers.organismes_hors_les_murs",
        "Organismes ayant réalisé des actions hors les murs",
        NOMBRE,
        HORS_LES_MURS,
        B3,
        "Nombre d'organismes ayant déclaré au moins une action hors les murs pour la population.",
        distinct=ORGANISMES,
        by="public",
        labels=n.PUBLIC_ENQUETE,
    ),
    _organismes("part_hors_les_murs", "Organismes hors les murs", "modalite = 'HORS_LES_MURS'", "est hors les murs"),
    _organismes(
        "part_contact_sortant",
        "Organismes avec contacts sortants",
        "modalite = 'CONTACT_SORTANT'",
        "est une campagne de contacts sortants",
    ),
    _organismes(
        "part_ponctuel",
        "Événements ponctuels parmi les actions hors les murs",
        "evenement = 'PONCTUEL'",
        "est un événement ponctuel",
        HORS_LES_MURS,
    ),
    _organismes("part_atelier", "Ateliers collectifs", "evenement = 'ATELIER'", "est un atelier collectif"),
    _organismes("part_entretien", "Entretiens individuels", "evenement = 'ENTRETIEN'", "est un entretien individuel"),
    _organismes(
        "part_co_construction",
        "Co-construction avec un partenaire",
        "partenaires IS NOT NULL",
        "est co-construite avec un partenaire",
    ),
    _organismes(
        "part_pluridisciplinaire",
        "Équipe pluridisciplinaire",
        "pluridisciplinaire",
        "mobilise une équipe pluridisciplinaire",
    ),
    _organismes("part_diagnostic", "Diagnostic territorial", "diagnostic", "s'appuie sur un diagnostic territorial"),
    Indicator(
        "aller_vers.part_service",
        "Services mobilisés",
        PART,
        SERVICES,
        POPULATIONS,
        "Parmi les organismes ayant au moins une action pour la population, part de ceux dont au moins une "
        "mobilise le service.",
        distinct=ORGANISMES,
        by="public",
        then="service",
        whole=Whole(ACTIONS, distinct=ORGANISMES, first=True),
        labels={**n.PUBLIC_ENQUETE, **n.SERVICE},
    ),
    Indicator(
        "aller_vers.part_partenaire",
        "Partenaires de co-construction",
        PART,
        PARTENAIRES,
        POPULATIONS,
        "Parmi les organismes ayant au moins une action co-construite pour la population, part de ceux qui "
        "citent le partenaire.",
        distinct=ORGANISMES,
        by="public",
        then="partenaire",
        whole=Whole(CO_CONSTRUITES, distinct=ORGANISMES, first=True),
        labels=n.PUBLIC_ENQUETE,
    ),
    Indicator(
        "aller_vers.personnes_canal",
        "Canal de contact",
        NOMBRE,
        CONTACTS,
        PROCHE,
        "Nombre de personnes ciblées par les contacts sortants, par population et canal.",
        total="ciblees",
        by="public",
        then="canal",
        labels={**n.PUBLIC_ENQUETE, **n.CANAL},
    ),
    _rate("taux_aide", "Personnes aidées parmi les personnes rencontrées", "aidees", "aidées"),
    _rate("taux_orientation", "Personnes orientées parmi les personnes rencontrées", "orientees", "orientées"),
)

_CONVENTIONS = (
    Indicator(
        "conventions.organismes",
        "Organismes ayant décliné la convention",
        NOMBRE,
        CONVENTIONS,
        B2,
        "Nombre d'organismes ayant décliné localement la convention nationale avec le partenaire.",
        "conventionne",
        distinct=ORGANISMES,
        by="partenaire",
        caveat=PARTNERS_TOO,
    ),
    Indicator(
        "conventions.evolution",
        "Évolution du nombre d'organismes",
        NOMBRE,
        CONVENTIONS,
        B2,
        "Nombre d'organismes ayant décliné la convention, moins celui de l'enquête de l'année précédente ; un "
        "partenaire absent de l'une des deux compte pour 0.",
        sql="conventions_evolution",
        by="partenaire",
    ),
    Indicator(
        "conventions.part_couverture",
        "Couverture",
        PART,
        IMPLANTES,
        B2,
        "Part des organismes ayant décliné la convention parmi ceux où le partenaire est implanté.",
        "conventionne",
        distinct=ORGANISMES,
        by="partenaire",
        within=True,
        whole=Whole(distinct=ORGANISMES),
    ),
)

_ATELIERS_PARENTS = (
    Indicator(
        "ateliers_parents.part_organismes",
        "Organismes proposant les ateliers",
        PART,
        PARENTS_ATELIERS,
        PARENTS,
        "Part des organismes répondants qui proposent les ateliers pour futurs parents, quel qu'en soit le format.",
        distinct=ORGANISMES,
        whole=OF_RESPONDENTS,
    ),
    Indicator(
        "ateliers_parents.part_format",
        "Format des ateliers",
        PART,
        PARENTS_ATELIERS,
        PARENTS,
        "Part des organismes répondants qui proposent les ateliers dans ce format.",
        distinct=ORGANISMES,
        by="format",
        whole=OF_RESPONDENTS,
        labels=n.FORMAT,
    ),
    Indicator(
        "ateliers_parents.invitations",
        "Invitations",
        NOMBRE,
        PARENTS_ATELIERS,
        PARENTS,
        "Nombre d'invitations envoyées.",
        total="invitations",
    ),
    Indicator(
        "ateliers_parents.taux_presence",
        "Présence",
        PART,
        PARENTS_ATELIERS,
        PARENTS,
        "Nombre de personnes présentes rapporté au nombre d'invitations.",
        total="presents",
        whole=Whole(total="invitations"),
    ),
    Indicator(
        "ateliers_parents.part_orientes",
        "Orientation vers un rendez-vous individuel",
        PART,
        PARENTS_ATELIERS,
        PARENTS,
        "Part des personnes présentes orientées vers un rendez-vous individuel avec la CAF, la CPAM ou les deux.",
        totals={who: f"orientes_{who.lower()}" for who in ORIENTED},
        whole=Whole(total="presents"),
        labels={"CAF": "Rendez-vous CAF", "CPAM": "Rendez-vous CPAM", "COMMUN": "Rendez-vous commun"},
    ),
    Indicator(
        "ateliers_parents.satisfaction",
        "Satisfaction (sur 10)",
        NOTE,
        PARENTS_ATELIERS.but(
            "satisfaction IS NOT NULL", "ateliers pour futurs parents dont la satisfaction est connue"
        ),
        PARENTS,
        "Satisfaction moyenne sur 10, pondérée par le nombre de personnes présentes.",
        total="satisfaction * presents",
        whole=Whole(total="presents"),
    ),
)


def _children(name: str, label: str, definition: str) -> Indicator:
    return Indicator(f"ase.{name}", label, NOMBRE, ASE, ENFANCE, definition, total=name)


def _answered_yes(name: str, label: str, column: str, words: str) -> Indicator:
    return Indicator(
        f"ase.{name}",
        label,
        PART,
        ASE,
        ENFANCE,
        f"Part des organismes répondants qui {words}.",
        column,
        distinct=ORGANISMES,
        whole=OF_RESPONDENTS,
    )


def _answers(name: str, label: str, where: str, words: str) -> Indicator:
    return Indicator(
        f"ase.{name}", label, NOMBRE, ASE, ENFANCE, f"Nombre d'organismes {words}.", where, distinct=ORGANISMES
    )


_ASE = (
    _children(
        "beneficiaires",
        "Bénéficiaires enregistrés",
        "Nombre de bénéficiaires de l'aide sociale à l'enfance enregistrés.",
    ),
    _children("pris_en_charge", "Pris en charge dans l'année", "Nombre de bénéficiaires pris en charge dans l'année."),
    _children(
        "pris_en_charge_16",
        "dont 16 ans et plus",
        "Nombre de bénéficiaires de 16 ans et plus pris en charge dans l'année.",
    ),
    _children(
        "renouvellements_css",
        "Renouvellements CSS à 17 ans et 10 mois",
        "Nombre de renouvellements de la Complémentaire santé solidaire à 17 ans et 10 mois.",
    ),
    _children("rdv_19", "Rendez-vous des jeunes de 19 ans", "Nombre de rendez-vous avec des jeunes de 19 ans."),
    _children(
        "jeunes_rencontres", "Jeunes rencontrés", "Nombre de jeunes rencontrés lors d'actions auprès des jeunes."
    ),
    Indicator(
        "ase.part_nouveaux",
        "Nouveaux bénéficiaires",
        PART,
        ASE,
        ENFANCE,
        "Nombre de nouveaux bénéficiaires rapporté au nombre de bénéficiaires pris en charge dans l'année.",
        total="nouveaux",
        whole=Whole(total="pris_en_charge"),
    ),
    _answers(
        "organismes_rdv_19",
        "Organismes proposant le rendez-vous à 19 ans",
        "rdv_19 > 0",
        "ayant tenu au moins un rendez-vous avec un jeune de 19 ans",
    ),
    _answers(
        "organismes_actions_caf",
        "Organismes avec actions communes CAF",
        "actions_caf",
        "menant des actions communes avec la CAF",
    ),
    Indicator(
        "ase.organismes_convention",
        "Conventions tripartites",
        NOMBRE,
        ASE,
        ENFANCE,
        "Nombre d'organismes dont la convention tripartite CPAM / CAF / conseil départemental est signée ou en cours.",
        distinct=ORGANISMES,
        cases={code: f"convention = '{code}'" for code in ("SIGNEE", "EN_COURS")},
        labels=n.CONVENTION,
    ),
    _answered_yes(
        "part_rencontre_annuelle",
        "Rencontre annuelle avec le département",
        "rencontre_annuelle",
        "rencontrent chaque année le département",
    ),
    _answered_yes(
        "part_actions_jeunes", "Actions auprès des jeunes", "actions_jeunes", "mènent des actions auprès des jeunes"
    ),
    _answered_yes(
        "part_actions_professionnels",
        "Actions auprès des professionnels",
        "actions_professionnels",
        "mènent des actions auprès des professionnels",
    ),
    _answered_yes(
        "part_actions_departement",
        "Actions auprès des conseils départementaux",
        "actions_departement",
        "mènent des actions auprès du conseil départemental",
    ),
)

ENQUETE: tuple[Indicator, ...] = (*_ALLER_VERS, *_CONVENTIONS, *_ATELIERS_PARENTS, *_ASE)
