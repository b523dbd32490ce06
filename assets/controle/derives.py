import polars as pl

from pipelines.intake.drift import of_codes
from pipelines.tables import table
from pipelines.vintages.build import Build
from schemas.outputs.tables import BY_FULL_NAME, OUTPUTS

NAME = "controle.derives"
COLUMNS = {c.name: pl.Int64 if c.sql == "BIGINT" else pl.String for c in BY_FULL_NAME[NAME].columns}


@table(NAME, after=["ref.organismes", "ref.structures", *(o.full_name for o in OUTPUTS if o.layer == "detail")])
def derives(build: Build) -> None:
    """What headers have shown while they were read, then what rejects and alerts show of codes and dates."""
    build.create(
        NAME,
        "SELECT source, livraison, fichier, nature, colonne, valeur, lues AS lignes, indice, table_lue "
        "FROM lu.derives JOIN lu.fichiers USING (source, livraison, fichier, table_lue)",
    )
    build.append(NAME, pl.DataFrame(of_codes(build), schema=COLUMNS, orient="row"))
