"""Where accompaniments are: territories differ by size, growth, public, detectors and success, and some meet an event.

Which rows there are is settled before, with every national figure; here each row finds its organisme. Rows alike make a
stratum; its chances over the organismes are the product of what each of its traits is worth in each of them, raked onto
the external and internal saisines that each organisme has in each year. So no national figure moves.
"""

from collections.abc import Iterator
from functools import cached_property

import numpy as np

from pipelines.simulation.cases import Cases
from pipelines.simulation.closures import AGES, CARE, COORDINATES, ENDINGS, OPEN, REFUSED
from pipelines.simulation.fitting import quota
from pipelines.simulation.moments import Calendar, first_day, first_of_month, year_of
from pipelines.simulation.shapes import Bools, Floats, Ints, organismes
from pipelines.simulation.story import ATYPICAL, BACKLOG, GROWTH, LATE_START, NOT_PERTINENT, STOP

ROUNDS = 20
RARELY_OUTSIDE = 0.2  # rates of external detections under it give way, so that the country's holds
Trait = tuple[Ints, Floats]  # the value of each row, and what each value (first axis) is worth in each organisme


def found_in(rng: np.random.Generator, calendar: Calendar, rows: Cases, outside: Bools) -> Ints:
    """The position of the organisme of each row; `outside`: detected outside of the Assurance Maladie."""
    return _Places(calendar, rows, outside).drawn(rng)


class _Places:
    """The strata of the rows, and their chances over the organismes."""

    def __init__(self, calendar: Calendar, rows: Cases, outside: Bools) -> None:
        self._story, self._targets, self._rows = calendar.targets.story, calendar.targets, rows
        self._endings, self._everyone = rows.ending, np.ones(len(organismes().codes))
        first = self._targets.year - 1
        self._group = np.maximum(year_of(rows.start), first - 1) * 2 + outside  # what is raked: years by family
        months = [first_of_month(12 * (first - 1970) + m) for m in range(36)]
        events = [b for e in self._story.of(STOP, LATE_START, BACKLOG, NOT_PERTINENT) for b in (e.since, e.until)]
        self._bounds = np.array(sorted({b for b in (*months, *events) if b <= calendar.end}))

    # --- what traits are worth ---

    def _traits(self) -> Iterator[Trait]:
        trait, one = self._story.trait, self._everyone
        age, situation, helped, handicap = (c[self._rows.cell] for c in COORDINATES)
        yield age, np.stack([trait("jeunes"), *[one] * (len(AGES) - 2), trait("seniors"), one])
        yield situation, np.stack([trait("independants"), trait("sans_emploi"), one])
        yield helped, np.stack([one, trait("help")])
        yield handicap, np.stack([one, trait("handicap")])
        yield self._rows.kind, np.stack([trait("soins") if kind == CARE else one for kind in range(2)])
        yield self._endings, np.stack([one, self._failing, self._failing, one])
        yield self._period(self._rows.start), self._sizes
        yield self._course, self._accidents.reshape(-1, one.size)

    def _period(self, day: Ints) -> Ints:
        return np.searchsorted(self._bounds, day, side="right")

    @cached_property
    def _first_days(self) -> Ints:
        """The first day of each period; of the first one, long ago."""
        return np.append(0, self._bounds)

    @property
    def _failing(self) -> Floats:
        """The odds of no success in each organisme, against those of the country."""
        rate = self._targets.get("clotures.taux_succes", self._targets.year)
        usual = rate.middle if rate else 0.8
        own = np.clip(usual + self._story.added("succes", ATYPICAL) / 100, 0.02, 0.98)
        return np.asarray(usual / (1 - usual) * (1 - own) / own)

    @cached_property
    def _sizes(self) -> Floats:
        """What each organisme weighs in each period of saisines: growing or shrinking, nothing where it does not deliver."""
        ends = np.append(self._bounds, self._bounds[-1])
        years = np.minimum((ends - first_day(self._targets.year)) / 365.25, 1)  # growth ends with the published year
        growth = 1 + self._story.added("croissance", GROWTH)
        sizes = np.asarray(organismes().weights * growth ** years[:, None])
        for event in self._story.of(STOP):
            sizes[self._first_days >= event.since, event.place] = 0
        for event in self._story.of(LATE_START):
            sizes[self._first_days < event.since, event.place] = 0
        return sizes

    @cached_property
    def _course(self) -> Ints:
        """When each row began and ended, and how, as one number."""
        periods = self._first_days.size
        begun, ended = self._period(self._rows.start), self._period(self._rows.end)
        return np.asarray((begun * periods + ended) * len(ENDINGS) + self._endings)

    @property
    def _accidents(self) -> Floats:
        """What a course is worth, by beginning, end and ending: 1 but where an event says otherwise."""
        periods = self._first_days.size
        shape = (periods, periods, len(ENDINGS))
        rows = np.bincount(self._course, minlength=int(np.prod(shape))).reshape(shape)
        worth = np.ones((*shape, self._everyone.size))
        for event in self._story.of(STOP, BACKLOG):
            during = (self._first_days >= event.since) & (self._first_days < event.until)
            worth[:, during, :OPEN, event.place] = event.effect
            # of what begins in a period, as much more stays open as is not closed
            missing = (1 - event.effect) * rows[:, during, :OPEN].sum(axis=(1, 2))
            worth[:, :, OPEN, event.place] = 1 + (missing / np.maximum(rows[:, :, OPEN].sum(axis=1), 1))[:, None]
        for event in self._story.of(NOT_PERTINENT):
            worth[:, self._first_days >= event.since, REFUSED, event.place] *= event.effect
        return worth

    # --- the strata ---

    @cached_property
    def _strata(self) -> tuple[Ints, Ints, Floats]:
        """The stratum of each row, the group of each stratum, and its chances over the organismes before raking."""
        traits = list(self._traits())
        code = self._group.astype(np.int64)
        for value, worth in traits:
            code = code * len(worth) + value
        _, first, stratum = np.unique(code, return_index=True, return_inverse=True)
        chances = np.ones((first.size, self._everyone.size))
        for value, worth in traits:
            chances *= worth[value[first]]
        return stratum, self._group[first], chances

    def _wanted(self, sizes: Floats) -> dict[int, Ints]:
        """The saisines of each group in each organisme; `sizes`: what its rows weigh in each."""
        rates, found = self._story.trait("externe"), {}
        for year in np.unique(self._group // 2):
            inside, outside = (self._group == 2 * year + family for family in (0, 1))
            mine = self._period(self._rows.start[inside | outside])
            total = quota(sizes[mine].sum(axis=0), mine.size)
            external = np.minimum(quota(_scaled(rates, total, int(outside.sum())) * total, int(outside.sum())), total)
            found[2 * int(year) + 1], found[2 * int(year)] = external, total - external
        return found

    def drawn(self, rng: np.random.Generator) -> Ints:
        """An organisme for each row."""
        stratum, group, chances = self._strata
        counts = np.bincount(stratum)
        wanted = self._wanted(self._sizes / self._sizes.sum(axis=1, keepdims=True))
        chances = _raked(chances, counts, group, wanted)
        place = _systematic(rng, stratum, counts, chances)
        for g, numbers in wanted.items():
            _settle(rng, place, np.flatnonzero(self._group == g), stratum, chances, numbers)
        return place


def _scaled(rates: Floats, total: Ints, external: int) -> Floats:
    """The rates of external detections, the low ones scaled so that all make the external saisines there are."""
    low = rates < RARELY_OUTSIDE
    left = external - float((rates * total)[~low].sum())
    return np.where(low, rates * max(left, 0) / max(float((rates * total)[low].sum()), 1e-9), rates)


def _raked(chances: Floats, counts: Ints, group: Ints, wanted: dict[int, Ints]) -> Floats:
    """The chances of each stratum, scaled so that the organismes of each group have about what is wanted."""
    for g, numbers in wanted.items():
        mine = np.flatnonzero(group == g)
        table, size = chances[mine], counts[mine][:, None]
        for _ in range(ROUNDS):
            table *= size / np.maximum(table.sum(axis=1, keepdims=True), 1e-300)
            table *= numbers / np.maximum(table.sum(axis=0), 1e-300)
        chances[mine] = table / np.maximum(table.sum(axis=1, keepdims=True), 1e-300)
    return chances


def _systematic(rng: np.random.Generator, stratum: Ints, counts: Ints, chances: Floats) -> Ints:
    """A position for each row by the chances of its stratum, rows of a stratum as evenly as can be."""
    order = np.lexsort((rng.random(stratum.size), stratum))
    ordered = stratum[order]
    rank = np.arange(stratum.size) - np.repeat(np.cumsum(counts) - counts, counts)
    at = (rank + np.repeat(rng.random(counts.size), counts)) / counts[ordered]
    share = np.cumsum(chances, axis=1)
    share /= share[:, -1:]
    found = np.searchsorted((share + np.arange(counts.size)[:, None]).ravel(), ordered + at, side="right")
    place = np.empty(stratum.size, dtype=np.int64)
    place[order] = np.minimum(found - ordered * chances.shape[1], chances.shape[1] - 1)
    return place


def _settle(rng: np.random.Generator, place: Ints, rows: Ints, stratum: Ints, chances: Floats, wanted: Ints) -> None:
    """Move a few of the rows from organismes that have too many to those that have too few, where they are likeliest."""
    over = np.bincount(place[rows], minlength=wanted.size) - wanted
    shuffled = rng.permutation(rows)
    shuffled = shuffled[np.argsort(place[shuffled], kind="stable")]
    rank = np.arange(shuffled.size) - np.searchsorted(place[shuffled], place[shuffled])
    free = shuffled[rank < over[place[shuffled]]]
    for target in np.flatnonzero(over < 0):
        own, other = chances[stratum[free], target], chances[stratum[free], place[free]]
        likely = np.log(np.maximum(own, 1e-300)) - np.log(np.maximum(other, 1e-300)) + rng.gumbel(size=free.size)
        best = np.argsort(-likely, kind="stable")[: -over[target]]
        best = best[own[best] > 0]
        place[free[best]] = target
        free = np.delete(free, best)
