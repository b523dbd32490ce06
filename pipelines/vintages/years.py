"""Which years' figures change when rows come or go and the day of observation moves on."""

from collections.abc import Collection, Mapping
from datetime import date, timedelta

DETECTION, OPENING, CLOSURE, STOCK = "annee_detection", "annee_ouverture", "annee_cloture", "annee_stock"
LONGEST = timedelta(365)  # after a saisine or closure, for which a figure waits


def changed_years(
    rows: Mapping[str, Collection[int]], open_years: Collection[int], before: date | None, now: date | None
) -> dict[str, frozenset[int]]:
    """The years whose figures are made anew, by the column that gives the year.

    `rows`: years of saisine, opening and closure of the rows that have come or gone. `open_years`: of the saisines that
    are under way, whose time is counted until the day of observation (`before`, in the former vintage).
    """
    met = {column: set(rows[column]) for column in (DETECTION, OPENING, CLOSURE)}
    followed = met[DETECTION] | {year - 1 for year in met[DETECTION]}  # closures that a saisine may follow
    stocks = set(met[DETECTION])
    if before != now:
        seen = {(before - LONGEST).year, before.year} if before else set()
        waiting = _from(seen, now)
        met[DETECTION] |= waiting | set(open_years)
        followed |= waiting
        stocks |= {before.year} if before else set()
    met[CLOSURE] |= followed
    compared = {column: years | {year + 1 for year in years} for column, years in met.items()}
    return {column: frozenset(years) for column, years in {**compared, STOCK: _from(stocks, now)}.items()}


def _from(years: Collection[int], now: date | None) -> set[int]:
    """Every year from the first of these to the present one."""
    return set(range(min(years), now.year + 1)) if years and now else set()
