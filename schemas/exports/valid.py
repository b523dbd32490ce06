"""What a valid row is, stated in pandera: one check per rule, named by its number, on the column at fault."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from schemas.exports.declarations import Column, Context, Table, raw

if TYPE_CHECKING:
    import pandera.polars as pa


@dataclass(frozen=True)
class Fault:
    """What breaks a rule on a column: a boolean expression over typed and raw columns, null where it does not."""

    rule: str
    column: str
    broken: pl.Expr


def faults(table: Table, context: Context) -> list[Fault]:
    """Every way in which a row of a table, as read from one delivery, can be wrong."""
    return [fault for column in table.columns for fault in _faults(table, column, context)]


def _faults(table: Table, column: Column, context: Context) -> list[Fault]:
    broken: list[tuple[str, pl.Expr]] = []
    typed, text = pl.col(column.name), raw(column.name)
    if column.missing:
        # of a text nothing is unreadable but the error of a spreadsheet, which is as good as missing
        broken.append((column.missing, text.is_null() if column.unreadable else typed.is_null()))
    if column.unreadable:
        broken.append((column.unreadable, text.is_not_null() & typed.is_null()))
    if table.orphan and column.name == table.identifier and context.known:
        broken.append((table.orphan, text.is_not_null() & ~typed.map_batches(context.known, pl.Boolean)))
    if table.stranger and column.name == table.member_key:
        broken.append((table.stranger, ~typed.is_in(sorted(context.members))))
    broken += [(rule.code, rule.broken(context)) for rule in table.rules if rule.column == column.name]
    return [Fault(code, column.name, expr) for code, expr in broken]


def model(table: Table, context: Context) -> "pa.DataFrameSchema":
    """The pandera model of a table's rows as read from one delivery (typed columns, and their raw text beside)."""
    from schemas.exports.judge import pa  # it brings pandas: a second that a delivery without a fault need not pay

    checks: dict[str, list[pa.Check]] = {c.name: [] for c in table.columns}
    for fault in faults(table, context):
        checks[fault.column].append(_check(fault.rule, fault.broken))
    return pa.DataFrameSchema(
        {c.name: pa.Column(c.kind.values(context.references), checks[c.name], nullable=True) for c in table.columns}
    )


def _check(code: str, broken: pl.Expr) -> "pa.Check":
    from schemas.exports.judge import pa

    valid = ~broken.fill_null(False)
    return pa.Check(lambda data: data.lazyframe.select(valid), name=code, ignore_na=False)
