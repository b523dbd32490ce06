"""The pages as a reader meets them."""

import csv
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from playwright.sync_api import expect

from dashboards import formats
from dashboards.slides.sections import BY_SLIDE_ID, SLIDES
from dashboards.theme import DARK, LIGHT
from dashboards.views import menu
from dashboards.views.diaporama import named
from tests.samples.browser import WHAT_IS_CUT, choose, english, open_page, ready, tells, turn_to_slide, violations

pytestmark = pytest.mark.browser
# every text that is seen, or read out in its place


def turn_to(page, slide) -> None:
    """Open a slide from the one before or from the plan, as a reader does."""
    if not page.url.startswith("http"):
        open_page(page, "/")
    turn_to_slide(page, named(slide), slide.path)


def subtitle(page) -> str:
    return page.locator(".adass-head p").last.inner_text().replace("\u00a0", " ")


def headline(page) -> str:
    return page.locator(".adass-head h1").inner_text()


@pytest.mark.parametrize("slide", SLIDES, ids=lambda s: s.id)
def test_every_page_reads_in_french_and_nothing_is_cut(walking, slide):
    page = walking
    turn_to(page, slide)
    assert page.locator(".adass-head .mark").inner_text() == formats.prose(f"{slide.id} · {slide.title}")
    assert page.locator("[data-testid=stException]").count() == 0
    assert page.locator(".adass-key").count() == len(slide.keys)
    assert page.evaluate("document.documentElement.lang") == "fr"
    assert english(page) == set()
    assert violations(page) == []
    paper = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", paper)) == 1
    assert re.search(rb"/MediaBox\s*\[0 0 84[12][.\d]* 59[45][.\d]*\]", paper)  # A4, lying
    for width in (1400, 800):
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_timeout(500)
        assert page.evaluate("document.scrollingElement.scrollWidth") <= width
        assert page.evaluate(WHAT_IS_CUT) == []


def test_the_filters_change_what_is_read_and_stay_in_the_address(page):
    open_page(page, "/a7")
    values = [headline(page)]
    for label, option in (
        ("Année", "2023"),
        ("Territoire", "CPAM de l'Ain"),
        ("Public", "Jeunes (moins de 25 ans)"),
    ):
        choose(page, label, option)
        tells(page, option)
        values.append(subtitle(page))
    choose(page, "Comparer avec", "France")
    tells(page, "comparaison : France")
    assert len(set(values)) == len(values)
    before, text = page.url, page.inner_text("[data-testid=stMain]")
    for word in ("annee=2023", "territoire=CPAM", "public=Jeunes", "comparaison=France"):
        assert word in before

    other = page.context.new_page()
    other.goto(before)
    ready(other)
    other.wait_for_function("text => document.querySelector('[data-testid=stMain]').innerText === text", arg=text)

    page.get_by_role("button", name=named(BY_SLIDE_ID["A7"])).click()
    page.locator("[data-testid=stPopoverBody]").get_by_text(named(BY_SLIDE_ID["A9"])).click()
    page.locator(".adass-head .mark", has_text="A9 · ").wait_for()
    ready(page)
    assert page.url.split("?")[1] == before.split("?")[1]
    tells(page, "CPAM de l'Ain · 2023 · comparaison : France")


def test_a_choice_that_no_longer_stands_gives_way(page):
    open_page(page, "/a7?territoire=CPAM+de+l%27Ain&comparaison=France")
    choose(page, "Territoire", "France")
    tells(page, "comparaison : 2023")


def test_a_page_about_one_public_gives_the_choice_back(page):
    open_page(page, "/a7?public=Dispositif+HELP")
    turn_to(page, BY_SLIDE_ID["C3"])
    tells(page, "Jeunes (moins de 25 ans)", "comparaison : Ensemble")
    choose(page, "Territoire", "CPAM de l'Ain")
    turn_to(page, BY_SLIDE_ID["A7"])
    tells(page, "Dispositif HELP · CPAM de l'Ain")


def test_an_unfinished_year_says_so(page):
    open_page(page, "/a7?annee=2025+%28incompl%C3%A8te%29")
    expect(page.locator(".adass-notice")).to_contain_text("est incomplète")
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


@pytest.mark.parametrize(
    ("path", "title"), [("a7", "Motifs de clôture"), ("a1", "Soins ou hors soins"), ("a1", "Détections par année")]
)
def test_a_chart_leaves_the_page_as_a_picture(page, tmp_path: Path, path, title):
    open_page(page, f"/{path}")
    for kind in ("PNG", "SVG"):
        with page.expect_download() as waiting:
            page.get_by_role("button", name=f"Image {kind}\u00a0: {title}").click()
        assert re.fullmatch(rf"adass_{path}_[a-z-]+_2024_FR_ensemble\.{kind.lower()}", waiting.value.suggested_filename)
        waiting.value.save_as(tmp_path / kind)
    png = (tmp_path / "PNG").read_bytes()
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = (int.from_bytes(png[i : i + 4], "big") for i in (16, 20))
    assert (width > 600, height > 500, len(png) > 10_000) == (True, True, True)
    svg = ET.fromstring((tmp_path / "SVG").read_text(encoding="utf-8"))  # noqa: S314 (made by the page)
    texts = ["".join(t.itertext()) for t in svg.iter("{http://www.w3.org/2000/svg}text")]
    assert texts[0] == title
    said = " ".join(texts).replace("\u00a0", " ")
    for words in ("Ensemble des assurés", "2024", "millésime 2025-01-21_10-00-00", "Données synthétiques"):
        assert words in said
    assert not re.search(r"url\((?!#|.data:)", (tmp_path / "SVG").read_text(encoding="utf-8"))


def test_paper_holds_the_slide_alone(page):
    open_page(page, "/a7")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    for unseen in ("stSidebar", "stHeader", "stSelectbox", "stPopover", "stDownloadButton", "stPageLink"):
        assert not page.locator(f"[data-testid={unseen}]").first.is_visible()
    assert page.locator(".adass-head h1").is_visible()
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert page.locator("[data-testid=stSelectbox]").first.is_visible()


FOCUSED = """() => {
    const at = document.activeElement;
    return at.getAttribute('aria-label') || at.innerText.split('\\n')[0];
}"""
# the frame of the page, which the arrows move, wears a ring that Streamlit draws
RINGED = """() => document.activeElement.matches('body, main')
    || [document.activeElement, document.activeElement.closest('[role=group]')].some(
        (element) => element && getComputedStyle(element).outlineStyle === 'solid')"""


def test_the_keyboard_reaches_everything_and_shows_where_it_is(page):
    open_page(page, "/a7")
    reached = []
    for _ in range(70):
        page.keyboard.press("Tab")
        page.wait_for_function(RINGED)
        reached.append(page.evaluate(FOCUSED))
    assert reached[0] == "Aller au contenu"
    wanted = (
        *(entry.title for entry in menu.ENTRIES if not entry.under),
        *("A7 · Clôtures", "← A6", "A8 →"),
        *("Année", "Territoire", "Public", "Comparer avec", "Définition", "Tableau", "CSV"),
        *("Image PNG\u00a0: Motifs de clôture", "Commenter cette page", "A8 · Gains →"),
    )
    assert [w for w in wanted if formats.prose(w) not in reached and w not in reached] == []
    page.get_by_role("button", name="Définition").first.focus()
    page.keyboard.press("Enter")
    page.locator("[data-testid=stPopoverBody] summary").first.wait_for()
    page.locator("[data-testid=stPopoverBody] summary").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("[data-testid=stPopoverBody] pre").first).to_contain_text("FROM detail.parcours")


def test_what_opens_is_french_and_accessible(page):
    open_page(page, "/c2")
    page.get_by_role("combobox", name="Année").first.click()
    page.get_by_role("option", name="2023", exact=True).wait_for()
    assert english(page) == set()
    page.keyboard.type("zzz")
    page.get_by_text("Aucun résultat").wait_for()
    assert english(page) == set()
    page.keyboard.press("Escape")
    for button in ("Définition", "Tableau", "Commenter cette page"):
        page.get_by_role("button", name=button).first.click()
        page.locator("[data-testid=stPopoverBody]").wait_for()
        page.wait_for_timeout(300)  # it comes up little by little, with little contrast
        if button == "Commenter cette page":
            page.get_by_label("Commentaire").fill("À revoir")
            assert page.get_by_label("Votre nom").is_visible()
        assert english(page) == set()
        assert violations(page) == []
        page.keyboard.press("Escape")
        page.locator("[data-testid=stPopoverBody]").wait_for(state="hidden")


@pytest.mark.parametrize("path", ["", "territoires", "tendances"])
def test_the_pages_that_are_no_slide_are_french_and_accessible(page, path):
    open_page(page, f"/{path}")
    assert english(page) == set()
    assert violations(page) == []


def test_dark_pages_keep_their_contrast(browser, address):
    context = browser.new_context(base_url=f"{address}/", color_scheme="dark", viewport={"width": 1400, "height": 900})
    page = context.new_page()
    for path in ("", "territoires", "tendances"):
        open_page(page, f"/{path}")
        assert violations(page) == [], path
    for slide in (s for s in SLIDES if s.id in {"A1", "A2", "A6", "A7", "A12", "B2", "C1", "C2", "L2"}):  # every block
        turn_to(page, slide)
        assert violations(page) == [], slide.id
    context.close()


def test_a_comment_is_written_read_and_withdrawn(page):
    open_page(page, "/a8")
    page.get_by_role("button", name="Commenter cette page").click()
    page.get_by_label("Votre nom").fill("Camille Roux")
    page.get_by_label("Commentaire").fill("<b>Une ligne</b>\n\nUne autre **ligne**")
    page.get_by_role("button", name="Publier le commentaire").click()
    text = page.locator(".adass-comment .text")
    text.wait_for()
    assert text.inner_text() == "<b>Une ligne</b>\n\nUne autre **ligne**"

    other = page.context.new_page()  # the same reader, another day
    open_page(other, "/a8")
    expect(other.locator(".adass-comment .by")).to_contain_text("Camille Roux")
    other.get_by_role("button", name="Retirer ce commentaire").click()
    other.locator(".adass-comment").wait_for(state="detached")


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
    expect(page.locator("[data-testid=stPopoverBody] tbody tr")).to_have_count(7)


@pytest.mark.parametrize(("mode", "colours"), [("light", LIGHT), ("dark", DARK)])
def test_charts_wear_the_theme_of_the_reader(browser, address, mode, colours):
    context = browser.new_context(base_url=f"{address}/", color_scheme=mode)
    page = context.new_page()
    open_page(page, "/a7")
    bar = page.locator(".js-plotly-plot .bars path").first
    bar.wait_for()
    red, green, blue = (int(colours.accent[i : i + 2], 16) for i in (1, 3, 5))
    assert f"rgb({red}, {green}, {blue})" in bar.evaluate("e => getComputedStyle(e).fill")
    ground = page.evaluate("getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor")
    assert ground == "rgb({}, {}, {})".format(*(int(colours.ground[i : i + 2], 16) for i in (1, 3, 5)))
    context.close()
