"""The figures that the published documents print, as they stand in `schemas/publications/`, one file a document."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, get_type_hints

import polars as pl

from schemas.nomenclatures import NIVEAU
from schemas.publics import PUBLICS

if TYPE_CHECKING:
    import pandera.polars as pa

EXACT, NEAR, OVER = "=", "~", ">"
NEAR_TOLERANCE = 0.05  # « près de », « environ »: of the printed figure
OVER_TOLERANCE = 0.1  # « plus de »: the computed figure is less than this above the printed one
EPSILON = 1e-9  # shares are fractions of whole numbers: a bound that is met exactly must not fall to binary arithmetic

UNITS = ("nombre", "part", "points", "evolution", "jours", "mois", "annees", "euros", "note")

# Cells of the table of external structures: columns of `marts.structures`, not indicators of the catalogue.
STRUCTURES = "structures."
STRUCTURE_FIGURES = tuple(
    STRUCTURES + column
    for column in ("accompagnements", "part_soins", "part_non_pertinent", "organismes", "organismes_conventionnes")
)


@dataclass(frozen=True)
class Figure:
    """One printed figure. `cle` names it within its publication; `page` counts pages or slides in their order.

    `valeur` and `precision` (half of the last printed digit) are fractions for shares, days, years or euros else.
    `indicateur` is empty where none computes the figure; a modalité `A+B` is the sum of the two.
    """

    publication: str
    reference: str
    page: int
    cle: str
    libelle: str
    texte: str
    indicateur: str
    annee: int
    niveau: str
    territoire: str
    public: str
    modalite: str
    comparateur: str
    unite: str
    valeur: float
    precision: float


@cache
def schema() -> "pa.DataFrameSchema":
    """What a file of publications must say."""
    from schemas.exports.judge import pa  # it brings pandas: a second that only those pay who judge something

    def text(*checks: pa.Check) -> pa.Column:
        return pa.Column(pl.String, list(checks), nullable=False)

    filled = pa.Check.str_length(min_value=1)
    columns = {
        "publication": text(filled),
        "reference": text(filled),
        "page": pa.Column(pl.Int64, pa.Check.ge(1)),
        "cle": text(pa.Check.str_matches(r"^[a-z0-9_]+\.[a-z0-9_.:@#]+$")),
        "libelle": text(filled),
        "texte": text(filled),
        "indicateur": text(),
        "annee": pa.Column(pl.Int64, pa.Check.in_range(2000, 2100)),
        "niveau": text(pa.Check.isin(list(NIVEAU))),
        "territoire": text(filled),
        "public": text(pa.Check.isin([p.code for p in PUBLICS])),
        "modalite": text(),
        "comparateur": text(pa.Check.isin([EXACT, NEAR, OVER])),
        "unite": text(pa.Check.isin(UNITS)),
        "valeur": pa.Column(pl.Float64),
        "precision": pa.Column(pl.Float64, pa.Check.gt(0)),
    }
    return pa.DataFrameSchema(columns, unique=["publication", "cle"], strict=True, ordered=True)


CONTRADICTED_FILE = "ecarts.csv"
TYPES = {str: pl.String(), int: pl.Int64(), float: pl.Float64()}


def publications_folder() -> Path:
    return Path(str(files("schemas.publications")))


def read_publications(folder: Path | None = None) -> pl.DataFrame:
    """The figures of every publication of a folder, one row each, with the fields of `Figure` as columns.

    Raises pandera's SchemaError where a file does not say what it must; the shipped ones are judged by a test.
    """
    types = {name: TYPES[kind] for name, kind in get_type_hints(Figure).items()}
    found = (folder or publications_folder()).glob("*.csv")
    paths = sorted(p for p in found if p.name != CONTRADICTED_FILE)
    rows = pl.concat([pl.read_csv(path, separator=";", schema=types, empty_string_is_null=False) for path in paths])
    return schema().validate(rows) if folder else rows


def contradicted() -> pl.DataFrame:
    """The published figures that exclude others, one row each: publication, cle, motif (why, in French)."""
    rows = pl.read_csv(publications_folder() / CONTRADICTED_FILE, separator=";", infer_schema=False)
    return rows.select("publication", "cle", pl.col("raison").alias("motif"))


def figures(rows: pl.DataFrame) -> tuple[Figure, ...]:
    return tuple(Figure(**row) for row in rows.iter_rows(named=True))


def agrees() -> pl.Expr:
    """Whether the column `calcule` agrees with the printed `publie`, as `comparateur` and `precision` say."""
    printed, computed, precision = pl.col("publie"), pl.col("calcule"), pl.col("precision")
    gap = (computed - printed).abs()
    return (
        pl.when(pl.col("comparateur") == EXACT)
        .then(gap <= precision + EPSILON)
        .when(pl.col("comparateur") == NEAR)
        .then(gap <= pl.max_horizontal(NEAR_TOLERANCE * printed.abs(), precision) + EPSILON)
        .otherwise((computed >= printed - EPSILON) & (computed < printed * (1 + OVER_TOLERANCE) - EPSILON))
    )
