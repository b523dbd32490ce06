"""Read the files of a delivery into text, record by record, losing none.

Every format ends as pieces of one shape: a frame of text columns (empty fields null), the line each
record starts on, and the records that cannot be split. Physical lines are counted apart from the parser:
header + records + blank lines + continuation lines = lines of the file, or the file is refused.

A quote that is out of place must not swallow records: a field holds line ends only where that is beyond doubt
(`_Splitter._is_one`); otherwise every line is a record, or cannot be split.
"""

import codecs
import csv
import gzip
import io
import lzma
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import IO, cast

import numpy as np
import polars as pl

from pipelines.errors import Unreadable, of_the_machine
from pipelines.reading.encodings import UTF_8, UTF_16, encoding_of
from pipelines.reading.form import Container
from pipelines.reading.parquet import parquet_rows
from pipelines.reading.sheets import cell_text, sheet_rows
from pipelines.reading.workbook import unread_sheets

LINE = "ligne"
UNCLOSED = -1  # in place of a number of fields
BLOCK = 16 * 1024 * 1024
GLANCE = 256 * 1024  # what is only looked at stays in the processor's cache
PIECE_ROWS = 200_000
LONGEST_LINE = 16 * 1024 * 1024  # bytes; of a record of several lines too
csv.field_size_limit(LONGEST_LINE)
LONE_RETURNS = (
    "fins de ligne CR seules, de l'ancien Macintosh : enregistrez le fichier avec des fins de ligne LF ou CRLF"
)
# An archive that unpacks to more than this many times its size is a trap; a small one may.
MOST_UNPACKED, SMALL = 200, 64 * 1024 * 1024
# What the libraries raise on a file that is damaged, cut short, encrypted or not of the kind its name says.
BROKEN = (
    OSError, EOFError, ValueError, RuntimeError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, csv.Error,
    pl.exceptions.PolarsError,
)  # fmt: skip
# Given the header of a file, the positions of the columns to keep.
Select = Callable[[list[str]], list[int]]
Opener = Callable[[], AbstractContextManager[IO[bytes]]]  # of the bytes of a file, unpacked
AS_IN_THE_CONTRACT = Container()
# Given the fields of a record that spans several lines, whether they may be those of one.
Credible = Callable[[list[str]], bool]
FORMATS = (".csv", ".csv.gz", ".zip", ".xlsx", ".parquet")
# How a file is called by its ending, where one cannot be read.
KINDS = {".gz": "fichier compressé", ".zip": "fichier compressé", ".xlsx": "classeur", ".parquet": "fichier Parquet"}


@dataclass(frozen=True)
class Piece:
    """Some records of a file: `rows` has the column `ligne` and one text column per header position, "0", "1"…

    `unsplit` holds the records that do not have the header's number of fields: line and number of fields
    (UNCLOSED: a quote is not closed on its line, and what follows is not the rest of its field), `left_out` counts the lines
    that a profile says are no rows. `group` is the number of the group of columns of a wide table that the rows stand in.
    """

    rows: pl.DataFrame
    unsplit: list[tuple[int, int]] = field(default_factory=list)
    left_out: int = 0
    group: int | None = None


@dataclass(frozen=True)
class Reading:
    """A file being read: its header, the pieces of its body, to be consumed once, and the sheets that are not read."""

    header: list[str]
    pieces: Iterator[Piece]
    aside: list[str] = field(default_factory=list)


def read(path: Path, columns: Select, encoding: Callable[[], str] | None = None, credible: Credible = bool) -> Reading:
    """Open `path`; `columns` says, given the header, which positions are wanted; `encoding` gives what a text is written in.

    `credible` looks at records of several lines; those that it does not believe in are told line by line.
    Raises Unreadable, naming the file, where there is no header or the content is not what the name says.
    """
    with naming(path):
        if is_text(path):
            encoded = encoding() if encoding else detect_encoding(path)
            reading = read_text(path, columns, encoded, credible=credible)
        elif path.name.casefold().endswith(".xlsx"):
            reading = replace(read_cells(path, sheet_rows(path), columns), aside=unread_sheets(path))
        else:
            reading = read_cells(path, parquet_rows(path), columns)
    return replace(reading, pieces=named_pieces(path, reading.pieces))


def named_pieces(path: Path, pieces: Iterator[Piece]) -> Iterator[Piece]:
    with naming(path):
        yield from pieces


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Any sign that the content is not what it should be becomes an error that names the file."""
    try:
        yield
    except BROKEN as error:
        raise Unreadable(path.name, f"fichier illisible : {_why(path, error)}") from error


def _why(path: Path, error: Exception) -> str:
    """What is wrong with a file that a library has choked on: the libraries say it in English, for programmers."""
    if (fault := of_the_machine(error)) is not None:
        return fault
    if "password" in str(error) or "encrypted" in str(error):
        return "protégé par un mot de passe"
    kind = next((said for ending, said in KINDS.items() if path.name.casefold().endswith(ending)), "texte")
    return f"{kind} endommagé, tronqué ou d'une autre nature que ne le dit son nom"


# --- text files -------------------------------------------------------------------------------------------


@contextmanager
def _bytes_of(path: Path) -> Iterator[IO[bytes]]:
    name = path.name.casefold()
    if name.endswith(".gz"):
        with gzip.open(path) as unpacked:
            yield cast("IO[bytes]", unpacked)
    elif name.endswith(".zip"):
        with zipfile.ZipFile(path) as archive:
            inside = [i for i in archive.infolist() if not i.is_dir() and not i.filename.startswith("__MACOSX")]
            if len(inside) != 1:
                raise Unreadable(
                    path.name, f"l'archive doit contenir un seul fichier csv, elle en contient {len(inside)}"
                )
            with archive.open(inside[0]) as stream:
                yield stream
    else:
        with path.open("rb") as stream:
            yield stream


def _blocks(path: Path, size: int, opened: Opener | None = None) -> Iterator[bytes]:
    """What a file holds, whole lines at a time: so many bytes and the rest of the last line."""
    most, unpacked = max(SMALL, path.stat().st_size * MOST_UNPACKED), 0
    with opened() if opened else _bytes_of(path) as stream:
        while block := _lines(stream, size):
            unpacked += len(block)
            if unpacked > most:
                raise Unreadable(
                    path.name, f"archive démesurée : plus de {MOST_UNPACKED} fois sa taille une fois ouverte"
                )
            yield block


def _lines(stream: IO[bytes], size: int) -> bytes:
    if not isinstance(stream, io.BufferedReader):  # an archive, where to go back is to start over
        return stream.read(size) + stream.readline(LONGEST_LINE + 1)
    # where a block ends is sought first, so that it need not be copied to be joined to the rest of its last line
    start = stream.tell()
    stream.seek(start + size)
    stream.readline(LONGEST_LINE + 1)
    end = stream.tell()
    stream.seek(start)
    return stream.read(end - start)


def is_text(path: Path) -> bool:
    return not path.name.casefold().endswith((".xlsx", ".parquet"))


def detect_encoding(path: Path, opened: Opener | None = None) -> str:
    """What a text file is written in: UTF-8, Windows-1252, or one of those that are met in their place."""
    return encoding_of(lambda: _blocks(path, GLANCE, opened))


def _count(text: bytes, character: str) -> int:
    whole, wanted = np.frombuffer(text, np.uint8), ord(character)
    return sum(int(np.count_nonzero(whole[at : at + GLANCE] == wanted)) for at in range(0, len(text), GLANCE))


def _separator(header_line: str) -> str:
    return next((s for s in ";\t" if s in header_line), ",")


def read_text(
    path: Path,
    columns: Select,
    encoding: str,
    container: Container = AS_IN_THE_CONTRACT,
    opened: Opener | None = None,
    credible: Credible = bool,
) -> Reading:
    if encoding.startswith(UTF_16):
        raise Unreadable(path.name, "encodage UTF-16 : enregistrez le fichier en UTF-8")
    blocks = _blocks(path, BLOCK, opened)
    newlines = 0

    def more() -> tuple[bytes, int] | None:
        """The next lines of text, as UTF-8, with the number of their ends, or None at the end of the file."""
        nonlocal newlines
        block = next(blocks, None)
        if block is None:
            return None
        block = block.replace(b"\0", b"")  # a byte that stands for nothing, and that nobody sees in a name
        ends = _count(block, "\n")
        newlines += ends
        try:
            return block if encoding in UTF_8 else block.decode(encoding).encode(), ends
        except UnicodeDecodeError as error:
            raise Unreadable(path.name, "encodage inconnu : ni UTF-8 ni Windows-1252") from error

    first, first_ends = more() or (b"", 0)
    above, (head_line, end, rest) = container.skipped, _headed(first.removeprefix(codecs.BOM_UTF8), container.skipped)
    if b"\r" in head_line.removesuffix(b"\r"):
        raise Unreadable(path.name, LONE_RETURNS)
    _refuse_longer(path, head_line, above + 1)
    head = head_line.decode().removesuffix("\r")
    separator = container.separator or _separator(head)
    header = next(csv.reader([head], delimiter=separator, skipinitialspace=True), [])
    if not any(h.strip() for h in header):
        raise Unreadable(path.name, no_header(container))
    splitter = _Splitter(path.name, separator, len(header), columns(header), container.left_out, credible)

    def pieces() -> Iterator[Piece]:
        block: tuple[bytes, int] | None = (rest, first_ends - above - len(end))
        left, line, accounted = b"", above + 2, above + 1
        while block is not None:
            following = more()
            text, ends = left + block[0], _count(left, "\n") + block[1]
            if not text.endswith(b"\n"):
                _refuse_longer(path, text[text.rfind(b"\n") + 1 :], line + ends)
            piece, left, used = splitter.split(text, ends, line, final=following is None)
            yield piece
            line, accounted = line + used, accounted + used
            block = following
        # a last line without a line end is one more line than there are line ends
        if accounted not in (newlines, newlines + 1):
            raise Unreadable(path.name, f"{newlines} lignes physiques, {accounted} lues : lecture interrompue")

    return Reading(header, pieces())


def _headed(text: bytes, skipped: int) -> tuple[bytes, bytes, bytes]:
    """The header, its end, and what comes after it, of a text with so many lines before."""
    for _ in range(skipped):
        text = text.partition(b"\n")[2]
    return text.partition(b"\n")


def no_header(container: Container) -> str:
    where = f"ligne {container.skipped + 1}" if container.skipped else "première ligne"
    return f"aucun en-tête à la {where}"


def _refuse_longer(path: Path, text: bytes, line: int) -> None:
    if len(text) > LONGEST_LINE:
        raise Unreadable(path.name, f"ligne {line} : plus de {LONGEST_LINE // 1024**2} Mo sans fin de ligne")


class _Splitter:
    """Split text into records of `width` fields, keeping the `wanted` positions.

    Lines that plainly are one record (the right number of fields, each wholly quoted or without a quote) go to
    the fast parser together; the others are read one by one, so that a stray quote costs its own line only.
    """

    def __init__(
        self,
        file: str,
        separator: str,
        width: int,
        wanted: list[int],
        left_out: Sequence[str],
        credible: Credible,
    ) -> None:
        sep = re.escape(separator)
        begins = "|".join(map(re.escape, left_out))
        self.left_out = rf'^[\s{sep}"]*(?:{begins})' if begins else ""
        self.file, self.separator, self.width = file, separator, width
        self.wanted, self.credible = sorted(wanted), credible
        self.reader = partial(csv.reader, delimiter=separator, skipinitialspace=True)
        field_ = rf'(?:"(?:[^"]|"")*"|[^"{sep}]*)'
        self.plain_record = rf"^{field_}(?:{sep}{field_}){{{width - 1}}}$"
        self.blank = rf'^(?:[\s{sep}]|"\s*")*$'

    def split(self, text: bytes, ends: int, first_line: int, final: bool) -> tuple[Piece, bytes, int]:
        """The records of whole lines (UTF-8, with so many line ends), those left for the next block, and the lines used."""
        if (rows := self._plain(text, ends, first_line)) is not None:
            return Piece(rows), b"", rows.height
        piece, again, used = self._split_by_line(text.decode(), first_line, final)
        return piece, again.encode(), used

    def _plain(self, body: bytes, ends: int, first_line: int) -> pl.DataFrame | None:
        """The records of a body without quotes, blank lines or a wrong number of fields; None where it has any.

        The parser refuses a record with too many fields; if none has too many and the separators add up, none has
        too few.
        """
        lines = ends + (not body.endswith(b"\n"))
        if not body or b'"' in body or _count(body, self.separator) != lines * (self.width - 1):
            return None
        if self.left_out and re.search(self.left_out.encode(), body, re.MULTILINE):
            return None
        schema = {str(i): pl.String() for i in range(self.width)}
        try:
            parsed = pl.read_csv(body, has_header=False, separator=self.separator, schema=schema, quote_char=None)
        except pl.exceptions.PolarsError:
            return None
        rows = parsed.select(
            pl.int_range(first_line, first_line + parsed.height, dtype=pl.Int64).alias(LINE),
            *(str(i) for i in self.wanted),
        )
        first = parsed[str(self.wanted[0])]
        unusual = first.filter((first < "!") | (first > "~"))  # as what begins with a blank is
        may_be_blank = first.is_null().any() or unusual.str.contains(r"^\s*$").any()
        return None if parsed.height != lines or may_be_blank else rows

    def _split_by_line(self, body: str, first_line: int, final: bool) -> tuple[Piece, str, int]:
        """The same line by line; what is left is a record that goes on in the next block."""
        left = ""
        lines = _physical_lines(body)
        verdict = self._judge(lines)
        blank, plain = verdict["blank"].to_numpy(), verdict["plain"].to_numpy().copy()
        odd, records = (~(blank | plain)).nonzero()[0].tolist(), plain.nonzero()[0]
        kept: list[tuple[int, list[str | None]]] = []
        unsplit: list[tuple[int, int]] = []
        swallowed: set[int] = set()
        used = lines.len()
        for at in odd:
            if at in swallowed:
                continue
            end = records[np.searchsorted(records, at) :][:1]  # of what the record may span: a line that is one itself
            fields, span = self._record(lines[at : end[0] if end.size else lines.len()])
            if not final and not end.size and span == 0 and _size(lines[at:]) <= LONGEST_LINE:
                # the record may go on in the next block
                left = "\n".join([*lines[at:].to_list(), ""])
                used = at
                plain[at:] = False
                break
            swallowed.update(range(at + 1, at + span))
            if fields is None:
                unsplit.append((first_line + at, UNCLOSED))
            elif not any(f.strip() for f in fields):
                continue
            elif len(fields) != self.width:
                unsplit.append((first_line + at, len(fields)))
            else:
                kept.append((first_line + at, [fields[i] or None for i in self.wanted]))
        for line, _ in unsplit:
            self._refuse_lone_returns(line, lines[line - first_line])
        left_out = verdict["left_out"].to_numpy().copy()
        left_out[used:] = False
        for several in (plain, left_out):
            several[list(swallowed)] = False
        regular = pl.Series(plain)
        rows = self._parse(lines.filter(regular), regular.arg_true() + first_line)
        if kept:
            extra = pl.DataFrame([[line, *values] for line, values in kept], schema=rows.schema, orient="row")
            rows = pl.concat([rows, extra]).sort(LINE)
        return Piece(rows, unsplit, int(left_out.sum())), left, used

    def _refuse_lone_returns(self, line: int, text: str) -> None:
        """Refuse a file where a line that cannot be split is several records, parted by what ends no line."""
        if sum(map(self._is_whole, text.split("\r"))) > 1:
            raise Unreadable(self.file, f"ligne {line} : {LONE_RETURNS}")

    def _judge(self, lines: pl.Series) -> pl.DataFrame:
        line = pl.col("line")
        bare = ~line.str.contains('"', literal=True)
        count = line.str.count_matches(self.separator, literal=True) + 1
        right = pl.when(bare).then(count == self.width).otherwise(line.str.contains(self.plain_record))
        left_out = line.str.contains(self.left_out) if self.left_out else pl.repeat(False, pl.len())
        blank = line.str.contains(self.blank) | left_out
        return pl.DataFrame({"line": lines}).select(blank=blank, plain=right & ~blank, left_out=left_out)

    def _record(self, lines: pl.Series) -> tuple[list[str] | None, int]:
        """The fields of the record that starts on the first of some lines, and the lines it spans.

        (None, 1): its quotes are wrong, the next line starts a new record. (None, 0): text ended inside a quote.
        """
        reader = self.reader((f"{line}\n" for line in lines), strict=True)
        try:
            fields = next(reader)
        except csv.Error as error:
            return None, 0 if "unexpected end" in str(error) else 1
        span = reader.line_num
        return (fields, span) if span == 1 or self._is_one(fields, lines[:span].to_list()) else (None, 1)

    def _is_one(self, fields: list[str], lines: list[str]) -> bool:
        """Whether several lines that quotes hold together are one record, beyond doubt.

        They have the header's number of fields together, none of them has it alone, and they are believed in. In a first
        and a last line that each have it, were their quotes text, the two quotes are stray ones that happen to pair.
        """
        if len(fields) != self.width or not self.credible(fields):
            return False
        first, *inside, last = lines
        stray = self.width > 1 and self._is_whole(last) and self._open_as_text(first) == self.width
        return not stray and not any(map(self._is_whole, inside))

    def _is_whole(self, line: str) -> bool:
        try:
            fields = next(self.reader([line], strict=True))
        except csv.Error:
            return False
        return len(fields) == self.width and any(f.strip() for f in fields)

    def _open_as_text(self, line: str) -> int:
        """The number of fields of a line whose last quote is not closed, were that quote text."""
        fields = next(self.reader([line]))
        return len(fields) + fields[-1].count(self.separator)

    def _parse(self, lines: pl.Series, numbers: pl.Series) -> pl.DataFrame:
        names = [str(i) for i in self.wanted]
        if lines.is_empty():
            return pl.DataFrame(schema={LINE: pl.Int64, **dict.fromkeys(names, pl.String)})
        parsed = pl.read_csv(
            io.BytesIO("\n".join(lines.to_list()).encode()), has_header=False, separator=self.separator,
            infer_schema=False, columns=self.wanted,
        )  # fmt: skip
        if parsed.height != lines.len():
            raise ValueError(f"{lines.len()} records, {parsed.height} parsed")
        parsed.columns = names
        return parsed.select(numbers.alias(LINE).cast(pl.Int64), *(_null_if_empty(n) for n in names))


def _size(lines: pl.Series) -> int:
    return int(lines.str.len_bytes().sum())


def _null_if_empty(name: str) -> pl.Expr:
    return pl.when(pl.col(name) != "").then(pl.col(name)).alias(name)


def _physical_lines(text: str) -> pl.Series:
    """The lines of `text` without their ends; a last line without an end counts."""
    if not text:
        return pl.Series("line", [], dtype=pl.String)
    expected = text.count("\n") + (not text.endswith("\n"))
    unused = next((c for c in "\x1f\x1e\x1d\x1c" if c not in text), None)
    if unused:
        lines = pl.read_csv(
            io.BytesIO(text.encode()),
            has_header=False,
            separator=unused,
            quote_char=None,
            infer_schema=False,
            new_columns=["line"],
            empty_string_is_null=False,
        )["line"]
        if lines.len() == expected:
            return lines.str.strip_suffix("\r")
    # blank lines at the end are dropped by the parser
    return pl.Series("line", text.removesuffix("\n").split("\n")).str.strip_suffix("\r")


# --- sheets and columns -----------------------------------------------------------------------------------


def read_cells(
    path: Path, cells: Iterator[Sequence[object]], columns: Select, container: Container = AS_IN_THE_CONTRACT
) -> Reading:
    cells = islice(cells, container.skipped, None)
    header = [cell_text(cell) or "" for cell in next(cells, [])]
    while header and not header[-1].strip():
        header.pop()
    if not header:
        raise Unreadable(path.name, no_header(container))
    wanted = columns(header)
    schema = {LINE: pl.Int64, **dict.fromkeys((str(i) for i in wanted), pl.String)}

    def pieces() -> Iterator[Piece]:
        rows: list[list[object]] = []
        unsplit: list[tuple[int, int]] = []
        left_out = 0
        for line, row in enumerate(cells, start=container.skipped + 2):
            texts = [cell_text(cell) for cell in row]
            if container.left_out and next(filter(None, texts), "").lstrip().startswith(container.left_out):
                left_out += 1
            elif any(texts[len(header) :]):
                unsplit.append((line, len(texts)))
            elif any(texts):
                texts += [None] * (len(header) - len(texts))
                rows.append([line, *(texts[i] for i in wanted)])
            if len(rows) >= PIECE_ROWS:
                yield Piece(pl.DataFrame(rows, schema=schema, orient="row"), unsplit, left_out)
                rows, unsplit, left_out = [], [], 0
        yield Piece(pl.DataFrame(rows, schema=schema, orient="row"), unsplit, left_out)

    return Reading(header, pieces())
