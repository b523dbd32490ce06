"""A browser on the dashboards of a small published folder."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.samples.dashboard import publish
from tests.samples.serving import served

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
SIZE = {"width": 1400, "height": 900}


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(publish(tmp_path_factory.mktemp("marts"))) as address:
        yield address


@pytest.fixture(scope="module")
def browser():
    if not CHROMIUM.exists():  # `make test` must pass with Python and make alone; `.ci/run` installs it
        pytest.skip(f"{CHROMIUM} is absent: the pages are not tried in a browser")
    # for the module only: while it is open, its event loop keeps Dagster from running one
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=30_000)  # as long as it waits for elements: the machine may be busy with other tests
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(ARGUMENTS))
        yield chromium
        chromium.close()


@contextmanager
def watched(browser, address: str):
    """A page, and the errors its console reports and the calls it makes beyond this machine, as they come."""
    context = browser.new_context(base_url=f"{address}/", locale="fr-FR", viewport=SIZE)
    opened, faults = context.new_page(), []
    opened.on("pageerror", lambda error: faults.append(f"page: {error}"))
    opened.on("console", lambda message: faults.append(message.text) if _is_fault(message) else None)
    opened.on("request", lambda request: faults.append(request.url) if not _is_ours(request.url, address) else None)
    yield opened, faults
    context.close()


@pytest.fixture(scope="module")
def tab(browser, address):
    """A page that stays open for all tests of a module, and its faults: a new one takes twice as long to load them."""
    with watched(browser, address) as opened:
        yield opened


@pytest.fixture
def walking(tab):
    """The tab as the test before has left it, for a reader who goes through the whole deck; see `page`."""
    page, faults = tab
    faults.clear()
    page.set_viewport_size(SIZE)
    yield page
    assert faults == []


@pytest.fixture
def page(walking):
    """A blank page that remembers nothing, and fails its test if the console reports an error or anything but this
    machine is called."""
    _forget(walking)
    yield walking
    _forget(walking)  # whoever walks next begins anew


def _forget(page) -> None:
    for other in page.context.pages:
        if other is not page:
            other.close()
    if page.url.startswith("http"):
        page.evaluate("localStorage.clear(); sessionStorage.clear()")
    page.goto("about:blank")
    page.context.clear_cookies()


def _is_ours(url: str, address: str) -> bool:
    host = address.removeprefix("http://")
    return url.startswith((f"http://{host}/", f"ws://{host}/", "data:", "blob:", "about:"))


def _is_fault(message) -> bool:
    # Streamlit asks for its own health beside the page's address first, then at the root
    return message.type == "error" and "/_stcore/" not in (message.location or {}).get("url", "")
