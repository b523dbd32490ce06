"""What the names of files have in common and what varies: shell patterns that mean some of them, days in them."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from itertools import takewhile

from pipelines.reading.days import day_format

_VARYING = "0123456789-_."
_FIRST, _LAST = date(2000, 1, 1), date(2100, 1, 1)  # of a delivery
# A day in a text: what it looks like, and the strptime codes to try, the most usual first.
_DAYS = (
    (r"\d{4}-\d{2}-\d{2}", ("%Y-%m-%d",)), (r"\d{4}_\d{2}_\d{2}", ("%Y_%m_%d",)), (r"\d{4}\.\d{2}\.\d{2}", ("%Y.%m.%d",)),
    (r"\d{2}-\d{2}-\d{4}", ("%d-%m-%Y", "%m-%d-%Y")), (r"\d{2}_\d{2}_\d{4}", ("%d_%m_%Y", "%m_%d_%Y")),
    (r"\d{2}\.\d{2}\.\d{4}", ("%d.%m.%Y", "%m.%d.%Y")), (r"\d{1,2}/\d{1,2}/\d{4}", ("%d/%m/%Y", "%m/%d/%Y")),
    (r"\d{8}", ("%Y%m%d", "%d%m%Y")), (r"\d{2}-\d{2}-\d{2}", ("%d-%m-%y", "%y-%m-%d")),
    (r"\d{2}\.\d{2}\.\d{2}", ("%d.%m.%y", "%y.%m.%d")), (r"\d{6}", ("%y%m%d", "%d%m%y")),
    (r"\d{1,2}(?:er)? [^\W\d_]+ \d{4}", ("%d %B %Y",)), (r"\d{1,2}[-_][^\W\d_]+[-_]\d{4}", ("%d-%B-%Y", "%d_%B_%Y")),
    (r"\d{4} \d{2} \d{2}", ("%Y %m %d",)), (r"\d{2} \d{2} \d{4}", ("%d %m %Y",)),
)  # fmt: skip


@dataclass(frozen=True)
class DayThere:
    """A day that a text holds: where, in what form, and which."""

    start: int
    end: int
    codes: str
    day: date


def days_in(text: str) -> Iterator[DayThere]:
    """The days of recent times in a text, each in every form that it may be of."""
    taken: set[int] = set()
    for looks, forms in _DAYS:
        for found in re.finditer(rf"(?<!\d)(?:{looks})(?!\d)", text):
            if taken.isdisjoint(range(*found.span())):
                read = [(codes, day_format(codes).found_in(found[0])) for codes in forms]
                several = [DayThere(*found.span(), codes, day) for codes, day in read if day and _FIRST <= day < _LAST]
                taken.update(range(*found.span()) if several else ())
                yield from several


def without_days(text: str) -> str:
    """The same text with a blank in place of each day."""
    for there in sorted(days_in(text), key=lambda found: -found.start):
        text = f"{text[: there.start]} {text[there.end :]}"
    return text


def pattern_of(names: Sequence[str], others: Iterable[str]) -> tuple[str, ...]:
    """Shell patterns that mean some files and none of the others: one, with `*` where names vary, if it can be."""
    wide = _without_day(names[0]) if len(names) == 1 else _common(names)
    if any(fnmatchcase(other, wide) for other in others):
        return tuple(map(_escaped, names))
    return (wide,)


def _without_day(name: str) -> str:
    found = next(days_in(name), None)
    return f"{_escaped(name[: found.start])}*{_escaped(name[found.end :])}" if found else _escaped(name)


def _common(names: Sequence[str]) -> str:
    """What all names begin with and end with, in whole words; digits that they share by chance are no part of it."""
    first = _shared(names).rstrip(_VARYING)
    last = _shared([name[len(first) :][::-1] for name in names])[::-1]
    trimmed = last.lstrip(_VARYING)
    ending = "." if last.endswith(f".{trimmed}") else ""  # the dot of the ending does not vary
    return f"{_escaped(first)}*{ending}{_escaped(trimmed)}"


def _shared(names: Sequence[str]) -> str:
    """What all begin with, no word of it cut."""
    alike = takewhile(lambda pair: pair[0] == pair[1], zip(min(names), max(names), strict=False))
    shared = "".join(one for one, _ in alike)
    cut = any(name[len(shared) : len(shared) + 1].isalnum() for name in names)
    return shared.rstrip("".join(filter(str.isalnum, set(shared)))) if cut else shared


def _escaped(name: str) -> str:
    return re.sub(r"([\[*?])", r"[\1]", name)
