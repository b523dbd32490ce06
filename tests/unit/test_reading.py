"""Reading files: every format, encoding and separator; no line lost whatever the quotes."""

import csv
import gzip
import io
import zipfile
from collections import Counter
from datetime import date, datetime
from random import Random

import openpyxl
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

import pipelines.reading.files
from pipelines.errors import Unreadable
from pipelines.reading.files import LINE, read
from pipelines.reading.workbook import unread_sheets

HEADER = ["Numéro", "Libellé", "Date"]


def records(path, credible=bool):
    """What a file holds: {line: fields}, and the records that could not be split."""
    reading = read(path, lambda header: list(range(len(header))), credible=credible)
    names = [str(i) for i in range(len(reading.header))]
    rows, unsplit = {}, []
    for piece in reading.pieces:
        unsplit += piece.unsplit
        for line, *fields in piece.rows.select(LINE, *names).iter_rows():
            rows[line] = [f or "" for f in fields]
    return rows, unsplit


def write(path, text, encoding="utf-8"):
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("separator", [";", "\t", ","])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_encodings_separators_and_line_ends(tmp_path, encoding, separator, end):
    lines = [separator.join(row) for row in (HEADER, ["1", "Œuvre d’été €", "01/02/2024"], ["2", "", ""])]
    rows, unsplit = records(write(tmp_path / "a.csv", end.join(lines), encoding))
    assert rows == {2: ["1", "Œuvre d’été €", "01/02/2024"], 3: ["2", "", ""]}
    assert unsplit == []


def test_gzip_zip_parquet_and_sheets_give_the_same_rows(tmp_path):
    text = "Numéro;Libellé;Date\n1;a;2024-02-01\n2;b;\n"
    with gzip.open(tmp_path / "a.csv.gz", "wt", encoding="utf-8") as stream:
        stream.write(text)
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("dedans.csv", text)
    frame = pl.DataFrame({"Numéro": [1, 2], "Libellé": ["a", "b"], "Date": [date(2024, 2, 1), None]})
    frame.write_parquet(tmp_path / "a.parquet")
    with xlsxwriter.Workbook(str(tmp_path / "a.xlsx")) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEADER)
        sheet.write_row(1, 0, [1, "a"])
        sheet.write_datetime(1, 2, datetime(2024, 2, 1), book.add_format({"num_format": "dd/mm/yyyy"}))
        sheet.write_row(2, 0, ["2", "b", ""])
    expected = {2: ["1", "a", "2024-02-01"], 3: ["2", "b", ""]}
    for name in ("a.csv.gz", "a.zip", "a.parquet", "a.xlsx"):
        assert records(tmp_path / name) == (expected, []), name


def test_blank_lines_are_no_rows_but_have_numbers(tmp_path):
    text = 'Numéro;Libellé;Date\n1;a;\n\n;;\n  ; ;"  "\n2;b;\n\n'
    assert records(write(tmp_path / "a.csv", text)) == ({2: ["1", "a", ""], 6: ["2", "b", ""]}, [])


def test_a_field_may_hold_a_line_end_and_counts_from_its_first_line(tmp_path):
    text = 'Numéro;Libellé;Date\n1;"deux\nlignes; et ""plus""";x\n2;b;\n'
    assert records(write(tmp_path / "a.csv", text)) == (
        {2: ["1", 'deux\nlignes; et "plus"', "x"], 4: ["2", "b", ""]},
        [],
    )


def test_wrong_number_of_fields_is_told_by_line(tmp_path):
    text = "Numéro;Libellé;Date\n1;a\n2;b;c;d\n3;c;\n"
    assert records(write(tmp_path / "a.csv", text)) == ({4: ["3", "c", ""]}, [(2, 2), (3, 4)])


@pytest.mark.parametrize("after", ['"2";"b";"x"', "2;b;x", '2;"b";x'])
def test_an_unclosed_quote_costs_its_own_line_only(tmp_path, after):
    lines = ["Numéro;Libellé;Date", '1;"jamais fermé;x', *[after] * 500]
    rows, unsplit = records(write(tmp_path / "a.csv", "\n".join(lines)))
    assert [line for line, _ in unsplit] == [2]
    assert list(rows) == list(range(3, 503))
    assert set(map(tuple, rows.values())) == {("2", "b", "x")}


def test_an_unclosed_quote_on_the_last_line(tmp_path):
    rows, unsplit = records(write(tmp_path / "a.csv", 'Numéro;Libellé;Date\n1;a;x\n2;"b;y\n'))
    assert (list(rows), [line for line, _ in unsplit]) == ([2], [3])


def test_a_quote_inside_a_bare_field_is_text(tmp_path):
    assert records(write(tmp_path / "a.csv", 'Numéro;Libellé;Date\n1;écran 5" neuf;x\n')) == (
        {2: ["1", 'écran 5" neuf', "x"]},
        [],
    )


@pytest.mark.parametrize("content", [b"", b"\n\n", b";;\n1;2;3\n"])
def test_no_header_is_refused(tmp_path, content):
    (tmp_path / "a.csv").write_bytes(content)
    with pytest.raises(Unreadable, match=r"a\.csv : aucun en-tête"):
        records(tmp_path / "a.csv")


@pytest.mark.parametrize("name", ["a.xlsx", "a.zip", "a.csv.gz", "a.parquet"])
def test_a_file_that_is_not_what_its_name_says_is_refused(tmp_path, name):
    (tmp_path / name).write_bytes(b"ceci n'est pas une archive")
    with pytest.raises(Unreadable, match=rf"{name} : fichier illisible"):
        records(tmp_path / name)


def test_an_archive_holds_one_file(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("un.csv", "a;b;c\n")
        archive.writestr("deux.csv", "a;b;c\n")
    with pytest.raises(Unreadable, match="un seul fichier"):
        records(tmp_path / "a.zip")


def test_bytes_of_no_known_encoding_are_refused(tmp_path):
    (tmp_path / "a.csv").write_bytes(b"Num\xe9ro;b;c\n1;\x81;3\n")
    with pytest.raises(Unreadable, match="encodage inconnu"):
        records(tmp_path / "a.csv")


line_of_text = st.text(st.characters(codec="utf-8", exclude_characters="\r\n\x00"), max_size=12)
several_lines = st.lists(
    st.text(st.characters(codec="utf-8", exclude_characters="\r\n\x00;,\t"), max_size=8), min_size=2, max_size=4
).map("\n".join)
field = line_of_text | several_lines


@settings(deadline=None)
@given(rows=st.lists(st.tuples(field, field, field), max_size=12), quote=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
       separator=st.sampled_from(";\t,"), block=st.integers(16, 200))  # fmt: skip
def test_what_a_writer_wrote_is_read_back_whatever_the_block_size(tmp_path_factory, rows, quote, separator, block):
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter=separator, quoting=quote, lineterminator="\n")
    writer.writerow(HEADER)
    writer.writerows(rows)
    path = write(tmp_path_factory.mktemp("ecrit") / "a.csv", stream.getvalue())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pipelines.reading.files, "BLOCK", block)
        found, unsplit = records(path)
    assert unsplit == []
    # a row of blanks and quotes alone carries nothing and is no row
    expected = [list(r) for r in rows if any(c.strip().replace('"', "") for c in r)]
    # blanks before a field are no part of it where another field of the line has quotes
    assert [[c.lstrip(" ") for c in r] for r in found.values()] == [[c.lstrip(" ") for c in r] for r in expected]


# of blanks alone it is no name: with a quote after them it would rightly close one that an earlier line opens
word = st.text(st.sampled_from("abé '/-"), min_size=1, max_size=8).filter(str.strip)


@settings(deadline=None)
@given(names=st.lists(word, min_size=1, max_size=12), strays=st.data(), block=st.integers(16, 200))
def test_stray_quotes_cost_their_own_lines_only(tmp_path_factory, names, strays, block):
    """Whatever quotes are put before or after names, no record swallows another one and every clean one is read."""
    stray = strays.draw(
        st.lists(st.sampled_from(["", "", '"{}', '{}"', '{}"{}']), min_size=len(names), max_size=len(names))
    )
    cells = [form.replace("{}", name) or name for form, name in zip(stray, names, strict=True)]
    lines = [";".join(HEADER), *(f"A{i};{cell};2024-01-{i + 1:02}" for i, cell in enumerate(cells))]
    path = write(tmp_path_factory.mktemp("sale") / "a.csv", "\n".join(lines))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pipelines.reading.files, "BLOCK", block)
        rows, unsplit = records(path)
    assert sorted([*rows, *(line for line, _ in unsplit)]) == list(range(2, len(names) + 2))
    for i, (form, cell) in enumerate(zip(stray, cells, strict=True)):
        opened = cell.lstrip(" ").startswith('"')
        assert (i + 2 in rows) != opened, form
        if not opened:
            assert [c.lstrip(" ") for c in rows[i + 2]] == [f"A{i}", cell.lstrip(" "), f"2024-01-{i + 1:02}"]


@pytest.mark.parametrize("between", [0, 1, 5])
def test_two_stray_quotes_do_not_swallow_the_records_between(tmp_path, between):
    lines = ["Numéro;Libellé;Date", '1;"Asso A;x', *["2;Asso B;x"] * between, '3;Asso C";x', "4;Asso D;x"]
    rows, unsplit = records(write(tmp_path / "a.csv", "\n".join(lines)))
    assert unsplit == [(2, -1)]
    assert [fields[0] for fields in rows.values()] == ["2"] * between + ["3", "4"]


def test_a_record_of_several_lines_with_another_number_of_fields_is_told_line_by_line(tmp_path):
    text = 'Numéro;Libellé;Date\n1;"deux\nlignes";x;y;z\n2;b;\n'
    assert records(write(tmp_path / "a.csv", text)) == ({4: ["2", "b", ""]}, [(2, -1), (3, 4)])


def test_a_record_of_several_lines_that_nobody_believes_in_is_told_line_by_line(tmp_path):
    text = 'Numéro;Libellé;Date\n1;"deux\nlignes";x\n2;b;\n'
    path = write(tmp_path / "a.csv", text)
    assert records(path, lambda fields: fields != ["1", "deux\nlignes", "x"]) == (
        {4: ["2", "b", ""]},
        [(2, -1), (3, 2)],
    )


def test_a_cell_of_many_lines_is_one_however_long_it_is(tmp_path):
    long = "\n".join(["une ligne, et encore"] * 20_000)
    rows, unsplit = records(write(tmp_path / "a.csv", f'Numéro;Libellé;Date\n1;"{long}";x\n2;b;x\n'))
    assert (rows[2], unsplit) == (["1", long, "x"], [])
    assert rows[20_002] == ["2", "b", "x"]


def test_a_quote_that_nothing_closes_costs_its_own_line_however_much_follows(tmp_path, monkeypatch):
    monkeypatch.setattr(pipelines.reading.files, "BLOCK", 1000)
    monkeypatch.setattr(pipelines.reading.files, "LONGEST_LINE", 5000)
    text = 'Numéro;Libellé;Date\n1;"jamais;x\n' + "une ligne de trop peu\n" * 1000 + "2;b;x\n"
    rows, unsplit = records(write(tmp_path / "a.csv", text))
    assert (list(rows), [line for line, _ in unsplit]) == ([1003], list(range(2, 1003)))


def test_a_blank_after_the_separator_is_no_part_of_a_quoted_field(tmp_path):
    text = 'Numéro, Libellé, Date\n1, "Asso, et autres", 2024-01-01\n2, "deux\nlignes", x\n'
    rows, unsplit = records(write(tmp_path / "a.csv", text))
    assert ([[c.strip() for c in r] for r in rows.values()], unsplit) == (
        [["1", "Asso, et autres", "2024-01-01"], ["2", "deux\nlignes", "x"]],
        [],
    )


@pytest.mark.parametrize("text", ["Numéro;Libellé;Date\r1;a;x\r2;b;y\r", "Numéro;Libellé;Date\n1;a;x\r2;b;y\r3;c;z\n"])
def test_lone_returns_are_refused_by_name(tmp_path, text):
    with pytest.raises(Unreadable, match="fins de ligne CR seules"):
        records(write(tmp_path / "a.csv", text))


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_is_refused_by_name(tmp_path, encoding):
    with pytest.raises(Unreadable, match="encodage UTF-16"):
        records(write(tmp_path / "a.csv", "Numéro;Libellé;Date\n1;a;x\n", encoding))


def test_latin_9_is_known_by_its_ligature(tmp_path):
    text = "Numéro;Libellé;Date\n1;Les Restos du Cœur à 5 €;Œuvre\n"
    assert records(write(tmp_path / "a.csv", text, "iso8859-15"))[0] == {2: ["1", "Les Restos du Cœur à 5 €", "Œuvre"]}


def test_a_fraction_is_not_taken_for_a_ligature(tmp_path):
    text = "Numéro;Libellé;Date\n1;½ journée à la Maison d’à côté;2½ h\n2;1¼ part;été\n"
    for one in (text, text.replace("’", "'")):
        rows = records(write(tmp_path / "a.csv", one, "cp1252"))[0]
        assert rows[2][2] == "2½ h"
        assert rows[3] == ["2", "1¼ part", "été"]


def test_bytes_that_stand_for_nothing_are_left_out(tmp_path):
    rows, unsplit = records(write(tmp_path / "a.csv", "Numéro;Libellé;Date\n1;As\0so\0;x\n"))
    assert (rows, unsplit) == ({2: ["1", "Asso", "x"]}, [])


def test_a_cell_that_is_no_number_is_empty_and_bytes_are_text(tmp_path):
    columns = [[1.0, float("nan")], ["Cœur".encode(), "Épicerie".encode("cp1252")], ["a\0", None]]
    pq.write_table(pa.table(dict(zip(HEADER, columns, strict=True))), tmp_path / "a.parquet")
    assert records(tmp_path / "a.parquet") == ({2: ["1", "Cœur", "a"], 3: ["", "Épicerie", ""]}, [])


def workbook(path, fill):
    with xlsxwriter.Workbook(str(path)) as book:
        fill(book)
    return path


def test_errors_and_formulas_without_a_value_are_values(tmp_path):
    book = openpyxl.Workbook()
    for row in (HEADER, [1, "#N/A", "=A2+1"], [2, None, "x"], [None, None, None], ["=A1", None, None]):
        book.active.append(row)
    book.active["B2"].data_type = "e"
    book.save(tmp_path / "a.xlsx")
    assert records(tmp_path / "a.xlsx")[0] == {
        2: ["1", "#N/A", "formule sans valeur"],
        3: ["2", "", "x"],
        5: ["formule sans valeur", "", ""],
    }


def test_the_value_of_a_formula_is_read_and_may_be_an_empty_text(tmp_path):
    def fill(book):
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEADER)
        sheet.write_formula(1, 0, "=1+1", None, 2)
        sheet.write_formula(1, 1, '=IF(A2=1,"x","")', None, "vide")
        sheet.write_formula(1, 2, "=1/0", None, "#DIV/0!")

    written = workbook(tmp_path / "ecrit.xlsx", fill)
    with zipfile.ZipFile(written) as before, zipfile.ZipFile(tmp_path / "a.xlsx", "w") as after:
        for name in before.namelist():  # as a spreadsheet writes an empty text
            after.writestr(name, before.read(name).replace(b"<v>vide</v>", b"<v></v>"))
    assert records(tmp_path / "a.xlsx")[0] == {2: ["2", "", "#DIV/0!"]}


def test_a_hidden_sheet_is_not_read_and_the_sheets_left_are_named(tmp_path):
    def fill(book):
        for name in ("ancien", "données", "vide", "suite"):
            sheet = book.add_worksheet(name)
            if name != "vide":
                sheet.write_row(0, 0, HEADER)
                sheet.write_row(1, 0, [name, "a", "x"])
        book.worksheets()[0].hide()
        book.worksheets()[1].activate()

    path = workbook(tmp_path / "a.xlsx", fill)
    assert records(path)[0] == {2: ["données", "a", "x"]}
    assert unread_sheets(path) == ["« ancien » (masquée)", "« suite »"]


def test_blank_rows_above_the_header_of_a_workbook_are_told(tmp_path):
    def fill(book):
        book.add_worksheet().write_row(2, 0, HEADER)

    with pytest.raises(Unreadable, match=r"a\.xlsx : aucun en-tête à la première ligne"):
        records(workbook(tmp_path / "a.xlsx", fill))


@pytest.mark.parametrize(
    ("name", "words"),
    [("a.xlsx", "classeur"), ("a.zip", "fichier compressé"), ("a.csv.gz", "fichier compressé"), ("a.parquet", "fichier Parquet")],
)  # fmt: skip
def test_what_is_wrong_with_a_file_is_said_in_french(tmp_path, name, words):
    (tmp_path / name).write_bytes(b"ceci n'est pas une archive")
    with pytest.raises(Unreadable, match=f"{words} endommagé") as refused:
        records(tmp_path / name)
    assert "Error" not in str(refused.value)
    assert "Invalid" not in str(refused.value)


@settings(deadline=None, max_examples=200)
@given(lines=st.lists(st.text(st.sampled_from('ab;"\\ \t'), max_size=14), max_size=20), block=st.integers(16, 120))
def test_every_line_is_accounted_for_whatever_the_quotes(tmp_path_factory, lines, block):
    path = write(tmp_path_factory.mktemp("sale") / "a.csv", "\n".join([";".join(HEADER), *lines]) + "\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pipelines.reading.files, "BLOCK", block)
        rows, unsplit = records(path)  # raises where header + rows + blank + continued lines are not the file's lines
    starts = [*rows, *(line for line, _ in unsplit)]
    assert len(starts) == len(set(starts))
    assert all(2 <= line <= len(lines) + 1 for line in starts)
    for number, line in enumerate(lines, 2):
        plain = '"' not in line and line.count(";") == 2 and line.strip("; \t\\") != ""
        if plain and number not in rows:  # then a record that began before holds it, quoted
            assert any(line.strip() in "\n".join(f) for start, f in rows.items() if start < number) or any(
                start < number for start, _ in unsplit
            )


def damaged(content: bytes, random: Random) -> bytes:
    """The content after a few accidents: bytes changed, quotes and NULs put in, cut short."""
    data = bytearray(content)
    for _ in range(random.choice([1, 3, 20])):
        at = random.randrange(len(data)) if data else 0
        accident = random.randrange(5)
        if accident == 0 and data:
            data[at] = random.randrange(256)
        elif accident == 1:
            data = data[: max(1, at)]
        else:
            data[at:at] = (b'"', b"\x00\x00", b'\n"')[accident - 2]
    return bytes(data)


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz", "a.zip", "a.xlsx", "a.parquet"])
def test_a_damaged_file_is_read_or_refused_in_words(tmp_path, name):
    rows = [[str(i), f"libellé {i}", "2024-01-01"] for i in range(200)]
    text = "\n".join(";".join(row) for row in (HEADER, *rows)).encode()
    path = tmp_path / name
    if name.endswith(".gz"):
        path.write_bytes(gzip.compress(text))
    elif name.endswith(".zip"):
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("a.csv", text)
    elif name.endswith(".xlsx"):
        with xlsxwriter.Workbook(str(path)) as book:
            sheet = book.add_worksheet()
            for at, row in enumerate([HEADER, *rows]):
                sheet.write_row(at, 0, row)
    elif name.endswith(".parquet"):
        pl.DataFrame(rows, schema=HEADER, orient="row").write_parquet(path)
    else:
        path.write_bytes(text)
    whole, random, ends = path.read_bytes(), Random(name), Counter()
    for _ in range(60):
        path.write_bytes(damaged(whole, random))
        try:
            found, unsplit = records(path)
            ends["read"] += 1
            assert len(found) + len(unsplit) <= 460  # 200 rows, and at most 3 more line ends for each of 20 accidents
        except Unreadable as error:
            assert name in str(error)
            ends["refused"] += 1
    assert ends.total() == 60
