"""Whether a new delivery has wholly arrived in the raw folder: nothing half-copied is ever picked up.

A delivery counts as arrived when nothing in the raw folder has changed for a while, no file bears the name of a copy
under way, and its tables are there. The whole folder must be at rest: a refresh reads all of it.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from pipelines.errors import Refused
from pipelines.reading.deliveries import Arrived
from pipelines.vintages.inputs import Inputs
from schemas.outputs import vintages
from schemas.outputs.vintages import NoVintage, sha256

VARIABLE = "ADASS_CALME"
QUIET = 60.0  # seconds without any change
# endings and beginnings of the names that copies under way and open documents bear
ENDINGS = (".part", ".partial", ".filepart", ".tmp", ".temp", ".crdownload", ".download", ".swp", "~")
BEGINNINGS = ("~$", ".~")
NEEDED = {"bali": ("accompagnements", "actions", "soins"), "enquete": ("repondants",)}


@dataclass(frozen=True)
class Watch:
    """What is remembered between two looks: how the folder was, since when, and how it was when last judged."""

    seen: str = ""
    since: float = 0.0
    judged: str = ""

    @classmethod
    def read(cls, cursor: str | None) -> "Watch":
        return cls(**json.loads(cursor)) if cursor else cls()

    def write(self) -> str:
        return json.dumps(asdict(self))


@dataclass(frozen=True)
class Look:
    """What a look at the raw folder has found: a new content to be read, named by its fingerprint, or why there is none."""

    watch: Watch
    why: str
    content: str = ""


def quiet() -> float:
    """How long the folder must be at rest, in seconds."""
    return float(os.environ.get(VARIABLE, QUIET))


def look(raw: Path, marts: Path, watch: Watch, now: float) -> Look:
    """Whether there is something to read that the current vintage was not made from; `now` in seconds."""
    files = {str(p.relative_to(raw)): p for p in sorted(raw.rglob("*")) if p.is_file()}
    if copying := [name for name in files if _temporary(Path(name).name)]:
        return Look(replace(watch, seen=""), f"copie en cours : {copying[0]}")
    seen = _signature(files)
    if seen != watch.seen:
        return Look(replace(watch, seen=seen, since=now), "le dossier vient de changer : attente qu'il soit au repos")
    if now - watch.since < quiet():
        return Look(watch, "le dossier a changé il y a peu : attente qu'il soit au repos")
    if seen == watch.judged:
        return Look(watch, "rien de nouveau")
    return _judged(raw, marts, replace(watch, judged=seen))


def _temporary(name: str) -> bool:
    return name.lower().endswith(ENDINGS) or name.startswith(BEGINNINGS)


def _signature(files: Mapping[str, Path]) -> str:
    """Names, sizes and times of all files: cheap, and different as soon as one is written to."""
    stats = {name: path.stat() for name, path in files.items()}
    lines = [f"{name} {stat.st_size} {stat.st_mtime_ns}" for name, stat in stats.items()]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _judged(raw: Path, marts: Path, watch: Watch) -> Look:
    try:
        inputs = Inputs(raw)
        deliveries = list(inputs.every_delivery)
    except Refused:  # the refresh refuses it too, and its failure is told to somebody
        return Look(watch, "livraison à lire", watch.judged)
    known = _read_already(marts)
    found = {place: digest for a in deliveries for place, digest in _digests(a).items()}
    references = {p.name: sha256(p) for p in inputs.references}
    fresh = {place for place, digest in (found | references).items() if known.get(place) != digest}
    if not found or not fresh:
        return Look(watch, "tout est déjà lu")
    for one in deliveries:
        missing = [t for t in NEEDED.get(one.delivery.source, ()) if t not in one.files]
        if missing and any(place in fresh for place in _places(one)):
            waiting = f"livraison {one.delivery} incomplète : {', '.join(missing)} absent"
            return Look(replace(watch, judged=""), waiting)
    lines = sorted(f"{place} {digest}" for place, digest in (found | references).items())
    return Look(watch, "livraison à lire", hashlib.sha256("\n".join(lines).encode()).hexdigest())


def _places(one: Arrived) -> dict[str, Path]:
    return {f"{one.delivery}/{held.name}": held.path for several in one.files.values() for held in several}


def _digests(one: Arrived) -> dict[str, str]:
    return {place: sha256(path) for place, path in _places(one).items()}


def _read_already(marts: Path) -> dict[str, str]:
    """The sha256 of every file that the current vintage was made from, by its place."""
    try:
        manifest = vintages.read(vintages.folder(marts, vintages.CURRENT))
    except NoVintage:
        return {}
    return {i.place: i.sha256 for i in manifest.inputs} | dict(manifest.references)
