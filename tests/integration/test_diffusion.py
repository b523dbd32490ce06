"""The diffusion file of a real refresh: what is in it, what its audit says and catches, what each role reads."""

import json
import shutil

import duckdb
import pytest

from dashboards.access.roles import Access
from dashboards.published import reading as published
from dashboards.published.reading import Scope
from pipelines.disclosure.audit.report import Claims, Setting, audit
from pipelines.disclosure.protection.diffusion import Choice, protect
from pipelines.disclosure.protection.state import Hiding
from pipelines.refresh import refresh
from pipelines.simulation.generic import simulate
from schemas.outputs.diffusion import CUBES, THRESHOLD, WIDTH
from tests.samples.exports import deliver

SETTING = Setting(THRESHOLD, WIDTH, CUBES)


@pytest.fixture(scope="module")
def marts(tmp_path_factory, own_keys):
    folder = tmp_path_factory.mktemp("diffusion")
    simulate(folder / "raw", seed=3, accompaniments=80, years=(2024,))
    refresh(folder / "raw", folder / "marts", quiet=True)
    return folder / "marts"


@pytest.fixture
def full(marts):
    with duckdb.connect(str((marts / "adass.duckdb").resolve()), read_only=True) as con:
        yield con


@pytest.fixture
def diffusion(marts, tmp_path):
    """A copy that may be changed."""
    copy = tmp_path / "adass_diffusion.duckdb"
    copy.write_bytes((marts / "adass_diffusion.duckdb").read_bytes())
    with duckdb.connect(str(copy)) as con:
        yield con


def test_what_is_published_passes_its_audit_and_says_what_it_hides(marts, full, diffusion):
    assert audit(full, diffusion, [], SETTING).wrong == []
    schemas = {
        s for (s,) in diffusion.execute("SELECT DISTINCT table_schema FROM information_schema.tables").fetchall()
    }
    assert schemas == {"ref", "marts"}
    hidden = diffusion.execute("SELECT COUNT(*) FROM marts.indicateurs WHERE protege").fetchone()[0]
    assert 0 < hidden < diffusion.execute("SELECT COUNT(*) FROM marts.indicateurs").fetchone()[0]
    manifest = json.loads((marts / "courant/manifeste.json").read_text(encoding="utf-8"))
    assert {"attaquant": "public", "mesure": "dont retrouvés", "nombre": 0} in [
        {k: line[k] for k in ("attaquant", "mesure", "nombre")} for line in manifest["diffusion"]
    ]


def test_a_survey_that_counts_nobody_is_published_whole(tmp_path):
    """No count of persons is in any figure: there is nothing to choose from, and nothing to hide."""
    convention = {"organisme": "311", "partenaire": "CAF", "implante": "Oui", "conventionne": "Oui"}
    respondents = [{"organisme": "311"}, {"organisme": "821"}]
    deliver(tmp_path / "raw", "enquete", "2024", repondants=respondents, conventions=[convention])
    refresh(tmp_path / "raw", tmp_path / "marts", quiet=True)
    shown = "SELECT niveau, territoire, indicateur, modalite, numerateur, denominateur, valeur FROM marts.indicateurs"
    rows = []
    for name in ("adass.duckdb", "adass_diffusion.duckdb"):
        with duckdb.connect(str((tmp_path / "marts" / name).resolve()), read_only=True) as con:
            rows.append(con.execute(f"{shown} ORDER BY ALL").fetchall())
    assert rows[0] == rows[1] != []


def test_a_small_count_that_is_shown_is_caught(full, diffusion):
    few = f"niveau = 'organisme' AND indicateur = 'clotures.nombre' AND numerateur < {THRESHOLD}"
    annee, territoire, n = full.execute(
        f"SELECT annee, territoire, numerateur FROM marts.indicateurs WHERE {few} AND public = 'ensemble' LIMIT 1"
    ).fetchone()
    diffusion.execute(
        "UPDATE marts.indicateurs SET numerateur = ?, valeur = ?, protege = FALSE WHERE annee = ? AND territoire = ? "
        "AND indicateur = 'clotures.nombre'",
        [n, n, annee, territoire],
    )
    assert any("petits effectifs montrés" in wrong for wrong in audit(full, diffusion, [], SETTING).wrong)


def test_a_count_that_follows_from_the_others_is_caught(full, diffusion):
    """The whole of the country and of every region but one is shown."""
    where = "niveau = 'region' AND public = 'ensemble' AND indicateur = 'clotures.nombre'"
    counts = full.execute(f"SELECT territoire, numerateur FROM marts.indicateurs WHERE {where}").fetchall()
    last = max(t for t, n in counts if n < THRESHOLD)
    total = sum(n for _, n in counts)
    for niveau, territoire, n in [("national", "FR", total), *(("region", t, n) for t, n in counts if t != last)]:
        diffusion.execute(
            "UPDATE marts.indicateurs SET numerateur = ?, valeur = ?, protege = FALSE WHERE niveau = ? AND territoire = ? "
            "AND public = 'ensemble' AND indicateur = 'clotures.nombre'",
            [n, n, niveau, territoire],
        )
    choice = protect(full)
    for claims in (None, Claims(choice.keys, choice.structure_keys, choice.alternatives())):
        found = audit(full, diffusion, [], SETTING, claims)
        assert any("qui se retrouvent" in wrong for wrong in found.wrong)
        assert (2024, last, "", "ensemble") in found.open


def test_a_value_shown_before_and_hidden_now_is_counted(marts, full, diffusion):
    """The former vintage: the whole file, nothing hidden."""
    path = full.execute("SELECT path FROM duckdb_databases() WHERE NOT internal AND path IS NOT NULL").fetchone()[0]
    with duckdb.connect(":memory:") as former:
        former.execute(f"CREATE SCHEMA marts; ATTACH '{path}' AS complet (READ_ONLY)")
        former.execute("CREATE TABLE marts.indicateurs AS SELECT *, FALSE AS protege FROM complet.marts.indicateurs")
        lines = {line.mesure: line.nombre for line in audit(full, diffusion, [former], SETTING).lines}
    assert lines["valeurs masquées déjà montrées, inchangées"] > 0


def test_where_the_choice_hides_too_little_the_audit_has_more_hidden(monkeypatch, tmp_path):
    rounds = []
    monkeypatch.setattr(
        "pipelines.disclosure.protection.diffusion.hide", Hiding
    )  # what is too small by itself, and no more
    more = Choice.hide_more
    monkeypatch.setattr(Choice, "hide_more", lambda *args: (rounds.append(args[2]), more(*args)))
    simulate(tmp_path / "raw", seed=3, accompaniments=18, years=(2024,))
    refresh(tmp_path / "raw", tmp_path / "marts", quiet=True)
    assert rounds
    assert rounds == [*range(len(rounds))]
    with duckdb.connect(str((tmp_path / "marts" / "adass.duckdb").resolve()), read_only=True) as con:
        measures = dict(
            con.execute("SELECT mesure, nombre FROM controle.diffusion WHERE attaquant = 'public'").fetchall()
        )
    assert measures["dont retrouvés"] == 0 < measures["effectifs de 1 à 10 masqués"]


def test_a_refresh_that_changes_no_figure_keeps_the_diffusion_file(marts, tmp_path, monkeypatch):
    copy = tmp_path / "marts"
    shutil.copytree(marts, copy, symlinks=True)
    monkeypatch.setattr("assets.controle.diffusion.protect", lambda con: pytest.fail("nothing is to be chosen again"))
    before = (copy / "adass_diffusion.duckdb").resolve()
    refresh(marts.parent / "raw", copy, quiet=True)
    after = (copy / "adass_diffusion.duckdb").resolve()
    assert after != before
    assert after.read_bytes() == before.read_bytes()


def test_hiding_more_ends_with_nothing_shown_of_persons(full):
    choice = protect(full)
    choice.hide_more([], widely=2)
    assert choice.hiding.hidden.all()


def test_a_local_reader_sees_its_own_rows_exactly_and_others_as_everybody(marts, full):
    counts = dict(
        full.execute(
            "SELECT territoire, numerateur FROM marts.indicateurs WHERE niveau = 'organisme' AND public = 'ensemble' "
            f"AND indicateur = 'detections.nombre' AND annee = 2024 AND numerateur < {THRESHOLD}"
        ).fetchall()
    )
    own, other = sorted(counts)[:2]
    edition = published.current(marts, access=Access("local", "organisme", own))
    seen = [published.cells(edition, Scope(2024, "organisme", t))["detections.nombre"][""].valeur for t in (own, other)]
    assert seen == [counts[own], None]
