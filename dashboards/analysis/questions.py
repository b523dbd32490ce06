"""A question in the words of the catalogue, and what it is refused for: each word is known, or the nearest are named."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from rapidfuzz import fuzz, process

from dashboards import formats
from dashboards.published import control
from dashboards.published import reading as published
from dashboards.published.reading import DETAIL, NATIONAL, ORGANISME, REGION, Edition, Territory
from schemas.indicators import dimensions
from schemas.indicators.catalogue import BY_ID
from schemas.indicators.crossing import MEASURES, Crossing
from schemas.indicators.dimensions import DIMENSION, MISSING, Dimension
from schemas.indicators.indicator import Indicator
from schemas.indicators.known import QUERY, Unknown, known_only, unknown_from
from schemas.indicators.parcours import ACCOMPAGNEMENTS
from schemas.publics import EVERYONE, PUBLICS, Public
from schemas.text import key, quoted

FRANCE = "FR"
ALIKE = 50  # of 100: less does not read like the word
FEW = 8  # known words that are all named
Filter = tuple[str, tuple[str, ...]]  # a dimension and the codes that are kept


class Unanswerable(Exception):
    """A question that has no answer; the text says why in French, with the nearest known words."""


@dataclass(frozen=True)
class Question:
    """A measure, by dimensions, for a population: the words as they are in addresses and commands.

    `annee`: every year if None. `territoire`: FR, or the code of a region or organisme. `filtres`: codes kept, by dimension.
    """

    mesure: str
    par: tuple[str, ...] = ()
    annee: int | None = None
    territoire: str = FRANCE
    public: str = EVERYONE.code
    filtres: tuple[Filter, ...] = ()


@dataclass(frozen=True)
class Asked:
    """A question whose every word is known."""

    question: Question
    measure: Indicator
    by: tuple[Dimension, ...]
    place: Territory
    public: Public
    filters: tuple[tuple[Dimension, tuple[str, ...]], ...]

    def crossing(self, rows: Edition) -> Crossing:
        """What is counted on the rows of a file, whose deliveries do not all say everything."""
        unknown = _unknown(rows)
        measure, by = known_only(self.measure, unknown), tuple(dimensions.known_only(d, unknown) for d in self.by)
        base = measure.base
        where = [f"{base.year} {'IS NOT NULL' if self.question.annee is None else f'= {self.question.annee}'}"]
        where += [] if self.place.niveau == NATIONAL else [f"{self.place.niveau} = {quoted(self.place.code)}"]
        where += [] if self.public == EVERYONE else [self.public.code]
        where += [dimensions.known_only(d, unknown).among(base, codes) for d, codes in self.filters]
        return Crossing(measure, by, tuple(where))


def asked(edition: Edition, question: Question) -> Asked:
    """The declarations that a question names. Raises Unanswerable for a word that is not known."""
    measure, by = measure_of(question.mesure), dimensions_of(question.par)
    if question.annee is not None:
        known(str(question.annee), "année inconnue", codes(edition, DIMENSION["annee"]))
    filters = tuple(_filter(edition, name, values) for name, values in question.filtres)
    if twice := _repeated(d.name for d, _ in filters):
        raise Unanswerable(f"« {twice} » est filtrée deux fois : donnez ses codes ensemble, séparés par des virgules")
    place = place_of(edition, question.territoire)
    return Asked(replace(question, territoire=place.code), measure, by, place, public_of(question.public), filters)


def measure_of(word: str, fit: Callable[[Indicator], bool] = lambda _: True, unfit: str = "") -> Indicator:
    """A measure that can be crossed, and is `fit`. Raises Unanswerable, saying `unfit` of one that is not."""
    among = {i.id: i.label for i in MEASURES.values() if fit(i)}
    if word in BY_ID and word not in among:
        crossed = word in MEASURES
        why = unfit if crossed else "ne se croise pas : ce n'est pas un chiffre unique, compté sur les accompagnements"
        raise Unanswerable(f"« {word} » {why} (les plus proches : {', '.join(nearest(word, among))})")
    return MEASURES[known(word, "mesure inconnue", among)]


def dimensions_of(words: Iterable[str]) -> tuple[Dimension, ...]:
    """Dimensions by name, each once. Raises Unanswerable."""
    names = [known(w, "dimension inconnue", {d.name: d.label for d in DIMENSION.values()}) for w in words]
    if twice := _repeated(names):
        raise Unanswerable(f"dimension demandée deux fois : « {twice} »")
    return tuple(DIMENSION[name] for name in names)


def public_of(word: str) -> Public:
    """A public by code. Raises Unanswerable."""
    by_code = {p.code: p for p in PUBLICS}
    return by_code[known(word, "public inconnu", {p.code: p.label for p in PUBLICS})]


def place_of(edition: Edition, word: str) -> Territory:
    """A territory by code. Raises Unanswerable."""
    by_code = {t.code: t for t in reversed(published.territories(edition))}
    folded = {code.casefold(): code for code in by_code}
    code = folded.get(word.casefold(), word)
    return by_code[known(code, "territoire inconnu", {t.code: t.name for t in by_code.values()})]


def year_of(word: str) -> int:
    """A year as typed. Raises Unanswerable where it is none."""
    if not (word.isascii() and word.isdigit() and len(word) == 4):
        raise Unanswerable(f"« {word} » n'est pas une année")
    return int(word)


def codes(edition: Edition, dimension: Dimension) -> Mapping[str, str]:
    """The codes of a dimension in their order, with their labels. Raises Unanswerable where this reader has no list."""
    if dimension.codes:
        return dimension.codes
    if dimension.name == "annee":
        return {str(year): str(year) for year in sorted(published.years(edition))}
    if dimension.name in {REGION, ORGANISME}:
        places = (t for t in published.territories(edition) if t.niveau == dimension.name)
        return {t.code: t.name for t in sorted(places, key=lambda t: t.code)}
    return _met(edition, dimension.name)


@lru_cache(maxsize=64)
def _met(edition: Edition, column: str) -> Mapping[str, str]:
    """The values of a column in the rows that this reader may count."""
    access = edition.access
    file, where = edition, f"{column} IS NOT NULL"
    if edition.exact and not access.everything:
        file, where = edition.exact, f"{where} AND {access.niveau} = {quoted(access.territoire)}"
    if not holds_rows(file):
        raise Unanswerable(f"« {column} » ne se lit que sur les lignes, que ce fichier n'a pas")
    rows = published.query(file, f"SELECT DISTINCT {column} AS code FROM {ACCOMPAGNEMENTS} WHERE {where}")
    return {code: code for code in sorted(str(r["code"]) for r in rows)}


@lru_cache(maxsize=16)
def _unknown(edition: Edition) -> Unknown:
    """What deliveries do not say."""
    return unknown_from(
        (str(column), str(delivery)) for column, delivery in published.frame(edition, QUERY).iter_rows()
    )


def holds_rows(edition: Edition) -> bool:
    """Whether a file has the rows of accompaniments: neither the one for diffusion nor an old vintage, reduced."""
    return edition.path.name == DETAIL and ACCOMPAGNEMENTS in control.tables(Edition(edition.path, edition.stamp))


def rows_for(edition: Edition, asked: Asked) -> Edition | None:
    """The file whose rows this reader may count for a question: all, or only where all asked is his own territory."""
    if edition.access.everything:
        return Edition(edition.path, edition.stamp) if holds_rows(edition) else None
    if edition.exact is None or not holds_rows(edition.exact):
        return None
    return edition.exact if all(_owned(edition, place) for place in _reached(edition, asked)) else None


def _owned(edition: Edition, place: Territory) -> bool:
    return edition.access.owns(place.niveau, place.code, place.region)


def _reached(edition: Edition, asked: Asked) -> list[Territory]:
    """The territories that hold all rows of a question, as narrow as its words say."""
    if asked.place.niveau != NATIONAL:
        return [asked.place]
    every = {(t.niveau, t.code): t for t in published.territories(edition)}
    for dimension, kept in asked.filters:
        if dimension.name in {REGION, ORGANISME} and MISSING not in kept:
            return [every[dimension.name, code] for code in kept]
    return [asked.place]


def _filter(edition: Edition, name: str, values: tuple[str, ...]) -> tuple[Dimension, tuple[str, ...]]:
    (dimension,) = dimensions_of([name])
    if not values:
        raise Unanswerable(f"filtre sans code : « {name} »")
    among = codes(edition, dimension)
    return dimension, tuple(known(v, f"code inconnu de « {name} »", among) if v else v for v in _whole(values, among))


def _whole(values: tuple[str, ...], among: Mapping[str, str]) -> list[str]:
    """The codes, those that hold a comma put together again."""
    found, rest = [], list(values)
    while rest:
        size = next((s for s in range(len(rest), 1, -1) if ",".join(rest[:s]) in among), 1)
        found.append(",".join(rest[:size]))
        rest = rest[size:]
    return found


def _repeated(names: Iterable[str]) -> str:
    return next((name for name, times in Counter(names).items() if times > 1), "")


def known(word: str, unknown: str, among: Mapping[str, str]) -> str:
    """A word that is among those known, each with its label. Raises Unanswerable, naming the nearest."""
    if word in among:
        return word
    told = ", ".join(among) if len(among) <= FEW else f"les plus proches : {', '.join(nearest(word, among))}"
    raise Unanswerable(f"{unknown} : « {word} » ({told})")


def nearest(word: str, among: Mapping[str, str], most: int = 3) -> tuple[str, ...]:
    """The codes that read most like a word, by themselves or by their label, the nearest first."""
    forms, asked = {key(form): code for code, label in among.items() for form in (label, code)}, key(word)
    found = process.extract(asked, forms.keys(), scorer=fuzz.WRatio, limit=None)
    found.sort(key=lambda one: (-one[1], not one[0].startswith(asked)))
    alike = [forms[form] for form, score, _ in found if score >= ALIKE] or [forms[form] for form, _, _ in found]
    return tuple(dict.fromkeys(alike))[:most]


def labels(edition: Edition, dimension: Dimension) -> Callable[[object], str]:
    """What the codes of a dimension are called."""
    own = codes(edition, dimension) if dimension.name in {REGION, ORGANISME} else dimension.codes
    return lambda code: dimension.unknown if code == MISSING else own.get(str(code), str(code))


def told(error: Unanswerable) -> str:
    """A refusal in French typography, with a capital and a full stop."""
    text = str(error)
    return formats.prose(f"{text[0].upper()}{text[1:]}.")
