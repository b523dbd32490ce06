"""Hide what a caisse, that knows its own counts, would otherwise narrow by carrying bounds through relations."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import replace

import numpy as np

from pipelines.disclosure.linear import SHORT, TINY, above, beside, identity, least_cost, nothing, pick
from pipelines.disclosure.protection.state import FAR, Hiding
from schemas.outputs.diffusion import WIDTH

REWARDS = (20.0, 200.0)  # for a count that can move again; more in the second round
WIDER = 2  # times that a relation gets one more hidden count, where nothing else helps
REGIONS = 3  # besides the caisse's own, in which something may move for its sake


def against_caisses(h: Hiding, counts: np.ndarray, caisses: Collection[int]) -> list[int]:
    """Hide more of these counts, so that fewer of them are narrowed by these caisses; returns those that still narrow some.

    As hiding only grows, a caisse that narrows none will never.
    """
    opened = opened_by_caisses(h, counts, caisses)
    for reward in REWARDS:
        for who, narrowed in opened.items():
            _rise(h, _at_hand(h, counts, who, narrowed), narrowed, reward)
        opened = opened_by_caisses(h, counts, opened)
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


def _at_hand(h: Hiding, counts: np.ndarray, who: int, opened: np.ndarray) -> np.ndarray:
    """What may move against a caisse: counts of others in its region, where it narrows some, the country, large regions."""
    m = h.model
    region, caisse = m.region[counts], m.caisse[counts]
    mine = set(region[caisse == who].tolist()) | set(m.region[opened].tolist())
    size = np.bincount(region[region >= 0], m.x[counts][region >= 0])
    largest = [r for r in np.argsort(-size, kind="stable").tolist() if r not in mine][:REGIONS]
    return np.asarray(counts[(caisse != who) & np.isin(region, [-1, *mine, *largest])])


def _rise(h: Hiding, counts: np.ndarray, targets: np.ndarray, reward: float) -> None:
    """Raise as many of the targets as is worth the reward; what moves is hidden."""
    targets = np.intersect1d(targets, counts)
    if not len(targets):
        return
    equal, below, slack = h.relations(counts)
    x, n, t = h.model.x[counts], len(counts), len(targets)
    chosen = pick(np.searchsorted(counts, targets), n)
    price = np.where(h.hidden[counts], 0, h.cost[counts] + 0.2)
    h.programs += 1
    moves = least_cost(
        np.concatenate([price / np.clip(x, 1, FAR) + SHORT, price / np.clip(x, 1, FAR) + SHORT, np.full(t, -reward)]),
        beside(equal, -equal, nothing(equal.shape[0], t)),
        np.zeros(equal.shape[0]),
        above(beside(-chosen, chosen, identity(t)), beside(below, -below, nothing(below.shape[0], t))),
        np.concatenate([np.zeros(t), slack]),
        np.zeros(2 * n + t),
        np.concatenate([np.clip(h.most[counts] - x, 0, FAR), x, np.full(t, WIDTH)]),
    )
    if moves is not None:
        change = moves[:n] - moves[n : 2 * n]
        h.hide(counts[np.abs(change) > TINY])
        h.keep(counts, change)
