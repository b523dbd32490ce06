"""The refresh at national scale, in ratios against a floor and a pandas script measured in the same run.

Usage: python -m benchmarks.refresh [--accompagnements 300000] [--tours 3]
"""

import argparse
import sys
import tempfile
from pathlib import Path

from benchmarks.measure import Cost, median, run


def measure(raw: Path, one: Path, place: Path, rounds: int) -> dict[str, Cost]:
    """The median cost of each contender; they take turns, so that a slow moment of the machine strikes all."""
    python = sys.executable
    commands = {
        "plancher DuckDB": [python, "-m", "benchmarks.refresh_floor", str(raw), str(place / "plancher.duckdb")],
        "script pandas": [python, "-m", "benchmarks.refresh_pandas", str(raw)],
        "adass refresh": [python, "-m", "pipelines.cli", "refresh", "--silencieux", "--raw", str(raw), "--marts", str(place / "m")],
        "adass refresh, une ligne": [
            python, "-m", "pipelines.cli", "refresh", "--silencieux", "--raw", str(one), "--marts", str(place / "m_une"),
        ],
        "import duckdb": [python, "-c", "import duckdb, schemas.sources"],
    }  # fmt: skip
    costs: dict[str, list[Cost]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            costs[name].append(run(command))
    return {name: median(found) for name, found in costs.items()}


def report(costs: dict[str, Cost]) -> None:
    for name, cost in costs.items():
        print(f"{name:<28}{cost.wall:7.1f} s {cost.cpu:7.1f} s CPU {cost.memory:7.0f} Mo")
    floor = costs["plancher DuckDB"].wall - costs["import duckdb"].wall
    start = costs["adass refresh, une ligne"].wall
    whole = costs["adass refresh"]
    print(f"refresh hors démarrage / plancher   {(whole.wall - start) / floor:5.2f}  (but : au plus 3)")
    print(f"refresh entier / pandas             {whole.wall / costs['script pandas'].wall:5.2f}  (but : moins de 1)")
    print(f"démarrage et Dagster                {start:5.1f} s (but : au plus 5)")
    print(f"mémoire de pointe                   {whole.memory:5.0f} Mo (but : moins de 1 500)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accompagnements", type=int, default=300_000)
    parser.add_argument("--tours", type=int, default=3)
    arguments = parser.parse_args()
    n = arguments.accompagnements
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        # in processes of their own: a child's peak memory counts what its parent held
        for folder, size in (("raw", n), ("une", 1)):
            run([sys.executable, "-m", "benchmarks.refresh_exports", str(place / folder), str(size)])
        report(measure(place / "raw", place / "une", place, arguments.tours))


if __name__ == "__main__":
    main()
