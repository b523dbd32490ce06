"""The little of scipy and HiGHS that relations between counts need."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, TypeVar

import highspy
import numpy as np
from scipy import sparse

T = TypeVar("T")
U = TypeVar("U")
Sparse = Any  # arrays of scipy.sparse: their stubs do not follow what is stacked
Array = np.ndarray
Points = tuple[Array, Array, Array]  # other possible values of some numbers: number, of which point (from 0), value
NO_LIMIT = highspy.kHighsInf
TINY = 1e-6
SLACK = 1e-5  # of a relation between numbers that a program has found
SHORT = 1e-3  # cost of moving a number: short changes are better
MANY = 1e3
TARGETS = 0.04  # of the numbers of a program, those that it moves
LEAST = 8  # and at least so many
ROOM = 0.01  # beyond what is sought
PAYS = 2  # numbers that a program settles, or it was in vain
IDLE = 2  # programs in vain that end the search
FEW = 3  # numbers that are better moved one by one


def beside(*blocks: Sparse) -> Sparse:
    return sparse.hstack(blocks, format="csc")


def above(*blocks: Sparse) -> Sparse:
    return sparse.vstack(blocks, format="csr")


def one_each(counts: Array, size: int) -> Sparse:
    """A row for each of these counts, 1 there; empty where there is none (-1)."""
    some = np.flatnonzero(counts >= 0)
    return sparse.csr_array((np.ones(len(some)), (some, counts[some])), shape=(len(counts), size))


def components(relations: Sparse) -> Array:
    """Which columns relations tie together: the number of its part for each."""
    both = sparse.block_array([[None, relations.T], [relations, None]])
    return np.asarray(sparse.csgraph.connected_components(both, directed=False)[1][: relations.shape[1]])


def groups(label: Array) -> list[Array]:
    """The positions of each label."""
    order = np.argsort(label, kind="stable")
    return np.split(order, np.cumsum(np.bincount(label))[:-1]) if len(label) else []


def in_blocks(group: Array, order: Array, size: int) -> Iterator[Array]:
    """The positions of those of no group (-1) with those of some groups, in this order, as many as make about `size`."""
    sizes = np.bincount(group[group >= 0], minlength=int(order.max(initial=-1)) + 1)[order]
    for some in np.split(order, np.flatnonzero(np.diff(np.cumsum(sizes) // size)) + 1):
        yield np.flatnonzero((group < 0) | np.isin(group, some))


def side_by_side(work: Callable[[T], U], items: Sequence[T]) -> list[U]:
    """The result of each item, in their order; the solver lets go of the interpreter, so that threads are enough."""
    return [work(item) for item in items] if len(items) < 2 else list(_threads().map(work, items))


@cache
def _threads() -> ThreadPoolExecutor:
    """Kept, because each new thread that calls the solver makes it start threads of its own."""
    return ThreadPoolExecutor(len(os.sched_getaffinity(0)))


class Warm:
    """A linear program that is solved again and again with few changes, each time from where the last one ended."""

    def __init__(self, cost: Array, a: Sparse, row_low: Array, row_high: Array, low: Array, high: Array) -> None:
        a = a.tocsc()
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = a.shape[1], a.shape[0]
        lp.col_cost_, lp.col_lower_, lp.col_upper_ = cost, low, high
        lp.row_lower_, lp.row_upper_ = row_low, row_high
        lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = a.indptr, a.indices, a.data
        made: Any = highspy.Highs
        self.solver = made()
        for option, value in (("output_flag", False), ("threads", 1), ("presolve", "off")):
            self.solver.setOptionValue(option, value)
        self.solver.passModel(lp)

    def bound(self, columns: Array, low: Array, high: Array) -> None:
        self.solver.changeColsBounds(len(columns), columns.astype(np.int32), low, high)

    def price(self, columns: Array, cost: Array) -> None:
        self.solver.changeColsCost(len(columns), columns.astype(np.int32), cost)

    def primal(self) -> None:
        """From now on, only what is to be gained changes."""
        self.solver.setOptionValue(
            "simplex_strategy", int(highspy.simplex_constants.SimplexStrategy.kSimplexStrategyPrimal)
        )

    def solve(self) -> Array | None:
        self.solver.run()
        found = self.solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
        return np.array(self.solver.getSolution().col_value) if found else None


# --- how far unknown numbers can be from what they are ---


@dataclass(frozen=True)
class System:
    """`n` unknown numbers and `m` relations: `a @ x = b` where `equal`, `a @ x <= b` elsewhere, `low <= x <= high`.

    x, low, high (n,): true values, which are possible, and bounds. a (m, n) sparse; b (m,); equal (m,) bool.
    """

    x: Array
    low: Array
    high: Array
    a: Sparse
    b: Array
    equal: Array

    def among(self, which: Array) -> "System":
        """These numbers alone, the others standing still."""
        touched = self._relations_of(which)
        a = block(self.a, touched, which)
        b = self._rest[touched] + a @ self.x[which]
        return System(self.x[which], self.low[which], self.high[which], a, b, self.equal[touched])

    def carried(self, rounds: int, known: Array | None = None) -> tuple[Array, Array]:
        """Bounds narrowed relation by relation; the truth always stays possible.

        `known`: numbers that are known besides, where the bounds are carried already; only what follows from them is sought.
        """
        low, high = self.low.copy(), self.high.copy()
        rows = np.arange(len(self.b))
        if known is not None:
            low[known] = high[known] = self.x[known]
            rows = self._relations_of(known)
        for _ in range(rounds if len(rows) else 0):
            columns, weights, of = terms_of(self.a, rows)
            up = weights > 0
            least = np.where(up, low[columns], -high[columns])
            most = np.where(up, high[columns], -low[columns])
            top = self.b[rows][of] - (np.bincount(of, least)[of] - least)
            bottom = self.b[rows][of] - (np.bincount(of, most)[of] - most)
            bottom = np.where(self.equal[rows][of], bottom, -np.inf)
            lower, higher = low.copy(), high.copy()
            np.minimum.at(higher, columns, np.where(up, top, -bottom))
            np.maximum.at(lower, columns, np.where(up, bottom, -top))
            lower, higher = np.minimum(lower, self.x), np.maximum(higher, self.x)
            moved = np.flatnonzero((high - higher > TINY) | (lower - low > TINY))
            low, high = lower, higher
            if not len(moved):
                break
            rows = self._relations_of(moved)
        return low, high

    def broken(self, changes: Sparse) -> tuple[Array, Array]:
        """Of each column of changes from the true values (n, k), the relations that do not hold then: relation, column."""
        gone = (self.a @ changes).tocoo()
        over = gone.data - self._rest[gone.row]
        wrong = np.where(self.equal[gone.row], np.abs(over), over) > SLACK
        return gone.row[wrong], gone.col[wrong]

    def _relations_of(self, numbers: Array) -> Array:
        return np.unique(_lines(self._by_column, numbers)[0])

    @cached_property
    def _by_column(self) -> Sparse:
        return self.a.tocsc()

    @cached_property
    def _rest(self) -> Array:
        return np.asarray(self.b - self.a @ self.x)


def block(matrix: Sparse, rows: Array, columns: Array) -> Sparse:
    """Some rows of a matrix, of which only these columns, in ascending order, are left."""
    position = np.full(matrix.shape[1], -1)
    position[columns] = np.arange(len(columns))
    at, value, row = terms_of(matrix, rows)
    left = position[at] >= 0
    starts = np.searchsorted(row[left], np.arange(len(rows) + 1))
    return sparse.csr_array((value[left], position[at[left]], starts), shape=(len(rows), len(columns)))


def terms_of(matrix: Sparse, rows: Array) -> tuple[Array, Array, Array]:
    """Column, value, and position among `rows` of each term of some rows of a matrix."""
    columns, at, lengths = _lines(matrix, rows)
    return columns, matrix.data[at], np.repeat(np.arange(len(rows)), lengths)


def _lines(matrix: Sparse, lines: Array) -> tuple[Array, Array, Array]:
    """What some lines of a compressed matrix hold: indices, their positions, and how many each line has."""
    starts = matrix.indptr[lines]
    lengths = matrix.indptr[lines + 1] - starts
    at = np.repeat(starts - np.cumsum(lengths) + lengths, lengths) + np.arange(lengths.sum())
    return matrix.indices[at], at, lengths


class Ranges:
    """The lowest and the highest values met of numbers, sought until they are `width` apart."""

    def __init__(self, system: System, sought: Array, width: float) -> None:
        self.system, self.sought, self.width = system, sought, width
        self.low, self.high = system.x.copy(), system.x.copy()
        self.possible = system.high - system.low >= width - TINY
        self.rng = np.random.default_rng(len(system.x))
        self.points: list[tuple[Array, Array]] = []  # numbers, and the values met of all of them at once

    @cached_property
    def parts(self) -> Array:
        """The number of the part of each number; parts do not move each other."""
        return components(abs(self.system.a))

    def among(self, part: Array) -> "Ranges":
        """What has been met of one part, to seek on in it alone."""
        own = Ranges(self.system.among(part), self.sought[part], self.width)
        own.low, own.high = self.low[part], self.high[part]
        return own

    def narrow(self, among: Array) -> Array:
        """Those sought of these numbers that could be, but have not been met, far enough apart."""
        apart = self.high[among] - self.low[among] >= self.width - TINY
        return np.asarray(among[self.sought[among] & self.possible[among] & ~apart])

    def found(self) -> Array:
        """Those sought whose values have been met far enough apart."""
        return np.flatnonzero(self.sought & (self.high - self.low >= self.width - TINY))

    def together(self, blocks: Iterable[Array]) -> None:
        """Move many at once: of each block what moves while the numbers outside it stand still."""
        worth = [block for block in blocks if len(self.narrow(block)) >= FEW]
        for block, own in zip(worth, side_by_side(lambda b: self.among(b).swept(), worth), strict=True):
            self.low[block] = np.minimum(self.low[block], own.low)
            self.high[block] = np.maximum(self.high[block], own.high)
            self.points += [(block[which], x) for which, x in own.points]

    def swept(self) -> "Ranges":
        """Move some after others, each time from where the last program ended, as long as that pays; returns itself.

        None has to rise farther than `width`: so what a program gains is a number of them, not the distance of a few.
        """
        s, every = self.system, np.arange(len(self.system.x))
        high = np.where(self.sought, np.minimum(s.high, s.x + self.width + ROOM), s.high)
        program = Warm(np.zeros(len(every)), s.a, np.where(s.equal, s.b, -NO_LIMIT), s.b, s.low, high)
        todo, before, idle = self.narrow(every), every[:0], 0
        while len(todo) and idle < IDLE:
            targets = self.rng.permutation(todo)[: max(LEAST, int(TARGETS * len(every)))]
            program.price(before, np.zeros(len(before)))
            program.price(targets, -self._sense(targets) * self.rng.uniform(0.5, 1.5, len(targets)))
            self._note(every, program.solve())
            program.primal()
            before, left = targets, self.narrow(every)
            idle += len(todo) - len(left) < PAYS
            todo = left
        return self

    def _sense(self, targets: Array) -> Array:
        """Up first; where a number has risen so far that falling can do the rest, down as often as up."""
        x = self.system.x[targets]
        risen = self.high[targets] - x >= self.width - np.minimum(x, self.width) - TINY
        return np.where(risen & (self.rng.random(len(targets)) < 0.5), -1.0, 1.0)

    def by_steps(self, which: Array) -> None:
        """Move each that is left by what it lacks, the numbers outside `which` standing still."""
        moves = None
        for k in self.narrow(which).tolist():
            moves = moves or Moves(self.system.among(which))
            at, x = int(np.searchsorted(which, k)), float(self.system.x[k])
            room = min(x - float(self.system.low[k]), self.width)
            for step in (self.width - room, -room, self.width):
                if len(self.narrow(np.array([k]))) and not self.low[k] + TINY < x + step < self.high[k] - TINY:
                    for change in moves.by(at, step):
                        self._note(which, self.system.x[which] + change)

    def one_by_one(self, which: Array) -> None:
        """Find the highest and the lowest value of each that is left, the numbers outside `which` standing still."""
        program = None
        for k in self.narrow(which).tolist():
            program = program or Extremes(self.system.among(which))
            for sense in (1.0, -1.0):
                if len(self.narrow(np.array([k]))):
                    self._note(which, program.find(int(np.searchsorted(which, k)), sense))

    def _note(self, which: Array, x: Array | None) -> None:
        if x is not None:
            self._meet(which, x)
            moved = np.abs(x - self.system.x[which]) > TINY
            self.points.append((which[moved], x[moved]))

    def consider(self, points: Points) -> None:
        """Take what of each point is possible: the parts in which every relation holds."""
        which, point, x = points
        s, a, n = self.system, self.system.a, len(self.system.x)
        once = np.unique(which + n * point, return_index=True)[1]
        which, point, x = which[once], point[once], x[once]
        several = int(point.max(initial=-1)) + 1
        relation, of = s.broken(sparse.csc_array((x - s.x[which], (which, point)), shape=(n, several)))
        beyond = (x < s.low[which] - TINY) | (x > s.high[which] + TINY)
        case = self.parts[which] * several + point
        refuted = np.concatenate([case[beyond], self.parts[a.indices[a.indptr[relation]]] * several + of])
        kept = ~np.isin(case, refuted)
        np.minimum.at(self.low, which[kept], x[kept])
        np.maximum.at(self.high, which[kept], x[kept])

    def _meet(self, which: Array, x: Array) -> None:
        self.low[which] = np.minimum(self.low[which], x)
        self.high[which] = np.maximum(self.high[which], x)


class Moves:
    """Changes from the true values, kept warm: columns are how far each number rises, then how far it falls."""

    def __init__(self, system: System, price: Array | None = None) -> None:
        self.system, self.n = system, len(system.x)
        rest = system.b - system.a @ system.x
        self.most = np.concatenate([system.high - system.x, system.x - system.low])
        self.warm = Warm(
            np.full(2 * self.n, SHORT) if price is None else price,
            beside(system.a, -system.a),
            np.where(system.equal, rest, -NO_LIMIT),
            rest,
            np.zeros(2 * self.n),
            self.most,
        )
        self.rest = rest

    def price(self, price: Array) -> None:
        self.warm.price(np.arange(2 * self.n), price)

    def by(self, k: int, step: float) -> list[Array]:
        """The cheapest change in which number k moves by `step`, and the contrary one as far as it is possible."""
        column, other = (k, k + self.n) if step > 0 else (k + self.n, k)
        if abs(step) > self.most[column] + TINY:
            return []
        both = np.array([column, other])
        self.warm.bound(both, np.array([abs(step), 0.0]), np.array([abs(step), 0.0]))
        moves = self.warm.solve()
        self.warm.bound(both, np.zeros(2), self.most[both])
        if moves is None:
            return []
        change = moves[: self.n] - moves[self.n :]
        change[np.abs(change) < TINY] = 0
        return [change, -change * self.times(-change)]

    def times(self, change: Array) -> float:
        """How many times a change is possible, whole or in part."""
        moved = np.flatnonzero(change)
        room = np.where(change > 0, self.most[: self.n], self.most[self.n :])[moved] / np.abs(change[moved])
        gain = np.where(self.system.equal, 0, self.system.a @ change)
        grows = gain > TINY
        return max(0.0, float(min(room.min(initial=MANY), (self.rest[grows] / gain[grows]).min(initial=MANY))))


class Extremes:
    """The possible values that lie farthest in one direction after another."""

    def __init__(self, system: System) -> None:
        row_low = np.where(system.equal, system.b, -NO_LIMIT)
        self.program = Warm(np.zeros(len(system.x)), system.a, row_low, system.b, system.low, system.high)

    def find(self, k: int, sense: float) -> Array | None:
        """The point at which number k is highest, or lowest (`sense` -1); None where the solver finds none."""
        at = np.array([k])
        self.program.price(at, np.array([-sense]))
        x = self.program.solve()
        self.program.price(at, np.zeros(1))
        return x
