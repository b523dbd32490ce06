"""The slides, declared once, in the order of the deck: which figures each shows and how they are arranged."""

from dashboards.slides.accompagnements import A
from dashboards.slides.blocks import (
    BY_NATURE,
    BY_SIZE,
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

__all__ = [
    "BY_NATURE",
    "BY_SIZE",
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

SECTIONS = (A,)
SLIDES = tuple(slide for section in SECTIONS for slide in section.slides)
BY_SLIDE_ID = {slide.id: slide for slide in SLIDES}
