"""Run a query on a published file in a process of its own, under limits that the operating system keeps."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import sysconfig
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO

import pyarrow as pa

CHILD = Path(__file__).with_name("child.py")
OK, REFUSED, ERROR, MEMORY, TIME, STOPPED, BUSY = "ok", "refus", "erreur", "memoire", "temps", "arret", "occupe"
LONGEST = 50_000  # characters of a query
TOLD = 64_000  # bytes of an outcome
SLOTS = 3  # queries at once in this process: the pages are served besides
QUEUE = 20.0  # seconds to wait for a place: twenty people at once wait up to six while a refresh goes on

FAR = "une date sort de ce qui peut être montré (années 1 à 9999)"

WORDS = {
    REFUSED: "Requête refusée",
    ERROR: "Requête en erreur",
    MEMORY: "Mémoire dépassée",
    TIME: "Durée dépassée",
    STOPPED: "Requête arrêtée",
    BUSY: "Serveur occupé",
}
_KINDS = {
    "ParserException": "elle ne se lit pas",
    "SyntaxException": "elle ne se lit pas",
    "BinderException": "une colonne, une fonction ou un type ne convient pas",
    "CatalogException": "une table ou une fonction n'existe pas",
    "ConversionException": "une valeur ne se convertit pas",
    "InvalidInputException": "une valeur ne convient pas",
    "OutOfRangeException": "un nombre sort de son intervalle",
    "PermissionException": "ni fichier, ni réseau, ni configuration : seules les tables publiées se lisent",
}


@dataclass(frozen=True)
class Limits:
    """What one query may use at most."""

    lignes: int = 50_000
    octets: int = 64 << 20  # of the result
    memoire: int = 1024  # MB
    taches: int = 2
    horloge: float = 30.0  # seconds

    @property
    def secondes(self) -> int:
        """Seconds of processor."""
        return max(int(self.horloge * self.taches), 1)


@dataclass(frozen=True)
class Outcome:
    """What became of a query: a table where `status` is OK, else a French `message` and DuckDB's own `detail`.

    `advice` names, in French, codes of the query that their column does not know.
    """

    status: str
    seconds: float
    table: pa.Table = field(default_factory=lambda: pa.table({}))
    cut: bool = False  # there were more rows than are given
    message: str = ""
    detail: str = ""
    rows: int = 0
    advice: str = ""


@dataclass
class Job:
    """A query under way."""

    process: subprocess.Popen[bytes]
    replaced: bool = False  # by the next query of the same person

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)


_places = threading.BoundedSemaphore(SLOTS)
_jobs: dict[str, Job] = {}  # by person
_asked: dict[str, object] = {}  # of each person who waits or runs, which query is the last one asked
_guard = threading.Lock()


Sink = Callable[[pa.Schema, Iterator[pa.Table]], None]  # takes a result of a schema, piece by piece


class Ended(Exception):
    """A result stops before its end."""


class Far(Exception):
    """A result holds a date that Python cannot hold."""


def run(
    file: Path, sql: str, parameters: Mapping[str, object] | None = None, limits: Limits | None = None, who: str = "",
    sink: Sink | None = None,
) -> Outcome:  # fmt: skip
    """Run one statement that reads. `file` is a published file; the query that `who` still runs is stopped.

    A `sink` is given the result piece by piece, as it comes; the outcome has its number of rows and no table.
    Never raises for what the query does: the outcome says it. What the sink raises is raised.
    """
    limits = limits or Limits()
    started = time.monotonic()
    if len(sql) > LONGEST:
        return Outcome(REFUSED, 0.0, message=f"plus de {LONGEST} caractères")
    request = {
        "path": sorted({sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}),
        "fichier": str(file.resolve()),
        "sql": sql,
        "parametres": dict(parameters or {}),
        "limites": {**asdict(limits), "secondes": limits.secondes},
    }
    turn = _take_turn(who)
    try:
        if not _places.acquire(timeout=QUEUE):
            return Outcome(BUSY, time.monotonic() - started, message="d'autres requêtes sont en cours : réessayez")
        try:
            return _run(json.dumps(request).encode(), limits, who, turn, started, sink)
        finally:
            _places.release()
    finally:
        with _guard:
            if _asked.get(who) is turn:
                del _asked[who]


def _take_turn(who: str) -> object:
    """Stop the query that this person runs; one that waits for a place finds, when it gets it, that it is not the last."""
    turn = object()
    with _guard:
        if who:
            _asked[who] = turn
            if job := _jobs.pop(who, None):
                job.replaced = True
                job.kill()
    return turn


def _run(request: bytes, limits: Limits, who: str, turn: object, started: float, sink: Sink | None = None) -> Outcome:
    with tempfile.TemporaryDirectory(prefix="adass-sql-") as empty, ThreadPoolExecutor(3) as pool:
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-X", "utf8", str(CHILD)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env={}, cwd=empty, start_new_session=True,
        )  # fmt: skip
        job = Job(process)
        with process:
            try:
                with _guard:
                    if who and _asked.get(who) is not turn:
                        job.replaced = True
                        job.kill()
                    _jobs[who] = job
                pool.submit(_write, process.stdin, request)
                out = pool.submit(_taken, process.stdout, 2 * limits.octets, sink)
                err = pool.submit(_read, process.stderr, TOLD)
                late = wait((out, err), timeout=limits.horloge, return_when=FIRST_EXCEPTION).not_done
            finally:
                with _guard:  # before the process is waited for: its number is still its own
                    if _jobs.get(who) is job:
                        del _jobs[who]
                    job.kill()
            code = process.wait()
        seconds = time.monotonic() - started
        if job.replaced:
            return Outcome(STOPPED, seconds, message="une autre requête l'a remplacée")
        if isinstance(out.exception(), Far):
            return Outcome(REFUSED, seconds, message=FAR)
        return _outcome(out.result(), err.result(), None if late else code, limits, seconds)


def _taken(stream: IO[bytes] | None, most: int, sink: Sink | None) -> bytes:
    """What a process writes; nothing where a sink has been given it."""
    if sink is None or stream is None:
        return _read(stream, most)
    with contextlib.suppress(Ended):  # the outcome says why
        reader = _opened(stream)
        sink(reader.schema, _pieces(reader))
    return b""


def _opened(stream: IO[bytes]) -> pa.RecordBatchReader:
    try:
        return pa.ipc.open_stream(stream)
    except pa.ArrowInvalid as error:
        raise Ended from error


def _pieces(reader: pa.RecordBatchReader) -> Iterator[pa.Table]:
    try:
        for batch in reader:
            table = pa.Table.from_batches([batch])
            if not _datable(table):
                raise Far
            yield table
    except pa.ArrowInvalid as error:
        raise Ended from error


def _datable(table: pa.Table) -> bool:
    """Whether Python can hold every date of a result, those within lists included."""
    try:
        for column in table.columns:
            if pa.types.is_temporal(column.type) or pa.types.is_nested(column.type):
                column.to_pylist()
    except (OverflowError, ValueError):
        return False
    return True


def _write(stream: IO[bytes] | None, request: bytes) -> None:
    if stream:
        with contextlib.suppress(BrokenPipeError), stream:
            stream.write(request)


def _read(stream: IO[bytes] | None, most: int) -> bytes:
    return stream.read(most) if stream else b""


def _table(out: bytes) -> pa.Table:
    if not out:  # a sink has been given the rows
        return pa.table({})
    with pa.ipc.open_stream(out) as stream:
        return stream.read_all()


def _outcome(out: bytes, err: bytes, code: int | None, limits: Limits, seconds: float) -> Outcome:
    try:
        told = json.loads(err)
    except ValueError:
        told = {}
    if code is None or (not told and code in {-signal.SIGKILL, -signal.SIGXCPU}):
        return Outcome(TIME, seconds, message=f"plus de {limits.horloge:.0f} secondes")
    if not told:
        return Outcome(STOPPED, seconds, message="le processus s'est arrêté : trop de mémoire ou de profondeur")
    status, text = str(told["statut"]), str(told.get("message", ""))
    if status == OK:
        table = _table(out)
        if not _datable(table):
            return Outcome(REFUSED, seconds, message=FAR)
        return Outcome(OK, seconds, table, bool(told["tronque"]), rows=int(told["lignes"]))
    if status == REFUSED:
        return Outcome(status, seconds, message=text)
    message = f"plus de {limits.memoire} Mo" if status == MEMORY else _KINDS.get(str(told.get("genre")), "")
    return Outcome(status, seconds, message=message, detail=text.strip()[:2000])
