"""The thematic marts."""

from pipelines.build import Build
from pipelines.tables import Recipe, recipe, together
from pipelines.thematic import mart_query
from schemas.outputs.tables import THEMATIC as DECLARED
from schemas.outputs.tables import ThematicMart


def _recipe(mart: ThematicMart) -> Recipe:
    name = f"marts.{mart.name}"
    return recipe(name, lambda build: _fill(build, name, mart), after=["marts.indicateurs"])


def _fill(build: Build, name: str, mart: ThematicMart) -> None:
    build.renew(name, mart_query(mart))


THEMATIC = together("marts_thematiques", [_recipe(mart) for mart in DECLARED])
