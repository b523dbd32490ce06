"""The action sociale of a caisse: its rules, its indicators and its mart, from files in to published tables out."""

import pytest

from pipelines.errors import Refused
from pipelines.refresh import refresh
from schemas.indicators.catalogue import CATALOGUE
from schemas.indicators.measures import figure_sql
from schemas.outputs.tables import BY_FULL_NAME
from tests.integration.conftest import reader, tables
from tests.samples.exports import deliver

CAISSE = ("dossiers", "urgences", "ateliers", "entretiens", "formations", "dotations")
DETAIL = tuple(f"detail.action_sociale_{name}" for name in CAISSE)
READING = ("ref.organismes", "ref.structures", *DETAIL, "controle.livraisons", "controle.rejets", "controle.alertes")
NIR = "269054958815780"


def dossier(numero: str = "D0", **values: str) -> dict[str, str]:
    return {"numero": numero, "date_reception": "12/03/2024", "famille_aide": "Accès aux soins", **values}


def urgence(numero: str = "U0", **values: str) -> dict[str, str]:
    return {"numero": numero, "date": "2024-03-12", "type_demande": "C2S", **values}


def atelier(identifiant: str = "T0", **values: str) -> dict[str, str]:
    return {"identifiant": identifiant, "date": "2024-03-12", "offre": "NUMERIQUE", **values}


def entretien(identifiant: str = "N0", **values: str) -> dict[str, str]:
    return {"identifiant": identifiant, "date": "2024-03-12", **values}


def formation(identifiant: str = "F0", **values: str) -> dict[str, str]:
    return {"identifiant": identifiant, "date": "2024-03-12", "type": "INITIALE", **values}


# --- rules ------------------------------------------------------------------------------------------------

BAD_ROWS = {
    "dossiers": [
        (dossier(numero=""), "R51", "numero"),
        (dossier(date_reception=""), "R52", "date_reception"),
        (dossier(date_reception="2024-13-01"), "R52", "date_reception"),
        (dossier(date_reception="31/12/2023"), "R52", "date_reception"),
        (dossier(date_commission="mardi"), "R52", "date_commission"),
        (dossier(famille_aide=""), "R53", "famille_aide"),
        (dossier(famille_aide="Autre"), "R53", "famille_aide"),
        (dossier(categorie="Vacances"), "R53", "categorie"),
        (dossier(decision="Peut-être"), "R53", "decision"),
        (dossier(dotation="Autre"), "R53", "dotation"),
        (dossier(montant_engage="-1"), "R54", "montant_engage"),
        (dossier(montant_engage="cent"), "R54", "montant_engage"),
    ],
    "urgences": [
        (urgence(numero=""), "R51", "numero"),
        (urgence(date="2025-01-01"), "R52", "date"),
        (urgence(type_demande=""), "R53", "type_demande"),
    ],
    "ateliers": [
        (atelier(identifiant=""), "R51", "identifiant"),
        (atelier(offre="Yoga"), "R53", "offre"),
        (atelier(participants="-2"), "R54", "participants"),
        (atelier(ouvertures_c2s="1,5"), "R54", "ouvertures_c2s"),
    ],
    "entretiens": [
        (entretien(identifiant=""), "R51", "identifiant"),
        (entretien(date=""), "R52", "date"),
        (entretien(issue="C2S, RSA"), "R53", "issue"),
    ],
    "formations": [(formation(type=""), "R53", "type"), (formation(participants="x"), "R54", "participants")],
    "dotations": [
        ({"dotation": "", "budget": "1"}, "R53", "dotation"),
        ({"dotation": "PRADO", "budget": "-1"}, "R54", "budget"),
    ],
}
REASONS = [
    (f"{name}.csv", line, rule, column)
    for name, rows in BAD_ROWS.items()
    for line, (_, rule, column) in enumerate(rows, 2)
]


@pytest.fixture(scope="module")
def judged(tmp_path_factory):
    """Every bad row, each before a good one, and rows that replace or alert; a caisse that nobody knows besides."""
    folder = tmp_path_factory.mktemp("judged")
    good = {
        "dossiers": [
            dossier("D1", nir=NIR, date_commission="2025-01-07", montant_engage="1 234,56"),
            dossier("D1", nir="123"),
            dossier("D2", nir=NIR[:13]),
        ],
        "urgences": [urgence("U1", etablissement="Hôpital  Purpan")],
        "ateliers": [atelier("T1"), atelier("T1", participants="4")],
        "entretiens": [entretien("N1", issue="ame | C2S")],
        "formations": [formation("F1")],
        "dotations": [{"dotation": "PRADO", "budget": "1"}, {"dotation": "Prado", "budget": "2"}],
    }
    rows = {name: [*(row for row, *_ in BAD_ROWS[name]), *good[name]] for name in good}
    deliver(folder / "raw", "action_sociale", "311/2024", **rows)
    deliver(folder / "raw", "action_sociale", "999/2024", urgences=[urgence("U1"), urgence("")])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ADASS_CLE", "clé de test, sans valeur")
        with tables(folder / "raw", folder / "marts", *READING) as query:
            yield query


def test_each_bad_row_is_rejected_for_its_reason(judged):
    found = judged(
        "SELECT fichier, ligne, regle, colonne FROM controle.rejets WHERE livraison = '311/2024' ORDER BY ALL"
    )
    assert found == sorted(REASONS)


def test_an_unknown_caisse_has_every_row_rejected(judged):
    found = judged(
        "SELECT ligne, regle, colonne, valeur FROM controle.rejets WHERE livraison = '999/2024' ORDER BY ALL"
    )
    assert found == [(2, "R02", "organisme", "999"), (3, "R02", "organisme", "999"), (3, "R51", "numero", None)]


def test_a_wrong_nir_is_an_alert_and_is_shown_nowhere(judged):
    assert judged("SELECT fichier, regle, colonne, valeur FROM controle.alertes") == [
        ("dossiers.csv", "A01", "nir", "•••")
    ]
    persons = judged("SELECT numero, id_personne FROM detail.action_sociale_dossiers ORDER BY 1")
    assert persons[0] == ("D1", None)
    assert NIR[:13] not in str(persons[1][1])


def test_the_last_accepted_row_stays_and_nothing_is_lost(judged):
    balance = judged(
        "SELECT fichier, lignes_lues, lignes_acceptees, lignes_rejetees, lignes_remplacees FROM controle.livraisons "
        "WHERE livraison = '311/2024' ORDER BY 1"
    )
    assert balance == [
        ("ateliers.csv", 6, 1, 4, 1),
        ("dossiers.csv", 15, 2, 12, 1),
        ("dotations.csv", 4, 1, 2, 1),
        ("entretiens.csv", 4, 1, 3, 0),
        ("formations.csv", 3, 1, 2, 0),
        ("urgences.csv", 4, 1, 3, 0),
    ]
    assert judged("SELECT participants FROM detail.action_sociale_ateliers") == [(4,)]
    assert judged("SELECT budget FROM detail.action_sociale_dotations") == [(2.0,)]


def test_lists_and_names_are_kept_in_one_form(judged):
    assert judged("SELECT issue FROM detail.action_sociale_entretiens") == [("AME|C2S",)]
    assert judged("SELECT annee, organisme, region, etablissement FROM detail.action_sociale_urgences") == [
        (2024, "311", "76", "HOPITAL PURPAN")
    ]


def test_a_file_without_its_date_is_refused(raw, marts):
    folder = deliver(raw, "action_sociale", "311/2024", dossiers=[dossier()])
    (folder / "urgences.csv").write_text("Numéro;Type de demande\n", encoding="utf-8")
    refusal = "action_sociale/311/2024 refusée – urgences.csv : colonne obligatoire absente : « Date »"
    with pytest.raises(Refused, match=refusal), tables(raw, marts, *READING):
        pass


# --- indicators -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """Two years of one caisse and one of another; the real refresh, once."""
    folder = tmp_path_factory.mktemp("published")
    raw = folder / "raw"
    deliver(raw, "action_sociale", "311/2023", urgences=[urgence(f"U{i}", date="2023-05-05") for i in range(4)])
    deliver(
        raw, "action_sociale", "311/2024",
        dossiers=[
            dossier("D1", categorie="DENTAIRE", decision="Accordé", date_commission="2024-04-02",
                    dotation="PARAMETRIQUE", montant_engage="100,50"),
            dossier("D2", categorie="OPTIQUE", decision="Refusé", date_commission="2024-04-02",
                    dotation="PARAMETRIQUE"),
            dossier("D3", decision="Accordé", date_commission="2025-01-07", dotation="PRADO", montant_engage="20"),
            dossier("D4", famille_aide="AFD", montant_engage="30"),
        ],
        dotations=[{"dotation": "PARAMETRIQUE", "budget": "402"}, {"dotation": "PRADO", "budget": "0"}],
        urgences=[
            urgence("U1", etablissement="Hôpital Purpan"),
            urgence("U2", etablissement="HOPITAL PURPAN", type_demande="AME"),
            urgence("U3", etablissement="Médecins du Monde"),
        ],
        ateliers=[
            atelier("T1", participants="10", inscriptions="4", ouvertures_c2s="1"),
            atelier("T2", offre="ECROUES", participants="6", inscriptions="3"),
            atelier("T3", offre="AUTRE", inscriptions="2"),
        ],
        entretiens=[
            entretien("N1", partenaire="Ozanam", issue="C2S,PUMA"),
            entretien("N2", partenaire="OZANAM", issue="INFORMATION"),
            entretien("N3", partenaire="Espoir", issue="AUCUNE"),
            entretien("N4", partenaire="Espoir", date="2024-03-13"),
        ],
        formations=[
            formation("F1", participants="12"), formation("F2", participants="8"), formation("F3", type="CONTINUE"),
        ],
    )  # fmt: skip
    deliver(raw, "action_sociale", "331/2024", dossiers=[dossier("D1")])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ADASS_CLE", "clé de test, sans valeur")
        refresh(raw, folder / "marts", quiet=True)
    with reader(folder / "marts") as query:
        yield query


def figures(query, indicateur):
    """Numerators and denominators by modalité of caisse 311 in 2024; those of numerator 0 left out."""
    rows = query(
        f"SELECT modalite, numerateur, denominateur FROM marts.indicateurs WHERE indicateur = '{indicateur}' "
        "AND annee = 2024 AND niveau = 'organisme' AND territoire = '311' AND numerateur <> 0"
    )
    return {modality: (top if bottom is None else (top, bottom)) for modality, top, bottom in rows}


@pytest.mark.parametrize(
    ("indicateur", "expected"),
    [
        ("ass.dossiers", {"": 4}),
        ("ass.dossiers_famille", {"ACCES_SOINS": 3, "AFD": 1}),
        ("ass.part_famille", {"ACCES_SOINS": (3, 4), "AFD": (1, 4)}),
        ("ass.montant_famille", {"ACCES_SOINS": 120.5, "AFD": 30}),
        ("ass.dossiers_categorie", {"ACCES_SOINS:DENTAIRE": 1, "ACCES_SOINS:OPTIQUE": 1}),
        ("ass.decisions", {"ACCORDE": 2, "REFUSE": 1}),
        ("ass.commissions", {"": 2}),
        ("ass.montant", {"PARAMETRIQUE": 100.5, "PRADO": 20}),
        ("ass.part_engagee", {"PARAMETRIQUE": (100.5, 402)}),
        ("lup.situations", {"": 3}),
        ("lup.evolution", {"": (3, 4)}),
        ("lup.etablissements", {"": 2}),
        ("lup.situations_type", {"C2S": 2, "AME": 1}),
        ("ateliers.nombre", {"": 2, "NUMERIQUE": 1, "ECROUES": 1, "AUTRE": 1}),
        ("ateliers.participants", {"": 10, "NUMERIQUE": 10, "ECROUES": 6}),
        ("ateliers.inscriptions", {"": 6, "NUMERIQUE": 4, "ECROUES": 3, "AUTRE": 2}),
        ("ateliers.taux_inscription", {"": (6, 10), "NUMERIQUE": (4, 10), "ECROUES": (3, 6)}),
        ("ateliers.ouvertures_c2s", {"": 1, "NUMERIQUE": 1}),
        ("entretiens.personnes", {"": 4}),
        ("entretiens.jours", {"": 3}),
        ("entretiens.jours_partenaire", {"OZANAM": 1, "ESPOIR": 2}),
        ("entretiens.issues", {"C2S": 1, "PUMA": 1, "INFORMATION": 1}),
        ("entretiens.part_mise_a_jour", {"": (1, 4)}),
        ("formations.nombre", {"INITIALE": 2, "CONTINUE": 1}),
        ("formations.participants", {"INITIALE": 20}),
    ],
)
def test_an_indicator_of_a_caisse(published, indicateur, expected):
    assert figures(published, indicateur) == expected


def test_every_indicator_of_the_action_sociale_is_tested():
    tested = {case[0] for case in test_an_indicator_of_a_caisse.pytestmark[0].args[1]}
    assert tested == {i.id for i in CATALOGUE if i.source == "action_sociale"}


def test_a_local_report_is_of_its_caisse_only(published):
    assert published("SELECT DISTINCT niveau, public FROM marts.indicateurs") == [("organisme", "ensemble")]
    assert published("SELECT annee, source, complete FROM ref.annees ORDER BY 1") == [
        (2023, "action_sociale", True), (2024, "action_sociale", True),
    ]  # fmt: skip


def test_the_query_shown_for_a_figure_gives_that_figure(published):
    for indicator in (i for i in CATALOGUE if i.source == "action_sociale" and not i.of):
        sql = figure_sql(indicator, 2024, "organisme", "311", "ensemble")
        rows = [row if len(row) == 2 + (indicator.unit != "nombre") else ("", *row) for row in published(sql)]
        found = {m: tuple(whole) if whole[1:] else whole[0] for m, *whole in rows if whole[0] and all(whole)}
        assert found == figures(published, indicator.id), indicator.id


def test_the_mart_is_filled_commented_and_agrees_with_the_indicators(published):
    declared = BY_FULL_NAME["marts.action_sociale"]
    found = published(
        "SELECT column_name, comment FROM duckdb_columns() "
        "WHERE schema_name = 'marts' AND table_name = 'action_sociale' ORDER BY column_index"
    )
    assert found == [(c.name, c.comment) for c in declared.columns]
    assert all(comment for _, comment in found)
    rows = published(
        "SELECT annee, territoire, dossiers, urgences, evolution_urgences, montant_acces_soins, budget_parametrique, "
        "part_engagee_parametrique, actions_ateliers, ateliers_participants_ecroues, jours_entretiens, "
        "professionnels_initiale FROM marts.action_sociale ORDER BY 1, 2"
    )
    assert rows == [
        (2023, "311", None, 4, None, None, None, None, None, None, None, None),
        (2024, "311", 4, 3, -0.25, 120.5, 402, 0.25, 2, 6, 3, 20),
        (2024, "331", 1, None, None, 0, None, None, None, None, None, None),
    ]
