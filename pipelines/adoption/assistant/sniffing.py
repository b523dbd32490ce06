"""Where a table begins in a file: encoding, separator, lines before the header, lines that are no rows."""

import codecs
import csv
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pipelines.reading.files import detect_encoding
from pipelines.reading.form import Container
from pipelines.reading.within import kind_of, opener
from schemas.text import clean, key

LOOKED_AT = 64 * 1024  # bytes of a text
DEEPEST = 60  # lines before a header
_SEPARATORS = ";\t|,"
_ENCODINGS = ("cp1252", "mac_roman", "cp850", "iso8859-15")
_FRENCH = set("éèêëàâäçîïôöùûüœÉÈÊËÀÂÇÎÏÔÙÛŒ’°«»€–…")
_CAPITAL_WITHIN = re.compile("[a-z][ÉÈÊËÀÂÇÎÏÔÙÛŒ]")  # no French word has one: another encoding's small letter
FEWEST_LETTERS = 3  # with accents, that tell an encoding
_LIKELY_HEADER = 0.6  # of the cells of a header are filled, and hold words


@dataclass(frozen=True)
class Start:
    """The header of a table, how the file is opened to come to it, and the cells that stand above the header."""

    container: Container
    header: tuple[str, ...]
    group: tuple[str, ...] = ()  # what stands over each header, in a line above
    above: tuple[str, ...] = ()  # the lines before
    doubtful: bool = False  # the encoding is a guess


def text_start(path: Path, member: str, told: Container) -> Start | None:
    """Where the table of a text begins; None where there is none. What `told` says is taken for granted."""
    opened = opener(path, member, kind_of(path, member))
    with opened() as stream:
        raw = stream.read(LOOKED_AT)
    encoding = told.encoding or _encoding(raw, detect_encoding(path, opened))
    lines = raw.decode(encoding, "replace").removeprefix("\ufeff").splitlines()
    lines = lines[:-1] if len(raw) == LOOKED_AT else lines
    separator = told.separator or _separator(lines)
    if not separator:
        return None
    rows = [next(csv.reader([line], delimiter=separator), []) for line in lines[: DEEPEST + 40]]
    skipped = told.skipped or _header_at(rows)
    if skipped is None or skipped >= len(rows):
        return None
    container = Container(separator, encoding, None, skipped, told.left_out)
    doubtful = not told.encoding and encoding in _ENCODINGS and _doubtful(raw, encoding)
    return Start(container, tuple(map(clean, rows[skipped])), _over(rows, skipped), tuple(lines[:skipped]), doubtful)


def cells_start(rows: Sequence[Sequence[str | None]], told: Container) -> Start | None:
    """The same of the first rows of a sheet."""
    texts = [[cell or "" for cell in row] for row in rows]
    skipped = told.skipped or _header_at(texts)
    if skipped is None or skipped >= len(texts):
        return None
    header = [clean(cell) for cell in texts[skipped]]
    while header and not header[-1]:
        header.pop()
    container = Container(sheet=told.sheet, skipped=skipped, left_out=told.left_out)
    above = tuple(" ".join(filter(None, row)) for row in texts[:skipped])
    return Start(container, tuple(header), _over(texts, skipped)[: len(header)], above)


def _encoding(raw: bytes, found: str) -> str:
    """The encoding that gives the most letters of French, where the text is not in Unicode."""
    if found == "utf-8-sig":
        return found if raw.startswith(codecs.BOM_UTF8) else "utf-8"
    if found != "cp1252":
        return found
    if raw[1:64:2].count(0) > 20 or raw[:64:2].count(0) > 20:
        return "utf-16-le" if raw[1:64:2].count(0) > 20 else "utf-16-be"
    return max(_ENCODINGS, key=lambda e: (_french(raw, e), e == "cp1252"))


def _doubtful(raw: bytes, encoding: str) -> bool:
    """Whether another encoding gives nearly as many letters of French."""
    best = _french(raw, encoding)
    return best < FEWEST_LETTERS or any(_french(raw, e) > best / 2 for e in _ENCODINGS if not _same(raw, e, encoding))


def _same(raw: bytes, one: str, other: str) -> bool:
    return raw.decode(one, "replace") == raw.decode(other, "replace")


def _french(raw: bytes, encoding: str) -> int:
    text = raw.decode(encoding, "replace")
    letters = Counter(c for c in text if ord(c) > 127)
    capitals = len(_CAPITAL_WITHIN.findall(text))
    return sum(n if c in _FRENCH else -2 * n for c, n in letters.items()) - 3 * capitals


def _separator(lines: Sequence[str]) -> str:
    """The one that parts most lines into the same number of fields, more than one."""
    scores = {}
    for separator in _SEPARATORS:
        widths = Counter(len(row) for line in lines if line.strip() for row in csv.reader([line], delimiter=separator))
        width, often = max(widths.items(), key=lambda w: (w[0] > 1) * w[1] * (w[0] ** 0.5), default=(1, 0))
        scores[separator] = often * (width - 1) ** 0.5 if width > 1 else 0.0
    best = max(scores, key=lambda s: scores[s])
    return best if scores[best] else ""


def _header_at(rows: Sequence[Sequence[str]]) -> int | None:
    """The first row that is as wide as the rows below it, and whose cells are different words."""
    filled = [sum(1 for cell in row if cell.strip()) for row in rows]
    widest = max(filled, default=0)
    if widest < 2:
        return None
    for at, row in enumerate(rows[:DEEPEST]):
        cells = [clean(cell) for cell in row if cell.strip()]
        words = [c for c in cells if re.search(r"[^\W\d]", c) and not re.fullmatch(r"\d{4}-\d\d-\d\d.*", c)]
        if (
            len(cells) >= _LIKELY_HEADER * widest
            and len(words) >= _LIKELY_HEADER * len(cells)
            and len(set(map(key, cells))) >= len(cells) - 3
        ):
            return at
    return None


def _over(rows: Sequence[Sequence[str]], at: int) -> tuple[str, ...]:
    """What stands over each header in the line above: the last filled cell to the left, where the line has several."""
    above = [clean(cell) for cell in rows[at - 1]] if at else []
    if sum(map(bool, above)) < 2:
        return ("",) * len(rows[at])
    over, last = [], ""
    for position in range(len(rows[at])):
        last = (above[position] if position < len(above) else "") or last
        over.append(last)
    return tuple(over)
