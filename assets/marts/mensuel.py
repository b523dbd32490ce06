import polars as pl

from pipelines.computing.monthly import monthly
from pipelines.tables import table
from pipelines.vintages.build import Build
from pipelines.vintages.years import STOCK

NAME = "marts.mensuel"


@table(NAME, after=["detail.accompagnements", "ref.mois", "ref.annees", "ref.completude", "controle.inconnus"])
def mensuel(build: Build) -> None:
    """Every month from the year of the first saisine that has come or gone: what is under way then has changed."""
    anew = build.in_years(STOCK, "annee")
    build.run(f"DELETE FROM {NAME} WHERE {anew}")
    months = build.run(f"SELECT dernier_jour, {anew} FROM ref.mois ORDER BY dernier_jour")
    if any(wanted for _, wanted in months):
        rows = monthly(build.engine.frame, [day for day, _ in months], build.unknown)
        kept = {day.year for day, wanted in months if wanted}
        build.engine.append(NAME, rows.filter(pl.col("annee").is_in(kept)).fill_nan(None))
