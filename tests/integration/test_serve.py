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
            leaders = children(process.pid)
            leaders += [grandchild for child in leaders for grandchild in children(child)]
        finally:
            process.send_signal(signal.SIGTERM)
            process.send_signal(signal.SIGINT)  # of someone in a hurry: nothing is left behind either
            code = process.wait(60)
    assert code == 0
    assert len(leaders) >= 4
    assert alive(leaders) == []
    assert (marts / serve.HOME / "dagster.yaml").exists()


@pytest.mark.slow
def test_dagster_dev_has_the_settings_of_the_project_too(raw, marts):
    port, here = free_port(), serve.SETTINGS.parent
    environment = os.environ | {"ADASS_RAW": str(raw), "ADASS_MARTS": str(marts)}
    environment.pop("DAGSTER_HOME", None)
    command = [str(serve.PROGRAMS / "dagster"), "dev", "-h", "127.0.0.1", "-p", str(port)]
    with subprocess.Popen(
        command, cwd=here, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            address = f"http://127.0.0.1:{port}"
            while process.poll() is None and not answers(f"{address}/server_info"):
                time.sleep(0.5)
            assert ours().items() <= settings_of(address).items()
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(60)


def answers(address: str) -> bool:
    try:
        with urlopen(address, timeout=2) as page:
            return page.status == 200
    except OSError:
        return False


def test_a_port_that_is_taken_is_named(tmp_path):
    with closing(socket.socket()) as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        done = CliRunner().invoke(main, ["serve", "--marts", str(tmp_path), "--port", str(port)])
    assert done.exit_code == 1
    assert f"le port {port} est déjà pris" in done.output


@pytest.mark.parametrize("signals", [[signal.SIGTERM], [signal.SIGTERM, signal.SIGKILL]])
def test_a_service_that_ends_ends_the_others(tmp_path, monkeypatch, signals, capsys):
    """A deaf one is made to end."""
    deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"
    patient = "import time; time.sleep(600)" if signals == [signal.SIGTERM] else deaf
    stubs = (
        serve.Service("Un", (sys.executable, "-c", patient)),
        serve.Service("Deux", (sys.executable, "-c", "import time; time.sleep(1)")),
    )
    monkeypatch.setattr(serve, "services", lambda *_: stubs)
    monkeypatch.setattr(serve, "MERCY", 2)
    before = children(os.getpid())  # other tests of this process may have a server of their own
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    assert serve.serve(tmp_path, tmp_path / "marts", free_port(), free_port()) == 1
    assert "Deux s'est arrêté : tout est arrêté" in capsys.readouterr().err
    assert children(os.getpid()) == before


def test_the_storage_of_dagster_is_there_before_its_processes_start(tmp_path, monkeypatch, capsys):
    """Two processes that make the tables at the same moment would end one of them."""
    look = "import pathlib, sys; sys.exit(not pathlib.Path(sys.argv[1]).exists())"
    made = tmp_path / "marts" / serve.HOME / "history" / "runs.db"
    seen = serve.Service("Témoin", (sys.executable, "-c", look, str(made)))
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    ended = []
    monkeypatch.setattr(serve, "services", lambda *_: (seen,))
    monkeypatch.setattr(serve, "_stop", lambda processes: ended.extend(p.wait(10) for p in processes))
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    assert serve.serve(tmp_path, tmp_path / "marts", free_port(), free_port()) == 1
    assert "Témoin s'est arrêté" in capsys.readouterr().err
    assert ended == [0]


def test_a_storage_that_cannot_be_made_is_told(tmp_path, monkeypatch):
    home = tmp_path / "dagster"
    home.mkdir()
    (home / "dagster.yaml").write_text("storage: {sqlite: {base_dir: [pas un dossier]}}", encoding="utf-8")
    monkeypatch.setenv("DAGSTER_HOME", str(home))
    done = CliRunner().invoke(
        main, ["serve", "--marts", str(tmp_path), "--port", str(free_port()), "--port-dagster", str(free_port())]
    )
    assert done.exit_code == 1
    assert f"le stockage de Dagster n'a pas pu être préparé (voir {home / 'journaux'})" in done.output
    assert "base_dir" in (home / "journaux" / "stockage.log").read_text(encoding="utf-8")
