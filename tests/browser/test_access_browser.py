"""Roles in a real browser, with an identity provider on this machine: no row that its reader may not see."""

import io
import json
import re
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest
from access_sample import LABELS, MARKS, publish_for_roles
from playwright.sync_api import expect
from serving import served
from test_access import EXACT
from test_dashboard_browser import pick, tells

from dashboards import launch
from dashboards.published import comments
from dashboards.views import tendances, territoires
from dashboards.views.controls import CHECKS

pytestmark = pytest.mark.browser
SECRET = "un secret de test, assez long pour signer"
PERSONS = {
    "national": 'role = "national"',
    "statisticien": 'role = "statisticien"',
    "regional": 'role = "regional"\nterritoire = "84"',
    "local": 'role = "local"\nterritoire = "011"',
    "diffusion": 'role = "diffusion"',
}
CELL = re.compile(r"91.?734.?(?:084|032|011|691|021)")  # as it is written on a page, in a chart or in a file


@contextmanager
def provider() -> Iterator[str]:
    """An identity provider that knows a person for each role, one without access, one whose address is not checked."""
    port = launch.free_port()
    claims = [{"sub": r, "email": f"{r}@exemple.fr", "email_verified": True} for r in PERSONS]
    claims += [{"sub": "inconnu", "email": "inconnu@exemple.fr", "email_verified": True}]
    claims += [{"sub": "usurpateur", "email": "local@exemple.fr", "email_verified": False}]
    words = [w for c in claims for w in ("--user-claims", json.dumps(c))]
    command = [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "--port", str(port), *words]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            address = f"http://127.0.0.1:{port}"
            for _ in range(300):
                try:
                    urlopen(f"{address}/.well-known/openid-configuration", timeout=2).close()
                    break
                except URLError:
                    time.sleep(0.1)
            yield address
        finally:
            process.terminate()
            process.wait(30)


@pytest.fixture(scope="module")
def table(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("acces") / "acces.toml"
    path.write_text(
        "\n".join(f'[personnes."{role}@exemple.fr"]\n{entry}' for role, entry in PERSONS.items()), encoding="utf-8"
    )
    return path


@pytest.fixture(scope="module")
def address(tmp_path_factory, table) -> Iterator[str]:
    """The dashboards with their table of access, behind the provider."""
    port = launch.free_port()
    with provider() as issuer:
        home = secrets(tmp_path_factory.mktemp("compte"), f"http://127.0.0.1:{port}", issuer)
        marts = publish_for_roles(tmp_path_factory.mktemp("marts"))
        for (niveau, code), mark in MARKS.items():  # somebody who knows the figure has told it
            comments.add(marts, "A1", 2024, niveau, code, "ensemble", "Ana", f"Il y en a {mark}.")
        with served(marts, port, home, ADASS_ACCES=str(table)) as address:
            yield address


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
        self.context = browser.new_context(base_url=address, locale="fr-FR", viewport=size, **options)
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
        self.page.goto(f"{path}?{urlencode(choices)}")
        settled(self.page)

    def come_again(self, cookies: list[dict[str, str]]) -> None:
        """With these cookies and no other; the browser has already loaded the dashboards' code."""
        self.page.goto("about:blank")
        self.context.clear_cookies()
        self.context.add_cookies(cookies)
        self.page.goto("/a1")

    def choose(self, territoire: str) -> None:
        """Another territory on the page that is open: loading it anew takes longer."""
        self.sent.clear()
        pick(self.page, "Territoire", territoire)
        tells(self.page, territoire.removesuffix(" (région)"))
        settled(self.page)

    def turn_to(self, view) -> None:
        """Open a page by the menu."""
        self.sent.clear()
        self.page.locator("[data-testid=stSidebarNav]").get_by_text(view.TITLE, exact=True).click()
        self.page.wait_for_url(re.compile(rf"/{view.PATH}(\?|$)"))
        settled(self.page)

    def marks(self) -> set[int]:
        """The marks of exact rows in all that was sent since the page was last turned: texts, charts and files."""
        told = b"".join(self.sent)
        for name in set(re.findall(rb"/media/[0-9a-f]+\.\w+", told)):
            told += _unpacked(self.context.request.get(name.decode()).body())
        return {int(f"91734{found[-3:]}") for found in CELL.findall(told.decode("utf-8", errors="ignore"))}

    def sign_in(self, who: str) -> None:
        self.page.goto("/")
        self.page.get_by_role("button", name="Se connecter").click()
        self.page.get_by_role("button", name=who, exact=True).first.click()
        self.page.wait_for_url(re.compile(r"127\.0\.0\.1:\d+/?$"))


def _unpacked(content: bytes) -> bytes:
    """A file, with what is compressed in it in clear."""
    if zipfile.is_zipfile(io.BytesIO(content)):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return b"".join(archive.read(name) for name in archive.namelist())
    return content


@pytest.fixture
def opened(browser, address):
    pages: list[Watched] = []

    def new(cookies: list[dict[str, str]] | None = None) -> Watched:
        pages.append(Watched(browser, address, cookies))
        return pages[-1]

    yield new
    for one in pages:
        one.context.close()


def refused(watched: Watched, words: str) -> None:
    watched.page.get_by_text(words).wait_for()
    assert watched.page.locator("[data-testid=stSidebarNav]").count() == 0
    assert watched.page.locator(".adass-head").count() == 0
    assert watched.marks() == set()


@pytest.mark.parametrize("role", PERSONS)
def test_no_page_shows_a_row_that_the_role_may_not_see(opened, role):
    watched = opened()
    watched.sign_in(role)
    page = watched.page
    page.get_by_text(f"{role}@exemple.fr · rôle").wait_for()
    everything = role in {"national", "statisticien"}
    for path, first, *others in (
        ("/a1", ("organisme", "011"), ("organisme", "691"), ("region", "84"), ("region", "32")),
        ("/a6", ("organisme", "691")),
    ):
        watched.open(path, territoire=LABELS[first])
        tells(page, LABELS[first])
        assert watched.marks() == ({MARKS[first]} if first in EXACT[role] else set()), (path, first)
        for place in others:
            watched.choose(LABELS[place])
            assert watched.marks() == ({MARKS[place]} if place in EXACT[role] else set()), (path, place)
    for view in (territoires, tendances):
        watched.turn_to(view)
        assert watched.marks() <= {MARKS[place] for place in EXACT[role]}
    menu = page.locator("[data-testid=stSidebarNav]")
    for view in CHECKS:
        expect(menu.get_by_text(view.TITLE, exact=True)).to_have_count(int(everything))
        if everything:
            watched.turn_to(view)
        else:
            watched.open(f"/{view.PATH}")
        expect(page.locator(".adass-head h1", has_text=view.TITLE)).to_have_count(int(everything))
        assert (b"accompagnements.csv" in b"".join(watched.sent)) == (everything and view is CHECKS[0])

    watched.open("/sql")
    editor = page.get_by_label("Requête SQL")
    for name, sql in (
        ("essai_1", "SELECT territoire AS essai_1, max(numerateur) FROM marts.indicateurs GROUP BY ALL"),
        ("essai_2", "SELECT territoire AS essai_2, accompagnements FROM marts.structures"),
    ):
        watched.sent.clear()
        editor.fill(sql)
        editor.press("Control+Enter")
        page.get_by_role("columnheader", name=name).wait_for()
        settled(page)
        assert watched.marks() == (set(MARKS.values()) if role == "statisticien" else set())
    editor.fill("SELECT count(*) FROM detail.accompagnements")
    editor.press("Control+Enter")
    if role == "statisticien":
        page.get_by_text("1 ligne en").wait_for()
    else:
        page.get_by_text("une table ou une fonction n'existe pas").wait_for()


@pytest.mark.parametrize("who", ["inconnu", "usurpateur"])
def test_whoever_has_no_access_sees_nothing(opened, who):
    watched = opened()
    watched.sign_in(who)
    refused(watched, "Aucun accès ne vous est ouvert")


def cookie(address: str, secret: str = SECRET, **claims: object) -> list[dict[str, str]]:
    """The cookie of a session of the national role, signed as Streamlit does."""
    from streamlit.web.server.starlette.starlette_app_utils import create_signed_value

    told = {
        "sub": "national", "email": "national@exemple.fr", "email_verified": True, "iat": int(time.time()),
        "is_logged_in": True, "origin": address, **claims,
    }  # fmt: skip
    value = create_signed_value(secret, "_streamlit_user", json.dumps(told)).decode()
    return [{"name": "_streamlit_user", "value": value, "url": address}]


def test_a_cookie_is_taken_only_if_signed_here_and_recent(opened, address):
    watched = opened(cookie(address))
    watched.open("/a1")
    assert watched.page.locator(".adass-key").count()

    for forged in (
        cookie(address, secret="un autre secret, aussi long que le premier"),
        cookie(address, origin="http://ailleurs.exemple.fr"),
        [{**cookie(address)[0], "value": cookie(address)[0]["value"][:-2] + "xx"}],
        [{**cookie(address)[0], "value": "national"}],
    ):
        watched.come_again(forged)
        refused(watched, "s'ouvrent aux personnes habilitées")
    for late in (time.time() - 11 * 3600, time.time() + 3600, None):
        watched.come_again(cookie(address, iat=late))
        refused(watched, "Votre session a expiré")


def test_nobody_names_himself_in_a_header(browser, address):
    headers = {"X-Streamlit-User": "national@exemple.fr", "X-Forwarded-User": "national@exemple.fr"}
    context = browser.new_context(base_url=address, extra_http_headers=headers)
    page = context.new_page()
    page.goto("/a1")
    page.get_by_text("s'ouvrent aux personnes habilitées").wait_for()
    context.close()


def test_access_that_is_withdrawn_ends_at_the_next_click_and_signing_out_ends_the_session(opened, address, table):
    watched = opened()
    watched.sign_in("local")
    watched.open("/a1", territoire=LABELS["organisme", "011"])
    assert watched.marks() == {MARKS["organisme", "011"]}
    kept = table.read_text(encoding="utf-8")
    try:
        table.write_text(kept.replace("local@exemple.fr", "autre@exemple.fr"), encoding="utf-8")
        watched.page.locator("[data-testid=stSidebarNav]").get_by_text("A2 · ").click()
        watched.page.get_by_text("Aucun accès ne vous est ouvert").wait_for()
        assert watched.page.locator(".adass-key").count() == 0
    finally:
        table.write_text(kept, encoding="utf-8")
    watched.open("/a1")
    watched.page.get_by_role("button", name="Se déconnecter").click()
    watched.page.wait_for_url(re.compile("end_session"))
    assert not [c for c in watched.context.cookies(address) if c["name"].startswith("_streamlit_user")]
    watched.page.goto("/a1")
    refused(watched, "s'ouvrent aux personnes habilitées")
