"""The first page: what every slide finds, in one reading."""

from collections.abc import Mapping
from html import escape

import streamlit as st

from dashboards import content
from dashboards.figures import View
from dashboards.slides import SECTIONS, Slide


def draw(view: View, pages: Mapping[Slide, st.Page]) -> None:
    """The headline of each slide, linked to its page."""
    subtitle = " · ".join((view.public.label, view.territory.name, str(view.subject.scope.annee)))
    st.html(f"<div class=\"adass-head\"><h1>L'essentiel de l'accompagnement</h1><p>{escape(subtitle)}</p></div>")
    for section in SECTIONS:
        st.html(f'<p class="adass-title">{escape(section.label)}</p>')
        with st.container(key=f"sommaire-{section.letter.lower()}"):
            for slide in section.slides:
                with st.container(horizontal=True, vertical_alignment="center", wrap=False):
                    st.page_link(pages[slide], label=f"{slide.id} · {slide.title}", width=210)
                    st.html(f'<p class="adass-sentence">{escape(slide.headline(view))}</p>')
    lines = "".join(f"<p>{escape(line)}</p>" for line in content.source(view))
    st.html(f'<div class="adass-foot">{lines}</div>')
