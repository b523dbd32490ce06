"""Comments that readers write beside a slide, in a file of their own: the published vintages are never changed."""

import re
import sqlite3
import tempfile
import unicodedata
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from schemas.text import without_nir

FILE = "commentaires.sqlite"
LONGEST, LONGEST_NAME = 5_000, 80  # characters
PATIENCE = 30  # seconds to wait for another writer
_CREATE = """
CREATE TABLE commentaires (
  id INTEGER PRIMARY KEY,
  diapositive TEXT NOT NULL,
  annee INTEGER NOT NULL,
  niveau TEXT NOT NULL,
  territoire TEXT NOT NULL,
  public TEXT NOT NULL,
  auteur TEXT NOT NULL,
  ecrit_le TEXT NOT NULL,
  texte TEXT NOT NULL,
  millesime TEXT NOT NULL,
  retire_le TEXT
);
CREATE INDEX commentaires_lieu ON commentaires (diapositive, annee, niveau, territoire);
"""
# a reader could write his name in another's place with them
_BIDI = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_EMPTY_LINES = re.compile(r"\n{3,}")


class Refused(ValueError):
    """A comment that cannot be kept, and why, in French."""


@dataclass(frozen=True)
class Comment:
    """What somebody wrote, when, on the figures of which public and vintage."""

    id: int
    author: str
    written: datetime
    text: str
    public: str
    vintage: str


def of(
    marts: Path, slide_id: str, annee: int, niveau: str, territoire: str, public: str | None = None
) -> tuple[Comment, ...]:
    """The comments on a slide, the oldest first, of one public or of all; none where nobody ever wrote one.

    Raises sqlite3.Error where the file cannot be read.
    """
    if not (marts / FILE).exists():
        return ()
    where = "diapositive = ? AND annee = ? AND niveau = ? AND territoire = ?"
    place: list[object] = [slide_id, annee, niveau, territoire]
    if public is not None:
        where, place = f"{where} AND public = ?", [*place, public]
    with _opened(marts) as con:
        rows = con.execute(
            "SELECT id, auteur, ecrit_le, texte, public, millesime FROM commentaires "
            f"WHERE {where} AND retire_le IS NULL ORDER BY id",
            place,
        ).fetchall()
    return tuple(Comment(i, who, datetime.fromisoformat(when), *rest) for i, who, when, *rest in rows)


def add(
    marts: Path,
    slide_id: str,
    annee: int,
    niveau: str,
    territoire: str,
    public: str,
    author: str,
    text: str,
    vintage: str = "",
) -> None:
    """Keep a comment. Raises Refused for an empty or too long text or name, sqlite3.Error where it cannot be written."""
    name, words = _line(author), without_nir(_plain(text))
    _check(name, LONGEST_NAME, "Écrivez votre nom.", "Le nom")
    _check(words, LONGEST, "Le commentaire est vide.", "Le commentaire")
    _create(marts)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    with _opened(marts) as con, con:
        con.execute(
            "INSERT INTO commentaires (diapositive, annee, niveau, territoire, public, auteur, ecrit_le, texte, millesime) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [slide_id, annee, niveau, territoire, public, name, now, words, vintage],
        )


def withdraw(marts: Path, comment_id: int, author: str) -> bool:
    """Show a comment no more, if it is its author who asks; it stays in the file. Whether that was done."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    with _opened(marts) as con, con:
        done = con.execute(
            "UPDATE commentaires SET retire_le = ? WHERE id = ? AND auteur = ? AND retire_le IS NULL",
            [now, comment_id, _line(author)],
        )
        return done.rowcount == 1


def _check(text: str, longest: int, empty: str, what: str) -> None:
    if not text:
        raise Refused(empty)
    if len(text) > longest:
        raise Refused(f"{what} dépasse {longest} caractères.")


def _plain(text: str) -> str:
    """A text that any renderer can hold: no control character but the ends of lines, no empty page."""
    lines = text.encode("utf-8", "replace").decode().replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    kept = "".join(c for c in _BIDI.sub("", lines) if c == "\n" or unicodedata.category(c) != "Cc")
    return _EMPTY_LINES.sub("\n\n", kept).strip()


def _line(text: str) -> str:
    return " ".join(_plain(text).split())


@contextmanager
def _opened(marts: Path) -> Iterator[sqlite3.Connection]:
    """A connection for one call: sessions are threads, and other processes read and write too."""
    address = f"{(marts / FILE).resolve().as_uri()}?mode=rw"  # never creates the file: `_create` makes it whole
    with closing(sqlite3.connect(address, timeout=PATIENCE, uri=True)) as con:
        yield con


def _create(marts: Path) -> None:
    """Make the file if there is none: whole at once, so that nobody opens it half made."""
    if (marts / FILE).exists():
        return
    with tempfile.TemporaryDirectory(dir=marts, prefix=f".{FILE}.") as folder:
        fresh = Path(folder) / FILE
        with closing(sqlite3.connect(fresh)) as con:
            con.execute(
                "PRAGMA journal_mode = WAL"
            )  # kept in the file: readers and a writer do not wait for each other
            con.executescript(_CREATE)
        fresh.chmod(0o600)
        with suppress(FileExistsError):  # another process was first
            (marts / FILE).hardlink_to(fresh)
