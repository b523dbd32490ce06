"""A slide filled with figures: what every renderer (page, deck, workbook) draws, already named, ordered and written."""

import re
from dataclasses import dataclass, replace

from dashboards import formats
from dashboards.figures import ANNEE, NOT_FOR_PUBLIC, View, label
from dashboards.formats import NBSP
from dashboards.published import Cell, Structure
from dashboards.slides import BY_SIZE, Bars, Chart, Groups, KeyFigure, Part, Ranking, Ring, Slide, Trend
from schemas.catalogue import BY_ID, NOMBRE, PART, Indicator
from schemas.outputs import STRUCTURES
from schemas.publics import EVERYONE


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
        return formats.value(self.unit, self.cell.valeur)

    @property
    def difference(self) -> float | None:
        """The gap as a number, in the unit of the figure."""
        if self.cell.valeur is None or self.reference is None or self.reference.valeur is None:
            return None
        return round(self.cell.valeur - self.reference.valeur, 12)  # no noise of floating point

    @property
    def reference_text(self) -> str:
        return formats.value(self.unit, self.reference.valeur) if self.reference else ""


@dataclass(frozen=True)
class Key:
    """A figure set large: `change` is its evolution in a year, `beside` the line about the comparator."""

    figure: Figure
    change: str = ""
    beside: str = ""


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
        if any(f.cell.valeur is not None for f in self.figures):
            return ""
        return next((f.cell.reason for f in self.figures if f.cell.reason), "aucun cas dans ce périmètre")


def key(block: KeyFigure, view: View) -> Key:
    figure = _figure(view, block.indicator, block.modality)
    change = ""
    if block.change:
        evolution = view.subject(block.change)
        change = "" if evolution.valeur is None else f"{formats.evolution(evolution.valeur)} en un an"
    return Key(figure, change, _beside(figure, view, bool(change)))


def _beside(figure: Figure, view: View, changed: bool) -> str:
    if view.comparison is None or figure.reference is None or figure.cell.valeur is None:
        return ""
    name = view.comparison.name
    if figure.reference.valeur is None:
        return f"{name}{NBSP}: {formats.NC}"
    if figure.unit == NOMBRE and view.comparison.code != ANNEE:
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
    missing = "aucune structure externe connue" if view.public == EVERYONE else NOT_FOR_PUBLIC
    return Filled(chart, (), subject, comparator, structures=view.structures, missing=missing)


def _subject_name(view: View) -> str:
    """What the accent stands for, beside the comparator."""
    if view.comparison is None or view.comparison.code == ANNEE:
        return str(view.subject.scope.annee)
    return view.territory.name if view.comparison.code == "france" else view.public.label


def _total(ring: Ring, view: View) -> str:
    return formats.nombre(view.subject(ring.total).valeur) if ring.total else ""


def _part(part: Part, view: View, colour: str) -> list[Figure]:
    modalities = part.modalities or view.subject.modalities(part.indicator) or ("",)
    return [_figure(view, part.indicator, m, part.count, colour=colour, among=modalities) for m in modalities]


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


# --- words around the figures ---


def subtitle(slide: Slide, view: View) -> str:
    """What is measured, on whom, where, when, beside what."""
    words = [slide.subject, view.public.label, view.territory.name]
    words.append(f"{view.subject.scope.annee}{'' if view.complete else ' (année incomplète)'}")
    if view.comparison:
        words.append(f"comparaison{NBSP}: {view.comparison.name}")
    return f"{NBSP}· ".join(words)  # no line starts with the dot


def foot(slide: Slide, view: View) -> tuple[str, ...]:
    """Bases with their counts, caveats, source: the lines at the bottom of a slide."""
    return (*_bases(slide, view), *_caveats(slide, view), *source(view))


def source(view: View) -> tuple[str, ...]:
    """Where the figures come from, and what the sign of a missing one means."""
    made = f"Source{NBSP}: BALI, millésime {view.vintage.name}, produit le {formats.jour(view.vintage.created)}."
    signs = (
        f"{formats.NC}{NBSP}: non communiqué ou non calculable. Les écarts sont calculés sur les valeurs non arrondies."
    )
    return (f"{made} {signs}",)


def _bases(slide: Slide, view: View) -> list[str]:
    # counts by modalité add nothing to the base of the shares they stand beside
    told = [BY_ID[i] for i in slide.indicators if not (BY_ID[i].unit == NOMBRE and BY_ID[i].by)]
    words = dict.fromkeys(i.base.words for i in told)
    counts = {w: _base_count(w, slide, view) for w in words}
    bases = [f"{w} ({formats.nombre(n)})" for w, n in counts.items() if n is not None]
    return [f"Base{'s' if len(bases) > 1 else ''}{NBSP}: {' ; '.join(bases)}."] if bases else []


def _base_count(words: str, slide: Slide, view: View) -> float | None:
    """How many a base holds: the denominator of any share taken over all of it, or the count of it."""
    for name in slide.indicators:
        declared = BY_ID[name]
        if declared.base.words != words or declared.within:
            continue
        cells = [view.subject(name, m) for m in view.subject.modalities(name) or ("",)]
        if declared.unit == NOMBRE and not (declared.by or declared.cases):
            return cells[0].numerateur
        if declared.unit == PART or declared.total or declared.median:
            known = [c.denominateur for c in cells if c.denominateur is not None]
            if known:
                return known[0]
    return None


def _caveats(slide: Slide, view: View) -> list[str]:
    caveats = [BY_ID[i].caveat for i in slide.indicators]
    incomplete = "" if view.complete else f"{view.subject.scope.annee} est incomplète{NBSP}: aucune comparaison."
    return [c for c in dict.fromkeys((*caveats, view.public.note, incomplete)) if c]


def definitions(indicators: tuple[str, ...]) -> tuple[Indicator, ...]:
    """The declarations behind a block, once each."""
    return tuple(BY_ID[i] for i in dict.fromkeys(indicators))


# --- the same figures as a table ---


@dataclass(frozen=True)
class Grid:
    """A table: texts as shown, and the same cells as plain values for a spreadsheet."""

    columns: tuple[str, ...]
    texts: tuple[tuple[str, ...], ...]
    values: tuple[tuple[str, ...], ...]
    numeric_from: int = 1  # columns before it are words


def grid(filled: Filled) -> Grid:
    if isinstance(filled.chart, Ranking):
        return _ranking_grid(filled.structures)
    grouped = any(f.group for f in filled.figures)
    columns = (*(("Famille",) if grouped else ()), "Libellé", filled.subject, "Numérateur", "Dénominateur")
    if filled.comparator:
        columns = (*columns, filled.comparator, "Écart")
    texts, values = [], []
    for f in filled.figures:
        words = (*((f.group,) if grouped else ()), f.label)
        cells = (f.cell.numerateur, f.cell.denominateur)
        text = [*words, f.text, *(_or_blank(f, c) for c in cells)]
        value = [*words, formats.plain(f.cell.valeur), *(formats.plain(c) for c in cells)]
        if filled.comparator:
            text += [f.reference_text, f.gap]
            value += [formats.plain(f.reference.valeur if f.reference else None), formats.plain(f.difference)]
        texts.append(tuple(text))
        values.append(tuple(value))
    return Grid(columns, tuple(texts), tuple(values), 2 if grouped else 1)


def _or_blank(figure: Figure, number: float | None) -> str:
    """A count has no denominator and a median no numerator: nothing is missing there."""
    return formats.nombre(number) if number is not None or figure.cell.valeur is None else "–"


RANKING_COLUMNS = {
    "rang": "Rang",
    "structure": "Structure",
    "accompagnements": "Détections",
    "part_soins": "Soins",
    "part_non_pertinent": "Non pertinent",
    "organismes": "Organismes concernés",
    "organismes_conventionnes": "Organismes conventionnés",
}


def ranking_definitions() -> tuple[tuple[str, str], ...]:
    """The columns of the ranking and what each holds."""
    comments = {c.name: c.comment for c in STRUCTURES.columns}
    return tuple((title, comments[name]) for name, title in RANKING_COLUMNS.items())


def _ranking_grid(rows: tuple[Structure, ...]) -> Grid:
    texts = tuple(
        (
            str(s.rang),
            s.structure,
            formats.nombre(s.accompagnements),
            formats.part(s.part_soins),
            formats.part(s.part_non_pertinent),
            formats.nombre(s.organismes),
            formats.nombre(s.organismes_conventionnes),
        )
        for s in rows
    )
    values = tuple(
        (
            str(s.rang),
            s.structure,
            *(
                formats.plain(v)
                for v in (
                    s.accompagnements,
                    s.part_soins,
                    s.part_non_pertinent,
                    s.organismes,
                    s.organismes_conventionnes,
                )
            ),
        )
        for s in rows
    )
    return Grid(tuple(RANKING_COLUMNS.values()), texts, values, 2)


def csv(table: Grid) -> bytes:
    """The table for a spreadsheet in French: `;`, decimal comma, UTF-8 with its mark, lines ended CR LF."""
    lines = [";".join(_quoted(cell) for cell in row) for row in (table.columns, *table.values)]
    return ("\ufeff" + "\r\n".join(lines) + "\r\n").encode("utf-8")


_FORMULA, _NUMBER = "=+-@\t\r", re.compile(r"-?\d+(,\d+)?")


def _quoted(text: str) -> str:
    if text.startswith(tuple(_FORMULA)) and not _NUMBER.fullmatch(text):
        text = f"'{text}"  # a spreadsheet would run it
    return '"' + text.replace('"', '""') + '"' if any(c in text for c in ';"\r\n') else text
