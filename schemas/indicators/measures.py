"""What a figure counts, in SQL: the measures of an indicator, and the query that gives one of its figures.

The compiler (`pipelines/computing/compile.py`) gathers the same measures into passes over all years, territories and publics.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from schemas.indicators.indicator import NOMBRE, Base, Indicator
from schemas.publics import EVERYONE


def joined(*predicates: str) -> str:
    """The predicate that all of these hold."""
    return " AND ".join(dict.fromkeys(p for p in predicates if p != "TRUE")) or "TRUE"


def measure(where: str, total: str | None = None, distinct: str | None = None) -> str:
    """Of the rows that `where` keeps: their number, a sum, or a number of distinct values."""
    every, value = where == "TRUE", total or distinct
    if not value:
        # DuckDB's COUNT_IF is empty where the predicate is so for every row
        return "COUNT(*)" if every else f"COALESCE(COUNT_IF({where}), 0)"
    kept = value if every else f"CASE WHEN {where} THEN {value} END"
    return f"COALESCE(SUM({kept}), 0)" if total else f"COUNT(DISTINCT {kept})"


@dataclass(frozen=True)
class Share:
    """One numerator of an indicator, and its denominator: a modalité of its own (`code`), or all those of `by`.

    `among` and `whole_among` are the predicates of the rows that each counts.
    """

    code: str | None
    by: str | None
    among: str
    numerator: str
    whole: Base
    whole_by: str | None
    whole_among: str
    denominator: str


def shares(i: Indicator) -> list[Share]:
    """The numerators of an indicator, each with its denominator."""
    by = f"{i.by} || ':' || {i.then}" if i.then else i.by
    if i.cases or i.totals:
        return [_share(i, None, code, i.cases.get(code, "TRUE")) for code in (i.cases or i.totals)]
    return [_share(i, by, None, i.numerator)]


def _share(i: Indicator, by: str | None, code: str | None, predicate: str) -> Share:
    over, whole = i.whole, i.whole.base if i.whole and i.whole.base else i.base
    among = joined(i.base.where, predicate)
    numerator = measure(among, i.totals.get(code or "", i.total), i.distinct)
    whole_among = joined(whole.where, predicate) if i.within and code is not None else whole.where
    denominator = measure(whole_among, over.total, over.distinct) if over else measure(whole_among)
    whole_by = by if i.within else i.by if over and over.first else None
    return Share(code, by, among, numerator, whole, whole_by, whole_among, denominator)


def figure_sql(i: Indicator, annee: int, niveau: str, territoire: str, public: str) -> str | None:
    """The query that gives one figure (or all its modalités) straight from the detail tables, for readers to rerun.

    None for the few indicators that are made from other indicators.
    """
    if i.of or i.sql:
        return None
    place = {"national": "", "region": f" AND region = '{territoire}'", "organisme": f" AND organisme = '{territoire}'"}
    who = "" if public == EVERYONE.code else f" AND {public}"

    def rows(base: Base, name: str = "t", who: str = who) -> str:
        among = "" if base.where == "TRUE" else f" AND {base.where}"
        return f"FROM {base.relation} AS {name}\nWHERE {base.year} = {annee}{place[niveau]}{who}{among}"

    if i.of_everyone:
        everyone = f"(SELECT COUNT(*) {rows(i.base_of_everyone(public), 'd', who='')})"
        return f"SELECT COUNT(*) AS numerateur,\n  {everyone} AS denominateur\n{rows(i.base)}"
    if i.followed:
        return estimated_median_sql(i.median or "", i.followed, rows(i.base))
    if i.median:
        return f"SELECT MEDIAN({i.median}) AS valeur, COUNT({i.median}) AS denominateur\n{rows(i.base)}"
    if i.repeated:
        met = f"SELECT {i.distinct}, COUNT(*) AS fois {rows(i.base)}\nGROUP BY {i.distinct}"
        return f"SELECT {measure('fois > 1')} AS numerateur, COUNT(*) AS denominateur\nFROM ({met}) AS par_valeur"
    return "\nUNION ALL\n".join(_share_sql(i, share, rows) for share in shares(i))


HALF = 0.5 + 1e-9  # a share of one half may come out a little above it


def estimated_median_sql(column: str, followed: str, rows: str, by: Mapping[str, str] | None = None) -> str:
    """Kaplan-Meier: of those still there on a day, the share that ends on it; after the median no more than half are left.

    Of each group that `by` makes (names of columns, and their SQL over the rows); no value where more than half are left.
    """
    share, names = "CAST(finis AS DOUBLE) / presents", "".join(f"{name}, " for name in by or {})
    groups = "".join(f"{named(sql, name)}, " for name, sql in (by or {}).items())
    within = f"PARTITION BY {names[:-2]} " if by else ""
    return f"""WITH jours AS (
  SELECT {groups}COALESCE({column}, {followed}) AS jour, COUNT({column}) AS finis, COUNT(*) AS suivis
  {rows}
  GROUP BY ALL
), restants AS (
  SELECT {names}jour, finis, suivis, SUM(suivis) OVER ({within}ORDER BY jour DESC) AS presents FROM jours
), survie AS (
  SELECT {names}jour, suivis, CASE WHEN finis < presents THEN EXP(SUM(LN(CASE WHEN finis < presents THEN 1 - {share} END))
    OVER ({within}ORDER BY jour)) ELSE 0 END AS part
  FROM restants
)
SELECT {names}MIN(CASE WHEN part <= {HALF} THEN jour END) AS valeur, SUM(suivis) AS denominateur
FROM survie{chr(10) + "GROUP BY ALL" if by else ""}"""


def named(sql: str, name: str) -> str:
    """A column of a query by the name that it is to have."""
    return name if sql == name else f"{sql} AS {name}"


def _share_sql(i: Indicator, share: Share, rows: Callable[..., str]) -> str:
    modality = share.by if share.code is None else f"'{share.code}'"
    figures = [f"{modality} AS modalite"] if modality else []
    figures.append(f"{share.numerator} AS numerateur")
    if i.unit != NOMBRE:
        figures.append(f"{_denominator_sql(i, share, rows)} AS denominateur")
    grouped = ""
    if share.by:
        keys = ", ".join(k for k in (i.by, i.then) if k)
        grouped = f" AND {share.by} IS NOT NULL\nGROUP BY {keys}\nORDER BY numerateur DESC"
    return "SELECT " + ",\n  ".join(figures) + f"\n{rows(i.base)}{grouped}"


def _denominator_sql(i: Indicator, share: Share, rows: Callable[..., str]) -> str:
    if share.whole.relation != i.base.relation:
        same = f" AND d.{i.by} = t.{i.by}" if share.whole_by else ""
        return f"(SELECT {share.denominator} {rows(share.whole, 'd')}{same})"
    return share.denominator if share.by == share.whole_by else f"SUM({share.denominator}) OVER ()"
