"""Fill a table with many frames, in lanes that write side by side.

Each lane is a connection, a transaction and a single thread, which fills whole groups of rows; they go to their place at
once. Threads that share an insert leave groups half full, and each insert of its own goes through the log: both are
written twice.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from itertools import cycle

import duckdb
import polars as pl

LANES = 2  # more would leave no processor to what reads
Write = Callable[[pl.DataFrame, str], None]


@dataclass
class Passing:
    """Frames of the same columns, which queries read one after another under a single registered name.

    What is registered during a transaction is held until its end, even once unregistered: every row of a table would be.
    """

    frame: pl.DataFrame | None = None

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        if self.frame is None:
            raise ValueError("no frame yet")
        return self.frame.__arrow_c_stream__(requested_schema)


@dataclass
class Lane:
    """A connection with its transaction, its thread, and the name it reads frames under."""

    con: duckdb.DuckDBPyConnection
    name: str
    thread: ThreadPoolExecutor
    passing: Passing = field(default_factory=Passing)
    written: Future[None] | None = None  # the last frame

    def write(self, frame: pl.DataFrame, sql: str) -> None:
        """Wait until the frame before is written, then write this one in the lane's own thread."""
        self.wait()
        self.written = self.thread.submit(self._run, frame, sql)

    def wait(self) -> None:
        """Wait for the last frame; raises what went wrong while it was written."""
        if self.written:
            self.written.result()

    def commit(self) -> Future[object]:
        """Commit, in the lane's own thread, all that it has written."""
        return self.thread.submit(self.con.execute, "COMMIT")

    def _run(self, frame: pl.DataFrame, sql: str) -> None:
        first, self.passing.frame = self.passing.frame is None, frame
        if first:
            self.con.execute("BEGIN")
            self.con.register(self.name, self.passing)
        self.con.execute(sql).fetchall()

    def close(self) -> None:
        """Close the connection; what is not committed is rolled back."""
        self.thread.shutdown()
        self.con.close()


@contextmanager
def filling(con: duckdb.DuckDBPyConnection, name: str) -> Iterator[Write]:
    """Yields a function that runs a statement over a frame, which the statement reads as `name`.

    All statements are committed together when the block ends; none if the block or a statement fails.
    """
    con.execute("SET threads = 1")  # of each connection, which its lane is
    with ExitStack() as stack:
        stack.callback(_reset_threads, con)
        lanes = [Lane(con.cursor(), name, ThreadPoolExecutor(1)) for _ in range(LANES)]
        for lane in lanes:
            stack.callback(lane.close)
        turns = cycle(lanes)
        yield lambda frame, sql: next(turns).write(frame, sql)
        for lane in lanes:  # all, before any of them is committed
            lane.wait()
        for committed in [lane.commit() for lane in lanes if lane.written]:
            committed.result()


def _reset_threads(con: duckdb.DuckDBPyConnection) -> None:
    with suppress(duckdb.Error):  # what went wrong first is what is to be told
        con.execute("RESET threads")
