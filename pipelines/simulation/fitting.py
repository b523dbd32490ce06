"""Bring tables of counts onto totals that are only known in part.

Raking (iterative proportional fitting, towards intervals instead of points) moves a plausible table onto its totals and
keeps its associations; controlled rounding then finds whole numbers next to it that keep every total, as a small integer
program solved by HiGHS; quota assignment gives each row its value so that the rounded table holds exactly.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_matrix, hstack, identity

from pipelines.simulation.shapes import Bools, Floats, Ints

ROUNDS = 2000
CLOSE = 1e-7
PENALTY = 1e4


@dataclass(frozen=True)
class Total:
    """The sum of some cells (flat positions) lies between two bounds; a firm one whatever it costs the others."""

    cells: Ints
    low: float
    high: float
    firm: bool = False


@dataclass
class Totals:
    """The totals of a table of the given shape."""

    shape: tuple[int, ...]
    known: list[Total] = field(default_factory=list)

    def add(self, where: Bools, bounds: tuple[float, float], *, firm: bool = False) -> None:
        """The cells where the mask (broadcast to the shape) holds sum to between the bounds."""
        mask = np.broadcast_to(where, self.shape).ravel()
        self.known.append(Total(np.flatnonzero(mask), *bounds, firm))

    def add_rows(self, sums: Ints) -> None:
        """The rows of the table (its first axis) have these sums exactly."""
        for row, total in enumerate(sums):
            mask = np.zeros(self.shape, dtype=np.bool_)
            mask[row] = True
            self.add(mask, (float(total), float(total)), firm=True)


def fitted(seed: Floats, totals: Totals) -> Ints:
    """Whole numbers with these totals, next to the raked seed."""
    return rounded(raked(seed, totals), totals)


def raked(seed: Floats, totals: Totals) -> Floats:
    """The seed scaled in turn onto each total it misses, until it misses none; onto the firm ones last."""
    cells = np.array(seed, dtype=np.float64).ravel()
    ordered = sorted(totals.known, key=lambda total: total.firm)
    for _ in range(ROUNDS):
        worst = 0.0
        for total in ordered:
            now = cells[total.cells].sum()
            wanted = min(max(now, total.low), total.high)
            if now > 0 and now != wanted:
                worst = max(worst, abs(wanted - now) / max(now, 1.0))
                cells[total.cells] *= wanted / now
        if worst < CLOSE:
            break
    # what raking has emptied may be filled again by rounding; what was empty from the start may not
    possible = np.asarray(seed).ravel() > 0
    return np.where(possible, np.maximum(cells, 1e-9), 0.0).reshape(totals.shape)


def rounded(table: Floats, totals: Totals) -> Ints:
    """Controlled rounding: the whole numbers nearest to the table that keep its totals.

    A total that no neighbouring whole numbers keep is missed by as little as can be, unless it is firm: the totals of a
    small simulation, being rounded themselves, may exclude each other.
    """
    flat = table.ravel()
    n, m = flat.size, len(totals.known)
    down = np.floor(flat)
    rows = np.repeat(np.arange(m), [t.cells.size for t in totals.known])
    columns = np.concatenate([t.cells for t in totals.known])
    sums = csr_matrix((np.ones(rows.size), (rows, columns)), shape=(m, n))
    slack = identity(m, format="csr")
    # variables: each cell rounded up, whole steps above and below, shortfall and excess of each total; a step costs the
    # distance it adds to the table
    room = np.tile([0.0 if t.firm else np.inf for t in totals.known], 2)
    before = sums @ down
    found = milp(
        c=np.concatenate([1 - 2 * (flat - down), np.ones(2 * n), np.full(2 * m, PENALTY)]),
        constraints=LinearConstraint(
            hstack([sums, sums, -sums, slack, -slack]),
            np.array([t.low for t in totals.known]) - before,
            np.array([t.high for t in totals.known]) - before,
        ),
        integrality=np.concatenate([np.ones(3 * n), np.zeros(2 * m)]),
        bounds=Bounds(0, np.concatenate([flat > 0, np.where(flat > 0, np.inf, 0), down, room])),
        options={"mip_rel_gap": 0.05},
    )
    if found.x is None:
        raise RuntimeError(f"controlled rounding: {found.message}")
    up, above, below = np.rint(found.x[: 3 * n]).reshape(3, n)
    return np.asarray(down + up + above - below, dtype=np.int64).reshape(table.shape)


def quota(weights: Sequence[float] | Floats | Ints, total: int) -> Ints:
    """Whole numbers that sum to `total`, in proportion to the weights (largest remainders)."""
    share = np.asarray(weights, dtype=np.float64)
    exact = share / share.sum() * total if share.sum() else np.zeros(share.size)
    down = np.floor(exact + 1e-9)
    left = total - int(down.sum())
    order = np.argsort(-(exact - down), kind="stable")
    down[order[:left]] += 1
    return np.asarray(down, dtype=np.int64)


def expanded(counts: Ints) -> Ints:
    """Each position repeated as often as its count."""
    return np.repeat(np.arange(counts.size), counts.ravel())


def assigned(rng: np.random.Generator, cell: Ints, counts: Ints) -> Ints:
    """For rows of known cells, values (second axis of `counts`) at random but as often as counted in each cell."""
    values = np.empty(cell.size, dtype=np.int64)
    order = np.lexsort((rng.random(cell.size), cell))
    values[order] = np.concatenate([expanded(row) for row in counts])
    return values


def chosen(rng: np.random.Generator, among: Bools, size: int) -> Bools:
    """As many rows as `size` (all of them where there are fewer), drawn from those that `among` marks."""
    places = np.flatnonzero(among)
    marks = np.zeros(among.size, dtype=np.bool_)
    marks[rng.choice(places, min(size, places.size), replace=False)] = True
    return marks


def drawn_by_weight(rng: np.random.Generator, among: Bools, weights: Floats, size: int) -> Bools:
    """As many rows as `size` of those that `among` marks (all of them where there are fewer), heavy ones likelier."""
    places = np.flatnonzero(among)
    keys = np.log(weights[places]) + rng.gumbel(size=places.size)
    marks = np.zeros(among.size, dtype=np.bool_)
    marks[places[np.argsort(-keys, kind="stable")[:size]]] = True
    return marks


class Program:
    """A small integer program over named numbers: bounds, linear requirements, and where each would rather be."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self._bounds: list[tuple[float, float]] = []
        self._wanted: list[float | None] = []
        self._rows: list[tuple[dict[str, float], float, float]] = []

    def number(self, name: str, low: float = 0, high: float = np.inf, wanted: float | None = None) -> None:
        """Declare a whole number."""
        self.names.append(name)
        self._bounds.append((low, high))
        self._wanted.append(wanted)

    def require(self, terms: Mapping[str, float], low: float = -np.inf, high: float = np.inf) -> None:
        """A weighted sum lies between two bounds."""
        self._rows.append((dict(terms), low, high))

    def share(self, part: Mapping[str, float], whole: Mapping[str, float], bounds: tuple[float, float]) -> None:
        """A sum divided by another lies between two bounds."""
        for bound, low, high in ((bounds[0], 0.0, np.inf), (bounds[1], -np.inf, 0.0)):
            terms = {name: part.get(name, 0.0) - bound * whole.get(name, 0.0) for name in {*part, *whole}}
            self.require(dict(sorted(terms.items())), low, high)

    def solve(self) -> dict[str, int] | None:
        """Whole numbers that keep every requirement, near where they are wanted; None where there are none."""
        n = len(self.names)
        place = {name: i for i, name in enumerate(self.names)}
        rows, low, high = [], [], []
        for terms, bottom, top in self._rows:
            row = np.zeros(2 * n)
            for name, weight in terms.items():
                row[place[name]] += weight
            rows.append(row)
            low.append(bottom)
            high.append(top)
        for i, wanted in enumerate(self._wanted):
            if wanted is None:
                continue
            for sign in (1.0, -1.0):  # distance >= |number - wanted|
                row = np.zeros(2 * n)
                row[i], row[n + i] = sign, -1.0
                rows.append(row)
                low.append(-np.inf)
                high.append(sign * wanted)
        found = milp(
            c=np.concatenate([np.zeros(n), np.ones(n)]),
            constraints=LinearConstraint(np.array(rows), np.array(low), np.array(high)) if rows else None,
            integrality=np.concatenate([np.ones(n), np.zeros(n)]),
            bounds=Bounds(
                np.concatenate([[b[0] for b in self._bounds], np.zeros(n)]),
                np.concatenate([[b[1] for b in self._bounds], np.full(n, np.inf)]),
            ),
        )
        if found.x is None:
            return None
        return {name: round(found.x[i]) for i, name in enumerate(self.names)}
