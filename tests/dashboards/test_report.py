"""The command `adass report`: files, names, refusals, and what a failure leaves."""

import subprocess
import sys
import zipfile
from pathlib import Path

import dagster as dg
import pytest
from click.testing import CliRunner
from pptx import Presentation

from dashboards.deck import pages, report
from dashboards.revisions import gate
from pipelines.refresh import refresh
from schemas.exports.referentiels import shipped_organismes
from tests.samples.dashboard import DELIVERED, publish
from tests.samples.exports import accompagnement, bali

# a LibreOffice for slides alone opens no workbook
CALC = any((Path(report.office() or "soffice").resolve().parent).glob("libsclo.*"))
QUIET = {"console": {"config": {"log_level": "CRITICAL"}}}


@pytest.fixture(scope="module")
def marts(tmp_path_factory) -> Path:
    return publish(tmp_path_factory.mktemp("marts"))


@pytest.fixture(autouse=True)
def open_gate(monkeypatch):
    """The figures of the sample are made one by one and do not add up, which the checks would say."""
    monkeypatch.setattr("dashboards.revisions.gate.CHECKS", ())


@pytest.fixture(scope="module")
def refreshed(tmp_path_factory) -> Path:
    """A year of two caisses as a refresh publishes it, for reports in processes of their own: it passes every check."""
    raw, marts = tmp_path_factory.mktemp("raw"), tmp_path_factory.mktemp("refreshed")
    head, *lines = shipped_organismes().read_text(encoding="utf-8").splitlines()
    (raw / "referentiels").mkdir()
    two = [head, *(line for line in lines if line.startswith(("011;", "021;")))]
    (raw / "referentiels" / "organismes.csv").write_text("\n".join(two), encoding="utf-8")
    rows = [
        accompagnement(
            id_accompagnement=f"{organisme}-{month}", organisme=organisme, date_saisine=f"2024-{month:02}-02",
            clos=f"2024-{month:02}-20",
        )
        for organisme in ("011", "021") for month in range(1, 13)
    ]  # fmt: skip
    bali(raw, "2025-01-20", accompagnements=rows)
    refresh(raw, marts, quiet=True)
    return marts


@pytest.fixture
def run(marts, tmp_path):
    def run(*options):
        return CliRunner().invoke(report.main, ["--marts", str(marts), "--out", str(tmp_path / "r"), *options])

    return run


def names(tmp_path):
    return sorted(p.name for p in (tmp_path / "r").iterdir())


def test_the_command_writes_the_national_report(refreshed, tmp_path):
    command = [sys.executable, "-m", "pipelines.cli", "report", "--marts", str(refreshed), "--out", str(tmp_path / "r")]
    done = subprocess.run([*command, "--format", "pptx,xlsx"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert names(tmp_path) == ["adass_2024_national.pptx", "adass_2024_national.xlsx"]
    assert "adass_2024_national.pptx" in done.stdout


def test_the_year_is_the_latest_whole_one_unless_asked(marts, tmp_path):
    assert report.write_report(marts, None, tmp_path / "r")[0].name == "adass_2024_national.pptx"
    report.write_report(marts, 2023, tmp_path / "r", wanted=["xlsx"])
    assert "adass_2023_national.xlsx" in names(tmp_path)


def test_local_reports_are_named_readably(run, tmp_path):
    assert run("--territoire", DELIVERED, "--format", "pptx").exit_code == 0
    assert run("--territoire", "84", "--format", "xlsx").exit_code == 0
    assert names(tmp_path) == ["adass_2024_011_cpam_de_l_ain.pptx", "adass_2024_region_84_auvergne_rhone_alpes.xlsx"]


@pytest.mark.slow
def test_all_in_one_command_and_one_failure_stops_no_other(refreshed, tmp_path):
    """In a process of its own: its workers start anew from what the command is."""
    in_the_way = tmp_path / "r" / "adass_2024_021_cpam_de_l_aisne.xlsx" / "dossier"
    in_the_way.mkdir(parents=True)
    command = [sys.executable, "-m", "dashboards.deck.report", "--marts", str(refreshed), "--out", str(tmp_path / "r")]
    done = subprocess.run(
        [*command, "--tous", "--regions", "--format", "xlsx"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert names(tmp_path) == [
        "adass_2024_011_cpam_de_l_ain.xlsx",
        in_the_way.parent.name,
        "adass_2024_region_32_hauts_de_france.xlsx",
        "adass_2024_region_84_auvergne_rhone_alpes.xlsx",
    ]
    assert done.stdout.count("échec") == 1
    assert "[4/4]" in done.stdout
    assert "3\xa0rapports" in done.stdout
    assert (
        done.stderr
        == "Échec : 021 CPAM de l'Aisne : le fichier n'a pas pu être écrit (adass_2024_021_cpam_de_l_aisne.xlsx)\n"
    )


@pytest.mark.parametrize(
    ("options", "words", "code"),
    [
        (("--annee", "2010"), "2010 n'est pas une année publiée (années publiées : 2025, 2024, 2023)", 1),
        (("--territoire", "999"), "territoire inconnu : 999", 1),
        (("--millesime", "2001-01-01"), "millésime inconnu : 2001-01-01", 1),
        (("--diffusion",), "pas de fichier de diffusion", 1),
        (("--format", "odp"), "choisir parmi pptx, pdf, xlsx", 2),
    ],
)
def test_a_refusal_says_why(run, tmp_path, options, words, code):
    done = run(*options)
    assert done.exit_code == code
    assert words in done.output
    assert not (tmp_path / "r").exists()


def test_a_vintage_can_be_named(marts, run, tmp_path):
    (vintage,) = (p.name for p in (marts / "millesimes").iterdir())
    assert run("--millesime", vintage, "--format", "xlsx").exit_code == 0
    assert names(tmp_path) == ["adass_2024_national.xlsx"]


def test_nothing_published_and_files_of_another_kind(tmp_path):
    runner = CliRunner()
    empty = runner.invoke(report.main, ["--marts", str(tmp_path)])
    assert empty.exit_code == 1
    assert "rien n'est publié" in empty.output
    (tmp_path / "adass.duckdb").write_bytes(b"not a database at all" * 1000)
    other = runner.invoke(report.main, ["--marts", str(tmp_path)])
    assert other.exit_code == 1
    assert "ne peut pas être lu" in other.output


def test_a_failed_run_leaves_the_former_report(marts, tmp_path, monkeypatch):
    (former,) = report.write_report(marts, 2024, tmp_path, wanted=["pptx"])
    before = former.read_bytes()

    def broken(*_):
        raise RuntimeError("panne")

    monkeypatch.setattr(pages, "of", broken)
    with pytest.raises(RuntimeError, match="panne"):
        report.write_report(marts, 2024, tmp_path, wanted=["pptx"])
    assert former.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == [former.name]


def test_the_files_of_a_report_are_replaced_together(marts, tmp_path, monkeypatch):
    (former,) = report.write_report(marts, 2024, tmp_path, wanted=["pptx"])
    before = former.read_bytes()
    monkeypatch.setattr(report, "office", lambda: None)
    with pytest.raises(report.Unfit, match="LibreOffice"):
        report.write_report(marts, 2024, tmp_path, wanted=["pptx", "pdf", "xlsx"])
    assert former.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == [former.name]


def test_the_gate_is_asked_first(marts, tmp_path, monkeypatch):
    def shut(_edition, _annee):
        raise gate.Withheld("contrôle bloquant : bilan des lignes")

    monkeypatch.setattr(gate, "annex_allowed", shut)
    done = CliRunner().invoke(report.main, ["--marts", str(marts), "--out", str(tmp_path / "r")])
    assert done.exit_code == 1
    assert "bilan des lignes" in done.output
    assert not (tmp_path / "r").exists()


def test_what_the_gate_tells_is_printed_in_the_annex(marts, tmp_path, monkeypatch):
    monkeypatch.setattr(gate, "annex_allowed", lambda *_: ("Détections 2023 : livraison corrigée.",))
    (deck,) = report.write_report(marts, 2024, tmp_path, wanted=["pptx"])
    slides = Presentation(str(deck)).slides
    last = next(s for s in slides if s.shapes.title.text_frame.text == "Révisions")
    (table,) = (s.table for s in last.shapes if s.has_table)
    assert table.rows[1].cells[0].text == "Détections 2023\xa0: livraison corrigée."


def test_without_libreoffice_the_pdf_is_said_to_be_missing(run, tmp_path, monkeypatch):
    monkeypatch.setattr(report, "office", lambda: None)
    done = run()
    assert done.exit_code == 0
    assert "LibreOffice n'est pas installé" in done.output
    assert names(tmp_path) == ["adass_2024_national.pptx", "adass_2024_national.xlsx"]
    asked = run("--format", "pdf")
    assert asked.exit_code == 1
    assert "LibreOffice n'est pas installé" in asked.output


def test_dagster_makes_the_national_report_in_a_job_of_its_own(marts, tmp_path):
    from pipelines.definitions import JOB, REPORT_JOB, defs

    key = dg.AssetKey(["rapport", "national"])
    graph = defs.resolve_job_def(REPORT_JOB).asset_layer
    assert graph.selected_asset_keys == {key}
    assert key not in defs.resolve_job_def(JOB).asset_layer.selected_asset_keys
    asked = {"marts": str(marts), "out": str(tmp_path / "r")}
    with dg.DagsterInstance.ephemeral() as instance:
        done = defs.resolve_job_def(REPORT_JOB).execute_in_process(
            instance=instance,
            partition_key="2023",
            run_config={"ops": {"rapport__national": {"config": asked}}, "loggers": QUIET},
        )
    assert done.success
    assert names(tmp_path) == ["adass_2023_national.pptx", "adass_2023_national.xlsx"]


@pytest.mark.slow
@pytest.mark.skipif(report.office() is None, reason="LibreOffice is not installed")
def test_libreoffice_opens_the_deck(marts, tmp_path):
    (made,) = report.write_report(marts, 2024, tmp_path, territoire="021", wanted=["pdf"])
    assert made.name == "adass_2024_021_cpam_de_l_aisne.pdf"
    data = made.read_bytes()
    assert data.startswith(b"%PDF")
    assert data.count(b"/Type/Page") > 20
    assert [p.name for p in tmp_path.iterdir()] == [made.name]
    assert b"/MarkInfo" in data and b"/StructTreeRoot" in data, "tags for screen readers"
    assert b"/Outlines" in data, "bookmarks"
    assert b"pdfuaid" in data


@pytest.mark.slow
@pytest.mark.skipif(not CALC, reason="LibreOffice Calc is not installed")
def test_libreoffice_writes_the_workbook_as_ods(marts, tmp_path):
    (made,) = report.write_report(marts, 2024, tmp_path, territoire="021", wanted=["ods"])
    assert made.name == "adass_2024_021_cpam_de_l_aisne.ods"
    with zipfile.ZipFile(made) as package:
        assert package.read("mimetype") == b"application/vnd.oasis.opendocument.spreadsheet"
        assert "Chiffres clés" in package.read("content.xml").decode()
    assert [p.name for p in tmp_path.iterdir()] == [made.name]


@pytest.mark.parametrize(
    ("there", "told"), [("Arial,Arial Black", ""), ("Liberation Sans", ""), ("DejaVu Sans", report.NO_FONT)]
)
def test_fonts_that_are_not_there_are_told(tmp_path, monkeypatch, there, told):
    lister = tmp_path / "fc-list"
    lister.write_text(f"#!/bin/sh\necho '{there}'\n")
    lister.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    assert report.without_font() == told
