"""Pages driven in Chromium."""

import re

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from dashboards.views import qualite

SAID = """() => {
    const said = [document.title, document.body.innerText];
    for (const name of ['aria-label', 'title', 'placeholder', 'alt'])
        for (const element of document.querySelectorAll(`[${name}]`)) said.push(element.getAttribute(name));
    return said.join('\\n');
}"""


# words that are no French ones
ENGLISH = frozenset(
    re.findall(
        r"\w+",
        """the and of not found download upload search close loading running deploy settings view views more less show
        select choose error errors warning rerun fullscreen skip press enter apply submit open copy copied clear value
        values options available server connection reload refresh your with this that you are is to for from by app
        sidebar collapse expand reset save edit delete cancel browse drag drop limit file files row rows column columns
        sort filter hide name log login logout sign empty none true false null undefined nan streamlit plotly clipboard
        required password double click back autoscale toggle print screencast cache developer""",
    )
)


def english(page) -> set[str]:
    words = set(re.findall(r"\w+", page.evaluate(SAID).lower()))  # an icon's name, `expand_more`, is one word
    return words & ENGLISH


def violations(page, *rules: str) -> list[tuple[str, str]]:
    """What axe-core finds serious or critical on a page: the rule and the element; of some rules or of all."""
    only = {"runOnly": {"type": "rule", "values": list(rules)}} if rules else {}
    found = Axe().run(page, options={"resultTypes": ["violations"], **only}).response["violations"]
    return [(v["id"], n["html"]) for v in found if v["impact"] in {"serious", "critical"} for n in v["nodes"]]


def ready(page) -> None:
    page.wait_for_selector(".adass-foot")
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")
    page.wait_for_function("!document.querySelector('[data-stale=true], [data-testid=stSkeleton]')")
    # every chart is drawn: its frame holds a picture
    page.wait_for_function(
        "[...document.querySelectorAll('[data-testid=stPlotlyChart]')].every(c => c.querySelector('svg.main-svg'))"
    )


def open_page(page, path: str) -> None:
    page.goto(path.removeprefix("/") or ".")
    ready(page)


MENU = "[data-testid=stSidebarNav]"


def reach(page, title: str):
    """The link to a page, in the menu or beside the page that the menu leads to."""
    entry = page.locator(MENU).get_by_text(title, exact=True)
    if entry.count():
        return entry
    page.locator(MENU).get_by_text(qualite.TITLE, exact=True).click()
    page.locator(".adass-head h1", has_text=qualite.TITLE).wait_for()
    ready(page)
    return page.locator(".st-key-voisines").get_by_text(title, exact=True)


def turn_to(page, title: str, path: str) -> None:
    """Open a page by the menu, or by the entry of the menu that leads to it."""
    reach(page, title).click()
    page.wait_for_url(re.compile(rf"/{path}(\?|$)"))


def turn_to_slide(page, title: str, path: str) -> None:
    """Open a slide by the way to those beside it, else by the plan of the deck."""
    beside = page.locator(".st-key-suite").get_by_text(re.compile(rf"^(← )?{re.escape(title)}( →)?$"))
    if not beside.count():
        page.locator(MENU).get_by_text("Diaporama", exact=True).click()
        beside = page.locator('[class*="st-key-sommaire-"]').get_by_text(title, exact=True)
    beside.click()
    page.wait_for_url(re.compile(rf"/{path}(\?|$)"))
    page.locator(".adass-head .mark", has_text=title).wait_for()
    ready(page)


def choose(page, label: str, option: str) -> None:
    page.get_by_role("combobox", name=label).first.click()
    page.get_by_role("option", name=option, exact=True).click()
    page.wait_for_timeout(300)
    ready(page)


def pick(page, label: str, option: str) -> None:
    """Choose an option by its words: of a long list only the part in view is in the page."""
    box = page.get_by_role("combobox", name=label).first
    box.click()
    box.fill(option)
    page.get_by_role("option", name=option, exact=True).click()


def tells(page, *words: str) -> None:
    """Wait until the line below the title says all of it."""
    for word in words:
        expect(page.locator(".adass-head p").last).to_contain_text(word)


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
