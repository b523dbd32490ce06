"""The action sociale files of a caisse for a year, with the published figures, and the urgences of the year before."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import polars as pl

from pipelines.simulation import dirt, writing
from pipelines.simulation.fitting import Program, chosen, quota
from pipelines.simulation.moments import first_day
from pipelines.simulation.people import Persons, birth_days, nirs
from pipelines.simulation.shapes import (
    Floats,
    Ints,
    blanked,
    codes_by_weight,
    days,
    days_by_season,
    organismes,
    shapes,
    yes,
)
from pipelines.simulation.targets import Interval, Targets
from schemas.exports.action_sociale import ATELIERS, DOSSIERS, DOTATIONS, ENTRETIENS, FORMATIONS, URGENCES
from schemas.exports.declarations import Table
from schemas.nomenclatures import DECISION, DOTATION, FAMILLE_AIDE, ISSUE, OFFRE, TYPE_FORMATION

INDIVIDUAL = "ECROUES"  # the offer that is no collective workshop
RIGHTS = ("C2S", "PUMA", "AME")


def write_social(rng: np.random.Generator, raw: Path, targets: Targets, seed: int) -> None:
    """Write `raw/action_sociale/<organisme>/<year>`, and the urgences that the year is compared with."""
    place = targets.assumptions["action_sociale"]
    organisme, year = str(place["organisme"]), int(place["annee"])
    known = Local(targets, year, place)
    situations = known.number("lup.situations")
    growth = known.interval("lup.evolution")
    before = round(situations / (1 + growth.middle)) if growth else situations
    houses = known.number("lup.etablissements")
    tables = [
        (DOSSIERS, _requests(rng, known, organisme)),
        (URGENCES, _urgencies(rng, year, situations, houses)),
        (ATELIERS, _workshops(rng, known)),
        (ENTRETIENS, _talks(rng, known)),
        (FORMATIONS, _training(rng, known)),
        (DOTATIONS, _budgets(known)),
    ]
    root = raw / "action_sociale" / organisme
    _write(rng, root / str(year), tables, seed, targets)
    _write(
        rng, root / str(year - 1), [(URGENCES, _urgencies(rng, year - 1, before, round(0.8 * houses)))], seed, targets
    )


def _write(
    rng: np.random.Generator, folder: Path, tables: Sequence[tuple[Table, pl.DataFrame]], seed: int, targets: Targets
) -> None:
    share = targets.assumptions["salete"]["part"]
    for declared, frame in tables:
        texts = dirt.soiled(rng, declared, writing.as_text(declared, frame), dirt.SOCIAL[declared.name], share)
        writing.write(folder, declared, texts, unsplit=dirt.unsplit(declared, share * (declared is DOSSIERS)))
    writing.mark(folder, seed, {"publication": targets.folder.name})


class Local:
    """What is published of the caisse, or else supposed."""

    def __init__(self, targets: Targets, year: int, supposed: Mapping[str, object]) -> None:
        self.targets, self.year, self.supposed = targets, year, supposed

    def interval(self, indicator: str, modality: str = "") -> Interval | None:
        return self.targets.get(indicator, self.year, modality=modality)

    def number(self, indicator: str, modality: str = "") -> int:
        found = self.interval(indicator, modality)
        return int(self.weights("nombres")[indicator]) if found is None else round(found.middle)

    def weights(self, name: str) -> dict[str, float]:
        found = self.supposed[name]
        return dict(found) if isinstance(found, dict) else {}

    def split(self, indicator: str, codes: list[str], total: int, weights: Mapping[str, float]) -> dict[str, int]:
        """A total by code: published numbers, and the rest by weight."""
        published = {c: self.number(indicator, c) for c in codes if self.interval(indicator, c)}
        others = [c for c in codes if c not in published]
        if not others:
            return published
        rest = quota([weights.get(c, 0.0) for c in others], total - sum(published.values()))
        return published | dict(zip(others, rest.tolist(), strict=True))


def _named(prefix: str, size: int) -> pl.Series:
    return pl.select(pl.format("{}{}", pl.lit(prefix), pl.int_range(1, size + 1, eager=True))).to_series()


def _repeated(rng: np.random.Generator, counts: Mapping[str, int]) -> list[str]:
    codes = [code for code, number in counts.items() for _ in range(number)]
    return [codes[i] for i in rng.permutation(len(codes))]


# --- requests for help ----------------------------------------------------------------------------------------


def _requests(rng: np.random.Generator, known: Local, organisme: str) -> pl.DataFrame:
    size = known.number("ass.dossiers")
    families = known.split("ass.dossiers_famille", list(FAMILLE_AIDE), size, known.weights("familles"))
    decisions = known.split("ass.decisions", list(DECISION), size, {"AJOURNE": 1.0})
    family = np.array(_repeated(rng, families), dtype=object)
    decision = np.array(_repeated(rng, decisions), dtype=object)
    endowment = _endowments(rng, known, family)
    received = np.sort(days_by_season(rng, [known.year], size))
    place = organismes().codes.index(organisme)
    age = rng.integers(20, 90, size)
    persons = Persons(rng.integers(0, 2, size), birth_days(rng, age, received), np.full(size, place))
    return pl.DataFrame(
        {
            "numero": _named(f"D{known.year}-", size),
            "nir": blanked(rng, nirs(rng, persons), shapes()["parts"]["nir_vide"]),
            "date_reception": days(received),
            "famille_aide": family.tolist(),
            "categorie": _categories(rng, known, family),
            "decision": decision.tolist(),
            "date_commission": _commissions(rng, known, received, decision),
            "dotation": endowment.tolist(),
            "montant_engage": _amounts(rng, known, family, endowment, decision),
        }
    )


def _categories(rng: np.random.Generator, known: Local, family: np.ndarray) -> pl.Series:
    found = np.full(family.size, None, dtype=object)
    weights = known.weights("categories")
    for name in FAMILLE_AIDE:
        mine = np.flatnonzero(family == name)
        prefix = f"{name}:"
        published = {
            m.removeprefix(prefix): round(v.middle)
            for m, v in known.targets.modalities("ass.dossiers_categorie", known.year).items()
            if m.startswith(prefix)
        }
        if not published:
            continue
        others = {c: w for c, w in weights.items() if c not in published} if name == "ACCES_SOINS" else {"AUTRE": 1.0}
        rest = quota(list(others.values()), mine.size - sum(published.values()))
        counts = published | dict(zip(others, (int(n) for n in rest), strict=True))
        found[mine] = _repeated(rng, counts)
    return pl.Series(found.tolist(), dtype=pl.String)


def _commissions(rng: np.random.Generator, known: Local, received: Ints, decision: np.ndarray) -> pl.Series:
    """Each decided request goes to a commission after it came, the last ones included: all of them sit."""
    size = known.number("ass.commissions")
    first = first_day(known.year)
    sessions = first + 12 + (np.arange(size) * 352) // size
    sessions = np.unique(sessions - np.where((sessions + 3) % 7 >= 5, 2, 0))
    at = np.minimum(np.searchsorted(sessions, received + 2), sessions.size - 1)
    chosen_session = sessions[at]
    chosen_session[: sessions.size] = np.where(
        np.isin(sessions, chosen_session[sessions.size :]), chosen_session[: sessions.size], sessions
    )
    presented = pl.Series(decision != "NON_PRESENTE") | pl.Series(np.arange(received.size) < sessions.size)
    return pl.select(pl.when(presented).then(days(chosen_session))).to_series()


def _endowments(rng: np.random.Generator, known: Local, family: np.ndarray) -> np.ndarray:
    by_family = known.supposed["dotation_par_famille"]
    names = dict(by_family) if isinstance(by_family, dict) else {}
    found = np.array([names[f] for f in family], dtype=object)
    also = known.weights("aussi_maintien")
    for name, share in also.items():
        found[(family == name) & yes(rng, share, family.size)] = "MAINTIEN_DOMICILE"
    return found


def _amounts(
    rng: np.random.Generator, known: Local, family: np.ndarray, endowment: np.ndarray, decision: np.ndarray
) -> Floats:
    """Euros engaged by granted requests: published sums by family, then by endowment, shared out."""
    granted = decision == "ACCORDE"
    amounts = np.zeros(family.size)
    done = np.zeros(family.size, dtype=np.bool_)
    for name in FAMILLE_AIDE:
        total = known.interval("ass.montant_famille", name)
        mine = granted & (family == name)
        if total and mine.any():
            amounts[mine], done = _euros(rng, int(mine.sum()), total.middle), done | (family == name)
    for name in DOTATION:
        total = known.interval("ass.montant", name)
        mine = granted & ~done & (endowment == name)
        if total and mine.any():
            amounts[mine] = _euros(rng, int(mine.sum()), total.middle - float(amounts[endowment == name].sum()))
    return amounts


def _euros(rng: np.random.Generator, size: int, total: float) -> Floats:
    """Amounts in cents that sum to the total."""
    cents = quota(rng.lognormal(0.0, 0.6, size), round(100 * total))
    return np.asarray(cents / 100, dtype=np.float64)


def _budgets(known: Local) -> pl.DataFrame:
    rows = []
    for name in DOTATION:
        engaged = known.interval("ass.montant", name)
        if engaged:
            share = known.interval("ass.part_engagee", name)
            rows.append(
                (name, round(engaged.middle / (share.middle if share else known.weights("part_engagee")[name]), 2))
            )
    return pl.DataFrame(rows, schema=["dotation", "budget"], orient="row")


# --- urgencies ------------------------------------------------------------------------------------------------


def _urgencies(rng: np.random.Generator, year: int, size: int, houses: int) -> pl.DataFrame:
    """Situations signalled by hospitals and associations; each of the `houses` signals one at least."""
    kinds = shapes()["urgences"]
    names = np.array([f"{kinds['etablissements'][i % len(kinds['etablissements'])]} {i + 1}" for i in range(houses)])
    counts = 1 + quota(1 / (np.arange(houses) + 3.0), size - houses)
    return pl.DataFrame(
        {
            "numero": _named(f"U{year}-", size),
            "date": days(np.sort(days_by_season(rng, [year], size))),
            "etablissement": rng.permutation(np.repeat(names, counts)).tolist(),
            "type_demande": codes_by_weight(rng, kinds["type_demande"], size),
        }
    )


# --- workshops, talks, training -------------------------------------------------------------------------------


def _workshops(rng: np.random.Generator, known: Local) -> pl.DataFrame:
    """Workshops by offer, with the published numbers of each and of all collective ones."""
    found = {c: _offers(known, c) for c in ("nombre", "participants", "inscriptions")}
    opened = {INDIVIDUAL: known.number("ateliers.ouvertures_c2s", INDIVIDUAL)}
    offers = [o for o in OFFRE if found["nombre"][o]]
    frames = []
    for offer in offers:
        size = found["nombre"][offer]
        present = 1 + quota(rng.lognormal(0.0, 0.4, size), max(found["participants"][offer] - size, 0))
        signed = quota(present.astype(np.float64), found["inscriptions"][offer])
        frames.append(
            pl.DataFrame(
                {
                    "offre": pl.Series([offer]).new_from_index(0, size),
                    "participants": present,
                    "inscriptions": signed,
                    "ouvertures_c2s": quota(present.astype(np.float64), opened.get(offer, 0)),
                    "date": days(days_by_season(rng, [known.year], size)),
                }
            )
        )
    rows = pl.concat(frames).sort("date", maintain_order=True)
    return rows.with_columns(_named(f"A{known.year}-", rows.height).alias("identifiant"))


def _offers(known: Local, column: str) -> dict[str, int]:
    """A number by offer, so that the collective ones sum as published and their rate of inscription holds."""
    program = Program()
    collective = {o: 1.0 for o in OFFRE if o != INDIVIDUAL}
    small = {"nombre": 2, "participants": 11, "inscriptions": 1}[column]
    for offer in OFFRE:
        published = known.interval(f"ateliers.{column}", offer)
        low, high = (published.low, published.high) if published else (0, np.inf)
        wanted = small if offer != INDIVIDUAL else 0
        program.number(offer, np.ceil(low), np.floor(high), wanted=None if published else wanted)
    total = known.interval(f"ateliers.{column}")
    if total:
        program.require(collective, total.low, total.high)
    rate = known.interval("ateliers.taux_inscription")
    signed = known.interval("ateliers.inscriptions")
    if column == "participants" and rate and signed:
        inside = 0.05 * (rate.high - rate.low)
        program.require(collective, signed.middle / (rate.high - inside), signed.middle / (rate.low + inside))
    found = program.solve()
    if found is None:
        raise RuntimeError(f"action sociale: no numbers of {column} agree with the published figures")
    return found


def _talks(rng: np.random.Generator, known: Local) -> pl.DataFrame:
    """Talks on the days of presence at each partner; openings of rights apart from each other, information besides."""
    size, total = known.number("entretiens.personnes"), known.number("entretiens.jours")
    published = {
        m: round(v.middle) for m, v in known.targets.modalities("entretiens.jours_partenaire", known.year).items()
    }
    others = known.weights("partenaires_entretiens")
    rest = quota(list(others.values()), total - sum(published.values()))
    by_partner = published | dict(zip(others, (int(n) for n in rest), strict=True))
    working = np.array([d for d in range(first_day(known.year), first_day(known.year + 1)) if (d + 3) % 7 < 5])
    slots = [(p, int(d)) for p, n in by_partner.items() for d in rng.choice(working, n, replace=False)]
    at = np.repeat(np.arange(len(slots)), 1 + quota(rng.lognormal(0.0, 0.3, len(slots)), size - len(slots)))
    return pl.DataFrame(
        {
            "identifiant": _named(f"E{known.year}-", size),
            "date": days(np.array([slots[i][1] for i in at])),
            "partenaire": [slots[i][0] for i in at],
            "issue": _outcomes(rng, known, size),
        }
    )


def _outcomes(rng: np.random.Generator, known: Local, size: int) -> list[str]:
    rights = np.full(size, None, dtype=object)
    counts = {r: known.number("entretiens.issues", r) for r in RIGHTS}
    opened = _repeated(rng, counts)[:size]
    rights[rng.choice(size, len(opened), replace=False)] = opened
    without = np.array([r is None for r in rights])
    wanted = known.number("entretiens.issues", "INFORMATION")
    informed = chosen(rng, without, min(wanted, int(0.97 * without.sum())))
    informed |= chosen(rng, ~without, wanted - int(informed.sum()))
    return [
        "|".join(filter(None, (ISSUE[r] if r else "", ISSUE["INFORMATION"] if i else ""))) or ISSUE["AUCUNE"]
        for r, i in zip(rights, informed, strict=True)
    ]


def _training(rng: np.random.Generator, known: Local) -> pl.DataFrame:
    frames = []
    for kind in TYPE_FORMATION:
        number = known.interval("formations.nombre", kind)
        size = round(number.middle) if number else 6
        people = known.number("formations.participants", kind)
        frames.append(
            pl.DataFrame(
                {
                    "type": pl.Series([kind]).new_from_index(0, size),
                    "participants": quota(np.ones(size), people),
                    "date": days(days_by_season(rng, [known.year], size)),
                }
            )
        )
    rows = pl.concat(frames).sort("date", maintain_order=True)
    return rows.with_columns(_named(f"F{known.year}-", rows.height).alias("identifiant"))
