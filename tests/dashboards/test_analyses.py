"""The pages that answer questions, run without a browser on what a refresh publishes of invented exports."""

import csv
import io
import re
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboards.analysis.comparing import compare
from dashboards.analysis.crossing import cross
from dashboards.analysis.explaining import between_years, explain
from dashboards.analysis.questions import Question
from dashboards.formats import nombre, part, points
from dashboards.published import reading as published
from dashboards.views.analyses import comparer, croiser, pourquoi
from tests.samples.pages import APP, choose, html, open_page, rows, title
from tests.samples.readers import READERS, seen_by, simulated


@pytest.fixture(scope="module")
def marts(tmp_path_factory) -> Path:
    return simulated(tmp_path_factory.mktemp("analyses"), 4_000)


@pytest.fixture
def app(marts, monkeypatch) -> AppTest:
    monkeypatch.setenv("ADASS_MARTS", str(marts))
    return AppTest.from_file(str(APP), default_timeout=60)


@pytest.fixture
def files(monkeypatch) -> dict[str, list[list[str]]]:
    """What each button of a page would download: CSV read as a spreadsheet would, of workbooks the first two letters."""
    found = {}

    def keep(_label, data, name, *_, **__) -> bool:
        if callable(data):
            assert data().startswith(b"PK")
        else:
            found[name] = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=";"))
        return False

    monkeypatch.setattr(st, "download_button", keep)
    return found


def query(app: AppTest) -> str:
    """The statement that the page shows; nothing where it shows none."""
    return "".join(re.findall("<pre>(.*?)</pre>", html(app), re.DOTALL))


# --- croiser ---


def test_a_crossing_shows_what_the_engine_counts_and_gives_its_files(app, marts, files):
    open_page(app, croiser.PATH)
    page = choose(app, "mesure", "Accompagnements clôturés en succès")
    edition = published.current(marts)
    answer = cross(edition, Question("clotures.taux_succes", ("tranche_age", "type_accompagnement"), 2024))
    for n, d, value in answer.table.select("numerateur", "denominateur", "valeur").iter_rows():
        assert part(value) in page
        assert nombre(d) in page
        assert n <= d
    exported = files["adass_clotures-taux_succes_tranche_age_type_accompagnement_FR_ensemble_2024.csv"]
    assert exported[0] == answer.table.columns
    assert len(exported) == 1 + answer.table.height
    assert "SELECT" in query(app)
    assert "Wilson" in page


def test_three_dimensions_and_a_filter_are_asked_in_the_page(app):
    open_page(app, croiser.PATH)
    choose(app, "lignes", "Motif de clôture")
    choose(app, "colonnes", "Famille de détecteur")
    choose(app, "puis", "Type d'accompagnement")
    page = choose(app, "filtre1", "Sexe")
    assert page.count('scope="colgroup"') >= 2
    app.multiselect(key="valeurs1-sexe").set_value(["F"]).run()
    assert not app.exception
    assert "Sexe\xa0: Femmes" in html(app) or "Sexe\xa0: Femme" in html(app)
    assert "sexe IN ('F')" in query(app)


def test_many_groups_are_a_list_and_a_count_says_its_largest(app):
    open_page(app, croiser.PATH)
    choose(app, "mesure", "Accompagnements clôturés")
    page = choose(app, "colonnes", "Organisme")
    assert "adass-pivot" not in page
    assert "du total" in title(app)


def test_years_are_crossed_over_all_of_them(app):
    open_page(app, croiser.PATH)
    page = choose(app, "colonnes", "Année")
    assert "toutes les années" in page
    assert "annee_cloture IS NOT NULL" in query(app)


@pytest.mark.parametrize("role", READERS)
def test_a_crossing_stays_within_the_reader_s_scope(app, marts, role, monkeypatch):
    seen_by(role, monkeypatch)
    page = html(open_page(app, croiser.PATH))
    assert "detail." not in query(app)
    choose(app, "lignes", "Tranche d'âge")
    assert "ce croisement ne se donne pas" in title(app)
    assert "les lignes ne vous sont ouvertes" in html(app) or "que vous ne lisez pas ici" in html(app)
    assert page
    if role == "local":
        places = published.territories(published.current(marts, READERS[role]))
        page = choose(app, "territoire", next(t.label for t in places if t.code == "311"))
        assert "organisme = '311'" in query(app)
        assert "n'ouvre qu'aux statisticiens" in page


# --- pourquoi ---


def test_a_gap_is_taken_apart_by_what_explains_it_most_or_by_a_chosen_dimension(app, marts, files):
    page = html(open_page(app, pourquoi.PATH))
    assert "Ce que chaque dimension explique" in page
    page = choose(app, "decompose", "Sexe")
    answer = explain(published.current(marts), *between_years("clotures.taux_succes", ("sexe",), 2023, 2024))
    assert points(answer.gap) in page
    assert page.count('class="row ') == answer.table.height + 2  # the composition, and the whole
    exported = files["adass_pourquoi_clotures-taux_succes_sexe_FR_ensemble_2024.csv"]
    assert exported[0] == answer.table.columns
    assert "UNION ALL" in query(app)


def test_a_place_is_set_against_another_and_a_count_has_no_composition(app, marts):
    open_page(app, pourquoi.PATH)
    place = next(t.label for t in published.territories(published.current(marts)) if t.code == "76")
    choose(app, "territoire", place)
    choose(app, "decompose", "Sexe")
    page = choose(app, "face_a", "France")
    assert "face à France" in page
    choose(app, "mesure", "Accompagnements clôturés")
    page = choose(app, "face_a", "2023")
    assert "Composition</span>" not in page
    assert "Écart total" in page


@pytest.mark.parametrize("role", READERS)
def test_what_a_reader_may_not_see_is_not_explained(app, role, monkeypatch):
    seen_by(role, monkeypatch)
    open_page(app, pourquoi.PATH)
    assert "detail." not in query(app)
    choose(app, "decompose", "Tranche d'âge")
    assert "ne s'explique pas ici" in title(app)
    assert query(app) == ""


# --- comparer ---


def test_territories_are_compared_as_the_engine_does_and_put_side_by_side(app, marts, files):
    page = html(open_page(app, comparer.PATH))
    answer = compare(published.current(marts), "clotures.taux_succes", 2024)
    apart = answer.table.filter(answer.table["signal"] != "").height
    assert ("aucune caisse ne se distingue" in title(app)) == (apart == 0)
    assert len(rows(app, "Territoires, ceux qui se distinguent d'abord")) == min(answer.table.height, 100)
    assert "≈" in page
    codes = answer.table["territoire"].to_list()[:3]
    app.multiselect(key="cote_a_cote").set_value(codes).run()
    assert html(app).count('class="row ') == 3
    exported = files["adass_comparer_clotures-taux_succes_organisme_2024_ensemble.csv"]
    assert exported[0] == answer.table.columns
    choose(app, "niveau", "Régions")
    assert "région" in title(app)


@pytest.mark.parametrize("role", READERS)
def test_whoever_has_no_rows_compares_what_is_published_without_adjustment(app, role, monkeypatch):
    seen_by(role, monkeypatch)
    open_page(app, comparer.PATH)
    assert "detail." not in query(app)
    assert "il faut toutes les lignes" in app.multiselect[0].placeholder
