"""A sheet of a workbook, read in a process of its own that has a limit on its memory.

A few kilobytes can describe a sheet of billions of cells, for which the parser asks room at once: such a workbook is to
cost that process alone. This file is that process too: of the project it imports next to nothing.
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time
from io import BytesIO
from itertools import chain, repeat
from math import isnan
from pathlib import Path
from typing import IO, TYPE_CHECKING
from zipfile import ZipFile, is_zipfile

from pipelines.reading.apart import bound, rows_apart, send
from pipelines.reading.workbook import sheets, unusual_cells

if TYPE_CHECKING:
    from python_calamine import CalamineWorkbook

Row = list[str | None]
BROKEN = "classeur endommagé ou démesuré"


def sheet_rows(path: Path, member: str = "", sheet: str | int | None = None) -> Iterator[Sequence[str | None]]:
    """The rows of a sheet of `path`, or of its `member`, each cell as the text that a CSV export would hold.

    `sheet`: its name, or its number from 1; None: the first that is shown. Raises ValueError where the workbook is damaged, encrypted,
    larger than its process may be, or without that sheet.
    """
    words = [str(path), member, "" if sheet is None else str(sheet)]
    return rows_apart(__spec__.name, words, BROKEN)


def sheet_names(path: Path, member: str = "") -> list[str]:
    """The names of the sheets of a workbook, in their order."""
    return [str(row[0]) for row in rows_apart(__spec__.name, [str(path), member], BROKEN)]


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
    bound()
    from python_calamine import CalamineWorkbook

    file = _member(path, member) if member else path
    with CalamineWorkbook.from_object(file) as book:
        name = _name(book, wanted)
        send(() if name is None else _with(_rows(book, name), _unusual(file, name)), stream)


def _send_names(path: str, member: str, stream: IO[bytes]) -> None:
    bound()
    from python_calamine import CalamineWorkbook

    with CalamineWorkbook.from_object(_member(path, member) if member else path) as book:
        send(([name] for name in book.sheet_names), stream)


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
    file, inside, *wanted_sheet = sys.argv[1:]
    if wanted_sheet:
        _send(file, inside, wanted_sheet[0], sys.stdout.buffer)
    else:
        _send_names(file, inside, sys.stdout.buffer)
