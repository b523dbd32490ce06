"""`adass adapter` in a terminal."""

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from pipelines.adoption.adapter import Adaptation, found_at
from pipelines.adoption.asking import ask_about
from pipelines.adoption.entries import PROBABLE, SURE, UNKNOWN, read_entries, write_entries


def adapt(paths: Sequence[Path], profile: Path, answers: Path | None, json: Path | None, *, ask: bool) -> None:
    """Write the profile of some files. Raises Refused where they, the answers or a former profile cannot be read."""
    console = Console(highlight=False, markup=False)
    adaptation = Adaptation(found_at(paths), profile)
    adaptation.answer(read_entries(answers) if answers else [])
    adaptation.propose()
    if ask and console.is_terminal:
        ask_about(adaptation, console)
    adaptation.write()
    if json:
        write_entries(json, adaptation.entries)
    _tell(adaptation, console)


def _tell(adaptation: Adaptation, console: Console) -> None:
    for pattern in dict.fromkeys(adaptation.lost):
        console.print(f"Aucun fichier ne correspond à « {pattern} »")
    for file, why in adaptation.proposals.unread.items():
        console.print(f"{file} : non lu ({why})")
    several = [e.confiance for e in adaptation.proposals.entries]
    told = {SURE: "sûr(s)", PROBABLE: "à confirmer", UNKNOWN: "inconnu(s)"}
    counted = ", ".join(f"{several.count(kind)} {word}" for kind, word in told.items())
    console.print(f"{adaptation.profile} : écrit ({len(adaptation.answers)} réponse(s) ; proposés : {counted})")
