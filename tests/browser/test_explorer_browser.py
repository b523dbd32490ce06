"""The pages that go through territories and years, as a reader meets them: every filter, a click on the map, a link."""

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from dashboards.views import tendances, territoires
from tests.samples.browser import ENGLISH, WHAT_IS_CUT, open_page, pick, ready, tells
from tests.samples.serving import served
from tests.samples.territories import publish_with_territories

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(publish_with_territories(tmp_path_factory.mktemp("marts"))) as address:
        yield address


def standing(page, words: str) -> str:
    """The sentence that says where a territory stands, once it holds these words."""
    sentence = page.locator(".st-key-situation .adass-sentence")
    expect(sentence).to_contain_text(words)
    return sentence.inner_text().replace("\u00a0", " ")


def click(page, chart: int, what) -> None:
    box = what(page.locator(".js-plotly-plot").nth(chart)).bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)


def tile(name: str):
    return lambda chart: chart.locator("text").filter(has_text=re.compile(f"^{name}")).first


def point(number: int):
    return lambda chart: chart.locator(".scatterlayer .points path").nth(number)


def find(page, label: str, option: str) -> None:
    pick(page, label, option)
    page.wait_for_timeout(300)
    ready(page)


def walk(page, view, choices: tuple[tuple[str, str], ...]) -> None:
    """Change every filter of a page: each time it is drawn again, without an exception, and the address says so."""
    open_page(page, f"/{view.PATH}")
    for label, option in choices:
        before = page.url
        find(page, label, option)
        page.wait_for_function("before => location.href !== before", arg=before)
        ready(page)
        assert page.locator("[data-testid=stException]").count() == 0
        assert set(re.findall(r"\w+", page.inner_text("body").lower())) & ENGLISH == set()
    for width in (800, 1400):
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_timeout(500)
        assert page.evaluate("document.scrollingElement.scrollWidth") <= width
        assert page.evaluate(WHAT_IS_CUT) == []
    text = page.inner_text("[data-testid=stMain]")
    other = page.context.new_page()
    other.goto(page.url)
    ready(other)
    other.wait_for_function("text => document.querySelector('[data-testid=stMain]').innerText === text", arg=text)
    other.close()


def test_every_filter_of_the_territories(page):
    walk(
        page,
        territoires,
        (
            ("Carte par", "Régions"),
            ("Année", "2023"),
            ("Région", "Bretagne"),
            ("Territoire", "CPAM du Finistère"),
            ("Carte par", "Organismes"),
            ("Indicateur", "A7 · Répartition par motif de clôture"),
            ("Modalité", "Abandonné/interrompu"),
            ("Public", "Jeunes (moins de 25 ans)"),
        ),
    )


def test_every_filter_of_the_years(page):
    walk(
        page,
        tendances,
        (
            ("Région", "Bretagne"),
            ("Territoire", "CPAM du Finistère"),
            ("Comparer avec", "Sa région"),
            ("Comparer avec", "Un autre territoire"),
            ("Avec quel territoire", "CPAM de Paris"),
            ("Indicateur", "A7 · Répartition par motif de clôture"),
            ("Modalité", "Soins réalisés"),
            ("Public", "Jeunes (moins de 25 ans)"),
        ),
    )


def test_a_click_on_the_map_chooses_the_territory_everywhere(page):
    open_page(page, f"/{territoires.PATH}")
    click(page, 0, tile("Flandres"))
    page.wait_for_url(re.compile("territoire=CPAM\\+des\\+Flandres"))
    ready(page)
    assert standing(page, "CPAM des Flandres :").startswith("CPAM des Flandres :")
    expect(page).to_have_url(re.compile("region=Hauts-de-France"))
    click(page, 0, tile("976"))
    page.wait_for_url(re.compile("territoire=CSS\\+de\\+Mayotte"))
    ready(page)
    standing(page, "n. c. – aucun cas")
    click(page, 0, tile("Flandres"))  # again: the chart has not kept the first click
    page.wait_for_url(re.compile("territoire=CPAM\\+des\\+Flandres"))
    ready(page)
    click(page, 1, point(0))  # the first of the ranking
    page.wait_for_function("!location.href.includes('Flandres')")
    ready(page)
    chosen = standing(page, ", 1re sur 106").split(" :")[0]
    page.locator(".st-key-situation a").click()
    page.locator(".adass-head .mark").wait_for()
    ready(page)
    tells(page, chosen)
    assert chosen.replace(" ", "+") in page.url.replace("%27", "'")


def test_a_region_of_the_map_is_chosen_too(page):
    open_page(page, f"/{territoires.PATH}?carte=R%C3%A9gions")
    click(page, 0, tile("Bretagne"))
    page.wait_for_url(re.compile("region=Bretagne"))
    ready(page)
    assert standing(page, "Bretagne (région) :").startswith("Bretagne (région) :")


def test_the_funnel_is_clicked_too(page):
    open_page(page, f"/{territoires.PATH}")
    page.locator(".js-plotly-plot").nth(2).scroll_into_view_if_needed()
    click(page, 2, point(105))  # Paris: the last of the ranking, far outside
    page.wait_for_url(re.compile("territoire=CPAM\\+de\\+Paris"))
    ready(page)
    standing(page, "hors des limites à 99,8")


def test_the_table_of_territories_downloads(page, tmp_path: Path):
    open_page(page, f"/{territoires.PATH}")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="CSV").click()
    waiting.value.save_as(tmp_path / "territoires.csv")
    with (tmp_path / "territoires.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file, delimiter=";"))
    assert len(rows) == 108
    expect(page.locator(".adass-head h1")).to_have_text(re.compile(r"^De\s50,0"))
