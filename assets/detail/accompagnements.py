from collections.abc import Mapping
from functools import partial
from typing import cast

import polars as pl

from pipelines.checks import Finding, kept
from pipelines.intake.ingestion import ingest
from pipelines.tables import table
from pipelines.vintages.build import REPLACED, Build
from schemas.exports.bali import ACCOMPAGNEMENTS, completed_years


def _derive(regions: Mapping[str, str], rows: pl.DataFrame) -> pl.DataFrame:
    """The rows of a piece with what is stored of what follows from them."""
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
    if not build.former:
        build.create("detail.accompagnements")
    regions = dict(build.run("SELECT organisme, code_region FROM ref.organismes"))
    ingest(build, ACCOMPAGNEMENTS, "detail.accompagnements", partial(_derive, regions))
    if build.former and build.former.same_years:
        build.years = _touched(build)


def _touched(build: Build) -> dict[str, frozenset[int]]:
    """The years in which a row has come or gone, and those compared with them, by the column that gives the year."""
    fresh = build.of_fresh("SELECT annee_detection, annee_cloture FROM detail.accompagnements")
    changed = f"FROM {REPLACED} UNION ALL BY NAME {fresh}"
    years = {
        column: {year for (year,) in build.run(f"SELECT DISTINCT {column} FROM ({changed})") if year}
        for column in ("annee_detection", "annee_cloture")
    }
    return {column: frozenset(found | {year + 1 for year in found}) for column, found in years.items()}
