"""What an attacker can work out of linear relations: pinned counts, carried bounds, lowest and highest values."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy.sparse import csc_array, csr_array

from pipelines.disclosure.audit.problem import Problem
from pipelines.disclosure.linear import TINY, Ranges, Sparse, System, groups, side_by_side
from pipelines.disclosure.neighbours import Whereabouts, neighbours

Array = np.ndarray
FAR = 1e4  # how far from the truth a count is sought
LOCAL = 600  # counts from which neighbours are looked at first


class Reduced:
    """A problem with what is known put in, and bounds carried from count to count until they stand."""

    def __init__(self, problem: Problem, threshold: int) -> None:
        self.problem = problem
        self.unknown = np.flatnonzero(~problem.known)
        self.at = np.full(len(problem.true), -1)  # the place of each count among the unknown ones
        self.at[self.unknown] = np.arange(len(self.unknown))
        self.truth = problem.true[self.unknown]
        self.small = (self.truth > 0.5) & (self.truth < threshold - 0.5)
        a, b, equal, kept = self._relations()
        low = np.zeros(len(self.unknown))  # some of the rows that are hidden hold 0
        high = np.minimum(problem.most[self.unknown], self.truth + FAR)
        self.start = System(self.truth, low, high, a, b, equal)
        self.low, self.high = self.start.carried(40)
        self.narrowed = replace(self.start, low=self.low, high=self.high)
        self.system = System(self.truth, self.low, self.high, a[kept], b[kept], equal[kept])

    def _relations(self) -> tuple[Sparse, Array, Array, Array]:
        """The relations that tie something unknown: their terms, what these sum up to, which are equalities, which count."""
        p = self.problem
        whole = p.matrix()
        free = np.bincount(
            np.repeat(np.arange(p.size), np.diff(whole.indptr)), ~p.known[whole.indices], minlength=p.size
        )
        tied = np.flatnonzero(free > 0.5)
        weak, equal = (np.concatenate([np.zeros(0, bool), *flags])[tied] for flags in (p.weak, p.equal))
        kept = np.flatnonzero(~weak | (free[tied] < np.diff(whole.indptr)[tied]))
        whole = whole[tied]
        b = -(whole @ np.where(p.known, p.true, 0))
        return csr_array(whole[:, self.unknown]), b, equal, kept

    def met(self, width: float, changes: Sparse | None = None) -> Ranges:
        """What is met of the possible values of the small counts.

        `changes`: of the counts of the problem from their true values, a column for each that is claimed to be possible;
        believed as far as every relation holds.
        """
        met = Ranges(self.system, self.small, width)
        if changes is not None:
            met.consider(csc_array(changes.tocsr()[self.unknown]))
        return met

    def open(self, places: Sequence[Whereabouts], width: float, changes: Sparse | None = None) -> set[int]:
        """The small counts whose possible values are less than `width` apart; `places`: of every unknown count."""
        met = self.met(width, changes)
        regions = {name: k for k, name in enumerate(dict.fromkeys(place[1] for place in places if place[1]))}
        region = np.array([regions.get(place[1], -1) for place in places], int)

        def left(part: Array) -> Array:
            ranges, every = met.among(part), np.arange(len(part))
            ranges.all_at_once(region[part])
            if len(part) > LOCAL:
                for block in neighbours([places[k] for k in part]):
                    ranges.by_steps(block)
            ranges.by_steps(every)
            ranges.one_by_one(every)
            return np.asarray(part[np.setdiff1d(np.flatnonzero(ranges.sought), ranges.found())])

        every = np.arange(len(self.unknown))
        parts = [part for part in groups(met.parts) if len(met.narrow(part))]
        found = side_by_side(left, sorted(parts, key=len, reverse=True))
        pinned = every[met.sought & ~met.possible]
        return set(np.concatenate([pinned, *found]).tolist())

    def knowing(self, own: Array, width: float) -> Array:
        """The small counts that one who knows its `own` ones narrows, by carrying bounds."""
        low, high = self.narrowed.carried(8, own)
        return np.flatnonzero(self.small & (high - low < width - TINY))
