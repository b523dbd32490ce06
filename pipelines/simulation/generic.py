"""BALI deliveries of any size: plausible, deterministic by seed, in no relation with published figures."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from pipelines.simulation import dirt as d
from pipelines.simulation import people, writing
from pipelines.simulation.shapes import (
    EPOCH,
    Ints,
    blanked,
    codes_by_weight,
    days,
    days_by_season,
    durations,
    gathered,
    index_by_weight,
    organismes,
    shapes,
    table,
    yes,
)
from pipelines.simulation.writing import Format
from schemas.exports.bali import ACCOMPAGNEMENTS, ACTIONS, ID, SOINS
from schemas.nomenclatures import FAMILLE_DE_CATEGORIE, FAMILLE_INTERNE, TYPE_ACCOMPAGNEMENT

CLOSING = ("motif_cloture", "medecin_traitant_fin", "c2s_fin", "ald_fin")
SENT_FROM, SENT_TO = "_premiere", "_derniere"  # years of the first and last delivery that hold a row


def simulate(
    raw: Path,
    *,
    years: Sequence[int],
    accompaniments: int,
    seed: int,
    dirt: float = 0.01,
    actions_per: float = 3.0,
    care_per: float = 0.67,
    actions: int | None = None,
    care: int | None = None,
    fmt: Format = "csv",
) -> None:
    """Write `raw/bali/<day>/` for each of the consecutive `years`, and `raw/referentiels/structures.csv`.

    A delivery is extracted in mid January after its year and holds the year's saisines and closures and the stock
    carried over, as known at the end of the year. Without dirt the files of accompagnements hold `accompaniments` rows
    in all; those of actions and soins `actions` and `care` rows (by default so many per accompagnement). `dirt` is
    the share of rows touched by dirt; every rule of BALI then occurs (R12 in CSV files only).
    """
    rng = np.random.default_rng(seed)
    parameters = {
        "years": list(years),
        "accompaniments": accompaniments,
        "dirt": dirt,
        "actions_per": actions_per,
        "care_per": care_per,
        "actions": actions,
        "care": care,
        "fmt": fmt,
    }
    cases = _numbered(rng, _sized(_cases(rng, years, accompaniments), accompaniments, max(years)))
    sent = {year: _as_known(cases, year) for year in years}
    n_actions = round(accompaniments * actions_per) if actions is None else actions
    n_care = round(accompaniments * care_per) if care is None else care
    of_actions = _shared(rng, [rows.height for rows in sent.values()], n_actions)
    with_care = [rows.filter(pl.col("type_accompagnement") == "SOINS") for rows in sent.values()]
    of_care = _shared(rng, [rows.height for rows in with_care], n_care)
    writing.write_structures(raw)
    for i, (year, rows) in enumerate(sent.items()):
        children = (_actions(rng, rows, of_actions[i]), _care(rng, with_care[i], of_care[i]))
        write_delivery(rng, raw, date(year + 1, 1, 15), (rows, *children), dirt=dirt, fmt=fmt)
        writing.mark(_folder(raw, date(year + 1, 1, 15)), seed, parameters)


def _folder(raw: Path, extraction: date) -> Path:
    return raw / "bali" / extraction.isoformat()


def write_delivery(
    rng: np.random.Generator,
    raw: Path,
    extraction: date,
    rows: tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame],
    *,
    dirt: float,
    fmt: Format = "csv",
) -> None:
    """Write the typed accompagnements, actions and soins of one delivery, with dirt."""
    folder = _folder(raw, extraction)
    faults = (d.accompaniments(extraction), d.ACTIONS, d.SOINS)
    for declared, typed, fault in zip((ACCOMPAGNEMENTS, ACTIONS, SOINS), rows, faults, strict=True):
        texts = d.soiled(rng, declared, writing.as_text(declared, typed), fault, dirt)
        extra = d.UNKNOWN_COLUMN if dirt and declared is ACCOMPAGNEMENTS else None
        writing.write(folder, declared, texts, fmt=fmt, unsplit=d.unsplit(declared, dirt), extra=extra)


# --- accompagnements --------------------------------------------------------------------------------------


def _cases(rng: np.random.Generator, years: Sequence[int], size: int) -> pl.DataFrame:
    shape, parts = shapes(), shapes()["parts"]
    category = codes_by_weight(rng, shape["categorie_detecteur"], size)
    kind = _kinds(rng, category)
    opened = days_by_season(rng, years, size)
    lasted = np.where(kind == "SOINS", durations(rng, "SOINS", size), durations(rng, "HORS_SOINS", size))
    waited = np.minimum(rng.integers(0, 8, size), lasted)
    person, persons = _persons(rng, size, (date(min(years), 1, 1) - EPOCH).days)
    organisme = persons.organisme[person]
    motive = pl.Series([None] * size, dtype=pl.String)
    for code in TYPE_ACCOMPAGNEMENT:
        drawn = codes_by_weight(rng, shape["motif_cloture"][code], size)
        motive = motive.zip_with(pl.Series(kind != code), drawn)
    frame = pl.DataFrame(
        {
            "nir": blanked(rng, people.nirs(rng, persons).gather(pl.Series(person)), parts["nir_vide"]),
            "organisme": gathered(organismes().codes, organisme),
            "date_saisine": days(opened),
            "date_ouverture": blanked(rng, days(opened + waited), parts["ouverture_vide"]),
            "date_cloture": days(opened + lasted),
            "motif_cloture": motive,
            "type_accompagnement": pl.Series(kind),
            "categorie_detecteur": category,
            "sexe": blanked(rng, gathered(["H", "F"], persons.sex[person]), parts["sexe_vide"]),
            "date_naissance": blanked(rng, days(persons.birth[person]), parts["naissance_vide"]),
            "situation": blanked(rng, codes_by_weight(rng, shape["situation"], size), parts["situation_vide"]),
            "help": pl.Series(yes(rng, parts["help"], size)),
            "handicap": pl.Series(yes(rng, parts["handicap"], size)),
            "medecin_traitant_debut": blanked(
                rng, pl.Series(yes(rng, parts["medecin_traitant_debut"], size)), parts["debut_vide"]
            ),
        }
        | {
            name: blanked(rng, pl.Series(yes(rng, parts[name], size)), parts["fin_vide"])
            for name in ("medecin_traitant_fin", "c2s_fin", "ald_fin")
        }
    )
    return frame.with_columns(
        _families(category).alias("famille_detecteur"),
        _structures(rng, category, organisme).alias("structure"),
    )


def _families(category: pl.Series) -> pl.Series:
    return category.replace_strict(FAMILLE_DE_CATEGORIE, return_dtype=pl.String)


def _kinds(rng: np.random.Generator, category: pl.Series) -> np.ndarray:
    odds = shapes()["type_accompagnement"]["SOINS"] / shapes()["type_accompagnement"]["HORS_SOINS"]
    ratio = {c: odds * shapes()["soins_selon_categorie"].get(c, 1.0) for c in category.unique().to_list()}
    of_care = category.replace_strict({c: r / (1 + r) for c, r in ratio.items()}, return_dtype=pl.Float64)
    return np.where(rng.random(category.len()) < of_care.to_numpy(), "SOINS", "HORS_SOINS")


def _persons(rng: np.random.Generator, cases: int, at: int) -> tuple[Ints, people.Persons]:
    """Which person each case is about, and the persons; ages are those at day `at`."""
    shape = shapes()
    size = max(1, round(cases * shape["parts"]["personnes_par_accompagnement"]))
    bounds = np.array(list(shape["ages"].values()))
    klass = index_by_weight(rng, list(shape["tranche_age"].values()), size)
    age = rng.integers(bounds[klass, 0], bounds[klass, 1])
    persons = people.Persons(
        sex=index_by_weight(rng, [shape["sexe"]["H"], shape["sexe"]["F"]], size),
        birth=people.birth_days(rng, age, np.full(size, at)),
        organisme=index_by_weight(rng, organismes().weights, size),
    )
    return rng.integers(0, size, cases), persons


def _structures(rng: np.random.Generator, category: pl.Series, organisme: Ints) -> pl.Series:
    """Names of external structures: national ones under any of their aliases, local ones, or none."""
    size, parts = category.len(), shapes()["parts"]
    local = writing.local_structures(
        category, gathered(organismes().names, organisme), pl.Series(rng.integers(0, 1000, size))
    )
    national = pl.DataFrame(table("structures.csv")).group_by("categorie", maintain_order=True).agg("alias")
    aliases = {str(c): list(names) for c, names in national.iter_rows()}
    pick = pl.Series(rng.integers(0, 1000, size))
    known = pl.Series(yes(rng, parts["structure_nationale"], size))
    names = local
    for code, those in aliases.items():
        names = names.zip_with(~((category == code) & known), gathered(those, (pick % len(those)).to_numpy()))
    external = _families(category) != FAMILLE_INTERNE
    named = external & pl.Series(~yes(rng, parts["structure_vide"], size))
    return pl.select(pl.when(named).then(names)).to_series()


def _sized(cases: pl.DataFrame, rows: int, last: int) -> pl.DataFrame:
    """The first cases that make exactly `rows` rows over all deliveries, each with its first and last delivery."""
    start = pl.col("date_saisine").dt.year().cast(pl.Int64)
    end = pl.min_horizontal(pl.col("date_cloture").dt.year().cast(pl.Int64), pl.lit(last, dtype=pl.Int64))
    cases = cases.with_columns(start.alias(SENT_FROM), end.alias(SENT_TO))
    total = (cases[SENT_TO] - cases[SENT_FROM] + 1).cum_sum().to_numpy()
    whole = int(np.searchsorted(total, rows, side="right"))
    gap = rows - (int(total[whole - 1]) if whole else 0)
    # what is missing to the total: cases that end in the year they began
    short = pl.int_range(pl.len()) >= whole
    end_of_year = pl.date(pl.col(SENT_FROM).cast(pl.Int32), 12, 31)
    limits = {SENT_TO: pl.col(SENT_FROM), "date_ouverture": end_of_year, "date_cloture": end_of_year}
    return cases.head(whole + gap).with_columns(
        # an empty date stays empty
        pl.when(short & (pl.col(name) > limit)).then(limit).otherwise(pl.col(name)).alias(name)
        for name, limit in limits.items()
    )


def _numbered(rng: np.random.Generator, cases: pl.DataFrame) -> pl.DataFrame:
    """The cases by date of saisine, with their numbers."""
    ordered = cases.sort("date_saisine", maintain_order=True)
    return ordered.with_columns(pl.format("{}", pl.int_range(pl.len()) + 2_300_000_000).alias(ID))


def _as_known(cases: pl.DataFrame, year: int) -> pl.DataFrame:
    """The rows of the delivery of a year, as known at its end: what closes later is still open."""
    sent = cases.filter((pl.col(SENT_FROM) <= year) & (pl.col(SENT_TO) >= year))
    closed = pl.col("date_cloture") <= pl.date(year, 12, 31)
    opened = pl.col("date_ouverture") <= pl.date(year, 12, 31)
    return sent.with_columns(
        pl.when(opened).then("date_ouverture").alias("date_ouverture"),
        *(pl.when(closed).then(name).alias(name) for name in ("date_cloture", *CLOSING)),
    )


# --- actions and soins ------------------------------------------------------------------------------------


def _shared(rng: np.random.Generator, sizes: Sequence[int], total: int) -> list[Ints]:
    """`total` children shared out at random over the rows of several frames: row positions by frame, ordered."""
    everywhere = sum(sizes)
    drawn = np.sort(rng.integers(0, everywhere, total)) if everywhere else np.empty(0, dtype=np.int64)
    starts = np.concatenate([[0], np.cumsum(sizes)])
    cuts = np.searchsorted(drawn, starts)
    return [drawn[cuts[i] : cuts[i + 1]] - starts[i] for i in range(len(sizes))]


def _actions(rng: np.random.Generator, rows: pl.DataFrame, at: Ints) -> pl.DataFrame:
    shape, size = shapes(), at.size
    kind = rows["type_accompagnement"].gather(pl.Series(at))
    theme = codes_by_weight(rng, shape["thematique"]["HORS_SOINS"], size).zip_with(
        kind != "SOINS", codes_by_weight(rng, shape["thematique"]["SOINS"], size)
    )
    partner = codes_by_weight(rng, shape["partenaires"], size)
    return pl.DataFrame(
        {
            ID: rows[ID].gather(pl.Series(at)),
            "thematique": theme,
            "libelle": labels(rng, theme),
            "date_action": _day_within(rng, rows, at),
            "resultat": blanked(rng, codes_by_weight(rng, shape["resultat"], size), shape["parts"]["resultat_vide"]),
            "partenaire": pl.select(pl.when(theme == "ORIENTATION").then(partner)).to_series(),
        }
    )


def labels(rng: np.random.Generator, theme: pl.Series) -> pl.Series:
    """A label for each action, one of those of its theme."""
    found = pl.Series([None] * theme.len(), dtype=pl.String)
    for code, those in shapes()["libelles"].items():
        drawn = gathered(those, rng.integers(0, len(those), theme.len()))
        found = found.zip_with(theme != code, drawn)
    return found


def _care(rng: np.random.Generator, rows: pl.DataFrame, at: Ints) -> pl.DataFrame:
    shape, size = shapes(), at.size
    kind = codes_by_weight(rng, shape["type_soins"], size)
    speciality = blanked(rng, codes_by_weight(rng, shape["specialite"], size), shape["parts"]["specialite_vide"])
    done = rows["motif_cloture"].gather(pl.Series(at)).eq_missing(pl.Series(["SOINS_REALISES"]))
    when = _day_within(rng, rows, at)
    return pl.DataFrame(
        {
            ID: rows[ID].gather(pl.Series(at)),
            "type_soins": kind,
            "specialite": pl.select(pl.when(kind == "SPECIALISTE").then(speciality)).to_series(),
            "realise": done,
            "date_realisation": pl.select(pl.when(done).then(when)).to_series(),
        }
    )


def _day_within(rng: np.random.Generator, rows: pl.DataFrame, at: Ints) -> pl.Series:
    """A day between the saisine and the closure, or the end of the saisine's year for what is open."""
    start = pl.col("date_saisine")
    spans = rows.select(
        start.cast(pl.Int32).cast(pl.Int64).alias("debut"),
        pl.coalesce("date_cloture", pl.date(start.dt.year(), 12, 31)).cast(pl.Int32).cast(pl.Int64).alias("fin"),
    )
    first, last = (spans[name].to_numpy()[at] for name in ("debut", "fin"))
    return days(first + (rng.random(at.size) * (last - first + 1)).astype(np.int64))
