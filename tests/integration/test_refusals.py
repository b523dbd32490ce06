"""What must never be published (V1 to V4), what is all the same where its user says why, and trials."""

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from pipelines.errors import Refused
from pipelines.recipes import RECIPES
from pipelines.refresh import refresh
from pipelines.tables import make
from pipelines.vintages.asked import Asked
from pipelines.vintages.listing import show_all
from pipelines.vintages.publish import open_build
from pipelines.vintages.retention import due_trials, purge
from schemas.outputs import vintages
from tests.integration.conftest import READING, reader
from tests.samples.exports import accompagnement, bali, deliver

JUDGED = {*READING, "detail.enquete_repondants", "detail.enquete_actions", "controle.colonnes"}
WHOLE = {"sexe": "Femme", "date_ouverture": "2024-01-15"}


def rows(number, start=0, **values):
    return [accompagnement(id_accompagnement=f"A{start + i}", clos="2024-03-01", **values) for i in range(number)]


def actions(number, **values):
    return [{"id_accompagnement": f"A{i}", "thematique": "Droits", **values} for i in range(number)]


def soins(number):
    return [{"id_accompagnement": f"A{i}", "type_soins": "Optique"} for i in range(number)]


def failures(raw: Path, marts: Path, despite: str = "") -> list[str]:
    """What the checks of the reading find; nothing is computed from it."""
    with open_build(raw, marts, asked=Asked(despite=despite)) as build:
        for one in RECIPES:
            if one.name in JUDGED:
                make(build, one)
        return build.failures


@pytest.fixture(scope="module")
def begun(tmp_path_factory):
    """A vintage of one delivery of a hundred accompaniments, of which a good half has a sex."""
    home = tmp_path_factory.mktemp("refus")
    some = [*rows(60, **WHOLE), *rows(60, start=60, date_ouverture="2024-01-15")]
    bali(home / "raw", "2024-06-01", accompagnements=some, actions=actions(120, resultat="Réussie"), soins=soins(9))
    refresh(home / "raw", home / "marts", quiet=True)
    return home


@pytest.fixture
def published(begun, raw, marts):
    shutil.copytree(begun / "raw", raw, dirs_exist_ok=True)
    shutil.copytree(begun / "marts", marts, symlinks=True)
    return vintages.current(marts)


def test_what_conforms_is_not_refused_twice(published, raw, marts):
    assert failures(raw, marts) == []


# --- V1 ---


def test_nothing_replaces_a_vintage_when_every_row_is_rejected(published, raw, marts):
    shutil.rmtree(raw / "bali")
    bali(raw, "2024-06-01", accompagnements=rows(12, organisme="?"))
    with pytest.raises(
        Refused, match="V1 : aucune ligne de BALI n'est acceptée, sur 12 lues ; le millésime courant en a 249"
    ):
        refresh(raw, marts, quiet=True)
    assert vintages.current(marts) == published


def test_a_first_vintage_of_rejected_rows_is_refused_too(raw, marts):
    bali(raw, "2024-06-01", accompagnements=rows(3, organisme="?"))
    assert failures(raw, marts) == ["V1 : aucune ligne de BALI n'est acceptée, sur 3 lues"]
    deliver(raw, "enquete", "2024", repondants=[{"organisme": "?"}])
    shutil.rmtree(raw / "bali")
    assert failures(raw, marts) == ["V1 : aucune ligne n'est acceptée, sur 1 lues"]


def test_a_folder_without_bali_does_not_replace_one_that_has_it(published, raw, marts):
    shutil.rmtree(raw / "bali")
    deliver(raw, "enquete", "2024", repondants=[{"organisme": "311"}])
    assert failures(raw, marts) == [
        "V1 : aucune ligne de BALI n'est acceptée, sur 0 lues ; le millésime courant en a 249"
    ]


def test_a_survey_alone_is_a_first_vintage(raw, marts):
    deliver(raw, "enquete", "2024", repondants=[{"organisme": "311"}])
    assert failures(raw, marts) == []


@pytest.mark.parametrize("place", ["export.csv", "exports/suivi.xlsx", "bali/2024-06-01/suivi.csv"])
def test_files_of_which_none_is_read_are_named(raw, marts, place):
    (raw / place).parent.mkdir(parents=True, exist_ok=True)
    (raw / place).write_text("a;b\n1;2\n")
    with pytest.raises(Refused, match=f"V1 : aucun fichier n'est lu, alors que .*{Path(place).name}"):
        refresh(raw, marts, quiet=True)
    assert not (marts / "courant").exists()


@pytest.mark.parametrize("place", ["export.csv", "bali/2024-06-01/suivi.csv"])
def test_nothing_is_published_where_its_user_wants_that(raw, marts, place):
    (raw / place).parent.mkdir(parents=True, exist_ok=True)
    (raw / place).write_text("a;b\n1;2\n")
    refresh(raw, marts, quiet=True, despite="remise à zéro")
    with reader(marts) as query:
        assert [texte[:2] for (texte,) in query("SELECT texte FROM ref.reserves WHERE nature = 'refus'")] == ["V1"]


def test_an_empty_folder_is_refused(raw, marts):
    with pytest.raises(Refused, match="aucune livraison"):
        refresh(raw, marts, quiet=True, despite="essai")
    (raw / "bali/2024-06-01").mkdir(parents=True)
    assert failures(raw, marts) == ["V1 : aucun fichier n'est lu"]


# --- V2 ---


@pytest.mark.parametrize(("good", "bad", "refused"), [(50, 50, False), (49, 51, True), (10, 89, False)])
def test_a_table_of_which_most_rows_are_rejected(raw, marts, good, bad, refused):
    bali(raw, "2024-06-01", accompagnements=[*rows(good), *rows(bad, start=good, organisme="?")])
    wanted = (
        f"V2 : bali/2024-06-01, accompagnements : {good} lignes acceptées ou remplacées sur 100, moins de la moitié"
    )
    assert failures(raw, marts) == ([wanted] if refused else [])


def test_rows_that_were_replaced_are_no_rejects_and_the_survey_is_judged_too(raw, marts):
    bali(raw, "2024-06-01", accompagnements=[*rows(100), *rows(100)])
    known = [
        {"organisme": "311", "identifiant": f"{i}", "public": "Jeunes", "modalite": "Contact sortant"}
        for i in range(40)
    ]
    unknown = [{**row, "public": "?"} for row in known]
    deliver(raw, "enquete", "2024", repondants=[{"organisme": "311"}], actions=[*known, *unknown, *unknown])
    assert failures(raw, marts) == [
        "V2 : enquete/2024, actions : 40 lignes acceptées ou remplacées sur 120, moins de la moitié"
    ]


# --- V3 ---


@pytest.mark.parametrize("how", ["absente", "illisible", "vide"])
def test_a_column_that_was_read_and_is_no_more(published, raw, marts, how):
    values = {"absente": {}, "illisible": {"sexe": "~"}, "vide": {"sexe": ""}}[how]
    late = rows(100, start=500, date_ouverture="2024-01-15", **values)
    folder = bali(raw, "2025-01-20", accompagnements=late, actions=actions(1), soins=soins(1))
    if how == "absente":
        path = folder / "accompagnements.csv"
        path.write_text(path.read_text(encoding="utf-8").replace("Sexe", "Genre"), encoding="utf-8")
    told = "V3 : bali/2025-01-20, accompagnements : rien ne se lit de « Sexe », lu dans 50\u00a0% des lignes du millésime courant"
    assert failures(raw, marts) == [told]


def test_a_column_filled_in_less_than_half_of_the_rows_or_a_small_table_may_lose_it(published, raw, marts):
    bali(
        raw, "2025-01-20", accompagnements=rows(99, start=500), actions=actions(100, resultat="Réussie"), soins=soins(1)
    )
    assert failures(raw, marts) == []  # a table of 99 rows; nobody had a situation or a partner


def test_what_the_current_vintage_could_not_read_either_is_not_refused(raw, marts):
    bali(raw, "2024-04-20", accompagnements=rows(100, sexe="~", date_ouverture="2024-01-15"))
    bali(raw, "2024-06-01", accompagnements=rows(300, start=200, **WHOLE))
    refresh(raw, marts, quiet=True)
    assert failures(raw, marts) == []


# --- V4 ---


def test_a_table_that_every_former_delivery_had(published, raw, marts):
    bali(raw, "2025-01-20", accompagnements=rows(1, start=500), soins=soins(1))
    told = ["V4 : bali/2025-01-20 n'a aucun fichier de la table « actions », que toutes les livraisons d'avant avaient"]
    assert failures(raw, marts) == told
    shutil.rmtree(raw / "bali" / "2024-06-01")  # the current vintage has read it
    assert failures(raw, marts) == told
    bali(raw, "2023-01-20", accompagnements=rows(1, start=900), soins=soins(1))  # the table was lacking before
    assert failures(raw, marts) == []


def test_an_only_delivery_has_no_former_one(raw, marts):
    bali(raw, "2025-01-20", accompagnements=rows(1))
    assert failures(raw, marts) == []


# --- all the same, or beside ---


def test_what_is_published_all_the_same_says_so(published, raw, marts, capsys):
    bali(raw, "2025-01-20", accompagnements=rows(101, start=500))
    reasons = [reason for several in failures(raw, marts) for reason in several.split(" ; ")]
    assert [reason[:2] for reason in reasons] == ["V3", "V3", "V4", "V4"]
    with pytest.raises(Refused, match=r"V4 : .* Si c'est voulu : adass refresh --malgre"):
        refresh(raw, marts, quiet=True)
    refresh(raw, marts, quiet=True, despite="reprise de l'historique")
    manifest = json.loads((marts / "courant" / "manifeste.json").read_text(encoding="utf-8"))
    assert manifest["malgre"] == {"motif": "reprise de l'historique", "refus": reasons}
    told = capsys.readouterr().out
    assert all(reason in told for reason in reasons)
    assert "Publié malgré cela : reprise de l'historique" in told
    with reader(marts) as query:
        assert query("SELECT texte FROM ref.reserves WHERE nature = 'malgre'") == [("reprise de l'historique",)]
        assert [r for (r,) in query("SELECT texte FROM ref.reserves WHERE nature = 'refus'")] == reasons


def test_a_reason_that_was_not_needed_is_not_told(published, raw, marts):
    refresh(raw, marts, quiet=True, despite="au cas où")
    assert json.loads((marts / "courant" / "manifeste.json").read_text(encoding="utf-8"))["malgre"] is None
    with reader(marts) as query:
        assert query("FROM ref.reserves") == []


def test_a_trial_lies_beside_and_is_no_vintage(published, raw, marts, capsys):
    refresh(raw, marts, quiet=True, trial=True)
    (trial,) = (marts / "millesimes" / "essais").iterdir()
    assert vintages.names(marts) == (published,)
    assert vintages.current(marts) == published
    assert f"adass dashboard --marts {trial}" in capsys.readouterr().out.replace("\n", "")
    with reader(trial) as query:
        assert query("SELECT nature FROM ref.reserves") == [("essai",)]
    with reader(marts) as query:
        assert query("FROM ref.reserves") == []


def test_trials_are_listed_and_go_when_their_time_is_over(published, raw, marts, capsys, monkeypatch):
    refresh(raw, marts, quiet=True, trial=True)
    (trial,) = (marts / "millesimes" / "essais").iterdir()
    capsys.readouterr()
    show_all(marts)
    assert "essai" in capsys.readouterr().out
    later = datetime.now(UTC).replace(tzinfo=None) + timedelta(days=400)
    assert [path for path, _ in due_trials(marts, 12, later)] == [trial]
    assert due_trials(marts, 24, later) == []
    monkeypatch.setattr("pipelines.vintages.retention.datetime", SimpleNamespace(now=lambda _: later))
    assert [(one.name, left) for one, left in purge(marts, 12)] == [(f"essais/{trial.name}", 0)]
    assert not trial.exists()
    assert vintages.current(marts) == published
