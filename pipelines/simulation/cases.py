"""The accompaniments of the story: those closed in the published year and the year before, then those that were open.

What is closed in those two years is fitted to the published figures (`closures.py`). The saisines still open at the end
of the published year, and those of the months after it, are about people like them, and end like them: the days of the
story that lie after the published year hold no published figure.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from pipelines.simulation.closures import (
    CARE,
    COORDINATES,
    MOTIVES,
    OPEN,
    OTHERWISE,
    REFUSED,
    SUCCEEDED,
    SUCCESS,
    Closures,
    closures,
    profile,
)
from pipelines.simulation.detections import Numbers, numbers
from pipelines.simulation.fitting import quota
from pipelines.simulation.moments import (
    Bounds,
    Calendar,
    begun_within,
    closing_days,
    first_day,
    first_of_month,
    month_of,
)
from pipelines.simulation.shapes import Bools, Floats, Ints, whole
from pipelines.simulation.targets import Targets

STILL_OPEN = -1  # motive of a saisine that is not closed
UNKNOWN = 2  # position after the two values of a sex or a yes/no
MOST_LEFT = 0.9  # of the saisines of a month, at the end of it
BEGUN = 0.6  # share of the themes of an open accompaniment that are addressed already


@dataclass
class Cases:
    """Accompaniments of any state, one value a row; `end` is the closure, or the last day of the story."""

    cell: Ints
    motive: Ints
    kind: Ints
    sex: Ints
    yes_no: dict[str, Ints]
    addressed: dict[str, Bools]
    succeeded: dict[str, Bools]
    complementary: Bools
    start: Ints
    end: Ints

    def __len__(self) -> int:
        return self.cell.size

    @property
    def open(self) -> Bools:
        return np.asarray(self.motive == STILL_OPEN, dtype=np.bool_)

    @property
    def ending(self) -> Ints:
        """The position of how each row ended among the endings."""
        refused = self.motive == MOTIVES.index("NON_PERTINENT")
        return np.select([self.open, SUCCESS[self.motive], refused], [OPEN, SUCCEEDED, REFUSED], OTHERWISE)

    @property
    def help(self) -> Bools:
        return np.asarray(COORDINATES[2][self.cell] == 1, dtype=np.bool_)


def cases(rng: np.random.Generator, targets: Targets, calendar: Calendar, scale: float) -> Cases:
    """Every accompaniment of the story."""
    year, wanted = targets.year, numbers(targets, scale)
    sizes = {y: round((targets.number("clotures.nombre", y) or 0) * scale) for y in (year, year - 1)}
    fit = profile(targets, year, sizes[year], scale)
    last = closures(rng, targets, year, fit)
    before = closures(rng, targets, year - 1, profile(targets, year - 1, sizes[year - 1], scale, like=fit))
    months = {y: calendar.by_month(calendar.saisines, _span(y), wanted[y].saisines) for y in (year - 1, year)}
    ended = _ended_in_year(rng, calendar, last, months[year])
    old = round(targets.assumptions["detections"]["en_cours_veille"] * scale)
    ended_before = _ended_in_year_before(rng, calendar, before, months[year - 1] - _begun(calendar, ended), old)
    room = {y: months[y] - _begun(calendar, ended, ended_before) for y in months}
    begun = [
        _still_open(
            rng, calendar, room[year], year, _care_wanted(targets, wanted[year], ended), _help_wanted(targets, scale)
        ),
        _still_open(rng, calendar, room[year - 1], year - 1, None, 0),
        _following(rng, targets, calendar, last, wanted[year]),
    ]
    return _joined([ended, ended_before, _later(rng, calendar, Model(last), _all_begun(begun))])


def _span(year: int) -> tuple[int, int]:
    return first_day(year), first_day(year + 1)


def _months_of(year: int) -> slice:
    """The months of a year since January 1970."""
    return slice((year - 1970) * 12, (year - 1969) * 12)


def _span_of(month: int) -> tuple[int, int]:
    """The days of a month since January 1970."""
    return first_of_month(month), first_of_month(month + 1)


def _begun(calendar: Calendar, *those: Cases) -> Ints:
    """Saisines by month since January 1970."""
    return np.bincount(month_of(np.concatenate([c.start for c in those])), minlength=calendar.months)


# --- closed in the two years --------------------------------------------------------------------------------


def _ended_in_year(rng: np.random.Generator, calendar: Calendar, rows: Closures, months: Ints) -> Cases:
    """The closures of the published year: of the saisines of each month, some are still open at its end."""
    left = _left(calendar, rows.lasted, months, first_day(rows.year + 1))
    own = months > 0
    bounds = Bounds(np.where(own, months - left, 0.0), np.where(own, months - left, np.inf))
    return _closed(rows, closing_days(rng, calendar, rows.lasted, rows.year, bounds))


def _left(calendar: Calendar, lasted: Ints, months: Ints, end: int) -> Floats:
    """Of the saisines of each month, those that are open at a day, as durations leave them."""
    ages = end - np.array([(first_of_month(m) + first_of_month(m + 1)) // 2 for m in range(months.size)])
    longer = 1 - np.searchsorted(np.sort(lasted), ages, side="right") / max(lasted.size, 1)
    return np.asarray(calendar.targets.assumptions["detections"]["en_cours"] * longer * months)


def _ended_in_year_before(rng: np.random.Generator, calendar: Calendar, rows: Closures, room: Ints, old: int) -> Cases:
    """The closures of the year before: of its saisines, `old` are left that are still open a year later."""
    own = np.zeros(room.size, dtype=np.int64)
    own[_months_of(rows.year)] = np.maximum(room[_months_of(rows.year)], 0)
    own -= np.minimum(quota(own, old), own)
    rows.lasted = _begun_as_many(calendar, rows, int(own.sum()))
    earlier = np.arange(room.size) < _months_of(rows.year).start
    most = MOST_LEFT * own.sum() * calendar.month_weights / calendar.weight(_span(rows.year))
    bounds = Bounds(np.where(earlier, 0.0, own), np.where(earlier, most, own))
    found = _closed(rows, closing_days(rng, calendar, rows.lasted, rows.year, bounds))
    return _begun_by_month(rng, calendar, found, rows.year, own)


def _begun_by_month(rng: np.random.Generator, calendar: Calendar, found: Cases, year: int, own: Ints) -> Cases:
    """The saisines moved by some days, in their order, so that those of the year are `own` by month; the others before."""
    days = np.sort(
        np.concatenate(
            [calendar.drawn(rng, calendar.saisines, _span_of(m), int(own[m])) for m in range(own.size) if own[m]]
        )
    )
    order = np.argsort(found.start, kind="stable")
    within = int((found.start >= first_day(year)).sum())
    over = order[found.start.size - within : max(found.start.size - days.size, 0)]
    found.start[over] = calendar.drawn(rng, calendar.saisines, (first_day(year) - 31, first_day(year)), over.size)
    last = order[max(found.start.size - min(within, days.size), 0) :]
    moved = days[days.size - last.size :]
    found.start[last] = np.where(moved <= found.end[last], moved, found.start[last])
    return found


def _begun_as_many(calendar: Calendar, rows: Closures, wanted: int) -> Ints:
    """The durations, stretched or shortened so that as many as wanted begin in the year they end."""
    low, high = 0.2, 5.0
    for _ in range(30):
        factor = (low + high) / 2
        within = begun_within(calendar, _stretched(calendar, rows.lasted, factor), rows.year)
        low, high = (factor, high) if within > wanted else (low, factor)
    return _stretched(calendar, rows.lasted, high)


def _stretched(calendar: Calendar, lasted: Ints, factor: float) -> Ints:
    longest = int(calendar.targets.assumptions["detections"]["plus_ancienne"])
    return np.asarray(np.minimum(whole(lasted * factor), longest))


def _closed(rows: Closures, closed: Ints) -> Cases:
    return Cases(
        rows.cell,
        rows.motive,
        rows.kind,
        rows.sex,
        rows.yes_no,
        rows.addressed,
        rows.succeeded,
        rows.complementary,
        closed - rows.lasted,
        closed,
    )


# --- still open at the end of the published year, or begun after it -----------------------------------------


class Model:
    """The closures that the others are like, by type and HELP, from the shortest to the longest."""

    def __init__(self, rows: Closures) -> None:
        self.rows = rows
        order = np.argsort(rows.lasted, kind="stable")
        key = rows.kind[order] * 2 + rows.help[order]
        self._pools = [order[key == k] for k in range(4)]

    def like(self, rng: np.random.Generator, kind: Ints, helped: Bools, age: Ints) -> Ints:
        """For each case a closure of its type and HELP that lasted longer than the case has already."""
        found = np.zeros(kind.size, dtype=np.int64)
        key = kind * 2 + helped
        for k, pool in enumerate(self._pools):
            mine = np.flatnonzero(key == k)
            if not mine.size:
                continue
            near = pool if pool.size else np.arange(self.rows.lasted.size)
            first = np.minimum(np.searchsorted(self.rows.lasted[near], age[mine], side="right"), near.size - 1)
            found[mine] = near[first + whole(rng.random(mine.size) * (near.size - first))]
        return found


@dataclass(frozen=True)
class Begun:
    """Saisines of which only the beginning is known: `age` is how long each is known to have been open."""

    start: Ints
    kind: Ints
    help: Bools
    age: Ints


def _help_wanted(targets: Targets, scale: float) -> int:
    return round(float(targets.assumptions["help"]["en_cours"]) * scale)


def _care_wanted(targets: Targets, wanted: Numbers, ended: Cases) -> int:
    """Saisines about care among those of the published year that are still open at its end."""
    own = (ended.start >= first_day(targets.year)) & (ended.kind == CARE)
    return round(float(targets.assumptions["detections"]["part_soins"]) * wanted.saisines) - int(own.sum())


def _still_open(
    rng: np.random.Generator, calendar: Calendar, room: Ints, year: int, of_care: int | None, of_help: int
) -> Begun:
    """Saisines of `year` still open at the end of the published year: by month, those that `room` says are missing."""
    size = int(room[_months_of(year)].sum())
    if size < 0:
        raise RuntimeError("detections: more closures than saisines")
    missing = np.zeros(room.size, dtype=np.int64)
    missing[_months_of(year)] = quota(np.maximum(room[_months_of(year)], 0), size)
    start = np.concatenate(
        [
            calendar.drawn(rng, calendar.saisines, _span_of(m), int(missing[m]))
            for m in range(*_months_of(year).indices(room.size))
        ]
    )
    start = rng.permutation(start)
    supposed = calendar.targets.assumptions
    helped = np.arange(size) < of_help
    kind = np.full(size, 1 - CARE)
    kind[: round(supposed["help"]["part_soins_en_cours"] * min(of_help, size))] = CARE
    rest = (
        round(supposed["detections"]["part_soins_ancien"] * size)
        if of_care is None
        else of_care - int((kind == CARE).sum())
    )
    kind[of_help : of_help + max(rest, 0)] = CARE
    return Begun(start, kind, helped, first_day(calendar.targets.year + 1) - 1 - start)


def _following(
    rng: np.random.Generator, targets: Targets, calendar: Calendar, like: Closures, wanted: Numbers
) -> Begun:
    """The saisines after the published year, as many as the calendar makes of those of the year."""
    span = (first_day(targets.year + 1), calendar.end + 1)
    year = _span(targets.year)
    size = round(wanted.saisines * calendar.weight(span) / calendar.weight(year))
    start = calendar.drawn(rng, calendar.saisines, span, size)
    helped = rng.random(size) < like.help.mean()
    share = np.where(helped, targets.assumptions["help"]["part_soins"], targets.assumptions["detections"]["part_soins"])
    return Begun(start, np.where(rng.random(size) < share, CARE, 1 - CARE), helped, np.full(size, -1))


def _all_begun(parts: Sequence[Begun]) -> Begun:
    return Begun(*(np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(Begun)))


def _later(rng: np.random.Generator, calendar: Calendar, model: Model, begun: Begun) -> Cases:
    """How they go on after the published year, each like a closure that lasted longer than it has already."""
    rows, at = model.rows, model.like(rng, begun.kind, begun.help, begun.age)
    end = begun.start + rows.lasted[at]
    span = (first_day(rows.year + 1), calendar.end + 1)
    closed = (end >= span[0]) & (end < span[1])
    end[closed] = np.maximum(calendar.warped(end[closed], span), begun.start[closed])
    still = rng.random(end.size) < BEGUN
    return Cases(
        rows.cell[at],
        np.where(closed, rows.motive[at], STILL_OPEN),
        begun.kind,
        rows.sex[at],
        {name: np.where(closed, values[at], UNKNOWN) for name, values in rows.yes_no.items()},
        {name: marks[at] & (closed | still) for name, marks in rows.addressed.items()},
        {name: marks[at] & closed for name, marks in rows.succeeded.items()},
        rows.complementary[at] & closed,
        begun.start,
        np.where(closed, end, calendar.end),
    )


def _joined(parts: list[Cases]) -> Cases:
    def each(those: list[dict[str, Any]]) -> dict[str, Any]:
        return {name: np.concatenate([one[name] for one in those]) for name in those[0]}

    return Cases(
        np.concatenate([p.cell for p in parts]),
        np.concatenate([p.motive for p in parts]),
        np.concatenate([p.kind for p in parts]),
        np.concatenate([p.sex for p in parts]),
        each([p.yes_no for p in parts]),
        each([p.addressed for p in parts]),
        each([p.succeeded for p in parts]),
        np.concatenate([p.complementary for p in parts]),
        np.concatenate([p.start for p in parts]),
        np.concatenate([p.end for p in parts]),
    )
