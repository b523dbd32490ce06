"""The figures a simulation must reproduce, as data: a folder of `schemas/simulation/` for each publication.

`chiffres.csv` holds the published figures, `structures.csv` the table of the first external structures, `hypotheses.toml`
what is not published, and `ecarts.csv` the figures that contradict others, each with its reason: they are not aimed at.
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

SHIPPED = FOLDER / "2024"
NEAR = 0.05  # "~" : within 5 %, or the precision where wider
MORE = 0.1  # ">" : at least, and less than a tenth above
# a little inside the bounds, so that no figure hangs on the last bit of a division
INSIDE = 0.02

_WHICH = ("reference", "indicateur", "annee", "niveau", "territoire", "public", "modalite", "valeur")


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


@dataclass(frozen=True)
class Figure:
    """One published figure."""

    reference: str
    indicator: str
    year: int
    level: str
    territory: str
    public: str
    modality: str
    comparator: str
    value: float
    precision: float

    @property
    def interval(self) -> Interval:
        if self.comparator == "=":
            return Interval(self.value - self.precision, self.value + self.precision)
        if self.comparator == "~":
            room = max(NEAR * abs(self.value), self.precision)
            return Interval(self.value - room, self.value + room)
        above = self.value * (1 + MORE)
        return Interval(self.value, above - 1e-6 * abs(above))


class Targets:
    """The targets of one publication. Raises Refused where two figures aimed at exclude each other."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @cached_property
    def assumptions(self) -> dict[str, Any]:
        return tomllib.loads((self.folder / "hypotheses.toml").read_text(encoding="utf-8"))

    @property
    def year(self) -> int:
        return int(self.assumptions["annee"])

    @cached_property
    def figures(self) -> tuple[Figure, ...]:
        """Every published figure."""
        return tuple(_figure(row) for row in _rows(self.folder / "chiffres.csv"))

    @cached_property
    def structures(self) -> list[dict[str, str]]:
        return _rows(self.folder / "structures.csv")

    @cached_property
    def reasons(self) -> list[dict[str, str]]:
        """The figures that cannot be met, with the figures they contradict and why."""
        return _rows(self.folder / "ecarts.csv")

    @cached_property
    def aimed(self) -> dict[tuple[str, int, str, str], Interval]:
        """What is aimed at, by indicator, year, public and modalité: the values that agree with all its figures."""
        left_out = {tuple(row[c] for c in _WHICH) for row in self.reasons}
        found: dict[tuple[str, int, str, str], Interval] = {}
        for row, figure in zip(_rows(self.folder / "chiffres.csv"), self.figures, strict=True):
            if tuple(row[c] for c in _WHICH) in left_out:
                continue
            place = (figure.indicator, figure.year, figure.public, figure.modality)
            own, known = figure.interval, found.get(place)
            if known is not None:
                own = _both(own, known, figure)
            found[place] = own
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
        place = f"{figure.indicator} {figure.year} {figure.public} {figure.modality}".strip()
        raise Refused(f"Cibles : {place} : deux valeurs publiées qui s'excluent, l'une doit figurer dans ecarts.csv")
    return Interval(min(low, high), max(low, high)) if low <= high else Interval((low + high) / 2, (low + high) / 2)


def _figure(row: dict[str, str]) -> Figure:
    return Figure(
        row["reference"], row["indicateur"], int(row["annee"]), row["niveau"], row["territoire"], row["public"],
        row["modalite"], row["comparateur"], float(row["valeur"]), float(row["precision"]),
    )


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, delimiter=";"))
