"""The figures a simulation must reproduce, as data.

They are those of `schemas/publications/`; a folder of `schemas/simulation/` says how to reproduce them: `hypotheses.toml`
what is not published, and `ecarts.csv` the figures that contradict others, each with its reason: they are not aimed at.
A folder with publications of its own (`publications/`) is another year, or a test.
"""

import csv
import math
import tomllib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pipelines.errors import Refused
from pipelines.simulation.shapes import FOLDER
from pipelines.simulation.story import Story
from schemas.publications.printed import (
    CONTRADICTED_FILE,
    EXACT,
    NEAR,
    NEAR_TOLERANCE,
    OVER_TOLERANCE,
    STRUCTURES,
    Figure,
    figures,
    publications_folder,
    read_publications,
)

SHIPPED = FOLDER / "2024"
# a little inside the bounds, so that no figure hangs on the last bit of a division
INSIDE = 0.02


@dataclass(frozen=True)
class Interval:
    """Values that agree with what is published, both ends included."""

    low: float
    high: float

    @property
    def middle(self) -> float:
        return (self.low + self.high) / 2

    def counts(self, base: float) -> tuple[int, int]:
        """Whole numbers whose share of `base` agrees; the nearest one where the base is too small for any."""
        margin = INSIDE * (self.high - self.low) * base
        low, high = math.ceil(self.low * base + margin - 1e-9), math.floor(self.high * base - margin + 1e-9)
        if low > high:
            low = high = round(self.middle * base)
        return low, high


def interval(figure: Figure) -> Interval:
    """The values that agree with a figure, as its comparator says."""
    value, precision = figure.valeur, figure.precision
    if figure.comparateur == EXACT:
        return Interval(value - precision, value + precision)
    if figure.comparateur == NEAR:
        room = max(NEAR_TOLERANCE * abs(value), precision)
        return Interval(value - room, value + room)
    above = value * (1 + OVER_TOLERANCE)
    return Interval(value, above - 1e-6 * abs(above))


@dataclass(frozen=True)
class Structure:
    """What is published of an external structure."""

    name: str
    accompaniments: int
    care: Interval
    not_pertinent: Interval
    organismes: int


class Targets:
    """The targets of one publication. Raises Refused where two figures aimed at exclude each other."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @cached_property
    def assumptions(self) -> dict[str, Any]:
        return tomllib.loads((self.folder / "hypotheses.toml").read_text(encoding="utf-8"))

    @cached_property
    def story(self) -> Story:
        return Story(self.folder)

    @property
    def year(self) -> int:
        return int(self.assumptions["annee"])

    @cached_property
    def figures(self) -> tuple[Figure, ...]:
        """Every published figure that an indicator computes, or a column of the table of structures."""
        return tuple(f for f in figures(read_publications(self._publications)) if f.indicateur)

    @property
    def _publications(self) -> Path | None:
        """Publications of the folder's own; None: those that ship with the project."""
        own = self.folder / "publications"
        return own if own.exists() else None

    @cached_property
    def structures(self) -> list["Structure"]:
        """The first external structures of the year, most active first."""
        place = STRUCTURES + "accompagnements"
        numbers = self.modalities(place, self.year)
        found = [
            Structure(
                name,
                round(number.middle),
                self._of_structure("part_soins", name),
                self._of_structure("part_non_pertinent", name),
                round(self._of_structure("organismes", name).middle),
            )
            for name, number in numbers.items()
        ]
        return sorted(found, key=lambda s: -s.accompaniments)

    def _of_structure(self, column: str, name: str) -> Interval:
        return self.aimed[(STRUCTURES + column, self.year, "ensemble", name)]

    @cached_property
    def unmet(self) -> dict[tuple[str, str], dict[str, str]]:
        """The figures that cannot be met, by publication and key, with the figures they contradict and why."""
        with ((self._publications or publications_folder()) / CONTRADICTED_FILE).open(
            encoding="utf-8", newline=""
        ) as stream:
            return {(row["publication"], row["cle"]): row for row in csv.DictReader(stream, delimiter=";")}

    @cached_property
    def aimed(self) -> dict[tuple[str, int, str, str], Interval]:
        """What is aimed at, by indicator, year, public and modalité: the values that agree with all its figures."""
        found: dict[tuple[str, int, str, str], Interval] = {}
        for figure in self.figures:
            if (figure.publication, figure.cle) in self.unmet:
                continue
            place = (figure.indicateur, figure.annee, figure.public, figure.modalite)
            own, known = interval(figure), found.get(place)
            found[place] = own if known is None else _both(own, known, figure)
        return found

    def get(self, indicator: str, year: int, public: str = "ensemble", modality: str = "") -> Interval | None:
        return self.aimed.get((indicator, year, public, modality))

    def modalities(self, indicator: str, year: int, public: str = "ensemble") -> dict[str, Interval]:
        """What is aimed at by modalité; a modalité may be a sum of several (`A+B`)."""
        return {m: v for (i, y, p, m), v in self.aimed.items() if (i, y, p) == (indicator, year, public)}

    def number(self, indicator: str, year: int, public: str = "ensemble", modality: str = "") -> int | None:
        found = self.get(indicator, year, public, modality)
        return None if found is None else round(found.middle)


def _both(own: Interval, known: Interval, figure: Figure) -> Interval:
    low, high = max(own.low, known.low), min(own.high, known.high)
    if low > high + 1e-9:
        raise Refused(
            f"Cibles : {figure.cle} ({figure.reference}) exclut une autre valeur publiée ; l'une doit figurer dans ecarts.csv"
        )
    return Interval(min(low, high), max(low, high)) if low <= high else Interval((low + high) / 2, (low + high) / 2)
