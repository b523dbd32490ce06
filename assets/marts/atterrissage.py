from collections.abc import Iterator

import numpy as np
import polars as pl

from pipelines.computing.landing import landing
from pipelines.tables import table
from pipelines.vintages.build import Build
from schemas.publics import EVERYONE

NAME = "marts.atterrissage"
MEASURES = ("saisines", "clotures")
PLACE = ["niveau", "territoire"]
SERIES = f"""SELECT annee, mois, {", ".join([*PLACE, *MEASURES])}
FROM marts.mensuel
WHERE public = '{EVERYONE.code}'"""


@table(NAME, after=["marts.mensuel", "ref.mois"])
def atterrissage(build: Build) -> None:
    """The end of the year of the first month that is not over, of each territory that has a long enough past."""
    build.create(NAME)
    months = build.engine.frame("SELECT annee, mois FROM ref.mois").sort("annee", "mois")
    figures = build.engine.frame(SERIES)
    if not figures.is_empty():
        for measure in MEASURES:
            for rows in _landed(months, figures, measure):
                build.engine.append(NAME, rows)


def _landed(months: pl.DataFrame, figures: pl.DataFrame, measure: str) -> Iterator[pl.DataFrame]:
    """The rows of a measure; nothing where there are too few whole years."""
    last = months.row(-1, named=True)
    month = last["mois"] % 12  # of the year in progress, how many are over
    places = figures.select(PLACE).unique().sort(PLACE)
    wide = places.join(months, how="cross").join(
        figures, on=[*PLACE, "annee", "mois"], how="left", maintain_order="left"
    )
    counts = wide[measure].fill_null(0).to_numpy().reshape(places.height, months.height)
    levels = places["niveau"].to_numpy()
    found = landing(counts, counts[levels == "national"][0], levels, month)
    if not found:
        return
    (forecast, reach), observed = found, counts[:, months.height - month :].sum(axis=1)
    rows = places.with_columns(
        annee=pl.lit(last["annee"] + (month == 0)),
        mesure=pl.lit(measure),
        observe=observed,
        prevu=observed + forecast.rest,
        bas=observed + np.maximum(forecast.rest - reach, 0),
        haut=observed + forecast.rest + reach,
    )
    yield rows.filter(forecast.said).with_columns(pl.col("prevu", "bas", "haut").round().cast(pl.Int64))
