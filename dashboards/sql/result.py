"""The result of a query as people read it and as files take it."""

import io
import json
import math
from collections.abc import Callable, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import pyarrow as pa

from dashboards import formats
from dashboards.content import grids
from dashboards.content.grids import Grid

NULL = "NULL"
PLACES = 6  # decimals shown at most
UNGROUPED = ("annee", "rang", "ligne", "code", "numero")  # numbers that name and do not count
TEXT_LIMIT = 32_767  # characters that a cell of a workbook holds


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


def csv(table: pa.Table) -> bytes:
    """For a spreadsheet in French: `;`, decimal comma, UTF-8 with its mark; a missing value is empty."""
    columns = [[_plain(v) for v in table.column(i).to_pylist()] for i in range(table.num_columns)]
    rows = tuple(zip(*columns, strict=True))
    return grids.csv(Grid(tuple(table.column_names), rows, rows))


def _plain(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, int | float | Decimal):
        return str(value).replace(".", ",")
    if isinstance(value, datetime | date | time):
        return value.isoformat(" ") if isinstance(value, datetime) else value.isoformat()
    return str(value)


def xlsx(table: pa.Table) -> bytes:
    """A workbook of one sheet; a text is never a formula nor a link."""
    import xlsxwriter

    told = io.BytesIO()
    options = {
        "in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
        "remove_timezone": True, "nan_inf_to_errors": True,
    }  # fmt: skip
    with xlsxwriter.Workbook(told, options) as book:
        sheet = book.add_worksheet("Résultat")
        bold = book.add_format({"bold": True, "bottom": 1})
        moments = {datetime: book.add_format({"num_format": "dd/mm/yyyy hh:mm:ss"}),
                   date: book.add_format({"num_format": "dd/mm/yyyy"}),
                   time: book.add_format({"num_format": "hh:mm:ss"})}  # fmt: skip
        sheet.freeze_panes(1, 0)
        for place, name in enumerate(table.column_names):
            sheet.write_string(0, place, name[:TEXT_LIMIT], bold)
            for line, value in enumerate(table.column(place).to_pylist(), 1):
                _write(sheet, line, place, value, moments)
        if table.num_columns:
            sheet.autofilter(0, 0, table.num_rows, table.num_columns - 1)
            sheet.autofit()
    return told.getvalue()


def _write(sheet: Any, line: int, place: int, value: object, moments: dict[type, object]) -> None:
    if value is None:
        return
    if isinstance(value, str) or (isinstance(value, int) and abs(value) >= 10**15):
        sheet.write_string(line, place, str(value)[:TEXT_LIMIT])
    elif type(value) in moments:
        sheet.write_datetime(line, place, value, moments[type(value)])
    else:
        sheet.write(line, place, value)


def parquet(table: pa.Table) -> bytes:
    import pyarrow.parquet as pq

    told = io.BytesIO()
    pq.write_table(table.rename_columns(unique_names(table.column_names)), told)
    return told.getvalue()


FILES: dict[str, tuple[Callable[[pa.Table], bytes], str]] = {
    "csv": (csv, "text/csv"),
    "xlsx": (xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "parquet": (parquet, "application/vnd.apache.parquet"),
}
