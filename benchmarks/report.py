"""The report of a published folder beside its floor: a deck of as many slides, each with one chart of python-pptx."""

import sys
from dataclasses import dataclass
from pathlib import Path

import duckdb
from pptx import Presentation

from benchmarks.measure import Cost, median, run

PAPER = ["soffice", "--headless", "--convert-to", "pdf", "--outdir"]


@dataclass(frozen=True)
class Reported:
    """What a report of so many slides costs, by contender."""

    slides: int
    costs: dict[str, Cost]

    def own(self, name: str) -> float:
        """Seconds of a contender of ours, or of the floor of the deck, but for the imports."""
        return self.costs[name].wall - self.costs["import"].wall

    @property
    def floor(self) -> float:
        return self.own("diaporama, plancher")

    @property
    def paper_floor(self) -> float:
        """Of a deck and of its PDF, which LibreOffice makes by itself."""
        return self.floor + self.costs["PDF, plancher"].wall


def measure(marts: Path, place: Path, rounds: int) -> Reported:
    """The contenders take turns, so that a slow moment of the machine strikes all."""
    place.mkdir(parents=True, exist_ok=True)
    report = [sys.executable, "-m", "pipelines.cli", "report", "--marts", str(marts), "--out", str(place)]
    run([*report, "--format", "pptx"])
    slides = len(Presentation(str(next(place.glob("*.pptx")))).slides)
    bare = place / "plancher.pptx"
    commands = {
        "import": [sys.executable, "-c", "import pptx.chart.data"],
        "diaporama, plancher": [sys.executable, "-m", "benchmarks.report_floor", str(bare), str(slides)],
        "diaporama": [*report, "--format", "pptx"],
        "PDF, plancher": [*PAPER, str(place), str(bare)],
        "PDF": [*report, "--format", "pptx,pdf"],
        "classeur": [*report, "--format", "xlsx"],
        "organisme": [*report, "--format", "pptx", "--territoire", _organisme(marts)],
    }
    costs: dict[str, list[Cost]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            costs[name].append(run(command))
    return Reported(slides, {name: median(several) for name, several in costs.items()})


def _organisme(marts: Path) -> str:
    with duckdb.connect(str((marts / "adass.duckdb").resolve()), read_only=True) as con:
        ((code,),) = con.execute("SELECT MIN(organisme) FROM detail.accompagnements").fetchall()
    return str(code)
