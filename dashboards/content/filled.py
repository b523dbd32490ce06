"""A slide filled with figures: what every renderer (page, deck, workbook) draws, already named, ordered and written."""

from dataclasses import dataclass, replace

from dashboards import formats
from dashboards.figures.view import ANNEE, ENSEMBLE, NOT_FOR_PUBLIC, PLACES, View, label
from dashboards.formats import NBSP
from dashboards.published.reading import Cell, Structure
from dashboards.slides.blocks import (
    BY_SIZE,
    INDICATOR,
    Bars,
    Chart,
    Column,
    Groups,
    KeyFigure,
    Part,
    Ranking,
    Ring,
    Slide,
    Table,
    Targets,
    Trend,
)
from schemas.context.contexte import Target, targets
from schemas.indicators.catalogue import ANNEES, BY_ID, EVOLUTION, JOURS, NOMBRE, NOTE, PART, Indicator
from schemas.publics import EVERYONE

UNIT_WORDS = {
    NOMBRE: "nombre",
    PART: "part, en %",
    JOURS: "jours",
    EVOLUTION: "évolution relative, en %",
    ANNEES: "années",
    NOTE: "note sur 10",
}


def unit_words(declared: Indicator) -> str:
    return "euros" if declared.euros else UNIT_WORDS[declared.unit]


@dataclass(frozen=True)
class Figure:
    """One figure beside its comparator (None without one). `gap` is written, empty without a comparator."""

    indicator: str
    modality: str
    label: str
    cell: Cell
    reference: Cell | None = None
    gap: str = ""
    count: Cell | None = None
    group: str = ""
    colour: str = "accent"

    @property
    def unit(self) -> str:
        return BY_ID[self.indicator].unit

    @property
    def text(self) -> str:
        return written(self.indicator, self.cell.valeur)

    @property
    def difference(self) -> float | None:
        """The gap as a number, in the unit of the figure."""
        if self.cell.valeur is None or self.reference is None or self.reference.valeur is None:
            return None
        return round(self.cell.valeur - self.reference.valeur, 12)  # no noise of floating point

    @property
    def reference_text(self) -> str:
        return written(self.indicator, self.reference.valeur) if self.reference else ""


def written(indicator: str, amount: float | None) -> str:
    """A value in the writing of its indicator."""
    declared = BY_ID[indicator]
    money = declared.euros and declared.unit == NOMBRE
    return formats.euros(amount) if money else formats.value(declared.unit, amount)


@dataclass(frozen=True)
class Key:
    """A figure set large: `change` is what is said of its `others`, `beside` the line about the comparator."""

    figure: Figure
    name: str
    change: str = ""
    beside: str = ""
    others: tuple[Figure, ...] = ()  # its evolution, its share of the whole

    @property
    def figures(self) -> tuple[Figure, ...]:
        return (self.figure, *self.others)


@dataclass(frozen=True)
class Filled:
    """A chart's figures. `scale`: the largest value of the blocks that share its axis, None where it stands alone."""

    chart: Chart
    figures: tuple[Figure, ...]
    subject: str
    comparator: str = ""
    total: str = ""
    scale: float | None = None
    structures: tuple[Structure, ...] = ()
    missing: str = ""  # why there are no structures
    columns: tuple[str, ...] = ()  # of a table, whose figures go line by line
    targets: tuple[Target, ...] = ()

    @property
    def drawn(self) -> tuple[Figure, ...]:
        """The figures that are drawn; the others are in the table only."""
        first = self.chart.first if isinstance(self.chart, Bars) else 0
        return self.figures[:first] if first else self.figures

    @property
    def empty_because(self) -> str:
        """Why nothing can be drawn; empty where something can."""
        if isinstance(self.chart, Ranking):
            return "" if self.structures else self.missing
        if isinstance(self.chart, Targets):
            return ""
        if any(f.cell.valeur is not None for f in self.figures):
            return ""
        return next((f.cell.reason for f in self.figures if f.cell.reason), "aucun cas dans ce périmètre")


def key(block: KeyFigure, view: View) -> Key:
    figure = _figure(view, block.indicator, block.modality)
    change = ""
    if block.change:
        evolution = view.subject(block.change)
        change = "" if evolution.valeur is None else f"{formats.evolution(evolution.valeur)} en un an"
    if block.share and view.public != EVERYONE and not (view.comparison and view.comparison.code == ENSEMBLE):
        whole = f"{formats.part(view.subject(block.share).valeur)} du total"
        change = f"{change}, {whole}" if change else whole
    name = block.name or figure.label
    if figure.modality and not block.name:
        name = f"{BY_ID[figure.indicator].label}{NBSP}: {figure.label.lower()}"
    others = tuple(_figure(view, i) for i in (block.change, block.share) if i)
    return Key(figure, name, change, _beside(figure, view, bool(change)), others)


def _beside(figure: Figure, view: View, changed: bool) -> str:
    if view.comparison is None or figure.reference is None or figure.cell.valeur is None:
        return ""
    name = view.comparison.name
    if figure.reference.valeur is None:
        return f"{name}{NBSP}: {formats.NC}"
    if figure.unit == NOMBRE and view.comparison.whole:
        return f"{figure.gap} du total ({name}{NBSP}: {figure.reference_text})"
    if changed and view.comparison.code == ANNEE:
        return f"{name}{NBSP}: {figure.reference_text}"
    return f"{figure.gap} ({name}{NBSP}: {figure.reference_text})"


def charts(slide: Slide, view: View) -> tuple[Filled, ...]:
    """Every chart of a slide, the main one first."""
    filled = [_fill(chart, view) for chart in slide.charts]
    return tuple(_scaled(f, filled) for f in filled)


def _scaled(one: Filled, among: list[Filled]) -> Filled:
    if not (isinstance(one.chart, Bars) and one.chart.scale):
        return one
    shared = [f for f in among if isinstance(f.chart, Bars) and f.chart.scale == one.chart.scale]
    values = [v for f in shared for figure in f.figures for v in _values(figure)]
    return replace(one, scale=max(values, default=None))


def _values(figure: Figure) -> list[float]:
    cells = (figure.cell, figure.reference)
    return [c.valeur for c in cells if c is not None and c.valeur is not None]


def _fill(chart: Chart, view: View) -> Filled:
    comparator = view.comparison.name if view.comparison else ""
    subject = _subject_name(view)
    if isinstance(chart, Bars):
        figures = tuple(f for part in chart.parts for f in _part(part, view, chart.colour))
        if chart.order == BY_SIZE:
            figures = tuple(sorted(figures, key=lambda f: -(f.cell.valeur or 0.0)))
        return Filled(chart, figures, subject, comparator)
    if isinstance(chart, Ring):
        figures = tuple(
            _figure(view, chart.indicator, m, colour=c)
            for m, c in zip(view.subject.modalities(chart.indicator), chart.colours, strict=True)
        )
        return Filled(chart, figures, subject, comparator, _total(chart, view))
    if isinstance(chart, Groups):
        return Filled(chart, _groups(chart, view), subject, comparator)
    if isinstance(chart, Trend):
        return Filled(chart, _years(chart, view), "Nombre")
    return _fill_table(chart, view, subject, comparator)


def _fill_table(chart: Table | Targets | Ranking, view: View, subject: str, comparator: str) -> Filled:
    if isinstance(chart, Targets):
        return Filled(chart, (), subject, targets=targets(chart.approach))
    if isinstance(chart, Table):
        annee = view.subject.scope.annee
        titles = tuple(c.title.format(annee=annee, avant=annee - 1) for c in chart.columns)
        return Filled(chart, _lines(chart, view), subject, columns=(chart.head, *titles))
    missing = "aucune structure externe connue" if view.public == EVERYONE else NOT_FOR_PUBLIC
    return Filled(chart, (), subject, comparator, structures=view.structures, missing=missing)


def _subject_name(view: View) -> str:
    """What the accent stands for, beside the comparator."""
    if view.comparison is None or view.comparison.code == ANNEE:
        return str(view.subject.scope.annee)
    return view.territory.name if view.comparison.code in PLACES else view.public.label


def _total(ring: Ring, view: View) -> str:
    return formats.nombre(view.subject(ring.total).valeur) if ring.total else ""


def _part(part: Part, view: View, colour: str) -> list[Figure]:
    found = view.subject.under(part.indicator, part.under) if part.under else view.subject.modalities(part.indicator)
    modalities = part.modalities or found or ("",)
    figures = [_figure(view, part.indicator, m, part.count, colour=colour, among=modalities) for m in modalities]
    name = BY_ID[part.indicator].label
    if part.named == INDICATOR:
        return [replace(f, label=name) for f in figures]
    return [replace(f, label=f"{name}{NBSP}: {f.label.lower()}") for f in figures] if part.named else figures


def _lines(chart: Table, view: View) -> tuple[Figure, ...]:
    """The figures of a table, line by line."""
    earlier = [y.figures for y in view.history if y.annee == view.subject.scope.annee - 1]

    def cell(column: Column, modality: str) -> Figure:
        figure = _figure(view, column.indicator, modality)
        if column.before:
            missing = Cell(None, reason="pas d'enquête cette année-là")
            figure = replace(figure, cell=earlier[0](column.indicator, modality) if earlier else missing)
        return replace(figure, reference=None, gap="")

    there = view.subject.modalities(chart.by)
    lines = sorted(there, key=lambda m: -(view.subject(chart.by, m).valeur or 0.0))
    return tuple(cell(column, modality) for modality in lines for column in chart.columns)


def _years(chart: Trend, view: View) -> tuple[Figure, ...]:
    """The figure of each year, in grey where it is not whole; of those before the first whole one, only the chosen."""
    first = min((y.annee for y in view.history if y.complete), default=0)
    chosen = view.subject.scope.annee
    return tuple(
        Figure(
            chart.indicator,
            "",
            str(y.annee) if y.complete else f"{y.annee} (incomplète)",
            y.figures(chart.indicator),
            colour="accent" if y.complete else "comparator",
        )
        for y in view.history
        if y.complete or (y.annee > first and y.figures(chart.indicator).valeur is not None) or y.annee == chosen
    )


def _groups(chart: Groups, view: View) -> tuple[Figure, ...]:
    found: list[Figure] = []
    for (group, members), colour in zip(chart.membership, chart.colours, strict=True):
        name = label(chart.groups, group)
        found.append(_figure(view, chart.groups, group, colour=colour))
        found += [_figure(view, chart.members, m, colour=colour, group=name, among=members) for m in members]
    return tuple(found)


def _figure(
    view: View,
    indicator: str,
    modality: str = "",
    count: str = "",
    *,
    colour: str = "accent",
    group: str = "",
    among: tuple[str, ...] = (),
) -> Figure:
    return Figure(
        indicator,
        modality,
        label(indicator, modality, among),
        view.subject(indicator, modality),
        view.compared(indicator, modality),
        view.gap(indicator, modality),
        view.subject(count, modality) if count else None,
        group,
        colour,
    )
