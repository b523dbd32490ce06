"""The floor: DuckDB reads the same CSV files, typed, into tables on disk, and runs 15 plain group-bys.

Usage: python -m benchmarks.refresh_floor RAW FILE
"""

import sys
from pathlib import Path

import duckdb

from schemas.exports.kinds import Day
from schemas.exports.sources import source

GROUP_BYS = (
    ("accompagnements", "organisme"), ("accompagnements", "motif_cloture"), ("accompagnements", "type_accompagnement"),
    ("accompagnements", "famille_detecteur"), ("accompagnements", "categorie_detecteur"), ("accompagnements", "structure"),
    ("accompagnements", "sexe"), ("accompagnements", "situation"), ("accompagnements", "year(date_saisine), organisme"),
    ("accompagnements", "year(date_cloture), motif_cloture"), ("accompagnements", "year(date_cloture), organisme, motif_cloture"),
    ("actions", "thematique, resultat"), ("actions", "partenaire"), ("soins", "type_soins"), ("soins", "specialite"),
)  # fmt: skip


def main(raw: Path, file: Path) -> None:
    file.unlink(missing_ok=True)
    con = duckdb.connect(str(file))
    for table in source("bali").tables:
        types = ", ".join(
            f"'{c.name}': '{c.kind.sql if isinstance(c.kind, Day) else 'VARCHAR'}'" for c in table.columns
        )
        files = sorted(str(p) for p in raw.glob(f"bali/*/{table.name}*.csv"))
        listed = ", ".join(f"'{f}'" for f in files)
        con.execute(
            f"CREATE TABLE {table.name} AS SELECT * FROM read_csv([{listed}], delim=';', header=true, "
            f"columns={{{types}}}, dateformat='%d/%m/%Y')"
        ).fetchall()
    for table_name, keys in GROUP_BYS:
        con.execute(f"SELECT {keys}, COUNT(*) FROM {table_name} GROUP BY ALL").fetchall()
    con.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
