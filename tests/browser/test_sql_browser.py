"""The SQL page as a reader meets it, on a machine without any table of access."""

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.samples.access import publish_for_roles
from tests.samples.browser import ENGLISH, WHAT_IS_CUT, open_page, ready
from tests.samples.serving import served

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(publish_for_roles(tmp_path_factory.mktemp("marts"))) as address:
        yield address


def test_a_query_is_written_run_drawn_kept_and_taken_away(page, tmp_path: Path):
    open_page(page, "/sql")
    expect(page.get_by_text("sans contrôle d'accès")).to_have_count(1)
    editor = page.get_by_label("Requête SQL")
    editor.fill("")
    editor.press_sequentially("SELECT annee, sum(numera")
    page.get_by_role("option", name=re.compile("^numerateur")).wait_for()
    editor.press("Tab")
    editor.press_sequentially(") AS total FROM marts.indic")
    page.get_by_role("option", name=re.compile("^marts.indicateurs")).wait_for()
    editor.press("Enter")
    expect(editor).to_have_value("SELECT annee, sum(numerateur) AS total FROM marts.indicateurs")
    editor.press_sequentially(" WHERE territoire = $territoire AND annee < 2025 GROUP BY annee ORDER BY annee")
    page.get_by_text("Enregistrer").first.click()  # leaves the editor: the parameter has its field
    page.get_by_role("combobox", name="$territoire").wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Exécuter").click()
    page.get_by_role("columnheader", name="total").wait_for()
    ready(page)
    expect(page.locator(".adass-rows tbody tr")).to_have_count(2)
    page.get_by_text("Graphique").click()
    page.locator("svg.main-svg").first.wait_for()
    assert (
        set(re.findall(r"\w+", page.locator("[data-testid=stMain]").inner_text().lower()))
        & (ENGLISH - {"select", "double"})
        == set()
    )
    for width in (800, 1400):
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_timeout(400)
        assert page.evaluate("document.scrollingElement.scrollWidth") <= width
        assert page.evaluate(WHAT_IS_CUT) == []

    with page.expect_download() as waiting:
        page.get_by_role("button", name="CSV").click()
    assert waiting.value.suggested_filename == "adass_requete.csv"
    waiting.value.save_as(tmp_path / "x.csv")
    with (tmp_path / "x.csv").open(encoding="utf-8-sig", newline="") as file:
        assert [row[0] for row in csv.reader(file, delimiter=";")] == ["annee", "2023", "2024"]

    page.get_by_text("Enregistrer").first.click()
    page.get_by_label("Nom de la requête").fill("Totaux")
    page.get_by_role("button", name="Enregistrer").last.click()
    page.wait_for_url(re.compile("requete="))
    other = page.context.new_page()
    other.goto(page.url)
    ready(other)
    kept = re.compile(r"^SELECT annee, sum\(numerateur\) AS total")
    expect(other.get_by_label("Requête SQL")).to_have_value(kept)
    other.get_by_role("button", name="Historique").click()
    other.get_by_role("button", name=re.compile("SELECT annee, sum")).wait_for()


def _run(page, sql: str) -> None:
    """Write a query on the SQL page and run it."""
    editor = page.get_by_label("Requête SQL")
    editor.fill(sql)
    editor.press("Escape")  # closes what it proposes
    page.get_by_role("button", name="Exécuter").click()


def test_data_are_never_translated(page):
    """Streamlit's own words are shown in French; a cell that reads like one of them is what somebody has written."""
    open_page(page, "/sql")
    _run(page, "SELECT 'Open' AS un, 'Running...' AS deux, 'Stop' AS \"Close\"")
    page.get_by_role("columnheader", name="deux").wait_for()
    ready(page)
    expect(page.locator(".adass-rows tbody td")).to_have_text(["Open", "Running...", "Stop"])
    expect(page.get_by_role("columnheader", name="Close")).to_have_count(1)


def test_a_mistyped_code_is_named_with_the_nearest(page):
    open_page(page, "/sql")
    _run(page, "FROM marts.indicateurs WHERE territoire = '31'")
    expect(page.get_by_role("note").filter(has_text="n'est pas un code de territoire")).to_be_visible()
    expect(page.get_by_text("Aucune ligne.")).to_be_visible()


def test_through_a_proxy_nothing_is_shown_without_a_table_of_access(browser, address):
    for headers in ({"X-Forwarded-For": "192.0.2.1"}, {"Forwarded": "for=192.0.2.1"}):
        context = browser.new_context(base_url=f"{address}/", extra_http_headers=headers)
        shown = context.new_page()
        shown.goto("a1")
        shown.get_by_text("ne s'ouvrent que sur la machine qui les sert").wait_for()
        assert shown.locator(".adass-head").count() == 0
        context.close()
