"""Every rule on the rows of a BALI export, through the files that come in and the control tables that come out."""

from uuid import UUID

import pytest

from pipelines.errors import Refused
from tests.samples.exports import accompagnement, bali

DAY = "2025-01-20"
ACTION = {"id_accompagnement": "A1", "thematique": "Droits"}
CARE = {"id_accompagnement": "A1", "type_soins": "Optique"}


def rejects(query):
    return query("SELECT fichier, ligne, identifiant, regle, colonne, valeur FROM controle.rejets ORDER BY ALL")


def alerts(query):
    return query("SELECT ligne, regle, colonne, valeur FROM controle.alertes ORDER BY ALL")


REJECTED = [
    ({"id_accompagnement": ""}, {("R01", "id_accompagnement")}),
    ({"organisme": ""}, {("R02", "organisme")}),
    ({"organisme": "000"}, {("R02", "organisme")}),
    ({"date_saisine": ""}, {("R03", "date_saisine")}),
    ({"date_saisine": "bientôt"}, {("R03", "date_saisine")}),
    ({"date_cloture": "x", "motif_cloture": "Abandonné/interrompu"}, {("R04", "date_cloture")}),
    ({"clos": "2024-01-09"}, {("R05", "date_cloture")}),
    ({"clos": "2024-02-01", "motif_cloture": "Décès"}, {("R06", "motif_cloture")}),
    ({"date_cloture": "2024-02-01"}, {("R07", "motif_cloture")}),
    ({"motif_cloture": "Abandonné/interrompu"}, {("R07", "motif_cloture")}),
    ({"date_cloture": "x"}, {("R04", "date_cloture"), ("R07", "motif_cloture")}),
    ({"motif_cloture": "Décès"}, {("R06", "motif_cloture"), ("R07", "motif_cloture")}),
    ({"type_accompagnement": "Autre"}, {("R08", "type_accompagnement")}),
    ({"famille_detecteur": "Presse"}, {("R09", "famille_detecteur")}),
    (
        {"famille_detecteur": "", "categorie_detecteur": "?"},
        {("R09", "famille_detecteur"), ("R10", "categorie_detecteur")},
    ),
    ({"categorie_detecteur": "Libéraux"}, {("R10", "categorie_detecteur")}),
    ({"categorie_detecteur": ""}, {("R10", "categorie_detecteur")}),
    ({"date_saisine": "2025-01-21"}, {("R11", "date_saisine")}),
    ({"clos": "2025-02-01", "date_saisine": "2025-01-21"}, {("R11", "date_saisine"), ("R11", "date_cloture")}),
]


def test_a_row_is_rejected_with_all_its_reasons(raw, reading):
    rows = [{"id_accompagnement": f"A{i}", **change} for i, (change, _) in enumerate(REJECTED)]
    bali(raw, DAY, accompagnements=[*(accompagnement(**r) for r in rows), accompagnement(id_accompagnement="bon")])
    query = reading()
    found = {(line, rule, column) for line, rule, column in query("SELECT ligne, regle, colonne FROM controle.rejets")}
    assert found == {(line, *reason) for line, (_, reasons) in enumerate(REJECTED, 2) for reason in reasons}
    assert query("SELECT id_accompagnement FROM detail.accompagnements") == [("bon",)]
    n = len(REJECTED)
    assert query("SELECT lignes_lues, lignes_acceptees, lignes_rejetees FROM controle.livraisons") == [(n + 1, 1, n)]
    assert alerts(query) == []


ALERTED = [
    ({"nir": "123", "help": "Oui"}, "A01", "nir", "•••"),  # of a column that can be read, elsewhere
    ({"nir": "269054958815799"}, "A01", "nir", "•••"),
    ({"date_naissance": "?"}, "A02", "date_naissance", "•••"),
    ({"date_naissance": "2024-01-11"}, "A02", "date_naissance", "•••"),
    ({"date_naissance": "1903-01-10"}, "A02", "date_naissance", "•••"),
    ({"sexe": "X"}, "A03", "sexe", "X"),
    ({"help": "peut-être"}, "A04", "help", "peut-être"),
    ({"ald_fin": "?"}, "A04", "ald_fin", "?"),
    ({"situation": "Astronaute"}, "A05", "situation", "Astronaute"),
    ({"date_ouverture": "?"}, "A07", "date_ouverture", "?"),
    ({"date_ouverture": "2024-01-09"}, "A07", "date_ouverture", "2024-01-09"),
    ({"date_ouverture": "2024-03-02", "clos": "2024-03-01"}, "A07", "date_ouverture", "2024-03-02"),
]


def test_an_alert_keeps_the_row_and_empties_the_field(raw, reading):
    rows = [{"id_accompagnement": f"A{i:02d}", **change} for i, (change, *_) in enumerate(ALERTED)]
    bali(raw, DAY, accompagnements=[accompagnement(**r) for r in rows])
    query = reading()
    assert alerts(query) == [(line, *alert) for line, (_, *alert) in enumerate(ALERTED, 2)]
    for i, (_, _, column, _) in enumerate(ALERTED):
        stored = "id_personne" if column == "nir" else column
        empty = False if column == "help" else None
        assert query(f"SELECT {stored} FROM detail.accompagnements WHERE id_accompagnement = 'A{i:02d}'") == [(empty,)]


def test_the_oldest_possible_person_is_120(raw, reading):
    bali(raw, DAY, accompagnements=[accompagnement(date_naissance="1903-01-11")])
    assert reading()("SELECT age, tranche_age FROM detail.accompagnements") == [(120, "60_et_plus")]


def test_somebody_born_on_29_february(raw, reading):
    ages = {"2024-02-28": 23, "2024-02-29": 24, "2025-01-05": 24, "2023-02-28": 22, "2023-03-01": 23}
    bali(raw, DAY, accompagnements=[
        accompagnement(id_accompagnement=day, date_naissance="2000-02-29", date_saisine=day) for day in ages
    ])  # fmt: skip
    assert dict(reading()("SELECT id_accompagnement, age FROM detail.accompagnements")) == ages


def test_a_rejected_row_gives_no_alert_and_a_replaced_one_does(raw, reading):
    bali(raw, DAY, accompagnements=[
        accompagnement(sexe="X"), accompagnement(), accompagnement(id_accompagnement="", sexe="X"),
    ])  # fmt: skip
    query = reading()
    assert alerts(query) == [(2, "A03", "sexe", "X")]
    assert query(
        "SELECT lignes_lues, lignes_acceptees, lignes_rejetees, lignes_remplacees FROM controle.livraisons"
    ) == [(3, 1, 1, 1)]


def test_actions_and_care(raw, reading):
    bali(
        raw, DAY, accompagnements=[accompagnement()],
        actions=[ACTION, {**ACTION, "id_accompagnement": ""}, {**ACTION, "id_accompagnement": "A9"},
                 {**ACTION, "thematique": "Loisirs"}, {**ACTION, "resultat": "?", "date_action": "?"}],
        soins=[CARE, {**CARE, "type_soins": ""}, {**CARE, "specialite": "?", "realise": "?", "date_realisation": "?"}],
    )  # fmt: skip
    query = reading()
    assert rejects(query) == [
        ("actions.csv", 3, None, "R20", "id_accompagnement", None),
        ("actions.csv", 4, "A9", "R20", "id_accompagnement", "A9"),
        ("actions.csv", 5, "A1", "R21", "thematique", "Loisirs"),
        ("soins.csv", 3, "A1", "R31", "type_soins", None),
    ]
    assert alerts(query) == [
        (4, "A04", "realise", "?"), (4, "A32", "date_realisation", "?"), (4, "A32", "specialite", "?"),
        (6, "A22", "date_action", "?"), (6, "A22", "resultat", "?"),
    ]  # fmt: skip
    assert query("SELECT COUNT(*) FROM detail.actions") == [(2,)]
    assert query("SELECT COUNT(*) FROM detail.soins") == [(2,)]


def test_the_latest_accepted_row_wins_and_a_rejected_correction_replaces_nothing(raw, reading):
    bali(raw, "2024-02-01", accompagnements=[accompagnement(), accompagnement(id_accompagnement="A2")],
         actions=[ACTION, {**ACTION, "id_accompagnement": "A2"}])  # fmt: skip
    bali(raw, "2024-03-01", accompagnements=[
        accompagnement(organisme="321"), accompagnement(organisme="331"),
        accompagnement(id_accompagnement="A2", organisme="000"),
    ], actions=[ACTION, ACTION])  # fmt: skip
    query = reading()
    assert query("SELECT id_accompagnement, organisme FROM detail.accompagnements ORDER BY 1") == [
        ("A1", "331"),
        ("A2", "311"),
    ]
    assert query("SELECT id_accompagnement, COUNT(*) FROM detail.actions GROUP BY 1 ORDER BY 1") == [
        ("A1", 2),
        ("A2", 1),
    ]
    assert query("SELECT livraison, fichier, lignes_lues, lignes_acceptees, lignes_rejetees, lignes_remplacees "
                 "FROM controle.livraisons ORDER BY 1, 2") == [
        ("2024-02-01", "accompagnements.csv", 2, 1, 0, 1), ("2024-02-01", "actions.csv", 2, 1, 0, 1),
        ("2024-03-01", "accompagnements.csv", 3, 1, 1, 1), ("2024-03-01", "actions.csv", 2, 2, 0, 0),
    ]  # fmt: skip


def test_parts_are_read_in_code_point_order(raw, reading):
    folder = bali(raw, DAY, accompagnements=[accompagnement(organisme="311")])
    later = bali(raw, "2025-01-21", accompagnements=[accompagnement(organisme="321")]) / "accompagnements.csv"
    later.rename(folder / "accompagnements_2.csv")
    later.parent.rmdir()
    query = reading()
    assert query("SELECT organisme FROM detail.accompagnements") == [("321",)]


def test_the_same_person_has_the_same_hash_with_or_without_key_and_no_nir_is_stored(raw, reading):
    bali(raw, DAY, accompagnements=[
        accompagnement(nir="2 69 05 49 588 157 80"), accompagnement(id_accompagnement="A2", nir="2690549588157"),
        accompagnement(id_accompagnement="A3", nir="1690549588157"),
    ])  # fmt: skip
    query = reading()
    one, two, three = (p for (p,) in query("SELECT id_personne FROM detail.accompagnements ORDER BY id_accompagnement"))
    assert one == two != three
    assert isinstance(one, UUID)


def test_structures_take_their_canonical_name(raw, reading):
    (raw / "referentiels").mkdir()
    (raw / "referentiels" / "structures.csv").write_text(
        "structure;famille;categorie;alias\nCAF;PARTENAIRES;PE_INSTITUTIONS;Caisse d’allocations familiales\n",
        encoding="utf-8",
    )
    bali(raw, DAY, accompagnements=[
        accompagnement(id_accompagnement=str(i), structure=name)
        for i, name in enumerate(("Caisse d'Allocations  familiales", "caf", "Les Œuvres"))
    ])  # fmt: skip
    query = reading()
    assert query("SELECT structure FROM detail.accompagnements ORDER BY id_accompagnement") == [
        ("CAF",),
        ("CAF",),
        ("LES OEUVRES",),
    ]


def test_users_add_header_aliases(raw, reading):
    folder = bali(raw, DAY, accompagnements=[accompagnement()])
    path = folder / "accompagnements.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("Organisme", "Code caisse"), encoding="utf-8")
    (raw / "alias.toml").write_text('[bali.accompagnements]\norganisme = ["CODE  caisse"]\n', encoding="utf-8")
    assert reading()("SELECT organisme FROM detail.accompagnements") == [("311",)]


def test_aliases_of_a_table_that_is_not_there_are_refused(raw, marts, refreshed):
    bali(raw, DAY, accompagnements=[accompagnement()])
    (raw / "alias.toml").write_text('[bali.acompagnement]\norganisme = ["Code caisse"]\n', encoding="utf-8")
    with pytest.raises(
        Refused, match=r"alias\.toml : \[bali\.acompagnement\] .*le plus proche : bali\.accompagnements"
    ):
        refreshed()
    assert not (marts / "courant").exists()


def test_an_unknown_column_is_an_alert_at_line_1(raw, reading):
    from schemas.exports.bali import ACCOMPAGNEMENTS
    from tests.samples.exports import write_table

    write_table(raw / "bali" / DAY / "accompagnements.csv", ACCOMPAGNEMENTS, [accompagnement()], extra=["Commentaire"])
    assert alerts(reading()) == [(1, "A06", "Commentaire", "Commentaire")]
