"""`adass serve`: everything starts, answers, and stops together."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest
import yaml
from click.testing import CliRunner

from pipelines.cli import main
from pipelines.operating import serve
from tests.samples.dashboard import publish


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def alive(session_leaders: list[int]) -> list[int]:
    """The processes of these sessions that have not ended."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                fields = (folder / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[3]) in session_leaders and fields[0] != "Z":
                found.append(int(folder.name))
    return found


def children(pid: int) -> list[int]:
    return [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="utf-8").split()]


def settings_of(address: str) -> dict[str, object]:
    """The settings that a running Dagster says it has, and whether its pages send telemetry."""
    question = json.dumps({"query": "{instance {info}}"}).encode()
    request = Request(f"{address}/graphql", question, {"Content-Type": "application/json"})
    with urlopen(request, timeout=30) as answer:
        told: dict[str, object] = yaml.safe_load(json.load(answer)["data"]["instance"]["info"])
    with urlopen(address, timeout=30) as page:
        assert b'"telemetryEnabled": false' in page.read()
    return told


def ours() -> dict[str, object]:
    """The settings at the top level of the project."""
    found: dict[str, object] = yaml.safe_load(serve.SETTINGS.read_text(encoding="utf-8"))
    assert found["telemetry"] == {"enabled": False}
    return found


@pytest.mark.slow
def test_it_serves_both_says_where_and_leaves_nothing_running(tmp_path, raw):
    marts, port, dagster_port = publish(tmp_path / "marts"), free_port(), free_port()
    words = ["--raw", str(raw), "--marts", str(marts), "--port", str(port), "--port-dagster", str(dagster_port)]
    with subprocess.Popen(
        [sys.executable, "-m", "pipelines.cli", "serve", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, env={**os.environ, "PYTHONUTF8": "1", "PYTHONUNBUFFERED": "1"},
    ) as process:  # fmt: skip
        assert process.stdout and process.stderr
        try:
            told = [process.stdout.readline().strip() for _ in range(3)]
            assert re.fullmatch(rf"Tableau de bord : http://127\.0\.0\.1:{port}/[\w-]{{20,}}", told[0]), told
            assert told[1:] == [f"Dagster : http://127.0.0.1:{dagster_port}", "Ctrl-C pour arrêter."]
            for line in told[:2]:
                with urlopen(line.partition(" : ")[2], timeout=10) as page:
                    assert page.status == 200
            mutation = urlencode({"query": "mutation { reloadWorkspace { __typename } }"})
            with pytest.raises(HTTPError, match="403"):
                urlopen(f"http://127.0.0.1:{dagster_port}/graphql?{mutation}", timeout=10)
            assert ours().items() <= settings_of(told[1].partition(" : ")[2]).items()
