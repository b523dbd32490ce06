"""The menu section of the pages that go through territories and years, and the choice of an indicator they share."""

from functools import lru_cache

import streamlit as st

from dashboards.content import words
from dashboards.figures import view as figures
from dashboards.figures.view import View
from dashboards.formats import NBSP
from dashboards.published import reading as published
from dashboards.published.reading import ACTION_SOCIALE, BALI, NATIONAL, Edition, Scope
from dashboards.slides.blocks import Slide
from dashboards.slides.sections import SLIDES
from dashboards.web import filters
from schemas.indicators.catalogue import BY_ID, CATALOGUE, Indicator
from schemas.publics import EVERYONE, PUBLICS, Public


@lru_cache(maxsize=1)
def shown_on() -> dict[str, Slide]:
    """The first slide that shows each indicator."""
    found: dict[str, Slide] = {}
    for slide in SLIDES:
        for indicator in slide.indicators:
            found.setdefault(indicator, slide)
    return found


@lru_cache(maxsize=1)
def named() -> dict[str, str]:
    """The indicators in the order of the deck, each under the slide that shows it; those of one caisse are left out."""
    order = list(shown_on())
    among = [i for i in CATALOGUE if i.source != ACTION_SOCIALE]
    among.sort(key=lambda i: order.index(i.id) if i.id in order else len(order))
    slides = shown_on()
    return {i.id: f"{slides[i.id].id if i.id in slides else 'Autres'} · {i.label}" for i in among}


def indicator(edition: Edition, beyond: bool) -> Indicator:
    """The choice of an indicator; `beyond`: of those that are given for more than the nation."""
    given = published.niveaux(edition)
    names = {i: name for i, name in named().items() if i in given and not (beyond and given[i] <= {NATIONAL})}
    first = list(names).index("clotures.taux_succes") if "clotures.taux_succes" in names else 0
    return BY_ID[filters.choice("Indicateur", list(names), "indicateur", first, lambda i: names[i])]


def modality(edition: Edition, declared: Indicator, annee: int, public: str) -> tuple[str, str]:
    """The choice of a modalité, with its label; both empty for an indicator that has none."""
    found = modalities(edition, declared, annee, public)
    if len(found) < 2:
        return next(iter(found.items()))
    chosen = filters.choice("Modalité", list(found), "modalite", written=lambda m: found[m])
    return chosen, found[chosen]


def modalities(edition: Edition, declared: Indicator, annee: int, public: str) -> dict[str, str]:
    """The modalités of an indicator with their labels; one without a label where it has none."""
    found = figures.figures(edition, Scope(annee, NATIONAL, "FR", public)).modalities(declared.id)
    return {m: figures.label(declared.id, m, found) if m else "" for m in found or ("",)}


def public(declared: Indicator) -> Public:
    """The choice of a public, or everyone where the indicator knows no other."""
    if declared.source != BALI or declared.only_everyone:
        st.selectbox("Public", [EVERYONE.label], disabled=True, key="fixe-Public")
        return EVERYONE
    return filters.choice("Public", PUBLICS, "public", written=lambda p: p.label)


def foot(declared: Indicator, view: View) -> tuple[str, ...]:
    """What is counted, its caveats, its source: the lines at the bottom of a page about one indicator."""
    caveats = [c for c in (declared.caveat, view.public.note) if c]
    return (
        f"{declared.definition} Base{NBSP}: {declared.base.words}.",
        *caveats,
        *words.source(view, (declared.source,)),
    )
