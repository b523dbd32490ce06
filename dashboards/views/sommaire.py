"""The first page: what every slide finds, in one reading."""

from collections.abc import Mapping
from html import escape

import streamlit as st

from dashboards.content import words
from dashboards.figures.view import View
from dashboards.formats import NBSP, literal, prose
from dashboards.published.reading import Edition
from dashboards.slides import choices
from dashboards.slides.blocks import Slide
from dashboards.slides.choices import Wish
from dashboards.slides.sections import SECTIONS

TITLE, PATH = "Essentiel", "sommaire"


def draw(edition: Edition, view: View, wish: Wish, links: Mapping[str, st.Page]) -> None:
    """The headline of each slide, linked to its page: each with what makes sense for it of the choices made."""
    subtitle = " · ".join((view.public.label, view.territory.name, str(view.subject.scope.annee)))
    st.html(f'<div class="adass-head"><h1>L\'essentiel</h1><p>{escape(subtitle)}</p></div>')
    for section in SECTIONS:
        st.html(f'<h2 class="adass-title">{escape(section.label)}</h2>')
        with st.container(key=f"sommaire-{section.letter.lower()}"):
            for slide in section.slides:
                shown = choices.suited(edition, slide, wish)
                finding = _finding(slide, shown, wish) if shown else "Aucune caisse n'a déposé ces fichiers"
                # one element a line: Streamlit's cost in the browser is by element
                st.page_link(
                    links[slide.path],
                    label=f"**{slide.id} · {slide.title}** {literal(prose(finding))}",
                    width="stretch",
                )
    lines = "".join(f"<p>{escape(line)}</p>" for line in words.source(view))
    st.html(f'<div class="adass-foot">{lines}</div>')


def _finding(slide: Slide, shown: View, wish: Wish) -> str:
    """The headline, with the territory and the year where they are not those chosen."""
    apart = []
    if slide.source and shown.territory != wish.place:
        apart.append(shown.territory.name)
    if slide.source and shown.subject.scope.annee != wish.annee:
        apart.append(str(shown.subject.scope.annee))
    return f"{', '.join(apart)}{NBSP}: {slide.headline(shown)}" if apart else slide.headline(shown)
