"""The thematic marts."""

from pipelines.computing.thematic import mart_query
from pipelines.tables import Recipe, recipe, together
from pipelines.vintages.build import Build
from schemas.outputs.marts import THEMATIC as DECLARED
from schemas.outputs.marts import ThematicMart


def _recipe(mart: ThematicMart) -> Recipe:
    name = f"marts.{mart.name}"
    return recipe(name, lambda build: _fill(build, name, mart), after=["marts.indicateurs"])


def _fill(build: Build, name: str, mart: ThematicMart) -> None:
    build.renew(name, mart_query(mart))


THEMATIC = together("marts_thematiques", [_recipe(mart) for mart in DECLARED])
