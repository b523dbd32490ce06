"""The refresh of one new delivery after years of history, beside a refresh of that delivery alone."""

import os
import shutil
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measure import Cost, run
from benchmarks.refresh import protection, refresh

A_YEAR = 300_000
LAST = 2024


@dataclass(frozen=True)
class Resumed:
    """What a new delivery costs alone, and after `years` of history; `copy`: seconds to copy the former vintage.

    `protections`: seconds of it that protect the diffusion file, alone and after the history.
    """

    years: int
    history: Cost
    alone: Cost
    new: Cost
    copy: float
    megabytes: float
    protections: tuple[float, float]

    @property
    def ratio(self) -> float:
        alone, after = self.protections
        return (self.new.wall - self.copy - after) / (self.alone.wall - alone)


def incremental(place: Path, years: int) -> Resumed:
    raw, marts, aside, alone = place / "raw", place / "marts", place / "nouvelle", place / "seule"
    size, span = (years + 1) * A_YEAR, f"{LAST - years}-{LAST}"
    run([sys.executable, "-m", "benchmarks.refresh_exports", str(raw), str(size), span])
    last = max((raw / "bali").iterdir())
    last.rename(aside)
    history = run(refresh(raw, marts))
    aside.rename(last)
    (alone / "bali").mkdir(parents=True)
    shutil.copytree(raw / "referentiels", alone / "referentiels")
    shutil.copytree(last, alone / "bali" / last.name)
    time.sleep(3)  # a file changed a moment ago is read again
    former = (marts / "adass.duckdb").resolve()
    seconds = _copied(former, place / "copie.duckdb")
    new = run(refresh(raw, marts))
    own = place / "marts_seule"
    only = run(refresh(alone, own))
    protections = protection(own), protection(marts)
    return Resumed(years, history, only, new, seconds, former.stat().st_size / 2**20, protections)


def _copied(path: Path, to: Path) -> float:
    """Seconds to copy a file and have it on the disk."""
    start = time.perf_counter()
    shutil.copyfile(path, to)
    with to.open("rb") as stream:
        os.fsync(stream.fileno())
    seconds = time.perf_counter() - start
    to.unlink()
    return seconds
