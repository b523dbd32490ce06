"""Compile the catalogue of indicators to SQL: a few passes over the data, then one small query per indicator.

A pass reads one relation once, for one year column and one modalité column, and counts every measure that the
indicators of that kind need, per organisme and, for BALI, combination of publics; the rest is addition over these
cells: organismes to regions to the nation, combinations to publics. Medians have passes of their own, whose cells count
how often each value is met (`pipelines/computing/distributions.py`); so have distinct values that do not add up.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from pipelines.computing.distributions import Table, estimated_medians, medians, places_of, tables
from schemas.indicators.indicator import EVOLUTION, LEVELS, NOMBRE, Base, Indicator
from schemas.indicators.measures import Share, joined, measure, shares
from schemas.indicators.parcours import rows_of
from schemas.outputs.marts import INDICATEURS
from schemas.publics import APART, EVERYONE, PUBLICS

# `adass` names them so for statisticians: niveau and territoire of each grouping.
_TERRITORIES = """CASE WHEN GROUPING(organisme) = 0 THEN 'organisme' WHEN GROUPING(region) = 0 THEN 'region' ELSE 'national' END AS niveau,
  CASE WHEN GROUPING(organisme) = 0 THEN organisme WHEN GROUPING(region) = 0 THEN region ELSE 'FR' END AS territoire"""
_KEYS = "annee, niveau, territoire, public"


@dataclass
class Pass:
    """One reading of `relation`, grouped by `year` and `by`: the SQL of each measure, in order.

    `counted`: the predicates of the rows that a measure counts; only these are read, unless cells without any are wanted.
    """

    name: str
    relation: str
    year: str
    by: str | None
    publics: bool
    measures: list[str] = field(default_factory=list)
    counted: set[str] = field(default_factory=set)

    def measure(self, sql: str, among: str) -> str:
        """The column name of a measure over the rows `among`; the measure is added if it is new."""
        self.counted.add(among)
        if sql not in self.measures:
            self.measures.append(sql)
        return f"m{self.measures.index(sql)}"

    def sql(self, among: str = "TRUE") -> str:
        """The query of the cells, summed over territories and publics, for the years that the predicate `among` keeps."""
        relation = _read(self.relation, [*self.measures, self.by or ""])
        counted = "" if "TRUE" in self.counted else f" AND ({' OR '.join(sorted(self.counted))})"
        modality = self.by or "''"
        names = [f"m{i}" for i in range(len(self.measures))]
        cells = ", ".join(f"{sql} AS {name}" for sql, name in zip(self.measures, names, strict=True))
        sums = ", ".join(f"SUM({name}) AS {name}" for name in names)
        keys = ["region", "organisme", *(p.code for p in APART if self.publics)]
        known = f" AND {self.by} IS NOT NULL" if self.by else ""
        rows = f"({_by_public('cellules')}) AS par_public" if self.publics else "cellules"
        public = "public" if self.publics else f"'{EVERYONE.code}' AS public"
        whole = "annee, public, modalite" if self.publics else "annee, modalite"
        return f"""WITH cellules AS (
  SELECT {self.year} AS annee, {", ".join(keys)}, {modality} AS modalite, {cells}
  FROM {relation}
  WHERE {self.year} IS NOT NULL AND {among}{known}{counted}
  GROUP BY {", ".join([self.year, *keys, *([self.by] if self.by else [])])}
)
SELECT annee, {_TERRITORIES}, {public}, modalite, {sums}
FROM {rows}
GROUP BY GROUPING SETS (({whole}), ({whole}, region), ({whole}, organisme))"""


def _read(relation: str, expressions: Iterable[str]) -> str:
    """The relation to read for these expressions: of a view, only the tables that they ask for."""
    asked = set(re.findall(r"\w+", " ".join(expressions)))
    return f"{rows_of(relation, asked)} AS lignes"


def _by_public(relation: str) -> str:
    """Each row once for every public it belongs to."""
    belongs = " ".join(f"WHEN '{p.code}' THEN c.{p.code}" for p in APART)
    names = ", ".join(f"('{p.code}')" for p in PUBLICS)
    return f"""SELECT p.public, c.* FROM {relation} AS c CROSS JOIN (VALUES {names}) AS p (public)
  WHERE CASE p.public {belongs} ELSE TRUE END"""


@dataclass(frozen=True)
class Medians:
    """One reading of the data for all medians of a column over the same rows and years.

    A median cannot be added up from cells, but how often each value is met can: the middle is sought in that.
    """

    column: str
    followed: str | None
    several: tuple[Indicator, ...]

    @property
    def year(self) -> str:
        return self.several[0].base.year

    def sql(self, among: str = "TRUE") -> str:
        """How often each value is met (n0, n1… by indicator), and where rows without it count, how often truly (e0, e1…)."""
        base, value = (
            self.several[0].base,
            f"COALESCE({self.column}, {self.followed})" if self.followed else self.column,
        )
        counts = {f"n{k}": measure(i.base.where) for k, i in enumerate(self.several)}
        known = f"{self.column} IS NOT NULL"
        if self.followed:
            counts |= {f"e{k}": measure(joined(i.base.where, known)) for k, i in enumerate(self.several)}
        keys = ", ".join([base.year, "region", "organisme", *(p.code for p in APART)])
        return f"""SELECT {keys}, {value} AS v, {", ".join(f"{sql} AS {n}" for n, sql in counts.items())}
FROM {_read(base.relation, (value, *counts.values()))}
WHERE {base.year} IS NOT NULL AND {among} AND {value} IS NOT NULL
GROUP BY {keys}, {value}"""

    def rows(self, cells: pl.DataFrame) -> pl.DataFrame:
        """The rows of `marts.indicateurs` of these indicators."""
        names = [f"{side}{k}" for k in range(len(self.several)) for side in ("ne" if self.followed else "n")]
        found = tables(cells, places_of(cells), self.year, names)
        rows = [self._rows_of(i, table, k) for table in found for k, i in enumerate(self.several)]
        return pl.concat([_NO_ROW, *rows])

    def _rows_of(self, i: Indicator, table: Table, k: int) -> pl.DataFrame:
        met = table.counts[2 * k if self.followed else k]
        values = (
            estimated_medians(table.values, table.counts[2 * k + 1], met)
            if self.followed
            else medians(table.values, met)
        )
        rows = table.rows("annee", denominateur=met.sum(axis=1), valeur=values)
        return rows.filter((pl.col("denominateur") > 0) & pl.col("valeur").is_not_nan()).select(
            _KEYS.split(", "),
            indicateur=pl.lit(i.id),
            modalite=pl.lit(""),
            numerateur=pl.lit(None, pl.Float64),
            denominateur=pl.col("denominateur").cast(pl.Float64),
            valeur="valeur",
            unite=pl.lit(i.unit),
        )


_NO_ROW = pl.DataFrame(
    schema={c.name: {"INTEGER": pl.Int32, "DOUBLE": pl.Float64}.get(c.sql, pl.String()) for c in INDICATEURS.columns}
)


@dataclass(frozen=True)
class Met:
    """What the distinct values of a column over a base, that do not add up, are short of the rows: by territory and public.

    Most are met once in a year and do add up; the others are sought apart. `repetes`: rows beyond the first of each value,
    `plusieurs`: values met twice or more.
    """

    name: str
    base: Base
    column: str

    @property
    def year(self) -> str:
        return self.base.year

    def sql(self, among: str = "TRUE") -> str:
        """The figures of the years that the predicate `among` keeps."""
        year, column, flags = self.year, self.column, ", ".join(p.code for p in APART)
        where = joined(self.base.where, among, f"{year} IS NOT NULL", f"{column} IS NOT NULL")
        lines, whole = _read(self.base.relation, (where,)), f"annee, public, {column}"
        return f"""WITH revus AS (
  SELECT {year} AS annee, {column} AS valeur FROM {lines} WHERE {where} GROUP BY {year}, {column} HAVING COUNT(*) > 1
), retenues AS (
  SELECT {year} AS annee, region, organisme, {flags}, {column}
  FROM {lines} JOIN revus AS r ON r.annee = lignes.{year} AND r.valeur = lignes.{column}
  WHERE {where}
), fois AS (
  SELECT annee, {_TERRITORIES}, public, {column}, COUNT(*) AS fois
  FROM ({_by_public("retenues")}) AS par_public
  GROUP BY GROUPING SETS (({whole}), ({whole}, region), ({whole}, organisme))
)
SELECT {_KEYS}, SUM(fois - 1) AS repetes, {measure("fois > 1")} AS plusieurs
FROM fois
GROUP BY {_KEYS}"""


def _medians(declared: Iterable[Indicator]) -> list[Medians]:
    """One reading for all medians of a column."""
    several: dict[tuple[str, str | None, str, str], list[Indicator]] = {}
    for i in declared:
        several.setdefault((i.median or "", i.followed, i.base.relation, i.base.year), []).append(i)
    return [Medians(column, followed, tuple(those)) for (column, followed, _, _), those in several.items()]


class Plan:
    """The passes that a catalogue calls for, and the query that makes each indicator's rows from them."""

    def __init__(self, catalogue: Sequence[Indicator], queries: Path) -> None:
        self._passes: dict[tuple[str, str, str | None], Pass] = {}
        self._queries = queries
        self._met: dict[tuple[Base, str], Met] = {}
        self.rows = {i.id: self._rows_of(i) for i in catalogue if not (i.median or i.sql or i.of)}
        self.medians = _medians(i for i in catalogue if i.median)
        # these read other indicators' rows, or tables made from them
        self.later = {i.id: self._later(i) for i in catalogue if i.of or i.sql}

    def passes(self) -> list[Pass | Met]:
        """What is kept before any row is made: each has a name, and the query for the years that a predicate keeps."""
        return [*self._passes.values(), *self._met.values()]

    def _pass(self, base: Base, by: str | None) -> Pass:
        key = (base.relation, base.year, by)
        return self._passes.setdefault(key, Pass(f"passe_{len(self._passes)}", *key, publics=base.source == "bali"))

    def _rows_of(self, i: Indicator) -> str:
        if i.anew:
            return self._select_anew(i)
        return "\nUNION ALL\n".join(self._select(i, share) for share in shares(i))

    def _select_anew(self, i: Indicator) -> str:
        """The distinct values are the rows, but for those that a value is met again in."""
        rows, key = self._pass(i.base, None), (i.base, i.distinct or "")
        met = self._met.setdefault(key, Met(f"rencontres_{len(self._met)}", *key))
        known = joined(i.base.where, f"{i.distinct} IS NOT NULL")
        values = f"n.{rows.measure(measure(known), known)} - COALESCE(r.repetes, 0)"
        numerator = "COALESCE(r.plusieurs, 0)" if i.repeated else values
        part = i.unit != NOMBRE
        value = f"CAST({numerator} AS DOUBLE) / ({values})" if part else numerator
        return f"""SELECT n.annee, n.niveau, n.territoire, n.public, '{i.id}' AS indicateur, '' AS modalite,
  {numerator} AS numerateur, {values if part else "NULL"} AS denominateur, {value} AS valeur, '{i.unit}' AS unite
FROM {rows.name} AS n LEFT JOIN {met.name} AS r USING ({_KEYS})
WHERE {values} > 0"""

    def _select(self, i: Indicator, share: Share) -> str:
        rows = self._pass(i.base, share.by)
        modality = "n.modalite" if share.code is None else f"'{share.code}'"
        head = f"SELECT n.annee, n.niveau, n.territoire, n.public, '{i.id}' AS indicateur, {modality} AS modalite"
        keep = [f"n.niveau IN ({', '.join(repr(level) for level in i.levels)})"] if i.levels != LEVELS else []
        # a pass holds modalités that the base does not; a sum of 0 over rows that are there is a figure
        some = bool(share.by) and not i.total and (share.by != share.whole_by or i.unit == NOMBRE)
        numerator = rows.measure(share.numerator, share.among if some else "TRUE")
        if some:
            keep.append(f"n.{numerator} > 0")
        if i.of_everyone:
            return self._select_of_everyone(i, share, rows, head, numerator)
        if i.unit == NOMBRE:
            if i.needs:  # nobody known is not 0
                keep.append(f"n.{rows.measure(measure(i.base.where), i.base.where)} > 0")
            kept = f"\nWHERE {' AND '.join(keep)}" if keep else ""
            figures = f"n.{numerator} AS numerateur, NULL AS denominateur, n.{numerator} AS valeur"
            return f"{head}, {figures}, '{i.unit}' AS unite\nFROM {rows.name} AS n{kept}"
        whole = self._pass(share.whole, share.whole_by)
        denominator = whole.measure(share.denominator, share.whole_among)
        join = f"{_KEYS}, modalite" if share.by == share.whole_by else _KEYS
        keep.insert(0, f"d.{denominator} > 0")
        if share.whole_by and share.by != share.whole_by:
            keep.append("d.modalite = SUBSTRING(n.modalite, 1, POSITION(':' IN n.modalite) - 1)")
        return f"""{head}, n.{numerator} AS numerateur, d.{denominator} AS denominateur,
  CAST(n.{numerator} AS DOUBLE) / d.{denominator} AS valeur, '{i.unit}' AS unite
FROM {rows.name} AS n JOIN {whole.name} AS d USING ({join})
WHERE {" AND ".join(keep)}"""

    def _select_of_everyone(self, i: Indicator, share: Share, rows: Pass, head: str, numerator: str) -> str:
        """The public's rows over those of public ensemble, of whom it is known whether they are of the public."""

        def whole(public: str) -> str:
            base = i.base_of_everyone(public)
            return f"d.{rows.measure(measure(base.where), base.where)}"

        others = " ".join(f"WHEN '{public}' THEN {whole(public)}" for public in i.everyone)
        denominator = f"CASE n.public {others} ELSE {whole(EVERYONE.code)} END" if others else whole(EVERYONE.code)
        return f"""{head}, n.{numerator} AS numerateur, {denominator} AS denominateur,
  CAST(n.{numerator} AS DOUBLE) / ({denominator}) AS valeur, '{i.unit}' AS unite
FROM {rows.name} AS n JOIN {rows.name} AS d USING (annee, niveau, territoire, modalite)
WHERE d.public = '{EVERYONE.code}' AND n.public <> '{EVERYONE.code}' AND n.{numerator} > 0"""

    def _later(self, i: Indicator) -> str:
        if i.of:  # a year, or an organisme's, that is not whole is compared with none
            whole_years = f"SELECT annee FROM ref.annees WHERE source = '{i.source}' AND complete"
            partial = f"SELECT annee, organisme FROM ref.completude WHERE source = '{i.source}' AND NOT complete"
            return f"""SELECT n.annee, n.niveau, n.territoire, n.public, '{i.id}' AS indicateur, '' AS modalite,
  n.numerateur, d.numerateur AS denominateur, n.numerateur / d.numerateur - 1 AS valeur, '{EVOLUTION}' AS unite
FROM marts.indicateurs AS n JOIN marts.indicateurs AS d
  ON d.indicateur = n.indicateur AND d.annee = n.annee - 1 AND d.niveau = n.niveau
  AND d.territoire = n.territoire AND d.public = n.public
  JOIN ({whole_years}) AS y ON y.annee = n.annee JOIN ({whole_years}) AS z ON z.annee = d.annee
  LEFT JOIN ({partial}) AS p ON p.annee = n.annee AND p.organisme = n.territoire
  LEFT JOIN ({partial}) AS q ON q.annee = d.annee AND q.organisme = d.territoire
WHERE n.indicateur = '{i.of}' AND d.numerateur > 0
  AND (n.niveau <> 'organisme' OR (p.organisme IS NULL AND q.organisme IS NULL))"""
        query = (self._queries / f"{i.sql}.sql").read_text(encoding="utf-8").strip().removesuffix(";")
        if not (i.whole and i.whole.base):
            return query
        whole, base = self._pass(i.whole.base, None), i.whole.base
        name = whole.measure(measure(base.where), base.where)
        return f"""WITH denominateurs AS (
  SELECT {_KEYS}, {name} AS n FROM {whole.name} WHERE {name} > 0
)
SELECT * FROM ({query}) AS q"""
