"""Queries that people keep, each under a name and a link that cannot be guessed."""

import os
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

FILE = "requetes.sqlite"
_TABLE = """CREATE TABLE IF NOT EXISTS requetes (
  id TEXT PRIMARY KEY, identite TEXT NOT NULL, nom TEXT NOT NULL, requete TEXT NOT NULL, enregistree TEXT NOT NULL,
  UNIQUE (identite, nom))"""


@dataclass(frozen=True)
class Saved:
    id: str
    name: str
    sql: str


def save(marts: Path, identity: str, name: str, sql: str) -> Saved:
    """Keep a query under a name; the one that had this name is replaced and its link stays."""
    with _open(marts) as con:
        now = datetime.now(UTC).isoformat(timespec="seconds")
        con.execute(
            "INSERT INTO requetes VALUES (?, ?, ?, ?, ?) ON CONFLICT (identite, nom) DO UPDATE "
            "SET requete = excluded.requete, enregistree = excluded.enregistree",
            (secrets.token_urlsafe(12), identity, name, sql, now),
        )
        row = con.execute("SELECT id, nom, requete FROM requetes WHERE identite = ? AND nom = ?", (identity, name))
        return Saved(*row.fetchone())


def of(marts: Path, identity: str) -> tuple[Saved, ...]:
    """The queries that a person keeps, by name."""
    with _open(marts) as con:
        rows = con.execute("SELECT id, nom, requete FROM requetes WHERE identite = ? ORDER BY nom", (identity,))
        return tuple(Saved(*row) for row in rows)


def linked(marts: Path, name: str) -> Saved | None:
    """The query behind a link, whoever keeps it: its text alone, to be run with the reader's own rights."""
    with _open(marts) as con:
        row = con.execute("SELECT id, nom, requete FROM requetes WHERE id = ?", (name,)).fetchone()
        return Saved(*row) if row else None


def forget(marts: Path, identity: str, name: str) -> None:
    """Drop a query of a person, by its id; that of anybody else stays."""
    with _open(marts) as con:
        con.execute("DELETE FROM requetes WHERE id = ? AND identite = ?", (name, identity))


@contextmanager
def _open(marts: Path) -> Iterator[sqlite3.Connection]:
    path = marts / FILE
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    con = sqlite3.connect(path, timeout=10)
    try:
        with con:
            con.execute(_TABLE)
            yield con
    finally:
        con.close()
