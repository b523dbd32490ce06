"""A structure that detects: its figures against the year before, its family or all others, on the rows of the reader."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import polars as pl

from dashboards.analysis import verdicts
from dashboards.analysis.crossing import cross
from dashboards.analysis.questions import Filter, Question
from dashboards.analysis.verdicts import Verdict
from dashboards.published.reading import Edition, Territory
from schemas.indicators.catalogue import BY_ID
from schemas.indicators.dimensions import DIMENSION
from schemas.indicators.indicator import NOMBRE, PART, Indicator
from schemas.nomenclatures import FAMILLE_DETECTEUR, MOTIF_CLOTURE

EXTERNAL = tuple(f for f in FAMILLE_DETECTEUR if f != "ASSURANCE_MALADIE")
YEAR, FAMILY, OTHERS = "annee", "famille", "autres"
SAISINES, CLOSED, CARE = "detections.nombre", "clotures.nombre", "detections.part_soins_externe"
SUCCESS, SOON, DELAY, DURATION = (
    "clotures.taux_succes", "delais.part_ouverts_15", "delais.ouverture_mediane", "durees.mediane",
)  # fmt: skip
SHOWN = (CARE, SUCCESS, SOON, DELAY, DURATION)
LABELS = {CARE: "Part de soins", SUCCESS: "Clôtures en succès"}


@dataclass(frozen=True)
class Figure:
    """A value, and what it is counted from; a median has no numerator."""

    numerator: float | None
    denominator: float | None
    value: float | None


NOTHING = Figure(0, 0, None)


@dataclass(frozen=True)
class Mark:
    """A figure of a structure beside that of a comparator; `other` is None where there is nothing to compare with."""

    measure: Indicator
    modality: str
    label: str
    now: Figure
    other: Figure | None
    verdict: Verdict | None


@dataclass(frozen=True)
class Sheet:
    """What the rows say of a structure in a place and year, beside `against`.

    `months`: annee, mois, numerateur. `family`: the one that most of its saisines have. `sql`: of the first of its figures.
    """

    structure: str
    place: Territory
    annee: int
    against: str
    family: str
    marks: tuple[Mark, ...]
    motifs: tuple[Mark, ...]
    months: pl.DataFrame
    sql: str

    @property
    def table(self) -> pl.DataFrame:
        """Every figure, codes and not labels."""
        rows = [
            (
                m.measure.id, m.modality, m.now.numerator, m.now.denominator, m.now.value,
                *((m.other.numerator, m.other.denominator, m.other.value) if m.other else (None, None, None)),
                m.verdict.mark if m.verdict else "",
            )
            for m in (*self.marks, *self.motifs)
        ]  # fmt: skip
        figures = ("numerateur", "denominateur", "valeur")
        names = ["indicateur", "modalite", *figures, *(f"{f}_comparateur" for f in figures), "signal"]
        kinds = {n: pl.String if n in {"indicateur", "modalite", "signal"} else pl.Float64 for n in names}
        return pl.DataFrame(rows, kinds, orient="row")


@lru_cache(maxsize=128)
def sheet(edition: Edition, structure: str, annee: int, place: Territory, against: str) -> Sheet:
    """The sheet of a structure. Raises Unanswerable where this reader may not count the rows of that place."""
    asked = Question(SAISINES, (), annee, place.code, filtres=(_families(EXTERNAL), ("structure", (structure,))))
    by_family = cross(edition, replace(asked, par=("famille_detecteur",)))
    families = dict(by_family.table.select("famille_detecteur", "numerateur").iter_rows())
    family = max(families, key=lambda f: families[f]) if families else ""
    compared = _Compared(edition, asked, against, (family,) if against == FAMILY and family else EXTERNAL)
    months = cross(edition, replace(asked, par=("annee", "mois"), annee=None))
    return Sheet(
        structure, place, annee, against, family, compared.marks(), compared.motifs(),
        months.table.select("annee", "mois", "numerateur"), months.sql,
    )  # fmt: skip


def _families(codes: tuple[str, ...]) -> Filter:
    return "famille_detecteur", codes


@dataclass(frozen=True)
class _Compared:
    """The questions of a sheet: of a structure, and of what it is set beside."""

    edition: Edition
    asked: Question
    against: str
    families: tuple[str, ...]

    def marks(self) -> tuple[Mark, ...]:
        found = []
        for name in SHOWN:
            measure = BY_ID[name]
            now = self._figure(self.asked, name)
            if now.denominator:
                found.append(self._mark(measure, "", LABELS.get(name, measure.label), now, self._other(name)))
        return tuple(found)

    def motifs(self) -> tuple[Mark, ...]:
        """The reasons of closure, those that lead to a success first; their parts of the closures."""
        now, other = self._reasons(self.asked), None
        if not any(now.values()):
            return ()
        if self.against == YEAR:
            other = self._reasons(replace(self.asked, annee=(self.asked.annee or 0) - 1))
        else:
            part, whole = self._reasons(self._within()), self._reasons(self._whole())
            other = {code: whole.get(code, 0) - part.get(code, 0) for code in whole}
        measure = BY_ID["clotures.part_motif"]
        return tuple(
            self._mark(measure, code, label, _share(now, code), _share(other, code) if any(other.values()) else None)
            for code, label in MOTIF_CLOTURE.items()
            if now.get(code) or other.get(code)
        )

    def _within(self) -> Question:
        """The structure, in the families that it is set beside."""
        return replace(self.asked, filtres=(_families(self.families), *self.asked.filtres[1:]))

    def _whole(self) -> Question:
        return replace(self.asked, filtres=(_families(self.families),))

    def _figure(self, question: Question, name: str) -> Figure:
        rows = cross(self.edition, replace(question, mesure=name)).table
        return Figure(*rows.select("numerateur", "denominateur", "valeur").row(0)) if rows.height else NOTHING

    def _other(self, name: str) -> Figure | None:
        """The figure of the comparator: without the structure itself, but for a median."""
        if self.against == YEAR:
            found = self._figure(replace(self.asked, annee=(self.asked.annee or 0) - 1), name)
        else:
            found = self._figure(self._whole(), name)
            if BY_ID[name].unit == PART:
                found = _less(found, self._figure(self._within(), name))
        return found if found.denominator else None

    def _reasons(self, question: Question) -> dict[str, int]:
        by = (DIMENSION["motif_cloture"].name,)
        rows = cross(self.edition, replace(question, mesure=CLOSED, par=by)).table
        return dict(rows.select("motif_cloture", "numerateur").iter_rows())

    def _mark(self, measure: Indicator, code: str, label: str, now: Figure, other: Figure | None) -> Mark:
        return Mark(measure, code, label, now, other, _verdict(measure, now, other))


def _less(whole: Figure, part: Figure) -> Figure:
    n = (whole.numerator or 0) - (part.numerator or 0)
    d = (whole.denominator or 0) - (part.denominator or 0)
    return Figure(n, d, n / d if d else None)


def _share(counts: Mapping[str, int], code: str) -> Figure:
    n, d = counts.get(code, 0), sum(counts.values())
    return Figure(n, d, n / d if d else None)


def _verdict(measure: Indicator, now: Figure, other: Figure | None) -> Verdict | None:
    """Whether two shares differ by more than chance; a median has no test."""
    if measure.unit != PART or other is None or now.numerator is None or other.numerator is None:
        return None
    return verdicts.of_shares(
        now.numerator, now.denominator or 0, other.numerator, other.denominator or 0, measure.good
    )


def of_saisines(after: Mapping[str, int], before: Mapping[str, int]) -> Verdict | None:
    """Whether the saisines of a structure changed, by its repetition from caisse to caisse; None where there were none."""
    now, then = sum(after.values()), sum(before.values())
    if not then:
        return None
    both = sorted(after.keys() & before.keys())
    found = verdicts.of_caisses([after[c] for c in both], [before[c] for c in both], now / then - 1, NOMBRE)
    return replace(found, small=min(now, then) < verdicts.SMALL_BASE)


def kept(found: Mapping[str, Verdict]) -> frozenset[str]:
    """Of many verdicts at once, the signals that remain with false discoveries held at 5 %."""
    tested = {name: v for name, v in found.items() if v.p is not None and not v.small}
    if not tested:
        return frozenset()
    sure = verdicts.discoveries(np.array([v.p for v in tested.values()], dtype=float))
    return frozenset(name for (name, v), s in zip(tested.items(), sure, strict=True) if s and v.signal)
