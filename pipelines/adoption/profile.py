"""The reading profile, `profil.toml`: what each of its rules says, checked word by word.

    [[fichiers]]                                   # whatever table they hold
    motif = "Extraction du */*.csv"
    encodage = "cp1252"
    livraison = { chemin = "Extraction du %d-%m-%Y" }

    [[bali.accompagnements]]                       # what this table reads of the files that fit
    motif = "Extraction du */Suivi des accompagnements.csv"
    [bali.accompagnements.colonnes]
    "Clos le" = "date_cloture"
    [bali.accompagnements.valeurs.motif_cloture]
    "Clos - abandon" = "ABANDON"

All rules that fit a file hold for it, the later ones before the earlier, those of a table before those of `fichiers`.
A rule of a table without `motif` holds for every file of that table.
"""

import codecs
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipelines.adoption.aliases import refuse_shared
from pipelines.errors import Refused
from pipelines.reading.days import day_format
from pipelines.reading.form import AGE, NO, NUMBER, UNREADABLE, VOID, YES, Value
from schemas.exports.declarations import Column, Table
from schemas.exports.kinds import Code, CodeWithin, Day, YesNo
from schemas.exports.sources import SOURCES
from schemas.text import nearest, no_toml

PROFILE_FILE = "profil.toml"
FILES = "fichiers"
VALUE = "{valeur}"
# settings of a rule whose value is a section with a text, or several, by name
_SECTIONS = ("colonnes", "constantes", "deduites", "dates", "fins", "larges", "valeurs")
_PLAIN: dict[str, tuple[type, ...]] = {
    "motif": (str, list), "livraison": (str, dict), "separateur": (str,), "encodage": (str,), "feuille": (str, int),
    "lignes_sautees": (int,), "lignes_exclues": (str, list),
}  # fmt: skip
_FOR_ALL = {*_PLAIN, "constantes"}


@dataclass(frozen=True)
class Found:
    """A text that is read from the path of a file or from a line above its header."""

    pattern: str
    above: bool = False


@dataclass(frozen=True)
class Rule:
    """Settings for the files that fit one of `patterns`, by name; for all files of the table where there is none."""

    patterns: tuple[str, ...]
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Profile:
    """Rules for any file, and rules by table ("bali.accompagnements"), in the order of the file."""

    path: Path
    for_all: tuple[Rule, ...] = ()
    by_table: Mapping[str, tuple[Rule, ...]] = field(default_factory=dict)

    def rules(self) -> Iterator[Rule]:
        yield from self.for_all
        for rules in self.by_table.values():
            yield from rules


def found_value(pattern: str, text: str) -> str | None:
    """What stands in the place of `{valeur}` in a text, as short as it may be."""
    before, _, after = pattern.partition(VALUE)
    ending = re.escape(after) if after else r"\s*$"
    found = re.search(rf"{re.escape(before)}\s*(.+?)\s*{ending}", text)
    return found[1] if found else None


def read_profile(path: Path) -> Profile:
    """The profile of a file. Raises Refused, naming the section and what is wrong in it."""
    try:
        return parsed(path, path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise Refused(f"{path} : profil illisible ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise Refused(f"{path.name} : le profil n'est pas en UTF-8") from error


def parsed(path: Path, text: str) -> Profile:
    """The same of its text."""
    try:
        told = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Refused(f"{path.name} : profil illisible ({no_toml(error)})") from error
    checks = _Checks(path.name)
    for_all = tuple(checks.rule(f"[[{FILES}]]", one, None) for one in checks.rules(FILES, told.pop(FILES, [])))
    return Profile(path, for_all, dict(checks.by_table(told)))


class _Checks:
    """What a profile says, or Refused with the place where it says something else."""

    def __init__(self, file: str) -> None:
        self.file = file

    def refuse(self, place: str, problem: str) -> Refused:
        return Refused(f"{self.file} : {place} {problem}")

    def by_table(self, told: Mapping[str, Any]) -> Iterator[tuple[str, tuple[Rule, ...]]]:
        for source_name, tables in told.items():
            source = next((s for s in SOURCES if s.name == source_name), None)
            if source is None or not isinstance(tables, dict):
                raise self.refuse(f"[{source_name}]", self._unknown(source_name, [FILES, *(s.name for s in SOURCES)]))
            for name, rules in tables.items():
                place = f"{source_name}.{name}"
                if name not in {t.name for t in source.tables}:
                    raise self.refuse(f"[{place}]", self._unknown(name, [t.name for t in source.tables]))
                table = source.table(name)
                yield place, tuple(self.rule(f"[[{place}]]", one, table) for one in self.rules(place, rules))

    def rules(self, place: str, told: object) -> list[Mapping[str, Any]]:
        """Several rules; a single section is one of aliases, column by column, as `alias.toml` has them."""
        if isinstance(told, dict):
            headers = {name: self.texts(f"[{place}] {name}", forms) for name, forms in told.items()}
            refuse_shared(self.file, place, headers)
            return [{"colonnes": {header: name for name, forms in headers.items() for header in forms}}]
        if not (isinstance(told, list) and all(isinstance(one, dict) for one in told)):
            raise self.refuse(f"[[{place}]]", "doit être une suite de sections")
        return told

    def rule(self, place: str, told: Mapping[str, Any], table: Table | None) -> Rule:
        known = [*_PLAIN, *_SECTIONS] if table else list(_FOR_ALL)
        if unknown := next((name for name in told if name not in known), None):
            raise self.refuse(f"{place} {unknown}", self._unknown(unknown, known))
        if table is None and "motif" not in told:
            raise self.refuse(place, "doit avoir un motif de fichiers")
        settings = {name: self.setting(f"{place} {name}", name, value, table) for name, value in told.items()}
        return Rule(self.texts(place, settings.pop("motif", ())), settings)

    def setting(self, place: str, name: str, value: object, table: Table | None) -> object:
        if name in _PLAIN:
            return self.plain(place, name, value)
        if not isinstance(value, dict):
            raise self.refuse(place, "doit être une section")
        read = getattr(self, name)
        return {inner: read(f"{place}, {inner} :", inner, content, table) for inner, content in value.items()}

    def plain(self, place: str, name: str, value: object) -> object:
        if not isinstance(value, _PLAIN[name]) or isinstance(value, bool):
            raise self.refuse(place, "n'est pas de la forme attendue")
        if name in {"motif", "lignes_exclues"}:
            return self.texts(place, value)
        if isinstance(value, dict):
            return self.found(place, value)
        if name == "separateur" and len(str(value)) != 1:
            raise self.refuse(place, "doit être un seul caractère")
        if name == "lignes_sautees" and int(str(value)) < 0:
            raise self.refuse(place, "doit être un nombre de lignes")
        return self.encoding(place, str(value)) if name == "encodage" else value

    def encoding(self, place: str, name: str) -> str:
        try:
            "".encode(name)  # some codecs are of no text
            return codecs.lookup(name).name
        except LookupError:
            raise self.refuse(place, f"« {name} » n'est pas un encodage connu (utf-8, cp1252, utf-16…)") from None

    def found(self, place: str, told: Mapping[str, Any]) -> Found:
        if set(told) not in ({"chemin"}, {"entete"}) or not all(isinstance(v, str) for v in told.values()):
            raise self.refuse(place, 's\'écrit { chemin = "…" } ou { entete = "…" }')
        ((where, pattern),) = told.items()
        return Found(pattern, above=where == "entete")

    def texts(self, place: str, value: object) -> tuple[str, ...]:
        several = value if isinstance(value, list | tuple) else [value]
        if not all(isinstance(one, str) for one in several):
            raise self.refuse(place, "un texte ou une liste de textes est attendu")
        return tuple(several)

    # --- sections: header or column, then what it says ---

    def colonnes(self, place: str, header: str, value: object, table: Table) -> tuple[str, ...]:
        names = tuple(name for name in self.texts(place, value) if name)
        for name in names:
            if name != AGE or not any(c.age_at for c in table.columns):
                self.column(place, name, table)
        return names

    def constantes(self, place: str, name: str, value: object, table: Table | None) -> str | Found:
        if table:
            self.column(place, name, table)
        if isinstance(value, dict):
            found = self.found(place, value)
            if VALUE not in found.pattern:
                raise self.refuse(place, f"le motif doit contenir {VALUE}")
            return found
        return self.text(place, value)

    def deduites(self, place: str, name: str, value: object, table: Table) -> str:
        source = self.column(place, self.text(place, value), table)
        if not isinstance(source.kind, CodeWithin) or source.kind.parent != self.column(place, name, table).name:
            raise self.refuse(place, f"ne se déduit pas de {source.name}")
        return source.name

    def dates(self, place: str, name: str, value: object, table: Table) -> tuple[str, ...]:
        if not isinstance(self.column(place, name, table).kind, Day):
            raise self.refuse(place, "n'est pas une date")
        formats = self.texts(place, value)
        for codes in formats:
            try:
                day_format(codes)
            except ValueError as error:
                raise self.refuse(place, str(error)) from error
        return formats

    def fins(self, place: str, name: str, value: object, table: Table) -> tuple[str, ...]:
        self.column(place, name, table)
        return self.texts(place, value)

    def larges(self, place: str, name: str, value: object, table: Table) -> str:
        self.column(place, name, table)
        pattern = self.text(place, value)
        if pattern.count(NUMBER) != 1:
            raise self.refuse(place, f"l'en-tête doit contenir {NUMBER} une fois")
        return pattern

    def valeurs(self, place: str, name: str, value: object, table: Table) -> tuple[Value, ...]:
        column = self.column(place, name, table)
        if not isinstance(value, dict):
            raise self.refuse(place, "doit être une section de valeurs")
        return tuple(
            v
            for printed, read in value.items()
            for v in self.values(f"{place} {printed} :", printed, read, column, table)
        )

    def values(self, place: str, printed: str, told: object, column: Column, table: Table) -> Iterator[Value]:
        if isinstance(told, str):
            yield Value(printed, self.read(place, told, column))
            return
        if not (isinstance(told, list) and all(isinstance(one, dict) and set(one) == {"si", "lu"} for one in told)):
            raise self.refuse(place, 'un code, ou une liste de { si = { colonne = "code" }, lu = "code" }, est attendu')
        for one in told:
            yield Value(
                printed, self.read(place, self.text(place, one["lu"]), column), self.when(place, one["si"], table)
            )

    def when(self, place: str, told: object, table: Table) -> dict[str, tuple[str, ...]]:
        if not isinstance(told, dict) or not told:
            raise self.refuse(place, "si doit nommer des colonnes")
        return {self.column(place, name, table).name: self.texts(place, value) for name, value in told.items()}

    def read(self, place: str, read: str, column: Column) -> str:
        """What a value is read as: a code, oui, non, vide, or a text where the column holds texts."""
        if read in {VOID, UNREADABLE} or not isinstance(column.kind, Code | YesNo):
            return read
        allowed = [YES, NO] if isinstance(column.kind, YesNo) else [*column.kind.nomenclature]
        if read not in allowed:
            raise self.refuse(place, self._unknown(read, [*allowed, VOID, UNREADABLE]))
        return read

    def text(self, place: str, value: object) -> str:
        if not isinstance(value, str):
            raise self.refuse(place, "un texte est attendu")
        return value

    def column(self, place: str, name: str, table: Table) -> Column:
        found = next((c for c in table.columns if c.name == name), None)
        if found is None:
            raise self.refuse(place, self._unknown(name, [c.name for c in table.columns]))
        return found

    @staticmethod
    def _unknown(name: str, known: Iterable[str]) -> str:
        near = nearest(name, known)
        return f"« {name} » est inconnu{f' ; le plus proche : {near}' if near else ''}"
