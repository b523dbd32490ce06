"""The box that is on every page, and what it finds: links that the keyboard reaches."""

from html import escape
from urllib.parse import urlencode

import streamlit as st

from dashboards import formats
from dashboards.published.reading import Edition
from dashboards.views import essentiel, found
from dashboards.views.found import MOST, Found
from dashboards.web import filters
from dashboards.web import page as web

LABEL = "Rechercher partout"
EXAMPLES = "Rechercher : indicateur, caisse, structure… (touche /)"
LONGEST = 100  # characters of what is looked for


@st.fragment
def draw(edition: Edition, page: str) -> None:
    """The box of a page; only it is drawn again while somebody types."""
    with st.container(key="recherche-partout"):
        words = st.text_input(
            LABEL,
            key=f"recherche-{page}",
            placeholder=EXAMPLES,
            live=True,
            label_visibility="collapsed",
        )
        asked = (words or "").strip()[:LONGEST]
        if asked:
            st.html(_results(found.search(edition, asked), asked))


def _results(every: tuple[Found, ...], words: str) -> str:
    shown = every[:MOST]
    told = formats.counted(len(every), "résultat", "résultats") if every else f"Rien ne correspond à « {words} »."
    if len(shown) < len(every):
        told = f"{told}, voici les plus proches"
    links = "".join(f"<li>{_link(one)}</li>" for one in shown)
    return (
        f'<div class="adass-found" data-words="{escape(words)}" tabindex="-1"><p role="status">{web.escape(told)}</p>'
        f"<ul>{links}</ul></div>"
    )


def _link(one: Found) -> str:
    note = f"<small>{web.escape(one.note)}</small>" if one.note else ""
    return (
        f'<a href="{escape(_address(one))}" target="_self"><i>{web.escape(one.kind)}</i>'
        f"<b>{web.escape(one.name)}</b>{note}</a>"
    )


def _address(one: Found) -> str:
    """The address of a page, with the choices made elsewhere and those that it makes itself."""
    base = str(st.get_option("server.baseUrlPath") or "").strip("/")
    chosen = filters.chosen() | dict(one.chosen)
    if "territoire" in dict(one.chosen):
        chosen.pop("region", None)  # the choice of another region would leave this territory out
    path = "" if one.path == essentiel.PATH else one.path
    return f"{f'/{base}' if base else ''}/{path}{f'?{urlencode(chosen)}' if chosen else ''}"
