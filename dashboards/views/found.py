"""What a reader can look for: pages, territories, structures, indicators, definitions, each with its address."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from dashboards.published import partners
from dashboards.published import reading as published
from dashboards.published.reading import ORGANISME, REGION, Edition, Territory
from dashboards.slides.sections import SLIDES
from dashboards.views import diaporama, essentiel, explorer, menu, reperes
from dashboards.views.analyses import caisse, structures
from schemas.context.reperes import THEMES
from schemas.indicators.catalogue import CATALOGUE
from schemas.text import key

PAGE, SLIDE, STRUCTURE, INDICATOR, DEFINITION = "Page", "Diapositive", "Structure", "Indicateur", "Définition"
TERRITORY = {ORGANISME: "Caisse", REGION: "Région"}
COUNTRY = "Pays"
ORDER = (PAGE, COUNTRY, *TERRITORY.values(), INDICATOR, SLIDE, STRUCTURE, DEFINITION)
MOST = 8  # shown at once
LONG = 3  # letters: a shorter word has no plural


@dataclass(frozen=True)
class Found:
    """`path` and `chosen`: the page, and what its address chooses. `words`: what else it is looked for by."""

    kind: str
    name: str
    path: str
    note: str = ""
    chosen: tuple[tuple[str, str], ...] = ()
    words: str = ""


def search(edition: Edition, words: str) -> tuple[Found, ...]:
    """All in which every word begins one, the nearest name first."""
    asked = [_root(word) for word in _words(words)]
    if not asked:
        return ()
    ranks = ((_rank(name, text, asked), place) for place, (name, text) in enumerate(_texts(edition)))
    places = sorted((rank, place) for rank, place in ranks if rank is not None)
    return tuple(_everything(edition)[place] for _, place in places)


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", key(text))


def _root(word: str) -> str:
    """A word without the mark of its plural."""
    return word[:-1] if len(word) > LONG and word[-1] in "sx" else word


def _rank(name: str, text: str, asked: Sequence[str]) -> int | None:
    """0 where the name is what is asked for, 1 where it begins so, 2 where it holds that, 3 where it is said of it."""
    begun = [f" {word}" for word in asked]
    if not all(word in text for word in begun):
        return None
    whole = f" {' '.join(asked)}"
    if name.removesuffix("s") == whole:
        return 0
    if name.startswith(whole):
        return 1
    return 2 if all(word in name for word in begun) else 3


@lru_cache(maxsize=32)
def _texts(edition: Edition) -> tuple[tuple[str, str], ...]:
    """The name of each and all that it is found by, word after word, each after a blank."""
    every = _everything(edition)
    texts = ((f.name, f"{f.name} {f.kind} {f.words} {f.note}") for f in every)
    return tuple((_spaced(name), _spaced(text)) for name, text in texts)


def _spaced(text: str) -> str:
    return "".join(f" {word}" for word in _words(text))


@lru_cache(maxsize=32)
def _everything(edition: Edition) -> tuple[Found, ...]:
    found = (*_pages(edition), *_territories(edition), *_structures(edition), *_indicators(edition), *_definitions())
    return tuple(sorted(found, key=lambda one: ORDER.index(one.kind)))


def _pages(edition: Edition) -> list[Found]:
    pages = [Found(PAGE, e.title, e.path, e.section, words=e.words) for e in menu.entries(edition)]
    slides = [Found(SLIDE, diaporama.named(s), s.path, s.subject, words=s.title) for s in SLIDES]
    return [*pages, *slides]


def _territories(edition: Edition) -> list[Found]:
    regions = {t.code: t.name for t in published.territories(edition) if t.niveau == REGION}
    return [
        Found(
            TERRITORY.get(place.niveau, COUNTRY),
            place.name,
            caisse.PATH if place.niveau == ORGANISME else essentiel.PATH,
            _whereabouts(place, regions),
            (("territoire", place.label), *((("caisse", place.label),) if place.niveau == ORGANISME else ())),
            place.code,
        )
        for place in published.territories(edition)
    ]


def _whereabouts(place: Territory, regions: dict[str, str]) -> str:
    return f"{regions.get(place.region, '')} · {place.code}" if place.niveau == ORGANISME else ""


def _structures(edition: Edition) -> list[Found]:
    """The sheets of structures and partners, those that detect most first."""
    known = partners.readable(edition)
    return [
        Found(STRUCTURE, called, structures.PATH, "", (("structure", called),), name)
        for called, name in partners.labels(edition).items()
        if name in known
    ]


def _indicators(edition: Edition) -> list[Found]:
    """Indicators that are published, on the first slide that shows them, with their definition."""
    given, slides = published.niveaux(edition), explorer.shown_on()
    return [
        Found(INDICATOR, i.label, slides[i.id].path, i.definition, words=f"{i.id} {i.base.words} {slides[i.id].title}")
        for i in CATALOGUE
        if i.id in given and i.id in slides
    ]


def _definitions() -> list[Found]:
    return [
        Found(DEFINITION, r.terme, reperes.PATH, r.texte, (("recherche", r.terme),), f"{r.nom} {theme.titre}")
        for theme in THEMES
        for r in theme.reperes
    ]
