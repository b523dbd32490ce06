import polars as pl

from pipelines.tables import table
from pipelines.vintages.build import Build
from schemas import nomenclatures as n
from schemas.exports.kinds import Code
from schemas.exports.sources import SOURCES


@table("ref.nomenclatures")
def nomenclatures(build: Build) -> None:
    """Every code list of the exports, and those of the marts themselves."""
    own = {"public": n.PUBLIC, "niveau": n.NIVEAU, "tranche_age": n.TRANCHE_AGE}
    lists = own | {
        f"{table.name}.{column.name}" if column.name in own else column.name: column.kind.nomenclature
        for source in SOURCES
        for table in source.tables
        for column in table.columns
        if isinstance(column.kind, Code)
    }
    build.create("ref.nomenclatures")
    build.append(
        "ref.nomenclatures",
        pl.DataFrame(
            [
                (name, code, label, rank)
                for name, codes in lists.items()
                for rank, (code, label) in enumerate(codes.items(), 1)
            ],
            schema=["nomenclature", "code", "libelle", "rang"],
            orient="row",
        ),
    )
