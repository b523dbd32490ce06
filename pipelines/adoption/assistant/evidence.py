"""What stands under a header, held against what a column of the contract holds."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from pipelines.adoption.assistant.codes import CERTAIN, LIKELY, Meaning, lexicon_of, lexicon_of_missing, meanings
from pipelines.adoption.assistant.dates import Written, written
from pipelines.adoption.assistant.organismes import Organismes
from pipelines.adoption.assistant.sample import Seen
from pipelines.reading.days import day_format
from pipelines.reading.form import AGE, VOID
from schemas.exports.declarations import Column
from schemas.exports.kinds import Code, Day, Identifier, Name, Nir, Reference, Text, YesNo
from schemas.text import MASK, masked

STRONG, WEAK = 0.5, 0.25  # how much it tells that texts are what a column holds: any date is a date
HALF = 0.5
MOST_CODES = 400  # distinct texts of a column of codes
MOST_LISTED = 40  # distinct texts of a column that somebody chooses from a list
MOST_WORDS = 6  # distinct texts of a column of yes and no
OLDEST = 120
_NIR = re.compile(r"[1-478]\d{4}(?:\d{2}|2[AB])\d{6}(?:\d{2})?", re.IGNORECASE)
_SEPARATED = re.compile(r"[\s.\-/_]")
_FEW = 2_000  # texts that are looked at one by one


@dataclass(frozen=True)
class Facts:
    """What is known besides the column itself: organismes, the last day that dates may have, identifiers of the parents."""

    organismes: Organismes
    until: date | None = None
    parents: frozenset[str] = frozenset()


@dataclass
class Evidence:
    """Of one column of a file: what its texts may mean for each column of the contract; each is found out once."""

    seen: Seen
    facts: Facts
    linked: float | None = (
        None  # of an identifier: the share of another table's that it has; None where none may be one
    )
    _meanings: dict[str, dict[str, Meaning]] = field(default_factory=dict)

    @cached_property
    def texts(self) -> list[str]:
        return [text for text, _ in self.seen.counts.most_common(_FEW)]

    @cached_property
    def dates(self) -> Written | None:
        return written(dict(self.seen.counts.most_common(_FEW)), self.facts.until)

    @cached_property
    def median_year(self) -> int:
        """Of the dates of the column; 0 where they are none."""
        if not self.dates:
            return 0
        days = day_format(self.dates.forms[0]).days(self.seen.texts.drop_nulls().head(_FEW), self._latest)
        years = days.dt.year().drop_nulls()
        return int(float(str(years.median()))) if years.len() else 0

    @property
    def _latest(self) -> int | None:
        return self.facts.until.year if self.facts.until else None

    @cached_property
    def nirs(self) -> float:
        bare = (_SEPARATED.sub("", re.sub(r"\.0$", "", text)) for text in self.texts)
        return self._share(sum(bool(_NIR.fullmatch(text)) for text in bare))

    @property
    def listed(self) -> bool:
        """Whether the texts are few and come again and again, as those of a list do."""
        return (
            len(self.seen.counts) <= MOST_LISTED and self.seen.distinct < HALF and not self.dates and self.nirs < HALF
        )

    @cached_property
    def personal(self) -> bool:
        """Whether the texts are of one person each, or may be: none of them is to be shown."""
        return self.nirs > 0.1 or bool(self.dates) or any(masked(t) != t for t in self.texts[:200])

    def _share(self, number: int) -> float:
        return number / len(self.texts) if self.texts else 0.0

    def meanings(self, column: Column) -> dict[str, Meaning]:
        """What the texts mean as those of a column of codes; nothing where there are too many of them."""
        if column.name not in self._meanings:
            self._meanings[column.name] = self._found(column)
        return self._meanings[column.name]

    def _found(self, column: Column) -> dict[str, Meaning]:
        if len(self.seen.counts) > MOST_CODES or self.dates or self.nirs > HALF:
            return {}
        if isinstance(column.kind, Reference):
            missing = meanings(self.texts, lexicon_of_missing())
            return {**missing, **self.facts.organismes.meanings(self.texts)}
        return meanings(self.texts, lexicon_of(column))

    def of(self, column: Column) -> float | None:
        """How well the texts are those of a column, from 0 to 1; None where that cannot be told."""
        found = next((found for kind, found in self._by_kind.items() if isinstance(column.kind, kind)), None)
        return found(column) if found and self.texts else None

    @property
    def _by_kind(self) -> dict[type, Callable[[Column], float | None]]:
        return {
            Nir: lambda _: self.nirs,
            Identifier: lambda _: self._identifier(),
            Day: self._day,
            YesNo: lambda column: self._coded(column) if len(self.texts) <= MOST_WORDS else 0.0,
            Code: self._coded,
            Reference: self._coded,
            Name: lambda _: self._text(),
            Text: lambda _: self._text(),
        }

    def _coded(self, column: Column) -> float | None:
        found = {t: m for t, m in self.meanings(column).items() if m.score >= LIKELY}
        codes = {m.code for m in found.values() if m.code != VOID}
        if isinstance(column.kind, Code) and not codes and _opaque(t for t in self.texts if t not in found):
            return None
        if isinstance(column.kind, Code) and len(codes) < 2 < len(self.texts):
            return 0.0
        certain = sum(self.seen.counts[t] * min(1.0, m.score / CERTAIN) for t, m in found.items())
        return certain / self.seen.total if isinstance(column.kind, Reference) else self.seen.share(found)

    def _day(self, column: Column) -> float:
        if not self.dates:
            return 0.0
        latest = self.facts.until.year if self.facts.until else date.today().year
        born = self.median_year < latest - 15
        return self.dates.share if born == bool(column.age_at) else 0.1

    def _identifier(self) -> float:
        if self.nirs > 0.5 or (self.dates and self.dates.forms != ("excel",)):
            return 0.0
        if self.facts.parents:
            return self.seen.share(t for t in self.seen.counts if t in self.facts.parents)
        short = self._share(sum(len(t) <= 40 and any(c.isdigit() for c in t) for t in self.texts))
        unique = min(self.seen.distinct, short, self.seen.filled)
        return unique if self.linked is None else min(unique, self.linked)

    def _text(self) -> float | None:
        worded = self._share(sum(any(c.isalpha() for c in t) for t in self.texts))
        return None if worded > 0.5 and not self.dates and self.nirs < 0.1 else 0.0

    @cached_property
    def ages(self) -> float:
        numbers = [int(m[1]) for t in self.texts if (m := re.fullmatch(r"(\d{1,3})(?:[.,]0+)?(?: ?ans?)?", t))]
        return (
            self._share(sum(0 <= n <= OLDEST for n in numbers)) if len(set(numbers)) > 8 or len(self.texts) < 9 else 0.0
        )

    @property
    def examples(self) -> str:
        """Some of the texts, as somebody may see them: never a NIR nor a day of birth."""
        if self.personal:
            return MASK if self.nirs > 0.1 else "des dates" if self.dates else MASK
        return ", ".join(t if len(t) <= 30 else f"{t[:29]}…" for t in self.texts[:4])


def _opaque(texts: Iterable[str]) -> bool:
    """Whether texts are too short to mean anything by themselves: "01", "B"."""
    return all(re.fullmatch(r"[a-z]{0,2}[-_]?\d{1,3}|[a-z]{1,2}", text, re.IGNORECASE) for text in texts)


def weight(column: Column) -> float:
    """How much evidence for a column tells by itself."""
    strong = isinstance(column.kind, Nir | Reference | Code) or (bool(column.age_at) and column.name != AGE)
    return STRONG if strong else WEAK
