"""Which organisme a printed value names: by its code, padded or not, by its name, by the number of its département."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import polars as pl

from pipelines.adoption.assistant.codes import LIKELY, Meaning, words
from schemas.text import key

_TYPES = {
    "cpam", "cpa", "cgss", "cgs", "css", "ccss", "ccs", "cs", "caiss", "primair", "assuranc", "maladi", "general", "securit",
    "social", "commun", "agenc", "organism",
}  # fmt: skip


@dataclass(frozen=True)
class Organismes:
    """The known organismes: `codes`, and by the words of each name its code."""

    codes: tuple[str, ...]
    names: dict[frozenset[str], str]
    departments: dict[str, tuple[str, ...]]

    @classmethod
    def of(cls, rows: pl.DataFrame) -> "Organismes":
        names = {_named(name): code for code, name in rows.select("organisme", "nom").iter_rows()}
        departments: dict[str, tuple[str, ...]] = {}
        for code, department in rows.select("organisme", "departement").iter_rows():
            departments[department] = (*departments.get(department, ()), code)
        return cls(tuple(rows["organisme"].to_list()), names, departments)

    def meanings(self, values: Sequence[str]) -> dict[str, Meaning]:
        """What each value of a column means; the values are taken together where numbers could be read in two ways."""
        readings = [self._by_code(values), self._by_bare_code(values), self._by_department(values)]
        numbers = max(readings, key=len)
        doubtful = [r for r in readings if len(r) == len(numbers) and r and r != numbers]
        score = LIKELY if doubtful or numbers is readings[2] else 1.0
        found = {value: Meaning(code, score) for value, code in numbers.items()}
        return {**found, **{v: m for v in values if v not in found and (m := self._by_name(v))}}

    def _by_code(self, values: Iterable[str]) -> dict[str, str]:
        return {v: v for v in values if v in self.codes}

    def _by_bare_code(self, values: Iterable[str]) -> dict[str, str]:
        """Codes whose zeros a spreadsheet has dropped."""
        bare = {code.lstrip("0"): code for code in self.codes}
        return {
            v: bare[b]
            for v in values
            if (b := re.sub(r"\.0$", "", v).lstrip("0")) in bare and re.fullmatch(r"\d+(\.0)?", v)
        }

    def _by_department(self, values: Iterable[str]) -> dict[str, str]:
        return {v: self.departments[v][0] for v in values if len(self.departments.get(v, ())) == 1}

    def _by_name(self, value: str) -> Meaning | None:
        """By a name, after or before its code: "542 - CPAM de Meurthe-et-Moselle"."""
        mine = _named(value)
        code = next((c for c in re.findall(r"(?<!\d)\d{3}(?!\d)", value) if c in self.codes), None)
        if mine in self.names:
            named = self.names[mine]
            return Meaning(named, 1.0 if code in {None, named} else LIKELY)
        if code and not mine - {code}:
            return Meaning(code, 1.0)
        alike = {c for name, c in self.names.items() if mine and name and (mine <= name or name <= mine)}
        if code:
            return Meaning(code, 1.0 if alike == {code} else LIKELY)
        return Meaning(alike.pop(), LIKELY + 0.1) if len(alike) == 1 else None


def _named(name: str) -> frozenset[str]:
    """The words of a name that tell it from others."""
    said = words(re.sub(r"\bc\.?p\.?a\.?m\.?(?=\W|$)", "cpam", key(name)))
    numbers_apart = {w for w in said if not w.isdigit()} or set(said)
    return frozenset(w for w in numbers_apart if w not in _TYPES) or frozenset(said)
