"""The published folder of `views_sample` with a second caisse and a second region, and a file for diffusion beside it.

In the complete file every count of a territory is one number, its mark, found nowhere else; in the file for diffusion
nothing of a region or an organisme is shown. So a mark on a page says whose exact row has been read.
"""

from pathlib import Path

import duckdb

from schemas.outputs.vintages import MANIFEST
from tests.samples.views import publish_with_controls
from tests.samples.vintages import manifest

REGIONS = {"84": 91_734_084, "32": 91_734_032}
ORGANISMES = {"011": 91_734_011, "691": 91_734_691, "021": 91_734_021}
MARKS = {("region", c): m for c, m in REGIONS.items()} | {("organisme", c): m for c, m in ORGANISMES.items()}
LABELS = {
    ("national", "FR"): "France",
    ("region", "84"): "Auvergne-Rhône-Alpes (région)",
    ("region", "32"): "Hauts-de-France (région)",
    ("organisme", "011"): "CPAM de l'Ain",
    ("organisme", "691"): "CPAM du Rhône",
    ("organisme", "021"): "CPAM de l'Aisne",
}
EXACT = {
    "national": set(MARKS),
    "statisticien": set(MARKS),
    "regional": {("region", "84"), ("organisme", "011"), ("organisme", "691")},
    "local": {("organisme", "011")},
    "diffusion": set(),
}
HIDDEN = "niveau <> 'national'"


def publish_for_roles(marts: Path) -> Path:
    """Publish both files. Returns `marts`."""
    publish_with_controls(marts)
    detail = (marts / "adass.duckdb").resolve()
    with duckdb.connect(str(detail)) as con:
        _spread(con)
    diffusion = detail.with_name("adass_diffusion.duckdb")
    with duckdb.connect(str(diffusion)) as con:
        con.execute(f"ATTACH '{detail}' AS complet (READ_ONLY)")
        con.execute("CREATE SCHEMA ref; CREATE SCHEMA marts")
        for name in (
            "ref.annees",
            "ref.organismes",
            "ref.millesime",
            "ref.structures",
            "marts.indicateurs",
            "marts.structures",
            "marts.conventions",
        ):
            con.execute(f"CREATE TABLE {name} AS FROM complet.{name}")
        con.execute(
            f"ALTER TABLE marts.indicateurs ADD COLUMN protege BOOLEAN; UPDATE marts.indicateurs SET protege = {HIDDEN}"
        )
        con.execute(
            f"UPDATE marts.indicateurs SET numerateur = NULL, denominateur = NULL, valeur = NULL WHERE {HIDDEN}"
        )
        con.execute(f"UPDATE marts.structures SET accompagnements = NULL, part_soins = NULL WHERE {HIDDEN}")
    (detail.parent / MANIFEST).write_text(manifest(detail.parent.name, home=detail.parent), encoding="utf-8")
    (marts / "adass_diffusion.duckdb").symlink_to(Path("courant") / "adass_diffusion.duckdb")
    return marts


def _spread(con: duckdb.DuckDBPyConnection) -> None:
    """Give every region and organisme every figure of its niveau, each with its mark for a count."""
    con.execute(
        "INSERT INTO ref.organismes VALUES ('691', 'CPAM du Rhône', 'CPAM', '69', '84', 'Auvergne-Rhône-Alpes')"
    )
    con.execute("DELETE FROM marts.indicateurs WHERE territoire IN ('021', '32')")
    for model, others in (("84", ("32",)), ("011", ("691", "021"))):
        for other in others:
            for table in ("marts.indicateurs", "marts.structures"):
                con.execute(
                    f"INSERT INTO {table} SELECT * REPLACE ('{other}' AS territoire) FROM {table} "
                    f"WHERE territoire = '{model}'"
                )
    con.execute("DELETE FROM marts.indicateurs WHERE indicateur LIKE 'aides.%' AND territoire <> '011'")
    for (niveau, code), mark in MARKS.items():
        where = f"niveau = '{niveau}' AND territoire = '{code}'"
        con.execute(
            f"UPDATE marts.indicateurs SET numerateur = {mark}, denominateur = CASE WHEN denominateur > 0 THEN 100000000 END, "
            f"valeur = CASE WHEN unite = 'nombre' THEN {mark} WHEN unite = 'part' THEN {mark} / 100000000.0 ELSE valeur END "
            f"WHERE {where}"
        )
        con.execute(f"UPDATE marts.structures SET accompagnements = {mark} WHERE {where}")
