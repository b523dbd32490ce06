import polars as pl

from pipelines.build import Build
from pipelines.tables import table
from schemas.exports.rules import REGLES


@table("ref.regles")
def regles(build: Build) -> None:
    """The rules, as declared."""
    build.create("ref.regles")
    build.append("ref.regles", pl.DataFrame({"regle": list(REGLES), "libelle": list(REGLES.values())}))
