import polars as pl

from pipelines.reading.references import read_reference, refuse_missing
from pipelines.tables import table
from pipelines.vintages.build import Build
from schemas.exports.referentiels import STRUCTURES, STRUCTURES_FILE
from schemas.text import capitals


@table("ref.structures", after=["raw.referentiels.structures"])
def structures(build: Build) -> None:
    """Canonical names of structures by alias, both in capitals form; a canonical name is its own alias."""
    build.create("ref.structures")
    path = build.inputs.reference(STRUCTURES_FILE)
    if path is None:
        return
    rows = read_reference(path, STRUCTURES)
    refuse_missing(rows, path.name, "structure")
    names = [(capitals(s), capitals(a or s)) for s, a in rows.select("structure", "alias").iter_rows()]
    canonical = {alias: structure for structure, alias in names} | {structure: structure for structure, _ in names}
    build.append(
        "ref.structures",
        pl.DataFrame(
            {"alias": list(canonical), "structure": list(canonical.values())},
            schema_overrides={"alias": pl.String, "structure": pl.String},
        ),
    )
