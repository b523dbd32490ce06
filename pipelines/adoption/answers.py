"""Answers about files, held against the files that there are."""

from collections.abc import Iterable, Sequence

from pipelines.adoption.entries import Entry
from pipelines.reading.listing import Lying


def expanded(entries: Iterable[Entry], files: Sequence[Lying]) -> tuple[list[Entry], list[Entry]]:
    """The entries, once for each file that their `fichier` means, and those that mean none."""
    found: list[Entry] = []
    lost: list[Entry] = []
    for entry in entries:
        meant = [file.name for file in files if file.fits(entry.fichier)]
        found += [entry.of(name) for name in meant]
        lost += [] if meant else [entry]
    return found, lost
