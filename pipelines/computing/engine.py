"""What computes tables: SQL over the tables made so far, run by one engine or another that the marts do not know."""

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import duckdb

from pipelines.errors import Refused
from schemas.outputs.tables import BY_FULL_NAME

JAVA = 17
MASTER = re.compile(r"local(\[(\d+|\*)\])?|spark://.+|yarn|k8s://.+")


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
        """Keep the rows of a query under a name of their own, for later queries of the same refresh."""

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """All rows of a query that gives few."""

    def close(self) -> None:
        """End what the engine has started."""


# from the connection to the file that is filled, and a working folder that the refresh throws away
Start = Callable[[duckdb.DuckDBPyConnection, Path], Engine]


def column_names(table: str) -> str:
    return ", ".join(c.name for c in BY_FULL_NAME[table].columns)


@dataclass
class DuckDB:
    """The file that is filled computes its own tables."""

    con: duckdb.DuckDBPyConnection
    folder: Path
    label: str = "duckdb"

    def insert(self, table: str, query: str) -> None:
        self.rows(f"INSERT INTO {table} BY NAME SELECT {column_names(table)} FROM ({query}) AS q")

    def keep(self, name: str, query: str) -> None:
        self.rows(f"CREATE OR REPLACE TEMP TABLE {name} AS {query}")

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return self.con.execute(query).fetchall()

    def close(self) -> None:
        """Its connection is the build's."""


def spark_on(master: str) -> Start:
    """The Spark engine on a master; raises Refused at once where Spark cannot run here."""
    if not MASTER.fullmatch(master):
        raise Refused(f"--master {master} : local[2], spark://hôte:7077, yarn ou k8s://hôte:port est attendu")
    for name in ("pyspark", "sqlglot"):
        if importlib.util.find_spec(name) is None:
            raise Refused(f"le moteur Spark demande {name}, qui n'est pas installé (docs/spark.md dit comment)")
    _check_java()
    from pipelines.computing.spark import Spark

    return lambda con, folder: Spark(con, folder, master)


def _check_java() -> None:
    home = os.environ.get("JAVA_HOME")
    java = shutil.which("java", path=f"{home}/bin" if home else None)
    wanted = f"le moteur Spark demande Java {JAVA} ou plus récent"
    if java is None:
        raise Refused(f"{wanted}, qui n'est pas installé (docs/spark.md dit comment)")
    said = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr
    found = re.search(r'version "(\d+)', said)
    if not found or int(found[1]) < JAVA:
        raise Refused(f"{wanted} ; {java} dit : {said.strip().splitlines()[0] if said.strip() else 'rien'}")
