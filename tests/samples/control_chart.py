"""The signals of a control chart (XmR), computed value by value from the words of the analysis contract."""

from collections.abc import Sequence
from itertools import pairwise

RUN = 7


def _above(value: float, other: float) -> bool:
    return value > other + 1e-9


def _long(marks: Sequence[bool]) -> list[bool]:
    """Which marks lie in a run of enough of them."""
    found = [False] * len(marks)
    for start in range(len(marks) - RUN + 1):
        if all(marks[start : start + RUN]):
            found[start : start + RUN] = [True] * RUN
    return found


def signals(values: Sequence[float], share: bool) -> list[str]:
    """For each value HORS_LIMITES, DECALAGE, TENDANCE or nothing; limits of a share stay within 0 and 1."""
    values = [float(v) for v in values]
    ranges = [abs(b - a) for a, b in pairwise(values)]
    usual = sum(ranges) / len(ranges)
    kept = [r for r in ranges if r <= 3.267 * usual]
    mean, width = sum(values) / len(values), 2.66 * sum(kept) / len(kept)
    low, high = max(mean - width, 0.0), min(mean + width, 1.0) if share else mean + width
    shifted = [_long([_above(v, mean) for v in values]), _long([_above(mean, v) for v in values])]
    rising = _long([i > 0 and _above(values[i], values[i - 1]) for i in range(len(values))])
    falling = _long([i > 0 and _above(values[i - 1], values[i]) for i in range(len(values))])
    return [
        "HORS_LIMITES" if _above(v, high) or _above(low, v)
        else "DECALAGE" if shifted[0][i] or shifted[1][i]
        else "TENDANCE" if rising[i] or falling[i]
        else ""
        for i, v in enumerate(values)
    ]  # fmt: skip
