"""The national report of a year."""

import os
from pathlib import Path

import dagster as dg


class Demande(dg.Config):
    """What is asked of the report; `annee` 0 is the year that the run is tagged with, else the latest whole one."""

    marts: str = os.environ.get("ADASS_MARTS", "data/marts")
    out: str = os.environ.get("ADASS_RAPPORTS", "rapports")
    annee: int = 0
    formats: str = "pptx,xlsx"


@dg.asset(
    key=["rapport", "national"],
    group_name="rapport",
    description="Le rapport annuel national : diaporama et classeur, faits du millésime publié.",
    deps=[["publication"]],
)
def national(context: dg.AssetExecutionContext, config: Demande) -> dg.MaterializeResult[None]:
    from dashboards.deck.report import write_report  # a refresh makes no deck and need not wait for its libraries

    annee = config.annee or int(context.run.tags.get("annee", 0)) or None
    made = write_report(Path(config.marts), annee, Path(config.out), wanted=config.formats.split(","))
    return dg.MaterializeResult(metadata={path.suffix[1:]: dg.MetadataValue.path(str(path)) for path in made})
