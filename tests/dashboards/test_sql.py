"""Free SQL: what it gives, what it refuses, what it leaves behind."""

import csv
import hashlib
import io
import json
import os
import pwd
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import duckdb
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from rich.console import Console

from dashboards.access.roles import FULL, Access
from dashboards.published import reading as published
from dashboards.sql import engine, journal, result, saved, service
from dashboards.sql.drawing import drawn
from dashboards.sql.engine import BUSY, ERROR, MEMORY, OK, REFUSED, STOPPED, TIME, Limits
from dashboards.sql.parameters import names_of, typed
from dashboards.sql.terminal import main
from tests.samples import hostile
from tests.samples.access import publish_for_roles

SHORT = Limits(horloge=1.0, memoire=300)
STATEMENTS = [
    (group, statement)
    for group in ("FILES", "NETWORK", "WRITING", "ATTACHING", "EXTENSIONS", "SETTINGS", "ESCAPING", "BOMBS")
    for statement in getattr(hostile, group)
]


@pytest.fixture(scope="module")
def marts(tmp_path_factory) -> Path:
    return publish_for_roles(tmp_path_factory.mktemp("marts"))


@pytest.fixture(scope="module")
def file(marts) -> Path:
    return (marts / "adass.duckdb").resolve()


def value(file: Path, sql: str, **parameters: object) -> object:
    outcome = engine.run(file, sql, parameters)
    assert outcome.status == OK, outcome
    return outcome.table.column(0)[0].as_py()


# --- nothing but reading ---


@pytest.fixture(scope="module")
def outcomes(file, tmp_path_factory):
    """What became of each hostile statement; the published file is the same afterwards."""
    other = tmp_path_factory.mktemp("autre") / "autre.duckdb"
    with duckdb.connect(str(other)) as con:
        con.execute("CREATE TABLE secrets AS SELECT 42 AS x")
    before = (hashlib.sha256(file.read_bytes()).hexdigest(), sorted(p.name for p in file.parent.iterdir()))

    def attempt(one: tuple[str, str]) -> engine.Outcome:
        group, statement = one
        text = statement.replace(hostile.OTHER, str(other)).replace(hostile.SELF, str(file))
        return engine.run(file, text, {}, SHORT if group == "BOMBS" else Limits())

    with ThreadPoolExecutor(engine.SLOTS) as pool:
        found = list(pool.map(attempt, STATEMENTS))
    after = (hashlib.sha256(file.read_bytes()).hexdigest(), sorted(p.name for p in file.parent.iterdir()))
    assert after == before
    return found


def test_there_are_enough_hostile_statements():
    assert len({s for _, s in STATEMENTS}) == len(STATEMENTS) >= 150


@pytest.mark.parametrize("place", range(len(STATEMENTS)), ids=lambda i: f"{STATEMENTS[i][0]}-{i}")
def test_a_hostile_statement_comes_to_nothing(outcomes, place):
    outcome = outcomes[place]
    assert outcome.status not in {OK, BUSY}, STATEMENTS[place][1][:200]
    assert outcome.rows == 0
    assert "root:" not in outcome.detail


def test_others_are_served_while_bombs_run_and_a_person_runs_one_query_at_a_time(file):
    bomb = "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT max(n) FROM t"
    with ThreadPoolExecutor(2) as pool:
        first, second = (pool.submit(engine.run, file, bomb, {}, Limits(horloge=6.0), who) for who in ("a", "b"))
        while len(engine._jobs) < 2:
            time.sleep(0.01)
        assert engine.run(file, "SELECT 1", who="c").status == OK
        assert engine.run(file, "SELECT 1", who="a").status == OK
        assert (first.result().status, first.result().message) == (STOPPED, "une autre requête l'a remplacée")
        assert second.result().status == TIME
    assert not engine._jobs


def test_the_child_holds_no_secret_and_leaves_nothing(file, tmp_path, monkeypatch):
    seen = []
    started = subprocess.Popen

    def noted(command, **options):
        seen.append((options["env"], list(Path(options["cwd"]).iterdir()), options["cwd"]))
        return started(command, **options)

    monkeypatch.setattr(engine.subprocess, "Popen", noted)
    assert engine.run(file, "SELECT 1").status == OK
    ((environment, held, folder),) = seen
    assert (environment, held) == ({}, [])
    assert not Path(folder).exists()


# --- what it gives ---


def test_a_query_reads_with_bound_values(file):
    sql = "SELECT sum(numerateur) FROM marts.indicateurs WHERE territoire = $ou AND annee = $annee"
    assert value(file, sql, ou="FR", annee=2024) > 0
    assert value(file, sql, ou="' OR 1 = 1 --", annee=2024) is None
    assert value(file, "SELECT 'a''$b' || $c", c=3) == "a'$b3"
    assert engine.run(file, "SELECT $absent").message == "sans valeur : $absent"


def test_an_error_after_the_first_rows_is_told(file):
    late = engine.run(file, "SELECT CASE WHEN range < 90000 THEN range ELSE 'x' END::INT FROM range(100000)")
    assert (late.status, late.message) == (ERROR, "une valeur ne se convertit pas")
    assert "'x'" in late.detail


def test_rows_and_bytes_are_bounded_and_it_is_said(file):
    few = engine.run(file, "FROM range(1000000)", {}, Limits(lignes=5000))
    assert (few.rows, few.cut) == (5000, True)
    whole = engine.run(file, "FROM range(5000)", {}, Limits(lignes=5000))
    assert (whole.rows, whole.cut) == (5000, False)
    wide = engine.run(file, "SELECT repeat('x', 10000) FROM range(100000)", {}, Limits(octets=1 << 20))
    assert wide.cut
    assert 0 < wide.table.nbytes <= 1 << 20


@pytest.mark.parametrize(
    ("sql", "status", "message"),
    [
        ("SELEC 1", ERROR, "elle ne se lit pas"),
        ("SELECT * FROM absente", ERROR, "une table ou une fonction n'existe pas"),
        ("SELECT absente FROM ref.annees", ERROR, "une colonne, une fonction ou un type ne convient pas"),
        ("SELECT CAST('x' AS INTEGER)", ERROR, "une valeur ne se convertit pas"),
        ("FROM read_csv('x.csv')", ERROR, "seules les tables publiées se lisent"),
        ("DROP TABLE ref.annees", REFUSED, "seules les lectures sont admises"),
        ("SELECT 1; SELECT 2", REFUSED, "une seule instruction"),
        ("", REFUSED, "vide"),
        ("SELECT repeat('x', 4000000000)", MEMORY, "Mo"),
        ("SELECT " + "1" * 60_000, REFUSED, "caractères"),
        ("SELECT DATE '20000-01-01'", REFUSED, "une date sort"),
        ("SELECT [TIMESTAMP 'infinity']", REFUSED, "une date sort"),
    ],
)
def test_what_goes_wrong_is_said_in_french(file, sql, status, message):
    outcome = engine.run(file, sql)
    assert outcome.status == status
    assert message in outcome.message


def test_every_kind_of_value_is_shown_and_exported(file):
    outcome = engine.run(
        file,
        "SELECT 12345 AS n, 2024 AS annee, 0.5::DOUBLE AS d, 1.25::DECIMAL(5, 2) AS e, DATE '2024-02-29' AS j, true AS b, "
        "NULL AS v, '=1+1' AS f, [1, 2] AS l, {'a': 1} AS s, INTERVAL 1 DAY AS i, 'x'::BLOB AS o, 1::HUGEINT AS h, "
        "TIMESTAMP '2024-01-02 03:04:05' AS m, 'a'::ENUM('a', 'b') AS en, 'NaN'::DOUBLE AS nan, 1 AS n",
    )
    table = result.simple(outcome.table)
    (row,) = result.texts(table)
    assert row[:8] == ["12\u202f345", "2024", "0,5", "1,25", "29/02/2024", "oui", "NULL", "=1+1"]
    assert row[8] == "[1, 2]"
    assert row[13:16] == ["02/01/2024 03:04:05", "a", "indéfini"]
    (_, line) = csv.reader(io.StringIO(result.file("csv", table).decode("utf-8-sig")), delimiter=";")
    assert line[:8] == ["12345", "2024", "0,5", "1,25", "2024-02-29", "oui", "", "'=1+1"]
    sheet = openpyxl.load_workbook(io.BytesIO(result.file("xlsx", table))).active
    assert sheet["A2"].value == 12345
    assert sheet["E2"].value.date() == date(2024, 2, 29)
    assert (sheet["H2"].value, sheet["H2"].data_type) == ("=1+1", "s")
    back = pq.read_table(io.BytesIO(result.file("parquet", table)))
    assert back.column_names[-1] == "n_2"
    assert back.column("j")[0].as_py() == date(2024, 2, 29)


def test_a_result_without_rows_is_exported(file):
    table = result.simple(engine.run(file, "SELECT 1 AS a WHERE false").table)
    assert result.file("csv", table) == "\ufeffa\r\n".encode()
    assert result.texts(table) == []
    assert result.file("xlsx", table)
    assert pq.read_table(io.BytesIO(result.file("parquet", table))).num_rows == 0


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0"),
        (1e-9, "1e\u221209"),
        (-2.5, "\u22122,5"),
        (10**16, "10000000000000000"),
        (1e20, "1e+20"),
        (1 / 3, "0,333333"),
    ],
)
def test_numbers_of_any_size_are_shown(number, text):
    assert result.shown(number) == text


def test_parameters_are_found_outside_texts_and_comments():
    assert names_of("SELECT $b, '$c', \"$d\" /* $e */ -- $f\n, $a, $b, 'x''$g'") == ["b", "a"]
    assert [typed(t) for t in ("12", "-3", "1,5", "011", "a", "")] == [12, -3, 1.5, "011", "a", ""]


@pytest.mark.parametrize("piece", ["/*a", "'a", '"a', "--a", "$", "''", "/*", "a'b\"", "$a$"])
def test_parameters_are_found_in_one_reading_whatever_the_text(piece):
    """A text four times as long takes about four times as long, not sixteen."""

    def seconds(many: int) -> float:
        text, begun = piece * many, time.perf_counter()
        names_of(text)
        return time.perf_counter() - begun

    assert min(seconds(40_000) for _ in range(3)) < 40 * max(min(seconds(4_000) for _ in range(3)), 1e-4)


def test_tables_are_told_with_their_comments(file):
    with duckdb.connect(str(file)) as con:
        con.execute("COMMENT ON TABLE ref.annees IS 'Les années'; COMMENT ON COLUMN ref.annees.annee IS 'Année'")
    found = {t.name: t for t in service.tables(published.Edition(file, file.stat().st_mtime_ns))}
    assert found["ref.annees"].comment == "Les années"
    assert found["ref.annees"].columns[0] == service.Column("annee", "INTEGER", "Année")
    assert "detail.accompagnements" in found


# --- what it leaves ---


def test_every_query_is_noted_with_its_author_and_no_nir(marts, file, tmp_path):
    reader = Access("statisticien", identity="ana@exemple.fr")
    service.answer(tmp_path, reader, file, "SELECT $x, '1 85 05 78 006 084 36'", {"x": "185057800608436"})
    service.answer(tmp_path, reader, file, "DROP TABLE ref.annees", {})
    service.answer(tmp_path, Access("local", "organisme", "011", "bob"), file, "SELECT 1", {})
    (path,) = (tmp_path / "journal").iterdir()
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    first, second, third = (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())
    assert (first["identite"], first["role"], first["statut"], first["lignes"]) == (
        "ana@exemple.fr",
        "statisticien",
        "ok",
        1,
    )
    assert "185" not in first["requete"] + str(first["parametres"])
    assert second["statut"] == "refus"
    assert third["territoire"] == "011"
    assert [e["requete"] for e in journal.history(tmp_path, reader)] == [second["requete"], first["requete"]]
    assert journal.history(tmp_path, FULL) == []


@pytest.mark.parametrize(
    "text", ["SELECT 1 --\u2028 1\u2028", "SELECT '\x85'", "SELECT '\ud800'", "SELECT 1 -- \x0b\x1e\r"]
)
def test_the_history_holds_whatever_a_query_holds(file, tmp_path, text):
    reader = Access("statisticien", identity="ana")
    service.answer(tmp_path, reader, file, text, {})
    service.answer(tmp_path, reader, file, "SELECT 2", {"x": text})
    assert [e["requete"] for e in journal.history(tmp_path, reader)] == ["SELECT 2", text]


def test_lines_of_the_journal_that_are_no_records_are_passed_over(file, tmp_path):
    reader = Access("statisticien", identity="ana")
    service.answer(tmp_path, reader, file, "SELECT 1", {})
    (path,) = (tmp_path / "journal").iterdir()
    with path.open("a", encoding="utf-8") as stream:
        stream.write('[]\n12\n{"identite": "ana"}\n{"identite": "ana", "requete": 3}\nrien\n\n')
    assert [e["requete"] for e in journal.history(tmp_path, reader)] == ["SELECT 1"]


def test_what_cannot_be_noted_gives_nothing(file, tmp_path):
    (tmp_path / "journal").write_text("", encoding="utf-8")
    outcome = service.answer(tmp_path, FULL, file, "SELECT 1", {})
    assert (outcome.status, outcome.rows) == (REFUSED, 0)
    assert "journal" in outcome.message


def test_queries_are_kept_by_person_and_opened_by_link(tmp_path):
    one = saved.save(tmp_path, "ana", "Clôtures", "SELECT 1")
    again = saved.save(tmp_path, "ana", "Clôtures", "SELECT 2")
    other = saved.save(tmp_path, "bob", "Clôtures", "SELECT 3")
    assert one.id == again.id != other.id
    assert len(one.id) >= 16
    assert [s.sql for s in saved.of(tmp_path, "ana")] == ["SELECT 2"]
    assert saved.linked(tmp_path, other.id).sql == "SELECT 3"
    assert saved.linked(tmp_path, "' OR 1 = 1 --") is None
    saved.forget(tmp_path, "ana", other.id)
    assert saved.linked(tmp_path, other.id)
    saved.forget(tmp_path, "bob", other.id)
    assert saved.linked(tmp_path, other.id) is None
    assert (tmp_path / saved.FILE).stat().st_mode & 0o777 == 0o600


def test_what_is_kept_is_bounded_and_holds_no_nir(tmp_path):
    one = saved.save(tmp_path, "ana", "de 1 85 05 78 006 084 36", "SELECT '185057800608436'")
    assert "185" not in one.name.replace(" ", "") + one.sql
    with pytest.raises(saved.TooMuch):
        saved.save(tmp_path, "ana", "longue", "x" * (engine.LONGEST + 1))
    with pytest.raises(saved.TooMuch):
        saved.save(tmp_path, "ana", "n" * 81, "SELECT 1")
    for number in range(saved.MOST - 1):
        saved.save(tmp_path, "ana", f"requête {number}", "SELECT 1")
    with pytest.raises(saved.TooMuch):
        saved.save(tmp_path, "ana", "une de trop", "SELECT 1")
    saved.save(tmp_path, "ana", "requête 0", "SELECT 2")  # one that is there may change
    saved.save(tmp_path, "bob", "la sienne", "SELECT 1")


def test_three_queries_at_once_by_one_person_leave_room_for_others(file):
    bomb = "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT max(n) FROM t"
    with ThreadPoolExecutor(4) as pool:
        hers = [pool.submit(engine.run, file, bomb, {}, Limits(horloge=4.0), "a") for _ in range(4)]
        time.sleep(0.5)
        begun = time.monotonic()
        assert engine.run(file, "SELECT 1", who="b").status == OK
        assert time.monotonic() - begun < 3
        assert sorted(one.result().status for one in hers) == sorted([STOPPED] * 3 + [TIME])
    assert not engine._jobs
    assert not engine._asked


# --- in a terminal ---


def test_the_journal_is_signed_by_the_account_not_by_a_variable(marts, tmp_path):
    environment = {"HOME": str(tmp_path), "PYTHONUTF8": "1", "PATH": "/usr/bin", "LOGNAME": "quelqu'un d'autre"}
    command = [sys.executable, "-m", "pipelines.cli", "sql", "--marts", str(marts), "SELECT 'signée' AS a"]
    assert subprocess.run(command, env=environment, capture_output=True, check=False).returncode == 0
    (path,) = (marts / "journal").iterdir()
    entries = [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if "signée" in line]
    assert [e["identite"] for e in entries] == [pwd.getpwuid(os.getuid()).pw_name]


def terminal(*words: str, typed: str | None = None, home: Path | None = None) -> subprocess.CompletedProcess[str]:
    environment = {"HOME": str(home), "PYTHONUTF8": "1", "PATH": "/usr/bin", "COLUMNS": "100"}
    command = [sys.executable, "-m", "pipelines.cli", "sql", *words]
    return subprocess.run(command, input=typed, capture_output=True, text=True, env=environment, check=False)


def test_the_command_answers_writes_files_and_refuses(marts, tmp_path):
    told = terminal("--marts", str(marts), "SELECT 1234 AS n", home=tmp_path)
    assert told.returncode == 0
    assert "1\u202f234" in told.stdout
    assert "1\u00a0ligne en" in told.stdout
    assert list((marts / "journal").iterdir())

    files = [tmp_path / f"x.{kind}" for kind in ("csv", "xlsx", "parquet")]
    options = [word for path in files for word in (f"--{path.suffix[1:]}", str(path))]
    sql = "SELECT count(*) AS n FROM marts.indicateurs WHERE annee = $a"
    told = terminal("--marts", str(marts), "--parametre", "a=2024", *options, sql, home=tmp_path)
    assert told.returncode == 0, told.stderr
    assert all(path.stat().st_size for path in files)
    assert isinstance(pq.read_table(files[2]), pa.Table)

    told = terminal("--marts", str(marts), "DROP TABLE ref.annees", home=tmp_path)
    assert (told.returncode, told.stdout) == (1, "")
    assert "Requête refusée" in told.stderr


def test_the_prompt_lists_completes_and_remembers(marts, tmp_path):
    lines = ".aide\n.tables\n.colonnes ref.annees\nSELECT $x,\n 2;\n41\nSELEC;\n.csv {}\n.quitter\n".format(
        tmp_path / "y.csv"
    )
    told = terminal(
        "--fichier", str(marts / "adass_diffusion.duckdb"), "--marts", str(tmp_path), typed=lines, home=tmp_path
    )
    assert told.returncode == 0, told.stderr
    for words in ("Une requête se termine", "marts.indicateurs", "complete", "41"):
        assert words in told.stdout
    assert "elle ne se lit pas" in told.stderr
    assert (tmp_path / ".local/state/adass/sql_historique").stat().st_mode & 0o777 == 0o600


MANY = 120_000  # rows, more than a screen or a page may have


def test_files_hold_every_row(marts, tmp_path):
    files = [tmp_path / f"x.{kind}" for kind in ("csv", "xlsx", "parquet")]
    options = [word for path in files for word in (f"--{path.suffix[1:]}", str(path))]
    told = terminal("--marts", str(marts), *options, f"SELECT range AS n FROM range({MANY})", home=tmp_path)
    assert (told.returncode, told.stdout) == (0, "")
    assert [line.rpartition(" : ")[2] for line in told.stderr.splitlines()] == ["120\u202f000\u00a0lignes"] * 3
    assert files[0].read_bytes().count(b"\r\n") == 1 + MANY
    assert openpyxl.load_workbook(files[1], read_only=True).active.max_row == 1 + MANY
    back = pq.ParquetFile(files[2])
    assert back.metadata.num_rows == MANY
    assert back.metadata.num_row_groups == 1
    assert back.read().column("n").to_pylist() == list(range(MANY))
    assert sorted(p.name for p in tmp_path.iterdir()) == ["x.csv", "x.parquet", "x.xlsx"]


def test_a_file_goes_to_the_standard_output_and_says_nothing_else(marts, tmp_path):
    told = terminal("--marts", str(marts), "--csv", "-", "SELECT 1 AS a, 'é' AS b", home=tmp_path)
    assert (told.returncode, told.stdout, told.stderr) == (0, "\ufeffa;b\n1;é\n", "")


def test_a_reader_that_has_read_enough_is_no_error(marts, tmp_path):
    query = f"FROM range({10 * MANY})"
    command = [sys.executable, "-m", "pipelines.cli", "sql", "--marts", str(marts), "--csv", "-", query]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout and process.stderr
        assert process.stdout.readline() == b"\xef\xbb\xbfrange\r\n"
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 0


@pytest.mark.parametrize("query", ["SELECT 42 AS n", "SELECT 42 AS n\n", "SELECT 41 AS n;\n-- puis\nSELECT 42 AS n"])
def test_a_query_that_is_piped_needs_no_end(marts, tmp_path, query):
    told = terminal("--marts", str(marts), typed=query, home=tmp_path)
    assert told.returncode == 0
    assert "adass>" not in told.stdout
    assert " 42 " in told.stdout
    told = terminal("--marts", str(marts), "--csv", "-", typed=query.rpartition(";")[2], home=tmp_path)
    assert told.stdout == "\ufeffn\n42\n"


def test_a_query_that_is_piped_and_fails_is_an_error(marts, tmp_path):
    assert terminal("--marts", str(marts), typed="SELEC 1", home=tmp_path).returncode == 1


def test_a_query_without_result_changes_no_file(marts, tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("d'avant", encoding="utf-8")
    late = "SELECT CASE WHEN range = 90000 THEN error('trop tard') END FROM range(100000)"
    for query in ("SELECT absent", late):
        told = terminal("--marts", str(marts), "--csv", str(path), query, home=tmp_path)
        assert told.returncode == 1
        assert "Requête en erreur" in told.stderr
        assert path.read_text(encoding="utf-8") == "d'avant"
    assert [p.name for p in tmp_path.iterdir()] == ["x.csv"]


def test_a_file_that_cannot_be_written_is_named(marts, tmp_path):
    told = terminal("--marts", str(marts), "--csv", str(tmp_path / "absent" / "x.csv"), "SELECT 1", home=tmp_path)
    assert told.returncode == 1
    assert "x.csv : écriture impossible (No such file or directory)" in told.stderr


def test_where_a_sheet_is_full_it_is_said_and_it_is_an_error(marts, tmp_path, monkeypatch):
    monkeypatch.setattr(result, "SHEET_ROWS", 2500)
    words = ["--marts", str(marts), "--xlsx", str(tmp_path / "x.xlsx"), "FROM range(3000)"]
    told = CliRunner().invoke(main, words)
    assert told.exit_code == 1
    assert "2\u202f500\u00a0lignes sur 3\u202f000\u00a0: une feuille n'en tient pas plus" in told.output
    assert openpyxl.load_workbook(tmp_path / "x.xlsx").active.max_row == 1 + 2500


def test_the_prompt_writes_every_row_of_the_last_query(marts, tmp_path):
    path = tmp_path / "x.csv"
    told = terminal("--marts", str(marts), typed=f"FROM range({MANY});\n.csv {path}\n", home=tmp_path)
    assert told.returncode == 0, told.stderr
    assert "la limite de l'affichage est atteinte" in " ".join(told.stdout.split())
    assert path.read_bytes().count(b"\r\n") == 1 + MANY


@pytest.mark.parametrize("columns", [1, 4, 5, 20])
def test_what_is_too_wide_for_the_terminal_is_one_block_a_row(columns):
    names = [f"une_colonne_{i:02}" for i in range(columns)]
    table = pa.table({name: [12345, None] for name in names})
    console = Console(width=80, file=io.StringIO())
    console.print(drawn(table, console))
    lines = console.file.getvalue().splitlines()
    assert max(map(len, lines)) <= 80
    if columns <= 4:
        assert all(name in lines[1] for name in names)
        return
    assert lines[0] == "── ligne 1 ".ljust(80, "─")
    assert [line.split(maxsplit=1) for line in lines[1 : columns + 1]] == [[name, "12\u202f345"] for name in names]
    assert lines[columns + 1].startswith("── ligne 2 ──")


def test_long_texts_and_names_are_whole_in_blocks():
    table = pa.table({"x" * 100: ["mot " * 60], "court": ["y"]})
    console = Console(width=80, file=io.StringIO())
    console.print(drawn(table, console))
    text = console.file.getvalue()
    assert (text.count("x"), text.count("mot")) == (100, 60)
    assert max(map(len, text.splitlines())) <= 80


@pytest.mark.parametrize(
    ("number", "text"),
    [("3::DOUBLE", "3"), ("sum(2)", "2"), ("3.50::DECIMAL(9, 2)", "3,50"), ("3.00::DECIMAL(9, 2)", "3"), ("-0.5::DOUBLE", "-0,5"),
     ("1e20::DOUBLE", "1e+20"), ("123456789012345::DOUBLE", "123456789012345"), ("(-7)::DOUBLE", "-7")],
)  # fmt: skip
def test_whole_numbers_have_no_decimals_in_a_csv(file, number, text):
    table = result.simple(engine.run(file, f"SELECT {number} AS n").table)
    assert result.file("csv", table).decode("utf-8-sig").splitlines() == ["n", text]


def test_the_command_says_that_nothing_is_published(tmp_path):
    told = terminal("--marts", str(tmp_path), "SELECT 1", home=tmp_path)
    assert told.returncode == 1
    assert "rien n'est publié" in told.stderr
