from pipelines.intake.refusals import JUDGED, check_of
from pipelines.intake.unknown import UNKNOWN
from pipelines.tables import table
from pipelines.vintages.build import Build
from schemas.outputs.detail import READ


@table("controle.colonnes", after=READ, checks=[check_of(rule) for rule in JUDGED])
def colonnes(build: Build) -> None:
    """What each column of each file holds."""
    build.create(
        "controle.colonnes",
        "SELECT source, livraison, fichier, table_lue, colonne, lignes, remplies, lisibles FROM lu.colonnes "
        "ORDER BY source, livraison, fichier, colonne",
    )


@table("controle.inconnus", after=READ)
def inconnus(build: Build) -> None:
    """What each delivery does not say."""
    build.create("controle.inconnus", UNKNOWN)
