"""The exports that the refresh is measured on: three actions and two thirds of a soin for each accompagnement.

Beyond the base of 300,000 they are tiled: the same rows again under other numbers and for other persons.

Usage: python -m benchmarks.refresh_exports RAW ACCOMPAGNEMENTS [YEARS]
"""

import sys
from pathlib import Path

import polars as pl

from pipelines.simulation.generic import simulate
from schemas.exports.bali import ACCOMPAGNEMENTS, ID_HEADER

BASE = 300_000
YEARS = (2023, 2024)
NIR = ACCOMPAGNEMENTS.column("nir").header
STEP = 7_919  # a prime: the last six digits of a NIR go round without meeting


def write(raw: Path, size: int, years: tuple[int, ...] = YEARS) -> None:
    copies = max(1, size // BASE)
    size //= copies
    simulate(raw, years=years, accompaniments=size, seed=1, dirt=0.0, actions=size * 3, care=round(size * 2 / 3))
    for path in sorted(raw.glob("bali/*/*.csv")) if copies > 1 else ():
        _tile(path, copies)


def _tile(path: Path, copies: int) -> None:
    rows = pl.read_csv(path, separator=";", infer_schema=False)
    with path.open("ab") as stream:
        for copy in range(1, copies):
            other = rows.with_columns((pl.lit(f"{copy}-") + pl.col(ID_HEADER)).alias(ID_HEADER))
            if NIR in rows.columns:
                other = other.with_columns(_of_another(copy))
            other.write_csv(stream, separator=";", include_header=False)


def _of_another(copy: int) -> pl.Expr:
    """The NIR of somebody else, born where and when the first was; one with letters, or without a key, stays as it is."""
    nir = pl.col(NIR)
    last = (nir.str.slice(7, 6).cast(pl.Int64, strict=False) + copy * STEP) % 1_000_000
    number = pl.concat_str(nir.str.slice(0, 7), last.cast(pl.String).str.zfill(6))
    checked = 97 - number.cast(pl.Int64, strict=False) % 97
    made = pl.concat_str(number, checked.cast(pl.String).str.zfill(2))
    return pl.when(nir.str.contains(r"^\d{15}$")).then(made).otherwise(nir).alias(NIR)


if __name__ == "__main__":
    first, last = (int(year) for year in sys.argv[3].split("-")) if len(sys.argv) > 3 else (YEARS[0], YEARS[-1])
    write(Path(sys.argv[1]), int(sys.argv[2]), tuple(range(first, last + 1)))
