"""Choose what to hide: for every small count, ways in which it could have been another number, at the least cost.

A way is a change of counts that keeps every relation: the small count moves, hidden counts make up for it. Whatever
moves has to be hidden. As hiding only grows, a way once found stays: a count that has moved over `WIDTH` is protected,
and needs no further proof. Against a caisse or a region that knows its own counts, only ways that leave these alone are
of use.

1. `_by_relation`: hide small counts, then, relation by relation, as many others as one relation needs.
2. `_at_once`: let all small counts rise at once, in linear programs in which what is shown may move at the price of
   hiding it.
3. `_one_by_one`: for each count still open, the cheapest change, in which what is shown may move at the price of hiding it.
"""

import gc
import math
import os
from collections import defaultdict, deque
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context

import numpy as np

from pipelines.linear import (
    NO_LIMIT,
    Sparse,
    Warm,
    above,
    beside,
    components,
    groups,
    identity,
    least_cost,
    nothing,
    pick,
)
from pipelines.protection.model import WEIGHTS, Model
from schemas.diffusion import THRESHOLD, WIDTH

LEAST = 1e-3  # cost of moving what is hidden already: short ways are better
FAR = 1e4
TINY = 1e-6


@dataclass(frozen=True)
class Turn:
    """`share` of the counts are raised at once; `reward` for a unit, 0: nothing more is to be hidden for it."""

    share: float
    reward: float = 0


TURNS = (
    Turn(1), Turn(0.3), Turn(0.3, 5), Turn(0.3, 5), Turn(0.3), Turn(0.2), Turn(0.2, 50), Turn(0.2), Turn(0.1), Turn(0.1),
)  # fmt: skip
FEW = 20  # small counts that are better looked at one by one
INSIDER_REWARDS = (20.0, 200.0)
MOSTLY = 1.6  # figures to one too small by itself, up to which all of them are hidden
ALONE = 8000  # counts that one process settles as fast as several
TOGETHER = 150  # counts of parts that are taken together
LOCAL = 1500  # counts from which neighbours are looked at first
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

    def __post_init__(self) -> None:
        m = self.model
        self.hidden = m.unseen | m.small
        self.least = np.where(m.unseen, 0.0, 1.0)
        self.equal, self.below = m.equal.tocsc(), m.below.tocsc()
        # what a count cannot move far without moving the other counts of the relation
        self.tied = abs(above(m.equal, m.below[np.flatnonzero(m.slack < WIDTH)]))
        self.tied_by_count = self.tied.tocsc()
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
        of_region: dict[int, set[int]] = defaultdict(set)
        for c, r in zip(m.caisse.tolist(), m.region.tolist(), strict=True):
            if c >= 0:
                of_region[r].add(1 + c)
        self.caisses_of = [sorted(of_region[r]) for r in sorted(of_region)]
        knowing = 1 + self.caisses + int(m.region.max(initial=-1)) + 1
        self.up = np.zeros((len(self.small), knowing), np.float32)
        self.down = np.zeros_like(self.up)
        self.whose = np.zeros((len(m.x), knowing), bool)
        has, lies = m.caisse >= 0, m.region >= 0
        self.whose[has, 1 + m.caisse[has]] = True
        self.whose[lies, 1 + self.caisses + m.region[lies]] = True
        self.known = self.whose[self.small]
        for i, c in m.own:
            if self.place_of_small[i] >= 0:
                self.known[self.place_of_small[i], 1 + c] = True

    def knows(self, who: int) -> np.ndarray:
        """Which counts `who` knows as of its own territory."""
        return np.asarray(self.whose[:, who])

    def unproven(self, which: np.ndarray) -> np.ndarray:
        """Of these small counts (by position), to whom each may be open yet."""
        return np.asarray(~self.known[which] & (self.up[which] + self.down[which] < WIDTH - TINY))

    def hide(self, counts: np.ndarray) -> None:
        m = self.model
        for i in counts[~self.hidden[counts]]:
            self.hidden[i] = True
            for k in self.figures_of[i]:
                if not self.figure_hidden[k]:
                    self.figure_hidden[k] = True
                    for j in m.figures.counts[k]:
                        self.cost[j] -= m.figures.weights[k]

    def relations(self, counts: np.ndarray) -> tuple[Sparse, Sparse, np.ndarray]:
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

    def keep_both(self, counts: np.ndarray, change: np.ndarray, gain: np.ndarray, slack: np.ndarray) -> None:
        """Note a change that is one part, and the contrary one as far as it is possible; `gain`: what it adds to relations."""
        free = ~self.whose[counts].any(axis=0)
        at = self.place_of_small[counts]
        k, move = at[at >= 0], change[at >= 0]
        back = self.reach(counts, -change, -gain, slack)
        up, down = np.where(move > 0, move, -move * back), np.where(move < 0, -move, move * back)
        self.up[k] = np.maximum(self.up[k], np.where(free, up[:, None], 0))
        self.down[k] = np.maximum(self.down[k], np.where(free, down[:, None], 0))

    def reach(self, counts: np.ndarray, change: np.ndarray, gain: np.ndarray, slack: np.ndarray) -> float:
        """How many times the change is possible, whole or in part."""
        x = self.model.x[counts]
        room = np.where(change > 0, self.most[counts] - x, x - self.least[counts])
        steps = np.concatenate([room / np.abs(change), [1e3]])
        grows = gain > TINY
        return max(0.0, float(min(steps.min(), (slack[grows] / gain[grows]).min(initial=1e3))))

    def parts(self, counts: np.ndarray, change: np.ndarray) -> tuple[int, np.ndarray]:
        """The change in parts that are possible each without the others: their number, and the part of each count."""
        equal, below, slack = self.relations(counts)
        rise = np.asarray(below.multiply(change[None, :]).tocsr().maximum(0).sum(axis=1)).ravel()
        tied = abs(above(equal, below.tocsr()[rise > slack + TINY]))
        part = components(tied)
        return int(part.max()) + 1, part


# --- all of it ---


def protect(model: Model, most: np.ndarray) -> Hiding:
    """Choose what to hide; `most`: the highest value of each count, where something else than relations says so."""
    h = Hiding(model, most)
    parts = _tied(h)
    for counts in parts:
        _where_most_is_small(h, counts)
    _by_relation(h)
    if len(model.x) < ALONE:
        for counts in parts:
            _settle(h, counts)
        return h
    start = (model, most, np.flatnonzero(h.hidden))
    context = get_context("spawn")  # a fork would copy the threads of other libraries, and their locks
    with ProcessPoolExecutor(len(os.sched_getaffinity(0)), context, _begin, start) as pool:
        for hidden, left_open in pool.map(_settled, parts):
            h.hide(hidden)
            h.open += left_open
    return h


def _where_most_is_small(h: Hiding, counts: np.ndarray) -> None:
    """Hide all of the regions and organismes, then of the country, where most of it is too small by itself."""
    inside = np.zeros(len(h.model.x), bool)
    inside[counts] = True
    rows: dict[float, int] = defaultdict(int)
    small: dict[float, int] = defaultdict(int)
    for k, of in enumerate(h.model.figures.counts):
        if any(inside[i] for i in of):
            rows[h.model.figures.weights[k]] += 1
            small[h.model.figures.weights[k]] += h.figure_hidden[k]
    sparse = {level: rows[w] <= MOSTLY * small[w] for level, w in WEIGHTS.items()}
    if sparse["region"] and sparse["organisme"]:
        h.hide(counts[(h.model.region[counts] >= 0) | sparse["national"]])


def _settle(h: Hiding, counts: np.ndarray) -> None:
    _many_at_once(h, counts)
    _count_by_count(h, counts)
    _against_caisses(h, counts)


_START: list[tuple[Model, np.ndarray, np.ndarray]] = []  # of a process that settles some of the counts


def _begin(model: Model, most: np.ndarray, hidden: np.ndarray) -> None:
    gc.disable()
    _START[:] = [(model, most, hidden)]


def _settled(counts: np.ndarray) -> tuple[np.ndarray, list[tuple[int, int]]]:
    """What is to be hidden for the small counts among these, and what stays open; a part knows nothing of the others."""
    model, most, hidden = _START[0]
    h = Hiding(model, most)
    h.hide(hidden)
    _settle(h, counts)
    return np.flatnonzero(h.hidden), h.open


def _tied(h: Hiding) -> list[np.ndarray]:
    """The counts in parts that move without each other, those with small counts, the largest first; small ones together."""
    parts = groups(components(h.tied))
    parts = sorted((p for p in parts if (h.place_of_small[p] >= 0).any()), key=lambda p: (-len(p), int(p[0])))
    together = [p for p in parts if len(p) < TOGETHER]
    alone = [p for p in parts if len(p) >= TOGETHER]
    return [*alone, *(np.sort(np.concatenate(together[k::4])) for k in range(4) if together[k::4])]


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
                    h.cost[i]
                    + 0.3 * math.log10(x[i] + 1)
                    + sum(3.0 / (1 + 2 * number[q]) for q in of[i] if number[q] < 2)
                ),
            )
            h.hide(np.array([cheapest]))
            for q in of[cheapest]:
                number[q] += 1
                if not waiting[q]:
                    waiting[q] = True
                    queue.append(q)


# --- 2. many at once ---


def _many_at_once(h: Hiding, counts: np.ndarray) -> None:
    """Some of the small counts rise at the expense of others: hidden ones, by turns at the price of hiding shown ones."""
    national = h.model.region < 0
    targets = _small_in(h, counts)
    rng = np.random.default_rng(len(counts))
    for turn in TURNS:
        left = targets[h.unproven(targets)[:, 0]]
        if len(left) < FEW:
            break
        among = counts[h.hidden[counts] | ((turn.reward > 0) & ~national[counts])]
        _rise(h, among, left[rng.random(len(left)) < turn.share], 0, turn.reward)


def _small_in(h: Hiding, counts: np.ndarray) -> np.ndarray:
    at = h.place_of_small[counts]
    return np.unique(at[at >= 0])


def _rise(h: Hiding, counts: np.ndarray, targets: np.ndarray, who: int, reward: float) -> None:
    """Raise as many of the targets as is worth the reward, leaving alone what `who` knows; what moves is hidden."""
    still = h.knows(who)
    counts, targets = counts[~still[counts]], targets[~still[h.small[targets]]]
    if not len(targets):
        return
    equal, below, slack = h.relations(counts)
    x, n, t = h.model.x[counts], len(counts), len(targets)
    chosen = pick(np.searchsorted(counts, h.small[targets]), n)
    rise, fall = np.clip(h.most[counts] - x, 0, FAR), x - h.least[counts]
    price = np.where(h.hidden[counts], LEAST, h.cost[counts] + 0.2)
    up = np.where(h.hidden[counts], LEAST, price / np.clip(x, 1, FAR))
    down = np.where(h.hidden[counts], LEAST, price / np.clip(fall, 1, FAR))
    h.programs += 1
    moves = least_cost(
        np.concatenate([up, down, np.full(t, -(reward or 1.0))]),
        beside(equal, -equal, nothing(equal.shape[0], t)),
        np.zeros(equal.shape[0]),
        above(beside(-chosen, chosen, identity(t)), beside(below, -below, nothing(below.shape[0], t))),
        np.concatenate([np.zeros(t), slack]),
        np.zeros(2 * n + t),
        np.concatenate([rise, fall, np.maximum(WIDTH - h.down[targets, who], 0)]),
    )
    if moves is not None:
        change = moves[:n] - moves[n : 2 * n]
        h.hide(counts[np.abs(change) > TINY])
        h.keep(counts, change)


# --- 3. count by count ---


def _count_by_count(h: Hiding, counts: np.ndarray) -> None:
    """For each small count, the cheapest ways to vary: among its neighbours, and where that fails among all it is tied to."""
    if len(counts) > LOCAL:
        for block, of_interest in _blocks(h, counts):
            _vary_all(h, block, _small_in(h, of_interest), give_up=False)
    _vary_all(h, counts, _small_in(h, counts), give_up=True)


def _blocks(h: Hiding, counts: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Neighbours, and which of them to look at: the organismes of each region; each public in the country and its regions."""
    region, apart = h.model.region[counts], h.model.apart[counts]
    for one in np.unique(region[region >= 0]):
        block = counts[region == one]
        yield block, block[h.model.caisse[block] >= 0]
    for one in np.unique(apart[apart >= 0]):
        yield counts[apart == one], counts[apart == one]


def _vary_all(h: Hiding, counts: np.ndarray, targets: np.ndarray, *, give_up: bool) -> None:
    """Find ways for the small counts against somebody who knows nothing; `give_up`: nothing else is left to try."""
    program = None
    for k in targets[h.unproven(targets)[:, 0]].tolist():
        program = program or Program(h, counts)
        if h.unproven(np.array([k]))[0, 0] and not program.vary(k, 0) and give_up:
            h.open.append((int(h.small[k]), 0))


# --- 4. against insiders ---


def _against_caisses(h: Hiding, counts: np.ndarray) -> None:
    """Find further ways for the small counts that a caisse could narrow by what it knows, carrying bounds through relations."""
    for reward in INSIDER_REWARDS:
        for who, ks in list(_opened(h, counts)):
            _rise(h, counts, ks[h.unproven(ks)[:, who]], who, reward)
    h.open += [(int(h.small[k]), who) for who, ks in _opened(h, counts) for k in ks]


def _opened(h: Hiding, counts: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
    """For each caisse, the small counts among these that it narrows."""
    which = counts[h.hidden[counts]]
    equal, below, slack = h.relations(which)
    bounds = Bounds(equal, below, slack, h.model.x[which])
    low, high = bounds.carry(h.least[which], np.minimum(h.most[which], h.model.x[which] + FAR), 30)
    small = _small_in(h, which)
    at, unproven = np.searchsorted(which, h.small[small]), h.unproven(small)
    for who in np.flatnonzero(h.whose[which, : 1 + h.caisses].any(axis=0)).tolist():
        own = h.whose[which, who]
        lo, hi = bounds.carry(np.where(own, bounds.x, low), np.where(own, bounds.x, high), 10)
        found = small[((hi - lo)[at] < WIDTH - TINY) & unproven[:, who] & ~unproven[:, 0]]
        if len(found):
            yield who, found


class Bounds:
    """Bounds carried from count to count through relations, one relation at a time; the truth stays possible."""

    def __init__(self, equal: Sparse, below: Sparse, slack: np.ndarray, x: np.ndarray) -> None:
        a = above(equal, below).tocoo()
        self.x, self.rows, self.cols, self.signs = x, a.row, a.col, a.data
        self.rest = a @ x + np.concatenate([np.zeros(equal.shape[0]), slack])
        self.equal = np.arange(a.shape[0]) < equal.shape[0]
        self.size = a.shape[0]

    def carry(self, low: np.ndarray, high: np.ndarray, rounds: int) -> tuple[np.ndarray, np.ndarray]:
        rows, cols, signs = self.rows, self.cols, self.signs
        up = signs > 0
        for _ in range(rounds):
            least = np.where(up, low[cols], -high[cols])
            most = np.where(up, high[cols], -low[cols])
            top = self.rest[rows] - (np.bincount(rows, least, minlength=self.size)[rows] - least)
            bottom = self.rest[rows] - (np.bincount(rows, most, minlength=self.size)[rows] - most)
            bottom = np.where(self.equal[rows], bottom, -np.inf)
            new_low, new_high = low.copy(), high.copy()
            np.minimum.at(new_high, cols, np.where(up, top, -bottom))
            np.maximum.at(new_low, cols, np.where(up, bottom, -top))
            new_low, new_high = np.minimum(new_low, self.x), np.maximum(new_high, self.x)
            moved = float((high - new_high).max(initial=0) + (new_low - low).max(initial=0))
            low, high = new_low, new_high
            if moved < TINY:
                break
        return low, high


# --- programs ---


class Program:
    """The linear program of tied counts, kept warm: columns are how far each count rises, then how far it falls."""

    def __init__(self, h: Hiding, counts: np.ndarray) -> None:
        self.h, self.counts, self.n = h, counts, len(counts)
        equal, below, slack = h.relations(counts)
        self.below, self.slack = below.tocsc(), slack
        x = h.model.x[counts]
        self.most = np.concatenate([np.clip(h.most[counts] - x, 0, FAR), np.maximum(x - h.least[counts], 0)])
        self.warm = Warm(
            self.prices(),
            above(beside(equal, -equal), beside(below, -below)),
            np.concatenate([np.zeros(equal.shape[0]), np.full(below.shape[0], -NO_LIMIT)]),
            np.concatenate([np.zeros(equal.shape[0]), slack]),
            np.zeros(2 * self.n),
            self.most,
        )

    def prices(self) -> np.ndarray:
        h, x = self.h, self.h.model.x[self.counts]
        price = np.where(h.hidden[self.counts], 0, h.cost[self.counts] + 0.1 * np.log10(x + 1) + 0.05)
        fall = price / np.clip(x - h.least[self.counts], 1, WIDTH)
        return np.concatenate([price / WIDTH + LEAST, fall + LEAST])

    def vary(self, k: int, who: int) -> bool:
        """Find ways for small count k that `who` cannot rule out, hiding what they need; False where there are none."""
        h = self.h
        i = int(h.small[k])
        at = int(np.searchsorted(self.counts, i))
        room = h.model.x[i] - h.least[i]
        up = WIDTH - min(room, WIDTH)
        if h.up[k, who] < up - TINY and not self.move(at, up):
            return False
        if h.up[k, who] + h.down[k, who] < WIDTH - TINY and room > TINY:
            self.move(at + self.n, min(room, WIDTH - h.up[k, who]))
        if h.up[k, who] + h.down[k, who] < WIDTH - TINY:
            self.move(at, WIDTH - h.down[k, who])
        return bool(h.up[k, who] + h.down[k, who] >= WIDTH - TINY)

    def move(self, column: int, step: float) -> bool:
        """Move one count at the least cost, hiding what moves with it; False where it cannot."""
        h, n, both = self.h, self.n, np.array([column, (column + self.n) % (2 * self.n)])
        self.warm.bound(both, np.array([step, 0.0]), np.array([step, 0.0]))
        moves = self.warm.solve()
        h.programs += 1
        if moves is not None:
            change = moves[:n] - moves[n:]
            moved = np.flatnonzero(np.abs(change) > TINY)
            dearer = (~h.hidden[self.counts[moved]]).any()
            h.hide(self.counts[moved])
            h.keep_both(self.counts[moved], change[moved], self.below[:, moved] @ change[moved], self.slack)
            if dearer:
                self.warm.price(np.arange(2 * n), self.prices())
        self.warm.bound(both, np.zeros(2), self.most[both])
        return moves is not None
