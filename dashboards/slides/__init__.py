"""The slides, declared once, in the order of the deck: which figures each shows and how they are arranged."""

from dashboards.slides.accompagnements import A
from dashboards.slides.aller_vers import B
from dashboards.slides.blocks import (
    BOTH,
    BY_NATURE,
    BY_SIZE,
    INDICATOR,
    Bars,
    Chart,
    Column,
    Groups,
    KeyFigure,
    Part,
    Ranking,
    Ring,
    Section,
    Slide,
    Table,
    Targets,
    Text,
    Trend,
)
from dashboards.slides.conclusion import E
from dashboards.slides.publics import C, D
from dashboards.slides.rapport_local import L

__all__ = [
    "BOTH",
    "BY_NATURE",
    "BY_SIZE",
    "INDICATOR",
    "Bars",
    "Chart",
    "Column",
    "Groups",
    "KeyFigure",
    "Part",
    "Ranking",
    "Ring",
    "Section",
    "Slide",
    "Table",
    "Targets",
    "Text",
    "Trend",
]

SECTIONS = (A, B, C, D, E, L)
SLIDES = tuple(slide for section in SECTIONS for slide in section.slides)
BY_SLIDE_ID = {slide.id: slide for slide in SLIDES}
