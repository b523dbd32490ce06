"""The verdicts against worked numbers, other libraries, and simulations of what is only chance."""

import math

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.stats import wilcoxon
from statsmodels.stats.proportion import proportion_confint, proportions_ztest

from dashboards.analysis import verdicts
from dashboards.analysis.verdicts import Groups, Mean, Month, Verdict
from schemas.indicators.indicator import JOURS, NOMBRE, PART

# --- intervals ---


@given(st.integers(1, 10**6).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_wilson_interval_is_that_of_statsmodels(counts):
    k, n = counts
    low, high = verdicts.wilson([k], [n])
    assert (low[0], high[0]) == pytest.approx(proportion_confint(k, n, method="wilson"), abs=1e-12)


def test_a_share_without_base_has_no_interval():
    assert np.isnan(verdicts.wilson([0.0], [0.0])).all()


# --- gaps ---


def test_two_shares_as_statsmodels_tests_them():
    verdict = verdicts.of_shares(430, 1_000, 3_600, 9_000)
    _, p = proportions_ztest([430, 3_600], [1_000, 9_000])
    assert (verdict.gap, verdict.p) == pytest.approx((0.03, p), abs=1e-12)
    assert verdict.mark == "≈"  # p = 0.066


def test_a_share_is_set_against_all_others_and_not_against_a_whole_that_holds_it():
    assert verdicts.of_share_in_whole(50, 100, 110, 400) == verdicts.of_shares(50, 100, 60, 300)


@pytest.mark.parametrize(
    ("shares", "mark"),
    [
        ((5_300, 10_000, 5_000, 10_000), "▲"),
        ((4_700, 10_000, 5_000, 10_000), "▼"),
        ((5_100, 10_000, 5_000, 10_000), "≈"),  # chance is not excluded
        ((500_900, 10**6, 500_000, 10**6), "≈"),  # nor is a tenth of a point anything
        ((29, 29, 100, 1_000), "≈"),  # a small base
        ((30, 30, 100, 1_000), "▲"),
    ],
)
def test_a_signal_excludes_chance_and_is_wide_on_a_base_that_is_not_small(shares, mark):
    assert verdicts.of_shares(*shares).mark == mark


def test_shares_without_base_are_not_judged():
    assert verdicts.of_shares(0, 0, 1, 2) is None
    assert verdicts.of_shares(1, 2, 0, 0) is None


def test_equal_shares_of_nothing_or_all_are_no_signal():
    assert verdicts.of_shares(0, 50, 0, 60).p == verdicts.of_shares(50, 50, 60, 60).p == 1.0


def test_unfavourable_is_said_only_where_a_direction_is_declared():
    worse = (4_700, 10_000, 5_000, 10_000)
    assert verdicts.of_shares(*worse, good=1).unfavourable
    assert not verdicts.of_shares(*worse, good=-1).unfavourable
    assert not verdicts.of_shares(*worse).unfavourable


def test_two_means():
    verdict = verdicts.of_means(Mean(62.0, 1.0, 400), Mean(57.0, 1.0, 900))
    assert (verdict.gap, verdict.p) == pytest.approx((5.0, 2 * 0.5 * math.erfc(5 / math.sqrt(2) / math.sqrt(2))))
    assert verdict.mark == "▲"
    assert verdicts.of_means(Mean(58.5, 0.1, 400), Mean(57.0, 0.1, 900)).mark == "≈"  # under two days
    assert verdicts.of_means(Mean(62.0, math.nan, 1), Mean(57.0, 1.0, 900)).p is None


def test_counts_and_durations_are_tested_from_caisse_to_caisse():
    before = np.linspace(100, 2_000, 40)
    after = before * np.tile([1.05, 1.07, 1.02, 0.99], 10)
    verdict = verdicts.of_caisses(after, before, after.sum() / before.sum() - 1, NOMBRE)
    assert verdict.p == pytest.approx(wilcoxon(np.log(np.tile([1.05, 1.07, 1.02, 0.99], 10))).pvalue)
    assert verdict.mark == "▲"
    assert verdicts.of_caisses([5.0, 0.0], [5.0, 3.0], 0.0, NOMBRE).mark == "≈"
    assert verdicts.of_caisses(before + 3, before, 3.0, JOURS).mark == "▲"
    assert verdicts.of_caisses([60.0] * 7, [50.0] * 7, 10.0, JOURS).mark == "≈"  # seven caisses exclude nothing at 99 %


# --- decomposition ---

COUNTS = st.lists(
    st.tuples(st.integers(0, 5_000), st.floats(0, 1), st.integers(0, 5_000), st.floats(0, 1)), min_size=1, max_size=40
).filter(lambda rows: sum(r[0] for r in rows) and sum(r[2] for r in rows))


@settings(deadline=None)
@given(COUNTS, st.sampled_from([1.0, 365.0]))
@example([(0, 0.0, 0, 0.0), (1, 0.0, 1, 0.0)], 1.0)  # a group that is on neither side
def test_all_effects_add_up_to_the_gap(rows, scale):
    d0, r0, d1, r1 = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    before, after = Groups(np.floor(d0 * r0 * scale), d0), Groups(np.floor(d1 * r1 * scale), d1)
    composition, rate = verdicts.effects(before, after)
    assert composition.sum() + rate.sum() == pytest.approx(after.value - before.value, abs=1e-12 * scale)


def test_effects_of_a_worked_example():
    """Two types, 60 % and 40 % of 100 then half each; 90 % and 50 % succeed, then 80 % and 50 %."""
    composition, rate = verdicts.effects(Groups(np.array([54.0, 20.0]), np.array([60.0, 40.0])),
                                         Groups(np.array([40.0, 25.0]), np.array([50.0, 50.0])))  # fmt: skip
    assert composition == pytest.approx([-0.1 * (0.85 - 0.695), 0.1 * (0.5 - 0.695)])
    assert rate == pytest.approx([-0.1 * 0.55, 0.0])


# --- territories ---


def test_dispersion_of_a_worked_example():
    """Five scores, the ends of which are drawn in to the quantiles at 10 % and 90 %: −1.6 and 2.4."""
    scores, variances = np.array([-2.0, -1.0, 0.0, 2.0, 2.6666666666666665]), np.array([1.0, 1.0, 2.0, 2.0, 4.0])
    found = verdicts.dispersion(scores, variances)
    phi = (1.6**2 + 1 + 0 + 4 + 2.4**2) / 5
    assert found.phi == pytest.approx(phi)
    assert found.tau2 == pytest.approx((5 * phi - 4) / (3.25 - (1 + 1 + 0.25 + 0.25 + 0.0625) / 3.25))


def test_fewer_than_two_territories_have_no_variance_between_them():
    assert verdicts.dispersion(np.array([3.0]), np.array([1.0])).tau2 == 0
    assert verdicts.dispersion(np.array([]), np.array([])).tau2 == 0


def test_a_territory_without_variance_says_nothing_of_the_others():
    with_it = verdicts.compared([5, 8, 3], [5.0, 6.0, 4.0], [0.0, 2.0, 1.5], [5, 10, 8])
    without = verdicts.compared([8, 3], [6.0, 4.0], [2.0, 1.5], [10, 8])
    assert np.isnan(with_it.z[0])
    assert with_it.z[1:].tolist() == without.z.tolist()
    assert with_it.dispersion == without.dispersion
    assert with_it.signals == ("", *without.signals)


def _caisses(rng, spread, planted=0, gap=0.06, rate=0.78):
    """Cases of 107 caisses whose true shares differ by `spread`; the first `planted`, of 2 000 closures, by 6 points more."""
    bases = rng.integers(400, 8_000, 107).astype(float)
    bases[:planted] = 2_000
    truth = rate + rng.normal(0, spread, 107)
    truth[:planted] += gap * rng.choice([-1, 1], planted)
    cases = rng.binomial(bases.astype(int), truth.clip(0, 1))
    overall = cases.sum() / bases.sum()
    return verdicts.compared(cases, bases * overall, bases * overall * (1 - overall), bases)


@pytest.mark.parametrize("spread", [0.0, 0.01, 0.03])
def test_where_caisses_only_differ_as_they_always_do_hardly_any_is_named(spread):
    rng = np.random.default_rng(20_241)
    draws = [_caisses(rng, spread) for _ in range(200)]
    assert np.mean([np.mean([s != "" for s in d.signals]) for d in draws]) <= 0.05
    assert np.mean([d.outside.mean() for d in draws]) <= 0.05


def test_caisses_that_stand_out_by_six_points_are_found():
    rng = np.random.default_rng(20_242)
    draws = [_caisses(rng, 0.01, planted=5) for _ in range(200)]
    assert np.mean([s != "" for d in draws for s in d.signals[:5]]) >= 0.80
    assert np.mean([s != "" for d in draws for s in d.signals[5:]]) <= 0.05


def test_limits_of_a_funnel_hold_what_they_say():
    low, high = verdicts.funnel([400, 1_600], 0.5)
    assert (high - low) == pytest.approx([2 * 3.090232306 * 0.025, 2 * 3.090232306 * 0.0125])
    wide = verdicts.funnel([400.0], 0.5, tau2=0.025**2)[1] - 0.5
    assert wide == pytest.approx(3.090232306 * 0.025 * math.sqrt(2))


# --- months ---


def _months(values, mean, signal, start=1, year=2023):
    return [
        Month(year + (start + k - 1) // 12, (start + k - 1) % 12 + 1, v, mean, signal if k == len(values) - 1 else "")
        for k, v in enumerate(values)
    ]


def test_a_month_is_a_signal_by_its_control_chart_and_over_the_threshold():
    assert verdicts.of_month(Month(2024, 5, 0.70, 0.78, verdicts.OUTSIDE), PART).mark == "▼"
    assert verdicts.of_month(Month(2024, 5, 0.70, 0.78), PART).mark == "≈"
    assert verdicts.of_month(Month(2024, 5, 0.775, 0.78, verdicts.SHIFT), PART).mark == "≈"  # half a point
    assert verdicts.of_month(Month(2024, 5, 1_100, 1_000, verdicts.OUTSIDE), NOMBRE).gap == pytest.approx(0.1)
    assert verdicts.of_month(Month(2024, 5, 1_100, 1_000, verdicts.OUTSIDE, provisional=True), NOMBRE).mark == "≈"


def test_a_shift_that_begins_in_january_is_a_step():
    before, after = [0.70] * 8, [0.80] * 8
    assert verdicts.is_step(_months(before + after, 0.75, verdicts.SHIFT, start=5))
    assert not verdicts.is_step(_months(before + after, 0.75, verdicts.SHIFT, start=4))
    assert not verdicts.is_step(_months(before + after, 0.75, "", start=5))


def test_what_nearly_all_caisses_do_at_once_is_a_step():
    series = _months([10.0] * 11 + [20.0], 11.0, verdicts.OUTSIDE, start=2)
    same = {str(k): Month(2024, 1, 9.0, 5.0, verdicts.OUTSIDE if k < 9 else "") for k in range(10)}
    assert verdicts.is_step(series, same)
    assert not verdicts.is_step(series, {**same, "8": Month(2024, 1, 1.0, 5.0, verdicts.OUTSIDE)})


def test_a_verdict_on_a_small_base_is_no_signal():
    assert Verdict(0.5, PART, excluded=True).signal
    assert not Verdict(0.5, PART, excluded=True, small=True).signal
