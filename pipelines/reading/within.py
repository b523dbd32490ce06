"""Read a file whose form a profile tells: a sheet, a member of an archive, another encoding, lines that are no rows.

What the file is, its content says and not its name.
"""

import codecs
import gzip
import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import IO, cast

from pipelines.errors import Unreadable
from pipelines.reading.encodings import UTF_8
from pipelines.reading.files import (
    Credible,
    Opener,
    Reading,
    Select,
    detect_encoding,
    named_pieces,
    naming,
    read_cells,
    read_text,
)
from pipelines.reading.form import Container
from pipelines.reading.parquet import parquet_rows
from pipelines.reading.sheets import sheet_rows

TEXT, WORKBOOK, PARQUET, GZIP, ARCHIVE = "texte", "classeur", "parquet", "gzip", "archive"
_BEGINNINGS = {b"PK\x03\x04": ARCHIVE, b"\xd0\xcf\x11\xe0": WORKBOOK, b"PAR1": PARQUET, b"\x1f\x8b": GZIP}
_IN_A_WORKBOOK = ("xl/", "content.xml")
# Of these every line end is one byte that is nothing else; a text in another encoding is recoded before it is cut.
_CUT_AS_BYTES = {"utf-8", "utf-8-sig", "cp1252"}


def read_within(path: Path, member: str, container: Container, columns: Select, credible: Credible = bool) -> Reading:
    """Open a file, or a member of an archive; `columns` says, given the header, which positions are wanted.

    `credible` looks at records of several lines; those that it does not believe in are told line by line.
    Raises Unreadable, naming the file, where there is no header or the content is not what the profile says.
    """
    with naming(path):
        kind = kind_of(path, member)
        if kind == WORKBOOK:
            reading = read_cells(path, sheet_rows(path, member, container.sheet), columns, container)
        elif kind == PARQUET:
            reading = read_cells(path, parquet_rows(path), columns, container)
        else:
            opened = opener(path, member, kind)
            encoding = container.encoding or detect_encoding(path, opened)
            if container.encoding in UTF_8 and detect_encoding(path, opened) not in UTF_8:
                raise Unreadable(path.name, f"le texte n'est pas en {encoding}")
            if encoding not in _CUT_AS_BYTES:
                opened, encoding = _recoded(path, opened, encoding), "utf-8-sig"
            reading = read_text(path, columns, encoding, container, opened, credible)
    return Reading(reading.header, named_pieces(path, reading.pieces))


def kind_of(path: Path, member: str = "") -> str:
    """What a file, or a member of an archive, is by how it begins."""
    with opener(path, member)() as stream:
        begins = stream.read(4)
    kind = next((k for sign, k in _BEGINNINGS.items() if begins.startswith(sign)), TEXT)
    if kind != ARCHIVE or member:  # no archive within an archive is opened
        return WORKBOOK if kind == ARCHIVE else kind
    with zipfile.ZipFile(path) as archive:
        return WORKBOOK if any(name.startswith(_IN_A_WORKBOOK) for name in archive.namelist()) else ARCHIVE


def opener(path: Path, member: str = "", kind: str = TEXT) -> Opener:
    """What opens the bytes of a file or of a member of an archive, unpacked."""

    @contextmanager
    def opened() -> Iterator[IO[bytes]]:
        if member:
            with zipfile.ZipFile(path) as archive, archive.open(member) as stream:
                yield stream
        elif kind == GZIP:
            with gzip.open(path) as unpacked:
                yield cast("IO[bytes]", unpacked)
        else:
            with path.open("rb") as plain:
                yield plain

    return opened


def _recoded(path: Path, opened: Opener, encoding: str) -> Opener:
    @contextmanager
    def recoded() -> Iterator[IO[bytes]]:
        with opened() as stream:
            yield cast("IO[bytes]", _Recoded(path, stream, encoding))

    return recoded


class _Recoded:
    """A stream of text in some encoding, as the bytes of the same text in UTF-8."""

    def __init__(self, path: Path, stream: IO[bytes], encoding: str) -> None:
        self.path, self.stream, self.encoding = path, stream, encoding
        self.decoder = codecs.getincrementaldecoder(encoding)()
        self.left = b""

    def read(self, size: int) -> bytes:
        """At least a byte of what is left, about `size`; none at the end."""
        while not self.left and self._more(size):
            pass
        text, self.left = self.left, b""
        return text

    def readline(self, limit: int) -> bytes:
        """What is left of the line, its end included; no more than `limit` bytes where it has none."""
        while b"\n" not in self.left and len(self.left) < limit and self._more(1 << 16):
            pass
        line, end, self.left = self.left.partition(b"\n")
        return line + end

    def _more(self, size: int) -> bool:
        raw = self.stream.read(size)
        try:
            self.left += self.decoder.decode(raw, final=not raw).encode()
        except UnicodeError as error:
            raise Unreadable(self.path.name, f"le texte n'est pas en {self.encoding}") from error
        return bool(raw)


def lines_above(path: Path, member: str, container: Container) -> list[str]:
    """The lines before the header, each cell after the other."""
    with naming(path):
        kind = kind_of(path, member)
        if kind == WORKBOOK:
            rows = islice(sheet_rows(path, member, container.sheet), container.skipped)
            return [" ".join(filter(None, row)) for row in rows]
        opened = opener(path, member, kind)
        encoding = container.encoding or detect_encoding(path, opened)
        with opened() as stream, io.TextIOWrapper(stream, encoding, errors="replace") as text:
            return [line.strip() for line in islice(text, container.skipped)]
