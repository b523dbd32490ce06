"""Deliveries that have the published figures of a year: BALI of two years, two surveys, one caisse's action sociale."""

from pathlib import Path

import numpy as np

from pipelines.simulation import writing
from pipelines.simulation.bali import write_bali
from pipelines.simulation.social import write_social
from pipelines.simulation.survey import write_survey
from pipelines.simulation.targets import SHIPPED, Targets


def simulate_published(raw: Path, *, seed: int, scale: float = 1.0, targets: Path = SHIPPED) -> None:
    """Write under `raw` deliveries whose indicators are those published, at `scale` (1: true size).

    `targets` is a folder such as `schemas/simulation/2024`. The surveys and the action sociale are those of whole
    organismes and stay at true size. Raises Refused where its figures exclude each other.
    """
    rng = np.random.default_rng(seed)
    aims = Targets(targets)
    writing.write_structures(raw)
    write_bali(rng, raw, aims, seed, scale)
    write_survey(rng, raw, aims, seed)
    write_social(rng, raw, aims, seed)
