"""Dashboard and Dagster together, for a small team: started, watched and stopped as one, on this machine alone."""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from urllib.error import URLError
from urllib.request import urlopen

import click

from pipelines.errors import Refused
from schemas.text import key

HOST = "127.0.0.1"
HOME, SETTINGS, LOGS = "dagster", Path(__file__).parents[2] / "dagster.yaml", "journaux"
MODULE, WEBSERVER = "pipelines.definitions", "pipelines.operating.webserver"
PROGRAMS = Path(sys.executable).parent
PATIENCE = 120  # seconds for every service to answer
MERCY = 20  # seconds for them to end by themselves


@dataclass(frozen=True)
class Service:
    """A process to keep: how it is started, and the address at which it answers, if it does."""

    name: str
    command: tuple[str, ...]
    address: str = ""
    health: str = ""


def services(marts: Path, port: int, dagster_port: int, base: str = "") -> tuple[Service, ...]:
    """What is kept running; `base` is the path under which the dashboards answer."""
    bound = ("-m", WEBSERVER, "-h", HOST, "-p", str(dagster_port), "-m", MODULE)
    pages = f"http://{HOST}:{port}/{base}".removesuffix("/")
    own = ("-m", "dashboards.launch", "--marts", str(marts), "--port", str(port), "--sans-navigateur")
    return (
        Service("Tableau de bord", (sys.executable, *own), pages, "/_stcore/health"),
        Service("Dagster", (sys.executable, *bound), f"http://{HOST}:{dagster_port}", "/server_info"),
        Service("Déclenchements", (str(PROGRAMS / "dagster-daemon"), "run", "-m", MODULE)),
    )


def serve(raw: Path, marts: Path, port: int, dagster_port: int) -> int:
    """Keep all services until one ends or this process is told to stop; returns the exit code.

    Raises Refused where a port is taken or a service does not start.
    """
    for taken in (p for p in (port, dagster_port) if _in_use(p)):
        raise Refused(f"le port {taken} est déjà pris")
    marts.mkdir(parents=True, exist_ok=True)
    home = Path(os.environ.get("DAGSTER_HOME") or marts / HOME).resolve()
    (home / LOGS).mkdir(parents=True, exist_ok=True)
    if not (home / SETTINGS.name).exists():
        shutil.copyfile(SETTINGS, home / SETTINGS.name)
    base = "" if os.environ.get("ADASS_ACCES") else secrets.token_urlsafe(16)  # see dashboards/launch.py
    environment = os.environ | {
        "ADASS_JETON": base, "ADASS_RAW": str(raw.resolve()), "ADASS_MARTS": str(marts.resolve()), "DAGSTER_HOME": str(home),
    }  # fmt: skip
    _on_interrupt(_interrupt)
    try:
        _prepare_storage(home / LOGS, environment)
        with _running(services(marts.resolve(), port, dagster_port, base), home / LOGS, environment) as running:
            _wait_for_answers(running, home / LOGS)
            for service, _ in running:
                if service.address:
                    click.echo(f"{service.name} : {service.address}")
            click.echo("Ctrl-C pour arrêter.")
            ended = _watch(running)
    except KeyboardInterrupt:
        return 0
    click.echo(f"{ended.name} s'est arrêté : tout est arrêté (voir {home / LOGS})", err=True)
    return 1


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    _on_interrupt(signal.SIG_IGN)  # a second Ctrl-C would leave processes behind; they end within MERCY anyway
    click.echo("Arrêt…")
    raise KeyboardInterrupt


def _on_interrupt(handler: Callable[[int, FrameType | None], None] | signal.Handlers) -> None:
    for kind in (signal.SIGINT, signal.SIGTERM):
        signal.signal(kind, handler)


def _prepare_storage(logs: Path, environment: dict[str, str]) -> None:
    """Make the tables that Dagster keeps its state in, or bring them up to its version.

    Its webserver and its daemon would each do so when they start, and one of them ends where both do at the same moment.
    """
    command = (str(PROGRAMS / "dagster"), "instance", "migrate")
    with (logs / "stockage.log").open("wb") as log:
        if subprocess.run(command, check=False, env=environment, stdout=log, stderr=log).returncode:
            raise Refused(f"le stockage de Dagster n'a pas pu être préparé (voir {logs})")


def _in_use(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return True
    return False


Running = Sequence[tuple[Service, subprocess.Popen[bytes]]]


@contextmanager
def _running(every: Sequence[Service], logs: Path, environment: dict[str, str]) -> Iterator[Running]:
    started: list[tuple[Service, subprocess.Popen[bytes]]] = []
    try:
        for service in every:
            with (logs / f"{key(service.name).replace(' ', '_')}.log").open("wb") as log:
                process = subprocess.Popen(
                    service.command, env=environment, stdout=log, stderr=log, start_new_session=True
                )
            started.append((service, process))
        yield started
    finally:
        _stop([process for _, process in started])


def _wait_for_answers(running: Running, logs: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    waiting = [service for service, _ in running if service.health]
    while waiting:
        if ended := next((s for s, process in running if process.poll() is not None), None):
            raise Refused(f"{ended.name} n'a pas démarré (voir {logs})")
        if time.monotonic() > deadline:
            raise Refused(f"{waiting[0].name} ne répond pas (voir {logs})")
        waiting = [s for s in waiting if not _answers(s)]
        time.sleep(0.2)


def _answers(service: Service) -> bool:
    try:
        with urlopen(service.address + service.health, timeout=2):  # noqa: S310 - an address of our own
            return True
    except (URLError, OSError):
        return False


def _watch(running: Running) -> Service:
    """Wait until one of the services ends."""
    while True:
        for service, process in running:
            if process.poll() is not None:
                return service
        time.sleep(0.5)


def _stop(processes: Sequence[subprocess.Popen[bytes]]) -> None:
    """End the processes and all that they have started, the last started first: asked first, then made to."""
    for kind, patience in ((signal.SIGTERM, MERCY), (signal.SIGKILL, 5)):
        for process in reversed(processes):
            _signal_group(process, kind)
        deadline = time.monotonic() + patience
        while any(_group_lives(p) for p in processes) and time.monotonic() < deadline:
            time.sleep(0.1)


def _signal_group(process: subprocess.Popen[bytes], kind: signal.Signals) -> None:
    try:
        os.killpg(process.pid, kind)
    except ProcessLookupError:
        return


def _group_lives(process: subprocess.Popen[bytes]) -> bool:
    process.poll()  # so that one that has ended is no longer there
    try:
        os.killpg(process.pid, 0)
    except ProcessLookupError:
        return False
    return True
