"""The pages that are no slide: filters, counts, lines and files, without a browser."""

import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboards.formats import MINUS, NBSP, THIN
from dashboards.views.common import PAGE, matches
from schemas.context.reperes import THEMES
from schemas.indicators.catalogue import CATALOGUE
from schemas.publications.coherence_rules import RULES
from tests.samples.dashboard import publish
from tests.samples.pages import APP, html, open_page, rows
from tests.samples.views import A1, DECK, MANY, REPORT, TABLES, VIEWS, publish_with_controls

PATHS = [view.PATH for view in VIEWS]


@pytest.fixture(scope="module")
def marts(tmp_path_factory) -> Path:
    return publish_with_controls(tmp_path_factory.mktemp("marts"))


@pytest.fixture
def app(marts, monkeypatch) -> AppTest:
    monkeypatch.setenv("ADASS_MARTS", str(marts))
    return AppTest.from_file(str(APP), default_timeout=30)


def choose(app: AppTest, key: str, value: str) -> None:
    app.selectbox(key=key).set_value(value)
    app.run()
    assert not app.exception, app.exception


def counts(app: AppTest) -> list[str]:
    row = re.search(r'<div class="adass-counts">.*', html(app))
    return re.findall(r'<div class="value">(.*?)</div>', row[0]) if row else []


CHECKED = "Chiffres publiés et calculés"


def test_reconciliation_writes_each_figure_in_its_unit_the_gaps_first(app):
    lines = rows(open_page(app, "reconciliation"), CHECKED)
    assert [line[0] for line in lines] == ["Écart"] * 2 + ["Conforme"] * 3 + ["Non calculable"]
    by_label = {line[2].split("|")[0]: line[3:] for line in lines}
    assert by_label["Évolution des détections"] == [
        f"+1,5{NBSP}%", f"+5,4{NBSP}%", f"+3,85{NBSP}points|±{NBSP}0,05{NBSP}point",
    ]  # fmt: skip
    assert by_label["Succès"] == [f"plus de 78{NBSP}%", f"70,0{NBSP}%", f"{MINUS}8{NBSP}points|de 0 à +10{NBSP}%"]
    assert by_label["Soins"] == [f"49{NBSP}%", f"49,1{NBSP}%", f"+0,1{NBSP}point|±{NBSP}0,5{NBSP}point"]
    assert by_label["Nombre de détections"] == [
        f"près de 300{THIN}000", f"296{THIN}500", f"{MINUS}3{THIN}500|±{NBSP}5{NBSP}%",
    ]  # fmt: skip
    assert by_label["Dossiers"] == ["12", "12", f"0|±{NBSP}0,5"]
    assert by_label["Seuil de pauvreté mensuel"][2] == ""
    assert counts(app) == ["6", "2", "3", "1"]
    page = html(app)
    assert f"2021{NBSP}: aucun indicateur ne calcule ce chiffre" in page
    assert "2024 · Jeunes (moins de 25 ans)" in page
    assert "2022 · CPAM de l'Ain" in page


def test_reconciliation_is_filtered_and_its_counts_follow(app, files):
    open_page(app, "reconciliation")
    choose(app, "rec_publication", DECK)
    assert counts(app) == ["5", "2", "2", "1"]
    choose(app, "rec_diapositive", A1)
    assert counts(app) == ["3", "1", "2", "0"]
    choose(app, "rec_statut", "ecart")
    assert [line[2] for line in rows(app, CHECKED)] == ["Évolution des détections|2024"]
    assert counts(app) == ["3", "1", "2", "0"]
    exported = files["adass_reconciliation.csv"]
    assert len(exported) == 2
    line = dict(zip(*exported, strict=True))
    assert (line["Statut"], line["Publication"], line["Publié"], line["Calculé"], line["Écart"]) == (
        "Écart", DECK, "0,015", "0,0535", "0,0385",
    )  # fmt: skip
    choose(app, "rec_publication", REPORT)  # its slides are others: the choice gives way
    choose(app, "rec_statut", "non_calculable")
    assert "Aucun chiffre ne correspond à ces choix" in html(app)


def test_coherence_shows_contradictions_first_and_is_filtered(app, files):
    lines = rows(open_page(app, "coherence"), "Règles de cohérence")
    assert [line[0] for line in lines] == ["Contradiction", "Cohérent", "Cohérent"]
    assert [line[2] for line in lines] == ["Variation", "Parts d'un tout", "Somme"]
    assert counts(app) == ["3", "1", "2"]
    choose(app, "coh_diapositive", A1)  # one of the two slides of the contradiction
    assert counts(app) == ["2", "1", "1"]
    choose(app, "coh_nature", "Variation")
    assert len(rows(app, "Règles de cohérence")) == 1
    assert [line[4] for line in files["adass_coherence.csv"]] == ["Règle", "variation.clotures"]
    choose(app, "coh_statut", "cohérent")
    assert "Aucune règle ne correspond à ces choix" in html(app)


def test_every_nature_of_rule_has_a_name_in_french():
    from dashboards.views.coherence import KINDS

    assert {rule.name.partition(".")[0] for rules in RULES.values() for rule in rules} == set(KINDS)


def test_quality_states_the_balance_of_the_rows(app, files):
    page = html(open_page(app, "qualite"))
    assert counts(app) == [f"1{THIN}512", f"1{THIN}209", "253", "50"]
    assert "Il tombe juste pour chaque fichier" in page
    lines = rows(app, "Bilan des lignes par livraison et par fichier")
    assert len(lines) == 8
    assert lines[2][:5] == ["2024-01-15|BALI", f"1{NBSP}fichier", f"1{THIN}000", "700", "250"]
    assert len(files["adass_livraisons.csv"]) == 1 + 4
    choose(app, "qua_source", "enquete")
    assert counts(app) == ["2", "1", "1", "0"]
    assert [line[0] for line in rows(app, "Rejets par règle")] == ["R02"]
    assert "Alertes : aucune" in html(app).replace(NBSP, " ")


def test_drifts_of_form_are_told_over_files_and_only_where_there_are_any(app, files):
    open_page(app, "qualite")
    assert rows(app, "Dérives de format") == [
        ["Colonne absente|BALI", "sexe", "–", "1", f"1{THIN}000", "Genre"],
        ["Colonne inconnue|BALI", "Genre", "–", "1", f"1{THIN}000", "Sexe"],
        ["Code inconnu|BALI", "situation", "Intermittent", "2", "7", "–"],
    ]
    assert files["adass_derives.csv"][3] == ["bali", "code inconnu", "situation", "Intermittent", "2", "7", ""]
    choose(app, "qua_source", "enquete")
    assert "Dérives de format" not in html(app)


def test_a_balance_that_does_not_hold_is_named(tmp_path, monkeypatch):
    name = "controle.livraisons"
    wrong = [("bali", "2024-01-15", "soins.csv", "0" * 64, 10, 8, 1, 0)]
    monkeypatch.setitem(TABLES, name, wrong)
    monkeypatch.setenv("ADASS_MARTS", str(publish_with_controls(tmp_path)))
    page = html(open_page(AppTest.from_file(str(APP), default_timeout=30), "qualite"))
    assert "Le bilan ne tombe pas juste pour" in page
    assert "2024-01-15/soins.csv" in page


def test_rules_count_reasons_lines_and_files(app):
    open_page(app, "qualite")
    assert rows(app, "Rejets par règle") == [
        ["R03", "Date de saisine absente ou illisible", "250", "250", "1"],
        ["R08", "Type d'accompagnement absent ou inconnu", "2", "2", "1"],
        ["R02", "Organisme absent ou inconnu", "1", "1", "1"],
        ["R06", "Motif de clôture inconnu", "1", "1", "1"],
    ]
    assert [line[0] for line in rows(app, "Alertes par règle")] == ["A01"]


def test_a_rule_leads_to_its_lines_by_pages_and_its_file_has_them_all(app, files):
    open_page(app, "qualite")
    choose(app, "qua_regle", "R03")
    lines = rows(app, "Lignes en cause, R03")
    assert len(lines) == PAGE
    assert lines[0] == ["BALI · 2024-01-15", "accompagnements.csv", "2", "date_saisine", "31/02/2024"]
    assert "le fichier CSV les contient toutes" in html(app)
    choose(app, "lignes_lignes_R03", str(2 * PAGE))
    assert len(rows(app, "Lignes en cause, R03")) == MANY - 2 * PAGE
    assert len(files["adass_lignes_R03.csv"]) == 1 + MANY
    choose(app, "qua_regle", "R08")
    assert [line[2:] for line in rows(app, "Lignes en cause, R08")] == [
        ["7", "type_accompagnement", "(vide)"],
        ["9", "type_accompagnement", "Mixte"],
    ]


def test_what_was_read_is_neither_run_nor_drawn(app, files):
    open_page(app, "qualite")
    choose(app, "qua_regle", "R06")
    assert files["adass_lignes_R06.csv"][1][-1] == "'=HYPERLINK(1)"
    choose(app, "qua_regle", "R02")
    bodies = "".join(e.proto.body for e in app.get("html"))
    assert "&lt;b&gt;000&lt;/b&gt;" in bodies
    assert "<b>000" not in bodies


def test_personal_values_and_numbers_of_accompagnements_are_not_shown(app, files):
    open_page(app, "qualite")
    choose(app, "qua_regle", "A01")
    assert rows(app, "Lignes en cause, A01") == [["BALI · 2025-01-20", "accompagnements.csv", "12", "nir", "•••"]]
    assert not any("A12" in cell for line in files["adass_lignes_A01.csv"] for cell in line)


def test_organismes_expected_are_held_against_those_received(app, files):
    open_page(app, "qualite")
    assert rows(app, "Organismes attendus et reçus") == [
        ["BALI", "2024", "2", "1", "1", "CPAM de l'Aisne"],
        ["BALI", "2023", "2", "2", "0", "Aucun absent"],
        ["Enquête ADASS", "2024", "2", "1", "1", "CPAM de l'Ain"],
        ["Action sociale", "2024", "–", "1", "–", f"Reçus{NBSP}: CPAM de l'Ain"],
    ]
    assert ["bali", "2024", "021", "CPAM de l'Aisne", "absent"] in files["adass_organismes.csv"]


def test_reperes_are_found_by_any_word_whatever_its_accents(app, files):
    open_page(app, "reperes")
    for theme in THEMES:
        assert theme.titre in html(app)
    assert len(files["adass_indicateurs.csv"]) == 1 + len(CATALOGUE)
    app.text_input(key="recherche").set_value("REPONSE creic")
    app.run()
    page = html(app)
    assert "Règle des 30 jours" in page
    assert "<dt>Saisine" not in page
    assert "Catalogue des indicateurs" not in page
    app.text_input(key="recherche").set_value("taux de succes")
    app.run()
    assert "clotures.taux_succes" in html(app)
    app.text_input(key="recherche").set_value("zzz")
    app.run()
    assert "Rien ne correspond" in html(app)


def test_reperes_hold_what_readers_ask():
    terms = {r.terme for theme in THEMES for r in theme.reperes}
    asked = {
        "Accompagnement", "Saisine", "Détecteur", "Famille de détecteurs", "Motif de clôture", "Succès",
        "Soins / hors soins", "ALD", "C2S ou CSS", "HELP", "MisAS", "PFS", "CES", "LUP", "AFD", "ASE", "CREIC",
        "Règle des 30 jours", "Remontée des droits à 6 mois",
    }  # fmt: skip
    assert asked <= terms
    every = [r for theme in THEMES for r in theme.reperes]
    assert len(terms) == len(every)
    assert all(r.texte.endswith(".") and r.source for r in every)


@pytest.mark.parametrize(
    ("words", "found"), [("", True), ("écart", True), ("ECART publie", True), ("écart absent", False)]
)
def test_words_match_all_together(words, found):
    assert matches(words, "Ecart", "chiffre publié") is found


@pytest.mark.parametrize("path", PATHS)
def test_the_choices_of_a_figure_are_off_these_pages(app, path):
    open_page(app, path)
    assert not [s for s in app.selectbox if s.label in {"Territoire", "Public", "Comparer avec"}]
    assert "Données synthétiques" in html(app)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("qualite", "Aucune livraison n'a été lue"),
        ("reconciliation", "Aucun chiffre publié n'a été confronté"),
        ("coherence", "Aucune règle de cohérence n'a été appliquée"),
    ],
)
def test_an_empty_control_table_is_said(tmp_path, monkeypatch, path, text):
    monkeypatch.setenv("ADASS_MARTS", str(publish_with_controls(tmp_path, empty=True)))
    assert text in html(open_page(AppTest.from_file(str(APP), default_timeout=30), path))


@pytest.mark.parametrize("path", ["qualite", "reconciliation", "coherence"])
def test_a_file_without_controls_is_said(tmp_path, monkeypatch, path):
    monkeypatch.setenv("ADASS_MARTS", str(publish(tmp_path)))
    page = html(open_page(AppTest.from_file(str(APP), default_timeout=30), path))
    assert "ne contient pas les contrôles" in page
