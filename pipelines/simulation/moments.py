"""When things happen: seasons, holidays, what is planted in the country's calendar; days of saisine and of closure.

A closed accompaniment keeps its duration. The days of closure are drawn so that closures follow their own calendar and
saisines theirs: a table of durations by days of closure, raked onto the months of both.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

import numpy as np

from pipelines.simulation.fitting import quota
from pipelines.simulation.shapes import EPOCH, Floats, Ints
from pipelines.simulation.story import SEASON, STEP, Event
from pipelines.simulation.targets import Targets

ROUNDS = 40
Span = tuple[int, int]  # days since 1970: first, and the one after the last


def first_day(year: int) -> int:
    return (date(year, 1, 1) - EPOCH).days


def month_of(day: Ints) -> Ints:
    """Months since January 1970."""
    return np.asarray(day.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64))


def year_of(day: Ints) -> Ints:
    return np.asarray(day.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64) + 1970)


def first_of_month(month: int) -> int:
    return (date(1970 + month // 12, month % 12 + 1, 1) - EPOCH).days


class Calendar:
    """The weight of each day, for saisines and for closures, from the oldest saisine to the end of the story."""

    def __init__(self, targets: Targets) -> None:
        self.targets = targets
        self._shape = targets.assumptions["calendrier"]
        self.end = (self._shape["fin"] - EPOCH).days
        self.first = first_day(targets.year - 2)

    @cached_property
    def saisines(self) -> Floats:
        """Working days, season, slow evolution, and the planted steps; no saisine on a Saturday or Sunday."""
        steps = list(self.targets.story.of(STEP))
        level = self._weights(
            lambda day: _evolved(day, self._start, self._shape["saisines_par_an"]) * _stepped(day, steps)
        )
        return np.asarray(np.where(self._weekday < 5, level, 0.0))

    @cached_property
    def closures(self) -> Floats:
        return self._weights(lambda day: _evolved(day, self._start, self._shape["clotures_par_an"]))

    @property
    def _start(self) -> int:
        return first_day(self.targets.year - 1)

    @property
    def _days(self) -> Ints:
        return np.arange(self.first, self.end + 1)

    @property
    def _weekday(self) -> Ints:
        return np.asarray((self._days + EPOCH.weekday()) % 7)

    def _weights(self, level: Callable[[int], float]) -> Floats:
        return np.array([self._season(EPOCH + timedelta(days=int(d))) * level(int(d)) for d in self._days])

    def _season(self, day: date) -> float:
        if day in self._shape["feries"]:
            return 0.0
        weight = float(self._shape["mois"][day.month - 1] * self._shape["jours"][day.weekday()])
        for event in self.targets.story.of(SEASON):
            weight *= event.effect if _in_season(day, event) else 1.0
        return weight

    @cached_property
    def months(self) -> int:
        """The number of months from January 1970 to the end."""
        return int(month_of(np.array([self.end]))[0]) + 1

    def of(self, weights: Floats, day: Ints) -> Floats:
        """The weights of some days: nothing before the first."""
        return np.where(day < self.first, 0.0, weights[np.maximum(day - self.first, 0)])

    @cached_property
    def month_weights(self) -> Floats:
        """What each month since January 1970 weighs in saisines; nothing before the oldest."""
        return np.asarray(np.bincount(month_of(self._days), self.saisines, minlength=self.months), dtype=np.float64)

    def by_month(self, weights: Floats, span: Span, size: int) -> Ints:
        """`size` shared out over the months from January 1970 to the end, those outside of the span empty."""
        days = np.arange(*span)
        sums = np.bincount(month_of(days), self.of(weights, days), minlength=self.months)
        return quota(sums, size)

    def weight(self, span: Span) -> float:
        """What the days of a span weigh in saisines."""
        return float(self.of(self.saisines, np.arange(*span)).sum())

    def drawn(self, rng: np.random.Generator, weights: Floats, span: Span, size: int) -> Ints:
        """`size` days of the span, as even over the weights as can be, in random order."""
        share = np.cumsum(self.of(weights, np.arange(*span)))
        at = (np.arange(size) + rng.random()) / max(size, 1) * share[-1]
        return rng.permutation(span[0] + np.searchsorted(share, at, side="right"))

    def warped(self, day: Ints, span: Span) -> Ints:
        """Days of a span moved as little as can be, in their order, so that they follow the calendar of closures."""
        order = np.argsort(day, kind="stable")
        share = np.cumsum(self.of(self.closures, np.arange(*span)))
        moved = np.empty_like(day)
        at = (np.arange(day.size) + 0.5) / max(day.size, 1) * share[-1]
        moved[order] = span[0] + np.searchsorted(share, at, side="right")
        return moved


def _evolved(day: int, start: int, yearly: float) -> float:
    return float(yearly ** ((day - start) / 365.25))


def _stepped(day: int, steps: list[Event]) -> float:
    return float(np.prod([step.effect for step in steps if step.since <= day < step.until]))


def _in_season(day: date, event: Event) -> bool:
    """Whether a day lies in an event that comes back every year."""
    last = event.last or event.first
    return (event.first.month, event.first.day) <= (day.month, day.day) <= (last.month, last.day)


# --- closures -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Bounds:
    """The fewest and the most saisines of each month (since January 1970)."""

    low: Floats
    high: Floats


def closing_days(rng: np.random.Generator, calendar: Calendar, lasted: Ints, year: int, saisines: Bounds) -> Ints:
    """A day of closure in `year` for each duration, so that both closures and saisines follow the calendar."""
    durations, row, counts = np.unique(lasted, return_inverse=True, return_counts=True)
    table = _raked(calendar, durations, counts, year, saisines)
    share = np.cumsum(table, axis=1)
    share /= share[:, -1:]
    order = np.lexsort((rng.random(row.size), row))
    rank = np.arange(row.size) - np.repeat(np.cumsum(counts) - counts, counts)
    at = (rank + np.repeat(rng.random(counts.size), counts)) / np.repeat(counts, counts)
    ordered = np.repeat(np.arange(counts.size), counts)
    found = np.searchsorted((share + np.arange(counts.size)[:, None]).ravel(), ordered + at, side="right")
    closed = np.empty(row.size, dtype=np.int64)
    closed[order] = first_day(year) + np.minimum(found - ordered * table.shape[1], table.shape[1] - 1)
    return closed


def _raked(calendar: Calendar, durations: Ints, counts: Ints, year: int, saisines: Bounds) -> Floats:
    """Durations by days of the year: raked onto months of closure and of saisine, and onto the durations last."""
    days = np.arange(first_day(year), first_day(year + 1))
    start = days[None, :] - durations[:, None]
    table = calendar.of(calendar.closures, days) * calendar.of(calendar.saisines, start)
    table *= (counts / table.sum(axis=1))[:, None]
    closed, begun = month_of(days), month_of(start.ravel())
    wanted = calendar.by_month(calendar.closures, (days[0], days[-1] + 1), int(counts.sum()))
    for _ in range(ROUNDS):
        table *= _ratio(wanted, _summed(closed, table.sum(axis=0), wanted.size))[closed]
        now = _summed(begun, table.ravel(), wanted.size)
        table *= _ratio(np.clip(now, saisines.low, saisines.high), now)[begun].reshape(table.shape)
        table *= (counts / table.sum(axis=1))[:, None]
    return np.asarray(table)


def _summed(month: Ints, values: Floats, size: int) -> Floats:
    return np.asarray(np.bincount(month, values, minlength=size), dtype=np.float64)


def _ratio(wanted: Floats | Ints, now: Floats) -> Floats:
    return np.divide(wanted, now, out=np.ones(now.size), where=now > 0)


def begun_within(calendar: Calendar, lasted: Ints, year: int) -> float:
    """How many of the closures of a year with these durations begin in it, one with another."""
    days = np.arange(first_day(year), first_day(year + 1))
    share = np.cumsum(calendar.of(calendar.closures, days)[::-1])[::-1] / calendar.of(calendar.closures, days).sum()
    return float(np.append(share, 0.0)[np.minimum(lasted, share.size)].sum())
