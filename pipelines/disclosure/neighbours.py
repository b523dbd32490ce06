"""Which counts to look at together first: a proof among a few of them holds among all, and is found sooner."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np

from schemas.publics import EVERYONE

Whereabouts = tuple[int, str, str, str]  # annee, region ("" for the country), organisme ("" for a region), public


def neighbours(places: Sequence[Whereabouts]) -> Iterator[np.ndarray]:
    """The positions of the counts of each public in the country and its regions, and of everyone in each region."""
    blocks: dict[tuple[int, str], list[int]] = defaultdict(list)
    for k, (annee, region, _, public) in enumerate(places):
        blocks[annee, region if public == EVERYONE.code else public].append(k)
    yield from (np.array(ks) for ks in blocks.values())
