"""Compile the catalogue of indicators to SQL: a few passes over the data, then one small query per indicator.

A pass reads one relation once, for one year column and one modalité column, and counts every measure that the
indicators of that kind need, per organisme and combination of publics; the rest is addition over these cells:
organismes to regions to the nation, combinations to publics. Only medians cannot be added and have passes of their own.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from schemas.catalogue import EVOLUTION, NOMBRE, Indicator
from schemas.publics import APART, EVERYONE, PUBLICS

# `adass` names them so for statisticians: niveau and territoire of each grouping.
_TERRITORIES = """CASE WHEN GROUPING(organisme) = 0 THEN 'organisme' WHEN GROUPING(region) = 0 THEN 'region' ELSE 'national' END AS niveau,
  CASE WHEN GROUPING(organisme) = 0 THEN organisme WHEN GROUPING(region) = 0 THEN region ELSE 'FR' END AS territoire"""
_KEYS = "annee, niveau, territoire, public"


@dataclass
class Pass:
    """One reading of `relation`, grouped by `year` and `by`: the SQL of each measure, in order."""

    name: str
    relation: str
    year: str
    by: str | None
    measures: list[str] = field(default_factory=list)

    def measure(self, sql: str) -> str:
        """The name of a measure, added if it is new."""
        if sql not in self.measures:
            self.measures.append(sql)
        return f"m{self.measures.index(sql)}"

    def sql(self) -> str:
        modality = self.by or "''"
        names = [f"m{i}" for i in range(len(self.measures))]
        cells = ", ".join(f"{sql} AS {name}" for sql, name in zip(self.measures, names, strict=True))
        sums = ", ".join(f"SUM({name}) AS {name}" for name in names)
        flags = ", ".join(p.code for p in APART)
        known = f" AND {self.by} IS NOT NULL" if self.by else ""
        return f"""WITH cellules AS (
  SELECT {self.year} AS annee, region, organisme, {flags}, {modality} AS modalite, {cells}
  FROM {self.relation}
  WHERE {self.year} IS NOT NULL{known}
  GROUP BY {self.year}, region, organisme, {flags}{f", {self.by}" if self.by else ""}
)
SELECT annee, {_TERRITORIES}, public, modalite, {sums}
FROM ({_by_public("cellules")}) AS par_public
GROUP BY GROUPING SETS ((annee, public, modalite), (annee, public, modalite, region), (annee, public, modalite, organisme))"""


def _by_public(relation: str) -> str:
    """Each row once for every public it belongs to."""
    belongs = " ".join(f"WHEN '{p.code}' THEN c.{p.code}" for p in APART)
    names = ", ".join(f"('{p.code}')" for p in PUBLICS)
    return f"""SELECT p.public, c.* FROM {relation} AS c CROSS JOIN (VALUES {names}) AS p (public)
  WHERE CASE p.public {belongs} ELSE TRUE END"""


def _count(*predicates: str) -> str:
    both = " AND ".join(dict.fromkeys(p for p in predicates if p != "TRUE")) or "TRUE"
    return f"COUNT(CASE WHEN {both} THEN 1 END)"


def _sum(column: str, where: str) -> str:
    return f"SUM(CASE WHEN {where} THEN {column} ELSE 0 END)"


class Plan:
    """The passes that a catalogue calls for, and the query that makes each indicator's rows from them."""

    def __init__(self, catalogue: Sequence[Indicator], queries: Path) -> None:
        self._passes: dict[tuple[str, str, str | None], Pass] = {}
        self._queries = queries
        self._medians = [i for i in catalogue if i.median]
        self.rows = {i.id: self._rows_of(i) for i in catalogue if not (i.median or i.sql or i.of)}
        self.rows |= {i.id: self._median_rows(i) for i in self._medians}
        # these read other indicators' rows, or tables made from them
        self.later = {i.id: self._later(i) for i in catalogue if i.of or i.sql}

    def passes(self) -> list[Pass]:
        return list(self._passes.values())

    def median_pass(self) -> str:
        """One reading of the data for all medians: a holistic aggregate cannot be added up from cells."""
        relation, years = "detail.parcours", sorted({i.base.year for i in self._medians})
        if {i.base.relation for i in self._medians} != {relation} or len(years) != 1:
            raise ValueError("every median must be taken over detail.parcours and one year column")
        medians = ", ".join(
            f"MEDIAN(CASE WHEN {i.base.where} THEN {i.median} END) AS m{k}, "
            f"COUNT(CASE WHEN {i.base.where} THEN {i.median} END) AS n{k}"
            for k, i in enumerate(self._medians)
        )
        return f"""SELECT {years[0]} AS annee, {_TERRITORIES}, public, {medians}
FROM ({_by_public(relation)}) AS par_public
WHERE {years[0]} IS NOT NULL
GROUP BY GROUPING SETS (({years[0]}, public), ({years[0]}, public, region), ({years[0]}, public, organisme))"""

    def _pass(self, indicator: Indicator, by: str | None) -> Pass:
        key = (indicator.base.relation, indicator.base.year, by)
        return self._passes.setdefault(key, Pass(f"passe_{len(self._passes)}", *key))

    def _rows_of(self, i: Indicator) -> str:
        if i.cases:
            return "\nUNION ALL\n".join(self._select(i, None, predicate, code) for code, predicate in i.cases.items())
        return self._select(i, i.by, i.numerator, None)

    def _select(self, i: Indicator, by: str | None, predicate: str, code: str | None) -> str:
        rows = self._pass(i, by)
        numerator = rows.measure(_sum(i.total, i.base.where) if i.total else _count(i.base.where, predicate))
        modality = f"'{code}'" if code else "n.modalite"
        head = f"SELECT n.annee, n.niveau, n.territoire, n.public, '{i.id}' AS indicateur, {modality} AS modalite"
        if i.unit == NOMBRE:
            keep = f"\nWHERE n.{numerator} > 0" if by else ""
            return (
                f"{head}, n.{numerator} AS numerateur, NULL AS denominateur, n.{numerator} AS valeur, '{i.unit}' AS unite"
                f"\nFROM {rows.name} AS n{keep}"
            )
        whole = rows if i.within else self._pass(i, None)
        denominator = whole.measure(_count(i.base.where))
        join = "USING (annee, niveau, territoire, public, modalite)" if i.within else f"USING ({_KEYS})"
        keep = f" AND n.{numerator} > 0" if by and not i.within else ""
        return f"""{head}, n.{numerator} AS numerateur, d.{denominator} AS denominateur,
  CAST(n.{numerator} AS DOUBLE) / d.{denominator} AS valeur, '{i.unit}' AS unite
FROM {rows.name} AS n JOIN {whole.name} AS d {join}
WHERE d.{denominator} > 0{keep}"""

    def _median_rows(self, i: Indicator) -> str:
        k = self._medians.index(i)
        return f"""SELECT annee, niveau, territoire, public, '{i.id}' AS indicateur, '' AS modalite,
  NULL AS numerateur, n{k} AS denominateur, m{k} AS valeur, '{i.unit}' AS unite
FROM medianes WHERE n{k} > 0"""

    def _later(self, i: Indicator) -> str:
        if i.of:
            return f"""SELECT n.annee, n.niveau, n.territoire, n.public, '{i.id}' AS indicateur, '' AS modalite,
  n.numerateur, d.numerateur AS denominateur, n.numerateur / d.numerateur - 1 AS valeur, '{EVOLUTION}' AS unite
FROM marts.indicateurs AS n JOIN marts.indicateurs AS d
  ON d.indicateur = n.indicateur AND d.annee = n.annee - 1 AND d.niveau = n.niveau
  AND d.territoire = n.territoire AND d.public = n.public
WHERE n.indicateur = '{i.of}' AND d.numerateur > 0"""
        return (self._queries / f"{i.sql}.sql").read_text(encoding="utf-8").strip().removesuffix(";")


def figure_sql(i: Indicator, annee: int, niveau: str, territoire: str, public: str) -> str | None:
    """The query that gives one figure (or all its modalités) straight from the detail tables, for readers to rerun.

    None for the few indicators that are made from other indicators.
    """
    if i.of or i.sql:
        return None
    place = {"national": "", "region": f"\n  AND region = '{territoire}'", "organisme": f"\n  AND organisme = '{territoire}'"}
    who = "" if public == EVERYONE.code else f"\n  AND {public}"
    where = f"WHERE {i.base.year} = {annee}{place[niveau]}{who}"
    base = i.base.where
    if i.median:
        return f"SELECT MEDIAN({i.median}) AS valeur, COUNT({i.median}) AS denominateur\nFROM {i.base.relation}\n{where}\n  AND {base}"
    if i.cases:
        lines = ",\n  ".join(f"{_count(base, p)} AS {code.lower()}" for code, p in i.cases.items())
        return f"SELECT {lines},\n  {_count(base)} AS denominateur\nFROM {i.base.relation}\n{where}"
    numerator = _sum(i.total, base) if i.total else _count(base, i.numerator)
    if i.by:
        total = _count(base) if i.within else f"SUM({_count(base)}) OVER ()"
        return (
            f"SELECT {i.by} AS modalite, {numerator} AS numerateur, {total} AS denominateur\n"
            f"FROM {i.base.relation}\n{where}\n  AND {i.by} IS NOT NULL\nGROUP BY {i.by}\nORDER BY numerateur DESC"
        )
    denominator = "" if i.unit == NOMBRE else f",\n  {_count(base)} AS denominateur"
    return f"SELECT {numerator} AS numerateur{denominator}\nFROM {i.base.relation}\n{where}"

