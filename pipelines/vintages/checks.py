"""Checks that a refresh must pass before it is published."""

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from schemas.outputs import checks
from schemas.outputs.columns import Output


@dataclass(frozen=True)
class Finding:
    """What a check found, in French, for the person who runs the refresh."""

    passed: bool
    text: str


def schema_finding(found: Sequence[tuple[str, str, str | None]], output: Output) -> Finding:
    """A table has the declared columns: of each its name, type and comment."""
    declared = [(c.name, c.type, c.comment) for c in output.columns]
    wrong = [d[0] for d, f in zip(declared, found, strict=False) if f != d]
    if len(found) != len(declared) or wrong:
        return Finding(False, f"{output.full_name} : colonnes non conformes ({', '.join(wrong) or 'nombre'})")
    return Finding(True, f"{output.full_name} : {len(found)} colonnes conformes")


def _finding(con: duckdb.DuckDBPyConnection, query: str, what: str) -> Finding:
    """A query that lists what is wrong, as one text column; nothing found is good."""
    wrong = [str(row[0]) for row in con.execute(query).fetchmany(5)]
    return Finding(not wrong, f"{what} : " + (" ; ".join(wrong) if wrong else "conforme"))


def balance(con: duckdb.DuckDBPyConnection) -> Finding:
    """Rows read = accepted + rejected + replaced, file by file, and every rejected row has its reasons."""
    return _held(con, checks.BALANCE)


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
    return _held(con, checks.ADDITIVITY)


def partitions(con: duckdb.DuckDBPyConnection) -> Finding:
    """The shares of modalités that partition a base sum to 1."""
    return _held(con, checks.PARTITIONS)


def levels(con: duckdb.DuckDBPyConnection) -> Finding:
    """Every indicator is given at its own niveaux only, and beyond BALI for everyone only."""
    return _held(con, checks.LEVELS_DECLARED)


def _held(con: duckdb.DuckDBPyConnection, check: checks.Check) -> Finding:
    return _finding(con, check.wrong, check.label)
