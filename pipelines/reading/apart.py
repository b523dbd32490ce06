"""Reading a file in a process of its own, which has a limit on its memory and holds no key.

A few kilobytes can describe gigabytes of cells: such a file is to cost that process alone.
"""

import pickle
import resource
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import IO, Any, cast

MEMORY = 4 << 30  # bytes; a full sheet (1,048,576 rows of 40 columns) takes less than half
SECONDS = 900  # of processor
TOGETHER = 2_000  # rows sent at a time

Row = Sequence[Any]


def rows_apart(module: str, words: Sequence[str], broken: str) -> Iterator[Row]:
    """The rows that `python -m module words…` sends (see `send`); raises ValueError(broken) where it ends before its time."""
    command = [sys.executable, "-I", "-m", module, *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={}) as process:
        try:
            yield from _received(cast("IO[bytes]", process.stdout), broken)
        finally:
            process.kill()


def _received(stream: IO[bytes], broken: str) -> Iterator[Row]:
    while True:
        try:
            rows = pickle.load(stream)  # noqa: S301 (our own process wrote it)
        except (EOFError, pickle.UnpicklingError, MemoryError):
            raise ValueError(broken) from None
        if rows is None:
            return
        yield from rows


def bound(memory: int = MEMORY) -> None:
    """From here on this process may take so many bytes and SECONDS of processor, and leaves no dump of its memory."""
    for limit, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, SECONDS),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (most, most))


def send(rows: Iterable[Row], stream: IO[bytes], together: int = TOGETHER) -> None:
    """Write rows, some at a time, then None."""
    source = iter(rows)
    while some := list(islice(source, together)):
        pickle.dump(some, stream)
    pickle.dump(None, stream)
