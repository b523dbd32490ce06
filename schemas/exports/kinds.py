"""What a column holds, and how the text of an export is read into it.

A kind turns one cleaned, non-empty text into a value, or into None where it cannot be read.
Exports repeat themselves, so the pipeline calls it once per distinct text, not once per row.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import ClassVar

import polars as pl

from schemas.exports.nir import read_nirs
from schemas.nomenclatures import Nomenclature
from schemas.text import FORMULA, capitals, is_error, key, nearest, without_stray_quote

Value = object
Reader = Callable[[str], Value | None]
References = Mapping[str, Mapping[str, str]]

# parts a parent's code from a text that is read within it
WITHIN = "\t"

_DAY = re.compile(
    r"(?:(?P<d>\d{2})/(?P<m>\d{2})/(?P<y>\d{4})|(?P<Y>\d{4})-(?P<M>\d{2})-(?P<D>\d{2}))"
    r"(?:[ T]\d{1,2}:\d{2}(?::\d{2})?)?"
)
_PLAIN_DAY = "^[0-9]{2}/[0-9]{2}/[12][0-9]{3}$"
_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)?")
MISSPELT = 0.75  # how alike a code and what was meant are: a single word may be quite another one
LARGEST = 2.0**53  # beyond it a float no longer holds every whole number
_MAY_BE_ERROR = f"^(?:#|Err|{FORMULA})"
YES_WORDS = {"oui", "o", "1", "vrai", "true"}
NO_WORDS = {"non", "n", "0", "faux", "false"}


@dataclass(frozen=True)
class Kind:
    """Base of all kinds: `dtype` is the polars type, `sql` the portable SQL type of the column."""

    dtype: pl.DataType | type[pl.DataType] = pl.String
    sql: str = "VARCHAR"

    mostly_distinct: ClassVar[bool] = False
    read_together: ClassVar[bool] = False  # its distinct texts, which may be many

    def values(self, references: References) -> pl.DataType | type[pl.DataType]:
        """The polars type of the values that are read."""
        return self.dtype

    def reader(self, references: References) -> Reader:
        """What reads one tidy text."""
        return lambda text: text

    def read_all(self, texts: pl.Series) -> pl.Series:
        """The values of many tidy texts at once, for a kind whose texts are mostly distinct or read together."""
        return texts

    def read_plain(self, texts: pl.Series) -> pl.Series | None:
        """The values of many texts as they stand in a file, where all are of a form that needs no reading one by one."""
        return None

    def codes(self) -> tuple[str, ...] | None:
        """The closed list of codes, where there is one."""
        return None

    @property
    def single(self) -> tuple[str, ...]:
        """The codes in the order of texts, where a value is one of them: numbers can stand for them."""
        return ()

    def closest(self, text: str, references: References) -> str | None:
        """What an unreadable text was perhaps meant to be, as a person would name it."""
        return None


@dataclass(frozen=True)
class Text(Kind):
    """Free text, kept as it is. Only what a spreadsheet shows in place of a value is unreadable."""

    def reader(self, references: References) -> Reader:
        return lambda text: None if is_error(text) else text


@dataclass(frozen=True)
class Identifier(Text):
    """The number of a row or of a person, kept as it is but for stray quotes."""

    mostly_distinct: ClassVar[bool] = True

    def read_all(self, texts: pl.Series) -> pl.Series:
        if texts.str.contains('"', literal=True).any():
            texts = texts.str.replace_all('"', "", literal=True).replace("", None)
        errors = [text for text in texts.filter(texts.str.contains(_MAY_BE_ERROR)).unique() if is_error(text)]
        return texts.replace(errors, None) if errors else texts


@dataclass(frozen=True)
class Digest(Kind):
    """The keyed hash of a text, 128 bits; no text is read as one."""

    dtype: pl.DataType | type[pl.DataType] = pl.Binary
    sql: str = "UUID"


@dataclass(frozen=True)
class Name(Kind):
    """The name of a structure or partner, in capitals form, replaced by the canonical one of `reference`."""

    reference: str | None = None

    def reader(self, references: References) -> Reader:
        canonical = references.get(self.reference, {}) if self.reference else {}

        def read(text: str) -> str | None:
            name = capitals(without_stray_quote(text))
            return None if is_error(text) or not name else canonical.get(name, name)

        return read


@dataclass(frozen=True)
class NameList(Kind):
    """Several names parted by `,` or `|`, kept as one text parted by `|`."""

    def reader(self, references: References) -> Reader:
        def read(text: str) -> str | None:
            parts = [part.strip() for part in re.split(r"[,|]", text)]
            names = [capitals(without_stray_quote(part)) for part in parts if not is_error(part)]
            return "|".join(dict.fromkeys(n for n in names if n)) or None

        return read


@dataclass(frozen=True)
class Code(Kind):
    """A code of a nomenclature, read from its label or from the code itself."""

    nomenclature: Nomenclature = field(default_factory=lambda: Nomenclature({}))

    def reader(self, references: References) -> Reader:
        by_key = self.nomenclature.by_key()
        return lambda text: by_key.get(key(text))

    def values(self, references: References) -> pl.DataType | type[pl.DataType]:
        return pl.Enum(self.single) if self.single else self.dtype

    def codes(self) -> tuple[str, ...]:
        return tuple(self.nomenclature)

    @property
    def single(self) -> tuple[str, ...]:
        return tuple(sorted(self.nomenclature))

    def closest(self, text: str, references: References) -> str | None:
        found = nearest(text, [form for pair in self.nomenclature.items() for form in pair], MISSPELT)
        code = self.nomenclature.by_key()[key(found)] if found else ""
        return f"{self.nomenclature[code]} ({code})" if code else None


@dataclass(frozen=True)
class CodeList(Code):
    """Several codes parted by `,` or `|`, kept as one text parted by `|`; None if any of them is unknown."""

    @property
    def single(self) -> tuple[str, ...]:
        return ()

    def reader(self, references: References) -> Reader:
        by_key = self.nomenclature.by_key()

        def read(text: str) -> str | None:
            parts = [key(part) for part in re.split(r"[,|]", text)]
            codes = [by_key.get(part) for part in parts if part]
            return None if None in codes or not codes else "|".join(dict.fromkeys(c for c in codes if c))

        return read


@dataclass(frozen=True)
class CodeWithin(Code):
    """A code whose label is read within the code of another column ("Autres" of its family).

    The text given to the reader is the parent's code, WITHIN, and the text; without a code any parent will do.
    """

    parent: str = ""
    parents: Mapping[str, str] = field(default_factory=dict)

    def reader(self, references: References) -> Reader:
        within: dict[tuple[str, str], str] = {}
        for code, label in self.nomenclature.items():
            for form in (code, label):
                within[self.parents[code], key(form)] = code
                within.setdefault(("", key(form)), code)

        def read(text: str) -> str | None:
            parent, _, own = text.partition(WITHIN)
            return within.get((parent, key(own)))

        return read

    def parent_of(self, text: str) -> str | None:
        """The parent's code that a label or code tells by itself; None where it is unknown or stands under several."""
        found = {self.parents[c] for c, label in self.nomenclature.items() if key(text) in {key(c), key(label)}}
        return found.pop() if len(found) == 1 else None


@dataclass(frozen=True)
class Reference(Kind):
    """A code that must stand in the reference list `reference`."""

    reference: str = ""

    def values(self, references: References) -> pl.Enum:
        return pl.Enum(sorted(references[self.reference]))

    def reader(self, references: References) -> Reader:
        known = references[self.reference]
        return lambda text: text if text in known else None

    def closest(self, text: str, references: References) -> str | None:
        # a spreadsheet drops the zeros that a code starts with
        bare = text.lstrip("0")
        return next((code for code in references[self.reference] if code.lstrip("0") == bare), None)


@dataclass(frozen=True)
class Day(Kind):
    """A date, `JJ/MM/AAAA` or `AAAA-MM-JJ`; an hour after it is ignored."""

    dtype: pl.DataType | type[pl.DataType] = pl.Date
    sql: str = "DATE"
    read_together: ClassVar[bool] = True

    def reader(self, references: References) -> Reader:
        return read_day

    def read_all(self, texts: pl.Series) -> pl.Series:
        return read_days(texts)


@dataclass(frozen=True)
class YesNo(Kind):
    """Oui, Non, O, N, 1, 0, Vrai, Faux, True, False."""

    dtype: pl.DataType | type[pl.DataType] = pl.Boolean
    sql: str = "BOOLEAN"

    def reader(self, references: References) -> Reader:
        return read_yes_no

    def read_plain(self, texts: pl.Series) -> pl.Series | None:
        yes = texts == "Oui"
        return yes if (yes | (texts == "Non")).all() else None

    def closest(self, text: str, references: References) -> str | None:
        return nearest(text, ("Oui", "Non", "Vrai", "Faux"), MISSPELT)


@dataclass(frozen=True)
class Count(Kind):
    """A whole number from 0."""

    dtype: pl.DataType | type[pl.DataType] = pl.Int64
    sql: str = "BIGINT"

    def reader(self, references: References) -> Reader:
        def read(text: str) -> int | None:
            number = read_number(text)
            return int(number) if number is not None and number >= 0 and number == int(number) else None

        return read


@dataclass(frozen=True)
class Amount(Kind):
    """A number from 0, to `highest` where there is one (euros, a mark out of ten)."""

    dtype: pl.DataType | type[pl.DataType] = pl.Float64
    sql: str = "DOUBLE"
    highest: float = float("inf")

    def reader(self, references: References) -> Reader:
        def read(text: str) -> float | None:
            number = read_number(text)
            return number if number is not None and 0 <= number <= self.highest else None

        return read


@dataclass(frozen=True)
class Nir(Kind):
    """A NIR, read into its 13 characters; hashed and dropped before anything is stored."""

    mostly_distinct: ClassVar[bool] = True

    def read_all(self, texts: pl.Series) -> pl.Series:
        return read_nirs(texts)


def read_day(text: str) -> date | None:
    found = _DAY.fullmatch(text)
    if not found:
        return None
    parts = found.groupdict()
    try:
        return date(int(parts["y"] or parts["Y"]), int(parts["m"] or parts["M"]), int(parts["d"] or parts["D"]))
    except ValueError:
        return None


def read_days(texts: pl.Series) -> pl.Series:
    """What `read_day` gives for each text; those written JJ/MM/AAAA are read by polars."""
    plain = texts.str.contains(_PLAIN_DAY).fill_null(True)
    days = texts.set(~plain, None).str.to_date("%d/%m/%Y", strict=False, cache=False)
    if plain.all():
        return days
    others = [read_day(text) for text in texts.filter(~plain).to_list()]
    return days.scatter((~plain).arg_true(), others)


def read_yes_no(text: str) -> bool | None:
    word = text.casefold()
    return True if word in YES_WORDS else False if word in NO_WORDS else None


def read_number(text: str) -> float | None:
    """A number with blanks as thousands mark and a decimal comma or point; None too where it is larger than any count."""
    compact = "".join(text.split())
    number = float(compact.replace(",", ".")) if _NUMBER.fullmatch(compact) else None
    return None if number is None or abs(number) > LARGEST else number
