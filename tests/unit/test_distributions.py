"""Medians and survival of many territories and publics at once, against plain computation and against lifelines."""

import statistics
from collections import defaultdict

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lifelines import KaplanMeierFitter

from pipelines.computing import distributions
from pipelines.computing.distributions import PLACE, estimated_medians, medians, places_of, survival, tables
from schemas.publics import APART, EVERYONE

REGION = {"011": "84", "021": "32", "031": "84"}

cells = st.lists(
    st.fixed_dictionaries(
        {
            "organisme": st.sampled_from(sorted(REGION)),
            **{p.code: st.sampled_from([True, False, None]) for p in APART},
            "annee": st.sampled_from([2023, 2024]),
            "v": st.integers(0, 40),
            "n": st.integers(0, 3),
        }
    ),
    min_size=1,
    max_size=30,
)
followed = st.lists(st.tuples(st.integers(0, 12), st.booleans()), min_size=1, max_size=40)


def frame(rows):
    kinds = {p.code: pl.Boolean for p in APART}
    return pl.DataFrame(
        [{**row, "region": REGION[row["organisme"]]} for row in rows], schema_overrides=kinds, infer_schema_length=None
    )


def places(row):
    territories = ("national", "FR"), ("region", REGION[row["organisme"]]), ("organisme", row["organisme"])
    publics = [EVERYONE.code, *(p.code for p in APART if row[p.code])]
    return [(*territory, public) for territory in territories for public in publics]


@settings(deadline=None)
@given(cells, st.sampled_from([1, 50, 4_000_000]))
def test_medians_of_every_territory_and_public(rows, at_once):
    values = defaultdict(list)
    for row in rows:
        for place in places(row):
            values[row["annee"], *place] += [row["v"]] * row["n"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(distributions, "AT_ONCE", at_once)
        found = pl.concat(
            t.rows("annee", median=medians(t.values, t.counts[0]), n=t.counts[0].sum(axis=1))
            for t in tables(frame(rows), places_of(frame(rows)), "annee", ["n"])
        ).filter(pl.col("n") > 0)
    assert {r[:4]: r[4:] for r in found.select("annee", *PLACE, "median", "n").rows()} == {
        place: (statistics.median(several), len(several)) for place, several in values.items() if several
    }


@settings(deadline=None)
@given(followed)
def test_survival_is_that_of_lifelines(rows):
    times, ended = map(np.array, zip(*rows, strict=True))
    values, column = np.unique(times, return_inverse=True)
    met, ends = (np.bincount(column, weights=w)[None].astype(int) for w in (np.ones(len(rows)), ended))
    at_risk, share = survival(ends, met)
    theirs = KaplanMeierFitter().fit(times, ended)
    assert at_risk[0].tolist() == [int((times >= t).sum()) for t in values]
    left = theirs.survival_function_at_times(values).to_numpy()
    assert share[0] == pytest.approx(left, abs=1e-12)
    estimated = estimated_medians(values, ends, met)[0]
    assert estimated == pytest.approx(
        next((t for t, s in zip(values, left, strict=True) if s <= 0.5 + 1e-9), np.nan), nan_ok=True
    )
