"""What a valid row is, stated in pandera: one check per rule, named by its number, on the column at fault."""

import polars as pl

from schemas.declarations import Column, Context, Table, raw
from schemas.judge import pa


def model(table: Table, context: Context) -> pa.DataFrameSchema:
    """The pandera model of a table's rows as read from one delivery (typed columns, and their raw text beside)."""
    return pa.DataFrameSchema(
        {c.name: pa.Column(c.kind.dtype, _checks(table, c, context), nullable=True) for c in table.columns}
    )


def _checks(table: Table, column: Column, context: Context) -> list[pa.Check]:
    broken: list[tuple[str, pl.Expr]] = []
    typed, text = pl.col(column.name), raw(column.name)
    if column.missing:
        broken.append((column.missing, text.is_null()))
    if column.unreadable:
        broken.append((column.unreadable, text.is_not_null() & typed.is_null()))
    if table.orphan and column.name == table.identifier and context.parents is not None:
        known = context.parents.get_column(context.parents.columns[0])
        broken.append((table.orphan, text.is_not_null() & ~typed.is_in(known.implode())))
    if table.stranger and column.name == table.member_key:
        broken.append((table.stranger, ~typed.is_in(sorted(context.members))))
    broken += [(rule.code, rule.broken(context)) for rule in table.rules if rule.column == column.name]
    return [_check(code, expr) for code, expr in broken]


def _check(code: str, broken: pl.Expr) -> pa.Check:
    valid = ~broken.fill_null(False)
    return pa.Check(lambda data: data.lazyframe.select(valid), name=code, ignore_na=False)
