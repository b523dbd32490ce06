"""Read every file of a table, in delivery order, into accepted, rejected and replaced rows."""

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TypeVar

import polars as pl

from pipelines.errors import Unreadable
from pipelines.identity.free_text import cleared
from pipelines.identity.keys import Keys, Parents, Settled
from pipelines.identity.secret import hashed
from pipelines.intake.filling import filling
from pipelines.intake.foreign import Groups, groups, match_form, spread
from pipelines.intake.names import credible, names_at, without_overlong
from pipelines.intake.validation import Match, Verdict, drifts, judge, match_header, unknown_columns
from pipelines.reading.deliveries import Arrived, Fault
from pipelines.reading.files import LINE, Piece, detect_encoding, is_text, read
from pipelines.reading.form import Form, Held
from pipelines.reading.within import read_within
from pipelines.vintages.build import REPLACED, Build
from pipelines.vintages.former import of_deliveries
from schemas.exports.declarations import Column, Context, Delivery, Table
from schemas.exports.sources import source
from schemas.outputs.columns import enum_of
from schemas.outputs.vintages import sha256
from schemas.text import MASK, quoted, without_nir

T = TypeVar("T")
Derive = Callable[[pl.DataFrame], pl.DataFrame]
AHEAD = 2  # pieces do not all take as long at every stage
HASHES = "empreintes"  # the step of that name in the durations
DELIVERY, FILE, READ = "livraison", "fichier", "lues"
TABLE, GROUP = "table_lue", "groupe"
# of `lu.colonnes`
COLUMNS = {
    **dict.fromkeys(("source", DELIVERY, FILE, TABLE, "colonne"), pl.String),
    **dict.fromkeys(("lignes", "remplies", "lisibles"), pl.Int64),
}


@dataclass(frozen=True)
class Opened:
    """A file about to be read: the context of its rows, the position of its columns, and its pieces."""

    context: Context
    held: Held
    match: Match
    pieces: Iterator[Piece]
    aside: list[str] = field(default_factory=list)  # sheets that are not read


@dataclass(frozen=True)
class Judged:
    """A judged piece of a file: the rows kept for now, how many were replaced at once, and the reasons of rejects."""

    delivery: Delivery
    held: Held
    rows: pl.DataFrame
    replaced: int
    verdict: Verdict
    group: int | None  # of columns of a wide table


@dataclass
class Tally:
    """The balance of a file so far."""

    delivery: Delivery
    held: Held
    sum: Future[str] | None = None  # the sha256 of the file; of one that the former vintage has read it is known
    read: int = 0
    rejected: int = 0
    replaced: int = 0
    split: int = 0  # rows that have the fields of the header
    contents: dict[str, tuple[int, int]] = field(default_factory=dict)  # as in `Verdict.contents`

    def add(self, one: Judged) -> None:
        self.read += one.verdict.accepted.height + one.verdict.rejected
        self.rejected += one.verdict.rejected
        self.replaced += one.replaced
        self.split += one.verdict.split
        for column, (filled, readable) in one.verdict.contents.items():
            before = self.contents.get(column, (0, 0))
            self.contents[column] = (before[0] + filled, before[1] + readable)


def ingest(build: Build, table: Table, into: str | None = None, derive: Derive | None = None) -> None:
    """Fill `into` (default: `lu.<source>_<table>`) with the rows of a table that stay, and note the balance.

    `derive` makes the rows that are stored from those of a piece. Among rows with the same key the last one read
    stays, which is that of the latest delivery; a child's row stays where the row of its parent comes from the same
    delivery.
    """
    target = into or f"lu.{table.source}_{table.name}"
    if into is None:
        _create_staging(build, table, target)
    elif not build.former:
        build.create(into)
    tallies, keys = _recalled(build, table, target)
    former = len(tallies)
    _foresee(build, table)
    # one thread each: open a file, split a piece of the one before, judge the next, hash the next; two write
    with filling(build.con, READ) as write:
        for one in ahead(_judged(build, table, _contexts(build, table), derive)):
            tally = tallies.get(one.held) or tallies.setdefault(one.held, _begun(build, one))
            tally.add(one)
            if table.key:
                keys.add(_keys(table, one), one.rows[LINE], len(tallies) - 1)
            _note_found(build, table, one)
            write(*_insert(one, target))
        settled = build.beside.submit(keys.settled)  # meanwhile the rows are written to disk
    if build.former and table.history and _adopts(build, table, target):
        build.start_over()
        ingest(build, table, into, derive)
        return
    if table.key:
        _settle(build, table, target, settled.result(), list(tallies.values()))
    for number, tally in enumerate(tallies.values()):
        _note_file(build, table, tally, former=number < former)
    _note_columns(build, table, list(tallies.values())[former:])


def _foresee(build: Build, table: Table) -> None:
    """Start to detect the encodings of the child tables' files: each takes a reading of the whole file."""
    for child in _children(table):
        for arrived in build.unread(table.source):
            for path in (held.path for held in arrived.files.get(child.name, []) if not held.form):
                if is_text(path):
                    build.encodings[path] = build.beside.submit(detect_encoding, path)


def _children(table: Table) -> list[Table]:
    return [t for t in source(table.source).tables if t.parent == table.name]


def _recalled(build: Build, table: Table, target: str) -> tuple[dict[Held, Tally], Keys]:
    """The files of a table that the former vintage read, and the keys of the rows that it kept from them."""
    keys = Keys()
    if not build.former or (not table.history and not table.parent):
        return {}, keys
    files = {
        held: Tally(arrived.delivery, held)
        for arrived in build.inputs.deliveries[table.source]
        if arrived.delivery.name not in build.former.fresh
        for held in arrived.files.get(table.name, [])
    }
    if table.parent:
        _leave(build, table, target, files.values())
    else:
        numbered = pl.DataFrame(
            {
                "numero": range(len(files)),
                DELIVERY: [t.delivery.name for t in files.values()],
                FILE: [held.name for held in files],
            }
        )
        with build.registered("fichiers_lus", numbered):
            rows = build.con.sql(
                f"SELECT t.{table.identifier}, t.{LINE}, f.numero FROM {target} AS t JOIN fichiers_lus AS f USING ({DELIVERY}, {FILE})"
            ).pl()
        keys.add(rows.select(table.key), rows[LINE], rows["numero"])
    return files, keys


def _leave(build: Build, table: Table, target: str, tallies: Iterable[Tally]) -> None:
    """Delete the rows of a child table whose parent row was replaced by a row of a fresh delivery."""
    # a child row comes from the delivery of its parent row: other deliveries need not be searched
    deliveries = [name for (name,) in build.run(f"SELECT DISTINCT {DELIVERY} FROM {REPLACED}")]
    gone = f"{of_deliveries(deliveries)} AND {table.identifier} IN (SELECT {table.identifier} FROM {REPLACED})"
    counts = {
        (d, f): n
        for d, f, n in build.run(f"SELECT {DELIVERY}, {FILE}, COUNT(*) FROM {target} WHERE {gone} GROUP BY ALL")
    }
    if counts:
        build.run(f"DELETE FROM {target} WHERE {gone}")
    for tally in tallies:
        tally.replaced = counts.get((tally.delivery.name, tally.held.name), 0)


def _adopts(build: Build, table: Table, target: str) -> bool:
    """Whether a fresh row is the parent of a row once rejected as an orphan: that reject would no longer hold."""
    rules = ", ".join(f"'{child.orphan}'" for child in _children(table)) or "''"
    fresh = build.of_fresh(f"SELECT {table.identifier} FROM {target}")
    # an identifier that looks like a NIR is masked in rejects, so it may be that of any row
    return bool(
        build.run(
            f"SELECT 1 FROM lu.rejets WHERE regle IN ({rules}) AND (identifiant IN ({fresh}) OR CONTAINS(identifiant, '{MASK}')) LIMIT 1"
        )
    )


def _create_staging(build: Build, table: Table, name: str) -> None:
    columns = ", ".join(f"{c.name} {c.kind.sql}" for c in table.stored)
    build.run(f"CREATE OR REPLACE TABLE {name} ({DELIVERY} VARCHAR, {FILE} VARCHAR, {LINE} INTEGER, {columns})")


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
    known = parents.known if parents else None
    return [
        (arrived, Context(arrived.delivery, references, known, _members(build, table, arrived)))
        for arrived in build.unread(table.source)
    ]


def _parents(build: Build, table: Table) -> Parents | None:
    return build.parents[f"{table.source}.{table.parent}"] if table.parent else None


def _judged(
    build: Build, table: Table, contexts: list[tuple[Arrived, Context]], derive: Derive | None
) -> Iterator[Judged]:
    """Every judged piece of a table, in delivery and file order; nothing is written to the database."""
    for opened, piece, verdict in ahead(_verdicts(build, table, contexts)):
        accepted = _hashed(build, verdict.accepted, table.columns)
        delivery = opened.context.delivery
        rows = _of_winners(build, table, accepted, delivery)
        rows = derive(rows) if derive else rows
        yield Judged(delivery, opened.held, rows, accepted.height - rows.height, verdict, piece.group)


def _verdicts(
    build: Build, table: Table, contexts: list[tuple[Arrived, Context]]
) -> Iterator[tuple[Opened, Piece, Verdict]]:
    told = None
    for opened, split in ahead(_pieces(build, table, contexts)):
        match = opened.match
        piece = without_overlong(split, names_at(table, match.positions))
        rows = cleared(piece.rows, table, match.positions, build.inputs.secrets)
        verdict = judge(table, replace(piece, rows=rows), match, opened.context)
        if opened is not told:  # findings about the header are reported with the first piece of a file
            alerts = pl.concat([unknown_columns(match), verdict.alerts])
            verdict, told = replace(verdict, alerts=alerts, drifts=drifts(table, match)), opened
        yield opened, piece, verdict


def _pieces(build: Build, table: Table, contexts: list[tuple[Arrived, Context]]) -> Iterator[tuple[Opened, Piece]]:
    for opened in ahead(_opened(build, table, contexts), 1):
        with _refusing(build, opened.context, opened.held):
            for piece in opened.pieces:
                yield opened, piece


def _opened(build: Build, table: Table, contexts: list[tuple[Arrived, Context]]) -> Iterator[Opened]:
    aliases = {
        name: list(forms) for name, forms in build.inputs.aliases.get(f"{table.source}.{table.name}", {}).items()
    }
    for arrived, context in contexts:
        for held in arrived.files.get(table.name, []):
            with _refusing(build, context, held):
                if without_nir(held.name) != held.name:
                    raise Unreadable("un nom de fichier contient un NIR", "renommez-le")
                opened = (
                    _open_form(table, held, held.form, context)
                    if held.form
                    else _open(table, held, context, aliases, build.encodings.get(held.path))
                )
                build.aside[table.source, context.delivery.name, held.name] = opened.aside
                yield opened


def _open(
    table: Table, held: Held, context: Context, aliases: dict[str, list[str]], encoding: Future[str] | None = None
) -> Opened:
    matched: list[Match] = []

    def wanted(header: list[str]) -> list[int]:
        matched.append(match_header(table, header, aliases, held.name))
        return sorted(matched[0].positions.values())

    def one_record(fields: list[str]) -> bool:
        return credible(names_at(table, matched[0].positions))(fields)

    reading = read(held.path, wanted, encoding.result if encoding else None, one_record)
    return Opened(context, held, matched[0], reading.pieces, reading.aside)


def _open_form(table: Table, held: Held, form: Form, context: Context) -> Opened:
    """The same of a file whose form a profile tells. What its texts are read as is remembered for it alone."""
    matched: list[tuple[Match, Groups]] = []

    def wanted(header: list[str]) -> list[int]:
        match, found = (
            match_form(table, form, header, _last_year(context), held.name),
            groups(table, form, header, held.name),
        )
        matched.append((match, found))
        return sorted({*match.positions.values(), *(at for group in found.values() for at in group.values())})

    def one_record(fields: list[str]) -> bool:
        match, found = matched[0]
        return credible(at for one in (match.positions, *found.values()) for at in names_at(table, one))(fields)

    reading = read_within(held.path, held.member, form.container, wanted, one_record)
    match, pieces = spread(table, form, *matched[0], reading.pieces)
    return Opened(replace(context, readers={}), held, match, pieces)


def _last_year(context: Context) -> int | None:
    return context.delivery.day.year if context.delivery.day else context.delivery.year


@contextmanager
def _refusing(build: Build, context: Context, held: Held) -> Iterator[None]:
    """Refuse the whole delivery of a file that cannot be read."""
    try:
        yield
    except Unreadable as error:
        of = context.delivery
        build.inputs.refuse(Fault(f"Livraison {of} refusée – {error}", of.source, of.name, held.name))


def _of_winners(build: Build, table: Table, rows: pl.DataFrame, delivery: Delivery) -> pl.DataFrame:
    """The rows of a child table whose parent row comes from the same delivery; all rows of any other table."""
    parents = _parents(build, table)
    if not parents:
        return rows
    within = parents.within(rows[table.identifier], delivery.name)
    return rows if within.all() else rows.filter(within)


def ahead(items: Iterable[T], most: int = AHEAD) -> Iterator[T]:
    """The items in their order, made in a thread of their own, up to `most` of them ahead of the caller."""
    source = iter(items)
    with ThreadPoolExecutor(1) as pool:
        coming = deque(pool.submit(next, source, None) for _ in range(most))
        while (item := coming.popleft().result()) is not None:
            coming.append(pool.submit(next, source, None))
            yield item


def _keys(table: Table, one: Judged) -> pl.DataFrame:
    """The key columns of the rows; with the delivery, where a key is unique within each delivery only."""
    keys = one.rows.select(table.key)
    return keys if table.history else keys.with_columns(pl.lit(one.delivery.name).alias(DELIVERY))


def _begun(build: Build, one: Judged) -> Tally:
    build.say(f"{one.delivery}/{one.held.name}")
    return Tally(one.delivery, one.held, build.beside.submit(sha256, one.held.path))


def _note_found(build: Build, table: Table, one: Judged) -> None:
    verdict = one.verdict
    place = {"source": one.delivery.source, DELIVERY: one.delivery.name, FILE: one.held.name, TABLE: table.name}
    for kind, found in (("rejets", verdict.rejects), ("alertes", verdict.alerts), ("derives", verdict.drifts)):
        if found.height:
            told = place if kind == "derives" else {**place, GROUP: one.group}
            build.note(f"lu.{kind}", found.with_columns(pl.lit(value).alias(name) for name, value in told.items()))


def _insert(one: Judged, target: str) -> tuple[pl.DataFrame, str]:
    """The rows of a piece with each code as its number, from 1, and the statement that inserts them.

    DuckDB takes codes for texts, and seeks each among those of the column; a number it looks up.
    """
    codes = {name: kind.categories.to_list() for name, kind in one.rows.schema.items() if isinstance(kind, pl.Enum)}
    looked_up = ", ".join(f"{_listed(several)}[{name}] AS {name}" for name, several in codes.items())
    columns = f"* REPLACE ({looked_up})" if looked_up else "*"
    origin = f"{quoted(one.delivery.name)} AS {DELIVERY}, {quoted(one.held.name)} AS {FILE}"
    rows = one.rows.with_columns(pl.col(name).to_physical() + 1 for name in codes)
    return rows, f"INSERT INTO {target} BY NAME SELECT {columns}, {origin} FROM {READ}"


def _listed(codes: list[str]) -> str:
    return f"([{', '.join(map(quoted, codes))}]::{enum_of(codes)}[])"


def _note_file(build: Build, table: Table, tally: Tally, *, former: bool) -> None:
    place = [tally.delivery.source, tally.delivery.name, tally.held.name, table.name]
    if former:  # only the number of replaced rows has changed since the former vintage
        at = f"source = ? AND {DELIVERY} = ? AND {FILE} = ? AND {TABLE} = ?"
        if tally.replaced:
            build.run(f"UPDATE lu.fichiers SET remplacees = remplacees + ? WHERE {at}", [tally.replaced, *place])
        return
    size, counts = tally.held.path.stat().st_size, (tally.read, tally.rejected, tally.replaced)
    values = [*place, tally.sum and tally.sum.result(), size, *counts]
    build.run(f"INSERT INTO lu.fichiers VALUES ({', '.join('?' for _ in values)})", values)


def _note_columns(build: Build, table: Table, tallies: Iterable[Tally]) -> None:
    """What each column of the files read now holds."""
    found = [
        (t.delivery.source, t.delivery.name, t.held.name, table.name, column, t.split, *content)
        for t in tallies
        for column, content in t.contents.items()
    ]
    build.append("lu.colonnes", pl.DataFrame(found, schema=COLUMNS, orient="row"))


def _hashed(build: Build, rows: pl.DataFrame, columns: Iterable[Column]) -> pl.DataFrame:
    for column in columns:
        if column.hashed_as:
            begun = time.perf_counter()
            digests = hashed(rows[column.name], build.inputs.secrets).alias(column.hashed_as)
            rows = rows.drop(column.name).with_columns(digests)
            build.durations[HASHES] = build.durations.get(HASHES, 0.0) + time.perf_counter() - begun
    return rows


def _settle(build: Build, table: Table, target: str, settled: Settled, tallies: list[Tally]) -> None:
    """Delete the rows that were replaced, and count them as replaced in their files."""
    build.parents[f"{table.source}.{table.name}"] = Parents(settled, tuple(t.delivery.name for t in tallies))
    for number, tally in enumerate(tallies):
        tally.replaced += int((settled.replaced["numero"] == number).sum())
    files = pl.DataFrame(
        {FILE: [t.held.name for t in tallies], DELIVERY: [t.delivery.name for t in tallies]},
        schema={FILE: pl.String, DELIVERY: pl.String},
    )
    places = settled.replaced.join(files.with_row_index("numero").cast({"numero": pl.Int32}), on="numero")
    with build.registered("places", places):
        at = f"({DELIVERY}, {FILE}, {LINE})"
        gone = f"{of_deliveries(places[DELIVERY].unique())} AND {at} IN (SELECT {at} FROM places)"
        if table.history and build.former:
            build.run(f"CREATE OR REPLACE TABLE {REPLACED} AS SELECT * FROM {target} WHERE {gone}")
        if places.height:
            build.run(f"DELETE FROM {target} WHERE {gone}")
