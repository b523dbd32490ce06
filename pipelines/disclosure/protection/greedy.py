"""First choice: what is to be hidden for the sake of one relation at a time."""

import numpy as np

from pipelines.disclosure.linear import terms_of
from pipelines.disclosure.protection.places import LEVELS
from pipelines.disclosure.protection.state import Hiding
from schemas.outputs.diffusion import WIDTH

MOSTLY = 1.8  # figures to one too small by itself, up to which all of them are hidden
LARGER = 0.3  # what it costs more to hide a count ten times as large
ALONE = 3.0  # what it costs that a relation, with one hidden count, will need another

Array = np.ndarray


def where_most_is_small(h: Hiding, counts: Array) -> None:
    """Hide all that a year says of a public in the regions and organismes, then in the country, where most is too small."""
    m = h.model
    cubes: dict[tuple[int, str], list[int]] = {}
    for place in np.unique(m.place[counts]).tolist():
        annee, _, _, public = m.whereabouts[place]
        cubes.setdefault((annee, public), []).append(place)
    for places in cubes.values():
        _where_most_is_small(h, counts[np.isin(m.place[counts], places)])


def _where_most_is_small(h: Hiding, counts: Array) -> None:
    m = h.model
    figures = np.unique(h.figures_of[:, counts].indices)
    level, hidden = m.level[figures], h.figure_hidden[figures]
    sparse = [(level == k).sum() <= MOSTLY * (hidden & (level == k)).sum() for k in range(len(LEVELS))]
    if sparse[1] and sparse[2]:
        h.hide(counts[(m.region[counts] >= 0) | sparse[0]])


def by_relation(h: Hiding) -> None:
    """Hide small counts' cheapest companions until each relation, alone, lets every small count in it vary.

    Round by round: each relation that lacks one proposes its cheapest, and no relation gets more than one in a round.
    """
    rows = h.model.equal
    lacking = lacks(h, np.arange(rows.shape[0]))
    while len(lacking):
        picked = _proposed(h, lacking)
        if not len(picked):
            return
        h.hide(picked)
        touched = np.unique(np.concatenate([lacking, h.equal[:, picked].indices]))
        lacking = lacks(h, touched)


def _proposed(h: Hiding, lacking: Array) -> Array:
    """The cheapest shown count of each of these relations, but for those that would give a relation two at once."""
    count, _, row = terms_of(h.model.equal, lacking)
    shown = ~h.hidden[count]
    count, row = count[shown], row[shown]
    if not len(count):
        return np.zeros(0, int)
    price = _price(h, count)
    order = np.lexsort((count, price, row))
    first = np.unique(row[order], return_index=True)[1]
    best, index = np.unique(count[order][first], return_index=True)
    rank = np.argsort(np.argsort(price[order][first][index], kind="stable"))
    relation, _, which = terms_of(h.equal.T, best)
    claims = np.full(h.model.equal.shape[0], len(best))
    np.minimum.at(claims, relation, rank[which])
    beaten = np.bincount(which, claims[relation] < rank[which], minlength=len(best)) > 0
    return np.asarray(best[~beaten])


def _price(h: Hiding, counts: Array) -> Array:
    """The rows lost; and on top, a relation with only one hidden count will need another."""
    number = abs(h.model.equal) @ h.hidden.astype(float)
    every, at = np.unique(counts, return_inverse=True)
    relation, _, which = terms_of(h.equal.T, every)
    penalty = np.where(number < 2, ALONE / (1 + 2 * number), 0)[relation]
    alone = np.bincount(which, penalty, minlength=len(every))
    return np.asarray((h.cost[every] + LARGER * np.log10(h.model.x[every] + 1) + alone)[at])


def lacks(h: Hiding, rows: Array) -> Array:
    """The relations, of these, whose hidden counts do not let a small one of them vary, for everyone or for a caisse.

    What is on the other side of the equation can rise without end; on the same side, there must be enough to take from.
    """
    m = h.model
    count, sign, row = terms_of(m.equal, rows)
    hidden = h.hidden[count]
    count, sign, row = count[hidden], sign[hidden], row[hidden]
    owner, group = np.unique(np.column_stack([row, m.caisse[count]]), axis=0, return_inverse=True)
    wrong = np.zeros(len(rows), bool)
    for side in (sign > 0, sign < 0):
        table = [
            (np.bincount(row, weights, minlength=len(rows)), np.bincount(group.ravel(), weights, minlength=len(owner)))
            for weights in (side, ~side, side * m.x[count], side * m.small[count])
        ]
        everyone, own = zip(*table, strict=True)
        wrong |= _stuck(*everyone)
        of, who = owner.T
        wrong[of[(who >= 0) & _stuck(*(all_[of] - mine for all_, mine in zip(everyone, own, strict=True)))]] = True
    return np.asarray(rows[wrong])


def _stuck(same: Array, other: Array, together: Array, small: Array) -> Array:
    """Is there a small count with nothing on the other side, and alone or with too few persons on its own?"""
    return np.asarray((small > 0) & (other == 0) & ((same == 1) | (together < WIDTH)))
