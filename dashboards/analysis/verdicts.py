"""The verdicts: what is a signal and what is chance. Pages, headlines, deck and commands read them; none judges itself.

A signal excludes chance at 99 % and is at least one point (shares), 2 % (counts) or two days (durations) wide. Caisses are
judged against limits widened by how much they differ anyway. Sources: Wilson 1927; Spiegelhalter, "Funnel plots for
comparing institutional performance", Statistics in Medicine 24, 2005; Benjamini and Hochberg 1995; ADASS analysis
contract, version 2, sections 4 and 6.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import hypot, isnan, sqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri
from scipy.stats import false_discovery_control, wilcoxon

from schemas.indicators.indicator import ANNEES, JOURS, NOMBRE, PART

Numbers = NDArray[np.float64]

Z95 = float(ndtri(0.975))
SIGMAS = 1.96
SMALL_BASE = 30  # cases: under it a figure is marked, never coloured nor in a headline
SMALL_COUNT = 10  # cases: up to it a cell is not to be spread
HIGH, LOW = "HAUT", "BAS"
FALSE = 0.05  # of the caisses named, at most that many by chance
TRIMMED = 0.10  # of the scores at each end


def wilson(cases: ArrayLike, bases: ArrayLike) -> tuple[Numbers, Numbers]:
    """The Wilson score interval at 95 % of shares; NaN where the base is 0."""
    k, n = np.asarray(cases, dtype=float), np.asarray(bases, dtype=float)
    z2 = Z95 * Z95
    with np.errstate(invalid="ignore", divide="ignore"):
        spread = Z95 * np.sqrt(k * (n - k) / n + z2 / 4)
    return (k + z2 / 2 - spread) / (n + z2), (k + z2 / 2 + spread) / (n + z2)


@dataclass(frozen=True)
class Dispersion:
    """How much more territories differ than chance makes them.

    `phi`: the mean square of their scores, winsorised (1: as chance does); `tau2`: the variance between them.
    """

    phi: float
    tau2: float


def winsorised(scores: Numbers, trimmed: float = TRIMMED) -> Numbers:
    """The scores, those beyond the quantiles `trimmed` and 1 − `trimmed` (linear interpolation) set to these."""
    low, high = np.quantile(scores, [trimmed, 1 - trimmed])
    return np.clip(scores, low, high)


def dispersion(scores: Numbers, variances: Numbers) -> Dispersion:
    """Of territories with these scores and these variances by chance; additive over-dispersion (Spiegelhalter 2005)."""
    many = len(scores)
    if many == 0:
        return Dispersion(float("nan"), 0.0)
    phi = float(np.mean(winsorised(scores) ** 2))
    if many < 2:
        return Dispersion(phi, 0.0)
    weights = 1 / variances
    whole = weights.sum()
    return Dispersion(phi, max(0.0, float((many * phi - (many - 1)) / (whole - (weights**2).sum() / whole))))


@dataclass(frozen=True)
class Compared:
    """Territories against what is expected of them: arrays in their order, NaN where there is no score."""

    z: Numbers
    z_adjusted: Numbers
    p: Numbers
    signals: tuple[str, ...]
    dispersion: Dispersion


def compared(observed: ArrayLike, expected: ArrayLike, variance: ArrayLike, bases: ArrayLike) -> Compared:
    """Judge counts against expected ones whose variance by chance is known; `bases` are the cases counted among."""
    o, e, v, n = (np.asarray(a, dtype=float) for a in (observed, expected, variance, bases))
    some = v > 0
    z, adjusted, p = (np.full(len(o), np.nan) for _ in range(3))
    z[some] = (o - e)[some] / np.sqrt(v[some])
    chance = v[some] / n[some] ** 2
    between = dispersion(z[some], chance)
    adjusted[some] = ((o - e)[some] / n[some]) / np.sqrt(chance + between.tau2)
    p[some] = 2 * ndtr(-np.abs(adjusted[some]))
    kept = np.zeros(len(o), dtype=bool)
    kept[some] = discoveries(p[some])
    signals = tuple((HIGH if a > 0 else LOW) if k else "" for k, a in zip(kept, adjusted, strict=True))
    return Compared(z, adjusted, p, signals, between)


def discoveries(p: Numbers, false: float = FALSE) -> NDArray[np.bool_]:
    """Which tests Benjamini and Hochberg keep, so that at most `false` of those kept are so by chance."""
    if not len(p):
        return np.zeros(0, dtype=bool)
    kept: NDArray[np.bool_] = false_discovery_control(p) <= false
    return kept


# --- a gap between two figures ---

CHANCE = 0.01  # a signal excludes it
LEAST = {PART: 0.01, NOMBRE: 0.02, JOURS: 2.0, ANNEES: 1.0}  # the least gap that matters; of a count, relative
UP, DOWN, NOISE = "▲", "▼", "≈"


@dataclass(frozen=True)
class Verdict:
    """Whether a gap is more than chance and wide enough to matter.

    `gap`: of a share or duration in its unit, of a count relative. `p`: of a gap that wide by chance, None where it cannot
    be tested. `small`: it rests on fewer than 30 cases, and is never a signal. `good`: 1 where more is better, −1 where
    less is, 0 where the catalogue does not say.
    """

    gap: float
    p: float | None
    unit: str
    small: bool = False
    good: int = 0

    @property
    def signal(self) -> bool:
        return not self.small and self.p is not None and self.p < CHANCE and abs(self.gap) >= LEAST[self.unit] - 1e-12

    @property
    def unfavourable(self) -> bool:
        return self.signal and self.gap * self.good < 0

    @property
    def mark(self) -> str:
        """▲, ▼, or ≈ where chance may have made it."""
        if not self.signal:
            return NOISE
        return UP if self.gap > 0 else DOWN


def of_shares(cases: float, base: float, other_cases: float, other_base: float, good: int = 0) -> Verdict | None:
    """Two independent shares: the test of two proportions, pooled. None where one has no base."""
    if not base or not other_base:
        return None
    gap = cases / base - other_cases / other_base
    pooled = (cases + other_cases) / (base + other_base)
    error = sqrt(pooled * (1 - pooled) * (1 / base + 1 / other_base))
    return Verdict(gap, _two_sided(gap, error), PART, min(base, other_base) < SMALL_BASE, good)


def against_rest(cases: float, base: float, whole_cases: float, whole_base: float, good: int = 0) -> Verdict | None:
    """A share of a population against that of all others of a whole that holds it."""
    return of_shares(cases, base, whole_cases - cases, whole_base - base, good)


def of_means(
    mean: float, error: float, base: float, other: float, other_error: float, other_base: float, unit: str = JOURS,
    good: int = 0,
) -> Verdict:  # fmt: skip
    """Two independent means with their standard errors."""
    small = min(base, other_base) < SMALL_BASE
    return Verdict(mean - other, _two_sided(mean - other, hypot(error, other_error)), unit, small, good)


def of_paired(after: Sequence[float], before: Sequence[float], gap: float, unit: str, good: int = 0) -> Verdict:
    """A gap of counts or durations, tested on its repetition from caisse to caisse (signed ranks of Wilcoxon).

    `after` and `before` are the figures of the same caisses; counts are compared by their ratio.
    """
    a, b = np.asarray(after, dtype=float), np.asarray(before, dtype=float)
    differences = np.log(a) - np.log(b) if unit == NOMBRE else a - b
    differences = differences[np.isfinite(differences)]
    p = float(wilcoxon(differences).pvalue) if np.any(differences) else None
    return Verdict(gap, p, unit, False, good)


def _two_sided(gap: float, error: float) -> float | None:
    if isnan(error):
        return None
    if error == 0:
        return 1.0 if gap == 0 else 0.0
    return float(2 * ndtr(-abs(gap) / error))
