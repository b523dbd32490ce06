"""Invented persons: well-formed NIRs that nobody bears, sexes, birth dates."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from pipelines.simulation.shapes import Ints, organismes, shapes
from schemas.exports.nir import CORSICA

# INSEE gives no commune a number in these ranges: such a place of birth does not exist.
_COMMUNES = (950, 990)
_OVERSEAS_COMMUNES = (60, 90)


@dataclass(frozen=True)
class Persons:
    """Sex (0 man, 1 woman), day of birth (since 1970) and position of the organisme of each person."""

    sex: Ints
    birth: Ints
    organisme: Ints


def nirs(rng: np.random.Generator, persons: Persons) -> pl.Series:
    """A NIR for each person, most with their key."""
    size = persons.sex.size
    born = persons.birth.astype("datetime64[D]")
    year = born.astype("datetime64[Y]").astype(np.int64) % 100 + 70
    month = born.astype("datetime64[M]").astype(np.int64) % 12 + 1
    places = organismes().places
    overseas = np.array([len(p) == 3 for p in places])[persons.organisme]
    own = rng.integers(*_OVERSEAS_COMMUNES, size)
    island = np.array([int(p[2]) if len(p) == 3 else 0 for p in places])[persons.organisme]
    commune = np.where(overseas, island * 100 + own, rng.integers(*_COMMUNES, size))
    number = {
        "sexe": persons.sex + 1,
        "annee": year % 100,
        "mois": month,
        "lieu": np.array([int(CORSICA.get(p, p[:2])) for p in places])[persons.organisme],
        "commune": commune,
        "ordre": rng.integers(1, 1000, size),
    }
    whole = (
        (((number["sexe"] * 100 + number["annee"]) * 100 + number["mois"]) * 100 + number["lieu"]) * 1000
        + number["commune"]
    ) * 1000 + number["ordre"]
    frame = pl.DataFrame(
        number
        | {
            "texte": pl.Series([p[:2] for p in places]).gather(pl.Series(persons.organisme)),
            "cle": 97 - whole % 97,
            "avec": rng.random(size) >= shapes()["parts"]["nir_sans_cle"],
        }
    )

    def digits(name: str, width: int) -> pl.Expr:
        return pl.col(name).cast(pl.String).str.zfill(width)

    birth = [digits("sexe", 1), digits("annee", 2), digits("mois", 2)]
    place = [pl.col("texte"), digits("commune", 3), digits("ordre", 3)]
    key = pl.when("avec").then(digits("cle", 2)).otherwise(pl.lit(""))
    return frame.select(pl.concat_str(*birth, *place, key).alias("nir")).to_series()


def birth_days(rng: np.random.Generator, years: Ints, at: Ints) -> Ints:
    """Days of birth that give exactly these ages in completed years at the given days (since 1970)."""
    day = at.astype("datetime64[D]")
    month_of = day.astype("datetime64[M]")
    month, in_month = month_of.astype(np.int64) - years * 12, (day - month_of).astype(np.int64)
    # the 28th at most, so that the day exists in every month
    turned = month.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64) + np.minimum(in_month, 27)
    return np.asarray(turned - rng.integers(0, 360, years.size), dtype=np.int64)


def completed_years(birth: Ints, at: Ints) -> Ints:
    """Ages in completed years at the given days (since 1970)."""

    def number(day: Ints) -> Ints:
        whole_day = day.astype("datetime64[D]")
        month = whole_day.astype("datetime64[M]")
        months = month.astype(np.int64)
        return np.asarray(
            (months // 12) * 10_000 + (months % 12) * 100 + (whole_day - month).astype(np.int64), dtype=np.int64
        )

    return np.asarray((number(at) - number(birth)) // 10_000, dtype=np.int64)
