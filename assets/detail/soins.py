from pipelines.intake.ingestion import ingest
from pipelines.tables import table
from pipelines.vintages.build import Build
from pipelines.vintages.checks import Finding, kept
from schemas.exports.bali import SOINS


def lignes_acceptees(build: Build) -> Finding:
    """Every accepted row is there."""
    return kept(build.con, "bali", "soins", "detail.soins")


@table("detail.soins", after=["raw.bali.soins", "detail.accompagnements"], checks=[lignes_acceptees])
def soins(build: Build) -> None:
    """The accepted soins, of the delivery that the row of their accompaniment comes from."""
    ingest(build, SOINS, into="detail.soins")
