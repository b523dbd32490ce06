"""Control charts of single values and their moving ranges (XmR): which months stand out of a series."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from statistics import fmean

from schemas.outputs.pilotage import OUT, SHIFT, TREND

MONTHS, LEAST, COUNT = 24, 12, 5  # of a series: its last months, its fewest values, the least of its counts on average
RUN = 7
WITHIN = 1e-9  # values so near are equal
_LIMIT, _WIDEST = 2.66, 3.267  # times the mean of the moving ranges
SHARES = {"taux_succes": ("succes", "clotures"), "part_ouverts_15": ("ouvertures_15", "ouvertures")}
MEASURES = ("saisines", "clotures", *SHARES)


@dataclass(frozen=True)
class Chart:
    """The values of a series, their mean, and the limits within which they stay where nothing changes."""

    values: Sequence[float]
    mean: float
    low: float
    high: float

    def signals(self) -> list[str]:
        """What each value tells, the gravest alone; empty where nothing."""
        sides = [_sign(v - self.mean) for v in self.values]
        steps = [0, *(_sign(after - before) for before, after in pairwise(self.values))]
        kinds = zip(self.values, _in_run(sides), _in_run(steps), strict=True)
        return [
            OUT if v < self.low - WITHIN or v > self.high + WITHIN else SHIFT if shifted else TREND if tends else ""
            for v, shifted, tends in kinds
        ]


def chart(values: Sequence[float], highest: float = float("inf")) -> Chart:
    """The chart of a series; no limit is below 0, nor above the highest value there can be."""
    mean, ranges = fmean(values), [abs(after - before) for before, after in pairwise(values)]
    widest = _WIDEST * fmean(ranges) + WITHIN
    reach = _LIMIT * fmean(r for r in ranges if r <= widest)
    return Chart(values, mean, max(mean - reach, 0.0), min(mean + reach, highest))


def _sign(difference: float) -> int:
    return 0 if abs(difference) <= WITHIN else 1 if difference > 0 else -1


def _in_run(signs: Sequence[int]) -> list[bool]:
    """Of each place whether it is in a run of RUN or more of the same sign."""
    runs = [(sign, len(list(run))) for sign, run in groupby(signs)]
    return [sign != 0 and n >= RUN for sign, n in runs for _ in range(n)]


def charted(months: Sequence[Mapping[str, int]]) -> Iterator[tuple[str, list[Mapping[str, int]], Chart]]:
    """Of each measure that a territory has a chart of: the months with a value, and the chart.

    `months`: the figures of each, in order.
    """
    for measure in MEASURES:
        part, whole = SHARES.get(measure, (measure, ""))
        kept = [month for month in months if not whole or month[whole]]
        if len(kept) < LEAST or fmean(month[whole or measure] for month in kept) < COUNT:
            continue
        values = [month[part] / month[whole] if whole else month[part] for month in kept]
        yield measure, kept, chart(values, 1.0 if whole else float("inf"))
