"""Ask about what is in doubt, one question each, in a terminal."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from rich.console import Console
from rich.prompt import Prompt

from pipelines.adoption.adapter import Adaptation
from pipelines.adoption.entries import SURE, Entry, Proposed
from pipelines.adoption.questions import Question, question

SKIP, STOP = "?", "fin"
_HOW = f"Entrée : ce qui est proposé ; « {SKIP} » : passer ; « {STOP} » : arrêter les questions ; « - » : rien de tout cela"


def ask_about(adaptation: Adaptation, console: Console) -> None:
    """Ask each doubt once, wherever it holds; answers are taken for granted, and what follows from them is proposed anew."""
    asked: set[tuple[object, ...]] = set()
    console.print(_HOW)
    while doubts := [d for d in _together(adaptation.doubts) if d[0].key[1:] not in asked]:
        asked.add(doubts[0][0].key[1:])
        answer = _asked(question(doubts[0][0], adaptation.proposals.examples), console)
        if answer == STOP:
            return
        if answer != SKIP:
            proposed = None if answer == "-" else answer
            adaptation.answer(replace(e, propose=proposed, confiance=SURE) for e in doubts[0])
            adaptation.propose()


def _together(doubts: Iterable[Entry]) -> Iterator[list[Entry]]:
    """The doubts that are one question: the same of several files."""
    several: dict[tuple[object, ...], list[Entry]] = {}
    for entry in doubts:
        several.setdefault((*entry.key[1:], entry.propose), []).append(entry)
    return iter(several.values())


def _asked(about: Question, console: Console) -> Proposed:
    console.print(about.text)
    choices = ", ".join(f"{code} ({label})" if label else code for code, label in about.choices.items())
    if choices:
        console.print(f"  {choices}")
    while True:
        default = str(about.proposed) if about.proposed is not None else SKIP
        answer = Prompt.ask("  ", console=console, default=default).strip()
        if not about.choices or answer in {*about.choices, SKIP, STOP, "-"}:
            return answer
        console.print("  Ce n'est pas l'un des choix.")
