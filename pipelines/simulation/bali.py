"""The BALI deliveries of a published year, of the year before it and of some months after it, with the published figures.

The order follows what constrains what: who is about whom, how it ends and when (`cases.py`); who is external, in which
organisme, by which detector; then persons, openings, actions and care.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from pipelines.simulation import people, writing
from pipelines.simulation.cases import Cases, cases
from pipelines.simulation.closures import AGES, COORDINATES, MOTIVES, YES_NO, situations
from pipelines.simulation.content import Rows, actions, care
from pipelines.simulation.detections import Saisines, detect, external, numbers
from pipelines.simulation.fitting import chosen
from pipelines.simulation.generic import write_delivery
from pipelines.simulation.lives import had_doctor, openings, persons
from pipelines.simulation.moments import Calendar, first_day, year_of
from pipelines.simulation.shapes import EPOCH, Ints, blanked, days, gathered, organismes, shapes
from pipelines.simulation.targets import Targets
from pipelines.simulation.territories import found_in
from schemas.exports.bali import ID
from schemas.nomenclatures import FAMILLE_DE_CATEGORIE, MOTIFS_SUCCES, SEXE, THEMATIQUE, TYPE_ACCOMPAGNEMENT

FIRST_NUMBER = 2_200_000_000
AT_END = ("motif_cloture", *YES_NO)
SENT_AGAIN, SENT_FROM, SENT_TO = "_corrigee", "_premiere", "_derniere"


@dataclass(frozen=True)
class Delivery:
    """A delivery: the day it is extracted, and the last day (since 1970) that it knows of."""

    extraction: date
    known: int


def write_bali(rng: np.random.Generator, raw: Path, targets: Targets, seed: int, scale: float) -> None:
    """Write the deliveries extracted after the year before, after the published year, and at the end of the story."""
    calendar = Calendar(targets)
    rows = cases(rng, targets, calendar, scale)
    frame = _frame(rng, calendar, rows, scale)
    view = Rows(_content_view(frame, rows))
    acts, cares = actions(rng, targets, view, list(THEMATIQUE)).drop("_rang"), care(rng, targets, view).drop("_rang")
    dirt = targets.assumptions["salete"]["part"]
    sent = _deliveries(targets, calendar)
    frame = _corrected(rng, frame, sent, dirt)
    parameters = {"publication": targets.folder.name, "scale": scale}
    for place, delivery in enumerate(sent):
        own = _as_known(frame, place, delivery)
        children = _children(acts, cares, own, delivery)
        write_delivery(rng, raw, delivery.extraction, (own, *children), dirt=dirt)
        writing.mark(raw / "bali" / delivery.extraction.isoformat(), seed, parameters)


def _deliveries(targets: Targets, calendar: Calendar) -> list[Delivery]:
    years = [Delivery(date(y + 1, 1, 15), first_day(y + 1) - 1) for y in (targets.year - 1, targets.year)]
    return [*years, Delivery(EPOCH + timedelta(days=calendar.end + 1), calendar.end)]


# --- rows ---------------------------------------------------------------------------------------------------


def _frame(rng: np.random.Generator, calendar: Calendar, rows: Cases, scale: float) -> pl.DataFrame:
    size, parts, targets = len(rows), shapes()["parts"], calendar.targets
    category, structure, organisme = _detected(rng, calendar, rows, scale)
    known = persons(rng, targets, rows, organisme)
    nir = people.nirs(rng, people.Persons(known.sex, known.birth, organisme)).gather(pl.Series(known.person))
    unknown_age = pl.Series(COORDINATES[0][rows.cell] == len(AGES))
    number = np.empty(size, dtype=np.int64)
    number[np.argsort(rows.start, kind="stable")] = np.arange(size) + FIRST_NUMBER
    return pl.DataFrame(
        {
            ID: pl.Series(number).cast(pl.String),
            "nir": blanked(rng, nir, parts["nir_vide"]),
            "organisme": gathered(organismes().codes, organisme),
            "date_saisine": days(rows.start),
            "date_ouverture": openings(rng, targets, rows, organisme),
            "date_cloture": pl.select(pl.when(pl.Series(~rows.open)).then(days(rows.end))).to_series(),
            "motif_cloture": gathered([*MOTIVES, None], rows.motive % (len(MOTIVES) + 1)),
            "type_accompagnement": gathered(list(TYPE_ACCOMPAGNEMENT), rows.kind),
            "famille_detecteur": category.replace_strict(FAMILLE_DE_CATEGORIE, return_dtype=pl.String),
            "categorie_detecteur": category,
            "structure": structure,
            "help": pl.Series(rows.help),
            "sexe": gathered([*SEXE, None], rows.sex),
            "date_naissance": pl.select(pl.when(~unknown_age).then(days(known.birth))).to_series(),
            "medecin_traitant_debut": blanked(rng, had_doctor(rng, targets, rows, organisme), parts["debut_vide"]),
            **{name: gathered([True, False, None], values) for name, values in rows.yes_no.items()},
            "situation": pl.Series(situations(rng, rows.cell), dtype=pl.String),
            "handicap": pl.Series(COORDINATES[3][rows.cell] == 1),
        }
    )


def _detected(
    rng: np.random.Generator, calendar: Calendar, rows: Cases, scale: float
) -> tuple[pl.Series, pl.Series, Ints]:
    """Category, structure and organisme of every case: who is external first, then where, then by whom."""
    targets, ending = calendar.targets, rows.ending
    years = np.maximum(year_of(rows.start), targets.year - 2)
    outside = np.zeros(len(rows), dtype=np.bool_)
    places = [np.flatnonzero(years == y) for y in np.unique(years)]
    for mine in places:
        year = int(years[mine[0]])
        size = _external_wanted(targets, year, mine.size, scale)
        outside[mine] = external(rng, targets, year, rows.kind[mine], rows.help[mine], ending[mine], size)
    organisme = found_in(rng, calendar, rows, outside)
    found = [
        detect(
            rng,
            targets,
            Saisines(int(years[m[0]]), rows.cell[m], rows.kind[m], rows.help[m], ending[m], outside[m], organisme[m]),
            scale,
        )
        for m in places
    ]
    order = pl.Series(np.argsort(np.concatenate(places), kind="stable"))
    categories, structures = (pl.concat(those).gather(order) for those in zip(*found, strict=True))
    return categories, structures, organisme


def _external_wanted(targets: Targets, year: int, size: int, scale: float) -> int:
    """External saisines among `size` of a year: as published, or in the proportion of the nearest year that is."""
    known = numbers(targets, scale)
    like = known[min(max(year, min(known)), max(known))]
    return like.external if year in known else round(size * like.external / like.saisines)


def _content_view(frame: pl.DataFrame, rows: Cases) -> pl.DataFrame:
    closed_in = pl.col("date_cloture").dt.year().fill_null(0).cast(pl.Int64)
    return frame.select(
        ID,
        "categorie_detecteur",
        "help",
        pl.col("motif_cloture").is_in(MOTIFS_SUCCES).fill_null(False).alias("succes"),
        closed_in.alias("annee_cloture"),
        pl.Series("debut", rows.start),
        pl.Series("fin", rows.end),
        pl.Series("type", rows.kind),
        pl.Series("complementaire", rows.complementary),
        *(pl.Series(f"aborde_{t}", marks) for t, marks in rows.addressed.items()),
        *(pl.Series(f"reussit_{t}", marks) for t, marks in rows.succeeded.items()),
    )


# --- deliveries ---------------------------------------------------------------------------------------------


def _corrected(rng: np.random.Generator, frame: pl.DataFrame, sent: list[Delivery], share: float) -> pl.DataFrame:
    """First and last delivery of each row; a few closures of the first delivery are sent again, corrected."""
    ends = [d.known for d in sent]
    first, last = (_delivery_of(frame[name], ends) for name in ("date_saisine", "date_cloture"))
    again = chosen(rng, last == 0, round(share * frame.height))
    return frame.with_columns(
        pl.Series(SENT_FROM, first), pl.Series(SENT_TO, np.where(again, 1, last)), pl.Series(SENT_AGAIN, again)
    )


def _delivery_of(day: pl.Series, ends: list[int]) -> Ints:
    """The position of the first delivery that knows of each day; of the last one where there is none."""
    number = day.cast(pl.Int32).fill_null(ends[-1]).to_numpy()
    return np.minimum(np.searchsorted(ends, number), len(ends) - 1)


def _as_known(frame: pl.DataFrame, place: int, delivery: Delivery) -> pl.DataFrame:
    """The rows of a delivery, as known at its end; what is corrected later is still wrong."""
    sent = frame.filter((pl.col(SENT_FROM) <= place) & (pl.col(SENT_TO) >= place)).sort(ID)
    wrong = pl.when(pl.col("motif_cloture") == "ABANDON").then(pl.lit("NON_PERTINENT")).otherwise(pl.lit("ABANDON"))
    if place == 0:
        motive = pl.when(SENT_AGAIN).then(wrong).otherwise("motif_cloture")
        sent = sent.with_columns(motive.alias("motif_cloture"))
    end = EPOCH + timedelta(days=delivery.known)
    closed, opened = pl.col("date_cloture") <= end, pl.col("date_ouverture") <= end
    return sent.with_columns(
        pl.when(opened).then("date_ouverture").alias("date_ouverture"),
        *(pl.when(closed).then(name).alias(name) for name in ("date_cloture", *AT_END)),
    )


def _children(
    acts: pl.DataFrame, cares: pl.DataFrame, sent: pl.DataFrame, delivery: Delivery
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The actions and care of the rows sent, as known at the end of the delivery."""
    ids, end = sent.select(ID), EPOCH + timedelta(days=delivery.known)
    own_acts = acts.join(ids, on=ID, how="semi", maintain_order="left").filter(pl.col("date_action") <= end)
    done = (pl.col("date_realisation") <= end).fill_null(False)
    own_cares = cares.join(ids, on=ID, how="semi", maintain_order="left").with_columns(
        (pl.col("realise") & done).alias("realise"), pl.when(done).then("date_realisation").alias("date_realisation")
    )
    return own_acts, own_cares
