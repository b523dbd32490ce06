"""The verdicts: what is a signal and what is chance. Pages, headlines, deck and commands read them; none judges itself.

A signal excludes chance at 99 % and is at least one point (shares), 2 % (counts), two days or one year wide, on 30 cases or
more. Caisses are judged against limits widened by how much they differ anyway, months by their control chart.

Sources: Wilson 1927; Kitagawa 1955 and Das Gupta 1978 (decomposition); Spiegelhalter, "Funnel plots for comparing
institutional performance", Statistics in Medicine 24, 2005; Benjamini and Hochberg 1995; ADASS analysis contract,
version 2, sections 4 and 6.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import hypot, sqrt
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri
from scipy.stats import false_discovery_control, wilcoxon

from schemas.indicators.indicator import ANNEES, JOURS, NOMBRE, PART

Numbers = NDArray[np.float64]

Z95 = float(ndtri(0.975))
SIGMAS = 1.96  # standard errors on each side of a mean, and of an adjusted share
SMALL_BASE = 30  # cases: under it a figure is marked, never coloured nor in a headline
SMALL_COUNT = 10  # cases: up to it a cell is not to be spread


def wilson(cases: ArrayLike, bases: ArrayLike) -> tuple[Numbers, Numbers]:
    """The Wilson score interval at 95 % of shares; NaN where the base is 0."""
    k, n = np.asarray(cases, dtype=float), np.asarray(bases, dtype=float)
    z2 = Z95 * Z95
    with np.errstate(invalid="ignore", divide="ignore"):
        spread = Z95 * np.sqrt(k * (n - k) / n + z2 / 4)
    return (k + z2 / 2 - spread) / (n + z2), (k + z2 / 2 + spread) / (n + z2)


# --- a gap between two figures ---

CHANCE = 0.01  # a signal excludes it
FEW = 13  # caisses
LEAST = {PART: 0.01, NOMBRE: 0.02, JOURS: 2.0, ANNEES: 1.0}  # the least gap that matters; of a count, relative
UP, DOWN, NOISE = "▲", "▼", "≈"
_EQUAL = 1e-12  # a gap as wide as the least, but for rounding


@dataclass(frozen=True)
class Verdict:
    """Whether a gap is more than chance and wide enough to matter.

    `gap`: of a share or duration in its unit, of a count relative. `excluded`: whether chance is, by a test whose `p` is
    given where it has one. `small`: it rests on fewer than 30 cases, and is never a signal. `good`: 1 where more is better,
    −1 where less is, 0 where the catalogue does not say.
    """

    gap: float
    unit: str
    excluded: bool
    p: float | None = None
    small: bool = False
    good: int = 0

    @property
    def signal(self) -> bool:
        return self.excluded and not self.small and abs(self.gap) >= LEAST[self.unit] - _EQUAL

    @property
    def unfavourable(self) -> bool:
        """Whether it is a signal in the direction that the catalogue declares bad."""
        return self.signal and self.gap * self.good < 0

    @property
    def mark(self) -> str:
        """▲, ▼, or ≈ where there is no signal."""
        if not self.signal:
            return NOISE
        return UP if self.gap > 0 else DOWN


def _tested(gap: float, unit: str, error: float, base: float, good: int) -> Verdict:
    """A gap with its standard error, NaN where it is not known, and the smaller of its bases."""
    p = float(2 * ndtr(-abs(gap) / error)) if error else float(gap == 0)
    return Verdict(float(gap), unit, p < CHANCE, None if np.isnan(p) else p, bool(base < SMALL_BASE), good)


def of_shares(cases: float, base: float, other_cases: float, other_base: float, good: int = 0) -> Verdict | None:
    """Two independent shares: the test of two proportions, pooled. None where one has no base."""
    if not base or not other_base:
        return None
    pooled = (cases + other_cases) / (base + other_base)
    error = sqrt(pooled * (1 - pooled) * (1 / base + 1 / other_base))
    return _tested(cases / base - other_cases / other_base, PART, error, min(base, other_base), good)


def of_share_in_whole(
    cases: float, base: float, whole_cases: float, whole_base: float, good: int = 0
) -> Verdict | None:
    """A share of a population against that of all others of a whole that holds it."""
    return of_shares(cases, base, whole_cases - cases, whole_base - base, good)


@dataclass(frozen=True)
class Mean:
    """A mean of `base` cases and its standard error, NaN where it is not known."""

    value: float
    error: float
    base: float


def of_means(mean: Mean, other: Mean, unit: str = JOURS, good: int = 0) -> Verdict:
    """Two independent means, each of 30 cases or more: the normal test."""
    error = hypot(mean.error, other.error)
    return _tested(mean.value - other.value, unit, error, min(mean.base, other.base), good)


def of_caisses(after: Sequence[float], before: Sequence[float], gap: float, unit: str, good: int = 0) -> Verdict:
    """A gap of counts or durations, by its repetition from caisse to caisse: the signed ranks of Wilcoxon.

    `after` and `before` are the figures of the same caisses in the same order, counts being compared by their ratio; `gap` is
    that of the whole. Under eight caisses nothing can be excluded at 99 %.
    """
    a, b = np.asarray(after, dtype=float), np.asarray(before, dtype=float)
    with np.errstate(invalid="ignore", divide="ignore"):
        gaps = np.log(a) - np.log(b) if unit == NOMBRE else a - b
    gaps = np.round(gaps[np.isfinite(gaps)], 9)  # gaps that are equal but for rounding have one rank
    gaps = gaps[gaps != 0]
    # of few gaps some of which are equal, "auto" would try every sign of each: seconds for a region
    method: Literal["exact", "auto"] = "exact" if len(gaps) <= FEW else "auto"
    p = float(wilcoxon(gaps, method=method).pvalue) if len(gaps) else 1.0
    return Verdict(gap, unit, p < CHANCE, p, good=good)


# --- a gap taken apart ---


@dataclass(frozen=True)
class Groups:
    """Of the groups of a whole: what they count, and among how many; 0 among 0 for a group that is not there.

    `whole`: the same of all of them together, where that is not their sum: some are NaN, since hidden.
    """

    numerators: Numbers
    denominators: Numbers
    whole: tuple[float, float] | None = None

    @property
    def _whole(self) -> tuple[float, float]:
        return self.whole or (float(self.numerators.sum()), float(self.denominators.sum()))

    @property
    def there(self) -> NDArray[np.bool_]:
        found: NDArray[np.bool_] = self.denominators != 0
        return found

    @property
    def weights(self) -> Numbers:
        return self.denominators / self._whole[1]

    @property
    def values(self) -> Numbers:
        """The share or mean of each group, NaN of one that is not there or is hidden."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return self.numerators / self.denominators

    @property
    def value(self) -> float:
        numerator, denominator = self._whole
        return numerator / denominator


def effects(before: Groups, after: Groups) -> tuple[Numbers, Numbers]:
    """What each group adds to the gap of a share or mean: by its weight, and by its own figure; their sum is the gap.

    A group that is absent on one side would have had there the figure that it has on the other; on both sides, it adds nothing.
    """
    w0, w1, own0, own1 = before.weights, after.weights, before.values, after.values
    r0 = np.where(before.there, own0, np.where(after.there, own1, 0.0))
    r1 = np.where(after.there, own1, r0)
    middle = (before.value + after.value) / 2
    return (w1 - w0) * ((r1 + r0) / 2 - middle), (r1 - r0) * (w1 + w0) / 2


# --- territories against what is expected of them ---

HIGH, LOW = "HAUT", "BAS"
FALSE = 0.05  # of the territories that are signalled, at most that many by chance
TRIMMED = 0.10  # of the scores at each end
ALARMED = 0.002  # chance left outside the limits of a funnel


@dataclass(frozen=True)
class Dispersion:
    """How much more territories differ than chance makes them.

    `phi`: the mean square of their scores, winsorised (about 1 where chance alone is at work); `tau2`: the variance between them.
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
    phi = float(np.mean(winsorised(scores) ** 2)) if many else float("nan")
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

    @property
    def outside(self) -> NDArray[np.bool_]:
        """Which lie outside the widened limits of a funnel, at 99.8 %."""
        out: NDArray[np.bool_] = self.p < ALARMED
        return out


def compared(observed: ArrayLike, expected: ArrayLike, variance: ArrayLike, bases: ArrayLike) -> Compared:
    """Judge counts against expected ones whose variance by chance is known; `bases` are the cases counted among.

    One without variance has no score and says nothing of the others.
    """
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


def funnel(bases: ArrayLike, rate: float, tau2: float = 0.0, chance: float = ALARMED) -> tuple[Numbers, Numbers]:
    """The limits of a share for bases of these sizes, widened by the variance between territories; not clipped."""
    spread = float(ndtri(1 - chance / 2)) * np.sqrt(rate * (1 - rate) / np.asarray(bases, dtype=float) + tau2)
    return rate - spread, rate + spread


# --- months ---

OUTSIDE, SHIFT, TREND = "HORS_LIMITES", "DECALAGE", "TENDANCE"
MONTHS = {
    OUTSIDE: "au-delà de ce que les mois varient d'ordinaire",
    SHIFT: "au moins sept mois de suite du même côté de la moyenne",
    TREND: "au moins sept mois de suite dans le même sens",
}
NEARLY_ALL = 0.9  # of the caisses at once: a step, and not what each of them does
JANUARY = 1


@dataclass(frozen=True)
class Month:
    """A month of a control chart, as `marts.signaux` has it."""

    annee: int
    mois: int
    valeur: float
    moyenne: float
    signal: str = ""
    provisional: bool = False

    @property
    def side(self) -> int:
        return int(np.sign(self.valeur - self.moyenne))


def of_month(month: Month, unit: str, good: int = 0) -> Verdict:
    """Whether a month departs from the mean of its series by more than chance; a provisional one is not judged."""
    gap = month.valeur - month.moyenne
    if unit == NOMBRE:
        gap = gap / month.moyenne if month.moyenne else 0.0
    return Verdict(gap, unit, bool(month.signal) and not month.provisional, good=good)


def is_step(months: Sequence[Month], others: Mapping[str, Month] | None = None) -> bool:
    """Whether the last shift of a series looks like a change of rule, not of practice.

    So it does where the run on one side of the mean begins in January, or where nearly all caisses (`others`, the same month
    of each) are signalled on the same side.
    """
    last = months[-1]
    run = [m for k, m in enumerate(months) if all(n.side == last.side for n in months[k:])]
    if last.signal == SHIFT and run[0].mois == JANUARY and len(run) < len(months):
        return True
    same = [m for m in (others or {}).values() if m.signal and m.side == last.side]
    return bool(last.signal and others) and len(same) >= NEARLY_ALL * len(others or {})
