"""Dates of any form, told by strptime codes: many texts at once, or the one that a longer text holds.

`%B` and `%b` are months with French or English names, whole or cut short; `1er` is a first day. A time with a zone is the
day in Paris; a time without one is passed over, whether the form names it or not. EXCEL is the number of a day.
"""

import re
from datetime import date
from functools import cached_property, lru_cache

import polars as pl

from pipelines.reading.form import EXCEL
from schemas.text import key

PARIS = "Europe/Paris"
_EPOCH = date(1899, 12, 30)  # of a workbook: day 61 is 1 March 1900
_LAST_SERIAL = 2_958_465  # 31 December 9999
_CENTURY, _PIVOT = 100, 69  # two digits from 69 are of the century before, as strptime has it
_MONTHS = (  # in French first, in English last, cut short between
    ("janvier", "janv", "jan", "january"), ("fevrier", "fevr", "fev", "feb", "february"), ("mars", "mar", "march"),
    ("avril", "avr", "apr", "april"), ("mai", "may"), ("juin", "jun", "june"), ("juillet", "juil", "jul", "july"),
    ("aout", "aou", "aug", "august"), ("septembre", "sept", "sep", "september"), ("octobre", "oct", "october"),
    ("novembre", "nov", "november"), ("decembre", "dec", "december"),
)  # fmt: skip
WHOLE_MONTHS = {name for names in _MONTHS for name in (names[0], names[-1])}
MONTH = {name: number for number, names in enumerate(_MONTHS, 1) for name in names}
_ZONES = {"z": "+0000", "utc": "+0000", "gmt": "+0000", "cet": "+0100", "cest": "+0200"}
_WORD = r"[^\W\d_]+\.?"
_SHORTHAND = {"%F": "%Y-%m-%d", "%T": "%H:%M:%S", "%R": "%H:%M", "%D": "%m/%d/%y", "%e": "%d", "%h": "%b", "%I": "%H"}
_CODES = {
    "Y": r"(?P<Y>\d{4})", "y": r"(?P<y>\d{2})", "m": r"(?P<m>\d{1,2})", "d": r"(?P<d>\d{1,2})(?:er)?", "B": rf"(?P<b>{_WORD})",
    "b": rf"(?P<b>{_WORD})", "A": _WORD, "a": _WORD, "H": r"(?P<H>\d{1,2})", "M": r"(?P<M>\d{2})",
    "S": r"(?P<S>\d{2})(?:[.,]\d+)?", "f": r"\d+", "p": r"(?P<p>[ap]\.?m\.?)", "z": r"(?P<z>z|[+-]\d{2}:?\d{2})",
    "Z": rf"(?P<z>{_WORD})", "%": "%",
}  # fmt: skip
_ADJACENT = {"m": r"(?P<m>\d{2})", "d": r"(?P<d>\d{2})"}  # right after digits
_TIME = r"(?:[ T]\d{1,2}[:h]\d{2}(?::\d{2}(?:[.,]\d+)?)?)?"
_PART = re.compile(r"%-?(.)|(\s+)|([^%\s]+)")


class DayFormat:
    """A form of dates. Raises ValueError, in French, for codes that give no day."""

    def __init__(self, codes: str) -> None:
        self.codes = codes
        if codes != EXCEL:
            self._check()

    def _check(self) -> None:
        names = set(re.compile(self.pattern).groupindex)
        if not names >= {"d"} or not names & {"m", "b"} or not names & {"Y", "y"}:
            raise ValueError(f"« {self.codes} » ne dit pas le jour, le mois et l'année")

    @cached_property
    def pattern(self) -> str:
        """A regular expression of the dates of this form, in upper or lower case."""
        text, found, digits = self.codes, [], False
        for short, whole in _SHORTHAND.items():
            text = text.replace(short, whole)
        for code, blank, literal in _PART.findall(text):
            if code and code not in _CODES:
                raise ValueError(f"« {self.codes} » : code %{code} inconnu")
            found.append((_ADJACENT if digits else _CODES).get(code) or _CODES.get(code) or (r"\s+" if blank else ""))
            found.append(re.escape(literal))
            digits = code in {"Y", "y", "m", "d"}
        return "(?i)" + "".join(found)

    @property
    def month_first(self) -> bool:
        return self.codes.startswith("%m")

    def days(self, texts: pl.Series, latest: int | None = None) -> pl.Series:
        """The day of each tidy text, null where it is of another form. `latest`: the last year of two-digit years."""
        if self.codes == EXCEL:
            return _serials(texts)
        ending = "" if "%H" in self.pattern_codes else _TIME
        parts = texts.str.extract_groups(f"^{self.pattern}{ending}$").struct.unnest()
        return parts.select(_day(parts.columns, parts, latest)).to_series().alias(texts.name)

    @property
    def pattern_codes(self) -> str:
        return self.codes.replace("%T", "%H").replace("%R", "%H").replace("%I", "%H")

    def found_in(self, text: str) -> date | None:
        """The first day of this form in a text."""
        found = re.search(rf"(?<!\d)(?:{self.pattern[4:]})(?!\d)", text, re.IGNORECASE)
        return self.days(pl.Series([found[0]]))[0] if found else None


@lru_cache(maxsize=256)
def day_format(codes: str) -> DayFormat:
    return DayFormat(codes)


def _serials(texts: pl.Series) -> pl.Series:
    numbers = texts.str.extract(r"^(\d{1,7})(?:[.,]\d+)?$").cast(pl.Int32)
    numbers = numbers.set(numbers > _LAST_SERIAL, None)
    return pl.DataFrame({"day": numbers}).select(pl.lit(_EPOCH) + pl.duration(days="day")).to_series().alias(texts.name)


def _day(names: list[str], parts: pl.DataFrame, latest: int | None) -> pl.Expr:
    year = pl.col("Y") if "Y" in names else _whole_year(pl.col("y"), latest)
    month = pl.col("m") if "m" in names else _named_month(parts["b"])
    day = pl.format("{}-{}-{}", year, month.str.zfill(2), pl.col("d").str.zfill(2))
    if "z" not in names or "H" not in names:
        return day.str.to_date("%Y-%m-%d", strict=False)
    seconds = pl.col("S") if "S" in names else pl.lit("00")
    moment = pl.format("{}T{}:{}:{}{}", day, _hour(names), pl.col("M"), seconds, _offset(parts["z"]))
    read = moment.str.to_datetime("%Y-%m-%dT%H:%M:%S%z", time_zone="UTC", strict=False)
    return read.dt.convert_time_zone(PARIS).dt.date()


def _whole_year(two: pl.Expr, latest: int | None) -> pl.Expr:
    number = two.cast(pl.Int32)
    if latest is None:
        whole = number + pl.when(number >= _PIVOT).then(1900).otherwise(2000)
    else:
        whole = number + latest // _CENTURY * _CENTURY
        whole = pl.when(whole > latest).then(whole - _CENTURY).otherwise(whole)
    return whole.cast(pl.String)


def _named_month(words: pl.Series) -> pl.Expr:
    known = {
        word: str(MONTH[key(word).rstrip(".")]) for word in words.unique() if word and key(word).rstrip(".") in MONTH
    }
    return pl.col("b").replace_strict(known, default=None, return_dtype=pl.String)


def _hour(names: list[str]) -> pl.Expr:
    hour = pl.col("H").str.zfill(2)
    if "p" not in names:
        return hour
    after_noon = pl.col("p").str.to_lowercase().str.starts_with("p")
    number = pl.col("H").cast(pl.Int32) % 12 + pl.when(after_noon).then(12).otherwise(0)
    return number.cast(pl.String).str.zfill(2)


def _offset(zones: pl.Series) -> pl.Expr:
    known = {zone: _ZONES.get(key(zone).rstrip("."), zone.replace(":", "")) for zone in zones.unique() if zone}
    return pl.col("z").replace_strict(known, default=None, return_dtype=pl.String)
