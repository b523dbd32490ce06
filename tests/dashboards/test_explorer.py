"""The pages that go through territories and years, and the choices they share with the slides, without a browser."""

import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboards.formats import NBSP, THIN
from dashboards.views import tendances, territoires
from schemas.indicators.catalogue import CATALOGUE
from tests.samples.dashboard import publish
from tests.samples.pages import APP, choose, elements, html, open_page
from tests.samples.territories import FAR, publish_with_territories

PATHS = [territoires.PATH, tendances.PATH]


@pytest.fixture(scope="module")
def marts(tmp_path_factory) -> Path:
    return publish_with_territories(tmp_path_factory.mktemp("marts"))


@pytest.fixture
def app(marts, monkeypatch) -> AppTest:
    monkeypatch.setenv("ADASS_MARTS", str(marts))
    return AppTest.from_file(str(APP), default_timeout=30)


def title(app: AppTest) -> str:
    return re.search("<h1>(.*?)</h1>", html(app))[1]


# --- a region, then a territory ---


def test_a_region_narrows_the_territories_and_is_chosen_with_it(app):
    open_page(app, "a7")
    assert len(app.selectbox(key="territoire").options) == 1 + 18 + 107
    choose(app, "region", "Bretagne")
    assert app.selectbox(key="territoire").options == [
        "Bretagne (région)", "CPAM d'Ille-et-Vilaine", "CPAM des Côtes-d'Armor", "CPAM du Finistère", "CPAM du Morbihan",
    ]  # fmt: skip
    assert app.selectbox(key="territoire").value == "Bretagne (région)"
    assert "· Bretagne" in choose(app, "territoire", "Bretagne (région)").replace(NBSP, " ")
    choose(app, "territoire", "CPAM du Finistère")
    choose(app, "region", "Corse")
    assert app.selectbox(key="territoire").value == "Corse (région)"
    choose(app, "region", "Toutes")
    assert app.selectbox(key="territoire").value == "France"


def test_a_territory_outlives_the_pages(app):
    choose(open_page(app, "a7"), "region", "Bretagne")
    choose(app, "territoire", "CPAM du Finistère")
    open_page(app, "reperes")
    for path in (*PATHS, "a9"):
        page = html(open_page(app, path))
        assert app.selectbox(key="territoire").value == "CPAM du Finistère"
        assert "CPAM du Finistère" in page


# --- compared with another place ---


def test_an_organisme_is_set_beside_its_region(app):
    choose(open_page(app, "a7"), "territoire", "CPAM du Finistère")
    page = choose(app, "comparaison", "Sa région")
    assert f"comparaison{NBSP}: Bretagne" in page
    assert "du total (Bretagne" in page
    choose(app, "territoire", "CPAM de Paris")
    assert app.selectbox(key="comparaison").value == "Sa région"
    assert f"comparaison{NBSP}: Île-de-France" in html(app)
    choose(app, "territoire", "CGSS de la Guyane")  # alone in its region
    assert "Sa région" not in app.selectbox(key="comparaison").options


def test_a_territory_is_set_beside_another(app):
    choose(open_page(app, "a7"), "territoire", "CPAM du Finistère")
    choose(app, "comparaison", "Un autre territoire")
    options = app.selectbox(key="autre").options
    assert "CPAM du Finistère" not in options
    assert "France" not in options
    assert options[0] == "CCSS de la Lozère"  # those of the same niveau first
    page = choose(app, "autre", "CPAM de Paris")
    assert f"comparaison{NBSP}: CPAM de Paris" in page
    assert f"×{NBSP}" in page
    assert "du total" not in page
    assert f"{NBSP}: CPAM de Paris" in html(open_page(app, "a9"))


def test_a_profile_says_beside_whom(app):
    choose(open_page(app, "c3"), "territoire", "CPAM de l'Ain")
    choose(app, "comparaison_profil", "Un autre territoire")
    page = choose(app, "autre", "CPAM de l'Aisne")
    assert "Autres écarts par rapport à la CPAM de l'Aisne" in page
    assert "qu'à la CPAM de l'Aisne" in title(app)


def test_a_headline_says_beside_which_region(app):
    choose(open_page(app, "a3"), "territoire", "CPAM de l'Ain")
    choose(app, "comparaison", "Un autre territoire")
    choose(app, "autre", "Auvergne-Rhône-Alpes (région)")
    assert title(app).endswith("que dans la région Auvergne-Rhône-Alpes")


def test_a_year_without_a_year_before_is_set_beside_nothing_of_itself(app):
    choose(open_page(app, "a7"), "annee", "2023")
    assert app.selectbox(key="comparaison").options == ["Un autre territoire", "Aucune"]
    assert app.selectbox(key="comparaison").value == "Aucune"


def test_the_plan_of_the_deck_keeps_the_other_territory(app):
    open_page(app, "diaporama")
    choose(app, "territoire", "CPAM de l'Ain")
    choose(app, "comparaison", "Un autre territoire")
    choose(app, "autre", "CPAM de l'Aisne")
    findings = [link.proto.label for link in elements(app.main, "page_link")]
    assert any("qu'à la CPAM de l'Aisne" in finding for finding in findings)


# --- territories ---


def test_the_page_of_territories_stands_any_choice(app):
    assert title(open_page(app, territoires.PATH)).startswith("De 50,0")
    assert "Paris" in title(app)
    page = html(app)
    assert f"n.{NBSP}c.{NBSP}: aucun cas dans ce périmètre (1)" in page
    assert "Entonnoir" in page
    assert "Données synthétiques" in page
    for key, option in (
        ("carte", "Régions"),
        ("annee", "2025 (incomplète)"),
        ("annee", "2023"),
        ("region", "Bretagne"),
        ("carte", "Organismes"),
        ("public", "Dispositif HELP"),
    ):
        choose(app, key, option)
        assert "<h1>" in html(app)
    assert "est incomplète" in choose(app, "annee", "2025 (incomplète)")


@pytest.mark.parametrize("path", PATHS)
def test_every_indicator_is_drawn(app, path):
    open_page(app, path)
    names = app.selectbox(key="indicateur").options
    assert len(set(names)) == len(names)
    local = sum(i.source == "action_sociale" for i in CATALOGUE)
    assert len(names) == len(CATALOGUE) - local
    for unit in ("nombre", "part", "jours", "annees", "evolution", "note"):
        shown = next(i for i in CATALOGUE if i.unit == unit and i.source != "action_sociale")
        name = next(n for n in names if n.endswith(f"· {shown.label}"))
        assert shown.label in choose(app, "indicateur", name)


def test_the_chosen_territory_is_told_with_its_rank_and_the_way_to_its_slide(app):
    choose(open_page(app, territoires.PATH), "territoire", "CPAM de Paris")
    page = html(app)
    assert f"CPAM de Paris{NBSP}: 50,0{NBSP}%, 106e sur 106" in page
    assert "hors des limites à 99,8" in page
    choose(app, "territoire", "CSS de Mayotte")
    assert f"CSS de Mayotte{NBSP}: n.{NBSP}c. – aucun cas dans ce périmètre." in html(app)
    choose(app, "territoire", "CPAM de l'Ain")
    assert "(à égalité)" in html(app)


def test_the_file_of_territories_holds_them_all(app, files):
    open_page(app, territoires.PATH)
    head, *rows = files["adass_territoires_clotures.taux_succes__2024_organisme_ensemble.csv"]
    assert len(rows) == 107
    by_code = {row[1]: dict(zip(head, row, strict=True)) for row in rows}
    assert (by_code[FAR]["Rang"], by_code[FAR]["Valeur"], by_code[FAR]["Hasard"]) == ("106", "0,5", "hors de 99,8 %")
    assert (by_code["976"]["Rang"], by_code["976"]["Manque"]) == ("", "aucun cas dans ce périmètre")


def test_nothing_to_show_says_why(tmp_path, monkeypatch):
    monkeypatch.setenv("ADASS_MARTS", str(publish(tmp_path)))
    app = AppTest.from_file(str(APP), default_timeout=30)
    choose(open_page(app, territoires.PATH), "carte", "Régions")
    choose(app, "indicateur", next(n for n in app.selectbox(key="indicateur").options if "Évolution des clôtures" in n))
    page = choose(app, "annee", "2023")
    assert f"n.{NBSP}c. – année incomplète{NBSP}: pas d'évolution" in page
    assert title(app) == "Aucun chiffre publié par région"


# --- years ---


def test_the_page_of_years_tells_what_hinders(app):
    open_page(app, tendances.PATH)
    page = choose(app, "indicateur", "A7 · Accompagnements clôturés")
    assert "Année incomplète" in page
    assert "2025 (incomplète)" in page
    assert f"{NBSP}%" in title(app)
    assert " en 2024, " in title(app)
    page = choose(app, "public", "Travailleurs indépendants")
    assert "droits à 6 mois" in page
    names = app.selectbox(key="indicateur").options
    page = choose(app, "indicateur", next(n for n in names if n.endswith("Actions déclarées")))
    assert f"Organismes répondants{NBSP}: 100 en 2023, 99 en 2024." in page


def test_modalities_are_drawn_together_or_alone(app, files):
    open_page(app, tendances.PATH)
    names = app.selectbox(key="indicateur").options
    choose(app, "indicateur", next(n for n in names if "motif de clôture" in n))
    assert app.selectbox(key="modalite").value == "*"
    choose(app, "territoire", "CPAM de Paris")
    choose(app, "comparaison_tendance", "Sa région")
    choose(app, "modalite", "Soins réalisés")
    assert title(app).startswith("Soins réalisés")
    head, *rows = files["adass_tendances_clotures.part_motif_751_ensemble.csv"]
    assert len(rows) == 7 * 3
    assert dict(zip(head, rows[0], strict=True))["Complète"] == "oui"


def test_a_count_is_not_set_beside_its_whole(app):
    choose(open_page(app, tendances.PATH), "territoire", "CPAM de Paris")
    choose(app, "comparaison_tendance", "France")
    page = choose(app, "indicateur", "A7 · Accompagnements clôturés")
    assert "dont il fait partie" in page


def test_revised_figures_are_told(tmp_path, monkeypatch):
    publish(tmp_path, "2025-01-21_10-00-00")
    publish(tmp_path, "2025-02-01_10-00-00", growth=2)
    monkeypatch.setenv("ADASS_MARTS", str(tmp_path))
    app = open_page(AppTest.from_file(str(APP), default_timeout=30), tendances.PATH)
    page = choose(app, "indicateur", "A7 · Accompagnements clôturés")
    assert "Chiffres révisés depuis le millésime 2025-01-21_10-00-00" in page
    assert f"2024{NBSP}: 88{THIN}000, contre 44{THIN}000 auparavant" in page
