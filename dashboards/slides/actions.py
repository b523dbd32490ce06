"""Slides about what the organismes do for one population, from the survey: one declaration for all of them."""

from dashboards.figures.view import ENSEMBLE
from dashboards.slides import headlines_enquete as h
from dashboards.slides.blocks import INDICATOR, Bars, KeyFigure, Part, Slide
from schemas.nomenclatures import PUBLIC_ENQUETE

WAYS = (
    "part_hors_les_murs", "part_ponctuel", "part_atelier", "part_entretien", "part_contact_sortant",
    "part_co_construction", "part_pluridisciplinaire", "part_diagnostic",
)  # fmt: skip


def ways(population: str) -> Bars:
    """How the organismes go about it."""
    parts = tuple(Part(f"aller_vers.{way}", (population,), named=INDICATOR) for way in WAYS)
    return Bars("Organismes ayant agi de cette manière", parts)


def services(population: str) -> Bars:
    return Bars("Cinq premiers services mobilisés", (Part("aller_vers.part_service", under=population),), first=5)


def partners(population: str) -> Bars:
    title = "Cinq premiers partenaires de co-construction"
    return Bars(title, (Part("aller_vers.part_partenaire", under=population),), first=5)


def actions(code: str, title: str, population: str) -> Slide:
    """What is done for a population, by how many, in which ways, with whom."""
    words = (
        f"Actions «\u00a0aller vers\u00a0» déclarées par les organismes, population\u00a0: {PUBLIC_ENQUETE[population]}"
    )
    return Slide(
        code, title, words, h.actions(population),
        keys=(
            KeyFigure("aller_vers.part_organismes", population, name="Organismes répondants qui mènent des actions"),
            KeyFigure("aller_vers.actions_public", population, name="Actions déclarées"),
            KeyFigure("aller_vers.personnes_informees_public", population, name="Personnes informées ou sensibilisées"),
        ),
        main=ways(population), side=(services(population), partners(population)),
        sentences=(h.persons(population),),
        source="enquete", public=ENSEMBLE,
    )  # fmt: skip
