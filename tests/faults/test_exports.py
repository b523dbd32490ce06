"""Texts that a spreadsheet would run: in no file that leaves the product do they do anything."""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import replace

import openpyxl
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards.content import filled as content
from dashboards.content import grids, outline
from dashboards.content.grids import Grid
from dashboards.deck import sheets, workbook
from dashboards.deck.native import ChartData, Series
from dashboards.figures.view import View
from dashboards.published import reading as published
from dashboards.revisions import revisions
from dashboards.slides import choices
from dashboards.slides.sections import BY_SLIDE_ID
from dashboards.sql import result
from schemas.publics import EVERYONE
from tests.faults.conftest import Tally
from tests.samples.dashboard import publish

HOSTILE = (
    "=1+1", '=HYPERLINK("http://exemple";"ici")', "+33 1", "-2+3+cmd|' /C calc'!A0", "@SUM(A1)", "\t=1+1", "\r=1+1", "\n=1+1",
    " =1+1", "\u00a0=1+1", "＝1+1", "x,=1+1", "x\t=1+1", "x;=1+1", "x\n=1+1", 'x",=1+1,"', "{=1+1}", "=cmd|' /C calc'!'A1'",
    "http://exemple",
)  # fmt: skip
RUN = "=+-@＝＋－＠"
NUMBER = re.compile(r"-?\d+([.,]\d+)?(e[+-]?\d+)?")
NUMBERS = ("-1", "-0,5", "12345", "1e-05", "-1e-05", "0,25")


def cells(data: bytes, separator: str = ";") -> list[list[str]]:
    """A CSV file as a program would read it that parts cells by a separator."""
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=separator))


def would_run(cell: str) -> bool:
    """Whether a spreadsheet would take a cell, or what another separator leaves of it, for a formula."""
    bare = cell.strip()
    return bare.startswith(tuple(RUN)) and not NUMBER.fullmatch(re.split('[;"]', bare)[0])


def assert_inert(data: bytes) -> None:
    for separator in ";,\t":
        assert [c for row in cells(data, separator) for c in row if would_run(c)] == []


def sheet_cells(data: bytes) -> Iterator[openpyxl.cell.Cell]:
    for sheet in openpyxl.load_workbook(io.BytesIO(data)):
        yield from (cell for row in sheet.iter_rows() for cell in row)


def assert_typed(data: bytes, texts: tuple[str, ...]) -> None:
    """Every text stands in the workbook, as a text; nothing is a formula or a link out of it."""
    found = list(sheet_cells(data))
    assert [c.value for c in found if c.data_type == "f" or (c.hyperlink and c.hyperlink.target)] == []
    held = {_as_read(str(c.value)) for c in found if c.data_type == "s"}
    assert {_as_read(text) for text in texts} <= held


def _as_read(text: str) -> str:
    return " ".join(text.split())  # a workbook has one kind of line end


@pytest.fixture(scope="module")
def ranking(tmp_path_factory) -> tuple[object, object, View]:
    """A slide with the names of structures, which come from the exports, and the report that it is in."""
    edition = published.current(publish(tmp_path_factory.mktemp("marts")))
    slide = BY_SLIDE_ID["A6"]
    france = published.territories(edition)[0]
    view = choices.suited(edition, slide, choices.Wish(2024, france, EVERYONE, "annee"))
    view = replace(view, structures=tuple(replace(view.structures[0], structure=text) for text in HOSTILE))
    return outline.of(edition, 2024, france), slide, view


def test_the_csv_of_a_chart(ranking, tally: Tally):
    _, slide, view = ranking
    (filled,) = content.charts(slide, view)
    data = grids.csv(grids.grid(filled))
    assert_inert(data)
    assert len(cells(data)) == 1 + len(HOSTILE)
    counted(tally)


def test_the_workbook_of_a_chart(ranking, tally: Tally):
    _, slide, view = ranking
    (filled,) = content.charts(slide, view)
    assert_typed(workbook.of_chart(slide, filled, view), HOSTILE)
    counted(tally)


def test_the_workbook_of_a_report(ranking, tally: Tally):
    report, slide, view = ranking
    section, page = next((s, p) for s, pages in report.parts for p in pages if p.slide is slide)
    told = replace(report, parts=((section, (replace(page, view=view),)),), remarks=HOSTILE)
    assert_typed(sheets.of_report(told), HOSTILE)
    counted(tally)


def test_the_workbook_behind_a_chart_of_the_deck(tally: Tally):
    series = (Series("=1+1", (1.0,) * len(HOSTILE)), Series("@x", (None,) * len(HOSTILE)))
    assert_typed(ChartData(HOSTILE, series, "General", "", "+1").xlsx_blob, ("=1+1", "@x", "+1", *HOSTILE))
    counted(tally)


def test_the_files_of_a_query(tally: Tally):
    table = pa.table({"=1+1": list(HOSTILE), "n": [-1.5] * len(HOSTILE), "petit": [-1e-05] * len(HOSTILE)})
    data = result.file("csv", table)
    assert_inert(data)
    assert {row[1] for row in cells(data)[1:]} == {"-1,5"}
    assert {row[2] for row in cells(data)[1:]} == {"-1e-05"}
    assert_typed(result.file("xlsx", table), ("=1+1", *HOSTILE))
    counted(tally)


def test_the_file_of_revised_figures(tally: Tally):
    rows = [
        {
            **dict.fromkeys(revisions.KEYS, text),
            "unite": text,
            "avant": 1.0,
            "apres": -2.5,
            "ecart": -3.5,
            "causes": text,
        }
        for text in HOSTILE
    ]
    data = grids.csv(revisions.grid(pl.DataFrame(rows)))
    assert_inert(data)
    assert {(row[-3], row[-2]) for row in cells(data)[1:]} == {("-2,5", "-3,5")}
    counted(tally)


def test_a_download_of_rejects_or_alerts(tally: Tally):
    """As `dashboards/views/common.py` makes every file of a page that is no slide."""
    rows = tuple((text, text) for text in HOSTILE)
    data = grids.csv(Grid(HOSTILE[:2], rows, rows))
    assert_inert(data)
    assert [cell.replace("'", "") for cell, _ in cells(data)[1:]] == [text.replace("'", "") for text in HOSTILE]
    counted(tally)


def counted(tally: Tally) -> None:
    tally.tried += len(HOSTILE)
    tally.survived += len(HOSTILE)


@given(st.lists(st.text(alphabet="=+-@＝ \t\r\n;,\"'1a{", max_size=12), min_size=1, max_size=3))
def test_no_text_at_all_is_run(texts: list[str]):
    rows = (tuple(texts),)
    assert_inert(grids.csv(Grid(tuple(texts), rows, rows)))


@pytest.mark.parametrize("number", NUMBERS)
def test_a_number_stays_a_number(number: str):
    assert cells(grids.csv(Grid(("n",), ((number,),), ((number,),)))) == [["n"], [number]]
