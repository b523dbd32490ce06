"""Blank exports to fill in, as the contract has them: a CSV and a workbook with lists for each table."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

from pipelines.errors import Refused
from pipelines.reading.references import read_reference
from schemas.exports.declarations import Column, Table
from schemas.exports.kinds import Code, CodeList, Day, Reference, YesNo
from schemas.exports.referentiels import ORGANISMES, shipped_organismes
from schemas.exports.sources import SOURCES

DAY_ONE = date(1900, 1, 1)
ROWS = 5_000  # of a workbook that have lists
LISTS = "Listes"
YES_NO = ("Oui", "Non")
_WIDTH = 24


def write_templates(folder: Path) -> list[Path]:
    """Write a blank CSV and workbook of every table, source by source. Raises Refused where one is there already."""
    written = []
    for source in SOURCES:
        (folder / source.name).mkdir(parents=True, exist_ok=True)
        for table in source.tables:
            for path, write in (
                (folder / source.name / f"{table.name}.csv", _write_csv),
                (folder / source.name / f"{table.name}.xlsx", _write_workbook),
            ):
                if path.exists():
                    raise Refused(f"{path} : existe déjà")
                write(path, table)
                written.append(path)
    return written


def _write_csv(path: Path, table: Table) -> None:
    path.write_text(";".join(c.header for c in table.exported) + "\r\n", encoding="utf-8-sig", newline="")


def _write_workbook(path: Path, table: Table) -> None:
    with xlsxwriter.Workbook(str(path)) as book:
        sheet, lists = book.add_worksheet(table.name[:31]), book.add_worksheet(LISTS)
        lists.hide()
        bold, text, day = (
            book.add_format(f) for f in ({"bold": True}, {"num_format": "@"}, {"num_format": "dd/mm/yyyy"})
        )
        sheet.freeze_panes(1, 0)
        for at, column in enumerate(table.exported):
            sheet.set_column(at, at, _WIDTH, day if isinstance(column.kind, Day) else text)
            sheet.write_string(0, at, column.header, bold)
            sheet.write_comment(0, at, _about(column))
            _validate(sheet, lists, at, column, bold)


def _about(column: Column) -> str:
    return f"{column.description}\n{'Obligatoire' if column.mandatory else 'Facultative'}"


def _validate(sheet: Worksheet, lists: Worksheet, at: int, column: Column, bold: Format) -> None:
    """What may be typed under a header: a date, or a value of a list."""
    if isinstance(column.kind, Day):
        rule = {"validate": "date", "criteria": ">=", "value": DAY_ONE, "error_message": "Une date, JJ/MM/AAAA"}
        sheet.data_validation(1, at, ROWS, at, rule)
    elif choices := list(choices_of(column)):
        lists.write_string(0, at, column.header, bold)
        lists.write_column(1, at, choices)
        place = f"={LISTS}!{_cell(1, at)}:{_cell(len(choices), at)}"
        sheet.data_validation(1, at, ROWS, at, {"validate": "list", "source": place})


def _cell(row: int, column: int) -> str:
    return str(xl_rowcol_to_cell(row, column, row_abs=True, col_abs=True))


def choices_of(column: Column) -> Iterator[str]:
    """The words of a closed list, as they are read; none for a column that has no such list."""
    if isinstance(column.kind, YesNo):
        yield from YES_NO
    elif isinstance(column.kind, Code) and not isinstance(column.kind, CodeList):
        yield from dict.fromkeys(column.kind.nomenclature.values())
    elif isinstance(column.kind, Reference):
        yield from read_reference(shipped_organismes(), ORGANISMES)["organisme"].to_list()
