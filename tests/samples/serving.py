"""The dashboards of a folder, served by a process of their own for as long as the tests need them."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def served(marts: Path, port: int | None = None, home: Path | None = None, **environment: str) -> Iterator[str]:
    """The address of the dashboards of `marts`, on a port that is free unless one is given, run from `home`."""
    command = [sys.executable, "-m", "dashboards.launch", "--marts", str(marts), "--sans-navigateur"]
    command += ["--port", str(port)] if port else []
    environment = {**os.environ, "PYTHONUTF8": "1", **environment}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment, cwd=home) as process:
        try:
            assert process.stdout
            line = process.stdout.readline()
            assert "http://127.0.0.1:" in line, line
            yield line.split(" : ")[1].strip()
        finally:
            process.terminate()
            process.wait(30)
