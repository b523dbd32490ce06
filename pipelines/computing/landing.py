"""Where a year in progress lands: what its last months and the shape of former years make of the months to come."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import t

MOST_YEARS, LEAST_YEARS = 4, 2  # whole years before the one in progress that are looked at
WINDOW, LEAST = 6, 30  # months that a level is of, and the fewest cases in them
INSIDE = 0.8  # of the outcomes lie within the interval
_ENOUGH = 20  # errors; fewer of a level of territories are looked at with those of the others


@dataclass(frozen=True)
class Forecast:
    """Of each territory: what is left to come of a year, the variance that chance alone gives it, whether it is said."""

    rest: np.ndarray
    chance: np.ndarray
    said: np.ndarray


def landing(
    counts: np.ndarray, country: np.ndarray, levels: np.ndarray, month: int
) -> tuple[Forecast, np.ndarray] | None:
    """What the year brings of which `month` months are over, and how far that may be off, by territory.

    `counts`: territories × months, of which these are the last ones. `country`: the months of the country, which give the
    shape of a year: none of its years is empty. `levels`: of each territory; their errors are alike. None where there are
    too few whole years.
    """
    begun = len(country) - month
    former = [begin for k in range(1, MOST_YEARS + 1) if (begin := begun - 12 * k) >= 0]
    if len(former) < LEAST_YEARS:
        return None
    found, reach = _forecast(counts, begun + month, month, _shape(country, former)), np.full(len(counts), np.nan)
    before = [_looked_back(counts, country, year, former, month) for year in former if year + month >= WINDOW]
    for level in np.unique(levels):
        own = levels == level
        alike = own if sum(f.said[own].sum() for f, _ in before) >= _ENOUGH else np.full(len(levels), True)
        spread, times = _spread([_only(f, off, alike) for f, off in before])
        reach[own] = times * np.sqrt(found.chance[own] + spread * found.rest[own] ** 2)
    there = np.all([counts[:, year : year + 12].any(axis=1) for year in former[:LEAST_YEARS]], axis=0)
    return replace(found, said=found.said & there & np.isfinite(reach)), reach


def _shape(country: np.ndarray, years: Sequence[int]) -> np.ndarray:
    """The share of each calendar month in a year, on average over the years that begin there."""
    counts = np.array([country[year : year + 12] for year in years])
    return np.asarray((counts / counts.sum(axis=1, keepdims=True)).mean(axis=0))


def _forecast(counts: np.ndarray, now: int, month: int, shape: np.ndarray) -> Forecast:
    """Territories keep the level of their last months, each measured by its calendar month."""
    window = np.arange(now - WINDOW, now)
    seen, weight, left = counts[:, window].sum(axis=1), shape[(window - now + month) % 12].sum(), shape[month:].sum()
    times = left / weight if weight else 0.0
    return Forecast(seen * times, seen * times * (1 + times), (seen >= LEAST) & (times > 0))


def _looked_back(
    counts: np.ndarray, country: np.ndarray, year: int, former: Sequence[int], month: int
) -> tuple[Forecast, np.ndarray]:
    """The forecast of a former year at the same month, from the shape of the others, and how far it was off."""
    then = _forecast(counts, year + month, month, _shape(country, [other for other in former if other != year]))
    return then, counts[:, year + month : year + 12].sum(axis=1) - then.rest


def _only(then: Forecast, off: np.ndarray, kept: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    kept = kept & then.said
    return then.rest[kept], then.chance[kept], off[kept]


def _spread(errors: Sequence[tuple[np.ndarray, np.ndarray, np.ndarray]]) -> tuple[float, float]:
    """The relative variance beyond chance of forecasts, and how many standard deviations hold INSIDE of their errors."""
    rest, chance, off = (np.concatenate(parts) for parts in zip(*errors, strict=True))
    if not len(off):
        return 0.0, np.nan
    spread = max(0.0, ((off**2 - chance) / rest).sum() / rest.sum())
    if len(off) < _ENOUGH:
        return spread, float(t.ppf((1 + INSIDE) / 2, len(off)))
    return spread, float(np.quantile(np.abs(off) / np.sqrt(chance + spread * rest**2), INSIDE))
