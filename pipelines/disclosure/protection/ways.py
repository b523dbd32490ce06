"""Ways in which a small count could have been another number, at the least cost: linear programs kept warm."""

import numpy as np

from pipelines.disclosure.linear import SHORT, TINY, Moves, Ranges, in_blocks
from pipelines.disclosure.neighbours import Whereabouts, neighbours, stages
from pipelines.disclosure.protection.state import Hiding
from schemas.outputs.diffusion import WIDTH

LOCAL = 600  # counts from which neighbours are looked at first
WIDER = 4000  # counts of the country and some regions that are looked at then


def blocks(h: Hiding, counts: np.ndarray) -> list[np.ndarray]:
    """Where these counts are many, neighbours among them, themes, the country with some regions; at last all of them."""
    if len(counts) <= LOCAL:
        return [counts]
    places: list[Whereabouts] = [h.model.places[k] for k in counts]
    near = [counts[block] for block in neighbours(places)]
    region = h.model.region[counts]
    some = list(in_blocks(region, np.unique(region[region >= 0]), WIDER)) if len(counts) > WIDER else []
    tables = [np.sort(counts[np.isin(counts, table)]) for table in h.model.tables]
    return [*near, *tables, *(counts[block] for block in some), counts]


def look(h: Hiding, counts: np.ndarray) -> None:
    """See how far small counts can move as things are."""
    which = np.sort(counts[h.hidden[counts]])
    if not len(h.narrow(which)):
        return
    ranges = Ranges(h.system(which), np.isin(which, h.narrow(which)), WIDTH)
    for several in (h.model.structured, h.model.tables):
        ranges.together([np.flatnonzero(np.isin(which, table)) for table in several])
    for together in stages([h.model.places[k] for k in which.tolist()]):
        ranges.together(together)
    h.note(which, ranges)


def make(h: Hiding, counts: np.ndarray) -> None:
    """Hide what small counts need to be able to move: of a few counts first, and where that fails of all they are tied to."""
    for block in blocks(h, counts):
        program = None
        for k in h.narrow(block).tolist():
            program = program or Program(h, block)
            if len(h.narrow(np.array([k]))) and not program.vary(k) and block is counts:
                h.open.append(k)


class Program:
    """Changes of tied counts, in which those that are shown may move at the price of hiding them."""

    def __init__(self, h: Hiding, counts: np.ndarray) -> None:
        self.h, self.counts = h, counts
        self.moves = Moves(h.system(counts), self.prices())

    def prices(self) -> np.ndarray:
        h, x = self.h, self.h.model.x[self.counts]
        price = np.where(h.hidden[self.counts], 0, h.cost[self.counts] + 0.1 * np.log10(x + 1) + 0.05)
        return np.concatenate([price / WIDTH + SHORT, price / np.clip(x, 1, WIDTH) + SHORT])

    def vary(self, k: int) -> bool:
        """Find ways for small count k, hiding what they need; False where there are none."""
        h, room = self.h, min(float(self.h.model.x[k]), float(WIDTH))
        if h.up[k] < WIDTH - room - TINY and not self.move(k, WIDTH - room):
            return False
        if h.up[k] + h.down[k] < WIDTH - TINY:
            self.move(k, -min(room, WIDTH - h.up[k]))
        if h.up[k] + h.down[k] < WIDTH - TINY:
            self.move(k, WIDTH - h.down[k])
        return bool(h.up[k] + h.down[k] >= WIDTH - TINY)

    def move(self, k: int, step: float) -> bool:
        """Move one count at the least cost, hiding what moves with it; False where it cannot."""
        h = self.h
        changes = self.moves.by(int(np.searchsorted(self.counts, k)), step)
        h.programs += 1
        for change in changes:
            h.keep(self.counts, change)
        if changes and len(h.hide(self.counts[changes[0] != 0])):
            self.moves.price(self.prices())
        return bool(changes)
