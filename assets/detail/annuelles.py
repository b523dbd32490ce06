"""The tables of the yearly sources: accepted rows, with the year of the folder and the region of the organisme."""

from pipelines.intake.ingestion import ingest
from pipelines.tables import Recipe, recipe, together
from pipelines.vintages.build import Build
from pipelines.vintages.checks import Finding, kept
from schemas.exports.action_sociale import ACTION_SOCIALE
from schemas.exports.declarations import Table
from schemas.exports.enquete import ENQUETE


def _recipe(declared: Table) -> Recipe:
    name = f"{declared.source}_{declared.name}"
    members = [f"detail.{declared.source}_{declared.members}"] if declared.members else []
    files = f"raw.{declared.source}.{declared.name}"

    def lignes_acceptees(build: Build) -> Finding:
        """Every accepted row is there."""
        return kept(build.con, declared.source, declared.name, f"detail.{name}")

    def fill(build: Build) -> None:
        ingest(build, declared)
        build.create(
            f"detail.{name}",
            # the year ends the name of the folder: 2024, 311/2024
            f"""SELECT CAST(RIGHT(l.livraison, 4) AS INTEGER) AS annee, o.code_region AS region, l.*
            FROM lu.{name} AS l JOIN ref.organismes AS o USING (organisme)""",
        )

    after = [files, "ref.organismes", "ref.structures", *members]
    return recipe(f"detail.{name}", fill, after, [lignes_acceptees])


# a table that others take its members from is declared before them
ANNUELLES = [
    one
    for source in (ENQUETE, ACTION_SOCIALE)
    for one in together(f"detail_{source.name}", [_recipe(declared) for declared in source.tables])
]
