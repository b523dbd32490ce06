"""What changes: every figure of a place and of its publics beside another year or place, judged, then put in order.

Shares are judged by the test of two proportions; counts and durations, from one year to another, by whether the caisses of
the place move alike (signed ranks), and the counts of one caisse by how much caisses move anyway. Of all that is tested
Benjamini and Hochberg keep what leaves at most 5 % of false discoveries. The clearest change of each theme is told, that
which concerns most cases first; a public is told where it moves otherwise than everyone.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from math import hypot, inf, sqrt

import numpy as np
from scipy.special import ndtr

from dashboards.analysis import verdicts
from dashboards.analysis.verdicts import LEAST, SMALL_BASE, Verdict
from dashboards.published import reading as published
from dashboards.published.reading import ORGANISME, REGION, Cell, Edition, Scope
from schemas.indicators.catalogue import CATALOGUE
from schemas.indicators.indicator import ANNEES, JOURS, NOMBRE, PART, Indicator
from schemas.publics import EVERYONE, PUBLICS, Public

TOLD = 5  # changes that are told
DURATIONS, CLOSURES = "durees", "clotures"  # themes: whatever lasts, whatever is closed
CLOSED = {"soins", "hors_soins", "thematiques", "orientation"}
UNITS = (PART, NOMBRE, JOURS, ANNEES)
JUDGED = tuple(
    i for i in CATALOGUE if i.source == published.BALI and i.unit in UNITS and not (i.then or i.of_everyone or i.sql)
)


@dataclass(frozen=True)
class Change:
    """A figure on both sides. `cases`: how many the gap concerns: of a count the gap itself, of a share what it is of its base,
    of a duration the whole base.
    """

    indicator: Indicator
    modality: str
    public: Public
    after: Cell
    before: Cell
    verdict: Verdict
    cases: float

    @property
    def figure(self) -> tuple[str, str]:
        return self.indicator.id, self.modality

    @property
    def theme(self) -> str:
        if self.public != EVERYONE:
            return self.public.code
        prefix = self.indicator.id.partition(".")[0]
        return DURATIONS if self.indicator.unit == JOURS else CLOSURES if prefix in CLOSED else prefix


@dataclass(frozen=True)
class Changes:
    """Everything that was tested, and of that what is told: the clearest change of each theme, in order."""

    tested: tuple[Change, ...]
    told: tuple[Change, ...]

    def of(self, indicator: str, public: Public = EVERYONE) -> Change | None:
        """The change of a figure without modalité; None where it could not be tested."""
        sought = (indicator, ""), public
        return next((c for c in self.tested if (c.figure, c.public) == sought), None)


@lru_cache(maxsize=64)
def changes(edition: Edition, scope: Scope, other: Scope, *, whole: bool = False) -> Changes:
    """What separates a scope from another: the same place in another year, or another place (`whole`: one that holds it)."""
    tested = tuple(_tested(edition, scope, other, whole=whole))
    kept = verdicts.discoveries(np.array([c.verdict.p for c in tested], float))
    signals = [c for c, sure in zip(tested, kept, strict=True) if sure and c.verdict.signal]
    common = {c.figure: c for c in tested if c.public == EVERYONE}
    apart = [c for c in signals if c.public.code == scope.public or _beyond(c, common.get(c.figure))]
    clearest: dict[str, Change] = {}
    for change in sorted(apart, key=lambda c: (c.verdict.p or 0.0, -c.cases)):
        if not any(change.figure == c.figure for c in clearest.values()):
            clearest.setdefault(change.theme, change)
    return Changes(tested, tuple(sorted(clearest.values(), key=lambda c: -c.cases)[:TOLD]))


def _tested(edition: Edition, scope: Scope, other: Scope, *, whole: bool) -> Iterator[Change]:
    for public in PUBLICS if scope.public == EVERYONE.code else [p for p in PUBLICS if p.code == scope.public]:
        ours, theirs = (replace(side, public=public.code) for side in (scope, other))
        after, before = published.cells(edition, ours), published.cells(edition, theirs)
        # of publics beside everyone shares alone are told
        moved = _moved(edition, ours, theirs) if public.code == scope.public and _over_time(scope, other) else None
        for indicator in JUDGED:
            for modality, cell in after.get(indicator.id, {}).items():
                beside = before.get(indicator.id, {}).get(modality)
                verdict = beside and _verdict(indicator, modality, cell, beside, moved, whole=whole)
                if beside and verdict and verdict.p is not None:
                    yield Change(indicator, modality, public, cell, beside, verdict, _cases(indicator, cell, verdict))


def _over_time(scope: Scope, other: Scope) -> bool:
    return (scope.niveau, scope.territoire) == (other.niveau, other.territoire)


def _cases(indicator: Indicator, cell: Cell, verdict: Verdict) -> float:
    if indicator.unit == NOMBRE:
        return abs((cell.valeur or 0.0) * verdict.gap / (1 + verdict.gap)) if verdict.gap > -1 else 0.0
    base = cell.denominateur or 0.0
    return abs(verdict.gap) * base if indicator.unit == PART else base


@dataclass(frozen=True)
class _Moved:
    """The figures of the caisses of a place in both years, by indicator and caisse; of a caisse those of all."""

    after: dict[str, published.Cells]
    before: dict[str, published.Cells]
    alone: bool

    def pairs(self, indicator: str) -> tuple[list[float], list[float]]:
        both = [
            (self._of(self.after[c], indicator), self._of(self.before[c], indicator))
            for c in self.after
            if c in self.before
        ]
        known = [(a, b) for a, b in both if a is not None and b is not None]
        return [a for a, _ in known], [b for _, b in known]

    @staticmethod
    def _of(cells: published.Cells, indicator: str) -> float | None:
        cell = cells.get(indicator, {}).get("")
        return None if cell is None else cell.valeur


def _moved(edition: Edition, ours: Scope, theirs: Scope) -> _Moved:
    asked = tuple(i.id for i in JUDGED if i.unit != PART)
    after, before = (published.across(edition, asked, side.annee, ORGANISME, side.public) for side in (ours, theirs))
    if ours.niveau == REGION:
        here = {t.code for t in published.territories(edition) if t.region == ours.territoire}
        after = {code: cells for code, cells in after.items() if code in here}
    return _Moved(after, before, ours.niveau == ORGANISME)


def _verdict(
    indicator: Indicator, modality: str, after: Cell, before: Cell, moved: _Moved | None, *, whole: bool
) -> Verdict | None:
    if after.valeur is None or before.valeur is None:
        return None
    if indicator.unit == PART:
        return of_share(indicator, after, before, whole=whole)
    if moved is None or modality or (indicator.unit == NOMBRE and not before.valeur):
        return None
    return _of_amount(indicator, after.valeur, before.valeur, moved)


def of_share(indicator: Indicator, after: Cell, before: Cell, *, whole: bool = False) -> Verdict | None:
    """A share beside another, of other cases or (`whole`) of all that hold its own; None where a count is not known."""
    (k1, n1), (k0, n0) = ((c.numerateur, c.denominateur) for c in (after, before))
    if k1 is None or n1 is None or k0 is None or n0 is None:
        return None
    test = verdicts.of_share_in_whole if whole else verdicts.of_shares
    return test(k1, n1, k0, n0, indicator.good)


def _of_amount(indicator: Indicator, after: float, before: float, moved: _Moved) -> Verdict | None:
    """A count or a duration in another year."""
    relative = indicator.unit == NOMBRE
    gap = after / before - 1 if relative else after - before
    if moved.alone:
        return _of_count(indicator, after, before, gap, moved) if relative else None
    found = verdicts.of_caisses(*moved.pairs(indicator.id), gap, indicator.unit, indicator.good)
    return replace(found, small=min(after, before) < SMALL_BASE) if relative else found


def _of_count(indicator: Indicator, after: float, before: float, gap: float, moved: _Moved) -> Verdict:
    """The count of one caisse: chance widened by how much the counts of caisses move beyond their common change."""
    a, b = (np.array(side, float) for side in moved.pairs(indicator.id))
    share = a.sum() / (a.sum() + b.sum()) if len(a) else 0.5
    both = a + b > 0
    scores = (a - share * (a + b))[both] / np.sqrt(share * (1 - share) * (a + b)[both])
    spread = max(1.0, verdicts.dispersion(scores, np.ones(len(scores))).phi) if len(scores) > 1 else inf
    p = float(2 * ndtr(-abs(after - before) / sqrt(spread * (after + before))))
    return Verdict(gap, NOMBRE, p < verdicts.CHANCE, p, min(after, before) < SMALL_BASE, indicator.good)


def _beyond(change: Change, everyone: Change | None) -> bool:
    """Whether the share of a public moves otherwise than that of everyone, by more than chance and enough to matter."""
    if everyone is None or change.indicator.unit != PART:
        return False
    further = change.verdict.gap - everyone.verdict.gap
    return abs(further) >= max(LEAST[PART], verdicts.SIGMAS * hypot(_error(change), _error(everyone)))


def _error(change: Change) -> float:
    cells = [(c.valeur or 0.0, c.denominateur or 0.0) for c in (change.after, change.before)]
    return sqrt(sum(v * (1 - v) / d for v, d in cells if d))


def unmoved(found: Changes, among: Iterable[str]) -> tuple[Change, ...]:
    """Of these figures of everyone, those whose gap is too small to matter."""
    every = [found.of(indicator) for indicator in among]
    return tuple(c for c in every if c and not c.verdict.signal and not c.verdict.small)
