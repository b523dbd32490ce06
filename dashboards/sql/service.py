"""Answering a query for somebody: on the file of the role, noted in the journal."""

from dataclasses import dataclass, replace
from pathlib import Path

from dashboards.access.roles import Access
from dashboards.published.reading import DIFFUSION, Edition, is_for_everybody, query
from dashboards.sql import engine, journal
from dashboards.sql.advice import advice
from dashboards.sql.engine import ERROR, OK, REFUSED, Limits, Outcome

UNNOTED = "le journal des requêtes ne peut pas être écrit : prévenez la personne qui administre adass"


@dataclass(frozen=True)
class Column:
    name: str
    type: str
    comment: str


@dataclass(frozen=True)
class Table:
    """A table that can be queried, with its French comments."""

    name: str
    comment: str
    columns: tuple[Column, ...]


def file(edition: Edition) -> Path | None:
    """The file that this reader may query freely: rows about persons are for statisticians alone."""
    if edition.access.rows:
        return edition.path
    path = edition.path.with_name(DIFFUSION).resolve()
    return path if is_for_everybody(path) else None


def answer(
    marts: Path, access: Access, path: Path, sql: str, parameters: dict[str, object], limits: Limits | None = None
) -> Outcome:
    """Run a query and note it; a query that cannot be noted gives nothing."""
    outcome = engine.run(path, sql, parameters, limits, who=access.identity)
    try:
        journal.note(marts, access, path, sql, parameters, outcome)
    except OSError:
        return Outcome(REFUSED, outcome.seconds, message=UNNOTED)
    return advised(path, sql, outcome)


def advised(path: Path, sql: str, outcome: Outcome) -> Outcome:
    """The outcome with what is to be said of the codes of its query; of a text that is too long nothing is read."""
    if outcome.status not in {OK, ERROR}:
        return outcome
    return replace(outcome, advice=advice(Edition(path, path.stat().st_mtime_ns), sql))


def tables(edition: Edition) -> tuple[Table, ...]:
    """Every table and view of the file, by name."""
    rows = query(
        edition,
        "SELECT c.schema_name || '.' || c.table_name AS nom, t.comment AS dit, c.column_name AS colonne, "
        "split_part(c.data_type, '(', 1) AS type, c.comment AS texte FROM duckdb_columns() AS c JOIN ("
        "SELECT schema_name, table_name, comment FROM duckdb_tables() "
        "UNION ALL SELECT schema_name, view_name, comment FROM duckdb_views() WHERE NOT internal"
        ") AS t ON t.schema_name = c.schema_name AND t.table_name = c.table_name "
        "WHERE NOT c.internal ORDER BY nom, c.column_index",
    )
    found: dict[str, list[Column]] = {}
    said: dict[str, str] = {}
    for r in rows:
        said[str(r["nom"])] = str(r["dit"] or "")
        found.setdefault(str(r["nom"]), []).append(Column(str(r["colonne"]), str(r["type"]), str(r["texte"] or "")))
    return tuple(Table(name, said[name], tuple(columns)) for name, columns in found.items())
