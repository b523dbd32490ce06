"""Crossing: a measure by up to three dimensions, exact where this reader may count rows, else what is for everybody."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import polars as pl

from dashboards import formats
from dashboards.analysis import cubes, questions, verdicts
from dashboards.analysis.questions import Asked, Question, Unanswerable
from dashboards.formats import NBSP
from dashboards.published import reading as published
from dashboards.published.reading import Edition
from schemas.indicators.dimensions import MISSING, Dimension
from schemas.indicators.indicator import NOMBRE, PART, Indicator

MOST = 3  # dimensions
COUNTS, FIGURES = ("numerateur", "denominateur"), ("valeur", "bas", "haut")
SPREADING = f"petit effectif{NBSP}: ne pas diffuser"


@dataclass(frozen=True)
class Crossed:
    """The answer to a question.

    `table`: the dimensions (codes; '' where missing; annee and mois whole numbers), then numerateur, denominateur,
    valeur, bas, haut, as in the analysis contract; rows in the order of the codes. `hidden`: for each row, whether its
    figures are protected. `sql`: the statement that gives it. `exact`: counted on the rows, not read in what is for everybody.
    """

    asked: Asked
    table: pl.DataFrame
    hidden: tuple[bool, ...]
    sql: str
    exact: bool

    @property
    def measure(self) -> Indicator:
        return self.asked.measure

    @property
    def by(self) -> tuple[Dimension, ...]:
        return self.asked.by

    @property
    def errors(self) -> pl.Series:
        """For each row the standard error of its figure by chance: binomial, of a mean, or Poisson; none for a median."""
        n, d = pl.col("numerateur"), pl.col("denominateur")
        part = (n + 1) / (d + 2)  # a share of 0 or 1 is not without error
        by_unit = {PART: (part * (1 - part) / d).sqrt(), NOMBRE: n.sqrt()}
        mean = (pl.col("haut") - pl.col("bas")) / (2 * verdicts.SIGMAS)
        return self.table.select(erreur=by_unit.get(self.measure.unit, mean))["erreur"]

    @property
    def marks(self) -> tuple[str, ...]:
        """For each row what is to be said of its base: too small to be spread, or to be relied on; mostly nothing."""
        rows = zip(self.hidden, *(self.table[name] for name in COUNTS), strict=True)
        return tuple(mark(self.measure, n, d, hidden=hidden) for hidden, n, d in rows)


def mark(measure: Indicator, numerator: float | None, denominator: float | None, *, hidden: bool = False) -> str:
    """What is to be said of the base of a figure."""
    if hidden:
        return formats.NC
    complement = denominator - numerator if measure.unit == PART and denominator and numerator is not None else None
    counts = (numerator if measure.unit in {NOMBRE, PART} else None, denominator, complement)
    small = any(c is not None and 1 <= c <= verdicts.SMALL_COUNT for c in counts)
    weak = denominator is not None and denominator < verdicts.SMALL_BASE
    said = [f"base {formats.nombre(denominator)}"] if weak else []
    return f"{NBSP}; ".join([*said, *([SPREADING] if small else [])])


def cross(edition: Edition, question: Question) -> Crossed:
    """Answer a question within the scope of a reader. Raises Unanswerable with a French text."""
    if len(question.par) > MOST:
        raise Unanswerable(f"{MOST} dimensions au plus, et non {len(question.par)} : {', '.join(question.par)}")
    return _crossed(edition, question)


@lru_cache(maxsize=256)
def _crossed(edition: Edition, question: Question) -> Crossed:
    asked = questions.asked(edition, question)
    rows = questions.rows_for(edition, asked)
    if rows is None:
        found, sql = cubes.cells(edition, asked)
    else:
        sql = asked.crossing(rows).sql()
        found = _counted(rows, asked, sql)
    found = in_order(asked.by, found.with_columns(pl.col(*COUNTS).cast(pl.Int64), pl.col(*FIGURES).cast(pl.Float64)))
    if found.is_empty():
        refuse_without_rows(edition, asked)
    names = [*(d.name for d in asked.by), *COUNTS, *FIGURES]
    return Crossed(asked, found.select(names), tuple(found["protege"].to_list()), sql, rows is not None)


def _counted(edition: Edition, asked: Asked, sql: str) -> pl.DataFrame:
    """The groups that a statement counts, few as they are: DuckDB binds it once for rows, twice for a frame."""
    kinds = {d.name: pl.Int64 if d.whole else pl.String for d in asked.by}
    numbers = dict.fromkeys([*COUNTS, *FIGURES], pl.Float64)
    found = pl.DataFrame(published.rows(edition, sql), {**kinds, **numbers}, orient="row")
    return found.with_columns(protege=pl.lit(value=False))


def in_order(by: Sequence[Dimension], found: pl.DataFrame) -> pl.DataFrame:
    """Rows in the order of the codes of dimensions, the missing last."""
    return found.sort([_place(d) for d in by], nulls_last=True) if by else found


def _place(dimension: Dimension) -> pl.Expr:
    column = pl.col(dimension.name)
    if dimension.whole:
        return column
    if not dimension.codes:
        return pl.when(column != MISSING).then(column)
    order = {code: place for place, code in enumerate(dimension.codes)}
    return column.replace_strict(order, default=len(order))


def refuse_without_rows(edition: Edition, asked: Asked) -> None:
    """A year of which the measure has nothing anywhere is refused, with those that it has."""
    rows = published.query(
        edition, "SELECT DISTINCT annee FROM marts.indicateurs WHERE indicateur = ? ORDER BY annee", [asked.measure.id]
    )
    years = [int(str(r["annee"])) for r in rows]
    if asked.question.annee is not None and asked.question.annee not in years:
        known = ", ".join(map(str, years)) or "aucune"
        raise Unanswerable(
            f"« {asked.measure.id} » n'a rien à compter en {asked.question.annee} (années connues : {known})"
        )
