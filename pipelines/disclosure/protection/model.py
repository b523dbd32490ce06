"""The counts that the diffusion file could show, and the linear relations that everyone knows between them."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from scipy.sparse import csr_array, diags_array

from pipelines.disclosure.linear import Sparse, components, one_each
from pipelines.disclosure.neighbours import Whereabouts, by_structure
from pipelines.disclosure.protection.lattice import lattice
from schemas.indicators.catalogue import BY_ID
from schemas.indicators.catalogue_bali import EXTERNES
from schemas.indicators.indicator import Indicator
from schemas.indicators.known import says
from schemas.outputs.diffusion import (
    DISJOINT,
    EQUAL,
    INCLUDED,
    PUBLIC_AS,
    STOCK_BALANCE,
    THRESHOLD,
    TOP10,
    Count,
    counted,
    has_complement,
    laws,
    rests_on,
    shortest,
)
from schemas.publics import EVERYONE

WEIGHTS = {"national": 12.0, "region": 2.0, "organisme": 1.0}  # what hiding a row costs: the fewer rows, the dearer
KINDS = ("accompagnements", "soins", "hors soins", "clos", "non pertinents", "pertinents")  # of counts of structures

Place = tuple[int, str, str, str]  # annee, niveau, territoire, public


@dataclass(frozen=True)
class Row:
    """A row of `marts.indicateurs`."""

    place: Place
    indicateur: str
    modalite: str
    numerateur: float | None
    denominateur: float | None

    @property
    def kind(self) -> tuple[str, str, str]:
        """What it is a figure of: the public too, which says of whom that of everyone is known."""
        return self.indicateur, self.modalite, self.place[3]


@dataclass(frozen=True)
class Structure:
    """What the detail says of one structure in one territory."""

    place: Place
    structure: str
    rang: int
    accompagnements: int
    soins: int
    clos: int
    non_pertinents: int

    @property
    def counts(self) -> tuple[int, ...]:
        """Accompagnements, those with soins and without; those closed, non pertinents and pertinents."""
        rest, useful = self.accompagnements - self.soins, self.clos - self.non_pertinents
        return self.accompagnements, self.soins, rest, self.clos, self.non_pertinents, useful


@dataclass(frozen=True)
class Figures:
    """What is shown or hidden together: `counts[k]` are the counts that figure k shows or rests on."""

    counts: list[tuple[int, ...]]
    weights: list[float]

    def add(self, counts: Iterable[int], weight: float) -> None:
        self.counts.append(tuple(sorted(set(counts))))
        self.weights.append(weight)


@dataclass(frozen=True)
class Model:
    """`n` counts of persons, numbered from 0, and what everyone knows of how they are tied. Counts of 0 are shown and not in it.

    x         (n,) float: the true values. `equal @ x = 0` and `below @ x = -slack <= 0` hold.
    equal     (r, n) sparse, 1 and -1: sums, such as a region = its organismes.
    below     (s, n) sparse, 1 and -1: parts, such as closures of the young <= all closures; `slack` (s,) is what is missing.
    weak      (s,) bool: of `below`, the relations of a public with everyone, left out of proofs where all of them is hidden.
    unseen    (n,) bool: counts that no figure shows, which tie others together.
    caisse    (n,) int: the caisse that knows the count as of its own territory, -1 for nobody; `region` (n,) the same.
    places    n whereabouts: annee, region, organisme, public.
    rows      of each row of `marts.indicateurs`: the counts of its numerator, denominator, and complement or support; -1 for none or 0.
    sums      of each row: its numerator is no count of persons.
    structures  of each row of `marts.structures`: its `Structure.counts`, or the first of them alone.
    own       (count, caisse): counts of persons all of one caisse, which so knows them.
    tables    groups of counts in all territories: what figures of one theme, year and public count.
    structured  groups of counts in all territories: those of some structures in a year.

    A count that a relation makes equal to another is the same one.
    """

    x: np.ndarray
    unseen: np.ndarray
    caisse: np.ndarray
    region: np.ndarray
    places: list[Whereabouts]
    equal: Sparse
    below: Sparse
    slack: np.ndarray
    weak: np.ndarray
    figures: Figures
    rows: list[tuple[int, int, int]]
    sums: list[bool]
    structures: list[tuple[int, ...]]
    own: list[tuple[int, int]]
    tables: list[np.ndarray]
    structured: list[np.ndarray]

    @property
    def small(self) -> np.ndarray:
        """(n,) bool: the counts below the threshold, none of which may be shown nor narrowed."""
        return np.asarray(self.x < THRESHOLD)


def behind(structure: tuple[int, ...]) -> list[list[int]]:
    """The counts behind its accompagnements, part_soins and part_non_pertinent."""
    sides = structure[:1], structure[:3], (*structure[:1], *structure[3:])
    return [[i for i in side if i >= 0] for side in sides]


@dataclass
class _Builder:
    """Counts by what (a number given to each) and where they are, while the relations are gathered."""

    region_of: Mapping[str, str]
    catalogue: Mapping[str, Indicator]
    number: dict[Hashable, int] = field(default_factory=dict)
    index: dict[Place, dict[int, int]] = field(default_factory=lambda: defaultdict(dict))
    value: list[float] = field(default_factory=list)
    unseen: list[bool] = field(default_factory=list)
    names: list[tuple[int, Place]] = field(default_factory=list)
    terms: list[int] = field(default_factory=list)  # of the relations, one after another: counts,
    signs: list[float] = field(default_factory=list)  # their signs,
    sizes: list[int] = field(default_factory=list)  # how many each relation has,
    equal: list[bool] = field(default_factory=list)  # whether their sum is 0, or at most 0,
    weak: list[bool] = field(default_factory=list)  # and whether proofs do without it

    def of(self, what: Hashable) -> int:
        return self.number.setdefault(what, len(self.number))

    @property
    def counts(self) -> dict[Count, int]:
        return {what: k for what, k in self.number.items() if isinstance(what, Count)}

    def count(self, what: int, place: Place, value: float, *, unseen: bool = False) -> int:
        here = self.index[place]
        if what not in here:
            here[what] = len(self.value)
            self.value.append(value)
            self.unseen.append(unseen)
            self.names.append((what, place))
        return here[what]

    def sums(self, parts: list[int], wholes: list[int], *, may_fill: bool) -> None:
        """The sum of the parts is at most that of the wholes; where they are equal and may be, they are."""
        gap = sum(self.value[i] for i in wholes) - sum(self.value[i] for i in parts)
        if gap > -0.5:  # else it is not a law of these data
            self._relate(parts, wholes, equal=may_fill and gap < 0.5)

    def total(self, whole: int, parts: Iterable[int], *, may_fill: bool = True, weak: bool = False) -> None:
        """The parts, disjoint, are in the whole; where they add up to it and may be all of it, they are."""
        parts = [i for i in parts if i != whole]
        gap = self.value[whole] - sum(self.value[i] for i in parts)
        if parts and gap > -0.5:  # else it is not a law of these data
            self._relate(parts, [whole], equal=may_fill and gap < 0.5, weak=weak)

    def _relate(self, parts: list[int], wholes: list[int], *, equal: bool, weak: bool = False) -> None:
        self.terms += parts + wholes
        self.signs += [1.0] * len(parts) + [-1.0] * len(wholes)
        self.sizes.append(len(parts) + len(wholes))
        self.equal.append(equal)
        self.weak.append(weak)


def build(
    rows: Sequence[Row],
    structures: Sequence[Structure],
    region_of: Mapping[str, str],
    private: Sequence[Row] = (),
    catalogue: Mapping[str, Indicator] = BY_ID,
) -> Model:
    """The model of all rows at once; those of the published cubes, and private ones, that only a caisse knows.

    `catalogue`: the indicators by their id, as they were computed.
    """
    b = _Builder(region_of, catalogue)
    row_counts = _row_counts(b, rows)
    _within_places(b)
    of_structures = _structures(b, structures)
    _laws(b)
    _stocks(b)
    _territories(b)
    _publics(b)
    complements = [_complement(b, row, n, d) for row, (n, d, _) in zip(rows, row_counts, strict=True)]
    return _reduced(b, rows, row_counts, complements, of_structures, _own(b, private))


def _own(b: _Builder, private: Sequence[Row]) -> list[tuple[int, str]]:
    """The counts that hold nobody but persons of one caisse, with that caisse."""
    out = set()
    kinds = {row.kind for row in private}
    sides = {kind: counted(b.catalogue[kind[0]], *kind[1:]) for kind in kinds}
    numbers = {
        kind: [-1 if c is None or c.lag or c.everyone else b.number.get(c, -1) for c in of_kind]
        for kind, of_kind in sides.items()
    }
    nothing: dict[int, int] = {}
    for row in private:
        annee, _, caisse, public = row.place
        for place in ((annee, "region", b.region_of.get(caisse, ""), public), (annee, "national", "FR", public)):
            here = b.index.get(place, nothing)
            for what, value in zip(numbers[row.kind], (row.numerateur, row.denominateur), strict=True):
                i = here.get(what) if value else None
                if i is not None and b.value[i] == value:
                    out.add((i, caisse))
    return sorted(out)


def _row_counts(b: _Builder, rows: Sequence[Row]) -> list[tuple[int | None, int | None, int | None]]:
    """The counts of each row: its numerator, its denominator, the persons whose amounts it sums."""
    sides = {
        kind: (*counted(b.catalogue[kind[0]], *kind[1:]), rests_on(b.catalogue[kind[0]], kind[1]))
        for kind in sorted({row.kind for row in rows})
    }
    out: list[tuple[int | None, int | None]] = []
    for row in rows:
        numerator, denominator, _ = sides[row.kind]
        out.append((_counted(b, row, numerator, row.numerateur), _counted(b, row, denominator, row.denominateur)))
    support = {k: b.number.get(s, -1) for k, (_, _, s) in sides.items() if s}
    return [(n, d, b.index[row.place].get(support.get(row.kind, -1))) for row, (n, d) in zip(rows, out, strict=True)]


def _counted(b: _Builder, row: Row, count: Count | None, value: float | None) -> int | None:
    if count is None or value is None:
        return None
    annee, niveau, territoire, public = row.place
    place = (annee - count.lag, niveau, territoire, EVERYONE.code if count.everyone else public)
    if count.lag or count.everyone:
        count = replace(count, lag=0, everyone=False)
    return b.count(b.of(count), place, value)


def _within_places(b: _Builder) -> None:
    known = lattice(b.counts)
    unseen = [b.of(c) for c in sorted(known.unseen, key=lambda c: (-len(c.where), str(c)))]
    groups: dict[int, list[tuple[list[int], bool]]] = defaultdict(list)
    for group in known.groups:
        groups[b.of(group.whole)].append(([b.of(p) for p in group.parts], group.may_fill))
    numbers = b.counts
    sums = [(c, replace(c, total=of)) for part, of in INCLUDED for c in numbers if c.total == part]
    wholes: dict[int, list[tuple[int, bool]]] = defaultdict(list)
    for inner, outer in (*known.inclusions, *sums):
        # where all deliveries say what one of them asks for, which everybody knows, they are the same
        same = all(map(says, inner.where - outer.where)) and inner.where > outer.where
        wholes[b.of(inner)].append((b.of(outer), same))
    for one, other in EQUAL:
        wholes[b.of(one)].append((b.of(other), True))
    for place in list(b.index):
        here = b.index[place]
        for what in unseen:
            most = max(sum(b.value[here[p]] for p in parts if p in here) for parts, _ in groups[what])
            if most:
                b.count(what, place, most, unseen=True)
        for what, i in here.items():
            for parts, may_fill in groups.get(what, ()):
                b.total(i, [here[p] for p in parts if p in here], may_fill=may_fill)
            for whole, equal in wholes.get(what, ()):
                if whole in here:
                    b.total(here[whole], [i], may_fill=equal)


def _laws(b: _Builder) -> None:
    """What predicates do not say, place by place; a count that is not there is 0."""
    for law in laws(BY_ID):
        parts, wholes = ([b.number.get(c, -1) for c in side] for side in (law.parts, law.wholes))
        for here in b.index.values():
            there = [[here[what] for what in side if what in here] for side in (parts, wholes)]
            if all(there):
                b.sums(*there, may_fill=law.may_fill)


def _stocks(b: _Builder) -> None:
    """Those under way at the end of a year follow from those of the year before."""
    there, came, went = (b.number.get(c, -1) for c in (STOCK_BALANCE.there, STOCK_BALANCE.came, STOCK_BALANCE.went))
    for (annee, niveau, territoire, public), here in b.index.items():
        before = b.index.get((annee - 1, niveau, territoire, public), {})
        if there in here:
            rises = [i for i in (before.get(there), here.get(came)) if i is not None]
            b.sums([here[there], *([here[went]] if went in here else [])], rises, may_fill=True)


def _structures(b: _Builder, structures: Sequence[Structure]) -> list[tuple[int, ...]]:
    """The counts of each row of `marts.structures`, as in `Model.structures`.

    Of a structure that is small in the country nothing is shown, so what its accompaniments are need not be modelled.
    """
    externes = b.of(Count(EXTERNES.relation, EXTERNES.year, frozenset({EXTERNES.where})))
    top10 = b.of(TOP10)
    large = {
        (s.place[0], s.structure) for s in structures if s.place[1] == "national" and s.accompagnements >= THRESHOLD
    }
    out: list[tuple[int, ...]] = []
    by_place = defaultdict(list)
    for s in structures:
        t = b.count(b.of((KINDS[0], s.structure)), s.place, s.accompagnements)
        by_place[s.place].append((s.rang, t))
        if (s.place[0], s.structure) not in large:
            out.append((t,))
            continue
        k, u, c, n, v = (
            b.count(b.of((kind, s.structure)), s.place, value)
            for kind, value in zip(KINDS[1:], s.counts[1:], strict=True)
        )
        b.total(t, [k, u])
        b.total(c, [n, v])
        b.total(t, [c], may_fill=False)
        out.append((t, k, u, c, n, v))
    for place, ranked in by_place.items():
        here = b.index[place]
        if externes in here:
            b.total(here[externes], [t for _, t in ranked])
        if top10 in here:
            b.total(here[top10], [t for rank, t in ranked if rank <= 10])
    return out


def _territories(b: _Builder) -> None:
    """A country is its regions, a region its organismes; persons may be of several."""
    numbers = b.counts
    not_additive = {k for c, k in numbers.items() if not c.adds_up}
    shared = {k: c for c, k in numbers.items() if c.persons}
    children: dict[tuple[int, Place], list[int]] = defaultdict(list)
    for i, (what, (annee, niveau, territoire, public)) in enumerate(b.names):
        if (what in not_additive and what not in shared) or b.unseen[i]:
            continue
        if niveau == "region":
            children[what, (annee, "national", "FR", public)].append(i)
        elif niveau == "organisme":
            children[what, (annee, "region", b.region_of.get(territoire, ""), public)].append(i)
    for (what, place), parts in children.items():
        whole = b.index[place].get(what) if place in b.index else None
        if whole is None:
            continue
        if what not in shared:
            b.total(whole, parts)
            continue
        for part in parts:
            b.total(whole, [part], may_fill=len(parts) == 1)
        if not shared[what].repeated:
            b.sums([whole], parts, may_fill=False)


def _publics(b: _Builder) -> None:
    alias = {
        public: {k: b.number.get(replace(c, where=shortest({*c.where, same})), -1) for c, k in b.counts.items()}
        for public, same in PUBLIC_AS.items()
    }
    for place in list(b.index):
        annee, niveau, territoire, public = place
        if public == EVERYONE.code:
            continue
        whole = b.index[annee, niveau, territoire, EVERYONE.code]
        others = [b.index.get((annee, niveau, territoire, other), {}) for one, other in DISJOINT if one == public]
        for what, i in b.index[place].items():
            if what not in whole:
                continue
            b.total(whole[what], [i], may_fill=False, weak=True)
            for there in others:
                if what in there:
                    b.total(whole[what], [i, there[what]], may_fill=False, weak=True)
            as_everyone = whole.get(alias.get(public, {}).get(what, -1))
            if as_everyone is not None and as_everyone != whole[what]:
                b.total(as_everyone, [i])


def _complement(b: _Builder, row: Row, n: int | None, d: int | None) -> int | None:
    """The persons of a part's whole that it does not count, where they are few; they are in no figure."""
    if n is None or d is None or n == d or not has_complement(BY_ID[row.indicateur]):
        return None
    rest = b.value[d] - b.value[n]
    if rest < 0.5:
        b.total(d, [n], may_fill=False)
        return None
    if rest > THRESHOLD - 0.5:
        if b.value[n] > 0.5:
            b.total(d, [n], may_fill=False)
        return None
    i = b.count(b.of(("complement", n, d)), row.place, rest, unseen=True)
    b.total(d, [n, i])
    return i


def _reduced(
    b: _Builder,
    rows: Sequence[Row],
    row_counts: Sequence[tuple[int | None, int | None, int | None]],
    complements: Sequence[int | None],
    of_structures: list[tuple[int, ...]],
    own: Sequence[tuple[int, str]],
) -> Model:
    """Zeros left out (they are shown), counts that equal each other by a relation made one."""
    value = np.array(b.value, float)
    positive = value > 0.5
    all_relations = _relations(b)
    same = _made_one(all_relations, np.array(b.equal, bool), positive)
    kept, position = np.unique(same[positive], return_index=True)
    size = len(kept)
    numbered = np.full(len(value), -1)
    numbered[positive] = np.searchsorted(kept, same[positive])
    var: list[int] = numbered.tolist()
    x = value[positive][position]
    unseen = np.ones(size, bool)
    np.logical_and.at(unseen, numbered[positive], np.array(b.unseen, bool)[positive])
    where = _whereabouts(b, var, size)
    equal, below, weak = _matrices(b, all_relations, numbered, size)
    row_vars, sums = [], []
    figures = Figures([], [])
    for row, (n, d, s), c in zip(rows, row_counts, complements, strict=True):
        counts = [-1 if i is None else var[i] for i in (n, d, c if s is None else s)]
        row_vars.append((counts[0], counts[1], counts[2]))
        sums.append(n is None)
        if any(k >= 0 for k in counts) and not (n is not None and counts[0] < 0):
            figures.add((k for k in counts if k >= 0), WEIGHTS[row.place[1]])
    structure_vars = [tuple(var[i] for i in counts) for counts in of_structures]
    for side in (side for one in structure_vars for side in behind(one)):
        figures.add(side, 0.5)
    mine = [(var[i], where.caisses[c]) for i, c in own if var[i] >= 0 and c in where.caisses]
    return Model(
        x,
        unseen,
        where.caisse,
        where.region,
        where.places,
        equal,
        below,
        -(below @ x),
        weak,
        figures,
        row_vars,
        sums,
        structure_vars,
        mine,
        _tables(b, rows, row_vars, var),
        _structured(b, var, where.places),
    )


def _tables(
    b: _Builder, rows: Sequence[Row], row_vars: Sequence[tuple[int, int, int]], var: Sequence[int]
) -> list[np.ndarray]:
    """The counts of each theme, year and public; those of structures are about detections."""
    tables: dict[tuple[str, int, str], set[int]] = defaultdict(set)
    for row, counts in zip(rows, row_vars, strict=True):
        theme = row.indicateur.split(".")[0]
        tables["detections" if theme == "structures" else theme, row.place[0], row.place[3]].update(counts)
    detections = {
        k
        for what, k in b.number.items()
        if (isinstance(what, Count) and what.space[:2] == (EXTERNES.relation, EXTERNES.year))
        or (isinstance(what, tuple) and what[0] in KINDS)
    }
    for k, (what, (annee, _, _, public)) in zip(var, b.names, strict=True):
        if what in detections:
            tables["detections", annee, public].add(k)
    return [np.array(sorted(table - {-1}), int) for table in tables.values()]


def _structured(b: _Builder, var: Sequence[int], places: Sequence[Whereabouts]) -> list[np.ndarray]:
    """The counts of some structures of a year, block by block."""
    structure_of = {k: what[1] for what, k in b.number.items() if isinstance(what, tuple) and what[0] in KINDS}
    counts: dict[tuple[int, str], list[int]] = defaultdict(list)
    for k, (what, (annee, *_)) in zip(var, b.names, strict=True):
        if k >= 0 and what in structure_of:
            counts[annee, structure_of[what]].append(k)
    return list(by_structure(counts, places))


@dataclass
class _Where:
    """Where each count is (the smallest territory, for a count that is one of several), and whose it is."""

    places: list[Whereabouts]
    caisse: np.ndarray
    region: np.ndarray
    caisses: dict[str, int] = field(default_factory=dict)
    regions: dict[str, int] = field(default_factory=dict)


def _whereabouts(b: _Builder, var: Sequence[int], size: int) -> _Where:
    out = _Where([(0, "", "", "")] * size, np.full(size, -1), np.full(size, -1))
    for k, (_, (annee, niveau, territoire, public)) in zip(var, b.names, strict=True):
        if k < 0:
            continue
        organisme = territoire if niveau == "organisme" else ""
        region = b.region_of.get(territoire, "") if organisme else territoire if niveau == "region" else ""
        if organisme:
            out.caisse[k] = out.caisses.setdefault(organisme, len(out.caisses))
        if niveau != "national":
            out.region[k] = out.regions.setdefault(region, len(out.regions))
        if not out.places[k][3] or organisme or (region and not out.places[k][2]):
            out.places[k] = annee, region, organisme, public
    return out


def _relations(b: _Builder) -> Sparse:
    """All relations (rows) between all counts (columns)."""
    return csr_array((b.signs, b.terms, np.cumsum([0, *b.sizes])), shape=(len(b.sizes), len(b.value)))


def _made_one(relations: Sparse, equal: np.ndarray, positive: np.ndarray) -> np.ndarray:
    """A number for each count, the same for those that are equal by relations in which nothing else is but 0."""
    left = relations[equal] @ diags_array(positive.astype(float))
    left.eliminate_zeros()
    two = (np.diff(left.indptr) == 2) & (np.abs(left.sum(axis=1)) < 0.5)
    return components(left[np.flatnonzero(two)])


def _matrices(b: _Builder, relations: Sparse, numbered: np.ndarray, size: int) -> tuple[Sparse, Sparse, np.ndarray]:
    """The relations that are left between the counts that are left, each once; which of the second are weak."""
    left = relations @ one_each(numbered, size)
    left.eliminate_zeros()
    left.sort_indices()
    total, terms = left.sum(axis=1), np.diff(left.indptr)
    both = np.abs(total) < terms - 0.5  # signs
    equal, weak = np.array(b.equal, bool), np.array(b.weak, bool)
    of_equal, of_below = np.flatnonzero(both & equal), np.flatnonzero(both & ~equal)
    first, _ = _each_once(left[of_equal])
    below, alike = _each_once(left[of_below])
    always_weak = np.ones(len(below), bool)
    np.logical_and.at(always_weak, alike, weak[of_below])
    return left[of_equal[first]], left[of_below[below]], always_weak


def _each_once(rows: Sparse) -> tuple[np.ndarray, np.ndarray]:
    """Of equal rows the first, in their order; and which of these each row equals, by a hash of 64 bits."""
    of_column = np.random.default_rng(0).integers(2**62, size=rows.shape[1])
    _, first, alike = np.unique(rows.astype(np.int64) @ of_column, return_index=True, return_inverse=True)
    order = np.argsort(first)
    return first[order], np.argsort(order)[alike]
