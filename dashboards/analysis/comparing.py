"""Comparing caisses or regions fairly: each against what its own mix of persons would give in the whole country.

Indirect standardisation, limits widened by the variance between territories, false discoveries held at 5 %
(`dashboards/analysis/verdicts.py`).
"""

from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from dashboards.analysis import crossing, cubes, questions, verdicts
from dashboards.analysis.crossing import cross
from dashboards.analysis.questions import FRANCE, Asked, Question, Unanswerable
from dashboards.analysis.verdicts import SIGMAS, Dispersion
from dashboards.published import reading as published
from dashboards.published.reading import ORGANISME, REGION, Edition
from schemas.indicators.crossing import adjusted, comparable
from schemas.indicators.dimensions import Dimension
from schemas.publics import EVERYONE

LEVELS = (ORGANISME, REGION)
ADJUSTED = ("tranche_age", "sexe", "type_accompagnement", "famille_detecteur")
COLUMNS = (
    "territoire", "n", "observe", "attendu", "rapport", "taux_ajuste", "bas", "haut", "z", "z_ajuste", "p", "signal",
)  # fmt: skip
WITHOUT_ROWS = 'sans elles, comparez sans ajuster (--ajuste "")'
UNFIT = "ne se compare pas : seules les parts se comparent ainsi"


@dataclass(frozen=True)
class Comparison:
    """Territories against what is expected of them.

    `table`: a row for each territory by code, with the columns of the analysis contract. `national`: the share of all of
    them together. `dispersion`: how much more they differ than chance makes them.
    """

    asked: Asked
    niveau: str
    adjusted: tuple[Dimension, ...]
    table: pl.DataFrame
    national: float
    dispersion: Dispersion
    sql: str

    @property
    def marks(self) -> tuple[str, ...]:
        """For each territory what is to be said of its base; mostly nothing."""
        counts = self.table.select("observe", "n").iter_rows()
        return tuple(crossing.mark(self.asked.measure, cases, base) for cases, base in counts)


def compare(
    edition: Edition, mesure: str, annee: int, niveau: str = ORGANISME, public: str = EVERYONE.code,
    ajuste: tuple[str, ...] = ADJUSTED,
) -> Comparison:  # fmt: skip
    """Compare the territories of a niveau. Raises Unanswerable."""
    questions.measure_of(mesure, comparable, UNFIT)
    questions.known(niveau, "niveau inconnu", {level: level for level in LEVELS})
    strata = questions.dimensions_of(ajuste)
    by = tuple(dict.fromkeys((niveau, *(d.name for d in strata))))
    asked = questions.asked(edition, Question(mesure, by, annee, FRANCE, public))
    rows = questions.rows_for(edition, asked)
    if rows is not None:
        sql = adjusted(asked.crossing(rows).sql(), niveau, [d.name for d in strata])
        found = published.frame(rows, sql)
    elif strata:
        raise Unanswerable(f"il faut les lignes de tous les territoires pour ajuster : {WITHOUT_ROWS}")
    else:
        found, sql = _as_published(edition, asked)
    if found.is_empty():
        crossing.refuse_without_rows(edition, asked)
    return _judged(asked, niveau, strata, found, sql)


def _as_published(edition: Edition, asked: Asked) -> tuple[pl.DataFrame, str]:
    """What is published of each territory, against the share of the country; what is hidden is left out."""
    found, sql = cubes.cells(edition, asked)
    country = cross(edition, replace(asked.question, par=())).table["valeur"]
    part = float("nan") if country.is_empty() or country[0] is None else country[0]
    n = pl.col("denominateur").cast(pl.Float64)
    shown = found.filter(pl.col("numerateur").is_not_null()).sort(asked.by[0].name)
    return shown.select(
        pl.col(asked.by[0].name).alias("territoire"), n.alias("n"), pl.col("numerateur").alias("observe"),
        (n * part).alias("attendu"), (n * part * (1 - part)).alias("variance"),
    ), sql  # fmt: skip


def _judged(asked: Asked, niveau: str, strata: tuple[Dimension, ...], found: pl.DataFrame, sql: str) -> Comparison:
    n, o, e, v = (found[name].cast(pl.Float64).to_numpy() for name in ("n", "observe", "attendu", "variance"))
    national = float(o.sum() / n.sum()) if n.sum() else float("nan")
    judged = verdicts.compared(o, e, v, n)
    with np.errstate(invalid="ignore", divide="ignore"):
        rate, unit = o / e, national / e  # nothing follows where nothing is expected
        rate, unit = np.where(e > 0, rate, np.nan), np.where(e > 0, unit, np.nan)
    spread = SIGMAS * np.sqrt(v)
    figures = (e, rate, o * unit, (o - spread) * unit, (o + spread) * unit, judged.z, judged.z_adjusted, judged.p)
    table = found.select("territoire", pl.col("n", "observe").cast(pl.Int64)).with_columns(
        *(pl.Series(name, f).fill_nan(None) for name, f in zip(COLUMNS[3:-1], figures, strict=True)),
        pl.Series(COLUMNS[-1], judged.signals, dtype=pl.String),
    )
    return Comparison(asked, niveau, strata, table, national, judged.dispersion, sql)
