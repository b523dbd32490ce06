"""The pages of structures and of a caisse, run without a browser on what a refresh publishes of invented exports."""

import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboards.access.roles import Access
from dashboards.analysis import partners, verdicts
from dashboards.analysis.partners import FAMILY, OTHERS, YEAR
from dashboards.analysis.verdicts import Verdict
from dashboards.formats import nombre, part
from dashboards.published import partners as given
from dashboards.published import reading as published
from dashboards.views.analyses import structures
from pipelines.refresh import refresh
from pipelines.simulation.generic import simulate
from schemas.indicators.indicator import PART
from tests.samples.pages import APP, choose, html, open_page, rows

READERS = {
    "regional": Access("regional", "region", "76"),
    "local": Access("local", "organisme", "311"),
    "diffusion": Access("diffusion"),
}
LIST = "Structures, celles qui détectent le plus d'abord"


@pytest.fixture(scope="module")
def marts(tmp_path_factory) -> Path:
    place = tmp_path_factory.mktemp("structures")
    simulate(place / "raw", years=[2023, 2024], accompaniments=12_000, seed=7)
    refresh(place / "raw", place / "marts", quiet=True)
    return place / "marts"


@pytest.fixture
def app(marts, monkeypatch) -> AppTest:
    monkeypatch.setenv("ADASS_MARTS", str(marts))
    return AppTest.from_file(str(APP), default_timeout=60)


def title(app: AppTest) -> str:
    return re.search("<h1>(.*?)</h1>", html(app))[1]


def seen_by(role: str, monkeypatch) -> None:
    monkeypatch.setattr("dashboards.access.login.whoever", lambda: READERS[role])
    monkeypatch.setattr("dashboards.access.login.sign", lambda _: None)


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
