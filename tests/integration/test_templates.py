"""Blank templates: what is filled in them is read, and lists hold what is accepted."""

import openpyxl
import pytest
from click.testing import CliRunner

from pipelines.adoption.templates import choices_of, write_templates
from pipelines.cli import main
from schemas.exports.bali import ACCOMPAGNEMENTS
from schemas.exports.kinds import CodeWithin
from schemas.exports.sources import SOURCES
from tests.integration.conftest import tables
from tests.samples.exports import accompagnement

TABLES = [(s.name, t) for s in SOURCES for t in s.tables]


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("modeles")
    write_templates(folder)
    return folder


@pytest.mark.parametrize(("source", "table"), TABLES, ids=lambda one: getattr(one, "name", one))
def test_every_table_has_a_csv_and_a_workbook_with_its_headers(written, source, table):
    headers = [c.header for c in table.exported]
    text = (written / source / f"{table.name}.csv").read_text(encoding="utf-8-sig")
    assert text.splitlines() == [";".join(headers)]
    book = openpyxl.load_workbook(written / source / f"{table.name}.xlsx")
    sheet = book.worksheets[0]
    assert [cell.value for cell in sheet[1]] == headers
    assert all(cell.comment for cell in sheet[1])
    listed = [c for c in table.exported if list(choices_of(c))]
    assert sum(v.type == "list" for v in sheet.data_validations.dataValidation) == len(listed)
    assert book["Listes"].sheet_state == "hidden"


@pytest.mark.parametrize("column", ACCOMPAGNEMENTS.exported, ids=lambda c: c.name)
def test_what_a_list_offers_is_read(column):
    references = {"organismes": dict.fromkeys(choices_of(column), "")}
    read = column.kind.reader(references)
    prefix = "\t" if isinstance(column.kind, CodeWithin) else ""
    assert all(read(f"{prefix}{text}") is not None for text in choices_of(column))


def test_a_workbook_that_is_filled_in_is_read(written, raw, marts):
    book = openpyxl.load_workbook(written / "bali" / "accompagnements.xlsx")
    row = accompagnement(clos="2024-03-01")
    for at, column in enumerate(ACCOMPAGNEMENTS.exported, 1):
        book.worksheets[0].cell(2, at, row.get(column.name))
    (raw / "bali" / "2024-06-01").mkdir(parents=True)
    book.save(raw / "bali" / "2024-06-01" / "accompagnements.xlsx")
    with tables(raw, marts) as query:
        assert query("SELECT id_accompagnement, motif_cloture FROM detail.accompagnements") == [
            ("A1", "SOINS_REALISES")
        ]
        assert query("SELECT lignes_lues, lignes_rejetees FROM controle.livraisons") == [(1, 0)]


def test_nothing_is_written_over(tmp_path):
    asked = ["modeles", str(tmp_path / "m")]
    assert CliRunner().invoke(main, asked).exit_code == 0
    again = CliRunner().invoke(main, asked)
    assert (again.exit_code, "existe déjà" in again.output) == (1, True)
