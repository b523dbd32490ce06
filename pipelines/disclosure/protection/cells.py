"""The numbers of persons that the rows to publish show or rest on: what each counts, where, and how many they are.

What is counted has a number: first every `Count` of `marts.indicateurs`, then each of `KINDS` of every structure of
`marts.structures`, then what is between numerator and denominator of a row.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import polars as pl

from pipelines.disclosure.protection.lattice import Lattice, lattice
from pipelines.disclosure.protection.places import Place, Places
from schemas.indicators.indicator import Indicator
from schemas.outputs.diffusion import THRESHOLD, Count, counted, has_complement, rests_on
from schemas.publics import EVERYONE

PLACE = ["annee", "niveau", "territoire", "public"]
KIND = ["indicateur", "modalite", "public"]
KINDS = ("accompagnements", "soins", "hors soins", "clos", "non pertinents", "pertinents")  # of counts of a structure
ROW = {
    "annee": pl.Int64, "niveau": pl.String, "territoire": pl.String, "public": pl.String, "indicateur": pl.String,
    "modalite": pl.String, "numerateur": pl.Float64, "denominateur": pl.Float64,
}  # fmt: skip
STRUCTURE = {
    "annee": pl.Int64, "niveau": pl.String, "territoire": pl.String, "public": pl.String, "structure": pl.String,
    "rang": pl.Int64, "accompagnements": pl.Int64, "soins": pl.Int64, "clos": pl.Int64, "non_pertinents": pl.Int64,
}  # fmt: skip

Array = np.ndarray


class Kinds:
    """What the rows of one indicator, modality and public count: numerator, denominator, those whose amounts they sum.

    Arrays of kinds × 3: `what` the number of the count (-1 where it is not persons), `lag` of how many years before,
    `everyone` whether of all publics. `between`: whether denominator − numerator is a number of persons too.
    """

    def __init__(self, figures: pl.DataFrame, catalogue: Mapping[str, Indicator]) -> None:
        self.names = figures.select(KIND).unique().sort(KIND)
        sides = [(*counted(catalogue[i], m, p), rests_on(catalogue[i], m)) for i, m, p in self.names.iter_rows()]
        shown = (c for numerator, denominator, _ in sides for c in (numerator, denominator) if c)
        self.counts = list(dict.fromkeys(_here(c) for c in shown))
        self.number = {count: k for k, count in enumerate(self.counts)}
        self.what = _table([[self.number.get(_here(c), -1) if c else -1 for c in side] for side in sides])
        self.lag = _table([[c.lag if c else 0 for c in side] for side in sides])
        self.everyone = _table([[c is not None and c.everyone for c in side] for side in sides]).astype(bool)
        self.between = np.array([has_complement(catalogue[i]) for i, _, _ in self.names.iter_rows()], bool)

    def of(self, figures: pl.DataFrame) -> Array:
        """The number of the kind of each row, -1 for none."""
        return codes(figures.select(KIND), self.names)


def _here(count: Count) -> Count:
    """The count that is meant, of the year and public of a place of its own."""
    return replace(count, lag=0, everyone=False) if count.lag or count.everyone else count


def _table(lines: list[list[int]] | list[list[bool]]) -> Array:
    return np.array(lines, int).reshape(-1, 3)


def codes(rows: pl.DataFrame, names: pl.DataFrame) -> Array:
    """The line of `names` that each row is, -1 for none."""
    numbered = names.with_row_index("number")
    found = rows.join(numbered, on=names.columns, how="left", maintain_order="left", nulls_equal=True)["number"]
    return found.cast(pl.Int64).fill_null(-1).to_numpy()


@dataclass
class Cells:
    """Cells by their number: `what` they count, their `place` and `value`, `unseen` where no row shows them.

    `grid[what, place]`: the number of the cell, -1 for none; of the counts of `marts.indicateurs` only. `rows`: the cells
    of each row, rows × 3 as in `Kinds`, the last one what it rests on beyond numerator and denominator. `structures`:
    those of each structure, × `KINDS`.
    """

    kinds: Kinds
    lattice: Lattice
    places: Places
    what: Array
    place: Array
    value: Array
    unseen: Array
    grid: Array
    rows: Array
    kind: Array
    structures: Array
    between: int = 0  # the first cell that is between numerator and denominator of a row

    @property
    def size(self) -> int:
        return len(self.value)

    def add(self, what: Array, place: Array, value: Array, *, unseen: bool) -> Array:
        """Note new cells; their numbers."""
        numbers = np.arange(len(what)) + self.size
        self.what, self.place = np.concatenate([self.what, what]), np.concatenate([self.place, place])
        self.value = np.concatenate([self.value, value])
        self.unseen = np.concatenate([self.unseen, np.full(len(what), unseen)])
        return numbers

    def at(self, what: Array | int, place: Array) -> Array:
        """The cells of counts of `marts.indicateurs` at places; -1 for no place gives no cell."""
        return np.where(place >= 0, self.grid[what, place], -1)

    @cached_property
    def parents(self) -> Array:
        """What each cell is a part of in the larger territory, -1 for none."""
        size = len(self.places.names)
        keys, above = self.what * size + self.place, self.places.parent[self.place]
        order = np.argsort(keys, kind="stable")
        sought = self.what * size + above
        found = np.minimum(np.searchsorted(keys, sought, sorter=order), self.size - 1)
        there = (above >= 0) & (keys[order[found]] == sought)
        return np.where(there, order[found], -1)


def cells_of(
    figures: pl.DataFrame, structures: pl.DataFrame, region_of: Mapping[str, str], catalogue: Mapping[str, Indicator]
) -> Cells:
    """The cells of rows to publish: columns `ROW` of `marts.indicateurs`, `STRUCTURE` of `marts.structures`."""
    kinds = Kinds(figures, catalogue)
    kind = kinds.of(figures)
    place, places = _placed(figures, structures, kinds, kind, region_of)
    known = lattice(kinds.counts)
    unseen = sorted(known.unseen, key=lambda count: (-len(count.where), str(count)))
    kinds.number.update({count: len(kinds.counts) + k for k, count in enumerate(unseen)})
    none = np.zeros(0, int)
    grid = np.full((len(kinds.number), len(places.names)), -1)
    cells = Cells(kinds, known, places, none, none, np.zeros(0), none.astype(bool), grid, none, kind, none)
    _of_rows(cells, figures, place)
    for count in unseen:
        _of_unseen(cells, count)
    _of_structures(cells, structures)
    _between(cells, place[:, 0])
    return cells


def _placed(
    figures: pl.DataFrame, structures: pl.DataFrame, kinds: Kinds, kind: Array, region_of: Mapping[str, str]
) -> tuple[Array, Places]:
    """Where numerator, denominator and support of each row are; all places that there are."""
    own = figures.select(PLACE).unique().sort(PLACE)
    line = codes(figures.select(PLACE), own)
    shift = np.column_stack([kinds.lag, kinds.everyone])[kind]
    pairs, which = np.unique(np.column_stack([line, shift]), axis=0, return_inverse=True)
    names = own.rows()
    shifted = [[_shifted(names[k], lags[s], whole[s]) for s in range(3)] for k, lags, whole in _split(pairs)]
    others: set[Place] = set(structures.select(PLACE).unique().iter_rows())
    places = Places({*(name for several in shifted for name in several), *others}, region_of)
    table = np.array([places.find(several) for several in shifted], int).reshape(-1, 3)
    return table[which.ravel()], places


def _split(pairs: Array) -> list[tuple[int, list[int], list[int]]]:
    return [(line[0], line[1:4], line[4:7]) for line in pairs.tolist()]


def _shifted(place: Place, lag: int, everyone: int) -> Place:
    annee, niveau, territoire, public = place
    return annee - lag, niveau, territoire, EVERYONE.code if everyone else public


def _of_rows(cells: Cells, figures: pl.DataFrame, place: Array) -> None:
    """Numerators and denominators; a count that several rows show is one cell."""
    values = figures.select("numerateur", "denominateur").cast(pl.Float64).to_numpy()
    what = np.where(np.isnan(values), -1, cells.kinds.what[cells.kind, :2])
    there = what >= 0
    size = len(cells.places.names)
    keys, first, number = np.unique(what[there] * size + place[:, :2][there], return_index=True, return_inverse=True)
    cells.add(keys // size, keys % size, values[there][first], unseen=False)
    cells.grid[keys // size, keys % size] = np.arange(len(keys))
    cells.rows = np.full((len(figures), 3), -1)
    cells.rows[:, :2][there] = number.ravel()
    support = cells.kinds.what[cells.kind, 2]
    cells.rows[:, 2] = np.where(support >= 0, cells.at(support, place[:, 2]), -1)


def _of_unseen(cells: Cells, count: Count) -> None:
    """A count that no row shows is the largest sum of parts that are known of it."""
    number = cells.kinds.number
    wholes = [[number[part] for part in group.parts] for group in cells.lattice.groups if group.whole == count]
    values = np.append(cells.value, 0.0)
    most = np.max([values[cells.grid[parts]].sum(axis=0) for parts in wholes], axis=0)
    there = np.flatnonzero(most)
    what = number[count]
    cells.grid[what, there] = cells.add(np.full(len(there), what), there, most[there], unseen=True)


def _of_structures(cells: Cells, structures: pl.DataFrame) -> None:
    """Of a structure that is small in the country nothing is shown, so what its accompaniments are need not be modelled."""
    names = structures.select("structure").unique().sort("structure")
    structure = codes(structures.select("structure"), names)
    place = cells.places.find(structures.select(PLACE).iter_rows())
    values = counts_of(structures)
    national = (structures["niveau"] == "national").to_numpy() & (values[:, 0] >= THRESHOLD)
    key = structures["annee"].to_numpy() * len(names) + structure
    modelled = np.isin(key, key[national])
    cells.structures = np.full((len(structures), len(KINDS)), -1)
    for kind, value in enumerate(values.T):
        which = np.arange(len(structures)) if kind == 0 else np.flatnonzero(modelled)
        what = cells.grid.shape[0] + kind * len(names) + structure[which]
        cells.structures[which, kind] = cells.add(what, place[which], value[which], unseen=False)


def counts_of(structures: pl.DataFrame) -> Array:
    """The counts `KINDS` of each structure."""
    total, soins, clos, vain = (
        structures[c].cast(pl.Float64).to_numpy() for c in ("accompagnements", "soins", "clos", "non_pertinents")
    )
    return np.column_stack([total, soins, total - soins, clos, vain, clos - vain])


def _between(cells: Cells, place: Array) -> None:
    """The persons of a part's whole that it does not count, where they are few; they are in no figure."""
    n, d, _ = cells.rows.T
    both = np.flatnonzero((n >= 0) & (d >= 0) & (n != d) & cells.kinds.between[cells.kind])
    rest = cells.value[d[both]] - cells.value[n[both]]
    few = both[(rest > 0.5) & (rest < THRESHOLD - 0.5)]
    pairs, first, number = np.unique(np.column_stack([n[few], d[few]]), axis=0, return_index=True, return_inverse=True)
    what = int(cells.what.max(initial=-1)) + 1 + np.arange(len(pairs))
    value = cells.value[pairs[:, 1]] - cells.value[pairs[:, 0]]
    cells.between = cells.size
    cells.rows[few, 2] = cells.add(what, place[few[first]], value, unseen=True)[number.ravel()]
