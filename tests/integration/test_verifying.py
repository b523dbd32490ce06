"""`adass verifier` says what a refresh would do and publishes nothing; a refresh may leave out the caisses at fault."""

import json

import pytest
from click.testing import CliRunner

from pipelines.cli import main
from pipelines.errors import Refused
from pipelines.refresh import refresh
from schemas.outputs.vintages import MANIFEST
from tests.integration.conftest import reader
from tests.samples.exports import accompagnement, bali


def rows(number, start=0, **values):
    return [accompagnement(id_accompagnement=f"A{start + i}", clos="2024-03-01", **values) for i in range(number)]


def verdict(raw, marts, *options):
    """The exit code, what is printed, and the JSON."""
    path = raw.parent / "verdict.json"
    result = CliRunner().invoke(
        main, ["verifier", "--raw", str(raw), "--marts", str(marts), "--json", str(path), *options]
    )
    return result.exit_code, result.output, json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def test_what_conforms_would_be_published_and_is_not(raw, marts):
    bali(raw, "2024-06-01", accompagnements=rows(3, sexe="Femme"), actions=[], soins=[])
    code, said, told = verdict(raw, marts)
    assert (code, told["publiable"], told["refus"]) == (0, True, [])
    assert "Serait publié." in said
    assert not marts.exists()
    (file,) = [f for f in told["fichiers"] if f["table"] == "accompagnements"]
    assert (file["lignes_lues"], file["lignes_acceptees"], file["lignes_rejetees"], file["lignes_remplacees"]) == (
        3,
        3,
        0,
        0,
    )
    by_name = {c["colonne"]: c for c in file["colonnes"]}
    assert (by_name["sexe"]["part_remplie"], by_name["sexe"]["part_lue"]) == (1, 1)
    assert (by_name["handicap"]["part_remplie"], by_name["handicap"]["presente"]) == (0, True)
    assert told["mois"] == {"311": ["2024-01", "2024-03"]}
    assert told["organismes_attendus"] == 107
    assert len(told["organismes_absents"]) == 106


def test_values_that_are_not_read_are_counted_with_the_nearest_known(raw, marts):
    wrong = rows(2, start=10, situation="Salarrié")
    bali(raw, "2024-06-01", accompagnements=[*rows(3, situation="Salarié"), *wrong], actions=[], soins=[])
    code, said, told = verdict(raw, marts)
    situation = next(
        c
        for f in told["fichiers"]
        for c in f["colonnes"]
        if c["colonne"] == "situation" and f["table"] == "accompagnements"
    )
    assert code == 0
    assert situation["part_lue"] == pytest.approx(0.6)
    assert situation["non_lues"] == [{"valeur": "Salarrié", "lignes": 2, "proche": "Salarié (SALARIE)"}]
    assert "« Salarrié » 2 fois (Salarié (SALARIE) ?)" in said.replace("\u00a0", " ")


def test_every_faulty_file_is_told_at_once(raw, marts):
    folder = bali(raw, "2024-06-01", accompagnements=rows(3), actions=[], soins=[])
    for name in ("accompagnements_311.csv", "accompagnements_331.csv"):
        (folder / name).write_text("Numéro;Chose\n1;2\n", encoding="utf-8")
    code, said, told = verdict(raw, marts)
    assert code == 1
    assert not told["publiable"]
    assert {name for name in ("accompagnements_311.csv", "accompagnements_331.csv") if any(name in r for r in told["refus"])} == {
        "accompagnements_311.csv", "accompagnements_331.csv",
    }  # fmt: skip
    assert said.count("Refus") >= 2


def test_what_a_delivery_lacks_and_what_changed_is_told(raw, marts):
    bali(raw, "2024-06-01", accompagnements=rows(40, sexe="Femme"), actions=[], soins=[])
    refresh(raw, marts, quiet=True)
    (raw / "bali" / "2024-06-01" / "soins.csv").unlink()
    bali(raw, "2024-06-01", accompagnements=rows(120))
    code, said, told = verdict(raw, marts)
    assert {"source": "bali", "livraison": "2024-06-01", "table": "soins"} in told["tables_absentes"]
    assert [g for g in told["ecarts"] if g["avant"] == 40 and g["apres"] == 120] or told["ecarts"] == []
    assert (code, [r[:2] for r in told["refus"]]) == (1, ["V3"])
    assert "V3" in said


def test_a_profile_that_cannot_be_read_is_a_refusal_and_a_wrong_option_an_error(raw, marts):
    bali(raw, "2024-06-01", accompagnements=rows(3))
    profile = raw.parent / "profil.toml"
    profile.write_text("[[bali.accompagnements]\n", encoding="utf-8")
    code, _, told = verdict(raw, marts, "--profil", str(profile))
    assert (code, told["publiable"]) == (1, False)
    assert CliRunner().invoke(main, ["verifier", "--nulle-part"]).exit_code == 2


@pytest.fixture
def one_a_caisse(raw):
    """A delivery of two caisses, of which the second has a file that cannot be read."""
    folder = bali(raw, "2024-06-01", accompagnements=[], actions=[], soins=[])
    for path in list(folder.iterdir()):
        header = path.read_text(encoding="utf-8").splitlines()[0]
        path.unlink()
        for code in ("311", "331"):
            (folder / f"{path.stem}_{code}.csv").write_text(header + "\n", encoding="utf-8")
    bali(raw, "2024-06-01", accompagnements=rows(5))
    (folder / "accompagnements.csv").rename(folder / "accompagnements_311.csv")
    (folder / "accompagnements_331.csv").write_text("Numéro;Chose\n1;2\n", encoding="utf-8")
    return raw


def test_one_caisse_s_fault_stops_all_unless_it_is_left_out(one_a_caisse, marts):
    with pytest.raises(Refused, match=r"accompagnements_331\.csv"):
        refresh(one_a_caisse, marts, quiet=True)
    refresh(one_a_caisse, marts, quiet=True, without_refused=True)
    with reader(marts) as query:
        assert query("SELECT organisme, COUNT(*) FROM detail.accompagnements GROUP BY 1") == [("311", 5)]
        assert not query("SELECT 1 FROM controle.livraisons WHERE fichier LIKE '%331%'")
    manifest = (marts / "courant" / MANIFEST).read_text(encoding="utf-8")
    assert "331" in manifest
    assert "accompagnements_331.csv" in manifest


def test_a_fault_of_no_caisse_alone_is_not_left_out(one_a_caisse, marts):
    (one_a_caisse / "bali" / "2024-06-01" / "accompagnements.csv").write_text("Numéro;Chose\n1;2\n", encoding="utf-8")
    with pytest.raises(Refused, match=r"accompagnements\.csv"):
        refresh(one_a_caisse, marts, quiet=True, without_refused=True)
    assert not (marts / "courant").exists()
