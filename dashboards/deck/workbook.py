"""The XLSX renderer: typed numbers with their formats, and beside them what each figure means.

Texts are written as texts: a spreadsheet never runs what a delivered file holds.
"""

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from dashboards import formats
from dashboards.content import grids, words
from dashboards.content.filled import Figure, Filled, unit_words
from dashboards.content.words import SYNTHETIC
from dashboards.figures.view import ANNEE, View
from dashboards.formats import NBSP
from dashboards.slides.blocks import Ranking, Slide, Table, Targets
from dashboards.theme import LIGHT
from schemas.indicators.catalogue import ANNEES, BY_ID, EVOLUTION, JOURS, NOMBRE, NOTE, PART, Indicator

WHOLE = "#,##0"  # shown with spaces and a decimal comma by a program in French
SHARE = f'[=0]0"{NBSP}"%;[=1]0"{NBSP}"%;0.0"{NBSP}"%'
TINY = f'[=0]0"{NBSP}"%;[<0.0005]"<{NBSP}0,1{NBSP}%";0.0"{NBSP}"%'
EUROS = f'#,##0"{NBSP}€"'
POINTS = f'+0.0"{NBSP}points";-0.0"{NBSP}points";0"{NBSP}point"'
CHANGE = f'+0.0"{NBSP}"%;-0.0"{NBSP}"%;0"{NBSP}"%'
SIGNED = "+#,##0;-#,##0;0"
TENTH = "+0.0;-0.0;0"
MIME = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

Value = float | str | None
WHY = "Pourquoi il manque"


def number_format(indicator: str, values: Iterable[float | None]) -> str:
    """The format code that writes these values of an indicator as `formats` does."""
    declared, known = BY_ID[indicator], [v for v in values if v is not None]
    if declared.unit == NOMBRE:
        return EUROS if declared.euros else WHOLE
    if declared.unit == PART:
        return TINY if any(0 < v < 0.0005 for v in known) else SHARE
    if declared.unit == JOURS:
        fine = any(abs(v) < 10 and v != round(v) for v in known)
        return f'[<10]0.0"{NBSP}jours";{WHOLE}"{NBSP}jours"' if fine else f'{WHOLE}"{NBSP}jours"'
    if declared.unit == ANNEES:
        return f'{"0" if all(float(v).is_integer() for v in known) else "0.0"}"{NBSP}ans"'
    return {EVOLUTION: CHANGE, NOTE: '0.0"/10"'}[declared.unit]


@dataclass(frozen=True)
class Cell:
    """A value of a sheet: a number with its format code, or a text."""

    value: Value
    code: str = ""


@dataclass(frozen=True)
class Typed:
    """A table of typed cells."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


def typed(filled: Filled, view: View) -> Typed:
    """The table of a chart: the columns of the page, with numbers as numbers, and why one is missing."""
    titles = grids.grid(filled).columns
    if isinstance(filled.chart, Ranking):
        return Typed(titles, tuple(_ranked(filled)))
    if isinstance(filled.chart, Targets):
        rows = [(Cell(t.name), Cell(t.rate, SHARE), Cell(t.year), Cell(t.source)) for t in filled.targets]
        return Typed(titles, tuple(rows))
    if isinstance(filled.chart, Table):
        width = len(filled.chart.columns)
        lines = [filled.figures[i : i + width] for i in range(0, len(filled.figures), width)]
        return Typed(titles, tuple((Cell(line[0].label), *(cell(f) for f in line)) for line in lines))
    grouped = "Famille" in titles
    told = tuple(_row(f, filled, view, grouped) for f in filled.figures)
    if any(f.cell.valeur is None for f in filled.figures):
        titles = (*titles, WHY)
        told = tuple((*row, Cell(f.cell.reason)) for row, f in zip(told, filled.figures, strict=True))
    return Typed(titles, told)


def _row(figure: Figure, filled: Filled, view: View, grouped: bool) -> tuple[Cell, ...]:
    row = [*([Cell(figure.group)] if grouped else ()), Cell(figure.label), cell(figure)]
    row += [Cell(figure.cell.numerateur, WHOLE), Cell(figure.cell.denominateur, WHOLE)]
    if filled.comparator:
        beside = figure.reference.valeur if figure.reference else None
        row += [Cell(beside, number_format(figure.indicator, [beside])), gap(figure, view)]
    return tuple(row)


def cell(figure: Figure) -> Cell:
    value = figure.cell.valeur
    return Cell(formats.NC if value is None else value, number_format(figure.indicator, [value]))


def gap(figure: Figure, view: View) -> Cell:
    """The gap as the page prints it: in points, relative for counts, a share of the whole they belong to."""
    ours, theirs = figure.cell.valeur, figure.reference.valeur if figure.reference else None
    if ours is None or theirs is None:
        return Cell(formats.NC)
    if figure.unit == NOMBRE:
        if theirs == 0:
            return Cell(formats.NC)
        a_whole = view.comparison is not None and view.comparison.code != ANNEE
        return Cell(ours / theirs, SHARE) if a_whole else Cell(ours / theirs - 1, CHANGE)
    if figure.unit in {PART, EVOLUTION}:
        return Cell(round((ours - theirs) * 100, 10), POINTS)
    return Cell(round(ours - theirs, 10), SIGNED if figure.unit == JOURS else TENTH)


def _ranked(filled: Filled) -> Iterable[tuple[Cell, ...]]:
    for s in filled.structures:
        yield (
            Cell(float(s.rang), WHOLE), Cell(s.structure), Cell(s.accompagnements, WHOLE), Cell(s.part_soins, SHARE),
            Cell(s.part_non_pertinent, SHARE), Cell(s.organismes, WHOLE), Cell(s.organismes_conventionnes, WHOLE),
        )  # fmt: skip


# --- sheets ---


class Book:
    """A workbook being written; formats are made once each."""

    def __init__(self, title: str, subject: str) -> None:
        self._out = io.BytesIO()
        self._book = xlsxwriter.Workbook(self._out, {"in_memory": True})
        self._book.set_properties(
            {"title": title, "subject": subject, "author": "adass", "company": "", "comments": ""}
        )
        self._tables = 0
        self._formats: dict[tuple[tuple[str, object], ...], Format] = {}

    def sheet(self, name: str, widths: Sequence[float], *, landscape: bool = True) -> Worksheet:
        sheet = self._book.add_worksheet(name)
        for column, width in enumerate(widths):
            sheet.set_column(column, column, width)
        sheet.hide_gridlines(2)
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        if landscape:
            sheet.set_landscape()
        return sheet

    def style(self, **wanted: object) -> Format:
        base = {"font_name": "Arial", "font_size": 10, "valign": "top", "font_color": LIGHT.text, **wanted}
        key = tuple(sorted(base.items()))
        if key not in self._formats:
            self._formats[key] = self._book.add_format(base)
        return self._formats[key]

    def write(self, sheet: Worksheet, row: int, column: int, cell: Cell) -> None:
        if isinstance(cell.value, str):
            text = formats.prose(cell.value)
            align = {"align": "right"} if cell.code else {"text_wrap": True}
            sheet.write_string(row, column, text, self.style(**align))
        elif cell.value is not None:
            sheet.write_number(row, column, cell.value, self.style(num_format=cell.code or "General"))

    def text(self, sheet: Worksheet, row: int, column: int, text: str, **wanted: object) -> None:
        sheet.write_string(row, column, formats.prose(text), self.style(**wanted))

    def title(self, sheet: Worksheet, row: int, column: int, name: str, table: Typed) -> None:
        """The title of a column, over its numbers or texts."""
        align = "right" if any(cells[column].code for cells in table.rows) else "left"
        self.text(sheet, row, column, name, bold=True, bottom=1, text_wrap=True, bg_color=LIGHT.panel, align=align)

    def table(self, sheet: Worksheet, row: int, table: Typed) -> int:
        """Write a table from a row on; returns the row after it."""
        for column, name in enumerate(table.columns):
            self.title(sheet, row, column, name, table)
        for cells in table.rows:
            row += 1
            for column, cell in enumerate(cells):
                self.write(sheet, row, column, cell)
        return row + 1

    def marked(self, sheet: Worksheet, row: int, table: Typed) -> None:
        """The only table of a sheet: marked as one, its head in sight and on every printed page."""
        last = self.table(sheet, row, table) - 1
        self._tables += 1
        headers = [{"header": formats.prose(name)} for name in table.columns]
        options = {"columns": headers, "name": f"Table_{self._tables}", "style": None, "autofilter": False}
        sheet.add_table(row, 0, last, len(table.columns) - 1, options)
        for column, name in enumerate(table.columns):
            self.title(sheet, row, column, name, table)
        sheet.freeze_panes(row + 1, 1)
        sheet.repeat_rows(row)

    def link(self, sheet: Worksheet, row: int, target: str, text: str) -> None:
        """A link to another sheet of the workbook."""
        look = self.style(font_color=LIGHT.accent, underline=1)
        sheet.write_url(row, 0, f"internal:'{target}'!A1", look, formats.prose(text))

    def bytes(self) -> bytes:
        self._book.close()
        return self._out.getvalue()


_WIDE = (44.0, 16.0, 14.0, 14.0, 16.0, 16.0, 34.0)
NOTES = (34.0, 18.0, 44.0, 70.0, 60.0, 16.0)
_DEFINED = ("Indicateur", "Unité", "Population", "Définition", "Attention", "Source")


def definitions(indicators: Iterable[Indicator]) -> Typed:
    rows = [
        (
            Cell(i.label), Cell(unit_words(i)), Cell(i.base.words), Cell(i.definition),
            Cell(i.caveat), Cell(words.SOURCES[i.source]),
        )
        for i in indicators
    ]  # fmt: skip
    return Typed(_DEFINED, tuple(rows))


def of_chart(slide: Slide, filled: Filled, view: View) -> bytes:
    """One chart's table, and on a second sheet what its figures mean, whom they count and where they come from."""
    book = Book(filled.chart.title, slide.subject)
    sheet = book.sheet("Données", _WIDE)
    head(book, sheet, filled.chart.title, [words.subtitle(slide, view)])
    book.table(sheet, 3, typed(filled, view))
    notes = book.sheet("Notes", NOTES)
    head(book, notes, "Notes", [words.subtitle(slide, view)])
    row = book.table(notes, 3, _meaning(filled)) + 1
    told = [*words.foot(slide, view), *([SYNTHETIC] if view.vintage.synthetic else ())]
    _lines(book, notes, row, told)
    return book.bytes()


def _meaning(filled: Filled) -> Typed:
    if isinstance(filled.chart, Ranking):
        rows = tuple((Cell(title), Cell(text)) for title, text in grids.ranking_definitions())
        return Typed(("Colonne", "Définition"), rows)
    return definitions(words.definitions(filled.chart.indicators))


def head(book: Book, sheet: Worksheet, title: str, told: Iterable[str]) -> int:
    """A title, and lines under it; returns the row after them."""
    book.text(sheet, 0, 0, title, bold=True, font_size=14)
    return _lines(book, sheet, 1, told)


def _lines(book: Book, sheet: Worksheet, row: int, lines: Iterable[str]) -> int:
    for text in lines:
        book.text(sheet, row, 0, text, font_color=LIGHT.muted)
        row += 1
    return row
