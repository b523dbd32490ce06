"""The national report of a year."""

import os
from pathlib import Path

import dagster as dg

# the years that have ended; a report of another year is made by `adass report --annee`
YEARS = dg.TimeWindowPartitionsDefinition(start="2018", fmt="%Y", cron_schedule="0 0 1 1 *", timezone="Europe/Paris")


class Demande(dg.Config):
    """What is asked of the report of a year."""

    marts: str = os.environ.get("ADASS_MARTS", "data/marts")
    out: str = os.environ.get("ADASS_RAPPORTS", "rapports")
    formats: str = "pptx,xlsx"


@dg.asset(
    key=["rapport", "national"],
    group_name="rapport",
    description="Le rapport annuel national, une partition par année : diaporama et classeur, faits du millésime publié.",
    partitions_def=YEARS,
    deps=[["publication"]],
)
def national(context: dg.AssetExecutionContext, config: Demande) -> dg.MaterializeResult[None]:
    from dashboards.deck.report import write_report  # a refresh makes no deck and need not wait for its libraries

    annee, wanted = int(context.partition_key), config.formats.split(",")
    made = write_report(Path(config.marts), annee, Path(config.out), wanted=wanted, warn=context.log.warning)
    return dg.MaterializeResult(metadata={path.suffix[1:]: dg.MetadataValue.path(str(path)) for path in made})
