"""The pages: filters, menu, and one page for each slide. Started by `python -m dashboards.launch`."""

import logging
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar

import duckdb
import streamlit as st

from dashboards import choices, figures, login, published, web
from dashboards.access import Denied, Misconfigured
from dashboards.choices import Wish
from dashboards.figures import View
from dashboards.published import Edition, Scope, Territory
from dashboards.slides import SECTIONS, SLIDES, Slide
from dashboards.views import controls, sommaire
from schemas.publics import EVERYONE, Public

T = TypeVar("T")
MARTS = "ADASS_MARTS"
NO_COMPARISON = "Aucune"
SIDEBAR = 250  # pixels
KEPT = "choix"
NOT_DELIVERED = "Aucune caisse n'a déposé de fichiers d'action sociale : le rapport local ne peut pas être établi."
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
    try:
        edition = published.current(marts, login.whoever())
        if edition is None or not published.years(edition):
            _say(NOTHING_PUBLISHED.format(marts=marts))
            return
        published.ensure_known(edition)
        reading = Reading(edition)
        menu = _menu(reading, marts)
        page = st.navigation(menu, expanded=True)
        login.sign(edition.access)
        _choose(reading, page)
    except login.Anonymous:
        _alone(login.ask)
        return
    except Denied as error:
        _alone(partial(login.refuse, str(error)))
        return
    except Misconfigured as error:
        logging.getLogger(__name__).warning("%s", error)
        _say(f"# Accès non configuré\n\n{error}")
        return
    except duckdb.Error:
        logging.getLogger(__name__).exception("the published file cannot be read")
        _say(UNREADABLE.format(marts=marts))
        return
    _notices(reading)
    page.run()


def _say(message: str) -> None:
    """A page that holds a message and nothing else."""
    _alone(partial(st.markdown, message))


def _alone(draw: Callable[[], object]) -> None:
    """A page that is not one of the menu."""
    st.navigation([st.Page(lambda: None, title="ADASS")], position="hidden")
    draw()


@dataclass
class Reading:
    """What this run of the page shows; the choices are known once the page is, after the menu is made."""

    edition: Edition
    pages: dict[Slide, st.Page] = field(default_factory=dict)
    wish: Wish | None = None
    view: View | None = None


def _menu(reading: Reading, marts: Path) -> dict[str, list[st.Page]]:
    """The summary, then a page for each slide, under the title of its section."""
    for slide in SLIDES:
        reading.pages[slide] = st.Page(
            partial(_slide_page, slide, reading), title=f"{slide.id} · {slide.title}", url_path=slide.path
        )
    first = st.Page(partial(_summary_page, reading), title="Sommaire", url_path="sommaire", default=True)
    slides = {section.label: [reading.pages[slide] for slide in section.slides] for section in SECTIONS}
    return {"": [first], **slides, controls.SECTION: controls.pages(reading.edition, marts)}


def _summary_page(reading: Reading) -> None:
    if reading.view and reading.wish:
        sommaire.draw(reading.edition, reading.view, reading.wish, reading.pages)


def _slide_page(slide: Slide, reading: Reading) -> None:
    if reading.view is None:
        web.absent(slide, NOT_DELIVERED)
    else:
        web.draw(slide, reading.view)
    here = SLIDES.index(slide)
    with st.container(key="suite", horizontal=True, horizontal_alignment="distribute"):
        for near, arrow in ((here - 1, "← {}"), (here + 1, "{} →")):
            if 0 <= near < len(SLIDES):
                to = SLIDES[near]
                st.page_link(reading.pages[to], label=arrow.format(f"{to.id} · {to.title}"))


def _notices(reading: Reading) -> None:
    """What must be known before any figure is read."""
    if published.vintage(reading.edition).synthetic:
        web.banner("Données synthétiques : ces chiffres ne décrivent aucune personne réelle.")
    if reading.view and not reading.view.complete:
        year = reading.view.subject.scope.annee
        web.banner(f"L'année {year} est incomplète : ses chiffres sont provisoires et ne se comparent pas.", "notice")


def _choose(reading: Reading, page: st.Page) -> None:
    """The choices that make sense on a page, kept in the address, and the view they give; None without any figure."""
    if page.url_path in controls.PATHS:  # not about one place and public
        return
    edition = reading.edition
    slide = next((s for s, p in reading.pages.items() if p.url_path == page.url_path), None)
    if slide and not slide.source:  # context, the same whatever is chosen
        latest = choices.default_year(published.years(edition))
        reading.view = choices.suited(edition, slide, Wish(latest, published.territories(edition)[0], EVERYONE, None))
        return
    possible = choices.places(edition, slide)
    if not possible:
        return
    with st.container(key="filtres"):
        columns = st.columns([3, 4, 4, 3])
    with columns[1]:
        place = _place(possible, bool(slide and slide.local))
    years = choices.years(edition, slide, place)
    if not years:
        return
    local = bool(slide and slide.source == published.ACTION_SOCIALE)
    with columns[0]:
        whole = list(years).index(choices.default_year(years))
        year = _choice("Année", list(years), "exercice" if local else "annee", whole, _year_label(years))
    with columns[2]:
        public = _public(slide)
    scope = Scope(year, place.niveau, place.code, public.code)
    beside = {c.label: c for c in choices.comparisons(slide, scope, years)}
    with columns[3 if len(choices.publics(slide)) > 1 or (slide and slide.source == published.BALI) else 2]:
        other = _comparison(slide, list(beside))
    comparison = beside.get(other)
    reading.wish = Wish(year, place, public, comparison.code if comparison else None)
    reading.view = figures.view(edition, scope, comparison, years)


def _place(possible: Sequence[Territory], local: bool) -> Territory:
    places = {t.label: t for t in possible}
    asked = _kept("territoire")
    if local and isinstance(asked, str) and asked not in places and asked.startswith(("CPAM", "CGSS", "CSS")):
        web.banner(
            f"{asked} n'a déposé aucun fichier d'action sociale : choisissez une caisse qui en a déposé.", "notice"
        )
    return places[_choice("Caisse" if local else "Territoire", list(places), "caisse" if local else "territoire")]


def _public(slide: Slide | None) -> Public:
    """The reader's public, or the one that the page is about, shown as fixed."""
    offered = choices.publics(slide)
    if slide and slide.source == published.BALI and len(offered) == 1:
        return _fixed("Public", offered[0], offered[0].label)
    return _choice("Public", offered, "public", written=lambda p: p.label) if len(offered) > 1 else offered[0]


def _comparison(slide: Slide | None, labels: list[str]) -> str:
    if slide and not slide.compares:
        return NO_COMPARISON
    name = "comparaison" if slide is None or slide.beside == figures.ANNEE else "comparaison_profil"
    return _choice("Comparer avec", [*labels, NO_COMPARISON], name, disabled=not labels)


def _fixed(label: str, choice: T, text: str) -> T:
    """A choice that the page makes itself."""
    st.selectbox(label, [text], disabled=True, key=f"fixe-{label}-{text}")
    return choice


def _kept(key: str) -> object:
    """What the reader last chose, on this page or another that has the same choice."""
    return st.session_state.get(KEPT, {}).get(key)


def _choice(
    label: str,
    options: Sequence[T],
    key: str,
    index: int = 0,
    written: Callable[[T], str] = str,
    disabled: bool = False,
) -> T:
    """A choice kept in the address, so that a copied link opens the same view and every page keeps it."""
    kept = _kept(key)
    if key not in st.session_state and key not in st.query_params and kept in options:
        st.session_state[key] = kept  # a page without this choice came between
    chosen = st.selectbox(
        label,
        options,
        index=index,
        format_func=written,
        key=key,
        disabled=disabled,
        bind="query-params",
        placeholder="Choisir",
    )
    if not disabled:
        st.session_state.setdefault(KEPT, {})[key] = chosen
    return chosen


def _year_label(years: dict[int, bool]) -> Callable[[int], str]:
    return lambda year: f"{year}" if years[year] else f"{year} (incomplète)"


main()
