"""Keys of rows against a dictionary that remembers the same."""

from concurrent.futures import ThreadPoolExecutor

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pipelines.identity.keys
from pipelines.identity.keys import ABSENT, Keys, Parents

PIECES = st.lists(st.lists(st.sampled_from("abcdefgh"), max_size=6), max_size=6)


def settled(pieces: list[list[str]]):
    """Each piece a file of its own; the line of a row is its place there."""
    keys = Keys()
    for number, texts in enumerate(pieces):
        keys.add(
            pl.DataFrame({"id": pl.Series(texts, dtype=pl.String)}),
            pl.Series(range(len(texts)), dtype=pl.Int64),
            number,
        )
    return keys.settled()


def rows(pieces: list[list[str]]) -> list[tuple[str, int, int]]:
    return [(text, number, line) for number, texts in enumerate(pieces) for line, text in enumerate(texts)]


def replaced(pieces: list[list[str]]) -> list[tuple[int, int]]:
    last = {text: (number, line) for text, number, line in rows(pieces)}
    return sorted((number, line) for text, number, line in rows(pieces) if last[text] != (number, line))


@given(PIECES)
def test_the_last_row_of_a_key_stays_and_the_others_are_told(pieces):
    found = settled(pieces)
    assert sorted(found.replaced.iter_rows()) == replaced(pieces)
    last = {text: number for text, number, _ in rows(pieces)}
    wanted = pl.Series(list("abcdefghz"))
    assert found.find(wanted).tolist() == [last.get(text, ABSENT) for text in wanted]


@given(PIECES)
def test_rows_whose_first_hashes_meet_are_told_apart_by_the_second(pieces):
    def weak(keys: pl.DataFrame):
        whole = keys.to_series()
        return (whole.hash(1) % 2).to_numpy(), whole.hash(2).to_numpy()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pipelines.identity.keys, "_hashes", weak)
        found = settled(pieces)
        assert sorted(found.replaced.iter_rows()) == replaced(pieces)
        last = {text: number for text, number, _ in rows(pieces)}
        assert found.find(pl.Series(list("abcdefghz"))).tolist() == [last.get(text, ABSENT) for text in "abcdefghz"]


def test_among_many_keys_each_is_found_and_no_other():
    texts = [str(n) for n in range(20_000)]
    pieces = [texts[:5_000], texts[5_000:]]
    sought = [str(n) for n in range(0, 40_000, 3)]
    known = [0 if n < 5_000 else 1 if n < 20_000 else ABSENT for n in map(int, sought)]
    assert settled(pieces).find(pl.Series(sought)).tolist() == known


def test_rows_whose_key_is_incomplete_all_stay():
    keys = Keys()
    frame = pl.DataFrame({"a": ["x", "x", "x"], "b": [None, None, "y"]}, schema={"a": pl.String, "b": pl.String})
    keys.add(frame, pl.Series([2, 3, 4]), 0)
    keys.add(frame, pl.Series([2, 3, 4]), 1)
    assert set(keys.settled().replaced.iter_rows()) == {(0, 4)}


def test_two_threads_that_seek_different_keys_each_get_their_own():
    # one judges a piece while another sorts out the one before
    parents = Parents(settled([["a", "b"], ["c"]]), ("2024-01-20", "2025-01-20"))
    sought = {"a": [True] * 3, "z": [False] * 5}

    def seek(text: str) -> bool:
        keys, known = pl.Series([text] * len(sought[text])), sought[text]
        return all(parents.known(keys).to_list() == known for _ in range(2000))

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(seek, sought)) == [True, True]
