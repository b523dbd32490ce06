"""What an accompaniment holds: its actions, and the care it aims at."""

import numpy as np
import polars as pl

from pipelines.simulation.closures import CARE, aim
from pipelines.simulation.fitting import chosen, quota
from pipelines.simulation.shapes import (
    Bools,
    Floats,
    Ints,
    blanked,
    codes_by_weight,
    days,
    gathered,
    index_by_weight,
    shapes,
    whole,
)
from pipelines.simulation.targets import Targets
from schemas.exports.bali import ID
from schemas.nomenclatures import ACTION_COMPLEMENTAIRE, SPECIALITE, TYPE_SOINS
from schemas.text import capitals

ORIENTATION = "ORIENTATION"


class Rows:
    """Accompaniments with what their content depends on; `end` is the last day anything can happen."""

    def __init__(self, frame: pl.DataFrame) -> None:
        self.frame = frame
        self.ids = frame[ID]
        self.start = frame["debut"].to_numpy()
        self.end = frame["fin"].to_numpy()
        self.kind = frame["type"].to_numpy()
        self.help = frame["help"].to_numpy()
        self.year = frame["annee_cloture"].to_numpy()  # 0: still open
        self.success = frame["succes"].to_numpy()

    def marks(self, name: str) -> Bools:
        return np.asarray(self.frame[name].to_numpy(), dtype=np.bool_)

    def day_within(self, rng: np.random.Generator, at: Ints) -> Ints:
        span = self.end[at] - self.start[at] + 1
        return np.asarray(self.start[at] + whole(rng.random(at.size) * span), dtype=np.int64)


# --- actions ------------------------------------------------------------------------------------------------


def actions(rng: np.random.Generator, targets: Targets, rows: Rows, themes: list[str]) -> pl.DataFrame:
    """The actions of the themes that each row addresses: one at least, successful where the theme succeeds."""
    parts = [_of_theme(rng, targets, rows, theme) for theme in themes]
    return pl.concat(parts).sort("_rang", maintain_order=True)


def _of_theme(rng: np.random.Generator, targets: Targets, rows: Rows, theme: str) -> pl.DataFrame:
    addressed, succeeded = rows.marks(f"aborde_{theme}"), rows.marks(f"reussit_{theme}")
    first = np.flatnonzero(addressed)
    more = first[rng.random(first.size) < targets.assumptions["actions"]["deuxieme"]]
    at = np.concatenate([first, more])
    is_first = np.arange(at.size) < first.size
    complementary = rows.marks("complementaire")[at] if theme == "DROITS" else np.zeros(at.size, dtype=np.bool_)
    success = succeeded[at] & (is_first | (rng.random(at.size) < 0.6))
    named = is_first & complementary
    failed = blanked(
        rng,
        gathered(["NON_ABOUTIE", "EN_COURS"], index_by_weight(rng, [0.6, 0.4], at.size)),
        shapes()["parts"]["resultat_vide"] * 3,
    )
    return pl.DataFrame(
        {
            "_rang": at,
            ID: rows.ids.gather(pl.Series(at)),
            "thematique": pl.Series([theme]).new_from_index(0, at.size),
            "libelle": _labels(rng, theme, named, succeeded[at]),
            "date_action": days(rows.day_within(rng, at)),
            "resultat": failed.zip_with(pl.Series(~success), pl.Series(["REUSSIE"]).new_from_index(0, at.size)),
            "partenaire": _partners(rng, targets, rows, at)
            if theme == ORIENTATION
            else pl.Series([None], dtype=pl.String).new_from_index(0, at.size),
        }
    )


def _labels(rng: np.random.Generator, theme: str, complementary: Bools, may_succeed: Bools) -> pl.Series:
    """Labels of the theme; access to a complementary cover is named where it succeeded, or where nothing can."""
    names = [name for name in shapes()["libelles"][theme] if name != ACTION_COMPLEMENTAIRE]
    drawn = gathered(names, rng.integers(0, len(names), may_succeed.size))
    if theme != "DROITS":
        return drawn
    asked = complementary | (~may_succeed & (rng.random(may_succeed.size) < 0.4))
    return drawn.zip_with(pl.Series(~asked), pl.Series([ACTION_COMPLEMENTAIRE]).new_from_index(0, drawn.len()))


def _partners(rng: np.random.Generator, targets: Targets, rows: Rows, at: Ints) -> pl.Series:
    """Partners of orientation; those of HELP as often as published."""
    weights = shapes()["partenaires"]
    found = codes_by_weight(rng, weights, at.size).to_numpy().astype(object)
    found[rng.random(at.size) < targets.assumptions["actions"]["partenaire_vide"]] = None
    by_key = {capitals(name): name for name in weights}
    for year in np.unique(rows.year[at]):
        if not year:
            continue
        mine = np.flatnonzero(rows.help[at] & (rows.year[at] == year))
        known = mine[[found[i] is not None for i in mine]] if mine.size else mine
        wanted = {
            by_key[partner]: aim(targets, "orientation.part_partenaire", int(year), "help", partner)
            for partner in by_key
        }
        aimed = {name: share.middle for name, share in wanted.items() if share}
        others = {name: w for name, w in weights.items() if name not in aimed}
        rest = (1 - sum(aimed.values())) / sum(others.values())
        shares = [*aimed.values(), *(w * rest for w in others.values())]
        names = np.array([*aimed, *others], dtype=object)
        found[known] = rng.permutation(np.repeat(names, quota(shares, known.size)))
    return pl.Series(found.tolist(), dtype=pl.String)


# --- soins --------------------------------------------------------------------------------------------------

GP = "GENERALISTE"


def care(rng: np.random.Generator, targets: Targets, rows: Rows) -> pl.DataFrame:
    """The care of the accompaniments about care: types, specialities and the detectors of GP care as published."""
    about_care = rows.kind == CARE
    parts = []
    for year in np.unique(rows.year):
        mine = about_care & (rows.year == year)
        parts.append(_of_successes(rng, targets, rows, mine & rows.success, int(year)))
        others = np.flatnonzero(mine & ~rows.success)
        parts.append(
            _lines(rng, rows, others, codes_by_weight(rng, shapes()["type_soins"], others.size), int(year), targets)
        )
    return pl.concat(parts).sort("_rang", maintain_order=True)


def _of_successes(rng: np.random.Generator, targets: Targets, rows: Rows, mine: Bools, year: int) -> pl.DataFrame:
    """Each row has a care, some GP ones a second of another type: no care comes twice in a row."""
    size = int(mine.sum())
    total = round(size * targets.assumptions["soins"]["par_succes"])
    counts = dict(zip(TYPE_SOINS, quota(_type_shares(targets, year), total).tolist(), strict=True))
    gp = _with_gp(rng, targets, rows, mine, min(counts.pop(GP), size), year)
    rest = np.flatnonzero(mine & ~gp)
    left = sum(counts.values())
    if left < rest.size:  # too few types of care for the rows without GP: only where nothing is published
        rest = rest[:left]
    second = rng.choice(np.flatnonzero(gp), min(left - rest.size, int(gp.sum())), replace=False)
    at = np.concatenate([np.flatnonzero(gp), rest, second])
    others = rng.permutation(np.repeat(np.array(list(counts)), list(counts.values())))[: rest.size + second.size]
    kinds = pl.concat([pl.Series([GP]).new_from_index(0, int(gp.sum())), pl.Series(others.tolist(), dtype=pl.String)])
    return _lines(rng, rows, at, kinds, year, targets)


def _type_shares(targets: Targets, year: int) -> Floats:
    return _shares(targets, "soins.part_type_soins", year, shapes()["type_soins"], list(TYPE_SOINS))


def _shares(targets: Targets, indicator: str, year: int, weights: dict[str, float], codes: list[str]) -> Floats:
    """Published shares, and the rest among the others by weight."""
    aimed = {c: share.middle for c in codes if (share := aim(targets, indicator, year, modality=c))}
    rest = (1 - sum(aimed.values())) / sum(w for c, w in weights.items() if c not in aimed)
    return np.array([aimed.get(c, weights[c] * rest) for c in codes])


def _with_gp(rng: np.random.Generator, targets: Targets, rows: Rows, mine: Bools, size: int, year: int) -> Bools:
    """Which rows have GP care: by category of detector as published, the others by what there is."""
    category = rows.frame["categorie_detecteur"].to_numpy()
    codes = np.unique(category[mine].astype(str)).tolist() if mine.any() else []
    stock = {c: int((mine & (category == c)).sum()) for c in codes}
    aimed = {
        c: round(s.middle * size)
        for c in codes
        if (s := aim(targets, "soins.part_detecteur_generaliste", year, modality=c))
    }
    aimed = {c: min(n, stock[c]) for c, n in aimed.items()}
    others = [c for c in codes if c not in aimed]
    shares = quota([float(stock[c]) for c in others], min(size - sum(aimed.values()), sum(stock[c] for c in others)))
    marks = np.zeros(mine.size, dtype=np.bool_)
    for code, number in {**aimed, **dict(zip(others, shares.tolist(), strict=True))}.items():
        marks |= chosen(rng, mine & (category == code), number)
    return marks


def _lines(
    rng: np.random.Generator, rows: Rows, at: Ints, kinds: pl.Series, year: int, targets: Targets
) -> pl.DataFrame:
    done = rows.success[at] & (rng.random(at.size) < 0.97)
    return pl.DataFrame(
        {
            "_rang": at,
            ID: rows.ids.gather(pl.Series(at)),
            "type_soins": kinds,
            "specialite": _specialities(rng, targets, kinds, year),
            "realise": pl.Series(done),
            "date_realisation": pl.select(pl.when(pl.Series(done)).then(days(rows.day_within(rng, at)))).to_series(),
        }
    )


def _specialities(rng: np.random.Generator, targets: Targets, kinds: pl.Series, year: int) -> pl.Series:
    found = np.full(kinds.len(), None, dtype=object)
    mine = np.flatnonzero((kinds == "SPECIALISTE").to_numpy())
    known = mine[rng.random(mine.size) >= shapes()["parts"]["specialite_vide"]]
    shares = _shares(targets, "soins.part_specialite", year, shapes()["specialite"], list(SPECIALITE))
    found[known] = rng.permutation(np.repeat(np.array(list(SPECIALITE), dtype=object), quota(shares, known.size)))
    return pl.Series(found.tolist(), dtype=pl.String)
