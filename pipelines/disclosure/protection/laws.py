"""Relations between cells, gathered family by family as arrays: the sum of some is another, or at most that."""

from dataclasses import dataclass, field

import numpy as np
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components

from pipelines.disclosure.linear import Sparse

Array = np.ndarray


@dataclass
class Laws:
    """`value`: of each cell. A relation is a law only where it holds of these values."""

    value: Array
    size: int = 0
    rows: list[Array] = field(default_factory=list)  # of each term its relation, its cell, its sign
    cells: list[Array] = field(default_factory=list)
    signs: list[Array] = field(default_factory=list)
    equal: list[Array] = field(default_factory=list)  # of each relation
    weak: list[Array] = field(default_factory=list)

    def total(self, whole: Array, row: Array, part: Array, fills: Array | bool, *, weak: bool = False) -> None:
        """The parts are disjoint and in the whole; where they add up to it and may be all of it (`fills`), they are.

        `whole`: a cell a relation; `row`, `part`: the relation of each part, and its cell. -1 is no cell.
        """
        there = (part >= 0) & (whole[row] >= 0)
        there[there] &= part[there] != whole[row[there]]
        row, part = row[there], part[there]
        gap = self.value[whole] - np.bincount(row, self.value[part], minlength=len(whole))
        kept = (np.bincount(row, minlength=len(whole)) > 0) & (gap > -0.5)
        number = np.where(kept, self.size + np.cumsum(kept) - 1, -1)
        terms = kept[row]
        self._append(number[row[terms]], part[terms], 1.0)
        self._append(number[kept], whole[kept], -1.0)
        self.equal.append((np.broadcast_to(fills, len(whole)) & (gap < 0.5))[kept])
        self.weak.append(np.full(int(kept.sum()), weak))
        self.size += int(kept.sum())

    def pairs(self, whole: Array, part: Array, fills: Array | bool, *, weak: bool = False) -> None:
        """Relations of one part each."""
        self.total(whole, np.arange(len(whole)), part, fills, weak=weak)

    def _append(self, rows: Array, cells: Array, sign: float) -> None:
        self.rows.append(rows)
        self.cells.append(cells)
        self.signs.append(np.full(len(rows), sign))

    def matrix(self) -> tuple[Sparse, Array, Array]:
        """A row a relation, a column a cell; which are equalities; which are weak."""
        terms = [np.concatenate(several) if several else np.zeros(0) for several in (self.signs, self.rows, self.cells)]
        matrix = coo_array((terms[0], (terms[1].astype(int), terms[2].astype(int))), shape=(self.size, len(self.value)))
        flags = [np.concatenate(several) if several else np.zeros(0, bool) for several in (self.equal, self.weak)]
        return matrix.tocsr(), flags[0], flags[1]


def same_counts(matrix: Sparse, equal: Array) -> Array:
    """The number of the count of each cell: cells of which a relation says no more than that they are equal are one."""
    of_two = matrix[np.flatnonzero(equal & (np.diff(matrix.indptr) == 2))]
    first, second = of_two.indices.reshape(-1, 2).T
    opposite = of_two.data.reshape(-1, 2).sum(axis=1) == 0
    size = matrix.shape[1]
    graph = coo_array((np.ones(int(opposite.sum())), (first[opposite], second[opposite])), shape=(size, size))
    return np.asarray(connected_components(graph, directed=False)[1])


def each_once(matrix: Sparse, weak: Array) -> tuple[Sparse, Array]:
    """The relations that still say something, each once; weak where it is so every time."""
    row = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    signs = (np.bincount(row, matrix.data * sign > 0, minlength=matrix.shape[0]) > 0 for sign in (1, -1))
    left = np.flatnonzero(np.logical_and(*signs))
    matrix = matrix[left]
    if not len(left):
        return matrix, weak[left]
    marks = np.random.default_rng(0).integers(2**62, size=matrix.shape[1])  # sums of them tell relations apart
    sums = np.add.reduceat(marks[matrix.indices] * matrix.data.astype(int), matrix.indptr[:-1])
    _, first, again = np.unique(sums, return_index=True, return_inverse=True)
    always = np.ones(len(first), bool)
    np.logical_and.at(always, again, weak[left])
    order = np.argsort(first)
    return csr_array(matrix[first[order]]), always[order]
