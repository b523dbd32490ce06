import polars as pl

from pipelines.tables import table
from pipelines.vintages.build import Build
from pipelines.vintages.checks import balance
from schemas.outputs.checks import BALANCE, FAILED, PASSED
from schemas.outputs.tables import OUTPUTS

OWN = "controle.controles"


@table(OWN, after=[o.full_name for o in OUTPUTS if o.full_name != OWN])
def controles(build: Build) -> None:
    """Every check of this refresh but that of this table, which comes after all others."""
    rows = balance(build.con)
    found = [*build.checked, (BALANCE.name, BALANCE.table, rows.passed, rows.text)]
    build.create(OWN)
    build.append(
        OWN,
        pl.DataFrame(
            [(name, table, PASSED if passed else FAILED, text) for name, table, passed, text in found],
            schema=["controle", "objet", "resultat", "constat"],
            orient="row",
        ),
    )
