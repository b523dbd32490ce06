"""The figures a slide is filled with: those of a scope, those they are compared with, and why one is missing."""

from dataclasses import dataclass, field, replace

from dashboards import formats
from dashboards.published import control
from dashboards.published import reading as published
from dashboards.published.control import Checked
from dashboards.published.reading import Cell, Edition, Scope, Structure, Territory, Vintage
from schemas.indicators.catalogue import BY_ID, EVOLUTION, NOMBRE, PART, Indicator
from schemas.nomenclatures import FAMILLE_DE_CATEGORIE, FAMILLE_DETECTEUR
from schemas.publics import EVERYONE, PUBLICS, Public

ANNEE, ENSEMBLE, REGION, FRANCE, TERRITOIRE = "annee", "ensemble", "region", "france", "territoire"
PLACES = (REGION, FRANCE, TERRITOIRE)  # comparisons with another place
YEAR_INCOMPLETE = "année incomplète : pas d'évolution"
NO_YEAR_BEFORE = "pas d'année précédente complète"
NOT_FOR_PUBLIC = "n'existe que pour l'ensemble des assurés"
NOT_AT_NIVEAU = "n'est pas calculé à ce niveau"
NO_CASE = "aucun cas dans ce périmètre"
NO_ANSWER = "aucun organisme n'a répondu à l'enquête"
NOT_ANSWERED = "l'organisme n'a pas répondu à l'enquête"
RESPONDENTS = "enquete.repondants"


@dataclass(frozen=True)
class Comparison:
    """What figures are set beside: `label` is the choice, `name` the comparator in a chart.

    `than` ends a sentence (« 3 points de plus … »), `to` another (« par rapport … »); `whole`: it holds the subject.
    """

    code: str
    label: str
    name: str
    than: str
    to: str
    scope: Scope
    whole: bool = False


@dataclass(frozen=True)
class Figures:
    """The figures of one scope. Any declared figure gives a cell, without value but with a reason if need be."""

    scope: Scope
    cells: dict[str, dict[str, Cell]]
    niveaux: dict[str, frozenset[str]] = field(default_factory=dict)
    evolves: bool = True  # the year and the one before are whole

    def __call__(self, indicator: str, modality: str = "") -> Cell:
        declared = BY_ID[indicator]
        if declared.unit == EVOLUTION and not self.evolves:
            return Cell(None, reason=YEAR_INCOMPLETE)
        found = self.cells.get(indicator, {})
        if modality in found:
            return found[modality]
        if declared.then:  # of two parts, its siblings are those of the first
            found = {m: c for m, c in found.items() if m.partition(":")[0] == modality.partition(":")[0]}
        if found and declared.unit in {NOMBRE, PART} and not declared.within:
            # a modalité that nobody has may be left out of the table: its siblings say that it is zero
            return Cell(0.0, 0.0, next(iter(found.values())).denominateur)
        return Cell(None, reason=self._why(declared))

    def modalities(self, indicator: str) -> tuple[str, ...]:
        """The modalités of an indicator: those declared, in their natural order, else those there are."""
        declared = BY_ID[indicator]
        there = tuple(sorted(self.cells.get(indicator, {})))
        return there if declared.then else tuple(declared.cases) or tuple(declared.labels) or there

    def under(self, indicator: str, first: str) -> tuple[str, ...]:
        """The modalités in two parts whose first part is this one."""
        return tuple(m for m in self.modalities(indicator) if m.partition(":")[0] == first)

    def _why(self, declared: Indicator) -> str:
        if declared.only_everyone and self.scope.public != EVERYONE.code:
            return NOT_FOR_PUBLIC
        if declared.id in self.niveaux and self.scope.niveau not in self.niveaux[declared.id]:
            return NOT_AT_NIVEAU
        if declared.source == published.ENQUETE and RESPONDENTS not in self.cells:
            return NOT_ANSWERED if self.scope.niveau == published.ORGANISME else NO_ANSWER
        return NO_YEAR_BEFORE if declared.unit == EVOLUTION else NO_CASE


@dataclass(frozen=True)
class Year:
    """The figures of the same territory and public in another year."""

    annee: int
    complete: bool
    figures: Figures


@dataclass(frozen=True)
class View:
    """What the reader looks at: a subject, its comparator if any, and the vintage they come from."""

    territory: Territory
    public: Public
    subject: Figures
    vintage: Vintage
    complete: bool
    structures: tuple[Structure, ...] = ()  # of the public ensemble alone: others are not ranked
    history: tuple[Year, ...] = ()  # every year, the first first
    comparison: Comparison | None = None
    reference: Figures | None = None
    printed: tuple[Checked, ...] = ()  # what publications print of this scope and of the comparator's

    def compared(self, indicator: str, modality: str = "") -> Cell | None:
        """The comparator's figure, or None without a comparator."""
        return self.reference(indicator, modality) if self.reference else None

    def gap(self, indicator: str, modality: str = "") -> str:
        """The gap to the comparator in words and unit; empty without a comparator.

        A count set beside a whole it is part of is given as its share, beside another territory as its multiple.
        """
        if not (self.comparison and self.reference):
            return ""
        unit = BY_ID[indicator].unit
        ours, theirs = self.subject(indicator, modality).valeur, self.reference(indicator, modality).valeur
        if unit == NOMBRE and self.comparison.code != ANNEE:
            written = formats.part if self.comparison.whole else formats.times
            return written(ours / theirs) if ours is not None and theirs else formats.NC
        return formats.gap(unit, ours, theirs)


def label(indicator: str, modality: str = "", among: tuple[str, ...] = ()) -> str:
    """What a figure is called `among` modalités (all by default): a name that two families share is told apart."""
    declared = BY_ID[indicator]
    if not modality and not declared.labels.get(""):
        return declared.label
    if declared.then:
        alone = {m.partition(":")[0] for m in among} == {modality.partition(":")[0]}
        second = modality.partition(":")[2]
        return declared.labels.get(second, second) if alone else declared.label_of(modality)
    text = declared.labels.get(modality, modality)
    names = [declared.labels.get(m, m) for m in among or tuple(declared.labels)]
    if modality in FAMILLE_DE_CATEGORIE and names.count(text) > 1:
        return f"{text} ({FAMILLE_DETECTEUR[FAMILLE_DE_CATEGORIE[modality]].lower()})"
    return text


def comparisons(scope: Scope, years: dict[int, bool], region: Territory | None = None) -> tuple[Comparison, ...]:
    """What a scope can be compared with, the default first; nothing for an incomplete year.

    `region`: the one an organisme belongs to, where it is not alone there.
    """
    if not years.get(scope.annee):
        return ()
    before = scope.annee - 1
    found = []
    if years.get(before):
        year = replace(scope, annee=before)
        found.append(Comparison(ANNEE, "Année précédente", str(before), f"qu'en {before}", f"à {before}", year))
    if scope.public != EVERYONE.code:
        everyone = replace(scope, public=EVERYONE.code)
        than, to = "que pour l'ensemble des assurés", "à l'ensemble des assurés"
        found.append(Comparison(ENSEMBLE, EVERYONE.label, "Ensemble", than, to, everyone, whole=True))
    if region:
        found.append(replace(beside(scope, region), code=REGION, label="Sa région", whole=True))
    if scope.niveau != published.NATIONAL:
        found.append(beside(scope, FRENCH))
    return tuple(found)


FRENCH = Territory(published.NATIONAL, "FR", "France")


def beside(scope: Scope, other: Territory, place: Territory | None = None) -> Comparison:
    """The comparison of a scope with the same year and public elsewhere; `place` is the territory of the scope."""
    there = replace(scope, niveau=other.niveau, territoire=other.code)
    if other.niveau == published.NATIONAL:
        return Comparison(FRANCE, "France", "France", "qu'en France", "à la France", there, whole=True)
    if other.niveau == published.REGION:
        name = f"la région {other.name}"
        than = f"que dans {name}"
    else:
        name = f"la {other.name}"  # caisses are feminine, all of them
        than = f"qu'à {name}"
    holds = other.niveau == published.REGION and place is not None and place.region == other.code
    return Comparison(TERRITOIRE, "Un autre territoire", other.name, than, f"à {name}", there, holds)


def figures(edition: Edition, scope: Scope, years: dict[int, bool] | None = None) -> Figures:
    """The figures of a scope; `years` that there are, whole or not, those of BALI by default."""
    years = published.years(edition) if years is None else years
    evolves = years.get(scope.annee, False) and years.get(scope.annee - 1, False)
    return Figures(scope, published.cells(edition, scope), published.niveaux(edition), evolves)


def view(
    edition: Edition, scope: Scope, comparison: Comparison | None = None, years: dict[int, bool] | None = None
) -> View:
    """Everything a slide of this scope needs. Raises StopIteration for a territory or public that does not exist."""
    years = published.years(edition) if years is None else years
    return View(
        territory=published.place(edition, scope),
        public=next(p for p in PUBLICS if p.code == scope.public),
        subject=figures(edition, scope, years),
        vintage=published.vintage(edition),
        complete=years.get(scope.annee, False),
        structures=published.structures(edition, scope) if scope.public == EVERYONE.code else (),
        history=tuple(
            Year(annee, complete, figures(edition, replace(scope, annee=annee), years))
            for annee, complete in reversed(years.items())
        ),
        comparison=comparison,
        reference=figures(edition, comparison.scope, years) if comparison else None,
        printed=control.checked(edition, scope) + (control.checked(edition, comparison.scope) if comparison else ()),
    )
