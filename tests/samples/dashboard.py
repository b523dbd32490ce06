"""A small published folder for tests of the dashboards: every figure, for a few territories and all publics.

Two whole years and one that is not. Region 32 has no figure at all; organisme 021 has no external detection.
Organisme 011 alone gave files of its own, for two years that BALI does not have.
"""

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import duckdb
import polars as pl

from schemas.indicators.catalogue import ANNEES, CATALOGUE, EVOLUTION, JOURS, NOMBRE, NOTE, PART, Indicator
from schemas.nomenclatures import CANAL, CATEGORIE_AIDE, EVENEMENT, SERVICE
from schemas.outputs.tables import BY_FULL_NAME
from schemas.publics import EVERYONE, PUBLICS

YEARS = {2023: True, 2024: True, 2025: False}
SURVEYS, FILES = (2023, 2024), (2021, 2022)
DELIVERED = "011"
PLACES = {("national", "FR"): 40_000, ("region", "84"): 12_000, ("organisme", "011"): 2_000, ("organisme", "021"): 300}
ORGANISMES = [
    ("011", "CPAM de l'Ain", "CPAM", "01", "84", "Auvergne-Rhône-Alpes"),
    ("021", "CPAM de l'Aisne", "CPAM", "02", "32", "Hauts-de-France"),
]
STRUCTURES = ("FRANCE TRAVAIL", "MISSION LOCALE", "RESTOS DU COEUR", "CAF")
TABLES = (
    "ref.annees",
    "ref.organismes",
    "ref.nomenclatures",
    "ref.indicateurs",
    "ref.millesime",
    "marts.indicateurs",
    "ref.structures",
    "marts.structures",
    "marts.conventions",
)

Row = tuple[object, ...]


def publish(
    marts: Path, vintage: str = "2025-01-21_10-00-00", synthetic: bool = True, growth: float = 1.0, local: bool = True
) -> Path:
    """Publish a vintage in `marts` as the pipeline does; its counts are multiplied by `growth`. Returns `marts`.

    Without `local`, no caisse gave files of its own.
    """
    folder = marts / "millesimes" / vintage
    folder.mkdir(parents=True)
    with duckdb.connect(str(folder / "adass.duckdb")) as con:
        con.execute("CREATE SCHEMA ref; CREATE SCHEMA marts")
        for name in TABLES:
            columns = ", ".join(f"{c.name} {c.sql}" for c in BY_FULL_NAME[name].columns)
            con.execute(f"CREATE TABLE {name} ({columns})")
        _insert(con, "ref.annees", [*((y, "bali", whole) for y, whole in YEARS.items()), *_other_years()])
        _insert(con, "ref.organismes", list(ORGANISMES))
        _insert(con, "ref.millesime", [(vintage, datetime(2025, 1, 21, 10, 0), "0.0.0", synthetic, date(2025, 1, 20))])
        _insert(con, "marts.indicateurs", [*_figures(growth), *_survey(), *(_files() if local else ())])
        _insert(con, "marts.structures", list(_structures()))
    fresh = marts / "courant.nouveau"
    fresh.symlink_to(Path("millesimes") / vintage)
    fresh.rename(marts / "courant")
    if not (marts / "adass.duckdb").is_symlink():
        (marts / "adass.duckdb").symlink_to(Path("courant") / "adass.duckdb")
    return marts


def _insert(con: duckdb.DuckDBPyConnection, table: str, rows: list[Row]) -> None:
    names = [c.name for c in BY_FULL_NAME[table].columns]
    con.register("lignes", pl.DataFrame(rows, schema=names, orient="row", infer_schema_length=None, strict=False))
    con.execute(f"INSERT INTO {table} SELECT * FROM lignes")
    con.unregister("lignes")


def _figures(growth: float) -> Iterator[Row]:
    for annee in YEARS:
        for (niveau, territoire), size in PLACES.items():
            for rank, public in enumerate(PUBLICS):
                whole = int(size * growth / (1 + 4 * rank) * (1 + 0.1 * (annee - 2023)))
                keys = (annee, niveau, territoire, public.code)
                for indicator in CATALOGUE:
                    if indicator.source == "bali":
                        yield from _rows(indicator, keys, whole, size * growth)


def _other_years() -> list[Row]:
    return [(y, s, True) for s, years in (("enquete", SURVEYS), ("action_sociale", FILES)) for y in years]


def _survey() -> Iterator[Row]:
    """One organisme fewer answers each year; an organisme has counts only."""
    for annee in SURVEYS:
        for (niveau, territoire), size in PLACES.items():
            for i in CATALOGUE:
                if i.source == "enquete" and niveau in i.levels and not (i.sql and annee == SURVEYS[0]):
                    fewer = 2 * (annee - SURVEYS[0]) if i.id == "enquete.repondants" and niveau == "national" else 0
                    yield from _other_rows(i, (annee, niveau, territoire, EVERYONE.code), size // 400 - fewer)


def _files() -> Iterator[Row]:
    for annee in FILES:
        for i in CATALOGUE:
            if i.source == "action_sociale" and not (i.of and annee == FILES[0]):
                yield from _other_rows(
                    i, (annee, "organisme", DELIVERED, EVERYONE.code), 400 + 100 * (annee - FILES[0])
                )


def _other_rows(i: Indicator, keys: tuple[int, str, str, str], whole: int) -> Iterator[Row]:
    annee = keys[0]
    for k, modality in enumerate(_modalities(i)):
        head, n = (*keys, i.id, modality), max(whole - 3 * k + annee - 2023, 1)
        if i.unit == NOMBRE:
            yield (*head, n, None, float(n), i.unit)
        elif i.unit == EVOLUTION:
            yield (*head, 500, 400, 0.25, i.unit)
        elif i.unit == NOTE:
            yield (*head, 8.4 * n, n, 8.4, i.unit)
        else:
            share = (1 + (sum(map(ord, i.id)) + annee) % 7) / (10 + k)
            yield (*head, share * whole, whole, share, i.unit)


NAMES = ("FRANCE TRAVAIL", "CAISSES D'ALLOCATIONS FAMILIALES", "ACTEURS DE L'ENSEIGNEMENT SUPERIEUR")
SECONDS = {"service": SERVICE, "evenement": EVENEMENT, "canal": CANAL, "categorie": CATEGORIE_AIDE}


def _modalities(i: Indicator) -> list[str]:
    if i.then:
        seconds = SECONDS.get(i.then, NAMES)
        firsts = [m for m in i.labels if m not in seconds]
        return [f"{first}:{second}" for first in firsts for second in seconds]
    free = list(NAMES) if i.by and not i.labels else [""]
    return list(i.cases) or list(i.totals) or list(i.labels) or free


def _rows(i: Indicator, keys: tuple[int, str, str, str], whole: int, size: float) -> Iterator[Row]:
    annee, niveau, territoire, public = keys
    if i.only_everyone and (public != EVERYONE.code or (i.sql != "part_top10" and niveau == "organisme")):
        return
    if territoire == "021" and "extern" in i.id:
        return
    modalities = list(i.cases) or list(i.labels) or [""]
    seed = sum(map(ord, i.id)) % 7
    for k, modality in enumerate(modalities):
        head = (*keys, i.id, modality)
        if i.unit == EVOLUTION and annee > 2023:
            before = whole / (1 + 0.1 * (annee - 2023)) * (1 + 0.1 * (annee - 2024))
            yield (*head, whole, before, whole / before - 1, i.unit)
        elif i.unit == NOMBRE:
            n = whole >> k if modality else whole
            yield (*head, n, None, n, i.unit)
        elif i.unit == PART and i.partition:
            last = k == len(modalities) - 1
            n = whole >> k if last else (whole >> k) - (whole >> (k + 1))
            if n:
                yield (*head, n, whole, n / whole, i.unit)
        elif i.unit == PART:
            n = int(whole * (0.1 + 0.1 * seed + 0.002 * (annee - 2023)) / (k + 1))
            yield (*head, n, whole, n / whole, i.unit)
        elif i.unit == JOURS:
            days = 30 + 10 * seed + 5 * k + (annee - 2023)
            yield (*head, None if i.median else days * whole, whole, float(days), i.unit)
        elif i.unit == ANNEES:
            yield (*head, None, whole, 45.0 - whole % 7, i.unit)


def _structures() -> Iterator[Row]:
    for annee in YEARS:
        for niveau, territoire in PLACES:
            if territoire != "021":
                for rang, name in enumerate(STRUCTURES, 1):
                    yield annee, niveau, territoire, name, rang, 500 // rang, 0.5, 0.1, 10, 3
