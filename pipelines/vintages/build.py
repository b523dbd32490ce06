"""The work of one refresh: a new DuckDB file beside the published ones, filled layer by layer.

Rows that are read but not yet settled stand in a scratch database, `lu`, that lasts as long as the build.
"""

import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from pipelines.computing.declaring import declaration, macros, schemas_of_layers
from pipelines.computing.engine import DuckDB, Engine, Start
from pipelines.identity.keys import Parents
from pipelines.reading.deliveries import Arrived
from pipelines.vintages.asked import Asked
from pipelines.vintages.former import GROWING, Former
from pipelines.vintages.inputs import Inputs
from pipelines.vintages.years import CLOSURE, DETECTION, OPENING, changed_years
from schemas.exports.drift import OF_HEADER
from schemas.exports.sources import SOURCES
from schemas.indicators.known import QUERY, Unknown, unknown_from
from schemas.outputs.columns import Output
from schemas.outputs.tables import OUTPUTS
from schemas.outputs.vintages import DIFFUSION, FILE
from schemas.text import quoted

SCRATCH = "brouillon"
UNSETTLED = " lu."  # queries over the scratch database always run in DuckDB, whatever the engine
REPLACED = "lu.remplacees"  # the rows of a growing table that a later delivery has replaced


def memory_limit() -> str:
    """DuckDB's memory limit: a fifth of the machine's memory; beyond it DuckDB spills into the working folder."""
    whole = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return f"{max(600, whole // 5 // 2**20)}MiB"


@dataclass
class Build:
    """One refresh under way: what it reads, the vintage it starts from, and the file that it fills in a new `folder`."""

    inputs: Inputs
    folder: Path
    vintage: str
    started: datetime
    former: Former | None = None
    signatures: dict[str, list[int]] = field(default_factory=dict)  # of the files, as the refresh found them
    memory_limit: str = field(default_factory=memory_limit)
    start_engine: Start = DuckDB
    asked: Asked = field(default_factory=Asked)
    overridden: list[str] = field(default_factory=list)  # what the rules V found, where it is published all the same
    say: Callable[[str], None] = field(default=lambda _: None)
    failures: list[str] = field(default_factory=list)  # findings of the checks that failed
    diffusion_faults: list[str] = field(default_factory=list)  # findings of the audit of the diffusion file
    durations: dict[str, float] = field(default_factory=dict)  # seconds, by step
    parents: dict[str, Parents] = field(default_factory=dict)  # by source.table, once its rows are settled
    # encodings of files yet to be read, where their detection has begun
    encodings: dict[Path, Future[str]] = field(default_factory=dict)
    # by source, delivery and file: the sheets of a workbook that hold something and are not read
    aside: dict[tuple[str, str, str], list[str]] = field(default_factory=dict)
    checked: list[tuple[str, str, bool, str]] = field(default_factory=list)  # check, table, passed, finding

    @property
    def marts(self) -> Path:
        return self.folder.parent.parent

    @property
    def path(self) -> Path:
        return self.folder / FILE

    @property
    def diffusion(self) -> Path:
        return self.folder / DIFFUSION

    @property
    def scratch(self) -> Path:
        return self.folder / SCRATCH

    @cached_property
    def con(self) -> duckdb.DuckDBPyConnection:
        self.scratch.mkdir(parents=True, exist_ok=True)
        if self.former:
            shutil.copyfile(self.former.path, self.path)  # copies the content, not the read-only mode
        con = duckdb.connect(str(self.path))
        con.execute(f"SET memory_limit = '{self.memory_limit}'")
        con.execute(f"SET temp_directory = '{self.scratch / 'debordement'}'")
        con.execute("SET preserve_insertion_order = false")
        con.execute("SET checkpoint_threshold = '1GB'")  # the file is written out once, not after every few pieces
        con.execute("ATTACH ':memory:' AS lu")  # overflows into the temporary folder, writes no log
        con.execute(
            "CREATE TABLE IF NOT EXISTS lu.fichiers (source VARCHAR, livraison VARCHAR, fichier VARCHAR, table_lue VARCHAR, "
            "sha256 VARCHAR, octets BIGINT, lues BIGINT, rejetees BIGINT, remplacees BIGINT)"
        )
        for kind in ("rejets", "alertes"):
            con.execute(
                f"CREATE TABLE IF NOT EXISTS lu.{kind} (source VARCHAR, livraison VARCHAR, fichier VARCHAR, ligne BIGINT, "
                "identifiant VARCHAR, regle VARCHAR, colonne VARCHAR, valeur VARCHAR, table_lue VARCHAR, groupe INTEGER)"
            )
        con.execute(
            "CREATE TABLE IF NOT EXISTS lu.derives (source VARCHAR, livraison VARCHAR, fichier VARCHAR, nature VARCHAR, "
            "colonne VARCHAR, valeur VARCHAR, indice VARCHAR, table_lue VARCHAR)"
        )
        con.execute(
            "CREATE TABLE IF NOT EXISTS lu.colonnes (source VARCHAR, livraison VARCHAR, fichier VARCHAR, table_lue VARCHAR, "
            "colonne VARCHAR, lignes BIGINT, remplies BIGINT, lisibles BIGINT)"
        )
        if self.former:
            self._name_fresh(con)
            self._recall(con, self.former)
        else:  # all tables in one transaction: one write to disk, not one a comment
            tables = (statement for o in self.outputs.values() for statement in declaration(o))
            con.execute("; ".join(["BEGIN", *schemas_of_layers(), *tables, *macros(), "COMMIT"]))
        return con

    @cached_property
    def outputs(self) -> dict[str, Output]:
        """Every published table by its full name, with the codes met in this refresh as values of its ENUM columns."""
        found = [a for source in SOURCES if source.grows for a in self.inputs.deliveries[source.name]]
        met = {
            "livraison": {a.delivery.name for a in found},
            "fichier": {held.name for a in found for several in a.files.values() for held in several},
            "organisme": set(self.inputs.organismes["organisme"]),
            "region": set(self.inputs.organismes["code_region"]),
        }
        known = {column: sorted(values) or [""] for column, values in met.items()}  # no ENUM is without a value
        return {o.full_name: o.holding(known) for o in OUTPUTS}

    def _name_fresh(self, con: duckdb.DuckDBPyConnection) -> None:
        """Widen the ENUM columns of a copied file to the codes that have come since."""
        kinds = "SELECT schema_name || '.' || table_name, column_name, data_type FROM duckdb_columns()"
        found = {(table, column): kind for table, column, kind in con.execute(kinds).fetchall()}
        for output in (o for o in self.outputs.values() if not o.view):
            for column in (c for c in output.columns if c.met and c.type != found[output.full_name, c.name]):
                con.execute(f"ALTER TABLE {output.full_name} ALTER {column.name} TYPE {column.type}")
        for view in (o for o in self.outputs.values() if o.view):  # it holds the types that its columns had
            con.execute("; ".join([f"DROP VIEW {view.full_name}", *declaration(view)]))

    def _recall(self, con: duckdb.DuckDBPyConnection, former: Former) -> None:
        """Copy the balance, columns, rejects, alerts and drifts of files that are not read again."""
        for e in former.entries:
            self.aside[e["source"], e["livraison"], e["fichier"]] = e["feuilles_non_lues"]
            counts = (e["lignes_lues"], e["lignes_rejetees"], e["lignes_remplacees"])
            values = [e["source"], e["livraison"], e["fichier"], e["table"], e["sha256"], e["octets"], *counts]
            con.execute("INSERT INTO lu.fichiers VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", values).fetchall()
        for kind in ("rejets", "alertes", "colonnes"):
            con.execute(f"INSERT INTO lu.{kind} BY NAME FROM controle.{kind} WHERE source IN ({GROWING})").fetchall()
        natures = ", ".join(quoted(n) for n in OF_HEADER)  # the others are found in the rejects and alerts
        con.execute(
            "INSERT INTO lu.derives BY NAME SELECT * EXCLUDE (lignes) FROM controle.derives "
            f"WHERE source IN ({GROWING}) AND nature IN ({natures})"
        ).fetchall()

    def unread(self, source: str) -> list[Arrived]:
        """The deliveries of a source that must be read, oldest first."""
        found = self.inputs.deliveries[source]
        return self.former.unread(source, found) if self.former else found

    def start_over(self) -> None:
        """Forget the former vintage: every delivery is read after all."""
        self.former = None
        for kind in ("fichiers", "rejets", "alertes", "derives", "colonnes"):
            self.run(f"DELETE FROM lu.{kind} WHERE source IN ({GROWING})")

    def of_fresh(self, query: str) -> str:
        """The same query over the detail rows of the fresh deliveries only; over all rows without a former vintage."""
        return self.former.of_fresh(query) if self.former else query

    @cached_property
    def years(self) -> Mapping[str, frozenset[int]] | None:
        """Whose figures are made anew, by the column of the accompaniments that gives their year; None: all.

        The years in which a row has come or gone, or that have become whole or have ceased to be, and those compared with
        them; known once `ref.annees` and `ref.completude` are made.
        """
        if not (self.former and self.former.same_years):
            return None
        columns = (DETECTION, OPENING, CLOSURE)
        fresh = self.of_fresh(f"SELECT {', '.join(columns)} FROM detail.accompagnements")
        changed = f"FROM {REPLACED} UNION ALL BY NAME {fresh}"
        recast = self._recast(self.former)
        met = {column: self._years_of(column, f"({changed})") | recast for column in columns}
        under_way = self._years_of(DETECTION, "detail.accompagnements", f"{CLOSURE} IS NULL")
        return changed_years(met, under_way, self.former.observed, self.inputs.observed)

    def _years_of(self, column: str, rows: str, among: str = "TRUE") -> set[int]:
        return {year for (year,) in self.run(f"SELECT DISTINCT {column} FROM {rows} WHERE {among}") if year}

    def _recast(self, former: Former) -> set[int]:
        """The years that are whole, or that an organisme has whole, in one of two vintages and not in the other."""
        whole = (
            "SELECT annee, '' AS organisme, source FROM ref.annees WHERE complete UNION ALL "
            "SELECT annee, organisme, source FROM ref.completude WHERE complete"
        )
        with duckdb.connect(str(former.path), read_only=True) as con:
            before = set(con.execute(whole).fetchall())
        return {year for year, _, _ in before ^ set(self.run(whole))}

    def in_years(self, column: str, named: str = "") -> str:
        """A predicate that keeps the years whose figures are made anew, of those that a column gives.

        `named`: what the column is called there. One that is of no growing table gives every year made anew.
        """
        if self.years is None:
            return "TRUE"
        years = self.years.get(column, frozenset().union(*self.years.values()))
        return f"{named or column} IN ({', '.join(str(y) for y in sorted(years)) or 'NULL'})"

    @cached_property
    def unknown(self) -> Unknown:
        """What the deliveries do not say; found once all of them are read."""
        return unknown_from(self.run(QUERY))

    @cached_property
    def columns(self) -> dict[str, list[tuple[str, str, str | None]]]:
        """Name, type and comment of the columns of each table in the file; filling changes none."""
        found: dict[str, list[tuple[str, str, str | None]]] = {}
        for table, name, kind, comment in self.run(
            "SELECT schema_name || '.' || table_name, column_name, data_type, comment FROM duckdb_columns() "
            "WHERE database_name = current_database() ORDER BY column_index"
        ):
            found.setdefault(table, []).append((name, kind, comment))
        return found

    @cached_property
    def beside(self) -> ThreadPoolExecutor:
        """One thread for work beside the reading: hashes of files, encodings, settling of keys."""
        return ThreadPoolExecutor(1)

    @cached_property
    def engine(self) -> Engine:
        return self.start_engine(self.con, self.scratch)

    def references(self) -> dict[str, dict[str, str]]:
        """Reference lists that column kinds read by: known organismes, and canonical names by alias."""
        organismes = self.run("SELECT organisme, organisme FROM ref.organismes")
        structures = self.run("SELECT alias, structure FROM ref.structures")
        return {"organismes": dict(organismes), "structures": dict(structures)}

    def create(self, table: str, query: str | None = None) -> int:
        """Empty a declared table, fill it from `query`, and return its number of rows."""
        self.run(f"DELETE FROM {table}")
        if query:
            self.insert(table, query)
        return self.count(table)

    def append(self, table: str, frame: pl.DataFrame) -> None:
        """Add the rows of a frame to a table, column by column name."""
        with self.registered("frame_to_append", frame):
            self.run(f"INSERT INTO {table} BY NAME SELECT * FROM frame_to_append")

    def note(self, table: str, frame: pl.DataFrame) -> None:
        """Add rows to a table of the scratch database, outside the transaction under way in the file."""
        with self.con.cursor() as beside:
            beside.register("frame_to_note", frame)
            beside.execute(f"INSERT INTO {table} BY NAME SELECT * FROM frame_to_note").fetchall()

    def renew(self, table: str, query: str) -> None:
        """Fill a table that has a column `annee`, for the years whose figures are made anew."""
        self.run(f"DELETE FROM {table} WHERE {self.in_years('annee')}")
        self.insert(table, f"SELECT * FROM ({query}) AS q WHERE {self.in_years('annee')}")

    def extend(self, table: str, query: str, key: str) -> None:
        """Fill a table that has rows for each row of a growing table, by its `key`: rows of replaced ones are deleted."""
        if not self.former:
            self.create(table, query)
            return
        self.run(f"DELETE FROM {table} WHERE {key} IN (SELECT {key} FROM {REPLACED})")
        self.insert(table, self.of_fresh(query))

    def insert(self, table: str, query: str) -> None:
        """Add the rows of a query to a published table, whoever computes them."""
        engine = DuckDB(self.con, self.scratch) if UNSETTLED in query else self.engine
        engine.insert(table, query)

    @contextmanager
    def registered(self, name: str, frame: pl.DataFrame) -> Iterator[None]:
        """A frame that queries can read under a name."""
        self.con.register(name, frame)
        try:
            yield
        finally:
            self.con.unregister(name)

    def run(self, sql: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Execute one statement and return all its rows: a result left open blocks the connection."""
        return self.con.execute(sql, list(values)).fetchall()

    def count(self, table: str) -> int:
        return int(self.run(f"SELECT COUNT(*) FROM {table}")[0][0])

    @contextmanager
    def settling(self) -> Iterator[None]:
        """Write what has been filled into its place in the file (CHECKPOINT), while the block only reads."""
        with self.con.cursor() as beside, ThreadPoolExecutor(1) as thread:
            settled = thread.submit(beside.execute, "CHECKPOINT")
            yield
            settled.result()

    def close(self) -> None:
        if "beside" in self.__dict__:
            self.beside.shutdown(cancel_futures=True)
        if "engine" in self.__dict__:
            self.engine.close()
            del self.__dict__["engine"]
        if "con" in self.__dict__:
            self.con.close()
            del self.__dict__["con"]
