"""The published deck: what each of its slides finds, and the way from one of them to the others."""

from collections.abc import Mapping

import streamlit as st

from dashboards import formats
from dashboards.content import words
from dashboards.figures.view import View
from dashboards.formats import NBSP
from dashboards.published.reading import Edition
from dashboards.slides import choices
from dashboards.slides.blocks import Slide
from dashboards.slides.choices import Wish
from dashboards.slides.sections import SECTIONS, SLIDES
from dashboards.views import common

TITLE, PATH = "Diaporama", "diaporama"


def draw(edition: Edition, view: View, wish: Wish, links: Mapping[str, st.Page]) -> None:
    """The headline of each slide, linked to its page: each with what makes sense for it of the choices made."""
    whose = f"{NBSP}· ".join((view.public.label, view.territory.label, str(view.subject.scope.annee)))
    common.head("Le diaporama, diapositive par diapositive", f"{whose}{NBSP}· {len(SLIDES)} diapositives")
    for section in SECTIONS:
        common.title(section.label)
        with st.container(key=f"sommaire-{section.letter.lower()}"):
            for slide in section.slides:
                shown = choices.suited(edition, slide, wish)
                finding = _finding(slide, shown, wish) if shown else "Aucune caisse n'a déposé ces fichiers"
                # one element a line: Streamlit's cost in the browser is by element
                st.page_link(
                    links[slide.path],
                    label=f"**{named(slide)}** {formats.literal(formats.prose(finding))}",
                    width="stretch",
                )
    common.foot(*words.source(view))


def _finding(slide: Slide, shown: View, wish: Wish) -> str:
    """The headline, with the territory and the year where they are not those chosen."""
    apart = []
    if slide.source and shown.territory != wish.place:
        apart.append(shown.territory.name)
    if slide.source and shown.subject.scope.annee != wish.annee:
        apart.append(str(shown.subject.scope.annee))
    return f"{', '.join(apart)}{NBSP}: {slide.headline(shown)}" if apart else slide.headline(shown)


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
