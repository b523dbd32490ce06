"""What an attacker can work out of linear relations: pinned counts, carried bounds, lowest and highest values."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

import numpy as np
from scipy.sparse import coo_array

from pipelines.disclosure.linear import TINY, Ranges, Sparse, System, groups, side_by_side
from pipelines.disclosure.neighbours import Whereabouts, neighbours, stages

Place = tuple[int, str, str, str]  # annee, niveau, territoire, public
Name = tuple[str, Place]
Values = tuple[np.ndarray, np.ndarray]  # positions, and what they hold
FAR = 1e4  # how far from the truth a count is sought
STRUCTURES = 2000  # counts of structures that are looked at together
LOCAL = 600  # counts from which neighbours are looked at first


@dataclass
class Problem:
    """Counts by name, their true values, which of them are known, and the relations between them."""

    index: dict[Name, int] = field(default_factory=dict)
    names: list[Name] = field(default_factory=list)
    true: list[float] = field(default_factory=list)
    known: list[bool] = field(default_factory=list)
    most: list[float] = field(default_factory=list)
    relations: list[tuple[list[int], list[float], bool]] = field(default_factory=list)  # sum = 0, or <= 0
    unknown: frozenset[str] = frozenset()  # columns of the exports that some delivery does not have
    weak: set[int] = field(default_factory=set)  # relations that programs leave out where they tie nothing known

    def count(self, name: Name, value: float) -> int:
        """The position of a count; zero is known, because it is shown."""
        i = self.index.setdefault(name, len(self.names))
        if i == len(self.names):
            self.names.append(name)
            self.true.append(value)
            self.known.append(value < TINY)
            self.most.append(np.inf)
        return i

    def relate(self, positive: Iterable[int], negative: Iterable[int], *, equal: bool, weak: bool = False) -> None:
        """Sum of the positive = (or at most) sum of the negative; dropped where that does not hold of the true values."""
        plus, minus = list(positive), list(negative)
        gap = sum(self.true[i] for i in plus) - sum(self.true[i] for i in minus)
        if gap > 0.5 or (equal and gap < -0.5):
            return
        if weak:
            self.weak.add(len(self.relations))
        self.relations.append(([*plus, *minus], [1.0] * len(plus) + [-1.0] * len(minus), equal))


class Reduced:
    """A problem with what is known put in, and bounds carried from count to count until they stand."""

    def __init__(self, problem: Problem, threshold: int) -> None:
        self.problem = problem
        true = np.array(problem.true)
        self.unknown = np.flatnonzero(~np.array(problem.known, bool))
        self.at = np.full(len(true), -1)  # the place of each count among the unknown ones
        self.at[self.unknown] = np.arange(len(self.unknown))
        self.truth = true[self.unknown]
        self.small = (self.truth > 0.5) & (self.truth < threshold - 0.5)
        a, b, equal, kept = self._relations(true)
        low = np.zeros(len(self.unknown))  # some of the rows that are hidden hold 0
        high = np.minimum(np.array(problem.most)[self.unknown], self.truth + FAR)
        self.start = System(self.truth, low, high, a, b, equal)
        self.low, self.high = self.start.carried(40)
        self.narrowed = replace(self.start, low=self.low, high=self.high)
        self.system = System(self.truth, self.low, self.high, a[kept], b[kept], equal[kept])

    def _relations(self, true: np.ndarray) -> tuple[Sparse, np.ndarray, np.ndarray, np.ndarray]:
        at = self.at
        rows: list[int] = []
        columns: list[int] = []
        signs: list[float] = []
        right: list[float] = []
        equal: list[bool] = []
        kept: list[int] = []
        for r, (counts, weights, same) in enumerate(self.problem.relations):
            free = [(at[i], w) for i, w in zip(counts, weights, strict=True) if at[i] >= 0]
            if free:
                if r not in self.problem.weak or len(free) < len(counts):
                    kept.append(len(right))
                rows += [len(right)] * len(free)
                columns += [i for i, _ in free]
                signs += [w for _, w in free]
                right.append(-sum(w * true[i] for i, w in zip(counts, weights, strict=True) if at[i] < 0))
                equal.append(same)
        a = coo_array((signs, (rows, columns)), shape=(len(right), len(self.unknown))).tocsr()
        return a, np.array(right), np.array(equal, bool), np.array(kept, int)

    def open(self, places: list[Whereabouts], width: float, alternatives: Iterable[Values] = ()) -> set[int]:
        """The small counts whose possible values are less than `width` apart; `places`: of every unknown count.

        `alternatives`: other values of some counts of the problem. They are believed as far as every relation holds.
        """
        met = Ranges(self.system, self.small, width)
        for counts, values in alternatives:
            free = self.at[counts] >= 0
            met.consider(self.at[counts[free]], values[free])

        met.together(self._structures())
        for together in stages(places):
            met.together(together)

        def left(part: np.ndarray) -> np.ndarray:
            ranges, every = met.among(part), np.arange(len(part))
            if len(part) > LOCAL:
                for block in neighbours([places[k] for k in part]):
                    ranges.by_steps(block)
            ranges.by_steps(every)
            ranges.one_by_one(every)
            return np.setdiff1d(np.flatnonzero(ranges.sought), ranges.found())

        parts = sorted(groups(met.parts), key=len, reverse=True)
        return {
            int(part[k]) for part, found in zip(parts, side_by_side(left, parts), strict=True) for k in found.tolist()
        }

    def _structures(self) -> Iterator[np.ndarray]:
        """Blocks of the counts of some structures of a year in all territories."""
        counts: dict[tuple[int, str], list[int]] = defaultdict(list)
        for k, i in enumerate(self.unknown.tolist()):
            what, place = self.problem.names[i]
            if what.startswith("structure"):
                counts[place[0], what.partition(":")[2]].append(k)
        block: list[int] = []
        for own in counts.values():
            block += own
            if len(block) >= STRUCTURES:
                yield np.sort(block)
                block = []
        yield np.sort(np.array(block, int))

    def knowing(self, own: np.ndarray, width: float) -> np.ndarray:
        """The small counts that one who knows its `own` ones narrows, by carrying bounds."""
        low, high = self.narrowed.carried(8, own)
        return np.flatnonzero(self.small & (high - low < width - TINY))

    def of_others(self, own: np.ndarray, width: float, narrow: np.ndarray) -> list[int]:
        """Small counts of others that one who knows its `own` ones narrows, those left out that are `narrow` to everyone.

        A count, of a region or the country, made of its own persons only is its own, where its own rows show it: of a public
        that they do not tell apart, that there is nobody else is news.
        """

        def about(k: int) -> tuple[str, int, str, float]:
            what, (annee, _, _, public) = self.problem.names[self.unknown[k]]
            return what, annee, public, float(self.truth[k])

        mine, persons = set(own.tolist()), {about(k) for k in own.tolist()}
        found = self.knowing(own, width).tolist()
        return [k for k in found if k not in mine and not narrow[k] and about(k) not in persons]
