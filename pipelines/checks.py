"""Checks that a refresh must pass before it is published."""

from dataclasses import dataclass

import duckdb

from schemas.catalogue import CATALOGUE
from schemas.indicators import LEVELS, NOMBRE, PART
from schemas.outputs import Output

TOLERANCE = 1e-9


@dataclass(frozen=True)
class Finding:
    """What a check found, in French, for the person who runs the refresh."""

    passed: bool
    text: str


def schema_finding(con: duckdb.DuckDBPyConnection, output: Output) -> Finding:
    """The table has the declared columns and types, each with its comment."""
    found = con.execute(
        "SELECT column_name, data_type, comment FROM duckdb_columns() "
        "WHERE schema_name = ? AND table_name = ? AND database_name = current_database() ORDER BY column_index",
        [output.layer, output.name],
    ).fetchall()
    declared = [(c.name, c.sql, c.comment) for c in output.columns]
    wrong = [str(d[0]) for d, f in zip(declared, found, strict=False) if tuple(f) != d]
    if len(found) != len(declared) or wrong:
        return Finding(False, f"{output.full_name} : colonnes non conformes ({', '.join(wrong) or 'nombre'})")
    return Finding(True, f"{output.full_name} : {len(found)} colonnes conformes")


def _finding(con: duckdb.DuckDBPyConnection, query: str, what: str) -> Finding:
    """A query that lists what is wrong, as one text column; nothing found is good."""
    wrong = [str(row[0]) for row in con.execute(query).fetchmany(5)]
    return Finding(not wrong, f"{what} : " + (" ; ".join(wrong) if wrong else "conforme"))


def balance(con: duckdb.DuckDBPyConnection) -> Finding:
    """Rows read = accepted + rejected + replaced, file by file, and every rejected row has its reasons."""
    return _finding(
        con,
        """WITH motifs AS (
          SELECT source, livraison, fichier, COUNT(DISTINCT ligne) AS lignes FROM controle.rejets
          GROUP BY source, livraison, fichier
        )
        SELECT l.source || '/' || l.livraison || '/' || l.fichier || ' : ' || l.lignes_lues || ' lues, '
          || l.lignes_acceptees || ' acceptées, ' || l.lignes_rejetees || ' rejetées (' || COALESCE(m.lignes, 0)
          || ' motivées), ' || l.lignes_remplacees || ' remplacées'
        FROM controle.livraisons AS l LEFT JOIN motifs AS m USING (source, livraison, fichier)
        WHERE l.lignes_lues <> l.lignes_acceptees + l.lignes_rejetees + l.lignes_remplacees
          OR l.lignes_rejetees <> COALESCE(m.lignes, 0) OR l.lignes_acceptees < 0 OR l.lignes_remplacees < 0""",
        "Bilan des lignes",
    )


def kept(con: duckdb.DuckDBPyConnection, source: str, stem: str, table: str) -> Finding:
    """The rows of a detail table are those that its files count as accepted."""
    return _finding(
        con,
        f"""SELECT '{table} : ' || n.lignes || ' lignes, ' || a.lignes || ' acceptées'
        FROM (SELECT COUNT(*) AS lignes FROM {table}) AS n,
          (SELECT COALESCE(SUM(lues - rejetees - remplacees), 0) AS lignes FROM lu.fichiers
           WHERE source = '{source}' AND table_lue = '{stem}') AS a
        WHERE n.lignes <> a.lignes""",
        f"Lignes acceptées de {table}",
    )


def additivity(con: duckdb.DuckDBPyConnection) -> Finding:
    """Counts of the nation = sum of its regions = sum of its organismes, for every public."""
    counts = ", ".join(f"'{i.id}'" for i in CATALOGUE if i.unit == NOMBRE and i.levels == LEVELS)
    return _finding(
        con,
        f"""WITH sommes AS (
          SELECT annee, public, indicateur, modalite,
            SUM(CASE WHEN niveau = 'national' THEN numerateur ELSE 0 END) AS national,
            SUM(CASE WHEN niveau = 'region' THEN numerateur ELSE 0 END) AS regions,
            SUM(CASE WHEN niveau = 'organisme' THEN numerateur ELSE 0 END) AS organismes
          FROM marts.indicateurs WHERE indicateur IN ({counts})
          GROUP BY annee, public, indicateur, modalite
        )
        SELECT indicateur || ' ' || annee || ' ' || public || ' ' || modalite || ' : ' || national || ' / ' || regions
          || ' / ' || organismes
        FROM sommes WHERE national <> regions OR national <> organismes""",
        "National = régions = organismes",
    )


def partitions(con: duckdb.DuckDBPyConnection) -> Finding:
    """The shares of modalités that partition a base sum to 1."""
    shares = ", ".join(f"'{i.id}'" for i in CATALOGUE if i.unit == PART and i.partition)
    return _finding(
        con,
        f"""SELECT indicateur || ' ' || annee || ' ' || territoire || ' ' || public || ' : ' || SUM(valeur)
        FROM marts.indicateurs WHERE indicateur IN ({shares})
        GROUP BY annee, niveau, territoire, public, indicateur
        HAVING ABS(SUM(valeur) - 1) > {TOLERANCE}""",
        "Parts d'une répartition = 100 %",
    )


def levels(con: duckdb.DuckDBPyConnection) -> Finding:
    """Every indicator is given at its own niveaux only, and beyond BALI for everyone only."""
    allowed = ", ".join(f"('{i.id}', '{level}')" for i in CATALOGUE for level in i.levels)
    everyone = ", ".join(f"'{i.id}'" for i in CATALOGUE if i.source != "bali")
    return _finding(
        con,
        f"""SELECT DISTINCT indicateur || ' ' || niveau || ' ' || public FROM marts.indicateurs
        WHERE (indicateur, niveau) NOT IN (VALUES {allowed})
          OR (indicateur IN ({everyone}) AND public <> 'ensemble')""",
        "Niveaux et publics des indicateurs",
    )
