"""The header and the lines of a file whose form a profile tells, as a table of the contract has them."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace

import polars as pl

from pipelines.adoption.translation import translations
from pipelines.errors import Unreadable
from pipelines.intake.validation import Match, hint, listed
from pipelines.reading.files import Piece
from pipelines.reading.form import AGE, NUMBER, Form
from schemas.exports.declarations import Table
from schemas.text import clean, key, masked

Groups = dict[int, dict[str, int]]  # of a wide table, by number: the position of each column


def match_form(table: Table, form: Form, header: list[str], latest: int | None, file: str) -> Match:
    """The same for a file whose form a profile tells; headers that it does not name are those of the contract.

    A header that comes again is named with its number, "Motif (2)". Raises Unreadable where a mandatory column is missing.
    """
    names = {key(h): columns for h, columns in form.headers.items()}
    wide = [_numbered(pattern) for pattern in (*form.wide.values(), *form.aside)]
    positions: dict[str, int] = {}
    others: list[tuple[int, str]] = []
    for position, head in enumerate(_distinct(header)):
        if key(head) in names:
            if twice := next((name for name in names[key(head)] if name in positions), None):
                raise Unreadable(file, f"deux colonnes pour « {twice} »")
            positions |= dict.fromkeys(names[key(head)], position)
        elif not any(pattern.fullmatch(key(head)) for pattern in wide):
            others.append((position, head))
    ages = [c.name for c in table.columns if c.age_at and AGE in positions]
    positions |= dict.fromkeys(ages, positions.pop(AGE, 0))
    known = {key(f): c.name for c in table.exported for f in (c.header, c.name, *c.aliases)}
    taken = {*positions, *form.constants, *form.wide}
    unknown = []
    for position, head in others:
        if (name := known.get(key(head))) and name not in taken:
            positions[name] = position
            taken.add(name)
        else:
            unknown.append(masked(clean(head)))
    match = Match(
        positions,
        [] if form.sparse else unknown,  # of which the table that it shares the lines with tells
        line=form.container.skipped + 1,
        width=len(header),
        constants=form.constants,
        deduced=form.deduced,
        told=translations(form, table, ages, latest),
    )
    missing = [c.header for c in table.exported if c.mandatory and not match.has(c.name) and c.name not in form.wide]
    if missing:
        raise Unreadable(file, f"colonne obligatoire absente : {listed(missing)}{hint(missing, unknown)}")
    return match


def groups(table: Table, form: Form, header: list[str], file: str) -> Groups:
    """The groups of a wide table, none of any other. Raises Unreadable where none has a mandatory column."""
    found: Groups = {}
    for name, pattern in form.wide.items():
        numbered = _numbered(pattern)
        for position, head in enumerate(_distinct(header)):
            if match := numbered.fullmatch(key(head)):
                found.setdefault(int(match[1]), {})[name] = position
    there = {name for group in found.values() for name in group}
    if absent := [pattern for name, pattern in form.wide.items() if name not in there and table.column(name).mandatory]:
        raise Unreadable(file, f"aucune colonne ne se nomme comme {listed(absent)}")
    return dict(sorted(found.items()))


def _numbered(pattern: str) -> re.Pattern[str]:
    """What headers fit a header of a wide table, in comparison form; without a number only one does."""
    return re.compile(re.escape(key(pattern)).replace(re.escape(NUMBER), r"(\d+)"))


def _distinct(header: list[str]) -> Iterator[str]:
    """The headers of a file, those that come again with their number."""
    met: Counter[str] = Counter()
    for head in header:
        met[key(head)] += 1
        yield head if met[key(head)] == 1 else f"{clean(head)} ({met[key(head)]})"


def spread(
    table: Table, form: Form, match: Match, found: Groups, pieces: Iterator[Piece]
) -> tuple[Match, Iterator[Piece]]:
    """The header and lines of a wide table as those of a table that has a row for each group that is filled."""
    own = {name: match.width + number for number, name in enumerate(form.wide)}  # positions that the file has not
    match = replace(match, positions={**match.positions, **own})
    if not form.wide:
        return match, (_own_rows(table, match, p) for p in pieces) if form.sparse else pieces
    return match, (one for piece in pieces for one in _by_group(own, found, form, piece))


def _by_group(own: dict[str, int], found: Groups, form: Form, piece: Piece) -> Iterator[Piece]:
    """A piece for each group; what could not be split is told with the first, unless the table that shares the lines tells it."""
    first = True
    for number, columns in found.items():
        cells = [
            (pl.col(str(columns[name])) if name in columns else pl.lit(None, pl.String)).alias(str(at))
            for name, at in own.items()
        ]
        rows = _filled(piece.rows.with_columns(cells), own.values())
        unsplit = piece.unsplit if first and not form.sparse else []
        yield Piece(rows, unsplit, piece.left_out if first else 0, group=number)
        first = False


def _own_rows(table: Table, match: Match, piece: Piece) -> Piece:
    own = [at for name, at in match.positions.items() if name != table.identifier]
    return Piece(_filled(piece.rows, own), left_out=piece.left_out)


def _filled(rows: pl.DataFrame, positions: Iterable[int]) -> pl.DataFrame:
    """The rows of which one of some columns is not blank."""
    return rows.filter(pl.any_horizontal(pl.col(str(at)).str.contains(r"\S") for at in positions))
