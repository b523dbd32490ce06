"""Both engines on the same exports, and what the Spark page of the docs sizes a cluster by: bytes of a row, cells of a pass.

Usage: python -m benchmarks.engines [--raw RAW | --accompagnements 300000] [--master local[2]]
"""

import argparse
import sys
import tempfile
from pathlib import Path

import duckdb

from benchmarks.measure import run
from pipelines.computing.compile import Plan
from schemas.indicators.catalogue import CATALOGUE

TABLES = ("accompagnements", "actions", "soins", "parcours_reperes", "soins_distincts", "orientations")


def refresh(raw: Path, marts: Path, *options: str) -> None:
    command = [
        sys.executable,
        "-m",
        "pipelines.cli",
        "refresh",
        "--silencieux",
        "--raw",
        str(raw),
        "--marts",
        str(marts),
    ]
    cost = run([*command, *options])
    print(f"{' '.join(options) or 'duckdb':<36}{cost.wall:7.1f} s {cost.cpu:7.1f} s CPU {cost.memory:7.0f} Mo")


def sizes(con: duckdb.DuckDBPyConnection, place: Path) -> None:
    for table in TABLES:
        con.execute(f"COPY detail.{table} TO '{place / table}.parquet' (FORMAT parquet, COMPRESSION zstd)")
        ((rows,),) = con.execute(f"SELECT COUNT(*) FROM detail.{table}").fetchall()
        octets = (place / f"{table}.parquet").stat().st_size
        print(f"detail.{table:<29}{rows:>12} lignes {octets / 1e6:8.1f} Mo {octets / rows:6.1f} octets la ligne")


def cells(con: duckdb.DuckDBPyConnection) -> None:
    """The cells of each pass are what Spark shuffles: once for each task that has read rows."""
    plan = Plan(CATALOGUE, Path("schemas/indicators/requetes"))
    counts = {}
    for one in plan.passes():
        counted = one.sql().split("\nSELECT annee, CASE")[0] + "\nSELECT COUNT(*) FROM cellules"
        ((counts[one.name, len(one.measures)],),) = con.execute(counted).fetchall()
    print(
        f"passes : {len(counts)}, {sum(counts.values())} cellules, {sum(n * w for (_, w), n in counts.items())} mesures"
    )
    print(f"la plus grande : {max(counts.values())} cellules")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--raw", type=Path)
    parser.add_argument("--accompagnements", type=int, default=300_000)
    parser.add_argument("--master", default="local[2]")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        raw = arguments.raw or place / "raw"
        if not arguments.raw:
            run([sys.executable, "-m", "benchmarks.refresh_exports", str(raw), str(arguments.accompagnements)])
        refresh(raw, place / "duckdb")
        refresh(raw, place / "spark", "--moteur", "spark", "--master", arguments.master)
        with duckdb.connect(str((place / "duckdb" / "adass.duckdb").resolve()), read_only=True) as con:
            sizes(con, place)
            cells(con)


if __name__ == "__main__":
    main()
