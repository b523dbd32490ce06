"""Start the dashboards here: `python -m dashboards.launch --marts DOSSIER [--port N] [--sans-navigateur]`."""

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import webbrowser
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import click

from dashboards.theme import streamlit_options

HOST = "127.0.0.1"
MARTS = "ADASS_MARTS"
ACCESS = "ADASS_ACCES"
BASE = "ADASS_JETON"  # the first part of every address, where no table of access decides who may read
KEYS = "ADASS_CLE"  # how the variables that hold keys begin
APP = Path(__file__).with_name("app.py")
PATIENCE = 60  # seconds for the server to answer


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def token() -> str:
    """What an address must begin with here: whoever does not know it is served nothing, not even through a proxy.

    Empty where readers sign in. One of `ADASS_JETON`, else a new one.
    """
    return "" if os.environ.get(ACCESS) else os.environ.get(BASE) or secrets.token_urlsafe(16)


def command(marts: Path, port: int | None = None, headless: bool = True, base: str = "") -> list[str]:
    """The command that serves `marts` on `port` (one that is free if None) under the path `base`, on this machine alone.

    It must be run with the variables of `environment(marts)`. Streamlit opens no browser when `headless`.
    """
    options = {
        "server.address": HOST,
        "server.port": str(port or free_port()),
        "server.baseUrlPath": base,
        "server.maxMessageSize": "50",  # MB, also of what a reader sends
        "server.headless": str(headless).lower(),
        "server.fileWatcherType": "none",
        "server.enableXsrfProtection": "true",
        "server.enableCORS": "true",
        "server.enableAgentApi": "false",
        "server.trustedUserHeaders": "{}",  # nobody names himself in a header
        "server.showEmailPrompt": "false",
        "browser.gatherUsageStats": "false",
        "global.disableWidgetStateDuplicationWarning": "true",  # a kept choice goes before the default, as meant
        "logger.level": "warning",
        "client.toolbarMode": "minimal",
        "client.showErrorDetails": "none",
        "client.showErrorLinks": "false",
        **streamlit_options(),
    }
    flags = [f"--{name}={value}" for name, value in options.items()]
    return [sys.executable, "-m", "streamlit", "run", str(APP), *flags]


def environment(marts: Path) -> dict[str, str]:
    """The environment of the server: ours without the keys of the pipeline, and the folder it reads."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(KEYS)}
    return {**kept, MARTS: str(marts.resolve())}


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--marts",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("data/marts"),
    show_default=True,
    help="Dossier publié.",
)
@click.option("--port", type=int, help="Port ; un port libre sinon.")
@click.option("--sans-navigateur", is_flag=True, help="Ne pas ouvrir le navigateur.")
def main(marts: Path, port: int | None, sans_navigateur: bool) -> None:
    """Ouvrir les tableaux de bord sur ce poste."""
    port, base = port or free_port(), token()
    address = f"http://{HOST}:{port}/{base}".removesuffix("/")
    server = subprocess.Popen(
        command(marts, port, base=base), env=environment(marts), stdout=subprocess.DEVNULL, start_new_session=True
    )
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        if not _answers(server, address):
            raise click.ClickException("le tableau de bord n'a pas démarré")
        click.echo(f"Tableau de bord : {address}")
        click.echo("Ctrl-C pour arrêter.")
        if not sans_navigateur:
            webbrowser.open(address)
        sys.exit(server.wait())
    except KeyboardInterrupt:
        click.echo("Arrêté.")
    finally:
        _stop(server)


def _answers(server: subprocess.Popen[bytes], address: str) -> bool:
    deadline = time.monotonic() + PATIENCE
    while server.poll() is None and time.monotonic() < deadline:
        try:
            with urlopen(f"{address}/_stcore/health", timeout=2):  # noqa: S310 - an address of our own
                return True
        except (URLError, OSError):
            time.sleep(0.1)
    return False


def _stop(server: subprocess.Popen[bytes]) -> None:
    server.terminate()
    try:
        server.wait(10)
    except subprocess.TimeoutExpired:
        server.kill()


if __name__ == "__main__":
    main()
