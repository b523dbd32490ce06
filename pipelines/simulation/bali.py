"""The BALI deliveries of a published year and of the year before it, with the published figures.

The order follows what constrains what: profiles and motives of the closures, their types and themes, their durations and
so the year of their saisine; then the saisines still open; then who detected; then persons, actions and care.
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from pipelines.simulation import people, writing
from pipelines.simulation.closures import (
    AGES,
    CARE,
    COORDINATES,
    MOTIVES,
    YES_NO,
    Closures,
    back_to_working_day,
    closures,
    first_day,
    from_working_day,
    profile,
    situations,
    years_of_age,
)
from pipelines.simulation.content import Rows, actions, care
from pipelines.simulation.detections import NOT_PERTINENT, OPEN, OTHER_CLOSED, Saisines, detect, numbers
from pipelines.simulation.fitting import chosen
from pipelines.simulation.generic import write_delivery
from pipelines.simulation.shapes import Bools, Ints, blanked, days, gathered, organismes, shapes, whole
from pipelines.simulation.targets import Targets
from schemas.exports.bali import ID
from schemas.nomenclatures import FAMILLE_DE_CATEGORIE, MOTIFS_SUCCES, SEXE, THEMATIQUE, TYPE_ACCOMPAGNEMENT

STILL_OPEN = -1  # motive of a saisine that is not closed
UNKNOWN = 2  # position after the two values of a sex or a yes/no
FIRST_NUMBER = 2_200_000_000
USUAL_WAIT = 75.0  # days that a saisine still open has been so, on average
AT_END = ("motif_cloture", *YES_NO)
SENT_AGAIN, SENT_FROM, SENT_TO = "_corrigee", "_premiere", "_derniere"


@dataclass
class Cases:
    """Accompaniments of any state, one value a row; `end` is the closure, or the end of the published year."""

    cell: Ints
    motive: Ints
    kind: Ints
    sex: Ints
    yes_no: dict[str, Ints]
    addressed: dict[str, Bools]
    succeeded: dict[str, Bools]
    complementary: Bools
    start: Ints
    end: Ints

    def __len__(self) -> int:
        return self.cell.size

    @property
    def open(self) -> Bools:
        return np.asarray(self.motive == STILL_OPEN, dtype=np.bool_)

    @property
    def help(self) -> Bools:
        return np.asarray(COORDINATES[2][self.cell] == 1, dtype=np.bool_)


def write_bali(rng: np.random.Generator, raw: Path, targets: Targets, seed: int, scale: float) -> None:
    """Write the deliveries extracted in the Januaries after the year before and after the published year."""
    year = targets.year
    cases = _cases(rng, targets, scale)
    frame = _frame(rng, targets, cases, scale)
    rows = Rows(_content_view(frame, cases))
    themes = list(THEMATIQUE)
    acts, cares = actions(rng, targets, rows, themes).drop("_rang"), care(rng, targets, rows).drop("_rang")
    dirt = targets.assumptions["salete"]["part"]
    frame = _corrected(rng, frame, year, dirt)
    for y in (year - 1, year):
        sent = _as_known(frame, y, year)
        extraction = date(y + 1, 1, 15)
        write_delivery(rng, raw, extraction, (sent, *_children(acts, cares, sent, y)), dirt=dirt)
        parameters = {"publication": targets.folder.name, "scale": scale}
        writing.mark(raw / "bali" / extraction.isoformat(), seed, parameters)


# --- cases --------------------------------------------------------------------------------------------------


def _cases(rng: np.random.Generator, targets: Targets, scale: float) -> Cases:
    year = targets.year
    sizes = {y: round((targets.number("clotures.nombre", y) or 0) * scale) for y in (year, year - 1)}
    fit = profile(targets, year, sizes[year], scale)
    last = closures(rng, targets, year, fit)
    before = closures(rng, targets, year - 1, profile(targets, year - 1, sizes[year - 1], scale, like=fit))
    wanted = numbers(targets, scale)
    begun = last.closed - last.lasted
    carried = int(((begun >= first_day(year - 1)) & (begun < first_day(year))).sum())
    supposed = targets.assumptions["detections"]
    room = wanted[year - 1].saisines - carried - round(supposed["en_cours_veille"] * scale)
    before.lasted = _begun_within(before, room)
    within = int((before.closed - before.lasted >= first_day(year - 1)).sum())
    own = int((begun >= first_day(year)).sum())
    still = wanted[year].saisines - own
    left = wanted[year - 1].saisines - carried - within
    if min(still, left) < 0:
        raise RuntimeError("detections: more closures than saisines")
    of_care = round(supposed["part_soins"] * wanted[year].saisines) - int(
        (last.kind[begun >= first_day(year)] == CARE).sum()
    )
    help_open = round(targets.assumptions["help"]["en_cours"] * scale)
    return _joined(
        [
            _closed(last),
            _closed(before),
            _open(rng, last, still, of_care, help_open, year, targets),
            _open(rng, last, left, left * 3 // 4, 0, year - 1, targets),
        ]
    )


def _begun_within(rows: Closures, wanted: int) -> Ints:
    """The durations, stretched or shortened so that as many as wanted begin in the year they end."""
    low, high = 0.2, 5.0
    for _ in range(40):
        factor = (low + high) / 2
        lasted = from_working_day(whole(rows.lasted * factor), rows.closed)
        within = int((rows.closed - lasted >= first_day(rows.year)).sum())
        low, high = (factor, high) if within > wanted else (low, factor)
    return from_working_day(whole(rows.lasted * high), rows.closed)


def _closed(rows: Closures) -> Cases:
    return Cases(
        rows.cell,
        rows.motive,
        rows.kind,
        rows.sex,
        rows.yes_no,
        rows.addressed,
        rows.succeeded,
        rows.complementary,
        rows.closed - rows.lasted,
        rows.closed,
    )


def _open(
    rng: np.random.Generator, like: Closures, size: int, of_care: int, of_help: int, year: int, targets: Targets
) -> Cases:
    """Saisines of `year` still open at the end of the published year, about the same people as the closed ones."""
    plain, helped = np.flatnonzero(~like.help), np.flatnonzero(like.help)
    of_help = min(of_help, size) if helped.size else 0
    model = np.concatenate([rng.choice(helped, of_help), rng.choice(plain, size - of_help)])
    kind = np.full(size, 1 - CARE)
    helped_care = round(targets.assumptions["help"]["part_soins_en_cours"] * of_help)
    kind[:helped_care] = CARE
    rest = min(max(of_care - helped_care, 0), size - of_help)
    kind[of_help : of_help + rest] = CARE
    end = first_day(targets.year + 1) - 1
    none = np.zeros(size, dtype=np.bool_)
    begun = [theme_rows[model] & (rng.random(size) < 0.6) for theme_rows in like.addressed.values()]
    return Cases(
        like.cell[model],
        np.full(size, STILL_OPEN),
        kind,
        like.sex[model],
        {name: np.full(size, UNKNOWN) for name in YES_NO},
        dict(zip(like.addressed, begun, strict=True)),
        dict.fromkeys(like.addressed, none),
        none,
        _waiting_since(rng, year, size, end),
        np.full(size, end),
    )


def _waiting_since(rng: np.random.Generator, year: int, size: int, end: int) -> Ints:
    """Days of saisine in `year` of what is still open at `end`: the later, the likelier."""
    first, last = first_day(year), min(first_day(year + 1) - 1, end)
    waited = whole(rng.exponential(USUAL_WAIT, size)) % (last - first + 1)
    start = last - waited
    return np.asarray(np.maximum(start - back_to_working_day(start), first), dtype=np.int64)


def _joined(parts: list[Cases]) -> Cases:
    def both(name: str) -> np.ndarray:
        return np.concatenate([getattr(p, name) for p in parts])

    def each(name: str) -> dict[str, np.ndarray]:
        return {key: np.concatenate([getattr(p, name)[key] for p in parts]) for key in getattr(parts[0], name)}

    return Cases(
        both("cell"),
        both("motive"),
        both("kind"),
        both("sex"),
        each("yes_no"),
        each("addressed"),
        each("succeeded"),
        both("complementary"),
        both("start"),
        both("end"),
    )


# --- rows ---------------------------------------------------------------------------------------------------


def _frame(rng: np.random.Generator, targets: Targets, cases: Cases, scale: float) -> pl.DataFrame:
    size, parts = len(cases), shapes()["parts"]
    category, structure, organisme = _detected(rng, targets, cases, scale)
    sex = np.where(cases.sex == UNKNOWN, rng.integers(0, 2, size), cases.sex)
    birth, person = _persons(rng, cases, organisme, sex)
    nir = people.nirs(rng, people.Persons(sex, birth, organisme)).gather(pl.Series(person))
    waited = np.minimum(rng.integers(0, 8, size), cases.end - cases.start)
    doctor = cases.yes_no["medecin_traitant_fin"]
    had_doctor = rng.random(size) < np.where(doctor == 0, 0.92, np.where(doctor == 1, 0.04, 0.80))
    unknown_age = pl.Series(COORDINATES[0][cases.cell] == len(AGES))
    order = pl.Series(np.lexsort((np.arange(size), cases.start)))
    number = np.empty(size, dtype=np.int64)
    number[order.to_numpy()] = np.arange(size) + FIRST_NUMBER
    return pl.DataFrame(
        {
            ID: pl.Series(number).cast(pl.String),
            "nir": blanked(rng, nir, parts["nir_vide"]),
            "organisme": gathered(organismes().codes, organisme),
            "date_saisine": days(cases.start),
            "date_ouverture": blanked(rng, days(cases.start + waited), parts["ouverture_vide"]),
            "date_cloture": pl.select(pl.when(pl.Series(~cases.open)).then(days(cases.end))).to_series(),
            "motif_cloture": gathered([*MOTIVES, None], cases.motive % (len(MOTIVES) + 1)),
            "type_accompagnement": gathered(list(TYPE_ACCOMPAGNEMENT), cases.kind),
            "famille_detecteur": category.replace_strict(FAMILLE_DE_CATEGORIE, return_dtype=pl.String),
            "categorie_detecteur": category,
            "structure": structure,
            "help": pl.Series(cases.help),
            "sexe": gathered([*SEXE, None], cases.sex),
            "date_naissance": pl.select(pl.when(~unknown_age).then(days(birth))).to_series(),
            "medecin_traitant_debut": blanked(rng, pl.Series(had_doctor), parts["debut_vide"]),
            **{name: gathered([True, False, None], values) for name, values in cases.yes_no.items()},
            "situation": pl.Series(situations(rng, cases.cell), dtype=pl.String),
            "handicap": pl.Series(COORDINATES[3][cases.cell] == 1),
        }
    )


def _detected(
    rng: np.random.Generator, targets: Targets, cases: Cases, scale: float
) -> tuple[pl.Series, pl.Series, Ints]:
    """Category, structure and organisme of every case, found year of saisine by year of saisine."""
    year, size = targets.year, len(cases)
    known = numbers(targets, scale)
    status = np.where(
        cases.open, OPEN, np.where(cases.motive == MOTIVES.index("NON_PERTINENT"), NOT_PERTINENT, OTHER_CLOSED)
    )
    bounds = {year: (first_day(year), first_day(year + 1)), year - 1: (first_day(year - 1), first_day(year))}
    bounds[year - 2] = (0, first_day(year - 1))
    places, categories, structures = [], [], []
    organisme = np.zeros(size, dtype=np.int64)
    for y, (first, after) in bounds.items():
        mine = np.flatnonzero((cases.start >= first) & (cases.start < after))
        like = known[max(y, year - 1)]
        external = like.external if y in known else round(mine.size * like.external / like.saisines)
        found = detect(rng, targets, Saisines(y, cases.kind[mine], cases.help[mine], status[mine]), external, scale)
        places.append(mine)
        categories.append(found.category)
        structures.append(found.structure)
        organisme[mine] = found.organisme
    order = pl.Series(np.argsort(np.concatenate(places), kind="stable"))
    return pl.concat(categories).gather(order), pl.concat(structures).gather(order), organisme


def _persons(rng: np.random.Generator, cases: Cases, organisme: Ints, sex: Ints) -> tuple[Ints, Ints]:
    """Birth day of each case, and the case whose person it is about: some persons come twice."""
    size = len(cases)
    age_class = COORDINATES[0][cases.cell]
    birth = people.birth_days(rng, years_of_age(rng, cases.cell), cases.start)
    order = np.lexsort((rng.random(size), age_class, sex, organisme))
    here, before = order[1::2], order[: size - size % 2 : 2]
    here, before = here[: before.size], before[: here.size]
    bounds = np.array([*shapes()["ages"].values(), (0, 0)])[age_class[here]]
    years = people.completed_years(birth[before], cases.start[here])
    again = (
        (rng.random(here.size) < 2 * (1 - shapes()["parts"]["personnes_par_accompagnement"]))
        & (age_class[here] == age_class[before])
        & (sex[here] == sex[before])
        & (organisme[here] == organisme[before])
        & (years >= bounds[:, 0])
        & (years < bounds[:, 1])
    )
    person = np.arange(size)
    person[here[again]] = before[again]
    return birth[person], person


def _content_view(frame: pl.DataFrame, cases: Cases) -> pl.DataFrame:
    closed_in = pl.col("date_cloture").dt.year().fill_null(0).cast(pl.Int64)
    return frame.select(
        ID,
        "categorie_detecteur",
        "help",
        pl.col("motif_cloture").is_in(MOTIFS_SUCCES).fill_null(False).alias("succes"),
        closed_in.alias("annee_cloture"),
        pl.Series("debut", cases.start),
        pl.Series("fin", cases.end),
        pl.Series("type", cases.kind),
        pl.Series("complementaire", cases.complementary),
        *(pl.Series(f"aborde_{t}", rows) for t, rows in cases.addressed.items()),
        *(pl.Series(f"reussit_{t}", rows) for t, rows in cases.succeeded.items()),
    )


# --- deliveries ---------------------------------------------------------------------------------------------


def _corrected(rng: np.random.Generator, frame: pl.DataFrame, year: int, share: float) -> pl.DataFrame:
    """First and last year each row is sent; a few closures of the year before are sent again, corrected."""
    closed_before = (frame["date_cloture"].dt.year() < year).fill_null(False).to_numpy()
    again = chosen(rng, closed_before, round(share * frame.height))
    return frame.with_columns(
        pl.max_horizontal(pl.col("date_saisine").dt.year().cast(pl.Int64), pl.lit(year - 1)).alias(SENT_FROM),
        pl.when(pl.Series(closed_before & ~again)).then(year - 1).otherwise(year).alias(SENT_TO),
        pl.Series(SENT_AGAIN, again),
    )


def _as_known(frame: pl.DataFrame, y: int, year: int) -> pl.DataFrame:
    """The rows of the delivery of year `y`, as known at its end; what is corrected later is still wrong."""
    sent = frame.filter((pl.col(SENT_FROM) <= y) & (pl.col(SENT_TO) >= y)).sort(ID)
    wrong = pl.when(pl.col("motif_cloture") == "ABANDON").then(pl.lit("NON_PERTINENT")).otherwise(pl.lit("ABANDON"))
    if y < year:
        motive = pl.when(SENT_AGAIN).then(wrong).otherwise("motif_cloture")
        sent = sent.with_columns(motive.alias("motif_cloture"))
    closed = pl.col("date_cloture") <= pl.date(y, 12, 31)
    opened = pl.col("date_ouverture") <= pl.date(y, 12, 31)
    return sent.with_columns(
        pl.when(opened).then("date_ouverture").alias("date_ouverture"),
        *(pl.when(closed).then(name).alias(name) for name in ("date_cloture", *AT_END)),
    )


def _children(acts: pl.DataFrame, cares: pl.DataFrame, sent: pl.DataFrame, y: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The actions and care of the rows sent, as known at the end of the year."""
    ids = sent.select(ID)
    end = pl.date(y, 12, 31)
    own_acts = acts.join(ids, on=ID, how="semi", maintain_order="left").filter(pl.col("date_action") <= end)
    done = (pl.col("date_realisation") <= end).fill_null(False)
    own_cares = cares.join(ids, on=ID, how="semi", maintain_order="left").with_columns(
        (pl.col("realise") & done).alias("realise"), pl.when(done).then("date_realisation").alias("date_realisation")
    )
    return own_acts, own_cares
