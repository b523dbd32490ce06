"""How long what is closed took, group by group: waiting for the opening, then being accompanied; and what curves say."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import polars as pl

from dashboards.analysis import verdicts
from dashboards.analysis.questions import holds_rows
from dashboards.analysis.verdicts import Verdict
from dashboards.published import reading as published
from dashboards.published.reading import NATIONAL, Edition, Scope
from schemas.indicators.catalogue import BY_ID
from schemas.indicators.dimensions import DIMENSION
from schemas.indicators.parcours import rows_of
from schemas.outputs.pilotage import EITHER, SUCCESS
from schemas.publics import EVERYONE
from schemas.text import quoted

WHOLE, TYPE, REASON = "ensemble", "type_accompagnement", "motif_cloture"
THEMES = tuple(name for name in DIMENSION if name.startswith("aborde_"))
SPANS = {"attente": "delai_jours", "suivi": "duree_jours - delai_jours", "duree": "duree_jours"}
QUARTERS = (0.25, 0.5, 0.75)
WIDTH, LAST = 15, 360  # days: a class of the distribution, the first of the open one
HORIZONS = (30, 90, 180, 365)
QUANTILES = {0.25: "Un quart", 0.5: "La moitié", 0.75: "Trois quarts", 0.9: "Neuf sur dix"}


def _rows(scope: Scope) -> tuple[str, str]:
    """The closures of a scope: what is read, and which of it."""
    base = BY_ID["durees.mediane"].base
    where = [base.where, f"{base.year} = {scope.annee}", "duree_jours IS NOT NULL"]
    where += [] if scope.niveau == NATIONAL else [f"{scope.niveau} = {quoted(scope.territoire)}"]
    where += [] if scope.public == EVERYONE.code else [scope.public]
    named = {TYPE, REASON, *THEMES, "delai_jours", "duree_jours", base.year, scope.public, scope.niveau}
    return rows_of(base.relation, named), "\n    AND ".join(w for w in where if w != "TRUE")


def groups_sql(scope: Scope) -> str:
    """Quarters of the spans of the closures of a year, for all, by type, by reason and by theme; closed only."""
    rows, where = _rows(scope)
    single = [f"SELECT '{WHOLE}' AS dimension, '' AS code, lignes.*\n  FROM lignes"]
    single += [f"SELECT '{d}', COALESCE(CAST({d} AS VARCHAR), ''), lignes.*\n  FROM lignes" for d in (TYPE, REASON)]
    single += [f"SELECT '{d}', 'oui', lignes.*\n  FROM lignes\n  WHERE {d}" for d in THEMES]
    lists = [f"QUANTILE_CONT({span}, {list(QUARTERS)}) AS {span}" for span in SPANS]
    quarters = [f"{span}[{k}] AS {span}_{round(100 * q)}" for span in SPANS for k, q in enumerate(QUARTERS, 1)]
    spans = ", ".join(f"{sql} AS {name}" for name, sql in SPANS.items())
    union = "\n  UNION ALL\n  ".join(single)
    return f"""WITH lignes AS MATERIALIZED (
  SELECT {TYPE}, {REASON}, {", ".join(THEMES)}, {spans}
  FROM {rows} AS lignes
  WHERE {where}
), groupes AS (
  {union}
), quarts AS (
  SELECT dimension, code, COUNT(*) AS clotures, COUNT(attente) AS ouvertes, {", ".join(lists)}
  FROM groupes
  GROUP BY ALL
)
SELECT dimension, code, clotures, ouvertes, {", ".join(quarters)}
FROM quarts
ORDER BY ALL"""


def classes_sql(scope: Scope) -> str:
    """How many closures of a year lasted how long, by type; classes of days, the last one open."""
    rows, where = _rows(scope)
    return f"""SELECT {TYPE}, LEAST(duree_jours // {WIDTH} * {WIDTH}, {LAST}) AS jours, COUNT(*) AS clotures
FROM {rows} AS lignes
WHERE {where}
GROUP BY ALL
ORDER BY ALL"""


@lru_cache(maxsize=128)
def groups(edition: Edition, scope: Scope) -> pl.DataFrame | None:
    """The spans of each group; None where the file has no rows to count."""
    return published.frame(edition, groups_sql(scope)) if holds_rows(edition) else None


@lru_cache(maxsize=128)
def classes(edition: Edition, scope: Scope) -> pl.DataFrame | None:
    """The distribution of durations; None where the file has no rows to count."""
    return published.frame(edition, classes_sql(scope)) if holds_rows(edition) else None


@dataclass(frozen=True)
class Curve:
    """What becomes of the saisines of a year: for each day of the curve the share closed in success, and closed at all.

    `known`: of how many one knows what had become of them by that day. `cohort`: all of them.
    """

    annee: int
    kind: str
    days: tuple[int, ...]
    success: tuple[float, ...]
    closed: tuple[float, ...]
    at_risk: tuple[int, ...]
    known: tuple[int, ...]

    @property
    def cohort(self) -> int:
        return self.at_risk[0]

    def at(self, day: int) -> int | None:
        """Where that day is; None beyond the end of the curve."""
        return self.days.index(day) if day in self.days else None

    def quantile(self, share: float) -> tuple[int, int] | None:
        """Between which two days of the curve that share of the saisines has closed; None where it is not reached."""
        for k, closed in enumerate(self.closed):
            if closed >= share - 1e-9:
                return self.days[max(k - 1, 0)], self.days[k]
        return None

    def estimated(self, day: int) -> bool:
        """Whether some saisines had not had that many days yet."""
        k = self.at(day)
        return k is not None and self.known[k] < self.cohort


def curve(rows: pl.DataFrame, annee: int, kind: str = "") -> Curve | None:
    """The curve of a year and type among the rows of `marts.courbes`; None where there is none."""
    of = rows.filter((pl.col("annee") == annee) & (pl.col(TYPE) == kind))
    success, closed = (of.filter(pl.col("issue") == issue).sort("jours") for issue in (SUCCESS, EITHER))
    if success.is_empty() or closed.is_empty():
        return None
    counts: Mapping[str, list[int]] = closed.select("jours", "a_risque", "evenements").to_dict(as_series=False)
    # those who close on the very day count in both: never more than all
    both = zip(counts["evenements"], counts["a_risque"], strict=True)
    known = [min(closed_by + followed, counts["a_risque"][0]) for closed_by, followed in both]
    return Curve(
        annee, kind, tuple(counts["jours"]), tuple(success["part"]), tuple(closed["part"]), tuple(counts["a_risque"]), tuple(known)
    )  # fmt: skip


def against(after: Curve, before: Curve, day: int) -> Verdict | None:
    """The success of two years by a day, set against each other on those whose fate is known by then."""
    k, j = after.at(day), before.at(day)
    if k is None or j is None:
        return None
    n, m = after.known[k], before.known[j]
    return verdicts.of_shares(after.success[k] * n, n, before.success[j] * m, m, 1)
