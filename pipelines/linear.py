"""The little of scipy and HiGHS that relations between counts need."""

from typing import Any

import highspy
import numpy as np
from scipy import sparse
from scipy.optimize import linprog

Sparse = Any  # arrays of scipy.sparse: their stubs do not follow what is stacked
Array = np.ndarray


def beside(*blocks: Sparse) -> Sparse:
    return sparse.hstack(blocks, format="csc")


def above(*blocks: Sparse) -> Sparse:
    return sparse.vstack(blocks, format="csr")


def nothing(rows: int, columns: int) -> Sparse:
    return sparse.csc_array((rows, columns))


def identity(size: int) -> Sparse:
    return sparse.eye_array(size, format="csc")


def pick(which: Array, size: int) -> Sparse:
    """A row for each of `which` columns, 1 there."""
    return sparse.csc_array((np.ones(len(which)), (np.arange(len(which)), which)), shape=(len(which), size))


def components(relations: Sparse) -> Array:
    """Which columns relations tie together: the number of its part for each."""
    return np.asarray(sparse.csgraph.connected_components(relations.T @ relations, directed=False)[1])


def groups(label: Array) -> list[Array]:
    """The positions of each label."""
    order = np.argsort(label, kind="stable")
    return np.split(order, np.cumsum(np.bincount(label))[:-1]) if len(label) else []


def least_cost(
    cost: Array, equal: Sparse, value: Array, below: Sparse, limit: Array, low: Array, high: Array
) -> Array | None:
    """The x of least cost with equal @ x = value, below @ x <= limit, low <= x <= high; None where there is none."""
    solve: Any = linprog
    found = solve(
        cost,
        A_eq=equal if len(value) else None,
        b_eq=value if len(value) else None,
        A_ub=below if len(limit) else None,
        b_ub=limit if len(limit) else None,
        bounds=np.column_stack([low, high]),
        method="highs",
    )
    return None if found.x is None else np.asarray(found.x)


class Warm:
    """A linear program that is solved again and again with few changes, each time from where the last one ended."""

    def __init__(self, cost: Array, a: Sparse, row_low: Array, row_high: Array, low: Array, high: Array) -> None:
        a = a.tocsc()
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = a.shape[1], a.shape[0]
        lp.col_cost_, lp.col_lower_, lp.col_upper_ = cost, low, high
        lp.row_lower_, lp.row_upper_ = row_low, row_high
        lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = a.indptr, a.indices, a.data
        made: Any = highspy.Highs
        self.solver = made()
        for option, value in (("output_flag", False), ("threads", 1), ("presolve", "off")):
            self.solver.setOptionValue(option, value)
        self.solver.passModel(lp)

    def bound(self, columns: Array, low: Array, high: Array) -> None:
        self.solver.changeColsBounds(len(columns), columns.astype(np.int32), low, high)

    def price(self, columns: Array, cost: Array) -> None:
        self.solver.changeColsCost(len(columns), columns.astype(np.int32), cost)

    def solve(self) -> Array | None:
        self.solver.run()
        found = self.solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
        return np.array(self.solver.getSolution().col_value) if found else None


NO_LIMIT = highspy.kHighsInf
