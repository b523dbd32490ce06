"""Keys of rows, remembered as hashes: thirty million in less than a gigabyte, each looked up in a tenth of a microsecond.

A key is known by two hashes of 64 bits: two different keys fall together once in more exports than there will ever be.
"""

from collections import deque
from dataclasses import dataclass, field
from functools import cached_property
from threading import Lock

import numpy as np
import polars as pl
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]
Numbers = NDArray[np.int32]
ABSENT = -1
UNDER_WAY = 4  # pieces between one question about their keys and the next, at most


_NONE = (np.empty(0, np.uint64), np.empty(0, np.uint64), np.empty(0, np.int32), np.empty(0, np.int32))


def _hashes(keys: pl.DataFrame) -> tuple[Hashes, Hashes]:
    whole = keys.to_series() if keys.width == 1 else keys.to_struct()
    return whole.hash(1).to_numpy(), whole.hash(2).to_numpy()


def _as_the_next(rows: pl.DataFrame, column: str) -> pl.Series:
    return (rows[column] == rows[column].shift(-1)).fill_null(value=False)


@dataclass
class Keys:
    """The keys of rows in reading order, each with the number of its file and its line."""

    rows: int = 0
    parts: list[tuple[Hashes, Hashes, Numbers, Numbers]] = field(default_factory=list)

    def add(self, keys: pl.DataFrame, lines: pl.Series, numbers: int | pl.Series) -> None:
        """Add rows; `number` is that of their file, or one number a row. A row with an incomplete key equals no other."""
        first, second = _hashes(keys)
        incomplete = keys.select(pl.any_horizontal(pl.all().is_null())).to_series()
        if incomplete.any():
            own = np.arange(self.rows, self.rows + keys.height, dtype=np.uint64)
            first, second = (np.where(incomplete.to_numpy(), own, h) for h in (first, second))
        each = numbers.to_numpy() if isinstance(numbers, pl.Series) else np.full(keys.height, numbers)
        self.parts.append((first, second, each.astype(np.int32), lines.cast(pl.Int32).to_numpy()))
        self.rows += keys.height

    def settled(self) -> "Settled":
        """Settle: among rows with the same key the last one read stays."""
        columns = (np.concatenate(column) for column in zip(_NONE, *self.parts, strict=True))
        rows = pl.DataFrame(dict(zip(("first", "second", "numero", "ligne"), columns, strict=True)))
        rows = rows.sort("first", maintain_order=True)
        same, met = _as_the_next(rows, "first"), _as_the_next(rows, "second")
        if (same & ~met).any():  # the first hashes of two keys have met
            rows = rows.sort("first", "second", maintain_order=True)
            same, met = _as_the_next(rows, "first"), _as_the_next(rows, "second")
        gone = same & met
        kept, replaced = rows.filter(~gone), rows.filter(gone).select("numero", "ligne")
        return Settled(kept["first"].to_numpy(), kept["second"].to_numpy(), kept["numero"].to_numpy(), replaced)


@dataclass(frozen=True)
class Settled:
    """The keys of the rows that stay, sorted by first hash, with their file numbers; and the places of replaced rows."""

    first: Hashes
    second: Hashes
    numbers: Numbers
    replaced: pl.DataFrame

    @cached_property
    def _shift(self) -> np.uint64:
        """How many bits of a hash are shifted off to give its bucket: there are about as many buckets as keys."""
        return np.uint64(64 - max(1, self.first.size.bit_length()))

    @cached_property
    def _starts(self) -> Numbers:
        """Where each bucket starts: hashes are spread evenly, so a bucket hardly holds more than one key."""
        buckets = (self.first >> self._shift).view(np.int64)
        sizes = np.bincount(buckets, minlength=1 << (64 - int(self._shift)))
        return np.concatenate(([0], np.cumsum(sizes))).astype(np.int32)

    def find(self, keys: pl.Series) -> Numbers:
        """The number of the file that the row with each key stands in, ABSENT where there is none."""
        if not self.first.size:
            return np.full(keys.len(), ABSENT, dtype=np.int32)
        first, second = _hashes(keys.to_frame())
        bucket = (first >> self._shift).view(np.int64)
        at = self._starts.take(bucket)  # of the next bucket where this one is empty: no key of that is the same
        found = np.where(self._is(first, second, at), self.numbers.take(at, mode="clip"), np.int32(ABSENT))
        left = np.flatnonzero(found == ABSENT)
        at, end = at[left] + 1, self._starts.take(bucket[left] + 1)
        while (more := at < end).any():  # the bucket has more keys to compare
            left, at, end = left[more], at[more], end[more]
            same = self._is(first[left], second[left], at)
            found[left[same]] = self.numbers[at[same]]
            left, at, end = left[~same], at[~same] + 1, end[~same]
        return found

    def _is(self, first: Hashes, second: Hashes, at: Numbers) -> NDArray[np.bool_]:
        """Whether the key at each place has these hashes; places beyond the end compare with the last key."""
        one, other = self.first.take(at, mode="clip") == first, self.second.take(at, mode="clip") == second
        both: NDArray[np.bool_] = one & other
        return both


@dataclass(frozen=True)
class Parents:
    """The rows of a parent table that stay, looked up by key, with the delivery of each."""

    rows: Settled
    deliveries: tuple[str, ...]  # of each file, by its number
    # what was sought last: a piece asks twice, in two threads, and others are judged in between
    sought: deque[tuple[pl.Series, Numbers]] = field(default_factory=lambda: deque(maxlen=UNDER_WAY))
    lock: Lock = field(default_factory=Lock)

    def _find(self, keys: pl.Series) -> Numbers:
        with self.lock:
            before = list(self.sought)
        for asked, known in before:
            if asked.equals(keys):
                return known
        runs = keys.rle_id().to_numpy()  # the children of one parent mostly follow each other
        first = np.flatnonzero(np.diff(runs, prepend=-1))
        found: Numbers = self.rows.find(keys.gather(first))[runs]
        with self.lock:
            self.sought.append((keys, found))
        return found

    def known(self, keys: pl.Series) -> pl.Series:
        return pl.Series(self._find(keys) != ABSENT)

    def within(self, keys: pl.Series, delivery: str) -> pl.Series:
        """For each key, whether the row that stays comes from this delivery."""
        own = np.array([*(name == delivery for name in self.deliveries), False])  # the last: of ABSENT
        return pl.Series(own[self._find(keys)])
