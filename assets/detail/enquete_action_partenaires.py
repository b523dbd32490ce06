import polars as pl

from pipelines.tables import table
from pipelines.vintages.build import Build

TABLE = "detail.enquete_action_partenaires"


@table(TABLE, after=["detail.enquete_actions"])
def enquete_action_partenaires(build: Build) -> None:
    """One row per co-built action and partner; each list of partners met is split once."""
    met = build.run("SELECT DISTINCT partenaires FROM detail.enquete_actions WHERE partenaires IS NOT NULL")
    split = [(several, one) for (several,) in met for one in several.split("|")]
    build.run("CREATE OR REPLACE TABLE lu.partenaires (partenaires VARCHAR, partenaire VARCHAR)")
    build.append(
        "lu.partenaires", pl.DataFrame(split, schema={"partenaires": pl.String, "partenaire": pl.String}, orient="row")
    )
    build.create(
        TABLE,
        "SELECT a.annee, a.organisme, a.region, a.identifiant, a.public, p.partenaire "
        "FROM detail.enquete_actions AS a JOIN lu.partenaires AS p USING (partenaires)",
    )
