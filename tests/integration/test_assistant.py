"""The assistant, on layouts drawn by a seed: what it proposes is right, what it is sure of is never wrong, answers suffice."""

import json
from collections import Counter

import pytest

from pipelines.adoption.adapter import Adaptation, found_at
from pipelines.adoption.entries import read_entries
from tests.integration.conftest import tables
from tests.samples.foreign.layouts import layout
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


@pytest.mark.parametrize("seed", range(6))
def test_most_proposals_are_right_and_none_is_wrongly_sure(conformant, tmp_path, seed):
    truth = write(tmp_path / "raw", conformant[1], layout(seed))
    adaptation = adapted(tmp_path / "raw")
    result = score(adaptation.entries, truth, adaptation.files.names)
    assert result.wrongly_sure == []
    assert result.share >= 0.9, result.wrong


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
