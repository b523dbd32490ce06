"""Starting the dashboards, and ending them."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

import pytest

from dashboards import launch, theme
from tests.samples.dashboard import publish


def test_this_machine_alone_and_nothing_sent(tmp_path):
    command = launch.command(tmp_path, 8765, headless=True)
    assert command[:4] == [sys.executable, "-m", "streamlit", "run"]
    assert {
        "--server.address=127.0.0.1",
        "--server.port=8765",
        "--server.headless=true",
        "--browser.gatherUsageStats=false",
        "--client.toolbarMode=minimal",
    } <= set(command)
    assert not any(str(tmp_path) in word for word in command)
    assert launch.environment(tmp_path)["ADASS_MARTS"] == str(tmp_path)


def test_the_server_is_not_told_the_keys(tmp_path, monkeypatch):
    monkeypatch.setenv("ADASS_CLE", "x" * 20)
    monkeypatch.setenv("ADASS_CLE_PROJET", "y" * 20)
    assert not {"x" * 20, "y" * 20} & set(launch.environment(tmp_path).values())


def test_the_pages_wear_the_theme():
    options = theme.streamlit_options()
    assert options["theme.light.primaryColor"] == theme.LIGHT.accent
    assert options["theme.dark.backgroundColor"] == theme.DARK.ground


def test_streamlit_knows_every_option(tmp_path):
    from streamlit import config

    names = [word[2:].split("=")[0] for word in launch.command(tmp_path, 1)[5:]]
    for name in names:
        config.get_option(name)  # raises for a name it does not know


def test_a_free_port_can_be_listened_on():
    with socket.socket() as server:
        server.bind((launch.HOST, launch.free_port()))


@pytest.mark.slow
@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_it_starts_says_where_and_leaves_nothing_behind(tmp_path, ending):
    port = launch.free_port()
    words = ["--marts", str(publish(tmp_path)), "--port", str(port), "--sans-navigateur"]
    with subprocess.Popen(
        [sys.executable, "-m", "dashboards.launch", *words],
        stdout=subprocess.PIPE, text=True, encoding="utf-8", env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    ) as process:  # fmt: skip
        assert process.stdout
        try:
            said = process.stdout.readline()
            told = re.fullmatch(rf"Tableau de bord : (http://127\.0\.0\.1:{port}/[\w-]{{20,}})\n", said)
            assert told, said
            with urlopen(told[1], timeout=10) as page:
                assert page.status == 200
            for path in ("", "a1", "_stcore/health", "_stcore/host-config"):  # a proxy that knows no more asks there
                with pytest.raises(HTTPError, match="404"):
                    urlopen(f"http://127.0.0.1:{port}/{path}", timeout=10)
        finally:
            process.send_signal(ending)
            process.wait(30)
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            urlopen(f"http://127.0.0.1:{port}/", timeout=1).close()
        except (URLError, OSError):
            return
        time.sleep(0.2)
    pytest.fail("the server still answers")
