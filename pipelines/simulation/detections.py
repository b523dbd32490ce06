"""Who detected: external or internal, category, structure and organisme of the saisines of a year."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from pipelines.simulation.closures import CARE, aim
from pipelines.simulation.fitting import Program, Totals, assigned, chosen, fitted, quota
from pipelines.simulation.shapes import Bools, Floats, Ints, gathered, index_by_weight, organismes, shapes, table
from pipelines.simulation.targets import Interval, Structure, Targets
from pipelines.simulation.writing import local_structures
from schemas.nomenclatures import FAMILLE_DE_CATEGORIE, FAMILLE_INTERNE

NOT_PERTINENT, OTHER_CLOSED, OPEN = 0, 1, 2  # status of a saisine
FIRST = "HELP / TI"  # the structure that HELP saisines come from
INTERNAL = [c for c, family in FAMILLE_DE_CATEGORIE.items() if family == FAMILLE_INTERNE]
EXTERNAL = [c for c, family in FAMILLE_DE_CATEGORIE.items() if family != FAMILLE_INTERNE]


@dataclass(frozen=True)
class Numbers:
    """Saisines of a year, and how many of them are external."""

    saisines: int
    external: int


def numbers(targets: Targets, scale: float) -> dict[int, Numbers]:
    """Saisines of the published year and of the year before, that agree with every published share of them."""
    year = targets.year
    wanted = targets.assumptions["detections"]["nombre"]
    program = Program()
    for y in (year, year - 1):
        published = targets.get("detections.nombre", y) or Interval(1, np.inf)
        program.number(f"saisines {y}", np.ceil(published.low), np.floor(published.high), wanted=wanted)
        program.number(f"externes {y}")
        external = targets.get("detections.part_externe", y)
        if external:
            program.share({f"externes {y}": 1}, {f"saisines {y}": 1}, (external.low, external.high))
    evolution = targets.get("detections.evolution", year)
    if evolution:
        program.share({f"saisines {year}": 1}, {f"saisines {year - 1}": 1}, (1 + evolution.low, 1 + evolution.high))
    internal = {f"saisines {year}": 1.0, f"externes {year}": -1.0}
    for category, share in targets.modalities("detections.part_categorie_interne", year).items():
        number = targets.number("detections.nombre_categorie", year, modality=category)
        if number:
            program.require(internal, number / share.high, number / share.low)
    top, first = targets.get("structures.part_top10", year), sum(s.accompaniments for s in targets.structures)
    if top:
        program.require({f"externes {year}": 1}, first / top.high, first / top.low)
    found = program.solve()
    if found is None:
        raise RuntimeError("detections: no number of saisines agrees with the published figures")
    return {
        y: Numbers(round(found[f"saisines {y}"] * scale), round(found[f"externes {y}"] * scale))
        for y in (year, year - 1)
    }


@dataclass
class Saisines:
    """Rows whose saisine falls in `year`: type, HELP, status; then what is found for them."""

    year: int
    kind: Ints
    help: Bools
    status: Ints

    @property
    def size(self) -> int:
        return self.kind.size


@dataclass
class Detected:
    """Category code, structure (any spelling, or none) and position of the organisme of each row."""

    category: pl.Series
    structure: pl.Series
    organisme: Ints


def detect(rng: np.random.Generator, targets: Targets, rows: Saisines, external: int, scale: float) -> Detected:
    """Find who detected each row, with `external` external ones."""
    outside = _external(rng, targets, rows, external)
    named = _named(rng, targets, rows, outside, scale)
    capacity = _capacities(targets, rows.size, external)
    organisme = _organismes(rng, targets, named, outside, capacity, scale)
    category = _categories(rng, targets, rows, outside, named, scale)
    return Detected(category, _structures(rng, targets, category, outside, named, organisme), organisme)


def _external(rng: np.random.Generator, targets: Targets, rows: Saisines, external: int) -> Bools:
    """Which rows are external: all of HELP, and as many about care as published."""
    share = aim(targets, "detections.part_soins_externe", rows.year)
    care = rows.kind == CARE
    of_care = round((share.middle if share else float(care.mean())) * external) - int((rows.help & care).sum())
    others = external - int(rows.help.sum()) - of_care
    plain = ~rows.help
    return np.asarray(
        rows.help | chosen(rng, plain & care, max(of_care, 0)) | chosen(rng, plain & ~care, max(others, 0)),
        dtype=np.bool_,
    )


# --- the first structures -----------------------------------------------------------------------------------


def _named(rng: np.random.Generator, targets: Targets, rows: Saisines, outside: Bools, scale: float) -> Ints:
    """Position of the published structure that detected each row, -1 for any other detector."""
    named = np.full(rows.size, -1)
    published = rows.year == targets.year
    weights = np.array([s.accompaniments for s in targets.structures]) * scale
    for place, structure in enumerate(targets.structures):
        free = outside & (named < 0)
        pool = free & rows.help if structure.name == FIRST else free & ~rows.help
        if published:
            named[_of_structure(rng, structure, rows, pool, round(weights[place]))] = place
        else:
            named[chosen(rng, pool, round(weights[place]))] = place
    return named


def _of_structure(rng: np.random.Generator, structure: Structure, rows: Saisines, pool: Bools, size: int) -> Bools:
    """Rows of a structure with its published shares of care and of saisines that were not pertinent."""
    cell = rows.kind * 3 + rows.status
    available = np.bincount(cell[pool], minlength=6)
    size = min(size, int(available.sum()))
    program = Program()
    for i, stock in enumerate(available):
        program.number(str(i), 0, int(stock), wanted=size * stock / max(int(available.sum()), 1))
    program.require({str(i): 1 for i in range(6)}, size, size)
    low, high = structure.care.counts(size)
    program.require({str(CARE * 3 + s): 1 for s in range(3)}, low, high)
    closed = {str(k * 3 + s): 1.0 for k in range(2) for s in (NOT_PERTINENT, OTHER_CLOSED)}
    refused = {str(k * 3 + NOT_PERTINENT): 1.0 for k in range(2)}
    share, inside = structure.not_pertinent, 0.05 * (structure.not_pertinent.high - structure.not_pertinent.low)
    program.share(refused, closed, (max(share.low + inside, 0), share.high - inside))
    found = program.solve()
    counts = quota(available, size) if found is None else np.array([found[str(i)] for i in range(6)])
    marks = np.zeros(rows.size, dtype=np.bool_)
    for i, count in enumerate(counts):
        marks |= chosen(rng, pool & (cell == i), int(count))
    return marks


# --- organismes ---------------------------------------------------------------------------------------------


def _capacities(targets: Targets, size: int, external: int) -> Ints:
    """External (first row) and internal (second row) saisines of each organisme.

    Small caisses have the highest rates of external detections; as many organismes are in each class as published.
    """
    weights = organismes().weights
    total = quota(weights, size)
    rates = targets.assumptions["organismes"]
    shares = {c: aim(targets, "detections.organismes_par_taux_externe", targets.year, modality=c) for c in rates}
    counts = {c: _organismes_in(share) for c, share in shares.items()}
    order = np.argsort(weights, kind="stable")
    # the very smallest stay aside: their rate hangs on a handful of saisines
    start = 8
    rate = np.full(weights.size, np.nan)
    wobble = np.linspace(-0.035, 0.035, weights.size)
    for klass in ("plus_de_40", "de_20_a_40"):
        taken = order[start : start + counts[klass]]
        rate[taken] = rates[klass] + wobble[taken]
        start += counts[klass]
    rest = np.isnan(rate)
    left = external - float((rate[~rest] * total[~rest]).sum())
    rate[rest] = left / total[rest].sum() * (1 + 4 * wobble[rest])
    outside = quota(np.maximum(rate, 0.005) * total, external)
    outside = np.minimum(outside, total)
    return np.stack([outside, total - outside])


def _organismes_in(share: Interval | None) -> int:
    low, high = (share or Interval(0, 0)).counts(len(organismes().codes))
    return (low + high) // 2


def _organismes(
    rng: np.random.Generator, targets: Targets, named: Ints, outside: Bools, capacity: Ints, scale: float
) -> Ints:
    """The organisme of each row: a published structure is in as many organismes as published."""
    organisme = np.full(named.size, -1)
    left = capacity[0].copy()
    by_spread = sorted(range(len(targets.structures)), key=lambda i: targets.structures[i].organismes)
    for place in by_spread:
        mine = np.flatnonzero(named == place)
        wide = min(targets.structures[place].organismes, mine.size)
        if wide:
            where = _where(rng, left, wide, mine.size)
            shares = _spread(left[where], mine.size)
            left[where] -= shares
            organisme[mine] = rng.permutation(np.repeat(where, shares))
    for side, room in ((outside & (organisme < 0), left), (~outside, capacity[1])):
        rows = np.flatnonzero(side)
        organisme[rows] = rng.permutation(np.repeat(np.arange(room.size), quota(np.maximum(room, 0), rows.size)))
    return organisme


def _where(rng: np.random.Generator, left: Ints, wide: int, size: int) -> Ints:
    """As many organismes as `wide`: the largest for a structure that is big in a few, else any with room."""
    order = np.argsort(-left, kind="stable")
    if size > 100 * wide:
        return np.sort(order[:wide])
    free = order[: max(wide, int((left > 0).sum()))]
    must = free[: wide // 2]  # large ones, so that there is room
    return np.sort(np.concatenate([must, rng.choice(free[wide // 2 :], wide - must.size, replace=False)]))


def _spread(room: Ints, size: int) -> Ints:
    """At least one in each, the rest by the room there is."""
    return 1 + quota(np.maximum(room - 1, 0) + 1e-9, size - room.size)


# --- categories and names -----------------------------------------------------------------------------------


def _categories(
    rng: np.random.Generator, targets: Targets, rows: Saisines, outside: Bools, named: Ints, scale: float
) -> pl.Series:
    codes = [*INTERNAL, *EXTERNAL]
    found = np.zeros(rows.size, dtype=np.int64)
    inside = np.flatnonzero(~outside)
    found[inside] = assigned(rng, rows.kind[inside], _internal_table(targets, rows, ~outside, scale))
    weights = [shapes()["categorie_detecteur"][c] for c in EXTERNAL]
    found[outside] = len(INTERNAL) + index_by_weight(rng, weights, int(outside.sum()))
    of_structure = {row["structure"]: row["categorie"] for row in table("structures.csv")}
    for place, structure in enumerate(targets.structures):
        found[named == place] = codes.index(of_structure[structure.name])
    found[outside & rows.help] = codes.index(of_structure[FIRST])
    return gathered(codes, found)


def _internal_table(targets: Targets, rows: Saisines, inside: Bools, scale: float) -> Ints:
    """Internal saisines by type (rows) and category (columns)."""
    sizes = np.bincount(rows.kind[inside], minlength=2)
    totals = Totals((2, len(INTERNAL)))
    totals.add_rows(sizes)
    for i, category in enumerate(INTERNAL):
        column = np.arange(len(INTERNAL)) == i
        share = aim(targets, "detections.part_categorie_interne", rows.year, modality=category)
        number = targets.number("detections.nombre_categorie", rows.year, modality=category)
        if number is not None:
            totals.add(column, (round(number * scale), round(number * scale)))
        elif share:
            totals.add(column, share.counts(int(sizes.sum())))
    weight = np.array([shapes()["categorie_detecteur"][c] for c in INTERNAL])
    lean = np.array([shapes()["soins_selon_categorie"].get(c, 1.0) for c in INTERNAL])
    start: Floats = np.stack([weight * lean, weight]) * sizes[:, None] / weight.sum()
    return fitted(start, totals)


def _structures(
    rng: np.random.Generator, targets: Targets, category: pl.Series, outside: Bools, named: Ints, organisme: Ints
) -> pl.Series:
    """The structure of each row as an agent may have typed it: any alias of a published one, a local name, or none."""
    size = named.size
    spellings = pl.DataFrame(table("structures.csv")).group_by("structure", maintain_order=True).agg("alias")
    aliases = {str(s): [str(s), *names] for s, names in spellings.iter_rows()}
    names = local_structures(
        category, gathered(organismes().names, organisme), pl.Series(rng.integers(0, 10_000, size))
    )
    blank = outside & (rng.random(size) < shapes()["parts"]["structure_vide"])
    pick = rng.integers(0, 1000, size)
    for place, structure in enumerate(targets.structures):
        those = aliases[structure.name]
        names = names.zip_with(pl.Series(named != place), gathered(those, pick % len(those)))
    keep = pl.Series(outside & ((named >= 0) | ~blank))
    return pl.select(pl.when(keep).then(names)).to_series()
