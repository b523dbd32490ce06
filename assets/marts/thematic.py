"""The thematic marts: each is a wide view of `marts.indicateurs`, column by declared column."""

import dagster as dg

from pipelines.build import Build
from pipelines.tables import table
from schemas.outputs import MartColumn, ThematicMart
from schemas.outputs import THEMATIC as DECLARED


def _column(c: MartColumn) -> str:
    return f"MAX(CASE WHEN indicateur = '{c.indicator}' AND modalite = '{c.modality}' THEN {c.figure} END) AS {c.name}"


def _query(mart: ThematicMart) -> str:
    columns = ",\n  ".join(_column(c) for c in mart.columns)
    used = ", ".join(f"'{i}'" for i in sorted({c.indicator for c in mart.columns} | {mart.key}))
    return f"""
SELECT annee, niveau, territoire, public,
  {columns}
FROM marts.indicateurs
WHERE indicateur IN ({used})
GROUP BY annee, niveau, territoire, public
HAVING MAX(CASE WHEN indicateur = '{mart.key}' THEN 1 END) = 1
ORDER BY annee, niveau, territoire, public"""


def _asset(mart: ThematicMart) -> dg.AssetsDefinition:
    @table(f"marts.{mart.name}", after=["marts.indicateurs"])
    def made(build: Build) -> None:
        build.create(f"marts.{mart.name}", _query(mart))

    return made


THEMATIC = [_asset(mart) for mart in DECLARED]
