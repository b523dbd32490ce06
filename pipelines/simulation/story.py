"""What is planted in a simulated year: events, and how the territories differ.

Two tables of the publication's folder: `evenements.csv`, one row for each thing that happens, which tests and readers
check the tool against; `territoires.csv`, one row for each organisme.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

import numpy as np

from pipelines.simulation.shapes import EPOCH, Floats, organismes

STEP, TREND, SEASON = "PALIER", "TENDANCE", "SAISON"  # in the country
BACKLOG, STOP, LATE_START = "ARRIERE", "ARRET", "DEMARRAGE"  # in one organisme, as the next three
NOT_PERTINENT, ATYPICAL, GROWTH = "NON_PERTINENT", "ATYPIQUE", "CROISSANCE"
KINDS = (STEP, TREND, SEASON, BACKLOG, STOP, LATE_START, NOT_PERTINENT, ATYPICAL, GROWTH)
EVENTS_FILE, TERRITORIES_FILE = "evenements.csv", "territoires.csv"
FAR = 10**6  # later than any day


@dataclass(frozen=True)
class Event:
    """One planted event: `effect` is a ratio, or points (of a share, of a rate of growth), as its kind says."""

    name: str
    kind: str
    territory: str
    first: date
    last: date | None
    effect: float

    @property
    def since(self) -> int:
        """The first day (since 1970)."""
        return (self.first - EPOCH).days

    @property
    def until(self) -> int:
        """The day after the last one; far away where it lasts."""
        return (self.last - EPOCH).days + 1 if self.last else FAR

    @property
    def place(self) -> int:
        """The position of its organisme."""
        return organismes().codes.index(self.territory)


class Story:
    """The events and territories declared in a folder such as `pipelines/simulation/data/2024`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @cached_property
    def events(self) -> tuple[Event, ...]:
        rows = self._rows(EVENTS_FILE)
        return tuple(
            Event(
                r["evenement"], r["type"], r["territoire"], _day(r["debut"]), _day_or_none(r["fin"]), float(r["effet"])
            )
            for r in rows
        )

    def of(self, *kinds: str) -> Iterator[Event]:
        """The events of some kinds."""
        return (event for event in self.events if event.kind in kinds)

    @cached_property
    def _territories(self) -> list[dict[str, str]]:
        by_code = {row["organisme"]: row for row in self._rows(TERRITORIES_FILE)}
        return [by_code[code] for code in organismes().codes]

    def trait(self, name: str) -> Floats:
        """A column of `territoires.csv`, one value for each organisme, in their order."""
        return np.array([float(row[name]) for row in self._territories])

    def added(self, name: str, kind: str) -> Floats:
        """A trait, with the effects of the events of a kind on top."""
        values = self.trait(name)
        for event in self.of(kind):
            values[event.place] += event.effect
        return values

    def _rows(self, name: str) -> list[dict[str, str]]:
        with (self._folder / name).open(encoding="utf-8", newline="") as stream:
            return list(csv.DictReader(stream, delimiter=";"))


def _day(text: str) -> date:
    return date.fromisoformat(text)


def _day_or_none(text: str) -> date | None:
    return _day(text) if text else None
