"""Bring what is written to disk."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event

BEAT = 1.0  # seconds


def sync(path: Path) -> None:
    """Bring a file, or the names of a folder, to disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def synced_meanwhile(path: Path) -> Iterator[None]:
    """Sync a growing file to disk every second, so that each commit has little left to wait for."""
    over = Event()

    def beat() -> None:
        while not over.wait(BEAT):
            # not there yet, or already moved; a disk error is raised by the commit that meets it
            with suppress(OSError):
                sync(path)

    with ThreadPoolExecutor(1) as beside:
        beside.submit(beat)
        try:
            yield
        finally:
            over.set()
