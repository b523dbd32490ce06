from datetime import date, timedelta

import polars as pl

from pipelines.tables import table
from pipelines.vintages.build import Build


@table("ref.mois", after=["detail.accompagnements", "ref.millesime"])
def mois(build: Build) -> None:
    """The whole months that were observed, from that of the first saisine."""
    build.create("ref.mois")
    ((first,),) = build.run("SELECT MIN(date_saisine) FROM detail.accompagnements")
    if first and build.inputs.observed:
        build.append("ref.mois", whole_months(first, build.inputs.observed))


def whole_months(first: date, observed: date) -> pl.DataFrame:
    """One row per month from that of `first` to the last one that is over on the day `observed`."""
    begun = pl.date_range(first.replace(day=1), observed + timedelta(days=1), "1mo", eager=True)
    ends = begun.dt.month_end()
    rows = pl.DataFrame(
        {"annee": begun.dt.year(), "mois": begun.dt.month(), "premier_jour": begun, "dernier_jour": ends}
    )
    return rows.filter(pl.col("dernier_jour") <= observed)
