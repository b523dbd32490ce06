from collections.abc import Mapping
from functools import partial
from typing import cast

import polars as pl

from pipelines.intake.ingestion import ingest
from pipelines.intake.unknown import deliveries_without
from pipelines.tables import table
from pipelines.vintages.build import Build
from pipelines.vintages.checks import Finding, kept
from pipelines.vintages.former import of_deliveries
from schemas.exports.bali import ACCOMPAGNEMENTS, completed_years


def _derive(regions: Mapping[str, str], rows: pl.DataFrame) -> pl.DataFrame:
    """Add the stored derived columns to the rows of a piece."""
    organismes = cast("pl.Enum", rows.schema["organisme"]).categories
    known = pl.Series([regions[o] for o in organismes.to_list()], dtype=pl.Enum(sorted(set(regions.values()))))
    return rows.with_columns(
        known.gather(rows["organisme"].to_physical()).alias("region"),
        pl.col("date_saisine").dt.year().alias("annee_detection"),
        pl.col("date_cloture").dt.year().alias("annee_cloture"),
        completed_years("date_naissance", "date_saisine").alias("age"),
    )


def lignes_acceptees(build: Build) -> Finding:
    """Every accepted row is there."""
    return kept(build.con, "bali", "accompagnements", "detail.accompagnements")


@table(
    "detail.accompagnements",
    after=["raw.bali.accompagnements", "ref.organismes", "ref.structures"],
    checks=[lignes_acceptees],
)
def accompagnements(build: Build) -> None:
    """The accepted accompaniments, the latest row of each, with what is derived from them."""
    regions = dict(build.run("SELECT organisme, code_region FROM ref.organismes"))
    ingest(build, ACCOMPAGNEMENTS, "detail.accompagnements", partial(_derive, regions))
    for column in (c.name for c in ACCOMPAGNEMENTS.columns if c.default is not None):
        # what nothing is known of is no default value
        if silent := deliveries_without(build, ACCOMPAGNEMENTS.name, column):
            build.run(f"UPDATE detail.accompagnements SET {column} = NULL WHERE {of_deliveries(silent)}")
