"""Names of structures and partners: the only free texts that are published, so that nothing else may pass for one."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

import polars as pl

from pipelines.reading.files import LINE, Credible, Piece
from schemas.exports.declarations import Table
from schemas.exports.kinds import Name, NameList
from schemas.text import LONGEST_NAME, clean, may_be_name

OVERLONG = -2  # in place of a number of fields: a name is longer than any
_PARTS = re.compile(r"[,|]")


def names_at(table: Table, positions: Mapping[str, int]) -> list[int]:
    """Where the names of a table stand, by the positions of its columns."""
    names = {c.name for c in table.columns if isinstance(c.kind, Name | NameList)}
    return sorted({at for name, at in positions.items() if name in names})


def credible(positions: Iterable[int]) -> Credible:
    """Whether a record of several lines has nothing in its names that can be none, as when it has swallowed another."""
    return lambda fields: all(
        may_be_name(part) for at in positions if "\n" in fields[at] for part in _PARTS.split(fields[at])
    )


def without_overlong(piece: Piece, positions: Iterable[int]) -> Piece:
    """The piece with the rows taken for unsplit of which a name is longer than any."""
    columns = [str(at) for at in positions]
    long = piece.rows.filter(pl.any_horizontal(pl.lit(False), pl.col(columns).str.len_bytes() > LONGEST_NAME))
    lines = [line for line, *names in long.select(LINE, *columns).iter_rows() if any(map(_is_overlong, names))]
    if not lines:
        return piece
    rows = piece.rows.filter(~pl.col(LINE).is_in(lines))
    return replace(piece, rows=rows, unsplit=sorted([*piece.unsplit, *((line, OVERLONG) for line in lines)]))


def _is_overlong(names: str | None) -> bool:
    return any(len(clean(part)) > LONGEST_NAME for part in _PARTS.split(names or ""))
