"""The pseudonymised rows of old vintages are removed once their time is over; their figures stay.

A vintage is never changed: a reduced one is built beside it, brought to disk, and takes its place in one step.
"""

import ctypes
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from pipelines.errors import Refused
from pipelines.vintages.disk import sync
from pipelines.vintages.publish import UNDER_WAY, discard, locked, seal
from schemas.outputs import vintages
from schemas.outputs.vintages import FILE, MANIFEST, Manifest, sha256
from schemas.text import quoted

VARIABLE = "ADASS_CONSERVATION"
MONTHS = 36
KEPT = ("ref", "marts", "controle")
# emptied in `controle`
PERSONAL = {"rejets": ("identifiant", "valeur"), "alertes": ("identifiant", "valeur"), "derives": ("valeur",)}
_EXCHANGE = 2  # RENAME_EXCHANGE of Linux
_HERE = -100  # AT_FDCWD


@dataclass(frozen=True)
class Due:
    """A vintage whose detail is to go, and the size of its files now, in bytes."""

    name: str
    created: datetime
    octets: int


def due(marts: Path, months: int, now: datetime) -> list[Due]:
    """The vintages older than `months` that still hold detail; never the current one."""
    limit = months_before(now, months)
    found = []
    for name in vintages.names(marts):
        manifest = vintages.read(marts / vintages.VINTAGES / name)
        if manifest.created < limit and not manifest.purged and name != vintages.current(marts):
            found.append(Due(name, manifest.created, _size(manifest)))
    return found


def due_trials(marts: Path, months: int, now: datetime) -> list[tuple[Path, Due]]:
    """The trials older than `months`, with their folders: nobody cites their figures, so none of them need stay."""
    limit, found = months_before(now, months), []
    for folder in vintages.trials(marts):
        manifest = vintages.read(folder)
        if manifest.created < limit:
            found.append((folder, Due(f"{vintages.TRIALS}/{folder.name}", manifest.created, _size(manifest))))
    return found


def months_before(moment: datetime, months: int) -> datetime:
    """The same day of the month, `months` earlier; the 28th for later days."""
    count = moment.year * 12 + moment.month - 1 - months
    return moment.replace(year=count // 12, month=count % 12 + 1, day=min(moment.day, 28))


def purge(marts: Path, months: int) -> Iterator[tuple[Due, int]]:
    """Reduce each vintage that is due, and remove each trial; yields each with the bytes that are left.

    Raises Refused where the folder is in use, NoVintage where a manifest cannot be read.
    """
    if not marts.is_dir():
        raise Refused(f"{marts} : dossier publié introuvable")
    with locked(marts):
        now = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
        for one in due(marts, months, now):
            yield one, _reduce(marts / vintages.VINTAGES / one.name, now)
        for trial, one in due_trials(marts, months, now):
            discard(trial)
            yield one, 0


def _reduce(home: Path, now: datetime) -> int:
    if not vintages.intact(home / FILE):
        raise Refused(f"millésime {home.name} : {FILE} ne correspond pas à son empreinte, il n'est pas réduit")
    fresh = home.with_name(f"{UNDER_WAY}{home.name}")
    fresh.mkdir()
    _copy_kept(home / FILE, fresh / FILE)
    for path in home.iterdir():
        if path.name not in (FILE, MANIFEST):  # holds no row about a person
            os.link(path, fresh / path.name)
    manifest = json.loads((home / MANIFEST).read_text(encoding="utf-8"))
    manifest["detail_purge_le"] = now.isoformat() + "Z"
    manifest["fichiers"] = [
        entry if entry["nom"] != FILE else {"nom": FILE, **_described(fresh / FILE)} for entry in manifest["fichiers"]
    ]
    seal(fresh, manifest)
    fresh.chmod(0o555)
    _exchange(fresh, home)
    sync(home.parent)
    discard(fresh)  # the whole one, which has taken this name
    return _size(vintages.read(home))


def _described(path: Path) -> dict[str, object]:
    return {"octets": path.stat().st_size, "sha256": sha256(path)}


def _size(manifest: Manifest) -> int:
    return sum(size for size, _ in manifest.files.values())


def _copy_kept(source: Path, target: Path) -> None:
    """A new file with the tables of KEPT and their comments, without personal values.

    A copy, not a deletion: deleted rows stay in the free blocks of a database file.
    """
    with duckdb.connect(str(target)) as con:
        con.execute(f"ATTACH {quoted(str(source))} AS avant (READ_ONLY)")
        for layer in KEPT:
            con.execute(f"CREATE SCHEMA IF NOT EXISTS {layer}")
            for table, comment in _tables(con, layer):
                _copy(con, layer, table, comment)
        con.execute("DETACH avant")


def _tables(con: duckdb.DuckDBPyConnection, layer: str) -> list[tuple[str, str | None]]:
    found = con.execute(
        "SELECT table_name, comment FROM duckdb_tables() WHERE database_name = 'avant' AND schema_name = ? "
        "ORDER BY table_name",
        [layer],
    ).fetchall()
    return [(str(name), comment) for name, comment in found]


def _copy(con: duckdb.DuckDBPyConnection, layer: str, table: str, comment: str | None) -> None:
    columns = con.execute(
        "SELECT column_name, data_type, comment FROM duckdb_columns() WHERE database_name = 'avant' "
        "AND schema_name = ? AND table_name = ? ORDER BY column_index",
        [layer, table],
    ).fetchall()
    emptied = PERSONAL.get(table, ()) if layer == "controle" else ()
    values = [f"CAST(NULL AS {kind}) AS {name}" if name in emptied else str(name) for name, kind, _ in columns]
    con.execute(f"CREATE TABLE {layer}.{table} AS SELECT {', '.join(values)} FROM avant.{layer}.{table}")
    texts = [(f"TABLE {layer}.{table}", comment), *((f"COLUMN {layer}.{table}.{name}", c) for name, _, c in columns)]
    for what, text in texts:
        if text:
            con.execute(f"COMMENT ON {what} IS {quoted(text)}")


def _exchange(one: Path, other: Path) -> None:
    """Exchange two folders in one step, so that neither name is ever missing. Raises Refused where the system cannot."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.renameat2(_HERE, os.fsencode(one), _HERE, os.fsencode(other), _EXCHANGE):
        reason = os.strerror(ctypes.get_errno())
        raise Refused(f"{one.parent} : ce système de fichiers n'échange pas deux dossiers d'un coup ({reason})")
