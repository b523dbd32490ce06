"""How often each value is met, added up over territories and publics: what no sum of cells gives is sought in that.

Cells are rows of a query: `region`, `organisme`, a column for each public, a value, and how often it is met. They are few,
whatever the number of accompaniments, and so are the values: each territory and public is a line of a table of them.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

import numpy as np
import polars as pl
from scipy.sparse import csr_array

from schemas.indicators.measures import HALF
from schemas.publics import APART, EVERYONE

_PUBLICS = [p.code for p in APART]
_KEYS = ["region", "organisme", *_PUBLICS]
PLACE = ["niveau", "territoire", "public"]
AT_ONCE = 4_000_000  # numbers of a table: a block of its lines is made at a time


@dataclass(frozen=True)
class Places:
    """The territories and publics of cells: `labels` (PLACE) says which line each is; `adds` (lines × groups) which groups it adds up.

    A group is an organisme and a combination of publics; `groups` numbers them.
    """

    labels: pl.DataFrame
    adds: csr_array
    groups: pl.DataFrame

    def only(self, kept: pl.Expr) -> "Places":
        """The lines whose label is kept."""
        lines = self.labels.with_row_index("ligne").filter(kept)
        return Places(lines.select(PLACE), self.adds[lines["ligne"].to_numpy()], self.groups)

    def blocks(self, width: int) -> Iterator["Places"]:
        """The same in blocks of lines, so that a table of `width` columns stays small."""
        size = max(1, AT_ONCE // max(width, 1))
        for begin in range(0, self.labels.height, size):
            yield Places(self.labels[begin : begin + size], self.adds[begin : begin + size], self.groups)

    def group_of(self, cells: pl.DataFrame) -> np.ndarray:
        """The group of each cell."""
        keys = cells.select(_KEYS)
        found = keys.join(self.groups, on=_KEYS, how="left", nulls_equal=True, maintain_order="left")
        return found["groupe"].cast(pl.Int64).to_numpy()

    def added(self, group: np.ndarray, column: np.ndarray, counts: np.ndarray, width: int) -> csr_array:
        """Lines × `width`: what the counts of cells of these groups add up to, each in its `column`."""
        return csr_array(self.adds @ csr_array((counts, (group, column)), shape=(self.adds.shape[1], width)))


def places_of(*cells: pl.DataFrame) -> Places:
    """The places that some cells are of."""
    groups = pl.concat([some.select(_KEYS) for some in cells]).unique().with_row_index("groupe")
    members = (
        groups.with_columns(pl.lit(value=True).alias(EVERYONE.code))
        .unpivot([EVERYONE.code, *_PUBLICS], index=["groupe", "region", "organisme"], variable_name="public")
        .filter("value")
    )
    territories = {"national": pl.lit("FR"), "region": pl.col("region"), "organisme": pl.col("organisme")}
    belongs = pl.concat(
        members.select("groupe", pl.lit(level).alias("niveau"), name.cast(pl.String).alias("territoire"), "public")
        for level, name in territories.items()
    )
    labels = belongs.select(PLACE).unique().sort(PLACE)
    line = belongs.join(labels.with_row_index("ligne"), on=PLACE)
    places = line["ligne"].to_numpy(), line["groupe"].to_numpy()
    adds = csr_array((np.ones(line.height, np.int32), places), shape=(labels.height, groups.height))
    return Places(labels, adds, groups)


@dataclass(frozen=True)
class Table:
    """What some places have of each value in a period: of each count of the cells a table of lines × `values`, both in order."""

    period: int
    labels: pl.DataFrame
    values: np.ndarray
    counts: list[np.ndarray]

    def rows(self, period: str, **columns: np.ndarray) -> pl.DataFrame:
        """A row per place: the period under its name, PLACE, and a column of each array."""
        return self.labels.with_columns(
            pl.lit(self.period).alias(period), **{n: pl.Series(c) for n, c in columns.items()}
        )


def tables(cells: pl.DataFrame, places: Places, period: str, counts: Sequence[str]) -> Iterator[Table]:
    """The tables of the value `v` in each period, the earliest first, some places at a time."""
    group, value = places.group_of(cells), cells["v"].to_numpy()
    weights = [cells[name].cast(pl.Int32).to_numpy() for name in counts]
    for when, at in _of_periods(cells[period].to_numpy()):
        values, column = np.unique(value[at], return_inverse=True)
        for some in places.blocks(len(values)):
            met = (some.added(group[at], column, w[at], len(values)).toarray() for w in weights)
            yield Table(when, some.labels, values, list(met))


def of_every(
    cells: pl.DataFrame, places: Places, period: str, counts: Sequence[str], periods: Iterable[int]
) -> Iterator[Table]:
    """A table of all places for each of these periods, in their order, all of the same values; of 0 where there are no cells."""
    group = places.group_of(cells)
    values, column = np.unique(cells["v"].to_numpy(), return_inverse=True)
    weights = [cells[name].cast(pl.Int32).to_numpy() for name in counts]
    found, none = dict(_of_periods(cells[period].to_numpy())), np.empty(0, np.int64)
    for when in periods:
        at = found.get(when, none)
        met = (places.added(group[at], column[at], w[at], len(values)).toarray() for w in weights)
        yield Table(when, places.labels, values, list(met))


def summed_up(moves: Iterable[Table]) -> Iterator[Table]:
    """Each table with all that have come before it: of what comes and goes, what is there."""
    return accumulate(
        moves, lambda one, other: replace(other, counts=[a + b for a, b in zip(one.counts, other.counts, strict=True)])
    )


def _of_periods(periods: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
    """The positions of the cells of each period."""
    order = np.argsort(periods, kind="stable")
    found, begun = np.unique(periods[order], return_index=True)
    if len(found):  # of nothing, `split` still makes one part
        yield from zip(found.tolist(), np.split(order, begun[1:]), strict=True)


def medians(values: np.ndarray, met: np.ndarray) -> np.ndarray:
    """Of each line the median of the values that are met so often: the mean of the two in the middle, where there are two."""
    if not len(values):
        return np.full(len(met), np.nan)
    up_to = met.cumsum(axis=1, dtype=met.dtype)
    whole = up_to[:, -1:]
    lower, upper = (up_to < (whole + 1) // 2).sum(axis=1), (up_to <= whole // 2).sum(axis=1)
    last = len(values) - 1  # of a line without any value nothing is asked
    return np.asarray((values[np.minimum(lower, last)] + values[np.minimum(upper, last)]) / 2)


def survival(ended: np.ndarray, met: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of each line those still followed at each value, and the share that has not ended after it (Kaplan-Meier).

    Who is met at a value has `ended` there, or is followed no longer; at one value endings come first.
    """
    followed = met[:, ::-1].cumsum(axis=1)[:, ::-1]
    ending = np.divide(ended, followed, out=np.zeros(met.shape), where=followed > 0)
    return followed, np.cumprod(1 - ending, axis=1)


def estimated_medians(values: np.ndarray, ended: np.ndarray, met: np.ndarray) -> np.ndarray:
    """Of each line the first value after which half or less have not ended; NaN where more than half last longer."""
    reached = survival(ended, met)[1] <= HALF
    return np.where(reached.any(axis=1), values[reached.argmax(axis=1)], np.nan)
