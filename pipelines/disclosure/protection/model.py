"""The counts that the diffusion file could show, and the linear relations that everyone knows between them.

A *cell* is a number of persons: what it counts, and where. A *count* is a cell that is not 0, or several that everyone knows
to be the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl
from scipy.sparse import csr_array

from pipelines.disclosure.linear import Sparse, above
from pipelines.disclosure.neighbours import Whereabouts
from pipelines.disclosure.protection.cells import PLACE, Cells, cells_of, codes
from pipelines.disclosure.protection.laws import each_once, same_counts
from pipelines.disclosure.protection.places import COUNTRY, LEVELS, Places
from pipelines.disclosure.protection.relations import relations
from schemas.indicators.catalogue import BY_ID
from schemas.indicators.indicator import Indicator
from schemas.outputs.diffusion import THRESHOLD

WEIGHTS = (12.0, 2.0, 1.0)  # what hiding a row costs, by level: the fewer rows, the dearer
OF_STRUCTURE = 0.5  # what hiding a value of `marts.structures` costs
SIDES = ([0], [0, 1, 2], [0, 3, 4, 5])  # `KINDS` behind accompagnements, part_soins and part_non_pertinent

Array = np.ndarray


@dataclass(frozen=True)
class Model:
    """Counts `x` (true values, shape n) with `equal @ x = 0` and `below @ x = -slack <= 0`; only counts from 1 are in it.

    `unseen` counts are shown by no figure. `caisse`, `region`: who knows the count as of its own territory, -1 for nobody.
    `figures` (m × n): what is shown or hidden together, 1 for each count that a figure shows or rests on.
    """

    x: Array
    unseen: Array
    place: Array  # of each count, in `whereabouts`
    whereabouts: list[Whereabouts]
    caisse: Array
    region: Array
    equal: Sparse
    below: Sparse
    weak: Array  # which of `below` the proofs leave out where all of it is hidden: a public and everyone
    figures: Sparse
    weights: Array  # what hiding each figure costs
    level: Array  # of each figure, in `LEVELS`; -1 for a value of a structure
    rows: Array  # of each row numerator, denominator, complement or support, -1 for none or 0
    zero: Array  # of each row, whether its numerator counts persons and there are none
    structures: (
        Array  # of each structure the counts `KINDS`, -1 for 0; only the first where the others are not modelled
    )
    modelled: Array  # of each structure, whether they are
    own: Array  # pairs of a count of persons all of one caisse, which so knows them, and that caisse

    @cached_property
    def small(self) -> Array:
        return np.asarray(self.x < THRESHOLD)

    @cached_property
    def slack(self) -> Array:
        return np.asarray(-(self.below @ self.x))

    def hidden_sides(self, hidden: Array) -> Array:
        """Of each structure, whether accompagnements, part_soins and part_non_pertinent rest on hidden counts."""
        there = np.append(hidden, False)[self.structures]  # -1, no count, is not hidden
        return np.column_stack([there[:, kinds].any(axis=1) for kinds in SIDES])


def build(
    figures: pl.DataFrame,
    structures: pl.DataFrame,
    region_of: Mapping[str, str],
    private: pl.DataFrame | None = None,
    catalogue: Mapping[str, Indicator] = BY_ID,
) -> Model:
    """The model of all rows at once: those of the published cubes, and private ones, that only a caisse knows.

    `figures`, `private`: columns `ROW` at least; `structures`: columns `STRUCTURE`; `catalogue`: the indicators by their
    id, as they were computed.
    """
    cells = cells_of(figures, structures, region_of, catalogue)
    matrix, equal, weak = relations(cells, structures).matrix()
    positive = np.flatnonzero(cells.value > 0.5)
    count, first = _counts(matrix[:, positive].tocsr(), equal)
    merged = csr_array(matrix[:, positive] @ one_each(count, len(first)))
    same, below = np.flatnonzero(equal), np.flatnonzero(~equal)
    equalities, _ = each_once(merged[same], weak[same])
    inequalities, weak = each_once(merged[below], weak[below])
    of_cell = np.full(cells.size + 1, -1)  # its count; the last one is no cell
    of_cell[positive] = count
    place = _smallest(cells, positive, count)
    return Model(
        cells.value[positive[first]],
        np.bincount(count, ~cells.unseen[positive]) == 0,
        place,
        cells.places.whereabouts,
        cells.places.caisse[place],
        cells.places.region[place],
        equalities,
        inequalities,
        weak,
        *_figures(cells, figures["niveau"], of_cell, len(first)),
        of_cell[cells.rows],
        _zero(cells, of_cell),
        of_cell[cells.structures],
        cells.structures[:, 1] >= 0,
        _own(cells, private, of_cell),
    )


def _counts(matrix: Sparse, equal: Array) -> tuple[Array, Array]:
    """The count of each cell, and the first cell of each count; counts are in the order of these."""
    _, first, count = np.unique(same_counts(matrix, equal), return_index=True, return_inverse=True)
    order = np.argsort(first)
    return np.argsort(order)[count], first[order]


def one_each(numbers: Array, size: int) -> Sparse:
    """A line for each of these numbers, 1 there; empty where there is none (-1)."""
    some = np.flatnonzero(numbers >= 0)
    return csr_array((np.ones(len(some)), (some, numbers[some])), shape=(len(numbers), size))


def _smallest(cells: Cells, positive: Array, count: Array) -> Array:
    """The place of each count; the smallest, for one that is that of several cells."""
    where = cells.place[positive]
    order = np.argsort(cells.places.level[where], kind="stable")
    place = np.zeros(count.max(initial=-1) + 1, int)
    place[count[order]] = where[order]  # the last one stays
    return place


def _figures(cells: Cells, niveau: pl.Series, of_cell: Array, size: int) -> tuple[Sparse, Array, Array]:
    """What each figure shows, what hiding it costs, its level: the rows, then three values of each structure.

    A row that holds 0 is no figure to hide, but where what it is a part of is hidden.
    """
    rows, structures = of_cell[cells.rows], of_cell[cells.structures]
    zero = _zero(cells, of_cell)
    level = niveau.replace_strict({name: k for k, name in enumerate(LEVELS)}, return_dtype=pl.Int64).to_numpy()
    sides = [structures[:, kinds] for kinds in SIDES]
    shown = above(*(_lines(side, size) for side in (np.where(zero[:, None], -1, rows), *sides)))
    weights = np.concatenate([np.array(WEIGHTS)[level], np.full(len(SIDES) * len(structures), OF_STRUCTURE)])
    return shown, weights, np.concatenate([level, np.full(len(weights) - len(level), -1)])


def _zero(cells: Cells, of_cell: Array) -> Array:
    return np.asarray((cells.rows[:, 0] >= 0) & (of_cell[cells.rows[:, 0]] < 0))


def _lines(counts: Array, size: int) -> Sparse:
    """A line for each line of counts, 1 for each of them; -1 is none."""
    line, side = np.nonzero(counts >= 0)
    matrix = csr_array((np.ones(len(line)), (line, counts[line, side])), shape=(len(counts), size))
    matrix.data[:] = 1  # the same count twice is once
    return matrix


def _own(cells: Cells, private: pl.DataFrame | None, of_cell: Array) -> Array:
    """The counts that hold nobody but persons of one caisse, with that caisse.

    It sees so in its rows about publics, which are not published: its region, or the country, has no others.
    """
    if private is None:
        return np.zeros((0, 2), int)
    kinds, places = cells.kinds, cells.places
    kind = kinds.of(private)
    names = private.select(PLACE).unique().sort(PLACE)
    caisse, region, country = _around(places, names)[codes(private.select(PLACE), names)].T
    found = []
    for side, column in enumerate(("numerateur", "denominateur")):
        plain = (kind >= 0) & (kinds.lag[kind, side] == 0) & ~kinds.everyone[kind, side]
        what = np.where(plain, kinds.what[kind, side], -1)
        for place in (region, country):
            cell = np.where(what >= 0, cells.at(what, place), -1)
            own = (cell >= 0) & (caisse >= 0) & (cells.value[cell] == private[column].fill_null(0).to_numpy())
            found.append(np.column_stack([of_cell[cell[own]], caisse[own]]))
    pairs = np.unique(np.concatenate(found), axis=0)
    return np.asarray(pairs[pairs[:, 0] >= 0])


def _around(places: Places, names: pl.DataFrame) -> Array:
    """Of caisses: their number, the place of their region and of the country; for the same year and public."""
    number = {caisse: k for k, caisse in enumerate(places.caisses)}
    lines = [
        (
            number.get(caisse, -1),
            *places.find(
                [(annee, "region", places.region_of.get(caisse, ""), public), (annee, "national", COUNTRY, public)]
            ),
        )
        for annee, _, caisse, public in names.iter_rows()
    ]
    return np.array(lines, int).reshape(-1, 3)
