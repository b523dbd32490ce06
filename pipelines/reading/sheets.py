"""A sheet of a workbook, read in a process of its own that has a limit on its memory.

A few kilobytes can describe a sheet of billions of cells, for which the parser asks room at once: such a workbook is to
cost that process alone. This file is that process too, run by its path: it imports nothing of the project.
"""

import pickle
import resource
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, datetime, time
from io import BytesIO
from itertools import chain, islice
from pathlib import Path
from typing import IO, cast
from zipfile import ZipFile

Row = list[str | None]
MEMORY = 4 << 30  # bytes; a full sheet (1,048,576 rows of 40 columns) takes less than half
SECONDS = 900  # of processor
TOGETHER = 2_000  # rows sent at a time


def sheet_rows(path: Path, member: str = "", sheet: str | int | None = None) -> Iterator[Row]:
    """The rows of a sheet of `path`, or of its `member`, each cell as the text that a CSV export would hold.

    `sheet`: its name, or its number from 1; None: the first. Raises ValueError where the workbook is damaged, encrypted,
    larger than its process may be, or without that sheet.
    """
    command = [sys.executable, "-I", __file__, str(path), member, "" if sheet is None else str(sheet)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        try:
            yield from _received(cast("IO[bytes]", process.stdout))
        finally:
            process.kill()


def _received(stream: IO[bytes]) -> Iterator[Row]:
    while True:
        try:
            rows = pickle.load(stream)  # noqa: S301 (our own process wrote it)
        except (EOFError, pickle.UnpicklingError):
            raise ValueError("classeur endommagé ou démesuré") from None
        if rows is None:
            return
        yield from rows


def cell_text(cell: object) -> str | None:
    """A cell as the text a CSV export would hold; None where it is empty or blank."""
    if cell is None:
        return None
    if isinstance(cell, bool):
        return "Oui" if cell else "Non"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(cell, date | time):
        return cell.isoformat()
    return str(cell) if str(cell).strip() else None


def _send(path: str, member: str, wanted: str, stream: IO[bytes]) -> None:
    """Write the rows of a sheet, some at a time, then None."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    from python_calamine import CalamineWorkbook

    with CalamineWorkbook.from_object(_member(path, member) if member else path) as book:
        sheet = book.get_sheet_by_index(_index(book.sheet_names, wanted)) if book.sheet_names else None
        if sheet and sheet.start:  # the parser's rows begin at the first cell that is filled
            above, before = sheet.start
            filled = ([*[None] * before, *map(cell_text, row)] for row in sheet.iter_rows())
            rows = chain(([] for _ in range(above)), filled)
            while some := list(islice(rows, TOGETHER)):
                pickle.dump(some, stream)
    pickle.dump(None, stream)


def _member(path: str, name: str) -> BytesIO:
    with ZipFile(path) as archive:
        return BytesIO(archive.read(name))


def _index(names: list[str], wanted: str) -> int:
    if not wanted:
        return 0
    return names.index(wanted) if wanted in names else int(wanted) - 1


if __name__ == "__main__":
    path, member, wanted = sys.argv[1:]
    _send(path, member, wanted, sys.stdout.buffer)
