"""The bounds of hidden counts against enumeration, on tables small enough for that."""

from itertools import product

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from pipelines.linear import Ranges, System

WIDTH = 3.0
HIGH = 6  # of a cell in a table


def _system(table: np.ndarray, hidden: np.ndarray) -> System:
    """The hidden cells of a table whose rows and columns have known sums."""
    cells = np.flatnonzero(hidden.ravel())
    lines, right = [], []
    for axis in (0, 1):
        for k in range(table.shape[axis]):
            here = np.zeros_like(table)
            here[(k, slice(None)) if axis == 0 else (slice(None), k)] = 1
            lines.append((here.ravel() * hidden.ravel())[cells])
            right.append((here * table * hidden).sum())
    x = table.ravel()[cells].astype(float)
    a = csr_array(np.array(lines, float).reshape(len(lines), len(cells)))
    return System(
        x, np.zeros(len(x)), np.full(len(x), float(HIGH * 4)), a, np.array(right, float), np.ones(len(lines), bool)
    )


def _enumerated(system: System) -> tuple[np.ndarray, np.ndarray]:
    """Lowest and highest value of each cell over all tables of whole numbers: sums of a table are totally unimodular."""
    top = [int(min(b for b, w in zip(system.b, column, strict=True) if w)) for column in system.a.toarray().T]
    points = [p for p in product(*(range(t + 1) for t in top)) if np.allclose(system.a @ np.array(p, float), system.b)]
    return np.min(points, axis=0), np.max(points, axis=0)


tables = st.tuples(
    st.lists(st.integers(0, HIGH), min_size=6, max_size=6), st.lists(st.booleans(), min_size=6, max_size=6)
)


@settings(deadline=None, max_examples=25)
@given(tables)
def test_a_count_is_found_wide_whenever_enumeration_says_it_is(drawn):
    table, hidden = (np.array(values).reshape(2, 3) for values in drawn)
    system = _system(table, hidden)
    if not len(system.x):
        return
    low, high = _enumerated(system)
    ranges = Ranges(system, np.ones(len(system.x), bool), WIDTH)
    which = np.arange(len(system.x))
    ranges.all_at_once(which % 3 - 1)
    ranges.by_steps(which)
    ranges.one_by_one(which)
    assert ranges.found().tolist() == np.flatnonzero(high - low >= WIDTH).tolist()
    assert (ranges.low >= low - 1e-6).all() and (ranges.high <= high + 1e-6).all()


@settings(deadline=None, max_examples=25)
@given(tables)
def test_carried_bounds_hold_every_possible_value(drawn):
    table, hidden = (np.array(values).reshape(2, 3) for values in drawn)
    system = _system(table, hidden)
    if not len(system.x):
        return
    low, high = _enumerated(system)
    lower, higher = system.carried(20)
    assert (lower <= low + 1e-6).all() and (higher >= high - 1e-6).all()
