"""Verdicts on answers: each group of a crossing against the others, and a gap that is explained."""

import numpy as np

from dashboards.analysis import questions, verdicts
from dashboards.analysis.crossing import Crossed
from dashboards.analysis.explaining import Explained
from dashboards.analysis.verdicts import Mean, Numbers, Verdict
from dashboards.published.reading import NATIONAL, Edition
from schemas.indicators.indicator import NOMBRE, PART

Verdicts = tuple[Verdict | None, ...]


def of_groups(answer: Crossed) -> Verdicts:
    """Each group of a crossing against all the others together; None for a count, a median, or where any group is hidden."""
    if any(answer.hidden) or answer.measure.median or answer.measure.unit == NOMBRE:
        return (None,) * answer.table.height
    return _of_shares(answer) if answer.measure.unit == PART else _of_means(answer)


def _of_shares(answer: Crossed) -> Verdicts:
    n, d = (answer.table[name].to_numpy() for name in ("numerateur", "denominateur"))
    cases, base, good = int(n.sum()), int(d.sum()), answer.measure.good
    return tuple(
        verdicts.of_share_in_whole(k, m, cases, base, good) for k, m in zip(n.tolist(), d.tolist(), strict=True)
    )


def _of_means(answer: Crossed) -> Verdicts:
    """The mean and variance of the others follow from those of the groups."""
    n, sums = (answer.table[name].cast(float).to_numpy() for name in ("denominateur", "numerateur"))
    means, errors = sums / n, answer.errors.fill_null(0.0).to_numpy()
    squares = errors**2 * n * (n - 1) + n * means**2
    return tuple(
        _against(Mean(means[k], errors[k] if n[k] > 1 else float("nan"), n[k]), rest, answer)
        for k, rest in enumerate(_rests(n, sums, squares))
    )


def _rests(n: Numbers, sums: Numbers, squares: Numbers) -> list[Mean | None]:
    """Of all groups but each, the mean; None where there is no other."""
    others, left, left_squares = n.sum() - n, sums.sum() - sums, squares.sum() - squares
    with np.errstate(invalid="ignore", divide="ignore"):
        means = left / others
        errors = np.sqrt(np.maximum(left_squares - others * means**2, 0.0) / (others - 1) / others)
    return [Mean(m, e, o) if o else None for m, e, o in zip(means, errors, others, strict=True)]


def _against(mean: Mean, rest: Mean | None, answer: Crossed) -> Verdict | None:
    return verdicts.of_means(mean, rest, answer.measure.unit, answer.measure.good) if rest else None


def of_gap(edition: Edition, answer: Explained) -> Verdict | None:
    """The whole gap of a share: of years or places apart, or of a place against the rest of what holds it; else None."""
    (k1, n1), (k0, n0) = ((side.numerator, side.denominator) for side in (answer.after, answer.before))
    if answer.measure.unit != PART or k1 is None or n1 is None or k0 is None or n0 is None:
        return None
    after, before = (questions.place_of(edition, side.question.territoire) for side in (answer.after, answer.before))
    inside = after != before and (before.niveau == NATIONAL or before.code == after.region)
    test = verdicts.of_share_in_whole if inside else verdicts.of_shares
    return test(k1, n1, k0, n0, answer.measure.good)
