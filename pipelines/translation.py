"""The project's SQL, written for DuckDB in its portable part, as Spark SQL."""

import sqlglot
from sqlglot import exp


def to_spark(query: str) -> tuple[str, set[str]]:
    """The query in Spark SQL, and the published tables it reads ("detail.soins"), named as `view_of` says."""
    tree = sqlglot.parse_one(query, read="duckdb")
    tables = set()
    for table in tree.find_all(exp.Table):
        if table.db:
            tables.add(f"{table.db}.{table.name}")
            table.set("this", exp.to_identifier(view_of(f"{table.db}.{table.name}")))
            table.set("db", None)
    return tree.sql(dialect="spark", unsupported_level=sqlglot.ErrorLevel.RAISE, comments=False), tables


def view_of(table: str) -> str:
    """The name of a table in Spark, where a temporary view has no schema."""
    return table.replace(".", "__")
