"""The workbook of a report: a cover with links, one marked table a sheet, all its figures in one, the definitions."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from dashboards import formats
from dashboards.content import filled as content
from dashboards.content import words
from dashboards.content.filled import Figure, Filled, unit_words
from dashboards.content.outline import Page, Report
from dashboards.content.words import SYNTHETIC
from dashboards.deck import workbook
from dashboards.deck.workbook import NOTES, WHOLE, Book, Cell, Typed, number_format
from dashboards.figures.view import ANNEE, View
from dashboards.formats import NBSP
from dashboards.published.reading import PROTECTED
from dashboards.slides.blocks import Ranking, Table, Targets, Trend
from schemas.indicators.catalogue import BY_ID, EVOLUTION, NOMBRE, PART

COVER, KEYS, TEXTS, TIDY, DEFINED = "Lisez-moi", "Chiffres clés", "Textes", "Données", "Définitions"
NOT_APPLICABLE, NOTHING = f"s.{NBSP}o.", "–"
FEW = 30  # cases under which a figure is marked
# what a note begins with, so that a program can sort by it
PROTECTED_CODE, UNKNOWN_CODE, FEW_CODE = "[c]", "[x]", "[b]"
_LONGEST_NAME = 31  # characters of the name of a sheet
_WIDE = (44.0, *[16.0] * 5, 18.0, 20.0, 44.0)
_TIDY_WIDE = (12.0, 34.0, 34.0, 24.0, 34.0, *[14.0] * 11, 16.0, 34.0)


@dataclass(frozen=True)
class Sheet:
    """A table on a sheet of its own. `told`: the lines between its title and its head."""

    name: str
    title: str
    told: tuple[str, ...]
    table: Typed
    widths: Sequence[float] = _WIDE


def of_report(report: Report) -> bytes:
    """The workbook of a report."""
    book = Book(f"ADASS {report.annee}", report.scope_name)
    sheets = _named([one for one in _sheets(report) if one.table.rows])
    _cover(book, report, sheets)
    for one in sheets:
        sheet = book.sheet(one.name, one.widths)
        row = workbook.head(book, sheet, one.title, one.told)
        book.link(sheet, row, COVER, "Retour au sommaire")
        book.marked(sheet, row + 2, one.table)
    return book.bytes()


def _cover(book: Book, report: Report, sheets: Sequence[Sheet]) -> None:
    sheet = book.sheet(COVER, (36.0, 110.0), landscape=False)
    vintage = report.vintage
    lines = [
        report.scope_name,
        f"Millésime {vintage.name}, produit le {formats.jour(vintage.created)}.",
        f"Une table par feuille, dans l'ordre du rapport{NBSP}; « {TIDY} » réunit tous les chiffres, avec leurs codes.",
        "Les parts sont des nombres de 0 à 1, affichés en pour cent. Les écarts entre parts sont en points : chaque colonne "
        "d'écart est suivie de son unité.",
        f"{formats.NC}{NBSP}: non communiqué ou non calculable{NBSP}; {NOT_APPLICABLE}{NBSP}: sans objet. La colonne « Note » dit "
        f"pourquoi{NBSP}: {PROTECTED_CODE} petit effectif protégé, {UNKNOWN_CODE} non livré ou non calculable, {FEW_CODE} base de "
        f"moins de {FEW} cas.",
        *([SYNTHETIC] if vintage.synthetic else ()),
        *report.remarks,
    ]
    if report.left_out:
        names = " ; ".join(f"{s.id} {s.title}" for s in report.left_out)
        lines.append(f"Sans aucun chiffre pour ce territoire, non reprises{NBSP}: {names}.")
    row = workbook.head(book, sheet, f"ADASS {report.annee}", lines) + 1
    rows = tuple((Cell(one.name), Cell(one.title)) for one in sheets)
    book.marked(sheet, row, Typed(("Feuille", "Contenu"), rows))
    for n, one in enumerate(sheets, 1):
        book.link(sheet, row + n, one.name, one.name)


def _named(sheets: Iterable[Sheet]) -> list[Sheet]:
    """The same sheets, each under a name that spreadsheets accept and no other has."""
    named: dict[str, Sheet] = {}
    for one in sheets:
        clean = re.sub(r"[\[\]:*?/\\']", " ", one.name)
        name = clean if len(clean) <= _LONGEST_NAME else clean[:_LONGEST_NAME].rsplit(" ", 1)[0].rstrip(" ,")
        n = 1
        while name.casefold() in named:
            n += 1
            name = f"{clean[: _LONGEST_NAME - 3].rstrip()} {n}"
        named[name.casefold()] = Sheet(name, one.title, one.told, one.table, one.widths)
    return list(named.values())


def _sheets(report: Report) -> Iterator[Sheet]:
    whole = report.scope_name, f"Année {report.annee}, millésime {report.vintage.name}."
    yield Sheet(
        KEYS,
        "Chiffres clés de toutes les diapositives",
        whole,
        _keys(report),
        (10.0, 44.0, *[16.0] * 2, 40.0, 44.0, 34.0),
    )
    for page in report.pages:
        yield from _charts(page)
    texts = [(page, *one) for page in report.pages for one in _words(page)]
    yield Sheet(
        TEXTS, "Phrases et textes des diapositives", whole,
        Typed(("Diapositive", "Titre", "Texte"), tuple((Cell(p.slide.id), Cell(t), Cell(b)) for p, t, b in texts)),
        (12.0, 44.0, 110.0),
    )  # fmt: skip
    yield Sheet(TIDY, "Tous les chiffres du rapport, un par ligne", whole, _tidy(report), _TIDY_WIDE)
    told = dict.fromkeys(i for page in report.pages for i in page.slide.indicators)
    yield Sheet(
        DEFINED, "Ce que compte chaque indicateur, sur qui, et ses réserves", whole,
        _complete(workbook.definitions(BY_ID[i] for i in told)), NOTES,
    )  # fmt: skip


def _words(page: Page) -> Iterator[tuple[str, str]]:
    slide, view = page.slide, page.view
    yield slide.title, slide.headline(view)
    for said in (s(view) for s in slide.sentences):
        if said:
            yield slide.title, said
    for text in slide.texts:
        yield text.title, text.body


# --- one chart ---


def _charts(page: Page) -> Iterator[Sheet]:
    slide, view = page.slide, page.view
    charts = content.charts(slide, view)
    for n, filled in enumerate(charts, 1):
        name = f"{slide.id}.{n}" if len(charts) > 1 else slide.id
        told = (slide.headline(view), words.subtitle(slide, view), *words.foot(slide, view))
        yield Sheet(f"{name} {filled.chart.title}", f"{name}{NBSP}· {filled.chart.title}", told, _table(filled, page))


def _table(filled: Filled, page: Page) -> Typed:
    """The table of a chart; a gap is followed by its unit, and each row by what must be known of it."""
    if filled.empty_because:
        return Typed(
            ("Libellé", "Valeur", "Note"),
            ((Cell(filled.chart.title), Cell(formats.NC), Cell(f"{UNKNOWN_CODE} {filled.empty_because}")),),
        )
    made = workbook.typed(filled, page.view)
    if isinstance(filled.chart, Ranking | Targets):
        return _complete(made)
    width = len(filled.chart.columns) if isinstance(filled.chart, Table) else 1
    lines = [filled.figures[i : i + width] for i in range(0, len(filled.figures), width)]
    columns, rows = made.columns, [list(row) for row in made.rows]
    if columns[-1] == workbook.WHY:
        columns, rows = columns[:-1], [row[:-1] for row in rows]
    if filled.comparator and not isinstance(filled.chart, Table):
        columns = (*columns, "Unité de l'écart")
        rows = [[*row, Cell(_gap_unit(line[0], page.view))] for row, line in zip(rows, lines, strict=True)]
        if page.regional is not None:
            columns = (*columns, "Région")
            values = [page.regional(line[0].indicator, line[0].modality).valeur for line in lines]
            codes = [number_format(line[0].indicator, [v]) for line, v in zip(lines, values, strict=True)]
            rows = [
                [*row, Cell(formats.NC if v is None else v, c)] for row, v, c in zip(rows, values, codes, strict=True)
            ]
    units = [" ; ".join(dict.fromkeys(unit_words(BY_ID[f.indicator]) for f in line)) for line in lines]
    rows = [[*row, Cell(unit), Cell(_note(line))] for row, unit, line in zip(rows, units, lines, strict=True)]
    return _complete(Typed((*columns, "Unité", "Note"), tuple(tuple(row) for row in rows)))


def _gap_unit(figure: Figure, view: View) -> str:
    if figure.unit == NOMBRE:
        a_whole = view.comparison is not None and view.comparison.code != ANNEE
        return "part du total, en %" if a_whole else "évolution, en %"
    return "points" if figure.unit in {PART, EVOLUTION} else unit_words(BY_ID[figure.indicator])


def _note(figures: Sequence[Figure]) -> str:
    """Why figures are missing, or on how few cases they stand, each after its code."""
    said = []
    for one in figures:
        if one.cell.valeur is None:
            said.append(f"{PROTECTED_CODE if one.cell.reason == PROTECTED else UNKNOWN_CODE} {one.cell.reason}")
        elif one.cell.denominateur is not None and one.cell.denominateur < FEW:
            said.append(f"{FEW_CODE} base de moins de {FEW} cas")
    return " ; ".join(dict.fromkeys(said)) or NOTHING


def _complete(table: Typed) -> Typed:
    """The same table without an empty cell: a median has no numerator, a count no denominator."""
    return Typed(table.columns, tuple(tuple(map(_said, row)) for row in table.rows))


def _said(cell: Cell) -> Cell:
    return Cell(NOT_APPLICABLE, cell.code) if cell.value is None or cell.value == "" else cell


# --- all figures ---


def _keys(report: Report) -> Typed:
    rows = []
    for page in report.pages:
        for block in page.slide.keys:
            told = content.key(block, page.view)
            figure = told.figure
            value = workbook.cell(figure)
            row = (
                page.slide.id,
                told.name,
                value,
                unit_words(BY_ID[figure.indicator]),
                told.change,
                told.beside,
                _note([figure]),
            )
            rows.append(tuple(one if isinstance(one, Cell) else Cell(one) for one in row))
    columns = ("Diapositive", "Chiffre clé", "Valeur", "Unité", "Évolution", "Comparaison", "Note")
    return _complete(Typed(columns, tuple(rows)))


_TIDY_COLUMNS = (
    "diapositive", "graphique", "indicateur", "modalite", "libelle", "unite", "annee", "niveau", "territoire", "public",
    "valeur", "numerateur", "denominateur", "comparaison", "valeur_comparee", "ecart", "unite_ecart", "note",
)  # fmt: skip


def _tidy(report: Report) -> Typed:
    rows = []
    for page in report.pages:
        annee = page.view.subject.scope.annee
        keys = [f for block in page.slide.keys for f in content.key(block, page.view).figures]
        rows += [_tidy_row(page, KEYS, annee, figure) for figure in keys]
        for filled in content.charts(page.slide, page.view):
            years = _years(filled, annee)
            rows += [
                _tidy_row(page, filled.chart.title, year, f) for year, f in zip(years, filled.figures, strict=True)
            ]
    return _complete(Typed(_TIDY_COLUMNS, tuple(rows)))


def _years(filled: Filled, annee: int) -> list[int]:
    """The year of each figure of a chart: some columns of a table are of the year before, a trend goes through years."""
    if isinstance(filled.chart, Trend):
        return [int(figure.label[:4]) for figure in filled.figures]
    if isinstance(filled.chart, Table):
        before = [column.before for column in filled.chart.columns]
        return [annee - before[n % len(before)] for n in range(len(filled.figures))]
    return [annee] * len(filled.figures)


def _tidy_row(page: Page, title: str, annee: int, figure: Figure) -> tuple[Cell, ...]:
    view = page.view
    scope = view.subject.scope
    unit = unit_words(BY_ID[figure.indicator])
    words_of = (page.slide.id, title, figure.indicator, figure.modality, figure.label, unit)
    where = (Cell(float(annee), "0"), Cell(scope.niveau), Cell(scope.territoire), Cell(scope.public))
    cell, beside = figure.cell, figure.reference
    numbers = (
        Cell(formats.NC if cell.valeur is None else cell.valeur),
        Cell(cell.numerateur, WHOLE),
        Cell(cell.denominateur, WHOLE),
    )
    compared: tuple[Cell, ...] = (Cell(None),) * 4
    if beside is not None and view.comparison is not None:
        theirs = formats.NC if beside.valeur is None else beside.valeur
        gap = workbook.gap(figure, view).value
        compared = (Cell(view.comparison.name), Cell(theirs), Cell(gap), Cell(_gap_unit(figure, view)))
    return (*map(Cell, words_of), *where, *numbers, *compared, Cell(_note([figure])))
