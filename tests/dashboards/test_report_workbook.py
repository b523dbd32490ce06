"""The workbooks, opened again: typed numbers, formats, no formula, and what the figures mean."""

import io
from dataclasses import replace

import openpyxl
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboards import formats
from dashboards.content import filled as content
from dashboards.content import grids, outline, words
from dashboards.deck import sheets, workbook
from dashboards.published import reading as published
from dashboards.published.reading import Scope
from dashboards.slides.blocks import Table, Trend
from dashboards.slides.sections import BY_SLIDE_ID, SLIDES
from schemas.indicators.catalogue import BY_ID, NOMBRE, PART
from tests.samples.dashboard import publish
from tests.samples.pages import APP, open_page
from tests.samples.slides import suited


@pytest.fixture(scope="module")
def marts(tmp_path_factory):
    return publish(tmp_path_factory.mktemp("marts"))


@pytest.fixture(scope="module")
def edition(marts):
    return published.current(marts)


def opened(data):
    book = openpyxl.load_workbook(io.BytesIO(data))
    for sheet in book:
        for row in sheet.iter_rows():
            assert all(cell.data_type != "f" for cell in row), "a formula"
            assert not any(cell.hyperlink and cell.hyperlink.target for cell in row), "a link out of it"
    return book


def column(sheet, title, first=4):
    """The cells under a title of the first table."""
    place = next(c.column for c in sheet[first] if c.value == title)
    rows = range(first + 1, sheet.max_row + 1)
    return [sheet.cell(row, place) for row in rows if sheet.cell(row, 1).value is not None]


@pytest.mark.parametrize("slide", SLIDES, ids=lambda s: s.id)
def test_a_chart_is_given_typed(slide, edition):
    view = suited(edition, slide)
    for filled in content.charts(slide, view):
        book = opened(workbook.of_chart(slide, filled, view))
        assert book.sheetnames == ["Données", "Notes"]
        titles = [c.value for c in book["Données"][4]]
        assert titles[: len(grids.grid(filled).columns)] == [formats.prose(c) for c in grids.grid(filled).columns]
        if filled.figures and not isinstance(filled.chart, Table):
            values = column(book["Données"], filled.subject)
            for cell, figure in zip(values, filled.figures, strict=True):
                assert cell.value == pytest.approx(figure.cell.valeur, rel=1e-15, abs=0)
                if figure.unit == PART:
                    assert cell.number_format.endswith('0.0"\xa0"%')
                if figure.unit == NOMBRE:
                    assert cell.number_format.startswith("#,##0")
        notes = "\n".join(str(c.value) for row in book["Notes"].iter_rows() for c in row if c.value)
        for declared in words.definitions(filled.chart.indicators):
            for told in (declared.label, declared.definition, declared.base.words):
                assert formats.prose(told) in notes
        assert "Source" in notes
        if slide.source:
            assert view.vintage.name in notes


def test_gaps_are_numbers_in_points(edition):
    slide = BY_SLIDE_ID["A7"]
    view = suited(edition, slide)
    (filled,) = content.charts(slide, view)
    cells = column(opened(workbook.of_chart(slide, filled, view))["Données"], "Écart")
    assert "points" in cells[0].number_format
    for cell, figure in zip(cells, filled.figures, strict=True):
        assert cell.value == pytest.approx(figure.difference * 100)


def test_a_table_is_given_typed(edition):
    slide = BY_SLIDE_ID["B2"]
    view = suited(edition, slide)
    (filled,) = content.charts(slide, view)
    sheet = opened(workbook.of_chart(slide, filled, view))["Données"]
    given = [c.value for title in filled.columns[1:] for c in column(sheet, title)]
    width = len(filled.columns) - 1
    wanted = [f.cell.valeur for place in range(width) for f in filled.figures[place::width]]
    assert given == pytest.approx(wanted, rel=1e-15, abs=0)
    assert column(sheet, "Couverture")[0].number_format.endswith('0.0"\xa0"%')


def test_a_missing_figure_says_why(edition):
    slide = BY_SLIDE_ID["A3"]
    view = suited(edition, slide, Scope(2024, "organisme", "011"))
    filled = content.charts(slide, view)[1]
    sheet = opened(workbook.of_chart(slide, filled, view))["Données"]
    assert {c.value for c in column(sheet, filled.subject)} == {formats.NC}
    assert all("calculé" in c.value for c in column(sheet, "Pourquoi il manque"))


@pytest.mark.parametrize("name", ["=1+1", "+33 1", "-2", "@SUM(A1)", '=HYPERLINK("http://exemple")', "http://exemple"])
def test_no_text_becomes_a_formula(edition, name):
    slide = BY_SLIDE_ID["A6"]
    view = suited(edition, slide)
    view = replace(view, structures=(replace(view.structures[0], structure=name),))
    (filled,) = content.charts(slide, view)
    sheet = opened(workbook.of_chart(slide, filled, view))["Données"]
    (cell,) = column(sheet, "Structure")
    assert (cell.value, cell.data_type) == (name, "s")


def report_of(edition, code):
    place = next(t for t in published.territories(edition) if t.code == code)
    return outline.of(edition, 2024, place)


@pytest.fixture(scope="module", params=["FR", "84", "011", "021"])
def reported(request, edition):
    report = report_of(edition, request.param)
    return report, opened(sheets.of_report(report))


def head_row(sheet):
    """The only table of a sheet: its head and its last row."""
    (table,) = sheet.tables.values()
    first, last = table.ref.split(":")
    return sheet[first].row, sheet[last].row, table


def test_the_workbook_of_a_report_tells_what_it_is_and_links_to_each_table(reported):
    report, book = reported
    cover = book["Lisez-moi"]
    read_me = "\n".join(str(c.value) for row in cover.iter_rows() for c in row if c.value)
    assert report.vintage.name in read_me
    assert "synthétiques" in read_me
    links = [c.hyperlink.location for row in cover.iter_rows() for c in row if c.hyperlink]
    assert links == [f"'{name}'!A1" for name in book.sheetnames[1:]]
    assert (book.properties.creator, book.properties.title) == ("adass", "ADASS 2024")


def test_every_sheet_holds_one_marked_table_without_an_empty_cell(reported):
    _, book = reported
    for sheet in book:
        first, last, table = head_row(sheet)
        titles = [c.value for c in sheet[first]][: len(table.tableColumns)]
        assert titles == [c.name for c in table.tableColumns]
        assert len(set(titles)) == len(titles)
        for row in sheet.iter_rows(first, last, 1, len(titles)):
            assert all(c.value not in (None, "") for c in row), (sheet.title, [c.value for c in row])
        assert last == sheet.max_row, "something under the table"
        assert sheet.freeze_panes == f"B{first + 1}"
        assert sheet.print_title_rows == f"${first}:${first}"


def test_points_stand_in_no_column_of_shares(reported):
    _, book = reported
    for sheet in book:
        first, last, table = head_row(sheet)
        for column in range(1, len(table.tableColumns) + 1):
            cells = [sheet.cell(row, column) for row in range(first + 1, last + 1)]
            codes = {
                "points" in c.number_format
                for c in cells
                if isinstance(c.value, int | float) and "%" in c.number_format
            }
            codes |= {True for c in cells if isinstance(c.value, int | float) and "point" in c.number_format}
            assert len(codes) < 2 or sheet.cell(first, column).value == "Écart", sheet.title


def test_each_chart_has_its_figures_and_says_what_is_missing(reported):
    report, book = reported
    by_title = {sheet["A1"].value: sheet for sheet in book}
    for page in report.pages:
        charts = content.charts(page.slide, page.view)
        for n, filled in enumerate(charts, 1):
            name = f"{page.slide.id}.{n}" if len(charts) > 1 else page.slide.id
            sheet = by_title[formats.prose(f"{name}\xa0· {filled.chart.title}")]
            assert formats.prose(page.slide.headline(page.view)) in [c.value for c in sheet["A"]]
            numbers = [c.value for row in sheet.iter_rows() for c in row if isinstance(c.value, int | float)]
            words_there = " ".join(str(c.value) for row in sheet.iter_rows() for c in row)
            for figure in () if filled.empty_because else filled.figures:
                if figure.cell.valeur is None:
                    assert f"[x] {formats.prose(figure.cell.reason)}" in words_there or "[c]" in words_there
                else:
                    assert any(n == pytest.approx(figure.cell.valeur, rel=1e-15, abs=0) for n in numbers)


def test_all_figures_stand_in_one_sheet_with_their_codes(reported):
    report, book = reported
    first, last, _ = head_row(book["Données"])
    rows = list(book["Données"].iter_rows(first, last, values_only=True))
    told = [dict(zip(rows[0], row, strict=False)) for row in rows[1:]]
    assert 2024 in {r["annee"] for r in told}
    assert {r["territoire"] for r in told} == {report.place.code}
    assert {r["indicateur"] for r in told} <= set(BY_ID)
    by_code = {(r["diapositive"], r["indicateur"], r["modalite"], r["annee"]): r["valeur"] for r in told}
    for page in report.pages:
        for filled in content.charts(page.slide, page.view):
            for n, f in enumerate(filled.figures):
                year = page.view.subject.scope.annee
                if isinstance(filled.chart, Trend):
                    year = int(f.label[:4])
                if isinstance(filled.chart, Table):
                    year -= filled.chart.columns[n % len(filled.chart.columns)].before
                given = by_code[page.slide.id, f.indicator, f.modality or sheets.NOT_APPLICABLE, year]
                assert given == (formats.NC if f.cell.valeur is None else pytest.approx(f.cell.valeur))


def test_what_the_figures_mean_is_there(reported):
    report, book = reported
    sheet = book["Définitions"]
    defined = {c.value for c in column(sheet, "Indicateur", head_row(sheet)[0])}
    assert defined == {BY_ID[i].label for p in report.pages for i in p.slide.indicators}


def test_a_caisse_has_the_figures_of_its_region(edition):
    book = opened(sheets.of_report(report_of(edition, "011")))
    titles = [c.value for sheet in book if sheet.title.startswith("A7 ") for row in sheet.iter_rows() for c in row]
    assert "Région" in titles
    assert "France" in titles


@pytest.mark.parametrize(
    ("indicator", "values", "code"),
    [
        ("detections.nombre", [1.0], "#,##0"),
        ("ass.montant", [1.0], '#,##0"\xa0€"'),
        ("soins.duree_moyenne", [141.0], '#,##0"\xa0jours"'),
        ("soins.duree_moyenne", [4.5], '[<10]0.0"\xa0jours";#,##0"\xa0jours"'),
        ("profil.age_median", [50.0], '0"\xa0ans"'),
        ("profil.age_median", [50.5], '0.0"\xa0ans"'),
        ("clotures.taux_succes", [0.0001], workbook.TINY),
        ("clotures.taux_succes", [1.0, None], workbook.SHARE),
        ("detections.evolution", [0.015], workbook.CHANGE),
    ],
)
def test_formats_follow_the_unit(indicator, values, code):
    assert workbook.number_format(indicator, values) == code


def test_the_page_offers_the_workbook_of_each_chart(marts, monkeypatch):
    """Without a browser: the button is there beside the CSV, and what it gives opens."""
    given = {}
    original = st.download_button

    def recorded(label, data, file_name, *rest, **options):
        given[file_name] = data
        return original(label, data, file_name, *rest, **options)

    monkeypatch.setenv("ADASS_MARTS", str(marts))
    monkeypatch.setattr(st, "download_button", recorded)
    open_page(AppTest.from_file(str(APP), default_timeout=30), "a9")
    csv = [name for name in given if name.endswith(".csv")]
    books = [name for name in given if name.endswith(".xlsx")]
    assert len(csv) == len(books) == 3
    assert [n.removesuffix(".csv") for n in csv] == [n.removesuffix(".xlsx") for n in books]
    for name in books:
        assert opened(given[name]()).sheetnames == ["Données", "Notes"]
