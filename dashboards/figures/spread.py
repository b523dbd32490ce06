"""One indicator over all territories of a niveau: classes, ranks, and how far chance alone explains a gap."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtr, bdtrik  # scipy.stats has them too, and takes a second more to import

from dashboards.figures import view as figures
from dashboards.figures.view import RESPONDENTS, Figures
from dashboards.published import reading as published
from dashboards.published.reading import NATIONAL, Cell, Edition, Scope, Territory
from schemas.indicators.catalogue import ANNEES, BY_ID, EVOLUTION, JOURS, NOMBRE, NOTE, Indicator

CLASSES = 5
WARNED, ALARMED = 0.05, 0.002  # how often chance alone goes beyond the limits: 95 % and 99.8 % stay within
BEYOND = {0: "dans les limites", 1: "hors de 95 %", 2: "hors de 99,8 %"}
FALLS_APART = re.compile(r"^(?:CPAM|CGSS|CCSS|CSS) (?:de la |de l'|du |des |de |d')")


@dataclass(frozen=True)
class Class:
    """A class of values: the least and the largest there are in it, and how many."""

    low: float
    high: float
    size: int


@dataclass(frozen=True)
class Place:
    """A territory among the others: `rank` 1 is the largest value, equal values share one; `band` is its class.

    `beyond`: how many of the two limits its value is outside of; None where they mean nothing.
    """

    territory: Territory
    cell: Cell
    rank: int | None = None
    band: int | None = None
    beyond: int | None = None

    @property
    def short(self) -> str:
        """The name without the kind of caisse."""
        return FALLS_APART.sub("", self.territory.name)


@dataclass(frozen=True)
class Spread:
    """An indicator over all territories of a niveau, in the order of their ranks, those without a value last.

    `reference` is what they are set against: the national value, or their mean for a count; `no_funnel` says why
    chance cannot be reckoned, empty where it can.
    """

    indicator: Indicator
    modality: str
    niveau: str
    places: tuple[Place, ...]
    classes: tuple[Class, ...]
    national: Cell
    reference: float | None
    no_funnel: str

    @property
    def known(self) -> tuple[Place, ...]:
        return tuple(p for p in self.places if p.rank is not None)

    def at(self, rank: int | None) -> tuple[Place, ...]:
        """Those of that rank."""
        return tuple(p for p in self.known if p.rank == rank)


@lru_cache(maxsize=128)
def spread(edition: Edition, indicator: str, modality: str, annee: int, niveau: str, public: str) -> Spread:
    """An indicator over the territories of a niveau. Raises KeyError for an indicator that is not declared."""
    declared = BY_ID[indicator]
    years = published.years(edition, declared.source)
    evolves = years.get(annee, False) and years.get(annee - 1, False)
    wanted = (indicator, *((RESPONDENTS,) if declared.source == published.ENQUETE else ()))
    found = published.across(edition, wanted, annee, niveau, public)
    levels = published.niveaux(edition)
    cells = {
        t: Figures(Scope(annee, niveau, t.code, public), found.get(t.code, {}), levels, evolves)(indicator, modality)
        for t in published.territories(edition)
        if t.niveau == niveau
    }
    national = figures.figures(edition, Scope(annee, NATIONAL, "FR", public), years)(indicator, modality)
    return arranged(declared, modality, niveau, cells, national)


def arranged(
    indicator: Indicator, modality: str, niveau: str, cells: Mapping[Territory, Cell], national: Cell
) -> Spread:
    """Figures ranked, classed and judged against the national one."""
    values = {t: c.valeur for t, c in cells.items() if c.valeur is not None}
    bands = classes(values.values())
    ranks = ranked(values.values())
    why = no_funnel(indicator, cells.values(), national)
    outside = {} if why else _outside(cells, national)
    places = []
    for territory, cell in cells.items():
        if cell.valeur is None:
            places.append(Place(territory, cell))
            continue
        band = next(i for i, c in enumerate(bands) if cell.valeur <= c.high)
        places.append(Place(territory, cell, ranks[cell.valeur], band, outside.get(territory)))
    order = sorted(places, key=lambda p: (p.rank is None, p.rank or 0))  # stable: equals go by name
    mean = sum(values.values()) / len(values) if values else None
    return Spread(
        indicator, modality, niveau, tuple(order), bands, national,
        mean if indicator.unit == NOMBRE else national.valeur, why,
    )  # fmt: skip


def classes(values: Iterable[float], most: int = CLASSES) -> tuple[Class, ...]:
    """At most `most` classes of about equal size; equal values are in one. Bounds are values that there are."""
    given = sorted(values)
    cuts = sorted({given[-(-len(given) * i // most) - 1] for i in range(1, most + 1)}) if given else []
    found, start = [], 0
    for cut in cuts:
        end = start + sum(v <= cut for v in given[start:])
        found.append(Class(given[start], cut, end - start))
        start = end
    return tuple(found)


def ranked(values: Iterable[float]) -> dict[float, int]:
    """The rank of each value, 1 for the largest: one more than how many are larger."""
    ranks: dict[float, int] = {}
    for place, value in enumerate(sorted(values, reverse=True), 1):
        ranks.setdefault(value, place)
    return ranks


_ONLY = "l'entonnoir ne juge que des parts."
_MEAN = f"Les tables donnent cette moyenne ou cette médiane sans la dispersion des cas, dont dépend le hasard : {_ONLY}"
NO_FUNNEL = {
    NOMBRE: f"Un nombre dépend d'abord de la taille du territoire : {_ONLY}",
    EVOLUTION: f"Une évolution rapporte deux nombres l'un à l'autre : {_ONLY}",
    **dict.fromkeys((JOURS, ANNEES, NOTE), _MEAN),
}


def no_funnel(indicator: Indicator, cells: Iterable[Cell], national: Cell) -> str:
    """Why the binomial law says nothing of an indicator; empty where it does."""
    if indicator.unit in NO_FUNNEL:
        return NO_FUNNEL[indicator.unit]
    if indicator.sql or indicator.total or (indicator.whole and indicator.whole.total):
        return "Cette part ne compte pas des cas un à un sur une même base : la loi binomiale ne s'y applique pas."
    if national.valeur is None or not 0 < national.valeur < 1:
        return "Sans valeur nationale entre 0 et 100 %, il n'y a pas de limites à calculer."
    if not any(c.valeur is not None and c.denominateur for c in cells):
        return "Aucun territoire n'a à la fois une part et une base."
    return ""


def _outside(cells: Mapping[Territory, Cell], national: Cell) -> dict[Territory, int]:
    """How many of the two limits each share is outside of."""
    judged = {t: c for t, c in cells.items() if c.valeur is not None and c.numerateur is not None and c.denominateur}
    bases = np.array([c.denominateur for c in judged.values()], dtype=np.float64)
    shares = np.array([c.numerateur for c in judged.values()], dtype=np.float64) / bases
    outside = np.zeros(len(judged), dtype=int)
    for chance in (WARNED, ALARMED):
        low, high = limits(bases, national.valeur or 0.0, chance)
        outside += (shares < low) | (shares > high)
    return dict(zip(judged, outside.tolist(), strict=True))


def limits(bases: NDArray[np.float64], rate: float, chance: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The shares that a rate keeps within but for `chance`, half on each side, for bases of these sizes.

    Between two whole numbers of cases the limit is interpolated on the distribution, so that the line has no teeth
    and no share is judged otherwise than by the exact binomial law.
    """
    return _lower(bases, rate, chance / 2), 1 - _lower(bases, 1 - rate, chance / 2)


def _lower(bases: NDArray[np.float64], rate: float, tail: float) -> NDArray[np.float64]:
    sizes = bases.astype(np.int64)
    cases = np.ceil(bdtrik(tail, bases, rate))
    fewer = np.maximum(cases - 1, 0)  # the inverse may be one too high, by rounding
    cases = np.where(bdtr(fewer, sizes, rate) >= tail, fewer, cases)
    before = np.where(cases > 0, bdtr(np.maximum(cases - 1, 0), sizes, rate), 0.0)
    share: NDArray[np.float64] = (
        cases - (bdtr(cases, sizes, rate) - tail) / (bdtr(cases, sizes, rate) - before)
    ) / bases
    return share.clip(0.0, 1.0)


def curve(spread: Spread, points: int = 60) -> NDArray[np.float64]:
    """Whole bases, from the smallest to the largest of the territories, closer where they are small."""
    known = [p.cell.denominateur for p in spread.known if p.cell.denominateur]
    return np.unique(np.round(np.geomspace(min(known), max(known), points)))
