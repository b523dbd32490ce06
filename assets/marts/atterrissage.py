from collections import Counter
from collections.abc import Iterator

import numpy as np
import polars as pl

from pipelines.computing.landing import landing
from pipelines.computing.monthly import series
from pipelines.tables import table
from pipelines.vintages.build import Build

NAME = "marts.atterrissage"
YEAR = 12  # months
MEASURES = ("saisines", "clotures")
PLACE = ["niveau", "territoire"]


@table(NAME, after=["marts.mensuel", "ref.mois"])
def atterrissage(build: Build) -> None:
    """The end of the year of the first month that is not over, of each territory that has a long enough past."""
    build.create(NAME)
    figures = build.engine.frame(series(MEASURES))
    observed = build.engine.frame("SELECT annee, mois FROM ref.mois").sort("annee", "mois")
    if observed.is_empty():
        return
    year, month = observed.row(-1)  # the last that is over
    year, over = (year + 1, 0) if month == YEAR else (year, month)
    months = observed.filter(pl.col("annee") >= _first_whole(figures, year))
    for measure in MEASURES:
        for rows in _landed(months, figures, measure, over):
            build.engine.append(NAME, rows.with_columns(annee=pl.lit(year), mesure=pl.lit(measure)))


def _first_whole(figures: pl.DataFrame, year: int) -> int:
    """The first of the years right before this one in which every month has saisines and closures in the country.

    Years before the first deliveries hold what was still under way then: they have no shape.
    """
    country = figures.filter(pl.col("niveau") == "national", *(pl.col(measure) > 0 for measure in MEASURES))
    months = Counter(country["annee"])
    while months[year - 1] == YEAR:
        year -= 1
    return year


def _landed(months: pl.DataFrame, figures: pl.DataFrame, measure: str, over: int) -> Iterator[pl.DataFrame]:
    """The rows of a measure, `over` months of whose year are over; nothing where there are too few whole years."""
    keys = [*PLACE, "annee", "mois"]
    places = figures.select(PLACE).unique().sort(PLACE)
    every = places.join(months, how="cross").join(figures, on=keys, how="left").sort(keys)
    counts = every[measure].fill_null(0).to_numpy().reshape(places.height, months.height)
    levels = places["niveau"].to_numpy()
    if found := landing(counts, counts[levels == "national"].sum(axis=0), levels, over):
        (forecast, reach), observed = found, counts[:, months.height - over :].sum(axis=1)
        rows = places.with_columns(
            observe=observed,
            prevu=observed + forecast.rest,
            bas=observed + np.maximum(forecast.rest - reach, 0),
            haut=observed + forecast.rest + reach,
        )
        yield rows.filter(forecast.said).with_columns(pl.col("prevu", "bas", "haut").round().cast(pl.Int64))
