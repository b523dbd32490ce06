"""The pages as a reader meets them."""

import csv
import re
from pathlib import Path

import pytest

from dashboards import formats
from dashboards.slides import SECTIONS, SLIDES
from dashboards.theme import DARK, LIGHT

pytestmark = pytest.mark.browser

# words that are no French ones
ENGLISH = frozenset(
    [
        "the",
        "and",
        "of",
        "not",
        "found",
        "download",
        "search",
        "close",
        "loading",
        "running",
        "deploy",
        "settings",
        "view",
        "more",
        "less",
        "show",
        "select",
        "choose",
        "error",
        "warning",
        "rerun",
        "fullscreen",
        "skip",
    ]
)


def ready(page) -> None:
    page.wait_for_selector(".adass-foot")
    page.wait_for_function("!document.querySelector('[data-stale=true]')")
    # every chart is drawn: its frame holds a picture
    page.wait_for_function(
        "[...document.querySelectorAll('[data-testid=stPlotlyChart]')].every(c => c.querySelector('svg.main-svg'))"
    )


def open_page(page, path: str) -> None:
    page.goto(path)
    ready(page)


def choose(page, label: str, option: str) -> None:
    page.get_by_role("combobox", name=label).first.click()
    page.get_by_role("option", name=option, exact=True).click()
    page.wait_for_timeout(300)
    ready(page)


def subtitle(page) -> str:
    return page.locator(".adass-head p").last.inner_text().replace("\u00a0", " ")


def headline(page) -> str:
    return page.locator(".adass-head h1").inner_text()


WHAT_IS_CUT = """() => {
    const found = [];
    for (const chart of document.querySelectorAll('.js-plotly-plot')) {
        const box = chart.getBoundingClientRect();
        for (const text of chart.querySelectorAll('text')) {
            const t = text.getBoundingClientRect();
            if (t.width && (t.left < box.left - 1 || t.right > box.right + 1 || t.top < box.top - 1
                || t.bottom > box.bottom + 1)) found.push(text.textContent);
        }
    }
    for (const table of document.querySelectorAll('.adass-table'))
        if (table.offsetParent && table.scrollWidth > table.clientWidth + 1) found.push('table');
    return found;
}"""


@pytest.mark.parametrize("slide", SLIDES, ids=lambda s: s.id)
def test_every_page_reads_in_french_and_nothing_is_cut(page, slide):
    open_page(page, f"/{slide.path}")
    assert page.locator(".adass-head .mark").inner_text() == formats.prose(f"{slide.id} · {slide.title}")
    assert page.locator("[data-testid=stException]").count() == 0
    assert page.locator(".adass-key").count() == len(slide.keys)
    assert page.evaluate("document.documentElement.lang") == "fr"
    words = set(re.findall(r"\w+", page.inner_text("body").lower()))  # an icon's name, `expand_more`, is one word
    assert words & ENGLISH == set()
    for width in (1400, 800):
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_timeout(500)
        assert page.evaluate("document.scrollingElement.scrollWidth") <= width
        assert page.evaluate(WHAT_IS_CUT) == []


def test_the_menu_leads_through_the_deck(page):
    open_page(page, "/")
    for slide in (slides[k] for slides in (s.slides for s in SECTIONS) for k in {0, len(slides) - 1}):
        page.locator("[data-testid=stSidebarNav]").get_by_text(f"{slide.id} · {slide.title}", exact=True).click()
        page.wait_for_url(re.compile(f"/{slide.path}$"))
        page.locator(".adass-head .mark", has_text=f"{slide.id} · ").wait_for()
        ready(page)


def test_the_filters_change_what_is_read_and_stay_in_the_address(page):
    open_page(page, "/a7")
    values = [headline(page)]
    for label, option in (
        ("Année", "2023"),
        ("Territoire", "CPAM de l'Ain"),
        ("Public", "Jeunes (moins de 25 ans)"),
    ):
        choose(page, label, option)
        values.append(subtitle(page))
        assert option in values[-1]
    choose(page, "Comparer avec", "France")
    assert "comparaison : France" in subtitle(page)
    assert len(set(values)) == len(values)
    before, text = page.url, page.inner_text("[data-testid=stMain]")
    for word in ("annee=2023", "territoire=CPAM", "public=Jeunes", "comparaison=France"):
        assert word in before

    other = page.context.new_page()
    other.goto(before)
    ready(other)
    other.wait_for_function("text => document.querySelector('[data-testid=stMain]').innerText === text", arg=text)

    page.locator("[data-testid=stSidebarNav]").get_by_text("A9 · ").click()
    page.locator(".adass-head .mark", has_text="A9 · ").wait_for()
    ready(page)
    assert page.url.split("?")[1] == before.split("?")[1]
    assert "CPAM de l'Ain · 2023 · comparaison : France" in subtitle(page)


def test_a_choice_that_no_longer_stands_gives_way(page):
    open_page(page, "/a7?territoire=CPAM+de+l%27Ain&comparaison=France")
    choose(page, "Territoire", "France")
    assert "comparaison : 2023" in subtitle(page)


def test_a_page_about_one_public_gives_the_choice_back(page):
    open_page(page, "/a7?public=Dispositif+HELP")
    menu = page.locator("[data-testid=stSidebarNav]")
    menu.get_by_text("C3 · ").click()
    page.locator(".adass-head .mark", has_text="C3 · ").wait_for()
    ready(page)
    assert "Jeunes (moins de 25 ans)" in subtitle(page)
    assert "comparaison : Ensemble" in subtitle(page)
    choose(page, "Territoire", "CPAM de l'Ain")
    menu.get_by_text("A7 · ").click()
    page.locator(".adass-head .mark", has_text="A7 · ").wait_for()
    ready(page)
    assert "Dispositif HELP · CPAM de l'Ain" in subtitle(page)


def test_an_unfinished_year_says_so(page):
    open_page(page, "/a7?annee=2025+%28incompl%C3%A8te%29")
    assert "est incomplète" in page.locator(".adass-notice").inner_text()
    assert page.locator(".hatched").count() == 0


def test_the_file_downloads_and_opens(page, tmp_path: Path):
    open_page(page, "/a7")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="CSV").first.click()
    assert waiting.value.suggested_filename == "adass_a7_motifs-de-cloture_2024_FR_ensemble.csv"
    path = tmp_path / "motifs.csv"
    waiting.value.save_as(path)
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file, delimiter=";"))
    assert rows[0] == ["Libellé", "2024", "Numérateur", "Dénominateur", "2023", "Écart"]
    assert rows[1][:4] == ["Soins réalisés", "0,5", "22000", "44000"]
    assert len(rows) == 8


def test_the_definition_and_the_table_stand_behind_a_figure(page):
    open_page(page, "/a7")
    page.get_by_role("button", name="Définition").nth(1).click()
    body = page.locator("[data-testid=stPopoverBody]")
    body.wait_for()
    words = body.inner_text()
    for text in (
        "Accompagnements clôturés en succès",
        "Population",
        "Numérateur",
        "Dénominateur",
        "44\u202f000",
        "millésime",
    ):
        assert text in words
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Tableau").first.click()
    page.locator("[data-testid=stPopoverBody] table").wait_for()
    assert page.locator("[data-testid=stPopoverBody] tbody tr").count() == 7


@pytest.mark.parametrize(("mode", "colours"), [("light", LIGHT), ("dark", DARK)])
def test_charts_wear_the_theme_of_the_reader(browser, address, mode, colours):
    context = browser.new_context(base_url=address, color_scheme=mode)
    page = context.new_page()
    open_page(page, "/a7")
    bar = page.locator(".js-plotly-plot .bars path").first
    bar.wait_for()
    red, green, blue = (int(colours.accent[i : i + 2], 16) for i in (1, 3, 5))
    assert f"rgb({red}, {green}, {blue})" in bar.evaluate("e => getComputedStyle(e).fill")
    ground = page.evaluate("getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor")
    assert ground == "rgb({}, {}, {})".format(*(int(colours.ground[i : i + 2], 16) for i in (1, 3, 5)))
    context.close()
