"""Decks in a template of somebody else: its fonts and colours, its placeholders, everything on the page."""

import io
import re
import zipfile

import pytest
from click.testing import CliRunner
from pptx import Presentation
from pptx.opc.constants import RELATIONSHIP_TYPE as RT

from dashboards.content import outline
from dashboards.deck import pages, report, templates
from dashboards.published import reading as published
from tests.samples.dashboard import DELIVERED, publish
from tests.samples.templates import ACCENT, FONTS, NAMES, foreign


@pytest.fixture(scope="module")
def marts(tmp_path_factory):
    return publish(tmp_path_factory.mktemp("marts"))


@pytest.fixture(autouse=True)
def open_gate(monkeypatch):
    monkeypatch.setattr("dashboards.revisions.gate.CHECKS", ())


def deck_of(marts, code, template):
    edition = published.current(marts)
    place = next(t for t in published.territories(edition) if t.code == code)
    return Presentation(io.BytesIO(pages.of(outline.of(edition, 2024, place), template)))


@pytest.fixture(scope="module", params=[("FR", 960, 540), (DELIVERED, 720, 540), ("84", 720, 405)], ids=str)
def decks(request, marts):
    """A deck in a foreign template, and the same in ours."""
    code, wide, tall = request.param
    return deck_of(marts, code, foreign(wide, tall)), deck_of(marts, code, b"")


def test_the_deck_is_in_the_template_of_the_house(decks):
    deck, ours = decks
    assert {s.name for s in ours.slides[2].shapes if s.has_chart} == {
        s.name for s in deck.slides[2].shapes if s.has_chart
    }
    theme = deck.slide_masters[0].part.part_related_by(RT.THEME).blob.decode()
    assert all(font in theme for font in FONTS) and ACCENT in theme
    for slide in deck.slides:
        charts = [s.chart.part._element for s in slide.shapes if s.has_chart]
        for root in (slide.element, *charts):
            assert not root.xpath(".//*[local-name()='latin']"), "a font that is not the template's"
            assert not root.xpath(".//*[local-name()='srgbClr']"), "a colour that is not the template's"
    assert {s.slide_layout.name for s in deck.slides} == set(NAMES)


def test_nothing_is_lost_nor_off_the_page(decks):
    deck, ours = decks
    annex = next(n for n, s in enumerate(ours.slides) if s.shapes.title.text_frame.text == "Annexe")
    for slide, same in zip(list(deck.slides)[:annex], list(ours.slides)[:annex], strict=True):
        assert same.shapes.title.text_frame.text in slide.shapes.title.text_frame.text
        assert sum(s.has_chart for s in slide.shapes) == sum(s.has_chart for s in same.shapes)
    for slide in deck.slides:
        assert all(p.text_frame.text.strip() for p in slide.placeholders), "an empty placeholder"
        for shape in slide.shapes:
            if shape.width is not None:
                assert shape.left >= 0 and shape.left + shape.width <= deck.slide_width + 12_700, shape.name
                assert shape.top >= 0 and shape.top + shape.height <= deck.slide_height + 12_700, shape.name
    words = " ".join(s.text_frame.text for s in deck.slides[0].shapes if s.has_text_frame)
    assert "Année 2024" in words and "synthétiques" in words


def test_figures_and_words_stay_apart(decks):
    deck, _ = decks
    for slide in deck.slides:
        foot = next((s for s in slide.shapes if s.name == "Base et source"), None)
        framed = [s for s in slide.shapes if s.has_chart or s.has_table]
        for shape in framed:
            assert shape.top >= slide.shapes.title.top + slide.shapes.title.height - 12_700 * 10, shape.name
            assert foot is None or shape.top + shape.height <= foot.top + 12_700, shape.name


def test_pages_of_the_template_are_gone_with_their_parts(marts):
    data = pages.of(
        outline.of(published.current(marts), 2024, published.territories(published.current(marts))[0]), foreign()
    )
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        assert package.testzip() is None
        names = package.namelist()
        assert len(names) == len(set(names))
        slides = [n for n in names if re.fullmatch(r"ppt/slides/slide\d+\.xml", n)]
        assert len(slides) == len(Presentation(io.BytesIO(data)).slides)
        assert not any("Page d'exemple" in package.read(n).decode() for n in slides)


def test_our_own_template_is_written_and_taken_again(marts, tmp_path):
    written = tmp_path / "modele.potx"
    done = CliRunner().invoke(report.main, ["--gabarit-modele", str(written)])
    assert done.exit_code == 0, done.output
    with zipfile.ZipFile(written) as package:
        assert b"template.main+xml" in package.read("[Content_Types].xml")
    ours, again = deck_of(marts, "FR", b""), deck_of(marts, "FR", templates.read(written))
    for one, other in zip(ours.slides, again.slides, strict=True):
        assert [(s.name, s.left, s.top) for s in one.shapes] == [(s.name, s.left, s.top) for s in other.shapes]


def test_what_is_missing_is_told_in_french(marts, tmp_path):
    def refused(data):
        (tmp_path / "charte.potx").write_bytes(data)
        options = ["--marts", str(marts), "--out", str(tmp_path / "r"), "--gabarit", str(tmp_path / "charte.potx")]
        done = CliRunner().invoke(report.main, options)
        assert done.exit_code == 1
        assert not (tmp_path / "r").exists()
        return done.output

    told = refused(foreign(without="Titre de section"))
    assert "charte.potx : il manque au gabarit une disposition nommée « Partie » (ou « Titre de section »" in told
    assert "« Diapositive de titre », « Titre et contenu »" in told
    assert "n'est pas un diaporama" in refused(b"PK nothing")
    assert "n'a pas de place" in refused(foreign(960, 300))
