"""Which header stands for which column of a table: by name and by content, all headers against all columns at once."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import permutations

import numpy as np
import polars as pl
from scipy.optimize import linear_sum_assignment

from pipelines.adoption.assistant.evidence import Evidence, weight
from pipelines.adoption.assistant.words import Named, named
from pipelines.adoption.entries import PROBABLE, SURE
from pipelines.reading.days import day_format
from pipelines.reading.form import AGE, VOID
from schemas.exports.declarations import Column, Table
from schemas.exports.kinds import Code, Reference, YesNo
from schemas.text import key

LEAST = 0.42  # a header that fits less well stands for no column
EXACT = 0.99  # a name that is one of those known for a column
RIGHT, HALF, WRONG = 0.9, 0.5, 0.3  # shares of texts that are, or are not, those of the column
CONTRADICTED = 0.15  # of rows whose dates are in another order
FEWEST_ROWS = 10  # that an order can be told from


@dataclass(frozen=True)
class Fit:
    """A header that stands for a column, how well, and whether it says the contrary."""

    header: str
    column: str
    score: float
    confidence: str
    contrary: bool = False


@dataclass
class Matched:
    """What the headers of a file are for a table, by header."""

    table: Table
    fits: dict[str, Fit] = field(default_factory=dict)

    @property
    def by_column(self) -> dict[str, Fit]:
        return {fit.column: fit for fit in self.fits.values()}

    @property
    def score(self) -> float:
        return sum(fit.score for fit in self.fits.values())

    @property
    def complete(self) -> bool:
        """Whether every mandatory column is there, but for those that may follow from another or hold for all rows."""
        there = self.by_column.keys()
        return all(c.name in there for c in self.table.exported if c.mandatory and c.name not in _GIVEN_OTHERWISE)


_GIVEN_OTHERWISE = {"famille_detecteur", "organisme"}


def columns_of(table: Table) -> list[Column]:
    """The columns that a header may stand for; an age stands for a day of birth."""
    ages = [replace(c, name=AGE, header="Âge") for c in table.columns if c.age_at]
    return [*table.exported, *ages]


Names = Mapping[tuple[str, str], Named]  # by header and column


def match(
    table: Table,
    evidence: Mapping[str, Evidence],
    known: Mapping[str, Sequence[str]],
    labels: Mapping[str, str] | None = None,
) -> Matched:
    """The column of each header. `known`: what has been said of some headers; `labels`: what names a header, if not itself."""
    headers = [h for h in evidence if h not in known]
    taken = {name for names in known.values() for name in names}
    free = [c for c in columns_of(table) if c.name not in taken]
    names = {(h, c.name): _named(h, c, table, evidence, labels or {}) for h in headers for c in free}
    scores = np.zeros((len(headers), len(free)))
    for at, to in np.ndindex(*scores.shape):
        scores[at, to] = _score(names[headers[at], free[to].name].score, evidence[headers[at]], free[to])
    matched = Matched(table, {h: Fit(h, n, 1.0, SURE) for h, several in known.items() for n in several[:1]})
    # by their cubes: a header that fits well is not given up so that two others fit somehow
    for at, to in zip(*linear_sum_assignment(np.where(scores >= LEAST, scores**3, 0.0), maximize=True), strict=True):
        if scores[at, to] >= LEAST:
            header, column = headers[at], free[to]
            sure = _sure(header, column, free, names, evidence)
            contrary = names[header, column.name].contrary
            confidence = SURE if sure and not contrary else PROBABLE
            matched.fits[header] = Fit(header, column.name, float(scores[at, to]), confidence, contrary)
    _without_both_ages(matched)
    return matched


def _named(
    header: str, column: Column, table: Table, evidence: Mapping[str, Evidence], labels: Mapping[str, str]
) -> Named:
    name = named(labels.get(header, header), table, column.name, evidence[header].seen.group)
    contrary = name.contrary and isinstance(column.kind, YesNo)
    return Named(0.0 if name.contrary and not contrary else name.score, contrary)


def _found(evidence: Evidence, column: Column) -> float | None:
    return evidence.ages if column.name == AGE else evidence.of(column)


def _score(name: float, evidence: Evidence, column: Column) -> float:
    found = _found(evidence, column)
    if found is None:
        return name * 0.75
    if found < WRONG:  # codes of one's own under a name that is known: perhaps
        return name * (0.45 if name >= EXACT and isinstance(column.kind, Code) and evidence.listed else 0.35)
    return name * 0.5 + found * weight(column)


def _sure(
    header: str, column: Column, columns: Sequence[Column], names: Names, evidence: Mapping[str, Evidence]
) -> bool:
    """Whether a header names the column alone, is named for no other, and holds nothing else."""
    if names[header, column.name].score < EXACT or not _holds(header, column, evidence):
        return False
    rivals = [h for h in evidence if (h, column.name) in names and h != header and names[h, column.name].score >= EXACT]
    others = [c for c in columns if c.name != column.name and names[header, c.name].score >= EXACT]
    return not any(_may_hold(h, column, evidence) for h in rivals) and not any(
        _holds(header, c, evidence) for c in others
    )


def _holds(header: str, column: Column, evidence: Mapping[str, Evidence]) -> bool:
    found = _found(evidence[header], column)
    if found is None:  # texts, and codes that mean nothing by themselves
        return not isinstance(column.kind, Code) or key(header) == key(column.header)
    return found >= (HALF if isinstance(column.kind, Code | Reference) else RIGHT)


def _may_hold(header: str, column: Column, evidence: Mapping[str, Evidence]) -> bool:
    found = _found(evidence[header], column)
    return found is None or found >= WRONG


def _without_both_ages(matched: Matched) -> None:
    """An age beside a day of birth is left aside."""
    births = {c.name for c in matched.table.columns if c.age_at} & matched.by_column.keys()
    if births and AGE in matched.by_column:
        del matched.fits[matched.by_column[AGE].header]


def in_order(matched: Matched, evidence: Mapping[str, Evidence], order: Sequence[str], known: Collection[str]) -> None:
    """Hold the days of each row against the order that they must be in; where the names contradict it, another may be right."""
    fits = [matched.by_column[c] for c in order if c in matched.by_column and c not in known]
    if len(fits) < 2 or not all(evidence[f.header].dates for f in fits):
        return
    days = {f.header: _days(evidence[f.header]) for f in fits}
    wrong = {p: _disorder([days[f.header] for f in p]) for p in permutations(fits)}
    best = min(wrong, key=lambda p: (wrong[p], p != tuple(fits)))
    if wrong[tuple(fits)] <= CONTRADICTED:
        return
    right = best if wrong[best] < wrong[tuple(fits)] / 3 else tuple(fits)
    for fit, other in zip(fits, right, strict=True):
        matched.fits[other.header] = replace(other, column=fit.column, confidence=PROBABLE)


def _days(evidence: Evidence) -> pl.Series:
    found = pl.Series([None], dtype=pl.Date).new_from_index(0, evidence.seen.texts.len())
    for codes in evidence.dates.forms if evidence.dates else ():
        found = found.zip_with(found.is_not_null(), day_format(codes).days(evidence.seen.texts))
    return found


def _disorder(days: Sequence[pl.Series]) -> float:
    """The share of rows in which a day comes before one that it should not, of the worst pair."""
    shares = [0.0]
    for at, one in enumerate(days):
        for other in days[at + 1 :]:
            both = (one.is_not_null() & other.is_not_null()).sum()
            shares.append(int((other < one).sum()) / int(both) if both >= FEWEST_ROWS else 0.0)
    return max(shares)


def together(matched: Matched, evidence: Mapping[str, Evidence], one: str, other: str) -> None:
    """Two columns that are filled in the same rows or not at all; where they are not, neither is sure."""
    a, b = matched.by_column.get(one), matched.by_column.get(other)
    if not a or not b:
        return
    agree = (_said(matched, evidence, a) == _said(matched, evidence, b)).mean()
    if float(str(agree or 0)) < RIGHT:
        for fit in (a, b):
            matched.fits[fit.header] = replace(fit, confidence=PROBABLE)


def _said(matched: Matched, evidence: Mapping[str, Evidence], fit: Fit) -> pl.Series:
    """The rows in which a column says something: what means that nothing is known yet says nothing."""
    texts, column = evidence[fit.header].seen.texts, matched.table.column(fit.column)
    nothing = (
        [t for t, m in evidence[fit.header].meanings(column).items() if m.code == VOID]
        if isinstance(column.kind, Code)
        else []
    )
    return texts.is_not_null() & ~texts.is_in(nothing).fill_null(False)
