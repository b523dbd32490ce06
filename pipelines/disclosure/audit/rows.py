"""The rows of the full file and of the diffusion file side by side, and what is wrong with a row by itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb
import polars as pl

from pipelines.disclosure.audit.relations import NO_COMPLEMENT, counts

KEY = ["annee", "niveau", "territoire", "public", "indicateur", "modalite"]
KIND = ["indicateur", "modalite", "public"]
VALUES = ["numerateur", "denominateur", "valeur"]
_FIGURES = f"SELECT {', '.join(KEY)}, {', '.join(f'{v}::DOUBLE AS {v}' for v in VALUES)}"
_UNKNOWN = "SELECT DISTINCT table_lue || '.' || colonne FROM controle.inconnus WHERE source = 'bali'"


@dataclass(frozen=True)
class Setting:
    """Counts from 1 to `threshold` - 1 are small, and keep `width` between their lowest and highest value."""

    threshold: int
    width: float
    cubes: Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Rows:
    """The rows of the published cubes.

    Values of the full file under their names, what is shown as `montre_…`; `vraie`, `montree`: whether the row is in the
    one and the other file; `compte_n`, `compte_d`: what it counts, empty where that is not persons.
    """

    frame: pl.DataFrame
    unknown: frozenset[str]  # columns of the exports that some delivery does not have


def read_rows(full: duckdb.DuckDBPyConnection, diffusion: duckdb.DuckDBPyConnection, setting: Setting) -> Rows:
    unknown = frozenset(column for (column,) in full.execute(_UNKNOWN).fetchall())
    cubes = pl.DataFrame([(n, p) for n, ps in setting.cubes.items() for p in ps], ["niveau", "public"], orient="row")
    truth = full.sql(f"{_FIGURES} FROM marts.indicateurs").pl().join(cubes, on=["niveau", "public"])
    shown = diffusion.sql(f"{_FIGURES}, protege FROM marts.indicateurs").pl()
    renamed = shown.rename({v: f"montre_{v}" for v in VALUES}).with_columns(montree=True)
    both = truth.with_columns(vraie=True).join(renamed, on=KEY, how="full", coalesce=True)
    flags = [pl.col(c).fill_null(value=False) for c in ("vraie", "montree")]
    return Rows(both.with_columns(flags).join(_kinds(both, unknown), on=KIND, how="left").sort(KEY), unknown)


def _kinds(both: pl.DataFrame, unknown: frozenset[str]) -> pl.DataFrame:
    """What each kind of row counts, and whether denominator − numerator is a number of persons of its own."""
    kinds = both.select(KIND).unique()
    names = [counts(i, m, p, unknown) for i, m, p in kinds.iter_rows()]
    return kinds.with_columns(
        pl.Series("compte_n", [n for n, _ in names], dtype=pl.String),
        pl.Series("compte_d", [d for _, d in names], dtype=pl.String),
        complement=~pl.col("indicateur").is_in(NO_COMPLEMENT),
    )


def small(value: pl.Expr, setting: Setting) -> pl.Expr:
    return ((value > 0) & (value < setting.threshold)).fill_null(value=False)


def rests_on_few(setting: Setting) -> pl.Expr:
    """Does the figure rest on a count of persons that is small: numerator, denominator, or what is between them?"""
    n, d = pl.col("compte_n").is_not_null(), pl.col("compte_d").is_not_null()
    numerator, denominator = pl.col("numerateur"), pl.col("denominateur")
    between = n & d & pl.col("complement") & small(denominator - numerator, setting)
    return n & small(numerator, setting) | d & small(denominator, setting) | between


def faults(found: Rows, setting: Setting) -> dict[str, pl.DataFrame]:
    """What is wrong with rows by themselves, in French, with the rows."""
    shown = [pl.col(f"montre_{v}") for v in VALUES]
    inexact = [
        (s.is_not_null() & (pl.col(v).is_null() | ((pl.col(v) - s).abs() > 1e-9)))
        for s, v in zip(shown, VALUES, strict=True)
    ]
    counted = zip(("compte_n", "compte_d"), shown[:2], strict=True)
    few = [pl.col(name).is_not_null() & small(value, setting) for name, value in counted]
    hidden = pl.col("protege").fill_null(value=False)
    there = pl.col("vraie") & pl.col("montree")
    cases = {
        "protege ne dit pas ce qui est masqué": pl.col("montree")
        & ((hidden != shown[2].is_null()) | (hidden & shown[0].is_not_null())),
        "lignes de trop": ~pl.col("vraie") & pl.any_horizontal(s.is_not_null() for s in shown),
        "lignes absentes": ~pl.col("montree") & (pl.col("numerateur").is_null() | (pl.col("numerateur") != 0)),
        "valeurs montrées inexactes": there & pl.any_horizontal(inexact),
        "valeurs montrées sur moins de onze personnes": there & shown[2].is_not_null() & rests_on_few(setting),
        "petits effectifs montrés": there & pl.any_horizontal(few),
    }
    return {what: found.frame.filter(case).select(KEY) for what, case in cases.items()}
