from pipelines.intake.ingestion import ingest
from pipelines.tables import table
from pipelines.vintages.build import Build
from pipelines.vintages.checks import Finding, kept
from schemas.exports.bali import ACTIONS


def lignes_acceptees(build: Build) -> Finding:
    """Every accepted row is there."""
    return kept(build.con, "bali", "actions", "detail.actions")


@table("detail.actions", after=["raw.bali.actions", "detail.accompagnements"], checks=[lignes_acceptees])
def actions(build: Build) -> None:
    """The accepted actions, of the delivery that the row of their accompaniment comes from."""
    ingest(build, ACTIONS, into="detail.actions")
