"""A measure over the groups that dimensions make: compiled from the catalogue to one SQL statement on the detail.

`figure_sql` (`schemas/indicators/measures.py`) gives one figure, the compiler all of them; this gives any crossing, and what
the totals of `marts.indicateurs` say is what it adds up to. Source: ADASS analysis contract, version 2, section 6.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from schemas.indicators.catalogue import CATALOGUE
from schemas.indicators.dimensions import Dimension
from schemas.indicators.indicator import NOMBRE, PART, Indicator
from schemas.indicators.measures import estimated_median_sql, measure, named
from schemas.indicators.parcours import PARCOURS, STOCKS, rows_of

Z95 = 1.959963984540054  # of the Wilson interval
SIGMAS = 1.96  # standard errors on each side of a mean
_LINES = ",\n    "


def _crossable(i: Indicator) -> bool:
    """Whether it is one figure about accompaniments, counted on their own rows."""
    parts = i.by or i.cases or i.totals or i.distinct
    return i.base.relation in {PARCOURS, STOCKS} and not (parts or i.sql or i.of or i.of_everyone)


MEASURES = {i.id: i for i in CATALOGUE if _crossable(i)}


def additive(i: Indicator) -> bool:
    """Whether the figure of a whole follows from those of its groups: all but medians."""
    return not i.median


def comparable(i: Indicator) -> bool:
    """Whether chance can be reckoned of it: a share of cases."""
    return i.unit == PART


@dataclass(frozen=True)
class Crossing:
    """A measure by dimensions, over the rows of its base that `where` keeps (predicates on the base's relation)."""

    measure: Indicator
    by: tuple[Dimension, ...] = ()
    where: tuple[str, ...] = ()

    def sql(self) -> str:
        """One statement: the codes of the dimensions, numerateur, denominateur, valeur, bas, haut; no empty group."""
        codes = [named(d.written(d.name), d.name) for d in self.by]
        return f"""WITH groupes AS (
  {self._groups()}
)
SELECT {_LINES.join([*codes, *_figures(self.measure)])}
FROM groupes
WHERE {"numerateur" if self.measure.unit == NOMBRE else "denominateur"} > 0
ORDER BY ALL"""

    def _groups(self) -> str:
        """The query that counts in each group; its columns are the dimensions and those that `_figures` reads."""
        i, by = self.measure, {d.name: d.column(self.measure.base) for d in self.by}
        counts = [i.median or "", i.followed] if i.followed else _counts(i)
        kept = [p for p in (*self.where, i.base.where) if p != "TRUE"] or ["TRUE"]
        asked = set(re.findall(r"\w+", " ".join([*by.values(), *counts, *kept])))
        rows = f"FROM {rows_of(i.base.relation, asked)} AS lignes\n  WHERE {' AND '.join(kept)}"
        if i.followed:
            return estimated_median_sql(i.median or "", i.followed, rows, by)
        groups = [named(sql, name) for name, sql in by.items()]
        return f"SELECT {_LINES.join([*groups, *counts])}\n  {rows}\n  GROUP BY ALL"


def side_by_side(before: str, after: str) -> str:
    """One statement that gives the rows of two, `moment` saying of which."""
    return "\nUNION ALL\n".join(
        f"SELECT '{moment}' AS moment, *\nFROM (\n{sql}\n) AS {moment}"
        for moment, sql in (("avant", before), ("apres", after))
    )


def adjusted(groups: str, territory: str, strata: Sequence[str]) -> str:
    """For each territory what is observed, and expected if each stratum fared there as it does in the whole of `groups`.

    `groups`: a statement with a row for each territory and stratum. Columns: territoire, n, observe, attendu, variance (of
    what is observed, by chance alone).
    """
    by = f" USING ({', '.join(strata)})" if strata else " ON TRUE"
    names = f"{', '.join(strata)}, " if strata else ""
    return f"""WITH cases AS (
{groups}
), strates AS (
  SELECT {names}SUM(numerateur) / SUM(denominateur) AS part
  FROM cases
  GROUP BY ALL
)
SELECT {territory} AS territoire, SUM(denominateur) AS n, SUM(numerateur) AS observe,
    SUM(denominateur * part) AS attendu, SUM(denominateur * part * (1 - part)) AS variance
FROM cases JOIN strates{by}
GROUP BY ALL
ORDER BY territoire"""


def _counts(i: Indicator) -> list[str]:
    """What is counted in each group."""
    if i.median:
        return [f"MEDIAN({i.median}) AS valeur", f"COUNT({i.median}) AS denominateur"]
    counts = [f"{measure(i.numerator, i.total)} AS numerateur"]
    if i.unit != NOMBRE:
        counts.append("COUNT(*) AS denominateur")
    if i.total:
        counts.append(f"STDDEV_SAMP({i.total}) AS ecart_type")
    return counts


def _figures(i: Indicator) -> list[str]:
    """The columns of the result, from what is counted; the interval is at 95 %."""
    none = "CAST(NULL AS DOUBLE)"
    if i.median:
        return [
            f"{none} AS numerateur",
            "denominateur",
            "CAST(valeur AS DOUBLE) AS valeur",
            f"{none} AS bas",
            f"{none} AS haut",
        ]
    if i.unit == NOMBRE:
        whole = "CAST(numerateur AS DOUBLE) AS valeur"
        return ["numerateur", f"{none} AS denominateur", whole, f"{none} AS bas", f"{none} AS haut"]
    low, high = wilson("numerateur", "denominateur") if i.unit == PART else _around_mean()
    return ["numerateur", "denominateur", "numerateur / denominateur AS valeur", f"{low} AS bas", f"{high} AS haut"]


def wilson(cases: str, whole: str) -> tuple[str, str]:
    """The bounds of Wilson's score interval at 95 % of `cases` out of `whole`, both of them expressions."""
    middle = f"{cases} + {Z95 * Z95 / 2!r}"
    spread = f"{Z95!r} * SQRT({cases} * ({whole} - {cases}) / {whole} + {Z95 * Z95 / 4!r})"
    among = f"({whole} + {Z95 * Z95!r})"
    return f"({middle} - {spread}) / {among}", f"({middle} + {spread}) / {among}"


def _around_mean() -> tuple[str, str]:
    spread = f"{SIGMAS} * ecart_type / SQRT(denominateur)"
    return f"numerateur / denominateur - {spread}", f"numerateur / denominateur + {spread}"
