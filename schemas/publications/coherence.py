"""Whether the figures that a publication prints can all be true at once.

A printed figure stands for every value that would have been printed so: an interval. A rule combines the intervals of
some figures, and only where what they give and what is printed cannot meet are they in contradiction.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import pairwise

from schemas.publications.printed import EPSILON, NEAR, NEAR_TOLERANCE, OVER, OVER_TOLERANCE, Figure
from schemas.text import key

COHERENT, CONTRADICTION = "cohérent", "contradiction"


# --- intervals --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Interval:
    """The values from `low` to `high`, which it does not reach; a single value where both are the same."""

    low: float
    high: float

    @property
    def exact(self) -> bool:
        return self.high - self.low <= EPSILON

    def meets(self, other: "Interval") -> bool:
        low, high = max(self.low, other.low), min(self.high, other.high)
        slack = EPSILON * max(1.0, abs(low))
        return low <= high + slack if self.exact or other.exact else low < high - slack

    def __add__(self, other: "Interval") -> "Interval":
        return Interval(self.low + other.low, self.high + other.high)

    def __sub__(self, other: "Interval") -> "Interval":
        return Interval(self.low - other.high, self.high - other.low)

    def __mul__(self, other: "Interval") -> "Interval":
        return _spanned(a * b for a in (self.low, self.high) for b in (other.low, other.high))

    def __truediv__(self, other: "Interval") -> "Interval":
        return _spanned(a / b for a in (self.low, self.high) for b in (other.low, other.high))


def _spanned(values: Iterable[float]) -> Interval:
    every = list(values)
    return Interval(min(every), max(every))


ONE = Interval(1.0, 1.0)


def interval(figure: Figure) -> Interval:
    """What the printed figure can stand for.

    A number printed to the unit is that number, « près de » before it or not. Money and means are rounded even then.
    """
    value, precision = figure.valeur, figure.precision
    if figure.comparateur == OVER:
        return Interval(value, value * (1 + OVER_TOLERANCE))
    if figure.unite == "nombre" and precision == 0.5:
        return Interval(value, value)
    if figure.comparateur == NEAR:
        precision = max(precision, NEAR_TOLERANCE * abs(value))
    return Interval(value - precision, value + precision)


# --- words ------------------------------------------------------------------------------------------------


def _number(value: float, decimals: int) -> str:
    digits = f"{value:,.{decimals}f}".replace(",", "\u202f").replace(".", ",")
    return digits.rstrip("0").rstrip(",") if "," in digits else digits


_SIGNS = {"part": "\u00a0%", "evolution": "\u00a0%", "points": " points", "euros": "\u00a0€", "jours": " jours"}


def written(value: float, unit: str) -> str:
    """A value as a reader writes it: `0.431` in unit `part` gives « 43,1 % »."""
    scale = 100 if unit in {"part", "evolution", "points"} else 1
    decimals = 2 if scale == 100 else 1
    return _number(value * scale, decimals) + _SIGNS.get(unit, "")


def _said(found: Interval, unit: str) -> str:
    low, high = written(found.low, unit), written(found.high, unit)
    return low if low == high else f"de {low} à {high}"


def cited(figure: Figure) -> str:
    """The printed text of a figure and where it stands."""
    return f"« {figure.texte} » ({figure.libelle} ; {figure.reference}, p. {figure.page})"


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} et {words[-1]}"


# --- terms: a figure, what it leaves to the whole, a product ------------------------------------------------


@dataclass(frozen=True)
class Rest:
    """What a share leaves: 1 less the figure."""

    cle: str


@dataclass(frozen=True)
class Times:
    """The product of figures, as a share and the number that it is a share of."""

    factors: tuple["Term", ...]


Term = str | Rest | Times
Figures = Mapping[str, Figure]


def _keys(term: Term) -> list[str]:
    if isinstance(term, Times):
        return [cle for factor in term.factors for cle in _keys(factor)]
    return [term.cle if isinstance(term, Rest) else term]


def _value(term: Term, figures: Figures) -> Interval:
    if isinstance(term, Times):
        return reduce(Interval.__mul__, (_value(factor, figures) for factor in term.factors))
    if isinstance(term, Rest):
        return ONE - interval(figures[term.cle])
    return interval(figures[term])


def _sum(terms: Sequence[Term], figures: Figures) -> Interval:
    return reduce(Interval.__add__, (_value(term, figures) for term in terms))


def _words(term: Term, figures: Figures) -> str:
    if isinstance(term, Times):
        return " × ".join(_words(factor, figures) for factor in term.factors)
    if isinstance(term, Rest):
        return f"le complément à 100\u00a0% de {cited(figures[term.cle])}"
    return cited(figures[term])


def _unit(term: Term, figures: Figures) -> str:
    """The unit of a product is that of its last factor: shares of a number come first."""
    return figures[_keys(term)[-1]].unite


def _all_words(terms: Sequence[Term], figures: Figures) -> str:
    return _listed([_words(term, figures) for term in terms])


def _worth(terms: Sequence[Term], found: Interval, unit: str, figures: Figures) -> str:
    """The words of some terms, and what they are worth together where that is no printed figure."""
    words = _all_words(terms, figures)
    return words if len(terms) == 1 and not isinstance(terms[0], Times) else f"{words}, soit {_said(found, unit)},"


# --- kinds of rules ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Verdict:
    holds: bool
    detail: str


@dataclass(frozen=True)
class Rule(ABC):
    """A relation between figures of one publication, which it names by their keys; `name` says which rule it is."""

    name: str

    @property
    @abstractmethod
    def terms(self) -> tuple[Term, ...]:
        """The figures it holds against each other."""

    @abstractmethod
    def judge(self, figures: Figures) -> Verdict:
        """Whether they can hold together, and the sentence that says why."""

    @property
    def keys(self) -> list[str]:
        return list(dict.fromkeys(cle for term in self.terms for cle in _keys(term)))


@dataclass(frozen=True)
class Total(Rule):
    """The parts sum to the printed total."""

    parts: tuple[Term, ...]
    total: str

    @property
    def terms(self) -> tuple[Term, ...]:
        return (*self.parts, self.total)

    def judge(self, figures: Figures) -> Verdict:
        found, total = _sum(self.parts, figures), figures[self.total]
        said = f"{_all_words(self.parts, figures)} font {_said(found, total.unite)}"
        return Verdict(found.meets(interval(total)), f"{said} ; le total imprimé est {cited(total)}.")


@dataclass(frozen=True)
class Whole(Rule):
    """The shares sum to 100 %."""

    parts: tuple[str, ...]

    @property
    def terms(self) -> tuple[Term, ...]:
        return self.parts

    def judge(self, figures: Figures) -> Verdict:
        found = _sum(self.parts, figures)
        printed = sum(figures[part].valeur for part in self.parts)
        detail = (
            f"{_all_words(self.parts, figures)} font {written(printed, 'part')} comme imprimés, "
            f"{_said(found, 'part')} avant arrondi ; l'ensemble est 100\u00a0%."
        )
        return Verdict(found.meets(ONE), detail)


@dataclass(frozen=True)
class AtMost(Rule):
    """What is contained does not exceed what contains it (None: 100 %)."""

    small: tuple[Term, ...]
    large: tuple[Term, ...] = ()
    note: str = ""

    @property
    def terms(self) -> tuple[Term, ...]:
        return (*self.small, *self.large)

    def judge(self, figures: Figures) -> Verdict:
        found, unit = _sum(self.small, figures), _unit(self.small[-1], figures)
        limit = _sum(self.large, figures) if self.large else ONE
        against = _worth(self.large, limit, unit, figures) if self.large else "100\u00a0%"
        detail = f"{_worth(self.small, found, unit, figures)} ne peut dépasser {against}{self.note}."
        return Verdict(found.low <= limit.high + EPSILON * max(1.0, abs(limit.high)), detail)


@dataclass(frozen=True)
class Change(Rule):
    """A printed change is that of the two printed values: a rate of growth, or a difference."""

    before: str
    after: str
    change: str

    @property
    def terms(self) -> tuple[Term, ...]:
        return (self.before, self.after, self.change)

    def judge(self, figures: Figures) -> Verdict:
        before, after, change = (figures[cle] for cle in (self.before, self.after, self.change))
        old, new = interval(before), interval(after)
        found = new / old - ONE if change.unite == "evolution" else new - old
        detail = (
            f"De {cited(before)} à {cited(after)}, la variation est {_said(found, change.unite)} ; "
            f"celle qui est imprimée est {cited(change)}."
        )
        return Verdict(found.meets(interval(change)), detail)


@dataclass(frozen=True)
class Same(Rule):
    """One figure printed in two places."""

    first: str
    second: str

    @property
    def terms(self) -> tuple[Term, ...]:
        return (self.first, self.second)

    def judge(self, figures: Figures) -> Verdict:
        first, second = figures[self.first], figures[self.second]
        detail = f"Un même chiffre est imprimé deux fois : {cited(first)} et {cited(second)}."
        return Verdict(interval(first).meets(interval(second)), detail)


@dataclass(frozen=True)
class Ratio(Rule):
    """A printed share is that of the printed numbers."""

    parts: tuple[Term, ...]
    base: Term
    share: str

    @property
    def terms(self) -> tuple[Term, ...]:
        return (*self.parts, self.base, self.share)

    def judge(self, figures: Figures) -> Verdict:
        share = figures[self.share]
        found = _sum(self.parts, figures) / _value(self.base, figures)
        detail = (
            f"{_all_words(self.parts, figures)} sur {_words(self.base, figures)} font {_said(found, 'part')} ; "
            f"la part imprimée est {cited(share)}."
        )
        return Verdict(found.meets(interval(share)), detail)


@dataclass(frozen=True)
class WholeNumber(Rule):
    """A share of a small number of organismes is that of a whole number of them, for one of the bases it may have."""

    share: str
    bases: tuple[Term, ...]

    @property
    def terms(self) -> tuple[Term, ...]:
        return (self.share, *self.bases)

    def judge(self, figures: Figures) -> Verdict:
        share = interval(figures[self.share])
        bases = sorted({n for base in self.bases for n in _whole_numbers(_value(base, figures))})
        found = [(k, n) for n in bases for k in _whole_numbers(share * Interval(n, n))]
        none = f"aucun nombre entier sur {' ni sur '.join(str(n) for n in bases)} n'a cette part"
        answer = f"soit {found[0][0]} sur {found[0][1]}" if found else none
        among = " ou ".join(_words(base, figures) for base in self.bases)
        return Verdict(bool(found), f"{cited(figures[self.share])} de {among} : {answer}.")


def _whole_numbers(found: Interval) -> range:
    last = math.floor(found.high + EPSILON) if found.exact else math.ceil(found.high - EPSILON) - 1
    return range(math.ceil(found.low - EPSILON), last + 1)


@dataclass(frozen=True)
class Mean(Rule):
    """A mean or share of a whole follows from those of its two parts, of which `weight` is the share of the first.

    Where the parts are but the share `covered` of the whole, the whole is at least what they bring to it.
    """

    weight: str
    first: str
    second: str
    whole: str
    covered: str | None = None

    @property
    def terms(self) -> tuple[Term, ...]:
        return (self.weight, self.first, self.second, *([self.covered] if self.covered else []), self.whole)

    def judge(self, figures: Figures) -> Verdict:
        weight, first, second, whole = (figures[cle] for cle in (self.weight, self.first, self.second, self.whole))
        found = _between(interval(weight), interval(first), interval(second))
        detail = f"{cited(first)} et {cited(second)}, le premier pesant {cited(weight)}"
        detail += f", donnent {_said(found, whole.unite)}"
        if not self.covered:
            return Verdict(found.meets(interval(whole)), f"{detail} ; l'ensemble imprimé est {cited(whole)}.")
        covered = figures[self.covered]
        least = found * interval(covered)
        detail += f", et l'ensemble, dont ils font {cited(covered)}, au moins {written(least.low, whole.unite)}"
        return Verdict(least.low <= interval(whole).high, f"{detail} ; il est imprimé {cited(whole)}.")


def _between(weight: Interval, first: Interval, second: Interval) -> Interval:
    """The weighted mean. What the one weighs more the other weighs less, so it is not a sum of two products."""
    ends = ((first.low, second.low), (first.high, second.high))
    return _spanned(w * a + (1 - w) * b for w in (weight.low, weight.high) for a, b in ends)


@dataclass(frozen=True)
class Descending(Rule):
    """Figures printed in order of size do not increase."""

    ordered: tuple[str, ...]

    @property
    def terms(self) -> tuple[Term, ...]:
        return self.ordered

    def judge(self, figures: Figures) -> Verdict:
        found = [interval(figures[cle]) for cle in self.ordered]
        holds = all(b.low <= a.high for a, b in pairwise(found))
        return Verdict(holds, f"Imprimés du plus grand au plus petit : {_all_words(self.ordered, figures)}.")


@dataclass(frozen=True)
class Label(Rule):
    """The population that is printed with a figure is the one that its slide is about.

    `others`: figures of the same kind, of which a finding cites those printed with the same population.
    """

    figure: str
    population: str
    others: tuple[str, ...] = ()

    @property
    def terms(self) -> tuple[Term, ...]:
        return (self.figure,)

    def judge(self, figures: Figures) -> Verdict:
        figure = figures[self.figure]
        detail = f"{cited(figure)} est imprimé sur une diapositive consacrée à cette population : {self.population}"
        said = key(figure.texte).partition("=>")[0]
        same = [o for o in self.others if o != self.figure and key(figures[o].texte).partition("=>")[0] == said]
        if same:
            detail += f" ; pour la population imprimée, voir {_all_words(same, figures)}"
        return Verdict(key(self.population) in key(figure.texte), f"{detail}.")


# --- evaluation --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Finding:
    """A row of `controle.coherence`."""

    publication: str
    reference: str
    regle: str
    detail: str
    statut: str


def repeated(figures: Figures) -> list[Rule]:
    """The rules that no one need declare: an indicator printed again says what it said first."""
    first: dict[tuple[object, ...], str] = {}
    rules: list[Rule] = []
    for cle, f in figures.items():
        if f.indicateur:
            what = (f.indicateur, f.annee, f.niveau, f.territoire, f.public, f.modalite)
            if first.setdefault(what, cle) != cle:
                rules.append(Same(f"meme_chiffre.{cle}", first[what], cle))
    return rules


def judged(publication: str, figures: Figures, rules: Iterable[Rule]) -> list[Finding]:
    """Every rule applied to the figures of one publication; raises ValueError where it lacks one that a rule names."""
    found: list[Finding] = []
    for rule in rules:
        missing = [cle for cle in rule.keys if cle not in figures]
        if missing:
            raise ValueError(f"{publication} : la règle {rule.name} nomme un chiffre absent ({', '.join(missing)})")
        verdict = rule.judge(figures)
        places = " ; ".join(dict.fromkeys(figures[cle].reference for cle in rule.keys))
        statut = COHERENT if verdict.holds else CONTRADICTION
        found.append(Finding(publication, places, rule.name, verdict.detail, statut))
    return found


def findings(every: Iterable[Figure], declared: Mapping[str, Sequence[Rule]]) -> list[Finding]:
    """All publications judged, each by the rules declared for it and by those on what it prints twice."""
    by_publication: dict[str, dict[str, Figure]] = {}
    for figure in every:
        by_publication.setdefault(figure.publication, {})[figure.cle] = figure
    return [
        finding
        for publication, figures in by_publication.items()
        for finding in judged(publication, figures, [*declared.get(publication, ()), *repeated(figures)])
    ]
