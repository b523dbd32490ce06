"""Adapt to files of another form: what is answered, remembered and proposed about them, and the profile that says it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from os.path import commonpath
from pathlib import Path

import polars as pl

from pipelines.adoption.answers import expanded
from pipelines.adoption.assistant.proposing import Proposals, propose
from pipelines.adoption.entries import CODE, COLUMN, DATE, SURE, TABLE, Entry, Key, table_named
from pipelines.adoption.forms import NOT_EXPORTS, candidates
from pipelines.adoption.memory import remembered, without_doubts
from pipelines.adoption.profile import parsed
from pipelines.adoption.writing import HEAD, needless, profile_text
from pipelines.errors import Refused
from pipelines.reading.listing import Lying
from pipelines.reading.references import read_reference
from schemas.exports.referentiels import ORGANISMES, ORGANISMES_FILE, shipped_organismes


@dataclass(frozen=True)
class Files:
    """The files to adapt to, each by its path under `folder`."""

    folder: Path
    files: tuple[Lying, ...]

    @property
    def names(self) -> list[str]:
        return [file.name for file in self.files]

    @cached_property
    def organismes(self) -> pl.DataFrame:
        given = self.folder / NOT_EXPORTS[0] / ORGANISMES_FILE
        return read_reference(given if given.exists() else shipped_organismes(), ORGANISMES)


def found_at(paths: Sequence[Path]) -> Files:
    """The files of a folder, or some files or folders of one. Raises Refused where there is none."""
    for path in paths:
        if not path.exists():
            raise Refused(f"{path} : introuvable")
    alone = len(paths) == 1 and paths[0].is_dir()
    folder = paths[0] if alone else Path(commonpath([p.absolute().parent for p in paths]))
    files = [f for f in candidates(folder) if any(f.path.absolute().is_relative_to(p.absolute()) for p in paths)]
    if not files:
        raise Refused(f"{', '.join(map(str, paths))} : aucun fichier à lire")
    return Files(folder, tuple(files))


@dataclass
class Adaptation:
    """What is known of some files: what a former profile says, what has been answered, and what is proposed for the rest."""

    files: Files
    profile: Path
    answers: list[Entry] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)  # patterns of answers that mean no file
    proposals: Proposals = field(default_factory=Proposals)

    @cached_property
    def former(self) -> str:
        """The text of the former profile."""
        return self.profile.read_text(encoding="utf-8-sig") if self.profile.exists() else ""

    @cached_property
    def remembered(self) -> list[Entry]:
        return list(remembered(self.files.folder, parsed(self.profile, self.former))) if self.former else []

    def answer(self, answers: Iterable[Entry]) -> None:
        """Take answers for granted; the later win."""
        found, lost = expanded(answers, self.files.files)
        said = {entry.key for entry in found if entry.quoi != DATE}
        self.answers = [*(a for a in self.answers if a.key not in said), *found]
        self.lost += list(dict.fromkeys(entry.fichier for entry in lost))

    def propose(self) -> None:
        """Propose anew, from what is known by now."""
        known = [*(e for e in self.remembered if e.key not in {a.key for a in self.answers}), *self.answers]
        self.proposals = propose(self.files.files, self.files.organismes, known)
        there = {(e.fichier, e.table, e.propose) for e in self.remembered if e.quoi == COLUMN}
        left = _left(self.proposals.entries, known)
        self.proposals.entries = [e for e in left if (e.fichier, e.table, e.colonne) not in there or not _understood(e)]

    @property
    def entries(self) -> list[Entry]:
        """What is new: answers, then proposals."""
        return [*self.answers, *self.proposals.entries]

    @property
    def doubts(self) -> list[Entry]:
        return [e for e in self.proposals.entries if e.confiance != SURE]

    @property
    def text(self) -> str:
        """The profile: the former text, and what is new after it."""
        told = profile_text(self.entries, self.files.names, self.proposals.above, self.proposals.examples)
        return f"{without_doubts(self.former) if self.former else HEAD}\n{told}" if told else self.former or HEAD

    def write(self) -> None:
        """Write the profile. Raises Refused where the whole would be no profile."""
        parsed(self.profile, self.text)
        self.profile.write_text(self.text, encoding="utf-8")


def _understood(entry: Entry) -> bool:
    """Whether it is a value that needs no line of a profile."""
    table = table_named(entry.table) if entry.table else None
    return entry.quoi == CODE and table is not None and needless(table, entry)


def _left(proposed: Iterable[Entry], known: Sequence[Entry]) -> list[Entry]:
    """What is proposed beyond what is known: of files that hold a table, of columns whose dates are not told."""
    said: set[Key] = {e.key for e in known}
    dated = {(e.fichier, e.table, e.colonne) for e in known if e.quoi == DATE}
    no_tables = {e.fichier for e in known if e.quoi == TABLE and e.propose is None}
    conditional = {e.key[:5] for e in known if e.quoi == CODE}
    return [
        e
        for e in proposed
        if e.key not in said
        and e.key[:5] not in conditional
        and e.fichier not in no_tables
        and not (e.quoi == DATE and (e.fichier, e.table, e.colonne) in dated)
    ]
