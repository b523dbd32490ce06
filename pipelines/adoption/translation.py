"""What the texts of a file of another form mean: printed values to codes, dates of other forms, ages, endings of numbers.

A translation changes what is read, never what is told: rejects show the text as it stands in the file.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from pipelines.reading.days import day_format
from pipelines.reading.form import NO, UNREADABLE, VOID, YES, Form, Value
from schemas.exports.declarations import Column, Table
from schemas.exports.kinds import WITHIN, Code, CodeWithin, Kind, Reader, YesNo, read_number, read_yes_no
from schemas.text import clean, key

BLANK = ""
OLDEST_AGE = 999  # more is no number of years


@dataclass(frozen=True)
class Translation:
    """What a form says of the texts of one column."""

    values: tuple[Value, ...] = ()
    formats: tuple[str, ...] = ()
    endings: tuple[str, ...] = ()
    age: bool = False
    latest: int | None = None  # the last year of two-digit years

    @cached_property
    def _read(self) -> dict[str, str]:
        """What texts are read as whatever else the row holds: as they are printed, and in comparison form."""
        always = [v for v in self.values if not v.when]
        return {key(v.printed): v.read for v in always} | {clean(v.printed): v.read for v in always}

    @property
    def conditional(self) -> tuple[Value, ...]:
        return tuple(v for v in self.values if v.when)

    @property
    def blank(self) -> str | None:
        """What an empty field is read as."""
        return self._read.get(BLANK)

    def said(self, text: str) -> str:
        """A tidy text in the contract's own words."""
        own = self._read.get(text) or self._read.get(key(text))
        return own if own is not None else self._shortened(text)

    def _shortened(self, text: str) -> str:
        ending = next((e for e in self.endings if text.endswith(e)), BLANK)
        return text.removesuffix(ending).rstrip()

    def missing(self, texts: pl.Series) -> pl.Series:
        """Which of some distinct texts stand for nothing."""
        return pl.Series([self.said(clean(t)) == VOID for t in texts.to_list()], dtype=pl.Boolean)

    def reader(self, read: Reader) -> Reader:
        """What reads the texts of a column that the contract reads by `read`."""

        def translated(text: str) -> object | None:
            parent, within, own = text.rpartition(WITHIN)
            said = self.said(clean(own))
            return None if said == UNREADABLE else read(f"{parent}{within}{said}")

        return translated

    def without_missing(self, texts: pl.Series) -> pl.Series:
        """Many texts, mostly distinct, without those that stand for nothing."""
        nothing = {key(v.printed) for v in self.values if v.read == VOID and v.printed}
        if not nothing:
            return texts
        longest = max(map(len, nothing))
        short = texts.filter(texts.str.len_chars() <= 2 * longest).unique()
        return texts.replace([t for t in short.to_list() if key(t) in nothing], None)

    def shortened(self, texts: pl.Series) -> pl.Series:
        """Tidy texts, mostly distinct, without the endings that are not read."""
        for ending in self.endings:
            texts = texts.str.strip_suffix(ending)
        return texts

    def days(self, texts: pl.Series, kind: Kind) -> pl.Series:
        """The days of distinct tidy texts: by the formats in turn, then as the contract writes them.

        JJ/MM/AAAA is not tried after a format that has the month first: it would read a wrong day.
        """
        if not self.formats:
            return kind.read_all(texts)
        found = pl.Series([None], dtype=pl.Date).new_from_index(0, texts.len())
        formats = [day_format(codes) for codes in self.formats]
        for one in formats:
            found = found.zip_with(found.is_not_null(), one.days(texts, self.latest))
        left = texts if not any(f.month_first for f in formats) else texts.set(texts.str.contains("/"), None)
        return found if not found.null_count() else found.zip_with(found.is_not_null(), kind.read_all(left))

    def births(self, ages: pl.Series, at: pl.Series) -> pl.Series:
        """A day of birth that gives each age, in completed years, at a day."""
        distinct = {text: _years(self._shortened(clean(text))) for text in ages.unique().drop_nulls().to_list()}
        years = ages.replace_strict(distinct, default=None, return_dtype=pl.Int64)
        frame = pl.DataFrame({"at": at, "years": years})
        return frame.select(pl.col("at").dt.offset_by(pl.format("-{}y", "years"))).to_series()


def _years(text: str) -> int | None:
    number = read_number(text)
    return int(number) if number is not None and 0 <= number <= OLDEST_AGE else None


def translations(form: Form, table: Table, ages: Iterable[str], latest: int | None) -> dict[str, Translation]:
    """By column, what a form says that the contract does not say itself. `ages`: columns that hold an age."""
    found = {}
    for column in table.columns:
        values = tuple(v for v in form.values.get(column.name, ()) if not as_in_the_contract(v, column))
        one = Translation(
            values, form.dates.get(column.name, ()), form.endings.get(column.name, ()), column.name in ages, latest
        )
        if one != Translation(latest=latest):
            found[column.name] = one
    return found


def as_in_the_contract(value: Value, column: Column) -> bool:
    """Whether a value would be read so without a profile."""
    if value.when:
        return False
    if isinstance(column.kind, YesNo):
        by_default = read_yes_no(value.printed) if value.printed else column.default
        return by_default is not None and value.read == (YES if by_default else NO)
    plain = isinstance(column.kind, Code) and not isinstance(column.kind, CodeWithin)
    return plain and value.printed != BLANK and column.kind.reader({})(clean(value.printed)) == value.read


def agrees(typed: Mapping[str, pl.Series], when: Mapping[str, tuple[str, ...]], length: int) -> pl.Series:
    """The rows whose other columns, once read, have the values that an entry asks for."""
    holds = pl.Series([True]).new_from_index(0, length)
    for name, values in when.items():
        holds = holds & shown(typed[name]).is_in(values).fill_null(False)
    return holds


def shown(values: pl.Series) -> pl.Series:
    """Values as a profile names them: codes, oui and non, days as AAAA-MM-JJ."""
    if values.dtype == pl.Boolean:
        return values.replace_strict({True: "oui", False: "non"}, default=None, return_dtype=pl.String)
    return values.cast(pl.String)
