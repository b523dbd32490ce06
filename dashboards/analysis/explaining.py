"""Explaining a gap between two years or two places: how much is in the groups' own figures, how much in their weights.

Symmetric decomposition (Kitagawa 1955; Das Gupta 1978): with w a group's share of the whole and r its figure, R the
whole's, the effect of composition is (w1 − w0) × ((r1 + r0)/2 − (R1 + R0)/2) and that of the figure (r1 − r0) × (w1 + w0)/2.
All effects add up to the gap.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from dashboards.analysis import questions
from dashboards.analysis.crossing import Crossed, cross, in_order
from dashboards.analysis.questions import Question, Unanswerable
from dashboards.analysis.verdicts import Groups, Numbers, effects
from dashboards.published.reading import Edition
from schemas.indicators.crossing import additive, side_by_side
from schemas.indicators.dimensions import Dimension
from schemas.indicators.indicator import NOMBRE, Indicator

FIGURES = ("poids_avant", "poids_apres", "valeur_avant", "valeur_apres", "effet_composition", "effet_taux")
UNFIT = "ne se décompose pas : une médiane n'est pas la somme de ce que donnent les groupes"


@dataclass(frozen=True)
class Side:
    """The whole on one side of a gap."""

    question: Question
    numerator: float | None
    denominator: float | None
    value: float | None


@dataclass(frozen=True)
class Explained:
    """A gap taken apart.

    `table`: the dimensions, then poids_avant, poids_apres, valeur_avant, valeur_apres, effet_composition, effet_taux, as in
    the analysis contract; in the unit of the measure (a share is 0 to 1). `errors`: of each group the standard error of its
    effet_taux by chance, NaN where unknown.
    """

    measure: Indicator
    by: tuple[Dimension, ...]
    before: Side
    after: Side
    table: pl.DataFrame
    errors: Numbers
    sql: str

    @property
    def gap(self) -> float | None:
        """How far the figure after is from the one before; None where one is hidden."""
        if self.before.value is None or self.after.value is None:
            return None
        return self.after.value - self.before.value

    @property
    def composition(self) -> float | None:
        """What the weights of the groups make of the gap."""
        return _sum(self.table["effet_composition"])

    @property
    def rate(self) -> float | None:
        """What the groups' own figures make of the gap."""
        return _sum(self.table["effet_taux"])


def _sum(column: pl.Series) -> float | None:
    return None if column.null_count() else float(column.sum())


def between_years(
    mesure: str, par: tuple[str, ...], de: int, a: int, territoire: str = questions.FRANCE, public: str = "ensemble"
) -> tuple[Question, Question]:
    """The two sides of a gap between years."""
    after = Question(mesure, par, a, territoire, public)
    return replace(after, annee=de), after


def between_places(
    mesure: str, par: tuple[str, ...], annee: int, territoire: str, face_a: str, public: str = "ensemble"
) -> tuple[Question, Question]:
    """The two sides of a gap between places: what `territoire` has beyond `face_a`."""
    after = Question(mesure, par, annee, territoire, public)
    return replace(after, territoire=face_a), after


def explain(edition: Edition, before: Question, after: Question) -> Explained:
    """Take apart what separates two questions that differ by year or place. Raises Unanswerable."""
    measure = questions.measure_of(after.mesure, additive, UNFIT)
    first, second = cross(edition, before), cross(edition, after)
    whole0, whole1 = _whole(edition, first), _whole(edition, second)
    joined = _joined(first, second)
    table, errors = _of_count(joined) if measure.unit == NOMBRE else _of_share(joined, whole0, whole1)
    table = table.select(*(d.name for d in second.by), *FIGURES)
    return Explained(measure, second.by, whole0, whole1, table, errors, side_by_side(first.sql, second.sql))


def _whole(edition: Edition, side: Crossed) -> Side:
    """All groups of a side together."""
    question = side.asked.question
    table = side.table
    if any(side.hidden):  # the whole may be shown where a group is not
        table = cross(edition, replace(question, par=())).table
    n, d = (_sum(table[name]) for name in ("numerateur", "denominateur"))
    if side.measure.unit == NOMBRE:
        return Side(question, n, None, n)
    if d == 0:
        raise Unanswerable(f"« {question.mesure} » n'a rien à compter en {question.annee} ({question.territoire})")
    return Side(question, n, d, None if n is None or d is None else n / d)


def _joined(before: Crossed, after: Crossed) -> pl.DataFrame:
    """The groups of both sides: `…_0` before and `…_1` after, `la_…` whether the group is there."""
    keys = [*(d.name for d in after.by), "tout"]
    sides = []
    for k, side in enumerate((before, after)):
        there = side.table.with_columns(erreur=side.errors, la=pl.lit(value=True), tout=pl.lit(0))
        sides.append(there.rename({name: f"{name}_{k}" for name in there.columns if name not in keys}))
    return in_order(after.by, sides[0].join(sides[1], on=keys, how="full", coalesce=True))


def _groups(joined: pl.DataFrame, k: int, side: Side) -> Groups:
    """The groups on one side."""
    n, d = (_there(joined, k, f"{name}_{k}") for name in ("numerateur", "denominateur"))
    return Groups(n, d, (_number(side.numerator), _number(side.denominator)))


def _there(joined: pl.DataFrame, k: int, name: str) -> Numbers:
    """A column of one side: NaN where it is not known, 0 where the group is not there."""
    there = joined[f"la_{k}"].fill_null(value=False).to_numpy()
    return np.where(there, joined[name].cast(pl.Float64).fill_null(float("nan")).to_numpy(), 0.0)


def _errors(joined: pl.DataFrame) -> Numbers:
    """The standard error of the change of each group's figure; of a group on one side only, of its figure there."""
    return np.hypot(*(_there(joined, k, f"erreur_{k}") for k in (0, 1)))


def _of_share(joined: pl.DataFrame, before: Side, after: Side) -> tuple[pl.DataFrame, Numbers]:
    """The effects on a share or a mean, and the standard errors of what the groups' own figures do."""
    g0, g1 = _groups(joined, 0, before), _groups(joined, 1, after)
    w0, w1 = g0.weights, g1.weights
    return _with(joined, (w0, w1, g0.values, g1.values, *effects(g0, g1))), (w0 + w1) / 2 * _errors(joined)


def _of_count(joined: pl.DataFrame) -> tuple[pl.DataFrame, Numbers]:
    """What each group adds to a count, and its standard error."""
    n0, n1 = (_there(joined, k, f"numerateur_{k}") for k in (0, 1))
    none, no_effect = np.full(joined.height, np.nan), np.zeros(joined.height)
    return _with(joined, (none, none, n0, n1, no_effect, n1 - n0)), _errors(joined)


def _with(joined: pl.DataFrame, columns: Sequence[Numbers]) -> pl.DataFrame:
    return joined.with_columns(
        pl.Series(name, column).fill_nan(None) for name, column in zip(FIGURES, columns, strict=True)
    )


def _number(value: float | None) -> float:
    return float("nan") if value is None else value
