"""Every page that is no slide, declared once: its address, its name, its place in the menu, who may open it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import streamlit as st

from dashboards.figures.view import View
from dashboards.published.reading import Edition
from dashboards.slides.choices import Wish
from dashboards.slides.sections import SLIDES
from dashboards.views import (
    adapter,
    coherence,
    diaporama,
    essentiel,
    millesimes,
    qualite,
    reconciliation,
    reperes,
    sql,
    tendances,
    territoires,
)
from dashboards.views.analyses import caisse, comparer, croiser, durees, pilotage, pourquoi, structures

READ, EXPLORE, CHECK = SECTIONS = "Lire", "Explorer", "Vérifier"


@dataclass
class Reading:
    """What this run of the page shows; the choices are known once the page is, after the menu is made."""

    edition: Edition
    marts: Path
    links: dict[str, st.Page] = field(default_factory=dict)  # every page that this reader may open, by its address
    wish: Wish | None = None
    view: View | None = None


@dataclass(frozen=True)
class Entry:
    """A page. `under`: the address of the page of the menu that leads to it, for a page which the menu does not name
    itself. `words`: what else it is looked for by.
    """

    path: str
    title: str
    section: str
    draw: Callable[[Reading], None]
    offered: Callable[[Edition], bool] = lambda _: True
    under: str = ""
    words: str = ""


class Answer(Protocol):
    """The module of a page that makes its own choices and leads to other pages."""

    TITLE: str
    PATH: str

    def draw(self, edition: Edition, links: Mapping[str, st.Page]) -> None: ...


class Check(Protocol):
    """The module of a page that reads an edition and nothing else."""

    TITLE: str
    PATH: str

    def draw(self, edition: Edition) -> None: ...


def _everything(edition: Edition) -> bool:
    """Whether a reader sees the rows or figures of every organisme."""
    return edition.access.everything


def _answer(view: Answer, words: str = "") -> Entry:
    return Entry(view.PATH, view.TITLE, EXPLORE, lambda r: view.draw(r.edition, r.links), words=words)


def _check(view: Check, words: str = "") -> Entry:
    """A check is reached from the page of the quality, but for that page itself."""
    under = "" if view.PATH == qualite.PATH else qualite.PATH
    return Entry(view.PATH, view.TITLE, CHECK, lambda r: view.draw(r.edition), _everything, under, words)


def _essential(reading: Reading) -> None:
    if reading.view:
        essentiel.draw(reading.edition, reading.view, reading.links)


def _deck(reading: Reading) -> None:
    if reading.view and reading.wish:
        diaporama.draw(reading.edition, reading.view, reading.wish, reading.links)


ENTRIES = (
    Entry(essentiel.PATH, essentiel.TITLE, READ, _essential, words="accueil sommaire première page ce qui change"),
    Entry(
        diaporama.PATH,
        diaporama.TITLE,
        READ,
        _deck,
        words="diapositives slides rapport",
    ),
    _answer(pilotage, "mois mensuel stock délais cartes de contrôle atterrissage signaux"),
    _answer(durees, "durée délai courbes quantiles Aalen-Johansen attente accompagnement répartition"),
    _answer(croiser, "croisement tableau croisé pivot"),
    _answer(structures, "partenaires détecteurs France Travail Caf fiche conventions"),
    _answer(caisse, "organisme CPAM CGSS position signaux complétude"),
    _answer(pourquoi, "décomposition explication écart"),
    _answer(comparer, "comparaison classement caisses entonnoir"),
    _answer(territoires, "carte régions caisses"),
    _answer(tendances, "évolution années série"),
    _check(qualite, "rejets alertes livraisons complétude"),
    _check(reconciliation, "chiffres publiés"),
    _check(coherence, "contrôles"),
    _check(millesimes, "versions livraisons ce qui a changé"),
    Entry(
        adapter.PATH,
        adapter.TITLE,
        CHECK,
        lambda r: adapter.draw(r.edition, r.marts),
        adapter.offered,
        qualite.PATH,
        "profil exports en-têtes",
    ),
    Entry(
        reperes.PATH, reperes.TITLE, CHECK, lambda r: reperes.draw(r.edition), words="définitions glossaire indicateurs"
    ),
    Entry(
        sql.PATH,
        sql.TITLE,
        CHECK,
        lambda r: sql.draw(r.edition, r.marts),
        sql.offered,
        words="requête tables données export téléchargement",
    ),
)
ADDRESSES = (*(entry.path for entry in ENTRIES), *(slide.path for slide in SLIDES))


def entries(edition: Edition) -> tuple[Entry, ...]:
    """The pages that this reader may open; the others do not exist for it."""
    return tuple(entry for entry in ENTRIES if entry.offered(edition))


def around(edition: Edition, path: str) -> tuple[Entry, ...]:
    """The pages that share an entry of the menu with this one, in their order; none for a page that is alone."""
    offered = entries(edition)
    head = next((entry.under or entry.path for entry in offered if entry.path == path), "")
    found = tuple(entry for entry in offered if head and head in (entry.path, entry.under))
    return found if len(found) > 1 else ()


def shown(edition: Edition) -> tuple[Entry, ...]:
    """The pages that the menu names: those that are reached from no other which this reader may open."""
    offered = entries(edition)
    heads = {entry.path for entry in offered}
    return tuple(entry for entry in offered if entry.under not in heads)
