"""The bounds of hidden counts against enumeration, on tables small enough for that."""

from itertools import product

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from pipelines.disclosure.linear import Ranges, System, components

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


def _possible(system: System) -> list[np.ndarray]:
    """All tables of whole numbers."""
    top = [int(min(b for b, w in zip(system.b, column, strict=True) if w)) for column in system.a.toarray().T]
    points = [np.array(p, float) for p in product(*(range(t + 1) for t in top))]
    return [p for p in points if np.allclose(system.a @ p, system.b)]


def _enumerated(system: System) -> tuple[np.ndarray, np.ndarray]:
    """Lowest and highest value of each cell over all tables: sums of a table are totally unimodular."""
    points = _possible(system)
    return np.min(points, axis=0), np.max(points, axis=0)


systems = (
    st.tuples(st.lists(st.integers(0, HIGH), min_size=6, max_size=6), st.lists(st.booleans(), min_size=6, max_size=6))
    .map(lambda drawn: _system(*(np.array(values).reshape(2, 3) for values in drawn)))
    .filter(lambda system: len(system.x) > 0)
)


@settings(deadline=None, max_examples=25)
@given(systems)
def test_a_count_is_found_wide_whenever_enumeration_says_it_is(system):
    low, high = _enumerated(system)
    ranges = Ranges(system, np.ones(len(system.x), bool), WIDTH)
    which = np.arange(len(system.x))
    ranges.together([which[which % 2 == 0], which])
    ranges.by_steps(which)
    ranges.one_by_one(which)
    assert ranges.found().tolist() == np.flatnonzero(high - low >= WIDTH).tolist()
    assert (ranges.low >= low - 1e-6).all() and (ranges.high <= high + 1e-6).all()


@settings(deadline=None, max_examples=25)
@given(systems, st.randoms(use_true_random=False))
def test_what_is_claimed_is_believed_part_by_part_and_only_where_it_is_possible(system, random):
    points = _possible(system)
    low, high = np.min(points, axis=0), np.max(points, axis=0)
    part = components(abs(system.a))
    for x in [
        *random.sample(points, min(5, len(points))),
        *(random.choices(range(HIGH), k=len(low)) for _ in range(10)),
    ]:
        ranges = Ranges(system, np.ones(len(low), bool), WIDTH)
        ranges.consider((np.arange(len(low)), np.zeros(len(low), int), np.array(x, float)))
        wrong = system.a.T @ (system.a @ x != system.b) > 0
        believed = np.where(np.isin(part, part[wrong]), system.x, x)
        assert (np.minimum(system.x, believed) == ranges.low).all()
        assert (np.maximum(system.x, believed) == ranges.high).all()
        assert (ranges.low >= low).all() and (ranges.high <= high).all()


@settings(deadline=None, max_examples=25)
@given(systems)
def test_carried_bounds_hold_every_possible_value(system):
    low, high = _enumerated(system)
    lower, higher = system.carried(20)
    assert (lower <= low + 1e-6).all() and (higher >= high - 1e-6).all()
