"""Part A: the accompaniments, from their detection to their closure."""

from dashboards.slides import headlines as h
from dashboards.slides.blocks import (
    BY_NATURE,
    Bars,
    Groups,
    KeyFigure,
    Part,
    Ranking,
    Ring,
    Section,
    Slide,
    Text,
    Trend,
)
from schemas.nomenclatures import CATEGORIES_PAR_FAMILLE

INTERNAL, PARTNERS, CARE = tuple(CATEGORIES_PAR_FAMILLE)
FAMILY_COLOURS = ("accent", "second", "third")
KIND_COLOURS = ("accent", "fourth")


def _categories(indicator: str, family: str) -> Part:
    return Part(indicator, tuple(CATEGORIES_PAR_FAMILLE[family]), count="detections.nombre_categorie")


DEFINITIONS = (
    Text(
        "Ce que c'est",
        "Un suivi personnel, en plusieurs contacts, d'un assuré du régime général que sa situation rend "
        "vulnérable. La mission accompagnement santé (MisAS) regarde l'ensemble de sa situation et adapte le "
        "suivi à mesure que ses besoins apparaissent.",
    ),
    Text(
        "Ce que ce n'est pas",
        "Une information donnée une fois, à l'accueil ou au téléphone, n'est pas un accompagnement : elle "
        "n'ouvre pas de saisine et n'est pas comptée ici.",
    ),
    Text(
        "Ce qu'il vise",
        "L'accès aux droits, aux soins et à la prévention, et l'usage des démarches en ligne. À la fin, la "
        "personne a ses droits ouverts et sait se diriger seule dans ses démarches et ses soins.",
    ),
    Text(
        "Détection",
        "La saisine qui signale une personne à accompagner. Elle est comptée l'année où elle est créée, à "
        "l'organisme qui la reçoit. Elle est interne si un service de l'Assurance Maladie en est l'origine, "
        "externe sinon.",
    ),
    Text(
        "Clôture",
        "La fin de l'accompagnement, comptée l'année de sa date, quelle que soit l'année de la détection. Un "
        "accompagnement détecté une année peut donc être clôturé la suivante.",
    ),
    Text(
        "Succès",
        "Une clôture pour soins réalisés, pour droits ou numérique acquis sans soin, ou pour un accompagnement "
        "interrompu dont une partie a abouti.",
    ),
)

A = Section(
    "A", "Accompagnements",
    (
        Slide(
            "A1", "Détections", "Détections de l'année et leur répartition entre soins et hors soins", h.detections,
            keys=(KeyFigure("detections.nombre", change="detections.evolution"),),
            main=Ring("Soins ou hors soins", "detections.part_type", KIND_COLOURS),
            side=(Trend("Détections par année", "detections.nombre"),),
        ),
        Slide(
            "A2", "Familles de détecteurs", "Détections par famille et catégorie de détecteurs", h.familles,
            main=Groups(
                "Qui détecte", "detections.part_famille", "detections.nombre_categorie",
                tuple((family, tuple(codes)) for family, codes in CATEGORIES_PAR_FAMILLE.items()), FAMILY_COLOURS,
            ),
        ),
        Slide(
            "A3", "Interne et externe", "Part des familles de détecteurs dans les détections", h.externes,
            keys=(
                KeyFigure("detections.part_externe"), KeyFigure("detections.part_soins_interne"),
                KeyFigure("detections.part_soins_externe"),
            ),
            main=Ring("Détections par famille", "detections.part_famille", FAMILY_COLOURS, total="detections.nombre"),
            side=(
                Bars(
                    "Organismes selon leur taux de détections externes",
                    (Part("detections.organismes_par_taux_externe"),), BY_NATURE,
                ),
            ),
        ),
        Slide(
            "A4", "Détecteurs internes", "Détections de l'Assurance Maladie, par catégorie", h.internes_focus,
            main=Bars(
                "Détections internes par catégorie", (_categories("detections.part_categorie_interne", INTERNAL),)
            ),
            sentences=(h.three_first("detections.part_categorie_interne"),),
        ),
        Slide(
            "A5", "Détecteurs externes", "Détections externes, par catégorie", h.externes_focus,
            main=Bars(
                "Partenaires externes", (_categories("detections.part_categorie_externe", PARTNERS),),
                colour="second", scale="externe",
            ),
            side=(
                Bars(
                    "Professionnels de santé", (_categories("detections.part_categorie_externe", CARE),),
                    colour="third", scale="externe",
                ),
            ),
            sentences=(h.three_first("detections.part_categorie_externe"),),
        ),
        Slide(
            "A6", "Dix premières structures", "Structures externes à l'origine du plus de détections", h.structures,
            keys=(KeyFigure("structures.part_top10"),),
            main=Ranking("Les dix structures externes les plus actives"),
            sentences=(h.first_structure,),
        ),
        Slide(
            "A7", "Clôtures", "Accompagnements clôturés dans l'année, par motif", h.clotures,
            keys=(
                KeyFigure("clotures.nombre", change="clotures.evolution"),
                KeyFigure("clotures.taux_succes"),
                KeyFigure("clotures.nombre_succes"),
            ),
            main=Bars(
                "Motifs de clôture", (Part("clotures.part_motif", count="clotures.nombre_motif"),), BY_NATURE,
            ),
        ),
        Slide(
            "A8", "Gains", "Ce que les accompagnements ont apporté", h.gains,
            keys=(KeyFigure("gains.guidance"), KeyFigure("gains.numerique"), KeyFigure("gains.complementaire_sante")),
            main=Bars("Part des accompagnements clôturés", tuple(Part(f"gains.{g}") for g in h.GAINS)),
        ),
        Slide(
            "A9", "Soins", "Accompagnements aux soins clôturés avec succès", h.soins,
            keys=(
                KeyFigure("soins.nombre"), KeyFigure("soins.part_des_succes"), KeyFigure("soins.duree_moyenne"),
            ),
            main=Bars(
                "Thématiques abordées en plus des soins",
                (Part("soins.part_thematique"), Part("soins.part_uniquement_soins")),
            ),
            side=(
                Bars(
                    "Durées, en jours",
                    (
                        Part("soins.duree_moyenne"), Part("soins.duree_mediane"),
                        Part("durees.moyenne"), Part("durees.mediane"),
                    ),
                    BY_NATURE,
                ),
                Bars("Durée moyenne par motif de clôture", (Part("durees.moyenne_motif"),), BY_NATURE),
            ),
            sentences=(h.other_themes,),
        ),
        Slide(
            "A10", "Types de soins", "Soins des accompagnements aux soins clôturés avec succès", h.types_soins,
            main=Bars("Huit premiers types de soins", (Part("soins.part_type_soins"),), first=8),
            side=(
                Bars("Cinq premières spécialités", (Part("soins.part_specialite"),), first=5),
                Bars(
                    "Cinq premiers détecteurs, soins de généraliste",
                    (Part("soins.part_detecteur_generaliste"),), first=5,
                ),
            ),
        ),
        Slide(
            "A11", "Hors soins", "Accompagnements hors soins clôturés avec succès", h.hors_soins,
            keys=(
                KeyFigure("hors_soins.nombre"), KeyFigure("hors_soins.part_des_succes"),
                KeyFigure("hors_soins.duree_moyenne"),
            ),
            main=Bars("Thématiques abordées", (Part("hors_soins.part_thematique"),)),
            side=(
                Bars("Une seule thématique abordée", (Part("hors_soins.part_thematique_seule"),)),
                Bars(
                    "Durées, en jours", (Part("hors_soins.duree_moyenne"), Part("hors_soins.duree_mediane")), BY_NATURE
                ),
            ),
        ),
        Slide(
            "A12", "Définition", "Ce que comptent les pages précédentes", h.definition,
            texts=DEFINITIONS,
        ),
    ),
)  # fmt: skip
