"""Roles in a real browser, with an identity provider on this machine: no row that its reader may not see."""

import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from playwright.sync_api import expect

from dashboards import launch
from dashboards.published import comments
from dashboards.views import tendances, territoires
from tests.samples.access import EXACT, LABELS, MARKS, publish_for_roles
from tests.samples.browser import MENU, tells
from tests.samples.serving import served
from tests.samples.signing import Watched, cookie, secrets, settled
from tests.samples.views import CHECKS

pytestmark = pytest.mark.browser
PERSONS = {
    "national": 'role = "national"',
    "statisticien": 'role = "statisticien"',
    "regional": 'role = "regional"\nterritoire = "84"',
    "local": 'role = "local"\nterritoire = "011"',
    "diffusion": 'role = "diffusion"',
}


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
        expect(menu.get_by_text(CHECKS[0].TITLE, exact=True)).to_have_count(int(everything))
        if everything:
            watched.turn_to(view)
        else:
            watched.open(f"/{view.PATH}")
        expect(page.locator(".adass-head h1", has_text=view.TITLE)).to_have_count(int(everything))
        expect(page.locator(".st-key-voisines").get_by_text(view.TITLE, exact=True)).to_have_count(int(everything))
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
    context = browser.new_context(base_url=f"{address}/", extra_http_headers=headers)
    page = context.new_page()
    page.goto("a1")
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
        watched.page.locator(MENU).get_by_text("Diaporama", exact=True).click()
        watched.page.get_by_text("Aucun accès ne vous est ouvert").wait_for()
        assert watched.page.locator(".adass-key").count() == 0
    finally:
        table.write_text(kept, encoding="utf-8")
    watched.open("/a1")
    watched.page.get_by_role("button", name="Se déconnecter").click()
    watched.page.wait_for_url(re.compile("end_session"))
    assert not [c for c in watched.context.cookies(address) if c["name"].startswith("_streamlit_user")]
    watched.page.goto("a1")
    refused(watched, "s'ouvrent aux personnes habilitées")
