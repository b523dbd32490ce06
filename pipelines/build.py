"""The work of one refresh: a new DuckDB file beside the published ones, filled layer by layer.

Rows that are read but not yet settled stand in a scratch database, `lu`, that lasts as long as the build.
"""

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from pipelines.deliveries import Arrived, arrived
from pipelines.errors import Refused
from pipelines.secret import Keys, load_keys
from schemas.declarations import Source
from schemas.outputs import BY_FULL_NAME, LAYERS
from schemas.sources import SOURCES
from schemas.text import masked

FILE = "adass.duckdb"
SCRATCH = "brouillon"
MEMORY_LIMIT = "600MB"
ALIASES_FILE = "alias.toml"


@dataclass
class Build:
    """One refresh under way: inputs under `raw`, its own new `folder`, a connection to the file it fills."""

    raw: Path
    folder: Path
    vintage: str
    started: datetime
    aliases_file: Path | None = None
    memory_limit: str = MEMORY_LIMIT
    say: Callable[[str], None] = field(default=lambda _: None)
    failures: list[str] = field(default_factory=list)  # what the checks that failed have found

    @property
    def path(self) -> Path:
        return self.folder / FILE

    @property
    def scratch(self) -> Path:
        return self.folder / SCRATCH

    @cached_property
    def con(self) -> duckdb.DuckDBPyConnection:
        self.scratch.mkdir(parents=True, exist_ok=True)
        con = duckdb.connect(str(self.path))
        con.execute(f"SET memory_limit = '{self.memory_limit}'")
        con.execute(f"SET temp_directory = '{self.scratch / 'debordement'}'")
        con.execute("SET preserve_insertion_order = false")
        con.execute("ATTACH ':memory:' AS lu")  # overflows into the temporary folder, writes no log
        con.execute(
            "CREATE TABLE IF NOT EXISTS lu.fichiers (source VARCHAR, livraison VARCHAR, fichier VARCHAR, table_lue VARCHAR, "
            "sha256 VARCHAR, octets BIGINT, lues BIGINT, rejetees BIGINT, remplacees BIGINT)"
        )
        for kind in ("rejets", "alertes"):
            con.execute(
                f"CREATE TABLE IF NOT EXISTS lu.{kind} (source VARCHAR, livraison VARCHAR, fichier VARCHAR, ligne BIGINT, "
                "identifiant VARCHAR, regle VARCHAR, colonne VARCHAR, valeur VARCHAR)"
            )
        for layer in LAYERS:
            con.execute(f"CREATE SCHEMA IF NOT EXISTS {layer}")
        return con

    @cached_property
    def keys(self) -> Keys:
        return load_keys()

    @cached_property
    def deliveries(self) -> dict[str, list[Arrived]]:
        return {source.name: arrived(self.raw, source) for source in SOURCES}

    @property
    def synthetic(self) -> list[str]:
        return [str(a.delivery) for found in self.deliveries.values() for a in found if a.synthetic]

    @property
    def ignored(self) -> list[str]:
        """Files that are of no table, by delivery and name."""
        return [
            f"{a.delivery}/{masked(name)}" for found in self.deliveries.values() for a in found for name in a.ignored
        ]

    @cached_property
    def aliases(self) -> Mapping[str, Mapping[str, list[str]]]:
        """Header aliases that users have added: source.table, then column, then accepted headers."""
        path = self.aliases_file or self.raw / ALIASES_FILE
        if not path.exists():
            return {}
        try:
            content = tomllib.loads(path.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise Refused(f"{path.name} : fichier d'alias illisible ({error})") from error
        return {
            f"{source.name}.{table.name}": _checked_aliases(path, source, table.name, content)
            for source in SOURCES
            for table in source.tables
        }

    def references(self) -> dict[str, dict[str, str]]:
        """Reference lists that column kinds read by: known organismes, and canonical names by alias."""
        organismes = self.run("SELECT organisme, organisme FROM ref.organismes")
        structures = self.run("SELECT alias, structure FROM ref.structures")
        return {"organismes": dict(organismes), "structures": dict(structures)}

    def create(self, table: str, query: str | None = None) -> int:
        """Make a declared table with its comments, fill it from `query`, and return its number of rows."""
        output = BY_FULL_NAME[table]
        columns = ", ".join(f"{c.name} {c.sql}" for c in output.columns)
        comments = [(f"COLUMN {table}.{c.name}", c.comment) for c in output.columns]
        statements = [
            f"CREATE OR REPLACE TABLE {table} ({columns})",
            *(
                f"COMMENT ON {what} IS {_quoted(text)}"
                for what, text in [(f"TABLE {table}", output.comment), *comments]
            ),
        ]
        self.run("BEGIN; " + "; ".join(statements) + "; COMMIT")  # one write to disk, not one a column
        if query:
            names = ", ".join(c.name for c in output.columns)
            self.run(f"INSERT INTO {table} SELECT {names} FROM ({query}) AS q")
        return self.count(table)

    def append(self, table: str, frame: pl.DataFrame) -> None:
        """Add the rows of a frame to a table, column by column name."""
        self.con.register("frame_to_append", frame)
        names = ", ".join(f'"{c}"' for c in frame.columns)
        self.run(f"INSERT INTO {table} ({names}) SELECT {names} FROM frame_to_append")
        self.con.unregister("frame_to_append")

    def run(self, sql: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Execute one statement and return all its rows: a result left open blocks the connection."""
        return self.con.execute(sql, list(values)).fetchall()

    def count(self, table: str) -> int:
        return int(self.run(f"SELECT COUNT(*) FROM {table}")[0][0])

    def close(self) -> None:
        if "con" in self.__dict__:
            self.con.close()
            del self.__dict__["con"]


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _checked_aliases(path: Path, source: Source, table: str, content: dict[str, object]) -> dict[str, list[str]]:
    own = content.get(source.name, {})
    section = own.get(table, {}) if isinstance(own, dict) else {}
    if not isinstance(section, dict):
        raise Refused(f"{path.name} : [{source.name}.{table}] doit être une table de colonnes")
    known = {c.name for c in source.table(table).columns}
    for name, forms in section.items():
        if name not in known:
            raise Refused(f"{path.name} : [{source.name}.{table}] {name} : colonne inconnue")
        if not (isinstance(forms, list) and all(isinstance(f, str) for f in forms)):
            raise Refused(f"{path.name} : [{source.name}.{table}] {name} : une liste d'en-têtes est attendue")
    return section
