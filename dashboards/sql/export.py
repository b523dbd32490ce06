"""A result of any size as files: written as it comes, in their place only once they are whole."""

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO

import pyarrow as pa

from dashboards.sql import result
from dashboards.sql.engine import OK, Limits, Outcome, Sink

STANDARD = Path("-")  # the standard output
LIMITS = Limits(lignes=sys.maxsize, octets=sys.maxsize, horloge=3600.0)


class Unwritten(Exception):
    """A file that cannot be written; the message says which and why, in French."""


@dataclass
class Target:
    """A file that a result is to be written to, of a kind of `result.FILES`."""

    kind: str
    path: Path
    rows: int = 0
    left: int = 0  # rows that it has no room for

    @property
    def straight(self) -> bool:
        """What is no file to replace: the standard output, a pipe, a device."""
        return self.path == STANDARD or (self.path.exists() and not self.path.is_file())

    @property
    def draft(self) -> Path:
        place = self.path.resolve()
        return self.path if self.straight else place.with_name(f".{place.name}.partiel")

    @contextmanager
    def opened(self) -> Iterator[IO[bytes]]:
        if self.path == STANDARD:
            yield sys.stdout.buffer
            sys.stdout.buffer.flush()
            return
        with self.draft.open("wb") as stream:
            yield stream

    def add(self, write: result.Write, table: pa.Table) -> None:
        took = write(table)
        self.rows, self.left = self.rows + took, self.left + table.num_rows - took

    def settle(self, *, whole: bool) -> None:
        """Put what is written in its place, or away."""
        if self.straight:
            return
        if whole:
            self.draft.replace(self.path.resolve())
        else:
            self.draft.unlink(missing_ok=True)


def write(targets: list[Target], run: Callable[[Sink], Outcome]) -> Outcome:
    """Run a query into files; where it has no result, or a file cannot be written, none has changed. Raises Unwritten."""
    whole = False
    try:
        outcome = run(partial(_pour, targets))
        whole = outcome.status == OK
    except BrokenPipeError:  # whoever reads the standard output has read enough
        raise
    except OSError as error:
        named = ", ".join(str(t.path) for t in targets)
        raise Unwritten(f"{named} : écriture impossible ({error.strerror})") from error
    finally:
        for target in targets:
            target.settle(whole=whole)
    return outcome


def _pour(targets: list[Target], schema: pa.Schema, pieces: Iterator[pa.Table]) -> None:
    """Write a result of a schema, piece by piece, to every target."""
    plain = result.simple(schema.empty_table()).schema
    with ExitStack() as stack:
        writes = [stack.enter_context(result.FILES[t.kind][0](stack.enter_context(t.opened()), plain)) for t in targets]
        for piece in map(result.simple, pieces):
            for target, write in zip(targets, writes, strict=True):
                target.add(write, piece)
