"""The state of the choice: which counts are hidden, what hiding another would cost, how far each small one can move."""

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, field

import numpy as np

from pipelines.disclosure.linear import TINY, Ranges, Sparse, System, above
from pipelines.disclosure.protection.model import Model
from schemas.outputs.diffusion import WIDTH

FAR = 1e4  # how far a count may move in a proof


@dataclass
class Hiding:
    """`up`, `down`: how far each count has been seen to move while what is shown stands still; as hiding only grows, it still can."""

    model: Model
    most: np.ndarray  # the highest value each count can have, where something else than relations says so
    hidden: np.ndarray = field(init=False)
    open: list[int] = field(init=False, default_factory=list)  # small counts for which no way was found
    programs: int = field(init=False, default=0)
    met: list[tuple[np.ndarray, np.ndarray]] = field(init=False, default_factory=list)  # counts, other possible values

    def __post_init__(self) -> None:
        m = self.model
        self.hidden = m.unseen | m.small
        self.equal, self.below = m.equal.tocsc(), m.below.tocsc()
        # what a count cannot move far without moving the other counts of the relation
        self.tied = abs(above(m.equal, m.below[np.flatnonzero((m.slack < WIDTH) & ~self.loose())]))
        self.figures_of: list[list[int]] = [[] for _ in range(len(m.x))]
        for k, counts in enumerate(m.figures.counts):
            for i in counts:
                self.figures_of[i].append(k)
        self.up, self.down = np.zeros(len(m.x)), np.zeros(len(m.x))
        self._price()

    def _price(self) -> None:
        figures = self.model.figures
        self.figure_hidden = [any(self.hidden[i] for i in counts) for counts in figures.counts]
        self.cost = np.zeros(len(self.model.x))
        for k, counts in enumerate(figures.counts):
            if not self.figure_hidden[k]:
                for i in counts:
                    self.cost[i] += figures.weights[k]

    def apart(self) -> "Hiding":
        """The same, to choose what is hidden of one part beside others."""
        own = copy(self)
        own.hidden, own.cost, own.figure_hidden = self.hidden.copy(), self.cost.copy(), self.figure_hidden.copy()
        own.up, own.down = self.up.copy(), self.down.copy()
        own.open, own.met, own.programs = [], [], 0
        return own

    def join(self, parts: Sequence[np.ndarray], chosen: Sequence["Hiding"]) -> None:
        """Take over what has been chosen of each part."""
        for counts, own in zip(parts, chosen, strict=True):
            for mine, its in ((self.hidden, own.hidden), (self.up, own.up), (self.down, own.down)):
                mine[counts] = its[counts]
            self.open += own.open
            self.met += own.met
            self.programs += own.programs
        self._price()

    def loose(self) -> np.ndarray:
        """The weak relations of which nothing is shown."""
        shown = abs(self.model.below) @ (~self.hidden).astype(float)
        return np.asarray(self.model.weak & (shown < 0.5))

    def narrow(self, counts: np.ndarray) -> np.ndarray:
        """The small ones of these counts that have not been seen to move far enough."""
        far = self.up[counts] + self.down[counts] >= WIDTH - TINY
        return np.asarray(counts[self.model.small[counts] & ~far])

    def hide(self, counts: np.ndarray) -> np.ndarray:
        """Hide counts; those that were not hidden yet."""
        m = self.model
        fresh = counts[~self.hidden[counts]]
        for i in fresh.tolist():
            self.hidden[i] = True
            for k in self.figures_of[i]:
                if not self.figure_hidden[k]:
                    self.figure_hidden[k] = True
                    for j in m.figures.counts[k]:
                        self.cost[j] -= m.figures.weights[k]
        return np.asarray(fresh)

    def relations(self, counts: np.ndarray) -> tuple[Sparse, Sparse, np.ndarray]:
        """The relations that some of these counts are in, the others standing still: equal, below, slack of below."""
        a, b = self.equal[:, counts], self.below[:, counts]
        rows, lines = np.unique(a.indices), np.unique(b.indices)
        lines = lines[~self.loose()[lines]]
        return a[rows], b[lines], self.model.slack[lines]

    def system(self, counts: np.ndarray) -> System:
        """These counts as unknown numbers, the others standing still."""
        equal, below, slack = self.relations(counts)
        a, x = above(equal, below), self.model.x[counts]
        rest = np.concatenate([np.zeros(equal.shape[0]), slack])
        same = np.arange(a.shape[0]) < equal.shape[0]
        high = np.minimum(self.most[counts], x + FAR)
        return System(x, np.zeros(len(counts)), np.maximum(high, x), a, a @ x + rest, same)

    def note(self, counts: np.ndarray, ranges: Ranges) -> None:
        """How far these counts have been seen to move."""
        x = self.model.x[counts]
        self.met += [(counts[which], values) for which, values in ranges.points]
        self.up[counts] = np.maximum(self.up[counts], ranges.high - x)
        self.down[counts] = np.maximum(self.down[counts], x - ranges.low)

    def keep(self, counts: np.ndarray, change: np.ndarray) -> None:
        """Note a change that is possible."""
        narrow = self.narrow(counts)
        if len(narrow) and (change[np.searchsorted(counts, narrow)] != 0).any():
            moved = np.flatnonzero(change)
            self.met.append((counts[moved], self.model.x[counts[moved]] + change[moved]))
        self.up[counts] = np.maximum(self.up[counts], change)
        self.down[counts] = np.maximum(self.down[counts], -change)
