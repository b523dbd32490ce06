"""What becomes of a year's saisines, day after day: who is still followed, and what has ended how (Aalen-Johansen)."""

from collections.abc import Callable, Iterator

import numpy as np
import polars as pl

from pipelines.computing.distributions import Table, places_of, survival, tables
from schemas.indicators.parcours import PARCOURS, rows_of
from schemas.outputs.pilotage import CURVE_DAYS, EITHER, OTHER, SUCCESS
from schemas.publics import APART, EVERYONE

_TYPES = ("SOINS", "HORS_SOINS")
_DAYS = np.array(CURVE_DAYS)
_KEYS = ", ".join(["region", "organisme", *(p.code for p in APART), "annee_detection", "type_accompagnement"])
_TIME = "COALESCE(duree_jours, jours_observes)"
_OF_FEW = (pl.col("niveau") == "organisme") & (pl.col("public") != EVERYONE.code)  # are not drawn


def curves(read: Callable[[str], pl.DataFrame], years: str) -> Iterator[pl.DataFrame]:
    """The rows of `marts.courbes` of the years that a predicate keeps, in pieces. `read` gives the rows of a query."""
    cells = read(
        f"""SELECT {_KEYS}, {_TIME} AS v, COUNT(*) AS n, COUNT(duree_jours) AS c, COUNT(CASE WHEN succes THEN 1 END) AS s
FROM {rows_of(PARCOURS, {"jours_observes"})} AS lignes
WHERE {years}
GROUP BY {_KEYS}, {_TIME}"""
    )
    places = places_of(cells).only(~_OF_FEW)
    of_types = {"": cells, **{kind: cells.filter(pl.col("type_accompagnement") == kind) for kind in _TYPES}}
    for kind, some in of_types.items():
        for table in tables(some, places, "annee_detection", ["n", "c", "s"]):
            yield _curve(table).with_columns(pl.lit(kind).alias("type_accompagnement"))


def _curve(table: Table) -> pl.DataFrame:
    """The rows of the cohorts of a year, of each as far as its longest time."""
    met, closed, succeeded = table.counts
    followed, lasting = survival(closed, met)
    ended = {EITHER: closed, SUCCESS: succeeded, OTHER: closed - succeeded}
    parts = {EITHER: 1 - lasting} | {issue: incidence(ended[issue], followed, lasting) for issue in (SUCCESS, OTHER)}
    by_then = np.searchsorted(table.values, _DAYS, side="right")  # how many of the values are met by a day
    before = np.searchsorted(table.values, _DAYS)
    longest = np.where(met > 0, table.values, -1).max(axis=1)
    line, day = np.nonzero(longest[:, None] >= _DAYS)
    return pl.concat(
        table.labels[line].with_columns(
            pl.lit(table.period).alias("annee"),
            pl.lit(issue).alias("issue"),
            jours=_DAYS[day],
            a_risque=followed[line, before[day]],
            evenements=_up_to(ended[issue].cumsum(axis=1), line, by_then[day]),
            part=_up_to(parts[issue], line, by_then[day]),
        )
        for issue in (SUCCESS, OTHER, EITHER)
    )


def incidence(ended: np.ndarray, followed: np.ndarray, lasting: np.ndarray) -> np.ndarray:
    """Of each line the share that has ended so by each value, where other ends compete (Aalen-Johansen).

    `followed`, `lasting`: those still followed at each value, and the share that has ended in no way after it.
    """
    before = np.hstack([np.ones((len(lasting), 1)), lasting[:, :-1]])
    return np.cumsum(before * np.divide(ended, followed, out=np.zeros(ended.shape), where=followed > 0), axis=1)


def _up_to(sums: np.ndarray, line: np.ndarray, values: np.ndarray) -> np.ndarray:
    """What lines have come to after so many values."""
    return np.where(values > 0, sums[line, values - 1], 0)
