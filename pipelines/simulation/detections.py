"""Who detected: external or internal, category, structure and organisme of the saisines of a year."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from pipelines.simulation.closures import AGES, CARE, COORDINATES, ENDINGS, OPEN, REFUSED, SITUATIONS, aim
from pipelines.simulation.fitting import Program, Totals, assigned, drawn_by_weight, fitted, quota
from pipelines.simulation.shapes import Bools, Floats, Ints, gathered, index_by_weight, organismes, shapes, table, whole
from pipelines.simulation.targets import Interval, Structure, Targets
from pipelines.simulation.writing import local_structures
from schemas.nomenclatures import FAMILLE_DE_CATEGORIE, FAMILLE_INTERNE

MOST_OF = 0.7  # of the saisines there are: a structure that takes as many needs the organismes that have most
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


@dataclass(frozen=True)
class Saisines:
    """Rows whose saisine falls in `year`: population cell, type, HELP, how they ended, external or not, organisme."""

    year: int
    cell: Ints
    kind: Ints
    help: Bools
    ending: Ints
    outside: Bools
    organisme: Ints

    @property
    def size(self) -> int:
        return self.kind.size


def external(
    rng: np.random.Generator, targets: Targets, year: int, kind: Ints, helped: Bools, ending: Ints, size: int
) -> Bools:
    """Which rows of a year are external: all of HELP, as many about care as published, oftener without success."""
    share = aim(targets, "detections.part_soins_externe", year)
    care = kind == CARE
    of_care = round((share.middle if share else float(care.mean())) * size) - int((helped & care).sum())
    others = size - int(helped.sum()) - of_care
    odds = np.array([targets.assumptions["externes"][name] for name in ENDINGS])[ending]
    marks = helped.copy()
    for plain, wanted in ((~helped & care, of_care), (~helped & ~care, others)):
        marks |= drawn_by_weight(rng, plain, odds, max(wanted, 0))
    return marks


def detect(rng: np.random.Generator, targets: Targets, rows: Saisines, scale: float) -> tuple[pl.Series, pl.Series]:
    """The category code of each row, and its structure (any spelling, or none)."""
    named = _named(rng, targets, rows, scale)
    category = _categories(rng, targets, rows, named, scale)
    return category, _structures(rng, targets, rows, category, named)


# --- the first structures -----------------------------------------------------------------------------------


def _named(rng: np.random.Generator, targets: Targets, rows: Saisines, scale: float) -> Ints:
    """Position of the published structure that detected each row, -1 for any other detector."""
    named = np.full(rows.size, -1)
    activity = int(rows.outside.sum()) / max(numbers(targets, scale)[targets.year].external, 1)
    # those of few organismes first: they need the most saisines in each
    for place in sorted(range(len(targets.structures)), key=lambda i: targets.structures[i].organismes):
        structure = targets.structures[place]
        own = rows.help if structure.name == FIRST else ~rows.help
        size = round(structure.accompaniments * scale * min(activity, 1.0))
        named[_of_structure(rng, targets, structure, rows, rows.outside & (named < 0) & own, size)] = place
    return named


def _of_structure(
    rng: np.random.Generator, targets: Targets, structure: Structure, rows: Saisines, pool: Bools, size: int
) -> Bools:
    """Rows of a structure: in as many organismes as published, with its shares of care and of not pertinent."""
    where = _where(
        rng, np.bincount(rows.organisme[pool], minlength=len(organismes().codes)), min(structure.organismes, size), size
    )
    pool = pool & np.isin(rows.organisme, where)
    cell = rows.kind * len(ENDINGS) + rows.ending
    counts = _counts(structure, np.bincount(cell[pool], minlength=2 * len(ENDINGS)), size)
    marks = _one_in_each(rng, rows, pool & (counts[cell] > 0), cell, counts)
    weights = _publics(targets, structure, rows)
    for i, count in enumerate(counts - np.bincount(cell[marks], minlength=counts.size)):
        marks |= drawn_by_weight(rng, pool & ~marks & (cell == i), weights, max(int(count), 0))
    return marks


def _where(rng: np.random.Generator, room: Ints, wide: int, size: int) -> Ints:
    """As many organismes as `wide`: the largest for a structure that is big in a few or needs them, else any."""
    order = np.argsort(-room, kind="stable")
    if size > 100 * wide or size > MOST_OF * room.sum():
        return np.sort(order[:wide])
    free = order[: max(wide, int((room > 0).sum()))]
    must = free[: wide // 2]  # large ones, so that there is room
    return np.sort(np.concatenate([must, rng.choice(free[wide // 2 :], wide - must.size, replace=False)]))


def _counts(structure: Structure, available: Ints, size: int) -> Ints:
    """How many rows of each type and ending give the structure its published shares, or the one of care at least."""
    size = min(size, int(available.sum()))
    for both in (True, False):
        program = _program(structure, available, size)
        if both:
            _not_pertinent(program, structure.not_pertinent, available.size)
        found = program.solve()
        if found is not None:
            return np.array([found[str(i)] for i in range(available.size)])
    return quota(available, size)


def _program(structure: Structure, available: Ints, size: int) -> Program:
    """The rows of each type and ending as numbers: `size` of them, the published share about care."""
    program, cells = Program(), range(available.size)
    for i, stock in enumerate(available):
        program.number(str(i), 0, int(stock), wanted=size * stock / max(int(available.sum()), 1))
    program.require({str(i): 1 for i in cells}, size, size)
    program.require({str(i): 1 for i in cells if i // len(ENDINGS) == CARE}, *structure.care.counts(size))
    return program


def _not_pertinent(program: Program, share: Interval, cells: int) -> None:
    """Require the published share of what was not pertinent among the closed ones."""
    closed = {str(i): 1.0 for i in range(cells) if i % len(ENDINGS) != OPEN}
    refused = {str(i): 1.0 for i in range(cells) if i % len(ENDINGS) == REFUSED}
    inside = 0.05 * (share.high - share.low)
    program.share(refused, closed, (max(share.low + inside, 0), share.high - inside))


def _one_in_each(rng: np.random.Generator, rows: Saisines, pool: Bools, cell: Ints, counts: Ints) -> Bools:
    """A row in each organisme of the pool, of the cells that count most, and no more of a cell than it counts."""
    places = rng.permutation(np.flatnonzero(pool))
    places = places[np.argsort(-counts[cell[places]], kind="stable")]
    first = places[np.unique(rows.organisme[places], return_index=True)[1]]
    marks = np.zeros(rows.size, dtype=np.bool_)
    for i in np.unique(cell[first]):
        marks[first[cell[first] == i][: counts[i]]] = True
    return marks


def _publics(targets: Targets, structure: Structure, rows: Saisines) -> Floats:
    """How much likelier than another each row is to come from the structure."""
    age, situation, _, _ = (c[rows.cell] for c in COORDINATES)
    weights = np.ones(rows.size)
    for public, factor in targets.assumptions["structures_publics"].get(structure.name, {}).items():
        weights[age == AGES.index(public) if public in AGES else situation == SITUATIONS.index(public)] *= factor
    return weights


# --- categories and names -----------------------------------------------------------------------------------


def _categories(rng: np.random.Generator, targets: Targets, rows: Saisines, named: Ints, scale: float) -> pl.Series:
    codes = [*INTERNAL, *EXTERNAL]
    found = np.zeros(rows.size, dtype=np.int64)
    inside = ~rows.outside
    found[inside] = assigned(rng, rows.kind[inside], _internal_table(targets, rows, inside, scale))
    for kind in range(2):
        mine = rows.outside & (rows.kind == kind)
        weights = [_weight(code) * (_lean(code) if kind == CARE else 1.0) for code in EXTERNAL]
        found[mine] = len(INTERNAL) + index_by_weight(rng, weights, int(mine.sum()))
    of_structure = {row["structure"]: row["categorie"] for row in table("structures.csv")}
    for place, structure in enumerate(targets.structures):
        found[named == place] = codes.index(of_structure[structure.name])
    found[rows.outside & rows.help] = codes.index(of_structure[FIRST])
    return gathered(codes, found)


def _weight(category: str) -> float:
    return float(shapes()["categorie_detecteur"][category])


def _lean(category: str) -> float:
    """How much likelier care is with this category of detector."""
    return float(shapes()["soins_selon_categorie"].get(category, 1.0))


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
    weight, lean = np.array([_weight(c) for c in INTERNAL]), np.array([_lean(c) for c in INTERNAL])
    start: Floats = np.stack([weight * lean, weight]) * sizes[:, None] / weight.sum()
    return fitted(start, totals)


def _structures(
    rng: np.random.Generator, targets: Targets, rows: Saisines, category: pl.Series, named: Ints
) -> pl.Series:
    """The structure of each row as an agent may have typed it: any alias of a published one, a local name, or none."""
    spellings = pl.DataFrame(table("structures.csv")).group_by("structure", maintain_order=True).agg("alias")
    aliases = {str(s): [str(s), *names] for s, names in spellings.iter_rows()}
    names = local_structures(
        category, gathered(organismes().names, rows.organisme), _which_local(rng, targets, rows, category)
    )
    blank = rows.outside & (rng.random(rows.size) < shapes()["parts"]["structure_vide"])
    pick = rng.integers(0, 1000, rows.size)
    for place, structure in enumerate(targets.structures):
        those = aliases[structure.name]
        names = names.zip_with(pl.Series(named != place), gathered(those, pick % len(those)))
    keep = pl.Series(rows.outside & ((named >= 0) | ~blank))
    return pl.select(pl.when(keep).then(names)).to_series()


def _which_local(rng: np.random.Generator, targets: Targets, rows: Saisines, category: pl.Series) -> pl.Series:
    """A number for the name of each row: the first names of a category send more care, the last more not pertinent."""
    lean = targets.assumptions["structures_locales"]
    position = rng.random(rows.size)
    position = np.where(rows.kind == CARE, position ** lean["soins"], position)
    position = np.where(rows.ending == REFUSED, position ** lean["non_pertinent"], position)
    known = {c: len(names) for c, names in shapes()["structures_locales"].items()}
    size = category.replace_strict(known, default=1, return_dtype=pl.Int64).to_numpy()
    return pl.Series(whole(position * size) + size * rng.integers(0, 4000, rows.size))
