"""Read every file of a table, in delivery order, into accepted, rejected and replaced rows."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import polars as pl

from pipelines.build import Build
from pipelines.deliveries import Arrived, sha256
from pipelines.errors import Refused, Unreadable
from pipelines.reading import LINE, Reading, read
from pipelines.secret import hashed
from pipelines.validation import Match, Verdict, judge, match_header, unknown_columns
from schemas.declarations import Column, Context, Table
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
    parents = _parents(build, table)
    for arrived in build.deliveries[table.source]:
        context = Context(arrived.delivery, build.references(), parents, _members(build, table, arrived))
        for path in arrived.files.get(table.name, []):
            _ingest_file(build, table, path, context, staged)
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


def _ingest_file(build: Build, table: Table, path: Path, context: Context, staged: str) -> None:
    place = f"{context.delivery}/{path.name}"
    matched: list[Match] = []

    def wanted(header: list[str]) -> list[int]:
        aliases = build.aliases.get(f"{table.source}.{table.name}", {})
        matched.append(match_header(table, header, dict(aliases), path.name))
        return sorted(matched[0].positions.values())

    read_rows = rejected = replaced = 0
    try:
        reading = read(path, wanted)
        _note(build, "alertes", unknown_columns(matched[0]), context, path)
        # pieces are read, judged and hashed in one thread while the one before is written in another
        for verdict in ahead(_verdicts(build, table, reading, matched[0], context)):
            _note(build, "rejets", verdict.rejects, context, path)
            _note(build, "alertes", verdict.alerts, context, path)
            read_rows += verdict.accepted.height + verdict.rejected
            rejected += verdict.rejected
            replaced += _store(build, table, verdict.accepted, context, path, staged)
    except Unreadable as error:
        raise Refused(f"Livraison {context.delivery} refusée – {error}") from error
    build.run(
        "INSERT INTO lu.fichiers VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            table.source,
            context.delivery.name,
            path.name,
            table.name,
            sha256(path),
            path.stat().st_size,
            read_rows,
            rejected,
            replaced,
        ],
    )
    build.say(f"{place} : {read_rows} lignes lues")


def _verdicts(build: Build, table: Table, reading: Reading, match: Match, context: Context) -> Iterator[Verdict]:
    schema = model(table, context)
    for piece in reading.pieces:
        verdict = judge(table, piece, match, context, schema)
        yield replace(verdict, accepted=_hashed(verdict.accepted, table.columns, build.key))


def ahead(items: Iterable[T]) -> Iterator[T]:
    """The items, each made in a thread of its own while the one before is in use."""
    source = iter(items)
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(next, source, None)
        while (item := coming.result()) is not None:
            coming = pool.submit(next, source, None)
            yield item


def _store(build: Build, table: Table, rows: pl.DataFrame, context: Context, path: Path, staged: str) -> int:
    """Add accepted rows to the staging table; returns how many were replaced at once (a child's, by its parent)."""
    if table.parent and context.parents is not None:
        own = rows.join(context.parents, on=table.identifier, how="left", maintain_order="left")
        stay = own.filter(pl.col(DELIVERY) == context.delivery.name).drop(DELIVERY)
        build.append(staged, stay.drop(LINE))
        return rows.height - stay.height
    numbered = rows.drop(LINE).with_columns(
        pl.lit(context.delivery.name).alias(DELIVERY),
        pl.lit(path.name).alias(FILE),
        (pl.int_range(pl.len()) + build.count(staged)).alias(ORDER),
    )
    build.append(staged, numbered)
    return 0


def _hashed(rows: pl.DataFrame, columns: Iterable[Column], key: bytes) -> pl.DataFrame:
    for column in columns:
        if column.hashed_as:
            digests = hashed(rows[column.name], key).alias(column.hashed_as)
            rows = rows.drop(column.name).with_columns(digests)
    return rows


def _note(build: Build, kind: str, rows: pl.DataFrame, context: Context, path: Path) -> None:
    if rows.height:
        place = {"source": context.delivery.source, DELIVERY: context.delivery.name, FILE: path.name}
        build.append(f"lu.{kind}", rows.with_columns(pl.lit(v).alias(k) for k, v in place.items()))


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
