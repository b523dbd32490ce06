"""Who ran which query: a line of JSON each, in a file a month that its owner alone reads."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path

from dashboards.access.roles import Access
from dashboards.sql.engine import Outcome
from schemas.text import masked

FOLDER = "journal"
TAIL = 512 << 10  # bytes read back for the history of a person


def note(marts: Path, access: Access, file: Path, sql: str, parameters: dict[str, object], outcome: Outcome) -> None:
    """Add a query to the journal. Raises OSError where it cannot be written."""
    now = datetime.now(UTC)
    entry = {
        "quand": now.isoformat(timespec="seconds"),
        "identite": access.identity,
        "role": access.role,
        "territoire": access.territoire,
        "fichier": f"{file.parent.name}/{file.name}",
        "requete": masked(sql),
        "parametres": {name: masked(value) if isinstance(value, str) else value for name, value in parameters.items()},
        "statut": outcome.status,
        "lignes": outcome.rows,
        "secondes": round(outcome.seconds, 3),
    }
    line = json.dumps(entry, ensure_ascii=False) + "\n"
    folder = marts / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    handle = os.open(_path(marts, now), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(handle, line.encode(errors="backslashreplace"))  # half a character is written as JSON escapes it
    finally:
        os.close(handle)


def history(marts: Path, access: Access, many: int = 30) -> list[dict[str, object]]:
    """The latest queries of a person this month, the last first, each text once."""
    try:
        with _path(marts, datetime.now(UTC)).open("rb") as stream:
            stream.seek(max(stream.seek(0, os.SEEK_END) - TAIL, 0))
            lines = stream.read().decode("utf-8", errors="ignore").split("\n")  # a query may hold other ends of lines
    except FileNotFoundError:
        return []
    found: dict[str, dict[str, object]] = {}
    for line in reversed(lines):
        entry = _entry(line)
        if entry.get("identite") == access.identity and isinstance(entry.get("requete"), str):
            found.setdefault(str(entry["requete"]), entry)
    return list(found.values())[:many]


def _entry(line: str) -> dict[str, object]:
    """A line of the journal; empty for one that is no record: the piece begins within a line, or somebody wrote to it."""
    try:
        entry = json.loads(line)
    except ValueError:
        return {}
    return entry if isinstance(entry, dict) else {}


def _path(marts: Path, now: datetime) -> Path:
    return marts / FOLDER / f"sql-{now:%Y-%m}.jsonl"
