"""Signing in as a reader, in Chromium."""

import io
import json
import re
import time
import zipfile
from pathlib import Path
from urllib.parse import urlencode

from tests.samples.browser import pick, reach, tells

SECRET = "un secret de test, assez long pour signer"

CELL = re.compile(r"91.?734.?(?:084|032|011|691|021)")  # as it is written on a page, in a chart or in a file


def secrets(home: Path, origin: str, issuer: str) -> Path:
    """Describe the provider to a server that is run from `home` and seen at `origin`. Returns `home`."""
    (home / ".streamlit").mkdir()
    (home / ".streamlit" / "secrets.toml").write_text(
        f'[auth]\nredirect_uri = "{origin}/oauth2callback"\ncookie_secret = "{SECRET}"\n'
        f'client_id = "adass"\nclient_secret = "sans valeur"\n'
        f'server_metadata_url = "{issuer}/.well-known/openid-configuration"\n',
        encoding="utf-8",
    )
    return home


def settled(page) -> None:
    """The page is drawn whole; asked without a script, which a policy may forbid."""
    page.wait_for_selector(".adass-foot")
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")
    page.wait_for_selector("[data-stale=true]", state="detached")


class Watched:
    """A page, and everything that the server has sent to it."""

    def __init__(self, browser, address: str, cookies: list[dict[str, str]] | None = None, **options) -> None:
        size = {"width": 1400, "height": 900}
        self.context = browser.new_context(base_url=f"{address}/", locale="fr-FR", viewport=size, **options)
        if cookies:
            self.context.add_cookies(cookies)
        self.page = self.context.new_page()
        self.sent: list[bytes] = []
        self.page.on("websocket", self._listen)

    def _listen(self, socket) -> None:
        """Each page that is loaded opens a socket: what an earlier one still sends is not counted."""
        sent: list[bytes] = []
        self.sent = sent
        socket.on(
            "framereceived", lambda frame: sent.append(frame.encode() if isinstance(frame, str) else bytes(frame))
        )

    def open(self, path: str, **choices: str) -> None:
        self.page.goto(f"{path.removeprefix('/')}?{urlencode(choices)}")
        settled(self.page)

    def come_again(self, cookies: list[dict[str, str]]) -> None:
        """With these cookies and no other; the browser has already loaded the dashboards' code."""
        self.page.goto("about:blank")
        self.context.clear_cookies()
        self.context.add_cookies(cookies)
        self.page.goto("a1")

    def choose(self, territoire: str) -> None:
        """Another territory on the page that is open: loading it anew takes longer."""
        self.sent.clear()
        pick(self.page, "Territoire", territoire)
        tells(self.page, territoire.removesuffix(" (région)"))
        settled(self.page)

    def turn_to(self, view) -> None:
        """Open a page by the menu."""
        link = reach(self.page, view.TITLE)
        self.sent.clear()
        link.click()
        self.page.wait_for_url(re.compile(rf"/{view.PATH}(\?|$)"))
        settled(self.page)

    def marks(self) -> set[int]:
        """The marks of exact rows in all that was sent since the page was last turned: texts, charts and files."""
        told = b"".join(self.sent)
        for name in set(re.findall(rb"/media/[0-9a-f]+\.\w+", told)):
            told += _unpacked(self.context.request.get(name.decode()).body())
        return {int(f"91734{found[-3:]}") for found in CELL.findall(told.decode("utf-8", errors="ignore"))}

    def sign_in(self, who: str) -> None:
        self.page.goto(".")
        self.page.get_by_role("button", name="Se connecter").click()
        self.page.get_by_role("button", name=who, exact=True).first.click()
        self.page.wait_for_url(re.compile(r"127\.0\.0\.1:\d+/?$"))


def cookie(address: str, secret: str = SECRET, **claims: object) -> list[dict[str, str]]:
    """The cookie of a session of the national role, signed as Streamlit does."""
    from streamlit.web.server.starlette.starlette_app_utils import create_signed_value

    told = {
        "sub": "national", "email": "national@exemple.fr", "email_verified": True, "iat": int(time.time()),
        "is_logged_in": True, "origin": address, **claims,
    }  # fmt: skip
    value = create_signed_value(secret, "_streamlit_user", json.dumps(told)).decode()
    return [{"name": "_streamlit_user", "value": value, "url": address}]


def _unpacked(content: bytes) -> bytes:
    """A file, with what is compressed in it in clear."""
    if zipfile.is_zipfile(io.BytesIO(content)):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return b"".join(archive.read(name) for name in archive.namelist())
    return content
