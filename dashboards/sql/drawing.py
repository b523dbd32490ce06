"""A result in a terminal: a table, or where it is too wide for one, a block a row, as psql does."""

import pyarrow as pa
from rich.console import Console, Group, RenderableType
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from dashboards.sql import result

SHOWN = 40  # rows


def drawn(table: pa.Table, console: Console) -> RenderableType:
    """The first rows of a result, within the width of a console."""
    rows = result.texts(table, 0, SHOWN)
    whole = _table(table, rows)
    unbounded = console.options.update(max_width=10**6)
    if Measurement.get(console, unbounded, whole).maximum <= console.width or not rows:
        return whole
    return Group(*(block for number, row in enumerate(rows, 1) for block in _block(number, table, row, console)))


def _table(table: pa.Table, rows: list[list[str]]) -> Table:
    numeric = set(result.numbers(table))
    whole = Table()
    for name in table.column_names:
        whole.add_column(Text(name), justify="right" if name in numeric else "left")
    for row in rows:
        whole.add_row(*map(Text, row))
    return whole


def _block(number: int, table: pa.Table, row: list[str], console: Console) -> tuple[RenderableType, RenderableType]:
    """The columns of a row one below the other."""
    title = f"── ligne {number} ".ljust(console.width, "─")
    block = Table.grid(padding=(0, 2, 0, 0))
    block.add_column(overflow="fold", max_width=console.width // 2)
    block.add_column(overflow="fold")
    for name, text in zip(table.column_names, row, strict=True):
        block.add_row(Text(name, style="bold"), Text(text))
    return Text(title, style="dim", no_wrap=True), block
