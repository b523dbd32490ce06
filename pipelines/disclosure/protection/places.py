"""Where counts are: a year, a territory and a public; of which place each is a part, and who knows it as its own."""

from collections.abc import Iterable, Mapping
from functools import cached_property

import numpy as np

from pipelines.disclosure.neighbours import Whereabouts
from schemas.outputs.diffusion import CUBES
from schemas.publics import EVERYONE

Place = tuple[int, str, str, str]  # annee, niveau, territoire, public
LEVELS = tuple(CUBES)  # national, region, organisme
COUNTRY = "FR"


class Places:
    """Places by their number; the arrays have one entry a place, -1 for none."""

    def __init__(self, names: Iterable[Place], region_of: Mapping[str, str]) -> None:
        self.names = sorted(set(names))
        self.region_of = region_of
        self.number = {name: p for p, name in enumerate(self.names)}
        self.level = np.array([LEVELS.index(niveau) for _, niveau, _, _ in self.names], int)
        self.caisses = sorted({t for _, niveau, t, _ in self.names if niveau == "organisme"})
        self.whereabouts: list[Whereabouts] = [
            (annee, *self._territories(niveau, territoire, region_of), public)
            for annee, niveau, territoire, public in self.names
        ]
        self.regions = sorted({region for _, region, _, _ in self.whereabouts if region})

    @staticmethod
    def _territories(niveau: str, territoire: str, region_of: Mapping[str, str]) -> tuple[str, str]:
        """Region and caisse."""
        if niveau == "organisme":
            return region_of.get(territoire, ""), territoire
        return (territoire if niveau == "region" else ""), ""

    def find(self, names: Iterable[Place | None]) -> np.ndarray:
        return np.array([-1 if name is None else self.number.get(name, -1) for name in names], int)

    @cached_property
    def parent(self) -> np.ndarray:
        """The region of a caisse, the country of a region."""
        return self.find(
            (annee, "region", region, public) if caisse else (annee, "national", COUNTRY, public) if region else None
            for annee, region, caisse, public in self.whereabouts
        )

    @cached_property
    def everyone(self) -> np.ndarray:
        """The same territory and year for all publics together; none for that itself."""
        return self.find((*n[:3], EVERYONE.code) if n[3] != EVERYONE.code else None for n in self.names)

    def of_public(self, public: str) -> np.ndarray:
        """The same territory and year for another public."""
        return self.find((*name[:3], public) for name in self.names)

    @cached_property
    def caisse(self) -> np.ndarray:
        number = {caisse: k for k, caisse in enumerate(self.caisses)}
        return np.array([number.get(caisse, -1) for _, _, caisse, _ in self.whereabouts], int)

    @cached_property
    def region(self) -> np.ndarray:
        number = {region: k for k, region in enumerate(self.regions)}
        return np.array([number.get(region, -1) for _, region, _, _ in self.whereabouts], int)
