"""Where a caisse stands: each of its figures with those of its region and France, its rank, and what is more than chance."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import log

import numpy as np

from dashboards.analysis import verdicts
from dashboards.analysis.changes import of_share
from dashboards.analysis.verdicts import SMALL_BASE, Verdict
from dashboards.figures import view as figures
from dashboards.figures.spread import Spread, spread
from dashboards.published import completeness
from dashboards.published import reading as published
from dashboards.published.reading import ORGANISME, REGION, Cell, Edition, Scope, Territory
from schemas.indicators.catalogue import BY_ID, PART, Indicator

COUNT = "detections.nombre"
LIKE = 20  # caisses of about the same size
THEMES = {
    "Activité": (COUNT, "detections.part_externe", "detections.part_soins_interne", "detections.part_soins_externe", "clotures.nombre"),
    "Délais et durées": (
        "delais.part_ouverts_15", "delais.ouverture_mediane", "durees.mediane", "stock.nombre", "stock.part_plus_180",
    ),
    "Clôtures": ("clotures.taux_succes", "clotures.part_motif:ABANDON", "clotures.part_motif:NON_PERTINENT", "retours.part_6_mois"),
    "Gains": (
        "gains.complementaire_sante", "gains.medecin_traitant", "gains.orientation", "gains.numerique", "gains.prevention",
        "gains.aide_financiere", "gains.guidance",
    ),
    "Personnes accompagnées": (
        "profil.age_median", "profil.part_medecin_traitant", "profil.part_c2s", "profil.part_ald",
    ),
    "Aller vers, d'après l'enquête": ("aller_vers.actions", "aller_vers.actions_hors_les_murs"),
}  # fmt: skip


@dataclass(frozen=True)
class Mark:
    """A figure of a caisse among those of all: `values` by code.

    `signal`: beyond what caisses differ by anyway, false discoveries held at 5 %. `since`: against its own year before.
    """

    indicator: Indicator
    modality: str
    label: str
    cell: Cell
    region: Cell
    national: Cell
    values: Mapping[str, float]
    like: frozenset[str]
    rank: int | None
    signal: str
    since: Verdict | None

    @property
    def small(self) -> bool:
        base = self.cell.numerateur if self.cell.denominateur is None else self.cell.denominateur
        return base is not None and base < SMALL_BASE

    @property
    def rank_among_like(self) -> int | None:
        """1 for the largest, among caisses of its size."""
        if self.cell.valeur is None or not self.like & self.values.keys():
            return None
        return 1 + sum(self.values[c] > self.cell.valeur for c in self.like if c in self.values)

    @property
    def many_like(self) -> int:
        return len(self.like & self.values.keys()) + 1


def size_like(counts: Mapping[str, float], code: str, most: int = LIKE) -> frozenset[str]:
    """The caisses whose counts are nearest to that of one of them, in proportion."""
    own = counts.get(code)
    if not own:
        return frozenset()
    others = sorted((abs(log(n / own)), c) for c, n in counts.items() if c != code and n)
    return frozenset(c for _, c in others[:most])


def marks(edition: Edition, place: Territory, annee: int) -> dict[str, tuple[Mark, ...]]:
    """The figures of a caisse by theme; those that are not for caisses are left out, and themes without any.

    Of a year that the caisse did not deliver whole nothing is judged.
    """
    whole = _whole(edition, place, annee), _whole(edition, place, annee - 1)
    given = published.niveaux(edition)
    counts = _values(_spread(edition, COUNT, "", annee))
    like = size_like(counts, place.code)
    found = {}
    for theme, names in THEMES.items():
        told = [n.partition(":")[::2] for n in names]
        kept = tuple(
            _mark(edition, place, annee, BY_ID[name], modality, like, whole)
            for name, modality in told
            if ORGANISME in given.get(name, frozenset())
        )
        if any(m.cell.valeur is not None or m.cell.reason == published.PROTECTED for m in kept):
            found[theme] = kept
    return found


def _whole(edition: Edition, place: Territory, annee: int) -> bool:
    """Whether a caisse delivered all of a year."""
    found = completeness.of_year(edition, annee).get(place.code)
    return found is not None and found.complete


def _spread(edition: Edition, indicator: str, modality: str, annee: int) -> Spread:
    return spread(edition, indicator, modality, annee, ORGANISME, "ensemble")


def _values(found: Spread) -> dict[str, float]:
    return {p.territory.code: p.cell.valeur for p in found.known if p.cell.valeur is not None}


def _mark(
    edition: Edition,
    place: Territory,
    annee: int,
    indicator: Indicator,
    modality: str,
    like: frozenset[str],
    whole: tuple[bool, bool],
) -> Mark:
    found = _spread(edition, indicator.id, modality, annee)
    own = next(p for p in found.places if p.territory == place)
    bali = indicator.source == published.BALI
    fair = whole[0] or not bali
    signal = _signals(found).get(place.code, "") if fair else ""
    since = _since(edition, place, annee, indicator, modality) if all(whole) else None
    label = indicator.labels.get(modality, indicator.label) if modality else indicator.label
    return Mark(
        indicator, modality, label, own.cell, _at(edition, REGION, place.region, annee, indicator, modality), found.national,
        _values(found), like if fair else frozenset(), own.rank if fair else None, signal, since,
    )  # fmt: skip


def _at(edition: Edition, niveau: str, code: str, annee: int, indicator: Indicator, modality: str) -> Cell:
    years = published.years(edition, indicator.source)
    return figures.figures(edition, Scope(annee, niveau, code), years)(indicator.id, modality)


def _since(edition: Edition, place: Territory, annee: int, indicator: Indicator, modality: str) -> Verdict | None:
    """A share of a caisse against its own in the year before; None where it cannot be judged."""
    years = published.years(edition, indicator.source)
    if indicator.unit != PART or not (years.get(annee) and years.get(annee - 1)):
        return None
    now, then = (_at(edition, ORGANISME, place.code, year, indicator, modality) for year in (annee, annee - 1))
    return of_share(indicator, now, then)


@lru_cache(maxsize=128)
def _judged(found: tuple[tuple[str, float, float], ...], rate: float) -> dict[str, str]:
    cases, bases = (np.array(column, dtype=float) for column in list(zip(*found, strict=True))[1:])
    judged = verdicts.compared(cases, bases * rate, bases * rate * (1 - rate), bases)
    return dict(zip((code for code, _, _ in found), judged.signals, strict=True))


def _signals(found: Spread) -> dict[str, str]:
    """Which caisses lie beyond what chance and their ordinary differences make; nothing where chance cannot be reckoned."""
    if found.no_funnel or found.national.valeur is None:
        return {}
    counted = tuple(
        (p.territory.code, p.cell.numerateur, p.cell.denominateur)
        for p in found.known
        if p.cell.numerateur is not None and p.cell.denominateur
    )
    return _judged(counted, found.national.valeur) if counted else {}
