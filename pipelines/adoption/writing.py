"""Write a profile: what is sure as lines that hold, what is probable as lines to confirm, what is unknown by name.

Files that hold a table in the same way share one rule, under a pattern that means no other file.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from tomlkit import string

from pipelines.adoption.entries import (
    CODE,
    COLUMN,
    CONSTANT,
    DATE,
    DEDUCED,
    DELIVERY,
    ENCODING,
    ENDING,
    LEFT_OUT,
    SEPARATOR,
    SHEET,
    SKIPPED,
    SURE,
    TABLE,
    UNKNOWN,
    WIDE,
    Entry,
    Proposed,
    table_named,
)
from pipelines.adoption.globs import days_in, pattern_of
from pipelines.adoption.profile import FILES
from pipelines.adoption.translation import as_in_the_contract
from pipelines.reading.form import UNREADABLE, Value
from schemas.exports.declarations import Table

TO_CONFIRM, NOT_KNOWN = "# à confirmer", "# inconnu"
HEAD = """\
# Profil de lecture : comment vos fichiers deviennent les exports d'adass (docs/adopter.md).
# Une ligne « à confirmer » ne compte qu'une fois son premier « # » retiré.
"""
_SETTINGS = {SEPARATOR: "separateur", ENCODING: "encodage", SHEET: "feuille", SKIPPED: "lignes_sautees"}
_OF_FILES = {SEPARATOR, ENCODING, DELIVERY}  # whatever table they hold
Said = tuple[str, str, str, tuple[tuple[str, str], ...]]  # quoi, colonne, valeur, si


@dataclass
class Rule:
    """What is said of some files about one table, or about none in particular."""

    table: Table | None
    files: list[str]
    entries: list[Entry] = field(default_factory=list)

    @property
    def place(self) -> str:
        return f"{self.table.source}.{self.table.name}" if self.table else FILES

    @property
    def sure(self) -> bool:
        return all(e.confiance == SURE for e in self.of(TABLE))

    def of(self, *kinds: str) -> list[Entry]:
        return [e for e in self.entries if e.quoi in kinds]

    def said(self) -> dict[Said, list[str]]:
        said: dict[Said, list[str]] = {}
        for e in self.entries:
            said.setdefault((e.quoi, e.colonne, e.valeur, tuple(sorted(e.si.items()))), []).append(str(e.propose))
        return said

    def agrees(self, other: "Rule") -> bool:
        """Whether the two can be one: what holds for whole files is the same, and of nothing else they say two things."""
        mine, theirs = self.said(), other.said()
        whole = [k for k in {**mine, **theirs} if k[0] in {*_SETTINGS, DELIVERY, CONSTANT, DEDUCED}]
        return self.table == other.table and all(
            mine.get(k) == theirs.get(k) for k in (*whole, *(mine.keys() & theirs.keys()))
        )

    def join(self, other: "Rule") -> None:
        said = {(*e.key[2:], e.propose) for e in self.entries}
        self.files += other.files
        self.entries += [e for e in other.entries if (*e.key[2:], e.propose) not in said]


def profile_text(
    entries: Iterable[Entry],
    names: Sequence[str],
    above: Mapping[str, Sequence[str]] | None = None,
    examples: Mapping[tuple[str, str], str] | None = None,
) -> str:
    """The rules that say all entries, each of which is of one of the files `names`.

    `above`: the lines before the header, by file; `examples`: of what stands under an unknown header, by file and header.
    """
    rules = rules_of(_with_patterns(list(entries), above or {}))
    return "\n".join("\n".join(_written(rule, names, examples or {})) + "\n" for rule in rules)


def rules_of(entries: Iterable[Entry]) -> list[Rule]:
    """What is said of files in general, then of each table: its form, then what differs from file to file."""
    parts: dict[tuple[str | None, bool, str], Rule] = {}
    for entry in entries:
        name = None if entry.quoi in _OF_FILES else str(entry.propose) if entry.quoi == TABLE else entry.table
        if not (entry.quoi == TABLE and entry.propose is None):
            table = table_named(name) if name else None
            place = (name, entry.quoi == CONSTANT, entry.fichier)
            parts.setdefault(place, Rule(table, [entry.fichier])).entries.append(entry)
    rules: list[Rule] = []
    for rule in sorted(parts.values(), key=lambda r: r.table is not None):
        same = next((r for r in rules if r.agrees(rule)), None)
        if same:
            same.join(rule)
        else:
            rules.append(rule)
    return rules


def _with_patterns(entries: list[Entry], above: Mapping[str, Sequence[str]]) -> list[Entry]:
    """The same, with days of delivery told by where they are found, in the path or above the header, where they are."""
    return [replace(e, propose=_day(e, above)) if e.quoi == DELIVERY else e for e in entries]


def _day(entry: Entry, above: Mapping[str, Sequence[str]]) -> str:
    told = str(entry.propose)
    for where, texts in (("chemin", [entry.fichier]), ("entete", above.get(entry.fichier, []))):
        for text in texts:
            if found := next((f for f in days_in(text) if f.day.isoformat() == told), None):
                before = re.split(r"[/\d]", text[: found.start])[-1].replace("%", "%%")
                return f"{{ {where} = {_quoted(before + found.codes)} }}"
    return _quoted(told)


def _written(rule: Rule, names: Sequence[str], examples: Mapping[tuple[str, str], str]) -> Iterator[str]:
    lines = [f"[[{rule.place}]]", f"motif = {_motif(rule.files, names)}", *_settings(rule)]
    for section, content in _sections(rule, examples):
        lines += ["", f"[{rule.place}.{section}]", *content]
    if rule.sure and (rule.of(TABLE, SHEET) or any(_holds(line) for line in lines[2:])):
        yield from lines
    else:
        yield from (
            f"# {line}{'' if line.endswith((TO_CONFIRM, NOT_KNOWN)) else f'  {TO_CONFIRM}'}"
            for line in filter(None, lines)
        )


def _holds(line: str) -> bool:
    """Whether a line of a rule says something that holds, as a section by itself does not."""
    return bool(line) and not line.startswith(("#", "["))


def _motif(files: Sequence[str], names: Sequence[str]) -> str:
    return _one_or_list(pattern_of(files, [n for n in names if n not in files]))


def _settings(rule: Rule) -> Iterator[str]:
    for entry in rule.of(*_SETTINGS):
        value = _quoted(entry.propose) if isinstance(entry.propose, str) else str(entry.propose)
        yield _line(_SETTINGS[entry.quoi], value, entry)
    if left_out := [e.valeur for e in rule.of(LEFT_OUT)]:
        yield f"lignes_exclues = {_one_or_list(left_out)}"
    for entry in rule.of(DELIVERY)[:1]:
        yield _line("livraison", str(entry.propose), entry)


def _sections(rule: Rule, examples: Mapping[tuple[str, str], str]) -> Iterator[tuple[str, list[str]]]:
    """The sections of a rule that have a line: its name, and its lines."""
    found = {
        "colonnes": list(_headers(rule, examples)),
        "constantes": [_line(e.colonne, _quoted(e.propose), e) for e in rule.of(CONSTANT)],
        "deduites": [_line(e.colonne, _quoted(e.propose), e) for e in rule.of(DEDUCED)],
        "larges": [_line(e.colonne, _quoted(e.propose), e) for e in rule.of(WIDE)],
        "dates": list(_several(rule.of(DATE))),
        "fins": list(_several(rule.of(ENDING))),
    }
    for column in dict.fromkeys(e.colonne for e in rule.of(CODE)):
        found[f"valeurs.{column}"] = list(_values(rule, column))
    yield from ((section, lines) for section, lines in found.items() if lines)


def _headers(rule: Rule, examples: Mapping[tuple[str, str], str]) -> Iterator[str]:
    by_header: dict[str, list[Entry]] = {}
    for entry in rule.of(COLUMN):
        by_header.setdefault(entry.valeur, []).append(entry)
    for header, several in by_header.items():
        names = [str(e.propose or "") for e in several]
        seen = examples.get((several[0].fichier, header), "")
        yield _line(_quoted(header), _one_or_list(names), several[0], seen)


def _several(entries: Iterable[Entry]) -> Iterator[str]:
    """A line for each column, with all that is said of it."""
    by_column: dict[str, list[Entry]] = {}
    for entry in entries:
        by_column.setdefault(entry.colonne, []).append(entry)
    for column, several in by_column.items():
        yield _line(column, _one_or_list([str(e.propose) for e in several]), several[0])


def _values(rule: Rule, column: str) -> Iterator[str]:
    """A line for each printed value that is not read so anyway."""
    by_value: dict[str, list[Entry]] = {}
    for entry in rule.of(CODE):
        if entry.colonne == column and not (rule.table and needless(rule.table, entry)):
            by_value.setdefault(entry.valeur, []).append(entry)
    for printed, several in by_value.items():
        first = several[0]
        plain = [e for e in several if not e.si]
        read = _read(plain[0]) if plain else f"[{', '.join(map(_under_condition, several))}]"
        yield _line(_quoted(printed), read, first)


def needless(table: Table, entry: Entry) -> bool:
    """Whether a value is read so without a profile."""
    if entry.propose is None:
        return False
    value = Value(entry.valeur, str(entry.propose), {name: (code,) for name, code in entry.si.items()})
    return as_in_the_contract(value, table.column(entry.colonne))


def _read(entry: Entry) -> str:
    return _quoted(UNREADABLE if entry.propose is None else entry.propose)


def _under_condition(entry: Entry) -> str:
    when = ", ".join(f"{name} = {_quoted(code)}" for name, code in entry.si.items())
    return f"{{ si = {{ {when} }}, lu = {_read(entry)} }}"


def _line(name: str, value: str, entry: Entry, seen: str = "") -> str:
    line = f"{name} = {value}"
    if entry.confiance == SURE:
        return line
    shown = f" ; exemples : {seen}" if seen else ""
    return f"# {line}  {NOT_KNOWN}{shown}" if entry.confiance == UNKNOWN else f"# {line}  {TO_CONFIRM}"


def _one_or_list(texts: Sequence[str]) -> str:
    return _quoted(texts[0]) if len(texts) == 1 else f"[{', '.join(map(_quoted, texts))}]"


def _quoted(text: Proposed) -> str:
    return string(str(text)).as_string()
