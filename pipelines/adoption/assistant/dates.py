"""In what forms the dates of a column are written, and whether there is any doubt."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from pipelines.reading.days import MONTH, WHOLE_MONTHS, day_format
from pipelines.reading.form import EXCEL
from schemas.text import key

FEWEST = 0.9  # of the texts of a column of dates are dates
MINOR = 0.01  # of them that a second form explains
FEW_YEARS = 8
_FIRST, _LAST = date(1880, 1, 1), date(2100, 1, 1)
_TIME = (
    (r"[T ]\d{1,2}:\d{2}:\d{2}(?:[.,]\d+)?(?:Z|[+-]\d{2}:?\d{2})$", "%H:%M:%S%z"), (r"[T ]\d{1,2}:\d{2}(?:Z|[+-]\d{2}:?\d{2})$", "%H:%M%z"),
    (r"[T ]\d{1,2}:\d{2}:\d{2}(?:[.,]\d+)?$", "%H:%M:%S"), (r"[T ]\d{1,2}:\d{2}$", "%H:%M"), (r" \d{1,2}h\d{2}$", "%Hh%M"),
)  # fmt: skip
_ORDERS = {
    r"\d{4}S\d{1,2}S\d{1,2}": ("%Y{s}%m{s}%d", "%Y{s}%d{s}%m"), r"\d{1,2}S\d{1,2}S\d{4}": ("%d{s}%m{s}%Y", "%m{s}%d{s}%Y"),
    r"\d{1,2}S\d{1,2}S\d{2}": ("%d{s}%m{s}%y", "%m{s}%d{s}%y", "%y{s}%m{s}%d"), r"\d{8}": ("%Y%m%d", "%d%m%Y", "%m%d%Y"),
    r"\d{6}": ("%d%m%y", "%y%m%d", "%m%d%y"), r"\d{7}": ("%d%m%Y",),
    r"\d{1,2}(?:er)?SWS\d{4}": ("%d{s}%B{s}%Y",), r"\d{1,2}(?:er)?SWS\d{2}": ("%d{s}%B{s}%y",),
    r"WS\d{1,2}(?:er)?SWS\d{4}": ("%A{s}%d{s}%B{s}%Y",), r"WS\d{1,2}, ?\d{4}": ("%B{s}%d, %Y",), r"\d{4}SWS\d{1,2}": ("%Y{s}%B{s}%d",),
}  # fmt: skip
_WORD = r"[^\W\d_]+\.?"


@dataclass(frozen=True)
class Written:
    """The forms that the dates of a column are written in, the most frequent first."""

    forms: tuple[str, ...]
    share: float  # of the texts that they read
    rivals: tuple[str, ...] = ()  # forms that read as many as the first, otherwise

    @property
    def certain(self) -> bool:
        return not self.rivals


def written(counts: Mapping[str, int], until: date | None = None) -> Written | None:
    """The forms of the dates among some texts, none of which is later than `until`; None where most are no dates."""
    texts = pl.Series(list(counts), dtype=pl.String)
    weights = pl.Series(list(counts.values()), dtype=pl.Int64)
    left = pl.Series([True]).new_from_index(0, texts.len())
    forms: list[str] = []
    rivals: list[str] = []
    candidates = _candidates(texts)
    latest = until.year if until else None
    read = {codes: _plausible(day_format(codes).days(texts, latest), until) for codes in candidates}
    total = sum(counts.values())
    while read and total:
        gains = {codes: int((weights * (left & there)).sum()) for codes, there in read.items()}
        best = max(gains, key=lambda codes: gains[codes])
        if gains[best] < MINOR * total:
            break
        if not forms:
            both = {c: int((weights * (read[best] & read[c])).sum()) for c in gains if c != best and _differ(c, best)}
            near = [c for c, shared in both.items() if shared >= gains[best] * (1 - MINOR)]
            rivals = [c for c in near if not _year_last(texts, best, c)]
        forms.append(best)
        left = left & ~read.pop(best)
    share = 1 - int((weights * left).sum()) / total if total else 0.0
    return Written(tuple(forms), share, tuple(rivals)) if share >= FEWEST else None


def _plausible(days: pl.Series, until: date | None) -> pl.Series:
    return days.is_between(_FIRST, until or _LAST).fill_null(False)


def _year_last(texts: pl.Series, best: str, rival: str) -> bool:
    """Whether two digits at the end are a year, as `best` has it, and no day as `rival` has it: they vary less than days do."""
    if not (best.endswith("%y") and rival.startswith("%y")):
        return False
    parts = texts.str.extract_groups(r"^(\d{1,2})\D?\d{1,2}\D?(\d{2})").struct.unnest()
    first, last = (parts[name].n_unique() for name in parts.columns)
    return first > FEW_YEARS and first >= 2 * last


def _differ(one: str, other: str) -> bool:
    """Whether two forms give other days: one with and one without an hour does not."""
    return one.split("%H", maxsplit=1)[0].rstrip("T ") != other.split("%H", maxsplit=1)[0].rstrip("T ")


def _candidates(texts: pl.Series) -> list[str]:
    """The forms that some texts look like, the most usual before the others."""
    looks = Counter(_look(t) for t in texts.to_list())
    for shape, separator, time, _ in [look for look in looks if look[3] == "%b"]:  # "mai" is whole and short
        looks.pop((shape, separator, time, "%B"), None)
    found: list[str] = []
    for (shape, separator, time, months), _ in looks.most_common(12):
        for codes in _ORDERS.get(shape, ()):
            whole = codes.replace("{s}", separator.replace("%", "%%")).replace("%B", months) + time
            found += [whole] if whole not in found else []
    if looks.get(("serial", "", "", "")):
        found.append(EXCEL)
    return found


def _look(text: str) -> tuple[str, str, str, str]:
    """What a text looks like: its shape, its separator, the codes of its hour, and of its month."""
    bare, time = text, ""
    for pattern, codes in _TIME:
        if found := re.search(pattern, text):
            bare, time = text[: found.start()], ("T" if found[0][0] == "T" else " ") + codes
            break
    if re.fullmatch(r"[1-6]\d{4}(?:[.,]\d+)?", text):
        return "serial", "", "", ""
    for separator in [s for s in "/-. " if s in bare] or [""]:
        for shape in _ORDERS:
            pattern = shape.replace("S", rf"[{re.escape(separator)}]" if separator else "").replace("W", _WORD)
            if (separator or "S" not in shape) and re.fullmatch(pattern, bare):
                return shape, separator, time, _months(bare)
    return "", "", "", ""


def _months(text: str) -> str:
    """`%B` for whole names of months, `%b` for names cut short."""
    names = [key(w).rstrip(".") for w in re.findall(_WORD, text)]
    return "%b" if any(w in MONTH and w not in WHOLE_MONTHS for w in names) else "%B"
