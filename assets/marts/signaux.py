import polars as pl

from pipelines.computing.charts import MONTHS, charted
from pipelines.computing.monthly import series
from pipelines.tables import table
from pipelines.vintages.build import Build

NAME = "marts.signaux"
FIGURES = ("saisines", "clotures", "succes", "ouvertures", "ouvertures_15")
PLACE = ["niveau", "territoire"]


@table(NAME, after=["marts.mensuel", "ref.mois"])
def signaux(build: Build) -> None:
    """A chart of each territory and measure that has one, of the last months that were observed."""
    months = build.engine.frame("SELECT annee, mois FROM ref.mois").sort("annee", "mois").tail(MONTHS)
    figures = build.engine.frame(series(FIGURES))
    rows = [
        (month["annee"], month["mois"], *place, measure, value, chart.mean, chart.low, chart.high, signal)
        for place, of_place in figures.sort(PLACE).group_by(PLACE, maintain_order=True)
        for measure, kept, chart in charted(_every(months, of_place))
        for month, value, signal in zip(kept, chart.values, chart.signals(), strict=True)
    ]
    build.create(NAME)
    build.engine.append(NAME, pl.DataFrame(rows, _columns(build), orient="row", infer_schema_length=None))


def _every(months: pl.DataFrame, figures: pl.DataFrame) -> list[dict[str, int]]:
    """The figures of each of these months, 0 where a month has none."""
    return months.join(figures, on=["annee", "mois"], how="left", maintain_order="left").fill_null(0).to_dicts()


def _columns(build: Build) -> dict[str, type[pl.DataType]]:
    kinds = {"DOUBLE": pl.Float64, "INTEGER": pl.Int32}
    return {c.name: kinds.get(c.sql, pl.String) for c in build.outputs[NAME].columns}
