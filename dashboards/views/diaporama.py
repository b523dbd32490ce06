"""The published deck: its plan, and the way from one of its slides to the others."""

from collections.abc import Mapping

import streamlit as st

from dashboards.published import reading as published
from dashboards.published.reading import Edition
from dashboards.slides.blocks import Slide
from dashboards.slides.sections import SECTIONS, SLIDES
from dashboards.views import common

TITLE, PATH = "Diaporama", "diaporama"


def draw(edition: Edition, links: Mapping[str, st.Page]) -> None:
    """The plan: a link for each slide, under the title of its section."""
    vintage = published.vintage(edition).name
    common.head("Le diaporama, diapositive par diapositive", f"{len(SLIDES)} diapositives en {len(SECTIONS)} parties")
    _plan(links)
    common.foot(
        f"Millésime {vintage}. Les choix faits ailleurs (année, territoire, public) sont gardés d'une page à l'autre."
    )


def _plan(links: Mapping[str, st.Page]) -> None:
    with st.container(key="plan"):
        for section in SECTIONS:
            with st.container(key=f"plan-{section.letter.lower()}"):
                common.title(section.label)
                for slide in section.slides:
                    st.page_link(links[slide.path], label=named(slide))


def named(slide: Slide) -> str:
    return f"{slide.id} · {slide.title}"


def steps(slide: Slide, links: Mapping[str, st.Page]) -> None:
    """From a slide to the plan, to the one before it, to any other, to the next."""
    here = SLIDES.index(slide)
    with st.container(key="etapes", horizontal=True, vertical_alignment="center", gap="small"):
        st.page_link(links[PATH], label=TITLE)
        _step(here - 1, "← {}", links)
        _others(slide, links)
        _step(here + 1, "{} →", links)


@st.fragment
def _others(slide: Slide, links: Mapping[str, st.Page]) -> None:
    """All slides, drawn once they are asked for: a page has enough elements of its own."""
    with st.popover(named(slide), on_change="rerun", key=f"diapositives-{slide.id}") as opened:
        if opened.open:
            _plan(links)


def _step(place: int, arrow: str, links: Mapping[str, st.Page]) -> None:
    if 0 <= place < len(SLIDES):
        st.page_link(links[SLIDES[place].path], label=arrow.format(SLIDES[place].id))
