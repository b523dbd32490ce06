"""Published figures against computed ones."""

import duckdb
import polars as pl

from pipelines.tables import table
from pipelines.vintages.build import Build
from schemas.indicators.catalogue import BY_ID, EVOLUTION, NOMBRE, PART
from schemas.outputs.tables import BY_FULL_NAME
from schemas.publications.printed import STRUCTURE_FIGURES, STRUCTURES, agrees, contradicted, read_publications

NO_INDICATOR = "aucun indicateur ne calcule ce chiffre"
NO_VALUE = "aucune valeur calculée pour ce territoire, ce public et cette modalité"

COLUMNS = [c.name for c in BY_FULL_NAME["controle.reconciliation"].columns]

# A modalité of a closed list that no row has counts none: it is zero if its sisters are there. One of an open list, such
# as names of partners, may but be written otherwise.
_LEFT_OUT = ", ".join(
    f"'{i.id}'"
    for i in BY_ID.values()
    if i.by and i.labels and not i.then and not i.within and i.unit in {NOMBRE, PART}
)
_STRUCTURES = "".join(
    f"\n  UNION ALL SELECT '{name}', annee, niveau, territoire, 'ensemble', structure,"
    f" CAST({name.removeprefix(STRUCTURES)} AS DOUBLE) FROM marts.structures"
    for name in STRUCTURE_FIGURES
)
_KEYS = "indicateur, annee, niveau, territoire, public"
_COMPUTED = f"""WITH calcules AS (
  SELECT {_KEYS}, modalite, valeur FROM marts.indicateurs{_STRUCTURES}
), nuls AS (
  SELECT DISTINCT {_KEYS}, 0.0 AS valeur FROM marts.indicateurs WHERE indicateur IN ({_LEFT_OUT})
), parties AS (
  SELECT p.ligne, {", ".join(f"p.{k}" for k in _KEYS.split(", "))}, COALESCE(s.structure, p.modalite) AS modalite
  FROM publies AS p LEFT JOIN ref.structures AS s ON p.indicateur LIKE '{STRUCTURES}%' AND s.alias = p.modalite
)
SELECT p.ligne, COUNT(*) = COUNT(COALESCE(c.valeur, n.valeur)) AS entier, SUM(COALESCE(c.valeur, n.valeur)) AS calcule
FROM parties AS p
  LEFT JOIN calcules AS c USING ({_KEYS}, modalite)
  LEFT JOIN nuls AS n USING ({_KEYS})
GROUP BY p.ligne"""


def _source(indicator: str) -> str | None:
    """The source that a published figure is computed from; none where no indicator computes it."""
    if indicator in STRUCTURE_FIGURES:
        return "enquete" if indicator.endswith("conventionnes") else "bali"
    return BY_ID[indicator].source if indicator in BY_ID else None


def _compares_years(indicator: str) -> bool:
    return indicator in BY_ID and BY_ID[indicator].unit == EVOLUTION


def _reason() -> pl.Expr:
    """Why a figure has no computed counterpart; null where it has one."""
    year, source = pl.col("annee"), pl.col("source")
    return (
        pl.when(source.is_null())
        .then(pl.lit(NO_INDICATOR))
        .when(pl.col("complete").is_null())
        .then(pl.format("aucune livraison de la source {} pour {}", source, year))
        .when(~pl.col("complete"))
        .then(pl.format("année {} incomplète dans la source {}", year, source))
        .when(pl.col("evolution") & ~pl.col("precedente").fill_null(False))
        .then(pl.format("année {} absente ou incomplète dans la source {}", year - 1, source))
        .when(~pl.col("entier"))
        .then(pl.lit(NO_VALUE))
    )


def reconciled(con: duckdb.DuckDBPyConnection, published: pl.DataFrame) -> pl.DataFrame:
    """The rows of `controle.reconciliation` for published figures (columns of `schemas.published.Figure`)."""
    rows = published.rename({"valeur": "publie"}).with_row_index("ligne").with_columns(
        source=pl.col("indicateur").map_elements(_source, pl.String),
        evolution=pl.col("indicateur").map_elements(_compares_years, pl.Boolean),
    )  # fmt: skip
    con.register("publies", rows.with_columns(pl.col("modalite").str.split("+")).explode("modalite"))
    computed = con.sql(_COMPUTED).pl()
    con.unregister("publies")
    years = con.sql("SELECT CAST(annee AS BIGINT) AS annee, source, complete FROM ref.annees").pl()
    before = years.select(pl.col("annee") + 1, "source", pl.col("complete").alias("precedente"))
    return (
        rows.join(computed, on="ligne", how="left")
        .join(years, on=["annee", "source"], how="left")
        .join(before, on=["annee", "source"], how="left")
        .with_columns(raison=_reason())
        .with_columns(calcule=pl.when(pl.col("raison").is_null()).then("calcule"))
        .with_columns(
            ecart=pl.col("calcule") - pl.col("publie"),
            statut=pl.when(pl.col("raison").is_not_null())
            .then(pl.lit("non_calculable"))
            .when(agrees())
            .then(pl.lit("conforme"))
            .otherwise(pl.lit("ecart")),
        )
        .join(contradicted(), on=["publication", "cle"], how="left")
        .with_columns(raison=pl.when(pl.col("statut") == "ecart").then("motif").otherwise("raison"))
        .sort("ligne")
        .select(COLUMNS)
    )


@table(
    "controle.reconciliation",
    after=["marts.indicateurs", "marts.structures", "ref.annees", "ref.structures"],
)
def reconciliation(build: Build) -> None:
    """Every published figure, and whether the computed one agrees with it."""
    build.create("controle.reconciliation")
    build.append("controle.reconciliation", reconciled(build.con, read_publications()))
