"""Apache Spark as the engine: it reads tables as Parquet files, and what it computes comes back as such into DuckDB."""

import os
import warnings
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
from pyspark import SparkConf, SparkContext
from pyspark.java_gateway import launch_gateway
from pyspark.sql import DataFrame, SparkSession

from pipelines.computing.engine import column_names
from pipelines.computing.translation import to_spark, view_of
from pipelines.errors import Refused
from schemas.outputs.tables import BY_FULL_NAME

with warnings.catch_warnings(action="ignore"):
    import pyspark.testing.utils  # noqa: F401  # PySpark does so later, and warns of pandas, which is not used here

PARTITION = 32 << 20  # bytes of Parquet a task is to read of what others have shuffled
CELLS = 1 << 20  # a query over fewer bytes of Parquet than that is over cells, or over a small delivery
FILES_OF_CELLS = 4  # at most, that such a query writes
TYPES = {"VARCHAR": "STRING", "UUID": "STRING", "INTEGER": "INT", "TIMESTAMP": "TIMESTAMP_NTZ"}


@dataclass
class Spark:
    """Each table is a view over Parquet files under `folder`, which every executor must see at the same path."""

    con: duckdb.DuckDBPyConnection
    folder: Path
    master: str
    _files: dict[str, list[Path]] = field(default_factory=dict)  # folders of Parquet files, by view
    _made: int = 0

    @property
    def label(self) -> str:
        return f"spark {version('pyspark')} ({self.master})"

    def insert(self, table: str, query: str) -> None:
        typed = ", ".join(f"CAST({c.name} AS {c.sql}) AS {c.name}" for c in BY_FULL_NAME[table].columns)
        before = self._files.get(view_of(table)) or [self._export(table)]
        self._take(table, before, self._write(f"SELECT {typed} FROM ({query}) AS q"))

    def frame(self, query: str) -> pl.DataFrame:
        return pl.read_parquet(self._write(query) / "*.parquet")

    def append(self, table: str, rows: pl.DataFrame) -> None:
        before, made = self._files.get(view_of(table)) or [self._export(table)], self._place()
        made.mkdir(parents=True)
        # as the table has them: Parquet keeps types, and Spark reads no other
        self.con.register("frame_to_append", rows)
        typed = ", ".join(f"CAST({c.name} AS {c.sql}) AS {c.name}" for c in BY_FULL_NAME[table].columns)
        self.con.execute(
            f"COPY (SELECT {typed} FROM frame_to_append) TO '{made / table}.parquet' (FORMAT parquet)"
        ).fetchall()
        self.con.unregister("frame_to_append")
        self._take(table, before, made)

    def keep(self, name: str, query: str) -> None:
        self._show(name, [self._write(query)])

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in self._frame(query).collect()]

    def close(self) -> None:
        """End the virtual machine too: it would last as long as this process, with folders that are gone."""
        gateway = SparkContext._gateway
        with suppress(Exception):  # one that has died has nothing to stop
            self.__dict__.pop("session").stop()
        if gateway:
            with suppress(Exception):
                gateway.shutdown()
            gateway.proc.stdin.close()
            gateway.proc.wait()
            SparkContext._gateway = SparkContext._jvm = None

    @cached_property
    def session(self) -> SparkSession:
        (self.folder / "tmp").mkdir(parents=True)
        conf = (
            SparkConf().setMaster(self.master).setAppName("adass").setAll(_settings(self.folder, self.master).items())
        )
        if _is_local(self.master):
            os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
        journal = self.folder / "journal"
        try:
            with journal.open("w") as stream:
                SparkContext._gateway = launch_gateway(conf, {"stdout": stream, "stderr": stream})
            SparkContext._jvm = SparkContext._gateway.jvm
            return SparkSession(SparkContext(conf=conf))
        except Exception as error:  # of the gateway or of Java: they have no class in common
            reason = _reason(error, journal)
            self.close()
            raise Refused(f"Spark ne démarre pas sur {self.master} : {reason}") from error

    def _frame(self, query: str) -> DataFrame:
        translated = to_spark(query)
        for table in sorted(translated.tables):
            if view_of(table) not in self._files:
                self._provide(table)
        views = {view_of(t) for t in translated.tables} | translated.names
        size = sum(_size(folder) for view in views for folder in self._files.get(view, []))
        for name, value in _sizing(size, self.session.sparkContext.defaultParallelism).items():
            self.session.conf.set(name, value)
        frame = self.session.sql(translated.sql)
        return frame.coalesce(FILES_OF_CELLS) if size < CELLS else frame

    def _provide(self, table: str) -> None:
        """Show Spark a table as DuckDB has it, or the view over what the view reads."""
        if not (query := BY_FULL_NAME[table].view):
            self._show(view_of(table), [self._export(table)], _schema(table))
            return
        self._frame(query).createOrReplaceTempView(view_of(table))
        self._files[view_of(table)] = [f for t in to_spark(query).tables for f in self._files[view_of(t)]]

    def _take(self, table: str, before: list[Path], made: Path) -> None:
        """Add the rows of a folder of Parquet files to a table of DuckDB, and to those that Spark has of it."""
        self.con.execute(
            f"INSERT INTO {table} BY NAME SELECT {column_names(table)} FROM read_parquet('{made}/*.parquet')"
        ).fetchall()
        self._show(view_of(table), [*before, made], _schema(table))

    def _write(self, query: str) -> Path:
        """The folder of Parquet files that hold the rows of a query."""
        made = self._place()
        self._frame(query).write.parquet(_uri(made))
        return made

    def _export(self, table: str) -> Path:
        made = self._place()
        made.mkdir(parents=True)
        # Spark knows no UUID
        texts = ", ".join(f"{c.name}::VARCHAR AS {c.name}" for c in BY_FULL_NAME[table].columns if c.type == "UUID")
        rows = f"SELECT * REPLACE ({texts}) FROM {table}" if texts else f"FROM {table}"
        self.con.execute(f"COPY ({rows}) TO '{made / table}.parquet' (FORMAT parquet, COMPRESSION zstd)").fetchall()
        return made

    def _place(self) -> Path:
        self._made += 1
        return self.folder / "parquet" / str(self._made)

    def _show(self, view: str, folders: list[Path], schema: str | None = None) -> None:
        reader = self.session.read.schema(schema) if schema else self.session.read
        reader.parquet(*(_uri(folder) for folder in folders)).createOrReplaceTempView(view)
        self._files[view] = folders


def _reason(error: Exception, journal: Path) -> str:
    """The error of Java in one line, as Python received it or from its log."""
    thrown = getattr(error, "java_exception", None)
    lines = (thrown.toString() if thrown else journal.read_text(errors="replace")).splitlines()
    return next((line for line in lines if "Exception" in line or "Error" in line), str(error))


def _schema(table: str) -> str:
    return ", ".join(f"{c.name} {TYPES.get(c.sql, c.sql)}" for c in BY_FULL_NAME[table].columns)


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.glob("*.parquet"))


def _uri(path: Path) -> str:
    return f"file://{path.resolve()}"  # the shared file system, whatever storage the cluster takes for its own


def _is_local(master: str) -> bool:
    return master.startswith("local")


def _settings(folder: Path, master: str) -> dict[str, str]:
    """Settings by which a session gives the figures of DuckDB and leaves nothing behind; the cluster decides the rest."""
    temporary = str(folder.resolve() / "tmp")
    settings = {
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.ansi.enabled": "true",  # an overflow or an unreadable number is an error, as it is in DuckDB
        "spark.sql.catalogImplementation": "in-memory",
        "spark.sql.warehouse.dir": f"file://{temporary}/entrepot",
        "spark.sql.parquet.compression.codec": "zstd",
        # codes and booleans unfold so much that millions of rows would pass for few enough to send to every executor
        "spark.sql.sources.fileCompressionFactor": "30",
        "spark.ui.enabled": "false",
        "spark.log.level": "ERROR",
        "spark.driver.extraJavaOptions": f'-Djava.io.tmpdir="{temporary}" -XX:-UsePerfData',
    }
    if _is_local(master):
        address = dict.fromkeys(("spark.driver.host", "spark.driver.bindAddress"), "127.0.0.1")
        settings |= {"spark.local.dir": temporary, **address}
    return settings


def _sizing(size: int, parallelism: int) -> dict[str, str]:
    """Settings for a query over so many bytes: over a few cells, interpreting costs less than compiling and replanning."""
    cells = size < CELLS
    return {
        "spark.sql.shuffle.partitions": "1" if cells else str(max(parallelism, size // PARTITION)),
        "spark.sql.adaptive.enabled": str(not cells).lower(),
        "spark.sql.codegen.wholeStage": str(not cells).lower(),
        "spark.sql.codegen.factoryMode": "NO_CODEGEN" if cells else "FALLBACK",
    }
