"""What an attacker does not know, as linear algebra: counts, which of them are shown, the relations between them."""

from dataclasses import dataclass, field

import numpy as np
from scipy.sparse import csr_array

from pipelines.disclosure.linear import TINY, Sparse

Array = np.ndarray


@dataclass
class Problem:
    """Counts by their position: `true` values, which are `known`, the highest value each can have.

    Relations are gathered as arrays of terms: the relation of each, its count, its sign.
    """

    true: Array = field(default_factory=lambda: np.zeros(0))
    known: Array = field(default_factory=lambda: np.zeros(0, bool))
    most: Array = field(default_factory=lambda: np.zeros(0))
    size: int = 0  # number of relations
    terms: list[tuple[Array, Array, Array]] = field(default_factory=list)
    equal: list[Array] = field(default_factory=list)  # of each relation: the sum is 0, or at most
    weak: list[Array] = field(default_factory=list)  # whether programs leave it out where it ties nothing known

    def add(self, true: Array) -> Array:
        """The positions of new counts; one that is 0 is known, because zero is shown."""
        positions = np.arange(len(true)) + len(self.true)
        self.true = np.concatenate([self.true, true])
        self.known = np.concatenate([self.known, np.asarray(true) < TINY])
        self.most = np.concatenate([self.most, np.full(len(true), np.inf)])
        return positions

    def relate(
        self, plus: tuple[Array, Array], minus: tuple[Array, Array], *, equal: Array | bool, weak: bool = False
    ) -> None:
        """Sums of `plus` are (or are at most) sums of `minus`, each the relations and the counts of its terms; -1 is no count.

        A relation that has no term on one side, or that does not hold of the true values, is none.
        """
        row = np.concatenate([plus[0], minus[0]])
        count = np.concatenate([plus[1], minus[1]])
        sign = np.repeat([1.0, -1.0], [len(plus[0]), len(minus[0])])
        number = int(row.max(initial=-1)) + 1
        row, count, sign = row[count >= 0], count[count >= 0], sign[count >= 0]
        gap = np.bincount(row, sign * self.true[count], minlength=number)
        same = np.broadcast_to(equal, number)
        sides = [np.bincount(row[sign == s], minlength=number) > 0 for s in (1, -1)]
        kept = sides[0] & sides[1] & (gap < 0.5) & ((gap > -0.5) | ~same)
        position = self.size + np.cumsum(kept) - 1
        left = kept[row]
        self.terms.append((position[row[left]], count[left], sign[left]))
        self.equal.append(same[kept])
        self.weak.append(np.full(int(kept.sum()), weak))
        self.size += int(kept.sum())

    def pairs(self, plus: Array, minus: Array, *, equal: Array | bool, weak: bool = False) -> None:
        """Relations of one count on each side."""
        row = np.arange(len(plus))
        self.relate((row, plus), (row, minus), equal=equal, weak=weak)

    def matrix(self) -> Sparse:
        """A row a relation, a column a count."""
        row, count, sign = (
            np.concatenate([np.zeros(0, kind), *several])
            for kind, several in zip((int, int, float), zip(*self.terms, strict=True), strict=True)
        )
        return csr_array((sign, (row, count)), shape=(self.size, len(self.true)))
