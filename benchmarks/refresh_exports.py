"""The exports that the refresh is measured on: three actions and two thirds of a soin for each accompagnement.

Usage: python -m benchmarks.refresh_exports RAW ACCOMPAGNEMENTS
"""

import sys
from pathlib import Path

from pipelines.simulation.generic import simulate


def main(raw: Path, size: int) -> None:
    simulate(raw, years=[2023, 2024], accompaniments=size, seed=1, dirt=0.0, actions=size * 3, care=round(size * 2 / 3))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
