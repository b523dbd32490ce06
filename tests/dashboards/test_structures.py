"""The pages of structures and of a caisse, run without a browser on what a refresh publishes of invented exports."""

from datetime import date
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboards.analysis import partners, verdicts
from dashboards.analysis.partners import FAMILY, OTHERS, YEAR
from dashboards.analysis.verdicts import Verdict
from dashboards.figures import standing
from dashboards.formats import nombre, part
from dashboards.published import partners as given
from dashboards.published import reading as published
from dashboards.published.completeness import Delivered
from dashboards.views.analyses import caisse, structures
from schemas.indicators.indicator import PART
from tests.samples.pages import APP, choose, html, open_page, rows, title
from tests.samples.readers import READERS, seen_by, simulated

LIST = "Structures, celles qui détectent le plus d'abord"


@pytest.fixture(scope="module")
def marts(tmp_path_factory) -> Path:
    return simulated(tmp_path_factory.mktemp("structures"), 12_000)


@pytest.fixture
def app(marts, monkeypatch) -> AppTest:
    monkeypatch.setenv("ADASS_MARTS", str(marts))
    return AppTest.from_file(str(APP), default_timeout=60)


def first(edition) -> given.Line:
    """The structure that detects most in France."""
    return given.ranking(edition, 2024, "national", "FR")[0]


# --- figures ---


@pytest.mark.parametrize("against", [YEAR, FAMILY, OTHERS])
def test_a_sheet_says_what_its_rows_say_and_what_it_is_set_beside(marts, against):
    edition = published.current(marts)
    france, line = published.territories(edition)[0], first(edition)
    sheet = partners.sheet(edition, line.structure, 2024, france, against)
    care = next(m for m in sheet.marks if m.measure.id == partners.CARE)
    assert care.now.denominator == line.accompagnements
    assert care.now.value == pytest.approx(line.part_soins)
    families = {
        YEAR: "annee_detection = 2023 AND structure = {s}", OTHERS: "annee_detection = 2024 AND externe",
        FAMILY: "annee_detection = 2024 AND famille_detecteur = {f}",
    }[against].format(s=f"'{line.structure}'", f=f"'{sheet.family}'")  # fmt: skip
    rest = "externe" if against == YEAR else f"structure IS DISTINCT FROM '{line.structure}'"
    (other,) = published.query(
        edition,
        "SELECT COUNT(*) AS n, COUNT_IF(type_accompagnement = 'SOINS') AS k FROM detail.accompagnements "
        f"WHERE {families} AND {rest}",
    )
    assert care.other
    assert (care.other.numerator, care.other.denominator) == (other["k"], other["n"])
    judged = verdicts.of_shares(care.now.numerator, care.now.denominator, other["k"], other["n"])
    assert care.verdict == judged
    assert sum(m.now.numerator for m in sheet.motifs) == sheet.motifs[0].now.denominator
    in_2024 = sheet.months.filter(sheet.months["annee"] == 2024)
    assert in_2024["numerateur"].sum() == line.accompagnements
    assert sheet.table.height == len(sheet.marks) + len(sheet.motifs)


def test_many_changes_are_held_at_five_per_cent_of_false_ones():
    strong, weak = Verdict(0.3, PART, True, 1e-6), Verdict(0.05, PART, True, 0.009)
    nothing = {f"s{k}": Verdict(0.0, PART, False, 0.5 + k / 200) for k in range(90)}
    assert partners.kept({"a": strong, "b": weak}) == {"a", "b"}
    assert partners.kept({"a": strong, "b": weak, **nothing}) == {"a"}
    assert partners.kept({"a": Verdict(0.3, PART, True, 1e-6, small=True)}) == frozenset()
    assert partners.kept({}) == frozenset()


def test_saisines_change_where_caisse_after_caisse_says_so():
    before = {f"{k}": 20 + k for k in range(12)}
    up = {code: round(1.5 * n) for code, n in before.items()}
    assert partners.of_saisines(up, before).mark == "▲"
    assert partners.of_saisines(before, before).mark == "≈"
    assert partners.of_saisines({"1": 8}, {"1": 4}).small
    assert partners.of_saisines(up, {}) is None


# --- the ranking ---


def test_the_ranking_lists_every_structure_and_searches_it(app, marts):
    page = html(open_page(app, structures.PATH))
    edition = published.current(marts)
    lines = given.ranking(edition, 2024, "national", "FR")
    assert f"{nombre(len(lines))}\xa0structures" in title(app)
    assert len(rows(app, LIST)) == min(len(lines), 100)
    assert "marts.structures" in page
    app.text_input(key="cherche").set_value("france travail").run()
    found = rows(app, LIST)
    assert found
    assert all("France Travail" in line[1] for line in found)
    assert f'href="{structures.PATH}?structure=France+Travail&amp;annee=2024&amp;territoire=France"' in "".join(
        e for e in [html(app).replace("&annee", "&amp;annee").replace("&terr", "&amp;terr")]
    )
    app.text_input(key="cherche").set_value("rien de tel").run()
    assert "Aucune structure ne correspond" in html(app)


# --- the sheet ---


def test_a_name_leads_to_its_sheet(app, marts):
    open_page(app, structures.PATH)
    page = choose(app, "structure", "France Travail")
    line = given.standing(published.current(marts), "FRANCE TRAVAIL", 2024)[2024, "national", "FR"]
    assert title(app).startswith("France Travail")
    assert nombre(line.accompagnements) in page
    assert part(line.part_soins) in page
    assert "Motifs de clôture" in page
    assert "Délais" in page
    assert 'class="adass-squares"' in page
    assert len(rows(app, "Caisses, celles qui ont le plus de saisines d'abord")) == line.organismes
    assert "n. c." not in page
    assert "Wilcoxon" in page
    assert choose(app, "face", "2023").count("2023") > 3


def test_the_sheet_of_a_partner_without_saisine_says_so(app, marts):
    edition = published.current(marts)
    met = {line.structure for line in given.ranking(edition, 2024, "national", "FR")}
    silent = next(n for n in given.names(edition) if n not in met)
    open_page(app, structures.PATH)
    page = choose(app, "structure", given.label(edition, silent))
    assert "aucune saisine en 2024" in title(app)
    assert "Part de soins</span>" not in page


@pytest.mark.parametrize("role", READERS)
def test_a_sheet_stays_within_the_reader_s_scope(app, marts, role, monkeypatch):
    seen_by(role, monkeypatch)
    open_page(app, structures.PATH)
    page = choose(app, "structure", "France Travail")
    assert "que vous ne lisez pas pour ce territoire" in page
    assert "detail." not in page
    hidden = [
        line for line in rows(app, "Caisses, celles qui ont le plus de saisines d'abord") if "protégé" in line[-1]
    ]
    assert hidden
    if role == "local":
        edition = published.current(marts, READERS[role])
        place = next(t.label for t in published.territories(edition) if t.code == "311")
        exact = given.ranking(published.current(marts), 2024, "organisme", "311")[0]
        choose(app, "structure", given.label(edition, exact.structure))
        page = choose(app, "territoire", place)
        assert "que vous ne lisez pas" not in page
        assert nombre(exact.accompagnements) in page
        assert given.standing(edition, exact.structure, 2024)[2024, "organisme", "311"] == exact


# --- the page of a caisse ---


def caisse_of(edition, code: str):
    return next(t for t in published.territories(edition) if (t.niveau, t.code) == ("organisme", code))


def test_a_caisse_is_ranked_and_judged_among_all(marts):
    edition = published.current(marts)
    place = caisse_of(edition, "311")
    every = [m for of in standing.marks(edition, place, 2024).values() for m in of]
    success = next(m for m in every if m.indicator.id == "clotures.taux_succes")
    values = published.across(edition, ("clotures.taux_succes",), 2024, "organisme")
    own = values["311"]["clotures.taux_succes"][""].valeur
    assert success.cell.valeur == own
    assert success.rank == 1 + sum(v["clotures.taux_succes"][""].valeur > own for v in values.values())
    assert len(success.like) == standing.LIKE
    assert success.rank_among_like <= success.many_like == standing.LIKE + 1
    assert success.since is not None
    assert success.region.valeur is not None
    assert success.national.valeur is not None


def test_those_of_about_the_same_size_are_the_nearest_in_proportion():
    counts = {"a": 100.0, "b": 90.0, "c": 200.0, "d": 50.0, "e": 1000.0}
    assert standing.size_like(counts, "a", 1) == {"b"}
    assert standing.size_like(counts, "a", 3) == {"b", "c", "d"}
    assert standing.size_like(counts, "x") == frozenset()


def test_a_caisse_without_all_of_its_year_is_neither_ranked_nor_judged(marts, monkeypatch):
    edition = published.current(marts)
    place = caisse_of(edition, "311")
    until = Delivered(date(2024, 1, 2), date(2024, 9, 30), complete=False)
    monkeypatch.setattr("dashboards.published.completeness.of_year", lambda *_: {"311": until})
    every = [m for of in standing.marks(edition, place, 2024).values() for m in of if m.indicator.source == "bali"]
    assert {(m.rank, m.rank_among_like, m.signal, m.since) for m in every} == {(None, None, "", None)}


def test_the_page_of_a_caisse_has_its_figures_signals_and_completeness(app, marts):
    open_page(app, caisse.PATH)
    edition = published.current(marts)
    place = caisse_of(edition, "311")
    page = choose(app, "caisse", place.label)
    assert title(app).startswith(place.label)
    assert "année livrée en entier" in page
    assert "n'est pas calculé" not in page
    assert "Ce qui n'est pas ordinaire" in page
    cell = published.cells(edition, published.Scope(2024, "organisme", "311"))["clotures.taux_succes"][""]
    found = {line[0]: line for line in rows(app, "Chiffres de la caisse, de sa région et de la France")}
    assert found["Accompagnements clôturés en succès"][1] == part(cell.valeur)
    assert len(rows(app, "Structures qui adressent le plus d'assurés à la caisse")) == 10


def test_the_survey_says_which_conventions_a_caisse_has_and_which_partners_send_nobody(app, marts, monkeypatch):
    edition = published.current(marts)
    label = caisse_of(edition, "311").label
    found = (given.Partner("CAF", 1, 1), given.Partner("EMMAUS", 0, 1))
    monkeypatch.setattr(published, "years", lambda *_: {2024: True, 2023: True})
    monkeypatch.setattr(given, "partners", lambda *_: found)
    open_page(app, caisse.PATH)
    assert "n'a pas répondu à l'enquête" in choose(app, "caisse", label)
    across = published.across
    answers = {"311": {"enquete.repondants": {"": published.Cell(1.0)}}}
    monkeypatch.setattr(
        published,
        "across",
        lambda e, names, *rest: answers if names[0].startswith("enquete") else across(e, names, *rest),
    )
    page = html(app.run())
    assert "Conventions déclarées\xa0: Caf." in page
    assert "Sans convention\xa0: Emmaüs." in page
    monkeypatch.setattr(given, "partners", lambda *_: ())
    assert "Ses conventions ne sont pas connues" in html(app.run())
    silent = given.Partner("UDAF", 12, 20)
    monkeypatch.setattr(given, "partners", lambda *_: (silent,))
    open_page(app, structures.PATH)
    assert rows(app, "Partenaires sans saisine")[0][1:] == ["12", "20"]


def test_a_caisse_that_stopped_says_until_when_it_delivered(app, marts, monkeypatch):
    until = Delivered(date(2024, 1, 2), date(2024, 9, 30), complete=False)
    monkeypatch.setattr("dashboards.published.completeness.of_year", lambda *_: {"311": until})
    open_page(app, caisse.PATH)
    page = choose(app, "caisse", caisse_of(published.current(marts), "311").label)
    assert "livré jusqu'au 30\xa0septembre 2024" in title(app)
    assert "ni rang, ni signal" in page
    page = choose(app, "caisse", caisse_of(published.current(marts), "751").label)
    assert "rien n'est livré pour 2024" in title(app)
    assert 'class="value"' not in page


@pytest.mark.parametrize("role", READERS)
def test_a_caisse_shows_a_reader_what_the_file_for_diffusion_has_and_its_own(app, marts, role, monkeypatch):
    seen_by(role, monkeypatch)
    open_page(app, caisse.PATH)
    edition = published.current(marts, READERS[role])
    page = choose(app, "caisse", caisse_of(edition, "751").label)
    assert "seuls les lecteurs des chiffres exacts" in page
    assert "petit effectif protégé" in page
    assert "detail." not in page
    page = choose(app, "caisse", caisse_of(edition, "311").label)
    assert ("seuls les lecteurs des chiffres exacts" in page) == (role == "diffusion")
    assert ("petit effectif protégé" in page) == (role == "diffusion")
