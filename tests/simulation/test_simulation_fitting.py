"""Raking, controlled rounding, quotas and small integer programs."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.simulation.fitting import Program, Totals, assigned, chosen, fitted, quota, raked, rounded


def margins(rows, columns):
    totals = Totals((len(rows), len(columns)))
    totals.add_rows(np.array(rows))
    for i, column in enumerate(columns):
        totals.add(np.arange(len(columns)) == i, (column, column))
    return totals


def test_raking_gives_the_margins_and_keeps_the_associations():
    seed = np.array([[40.0, 10.0, 5.0], [5.0, 20.0, 20.0]])
    table = raked(seed, margins([60, 40], [30, 40, 30]))
    assert table.sum(axis=1) == pytest.approx([60, 40], abs=1e-4)
    assert table.sum(axis=0) == pytest.approx([30, 40, 30], abs=1e-4)
    ratio = (table[0, 0] * table[1, 1]) / (table[0, 1] * table[1, 0])
    assert ratio == pytest.approx((40 * 20) / (10 * 5), rel=1e-3)


def test_raking_leaves_what_already_agrees():
    seed = np.array([[3.0, 7.0]])
    totals = Totals((1, 2))
    totals.add(np.array([True, False]), (2, 4))
    assert raked(seed, totals).tolist() == [[3.0, 7.0]]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.lists(st.floats(0.1, 50), min_size=3, max_size=3), min_size=2, max_size=5), st.integers(10, 300))
def test_rounding_keeps_every_margin(seed, size):
    weights = np.array(seed)
    rows = quota(weights.sum(axis=1), size)
    columns = quota(weights.sum(axis=0), size)
    totals = margins(rows.tolist(), columns.tolist())
    table = fitted(weights, totals)
    assert table.sum(axis=1).tolist() == rows.tolist()
    assert table.sum(axis=0).tolist() == columns.tolist()
    assert (table >= 0).all()


def test_firm_totals_hold_where_others_cannot():
    totals = Totals((1, 2))
    totals.add_rows(np.array([5]))
    totals.add(np.array([True, True]), (7, 7))
    assert rounded(np.array([[2.0, 3.0]]), totals).sum() == 5


def test_what_is_impossible_stays_empty():
    totals = Totals((1, 3))
    totals.add_rows(np.array([10]))
    assert fitted(np.array([[1.0, 0.0, 1.0]]), totals)[0, 1] == 0


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=20).filter(lambda w: sum(w) > 1e-3), st.integers(0, 10_000))
def test_quota_is_exact_and_proportional(weights, total):
    counts = quota(weights, total)
    assert counts.sum() == total
    assert np.abs(counts - np.array(weights) / sum(weights) * total).max() <= 1 + 1e-6


def test_assignment_holds_the_table_exactly():
    rng = np.random.default_rng(0)
    table = np.array([[3, 0, 2], [1, 4, 0]])
    cell = rng.permutation(np.repeat([0, 1], table.sum(axis=1)))
    values = assigned(rng, cell, table)
    assert [[int(((cell == i) & (values == j)).sum()) for j in range(3)] for i in range(2)] == table.tolist()


def test_chosen_takes_no_more_than_there_are():
    rng = np.random.default_rng(0)
    among = np.array([True, False, True, True])
    assert chosen(rng, among, 2).sum() == 2
    assert chosen(rng, among, 9).tolist() == among.tolist()


def test_program_finds_the_nearest_and_says_when_there_is_none():
    program = Program()
    program.number("organismes", wanted=10)
    program.number("dehors")
    program.require({"organismes": 1}, 8, 12)
    program.share({"dehors": 1}, {"organismes": 1}, (0.5, 0.5))
    assert program.solve() == {"organismes": 10, "dehors": 5}
    program.require({"dehors": 1}, high=3)
    assert program.solve() is None
