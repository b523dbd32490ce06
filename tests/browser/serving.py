"""The dashboards of a folder, served by a process of their own for as long as the tests need them."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def served(marts: Path) -> Iterator[str]:
    """The address of the dashboards of `marts`."""
    command = [sys.executable, "-m", "dashboards.launch", "--marts", str(marts), "--sans-navigateur"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUTF8": "1"}) as process:
        try:
            assert process.stdout
            line = process.stdout.readline()
            assert "http://127.0.0.1:" in line, line
            yield line.split(" : ")[1].strip()
        finally:
            process.terminate()
            process.wait(30)
