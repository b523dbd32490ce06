"""The pages: filters, menu, and one page for each slide. Started by `python -m dashboards.launch`."""

import logging
import os
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import duckdb
import streamlit as st

from dashboards import formats
from dashboards.access import login
from dashboards.access.roles import Denied, Misconfigured
from dashboards.content import words
from dashboards.figures import view as figures
from dashboards.figures.view import Comparison
from dashboards.published import reading as published
from dashboards.published.reading import Edition, Scope, Territory
from dashboards.slides import choices
from dashboards.slides.blocks import Slide
from dashboards.slides.choices import Wish
from dashboards.slides.sections import SLIDES
from dashboards.views import commentaires, diaporama, essentiel, menu, millesimes, searching
from dashboards.views.menu import Reading
from dashboards.web import filters
from dashboards.web import page as web
from schemas.outputs.vintages import NoVintage
from schemas.publics import EVERYONE, Public

MARTS = "ADASS_MARTS"
SIDEBAR = 250  # pixels
NAME = "ADASS"
NOT_DELIVERED = "Aucune caisse n'a déposé de fichiers d'action sociale : le rapport local ne peut pas être établi."
NOTHING_PUBLISHED = """
# Rien n'est encore publié

Le dossier `{marts}` ne contient pas de millésime. Déposez les exports dans le dossier des données brutes, puis lancez :

```
adass refresh --raw DOSSIER_DES_EXPORTS --marts {marts}
```

Rechargez ensuite cette page. Vos exports ont d'autres en-têtes ou d'autres mots ? `adass adapter DOSSIER_DES_EXPORTS
--profil DOSSIER_DES_EXPORTS/profil.toml` écrit comment ils se lisent (docs/adopter.md).
"""

NOT_SERVED = """
# Ce millésime n'est pas servi

Ce qui l'empêche : {error}.

[Ouvrir le millésime le plus récent](?millesime=courant), ou relancez `adass refresh`, puis rechargez cette page.
"""

UNREADABLE = """
# Le fichier publié ne peut pas être lu

Le fichier du dossier `{marts}` n'a pas la forme attendue, ou vient d'une autre version.
Relancez `adass refresh`, puis rechargez cette page.
"""


def main() -> None:
    st.set_page_config(page_title=NAME, layout="wide", initial_sidebar_state=SIDEBAR)
    web.dress()
    marts = Path(os.environ.get(MARTS, "data/marts"))
    try:
        opened = _open(marts)
    except login.Anonymous:
        _alone(login.ask)
    except Denied as error:
        _alone(partial(login.refuse, str(error)))
    except Misconfigured as error:
        logging.getLogger(__name__).warning("%s", error)
        _say(f"# Accès non configuré\n\n{formats.literal(str(error))}")
    except NoVintage as error:
        _say(NOT_SERVED.format(error=formats.literal(formats.prose(str(error)))))
    except duckdb.Error:
        logging.getLogger(__name__).exception("the published file cannot be read")
        _say(UNREADABLE.format(marts=marts))
    else:
        if opened is None:
            _say(NOTHING_PUBLISHED.format(marts=marts))
            return
        reading, page = opened
        _notices(reading)
        page.run()


def _open(marts: Path) -> "tuple[Reading, st.Page] | None":
    """What this reader has chosen to see, and the page of it; None where nothing is published."""
    edition = published.current(marts, login.whoever(), millesimes.asked())
    if edition is None or not published.years(edition):
        return None
    published.ensure_known(edition)
    reading = Reading(edition, marts)
    page = st.navigation(_menu(reading), expanded=True)
    st.set_page_config(page_title=f"{page.title} – {NAME}")
    login.sign(edition.access)
    with st.container(key="entete", horizontal=True, vertical_alignment="center", gap="medium"):
        _beside(reading, page)
        searching.draw(edition, page.url_path)
    _choose(reading, page)
    return reading, page


def _say(message: str) -> None:
    """A page that holds a message and nothing else."""
    _alone(partial(st.markdown, message))


def _alone(draw: Callable[[], object]) -> None:
    """A page that is not one of the menu."""
    pages = [
        st.Page(lambda: None, title=NAME, url_path=path, default=path == essentiel.PATH) for path in menu.ADDRESSES
    ]  # so that no address is an unknown one
    st.navigation(pages, position="hidden")
    draw()


def _menu(reading: Reading) -> dict[str, list[st.Page]]:
    """A page for each entry of the menu, under its section; those that are reached from another, and slides, unnamed."""
    named = menu.shown(reading.edition)
    sections: dict[str, list[st.Page]] = {section: [] for section in menu.SECTIONS}
    for entry in menu.entries(reading.edition):
        page = st.Page(
            partial(entry.draw, reading),
            title=entry.title,
            url_path=entry.path,
            default=entry.path == essentiel.PATH,
            visibility="visible" if entry in named else "hidden",
        )
        sections[entry.section].append(page)
    sections[menu.READ] += [
        st.Page(
            partial(_slide_page, slide, reading), title=diaporama.named(slide), url_path=slide.path, visibility="hidden"
        )
        for slide in SLIDES
    ]
    reading.links |= {_path(page): page for pages in sections.values() for page in pages}
    return sections


def _beside(reading: Reading, page: st.Page) -> None:
    """The way to the pages that share an entry of the menu with this one."""
    if slide := _slide(page):
        web.current(diaporama.PATH)
        diaporama.steps(slide, reading.links)
    elif near := menu.around(reading.edition, _path(page)):
        web.current(near[0].path)
        with st.container(key="voisines", horizontal=True, gap="small"):
            for entry in near:
                st.page_link(reading.links[entry.path], label=entry.title)


def _path(page: st.Page) -> str:
    """The address of a page; Streamlit gives the first one none."""
    return page.url_path or essentiel.PATH


def _slide(page: st.Page) -> Slide | None:
    return next((slide for slide in SLIDES if slide.path == _path(page)), None)


def _slide_page(slide: Slide, reading: Reading) -> None:
    if reading.view is None:
        web.absent(slide, NOT_DELIVERED)
    else:
        web.draw(slide, reading.view)
        if published.exact(reading.edition, reading.view.subject.scope):
            commentaires.draw(reading.marts, slide, reading.view)  # whoever wrote them may quote exact figures
    here = SLIDES.index(slide)
    with st.container(key="suite", horizontal=True, horizontal_alignment="distribute"):
        for near, arrow in ((here - 1, "← {}"), (here + 1, "{} →")):
            if 0 <= near < len(SLIDES):
                to = SLIDES[near]
                st.page_link(reading.links[to.path], label=arrow.format(diaporama.named(to)))


def _notices(reading: Reading) -> None:
    """What must be known before any figure is read."""
    if notice := millesimes.notice(reading.edition):
        web.banner(notice, "notice")
    if published.vintage(reading.edition).synthetic:
        web.banner(words.SYNTHETIC)
    if reading.view and not reading.view.complete:
        year = reading.view.subject.scope.annee
        web.banner(f"L'année {year} est incomplète : ses chiffres sont provisoires et ne se comparent pas.", "notice")


def _choose(reading: Reading, page: st.Page) -> None:
    """The choices that make sense on a page, kept in the address, and the view they give; None without any figure."""
    edition, slide = reading.edition, _slide(page)
    if slide is None and _path(page) not in (essentiel.PATH, diaporama.PATH):  # the other pages make their own choices
        return
    if slide and not slide.source:  # context, the same whatever is chosen
        latest = choices.default_year(published.years(edition))
        reading.view = choices.suited(edition, slide, Wish(latest, published.territories(edition)[0], EVERYONE, None))
        return
    possible = choices.places(edition, slide)
    if not possible:
        return
    local = bool(slide and slide.local)
    with st.container(key="filtres"):
        first, *others = st.columns([2, 6, 4, 4] if local else [2, 3, 4, 4, 4])
    boxes = iter(others)
    if not local:
        with next(boxes):
            possible = filters.region(possible)
    with next(boxes):
        place = _caisse(possible) if local else filters.territory(possible)
    years = choices.years(edition, slide, place)
    if not years:
        return
    with first:
        whole = list(years).index(choices.default_year(years))
        year = filters.year(years, whole, "exercice" if slide and slide.source == published.ACTION_SOCIALE else "annee")
    public = choices.publics(slide)[0]
    if slide is None or slide.source == published.BALI:
        with next(boxes):
            public = _public(slide)
    scope = Scope(year, place.niveau, place.code, public.code)
    with next(boxes):
        comparison = _comparison(edition, slide, scope, place, years)
    other = None
    if comparison and comparison.code == figures.TERRITOIRE:
        other = published.place(edition, comparison.scope)
    reading.wish = Wish(year, place, public, comparison.code if comparison else None, other)
    reading.view = figures.view(edition, scope, comparison, years)


def _caisse(possible: Sequence[Territory]) -> Territory:
    """A caisse that gave its own files."""
    places = {t.label: t for t in possible}
    asked = filters.kept("territoire")
    if isinstance(asked, str) and asked not in places and asked.startswith(("CPAM", "CGSS", "CSS")):
        web.banner(
            f"{asked} n'a déposé aucun fichier d'action sociale : choisissez une caisse qui en a déposé.", "notice"
        )
    return places[filters.choice("Caisse", list(places), "caisse")]


def _public(slide: Slide | None) -> Public:
    """The reader's public, or the one that the page is about, shown as fixed."""
    offered = choices.publics(slide)
    if len(offered) == 1:
        return _fixed("Public", offered[0], offered[0].label)
    return filters.choice("Public", offered, "public", written=lambda p: p.label)


def _comparison(
    edition: Edition, slide: Slide | None, scope: Scope, place: Territory, years: dict[int, bool]
) -> Comparison | None:
    if slide and not slide.compares:
        return None
    key = "comparaison" if slide is None or slide.beside == figures.ANNEE else "comparaison_profil"
    offered = choices.comparisons(slide, scope, years, published.region_of(edition, place))
    others = choices.others(edition, slide, place, years[scope.annee])
    return filters.comparison(offered, others, scope, place, key)


def _fixed(label: str, choice: Public, text: str) -> Public:
    """A choice that the page makes itself."""
    st.selectbox(label, [text], disabled=True, key=f"fixe-{label}-{text}")
    return choice


main()
