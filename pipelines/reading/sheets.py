"""A sheet of a workbook, read in a process of its own that has a limit on its memory.

A few kilobytes can describe a sheet of billions of cells, for which the parser asks room at once: such a workbook is to
cost that process alone. This file is that process too: of the project it imports next to nothing.
"""

import pickle
import resource
import subprocess
import sys
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from io import BytesIO
from itertools import chain, islice, repeat
from math import isnan
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast
from zipfile import ZipFile, is_zipfile

from pipelines.reading.workbook import sheets, unusual_cells

if TYPE_CHECKING:
    from python_calamine import CalamineWorkbook

Row = list[str | None]
MEMORY = 4 << 30  # bytes; a full sheet (1,048,576 rows of 40 columns) takes less than half
SECONDS = 900  # of processor
TOGETHER = 2_000  # rows sent at a time


def sheet_rows(path: Path, member: str = "", sheet: str | int | None = None) -> Iterator[Row]:
    """The rows of a sheet of `path`, or of its `member`, each cell as the text that a CSV export would hold.

    `sheet`: its name, or its number from 1; None: the first that is shown. Raises ValueError where the workbook is damaged, encrypted,
    larger than its process may be, or without that sheet.
    """
    command = [sys.executable, "-I", "-m", __spec__.name, str(path), member, "" if sheet is None else str(sheet)]
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
    """A cell as the text a CSV export would hold; None where it is empty, blank or not a number (NaN)."""
    if cell is None or (isinstance(cell, float) and isnan(cell)):
        return None
    if isinstance(cell, bool):
        return "Oui" if cell else "Non"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(cell, date | time):
        return cell.isoformat()
    text = (_decoded(cell) if isinstance(cell, bytes) else str(cell)).replace("\0", "")
    return text if text.strip() else None


def _decoded(text: bytes) -> str:
    try:
        return text.decode()
    except UnicodeDecodeError:
        return text.decode("cp1252")


def _send(path: str, member: str, wanted: str, stream: IO[bytes]) -> None:
    """Write the rows of a sheet, some at a time, then None."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    from python_calamine import CalamineWorkbook

    file = _member(path, member) if member else path
    with CalamineWorkbook.from_object(file) as book:
        if (name := _name(book, wanted)) is not None:
            rows = _with(_rows(book, name), _unusual(file, name))
            while some := list(islice(rows, TOGETHER)):
                pickle.dump(some, stream)
    pickle.dump(None, stream)


def _member(path: str, name: str) -> BytesIO:
    with ZipFile(path) as archive:
        return BytesIO(archive.read(name))


def _name(book: "CalamineWorkbook", wanted: str) -> str | None:
    """The name of the sheet to read: without a wish the first that is shown."""
    from python_calamine import SheetTypeEnum, SheetVisibleEnum

    names = book.sheet_names
    if wanted:
        return wanted if wanted in names else names[int(wanted) - 1]
    shown = (SheetTypeEnum.WorkSheet, SheetVisibleEnum.Visible)
    return next((s.name for s in book.sheets_metadata if (s.typ, s.visible) == shown), None)


def _rows(book: "CalamineWorkbook", name: str) -> Iterator[Row]:
    sheet = book.get_sheet_by_name(name)
    if sheet.start:  # the parser's rows begin at the first cell that is filled
        above, before = sheet.start
        yield from ([] for _ in range(above))
        yield from ([*[None] * before, *map(cell_text, row)] for row in sheet.iter_rows())


def _unusual(file: str | BytesIO, name: str) -> Mapping[int, Mapping[int, str]]:
    """The texts of the cells that the parser gives nothing for, by row and column; workbooks of other formats have none."""
    if not is_zipfile(file):
        return {}
    with ZipFile(file) as archive:
        sheet = next((s for s in sheets(archive) if s.name == name), None)
        return unusual_cells(archive, sheet) if sheet else {}


def _with(rows: Iterator[Row], unusual: Mapping[int, Mapping[int, str]]) -> Iterator[Row]:
    """The rows, with the texts of cells that are unusual, by row and column from 0; they may be the last ones."""
    most = max(unusual, default=-1) + 1
    for at, row in enumerate(chain(rows, repeat(None))):
        if row is None and at >= most:
            return
        yield _put(row or [], unusual.get(at, {}))


def _put(row: Row, texts: Mapping[int, str]) -> Row:
    if texts:
        row = row + [None] * (max(texts) + 1 - len(row))
    for at, text in texts.items():
        row[at] = text
    return row


if __name__ == "__main__":
    path, member, wanted = sys.argv[1:]
    _send(path, member, wanted, sys.stdout.buffer)
