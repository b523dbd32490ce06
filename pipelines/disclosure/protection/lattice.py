"""How the counts of one territory contain and make up each other, read off their predicates."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, replace

from schemas.outputs.diffusion import Count, closure, one_of, shortest


@dataclass(frozen=True)
class Group:
    """Counts that have nobody in common, each a part of `whole`: one for each value of a column.

    `may_fill`: they are all of it wherever they add up to it; nobody lacks a value that no figure shows.
    """

    whole: Count
    parts: tuple[Count, ...]
    may_fill: bool


@dataclass(frozen=True)
class Lattice:
    """`unseen`: counts that no figure shows, but that tie shown ones together; each is the sum of one of its groups."""

    groups: tuple[Group, ...]
    inclusions: tuple[tuple[Count, Count], ...]  # (part, whole)
    unseen: frozenset[Count]


def lattice(counts: Iterable[Count]) -> Lattice:
    spaces: dict[Hashable, list[Count]] = defaultdict(list)
    for count in sorted(set(counts), key=str):
        spaces[count.space].append(count)
    groups: list[Group] = []
    inclusions: list[tuple[Count, Count]] = []
    unseen: set[Count] = set()
    for shown in spaces.values():
        candidates = _unseen(shown)
        found = list(_groups([*shown, *candidates]))
        kept = _useful(found, candidates, shown)
        known = {*shown, *kept}
        groups += [g for g in (_among(g, known) for g in found) if g.parts and g.whole in known]
        inclusions += _inclusions(known, groups)
        unseen |= kept
    return Lattice(tuple(groups), tuple(inclusions), frozenset(unseen))


def _unseen(shown: list[Count]) -> list[Count]:
    """What each count would be a part of, one predicate left out, where no figure shows that."""
    known = set(shown)
    out: dict[Count, None] = {}
    for count in shown:
        for predicate in count.where:
            wider = replace(count, where=shortest(count.where - {predicate}))
            if one_of(predicate) and wider not in known:
                out[wider] = None
    return sorted(out, key=str)


def _groups(counts: list[Count]) -> Iterator[Group]:
    known = set(counts)
    values: dict[str, set[str]] = defaultdict(set)
    for count in counts:
        for predicate in sorted(closure(count.where)):
            if asked_of := one_of(predicate):
                values[asked_of[0]].add(predicate)
    for column in list(values):  # a value and its contrary are a group too
        if "/" in column:
            name, value = column.split("/")
            values[column].add(f"{name} = '{value}'")
    for whole in counts:
        for column, asked in values.items():
            if replace(whole, where=shortest({*whole.where, f"{column} IS NOT NULL"})) in known - {whole}:
                continue  # that count stands between
            parts = {replace(whole, where=shortest({*whole.where, p})) for p in asked}
            parts = {p for p in parts if p in known and p != whole}
            if parts:
                contrary = len(asked) == 2 or "=" in next(iter(asked))
                yield Group(whole, tuple(sorted(parts, key=str)), contrary)


def _useful(groups: list[Group], candidates: list[Count], shown: list[Count]) -> set[Count]:
    """The unseen counts that tie something: the sum of a group, and either of another or a part of something."""
    kept = set(candidates)
    while True:
        known = {*shown, *kept}
        sums: dict[Count, int] = defaultdict(int)
        within: set[Count] = set()
        for group in groups:
            parts = [p for p in group.parts if p in known]
            if len(parts) > 1:
                sums[group.whole] += 1
            if group.whole in known:
                within |= set(parts)
        within |= {c for c in kept if any(w.where < closure(c.where) and w.space == c.space for w in shown if w.where)}
        useful = {c for c in kept if sums[c] > 1 or (sums[c] and c in within)}
        if useful == kept:
            return kept
        kept = useful


def _among(group: Group, known: set[Count]) -> Group:
    return replace(group, parts=tuple(p for p in group.parts if p in known))


def _inclusions(known: set[Count], groups: list[Group]) -> list[tuple[Count, Count]]:
    """The nearest wholes of each count that no group gives."""
    given = {(p, g.whole) for g in groups for p in g.parts}
    out = []
    for count in sorted(known, key=str):
        everything = closure(count.where)
        wider = [w for w in known if w != count and closure(w.where) < everything]
        nearest = [w for w in wider if not any(closure(w.where) < closure(v.where) for v in wider)]
        out += [(count, w) for w in sorted(nearest, key=str) if (count, w) not in given]
    return out
