"""A refresh that is killed at any moment, by a signal or for want of power, leaves what was published, and no trace."""

import json
import re
import shutil
import subprocess
import threading
import time
from pathlib import Path
from random import Random

import duckdb
import pytest

from dashboards.published.reading import current
from pipelines.refresh import refresh
from pipelines.vintages import publish
from schemas.outputs.vintages import NoVintage, whole
from tests.faults import refreshing
from tests.faults.conftest import EVERY, Tally, times

READERS = 3
ZONES = ["Pacific/Kiritimati", *(["Invalid/Zone", "Pacific/Pago_Pago", "Europe/Paris"] if EVERY else [])]


class Readers:
    """Sessions that open the published file again and again, and note what they could not read."""

    def __init__(self, marts: Path) -> None:
        self.marts, self.broken, self.reads = marts, [], 0
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._read) for _ in range(READERS)]

    def __enter__(self) -> "Readers":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _read(self) -> None:
        while not self._over.wait(0.05):
            try:
                assert refreshing.rows_of(self.marts) == 40
                self.reads += 1
            except (AssertionError, OSError, duckdb.Error) as error:
                self.broken.append(repr(error))


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("raw")
    refreshing.small_delivery(folder)
    return folder


@pytest.fixture(scope="module")
def published(raw: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A marts folder with a vintage, which no fault of these may harm."""
    marts = tmp_path_factory.mktemp("publie") / "marts"
    done = refreshing.refreshed(raw, marts)
    assert done.returncode == 0, done.stderr
    return marts


@pytest.mark.slow
def test_killing_a_refresh_at_any_moment_leaves_the_published_files_whole(raw: Path, published: Path, tally: Tally):
    started = time.monotonic()
    assert refreshing.refreshed(raw, published).returncode == 0
    whole, random = time.monotonic() - started, Random(9)
    with Readers(published) as readers:
        for _ in range(times(4, 200)):
            tally.tried += 1
            process = subprocess.Popen(
                refreshing.command(raw, published), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            time.sleep(random.uniform(0, whole * 1.05))
            tally.count("killed" if process.poll() is None else "too late")
            process.kill()
            process.wait()
            refreshing.assert_whole(published)
            tally.survived += 1
    tally.broken += len(readers.broken)
    assert readers.broken == []
    assert readers.reads > 0
    deadline = time.monotonic() + 20  # those it had started notice that nobody listens
    while (left := refreshing.processes_of(published)) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert left == []
    assert refreshing.refreshed(raw, published).returncode == 0  # and the next one clears what the killed ones left
    assert [p.name for p in (published / "millesimes").iterdir() if p.name.startswith(".")] == []


@pytest.mark.slow
def test_everything_is_on_disk_before_it_is_named(raw: Path, published: Path, tmp_path: Path, tally: Tally):
    """The order of system calls, which is what a loss of power cuts short."""
    strace = shutil.which("strace")
    assert strace, "strace is needed: apt-get install strace"
    trace = tmp_path / "trace"
    calls = "trace=fsync,fdatasync,rename,renameat,renameat2,symlink,symlinkat"
    subprocess.run(
        [strace, "-f", "-y", "-qq", "-s", "4096", "-e", calls, "-o", str(trace), *refreshing.command(raw, published)],
        check=True, capture_output=True, timeout=refreshing.PATIENCE,
    )  # fmt: skip
    tally.tried += 1
    home = (published / "courant").resolve()
    building = f"{home.parent}/.chantier-{home.name}"
    text = trace.read_text(encoding="utf-8", errors="replace").splitlines()

    def last(pattern: str, before: int) -> int:
        found = [i for i, line in enumerate(text[:before]) if re.search(pattern, line)]
        assert found, f"no call like {pattern}"
        return found[-1]

    named = last(r'rename\w*\(.*courant\.nouveau".*courant"', len(text))
    moved = last(rf'rename\w*\(.*"{re.escape(building)}".*"{re.escape(str(home))}"', named)
    for file in sorted(p.name for p in home.iterdir()):
        last(rf"f(data)?sync\(\d+<{re.escape(f'{building}/{file}')}>", moved)
    last(rf"fsync\(\d+<{re.escape(building)}>", moved)
    assert last(rf"fsync\(\d+<{re.escape(str(home.parent))}>", named) > moved
    after = text[named:]
    assert any(re.search(rf"fsync\(\d+<{re.escape(str(published))}>", line) for line in after)
    tally.survived += 1


@pytest.mark.slow
@pytest.mark.skipif(
    not EVERY, reason="in `make faults`; tests/integration/test_publication.py has one in a single process"
)
def test_of_two_refreshes_at_once_one_publishes_and_the_other_says_why_not(raw: Path, published: Path, tally: Tally):
    for _ in range(20):
        tally.tried += 1
        both = [
            subprocess.Popen(
                refreshing.command(raw, published), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
            )
            for _ in range(2)
        ]
        said = [process.communicate(timeout=refreshing.PATIENCE)[1] for process in both]
        codes = sorted(process.returncode for process in both)
        assert codes in ([0, 1], [0, 0]), said  # the second may begin when the first is done
        if codes == [0, 1]:
            assert any("un autre rafraîchissement est en cours" in text for text in said)
        refreshing.assert_whole(published)
        tally.survived += 1


@pytest.mark.slow
@pytest.mark.parametrize("zone", ZONES)
def test_the_time_zone_of_the_machine_changes_no_figure(raw: Path, published: Path, tally: Tally, zone: str):
    tally.tried += 1
    before = figures(published)
    assert refreshing.refreshed(raw, published, TZ=zone, LC_ALL="C").returncode == 0
    assert figures(published) == before
    tally.survived += 1


def test_a_clock_that_goes_back_publishes_all_the_same(raw: Path, published: Path, tally: Tally, monkeypatch):
    """The current vintage is the one published last, whatever the names say."""

    class Earlier(publish.datetime):
        @classmethod
        def now(cls, tz=None):
            return publish.datetime.fromisoformat("1999-12-31T23:59:59+00:00")

    monkeypatch.setattr(publish, "datetime", Earlier)
    for expected in ("1999-12-31_23-59-59", "1999-12-31_23-59-59-2"):
        tally.tried += 1
        refresh(raw, published, quiet=True)
        assert refreshing.assert_whole(published) == expected
        tally.survived += 1


def figures(marts: Path) -> list[tuple[object, ...]]:
    con = duckdb.connect(str((marts / "adass.duckdb").resolve()), read_only=True)
    try:
        return con.execute("SELECT * FROM marts.indicateurs ORDER BY ALL").fetchall()
    finally:
        con.close()


@pytest.mark.parametrize("name", ["adass.duckdb", "manifeste.json"])
def test_a_vintage_with_a_flipped_byte_is_neither_served_nor_started_from(
    raw: Path, tmp_path: Path, tally: Tally, name: str
):
    """The next refresh reads everything again rather than carry the damage on."""
    marts = tmp_path / "marts"
    refresh(raw, marts, quiet=True)
    random = Random(3)
    for _ in range(times(1, 20)):
        tally.tried += 1
        file = (marts / "courant" / name).resolve()
        file.chmod(0o644)
        content = bytearray(file.read_bytes())
        content[random.randrange(len(content))] ^= 1 << random.randrange(8)
        file.write_bytes(content)
        if name == "adass.duckdb":
            with pytest.raises(NoVintage, match="ne correspond pas à son empreinte"):
                current(marts)
        refresh(raw, marts, quiet=True)
        refreshing.assert_whole(marts)
        manifest = json.loads((marts / "courant" / "manifeste.json").read_text(encoding="utf-8"))
        assert manifest["reprise"] is None
        tally.survived += 1


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b"\xff\xfe", b'{"somme": 1'])
def test_a_manifest_that_is_none_is_neither_served_nor_started_from(
    published: Path, tmp_path: Path, tally: Tally, content: bytes
):
    tally.tried += 1
    home = tmp_path / "millesimes" / "2025-01-20_10-00-00"
    shutil.copytree(published / "courant", home)
    home.chmod(0o755)
    (home / "manifeste.json").chmod(0o644)
    (home / "manifeste.json").write_bytes(content)
    (tmp_path / "adass.duckdb").symlink_to(home / "adass.duckdb")
    with pytest.raises(NoVintage, match="manifeste absent ou illisible"):
        current(tmp_path)
    assert whole(home) is None
    tally.survived += 1
