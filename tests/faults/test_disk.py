"""A disk that is full, read-only or has gone bad: refused in words, and what was published stays."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults import refreshing
from tests.faults.conftest import Tally, times

ROOM = 64  # MB: ample for a small refresh

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("raw")
    refreshing.small_delivery(folder)
    return folder


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A small disk of its own."""
    place = tmp_path_factory.mktemp("disque")
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={ROOM}m", "tmpfs", str(place)], check=True)
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


@pytest.fixture(scope="module")
def published(disk: Path, raw: Path) -> Path:
    done = refreshing.refreshed(raw, disk / "marts")
    assert done.returncode == 0, done.stderr
    return disk / "marts"


def used(disk: Path) -> int:
    """Bytes that the published vintage takes."""
    return sum(p.stat().st_blocks * 512 for p in disk.rglob("*") if p.is_file() and not p.is_symlink())


def test_a_disk_that_fills_up_at_any_write_leaves_what_was_published(
    raw: Path, disk: Path, published: Path, tally: Tally
):
    vintage, taken = refreshing.assert_whole(published), used(disk)
    steps = times(3, 40)
    for step in range(steps):
        tally.tried += 1
        room = taken + int(taken * 1.3 * step / steps) + 4096 * (1 + step % 3)
        subprocess.run(["mount", "-o", f"remount,size={room // 1024}k", str(disk)], check=True)
        done = refreshing.refreshed(raw, published)
        subprocess.run(["mount", "-o", f"remount,size={ROOM}m", str(disk)], check=True)
        if done.returncode:
            refreshing.assert_refused_in_words(done)
            assert refreshing.assert_whole(published) == vintage
            tally.count("refused")
        else:
            vintage, taken = refreshing.assert_whole(published), used(disk)
            tally.count("published")
        tally.survived += 1
    assert tally.words["refused"] >= 2
    assert refreshing.refreshed(raw, published).returncode == 0


def test_a_folder_that_cannot_be_written_to_is_refused_in_words(raw: Path, disk: Path, published: Path, tally: Tally):
    vintage = refreshing.assert_whole(published)
    tally.tried += 1
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    done = refreshing.refreshed(raw, published)
    subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)
    refreshing.assert_refused_in_words(done)
    assert refreshing.assert_whole(published) == vintage
    tally.survived += 1


def test_a_key_that_cannot_be_kept_is_refused_in_words(
    raw: Path, disk: Path, tmp_path: Path, tally: Tally, monkeypatch
):
    tally.tried += 1
    monkeypatch.delenv("ADASS_CLE")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(disk / "config"))
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    done = refreshing.refreshed(raw, tmp_path / "marts")
    subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)
    refreshing.assert_refused_in_words(done)
    assert not (tmp_path / "marts" / "courant").exists()
    tally.survived += 1
