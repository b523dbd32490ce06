"""What is proposed or answered about files of another form, entry by entry, and the JSON that such a list is written as."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pipelines.errors import Refused
from schemas.exports.declarations import Table
from schemas.exports.sources import SOURCES
from schemas.text import clean

SURE, PROBABLE, UNKNOWN = "sure", "probable", "inconnue"
TABLE, DELIVERY, SHEET, SEPARATOR, ENCODING = "table", "livraison", "feuille", "separateur", "encodage"
SKIPPED, LEFT_OUT, COLUMN, CONSTANT, CODE = "lignes_sautees", "lignes_exclues", "colonne", "constante", "code"
DATE, WIDE = "date", "large"
KINDS = (TABLE, DELIVERY, SHEET, SEPARATOR, ENCODING, SKIPPED, LEFT_OUT, COLUMN, CONSTANT, CODE, DATE, WIDE)
OF_A_COLUMN = {CONSTANT, CODE, DATE, WIDE}  # their `colonne` is one of the contract
# What a profile says besides, of which nobody is asked: a column that follows from another, the ending of a number.
DEDUCED, ENDING = "deduite", "fin"
EXCLUDE = "exclure"

Proposed = str | int | None
Key = tuple[str, str | None, str, str, str, tuple[tuple[str, str], ...]]


@dataclass(frozen=True)
class Entry:
    """One thing said of a file, or of the files of a shell pattern: what `quoi` is, for `colonne` and `valeur`."""

    fichier: str
    table: str | None
    quoi: str
    colonne: str = ""
    valeur: str = ""
    propose: Proposed = None
    confiance: str = SURE
    si: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def key(self) -> Key:
        """What two entries that answer the same question have in common."""
        return (self.fichier, self.table, self.quoi, self.colonne, self.valeur, tuple(sorted(self.si.items())))

    def of(self, file: str) -> "Entry":
        return replace(self, fichier=file)

    def told(self) -> dict[str, object]:
        told: dict[str, object] = {
            "fichier": self.fichier, "table": self.table, "quoi": self.quoi, "colonne": self.colonne, "valeur": self.valeur,
            "propose": self.propose, "confiance": self.confiance,
        }  # fmt: skip
        return {**told, "si": dict(self.si)} if self.si else told


def table_named(name: str) -> Table | None:
    """The table of a name, "actions" or "enquete.actions"; of two with one name the one of BALI."""
    source, _, own = name.rpartition(".")
    found = (t for s in SOURCES if source in {"", s.name} for t in s.tables if t.name == own)
    return next(found, None)


def short_name(table: Table) -> str:
    """How entries name a table: by its own name where that is enough."""
    return table.name if table_named(table.name) == table else f"{table.source}.{table.name}"


def write_entries(path: Path, entries: Iterable[Entry]) -> None:
    lines = (json.dumps(e.told(), ensure_ascii=False) for e in entries if e.quoi in KINDS)
    path.write_text("[\n" + ",\n".join(lines) + "\n]\n", encoding="utf-8")


def read_entries(path: Path) -> list[Entry]:
    """Answers, in the form in which proposals are written. Raises Refused, naming the entry at fault."""
    try:
        told = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise Refused(f"{path} : réponses illisibles ({error.strerror})") from error
    except ValueError as error:
        raise Refused(f"{path.name} : ce n'est pas du JSON ({error})") from error
    if not isinstance(told, list):
        raise Refused(f"{path.name} : une liste de réponses est attendue")
    return [_entry(f"{path.name}, réponse {number} :", one) for number, one in enumerate(told, 1)]


def _entry(place: str, told: object) -> Entry:
    if not isinstance(told, dict):
        raise Refused(f"{place} un objet est attendu")
    if told.get("quoi") not in KINDS:
        raise Refused(f"{place} quoi « {told.get('quoi')} » est inconnu (connus : {', '.join(KINDS)})")
    if not isinstance(told.get("fichier"), str):
        raise Refused(f"{place} fichier est attendu")
    entry = Entry(
        told["fichier"], told.get("table") or None, told["quoi"], str(told.get("colonne") or ""),
        clean(str(told.get("valeur") or "")), _proposed(place, told), SURE, _when(place, told.get("si")),
    )  # fmt: skip
    return _checked(place, entry)


def _proposed(place: str, told: dict[str, Any]) -> Proposed:
    value = told.get("propose")
    if isinstance(value, bool) or not isinstance(value, str | int | None):
        raise Refused(f"{place} propose doit être un texte, un nombre ou null")
    if told["quoi"] != SKIPPED or value is None:
        return value
    try:
        return int(value)
    except ValueError:
        raise Refused(f"{place} « {value} » n'est pas un nombre de lignes") from None


def _when(place: str, told: object) -> dict[str, str]:
    if told is None:
        return {}
    if not isinstance(told, dict) or not all(isinstance(v, str) for v in told.values()):
        raise Refused(f"{place} si nomme des colonnes et leurs valeurs")
    return {str(name): value for name, value in told.items()}


def _checked(place: str, entry: Entry) -> Entry:
    table = table_named(entry.table) if entry.table else None
    if entry.table and not table:
        raise Refused(f"{place} table « {entry.table} » inconnue")
    if entry.quoi == TABLE and entry.propose is not None and not table_named(str(entry.propose)):
        raise Refused(f"{place} table « {entry.propose} » inconnue")
    columns = {c.name for c in table.columns} if table else set()
    for name in (*([entry.colonne] if entry.quoi in OF_A_COLUMN else []), *entry.si):
        if table and name not in columns:
            raise Refused(f"{place} colonne « {name} » inconnue dans {entry.table}")
    return entry
