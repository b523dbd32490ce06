"""How a marts folder is laid out, and what the manifest of a vintage says: for those who write it and those who read it.

marts/adass.duckdb -> courant/adass.duckdb
marts/adass_diffusion.duckdb -> courant/adass_diffusion.duckdb
marts/courant      -> millesimes/<vintage>
marts/millesimes/<vintage>/adass.duckdb, adass_diffusion.duckdb, manifeste.json
marts/millesimes/essais/<vintage>/ the same of a trial
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

CURRENT, VINTAGES, MANIFEST = "courant", "millesimes", "manifeste.json"
PREVIOUS = "precedent"
TRIALS = "essais"  # under the vintages, of which they are none
FILE = "adass.duckdb"  # the detail, and every figure
DIFFUSION = "adass_diffusion.duckdb"  # what everyone may see
SUM, OBSERVED = "somme", "jour_observation"  # in a manifest
_NAME = re.compile(r"\d{4}-\d{2}-\d{2}_\d{2}-\d{2}-\d{2}(-\d+)?")


class NoVintage(Exception):
    """The vintage that is asked for does not exist, or may not be read; the text says so in French."""


@dataclass(frozen=True)
class Input:
    """One delivered file as the manifest has it."""

    source: str
    livraison: str
    fichier: str
    sha256: str
    octets: int
    lues: int
    acceptees: int
    rejetees: int
    remplacees: int

    @property
    def place(self) -> str:
        return f"{self.source}/{self.livraison}/{self.fichier}"


@dataclass(frozen=True)
class Manifest:
    """What a vintage was made from. `files`: size and sha256 of its own files; `purged`: when its detail was removed."""

    name: str
    created: datetime
    synthetic: bool
    versions: Mapping[str, str]
    inputs: tuple[Input, ...]
    references: Mapping[str, str]
    files: Mapping[str, tuple[int, str]]
    purged: datetime | None = None


def names(marts: Path) -> tuple[str, ...]:
    """The vintages of a marts folder, the oldest first."""
    return tuple(p.name for p in _vintages(marts / VINTAGES))


def trials(marts: Path) -> tuple[Path, ...]:
    """The folders of the trials of a marts folder, the oldest first."""
    return _vintages(marts / VINTAGES / TRIALS)


def _vintages(shelf: Path) -> tuple[Path, ...]:
    found = [p for p in shelf.iterdir() if _NAME.fullmatch(p.name)] if shelf.is_dir() else []
    return tuple(sorted(found, key=lambda p: _order(p.name)))


def _order(name: str) -> tuple[str, int]:
    moment, number = name[:19], name[20:]
    return moment, int(number or 1)


def current(marts: Path) -> str:
    """The name of the vintage that is published now; empty where there is none."""
    link = marts / CURRENT
    return link.resolve().name if link.is_dir() else ""


def named(marts: Path, word: str) -> str:
    """The vintage that `word` stands for: a name, `courant` or `precedent`. Raises NoVintage."""
    every = names(marts)
    if not every:
        raise NoVintage(f"{marts} : aucun millésime n'est publié")
    now = current(marts)
    before = [name for name in every if _order(name) < _order(now)] if now else []
    if word == CURRENT and now:
        return now
    if word == PREVIOUS:
        if not before:
            raise NoVintage("aucun millésime ne précède le millésime courant")
        return before[-1]
    if word not in every:  # a name is never joined to a path before it is known
        raise NoVintage(f"millésime inconnu : « {word} » (voir adass millesimes lister)")
    return word


def folder(marts: Path, word: str) -> Path:
    """The folder of a vintage, see `named`."""
    return marts / VINTAGES / named(marts, word)


def read(folder: Path) -> Manifest:
    """The manifest of a vintage. Raises NoVintage where it cannot be read."""
    try:
        content = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        return _manifest(content)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise NoVintage(f"millésime {folder.name} : manifeste absent ou illisible") from error


def whole(folder: Path) -> dict[str, Any] | None:
    """All that the manifest of a vintage says; None where it is missing, damaged or has no sum."""
    try:
        content = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        return content if content[SUM] == sum_of(content) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def sum_of(manifest: Mapping[str, object]) -> str:
    """What the content of a manifest adds up to, its own sum left out."""
    told = {name: value for name, value in manifest.items() if name != SUM}
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def _manifest(content: dict[str, object]) -> Manifest:
    def entries(key: str) -> list[dict[str, object]]:
        found = content.get(key, [])
        return found if isinstance(found, list) else []

    purged = content.get("detail_purge_le")
    versions = content.get("versions")
    return Manifest(
        name=str(content["millesime"]),
        created=datetime.fromisoformat(str(content["cree_le"])).replace(tzinfo=None),
        synthetic=bool(content["synthetique"]),
        versions={str(k): str(v) for k, v in versions.items()} if isinstance(versions, dict) else {},
        inputs=tuple(_input(e) for e in entries("entrees")),
        references={str(e["fichier"]): str(e["sha256"]) for e in entries("referentiels")},
        files={str(e["nom"]): (int(str(e["octets"])), str(e["sha256"])) for e in entries("fichiers")},
        purged=datetime.fromisoformat(str(purged)).replace(tzinfo=None) if purged else None,
    )


def _input(entry: dict[str, object]) -> Input:
    def number(key: str) -> int:
        return int(str(entry[key]))

    return Input(
        source=str(entry["source"]),
        livraison=str(entry["livraison"]),
        fichier=str(entry["fichier"]),
        sha256=str(entry["sha256"]),
        octets=number("octets"),
        lues=number("lignes_lues"),
        acceptees=number("lignes_acceptees"),
        rejetees=number("lignes_rejetees"),
        remplacees=number("lignes_remplacees"),
    )


def sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def intact(path: Path) -> bool:
    """Whether a file of a vintage is the one that the manifest beside it names; true where there is no manifest.

    Reads the whole file, about a second for a gigabyte; a file of another size is not read. Raises NoVintage for a
    manifest that cannot be read.
    """
    if not (path.parent / MANIFEST).exists():
        return True
    size, digest = read(path.parent).files.get(path.name, (-1, ""))
    return path.stat().st_size == size and sha256(path) == digest
