"""The query of a thematic mart: a wide view of `marts.indicateurs`, column by declared column."""

from collections.abc import Iterable

from schemas.indicators.catalogue import BY_ID
from schemas.outputs.marts import WHOLE, MartColumn, ThematicMart


def _column(c: MartColumn) -> str:
    among = f"IN ('{c.indicator}', '{c.whole}')" if c.whole else f"= '{c.indicator}'"
    return f"MAX(CASE WHEN indicateur {among} AND modalite = '{c.modality}' THEN {c.figure} END) AS {c.name}"


def _listed(indicators: Iterable[str]) -> str:
    return ", ".join(f"'{i}'" for i in sorted(indicators))


def _rows(mart: ThematicMart, used: set[str]) -> str:
    """The rows of the indicators used; where modalités have rows of their own, with that one in a column apart."""
    rows = f"SELECT * FROM marts.indicateurs WHERE indicateur IN ({_listed(used)})"
    if not mart.by:
        return rows
    pairs = _listed(i for i in used if BY_ID[i].then) or "''"
    wholes = _listed(i for i in used if not BY_ID[i].by) or "''"
    return f"""SELECT annee, niveau, territoire, public, indicateur, numerateur, denominateur, valeur,
    CASE WHEN indicateur IN ({wholes}) THEN '{WHOLE}'
      WHEN indicateur IN ({pairs}) THEN SUBSTRING(modalite, 1, POSITION(':' IN modalite) - 1)
      ELSE modalite END AS {mart.by.name},
    CASE WHEN indicateur IN ({wholes}) THEN modalite
      WHEN indicateur IN ({pairs}) THEN SUBSTRING(modalite, POSITION(':' IN modalite) + 1)
      ELSE '' END AS modalite
  FROM ({rows}) AS i"""


def mart_query(mart: ThematicMart) -> str:
    """The query that makes a thematic mart from the `marts.indicateurs` of the same file."""
    columns = ",\n  ".join(_column(c) for c in mart.columns)
    used = {i for c in mart.columns for i in (c.indicator, c.whole)} | {mart.key}
    keys = "annee, niveau, territoire, public" + (f", {mart.by.name}" if mart.by else "")
    kept = f"\nHAVING MAX(CASE WHEN indicateur = '{mart.key}' THEN 1 END) = 1" if mart.key and not mart.by else ""
    return f"""
SELECT {keys},
  {columns}
FROM ({_rows(mart, used - {""})}) AS lignes
GROUP BY {keys}{kept}
ORDER BY {keys}"""
