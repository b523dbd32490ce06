import polars as pl

from pipelines.tables import table
from pipelines.vintages.build import Build
from schemas.indicators.catalogue import CATALOGUE


@table("ref.indicateurs")
def indicateurs(build: Build) -> None:
    """The catalogue, as declared."""
    build.create("ref.indicateurs")
    build.append(
        "ref.indicateurs",
        pl.DataFrame(
            [(i.id, i.label, i.unit, i.source, i.base.words, i.definition, i.slide) for i in CATALOGUE],
            schema=["indicateur", "libelle", "unite", "source", "base", "definition", "diapositive"],
            orient="row",
        ),
    )
