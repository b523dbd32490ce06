"""What stands in the columns of a file: every distinct text and how often, and the first rows as they are."""

import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice

import polars as pl
from pyarrow.parquet import ParquetFile

from pipelines.adoption.assistant.sniffing import DEEPEST, Start, cells_start, text_start
from pipelines.reading.files import LINE
from pipelines.reading.form import Container
from pipelines.reading.listing import Lying
from pipelines.reading.sheets import sheet_names, sheet_rows
from pipelines.reading.within import PARQUET, WORKBOOK, kind_of, opener, read_within
from schemas.text import clean, key

ROWS = 50_000  # that are looked at together
MOST_DISTINCT = 20_000  # texts of a column that are counted
MOST_ODD = 50  # lines of another width that are looked at
FEW = 0.3  # of the cells that most rows have filled: a row with fewer may be a total or a note
_ORNAMENTS = "*-=#~>. "
_NO_ROW = re.compile(
    r"(sous[- ]?total|total|somme|nombre de|nb (de|total)|fin d|source|page |edit[ei]|imprim|extrai|export du|note|legende)"
)


@dataclass
class Seen:
    """A column: its header, named with a number where it comes again, and what stands under it."""

    header: str
    position: int
    group: str
    texts: pl.Series  # of the first rows, tidied, null where blank
    counts: Counter[str] = field(default_factory=Counter)
    distinct: float = 0.0  # texts for each filled row of a file; of several files the least

    @property
    def filled(self) -> float:
        return 1 - self.texts.null_count() / self.texts.len() if self.texts.len() else 0.0

    @property
    def total(self) -> int:
        return self.counts.total()

    def share(self, accepted: Iterable[str]) -> float:
        """The share of filled rows whose text is one of these."""
        return sum(self.counts[text] for text in accepted) / self.total if self.total else 0.0


@dataclass
class Grid:
    """A table of a file, or what may be one: where it begins, and its columns."""

    file: Lying
    start: Start
    sheet: str = ""
    alone: bool = True  # no other sheet is in its file
    columns: list[Seen] = field(default_factory=list)
    odd: list[str] = field(default_factory=list)  # how lines begin that are no rows
    height: int = 0

    @property
    def headers(self) -> tuple[str, ...]:
        return tuple(c.header for c in self.columns)

    @cached_property
    def by_header(self) -> dict[str, Seen]:
        return {c.header: c for c in self.columns}


def grids(file: Lying, told: dict[str, Container]) -> Iterator[Grid]:
    """The tables of a file, one a sheet. `told`: what is known already of the file, by sheet. Raises Unreadable."""
    kind = kind_of(file.path, file.member)
    if kind == WORKBOOK:
        names = sheet_names(file.path, file.member)
        for name in names:
            container = told.get(name, told.get("", Container()))
            rows = list(islice(sheet_rows(file.path, file.member, name), DEEPEST + 40))
            start = cells_start(rows, Container(sheet=name, skipped=container.skipped, left_out=container.left_out))
            if start:
                yield _read(Grid(file, start, name, alone=len(names) == 1))
        return
    start = _parquet_start(file) if kind == PARQUET else text_start(file.path, file.member, told.get("", Container()))
    if start:
        yield _read(Grid(file, start))


def _parquet_start(file: Lying) -> Start:
    header = tuple(clean(name) for name in ParquetFile(file.path).schema_arrow.names)
    return Start(Container(), header)


def _read(grid: Grid) -> Grid:
    """Count what stands in each column, over the whole file, and keep the first rows."""
    header = grid.start.header
    grid.columns = [
        Seen(name, at, grid.start.group[at] if at < len(grid.start.group) else "", pl.Series(dtype=pl.String))
        for at, name in enumerate(named_apart(header))
    ]
    reading = read_within(grid.file.path, grid.file.member, grid.start.container, lambda h: list(range(len(h))))
    kept: list[pl.DataFrame] = []
    unsplit: list[int] = []
    for piece in reading.pieces:
        rows, odd = _without_odd(piece.rows)
        grid.odd += odd
        unsplit += [line for line, _ in piece.unsplit[:MOST_ODD]]
        grid.height += rows.height
        if sum(k.height for k in kept) < ROWS:
            kept.append(rows.head(ROWS))
        for column in grid.columns:
            _count(column, rows[str(column.position)])
    whole = pl.concat(kept) if kept else pl.DataFrame(schema={str(c.position): pl.String for c in grid.columns})
    for column in grid.columns:
        column.texts = tidied(whole[str(column.position)])
        column.distinct = len(column.counts) / column.total if column.total else 0.0
    grid.odd += [begins for line in _lines(grid, unsplit) if (begins := _begins(line))]
    return grid


def named_apart(header: Iterable[str]) -> Iterator[str]:
    """Headers, the second of a kind with its number: "Motif (2)"."""
    met: Counter[str] = Counter()
    for name in header:
        met[key(name)] += 1
        yield name if met[key(name)] == 1 else f"{name} ({met[key(name)]})"


def tidied(texts: pl.Series) -> pl.Series:
    tidy = texts.str.replace_all(r"\s+", " ").str.strip_chars()
    return tidy.set(tidy == "", None)


def _count(column: Seen, texts: pl.Series) -> None:
    if len(column.counts) < MOST_DISTINCT:
        found = tidied(texts).drop_nulls().value_counts()
        column.counts.update(dict(zip(found.to_series(0).to_list(), found["count"].to_list(), strict=True)))


def _without_odd(rows: pl.DataFrame) -> tuple[pl.DataFrame, list[str]]:
    """The rows without those that are a total or a note, and how these begin."""
    cells = [c for c in rows.columns if c != LINE]
    filled = rows.select(pl.sum_horizontal(pl.col(c).str.contains(r"\S").fill_null(False) for c in cells)).to_series()
    few = rows.filter(filled <= max(1, int(float(str(filled.median() or 0)) * FEW))).select(
        LINE, pl.coalesce(cells).alias("begins")
    )
    odd = {line: begins for line, text in few.iter_rows() if text and (begins := _begins(text))}
    return rows.filter(~pl.col(LINE).is_in(list(odd))), list(odd.values())


def _begins(line: str) -> str:
    """How a line begins that is no row; nothing where it is one as far as can be told."""
    text = clean(line.lstrip(' ";,\t|'))
    return re.split(r'[\d:;,"\t|=(]', text)[0].strip() if _NO_ROW.match(key(text).lstrip(_ORNAMENTS)) else ""


def _lines(grid: Grid, numbers: list[int]) -> list[str]:
    """Some lines of a text as they stand."""
    wanted = set(numbers)
    if not wanted or grid.sheet:
        return []
    opened = opener(grid.file.path, grid.file.member, kind_of(grid.file.path, grid.file.member))
    with opened() as stream, io.TextIOWrapper(stream, grid.start.container.encoding, errors="replace") as text:
        return [line for number, line in enumerate(text, 1) if number in wanted]
