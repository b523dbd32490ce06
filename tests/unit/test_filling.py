"""The inserts that fill a table in one transaction."""

import gc
import weakref

import polars as pl
import pytest

from pipelines.build import Build
from pipelines.publish import open_build


@pytest.fixture
def build(tmp_path):
    (tmp_path / "raw" / "bali" / "2025-01-15").mkdir(parents=True)
    with open_build(tmp_path / "raw", tmp_path / "marts") as one:
        one.run("CREATE TABLE lu.nombres (n BIGINT)")
        yield one


def test_each_insert_reads_the_frame_put_last_and_the_one_before_is_let_go(build: Build):
    frames: list[weakref.ref[pl.DataFrame]] = []
    with build.filling("lues") as put:
        for part in range(3):
            frame = pl.DataFrame({"n": [10 * part, 10 * part + 1]})
            put(frame)
            gc.collect()
            assert [former() for former in frames] == [None] * part
            build.run("INSERT INTO lu.nombres SELECT n FROM lues")
            frames.append(weakref.ref(frame))
    assert build.run("SELECT n FROM lu.nombres ORDER BY n") == [(n,) for n in (0, 1, 10, 11, 20, 21)]


def filled_in_vain(build: Build) -> None:
    with build.filling("lues") as put:
        put(pl.DataFrame({"n": [1]}))
        build.run("INSERT INTO lu.nombres SELECT n FROM lues")
        raise KeyError


def test_a_table_is_filled_whole_or_not_at_all(build: Build):
    with pytest.raises(KeyError):
        filled_in_vain(build)
    assert build.count("lu.nombres") == 0
    with build.filling("lues"):
        pass  # a table without any file
