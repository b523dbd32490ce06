"""Queries that people keep, each under a name and a link that cannot be guessed."""

import os
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from dashboards.sql.engine import LONGEST
from schemas.text import masked

FILE = "requetes.sqlite"
LONGEST_NAME, MOST = 80, 200  # characters; queries of a person
_TABLE = """CREATE TABLE IF NOT EXISTS requetes (
  id TEXT PRIMARY KEY, identite TEXT NOT NULL, nom TEXT NOT NULL, requete TEXT NOT NULL, enregistree TEXT NOT NULL,
  UNIQUE (identite, nom))"""


@dataclass(frozen=True)
class Saved:
    id: str
    name: str
    sql: str


class TooMuch(ValueError):
    """What is not kept, and why, in French."""


def save(marts: Path, identity: str, name: str, sql: str) -> Saved:
    """Keep a query under a name, personal numbers masked; the one that had this name is replaced and its link stays.

    Raises TooMuch for a text, a name or a number of queries beyond what is kept.
    """
    name, sql = masked(name), masked(sql)
    if len(name) > LONGEST_NAME or len(sql) > LONGEST:
        raise TooMuch(f"Un nom compte {LONGEST_NAME} caractères au plus, une requête {LONGEST}.")
    with _open(marts) as con:
        others = con.execute("SELECT COUNT(*) FROM requetes WHERE identite = ? AND nom <> ?", (identity, name))
        if others.fetchone()[0] >= MOST:
            raise TooMuch(f"{MOST} requêtes sont déjà enregistrées : supprimez-en.")
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
