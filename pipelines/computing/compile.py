"""Compile the catalogue of indicators to SQL: a few passes over the data, then one small query per indicator.

A pass reads one relation once, for one year column and one modalité column, and counts every measure that the
indicators of that kind need, per organisme and, for BALI, combination of publics; the rest is addition over these
cells: organismes to regions to the nation, combinations to publics. Medians have passes of their own, whose cells count
how often each value is met.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from schemas.indicators.indicator import EVOLUTION, LEVELS, NOMBRE, Base, Indicator
from schemas.indicators.measures import Share, measure, shares
from schemas.indicators.parcours import rows_of
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


def _medians(column: str, bases: Sequence[Base], among: Callable[[str], str]) -> str:
    """The medians of a column over several bases of the same rows (m0, m1…), and how many values each has (n0, n1…)."""
    base, *others = bases
    if any((b.relation, b.year) != (base.relation, base.year) for b in others):
        raise ValueError(f"{column}: medians over different rows or years")
    counts = {f"n{k}": measure(b.where) for k, b in enumerate(bases)}
    publics = ", ".join(p.code for p in APART)
    sums = ", ".join(f"SUM({n}) AS {n}" for n in counts)
    place, whole = f"PARTITION BY {_KEYS}", "annee, public, v"
    up_to = ", ".join(
        f"{n}, SUM({n}) OVER ({place} ORDER BY v) AS {n}_jusque, SUM({n}) OVER ({place}) AS {n}_total" for n in counts
    )
    return f"""WITH cellules AS (
  SELECT {base.year} AS annee, region, organisme, {publics}, {column} AS v, {", ".join(f"{sql} AS {n}" for n, sql in counts.items())}
  FROM {_read(base.relation, (column, *counts.values()))}
  WHERE {base.year} IS NOT NULL AND {among(base.year)} AND {column} IS NOT NULL
  GROUP BY {base.year}, region, organisme, {publics}, {column}
), valeurs AS (
  SELECT annee, {_TERRITORIES}, public, v, {sums}
  FROM ({_by_public("cellules")}) AS par_public
  GROUP BY GROUPING SETS (({whole}), ({whole}, region), ({whole}, organisme))
), cumuls AS (
  SELECT {_KEYS}, v, {up_to} FROM valeurs
)
SELECT {_KEYS}, {", ".join(f"{_middle(n)} AS m{n[1:]}, SUM({n}) AS {n}" for n in counts)}
FROM cumuls
GROUP BY {_KEYS}"""


def _median_rows(i: Indicator, k: int) -> str:
    return f"""SELECT {_KEYS}, '{i.id}' AS indicateur, '' AS modalite,
  NULL AS numerateur, n{k} AS denominateur, m{k} AS valeur, '{i.unit}' AS unite
FROM medianes_{i.median} WHERE n{k} > 0"""


def _middle(n: str) -> str:
    """The SQL of the median of values that occur `n` times each: the mean of the two middle ones."""
    lower, upper = (f"MIN(CASE WHEN 2 * {n}_jusque {sign} {n}_total THEN v END)" for sign in (">=", ">"))
    return f"CAST({lower} + {upper} AS DOUBLE) / 2"


class Plan:
    """The passes that a catalogue calls for, and the query that makes each indicator's rows from them."""

    def __init__(self, catalogue: Sequence[Indicator], queries: Path) -> None:
        self._passes: dict[tuple[str, str, str | None], Pass] = {}
        self._queries = queries
        self._medians: dict[str, list[Indicator]] = {}  # by column
        for i in catalogue:
            if i.median:
                self._medians.setdefault(i.median, []).append(i)
        self.rows = {i.id: self._rows_of(i) for i in catalogue if not (i.median or i.sql or i.of)}
        self.rows |= {i.id: _median_rows(i, k) for several in self._medians.values() for k, i in enumerate(several)}
        # these read other indicators' rows, or tables made from them
        self.later = {i.id: self._later(i) for i in catalogue if i.of or i.sql}

    def passes(self) -> list[Pass]:
        return list(self._passes.values())

    def median_passes(self, among: Callable[[str], str] = lambda _: "TRUE") -> dict[str, str]:
        """By name, one reading of the data for all medians of a column.

        A median cannot be added up from cells, but how often each value is met can: the middle is sought in that.
        `among` gives the predicate that keeps the years wanted, for the column of the year.
        """
        return {
            f"medianes_{column}": _medians(column, [i.base for i in several], among)
            for column, several in self._medians.items()
        }

    def _pass(self, base: Base, by: str | None) -> Pass:
        key = (base.relation, base.year, by)
        return self._passes.setdefault(key, Pass(f"passe_{len(self._passes)}", *key, publics=base.source == "bali"))

    def _rows_of(self, i: Indicator) -> str:
        return "\nUNION ALL\n".join(self._select(i, share) for share in shares(i))

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
