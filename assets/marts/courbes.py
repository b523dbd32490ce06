import polars as pl

from pipelines.computing.curves import curves
from pipelines.tables import table
from pipelines.vintages.build import Build
from pipelines.vintages.years import DETECTION
from schemas.indicators.parcours import PARCOURS

NAME = "marts.courbes"


@table(NAME, after=[PARCOURS, "ref.annees", "ref.completude"])
def courbes(build: Build) -> None:
    """The saisines of each year that has changed, or some of which are still under way on a new day of observation."""
    years = build.in_years(DETECTION)
    build.run(f"DELETE FROM {NAME} WHERE {build.in_years(DETECTION, 'annee')}")
    if drawn := list(curves(build.engine.frame, years)):
        build.engine.append(NAME, pl.concat(drawn))
