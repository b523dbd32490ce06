"""First choice: what is to be hidden for the sake of one relation at a time."""

import math
from collections import Counter, defaultdict, deque

import numpy as np

from pipelines.disclosure.protection.model import WEIGHTS
from pipelines.disclosure.protection.state import Hiding
from schemas.outputs.diffusion import THRESHOLD, WIDTH

MOSTLY = 1.8  # figures to one too small by itself, up to which all of them are hidden

Terms = list[tuple[int, float]]  # count and sign


def where_most_is_small(h: Hiding, counts: np.ndarray) -> None:
    """Hide all that a year says of a public in the regions and organismes, then in the country, where most is too small."""
    cubes: dict[tuple[int, str], list[int]] = defaultdict(list)
    for k in counts.tolist():
        annee, _, _, public = h.model.places[k]
        cubes[annee, public].append(k)
    for cube in cubes.values():
        _where_most_is_small(h, np.array(cube))


def _where_most_is_small(h: Hiding, counts: np.ndarray) -> None:
    weights = h.model.figures.weights
    figures = {k for i in counts.tolist() for k in h.figures_of[i]}
    rows, small = Counter(weights[k] for k in figures), Counter(weights[k] for k in figures if h.figure_hidden[k])
    sparse = {level: rows[w] <= MOSTLY * small[w] for level, w in WEIGHTS.items()}
    if sparse["region"] and sparse["organisme"]:
        h.hide(counts[(h.model.region[counts] >= 0) | sparse["national"]])


def by_relation(h: Hiding) -> None:
    """Hide small counts' cheapest companions until each relation, alone, lets every small count in it vary."""
    rows, columns = h.model.equal, h.equal
    members: list[Terms] = [
        list(zip(rows.indices[a:z].tolist(), rows.data[a:z].tolist(), strict=True))
        for a, z in zip(rows.indptr, rows.indptr[1:], strict=False)
    ]
    of = [columns.indices[a:z].tolist() for a, z in zip(columns.indptr, columns.indptr[1:], strict=False)]
    number = [sum(bool(h.hidden[i]) for i, _ in row) for row in members]
    x = h.model.x.tolist()

    def price(i: int) -> float:
        """The rows lost; and on top, a relation with only one hidden count will need another."""
        alone = sum(3.0 / (1 + 2 * number[q]) for q in of[i] if number[q] < 2)
        return float(h.cost[i] + 0.3 * math.log10(x[i] + 1) + alone)

    queue, waiting = deque(range(len(members))), [True] * len(members)
    while queue:
        r = queue.popleft()
        waiting[r] = False
        while _lacks(h, [(i, s) for i, s in members[r] if h.hidden[i]]):
            shown = [i for i, _ in members[r] if not h.hidden[i]]
            if not shown:
                break
            cheapest = min(shown, key=price)
            h.hide(np.array([cheapest]))
            for q in of[cheapest]:
                number[q] += 1
                if not waiting[q]:
                    waiting[q] = True
                    queue.append(q)


def _lacks(h: Hiding, there: Terms) -> bool:
    """Do the hidden counts of one relation hold a small one that they do not let vary, for everyone or for a caisse?"""
    if len(there) < 2:
        return bool(there)
    x, caisse = h.model.x, h.model.caisse
    owners = {int(caisse[i]) for i, _ in there}
    inside = len(owners) == 1  # one territory: nobody knows but a part of it
    for p, sign in there:
        if x[p] >= THRESHOLD:
            continue
        for who in [None] if inside else [None, *(owners - {int(caisse[p]), -1})]:
            others = [(i, t) for i, t in there if i != p and (who is None or caisse[i] != who)]
            if any(t != sign for _, t in others):
                continue  # what is on the other side can rise without end
            if not others or x[p] + sum(x[i] for i, _ in others) < WIDTH:
                return True
    return False
