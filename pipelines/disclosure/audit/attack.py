"""What an attacker can work out of linear relations: pinned counts, carried bounds, lowest and highest values."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import numpy as np
from scipy.sparse import coo_array

from pipelines.disclosure.linear import TINY, Points, Ranges, Sparse, System, groups, side_by_side
from pipelines.disclosure.neighbours import Whereabouts, by_structure, neighbours, stages

Place = tuple[int, str, str, str]  # annee, niveau, territoire, public
Name = tuple[str, Place]
FAR = 1e4  # how far from the truth a count is sought
LOCAL = 600  # counts from which neighbours are looked at first


@dataclass
class Problem:
    """Counts by name, their true values, which of them are known, and the relations between them."""

    index: dict[Name, int] = field(default_factory=dict)
    names: list[Name] = field(default_factory=list)
    true: list[float] = field(default_factory=list)
    known: list[bool] = field(default_factory=list)
    most: list[float] = field(default_factory=list)
    terms: list[int] = field(default_factory=list)  # of the relations, one after another: counts,
    signs: list[float] = field(default_factory=list)  # their signs,
    sizes: list[int] = field(default_factory=list)  # how many each relation has,
    equal: list[bool] = field(default_factory=list)  # and whether their sum is 0, or at most 0
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
            self.weak.add(len(self.sizes))
        self.terms += plus + minus
        self.signs += [1.0] * len(plus) + [-1.0] * len(minus)
        self.sizes.append(len(plus) + len(minus))
        self.equal.append(equal)


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
        """The relations that unknown counts are in: a, b, equal as in System, and those that programs keep."""
        p, terms, signs = self.problem, np.array(self.problem.terms, int), np.array(self.problem.signs)
        of = np.repeat(np.arange(len(p.sizes)), p.sizes)
        free = self.at[terms] >= 0
        unknown = np.bincount(of[free], minlength=len(p.sizes))
        touched = np.flatnonzero(unknown)
        line = np.cumsum(unknown > 0) - 1
        a = coo_array((signs[free], (line[of[free]], self.at[terms[free]])), shape=(len(touched), len(self.unknown)))
        right = -np.bincount(of[~free], signs[~free] * true[terms[~free]], len(p.sizes))[touched]
        loose = np.isin(touched, list(p.weak)) & (unknown == np.array(p.sizes, int))[touched]
        return a.tocsr(), right, np.array(p.equal, bool)[touched], np.flatnonzero(~loose)

    def open(self, places: list[Whereabouts], width: float, alternatives: Iterable[Points] = ()) -> set[int]:
        """The small counts whose possible values are less than `width` apart; `places`: of every unknown count.

        `alternatives`: other values of some counts of the problem. They are believed as far as every relation holds.
        """
        met = Ranges(self.system, self.small, width)
        for counts, point, values in alternatives:
            free = self.at[counts] >= 0
            met.consider((self.at[counts[free]], point[free], values[free]))
        met.together(by_structure(self._structures(), places))
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

    def _structures(self) -> dict[tuple[int, str], list[int]]:
        """The unknown counts of each structure of a year, in all territories."""
        counts: dict[tuple[int, str], list[int]] = defaultdict(list)
        for k, i in enumerate(self.unknown.tolist()):
            what, place = self.problem.names[i]
            if what.startswith("structure"):
                counts[place[0], what.partition(":")[2]].append(k)
        return counts

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
