"""The deck, opened again: everything native and editable, in French, in its place."""

import io
import re
from collections import Counter
from itertools import pairwise

import openpyxl
import pytest
from pptx import Presentation
from pptx.enum.shapes import MSO_SHAPE_TYPE
from pptx.util import Pt

from dashboards import formats
from dashboards.content import filled as content
from dashboards.content import grids, outline, words
from dashboards.deck import extents, master, pages
from dashboards.published import comments
from dashboards.published import reading as published
from dashboards.slides.blocks import Bars, Groups, Ranking, Ring, Table, Targets, Trend
from dashboards.slides.sections import SECTIONS, SLIDES
from dashboards.theme import LIGHT
from tests.samples.dashboard import DELIVERED, publish

ENGLISH = re.compile(
    r"\b(chart|title|slide|placeholder|series|category|click|sheet\d|layout|master|footer|picture|text|shape|"
    r"default|office theme|notes?|level|name|values?|total of|and|the|of)\b",
    re.IGNORECASE,
)
FRENCH_TOO = {"note", "notes"}


@pytest.fixture(scope="module")
def edition(tmp_path_factory):
    return published.current(publish(tmp_path_factory.mktemp("marts")))


def report_of(edition, code):
    place = next(t for t in published.territories(edition) if t.code == code)
    return outline.of(edition, 2024, place)


@pytest.fixture(scope="module", params=["FR", "84", DELIVERED, "021"])
def made(request, edition):
    """A report and its deck: the nation, a region, a caisse that gave files, one with hardly any figure."""
    report = report_of(edition, request.param)
    return report, Presentation(io.BytesIO(pages.of(report)))


@pytest.fixture(scope="module")
def national(edition):
    report = report_of(edition, "FR")
    return report, Presentation(io.BytesIO(pages.of(report)))


def shapes(deck):
    return [(slide, shape) for slide in deck.slides for shape in slide.shapes]


def titled(deck):
    return [slide.shapes.title.text_frame.text for slide in deck.slides]


def placed(slide, index):
    return next((p.text_frame.text for p in slide.placeholders if p.placeholder_format.idx == index), "")


def test_the_deck_follows_the_declared_slides(national):
    report, deck = national
    wanted = ["Accès aux droits, aux soins et à la santé"]
    for section in SECTIONS[:-1]:
        wanted.append(section.title)
        views = {p.slide.id: p.view for p in report.pages}
        wanted += [formats.prose(slide.headline(views[slide.id])) for slide in section.slides]
    assert titled(deck)[: len(wanted)] == wanted
    assert titled(deck)[len(wanted)] == "Annexe"
    assert any("Définitions" in title for title in titled(deck)[len(wanted) :])
    assert (deck.slide_width, deck.slide_height) == (Pt(960), Pt(540))


def test_the_cover_says_whose_figures_of_which_year(edition):
    def cover(code, annee):
        place = next(t for t in published.territories(edition) if t.code == code)
        deck = Presentation(io.BytesIO(pages.of(outline.of(edition, annee, place))))
        return "\n".join(p.text_frame.text for p in deck.slides[0].placeholders)

    local = cover(DELIVERED, 2024)
    assert "Rapport local\xa0: CPAM de l'Ain" in local
    assert "Comparé à la France et à la région Auvergne-Rhône-Alpes." in local
    assert "fichiers d'action sociale de la caisse" in local
    unfinished = cover("FR", 2025)
    assert "Année 2025 (incomplète)" in unfinished
    assert "fichiers d'action sociale" not in unfinished


def test_the_local_report_is_for_a_caisse_that_gave_files(edition):
    letters = {code: [s.letter for s, _ in report_of(edition, code).parts] for code in (DELIVERED, "021", "84", "FR")}
    assert "L" in letters[DELIVERED]
    assert not any("L" in letters[code] for code in ("021", "84", "FR"))


def test_a_slide_without_any_figure_is_left_out_and_named(edition):
    report = report_of(edition, "32")
    assert report.left_out
    assert all(not s.texts and s.source for s in report.left_out)
    deck = Presentation(io.BytesIO(pages.of(report)))
    assert any(title.startswith("Diapositives non reprises") for title in titled(deck))
    assert {s.id for s in report.left_out} | {p.slide.id for p in report.pages} == {s.id for s in SLIDES if not s.local}


def kinds(report):
    return Counter(type(f.chart) for p in report.pages for f in content.charts(p.slide, p.view) if not f.empty_because)


def test_every_chart_is_native_and_editable(made):
    report, deck = made
    charts = [shape.chart for _, shape in shapes(deck) if shape.has_chart]
    wanted = kinds(report)
    assert len(charts) == wanted[Bars] + wanted[Ring] + wanted[Trend] > 0
    assert not [s for _, s in shapes(deck) if s.shape_type == MSO_SHAPE_TYPE.PICTURE]
    for chart in charts:
        book = openpyxl.load_workbook(io.BytesIO(chart.part.chart_workbook.xlsx_part.blob))
        sheet = book["Données"]
        plot = chart.plots[0]
        assert [c.value for c in sheet["A"][1:]] == list(plot.categories)
        for place, series in enumerate(plot.series, 2):
            column = [sheet.cell(row, place) for row in range(1, len(plot.categories) + 2)]
            assert column[0].value == series.name
            for cell, value in zip(column[1:], series.values, strict=True):
                assert cell.value == (None if value is None else pytest.approx(value, rel=1e-15, abs=0))
            code = series._element.xpath("./c:val/c:numRef/c:numCache/c:formatCode")[0].text
            assert {c.number_format for c in column[1:] if c.value is not None} <= {code}


def test_the_comparator_is_hatched(made):
    _, deck = made
    paired = [s.chart for _, s in shapes(deck) if s.has_chart and len(s.chart.plots[0].series) == 2]
    for chart in paired:
        subject, comparator = (s._element for s in chart.plots[0].series)
        assert subject.xpath("./c:spPr/a:solidFill")
        assert not subject.xpath("./c:spPr/a:pattFill")
        assert comparator.xpath("./c:spPr/a:pattFill/@prst") == ["wdUpDiag"]


def test_values_stand_at_the_end_of_the_bars_in_french_formats(national):
    _, deck = national
    codes = set()
    for _, shape in shapes(deck):
        if shape.has_chart and shape.chart.plots[0]._element.tag.endswith("barChart"):
            for series in shape.chart.plots[0].series:
                labels = series._element.xpath("./c:dLbls")[0]
                assert labels.xpath("./c:dLblPos/@val") == ["outEnd"]
                assert labels.xpath("./c:showVal/@val") == ["1"]
                assert labels.xpath("./c:numFmt/@sourceLinked") == ["0"]
                codes.update(labels.xpath("./c:numFmt/@formatCode"))
    assert "#,##0" in codes
    assert '#,##0"\xa0jours"' in codes
    assert any(code.endswith('0.0"\xa0"%') for code in codes)


def test_charts_and_tables_have_a_text_alternative(made):
    _, deck = made
    framed = [s for _, s in shapes(deck) if s.has_chart or s.has_table]
    assert framed
    for shape in framed:
        described = shape.element.xpath(".//p:cNvPr/@descr")
        assert described and len(described[0]) > 15
        assert described[0].endswith(".")


def test_no_placeholder_is_empty_and_each_page_has_its_strip(made):
    _, deck = made
    for number, slide in enumerate(deck.slides):
        assert all(p.text_frame.text.strip() for p in slide.placeholders)
        kinds_there = {p.element.xpath(".//p:ph/@type")[0] for p in slide.placeholders}
        assert kinds_there & {"title", "ctrTitle"}
        assert number == 0 or {"ftr", "dt", "sldNum"} <= kinds_there


def test_shapes_have_numbers_of_their_own_and_stay_on_the_page(made):
    _, deck = made
    for slide in deck.slides:
        numbers = slide.shapes.element.xpath(".//p:cNvPr/@id")
        assert len(numbers) == len(set(numbers))
        for shape in slide.shapes:
            if shape.width is not None:
                assert shape.left >= 0 and shape.left + shape.width <= deck.slide_width + Pt(1)
                assert shape.top >= 0 and shape.top + shape.height <= deck.slide_height


def size_of(slide, shape):
    """Size of the letters where they have none of their own: that of the placeholder they stand in."""
    if not shape.is_placeholder:
        return 12.0
    index = shape.placeholder_format.idx
    holder = next(h for h in slide.slide_layout.placeholders if h.placeholder_format.idx == index)
    return int(holder.element.xpath(".//a:lvl1pPr/a:defRPr/@sz")[0]) / 100


def text_height(frame, room, inherited):
    total = 0.0
    for paragraph in frame.paragraphs:
        size = max((r.font.size.pt if r.font.size else inherited for r in paragraph.runs), default=inherited)
        bold = any(r.font.bold for r in paragraph.runs)
        before = paragraph.space_before.pt if paragraph.space_before else 0
        total += before + extents.height(paragraph.text.replace("\v", "\n"), size, room, bold)
    return total


def test_no_text_overflows_its_place(made):
    _, deck = made
    for slide, shape in shapes(deck):
        if shape.has_text_frame and shape.text_frame.text and shape.width is not None:
            inset = sum(int(m) for m in shape.element.xpath(".//a:bodyPr/@lIns")[:1]) / 12_700
            room, tall = shape.width.pt - 2 * inset, shape.height.pt - 2 * inset
            need = text_height(shape.text_frame, room, size_of(slide, shape))
            assert need <= tall + 2, f"{placed(slide, master.MARK)}: {shape.name}: {shape.text_frame.text}"
        if shape.has_table:
            table = shape.table
            for row in table.rows:
                for cell, column in zip(row.cells, table.columns, strict=True):
                    room = column.width.pt - cell.margin_left.pt - cell.margin_right.pt
                    need = text_height(cell.text_frame, room, 12.0)
                    assert need <= row.height.pt + 1, (
                        f"{placed(slide, master.MARK)}: {shape.name}: {cell.text_frame.text}"
                    )


def test_texts_do_not_cover_each_other(made):
    _, deck = made
    for slide in deck.slides:
        columns = sorted((s for s in slide.shapes if s.has_chart or s.has_table), key=lambda s: (s.left, s.top))
        for one, other in pairwise(columns):
            apart = one.left + one.width <= other.left + Pt(1) or one.top + one.height <= other.top + Pt(1)
            assert apart or other.top + other.height <= one.top + Pt(1), placed(slide, master.MARK)


def words_of(deck):
    """Every word somebody may meet: texts, names, alternatives, layouts, notes, charts."""
    roots = [deck.slide_masters[0].element, deck.notes_master.element, *(x.element for x in deck.slide_layouts)]
    for slide in deck.slides:
        roots += [slide.element, slide.notes_slide.element] if slide.has_notes_slide else [slide.element]
        roots += [s.chart.part._element for s in slide.shapes if s.has_chart]
    for root in roots:
        yield from root.xpath(".//a:t/text()")
        yield from root.xpath(".//@name | .//@descr")
        yield from (node.text or "" for node in root.iter() if str(node.tag).endswith("}v"))


def test_nothing_is_in_english(made):
    _, deck = made
    found = {w for words in words_of(deck) for w in ENGLISH.findall(words) if w.lower() not in FRENCH_TOO}
    assert not found
    properties = deck.core_properties
    assert properties.author == "adass"
    assert properties.language == "fr-FR"
    assert properties.title.startswith("ADASS 2024")
    for slide in deck.slides:
        assert set(slide.element.xpath(".//@lang")) == {"fr-FR"}
        assert not slide.element.xpath(".//a:r[not(a:rPr/@lang)]")


def test_the_theme_is_ours_and_can_be_restyled(national):
    _, deck = national
    package = deck.part.package
    themes = [p for p in package.iter_parts() if "/theme/" in str(p.partname)]
    assert len(themes) == 2
    for theme in themes:
        assert LIGHT.accent[1:] in theme.blob.decode()
        assert "Arial" in theme.blob.decode()
        assert "Office" not in theme.blob.decode()
    for slide in deck.slides:  # every colour is one of the theme's
        assert not slide.element.xpath(".//a:srgbClr")
    assert [layout.name for layout in deck.slide_layouts] == ["Couverture", "Partie", "Diapositive", "Annexe"]


def test_notes_define_every_figure_of_their_slide(national):
    report, deck = national
    by_mark = {placed(slide, master.MARK).split("\xa0")[0]: slide for slide in deck.slides}
    for page in report.pages:
        notes = by_mark[page.slide.id].notes_slide.notes_text_frame.text
        for declared in words.definitions(page.slide.indicators):
            assert formats.prose(declared.definition) in notes
            assert formats.prose(f"Population\xa0: {declared.base.words}.") in notes


def test_what_readers_wrote_is_in_the_annex_and_the_notes(tmp_path):
    marts = publish(tmp_path / "marts")
    edition = published.current(marts)
    long = "Une phrase dite et redite. " * 150
    comments.add(marts, "A1", 2024, "national", "FR", "ensemble", "Claire Martin", "Un afflux\nen fin d'année.")
    comments.add(marts, "A7", 2024, "national", "FR", "ensemble", "Paul Durand", long)
    comments.add(marts, "A1", 2023, "national", "FR", "ensemble", "Paul Durand", "D'une autre année.")
    report = report_of(edition, "FR")
    deck = Presentation(io.BytesIO(pages.of(report)))
    cells = [c.text for _, s in shapes(deck) if s.has_table for row in s.table.rows for c in row.cells]
    assert "Un afflux" in cells and "en fin d'année." in cells
    assert any(cell.startswith("Claire Martin, ") for cell in cells)
    assert " ".join(cells).split().count("redite.") == 150
    assert "D'une autre année." not in cells
    assert any("Un afflux" in s.notes_slide.notes_text_frame.text for s in deck.slides)
    test_no_text_overflows_its_place((report, deck))


def test_what_is_missing_says_why(edition):
    report = report_of(edition, "021")
    deck = Presentation(io.BytesIO(pages.of(report)))
    texts = [s.text_frame.text for _, s in shapes(deck) if s.has_text_frame and s.name == "Chiffre manquant"]
    assert texts
    assert all(text.startswith(formats.NC) for text in texts)
    assert any(len(text) > len(formats.NC) + 5 for text in texts)


def test_a_caisse_is_set_beside_france_and_its_region(edition):
    report = report_of(edition, DELIVERED)
    page = next(p for p in report.pages if p.slide.id == "A7")
    figure = content.charts(page.slide, page.view)[0].figures[0]
    region = published.cells(edition, published.Scope(2024, "region", "84"))["clotures.part_motif"][figure.modality]
    assert page.view.comparison.code == "france"
    assert page.beside_region(figure) == formats.part(region.valeur)
    deck = Presentation(io.BytesIO(pages.of(report)))
    slide = next(s for s in deck.slides if placed(s, master.MARK).startswith("A7"))
    assert "région\xa0: Auvergne-Rhône-Alpes" in placed(slide, master.SUBTITLE)
    (table,) = (s.table for s in slide.shapes if s.has_table)
    assert [c.text for c in table.rows[0].cells] == ["Écart", "Région"]
    assert table.rows[1].cells[1].text == formats.part(region.valeur)


def test_counts_of_a_caisse_are_not_drawn_beside_those_of_france(edition):
    report = report_of(edition, DELIVERED)
    deck = Presentation(io.BytesIO(pages.of(report)))
    slide = next(s for s in deck.slides if placed(s, master.MARK).startswith("B1"))
    assert all(len(s.chart.plots[0].series) == 1 for s in slide.shapes if s.has_chart)
    assert any(s.table.rows[0].cells[0].text == "Part du total" for s in slide.shapes if s.has_table)


def test_figures_of_others_come_from_the_shared_file(edition, tmp_path):
    """A caisse reads its own figures in one file and those of others in another."""
    shared = published.current(publish(tmp_path, growth=3.0))
    place = next(t for t in published.territories(edition) if t.code == DELIVERED)
    report = outline.of(edition, 2024, place, shared)
    page = next(p for p in report.pages if p.slide.id == "A7")
    own = published.cells(edition, published.Scope(2024, "organisme", DELIVERED))["clotures.nombre"][""]
    others = published.cells(shared, page.view.comparison.scope)["clotures.nombre"][""]
    assert page.view.subject("clotures.nombre") == own
    assert page.view.reference("clotures.nombre") == others
    assert (
        page.regional("clotures.nombre")
        == published.cells(shared, published.Scope(2024, "region", "84"))["clotures.nombre"][""]
    )


def test_tables_and_lists_are_native(national):
    report, deck = national
    for page in report.pages:
        slide = next(s for s in deck.slides if placed(s, master.MARK).startswith(f"{page.slide.id}\xa0"))
        for filled in content.charts(page.slide, page.view):
            if isinstance(filled.chart, Table | Ranking):
                table = next(s.table for s in slide.shapes if s.has_table)
                assert [c.text for c in table.rows[0].cells] == list(grids.grid(filled).columns)
            if isinstance(filled.chart, Groups):
                assert sum(s.has_table for s in slide.shapes) == len(filled.chart.membership)
            if isinstance(filled.chart, Targets):
                names = [s.text_frame.text for s in slide.shapes if s.has_text_frame]
                assert all(any(t.name in n for n in names) for t in filled.targets)


@pytest.mark.parametrize(
    ("text", "lines"), [("", 1), ("court", 1), ("deux mots longs " * 4, 4), ("a\nb", 2), ("m" * 20, 3)]
)
def test_lines_of_a_text(text, lines):
    assert extents.lines(text.strip(), 10, 100) == lines
