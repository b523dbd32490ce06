import polars as pl

from pipelines.tables import table
from pipelines.vintages.build import Build
from schemas.exports.rules import REFUS, REGLES


@table("ref.regles")
def regles(build: Build) -> None:
    """The rules, as declared."""
    build.create("ref.regles")
    rules = {**REGLES, **REFUS}
    build.append("ref.regles", pl.DataFrame({"regle": list(rules), "libelle": list(rules.values())}))
