"""All measurements in one run, in ratios against floors measured beside them; kept as a table in docs/performance.md.

Usage: python -m benchmarks [--echelles 300000 3000000] [--annees 10] [--dossier FOLDER] [--sans-garder]
"""

import argparse
import tempfile
from pathlib import Path

from benchmarks.incremental import incremental
from benchmarks.performance import keep
from benchmarks.refresh import Scale, measure


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--echelles", type=int, nargs="*", default=[300_000, 3_000_000], help="accompagnements")
    parser.add_argument("--tours", type=int, default=3, help="runs at 300 000; one beyond")
    parser.add_argument("--annees", type=int, default=10, help="history of the incremental refresh (0: not measured)")
    parser.add_argument("--dossier", type=Path, help="where exports and vintages are written, then removed")
    parser.add_argument("--sans-garder", action="store_true", help="leave docs/performance.md alone")
    arguments = parser.parse_args()
    if arguments.dossier:
        arguments.dossier.mkdir(parents=True, exist_ok=True)
    scales: list[Scale] = []
    for size in arguments.echelles:
        with tempfile.TemporaryDirectory(dir=arguments.dossier) as name:
            scales.append(measure(Path(name), size, arguments.tours if size <= 300_000 else 1))
        print(scales[-1].told(), flush=True)
    resumed = None
    if arguments.annees:
        with tempfile.TemporaryDirectory(dir=arguments.dossier) as name:
            resumed = incremental(Path(name), arguments.annees)
        print(resumed.told(), flush=True)
    if not arguments.sans_garder:
        keep(scales, resumed)


if __name__ == "__main__":
    main()
