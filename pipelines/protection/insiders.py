"""Hide what a caisse, that knows its own counts, would otherwise narrow by carrying bounds through relations."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from pipelines.linear import SHORT, TINY, above, beside, identity, least_cost, nothing, pick
from pipelines.protection.state import FAR, Hiding
from schemas.diffusion import WIDTH

REWARDS = (20.0, 200.0)  # for a count that can move again; more in the second round
WIDER = 2  # times that a relation gets one more hidden count, where nothing else helps
REGIONS = 3  # besides the caisse's own, in which something may move for its sake


def against_caisses(h: Hiding, counts: np.ndarray) -> None:
    for reward in REWARDS:
        for who, opened in list(opened_by_caisses(h, counts)):
            _rise(h, _at_hand(h, counts, who, opened), opened, reward)

    for _ in range(WIDER):
        for _, opened in list(opened_by_caisses(h, counts)):
            _widen(h, opened)


def _widen(h: Hiding, opened: np.ndarray) -> None:
    """Hide the cheapest shown count of each relation that these are in."""
    rows = h.model.equal
    for r in np.unique(h.equal[:, opened].indices).tolist():
        shown = rows.indices[rows.indptr[r] : rows.indptr[r + 1]]
        shown = shown[~h.hidden[shown]]
        if len(shown):
            h.hide(shown[[np.argmin(h.cost[shown] + np.log10(h.model.x[shown] + 1))]])


def opened_by_caisses(h: Hiding, counts: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
    """For each caisse, the small counts of others among these that it narrows."""
    m = h.model
    which = counts[h.hidden[counts]]
    start = h.system(which)
    low, high = start.carried(30)
    wide = m.small[which] & (high - low >= WIDTH - TINY)
    own_too = {who: {i for i, w in m.own if w == who} for who in {w for _, w in m.own}}
    for who in np.unique(m.caisse[which][m.caisse[which] >= 0]).tolist():
        own = m.caisse[which] == who
        known = replace(start, low=np.where(own, start.x, low), high=np.where(own, start.x, high))
        lo, hi = known.carried(10)
        found = which[wide & ~own & (hi - lo < WIDTH - TINY)]
        found = np.array([i for i in found.tolist() if i not in own_too.get(who, ())], int)
        if len(found):
            yield who, found


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
