"""Choose what to hide: for every small count, ways in which it could have been another number, at the least cost.

A way is a change of counts that keeps every relation: the small count moves, hidden counts make up for it. Whatever
moves has to be hidden. As hiding only grows, a way once found stays: a count that has moved over `WIDTH` is protected,
and needs no further proof. Against a caisse or a region that knows its own counts, only ways that leave these alone are
of use.

1. `_by_relation`: hide small counts, then, relation by relation, as many others as one relation needs.
2. `_by_place`: prove most of it, all small counts of a place in one linear program.
3. `_one_by_one`: for each count still open, the cheapest change, in which what is shown may move at the price of hiding it.
"""

import math
from collections import defaultdict, deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csc_matrix, eye, hstack, kron, vstack
from scipy.sparse.csgraph import connected_components

from pipelines.protection.model import Model, Place
from schemas.diffusion import THRESHOLD, WIDTH
from schemas.publics import EVERYONE

LEAST = 1e-3  # cost of moving what is hidden already: short ways are better
FAR = 1e4
TINY = 1e-6
DEAR = 9.0  # rows that hiding a count costs, from which the count is looked at only where nothing else helps


@dataclass
class Hiding:
    """The state of the choice: which counts are hidden, what hiding another would cost, how far each can move.

    `up[k, w]`, `down[k, w]`: how far small count k moves in a way that leaves alone what `w` knows; w = 0 is somebody
    who knows nothing beyond what is shown, then come the caisses, then the regions.
    """

    model: Model
    most: np.ndarray  # the highest value each count can have, where something else than relations says so
    hidden: np.ndarray = field(init=False)
    open: list[tuple[int, int]] = field(init=False, default_factory=list)
    programs: int = 0
    sizes: list = field(default_factory=list)

    def __post_init__(self) -> None:
        m = self.model
        self.hidden = m.unseen | m.small
        self.least = np.where(m.unseen, 0.0, 1.0)
        self.equal, self.below = m.equal.tocsc(), m.below.tocsc()
        self.figures_of: list[list[int]] = [[] for _ in range(len(m.x))]
        for k, counts in enumerate(m.figures.counts):
            for i in counts:
                self.figures_of[i].append(k)
        self.figure_hidden = [any(self.hidden[i] for i in counts) for counts in m.figures.counts]
        self.cost = np.zeros(len(m.x))
        for k, counts in enumerate(m.figures.counts):
            if not self.figure_hidden[k]:
                for i in counts:
                    self.cost[i] += m.figures.weights[k]
        self.small = np.flatnonzero(m.small)
        self.place_of_small = np.full(len(m.x), -1)
        self.place_of_small[self.small] = np.arange(len(self.small))
        self.caisses = int(m.caisse.max(initial=-1)) + 1
        knowing = 1 + self.caisses + int(m.region.max(initial=-1)) + 1
        self.up = np.zeros((len(self.small), knowing), np.float32)
        self.down = np.zeros_like(self.up)
        self.known = np.zeros(self.up.shape, bool)
        for k, i in enumerate(self.small):
            self.known[k, list(self.who_know(int(i)))] = True

    def who_know(self, i: int) -> Iterator[int]:
        if self.model.caisse[i] >= 0:
            yield 1 + int(self.model.caisse[i])
        if self.model.region[i] >= 0:
            yield 1 + self.caisses + int(self.model.region[i])

    def knows(self, who: int) -> np.ndarray:
        """Which counts `who` knows as of its own territory."""
        if who == 0:
            return np.zeros(len(self.model.x), bool)
        if who <= self.caisses:
            return self.model.caisse == who - 1
        return self.model.region == who - 1 - self.caisses

    def unproven(self, which: np.ndarray) -> np.ndarray:
        """Of these small counts (by position), to whom each may be open yet."""
        return ~self.known[which] & (self.up[which] + self.down[which] < WIDTH - TINY)

    def protect(self) -> None:
        _by_relation(self)
        _by_place(self)
        _one_by_one(self)

    def hide(self, counts: np.ndarray) -> None:
        m = self.model
        for i in counts[~self.hidden[counts]]:
            self.hidden[i] = True
            for k in self.figures_of[i]:
                if not self.figure_hidden[k]:
                    self.figure_hidden[k] = True
                    for j in m.figures.counts[k]:
                        self.cost[j] -= m.figures.weights[k]

    def relations(self, counts: np.ndarray) -> tuple[csc_matrix, csc_matrix, np.ndarray]:
        """The relations that some of these counts are in, the others standing still: equal, below, slack of below."""
        a, b = self.equal[:, counts], self.below[:, counts]
        rows, lines = np.unique(a.indices), np.unique(b.indices)
        return a[rows], b[lines], self.model.slack[lines]

    def keep(self, counts: np.ndarray, change: np.ndarray) -> None:
        """Note how far the small counts move in a change that is possible, each part of it that holds alone."""
        moved = np.abs(change) > TINY
        counts, change = counts[moved], change[moved]
        if not len(counts):
            return
        parts, part = self.parts(counts, change)
        touched = np.zeros((parts, self.up.shape[1]), bool)
        caisse, region = self.model.caisse[counts], self.model.region[counts]
        touched[part[caisse >= 0], 1 + caisse[caisse >= 0]] = True
        touched[part[region >= 0], 1 + self.caisses + region[region >= 0]] = True
        at = self.place_of_small[counts]
        k, free, move = at[at >= 0], ~touched[part[at >= 0]], change[at >= 0, None]
        self.up[k] = np.maximum(self.up[k], np.where(free, move, 0))
        self.down[k] = np.maximum(self.down[k], np.where(free, -move, 0))

    def parts(self, counts: np.ndarray, change: np.ndarray) -> tuple[int, np.ndarray]:
        """The change in parts that are possible each without the others: their number, and the part of each count."""
        equal, below, slack = self.relations(counts)
        rise = np.asarray(below.multiply(change[None, :]).tocsr().maximum(0).sum(axis=1)).ravel()
        tied = abs(vstack([equal, below.tocsr()[rise > slack + TINY]])).tocsr()
        return connected_components(tied.T @ tied + csc_matrix((len(counts), len(counts))), directed=False)

    def solve(self, counts: np.ndarray, cost_up: np.ndarray, cost_down: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray | None:
        """The change of least cost within bounds that keeps every relation; None where there is none."""
        equal, below, slack = self.relations(counts)
        two = bool(np.any(cost_up + cost_down))  # a cost each way: rises and falls apart
        self.programs += 1
        res = linprog(
            np.concatenate([cost_up, cost_down]) if two else cost_up,
            A_eq=(hstack([equal, -equal]) if two else equal) if equal.shape[0] else None,
            b_eq=np.zeros(equal.shape[0]) if equal.shape[0] else None,
            A_ub=(hstack([below, -below]) if two else below) if below.shape[0] else None,
            b_ub=slack if below.shape[0] else None,
            bounds=np.column_stack([
                np.concatenate([np.maximum(low, 0), np.maximum(-high, 0)]) if two else low,
                np.concatenate([np.maximum(high, 0), np.maximum(-low, 0)]) if two else high,
            ]),
            method="highs",
        )  # fmt: skip
        if res.x is None:
            return None
        n = len(counts)
        return res.x[:n] - res.x[n:] if two else res.x


# --- 1. relation by relation ---


def _by_relation(h: Hiding) -> None:
    """Hide small counts' cheapest companions until each relation, alone, lets every small count in it vary."""
    m = h.model
    rows = m.equal
    members = [
        list(zip(rows.indices[a:z].tolist(), rows.data[a:z].tolist(), strict=True))
        for a, z in zip(rows.indptr, rows.indptr[1:], strict=False)
    ]
    of = [h.equal.indices[a:z].tolist() for a, z in zip(h.equal.indptr, h.equal.indptr[1:], strict=False)]
    number = [sum(bool(h.hidden[i]) for i, _ in row) for row in members]
    x, caisse, least = m.x.tolist(), m.caisse.tolist(), h.least.tolist()

    def lacks(row: list[tuple[int, float]]) -> bool:
        there = [(i, s) for i, s in row if h.hidden[i]]
        if len(there) < 2:
            return bool(there)
        owners = {caisse[i] for i, _ in there}
        inside = len(owners) == 1  # one territory: nobody knows but a part of it
        for p, s in there:
            if x[p] >= THRESHOLD:
                continue
            for who in [None] if inside else [None, *(owners - {caisse[p], -1})]:
                others = [(i, t) for i, t in there if i != p and (who is None or caisse[i] != who)]
                if any(t != s for _, t in others):
                    continue  # what is on the other side can rise without end
                if not others or x[p] - least[p] + sum(x[i] - least[i] for i, _ in others) < WIDTH:
                    return True
        return False

    queue, waiting = deque(range(len(members))), [True] * len(members)
    while queue:
        r = queue.popleft()
        waiting[r] = False
        while lacks(members[r]):
            shown = [i for i, _ in members[r] if not h.hidden[i]]
            if not shown:
                break
            cheapest = min(
                shown,
                key=lambda i: (
                    h.cost[i] + 0.3 * math.log10(x[i] + 1) + sum(3.0 / (1 + 2 * number[q]) for q in of[i] if number[q] < 2)
                ),
            )
            h.hide(np.array([cheapest]))
            for q in of[cheapest]:
                number[q] += 1
                if not waiting[q]:
                    waiting[q] = True
                    queue.append(q)


# --- 2. place by place ---


def _by_place(h: Hiding) -> None:
    """Let each small count of a place vary in exchange with few other places: first with some, then with others."""
    size = {place: float(sum(h.model.x[list(set(counts))])) for place, counts in h.model.places.items()}
    for place in sorted(h.model.places):
        targets = np.unique(h.place_of_small[np.unique(h.model.places[place])])
        targets = targets[targets >= 0]
        for turn in range(3):
            left = targets[h.unproven(targets).any(axis=1)]
            if not len(left):
                break
            near = [p for p in (place, *_partners(h, place, h.model.region_of, size, turn)) if p in h.model.places]
            counts = np.unique(np.concatenate([h.model.places[p] for p in near]))
            counts = counts[h.hidden[counts]]
            equal, below, _ = h.relations(counts)
            tied = abs(vstack([equal, below])).tocsr()
            _, part = connected_components(tied.T @ tied, directed=False)
            of_target = part[np.searchsorted(counts, h.small[left])]
            for one in np.unique(of_target):
                _vary(h, counts[part == one], left[of_target == one])


def _vary(h: Hiding, counts: np.ndarray, targets: np.ndarray) -> None:
    """Let each of the small counts rise, then fall, as far as it must and the counts allow; each in a block of its own."""
    if len(counts) == 1:
        return
    equal, below, slack = h.relations(counts)
    x, n = h.model.x[counts], len(counts)
    low, high = h.least[counts] - x, np.minimum(h.most[counts] - x, FAR)
    most = max(1, 6000 // n)
    for sign in (1, -1):
        todo = targets[h.unproven(targets).any(axis=1)]
        for start in range(0, len(todo), most):
            some = todo[start : start + most]
            k = len(some)
            at = np.arange(k) * n + np.searchsorted(counts, h.small[some])
            rise, fall = np.tile(np.maximum(high, 0), k), np.tile(-low, k)
            cost_up, cost_down = np.full(k * n, LEAST), np.full(k * n, LEAST)
            if sign > 0:
                cost_up[at], fall[at] = -1.0, 0
                rise[at] = np.minimum(rise[at], WIDTH)
            else:
                cost_down[at], rise[at] = -1.0, 0
            blocks_e, blocks_b = kron(eye(k), equal), kron(eye(k), below)
            h.programs += 1
            res = linprog(
                np.concatenate([cost_up, cost_down]),
                A_eq=hstack([blocks_e, -blocks_e]).tocsc() if equal.shape[0] else None,
                b_eq=np.zeros(k * equal.shape[0]) if equal.shape[0] else None,
                A_ub=hstack([blocks_b, -blocks_b]).tocsc() if below.shape[0] else None,
                b_ub=np.tile(slack, k) if below.shape[0] else None,
                bounds=np.column_stack([np.zeros(2 * k * n), np.concatenate([rise, fall])]),
                method="highs",
            )
            h.sizes.append((n, k))
            if res.x is None:
                continue
            change = (res.x[: k * n] - res.x[k * n :]).reshape(k, n)
            for one in change:
                h.keep(counts, one)


def _partners(h: Hiding, place: Place, region: Mapping[str, str], size: dict[Place, float], turn: int) -> list[Place]:
    """Territories to exchange with: the country, its own region, of the largest others every third from `turn` on."""
    annee, niveau, territoire, public = place
    mine = territoire if niveau == "region" else region.get(territoire)
    out = [(annee, "national", "FR", public)]
    regions = sorted((p for p in size if p[0] == annee and p[1] == "region" and p[3] == public and p[2] != mine), key=lambda p: -size[p])
    out += regions[turn::3][:2]
    if mine:
        out.append((annee, "region", mine, public))
    if public == EVERYONE.code:
        caisses = sorted((p for p in size if p[0] == annee and p[1] == "organisme" and p != place), key=lambda p: -size[p])
        for where in [mine] if mine else []:
            out += [p for p in caisses if region.get(p[2]) == where][turn::3][:3]
        for where in regions[turn::3][:2]:
            out += [p for p in caisses if region.get(p[2]) == where[2]][turn::3][:2]
    return out


# --- 3. one by one ---


def _one_by_one(h: Hiding) -> None:
    for k in range(len(h.small)):
        who_left = np.flatnonzero(h.unproven(np.array([k]))[0])
        for who in who_left:
            if h.unproven(np.array([k]))[0, who] and not _find(h, k, int(who)):
                h.open.append((int(h.small[k]), int(who)))


def _find(h: Hiding, k: int, who: int) -> bool:
    """Ways for small count k that `who` cannot rule out; False where there are none."""
    i = int(h.small[k])
    room = h.model.x[i] - h.least[i]
    if h.down[k, who] < room - TINY and h.up[k, who] < WIDTH:
        _move(h, i, -min(room, WIDTH - h.up[k, who]), who)
    if h.up[k, who] + h.down[k, who] < WIDTH - TINY:
        _move(h, i, WIDTH - h.down[k, who], who)
    return bool(h.up[k, who] + h.down[k, who] >= WIDTH - TINY)


def _move(h: Hiding, i: int, step: float, who: int) -> bool:
    known = h.knows(who)
    for radius, dear in ((2, False), (3, False), (4, True), (9, True), (99, True)):
        counts = _around(h, i, radius, known, dear=dear)
        change = _cheapest(h, counts, i, step)
        if change is not None:
            moved = np.abs(change) > TINY
            h.hide(counts[moved])
            h.keep(counts, change)
            return True
    return False


def _around(h: Hiding, i: int, radius: int, known: np.ndarray, *, dear: bool) -> np.ndarray:
    """The counts within `radius` relations of count i that are not `known`; only where `dear` those dear to hide."""
    usable = ~known & (h.hidden | dear | (h.cost < DEAR))
    seen = np.zeros(len(known), bool)
    seen[i] = True
    frontier = np.array([i])
    for _ in range(radius):
        rows = np.unique(h.equal[:, frontier].indices)
        near = np.unique(h.model.equal[rows].indices)
        frontier = near[usable[near] & ~seen[near]]
        if not len(frontier):
            break
        seen[frontier] = True
    return np.flatnonzero(seen)


def _cheapest(h: Hiding, counts: np.ndarray, i: int, step: float) -> np.ndarray | None:
    """The change in which count i moves by `step` that hides least."""
    x = h.model.x[counts]
    room = x - h.least[counts]
    price = np.where(h.hidden[counts], LEAST, h.cost[counts] + 0.1 * np.log10(x + 1) + 0.05)
    at = np.searchsorted(counts, i)
    low, high = -room, np.minimum(h.most[counts] - x, FAR)
    low[at] = high[at] = step
    far = np.where(h.hidden[counts], 1.0, np.clip(room, TINY, abs(step)))
    return h.solve(counts, price / np.where(h.hidden[counts], 1.0, abs(step)), price / far, low, high)
