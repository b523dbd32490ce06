"""The pages: filters, menu, and one page for each slide. Started by `python -m dashboards.launch`."""

import logging
import os
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

import duckdb
import streamlit as st

from dashboards import figures, published, web
from dashboards.figures import View
from dashboards.published import Edition, Scope
from dashboards.slides import SECTIONS, SLIDES, Slide
from dashboards.views import sommaire
from schemas.publics import PUBLICS

T = TypeVar("T")
MARTS = "ADASS_MARTS"
NO_COMPARISON = "Aucune"
SIDEBAR = 250  # pixels
NOTHING_PUBLISHED = """
# Rien n'est encore publié

Le dossier `{marts}` ne contient pas de millésime. Déposez les exports dans le dossier des données brutes, puis lancez :

```
adass refresh --raw DOSSIER_DES_EXPORTS --marts {marts}
```

Rechargez ensuite cette page.
"""

UNREADABLE = """
# Le fichier publié ne peut pas être lu

Le fichier du dossier `{marts}` n'a pas la forme attendue, ou vient d'une autre version.
Relancez `adass refresh`, puis rechargez cette page.
"""


def main() -> None:
    st.set_page_config(page_title="ADASS", layout="wide", initial_sidebar_state=SIDEBAR)
    web.dress()
    marts = Path(os.environ.get(MARTS, "data/marts"))
    edition = published.current(marts)
    try:
        if edition is None or not published.years(edition):
            _say(NOTHING_PUBLISHED.format(marts=marts))
            return
        view = _filters(edition)
    except duckdb.Error:
        logging.getLogger(__name__).exception("the published file cannot be read")
        _say(UNREADABLE.format(marts=marts))
        return
    _notices(view)
    st.navigation(_menu(view), expanded=True).run()


def _say(message: str) -> None:
    """A page that holds a message and nothing else."""
    st.navigation([st.Page(lambda: None, title="ADASS")], position="hidden")
    st.markdown(message)


def _menu(view: View) -> dict[str, list[st.Page]]:
    """The summary, then a page for each slide, under the title of its section."""
    pages: dict[Slide, st.Page] = {}
    for slide in SLIDES:
        pages[slide] = st.Page(
            partial(_slide_page, slide, view, pages), title=f"{slide.id} · {slide.title}", url_path=slide.path
        )
    first = st.Page(partial(sommaire.draw, view, pages), title="Sommaire", url_path="sommaire", default=True)
    return {"": [first], **{section.label: [pages[slide] for slide in section.slides] for section in SECTIONS}}


def _slide_page(slide: Slide, view: View, pages: Mapping[Slide, st.Page]) -> None:
    web.draw(slide, view)
    here = SLIDES.index(slide)
    with st.container(key="suite", horizontal=True, horizontal_alignment="distribute"):
        for near, arrow in ((here - 1, "← {}"), (here + 1, "{} →")):
            if 0 <= near < len(SLIDES):
                st.page_link(pages[SLIDES[near]], label=arrow.format(f"{SLIDES[near].id} · {SLIDES[near].title}"))


def _notices(view: View) -> None:
    """What must be known before any figure is read."""
    if view.vintage.synthetic:
        web.banner("Données synthétiques : ces chiffres ne décrivent aucune personne réelle.")
    if not view.complete:
        year = view.subject.scope.annee
        web.banner(f"L'année {year} est incomplète : ses chiffres sont provisoires et ne se comparent pas.", "notice")


def _filters(edition: Edition) -> View:
    """The four choices of the reader, kept in the address; gives what they select."""
    years = published.years(edition)
    places = {t.label: t for t in published.territories(edition)}
    with st.container(key="filtres"):
        columns = st.columns([3, 4, 4, 3])
    with columns[0]:
        year = _choice("Année", list(years), "annee", _default_year(years), _year_label(years))
    with columns[1]:
        place = places[_choice("Territoire", list(places), "territoire")]
    with columns[2]:
        public = _choice("Public", PUBLICS, "public", written=lambda p: p.label)
    scope = Scope(year, place.niveau, place.code, public.code)
    with columns[3]:
        possible = {c.label: c for c in figures.comparisons(scope, years)}
        other = _choice("Comparer avec", [*possible, NO_COMPARISON], "comparaison", disabled=not possible)
    return figures.view(edition, scope, possible.get(other))


def _choice(
    label: str,
    options: Sequence[T],
    key: str,
    index: int = 0,
    written: Callable[[T], str] = str,
    disabled: bool = False,
) -> T:
    """A choice kept in the address, so that a copied link opens the same view and every page keeps it."""
    return st.selectbox(
        label,
        options,
        index=index,
        format_func=written,
        key=key,
        disabled=disabled,
        bind="query-params",
        placeholder="Choisir",
    )


def _default_year(years: dict[int, bool]) -> int:
    """Where the latest whole year stands; the latest of all where none is whole."""
    return next((i for i, complete in enumerate(years.values()) if complete), 0)


def _year_label(years: dict[int, bool]) -> Callable[[int], str]:
    return lambda year: f"{year}" if years[year] else f"{year} (incomplète)"


main()
