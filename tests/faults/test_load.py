"""Many readers while a refresh goes on: nobody meets an error, and whoever asks after the swap gets the new vintage."""

import asyncio
import statistics
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import cycle
from pathlib import Path

import pytest
from playwright.async_api import TimeoutError, async_playwright

from benchmarks.dashboard import CHROMIUM, FLAGS
from benchmarks.dashboard import crowd as users
from dashboards.slides.sections import SLIDES
from pipelines.refresh import refresh
from pipelines.simulation.calibrated import simulate_published
from tests.faults import refreshing
from tests.faults.conftest import EVERY, Tally, times
from tests.faults.sessions import PATIENCE, Read, Session, ask, look
from tests.samples.serving import served

LOOKERS, ASKERS = times(4, 50), times(2, 20)
PAUSE = times(1, 20)  # seconds between what a reader does, at most
BROWSERS = EVERY and Path(CHROMIUM).exists()
# texts that once stopped the server, or the SQL page, for everybody
HOSTILE = ("/*a" * 60_000, "'a" * 90_000, "SELECT 1 --\u2028 1\u2028")
PATHS = [s.path for s in SLIDES if s.source == "bali" and not s.local]


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("raw")
    if EVERY:
        simulate_published(folder, seed=1, scale=1.0)
    else:
        refreshing.small_delivery(folder)
    return folder


async def refreshed(raw: Path, marts: Path) -> float:
    """Publish a new vintage by reading all again; gives the moment of the swap, or a little later."""
    link, before = marts / "courant", (marts / "courant").readlink()
    process = await asyncio.create_subprocess_exec(
        *refreshing.command(raw, marts), "--complet", stdout=asyncio.subprocess.DEVNULL
    )
    while link.readlink() == before and process.returncode is None:
        await asyncio.sleep(0.02)
    swapped = time.monotonic()
    assert await process.wait() == 0
    return swapped


async def crowd(
    raw: Path,
    marts: Path,
    address: str,
    lookers: Sequence[Session],
    askers: Sequence[Session],
    browsers: Session,
    hostile: Session,
) -> float:
    """Let all of them read before, during and after a refresh, and ask once more after; gives the moment of the swap."""
    over, ended = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(len(askers)) as pool:
        asking = [loop.run_in_executor(pool, ask, s, marts, PAUSE, ended) for s in askers]
        looking = [asyncio.create_task(look(s, address, PATHS, PAUSE, over)) for s in lookers]
        if BROWSERS:
            looking.append(asyncio.create_task(browse(browsers, address, over)))
            looking.append(asyncio.create_task(harm(hostile, address, over)))
        try:
            await _until(lambda: all(s.reads or s.faults for s in (*lookers, *askers)))
            swapped = await refreshed(raw, marts)
            await _until(lambda: all(s.has_asked_after(swapped) or s.faults for s in (*lookers, *askers)))
        finally:
            over.set()
            ended.set()
        await asyncio.gather(*looking, *asking)
    return swapped


async def browse(session: Session, address: str, over: asyncio.Event) -> None:
    """Users in three browsers, who come, change the year thrice and go, until it is over."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        while not over.is_set():
            asked = time.monotonic()
            spent, faults = await users(browser, address, 3)
            session.reads += [Read(asked, seconds, "") for seconds in spent]
            session.faults += faults
        await browser.close()


async def harm(session: Session, address: str, over: asyncio.Event) -> None:
    """A reader who has the SQL page run hostile texts, one after the other, until it is over."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        page = await browser.new_page(locale="fr-FR")
        await page.goto(f"{address}/sql")
        for text in cycle(HOSTILE):
            if over.is_set():
                break
            asked = time.monotonic()
            with suppress(TimeoutError):  # that its own page is slow is nobody's harm
                editor = page.get_by_label("Requête SQL")
                await editor.evaluate("editor => editor.removeAttribute('maxlength')")
                await editor.fill(text)
                await editor.press("Escape")
                await page.get_by_role("button", name="Exécuter").click()
                session.reads.append(Read(asked, time.monotonic() - asked, ""))
            await page.wait_for_timeout(1000)
        await browser.close()


async def _until(held) -> None:
    deadline = time.monotonic() + PATIENCE
    while not held() and time.monotonic() < deadline:
        await asyncio.sleep(0.05)


@pytest.mark.slow
def test_readers_meet_no_error_during_a_refresh_and_the_new_vintage_after_it(raw, tmp_path, tally: Tally):
    marts = tmp_path / "marts"
    refresh(raw, marts, quiet=True)
    before = (marts / "courant").resolve().name
    lookers = [Session(f"page {i}") for i in range(LOOKERS)]
    askers = [Session(f"sql {i}") for i in range(ASKERS)]
    browsers, hostile = Session("browsers"), Session("hostile")
    with served(marts) as address:
        swapped = asyncio.run(crowd(raw, marts, address, lookers, askers, browsers, hostile))
    after = (marts / "courant").resolve().name
    sessions = [*lookers, *askers]
    tally.tried += len(sessions)
    tally.survived += sum(not s.faults for s in sessions)
    tally.broken += sum(bool(s.faults) for s in sessions)
    for what, some in (("sessions of pages", lookers), ("sessions of SQL", askers)):
        tally.told.append(f"{len(some)} {what}: {_latency(some)}")
    seen = [
        min(r.asked + r.seconds for r in s.reads if r.vintage == after) - swapped for s in sessions if s.has_read(after)
    ]
    tally.told.append(
        f"the new vintage read for the first time {min(seen):.1f} s after the swap, by all after {max(seen):.1f} s"
    )
    if BROWSERS:
        tally.told.append(f"three browsers: {_latency([browsers])}")
        tally.told.append(f"one reader sent {len(hostile.reads)} hostile texts")
        assert len(hostile.reads) > len(HOSTILE)
    assert [s for s in (*sessions, browsers) if s.faults] == []
    for session in sessions:
        assert session.has_read(before)
        assert session.has_read(after)
        assert {r.vintage for r in session.reads if r.asked > swapped} == {after}
        assert {r.vintage for r in session.reads} == {before, after}


def _latency(sessions: Sequence[Session]) -> str:
    spent = sorted(r.seconds for s in sessions for r in s.reads)
    most = spent[int(len(spent) * 0.95)]
    return f"{len(spent)} answers, half within {statistics.median(spent):.2f} s, 95 % within {most:.2f} s, all within {spent[-1]:.2f} s"
