"""The search, with the keyboard alone and on a phone."""

import re

import pytest
from playwright.sync_api import expect

from dashboards.views import searching
from tests.samples.browser import english, open_page, ready, violations

pytestmark = pytest.mark.browser


def look_for(page, words: str) -> None:
    page.keyboard.press("/")
    expect(page.get_by_label(searching.LABEL)).to_be_focused()
    page.keyboard.type(words)


def found(page):
    return page.locator(".adass-found a")


def test_a_few_letters_and_enter_lead_to_what_is_looked_for(page):
    open_page(page, "/a1?annee=2023")
    look_for(page, "tableau croise")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/croiser\?annee=2023$"))
    ready(page)
    expect(page.get_by_label(searching.LABEL)).to_have_value("")


def test_the_arrows_walk_what_is_found(page):
    open_page(page, "/a7")
    look_for(page, "cpam")
    expect(found(page)).not_to_have_count(0)
    assert english(page) == set()
    assert violations(page) == []
    page.keyboard.press("ArrowDown")
    expect(found(page).first).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(found(page).nth(1)).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Escape")
    expect(page.get_by_label(searching.LABEL)).to_be_focused()
    page.keyboard.press("Escape")
    expect(found(page).first).to_be_hidden()
    assert page.locator(".adass-head h1").is_visible()


def test_a_caisse_opens_its_own_page(page):
    open_page(page, "/reperes")
    look_for(page, "cpam de l'ain")
    found(page).first.click()
    page.wait_for_url(re.compile(r"/caisse\?.*caisse=CPAM"))
    ready(page)
    expect(page.locator(".adass-head")).to_contain_text("CPAM de l'Ain")


def test_a_slash_that_is_written_stays_where_it_is(page):
    open_page(page, "/sql")
    editor = page.get_by_label("Requête SQL")
    editor.fill("SELECT 4 ")
    editor.press("End")
    page.keyboard.type("/ 2")
    expect(editor).to_have_value(re.compile("4 / 2"))


@pytest.mark.parametrize("width", [390, 800])
def test_what_is_found_fits_a_narrow_screen(page, width):
    page.set_viewport_size({"width": width, "height": 850})
    open_page(page, "/a7")
    look_for(page, "jeunes")
    found(page).first.wait_for()
    box = page.locator(".adass-found").bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width
    assert page.evaluate("document.scrollingElement.scrollWidth") <= width
    for place in range(found(page).count()):
        assert found(page).nth(place).bounding_box()["height"] >= 40


def test_less_motion_is_respected(page):
    page.emulate_media(reduced_motion="reduce")
    open_page(page, "/a7")
    moving = page.evaluate(
        "() => [...document.querySelectorAll('*')].filter((e) => parseFloat(getComputedStyle(e).transitionDuration) > 0.001"
        " || parseFloat(getComputedStyle(e).animationDuration) > 0.001).length"
    )
    page.emulate_media(reduced_motion="no-preference")
    assert moving == 0


def test_pages_have_titles_of_their_own(page):
    titles = set()
    for path in ("", "a7", "croiser", "territoires"):
        open_page(page, f"/{path}")
        expect(page).to_have_title(re.compile(" – ADASS$"))
        titles.add(page.title())
    assert len(titles) == 4
