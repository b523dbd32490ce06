"""The pages of months and durations, as a reader meets them."""

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from dashboards.views.analyses import durees, pilotage
from pipelines.refresh import refresh
from pipelines.simulation.generic import simulate
from tests.samples.browser import WHAT_IS_CUT, choose, english, open_page, ready, violations
from tests.samples.serving import served

pytestmark = pytest.mark.browser
WIDTHS = (390, 800, 1400)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    place = tmp_path_factory.mktemp("steering")
    simulate(place / "raw", years=[2023, 2024], accompaniments=6_000, seed=7)
    refresh(place / "raw", place / "marts", quiet=True)
    with served(place / "marts") as address:
        yield address


def fits(page) -> None:
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        ready(page)
        # charts are drawn anew for the width, some time after; a table scrolls inside its figure
        page.wait_for_function(f"({WHAT_IS_CUT})().every(cut => cut === 'table')")
        page.wait_for_function(f"document.scrollingElement.scrollWidth <= {width}")


def test_from_the_country_to_the_months_of_a_territory_in_one_gesture(page, tmp_path: Path):
    open_page(page, f"/{pilotage.PATH}")
    assert page.locator("[data-testid=stException]").count() == 0
    assert english(page) == set()
    assert violations(page) == []
    fits(page)
    link = page.locator(".adass-striking a").first
    name = link.inner_text()
    link.click()
    page.wait_for_url(re.compile("territoire="))
    page.locator(".adass-head h1", has_text=name).wait_for()
    ready(page)
    fits(page)
    with page.expect_download() as waiting:
        page.locator("[class*=st-key-outils-pilotage_flux]").get_by_role("button", name="CSV").click()
    waiting.value.save_as(tmp_path / "mois.csv")
    with (tmp_path / "mois.csv").open(encoding="utf-8-sig", newline="") as file:
        assert next(csv.reader(file, delimiter=";")) == [
            "annee",
            "mois",
            "saisines",
            "ouvertures",
            "clotures",
            "succes",
        ]


def test_durations_are_read_year_by_year_with_their_definition(page):
    open_page(page, f"/{durees.PATH}")
    assert page.locator("[data-testid=stException]").count() == 0
    assert english(page) == set()
    assert violations(page) == []
    fits(page)
    choose(page, "Année", "2023")
    page.locator(".adass-head h1", has_text="2023").wait_for()
    ready(page)
    page.locator("[class*=st-key-outils-durees_courbes]").get_by_text("Définition").click()
    expect(page.locator("[data-testid=stPopoverBody]")).to_contain_text("Aalen-Johansen")
