"""Cumulative incidence against lifelines, and control charts against the words that define them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lifelines import AalenJohansenFitter

from pipelines.computing.charts import chart
from pipelines.computing.curves import incidence
from pipelines.computing.distributions import survival
from schemas.outputs.pilotage import OUT, SHIFT, TREND
from tests.samples.control_chart import signals

OPEN, SUCCESS, OTHER = range(3)
# lifelines moves equal times apart at random; of different ones it is exact
cohorts = st.dictionaries(st.integers(1, 500), st.sampled_from([OPEN, SUCCESS, OTHER]), min_size=2, max_size=40)


@settings(deadline=None)
@given(cohorts)
def test_incidence_is_that_of_lifelines(cohort):
    times = np.array(sorted(cohort))
    how = np.array([cohort[t] for t in times.tolist()])
    met, ended = np.ones((1, len(times)), int), {k: (how == k)[None].astype(int) for k in (SUCCESS, OTHER)}
    followed, lasting = survival(ended[SUCCESS] + ended[OTHER], met)
    found = {k: incidence(ended[k], followed, lasting)[0] for k in ended}
    for k, some in ended.items():
        if some.any():
            theirs = AalenJohansenFitter(calculate_variance=False).fit(times, how, event_of_interest=k)
            assert found[k] == pytest.approx(theirs.cumulative_density_.loc[times].to_numpy().ravel(), abs=1e-12)
    assert found[SUCCESS] + found[OTHER] == pytest.approx(1 - lasting[0], abs=1e-12)


@given(st.lists(st.integers(0, 9), min_size=12, max_size=24))
def test_signals_are_those_that_are_found_value_by_value(values):
    assert chart([float(v) for v in values]).signals() == signals(values, share=False)
    assert chart([v / 9 for v in values], highest=1.0).signals() == signals([v / 9 for v in values], share=True)


@given(st.lists(st.integers(-1, 2), min_size=12, max_size=24).map(lambda steps: np.array(steps).cumsum() + 30))
def test_signals_of_series_that_drift_too(values):
    assert chart([float(v) for v in values]).signals() == signals(values.tolist(), share=False)


def test_limits_leave_out_the_widest_ranges_once():
    values = [10.0, 11, 10, 11, 10, 11, 10, 11, 10, 11, 10, 50]
    found = chart(values)
    assert found.mean == pytest.approx(sum(values) / 12)
    assert (found.low, found.high) == pytest.approx((found.mean - 2.66, found.mean + 2.66))
    assert found.signals()[-1] == OUT


def test_no_limit_is_below_0_nor_above_1_for_a_share():
    found = chart([0.0, 1.0] * 6, highest=1.0)
    assert (found.low, found.high) == (0.0, 1.0)
    assert set(found.signals()) == {""}


def test_equal_values_signal_nothing():
    assert set(chart([0.1 + 0.2, 0.3] * 6).signals()) == {""}


@pytest.mark.parametrize(
    ("values", "signal", "run"),
    [
        ([20, 0] * 3 + [12, 11] * 3 + [12] + [0, 20] * 3, SHIFT, range(6, 13)),
        ([20, 0] * 3 + [12, 11] * 3 + [0, 20] * 3, SHIFT, ()),  # six on one side
        (
            [0, 20] * 4 + [3, 4, 6, 8, 9, 11, 12, 14, 0, 20, 0],
            TREND,
            range(9, 16),
        ),  # not the value before the first step
        ([0, 20] * 4 + [4, 6, 8, 9, 11, 12, 14, 0, 20, 0], TREND, ()),  # six steps
    ],
)
def test_runs_of_seven(values, signal, run):
    found = chart([float(v) for v in values]).signals()
    assert [k for k, told in enumerate(found) if told == signal] == list(run)
