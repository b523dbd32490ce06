"""The result of a query as people read it and as files take it."""

import io
import json
import math
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import date, datetime, time
from decimal import Decimal
from typing import IO, Any

import pyarrow as pa

from dashboards import formats
from dashboards.content import grids

NULL = "NULL"
PLACES = 6  # decimals shown at most
UNGROUPED = ("annee", "rang", "ligne", "code", "numero")  # numbers that name and do not count
TEXT_LIMIT = 32_767  # characters that a cell of a workbook holds
SHEET_ROWS = 1_048_575  # rows that a sheet holds below its titles
GROUP = 128_000  # rows of a group of a Parquet file
WIDEST = 60  # characters of a column of a sheet


def simple(table: pa.Table) -> pa.Table:
    """The same table with every column a number, text, boolean or moment: what else there is becomes text."""
    for place, column in enumerate(table.schema):
        if not _is_simple(column.type):
            texts = [None if v is None else _text(v) for v in table.column(place).to_pylist()]
            table = table.set_column(place, column.name, pa.array(texts, pa.string()))
    return table


def _is_simple(kind: pa.DataType) -> bool:
    tests: tuple[Callable[[pa.DataType], bool], ...] = (
        pa.types.is_boolean, pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal, pa.types.is_string,
        pa.types.is_date, pa.types.is_timestamp, pa.types.is_time,
    )  # fmt: skip
    return any(test(kind) for test in tests)


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dict | list | tuple):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)


def numbers(table: pa.Table) -> list[str]:
    """The names of the columns that hold numbers."""
    return [c.name for c in table.schema if _is_number(c.type)]


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind))


def unique_names(names: Sequence[str]) -> list[str]:
    """The names, numbered from the second on where one returns."""
    return [n if names.index(n) == i else f"{n}_{names[:i].count(n) + 1}" for i, n in enumerate(names)]


def texts(table: pa.Table, start: int = 0, many: int | None = None) -> list[list[str]]:
    """Rows as shown on a page, in French typography."""
    part = table.slice(start, many)
    columns = [[shown(v, c.name) for v in part.column(i).to_pylist()] for i, c in enumerate(part.schema)]
    return [list(row) for row in zip(*columns, strict=True)] if columns else []


def shown(value: object, name: str = "") -> str:
    """One value as shown: 12 345,67, 21/11/2026, oui; numbers that name something are not grouped."""
    match value:
        case None:
            text = NULL
        case bool():
            text = "oui" if value else "non"
        case int() if name.casefold().startswith(UNGROUPED):
            text = str(value)
        case int() | float() | Decimal():
            text = _number(value)
        case datetime():
            text = f"{value:%d/%m/%Y %H:%M:%S}"
        case date():
            text = f"{value:%d/%m/%Y}"
        case _:
            text = str(value)
    return text


def _number(value: float | Decimal) -> str:
    number = float(value)
    if not math.isfinite(number):
        return {"nan": "indéfini", "inf": "infini"}.get(str(number), f"{formats.MINUS}infini")
    if isinstance(value, int):
        return formats.nombre(value) if abs(value) < 10**15 else str(value)
    if number and not 1e-4 <= abs(number) < 1e15:
        return f"{number:.6g}".replace(".", ",").replace("-", formats.MINUS)
    return formats.nombre(number, PLACES)


# --- files, which take a result piece by piece ---

Write = Callable[[pa.Table], int]  # adds rows to a file, and says how many of them it took
Into = Callable[[IO[bytes], pa.Schema], AbstractContextManager[Write]]


@contextmanager
def csv_into(stream: IO[bytes], schema: pa.Schema) -> Iterator[Write]:
    """For a spreadsheet in French: `;`, decimal comma, UTF-8 with its mark; a missing value is empty."""

    def write(table: pa.Table) -> int:
        columns = [[_plain(v) for v in column.to_pylist()] for column in table.columns]
        stream.write(grids.csv_lines(zip(*columns, strict=True)).encode("utf-8"))
        return int(table.num_rows)

    stream.write(("\ufeff" + grids.csv_lines([schema.names])).encode("utf-8"))
    yield write


def _plain(value: object) -> str:
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, int | float | Decimal):
        return _digits(value).replace(".", ",")
    if isinstance(value, datetime | date | time):
        return value.isoformat(" ") if isinstance(value, datetime) else value.isoformat()
    return str(value)


def _digits(number: float | Decimal) -> str:
    """Every digit of a number; of a whole one no decimals, whatever its type."""
    if isinstance(number, Decimal) and number == number.to_integral_value():
        return f"{number:.0f}"
    return str(number).removesuffix(".0")


@contextmanager
def xlsx_into(stream: IO[bytes], schema: pa.Schema) -> Iterator[Write]:
    """A workbook of one sheet, as many rows as a sheet holds; a text is never a formula nor a link."""
    import xlsxwriter

    options = {
        "constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
        "remove_timezone": True, "nan_inf_to_errors": True,
    }  # fmt: skip
    with (
        tempfile.TemporaryDirectory(prefix="adass-sql-") as folder,  # private, and gone in the end
        xlsxwriter.Workbook(stream, {**options, "tmpdir": folder}) as book,
    ):
        sheet = _Sheet(book, schema)
        yield sheet.write
        sheet.finish()


class _Sheet:
    """The sheet of a workbook, filled row by row."""

    def __init__(self, book: Any, schema: pa.Schema) -> None:
        self.sheet, self.names, self.rows = book.add_worksheet("Résultat"), schema.names, 0
        self.bold = book.add_format({"bold": True, "bottom": 1})
        self.moments = {
            datetime: book.add_format({"num_format": "dd/mm/yyyy hh:mm:ss"}),
            date: book.add_format({"num_format": "dd/mm/yyyy"}),
            time: book.add_format({"num_format": "hh:mm:ss"}),
        }
        self.sheet.freeze_panes(1, 0)

    def write(self, table: pa.Table) -> int:
        if not self.rows:
            self._head(table)
        table = table.slice(0, SHEET_ROWS - self.rows)
        for line, row in enumerate(zip(*(c.to_pylist() for c in table.columns), strict=True), self.rows + 1):
            for place, value in enumerate(row):
                _write(self.sheet, line, place, value, self.moments)
        self.rows += table.num_rows
        return int(table.num_rows)

    def _head(self, table: pa.Table) -> None:
        """Titles, and columns as wide as the first rows need."""
        for place, name in enumerate(self.names):
            texts = [name, *(shown(v, name) for v in table.column(place).slice(0, 1000).to_pylist())]
            self.sheet.set_column(place, place, min(max(map(len, texts)) + 2, WIDEST))
            self.sheet.write_string(0, place, name[:TEXT_LIMIT], self.bold)

    def finish(self) -> None:
        if not self.rows:
            self._head(pa.table({name: [] for name in unique_names(self.names)}))
        if self.names:
            self.sheet.autofilter(0, 0, self.rows, len(self.names) - 1)


def _write(sheet: Any, line: int, place: int, value: object, moments: dict[type, object]) -> None:
    if value is None:
        return
    if isinstance(value, str) or (isinstance(value, int) and abs(value) >= 10**15):
        sheet.write_string(line, place, str(value)[:TEXT_LIMIT])
    elif type(value) in moments:
        sheet.write_datetime(line, place, value, moments[type(value)])
    else:
        sheet.write(line, place, value)


@contextmanager
def parquet_into(stream: IO[bytes], schema: pa.Schema) -> Iterator[Write]:
    """The columns as they are, but for names that return; in groups of many rows, whatever the pieces."""
    import pyarrow.parquet as pq

    names, held = unique_names(schema.names), [schema.empty_table()]
    with pq.ParquetWriter(stream, schema.empty_table().rename_columns(names).schema) as writer:

        def write(table: pa.Table) -> int:
            held.append(table)
            if sum(t.num_rows for t in held) >= GROUP:
                settle()
            return int(table.num_rows)

        def settle() -> None:
            writer.write_table(pa.concat_tables(held).rename_columns(names))
            held.clear()

        yield write
        if held:
            settle()


FILES: dict[str, tuple[Into, str]] = {
    "csv": (csv_into, "text/csv"),
    "xlsx": (xlsx_into, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "parquet": (parquet_into, "application/vnd.apache.parquet"),
}


def file(kind: str, table: pa.Table) -> bytes:
    """A whole result as a file of a kind."""
    told = io.BytesIO()
    with FILES[kind][0](told, table.schema) as write:
        write(table)
    return told.getvalue()
