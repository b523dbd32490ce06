"""A slide filled with figures: what every renderer (page, deck, workbook) draws, already named, ordered and written."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from dashboards import formats
from dashboards.figures.view import ANNEE, ENSEMBLE, NOT_FOR_PUBLIC, PLACES, RESPONDENTS, View, label
from dashboards.formats import NBSP
from dashboards.published.reading import ACTION_SOCIALE, BALI, ENQUETE, Cell, Structure
from dashboards.slides import (
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
from schemas.context.contexte import DEFINITION, Target, targets
from schemas.indicators.catalogue import ANNEES, BY_ID, EVOLUTION, JOURS, NOMBRE, NOTE, PART, Indicator
from schemas.outputs.tables import STRUCTURES
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


# --- words around the figures ---


def subtitle(slide: Slide, view: View) -> str:
    """What is measured, on whom, where, when, beside what."""
    if not slide.source:
        return slide.subject
    whom = [view.public.label] if slide.source == BALI else []  # the survey and a caisse know no public of BALI
    words = [slide.subject, *whom, view.territory.name]
    words.append(f"{view.subject.scope.annee}{'' if view.complete else ' (année incomplète)'}")
    if view.comparison:
        words.append(f"comparaison{NBSP}: {view.comparison.name}")
    return f"{NBSP}· ".join(words)  # no line starts with the dot


SYNTHETIC = "Données synthétiques : ces chiffres ne décrivent aucune personne réelle."
SOURCES = {BALI: "BALI", ENQUETE: "enquête ADASS", ACTION_SOCIALE: "fichiers d'action sociale de la caisse"}


def foot(slide: Slide, view: View) -> tuple[str, ...]:
    """Bases with their counts, caveats, source: the lines at the bottom of a slide."""
    if not slide.source:
        return _context(slide)
    return (*_bases(slide, view), *_respondents(slide, view), *_caveats(slide, view), *source(view, _sources(slide)))


def _sources(slide: Slide) -> tuple[str, ...]:
    return tuple(dict.fromkeys(BY_ID[i].source for i in slide.indicators)) or (slide.source,)


def credit(slide: Slide, view: View) -> str:
    """What stands under a chart that leaves the page."""
    made = _made(view, _sources(slide))
    return f"{made} {SYNTHETIC}" if view.vintage.synthetic else made


def _context(slide: Slide) -> tuple[str, ...]:
    shown = [t for c in slide.charts if isinstance(c, Targets) for t in targets(c.approach) if t.rate is not None]
    where = ", ".join(dict.fromkeys(f"{t.source} {t.year}" for t in shown))
    deduced = [t.name.lower() for t in shown if t.deduced]
    doubt = f"Le diaporama imprime sans nommer leur population les taux donnés ici pour{NBSP}: {', '.join(deduced)}."
    return (
        DEFINITION,
        *((doubt,) if deduced else ()),
        f"Source{NBSP}: {where}, taux repris du diaporama ADASS 2024. Ces taux ne dépendent d'aucun filtre.",
    )


def _respondents(slide: Slide, view: View) -> list[str]:
    """How many organismes answered the survey, and a warning where the years compared have different ones."""
    if not any(BY_ID[i].source == ENQUETE for i in slide.indicators):
        return []
    number, annee = view.subject(RESPONDENTS).valeur, view.subject.scope.annee
    lines = [f"{formats.counted(number or 0, 'organisme répondant', 'organismes répondants')} à l'enquête {annee}."]
    before = _respondents_before(slide, view)
    if before is not None and number is not None and before != number:
        lines.append(
            f"Attention{NBSP}: {formats.nombre(number)} répondants en {annee}, {formats.nombre(before)} en {annee - 1}. "
            "Une partie des écarts peut venir de ce changement de répondants."
        )
    return lines


def _respondents_before(slide: Slide, view: View) -> float | None:
    """The respondents of the year that is shown beside, None where none is."""
    if any(isinstance(c, Table) and any(k.before for k in c.columns) for c in slide.charts):
        return next(
            (y.figures(RESPONDENTS).valeur for y in view.history if y.annee == view.subject.scope.annee - 1), None
        )
    if view.comparison is None or view.reference is None or view.comparison.code != ANNEE:
        return None
    return view.reference(RESPONDENTS).valeur


def source(view: View, names: tuple[str, ...] = (BALI,)) -> tuple[str, ...]:
    """Where the figures come from, and what the sign of a missing one means."""
    signs = (
        f"{formats.NC}{NBSP}: non communiqué ou non calculable. Les écarts sont calculés sur les valeurs non arrondies."
    )
    return (f"{_made(view, names)} {signs}",)


def _made(view: View, names: tuple[str, ...]) -> str:
    whence = ", ".join(SOURCES[name] for name in names)
    return f"Source{NBSP}: {whence}, millésime {view.vintage.name}, produit le {formats.jour(view.vintage.created)}."


def _bases(slide: Slide, view: View) -> list[str]:
    # counts by modalité add nothing to the base of the shares they stand beside
    told = [BY_ID[i] for i in slide.indicators if not (BY_ID[i].unit == NOMBRE and BY_ID[i].by)]
    words = dict.fromkeys(i.base.words for i in told)
    counts = {w: _base_count(w, slide, view) for w in words}
    known = {w: n for w, n in counts.items() if n is not None}
    bases = [f"{_shortened(w, known)} ({formats.nombre(n)})" for w, n in known.items()]
    return [f"Base{'s' if len(bases) > 1 else ''}{NBSP}: {' ; '.join(bases)}."] if bases else []


def _shortened(words: str, among: Iterable[str]) -> str:
    """What a base adds to another that stands before it: "âge connu" of the accompaniments that were closed."""
    wider = next((w for w in among if words.startswith(f"{w}, ")), None)
    return words if wider is None else f"dont {words.removeprefix(f'{wider}, ')}"


def _base_count(words: str, slide: Slide, view: View) -> float | None:
    """How many a base holds: the denominator of any share taken over all of it, or the count of it."""
    for name in slide.indicators:
        declared = BY_ID[name]
        if declared.base.words != words or declared.within or declared.whole or declared.distinct:
            continue
        cells = [view.subject(name, m) for m in view.subject.modalities(name) or ("",)]
        if declared.unit == NOMBRE and not (declared.by or declared.cases or declared.total):
            return cells[0].numerateur
        if declared.unit == PART or declared.total or declared.median:  # a sum of counts has no denominator
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
    if isinstance(filled.chart, Table):
        return _table_grid(filled.chart, filled)
    if isinstance(filled.chart, Targets):
        return _targets_grid(filled.targets)
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


def _table_grid(chart: Table, filled: Filled) -> Grid:
    width = len(chart.columns)
    lines = [filled.figures[i : i + width] for i in range(0, len(filled.figures), width)]
    return Grid(
        filled.columns,
        tuple((line[0].label, *(_signed(c, f) for c, f in zip(chart.columns, line, strict=True))) for line in lines),
        tuple((line[0].label, *(formats.plain(f.cell.valeur) for f in line)) for line in lines),
    )


def _signed(column: Column, figure: Figure) -> str:
    change = figure.cell.valeur
    if not column.signed or change is None:
        return figure.text
    return f"+{figure.text}" if change > 0 else figure.text


def _targets_grid(publics: tuple[Target, ...]) -> Grid:
    head = ("Public", "Taux de pauvreté", "Année", "Source")
    texts = tuple((t.name, formats.part(t.rate) if t.rate is not None else "–", t.year, t.source) for t in publics)
    return Grid(head, texts, tuple((t.name, formats.plain(t.rate), t.year, t.source) for t in publics))


def target_note(target: Target) -> str:
    """What stands under a rate."""
    if target.rate is None:
        return ""
    return f"vivent sous le seuil de pauvreté ({target.source} {target.year})"


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


_NUMBER = re.compile(r"-?\d+(?:[,.]\d+)?(?:e[+-]?\d+)?")
# where a cell begins that a spreadsheet would run, also for one that parts cells by commas, tabs or lines (a quote is
# then no longer one); a negative number of a list is left alone
_SIGN = r"(?=\s*[=+\-@＝＋－＠])"
_FORMULA = re.compile(
    rf"""(?:^|(?<=[;"\t\r\n])){_SIGN}|^(?=[\t\r\n])|(?<=,){_SIGN}(?!\s*-\d+(?:\.\d+)?\s*(?:[,\]}}]|$))"""
)


def _quoted(text: str) -> str:
    if not _NUMBER.fullmatch(text):
        text = _FORMULA.sub("'", text)
    return '"' + text.replace('"', '""') + '"' if any(c in text for c in ';"\r\n') else text
