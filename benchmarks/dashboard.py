"""The pages in a real Chromium, in ratios against a Streamlit page with one chart, measured in the same run."""

import asyncio
import statistics
import subprocess
import time
from collections.abc import Awaitable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from dashboards import launch
from dashboards.slides.sections import SLIDES
from dashboards.views import adapter, essentiel, menu, sql, territoires

CHROMIUM = "/usr/bin/chromium"
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
FLOOR = Path(__file__).with_name("dashboard_floor.py")
FIRST = essentiel.PATH
FREE = frozenset({sql.PATH, adapter.PATH})  # they show what a reader writes or drops
YEARS = ("2023", "2024")
Span = tuple[float, float]  # the least and the most
FAMILIES = {FIRST: "Sommaire", territoires.PATH: "Territoires", **{s.path: s.id[0] for s in SLIDES}}
# nothing runs, nothing is old, every chart is a picture
READY = """() => document.querySelector('[data-test-script-state=notRunning]') && document.querySelector('.adass-foot')
  && !document.querySelector('[data-stale=true], [data-testid=stSkeleton]')
  && [...document.querySelectorAll('[data-testid=stPlotlyChart]')].every((c) => c.querySelector('svg.main-svg'))"""
CHANGED = f"(before) => document.querySelector('.adass-head p:last-child').innerText !== before && ({READY})()"


@dataclass(frozen=True)
class Times:
    """Seconds of opening and of filtering: of the floor, then of a page."""

    floor_opening: float
    floor_filter: float | None
    opening: float
    filter: float | None


@dataclass(frozen=True)
class Spans:
    """From the fastest to the slowest page of a family: seconds, and times the floor; of a filter where they have one."""

    opening: Span
    opening_ratio: Span
    filter: Span | None
    filter_ratio: Span | None


@dataclass(frozen=True)
class Pages:
    """What every page took, by its path, and what a crowd of users met."""

    times: dict[str, list[Times]]
    users: int
    spent: list[float]
    faults: list[str]

    @property
    def floor(self) -> tuple[float, float]:
        every = [t for times in self.times.values() for t in times]
        return statistics.median(t.floor_opening for t in every), _median(t.floor_filter for t in every)

    @property
    def crowd_median(self) -> float:
        return _median(self.spent)

    @property
    def crowd_most(self) -> float:
        return max(self.spent, default=0.0)

    def spans(self) -> dict[str, Spans]:
        """By family of pages: those of a letter of the deck, and the others."""
        families: dict[str, list[str]] = {}
        for path in self.times:
            families.setdefault(FAMILIES.get(path, "Autres pages"), []).append(path)
        named = {f"{name} ({len(paths)})" if len(paths) > 1 else name: paths for name, paths in families.items()}
        return {name: self._spans(paths) for name, paths in named.items()}

    def _spans(self, paths: list[str]) -> Spans:
        ratios = [_ratios(self.times[p]) for p in paths]
        changes = [c for p in paths if (c := _median(t.filter for t in self.times[p]))]
        filters = [f for _, f in ratios if f]
        openings = [statistics.median(t.opening for t in self.times[p]) for p in paths]
        return Spans(
            _span(openings),
            _span([o for o, _ in ratios]),
            _span(changes) if changes else None,
            _span(filters) if filters else None,
        )


def _span(numbers: list[float]) -> Span:
    return min(numbers), max(numbers)


@contextmanager
def served(marts: Path, script: Path) -> Iterator[str]:
    """The address of a Streamlit script, served as the dashboards are."""
    port = launch.free_port()
    command = [str(script) if part == str(launch.APP) else part for part in launch.command(marts, port)]
    with subprocess.Popen(command, env=launch.environment(marts), stdout=subprocess.DEVNULL) as server:
        try:
            address = f"http://{launch.HOST}:{port}"
            for _ in range(600):
                try:
                    urlopen(f"{address}/_stcore/health", timeout=2).close()
                    break
                except (URLError, OSError):
                    time.sleep(0.1)
            yield address
        finally:
            server.terminate()
            server.wait(30)


async def seconds(work: Awaitable[object]) -> float:
    start = time.perf_counter()
    await work
    return time.perf_counter() - start


async def opened(page: Page, address: str) -> float:
    """How long an address takes to be drawn."""

    async def go() -> None:
        await page.goto(address)
        await page.wait_for_function(READY)

    return await seconds(go())


async def filtered(page: Page, label: str, option: str) -> float:
    """How long a choice takes to be drawn, from the click on it."""
    before = await page.locator(".adass-head p").last.inner_text()
    await page.get_by_role("combobox", name=label).first.click()
    choice = page.get_by_role("option", name=option, exact=True)
    await choice.wait_for()

    async def choose() -> None:
        await choice.click()
        await page.wait_for_function(CHANGED, arg=before)

    return await seconds(choose())


async def measured(page: Page, floor: str, addresses: dict[str, str], rounds: int) -> dict[str, list[Times]]:
    """How long each page and its filter take, beside the floor measured just before: a slow moment strikes both."""
    found: dict[str, list[Times]] = {name: [] for name in addresses}
    for turn in range(-1, rounds):  # the first turn fills the caches of the browser and of the server
        for name, address in addresses.items():
            beneath, ours = await timed(page, floor), await timed(page, address)
            if turn >= 0:
                found[name].append(Times(*beneath, *ours))
    return found


async def timed(page: Page, address: str) -> tuple[float, float | None]:
    """The seconds of opening an address, and of changing its year if it has one to choose."""
    opening = await opened(page, address)
    changes = [await filtered(page, "Année", y) for y in YEARS] if await _has_years(page) else []
    return opening, statistics.median(changes) if changes else None


async def _has_years(page: Page) -> bool:
    box = page.get_by_role("combobox", name="Année")
    if not await box.count() or not await box.first.is_enabled():
        return False
    await box.first.click()
    there = [await page.get_by_role("option", name=y, exact=True).count() for y in YEARS]
    await page.keyboard.press("Escape")
    return all(there)


async def user(context: BrowserContext, address: str, place: int) -> tuple[list[float], list[str]]:
    """Somebody who opens a page and changes its year thrice; what it took and what went wrong."""
    page, faults = await context.new_page(), []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.set_default_timeout(120_000)
    slide = [s for s in SLIDES if s.source == "bali" and not s.local][place % 12]
    spent = [await opened(page, f"{address}/{slide.path}")]
    for year in (YEARS[0], YEARS[1], YEARS[0]):
        spent.append(await filtered(page, "Année", year))
    if await page.locator("[data-testid=stException], [data-testid=stConnectionStatus]").count():
        faults.append(f"{slide.id} : erreur à l'écran")
    return spent, faults


async def crowd(browser: Browser, address: str, number: int) -> tuple[list[float], list[str]]:
    """`number` users at once, each in a browser context of its own."""
    contexts = [await browser.new_context(locale="fr-FR") for _ in range(number)]
    found = await asyncio.gather(*(user(c, address, i) for i, c in enumerate(contexts)), return_exceptions=True)
    spent, faults = [], []
    for one in found:
        if isinstance(one, BaseException):
            faults.append(str(one))
        else:
            spent += one[0][1:]
            faults += one[1]
    for context in contexts:
        await context.close()
    return spent, faults


def _ratios(times: list[Times]) -> tuple[float, float]:
    """The median ratios of opening and of filtering (0 without a filter) to the floor."""
    changes = [t.filter / t.floor_filter for t in times if t.filter and t.floor_filter]
    return statistics.median(t.opening / t.floor_opening for t in times), statistics.median(changes or [0.0])


def _median(values: Iterable[float | None]) -> float:
    return statistics.median([v for v in values if v is not None] or [0.0])


async def _measured(marts: Path, rounds: int, users: int) -> Pages:
    with served(marts, launch.APP) as ours, served(marts, FLOOR) as floor:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
            paths = [path for path in menu.ADDRESSES if path not in {FIRST, *FREE}]
            addresses = {FIRST: ours, **{p: f"{ours}/{p}" for p in paths}}
            page = await browser.new_page(viewport={"width": 1400, "height": 900}, locale="fr-FR")
            found = await measured(page, floor, addresses, rounds)
            await page.close()
            spent, faults = await crowd(browser, ours, users)
            await browser.close()
    return Pages(found, users, spent, faults)


def measure(marts: Path, rounds: int = 1, users: int = 20) -> Pages:
    """Every page of the dashboards over a published folder, then `users` at once."""
    return asyncio.run(_measured(marts, rounds, users))
