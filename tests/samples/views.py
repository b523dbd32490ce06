"""The small published folder of `dashboard_sample`, with control tables: two deliveries, a survey, checked figures."""

from pathlib import Path

import duckdb

from dashboards.views import coherence, millesimes, qualite, reconciliation, reperes
from schemas.outputs.tables import BY_FULL_NAME
from tests.samples.dashboard import publish

DECK, REPORT = "Diaporama ADASS 2024", "Rapport Action sociale CPAM 31, 2022"
A1, A7 = "A1 Les détections : les chiffres", "A7 Les clôtures"
CHECKS = (qualite, reconciliation, coherence, millesimes)  # they read lines or figures of every organisme
VIEWS = (*CHECKS, reperes)
MANY = 250  # lines that break R03
TABLES = {
    "controle.livraisons": [
        ("bali", "2024-01-15", "accompagnements.csv", "0" * 64, 1000, 700, 250, 50),
        ("bali", "2025-01-20", "accompagnements.csv", "1" * 64, 500, 498, 2, 0),
        ("enquete", "2024", "repondants.csv", "2" * 64, 2, 1, 1, 0),
        ("action_sociale", "011/2024", "dossiers.csv", "3" * 64, 10, 10, 0, 0),
    ],
    "controle.rejets": [
        *(
            ("bali", "2024-01-15", "accompagnements.csv", line, f"A{line}", "R03", "date_saisine", "31/02/2024")
            for line in range(2, MANY + 2)
        ),
        ("bali", "2025-01-20", "accompagnements.csv", 7, "A7", "R06", "motif_cloture", "=HYPERLINK(1)"),
        ("bali", "2025-01-20", "accompagnements.csv", 7, "A7", "R08", "type_accompagnement", None),
        ("bali", "2025-01-20", "accompagnements.csv", 9, "A9", "R08", "type_accompagnement", "Mixte"),
        ("enquete", "2024", "repondants.csv", 3, None, "R02", "organisme", "<b>000</b>"),
    ],
    "controle.alertes": [
        ("bali", "2025-01-20", "accompagnements.csv", 12, "A12", "A01", "nir", "•••"),
    ],
    "controle.derives": [
        ("bali", "2024-01-15", "accompagnements.csv", "colonne absente", "sexe", None, 1000, "Genre"),
        ("bali", "2024-01-15", "accompagnements.csv", "colonne inconnue", "Genre", None, 1000, "Sexe"),
        ("bali", "2024-01-15", "accompagnements.csv", "code inconnu", "situation", "Intermittent", 3, None),
        ("bali", "2025-01-20", "accompagnements.csv", "code inconnu", "situation", "Intermittent", 4, None),
    ],
    "controle.reconciliation": [
        (DECK, A1, "detections.part_type", "Soins", 2024, "national", "FR", "ensemble", "SOINS", "=", 0.49, 0.4912,
         0.0012, 0.005, "conforme", None),
        (DECK, A1, "detections.evolution", "Évolution des détections", 2024, "national", "FR", "ensemble", "", "=",
         0.015, 0.0535, 0.0385, 0.0005, "ecart", None),
        (DECK, A1, "detections.nombre", "Nombre de détections", 2024, "national", "FR", "ensemble", "", "~", 300000.0,
         296500.0, -3500.0, 5000.0, "conforme", None),
        (DECK, A7, "clotures.taux_succes", "Succès", 2024, "national", "FR", "jeunes", "", ">", 0.78, 0.7, -0.08,
         0.005, "ecart", None),
        (DECK, A7, None, "Seuil de pauvreté mensuel", 2021, "national", "FR", "ensemble", "", "=", 1215.0, None, None,
         0.5, "non_calculable", "aucun indicateur ne calcule ce chiffre"),
        (REPORT, "Les aides", "aides.dossiers", "Dossiers", 2022, "organisme", "011", "ensemble", "", "=", 12.0, 12.0,
         0.0, 0.5, "conforme", None),
    ],
    "controle.coherence": [
        (DECK, A1, "total_100.detections_type", "« 49 % » et « 51 % » font 100 %.", "cohérent"),
        (DECK, f"{A7} ; {A1}", "variation.clotures", "De « 10 » à « 12 », la variation est 2.", "contradiction"),
        (REPORT, "Les aides", "somme.aides", "« 3 » et « 4 » font 7.", "cohérent"),
    ],
}  # fmt: skip
ACCOMPAGNEMENTS = [("011", 2023, 2024), ("011", 2024, None), ("021", 2023, 2023)]
REPONDANTS = [(2024, "021")]


def publish_with_controls(marts: Path, empty: bool = False) -> Path:
    """Publish a vintage with its control tables, without any row where `empty`. Returns `marts`."""
    publish(marts)
    with duckdb.connect(str((marts / "adass.duckdb").resolve())) as con:
        con.execute("CREATE SCHEMA controle; CREATE SCHEMA detail")
        for name in (*TABLES, "detail.accompagnements", "detail.enquete_repondants"):
            columns = ", ".join(f"{c.name} {c.sql}" for c in BY_FULL_NAME[name].columns)
            con.execute(f"CREATE TABLE {name} ({columns})")
        if not empty:
            for name, rows in TABLES.items():
                columns = [c.name for c in BY_FULL_NAME[name].columns][: len(rows[0])]
                con.executemany(
                    f"INSERT INTO {name} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})", rows
                )
                if {"fichier", "table_lue"} <= {c.name for c in BY_FULL_NAME[name].columns}:
                    con.execute(f"UPDATE {name} SET table_lue = SPLIT_PART(fichier, '.', 1)")
            con.executemany(
                "INSERT INTO detail.accompagnements (organisme, annee_detection, annee_cloture) VALUES (?, ?, ?)",
                ACCOMPAGNEMENTS,
            )
            con.executemany("INSERT INTO detail.enquete_repondants (annee, organisme) VALUES (?, ?)", REPONDANTS)
    return marts
