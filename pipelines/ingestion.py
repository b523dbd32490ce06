"""Read every file of a table, in delivery order, into accepted, rejected and replaced rows."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import polars as pl

from pipelines.build import Build
from pipelines.deliveries import Arrived, sha256
from pipelines.errors import Refused, Unreadable
from pipelines.free_text import cleared
from pipelines.reading import LINE, read
from pipelines.secret import Keys, hashed
from pipelines.validation import Match, Verdict, judge, match_header, unknown_columns
from schemas.declarations import Column, Context, Delivery, Table
from schemas.text import without_nir
from schemas.valid import model

T = TypeVar("T")
DELIVERY, FILE, ORDER = "livraison", "fichier", "ordre"


def ingest(build: Build, table: Table, into: str | None = None) -> None:
    """Fill `into` (default: `lu.<source>_<table>`) with the rows of a table that stay, and note the balance.

    A table with a key is settled once all its files are read; a child's rows are settled as they are read, by the
    delivery that their parent's row comes from.
    """
    settled = into or f"lu.{table.source}_{table.name}"
    staged = f"lu.{table.source}_{table.name}_lus" if table.key else settled
    if table.key or into is None:
        _create_staging(build, table, staged)
    tallies: dict[Path, Tally] = {}
    # pieces are read, judged and hashed in one thread while the ones before are written in another
    for one in ahead(_judged(build, table, _contexts(build, table))):
        tally = tallies.get(one.path) or tallies.setdefault(one.path, _begun(build, one))
        tally.add(one)
        _write(build, one, staged, numbered=bool(table.key))
    for path, tally in tallies.items():
        _note_file(build, table, path, tally)
    if table.key:
        _settle(build, table, staged, settled)


def _create_staging(build: Build, table: Table, name: str) -> None:
    columns = ", ".join(f"{c.name} {c.kind.sql}" for c in table.stored)
    build.run(f"CREATE OR REPLACE TABLE {name} ({DELIVERY} VARCHAR, {FILE} VARCHAR, {ORDER} BIGINT, {columns})")


def _parents(build: Build, table: Table) -> pl.DataFrame | None:
    if table.parent is None:
        return None
    key = table.identifier
    found: pl.DataFrame = build.con.sql(f"SELECT {key}, {DELIVERY} FROM lu.{table.source}_{table.parent}").pl()
    return found


def _members(build: Build, table: Table, arrived: Arrived) -> frozenset[str]:
    if table.members is None:
        return frozenset()
    rows = build.run(
        f"SELECT {table.member_key} FROM lu.{table.source}_{table.members} WHERE {DELIVERY} = ?",
        [arrived.delivery.name],
    )
    return frozenset(value for (value,) in rows)


def _contexts(build: Build, table: Table) -> list[tuple[Arrived, Context]]:
    parents, references = _parents(build, table), build.references()
    return [
        (arrived, Context(arrived.delivery, references, parents, _members(build, table, arrived)))
        for arrived in build.deliveries[table.source]
    ]


@dataclass(frozen=True)
class Judged:
    """What became of a piece of a file: the rows to keep for now, how many were replaced at once, and the reasons."""

    delivery: Delivery
    path: Path
    rows: pl.DataFrame
    replaced: int
    verdict: Verdict


@dataclass
class Tally:
    """The balance of a file so far."""

    delivery: Delivery
    read: int = 0
    rejected: int = 0
    replaced: int = 0

    def add(self, one: Judged) -> None:
        self.read += one.verdict.accepted.height + one.verdict.rejected
        self.rejected += one.verdict.rejected
        self.replaced += one.replaced


def _judged(build: Build, table: Table, contexts: Iterable[tuple[Arrived, Context]]) -> Iterator[Judged]:
    """Every piece of every file of a table, in delivery and file order; the database is left alone."""
    for arrived, context in contexts:
        for path in arrived.files.get(table.name, []):
            if without_nir(path.name) != path.name:
                raise Refused(f"Livraison {context.delivery} refusée – un nom de fichier contient un NIR : renommez-le")
            try:
                for verdict in _verdicts(build, table, path, context):
                    hashed_rows = _hashed(verdict.accepted, table.columns, build.keys)
                    rows = _of_winners(table, hashed_rows, context)
                    yield Judged(context.delivery, path, rows, hashed_rows.height - rows.height, verdict)
            except Unreadable as error:
                raise Refused(f"Livraison {context.delivery} refusée – {error}") from error


def _verdicts(build: Build, table: Table, path: Path, context: Context) -> Iterator[Verdict]:
    matched: list[Match] = []

    def wanted(header: list[str]) -> list[int]:
        aliases = build.aliases.get(f"{table.source}.{table.name}", {})
        matched.append(match_header(table, header, dict(aliases), path.name))
        return sorted(matched[0].positions.values())

    reading = read(path, wanted)
    schema, unknown = model(table, context), unknown_columns(matched[0])
    for piece in reading.pieces:
        rows = cleared(piece.rows, table, matched[0].positions, build.keys)
        verdict = judge(table, replace(piece, rows=rows), matched[0], context, schema)
        yield replace(verdict, alerts=pl.concat([unknown, verdict.alerts]))
        unknown = unknown.clear()


def _of_winners(table: Table, rows: pl.DataFrame, context: Context) -> pl.DataFrame:
    """Of a child's rows those whose parent's row comes from the same delivery; of any other table's rows all."""
    if context.parents is None:
        return rows
    own = context.parents.filter(pl.col(DELIVERY) == context.delivery.name)
    return rows.join(own.drop(DELIVERY), on=table.identifier, how="semi", maintain_order="left")


def ahead(items: Iterable[T]) -> Iterator[T]:
    """The items, each made in a thread of its own while the one before is in use."""
    source = iter(items)
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(next, source, None)
        while (item := coming.result()) is not None:
            coming = pool.submit(next, source, None)
            yield item


def _begun(build: Build, one: Judged) -> Tally:
    build.say(f"{one.delivery}/{one.path.name}")
    return Tally(one.delivery)


def _write(build: Build, one: Judged, staged: str, *, numbered: bool) -> None:
    place = {DELIVERY: pl.lit(one.delivery.name), FILE: pl.lit(one.path.name)}
    for kind, reasons in (("rejets", one.verdict.rejects), ("alertes", one.verdict.alerts)):
        if reasons.height:
            build.append(f"lu.{kind}", reasons.with_columns(source=pl.lit(one.delivery.source), **place))
    rows = one.rows.drop(LINE)
    if numbered:
        rows = rows.with_columns(**place, **{ORDER: pl.int_range(pl.len()) + build.count(staged)})
    build.append(staged, rows)


def _note_file(build: Build, table: Table, path: Path, tally: Tally) -> None:
    source, delivery = tally.delivery.source, tally.delivery.name
    size, counts = path.stat().st_size, (tally.read, tally.rejected, tally.replaced)
    values = [source, delivery, path.name, table.name, sha256(path), size, *counts]
    build.run(f"INSERT INTO lu.fichiers VALUES ({', '.join('?' for _ in values)})", values)


def _hashed(rows: pl.DataFrame, columns: Iterable[Column], keys: Keys) -> pl.DataFrame:
    for column in columns:
        if column.hashed_as:
            digests = hashed(rows[column.name], keys).alias(column.hashed_as)
            rows = rows.drop(column.name).with_columns(digests)
    return rows


def _settle(build: Build, table: Table, staged: str, settled: str) -> None:
    """Among accepted rows with the same key the last one read stays; the others count as replaced, in their file.

    Deliveries are read from the oldest to the latest, so the last one read is that of the latest delivery.
    A row whose key is incomplete is never the same as another.
    """
    keys = ", ".join(table.key if table.history else (DELIVERY, *table.key))
    build.run(
        f"""CREATE OR REPLACE TABLE lu.remplacees AS
        SELECT {ORDER}, {DELIVERY} AS l, {FILE} AS f FROM {staged} AS s JOIN (
          SELECT {keys}, MAX({ORDER}) AS derniere FROM {staged} GROUP BY {keys} HAVING COUNT(*) > 1
        ) AS d USING ({keys}) WHERE s.{ORDER} < d.derniere"""
    )
    build.run(
        f"""UPDATE lu.fichiers SET remplacees = (SELECT COUNT(*) FROM lu.remplacees WHERE l = livraison AND f = fichier)
        WHERE source = '{table.source}' AND table_lue = '{table.name}'"""
    )
    build.run(f"DELETE FROM {staged} WHERE {ORDER} IN (SELECT {ORDER} FROM lu.remplacees)")
    build.run(f"DROP TABLE IF EXISTS {settled}")
    build.run(f"ALTER TABLE {staged} RENAME TO {settled.removeprefix('lu.')}")
