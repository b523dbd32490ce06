"""Every file that lies under a folder, those inside archives too, by its path."""

import unicodedata
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from pipelines.reading.regular import regular, within

ARCHIVES = (".zip",)
_NOT_OURS = ("__MACOSX/",)


@dataclass(frozen=True)
class Lying:
    """A file, or a member of an archive, under the path that patterns are compared with ("lot.zip/dossier/f.csv")."""

    path: Path
    name: str
    member: str = ""
    alone: bool = False  # the only member of its archive, which its pattern may name instead

    def fits(self, pattern: str) -> bool:
        """Whether a path or a shell pattern means this file; `*` crosses folders."""
        wanted = _composed(pattern)
        names = [self.name, self.name.removesuffix(f"/{self.member}")] if self.alone else [self.name]
        return any(name == wanted or fnmatchcase(name, wanted) for name in names)


def lying(folder: Path) -> Iterator[Lying]:
    """The files under a folder in the order of their paths; those that a program keeps for itself are left out.

    Raises Refused where one is no file, or a link out of the folder.
    """
    for path in sorted(p for p in folder.rglob("*") if not p.is_dir()):
        relative = path.relative_to(folder)
        if not any(part.startswith((".", "~$")) for part in relative.parts):
            yield from _inside(regular(within(path, folder)), _composed(relative.as_posix()))


def _inside(path: Path, name: str) -> list[Lying]:
    members = _members(path) if name.casefold().endswith(ARCHIVES) else []
    if not members:
        return [Lying(path, name)]
    return [Lying(path, f"{name}/{_composed(m)}", m, alone=len(members) == 1) for m in members]


def _members(path: Path) -> list[str]:
    """The files of an archive; none of one that cannot be opened, which whoever reads it says."""
    try:
        with zipfile.ZipFile(path) as archive:
            found = [i.filename for i in archive.infolist() if not i.is_dir()]
    except (OSError, zipfile.BadZipFile):
        return []
    return sorted(m for m in found if not m.startswith(_NOT_OURS))


def _composed(name: str) -> str:
    """Letters with their accents in one, as keyboards type them and some disks do not keep them."""
    return unicodedata.normalize("NFC", name)
