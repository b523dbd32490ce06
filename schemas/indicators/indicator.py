"""What an indicator is: the form in which the catalogue declares every figure, whatever its source."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

NOMBRE, PART, JOURS, ANNEES, EVOLUTION, NOTE = "nombre", "part", "jours", "annees", "evolution", "note"
LEVELS = ("national", "region", "organisme")


@dataclass(frozen=True)
class Base:
    """The rows an indicator is about: a relation, the column that gives the year, and a predicate.

    Every relation has `organisme` and `region`; one of source `bali` has a column for each public too.
    `known`: a row is only in it where what an indicator over it needs of its delivery is known.
    """

    relation: str
    year: str
    where: str
    words: str
    source: str = "bali"
    known: bool = False

    def but(self, where: str, words: str) -> "Base":
        both = where if self.where == "TRUE" else f"{self.where} AND {where}"
        return replace(self, where=both, words=words)


@dataclass(frozen=True)
class Whole:
    """The denominator of a share or mean, where it is not the number of rows of the indicator's own base.

    Of the rows of `base` (None: the indicator's): their number, the sum of `total`, or how many `distinct` there are.
    `first`: of a modalité in two parts, it is that of the first part.
    """

    base: Base | None = None
    total: str | None = None
    distinct: str | None = None
    first: bool = False


@dataclass(frozen=True)
class Indicator:
    """One indicator.

    `numerator`: predicate of the rows counted; with `total` that column is summed over them, with `distinct` the
    distinct values of that expression are counted (a pass counts within each organisme, then adds up: distinct
    organismes add up to any territory, other distinct values make sense for an organisme only).
    `anew`: the distinct values of a territory and public are counted anew, since they do not add up; `repeated`: of them
    those that are met twice or more.
    `by`: column whose values are the modalités, with `then` in two parts (`JEUNES:SMS`); instead of it `cases`:
    modalités each with a predicate of its own, or `totals`: each with the column that it sums.
    `within`: the denominator is that of the modalité, not of the base; `whole`: what the denominator counts.
    `median`: column whose median is taken; where it is empty the row has lasted as long as the column `followed` says, and
    the median is an estimate (Kaplan-Meier). `sql`: query file of an indicator that no pass can give.
    `partition`: the modalités cover the base exactly once, so their shares sum to 1.
    `labels`: of the modalités, by code (of both parts, where there are two). `euros`: a number of euros.
    `said`: what it is called in a sentence, singular, with its article. `good`: 1 where more is better, −1 where less is.
    `needs`: columns of the exports ("actions.resultat") that it uses: it leaves out the accompaniments of deliveries that
    do not have them (`schemas/indicators/known.py`). `of_everyone`: the denominator is the base of public ensemble, of
    whom the public is known; `everyone` has that base where it is another, by public.
    """

    id: str
    label: str
    unit: str
    base: Base
    slide: str
    definition: str
    numerator: str = "TRUE"
    total: str | None = None
    distinct: str | None = None
    anew: bool = False
    repeated: bool = False
    by: str | None = None
    then: str | None = None
    cases: Mapping[str, str] = field(default_factory=dict)
    totals: Mapping[str, str] = field(default_factory=dict)
    within: bool = False
    whole: Whole | None = None
    median: str | None = None
    followed: str | None = None
    sql: str | None = None
    of: str | None = None
    partition: bool = False
    labels: Mapping[str, str] = field(default_factory=dict)
    only_everyone: bool = False
    of_everyone: bool = False
    everyone: Mapping[str, Base] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    euros: bool = False
    caveat: str = ""
    said: str = ""
    good: int = 0

    @property
    def source(self) -> str:
        return self.base.source

    @property
    def adds_up(self) -> bool:
        """Whether it is a number of which the country has as many as its regions together, and these as their organismes."""
        return self.unit == NOMBRE and self.levels == LEVELS and not self.anew

    @property
    def levels(self) -> tuple[str, ...]:
        """The niveaux it is given at: a local report knows its caisse only, a survey gives an organisme its counts."""
        if self.source == "action_sociale":
            return ("organisme",)
        return ("national", "region") if self.source == "enquete" and self.unit != NOMBRE else LEVELS

    def base_of_everyone(self, public: str) -> Base:
        """Of one with `of_everyone`: what the denominator of a public counts."""
        return self.everyone.get(public, self.base)

    def label_of(self, modality: str) -> str:
        """The label of a modalité; of one in two parts "Jeunes – SMS". A name that is no code is its own label."""
        if modality in self.labels or not self.then:
            return self.labels.get(modality, modality)
        first, _, second = modality.partition(":")
        return f"{self.labels.get(first, first)} – {self.labels.get(second, second)}"
