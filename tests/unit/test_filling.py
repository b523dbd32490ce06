"""The inserts that fill a table side by side."""

import gc
import weakref
from threading import Event

import duckdb
import polars as pl
import pytest

from pipelines.intake.filling import LANES, filling
from pipelines.vintages.build import Build
from pipelines.vintages.publish import open_build

SQL = "INSERT INTO lu.nombres SELECT n FROM lues"


@pytest.fixture
def build(tmp_path):
    (tmp_path / "raw" / "bali" / "2025-01-15").mkdir(parents=True)
    with open_build(tmp_path / "raw", tmp_path / "marts") as one:
        one.run("CREATE TABLE lu.nombres (n BIGINT)")
        yield one


def numbers(build: Build) -> list[int]:
    return [n for (n,) in build.run("SELECT n FROM lu.nombres ORDER BY n")]


def test_every_frame_is_written_once_and_is_let_go_when_its_lane_has_written_the_next(build: Build):
    frames: list[weakref.ref[pl.DataFrame]] = []
    with filling(build.con, "lues") as write:
        for part in range(5 * LANES):
            frame = pl.DataFrame({"n": [10 * part, 10 * part + 1]})
            frames.append(weakref.ref(frame))
            write(frame, SQL)
            del frame
            gc.collect()
            # a lane has at most one frame written and one under way, which the next call waits for
            assert [former() for former in frames[: -2 * LANES]] == [None] * max(0, len(frames) - 2 * LANES)
    assert numbers(build) == [n for part in range(5 * LANES) for n in (10 * part, 10 * part + 1)]


def filled_in_vain(build: Build, last: str, parts: int) -> None:
    with filling(build.con, "lues") as write:
        for n in range(parts):
            write(pl.DataFrame({"n": [n]}), SQL)
        write(pl.DataFrame({"n": [parts]}), last)


@pytest.mark.parametrize("parts", range(2 * LANES))
def test_where_one_statement_fails_nothing_is_there_and_the_file_goes_on(build: Build, parts):
    with pytest.raises(duckdb.CatalogException, match="absente"):
        filled_in_vain(build, "INSERT INTO lu.absente SELECT n FROM lues", parts)
    assert numbers(build) == []
    with filling(build.con, "lues"):
        pass  # a table without any file
    with filling(build.con, "lues") as write:
        write(pl.DataFrame({"n": [7]}), SQL)
    assert numbers(build) == [7]


def test_what_goes_wrong_between_two_frames_undoes_them(build: Build):
    def fail() -> None:
        with filling(build.con, "lues") as write:
            write(pl.DataFrame({"n": [1]}), SQL)
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert numbers(build) == []


def test_what_went_wrong_first_is_told_where_the_database_is_gone_too():
    con = duckdb.connect()

    def fail() -> None:
        with filling(con, "lues"):
            con.close()
            raise KeyError

    with pytest.raises(KeyError):
        fail()


def test_the_lanes_write_at_the_same_time(build: Build):
    """The first statement waits for the second, which would never come if one had to end before the other begins."""
    begun = Event()

    def wait(n: int) -> int:
        assert begun.wait(30)
        return n

    def tell(n: int) -> int:
        begun.set()
        return n

    with build.con.cursor() as beside:
        beside.create_function("attend", wait, ["BIGINT"], "BIGINT")
        beside.create_function("dit", tell, ["BIGINT"], "BIGINT")
    with filling(build.con, "lues") as write:
        write(pl.DataFrame({"n": [1]}), "INSERT INTO lu.nombres SELECT attend(n) FROM lues")
        write(pl.DataFrame({"n": [2]}), "INSERT INTO lu.nombres SELECT dit(n) FROM lues")
    assert numbers(build) == [1, 2]
