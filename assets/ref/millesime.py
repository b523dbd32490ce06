from pipelines.tables import table
from pipelines.version import VERSION
from pipelines.vintages.build import Build


@table("ref.millesime", after=["detail.accompagnements"])
def millesime(build: Build) -> None:
    """One row: which vintage this file is, and whether any of its deliveries is synthetic."""
    build.create("ref.millesime")
    build.run(
        "INSERT INTO ref.millesime VALUES (?, ?, ?, ?)",
        [build.vintage, build.started, VERSION, bool(build.inputs.synthetic)],
    )
