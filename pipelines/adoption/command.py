"""`adass adapter` in a terminal."""

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from pipelines.adoption.adapter import answered, found_at, write_profile
from pipelines.adoption.entries import read_entries, write_entries


def adapt(paths: Sequence[Path], profile: Path, answers: Path | None, json: Path | None, *, ask: bool) -> None:
    """Write the profile of some files. Raises Refused where they, the answers or a former profile cannot be read."""
    console = Console()
    files = found_at(paths)
    entries, lost = answered(files, read_entries(answers) if answers else [])
    for pattern in lost:
        console.print(f"Aucun fichier ne correspond à « {pattern} »", highlight=False, markup=False)
    write_profile(profile, files, entries)
    if json:
        write_entries(json, entries)
    console.print(f"{profile} : écrit", highlight=False, markup=False)
