"""One query, in this process alone: `python -I -S child.py`, a request on the standard input.

The result leaves as an Arrow stream on the standard output, the outcome as JSON on the error output. Whatever the
query is, the process holds no secret, has one file open and can open no other, and its limits are the system's.
Nothing of the project is imported here: what is not loaded need not be trusted, and starts quicker.
"""

import json
import os
import resource
import sys
from pathlib import Path

REQUEST = json.load(sys.stdin)
sys.path.extend(REQUEST["path"])

import duckdb  # noqa: E402 (found by the path of the request)
import pyarrow as pa  # noqa: E402 (the same)

OPENED: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "python_enable_replacements": "false",
    "python_scan_all_frames": "false",
    "temp_directory": "",
    "max_temp_directory_size": "0KB",
    "lock_configuration": "true",
}
PIECE = 2048  # rows of a batch


class Refusal(Exception):
    """A statement that may not run; its text is French."""


def main() -> None:
    outcome: dict[str, object] = {"statut": "ok"}
    try:
        outcome |= _answer()
    except Refusal as refusal:
        outcome = {"statut": "refus", "message": str(refusal)}
    except (duckdb.OutOfMemoryException, MemoryError, pa.ArrowMemoryError) as error:
        outcome = {"statut": "memoire", "message": str(error)}
    except (duckdb.Error, pa.ArrowException, RuntimeError, ValueError, OverflowError) as error:
        kind = type(error).__name__
        outcome = {"statut": "memoire" if "bad_alloc" in str(error) else "erreur", "genre": kind, "message": str(error)}
    except OSError as error:  # what DuckDB ends with once rows have come: its kind is in the text
        kind, _, _ = str(error).partition(" Error:")
        status = "memoire" if kind == "Out of Memory" else "erreur"
        outcome = {"statut": status, "genre": kind.replace(" ", "") + "Exception", "message": str(error)}
    sys.stderr.write(json.dumps(outcome))
    sys.stderr.flush()
    os._exit(0)  # whatever still runs is dropped


def _answer() -> dict[str, object]:
    limits = REQUEST["limites"]
    settings = OPENED | {"memory_limit": f"{limits['memoire']}MB", "threads": str(limits["taches"])}
    con = duckdb.connect(REQUEST["fichier"], read_only=True, config=settings)
    _shut(limits)
    query, names = _single(con, REQUEST["sql"])
    values = REQUEST["parametres"]
    if missing := sorted(names - values.keys()):
        raise Refusal("sans valeur : " + ", ".join(f"${name}" for name in missing))
    found = con.sql(query, params={name: values[name] for name in names})
    return _stream(found.to_arrow_reader(PIECE), limits["lignes"], limits["octets"])


def _shut(limits: dict[str, int]) -> None:
    """From here on: no other file nor socket, nothing written to a file, no other process, bounded time and memory."""
    spare = os.dup(0)
    os.close(spare)
    held = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
    for limit, most in (
        (resource.RLIMIT_AS, held + (limits["memoire"] << 20) * 3 // 2),
        (resource.RLIMIT_CPU, limits["secondes"]),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, spare),
    ):
        resource.setrlimit(limit, (most, most))


def _single(con: duckdb.DuckDBPyConnection, sql: str) -> tuple[duckdb.Statement, set[str]]:
    """The one statement of a text, which must read, with the names of its parameters."""
    statements = con.extract_statements(sql)
    if not statements:
        raise Refusal("la requête est vide")
    if len(statements) > 1:
        raise Refusal("une seule instruction à la fois")
    if statements[0].type != duckdb.StatementType.SELECT:
        raise Refusal(
            f"seules les lectures sont admises (SELECT, WITH, FROM, DESCRIBE…), pas {statements[0].type.name}"
        )
    return statements[0], set(statements[0].named_parameters)


def _stream(reader: pa.RecordBatchReader, rows: int, size: int) -> dict[str, object]:
    """Write at most `rows` rows and about `size` bytes; says how many there are and whether more were left."""
    sent, room, cut = 0, size, False
    with pa.ipc.new_stream(sys.stdout.buffer, reader.schema) as sink:
        for batch in reader:
            held = batch.get_total_buffer_size() or 1
            fits = min(batch.num_rows, rows - sent, batch.num_rows * room // held)
            cut = fits < batch.num_rows
            if fits:
                sink.write_batch(batch.slice(0, fits))
                sent, room = sent + fits, room - held
            if cut:
                break
    sys.stdout.buffer.flush()
    return {"lignes": sent, "tronque": cut}


main()
