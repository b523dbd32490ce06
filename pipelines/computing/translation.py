"""The project's SQL, written in the portable part of DuckDB's, as Spark SQL."""

from dataclasses import dataclass

import sqlglot
from sqlglot import exp

# What the project's SQL is made of. Each was compared in both engines (docs/spark.md says how they agree); anything
# else is refused, since sqlglot says nothing of some that differ, such as date_diff or isodow.
COMPARED = (
    exp.Add, exp.And, exp.BitwiseAnd, exp.BitwiseOrAgg, exp.Case, exp.Cast, exp.Coalesce, exp.Count, exp.CountIf, exp.DateDiff, exp.Div,
    exp.DPipe,
    exp.EQ, exp.Exp, exp.Extract, exp.GT, exp.GTE, exp.Grouping, exp.If, exp.In, exp.Is, exp.LT, exp.LTE, exp.Like, exp.Ln, exp.Max,
    exp.Median, exp.Min, exp.Mul, exp.NEQ, exp.Neg, exp.Not, exp.Nullif, exp.Or, exp.Paren, exp.Right, exp.RowNumber,
    exp.StrPosition, exp.Sub, exp.Substring, exp.Sum,
)  # fmt: skip
PARTS = ("YEAR", "MONTH", "DAY")  # of a date; DuckDB and Spark number the days of a week from different ones


@dataclass(frozen=True)
class Translation:
    """A query in Spark SQL, the published tables it reads ("detail.soins"), and the other names after FROM and JOIN."""

    sql: str
    tables: frozenset[str]
    names: frozenset[str]


def to_spark(query: str) -> Translation:
    """The same query for Spark; raises ValueError where it is not known to mean the same."""
    tree = sqlglot.parse_one(query, read="duckdb")
    for node in tree.find_all(exp.Func, exp.Binary, exp.Unary):
        if not isinstance(node, (*COMPARED, exp.Dot)) or _differs(node):
            raise ValueError(f"{node.sql(dialect='duckdb')}: not compared between DuckDB and Spark")
    tables, names = set(), set()
    for table in tree.find_all(exp.Table):
        if table.db:
            tables.add(f"{table.db}.{table.name}")
            table.replace(exp.to_table(view_of(f"{table.db}.{table.name}"), alias=table.alias or None))
        else:
            names.add(table.name)
    text = tree.sql(dialect="spark", unsupported_level=sqlglot.ErrorLevel.RAISE, comments=False)
    return Translation(text, frozenset(tables), frozenset(names))


def _differs(node: exp.Expression) -> bool:
    """Whether a function that was compared was so for other parts of a date."""
    if isinstance(node, exp.DateDiff):  # a day begins as it ends in both, a month or year does not
        return str(node.args["unit"]) != "DAY"
    return isinstance(node, exp.Extract) and node.name not in PARTS


def view_of(table: str) -> str:
    """The name of a table in Spark, where a temporary view is of no schema."""
    return table.replace(".", "__")
