"""The ADASS surveys of the published year and of the year before it, with the published figures.

How many organismes did what for each population is a small integer program; actions, spread over these organismes, then
carry each trait in exactly as many of them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from pipelines.simulation import dirt, writing
from pipelines.simulation.fitting import Program, chosen, quota
from pipelines.simulation.moments import first_day
from pipelines.simulation.shapes import Bools, Floats, Ints, codes_by_weight, days, organismes, shapes, yes
from pipelines.simulation.targets import Interval, Targets
from schemas.exports.enquete import ACTIONS, ASE, ATELIERS_PARENTS, CONVENTIONS, REPONDANTS
from schemas.nomenclatures import CANAL, PUBLIC_ENQUETE, SERVICE
from schemas.text import capitals

ALL, HORS_MURS, CONTACT, AT_EVENT = "organismes", "hors_les_murs", "contact_sortant", "ponctuel"
CO_BUILT, TEAM, DIAGNOSIS = "co_construction", "pluridisciplinaire", "diagnostic"
WORKSHOP, TALK = "atelier", "entretien"
Modalities = Callable[[str, int], Mapping[str, Interval]]  # as Targets.modalities
_TRAITS = (HORS_MURS, CONTACT, CO_BUILT, TEAM, DIAGNOSIS, WORKSHOP, TALK)


def write_survey(rng: np.random.Generator, raw: Path, targets: Targets, seed: int) -> None:
    """Write `raw/enquete/<year>` for the published year and the year before."""
    year = targets.year
    counts = {public: organisme_counts(targets, public) for public in PUBLIC_ENQUETE}
    for y in (year - 1, year):
        folder = raw / "enquete" / str(y)
        respondents = _respondents(rng, targets, y)
        own = counts if y == year else {p: _fewer(c) for p, c in counts.items()}
        tables = (
            (REPONDANTS, _answers(rng, respondents, y)),
            (ACTIONS, _actions(rng, targets, respondents, own, y)),
            (CONVENTIONS, _conventions(rng, targets, y)),
            (ATELIERS_PARENTS, _workshops(rng, targets, respondents)),
            (ASE, _ase(rng, targets, respondents)),
        )
        share = targets.assumptions["salete"]["part"]
        absent = np.setdiff1d(np.arange(len(organismes().codes)), respondents)
        faults = dirt.survey(organismes().codes[int(absent[0])] if absent.size else "999")
        for declared, frame in tables:
            texts = dirt.soiled(rng, declared, writing.as_text(declared, frame), faults[declared.name], share)
            writing.write(folder, declared, texts, unsplit=dirt.unsplit(declared, share * (declared is ACTIONS)))
        writing.mark(folder, seed, {"publication": targets.folder.name})


def _codes(positions: Ints) -> pl.Series:
    return pl.Series(organismes().codes).gather(pl.Series(positions))


def _respondents(rng: np.random.Generator, targets: Targets, year: int) -> Ints:
    size = targets.number("enquete.repondants", year) or len(organismes().codes)
    return np.sort(rng.choice(len(organismes().codes), size, replace=False))


def _answers(rng: np.random.Generator, respondents: Ints, year: int) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "organisme": _codes(respondents),
            "date_reponse": days(first_day(year + 1) + rng.integers(8, 50, respondents.size)),
        }
    )


# --- how many organismes --------------------------------------------------------------------------------------


def organisme_counts(targets: Targets, public: str) -> dict[str, int]:
    """How many organismes act for a population, and how many with each trait, service (`service:`) and partner
    (`partenaire:`); raises RuntimeError where the figures aimed at exclude each other."""
    program = Program()
    populate(program, targets, public, targets.modalities)
    found = program.solve()
    if found is None:
        raise RuntimeError(f"survey: no number of organismes agrees with the published figures of {public}")
    return found


def populate(program: Program, targets: Targets, public: str, modalities: Modalities) -> None:
    """Declare the numbers of organismes of a population and what `modalities` publishes of them."""
    year, whole = targets.year, "enquete.repondants"
    respondents = targets.number(whole, year) or len(organismes().codes)
    expected = targets.assumptions["enquete"]
    base = modalities("aller_vers.organismes", year).get(public)
    size = round(base.middle) if base else expected["organismes"]
    program.number(ALL, 1, respondents, wanted=size)
    for trait in (*_TRAITS, *(f"service:{s}" for s in SERVICE)):
        share = expected["services"][trait.partition(":")[2]] if ":" in trait else expected["traits"][trait]
        program.number(trait, 0, respondents, wanted=round(share * size))
        program.require({trait: 1, ALL: -1}, high=0)
    program.number(AT_EVENT, 0, respondents, wanted=round(expected["traits"][HORS_MURS] * size / 2))
    program.require({AT_EVENT: 1, HORS_MURS: -1}, high=0)
    # an organisme with a single kind of action has no second one
    program.require({HORS_MURS: 1, CONTACT: 1, ALL: -1}, high=size // 2)
    for indicator, number in (("organismes", ALL), ("organismes_hors_les_murs", HORS_MURS)):
        published = modalities(f"aller_vers.{indicator}", year).get(public)
        if published:
            program.require({number: 1}, published.low, published.high)
    shares = {f"part_{t}": (t, ALL) for t in _TRAITS} | {f"part_{AT_EVENT}": (AT_EVENT, HORS_MURS)}
    for indicator, (part, over) in shares.items():
        published = modalities(f"aller_vers.{indicator}", year).get(public)
        if published:
            program.share({part: 1}, {over: 1}, (published.low, published.high))
    of_respondents = modalities("aller_vers.part_organismes", year).get(public)
    if of_respondents:
        program.require({ALL: 1}, of_respondents.low * respondents - 1e-9, of_respondents.high * respondents + 1e-9)
    for kind, over in (("service", ALL), ("partenaire", CO_BUILT)):
        for modality, published in modalities(f"aller_vers.part_{kind}", year).items():
            owner, _, name = modality.partition(":")
            if owner == public:
                number = f"{kind}:{name}"
                if number not in program.names:
                    program.number(number, 0, respondents)
                    program.require({number: 1, over: -1}, high=0)
                program.share({number: 1}, {over: 1}, (published.low, published.high))


def _fewer(counts: dict[str, int]) -> dict[str, int]:
    return {name: n * 19 // 20 for name, n in counts.items()}


# --- actions --------------------------------------------------------------------------------------------------


@dataclass
class Done:
    """The actions of one population: their organisme, and their rank among those of their organisme."""

    organisme: Ints
    rank: Ints
    last: Bools


def _actions(
    rng: np.random.Generator, targets: Targets, respondents: Ints, counts: Mapping[str, Mapping[str, int]], year: int
) -> pl.DataFrame:
    sizes = _numbers_of_actions(targets, counts)
    frames = [_of_public(rng, public, sizes[public], counts[public], respondents) for public in PUBLIC_ENQUETE]
    rows = _with_modality(rng, targets, pl.concat(frames))
    rows = _with_people(rng, targets, rows)
    return rows.with_columns(
        pl.format("A{}-{}", pl.lit(year), pl.int_range(pl.len()) + 1).alias("identifiant"),
        _codes(rows["_place"].to_numpy()).alias("organisme"),
    )


def _numbers_of_actions(targets: Targets, counts: Mapping[str, Mapping[str, int]]) -> dict[str, int]:
    """Actions of each population: as published, and the rest of the published total shared out."""
    year = targets.year
    found: dict[str, int] = {}
    for modality, published in targets.modalities("aller_vers.actions_public", year).items():
        members = modality.split("+")
        shares = quota([counts[m][ALL] for m in members], round(published.middle))
        found |= dict(zip(members, shares.tolist(), strict=True))
    total = targets.get("aller_vers.actions", year)
    wanted = round(total.low + 0.01 * total.low) if total else round(1.3 * sum(found.values()))
    others = [p for p in PUBLIC_ENQUETE if p not in found]
    rest = quota([counts[p][ALL] for p in others], max(wanted - sum(found.values()), 3 * len(others)))
    return found | dict(zip(others, rest.tolist(), strict=True))


def _of_public(
    rng: np.random.Generator, public: str, size: int, counts: Mapping[str, int], respondents: Ints
) -> pl.DataFrame:
    """The actions of a population, each trait in as many organismes as counted."""
    where = np.sort(rng.choice(respondents, counts[ALL], replace=False))
    done = _spread(rng, where, size)
    alone = np.bincount(done.organisme, minlength=len(organismes().codes))[where] < 2
    outside = _some(rng, where, counts[HORS_MURS])
    # a single action is either outside or a contact
    contact = _some(rng, where, counts[CONTACT], unless=outside[where] & alone, rather_not=outside[where])
    held = _some(rng, where[outside[where]], counts[AT_EVENT])
    marks = {t: _some(rng, where, counts[t]) for t in (CO_BUILT, TEAM, DIAGNOSIS, WORKSHOP, TALK)}
    services = {s: _some(rng, where, counts[f"service:{s}"]) for s in SERVICE}
    first, place = done.rank == 0, done.organisme
    reached = contact[place] & done.last & ~(first & outside[place])
    workshop = marks[WORKSHOP][place] & (done.rank == 1) & ~reached
    talk = marks[TALK][place] & (done.rank == 2) & ~reached
    co_built = marks[CO_BUILT][place] & (first | yes(rng, 0.6, size))
    return pl.DataFrame(
        {
            "_place": place,
            "public": pl.Series([public]).new_from_index(0, size),
            "_dehors": outside[place],
            "_premiere": first & outside[place],
            "_contact": reached,
            "_peut_contact": contact[place] & ~(first & outside[place]) & ~workshop & ~talk,
            "_ponctuel": held[place],
            "_atelier": workshop,
            "_entretien": talk,
            "_peut_atelier": marks[WORKSHOP][place],
            "_peut_entretien": marks[TALK][place],
            "pluridisciplinaire": marks[TEAM][place] & (first | yes(rng, 0.5, size)),
            "diagnostic": marks[DIAGNOSIS][place] & (first | yes(rng, 0.4, size)),
            "services": _listed(services, place, first | yes(rng, 0.5, size), first),
            "partenaires": _partners(rng, counts, place, where, co_built, first, marks[CO_BUILT]),
        }
    )


def _spread(rng: np.random.Generator, where: Ints, size: int) -> Done:
    """Share the actions out: at least one to each organisme; four where they suffice, so that each trait has its own."""
    least = 4 if size >= 4 * where.size else 1
    weights = organismes().weights[where] * rng.lognormal(0.0, 0.6, where.size)
    numbers = least + quota(weights, size - least * where.size)
    place = np.repeat(where, numbers)
    rank = np.arange(size) - np.repeat(np.cumsum(numbers) - numbers, numbers)
    return Done(place, rank, rank == np.repeat(numbers, numbers) - 1)


def _some(
    rng: np.random.Generator, where: Ints, size: int, unless: Bools | None = None, rather_not: Bools | None = None
) -> Bools:
    """Marks over all organismes: `size` of `where`, never `unless`, and `rather_not` only where others do not suffice."""
    marks = np.zeros(len(organismes().codes), dtype=np.bool_)
    allowed = np.ones(where.size, dtype=np.bool_) if unless is None else ~unless
    better = allowed if rather_not is None else allowed & ~rather_not
    picked = chosen(rng, better, size)
    picked |= chosen(rng, allowed & ~picked, size - int(picked.sum()))
    marks[where[picked]] = True
    return marks


def _listed(marks: Mapping[str, Bools], place: Ints, shown: Bools, first: Bools) -> pl.Series:
    """Codes parted by `|`: each on the first action of the organismes marked, and on some others."""
    parts = {code: np.where(where[place] & (shown | first), code, "") for code, where in marks.items()}
    frame = pl.DataFrame(
        {code: pl.Series(values.tolist(), dtype=pl.String).replace("", None) for code, values in parts.items()}
    )
    joined = frame.select(pl.concat_str(pl.all(), separator="|", ignore_nulls=True).alias("codes"))
    return joined.select(pl.when(pl.col("codes") != "").then("codes")).to_series()


def _partners(
    rng: np.random.Generator,
    counts: Mapping[str, int],
    place: Ints,
    where: Ints,
    co_built: Bools,
    first: Bools,
    builders: Bools,
) -> pl.Series:
    """Partners of the co-built actions; a published one in as many organismes as counted, and in no other."""
    published = {n.partition(":")[2]: c for n, c in counts.items() if n.startswith("partenaire:")}
    others = {name: w for name, w in shapes()["partenaires_enquete"].items() if capitals(name) not in published}
    found = codes_by_weight(rng, others, place.size)
    for name, number in published.items():
        marks = _some(rng, where[builders[where]], number)
        named = marks[place] & (first | yes(rng, 0.5, place.size))
        found = found.zip_with(pl.Series(~named), pl.Series([name]).new_from_index(0, place.size))
    return pl.select(pl.when(pl.Series(co_built)).then(found)).to_series()


# --- modality and event ---------------------------------------------------------------------------------------


def _with_modality(rng: np.random.Generator, targets: Targets, rows: pl.DataFrame) -> pl.DataFrame:
    """Modality of each action, with the published number outside; then its event and channel."""
    size = rows.height
    marks = {name: rows[name].to_numpy() for name in rows.columns if name.startswith("_") and name != "_place"}
    outside, contact = marks["_premiere"].copy(), marks["_contact"].copy()
    more = marks["_peut_contact"] & ~contact & yes(rng, 0.3, size)
    contact |= more
    total = targets.get("aller_vers.actions_hors_les_murs", targets.year)
    wanted = round(total.middle) if total else size * 2 // 5
    outside |= chosen(rng, marks["_dehors"] & ~outside & ~contact, max(wanted - int(outside.sum()), 0))
    modality = np.where(
        outside,
        "HORS_LES_MURS",
        np.where(contact, "CONTACT_SORTANT", np.where(yes(rng, 0.7, size), "DANS_LES_MURS", "A_DISTANCE")),
    )
    inside = ~outside & ~contact
    event = np.full(size, "PERMANENCE", dtype=object)
    event[inside & ~yes(rng, 0.4, size)] = None
    event[marks["_peut_atelier"] & ~contact & yes(rng, 0.3, size)] = "ATELIER"
    event[marks["_peut_entretien"] & ~contact & yes(rng, 0.3, size)] = "ENTRETIEN"
    event[outside & marks["_ponctuel"] & (marks["_premiere"] | yes(rng, 0.3, size))] = "PONCTUEL"
    event[marks["_atelier"]], event[marks["_entretien"]] = "ATELIER", "ENTRETIEN"
    event[contact & ~marks["_atelier"] & ~marks["_entretien"]] = None
    channel = codes_by_weight(rng, dict(zip(CANAL, (0.3, 0.35, 0.25, 0.1), strict=True)), size)
    return rows.with_columns(
        pl.Series("modalite", modality.tolist()),
        pl.Series("evenement", event.tolist(), dtype=pl.String),
        pl.select(pl.when(pl.Series(contact)).then(channel)).to_series().alias("canal"),
    )


# --- people ---------------------------------------------------------------------------------------------------


def _with_people(rng: np.random.Generator, targets: Targets, rows: pl.DataFrame) -> pl.DataFrame:
    """People targeted, informed, helped and oriented by each action, so that every published sum is met."""
    contact = (rows["modalite"] == "CONTACT_SORTANT").to_numpy()
    bereaved = (rows["public"] == "PERTE_PROCHE").to_numpy()
    prisoner = (rows["public"] == "ECROUES").to_numpy()
    event = rows["evenement"].fill_null("").to_numpy()
    expected = targets.assumptions["enquete"]
    informed_out, helped_out = (_sum(targets, c, "HORS_CONTACTS") for c in ("informees", "aidees"))
    informed_in, helped_in = (_sum(targets, c, "CONTACT_SORTANT") for c in ("informees", "aidees"))
    of_bereaved = {c: _of_bereaved(targets, c) for c in ("ciblees", "informees", "aidees")}
    workshop, talk = prisoner & ~contact & (event == "ATELIER"), prisoner & ~contact & (event == "ENTRETIEN")
    by_contact = bereaved & contact if (bereaved & contact).any() else bereaved
    groups = {
        "deuil": by_contact,
        "deuil_ici": bereaved & ~by_contact,
        "atelier": workshop,
        "entretien": talk,
        "contact": contact & ~bereaved,
        "ici": ~contact & ~bereaved & ~workshop & ~talk,
    }
    share = _share(targets, "taux_aide", "ECROUES:ATELIER", 0.6)
    oriented = _share(targets, "taux_orientation", "ECROUES:ENTRETIEN", 0.1)
    prisoners = expected["ecroues_informes"]
    here = round(0.1 * of_bereaved["informees"]) if groups["deuil_ici"].any() else 0
    informed = {
        "deuil": of_bereaved["informees"] - here,
        "deuil_ici": here,
        "atelier": prisoners,
        "entretien": prisoners,
        "contact": informed_in - (of_bereaved["informees"] - here),
        "ici": informed_out - here - 2 * prisoners,
    }
    helped_here = of_bereaved["aidees"] * here // max(of_bereaved["informees"], 1)
    of_workshop, of_talk = round(share * prisoners), round(0.25 * prisoners)
    helped = {
        "deuil": of_bereaved["aidees"] - helped_here,
        "deuil_ici": helped_here,
        "atelier": of_workshop,
        "entretien": of_talk,
        "contact": helped_in - (of_bereaved["aidees"] - helped_here),
        "ici": helped_out - helped_here - of_workshop - of_talk,
    }
    columns = {name: np.zeros(rows.height, dtype=np.int64) for name in ("ciblees", "informees", "aidees", "orientees")}
    for name, mine in groups.items():
        places = np.flatnonzero(mine)
        if not places.size:
            continue
        weights: Floats = rng.lognormal(0.0, 0.9, places.size)
        columns["informees"][places] = quota(weights, informed[name])
        columns["aidees"][places] = _part(rng, columns["informees"][places], helped[name])
        to = oriented if name == "entretien" else 0.06
        columns["orientees"][places] = _part(rng, columns["informees"][places], round(to * informed[name]))
        more = of_bereaved["ciblees"] / of_bereaved["informees"] if name.startswith("deuil") else 1.3
        columns["ciblees"][places] = columns["informees"][places] + quota(weights, round((more - 1) * informed[name]))
    return rows.with_columns(pl.Series(name, values) for name, values in columns.items())


def _part(rng: np.random.Generator, informed: Ints, total: int) -> Ints:
    """`total` people among those informed: none more than there are."""
    marks = chosen(rng, np.ones(int(informed.sum()), dtype=np.bool_), total)
    ends = np.cumsum(informed)
    counted = np.concatenate([[0], np.cumsum(marks)])
    return np.asarray(counted[ends] - counted[ends - informed], dtype=np.int64)


def _sum(targets: Targets, column: str, modality: str) -> int:
    found = targets.get(f"aller_vers.personnes_{column}", targets.year, modality=modality)
    return round(found.middle) if found else 20_000


def _of_bereaved(targets: Targets, column: str) -> int:
    found = targets.get(f"aller_vers.personnes_{column}_public", targets.year, modality="PERTE_PROCHE")
    return round(found.middle) if found else {"ciblees": 16_000, "informees": 14_000, "aidees": 1_100}[column]


def _share(targets: Targets, indicator: str, modality: str, supposed: float) -> float:
    found = targets.get(f"aller_vers.{indicator}", targets.year, modality=modality)
    return found.middle if found else supposed


# --- conventions, workshops, ASE ------------------------------------------------------------------------------


def _conventions(rng: np.random.Generator, targets: Targets, year: int) -> pl.DataFrame:
    """Where each partner is present, and where the national convention is applied: any organisme may say it."""
    everywhere, frames = len(organismes().codes), []
    for partner, agreed in agreements(targets, year).items():
        cover = targets.get("conventions.part_couverture", year, modality=partner)
        present = everywhere if not cover else round(agreed / cover.middle)
        present = min(max(present if cover else round(agreed * 1.12), agreed), everywhere)
        places = rng.permutation(everywhere)
        named = np.sort(places[: min(present + 4, everywhere)])
        rank = np.argsort(places)[named]
        frames.append(
            pl.DataFrame(
                {
                    "organisme": _codes(named),
                    "partenaire": pl.Series([partner]).new_from_index(0, named.size),
                    "implante": rank < present,
                    "conventionne": rank < agreed,
                }
            )
        )
    return pl.concat(frames)


def agreements(targets: Targets, year: int) -> dict[str, int]:
    """Organismes with the convention by partner: as published, or by the change since the year before or after."""
    found = {m: round(v.middle) for m, v in targets.modalities("conventions.organismes", year).items()}
    for other, sign, change in ((year - 1, 1, year), (year + 1, -1, year + 1)):
        for partner, number in targets.modalities("conventions.organismes", other).items():
            by = targets.number("conventions.evolution", change, modality=partner)
            if partner not in found and by is not None:
                found[partner] = round(number.middle) + sign * by
    return dict(sorted(found.items()))


def _workshops(rng: np.random.Generator, targets: Targets, respondents: Ints) -> pl.DataFrame:
    """Workshops for parents to be: who holds them, in which format, and the sums of people."""
    size = respondents.size
    both = {f: _of(targets, "ateliers_parents.part_format", f, 0.55, size) for f in ("PHYSIQUE", "DISTANCE")}
    any_of = max(_of(targets, "ateliers_parents.part_organismes", "", 0.84, size), *both.values())
    holders = rng.choice(respondents, any_of, replace=False)
    physical = holders[: both["PHYSIQUE"]]
    distant = holders[any_of - both["DISTANCE"] :]
    place = np.concatenate([physical, distant])
    weights = organismes().weights[place] * rng.lognormal(0.0, 0.3, place.size)
    invited = targets.get("ateliers_parents.invitations", targets.year)
    total = round(invited.low * 1.005) if invited else 250_000
    came = round(_rate(targets, "taux_presence", "", 0.08) * total)
    present = quota(weights, came)
    columns = {
        f"orientes_{to.lower()}": _part(rng, present, round(_rate(targets, "part_orientes", to, 0.03) * came))
        for to in ("CAF", "CPAM", "COMMUN")
    }
    mark = _rate(targets, "satisfaction", "", 8.4)
    return pl.DataFrame(
        {
            "organisme": _codes(place),
            "format": ["PHYSIQUE"] * physical.size + ["DISTANCE"] * distant.size,
            "invitations": quota(weights, total),
            "presents": present,
            **columns,
            "satisfaction": _marks(rng, present, mark),
        }
    )


def _marks(rng: np.random.Generator, weight: Ints, mean: float) -> pl.Series:
    """Marks out of ten to one decimal with this weighted mean (to within a few hundredths); two are not given."""
    known = np.arange(weight.size) >= 2
    drawn = np.clip(rng.normal(mean, 0.5, weight.size), 6, 10)
    moved = drawn + mean - float((drawn * weight)[known].sum()) / max(int(weight[known].sum()), 1)
    return pl.select(pl.when(pl.Series(known)).then(pl.Series(np.round(np.clip(moved, 0, 10), 1)))).to_series()


def _of(targets: Targets, indicator: str, modality: str, supposed: float, size: int) -> int:
    found = targets.get(indicator, targets.year, modality=modality)
    low, high = (found or Interval(supposed, supposed)).counts(size)
    return (low + high) // 2


def _rate(targets: Targets, name: str, modality: str, supposed: float) -> float:
    found = targets.get(f"ateliers_parents.{name}", targets.year, modality=modality)
    return found.middle if found else supposed


_SUMS = ("beneficiaires", "pris_en_charge", "renouvellements_css")


def _ase(rng: np.random.Generator, targets: Targets, respondents: Ints) -> pl.DataFrame:
    """Children in care of the départements: published sums, shared out by size of the caisse."""
    size, year = respondents.size, targets.year
    weights = organismes().weights[respondents] * rng.lognormal(0.0, 0.3, size)

    def number(name: str, supposed: int) -> int:
        found = targets.number(f"ase.{name}", year)
        return supposed if found is None else found

    def some(name: str, share: float, modality: str = "") -> Bools:
        return chosen(rng, np.ones(size, dtype=np.bool_), _of(targets, f"ase.{name}", modality, share, size))

    sums = {
        name: quota(weights, number(name, supposed))
        for name, supposed in zip(_SUMS, (150_000, 97_000, 16_000), strict=True)
    }
    treated = sums["pris_en_charge"]
    older = _part(rng, treated, min(number("pris_en_charge_16", 58_000), int(treated.sum())))
    news = targets.get("ase.part_nouveaux", year)
    meets = np.sort(rng.choice(size, number("organismes_rdv_19", 23), replace=False))
    meetings = np.zeros(size, dtype=np.int64)
    meetings[meets] = 1 + quota(weights[meets], number("rdv_19", 617) - meets.size)
    seen = some("part_actions_jeunes", 0.2)
    young = np.zeros(size, dtype=np.int64)
    young[seen] = quota(weights[seen], number("jeunes_rencontres", 476))
    signed = chosen(rng, np.ones(size, dtype=np.bool_), _count(targets, "SIGNEE", 6))
    pending = chosen(rng, ~signed, _count(targets, "EN_COURS", 4))
    return pl.DataFrame(
        {
            "organisme": _codes(respondents),
            **sums,
            "pris_en_charge_16": older,
            "nouveaux": _part(rng, treated, round((news.middle if news else 0.34) * int(treated.sum()))),
            "rdv_19": meetings,
            "actions_caf": chosen(rng, np.ones(size, dtype=np.bool_), number("organismes_actions_caf", 16)),
            "convention": pl.Series(np.where(signed, "SIGNEE", np.where(pending, "EN_COURS", "NON")).tolist()),
            "rencontre_annuelle": some("part_rencontre_annuelle", 0.72),
            "actions_jeunes": seen,
            "jeunes_rencontres": young,
            "actions_professionnels": some("part_actions_professionnels", 0.6),
            "actions_departement": some("part_actions_departement", 0.48),
        }
    )


def _count(targets: Targets, modality: str, supposed: int) -> int:
    found = targets.number("ase.organismes_convention", targets.year, modality=modality)
    return supposed if found is None else found
