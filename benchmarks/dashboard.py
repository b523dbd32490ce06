"""The pages in a real Chromium, in ratios against a Streamlit page with one chart, measured in the same run.

Usage: python -m benchmarks.dashboard [--marts data/marts] [--tours 5] [--utilisateurs 20]
"""

import argparse
import asyncio
import statistics
import subprocess
import time
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from dashboards import launch
from dashboards.slides import SLIDES
from dashboards.views.controls import VIEWS

CHROMIUM = "/usr/bin/chromium"
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
FLOOR = Path(__file__).with_name("dashboard_floor.py")
FLOOR_NAME, FIRST = "plancher", "sommaire"
YEARS = ("2023", "2024")
# nothing runs, nothing is old, every chart is a picture
READY = """() => document.querySelector('[data-test-script-state=notRunning]') && document.querySelector('.adass-foot')
  && !document.querySelector('[data-stale=true], [data-testid=stSkeleton]')
  && [...document.querySelectorAll('[data-testid=stPlotlyChart]')].every((c) => c.querySelector('svg.main-svg'))"""
CHANGED = f"(before) => document.querySelector('.adass-head p:last-child').innerText !== before && ({READY})()"


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
                    urlopen(f"{address}/_stcore/health", timeout=2).close()  # noqa: S310
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


async def measured(page: Page, addresses: dict[str, str], rounds: int) -> dict[str, tuple[float, float | None]]:
    """The median seconds of opening each page and of changing its year; they take turns."""
    opening: dict[str, list[float]] = {name: [] for name in addresses}
    filtering: dict[str, list[float]] = {name: [] for name in addresses}
    for turn in range(-1, rounds):  # the first turn fills the caches of the browser and of the server
        for name, address in addresses.items():
            spent = await opened(page, address)
            changes = [await filtered(page, "Année", y) for y in YEARS] if await _has_years(page) else []
            if turn >= 0:
                opening[name].append(spent)
                filtering[name] += changes
    return {
        n: (statistics.median(o), statistics.median(f) if (f := filtering[n]) else None) for n, o in opening.items()
    }


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
    spent = [t for f in found if isinstance(f, tuple) for t in f[0][1:]]
    faults = [
        str(f) if isinstance(f, BaseException) else fault
        for f in found
        for fault in (f[1] if isinstance(f, tuple) else [""])
    ]
    for context in contexts:
        await context.close()
    return spent, faults


def report(times: dict[str, tuple[float, float | None]]) -> None:
    floor_open, floor_filter = times[FLOOR_NAME]
    print(f"{'page':<16}{'ouverture':>12}{'× plancher':>12}{'filtre':>10}{'× plancher':>12}")
    for name, (opening, filtering) in times.items():
        line = f"{name:<16}{opening:10.2f} s{opening / floor_open:12.2f}"
        print(line + (f"{filtering:8.2f} s{filtering / (floor_filter or 1):12.2f}" if filtering else ""))
    pages = {n: t for n, t in times.items() if n != FLOOR_NAME}
    worst = max(pages, key=lambda n: pages[n][0])
    slowest = max(pages, key=lambda n: pages[n][1] or 0)
    print(f"page la plus lente    {worst} : {pages[worst][0] / floor_open:.2f} planchers (but : moins de 4)")
    print(
        f"filtre le plus lent   {slowest} : {(pages[slowest][1] or 0) / (floor_filter or 1):.2f} planchers (but : moins de 2,5)"
    )


async def run(marts: Path, rounds: int, users: int, only: tuple[str, ...]) -> None:
    with served(marts, launch.APP) as ours, served(marts, FLOOR) as floor:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
            paths = [FIRST, *(s.path for s in SLIDES), *(v.PATH for v in VIEWS)]
            addresses = {FLOOR_NAME: floor, **{p: f"{ours}/{p}" for p in paths if not only or p in only}}
            addresses[FIRST] = ours
            page = await browser.new_page(viewport={"width": 1400, "height": 900}, locale="fr-FR")
            report(await measured(page, addresses, rounds))
            await page.close()
            if users:
                spent, faults = await crowd(browser, ours, users)
                print(
                    f"{users} utilisateurs : filtre médian {statistics.median(spent):.2f} s, au plus {max(spent):.2f} s, "
                    f"{len([f for f in faults if f])} erreur(s)"
                )
                print(*[f for f in faults if f], sep="\n")
            await browser.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--marts", type=Path, default=Path("data/marts"))
    parser.add_argument("--tours", type=int, default=5)
    parser.add_argument("--utilisateurs", type=int, default=20)
    parser.add_argument("--pages", nargs="*", default=(), help="chemins ; toutes sinon")
    arguments = parser.parse_args()
    asyncio.run(run(arguments.marts, arguments.tours, arguments.utilisateurs, tuple(arguments.pages)))


if __name__ == "__main__":
    main()
