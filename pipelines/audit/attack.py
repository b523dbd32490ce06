"""What an attacker can work out of linear relations: pinned counts, carried bounds, lowest and highest values."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from scipy.sparse import coo_array

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

Place = tuple[int, str, str, str]  # annee, niveau, territoire, public
Name = tuple[str, Place]
TINY = 1e-6
FAR = 1e4  # how far from the truth a count is sought
TURNS = 12  # programs in which many counts rise at once
SHARE = 0.25


@dataclass
class Problem:
    """Counts by name, their true values, which of them are known, and the relations between them."""

    index: dict[Name, int] = field(default_factory=dict)
    names: list[Name] = field(default_factory=list)
    true: list[float] = field(default_factory=list)
    known: list[bool] = field(default_factory=list)
    most: list[float] = field(default_factory=list)
    relations: list[tuple[list[int], list[float], bool]] = field(default_factory=list)  # sum = 0, or <= 0

    def count(self, name: Name, value: float) -> int:
        """The position of a count; zero is known, because it is shown."""
        i = self.index.setdefault(name, len(self.names))
        if i == len(self.names):
            self.names.append(name)
            self.true.append(value)
            self.known.append(value < TINY)
            self.most.append(np.inf)
        return i

    def relate(self, positive: Iterable[int], negative: Iterable[int], *, equal: bool) -> None:
        """Sum of the positive = (or at most) sum of the negative; dropped where that does not hold of the true values."""
        plus, minus = list(positive), list(negative)
        gap = sum(self.true[i] for i in plus) - sum(self.true[i] for i in minus)
        if gap > 0.5 or (equal and gap < -0.5):
            return
        self.relations.append(([*plus, *minus], [1.0] * len(plus) + [-1.0] * len(minus), equal))


@dataclass(frozen=True)
class Part:
    """Unknown counts tied together: `a @ x` equal to or at most `b`."""

    counts: np.ndarray
    x: np.ndarray
    low: np.ndarray
    high: np.ndarray
    a: Sparse
    b: np.ndarray
    equal: np.ndarray
    small: np.ndarray


class Reduced:
    """A problem with what is known put in, and bounds carried from count to count until they stand."""

    def __init__(self, problem: Problem, threshold: int) -> None:
        self.problem = problem
        self.x = np.array(problem.true)
        known = np.array(problem.known, bool)
        unknown = np.flatnonzero(~known)
        at = np.full(len(known), -1)
        at[unknown] = np.arange(len(unknown))
        rows: list[int] = []
        columns: list[int] = []
        signs: list[float] = []
        right: list[float] = []
        equal: list[bool] = []
        for counts, weights, same in problem.relations:
            free = [(i, w) for i, w in zip(counts, weights, strict=True) if at[i] >= 0]
            if free:
                rows += [len(right)] * len(free)
                columns += [int(at[i]) for i, _ in free]
                signs += [w for _, w in free]
                right.append(-sum(w * problem.true[i] for i, w in zip(counts, weights, strict=True) if at[i] < 0))
                equal.append(same)
        self.unknown = unknown
        self.a: Sparse = coo_array((signs, (rows, columns)), shape=(len(right), len(unknown))).tocsr()
        self.b, self.equal = np.array(right), np.array(equal, bool)
        self.truth = self.x[unknown]
        self.small = (self.truth > 0.5) & (self.truth < threshold - 0.5)
        low = np.minimum(1.0, self.truth)
        high = np.minimum(np.array(problem.most)[unknown], self.truth + FAR)
        self.low, self.high = self.carry(low, high, 40)

    def carry(self, low: np.ndarray, high: np.ndarray, rounds: int) -> tuple[np.ndarray, np.ndarray]:
        """Bounds narrowed relation by relation; the truth always stays possible."""
        a = self.a.tocoo()
        rows, columns, up = a.row, a.col, a.data > 0
        size = len(self.b)
        for _ in range(rounds if size else 0):
            least = np.where(up, low[columns], -high[columns])
            most = np.where(up, high[columns], -low[columns])
            top = self.b[rows] - (np.bincount(rows, least, minlength=size)[rows] - least)
            bottom = self.b[rows] - (np.bincount(rows, most, minlength=size)[rows] - most)
            bottom = np.where(self.equal[rows], bottom, -np.inf)
            lower, higher = low.copy(), high.copy()
            np.minimum.at(higher, columns, np.where(up, top, -bottom))
            np.maximum.at(lower, columns, np.where(up, bottom, -top))
            lower, higher = np.minimum(lower, self.truth), np.maximum(higher, self.truth)
            moved = float((high - higher).max(initial=0) + (lower - low).max(initial=0))
            low, high = lower, higher
            if moved < TINY:
                break
        return low, high

    def parts(self) -> list[Part]:
        """The unknown counts by what ties them, only those with a small count among them that bounds leave undecided."""
        if not len(self.b):
            return []
        label = components(abs(self.a))
        members = groups(label)
        lines = groups(
            np.append(label[self.a.indices[self.a.indptr[:-1]]], label.max())
        )  # one more, so that none lacks
        lines = [line[line < len(self.b)] for line in lines]
        return [
            Part(m, self.truth[m], self.low[m], self.high[m], self.a[r][:, m].tocsr(), self.b[r], self.equal[r], self.small[m])
            for m, r in zip(members, lines, strict=True)
            if self.small[m].any() and len(r)
        ]  # fmt: skip


def ranges(part: Part, width: float) -> tuple[np.ndarray, np.ndarray]:
    """Lowest and highest values found of the counts: those of small ones are their own unless `width` apart already."""
    seen = Seen(part, width)
    rng = np.random.default_rng(len(part.counts))
    for _ in range(TURNS):
        todo = seen.narrow()
        if len(todo) < 50:
            break
        seen.rise(todo[rng.random(len(todo)) < SHARE])
    todo = seen.narrow()
    if len(todo):
        extremes = Extremes(part)
        for k in todo.tolist():
            for sense in (-1.0, 1.0):
                if not seen.done(k):
                    seen.note(extremes.find(k, sense))
    return seen.low, seen.high


class Seen:
    """Possible values met so far."""

    def __init__(self, part: Part, width: float) -> None:
        self.part, self.width = part, width
        self.low, self.high = part.x.copy(), part.x.copy()

    def done(self, k: int) -> bool:
        return bool(self.high[k] - self.low[k] >= self.width - TINY)

    def narrow(self) -> np.ndarray:
        """Small counts that are not proved wide, and that bounds do not prove narrow."""
        possible = self.part.high - self.part.low >= self.width - TINY
        return np.flatnonzero(self.part.small & possible & (self.high - self.low < self.width - TINY))

    def note(self, x: np.ndarray | None) -> None:
        if x is not None:
            np.minimum(self.low, x, out=self.low)
            np.maximum(self.high, x, out=self.high)

    def rise(self, todo: np.ndarray) -> None:
        """As many of these counts as can be, as high as they need, at once."""
        p, n, t = self.part, len(self.part.counts), len(todo)
        if not t:
            return
        wide = beside(p.a, nothing(p.a.shape[0], t)).tocsr()
        gains = beside(-pick(todo, n), identity(t))
        x = least_cost(
            np.concatenate([np.zeros(n), np.full(t, -1.0)]),
            wide[p.equal],
            p.b[p.equal],
            above(gains, wide[~p.equal]),
            np.concatenate([-p.x[todo], p.b[~p.equal]]),
            np.concatenate([p.low, np.zeros(t)]),
            np.concatenate([p.high, np.full(t, self.width)]),
        )
        self.note(None if x is None else x[:n])


class Extremes:
    """The lowest and the highest value of one count after another."""

    def __init__(self, part: Part) -> None:
        row_low = np.where(part.equal, part.b, -NO_LIMIT)
        self.program = Warm(np.zeros(len(part.counts)), part.a, row_low, part.b, part.low, part.high)

    def find(self, k: int, sense: float) -> np.ndarray | None:
        self.program.price(np.array([k]), np.array([-sense]))
        x = self.program.solve()
        self.program.price(np.array([k]), np.zeros(1))
        return x
