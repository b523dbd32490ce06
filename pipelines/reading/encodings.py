"""What the bytes of a text file are written in, found from the whole of it."""

import codecs
import re
from collections.abc import Callable, Iterator

import numpy as np
import polars as pl

UTF_8 = ("utf-8", "utf-8-sig")
UTF_16, WINDOWS, LATIN_9 = "utf-16", "cp1252", "iso8859-15"
HEAD = 1024  # bytes
_BEYOND_ASCII, _LETTERS = 0x80, 0xA0  # what lies between is in Windows-1252 alone: quotes, dashes, œ
_OE = (0xBC, 0xBD)  # Œ and œ in Latin-9, where Windows-1252 has ¼ and ½
_OE_IN_A_WORD = re.compile(rb"[A-Za-z][\xbc\xbd]|(?<![0-9])[\xbc\xbd][UuIi]")


def encoding_of(blocks: Callable[[], Iterator[bytes]]) -> str:
    """The encoding of a file that `blocks` goes through from its start, whole lines at a time.

    UTF-8 (its mark dropped) where the whole file is; else Windows-1252, or Latin-9 where œ shows that it is that.
    """
    if found := _utf16(next(blocks(), b"")):
        return found
    if all(map(_is_utf8, blocks())):
        return "utf-8-sig"
    return LATIN_9 if _is_latin9(blocks()) else WINDOWS


def _utf16(start: bytes) -> str | None:
    """UTF-16 by its mark, or because one byte in two of its first letters is nothing; None where it is not that."""
    head = start[:HEAD]
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return UTF_16
    first, second = head[::2].count(0), head[1::2].count(0)
    if 4 * max(first, second) <= len(head) or len(head) <= 40 * min(first, second):
        return None
    return "utf-16-be" if first > second else "utf-16-le"


def _is_utf8(text: bytes) -> bool:
    try:
        pl.Series([text], dtype=pl.Binary).cast(pl.String)
    except pl.exceptions.PolarsError:
        return False
    return True


def _is_latin9(blocks: Iterator[bytes]) -> bool:
    """Whether œ stands in words as Latin-9 writes it, and no byte is one that it has no letter for."""
    found = False
    for block in blocks:
        whole = np.frombuffer(block, np.uint8)
        beyond = whole[whole >= _BEYOND_ASCII]
        if (beyond < _LETTERS).any():
            return False
        found = found or bool(np.isin(beyond, _OE).any() and _OE_IN_A_WORD.search(block))
    return found
