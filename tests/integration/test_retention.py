"""Old vintages lose their pseudonymised rows and nothing else; a purge that is killed loses nothing."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner

from pipelines.cli import main
from pipelines.errors import Refused
from pipelines.refresh import refresh
from pipelines.vintages import publish, retention
from pipelines.vintages.retention import months_before, purge
from schemas.outputs import vintages
from schemas.outputs.vintages import DIFFUSION, FILE, MANIFEST, sha256
from tests.samples.exports import accompagnement, bali

OLD, OLDER = "2020-02-01_10-00-00", "2019-02-01_10-00-00"


@pytest.fixture(scope="module")
def published(tmp_path_factory, request) -> Path:
    """A marts folder with a current vintage, made once."""
    os.environ["ADASS_CLE"] = "clé de test, sans valeur"
    request.addfinalizer(lambda: os.environ.pop("ADASS_CLE", None))
    home = tmp_path_factory.mktemp("publie")
    rows = [accompagnement(clos="2024-03-01"), accompagnement(id_accompagnement="A2", type_accompagnement="?")]
    bali(home / "raw", "2025-01-20", accompagnements=rows)
    refresh(home / "raw", home / "marts", quiet=True)
    return home / "marts"


@pytest.fixture
def marts(published, tmp_path) -> Path:
    """A copy of it with two old vintages that have the same content."""
    folder = tmp_path / "marts"
    shutil.copytree(published, folder, symlinks=True)
    for name in (OLD, OLDER):
        home = folder / "millesimes" / name
        shutil.copytree(folder / "courant", home)
        manifest = json.loads((home / MANIFEST).read_text(encoding="utf-8"))
        manifest |= {"millesime": name, "cree_le": f"{name[:10]}T10:00:00Z"}
        (home / MANIFEST).chmod(0o644)
        (home / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    return folder


def query(path: Path, sql: str) -> list[tuple]:
    with duckdb.connect(str(path), read_only=True) as con:
        return con.execute(sql).fetchall()


def described(path: Path) -> list[tuple]:
    """Every table and column but those of the detail, with types and comments."""
    return query(
        path,
        "SELECT c.schema_name, c.table_name, t.comment, c.column_name, c.data_type, c.comment FROM duckdb_columns() AS c "
        "JOIN duckdb_tables() AS t USING (schema_name, table_name) WHERE c.schema_name <> 'detail' ORDER BY ALL",
    )


def test_the_figures_stay_and_the_rows_about_persons_go(marts):
    home = marts / "millesimes" / OLD
    before = described(home / FILE), query(home / FILE, "SELECT * FROM marts.indicateurs ORDER BY ALL")
    (identifier,) = query(home / FILE, "SELECT id_accompagnement FROM detail.accompagnements")
    assert {one.name for one, _ in purge(marts, 36)} == {OLD, OLDER}
    assert (described(home / FILE), query(home / FILE, "SELECT * FROM marts.indicateurs ORDER BY ALL")) == before
    assert query(home / FILE, "SELECT * FROM duckdb_tables() WHERE schema_name = 'detail'") == []
    assert query(home / FILE, "SELECT regle, colonne, identifiant, valeur FROM controle.rejets") == [
        ("R08", "type_accompagnement", None, None)
    ]
    assert query(home / FILE, "SELECT nature, colonne, valeur FROM controle.derives") == [
        ("code inconnu", "type_accompagnement", None)
    ]
    assert identifier[0].encode() == b"A1"
    assert b"id_personne" not in (home / FILE).read_bytes()  # nothing left in free blocks


def test_the_reduced_vintage_says_so_and_is_read_only(marts):
    list(purge(marts, 36))
    home = marts / "millesimes" / OLD
    manifest = vintages.read(home)
    assert manifest.purged is not None
    assert manifest.files == {n: ((home / n).stat().st_size, sha256(home / n)) for n in (FILE, DIFFUSION)}
    assert manifest.inputs == vintages.read(marts / "courant").inputs
    assert [oct(p.stat().st_mode & 0o777) for p in (home, *sorted(home.iterdir()))] == [
        "0o555",
        "0o440",
        "0o444",
        "0o444",
    ]
    assert sorted(p.name for p in (marts / "millesimes").iterdir()) == [OLDER, OLD, vintages.current(marts)]
    assert list(purge(marts, 36)) == []  # once is enough


def test_the_current_vintage_is_never_reduced(marts):
    current = (marts / "courant").resolve()
    (marts / "courant").unlink()
    (marts / "courant").symlink_to(Path("millesimes") / OLDER)
    assert [one.name for one, _ in purge(marts, 1)] == [OLD]
    assert vintages.read(marts / "courant").purged is None
    assert query(marts / "courant" / FILE, "SELECT COUNT(*) FROM detail.accompagnements") == [(1,)]
    assert current.exists()


def test_a_reader_that_has_the_file_open_goes_on(marts):
    with duckdb.connect(str(marts / "millesimes" / OLD / FILE), read_only=True) as con:
        list(purge(marts, 36))
        assert con.execute("SELECT COUNT(*) FROM detail.accompagnements").fetchall() == [(1,)]


def test_a_file_beside_it_stays_as_it_is(marts):
    home = marts / "millesimes" / OLD
    home.chmod(0o755)
    (home / "adass_diffusion.duckdb").write_bytes(b"protected")
    list(purge(marts, 36))
    assert (home / "adass_diffusion.duckdb").read_bytes() == b"protected"


def test_a_damaged_vintage_is_not_rewritten(marts):
    path = marts / "millesimes" / OLDER / FILE
    path.chmod(0o644)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(Refused, match=f"{OLDER} : adass.duckdb ne correspond pas à son empreinte"):
        list(purge(marts, 36))
    assert path.read_bytes() == content


def test_no_purge_while_a_refresh_is_under_way(marts):
    with publish.locked(marts), pytest.raises(Refused, match="en cours"):
        list(purge(marts, 36))


@pytest.mark.parametrize("where", ["_copy_kept", "seal", "_exchange", "discard"])
def test_killing_a_purge_leaves_every_vintage_whole(marts, where):
    program = (
        "import os, signal, sys; from pathlib import Path; from pipelines.vintages import retention\n"
        f"retention.{where} = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\n"
        "list(retention.purge(Path(sys.argv[1]), 36))"
    )
    done = subprocess.run([sys.executable, "-c", program, str(marts)], check=False, capture_output=True)
    assert done.returncode == -signal.SIGKILL
    for name in vintages.names(marts):
        assert vintages.intact(marts / "millesimes" / name / FILE)
    swapped = vintages.read(marts / "millesimes" / OLDER).purged is not None
    assert swapped == (where == "discard")
    list(purge(marts, 36))  # the next one clears what it left: rows about persons may be in it
    assert sorted(p.name for p in (marts / "millesimes").iterdir()) == [OLDER, OLD, vintages.current(marts)]
    assert vintages.read(marts / "millesimes" / OLD).purged


@pytest.mark.slow
def test_killing_a_purge_at_any_moment_leaves_every_vintage_whole(marts):
    command = [sys.executable, "-m", "pipelines.cli", "millesimes", "purger", "--marts", str(marts)]
    for tenths in range(4, 12):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(tenths / 10)
        process.kill()
        process.wait()
        assert set(vintages.names(marts)) >= {OLD, OLDER}
        for name in vintages.names(marts):
            assert vintages.intact(marts / "millesimes" / name / FILE)
    subprocess.run(command, check=True, capture_output=True)
    assert not [p for p in (marts / "millesimes").iterdir() if p.name.startswith(".")]
    assert vintages.read(marts / "millesimes" / OLD).purged


def test_a_file_system_that_cannot_exchange_folders_is_said(marts, monkeypatch):
    class Libc:
        def renameat2(self, *_: object) -> int:
            return -1

    monkeypatch.setattr(retention.ctypes, "CDLL", lambda *_, **__: Libc())
    with pytest.raises(Refused, match="n'échange pas deux dossiers"):
        list(purge(marts, 36))
    assert vintages.read(marts / "millesimes" / OLD).purged is None


@pytest.mark.parametrize(
    ("moment", "months", "expected"),
    [("2026-11-25", 36, "2023-11-25"), ("2026-03-31", 1, "2026-02-28"), ("2026-01-15", 13, "2024-12-15")],
)
def test_months_are_those_of_the_calendar(moment, months, expected):
    assert months_before(datetime.fromisoformat(moment), months) == datetime.fromisoformat(expected)


def test_the_commands_list_show_try_and_purge(marts, monkeypatch):
    def told(*words: str) -> str:
        done = CliRunner().invoke(main, ["millesimes", *words, "--marts", str(marts)])
        assert done.exit_code == 0, done.output
        return done.output

    monkeypatch.setenv("COLUMNS", "120")
    assert told("lister").count("-00-00") == 2
    assert "adass.duckdb" in told("montrer", OLD)
    trial = told("purger", "--essai")
    assert trial.count("le détail serait retiré") == 2
    assert vintages.read(marts / "millesimes" / OLD).purged is None
    assert "Aucun millésime de plus de 999 mois" in told("purger", "--conservation", "999")
    monkeypatch.setenv(retention.VARIABLE, "24")
    assert told("purger").count("détail retiré") == 2
    assert "sans détail depuis le" in told("lister")
    assert "Sans détail depuis le" in told("montrer", OLDER)


@pytest.mark.parametrize(
    "word", ["../courant", "/etc", "2020-02-01_10-00-00/..", ".chantier-x", "2030-01-01_00-00-00", ""]
)
def test_a_name_that_is_none_opens_nothing(marts, word):
    done = CliRunner().invoke(main, ["millesimes", "montrer", "--marts", str(marts), "--", word])
    assert done.exit_code == 1
    assert "millésime inconnu" in done.output


def test_words_stand_for_vintages(marts):
    assert vintages.named(marts, "courant") == vintages.names(marts)[-1]
    assert vintages.named(marts, "precedent") == OLD
    assert vintages.names(marts)[:2] == (OLDER, OLD)
