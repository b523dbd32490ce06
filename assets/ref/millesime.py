from pipelines.tables import table
from pipelines.version import VERSION
from pipelines.vintages.build import Build


@table("ref.millesime", after=["detail.accompagnements"])
def millesime(build: Build) -> None:
    """One row: which vintage this file is, whether any of its deliveries is synthetic, and until when BALI was observed."""
    build.create("ref.millesime")
    build.run(
        "INSERT INTO ref.millesime VALUES (?, ?, ?, ?, ?)",
        [build.vintage, build.started, VERSION, bool(build.inputs.synthetic), build.inputs.observed],
    )
