"""Part B: going towards people, from the survey of the organismes."""

from dashboards.figures.view import ENSEMBLE
from dashboards.slides import headlines_enquete as h
from dashboards.slides.blocks import BY_NATURE, Bars, Column, KeyFigure, Part, Section, Slide, Table

B = Section(
    "B", "Aller vers",
    (
        Slide(
            "B1", "Les chiffres", "Actions « aller vers » déclarées par les organismes", h.aller_vers,
            keys=(
                KeyFigure("aller_vers.actions"), KeyFigure("aller_vers.actions_hors_les_murs"),
                KeyFigure("enquete.repondants"),
            ),
            main=Bars("Personnes informées ou sensibilisées", (Part("aller_vers.personnes_informees"),), BY_NATURE),
            side=(
                Bars("Personnes aidées dans une démarche", (Part("aller_vers.personnes_aidees"),), BY_NATURE),
                Bars("Personnes ciblées", (Part("aller_vers.personnes_ciblees"),), BY_NATURE),
            ),
            sentences=(h.people,),
            source="enquete", public=ENSEMBLE,
        ),
        Slide(
            "B2", "Partenariats", "Organismes qui ont décliné localement les conventions nationales", h.partnerships,
            keys=(KeyFigure("enquete.repondants"),),
            main=Table(
                "Conventions déclinées, par partenaire", "Partenaire",
                (
                    Column("{avant}", "conventions.organismes", before=True),
                    Column("{annee}", "conventions.organismes"),
                    Column("Évolution", "conventions.evolution", signed=True),
                    Column("Couverture", "conventions.part_couverture"),
                ),
                "conventions.organismes",
            ),
            source="enquete", public=ENSEMBLE, compares=False,
        ),
        Slide(
            "B3", "Par population", "Organismes ayant mené des actions, par population visée", h.populations,
            main=Bars("Toutes actions", (Part("aller_vers.organismes"),), scale="organismes"),
            side=(
                Bars(
                    "Actions hors les murs", (Part("aller_vers.organismes_hors_les_murs"),),
                    colour="second", scale="organismes",
                ),
                Bars("Nombre d'actions", (Part("aller_vers.actions_public"),)),
            ),
            source="enquete", public=ENSEMBLE,
        ),
    ),
)  # fmt: skip
