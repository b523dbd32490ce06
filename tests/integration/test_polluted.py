"""Exports as hands and spreadsheets leave them: what cannot be read is told, and nothing that is no name becomes one."""

import csv
import io
import json
import re

import duckdb
import openpyxl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.intake.names import credible, names_at, without_overlong
from pipelines.reading.files import read
from pipelines.recipes import RECIPES
from schemas.exports.sources import source
from schemas.text import LONGEST_NAME, MASK
from tests.integration.conftest import reader, tables
from tests.samples.exports import accompagnement, bali, deliver, write_table

DAY = "2025-01-20"
CORE = "2540713999123"
NIR = f"{CORE}{97 - int(CORE) % 97:02}"
ACCOMPAGNEMENTS, ACTIONS = (source("bali").table(name) for name in ("accompagnements", "actions"))


def lines(table, rows):
    """The lines of an export, each field as it is given: its quotes are its own."""
    return [
        ";".join(c.header for c in table.exported),
        *(";".join(r.get(c.name, "") for c in table.exported) for r in rows),
    ]


def write_lines(raw, table, rows):
    path = raw / "bali" / DAY / f"{table.name}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines(table, rows)) + "\n", encoding="utf-8")


def split_wrong(query):
    return query("SELECT fichier, ligne, valeur FROM controle.rejets WHERE regle = 'R12' ORDER BY ALL")


@pytest.mark.parametrize("between", [0, 1, 4])
def test_stray_quotes_around_the_names_of_structures_swallow_no_record(raw, reading, between):
    names = ['"Asso ouverte', *["Asso"] * between, 'Asso fermée"', "Asso"]
    write_lines(raw, ACCOMPAGNEMENTS, [
        accompagnement(id_accompagnement=f"A{i}", structure=name, nir=NIR, date_naissance="1954-07-01")
        for i, name in enumerate(names)
    ])  # fmt: skip
    query = reading()
    assert split_wrong(query) == [("accompagnements.csv", 2, "guillemet jamais refermé")]
    found = query("SELECT id_accompagnement, structure FROM detail.accompagnements ORDER BY ALL")
    kept = ["ASSO"] * between + ["ASSO FERMEE", "ASSO"]
    assert found == [(f"A{i}", name) for i, name in enumerate(kept, 1)]


def test_stray_quotes_in_the_last_column_swallow_no_record(raw, reading):
    bali(raw, DAY, accompagnements=[accompagnement(id_accompagnement=f"A{i}") for i in range(4)])
    partners = ['"CCAS', 'Mission locale"', "Caf", '"Adoma"']
    write_lines(raw, ACTIONS, [
        {"id_accompagnement": f"A{i}", "thematique": "Droits", "date_action": "2024-02-01", "partenaire": name}
        for i, name in enumerate(partners)
    ])  # fmt: skip
    query = reading()
    assert split_wrong(query) == [("actions.csv", 2, "guillemet jamais refermé")]
    found = query("SELECT id_accompagnement, partenaire FROM detail.actions ORDER BY ALL")
    assert found == [("A1", "MISSION LOCALE"), ("A2", "CAF"), ("A3", "ADOMA")]


@pytest.mark.parametrize(
    "name",
    ["Asso\nvue le 12/03/1985", "Asso\n1985-03-12", f"Asso\n{NIR}", f"Asso\n{CORE}", "x" * 200 + "\n" + "y" * 100],
)
def test_a_name_of_several_lines_that_none_can_be_is_told_line_by_line(raw, reading, name):
    write_lines(raw, ACCOMPAGNEMENTS, [accompagnement(structure=f'"{name}"'), accompagnement(id_accompagnement="A2")])
    query = reading()
    assert [(line, value) for _, line, value in split_wrong(query)] == [
        (2, "guillemet jamais refermé"),
        (3, "10 champs au lieu de 20"),
    ]
    assert query("SELECT id_accompagnement, structure FROM detail.accompagnements") == [("A2", None)]


def test_a_name_and_a_label_of_several_lines_stay_one_field(raw, reading):
    write_lines(raw, ACCOMPAGNEMENTS, [accompagnement(structure='"Centre social\net ""culturel"""')])
    label = "vu le 12/03/2024 ; à revoir\n" * 9_000
    write_lines(raw, ACTIONS, [{"id_accompagnement": "A1", "thematique": "Droits", "libelle": f'"{label}"'}])
    query = reading()
    assert split_wrong(query) == []
    assert query("SELECT structure FROM detail.accompagnements") == [('CENTRE SOCIAL ET "CULTUREL"',)]
    ((found,),) = query("SELECT libelle FROM detail.actions")
    assert found == " ".join(label.split())


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_name_longer_than_any_is_rejected(raw, reading, kind):
    names = ["x" * LONGEST_NAME, "x" * (LONGEST_NAME + 1), "é" * LONGEST_NAME]
    rows = [accompagnement(id_accompagnement=f"A{i}", structure=name) for i, name in enumerate(names)]
    if kind == "csv":
        write_lines(raw, ACCOMPAGNEMENTS, rows)
    else:
        write_book(raw, ACCOMPAGNEMENTS, rows)
    query = reading()
    assert split_wrong(query) == [(f"accompagnements.{kind}", 3, f"nom de plus de {LONGEST_NAME} caractères")]
    assert query("SELECT id_accompagnement FROM detail.accompagnements ORDER BY ALL") == [("A0",), ("A2",)]


def test_a_survey_may_name_many_partners(raw):
    partners = "|".join(f"Partenaire {i:03}" for i in range(50))
    assert len(partners) > LONGEST_NAME
    folder = deliver(raw, "enquete", "2024", repondants=[{"organisme": "311"}], actions=[
        {"organisme": "311", "public": "Jeunes", "modalite": "Hors les murs", "partenaires": name}
        for name in (partners, "x" * (LONGEST_NAME + 1))
    ])  # fmt: skip
    table = source("enquete").table("actions")
    positions = {c.name: at for at, c in enumerate(table.exported)}
    (piece,) = read(folder / "actions.csv", lambda header: list(range(len(header)))).pieces
    assert [line for line, _ in without_overlong(piece, names_at(table, positions)).unsplit] == [3]


def test_a_day_in_a_name_is_masked(raw, reading):
    names = ["Forum du 12/03/2024", "Forum 2024-3-1", "Forum 1.4.1985", "44 rue du 8 mai 1945", "Foyer 01 23 45 67 89"]
    rows = [accompagnement(id_accompagnement=f"A{i}", structure=name) for i, name in enumerate(names)]
    write_lines(raw, ACCOMPAGNEMENTS, rows)
    query = reading()
    assert [name for (name,) in query("SELECT structure FROM detail.accompagnements ORDER BY id_accompagnement")] == [
        f"FORUM DU {MASK}", f"FORUM {MASK}", f"FORUM {MASK}", "44 RUE DU 8 MAI 1945", "FOYER 01 23 45 67 89",
    ]  # fmt: skip


def test_a_stray_quote_is_no_part_of_a_name_or_number(raw, reading):
    write_lines(raw, ACCOMPAGNEMENTS, [
        accompagnement(id_accompagnement='A1"', structure='Mission locale"'),
        accompagnement(id_accompagnement="A2", structure='Collectif "un toit"'),
    ])  # fmt: skip
    write_lines(raw, ACTIONS, [{"id_accompagnement": "A1", "thematique": "Droits", "libelle": 'écran 5" neuf'}])
    query = reading()
    assert query("SELECT id_accompagnement, structure FROM detail.accompagnements ORDER BY ALL") == [
        ("A1", "MISSION LOCALE"),
        ("A2", 'COLLECTIF "UN TOIT"'),
    ]
    assert query("SELECT id_accompagnement, libelle FROM detail.actions") == [("A1", 'écran 5" neuf')]


# --- workbooks --------------------------------------------------------------------------------------------


def write_book(raw, table, rows, folder=f"bali/{DAY}"):
    """A workbook; what begins with # is the error of a cell, what begins with = a formula without its value."""
    book = openpyxl.Workbook()
    book.active.append([c.header for c in table.exported])
    for row in rows:
        book.active.append([row.get(c.name) for c in table.exported])
    for cells in book.active.iter_rows():
        for cell in (c for c in cells if str(c.value).startswith("#")):
            cell.data_type = "e"
    path = raw / folder / f"{table.name}.xlsx"
    path.parent.mkdir(parents=True, exist_ok=True)
    book.save(path)


UNREAD = [
    ("nir", "A01", MASK), ("date_naissance", "A02", MASK), ("sexe", "A03", None), ("ald_fin", "A04", None),
    ("situation", "A05", None), ("date_ouverture", "A07", None), ("organisme", "R02", None), ("date_saisine", "R03", None),
    ("type_accompagnement", "R08", None), ("categorie_detecteur", "R10", None), ("id_accompagnement", "R01", None),
]  # fmt: skip


@pytest.mark.parametrize(("cell", "shown"), [("#N/A", "#N/A"), ("#REF!", "#REF!"), ("=A1", "formule sans valeur")])
def test_cells_in_error_and_formulas_without_a_value_cannot_be_read(raw, reading, cell, shown):
    rows = [accompagnement(id_accompagnement=f"A{i}") | {column: cell} for i, (column, *_) in enumerate(UNREAD)]
    write_book(raw, ACCOMPAGNEMENTS, [*rows, accompagnement(id_accompagnement="bon", structure=cell)])
    query = reading()
    told = query(
        "SELECT ligne, colonne, regle, valeur FROM (FROM controle.rejets UNION ALL FROM controle.alertes) ORDER BY ALL"
    )
    assert told == [(line, column, rule, masked or shown) for line, (column, rule, masked) in enumerate(UNREAD, 2)]
    assert query("SELECT structure FROM detail.accompagnements WHERE id_accompagnement = 'bon'") == [(None,)]


def test_a_closure_in_error_is_not_an_open_accompaniment(raw, reading):
    write_book(
        raw,
        ACCOMPAGNEMENTS,
        [accompagnement(clos="2024-02-01", motif_cloture="#N/A"), accompagnement(date_cloture="#REF!")],
    )
    query = reading()
    assert query("SELECT ligne, regle FROM controle.rejets ORDER BY ALL") == [(2, "R06"), (3, "R04"), (3, "R07")]


def test_counts_in_error_are_not_zero(raw, marts):
    survey, social = source("enquete").table("actions"), source("action_sociale").table("dossiers")
    deliver(raw, "enquete", "2024", repondants=[{"organisme": "311"}])
    write_book(
        raw,
        survey,
        [{"organisme": "311", "public": "Jeunes", "modalite": "Hors les murs", "aidees": "#VALUE!"}],
        "enquete/2024",
    )
    write_book(
        raw, social, [{"numero": "D1", "date_reception": "05/03/2024", "famille_aide": "PDP", "montant_engage": "=SUM(A1)"}],
        "action_sociale/311/2024",
    )  # fmt: skip
    with tables(
        raw, marts, *(r.name for r in RECIPES if r.name.startswith(("ref.", "detail."))), "controle.rejets"
    ) as query:
        assert query("SELECT regle, colonne, valeur FROM controle.rejets ORDER BY ALL") == [
            ("R42", "aidees", "#VALUE!"),
            ("R54", "montant_engage", "formule sans valeur"),
        ]


def test_sheets_and_files_that_are_not_read_are_named(raw, refreshed, marts, capsys):
    with xlsxwriter.Workbook(
        str(bali(raw, DAY, actions=[{"id_accompagnement": "A1"}]) / "accompagnements.xlsx")
    ) as book:
        for name in ("ancien", "données", "suite"):
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, [c.header for c in ACCOMPAGNEMENTS.exported])
            sheet.write_row(
                1, 0, [accompagnement(id_accompagnement=name).get(c.name) for c in ACCOMPAGNEMENTS.exported]
            )
        book.worksheets()[0].hide()
        book.worksheets()[1].activate()
    write_table(
        raw / "enquetes" / "2024" / "repondants.csv", source("enquete").table("repondants"), [{"organisme": "311"}]
    )
    told = [
        "Fichier ignoré, aucune source ne s'appelle « enquetes » (le plus proche : enquete) : enquetes/2024/repondants.csv",
        f"Feuilles non lues de bali/{DAY}/accompagnements.xlsx : « ancien » (masquée), « suite »",
    ]
    refreshed()
    manifest = json.loads((marts / "courant" / "manifeste.json").read_text(encoding="utf-8"))
    assert manifest["non_lus"] == told
    assert manifest["fichiers_ignores"] == ["enquetes/2024/repondants.csv"]
    assert capsys.readouterr().out.splitlines()[-2:] == told
    with reader(marts) as query:
        assert query("SELECT id_accompagnement FROM detail.accompagnements") == [("données",)]
    bali(raw, "2025-02-20", accompagnements=[accompagnement(id_accompagnement="A9")], actions=[], soins=[])
    refreshed()
    later = json.loads((marts / "courant" / "manifeste.json").read_text(encoding="utf-8"))
    assert later["reprise"] == manifest["millesime"]
    assert later["non_lus"] == told


# --- the rule, whatever the exports -----------------------------------------------------------------------

A_NAME = st.text(st.sampled_from('ab"é \n;,0123456789/-'), max_size=20)


@settings(deadline=None, max_examples=300)
@given(names=st.lists(A_NAME, min_size=1, max_size=8))
def test_no_name_of_a_record_that_is_believed_holds_a_line_of_the_export(tmp_path_factory, names):
    """Names written without a thought for quotes: a record is one line, or its name is none of another's record."""
    rows = [accompagnement(id_accompagnement=f"A{i}", structure=name) for i, name in enumerate(names)]
    path = tmp_path_factory.mktemp("brut") / "accompagnements.csv"
    path.write_text("\n".join(lines(ACCOMPAGNEMENTS, rows)), encoding="utf-8")
    at = [c.name for c in ACCOMPAGNEMENTS.exported].index("structure")
    reading = read(path, lambda header: list(range(len(header))), credible=credible([at]))
    found = [name or "" for piece in reading.pieces for name in piece.rows[str(at)].to_list()]
    assert [name for name in found if re.search(r"A\d;|2024-01-10|Soins;", name)] == []


@settings(deadline=None, max_examples=100)
@given(names=st.lists(A_NAME, min_size=1, max_size=8))
def test_names_that_were_rightly_quoted_are_read_back(tmp_path_factory, names):
    path = tmp_path_factory.mktemp("cite") / "accompagnements.csv"
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter=";", lineterminator="\n")
    writer.writerow([c.header for c in ACCOMPAGNEMENTS.exported])
    for i, name in enumerate(names):
        row = accompagnement(id_accompagnement=f"A{i}", structure=name)
        writer.writerow([row.get(c.name, "") for c in ACCOMPAGNEMENTS.exported])
    path.write_text(stream.getvalue(), encoding="utf-8")
    at = [c.name for c in ACCOMPAGNEMENTS.exported].index("structure")
    reading = read(path, lambda header: list(range(len(header))))
    found = {row[0]: row[1] or "" for piece in reading.pieces for row in piece.rows.select("0", str(at)).iter_rows()}
    assert {i: found[f"A{i}"].strip() for i in range(len(names))} == {i: name.strip() for i, name in enumerate(names)}


# --- what is published ------------------------------------------------------------------------------------

NO_NAME = re.compile(r"[\n\r\x00]|\d{1,2}/\d{1,2}/\d{4}|\d{4}-\d{1,2}-\d{1,2}|\d{13}|A\d+;")


def test_the_diffusion_file_holds_nothing_that_no_name_can_be(raw, refreshed, marts):
    """Enough rows for names to be shown; each second one has a quote, a day, a number or a line end that it should not."""
    fouls = [
        '"Asso',
        'Asso"',
        '"Asso du 12/03/1985"',
        f"Asso {NIR}",
        '"Asso\nA5;12/03/1985"',
        "x" * 400,
        '"',
        "#N/A",
        "As\0so",
    ]
    rows, actions = [], []
    for i in range(900):
        foul = fouls[i // 2 % len(fouls)] if i % 2 else "Mission locale"
        own = {
            "nir": NIR,
            "date_naissance": "12/03/1985",
            "structure": foul,
            "famille_detecteur": "Partenaires externes",
        }
        rows.append(
            accompagnement(id_accompagnement=f"A{i}", categorie_detecteur="Associations", clos="2024-03-01", **own)
        )
        actions.append(
            {"id_accompagnement": f"A{i}", "thematique": "Orientation vers un partenaire", "partenaire": foul}
        )
    write_lines(raw, ACCOMPAGNEMENTS, rows)
    write_lines(raw, ACTIONS, actions)
    refreshed()
    texts = names = 0
    with duckdb.connect(str((marts / "adass_diffusion.duckdb").resolve()), read_only=True) as con:
        columns = con.execute(
            "SELECT schema_name || '.' || table_name, column_name FROM duckdb_columns() "
            "WHERE NOT internal AND column_name NOT IN ('millesime', 'version') AND data_type IN ('VARCHAR') OR data_type LIKE 'ENUM%'"
        ).fetchall()
        for table, column in columns:
            for (text,) in con.execute(f"SELECT DISTINCT {column}::VARCHAR FROM {table}").fetchall():
                texts += 1
                assert not NO_NAME.search(text or ""), (table, column, text)
                if column in {"structure", "alias", "partenaire"}:
                    names += 1
                    assert len(text) <= LONGEST_NAME
                    assert text.count('"') != 1
    assert (names > 1, texts > 100) == (True, True)
