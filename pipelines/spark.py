"""Apache Spark as the engine: it reads tables as Parquet files, and what it computes comes back as such into DuckDB."""

from dataclasses import dataclass, field
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

import duckdb
from pyspark import SparkContext
from pyspark.sql import DataFrame, SparkSession

from pipelines.engine import column_names
from pipelines.errors import Refused
from pipelines.translation import to_spark, view_of
from schemas.outputs import BY_FULL_NAME

PARTITION = 32 << 20  # bytes of Parquet that a partition of a shuffle is sized for
TYPES = {"VARCHAR": "STRING", "INTEGER": "INT", "TIMESTAMP": "TIMESTAMP_NTZ"}


@dataclass
class Spark:
    """Each table is a view over Parquet files under `folder`, which every executor must see at the same path."""

    con: duckdb.DuckDBPyConnection
    folder: Path
    master: str
    _files: dict[str, list[Path]] = field(default_factory=dict)
    _written: int = 0

    @property
    def label(self) -> str:
        return f"spark {version('pyspark')} ({self.master})"

    def insert(self, table: str, query: str) -> None:
        typed = ", ".join(f"CAST({c.name} AS {c.sql}) AS {c.name}" for c in BY_FULL_NAME[table].columns)
        before = self._files.get(table) or [self._export(table)]
        made = self._write(f"SELECT {typed} FROM ({query}) AS q")
        self.con.execute(
            f"INSERT INTO {table} SELECT {column_names(table)} FROM read_parquet('{made}/*.parquet')"
        ).fetchall()
        self._show(table, [*before, made])

    def keep(self, name: str, query: str) -> None:
        self.session.read.parquet(_uri(self._write(query))).createOrReplaceTempView(name)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in self._frame(query).collect()]

    def close(self) -> None:
        if "session" not in self.__dict__:
            return
        gateway = self.session.sparkContext._gateway
        self.session.stop()
        # the virtual machine would else last as long as this process, with folders that are gone
        gateway.shutdown()
        gateway.proc.stdin.close()
        gateway.proc.wait()
        SparkContext._gateway = SparkContext._jvm = None
        del self.__dict__["session"]

    @cached_property
    def session(self) -> SparkSession:
        temporary = self.folder / "tmp"
        temporary.mkdir(parents=True)
        builder = SparkSession.builder.master(self.master).appName("adass")
        for name, value in _settings(self.folder, self.master).items():
            builder = builder.config(name, value)
        try:
            return builder.getOrCreate()
        except Exception as error:
            raise Refused(f"Spark ne démarre pas sur {self.master} : {error}") from error

    def _frame(self, query: str) -> DataFrame:
        text, tables = to_spark(query)
        for table in sorted(tables - self._files.keys()):
            self._show(table, [self._export(table)])
        return self.session.sql(text)

    def _write(self, query: str) -> Path:
        """The folder of Parquet files that hold the rows of a query."""
        made = self._place("resultats")
        self._frame(query).write.parquet(_uri(made))
        return made

    def _export(self, table: str) -> Path:
        made = self._place("tables")
        made.mkdir(parents=True)
        self.con.execute(f"COPY {table} TO '{made / table}.parquet' (FORMAT parquet, COMPRESSION zstd)").fetchall()
        return made

    def _place(self, kind: str) -> Path:
        self._written += 1
        return self.folder / kind / str(self._written)

    def _show(self, table: str, folders: list[Path]) -> None:
        self._files[table] = folders
        columns = ", ".join(f"{c.name} {TYPES.get(c.sql, c.sql)}" for c in BY_FULL_NAME[table].columns)
        frame = self.session.read.schema(columns).parquet(*(_uri(folder) for folder in folders))
        frame.createOrReplaceTempView(view_of(table))


def _uri(path: Path) -> str:
    return f"file://{path.resolve()}"  # the file system, whatever the cluster's own storage


def _settings(folder: Path, master: str) -> dict[str, str]:
    temporary = folder.resolve() / "tmp"
    settings = {
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.ansi.enabled": "true",  # an overflow or an unreadable number is an error, as it is in DuckDB
        "spark.sql.warehouse.dir": _uri(temporary / "entrepot"),
        "spark.sql.catalogImplementation": "in-memory",
        "spark.sql.parquet.compression.codec": "zstd",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.log.level": "ERROR",
        "spark.driver.extraJavaOptions": f"-Djava.io.tmpdir={temporary} -XX:-UsePerfData",
    }
    if master.startswith("local"):  # on a cluster, these are the cluster's to say
        settings |= {
            "spark.local.dir": str(temporary),
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.driver.host": "127.0.0.1",
        }
    return settings
