"""What the words and the indicators mean, in one page that can be searched."""

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from dashboards import formats
from dashboards.content.filled import unit_words
from dashboards.published.reading import Edition
from dashboards.views import common
from dashboards.views.common import SOURCES, Column
from dashboards.web import page as web
from schemas.context.reperes import THEMES, Theme
from schemas.indicators.catalogue import CATALOGUE, Indicator

TITLE, PATH = "Repères", "reperes"
COLUMNS = (
    Column("Indicateur", words=True, width="24%"),
    Column("Unité", words=True, width="6.5rem"),
    Column("Population", words=True, width="25%"),
    Column("Définition", words=True),
)
EXPORTED = ("Indicateur", "Libellé", "Unité", "Source", "Population", "Définition", "Attention", "Page")


def draw(_edition: Edition) -> None:
    common.head(TITLE, "Ce que veulent dire les mots et les chiffres de ces pages")
    with st.container(key="choix"):
        words = common.search("Rechercher un mot, un sigle ou un indicateur", "recherche")
    themes, indicators = _themes(words), _indicators(words)
    if not themes and not indicators:
        common.nothing(f"Rien ne correspond à « {words} ».")
        return
    if words:
        terms = formats.counted(sum(len(t.reperes) for t in themes), "repère", "repères")
        common.sentence(f"{terms} et {formats.counted(len(indicators), 'indicateur', 'indicateurs')}.")
    for theme in themes:
        _terms(theme)
    if indicators:
        _catalogue(indicators)
    common.foot(
        "Définitions rédigées d'après le diaporama ADASS 2024, ses questions sur le CREIC et le rapport Action sociale de "
        "la CPAM 31 pour 2022. Le calcul de chaque indicateur se lit aussi sous la figure qui le montre."
    )


def _themes(words: str) -> list[Theme]:
    """The themes with the terms that hold every word; a theme without any is left out."""
    kept = [
        replace(t, reperes=tuple(r for r in t.reperes if common.matches(words, r.terme, r.nom, r.texte, t.titre)))
        for t in THEMES
    ]
    return [t for t in kept if t.reperes]


def _indicators(words: str) -> list[Indicator]:
    return [
        i
        for i in CATALOGUE
        if common.matches(words, i.label, i.id, i.base.words, i.definition, i.caveat, unit_words(i))
    ]


def _terms(theme: Theme) -> None:
    common.title(theme.titre)
    terms = "".join(
        f"<dt>{web.escape(r.terme)}{_small(r.nom)}</dt><dd>{web.escape(r.texte)}{_small(r.source)}</dd>"
        for r in theme.reperes
    )
    st.html(f'<dl class="adass-terms">{terms}</dl>')


def _small(text: str) -> str:
    return f"<small>{web.escape(text)}</small>" if text else ""


def _catalogue(indicators: Sequence[Indicator]) -> None:
    common.title(
        "Catalogue des indicateurs", "Chaque chiffre des pages est l'un de ceux-ci, calculé de la même façon partout."
    )
    lines = [
        (f"{i.label}\n{i.id} · {i.slide}", unit_words(i), i.base.words, f"{i.definition}\n{i.caveat}")
        for i in indicators
    ]
    export = [
        (i.id, i.label, unit_words(i), SOURCES.get(i.source, i.source), i.base.words, i.definition, i.caveat, i.slide)
        for i in indicators
    ]
    common.pages(COLUMNS, lines, common.grid(EXPORTED, export), "indicateurs", "Catalogue des indicateurs")
