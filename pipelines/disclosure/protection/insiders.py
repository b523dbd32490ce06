"""Hide what a caisse, that knows its own counts, would otherwise narrow by carrying bounds through relations."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import replace

import numpy as np

from pipelines.disclosure.linear import TINY
from pipelines.disclosure.protection.state import Hiding
from schemas.outputs.diffusion import WIDTH

WIDER = 2  # times that a relation gets one more hidden count


def against_caisses(h: Hiding, counts: np.ndarray, caisses: Collection[int]) -> list[int]:
    """Hide more of these counts, so that fewer of them are narrowed by these caisses; returns those that still narrow some.

    As hiding only grows, a caisse that narrows none will never.
    """
    opened = opened_by_caisses(h, counts, caisses)
    for _ in range(WIDER):
        for narrowed in opened.values():
            _widen(h, narrowed)
        opened = opened_by_caisses(h, counts, opened)
    return list(opened)


def _widen(h: Hiding, opened: np.ndarray) -> None:
    """Hide the cheapest shown count of each relation that these are in."""
    rows = h.model.equal
    for r in np.unique(h.equal[:, opened].indices).tolist():
        shown = rows.indices[rows.indptr[r] : rows.indptr[r + 1]]
        shown = shown[~h.hidden[shown]]
        if len(shown):
            h.hide(shown[[np.argmin(h.cost[shown] + np.log10(h.model.x[shown] + 1))]])


def opened_by_caisses(h: Hiding, counts: np.ndarray, caisses: Collection[int]) -> dict[int, np.ndarray]:
    """For each of these caisses that narrows any, the small counts of others among these that it narrows."""
    if not caisses:
        return {}
    m = h.model
    which = counts[h.hidden[counts]]
    system = h.system(which)
    low, high = system.carried(30)
    system = replace(system, low=low, high=high)
    wide = m.small[which] & (high - low >= WIDTH - TINY)
    own_too: dict[int, set[int]] = defaultdict(set)
    for i, who in m.own:
        own_too[who].add(i)
    out = {}
    for who in caisses:
        own = m.caisse[which] == who
        lower, higher = system.carried(10, np.flatnonzero(own))
        found = which[wide & ~own & (higher - lower < WIDTH - TINY)]
        found = np.array([i for i in found.tolist() if i not in own_too[who]], int)
        if len(found):
            out[who] = found
    return out
