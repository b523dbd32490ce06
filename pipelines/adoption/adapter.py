"""Adapt to files of another form: what is answered and proposed about them, and the profile that says it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from os.path import commonpath
from pathlib import Path

from pipelines.adoption.answers import expanded
from pipelines.adoption.entries import Entry
from pipelines.adoption.forms import candidates
from pipelines.adoption.profile import parsed
from pipelines.adoption.writing import HEAD, profile_text
from pipelines.errors import Refused
from pipelines.reading.listing import Lying


@dataclass(frozen=True)
class Files:
    """The files to adapt to, each by its path under `folder`."""

    folder: Path
    files: tuple[Lying, ...]

    @property
    def names(self) -> list[str]:
        return [file.name for file in self.files]


def found_at(paths: Sequence[Path]) -> Files:
    """The files of a folder, or some files or folders of one. Raises Refused where there is none."""
    for path in paths:
        if not path.exists():
            raise Refused(f"{path} : introuvable")
    folder = (
        paths[0] if len(paths) == 1 and paths[0].is_dir() else Path(commonpath([p.absolute().parent for p in paths]))
    )
    files = [f for f in candidates(folder) if any(f.path.absolute().is_relative_to(p.absolute()) for p in paths)]
    if not files:
        raise Refused(f"{', '.join(map(str, paths))} : aucun fichier à lire")
    return Files(folder, tuple(files))


def answered(files: Files, answers: Iterable[Entry]) -> tuple[list[Entry], list[str]]:
    """The answers, file by file, and the patterns of those that mean no file."""
    found, lost = expanded(answers, files.files)
    return found, list(dict.fromkeys(entry.fichier for entry in lost))


def write_profile(path: Path, files: Files, entries: Iterable[Entry]) -> None:
    """Write a profile, after what is there already. Raises Refused where the whole would be no profile."""
    former = path.read_text(encoding="utf-8-sig") if path.exists() else HEAD
    text = f"{former.rstrip()}\n\n{profile_text(entries, files.names)}"
    parsed(path, text)
    path.write_text(text, encoding="utf-8")
