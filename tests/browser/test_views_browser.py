"""The pages that are no slide, as a reader meets them."""

import csv
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from dashboards.slides.sections import BY_SLIDE_ID
from dashboards.views import coherence
from dashboards.views.diaporama import named
from schemas.outputs.vintages import MANIFEST
from tests.samples.browser import (
    WHAT_IS_CUT,
    choose,
    english,
    open_page,
    ready,
    tells,
    turn_to,
    turn_to_slide,
    violations,
)
from tests.samples.serving import served
from tests.samples.views import MANY, VIEWS, publish_with_controls
from tests.samples.vintages import manifest, publish_vintage

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Pages over a folder that has control tables, and a vintage before."""
    marts = tmp_path_factory.mktemp("marts")
    publish_vintage(
        marts, "2024-12-01_10-00-00", growth=0.9, inputs=[("bali", "2024-11-20", "accompagnements.csv", "1")]
    )
    home = (publish_with_controls(marts) / "courant").resolve()
    (home / MANIFEST).write_text(manifest(home.name, home=home), encoding="utf-8")
    with served(marts) as address:
        yield address


def test_the_pages_of_the_checks_are_walked(page, tmp_path: Path):
    open_page(page, "/")
    for view in VIEWS:
        turn_to(page, view.TITLE, view.PATH)
        page.locator(".adass-head h1", has_text=view.TITLE).wait_for()
        ready(page)
        assert page.locator("[data-testid=stException]").count() == 0
        assert page.locator(".st-key-filtres").count() == 0
        assert english(page) == set()
        assert violations(page) == []
        for width in (800, 1400):
            page.set_viewport_size({"width": width, "height": 900})
            page.wait_for_timeout(400)
            assert page.evaluate("document.scrollingElement.scrollWidth") <= width
            assert page.evaluate(WHAT_IS_CUT) == []

    page.get_by_label("Rechercher un mot").fill("creic 30 jours")
    page.locator(".adass-terms dt").first.filter(has_text="Règle des 30 jours").wait_for()
    page.wait_for_url(re.compile("recherche=creic"))

    open_page(page, "/reconciliation")
    choose(page, "Statut", "Écart")
    expect(page.locator(".adass-rows tbody tr")).to_have_count(2)
    expect(page).to_have_url(re.compile("rec_statut="))
    address = page.url
    open_page(page, address)
    expect(page.locator(".adass-rows tbody tr")).to_have_count(2)

    open_page(page, f"/qualite?qua_regle={quote('R03 · Date de saisine absente ou illisible')}")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="CSV").last.click()
    assert waiting.value.suggested_filename == "adass_lignes_R03.csv"
    waiting.value.save_as(tmp_path / "lignes.csv")
    with (tmp_path / "lignes.csv").open(encoding="utf-8-sig", newline="") as file:
        assert len(list(csv.reader(file, delimiter=";"))) == 1 + MANY


def test_the_choices_of_the_figures_come_back_after_a_check(page):
    open_page(page, "/a7?annee=2023")
    turn_to(page, coherence.TITLE, coherence.PATH)
    page.locator(".adass-head h1", has_text="Cohérence").wait_for()
    turn_to_slide(page, named(BY_SLIDE_ID["A9"]), "a9")
    tells(page, "2023")
