"""Reading what each organisme delivered of a year: from which day to which, and whether that is all of it."""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from dashboards.published.reading import BALI, ORGANISME, Edition, across, query

_COUNT = "detections.nombre"


@dataclass(frozen=True)
class Delivered:
    """The activity of an organisme in a year, as `ref.completude` has it."""

    premier_jour: date | None
    dernier_jour: date | None
    complete: bool


def of_year(edition: Edition, annee: int, source: str = BALI) -> dict[str, Delivered]:
    """What each organisme that has rows delivered of a year, by its code; a vintage of before does not say its days."""
    if not _says(Edition(edition.path, edition.stamp)):
        return {code: Delivered(None, None, complete=True) for code in across(edition, (_COUNT,), annee, ORGANISME)}
    return _of_year(Edition(edition.path, edition.stamp), annee, source)


@lru_cache(maxsize=16)
def _says(edition: Edition) -> bool:
    sql = "SELECT 1 AS la FROM information_schema.tables WHERE table_schema = 'ref' AND table_name = 'completude'"
    return bool(query(edition, sql))


@lru_cache(maxsize=64)
def _of_year(edition: Edition, annee: int, source: str) -> dict[str, Delivered]:
    rows = query(
        edition,
        "SELECT organisme, premier_jour, dernier_jour, complete FROM ref.completude WHERE annee = ? AND source = ?",
        [annee, source],
    )
    return {
        str(r["organisme"]): Delivered(_day(r["premier_jour"]), _day(r["dernier_jour"]), bool(r["complete"]))
        for r in rows
    }


def _day(value: object) -> date | None:
    return value if isinstance(value, date) else None
