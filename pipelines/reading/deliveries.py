"""Which deliveries lie in the raw folder, and which file belongs to which table."""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from pipelines.errors import Refused
from pipelines.reading.files import FORMATS
from pipelines.reading.form import Held
from pipelines.reading.regular import regular, within
from schemas.exports.declarations import Delivery, Source

SYNTHETIC_MARK = "_simulation.json"
_PARTS = {"jour": r"\d{4}-\d{2}-\d{2}", "annee": r"\d{4}", "organisme": r"[0-9A-Za-z]+"}


@dataclass(frozen=True)
class Fault:
    """Why something of the raw folder cannot be read, in French; which file of a delivery, where it is one."""

    text: str
    source: str = ""
    delivery: str = ""
    file: str = ""


Refuse = Callable[[Fault], None]  # what is done about a fault; where that raises nothing, what has it is left out


def refuse(fault: Fault) -> None:
    raise Refused(fault.text)


@dataclass(frozen=True)
class Arrived:
    """A delivery as it lies on disk: its files by table, in reading order."""

    delivery: Delivery
    folders: tuple[Path, ...]
    files: dict[str, list[Held]] = field(default_factory=dict)

    @property
    def synthetic(self) -> bool:
        return any((folder / SYNTHETIC_MARK).exists() for folder in self.folders)


def arrived(raw: Path, source: Source, elsewhere: Collection[Path] = (), refuse: Refuse = refuse) -> list[Arrived]:
    """The deliveries of a source, oldest first; refuses a folder whose name says nothing.

    `elsewhere`: files that something else says how to read, which need not lie where the contract has them.
    """
    first, *patterns = source.folder.split("/")
    found: list[tuple[dict[str, str], Path]] = [({}, raw / first)]
    for pattern in patterns:
        part = pattern.strip("{}")
        found = [
            (names | {part: child.name}, child)
            for names, folder in found
            for child in _folders(folder, raw)
            if not _only(child, elsewhere) and _expected(child, part, raw, refuse)
        ]
    deliveries: list[Arrived] = []
    for names, folder in found:
        try:
            delivery = _delivery(source, names)
        except Refused as error:
            refuse(Fault(str(error)))
            continue
        deliveries.append(Arrived(delivery, (folder,), _files(folder, delivery, source, raw, elsewhere, refuse)))
    return sorted(deliveries, key=lambda a: a.delivery.name)


def _folders(folder: Path, raw: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(within(c, raw) for c in folder.iterdir() if c.is_dir() and not c.name.startswith("."))


def _only(folder: Path, elsewhere: Collection[Path]) -> bool:
    """Whether all files under a folder, of which there are some, are read otherwise."""
    return bool(elsewhere) and bool(found := _names(folder)) and found <= set(elsewhere)


def _names(folder: Path) -> set[Path]:
    return {p for p in folder.rglob("*") if p.is_file() and not p.name.startswith((".", "~$"))}


def _expected(child: Path, part: str, raw: Path, refuse: Refuse) -> bool:
    if re.fullmatch(_PARTS[part], child.name):
        return True
    refuse(Fault(f"{child.relative_to(raw)} : dossier inattendu, un nom de la forme {_form(part)} est attendu"))
    return False


def _form(part: str) -> str:
    return {"jour": "AAAA-MM-JJ", "annee": "AAAA"}.get(part, "« code d'organisme »")


def named_delivery(source: Source, name: str) -> Delivery:
    """The delivery that a source's folder would name so ("2025-01-20", "311/2024"). Raises Refused for any other name."""
    parts = [part.strip("{}") for part in source.folder.split("/")[1:]]
    values = name.split("/")
    if len(values) != len(parts) or not all(re.fullmatch(_PARTS[p], v) for p, v in zip(parts, values, strict=False)):
        raise Refused(f"livraison « {name} » : un nom de la forme {'/'.join(map(_form, parts))} est attendu")
    return _delivery(source, dict(zip(parts, values, strict=True)))


def _delivery(source: Source, names: dict[str, str]) -> Delivery:
    name = "/".join(names.values())
    try:
        day = date.fromisoformat(names["jour"]) if "jour" in names else None
    except ValueError:
        raise Refused(f"{source.name}/{name} : « {name} » n'est pas une date") from None
    year = int(names["annee"]) if "annee" in names else None
    return Delivery(source.name, name, day=day, year=year, organisme=names.get("organisme"))


def _files(
    folder: Path, delivery: Delivery, source: Source, raw: Path, elsewhere: Collection[Path], refuse: Refuse
) -> dict[str, list[Held]]:
    """Files by table, each with the longest table name that its own name starts with."""
    by_length = sorted((t.name for t in source.tables), key=len, reverse=True)
    files: dict[str, list[Held]] = {}
    for path in sorted(regular(within(p, raw)) for p in folder.iterdir() if not p.is_dir() and p not in elsewhere):
        name = path.name.casefold()
        table = next((t for t in by_length if name.startswith(t)), None)
        if table and not name.endswith(FORMATS):
            known = ", ".join(FORMATS)
            told = f"{source.name}/{folder.name}/{path.name} : format non pris en charge (attendu : {known})"
            refuse(Fault(told, source.name, delivery.name, path.name))
        elif table:
            files.setdefault(table, []).append(Held(path, path.name))
    return files
