"""Which counts to look at together first: a proof among a few of them holds among all, and is found sooner."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np

from pipelines.disclosure.linear import in_blocks
from schemas.publics import EVERYONE

Whereabouts = tuple[int, str, str, str]  # annee, region ("" for the country), organisme ("" for a region), public


WIDER = 2000, 4000, 8000  # counts of a year that are looked at together, stage by stage


def stages(places: Sequence[Whereabouts]) -> Iterator[list[np.ndarray]]:
    """Blocks of counts in which many are sought at once: of neighbours, then of the country and more and more regions."""
    yield list(neighbours(places))
    years, region = (np.array([place[k] for place in places]) for k in (0, 1))
    names, number = np.unique(region, return_inverse=True)
    number = np.where(region == "", -1, number)
    rng = np.random.default_rng(len(places))
    for size in WIDER:
        blocks = []
        for year in np.unique(years):
            own = np.flatnonzero(years == year)
            blocks += [own[block] for block in in_blocks(number[own], rng.permutation(len(names)), size)]
        yield blocks


def neighbours(places: Sequence[Whereabouts]) -> Iterator[np.ndarray]:
    """The positions of the counts of each public in the country and its regions, and of everyone in each region."""
    blocks: dict[tuple[int, str], list[int]] = defaultdict(list)
    for k, (annee, region, _, public) in enumerate(places):
        blocks[annee, region if public == EVERYONE.code else public].append(k)
    yield from (np.array(ks) for ks in blocks.values())
