"""The choices above the figures: kept in the address, so that a copied link opens the same view, and across pages."""

from collections.abc import Callable, Sequence
from typing import TypeVar

import streamlit as st

from dashboards.figures import view as figures
from dashboards.figures.view import PLACES, Comparison
from dashboards.published.reading import REGION, Scope, Territory

T = TypeVar("T")
KEPT, WRITTEN = "choix", "adresse"
SHARED = ("annee", "exercice", "region", "territoire", "public", "comparaison", "comparaison_profil", "autre")
NO_COMPARISON, ANOTHER = "Aucune", "Un autre territoire"
BESIDE = {"comparaison": "comparaison_profil", "comparaison_profil": "comparaison"}  # pages that open beside another
EVERY_REGION = "Toutes"


def kept(key: str) -> object:
    """What the reader last chose, on this page or another that has the same choice."""
    return st.session_state.get(KEPT, {}).get(key)


def choice(
    label: str,
    options: Sequence[T],
    key: str,
    index: int = 0,
    written: Callable[[T], str] = str,
    disabled: bool = False,
    on_change: Callable[[], None] | None = None,
) -> T:
    """A choice kept in the address under `key`, and on every page that has it."""
    if key not in st.session_state and key not in st.query_params and kept(key) in options:
        st.session_state[key] = kept(key)  # a page without this choice came between
    chosen = st.selectbox(
        label,
        options,
        index=index,
        format_func=written,
        key=key,
        disabled=disabled,
        on_change=on_change,
        bind="query-params",
        placeholder="Choisir",
    )
    if not disabled:
        st.session_state.setdefault(KEPT, {})[key] = chosen
        _write(key, "" if chosen == options[index] else written(chosen))
    return chosen


def _write(key: str, text: str) -> None:
    """Keep a choice as an address has it; the one that a page makes by itself is not written."""
    kept = st.session_state.setdefault(WRITTEN, {})
    kept.pop(key, None)
    if text:
        kept[key] = text


def chosen() -> dict[str, str]:
    """The choices of a reader that several pages share, as the address of any of them takes them."""
    kept = st.session_state.get(WRITTEN, {})
    return {key: kept[key] for key in SHARED if key in kept}


def year(years: dict[int, bool], index: int, key: str = "annee") -> int:
    """One of the years, those that are not whole marked."""
    return choice("Année", list(years), key, index, lambda y: f"{y}" if years[y] else f"{y} (incomplète)")


def region(possible: Sequence[Territory]) -> tuple[Territory, ...]:
    """The choice of a region: the territories that it leaves, itself first."""
    regions = {t.name: t for t in possible if t.niveau == REGION}
    whole = {EVERY_REGION: possible[0].label, **{name: t.label for name, t in regions.items()}}

    def narrow() -> None:
        st.session_state["territoire"] = whole[st.session_state["region"]]

    chosen = regions.get(choice("Région", [*whole], "region", on_change=narrow))
    return (*possible,) if chosen is None else (chosen, *(t for t in possible if t.region == chosen.code))


def territory(among: Sequence[Territory]) -> Territory:
    """The territory chosen, France by default."""
    places = {t.label: t for t in among}
    return places[choice("Territoire", list(places), "territoire")]


def go_to(place: Territory, possible: Sequence[Territory]) -> None:
    """Choose a territory by a gesture elsewhere on the page, before it is drawn again; its region opens with it."""
    around = place.code if place.niveau == REGION else place.region
    st.session_state["region"] = next(
        (t.name for t in possible if t.niveau == REGION and t.code == around), EVERY_REGION
    )
    st.session_state["territoire"] = place.label


def comparison(
    offered: Sequence[Comparison], others: Sequence[Territory], scope: Scope, place: Territory, key: str
) -> Comparison | None:
    """What figures are set beside: one of those `offered`, or a territory of `others`, chosen in a second box.

    By default the first that is offered, none where none is; a place, or none, once chosen on a page stays on those that
    open beside something else.
    """
    labels = {c.label: c for c in offered}
    options = [*labels, *((ANOTHER,) if others else ()), NO_COMPARISON]
    first = 0 if offered else len(options) - 1
    places = {*(c.label for c in offered if c.code in PLACES), ANOTHER, NO_COMPARISON}  # they suit every page
    beside = BESIDE.get(key, key)
    elsewhere = kept(beside) or st.query_params.get(beside)
    if elsewhere in places and elsewhere in options:
        first = options.index(str(elsewhere))

    def carry() -> None:
        taken = st.session_state[key]
        st.session_state[KEPT].pop(beside, None)
        if beside != key:
            st.session_state.pop(beside, None)
        if taken in places:
            st.session_state[KEPT][beside] = taken

    chosen = choice("Comparer avec", options, key, first, disabled=len(options) == 1, on_change=carry)
    if chosen != ANOTHER:
        return labels.get(chosen)
    named = {t.label: t for t in others}
    return figures.beside(scope, named[choice("Avec quel territoire", list(named), "autre")], place)
