"""Which counts to look at together first: a proof among a few of them holds among all, and is found sooner."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from pipelines.disclosure.linear import in_blocks
from schemas.publics import EVERYONE

Whereabouts = tuple[int, str, str, str]  # annee, region ("" for the country), organisme ("" for a region), public

TOGETHER = 2000  # counts of structures that are looked at together
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


def by_structure(
    counts: Mapping[tuple[int, str], Sequence[int]], places: Sequence[Whereabouts]
) -> Iterator[np.ndarray]:
    """Blocks of the counts of some structures (annee, structure) in all territories, so many as make a program worth its while.

    Those that one caisse alone has are beside each other: where one of them rises, another falls.
    """

    def home(structure: tuple[int, str]) -> tuple[int, str, str]:
        caisses = {places[k][1:3] for k in counts[structure] if places[k][2]}
        return (structure[0], *caisses.pop()) if len(caisses) == 1 else (structure[0], "", "")

    block: list[int] = []
    for structure in sorted(counts, key=home):
        block += counts[structure]
        if len(block) >= TOGETHER:
            yield np.unique(block)
            block = []
    yield np.unique(np.array(block, int))
