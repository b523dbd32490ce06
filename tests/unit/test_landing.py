"""The end of a year in progress against simulated series whose outcome is known."""

import numpy as np
import pytest

from pipelines.computing.landing import landing

TERRITORIES, CUTS = 60, range(12)


def simulated(seed, years, drift, noise, shock):
    """Months × territories of few and of many cases, with seasons; levels drift by themselves and together."""
    rng = np.random.default_rng(seed)
    months = np.arange(12 * (years + 1))
    season = 1 + 0.25 * np.sin(months / 6 * np.pi + rng.uniform(0, 6))
    season[months % 12 == 7] *= 0.7
    sizes = np.exp(rng.uniform(np.log(6), np.log(200), TERRITORIES))
    steps = rng.normal(0, drift, (TERRITORIES, len(months))) + rng.normal(0, shock, len(months))
    level = sizes[:, None] * np.exp(steps.cumsum(axis=1))
    return rng.poisson(level * season * np.exp(rng.normal(0, noise, level.shape)))


def held(counts):
    """Of each cut-off month and territory whether the interval holds the outcome, where there is one."""
    country = counts.sum(axis=0)
    for month in CUTS:
        now = counts.shape[1] - 12 + month
        forecast, reach = landing(counts[:, :now], country[:now], np.full(TERRITORIES, "organisme"), month)
        off = np.abs(counts[:, now:].sum(axis=1) - forecast.rest)
        yield (off <= reach)[forecast.said]


@pytest.mark.parametrize("years", [2, 4])
@pytest.mark.parametrize(("drift", "noise", "shock"), [(0.0, 0.01, 0.0), (0.03, 0.05, 0.01), (0.06, 0.1, 0.02)])
def test_intervals_hold_eighty_per_cent_of_the_outcomes(years, drift, noise, shock):
    """60 territories at 12 cut-off months, ten times over: what moves all of them moves ten years, not one."""
    found = np.concatenate([part for seed in range(10) for part in held(simulated(seed, years, drift, noise, shock))])
    assert len(found) > 0.9 * 10 * TERRITORIES * len(CUTS)
    assert 0.72 <= found.mean() <= 0.88


def test_a_steady_country_lands_where_it_always_does():
    counts = np.tile(np.arange(10, 22), (3, 3))
    forecast, reach = landing(counts[:, :29], counts[0, :29], np.array(["a", "b", "b"]), 5)
    assert forecast.rest == pytest.approx([sum(range(15, 22))] * 3)
    assert forecast.said.all()
    assert reach.min() > 0
    assert reach.max() < 30


def test_nothing_is_said_of_a_short_past_nor_of_few_cases():
    counts = np.full((1, 29), 10)
    assert landing(counts[:, 6:], counts[0, 6:], np.array(["a"]), 5) is None  # a year and a half
    few, late = np.full((1, 29), 4), np.where(np.arange(29) < 12, 0, 10)[None]
    for territory in (few, late):
        forecast, _ = landing(np.vstack([counts, territory]), counts[0], np.array(["a", "b"]), 5)
        assert forecast.said.tolist() == [True, False]


def test_months_that_never_bring_anything_are_no_measure():
    counts = np.tile([0] * 6 + [10] * 6, 3)[None]
    forecast, _ = landing(counts[:, :30], counts[0, :30], np.array(["a"]), 6)
    assert not forecast.said.any()
