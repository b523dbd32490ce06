"""The figures of every month, territory and public: what comes in, opens and closes, and what is under way at its end."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date

import numpy as np
import polars as pl

from pipelines.computing.distributions import PLACE, Places, Table, medians, of_every, places_of, summed_up
from schemas.indicators.catalogue_pilotage import DELAYS, OPENED
from schemas.indicators.known import Unknown, says_of
from schemas.indicators.parcours import ACCOMPAGNEMENTS
from schemas.publics import APART, EVERYONE

AGES = (90, 180)  # days of a stock, as the names of columns have them
_KEYS = ", ".join(["region", "organisme", *(p.code for p in APART)])
_MONTH = "mois_compte"  # since the birth of Christ
_COUNTED = ("saisines", "ouvertures", "clotures", "stock", "stock_sans_ouverture")  # a month without any has no row


def monthly(read: Callable[[str], pl.DataFrame], last_days: Iterable[date], unknown: Unknown) -> pl.DataFrame:
    """The rows of `marts.mensuel` of the months that end on these days, in order. `read` gives the rows of a query."""
    ends = {12 * day.year + day.month: day for day in last_days}
    cells = _cells(read, says_of(OPENED, unknown))
    places = places_of(*cells.values())
    width = max(cells[name]["v"].n_unique() for name in ("ouvertures", "clotures", "stock"))
    found = pl.concat(frame for some in places.blocks(width) for frame in _months(cells, some, ends))
    rows = found.filter(pl.any_horizontal(pl.col(name) > 0 for name in _COUNTED))
    month = pl.col(_MONTH) - 1
    return rows.select(annee=month // 12, mois=month % 12 + 1, **{c: c for c in PLACE}).hstack(
        rows.drop(_MONTH, *PLACE)
    )


def series(measures: Iterable[str]) -> str:
    """A query of what is made here: measures of everyone in each month of each territory (`annee`, `mois`, its place)."""
    return f"""SELECT annee, mois, niveau, territoire, {", ".join(measures)}
FROM marts.mensuel
WHERE public = '{EVERYONE.code}'"""


def _cells(read: Callable[[str], pl.DataFrame], known: str) -> dict[str, pl.DataFrame]:
    """How often what happens does in each month, by a value; the stock comes with saisines and goes with closures.

    `known` keeps the accompaniments whose delivery says when they open: the others are not known to wait for it.
    """
    saisines = read(_happens("date_saisine", "date_saisine"))
    closed = read(_happens("date_cloture", "date_saisine"))
    waiting = read(_happens("date_saisine", "CAST(0 AS INTEGER)", known))
    ended = read(
        _happens("COALESCE(date_ouverture, date_cloture)", "CAST(0 AS INTEGER)", known)
    )  # what is closed has opened before
    return {
        "saisines": saisines.with_columns(v=pl.lit(0)),
        "ouvertures": read(_happens("date_ouverture", "delai_jours", known)),
        "clotures": read(_happens("date_cloture", "duree_jours")),
        "stock": pl.concat([saisines, closed.with_columns(-pl.col("n"))]),
        "attente": pl.concat([waiting, ended.with_columns(-pl.col("n"))]),
    }


def _happens(day: str, value: str, among: str = "TRUE") -> str:
    month = f"CAST(EXTRACT(YEAR FROM {day}) * 12 + EXTRACT(MONTH FROM {day}) AS INTEGER)"
    return f"""SELECT {_KEYS}, {month} AS {_MONTH}, {value} AS v, COUNT(*) AS n, COUNT(CASE WHEN succes THEN 1 END) AS s
FROM {ACCOMPAGNEMENTS}
WHERE {day} IS NOT NULL AND {among}
GROUP BY {_KEYS}, {month}, {value}"""


def _months(cells: Mapping[str, pl.DataFrame], places: Places, ends: Mapping[int, date]) -> Iterator[pl.DataFrame]:
    """The rows of each month, of all these places."""

    def of_every_month(name: str, *counts: str) -> Iterator[Table]:
        return of_every(cells[name], places, _MONTH, ("n", *counts), ends)

    parts = (
        of_every_month("saisines"),
        of_every_month("ouvertures"),
        of_every_month("clotures", "s"),
        summed_up(of_every_month("stock")),
        summed_up(of_every_month("attente")),
    )
    for saisines, opened, closed, stock, waiting in zip(*parts, strict=True):
        yield saisines.rows(
            _MONTH,
            saisines=_all(saisines),
            ouvertures=_all(opened),
            clotures=_all(closed),
            succes=closed.counts[1].sum(axis=1),
            **_under_way(stock, ends[stock.period]),
            stock_sans_ouverture=_all(waiting),
            **{f"ouvertures_{days}": _all(opened, opened.values <= days) for days in DELAYS},
            delai_median=_median(opened),
            duree_mediane=_median(closed),
        )


def _under_way(stock: Table, last_day: date) -> dict[str, np.ndarray]:
    ages = (np.datetime64(last_day) - stock.values).astype(int)
    by_age = Table(stock.period, stock.labels, ages[::-1], [stock.counts[0][:, ::-1]])
    older = {f"stock_plus_{days}": _all(by_age, by_age.values > days) for days in AGES}
    return {"stock": _all(stock), **older, "age_median_stock": _median(by_age)}


def _all(table: Table, among: np.ndarray | slice = slice(None)) -> np.ndarray:
    return np.asarray(table.counts[0][:, among].sum(axis=1))


def _median(table: Table) -> np.ndarray:
    """Of each line the median, NaN where there is nothing."""
    return np.where(_all(table) > 0, medians(table.values, table.counts[0]), np.nan)
