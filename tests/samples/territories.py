"""The small published folder of `dashboard_sample`, with every organisme and region, and a few figures of each.

Mayotte has no figure; Paris is far below the others, and large; Ain and Allier have the same share.
"""

import csv
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import duckdb

from tests.samples.dashboard import YEARS, publish

FILE = Path(__file__).parents[2] / "schemas" / "exports" / "organismes.csv"
WITHOUT, FAR, EQUALS = "976", "751", ("011", "031")
FIGURES = ("clotures.taux_succes", "clotures.part_motif", "clotures.nombre")
Row = tuple[object, ...]


@lru_cache(maxsize=1)
def organismes() -> tuple[dict[str, str], ...]:
    with FILE.open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file, delimiter=";"))


def closures(organisme: str) -> tuple[int, int]:
    """The closed accompaniments of an organisme, and those that succeeded."""
    if organisme == WITHOUT:
        return 0, 0
    if organisme in EQUALS:
        return 400, 280
    number = 100 + 40 * [o["organisme"] for o in organismes()].index(organisme)
    return number, number // 2 if organisme == FAR else round(number * 0.7) + int(organisme) % 3 - 1


def publish_with_territories(marts: Path) -> Path:
    """Publish a vintage with all territories. Returns `marts`."""
    publish(marts)
    with duckdb.connect(str((marts / "adass.duckdb").resolve())) as con:
        con.execute("DELETE FROM ref.organismes")
        con.executemany("INSERT INTO ref.organismes VALUES (?, ?, ?, ?, ?, ?)", [[*o.values()] for o in organismes()])
        con.execute(f"DELETE FROM marts.indicateurs WHERE public = 'ensemble' AND indicateur IN {FIGURES}")
        con.executemany("INSERT INTO marts.indicateurs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", [*_rows()])
    return marts


def _rows() -> Iterator[Row]:
    places: dict[tuple[str, str], tuple[int, int]] = {}
    for o in organismes():
        for place in (("organisme", o["organisme"]), ("region", o["code_region"]), ("national", "FR")):
            closed, succeeded = places.get(place, (0, 0))
            more = closures(o["organisme"])
            places[place] = (closed + more[0], succeeded + more[1])
    for (niveau, code), (closed, succeeded) in places.items():
        for annee in YEARS if closed else ():
            keys = (annee, niveau, code, "ensemble")
            lost = closed // 10 * (2024 - annee)  # a year is not the other
            yield (*keys, "clotures.nombre", "", closed - lost, None, closed - lost, "nombre")
            yield (*keys, "clotures.taux_succes", "", succeeded, closed, succeeded / closed, "part")
            yield (*keys, "clotures.part_motif", "SOINS_REALISES", succeeded, closed, succeeded / closed, "part")
            rest = closed - succeeded
            yield (*keys, "clotures.part_motif", "ABANDON", rest, closed, rest / closed, "part")
