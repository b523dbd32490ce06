"""Plausible shapes, declared in `schemas/simulation/`, and draws from them."""

import csv
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from schemas.exports.referentiels import shipped_organismes

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Texts = npt.NDArray[np.object_]

FOLDER = Path(str(files("pipelines.simulation") / "data"))
EPOCH = date(1970, 1, 1)


@cache
def shapes() -> dict[str, Any]:
    """The weights by code, as declared."""
    return tomllib.loads((FOLDER / "formes.toml").read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Organismes:
    """The organismes of the shipped list: code, département, short name of the territory, weight (sums to 1)."""

    codes: list[str]
    places: list[str]
    names: list[str]
    weights: Floats


@cache
def organismes() -> Organismes:
    weights = {row["organisme"]: float(row["poids"]) for row in table("poids_organismes.csv")}
    rows = _rows(shipped_organismes())
    found = np.array([weights[row["organisme"]] for row in rows])
    # the mission is proportionally more active in small caisses
    softened = found**0.85
    return Organismes(
        [row["organisme"] for row in rows],
        [row["departement"] for row in rows],
        [row["nom"].split(" ", 1)[1] for row in rows],
        softened / softened.sum(),
    )


def table(name: str) -> list[dict[str, str]]:
    """The rows of a CSV file (`;`) of `schemas/simulation/`."""
    return _rows(FOLDER / name)


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, delimiter=";"))


# --- draws ------------------------------------------------------------------------------------------------


def index_by_weight(rng: np.random.Generator, weights: Sequence[float] | Floats, size: int) -> Ints:
    """Positions drawn with the given relative weights."""
    bounds = np.cumsum(np.asarray(weights, dtype=np.float64))
    return np.searchsorted(bounds / bounds[-1], rng.random(size), side="right").astype(np.int64)


def codes_by_weight(rng: np.random.Generator, weights: Mapping[str, float], size: int) -> pl.Series:
    """Codes drawn with the given relative weights."""
    codes = list(weights)
    return gathered(codes, index_by_weight(rng, list(weights.values()), size))


def gathered(values: Sequence[object], positions: Ints) -> pl.Series:
    """The values at the positions."""
    return pl.Series(values).gather(pl.Series(positions))


def days_by_season(rng: np.random.Generator, years: Sequence[int], size: int) -> Ints:
    """Days (since 1970) of the years, with the season, the days of the week and the growth of the shapes."""
    calendar = shapes()["calendrier"]
    first = (date(min(years), 1, 1) - EPOCH).days
    last = (date(max(years), 12, 31) - EPOCH).days

    def weight(day: date) -> float:
        if day.year not in years:
            return 0.0
        growth = calendar["croissance"] ** (day.year - min(years))
        return float(calendar["mois"][day.month - 1] * calendar["jours"][day.weekday()] * growth)

    weights = [weight(EPOCH + timedelta(days=d)) for d in range(first, last + 1)]
    return first + index_by_weight(rng, weights, size)


def durations(rng: np.random.Generator, kind: str, size: int) -> Ints:
    """Log-normal durations in whole days of a type of accompaniment."""
    shape = shapes()["durees"][kind]
    drawn = rng.lognormal(np.log(shape["mediane"]), shape["sigma"], size)
    return whole(np.minimum(drawn, shapes()["durees"]["la_plus_longue"]))


def whole(values: npt.NDArray[Any]) -> Ints:
    """The values as whole numbers, cut towards zero."""
    return np.asarray(values, dtype=np.int64)


def yes(rng: np.random.Generator, share: float, size: int) -> Bools:
    return rng.random(size) < share


def days(values: Ints) -> pl.Series:
    """Days since 1970 as dates."""
    return pl.Series(values, dtype=pl.Int64).cast(pl.Int32).cast(pl.Date)


def blanked(rng: np.random.Generator, values: pl.Series, share: float) -> pl.Series:
    """The values with a share of them missing."""
    keep = pl.Series(rng.random(values.len()) >= share)
    return pl.select(pl.when(keep).then(values)).to_series().alias(values.name)
