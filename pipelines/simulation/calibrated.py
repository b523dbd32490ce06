"""Deliveries that have the published figures of a year: BALI of two years, two surveys, one caisse's action sociale."""

from pathlib import Path

import numpy as np

from pipelines.simulation import writing
from pipelines.simulation.bali import write_bali
from pipelines.simulation.targets import SHIPPED, Targets


def simulate_published(raw: Path, *, seed: int, scale: float = 1.0, targets: Path = SHIPPED) -> None:
    """Write under `raw` deliveries whose indicators are those published, at `scale` (1: true size).

    `targets` is a folder such as `schemas/simulation/2024`. Raises Refused where its figures exclude each other.
    """
    rng = np.random.default_rng(seed)
    aims = Targets(targets)
    writing.write_structures(raw)
    write_bali(rng, raw, aims, seed, scale)
