"""The report of a published folder beside its floor: a deck of as many slides, each with one chart of python-pptx.

Usage: python -m benchmarks.report [--marts FOLDER] [--tours 3]
"""

import argparse
import sys
import tempfile
from pathlib import Path

import duckdb
from pptx import Presentation

from benchmarks.measure import Cost, median, run

PAPER = ["soffice", "--headless", "--convert-to", "pdf", "--outdir"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--marts", type=Path, default=Path("data/marts"))
    parser.add_argument("--tours", type=int, default=3)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        measure(arguments.marts, Path(name), arguments.tours)


def measure(marts: Path, place: Path, rounds: int) -> None:
    """The contenders take turns, so that a slow moment of the machine strikes all."""
    report = [sys.executable, "-m", "pipelines.cli", "report", "--marts", str(marts), "--out", str(place)]
    run([*report, "--format", "pptx"])
    slides = len(Presentation(str(next(place.glob("*.pptx")))).slides)
    bare = place / "plancher.pptx"
    commands = {
        "import": [sys.executable, "-c", "import pptx.chart.data"],
        "deck, floor": [sys.executable, "-m", "benchmarks.report_floor", str(bare), str(slides)],
        "deck": [*report, "--format", "pptx"],
        "PDF, floor": [*PAPER, str(place), str(bare)],
        "deck and PDF": [*report, "--format", "pptx,pdf"],
        "workbook": [*report, "--format", "xlsx"],
        "a local deck": [*report, "--format", "pptx", "--territoire", _organisme(marts)],
    }
    costs: dict[str, list[Cost]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            costs[name].append(run(command))
    found = {name: median(several) for name, several in costs.items()}
    print(f"{slides} slides")
    for name, cost in found.items():
        print(f"  {name:<14}{cost.wall:6.2f} s {cost.cpu:6.2f} s CPU {cost.memory:6.0f} Mo")
    floor = found["deck, floor"].wall - found["import"].wall
    print(f"  deck / floor: {(found['deck'].wall - found['import'].wall) / floor:.2f}")
    both = floor + found["PDF, floor"].wall
    print(f"  deck and PDF / floor: {(found['deck and PDF'].wall - found['import'].wall) / both:.2f}")


def _organisme(marts: Path) -> str:
    with duckdb.connect(str((marts / "adass.duckdb").resolve()), read_only=True) as con:
        ((code,),) = con.execute("SELECT MIN(organisme) FROM detail.accompagnements").fetchall()
    return str(code)


if __name__ == "__main__":
    main()
