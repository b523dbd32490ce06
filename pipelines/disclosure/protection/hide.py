"""Choose what to hide: for every small count, ways in which it could have been another number, at the least cost.

A way is a change of counts that keeps every relation: the small count moves, hidden counts make up for it. Whatever
moves has to be hidden. As hiding only grows, a way once found stays: a count that has moved over `WIDTH` is protected,
and needs no further proof.

1. `greedy`: hide small counts, then, relation by relation, as many others as one relation needs.
2. `ways`: see how far small counts can move then; for each that cannot, the cheapest change, in which what is shown may
   move at the price of hiding it.
3. `insiders`: hide what a caisse that knows its own counts would otherwise narrow.
"""

from collections.abc import Collection, Sequence
from itertools import compress

import numpy as np

from pipelines.disclosure.linear import components, groups, side_by_side
from pipelines.disclosure.neighbours import Whereabouts
from pipelines.disclosure.protection.greedy import by_relation, where_most_is_small
from pipelines.disclosure.protection.insiders import against_caisses
from pipelines.disclosure.protection.model import Model
from pipelines.disclosure.protection.state import Hiding
from pipelines.disclosure.protection.ways import look, make

TOGETHER = 150  # counts of parts that are taken together


def protect(model: Model, most: np.ndarray) -> Hiding:
    """Choose what to hide; `most`: the highest value of each count, where something else than relations says so."""
    h = Hiding(model, most)
    parts = _tied(h)
    for counts in parts:
        where_most_is_small(h, counts)
    by_relation(h)
    left = settle(h, parts, [_caisses(h, counts) for counts in parts])
    by_relation(h)
    settle(h, parts, left)
    return h


def settle(h: Hiding, parts: Sequence[np.ndarray], caisses: Sequence[list[int]]) -> list[list[int]]:
    """Hide what the small counts of each part need, against everybody and these caisses; returns those it has not met.

    Parts do not move each other, so they are settled side by side.
    """

    choice = [not h.hidden[counts].all() for counts in parts]
    look(h, np.concatenate([np.zeros(0, int), *compress(parts, choice)]))

    def settled(part: int) -> tuple[Hiding, list[int]]:
        own, counts = h.apart(), parts[part]
        if not choice[part]:
            return own, []
        make(own, counts)
        return own, against_caisses(own, counts, caisses[part])

    done = side_by_side(settled, range(len(parts)))
    h.join(parts, [own for own, _ in done])
    return [left for _, left in done]


def _caisses(h: Hiding, counts: np.ndarray) -> list[int]:
    there = h.model.caisse[counts]
    found: list[int] = np.unique(there[there >= 0]).tolist()
    return found


def hide_all(h: Hiding, places: Collection[Whereabouts]) -> None:
    """Hide every count of some places, and then what that makes necessary."""
    there = np.array([place in places for place in h.model.places], bool)
    h.hide(np.flatnonzero(there))
    by_relation(h)
    parts = [counts for counts in _tied(h) if there[counts].any()]
    settle(h, parts, [_caisses(h, counts) for counts in parts])


def _tied(h: Hiding) -> list[np.ndarray]:
    """The counts in parts that move without each other, those with small counts, the largest first; small ones together."""
    parts = groups(components(h.tied))
    parts = sorted((p for p in parts if h.model.small[p].any()), key=lambda p: (-len(p), int(p[0])))
    together = [p for p in parts if len(p) < TOGETHER]
    alone = [p for p in parts if len(p) >= TOGETHER]
    return [*alone, *(np.sort(np.concatenate(together[k::4])) for k in range(4) if together[k::4])]
