"""What steers, told apart: episodes of a control chart, the places where something happens, what a period added up to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from dashboards.analysis import verdicts
from dashboards.published.steering import Charted, Month
from schemas.indicators.catalogue import BY_ID, NOMBRE, PART
from schemas.indicators.indicator import Indicator

INDICATORS = {  # of the catalogue, by measure of the control charts, in the order they are shown
    "saisines": "detections.nombre",
    "clotures": "clotures.nombre",
    "taux_succes": "clotures.taux_succes",
    "part_ouverts_15": "delais.part_ouverts_15",
}
SHOWN = 24  # months in a chart
STOPPED = 2  # months without anything, at least, after which a place has stopped
FEW = 5  # a month, on average: below it an empty month is no news


def indicator(mesure: str) -> Indicator:
    """The entry of the catalogue that a measure of the control charts follows month by month."""
    return BY_ID[INDICATORS[mesure]]


def unit(mesure: str) -> str:
    return PART if indicator(mesure).unit == PART else NOMBRE


@dataclass(frozen=True)
class Episode:
    """Successive months of a control chart that a rule signals together, on one side of the mean."""

    mesure: str
    months: tuple[Charted, ...]
    last: bool  # it reaches the last month of the chart

    @property
    def side(self) -> int:
        return 1 if self.extreme.valeur > self.extreme.moyenne else -1

    @property
    def extreme(self) -> Charted:
        """The month furthest from the mean."""
        return max(self.months, key=reach)

    @property
    def outside(self) -> int:
        """How many of its months are beyond the limits."""
        return sum(m.signal == verdicts.OUTSIDE for m in self.months)

    @property
    def trend(self) -> bool:
        return all(m.signal == verdicts.TREND for m in self.months)

    @property
    def strength(self) -> float:
        """How far it goes, the limits being at 1."""
        return reach(self.extreme)


def reach(month: Charted) -> float:
    """How far a month is from the mean, the limits being at 1; a limit that was clipped does not count."""
    half = max(month.haut - month.moyenne, month.moyenne - month.bas)
    return abs(month.valeur - month.moyenne) / half if half else 0.0


def verdict(month: Charted) -> verdicts.Verdict:
    """Whether a month is signalled and far enough from the mean to matter."""
    one = verdicts.Month(month.annee, month.mois, month.valeur, month.moyenne, month.signal)
    return verdicts.of_month(one, unit(month.mesure), indicator(month.mesure).good)


def episodes(chart: Sequence[Charted]) -> list[Episode]:
    """The episodes of a control chart, in order: those of which a month is far enough from the mean to matter."""

    def kind(month: Charted) -> tuple[bool, bool, bool]:
        trend = month.signal == verdicts.TREND
        return bool(month.signal), trend, not trend and month.valeur > month.moyenne

    found = []
    for (signalled, _, _), of in groupby(chart, key=kind):
        months = tuple(of)
        if signalled and any(verdict(m).signal for m in months):
            found.append(Episode(months[0].mesure, months, months[-1] == chart[-1]))
    return found


@dataclass(frozen=True)
class Striking:
    """A territory where something happens: the episodes that last until now first, then the strongest."""

    niveau: str
    territoire: str
    episodes: tuple[Episode, ...]

    @property
    def strength(self) -> float:
        """How far its strongest episode goes, the limits being at 1."""
        return max(e.strength for e in self.episodes)


def foremost(one: Striking) -> tuple[Episode, ...]:
    """Two episodes of a territory at most: the first, then the one of the others that goes furthest."""
    first, *others = one.episodes
    return (first, *sorted(others, key=lambda e: -e.strength)[:1])


def striking(every: Mapping[tuple[str, str], Mapping[str, Sequence[Charted]]]) -> list[Striking]:
    """The territories that have signals, those that go furthest beyond their limits first."""
    found = []
    for (niveau, territoire), charts in every.items():
        told = sorted((e for c in charts.values() for e in episodes(c)), key=lambda e: (not e.last, -e.strength))
        if told:
            found.append(Striking(niveau, territoire, tuple(told)))
    return sorted(found, key=lambda s: (-s.strength, s.territoire))


def stopped(months: Sequence[Month]) -> Month | None:
    """The first of the months at the end that have neither saisine nor closure, where there were enough before."""
    silent = next((k for k, m in enumerate(reversed(months)) if m.saisines or m.clotures), len(months))
    before = months[: len(months) - silent][-12:]
    if silent < STOPPED or not before or sum(m.saisines for m in before) < FEW * len(before):
        return None
    return months[-silent]


def begun(months: Sequence[Month]) -> Month | None:
    """The first month with anything, where the window begins with months that have nothing."""
    first = next((m for m in months if m.saisines or m.clotures or m.stock), None)
    return first if first is not None and first != months[0] else None


def delivered_until(months: Sequence[Month], day: date) -> Month | None:
    """The last whole month that a delivery of that day holds."""
    known = [m for m in months if (m.annee, m.mois) < (day.year, day.month)]
    return known[-1] if known else None


def year_before(months: Sequence[Month], month: Month) -> Month | None:
    """The same month of the year before."""
    return next((m for m in months if m.key == (month.annee - 1, month.mois)), None)


@dataclass(frozen=True)
class Flow:
    """What successive months add up to; a share is that of all of them."""

    saisines: int
    clotures: int
    ouvertures: int
    succes: int
    ouvertures_15: int

    @property
    def success(self) -> float | None:
        return self.succes / self.clotures if self.clotures else None

    @property
    def early(self) -> float | None:
        return self.ouvertures_15 / self.ouvertures if self.ouvertures else None


def flow(months: Sequence[Month]) -> Flow:
    return Flow(*(sum(getattr(m, name) for m in months) for name in Flow.__dataclass_fields__))


def since(months: Sequence[Month], until: Month) -> tuple[Month, ...]:
    """The months after that one."""
    return tuple(m for m in months if m.key > until.key)


def same_months(months: Sequence[Month], period: Sequence[Month]) -> tuple[Month, ...]:
    """The months of the year before a period; nothing where one is not known."""
    found = [year_before(months, m) for m in period]
    return tuple(m for m in found if m is not None) if all(found) else ()


def revised(before: Sequence[Month], after: Sequence[Month]) -> list[tuple[Month, Month]]:
    """The months that both know and whose counts are not the same."""
    known = {m.key: m for m in before}
    both = [(known[m.key], m) for m in after if m.key in known]
    return [(b, a) for b, a in both if (b.saisines, b.clotures, b.stock) != (a.saisines, a.clotures, a.stock)]
