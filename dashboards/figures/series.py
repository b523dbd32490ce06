"""One indicator over all years: each modalité with what it is set beside, and what may hinder the comparison."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from dashboards.figures import view as figures
from dashboards.figures.view import RESPONDENTS, Comparison
from dashboards.published import reading as published
from dashboards.published.reading import Cell, Edition, Scope
from schemas.indicators.catalogue import BY_ID, NOMBRE

SAME = 1e-9  # relative: a sum may add up in another order


@dataclass(frozen=True)
class Point:
    """A year of a series; `beside` is the comparator's figure. `complete`: the year is whole."""

    annee: int
    cell: Cell
    complete: bool
    beside: Cell | None = None


@dataclass(frozen=True)
class Series:
    """A modalité over the years, the first first."""

    indicator: str
    modality: str
    label: str
    points: tuple[Point, ...]

    @property
    def whole(self) -> tuple[Point, ...]:
        """The whole years that have a value."""
        return tuple(p for p in self.points if p.complete and p.cell.valeur is not None)

    @property
    def change(self) -> tuple[Point, Point] | None:
        """The last whole year and the one before it, if there are two with a value that follow each other."""
        last = self.whole[-2:]
        return (last[0], last[1]) if len(last) == 2 and last[1].annee == last[0].annee + 1 else None


@dataclass(frozen=True)
class Revision:
    """A figure of a whole year that an earlier vintage gave otherwise; `before` is its value there."""

    series: Series
    annee: int
    before: float | None
    after: float | None
    vintage: str


def series(
    edition: Edition, indicator: str, modalities: dict[str, str], scope: Scope, comparison: Comparison | None
) -> tuple[Series, ...]:
    """The modalités (with their labels) of an indicator over all its years; the year of the scope plays no part.

    A count has no line beside it but that of a territory it is not part of: the whole would flatten it.
    """
    declared = BY_ID[indicator]
    years = published.years(edition, declared.source)
    beside = comparison if comparison and not (comparison.whole and declared.unit == NOMBRE) else None
    found: dict[str, list[Point]] = {m: [] for m in modalities}
    for annee, complete in reversed(years.items()):
        here = figures.figures(edition, replace(scope, annee=annee), years)
        there = figures.figures(edition, replace(beside.scope, annee=annee), years) if beside else None
        for m, points in found.items():
            points.append(Point(annee, here(indicator, m), complete, there(indicator, m) if there else None))
    return tuple(Series(indicator, m, modalities[m], tuple(points)) for m, points in found.items())


def respondents(edition: Edition, scope: Scope) -> dict[int, float]:
    """How many organismes of a territory answered the survey, year by year."""
    years = published.years(edition, published.ENQUETE)
    cells = {a: figures.figures(edition, replace(scope, annee=a), years)(RESPONDENTS) for a in reversed(years)}
    return {annee: cell.valeur for annee, cell in cells.items() if cell.valeur is not None}


def revisions(edition: Edition, scope: Scope, every: Sequence[Series]) -> tuple[Revision, ...]:
    """The figures of years that were whole in the vintage before, and were not the same there."""
    earlier = published.before(edition)
    if earlier is None or not every:
        return ()
    source = BY_ID[every[0].indicator].source
    years = published.years(earlier, source)
    name = published.vintage(earlier).name
    found = []
    for s in every:
        for p in s.points:
            if p.complete and years.get(p.annee):
                old = figures.figures(earlier, replace(scope, annee=p.annee), years)(s.indicator, s.modality).valeur
                if not _same(old, p.cell.valeur):
                    found.append(Revision(s, p.annee, old, p.cell.valeur, name))
    return tuple(found)


def _same(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return abs(one - other) <= SAME * max(abs(one), abs(other))
