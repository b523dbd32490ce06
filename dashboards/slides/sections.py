"""The slides in the order of the deck, by section and by id."""

from dashboards.slides.accompagnements import A
from dashboards.slides.aller_vers import B
from dashboards.slides.conclusion import E
from dashboards.slides.publics import C, D
from dashboards.slides.rapport_local import L

SECTIONS = (A, B, C, D, E, L)
SLIDES = tuple(slide for section in SECTIONS for slide in section.slides)
BY_SLIDE_ID = {slide.id: slide for slide in SLIDES}
