"""Read a reference file: every column must be there, every row must have them all."""

from pathlib import Path

import polars as pl

from pipelines.errors import Refused, Unreadable
from pipelines.reading.files import LINE, read
from pipelines.reading.regular import regular
from schemas.text import clean, key


def read_reference(path: Path, columns: tuple[str, ...]) -> pl.DataFrame:
    """The rows of a reference file as cleaned text columns, with `ligne`; raises Refused naming file, line or column."""

    def positions(header: list[str]) -> list[int]:
        found = [key(h) for h in header]
        missing = [c for c in columns if key(c) not in found]
        if missing:
            raise Unreadable(path.name, f"colonne absente : {', '.join(missing)}")
        return [found.index(key(c)) for c in columns]

    order: list[int] = []

    def select(header: list[str]) -> list[int]:
        order.extend(positions(header))
        return sorted(order)

    reading = read(regular(path), select)
    frames = []
    for piece in reading.pieces:
        if piece.unsplit:
            raise Unreadable(path.name, f"ligne {piece.unsplit[0][0]} : nombre de champs différent de l'en-tête")
        frames.append(piece.rows.select(LINE, *(pl.col(str(p)).alias(c) for c, p in zip(columns, order, strict=True))))
    rows = pl.concat(frames)
    return rows.with_columns(pl.col(c).map_elements(clean, pl.String).replace("", None) for c in columns)


def refuse_missing(rows: pl.DataFrame, file: str, column: str) -> None:
    """Raise Refused where a column that must be filled is not."""
    empty = rows.filter(pl.col(column).is_null())
    if empty.height:
        raise Refused(f"{file}, ligne {empty[LINE][0]} : {column} absent")


def refuse_twice(rows: pl.DataFrame, file: str, column: str) -> None:
    """Raise Refused where a column that names a row does so twice."""
    twice = rows.filter(pl.col(column).is_duplicated())
    if twice.height:
        raise Refused(f"{file}, ligne {twice[LINE][1]} : {column} « {twice[column][1]} » présent deux fois")
