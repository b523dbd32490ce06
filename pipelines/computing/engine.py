"""What computes tables: SQL over the tables made so far, run by one engine or another that the marts do not know."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import duckdb
import polars as pl

from schemas.outputs.tables import BY_FULL_NAME


class Engine(Protocol):
    """Runs queries over `ref`, `detail`, `marts` and `controle`, written in the portable part of DuckDB's SQL.

    A table that a query names is whole, or grown by this engine alone from then on.
    """

    @property
    def label(self) -> str:
        """Which engine it is, for the manifest."""

    def insert(self, table: str, query: str) -> None:
        """Add the rows of a query to a published table, column by column name."""

    def keep(self, name: str, query: str) -> None:
        """Keep the rows of a query under a name, for later queries of the same refresh."""

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """All rows of a query that gives few."""

    def frame(self, query: str) -> pl.DataFrame:
        """All rows of a query that gives cells: some hundred thousand."""

    def append(self, table: str, rows: pl.DataFrame) -> None:
        """Add the rows of a frame to a published table, column by column name."""

    def close(self) -> None:
        """End what the engine has started."""


# from the connection to the file that is filled, and a working folder that the refresh throws away
Start = Callable[[duckdb.DuckDBPyConnection, Path], Engine]


def column_names(table: str) -> str:
    return ", ".join(c.name for c in BY_FULL_NAME[table].columns)


@dataclass
class DuckDB:
    """DuckDB computes the tables inside the file that is filled."""

    con: duckdb.DuckDBPyConnection
    folder: Path
    label: str = "duckdb"

    def insert(self, table: str, query: str) -> None:
        self.rows(f"INSERT INTO {table} BY NAME SELECT {column_names(table)} FROM ({query}) AS q")

    def keep(self, name: str, query: str) -> None:
        self.rows(f"CREATE OR REPLACE TEMP TABLE {name} AS {query}")

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return self.con.execute(query).fetchall()

    def frame(self, query: str) -> pl.DataFrame:
        cells: pl.DataFrame = self.con.sql(query).pl()
        return cells

    def append(self, table: str, rows: pl.DataFrame) -> None:
        self.con.register("frame_to_append", rows)
        self.rows(f"INSERT INTO {table} BY NAME FROM frame_to_append")
        self.con.unregister("frame_to_append")

    def close(self) -> None:
        """Nothing to end: the connection belongs to the build."""
