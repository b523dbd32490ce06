"""The tables of the yearly sources: accepted rows, with the year of the folder and the region of the organisme."""

import dagster as dg

from pipelines.build import Build
from pipelines.checks import Finding, kept
from pipelines.ingestion import ingest
from pipelines.tables import table
from schemas.action_sociale import ACTION_SOCIALE
from schemas.declarations import Table
from schemas.enquete import ENQUETE


def _asset(declared: Table) -> dg.AssetsDefinition:
    name = f"{declared.source}_{declared.name}"
    members = [f"detail.{declared.source}_{declared.members}"] if declared.members else []
    files = f"raw.{declared.source}.{declared.name}"

    def lignes_acceptees(build: Build) -> Finding:
        """Every accepted row is there."""
        return kept(build.con, declared.source, declared.name, f"detail.{name}")

    @table(f"detail.{name}", [files, "ref.organismes", "ref.structures", *members], [lignes_acceptees])
    def made(build: Build) -> None:
        ingest(build, declared)
        build.create(
            f"detail.{name}",
            # the year ends the name of the folder: 2024, 311/2024
            f"""SELECT CAST(RIGHT(l.livraison, 4) AS INTEGER) AS annee, o.code_region AS region, l.*
            FROM lu.{name} AS l JOIN ref.organismes AS o USING (organisme)""",
        )

    return made


ANNUELLES = [_asset(declared) for source in (ENQUETE, ACTION_SOCIALE) for declared in source.tables]
