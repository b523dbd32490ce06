"""Run a command as a whole process; how long it took and how much memory it and its children held."""

import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

TICK = 0.05
# as an ordinary installation has it: the bytecode of libraries is kept from one run to the next
ENVIRONMENT = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}


@dataclass(frozen=True)
class Cost:
    """Wall and processor seconds, and peak memory in megabytes, of one finished process and its children."""

    wall: float
    cpu: float
    memory: float


def run(command: Sequence[str]) -> Cost:
    """The cost of one run; a command that fails ends the benchmark with what it said."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=ENVIRONMENT)
    watch = _Watch(process.pid)
    watch.start()
    said = process.stderr.read() if process.stderr else b""
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    watch.over.set()
    if status:
        sys.exit(f"{' '.join(command)} failed:\n{said.decode()[-3000:]}")
    return Cost(wall, usage.ru_utime + usage.ru_stime, max(watch.peak, usage.ru_maxrss / 1024))


class _Watch(threading.Thread):
    """The most memory that a process and its children hold together, looked at every tick."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.pid, self.peak, self.over = pid, 0.0, threading.Event()

    def run(self) -> None:
        while not self.over.wait(TICK):
            self.peak = max(self.peak, _held(self.pid))


def _held(pid: int) -> float:
    """Megabytes of a process and, beneath it, of its children; 0 where it has just ended."""
    folder = Path(f"/proc/{pid}")
    try:
        pages = int((folder / "statm").read_text().split()[1])
        children = [int(c) for task in (folder / "task").iterdir() for c in (task / "children").read_text().split()]
    except OSError:
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20 + sum(map(_held, children))


def median(costs: Sequence[Cost]) -> Cost:
    return Cost(*(statistics.median(getattr(c, name) for c in costs) for name in ("wall", "cpu", "memory")))
