"""Files of the raw folder that nothing reads: each is told, with why, since who put it there thinks that it is read."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from pipelines.reading.deliveries import SYNTHETIC_MARK
from schemas.exports.declarations import Source
from schemas.text import masked, nearest

NO_DATA = {".toml", ".md", ".json"}  # what tells about exports, outside of deliveries
NAMED = 3  # files of a line


@dataclass(frozen=True, order=True)
class Ignored:
    """A file that nothing reads: its path under the raw folder, why, and the folder under which it is told with others."""

    name: str
    why: str
    folder: str


def ignored(
    raw: Path, read: Collection[Path], sources: Iterable[Source], references: str, lists: Iterable[str]
) -> list[Ignored]:
    """The files under the raw folder that are not among those that are `read`, nor one of the `lists` of `references`."""
    depth = {s.name: s.folder.count("/") for s in sources}
    known = {raw / references / name for name in lists}
    return [
        _told(path.relative_to(raw).parts, depth, references, lists)
        for path in sorted(_files(raw))
        if path not in read and path not in known and not _tells(path.relative_to(raw), depth)
    ]


def _files(raw: Path) -> Iterator[Path]:
    """Every file but those that a program keeps for itself."""
    for path in raw.rglob("*"):
        own = any(part.startswith((".", "~$")) for part in path.relative_to(raw).parts)
        if not own and not path.is_dir() and path.name != SYNTHETIC_MARK:
            yield path


def _tells(path: Path, depth: dict[str, int]) -> bool:
    """Whether a file outside of any delivery is one that tells about exports."""
    return path.suffix in NO_DATA and len(path.parts) <= depth.get(path.parts[0], 0) + 1


def _told(parts: tuple[str, ...], depth: dict[str, int], references: str, lists: Iterable[str]) -> Ignored:
    first, name, folder = parts[0], "/".join(parts), "/".join(parts[:-1])
    if first == references:
        return _named(name, f"dans {references} ne sont lus que {' et '.join(lists)}", folder)
    if len(parts) > 1 and first not in depth:
        near = nearest(first, [*depth, references])
        hint = f" (le plus proche : {near})" if near else ""
        return _named(name, f"aucune source ne s'appelle « {masked(first)} »{hint}", first)
    delivery = parts[: depth.get(first, 0) + 1]
    if len(parts) <= len(delivery):
        return _named(name, "il n'est dans aucun dossier de livraison", folder)
    if len(parts) > len(delivery) + 1:
        return _named(name, "les sous-dossiers d'une livraison ne sont pas lus", "/".join(delivery))
    return _named(name, "son nom ne commence par celui d'aucune table", folder)


def _named(name: str, why: str, folder: str) -> Ignored:
    return Ignored(masked(name), why, masked(folder))


def lines(several: Iterable[Ignored]) -> list[str]:
    """What is told of them: a line for each folder and reason."""
    by_place = sorted(several, key=lambda one: (one.folder, one.why, one.name))
    return [_line(why, list(group)) for (_, why), group in groupby(by_place, key=lambda one: (one.folder, one.why))]


def _line(why: str, several: list[Ignored]) -> str:
    names = ", ".join(one.name for one in several[:NAMED]) + (", …" if len(several) > NAMED else "")
    count = "Fichier ignoré" if len(several) == 1 else f"{len(several)} fichiers ignorés"
    return f"{count}, {why} : {names}"
