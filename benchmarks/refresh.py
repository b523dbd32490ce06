"""The refresh of one scale beside its floor and scripts that do the same work."""

import json
import os
import shutil
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from benchmarks.measure import Cost, median, run
from pipelines.identity.secret import Secrets, hashed

SCRIPTS_UP_TO = 3_000_000  # beyond polars runs out of 24 GB of memory, and pandas is slower still
PROTECTION = ("diffusion", "protection")  # words in the names of steps
TRIED = 500_000  # texts of which the hashes are timed


@dataclass(frozen=True)
class Scale:
    """The costs measured at one scale, by contender.

    `apart`: seconds of the refresh that no floor has a like for; `start`: those of a refresh of one line but for these.
    """

    size: int
    costs: dict[str, Cost]
    apart: dict[str, float]
    start: float

    @property
    def floor(self) -> float:
        return self.costs["plancher"].wall - self.costs["import"].wall

    @property
    def own(self) -> float:
        """Seconds of the refresh but for its start, the hashes and the protection."""
        return self.costs["refresh"].wall - self.start - sum(self.apart.values())

    @property
    def ratio(self) -> float:
        return self.own / self.floor

    def told(self) -> str:
        lines = [f"{self.size} accompagnements"]
        lines += [f"  {n:<12}{c.wall:8.1f} s {c.cpu:8.1f} s CPU {c.memory:8.0f} Mo" for n, c in self.costs.items()]
        lines += [f"  {name:<12}{s:8.1f} s" for name, s in (("démarrage", self.start), *self.apart.items())]
        lines.append(f"  refresh, but for start, hashes and protection / floor: {self.ratio:.2f}")
        return "\n".join(lines)


def refresh(raw: Path, marts: Path, *options: str) -> list[str]:
    command = [sys.executable, "-m", "pipelines.cli", "refresh", "--silencieux"]
    return [*command, "--raw", str(raw), "--marts", str(marts), *options]


def measure(place: Path, size: int, rounds: int) -> Scale:
    """The contenders take turns, so that a slow moment of the machine strikes all."""
    python, raw, one, marts = sys.executable, place / "raw", place / "une", place / "marts"
    # in processes of their own: a child's peak memory counts what its parent held
    for folder, n in ((raw, size), (one, 1)):
        run([python, "-m", "benchmarks.refresh_exports", str(folder), str(n)])
    scripts = ["polars", "pandas"] if size <= SCRIPTS_UP_TO else []
    commands = {
        "import": [python, "-c", "import duckdb, schemas.exports.sources"],
        "plancher": [python, "-m", "benchmarks.refresh_floor", str(raw), str(place / "plancher.duckdb")],
        "refresh": refresh(raw, marts, "--complet"),
        "une ligne": refresh(one, place / "marts_une", "--complet"),
        **{name: [python, "-m", f"benchmarks.refresh_{name}", str(raw)] for name in scripts},
    }
    run(commands["import"])
    run(commands["une ligne"])  # the bytecode is written
    costs: dict[str, list[Cost]] = {name: [] for name in commands}
    refreshes: list[tuple[Cost, float]] = []
    for _ in range(rounds):
        for name, command in commands.items():
            costs[name].append(run(command))
        refreshes.append((costs["refresh"][-1], protection(marts)))
        empty(marts)
        (place / "plancher.duckdb").unlink()
    found = {name: median(several) for name, several in costs.items()}
    # what is left out is that of the very refresh it is taken from: the protection alone varies by more than all the rest
    found["refresh"], protected = sorted(refreshes, key=lambda one: one[0].wall)[rounds // 2]
    start = found["une ligne"].wall - protection(place / "marts_une")
    return Scale(size, found, {"empreintes": hashes(size), "protection": protected}, start)


def protection(marts: Path) -> float:
    """The seconds that the diffusion file has taken in the refresh that made a vintage."""
    steps = json.loads((marts / "courant" / "manifeste.json").read_text(encoding="utf-8"))["durees"].items()
    return sum(seconds for step, seconds in steps if any(word in step for word in PROTECTION))


def hashes(size: int) -> float:
    """The seconds that a refresh is longer for hashing so many NIRs.

    They are hashed while other threads keep every processor busy, so that what it takes in the refresh is no measure: it
    is what the same takes alone, in seconds of processor, over the processors.
    """
    texts = pl.int_range(10**12, 10**12 + TRIED, eager=True).cast(pl.String)
    keys = Secrets(b"a key of the benchmark", b"another key of the benchmark")
    hashed(texts, keys)
    begun = time.process_time()
    hashed(texts, keys)
    return (time.process_time() - begun) * size / TRIED / len(os.sched_getaffinity(0))


def empty(marts: Path) -> None:
    for folder in (marts / "millesimes").iterdir():
        folder.chmod(0o755)
    shutil.rmtree(marts)
