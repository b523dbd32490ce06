"""The quality report and the drafts of papers: every sentence from the files, the declarations or the user's texts."""

import io
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner
from docx import Document

from dashboards.opendata import papers, quality
from dashboards.opendata.quality import CONCEPTS
from pipelines.refresh import refresh
from pipelines.simulation.generic import simulate

YEAR = 2023


@pytest.fixture(scope="module")
def marts(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("qualite")
    simulate(folder / "raw", years=[2022, 2023], accompaniments=400, seed=9, dirt=0.05)
    refresh(folder / "raw", folder / "marts", quiet=True)
    return folder / "marts"


def written(marts: Path, out: Path, *options: str, code: int = 0) -> str:
    words = ["--annee", str(YEAR), "--marts", str(marts), "--out", str(out), *options]
    done = CliRunner().invoke(quality.main, words)
    assert done.exit_code == code, done.output
    return done.output


def test_the_report_tells_what_the_files_say(marts, tmp_path):
    written(marts, tmp_path)
    page = (tmp_path / "adass_2023_qualite.html").read_text(encoding="utf-8")
    with duckdb.connect(str((marts / "adass.duckdb").resolve()), read_only=True) as con:
        [(read, rejected)] = con.sql(
            "SELECT SUM(lignes_lues), SUM(lignes_rejetees) FROM controle.livraisons WHERE source = 'bali'"
        ).fetchall()
        [(rule,)] = con.sql(
            "SELECT regle FROM controle.rejets GROUP BY regle ORDER BY COUNT(*) DESC, regle LIMIT 1"
        ).fetchall()
    assert rejected > 0
    for told in (
        f"{read:,}".replace(",", "\u202f") + " lignes lues",
        f"Rejet {rule}",
        "Bali 2023\u00a0: année complète",
    ):
        assert told.replace("\u202f", "\u202f") in page, told
    for number, name, _ in CONCEPTS:
        assert f"{number} " in page
        assert name.replace("'", "&#x27;") in page


def test_both_forms_say_the_same_and_come_out_the_same_again(marts, tmp_path):
    written(marts, tmp_path / "un")
    written(marts, tmp_path / "deux")
    for name in ("adass_2023_qualite.html", "adass_2023_qualite.docx"):
        assert (tmp_path / "un" / name).read_bytes() == (tmp_path / "deux" / name).read_bytes()
    document = Document(io.BytesIO((tmp_path / "un" / "adass_2023_qualite.docx").read_bytes()))
    page = (tmp_path / "un" / "adass_2023_qualite.html").read_text(encoding="utf-8")
    said = [p.text for p in document.paragraphs if p.style.name == "Normal"]
    assert len(said) == page.count("<p>") > 20


def test_texts_of_the_user_are_kept_and_what_is_left_is_counted(marts, tmp_path):
    without = written(marts, tmp_path)
    (tmp_path / "textes.toml").write_text('"S.1" = "Bureau des <statistiques>."\n', encoding="utf-8")
    with_one = written(marts, tmp_path, "--textes", str(tmp_path / "textes.toml"))
    assert "Bureau des &lt;statistiques&gt;." in (tmp_path / "adass_2023_qualite.html").read_text(encoding="utf-8")
    left = [int(text.rsplit(":", 1)[1].split()[0]) for text in (without, with_one)]
    assert left[0] - left[1] == 1


@pytest.mark.parametrize(
    ("text", "problem"), [('"S.99" = "x"\n', "« S.99 » n'est pas un concept"), ("[", "textes.toml")]
)
def test_texts_that_cannot_be_used_are_refused(marts, tmp_path, text, problem):
    (tmp_path / "textes.toml").write_text(text, encoding="utf-8")
    assert problem in written(marts, tmp_path / "out", "--textes", str(tmp_path / "textes.toml"), code=1)
    assert not (tmp_path / "out").exists()


def test_a_year_that_is_not_whole_is_refused(marts, tmp_path):
    done = CliRunner().invoke(quality.main, ["--annee", "1999", "--marts", str(marts), "--out", str(tmp_path)])
    assert (done.exit_code, "année absente ou incomplète" in done.output) == (1, True)


def test_drafts_name_every_source_and_keep_what_was_written(tmp_path):
    assert CliRunner().invoke(papers.main, ["--out", str(tmp_path)]).exit_code == 0
    impact = tmp_path / "analyse_impact.md"
    text = impact.read_text(encoding="utf-8")
    assert "NIR (jamais enregistré" in text
    assert text.count("À décider") >= 5
    impact.write_text("complété", encoding="utf-8")
    done = CliRunner().invoke(papers.main, ["--out", str(tmp_path)])
    assert f"{impact} : gardé, il existe déjà" in done.output
    assert impact.read_text(encoding="utf-8") == "complété"
