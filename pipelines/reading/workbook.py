"""How a workbook is made: its sheets, and the cells of one that a parser of values gives nothing for.

A cell in error, and a formula that was saved without its value, are values all the same, which cannot be read: they are
sought in the XML of the sheet. Little is imported here: `sheets.py` runs it in a process of its own.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO
from xml.etree import ElementTree
from xml.parsers import expat
from zipfile import ZipFile, is_zipfile

from schemas.text import FORMULA, masked

MOST_ROWS, MOST_COLUMNS = 1 << 20, 1 << 14  # of a sheet
BOOK, BOOK_RELATIONS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
GLANCE = 1 << 20  # bytes
# what only a sheet with formulas or errors has; what every sheet with a cell that is filled has
_UNUSUAL = re.compile(rb"""\bt\s*=\s*["']e["']|<(?:[\w.-]+:)?f[\s/>]""")
_FILLED = re.compile(rb"<(?:[\w.-]+:)?(?:v|is|f)[\s/>]")
_LONGEST_SIGN = 64  # bytes


@dataclass(frozen=True)
class Sheet:
    """A sheet of a workbook: its name, whether it is shown, and the file of the archive that holds its cells."""

    name: str
    visible: bool
    member: str


def sheets(archive: ZipFile) -> list[Sheet]:
    """The sheets of a workbook in their order, those without cells (a chart) left out; none of any other kind of file.

    Raises ValueError where what says so is not as in a workbook.
    """
    if BOOK not in archive.namelist():
        return []
    try:
        return list(_sheets(archive))
    except (KeyError, ElementTree.ParseError) as error:
        raise ValueError("an unusual workbook") from error


def _sheets(archive: ZipFile) -> Iterator[Sheet]:
    related = {
        one.get("Id"): one.get("Target", "")
        for one in _small(archive, BOOK_RELATIONS)
        if one.get("Type", "").endswith("/worksheet")
    }
    for one in _small(archive, BOOK).iter():
        relation = next((value for name, value in one.items() if name.endswith("}id")), None)
        if one.tag.endswith("}sheet") and relation in related:
            target = related[relation]
            member = target[1:] if target.startswith("/") else f"xl/{target}"
            yield Sheet(one.get("name", ""), one.get("state", "visible") == "visible", member)


def _small(archive: ZipFile, member: str) -> ElementTree.Element:
    """A file of a workbook that no workbook needs to be large, nor to declare entities in."""
    with archive.open(member) as stream:
        text = stream.read(GLANCE + 1)
    if len(text) > GLANCE or b"<!DOCTYPE" in text:
        raise ValueError("an unusual workbook")
    return ElementTree.fromstring(text)  # noqa: S314 (without a document type there is nothing to expand)


def unread_sheets(path: Path) -> list[str]:
    """What is told of the sheets of a workbook that hold something and are not read: all but the first that is shown.

    Raises ValueError or BadZipFile where the workbook is damaged.
    """
    if not is_zipfile(path):
        return []
    with ZipFile(path) as archive:
        found = sheets(archive)
        read = next((s for s in found if s.visible), None)
        left = [s for s in found if s is not read and _holds(archive, s.member, _FILLED)]
    return [f"« {masked(s.name)} »" + ("" if s.visible else " (masquée)") for s in left]


def _holds(archive: ZipFile, member: str, sign: re.Pattern[bytes]) -> bool:
    with archive.open(member) as stream:
        before = b""
        while text := stream.read(GLANCE):
            if sign.search(before + text):
                return True
            before = text[-_LONGEST_SIGN:]
    return False


def unusual_cells(archive: ZipFile, sheet: Sheet) -> Mapping[int, Mapping[int, str]]:
    """The texts of the cells that are in error, or formulas without a value, by row and column from 0."""
    if not _holds(archive, sheet.member, _UNUSUAL):
        return {}
    cells = _Cells()
    with archive.open(sheet.member) as stream:
        cells.read(stream)
    return cells.unusual


@dataclass
class _Cells:
    """What is unusual in a sheet, found while its XML is read."""

    unusual: dict[int, dict[int, str]] = field(default_factory=dict)
    row: int = -1
    column: int = -1
    kind: str = ""  # of the cell that is read: "e" for an error, "str" for the text of a formula
    formula: bool = False  # the cell that is read has one
    value: str | None = None  # of the cell that is read; None: it has none
    inside: bool = False  # the value of a cell

    def read(self, stream: IO[bytes]) -> None:
        parser = expat.ParserCreate()
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        parser.StartDoctypeDeclHandler = _refuse
        parser.CharacterDataHandler = self._text
        parser.ParseFile(stream)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        tag = name.rpartition(":")[2]
        if tag == "row":
            self.row, self.column = int(attributes.get("r", self.row + 2)) - 1, -1
        elif tag == "c":
            self.column = _column(attributes["r"]) if "r" in attributes else self.column + 1
            self.kind, self.formula, self.value = attributes.get("t", ""), False, None
        elif tag == "f":
            self.formula = True
        elif tag == "v":
            self.inside, self.value = True, ""

    def _text(self, text: str) -> None:
        if self.inside:
            self.value = f"{self.value or ''}{text}"

    def _end(self, name: str) -> None:
        tag = name.rpartition(":")[2]
        if tag == "v":
            self.inside = False
        elif tag == "c" and (text := self._unreadable()):
            if not (0 <= self.row < MOST_ROWS and 0 <= self.column < MOST_COLUMNS):
                raise ValueError("an unusual workbook")
            self.unusual.setdefault(self.row, {})[self.column] = text

    def _unreadable(self) -> str | None:
        """What is shown of a cell that cannot be read. A formula may well have an empty text as its value."""
        if self.kind == "e":
            return self.value or FORMULA
        without = self.value is None or (self.value == "" and self.kind != "str")
        return FORMULA if self.formula and without else None


def _column(reference: str) -> int:
    """The column of a cell, from 0, by its reference: AB12 is in the 28th."""
    number = 0
    for letter in reference.rstrip("0123456789").upper():
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def _refuse(*_: object) -> None:
    raise ValueError("an unusual workbook")
