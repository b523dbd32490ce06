"""The assistant, on layouts drawn by a seed: what it proposes is right, what it is sure of is never wrong, answers suffice."""

import json
from collections import Counter
from dataclasses import replace
from datetime import date

import pytest

from pipelines.adoption.adapter import Adaptation, found_at
from pipelines.adoption.entries import COLUMN, DATE, PROBABLE, SURE, read_entries
from pipelines.adoption.writing import TO_CONFIRM
from tests.integration.conftest import tables
from tests.samples.foreign.layouts import THIRD, layout
from tests.samples.foreign.scoring import score
from tests.samples.foreign.writing import contract, write

DETAIL = (
    "SELECT livraison, id_accompagnement, organisme, date_saisine, date_ouverture, date_cloture, motif_cloture, type_accompagnement, "
    "famille_detecteur, categorie_detecteur, sexe, situation, handicap, help, medecin_traitant_debut, "
    "medecin_traitant_fin, c2s_fin, ald_fin FROM detail.accompagnements"
)
COUNTS = (
    "SELECT livraison, table_lue, sum(lignes_acceptees), sum(lignes_rejetees) FROM controle.livraisons GROUP BY ALL"
)


@pytest.fixture(scope="module")
def conformant(tmp_path_factory):
    """Rows as the contract has them: where they lie, and as values."""
    raw = tmp_path_factory.mktemp("conforme")
    return raw, contract(raw, accompaniments=150)


def adapted(folder, answers=()):
    adaptation = Adaptation(found_at([folder]), folder.parent / f"{folder.name}.toml")
    adaptation.answer(answers)
    adaptation.propose()
    return adaptation


def proposed(folder, rows, drawn):
    """What is proposed for a layout, and how it stands against the truth."""
    truth = write(folder, rows, drawn)
    adaptation = adapted(folder)
    return adaptation, score(adaptation.entries, truth, adaptation.files.names)


@pytest.mark.parametrize(("seed", "half"), [(0, None), (4, None), (7, THIRD), (8, THIRD), (12, THIRD), (17, THIRD)])
def test_most_proposals_are_right_and_none_is_wrongly_sure(conformant, tmp_path, seed, half):
    _, result = proposed(tmp_path / "raw", conformant[1], layout(seed, half))
    assert result.wrongly_sure == []
    assert result.share >= 0.9, result.wrong


def plain(**traps):
    """A layout that a trap is laid in."""
    drawn = replace(
        layout(1), contrary={}, opaque=set(), swapped=False, without=set(), wide=False, container="csv", separator=";"
    )
    return replace(drawn, dates="%d-%m-%Y", encoding="utf-8", yes_no=("Oui", "Non", ""), age=False, **traps)


def confidences(adaptation, kind, column):
    found = [
        e
        for e in adaptation.entries
        if e.quoi == kind and column in {e.colonne, e.propose} and e.table == "accompagnements"
    ]
    return {e.confiance for e in found}


def test_headers_of_two_dates_that_stand_over_each_other_are_not_sure(conformant, tmp_path):
    adaptation, result = proposed(tmp_path / "raw", conformant[1], plain(swapped=True))
    assert (result.wrongly_sure, result.wrong) == ([], [])
    assert confidences(adaptation, COLUMN, "date_saisine") == {PROBABLE}


def test_a_yes_that_means_no_is_not_sure(conformant, tmp_path):
    drawn = plain(contrary={"medecin_traitant_fin": "Sans MT (fin)"})
    drawn.headers["accompagnements"]["medecin_traitant_fin"] = "Sans MT (fin)"
    adaptation, result = proposed(tmp_path / "raw", conformant[1], drawn)
    assert (result.wrongly_sure, result.wrong) == ([], [])
    assert confidences(adaptation, COLUMN, "medecin_traitant_fin") == {PROBABLE}


def test_of_two_columns_called_motif_the_content_tells_which(conformant, tmp_path):
    drawn = plain(twins="Motif")
    drawn.headers["accompagnements"]["motif_cloture"] = "Motif"
    _, result = proposed(tmp_path / "raw", conformant[1], drawn)
    assert (result.wrongly_sure, result.wrong) == ([], [])


def test_days_that_may_be_months_are_not_sure(conformant, tmp_path):
    early = {
        day: {t: [{c: _early(v) for c, v in r.items()} for r in rows] for t, rows in tables.items()}
        for day, tables in conformant[1].items()
    }
    adaptation, result = proposed(tmp_path / "raw", early, plain())
    assert result.wrongly_sure == []
    assert confidences(adaptation, DATE, "date_saisine") == {PROBABLE}


def _early(value):
    return value.replace(day=1 + value.day % 12) if isinstance(value, date) else value


def test_a_profile_is_completed_not_rewritten(conformant, tmp_path):
    write(tmp_path / "raw", conformant[1], plain())
    first = adapted(tmp_path / "raw")
    first.write()
    again = adapted(tmp_path / "raw")
    assert [e for e in again.proposals.entries if e.confiance == SURE] == []
    assert again.text.startswith(first.text.split(TO_CONFIRM)[0].rstrip("# ")[:500])


@pytest.mark.parametrize("seed", [8, 109])
def test_with_answers_the_rows_are_those_of_the_contract(conformant, tmp_path, seed):
    raw, rows = conformant
    truth = write(tmp_path / "raw", rows, layout(seed))
    (tmp_path / "reponses.json").write_text(json.dumps(truth), encoding="utf-8")
    adaptation = adapted(tmp_path / "raw", read_entries(tmp_path / "reponses.json"))
    adaptation.write()
    with tables(tmp_path / "raw", tmp_path / "marts", profile=adaptation.profile) as foreign:
        found = Counter(foreign(DETAIL)), Counter(foreign(COUNTS))
    with tables(raw, tmp_path / "marts") as asked:
        assert (Counter(asked(DETAIL)), Counter(asked(COUNTS))) == found
