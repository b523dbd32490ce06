"""Part E: the year in one page."""

from dashboards.figures.view import ENSEMBLE
from dashboards.slides import headlines as a
from dashboards.slides import headlines_enquete as h
from dashboards.slides.blocks import BY_NATURE, Bars, KeyFigure, Part, Section, Slide

E = Section(
    "E", "Conclusion",
    (
        Slide(
            "E1", "Conclusion", "L'année en quelques chiffres", h.conclusion,
            keys=(
                KeyFigure("detections.nombre", change="detections.evolution"),
                KeyFigure("clotures.nombre_succes"),
                KeyFigure("aller_vers.actions"),
            ),
            main=Bars(
                "Accompagnements",
                (Part("detections.part_externe"), Part("clotures.taux_succes"), Part("soins.part_des_succes")),
                BY_NATURE,
            ),
            side=(
                Bars(
                    "Personnes informées par les actions « aller vers »", (Part("aller_vers.personnes_informees"),),
                    BY_NATURE,
                ),
                Bars("Personnes aidées dans une démarche", (Part("aller_vers.personnes_aidees"),), BY_NATURE),
            ),
            sentences=(h.finding(a.externes), h.finding(h.aller_vers)),
            public=ENSEMBLE,
        ),
    ),
)  # fmt: skip
