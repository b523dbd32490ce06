"""What a reader finds from any page, and what one of another scope does not."""

import re
from html import unescape
from pathlib import Path

import duckdb
import pytest
from streamlit.testing.v1 import AppTest

from dashboards.access.roles import Access
from dashboards.published import reading as published
from dashboards.slides.sections import SLIDES
from dashboards.views import found, menu, searching
from dashboards.views.found import DEFINITION, INDICATOR, PAGE, SLIDE, STRUCTURE
from tests.samples.access import publish_for_roles
from tests.samples.dashboard import publish
from tests.samples.pages import APP, choose, html, open_page

READERS = {
    "national": Access("national"),
    "regional": Access("regional", "region", "84"),
    "local": Access("local", "organisme", "011"),
    "diffusion": Access("diffusion"),
}
PARTNER = "ASSOCIATION PARTENAIRE"  # of the survey, which detects nothing
FRANCE, AIN, RHONE = "ASSOCIATION DE FRANCE", "ASSOCIATION DE L'AIN", "ASSOCIATION DU RHONE"
SEEN = {
    "national": {FRANCE, AIN, RHONE, PARTNER},
    "regional": {FRANCE, AIN, RHONE, PARTNER},
    "local": {FRANCE, AIN, PARTNER},
    "diffusion": {FRANCE, PARTNER},
}


@pytest.fixture(scope="module")
def marts(tmp_path_factory) -> Path:
    return publish(tmp_path_factory.mktemp("marts"))


@pytest.fixture
def edition(marts) -> published.Edition:
    return published.current(marts)


@pytest.fixture
def app(marts, monkeypatch) -> AppTest:
    monkeypatch.setenv("ADASS_MARTS", str(marts))
    return AppTest.from_file(str(APP), default_timeout=30)


def first(edition, words: str) -> tuple[str, str]:
    one = found.search(edition, words)[0]
    return one.kind, one.name


@pytest.mark.parametrize(
    ("words", "kind", "name"),
    [
        ("croiser", PAGE, "Croiser"),
        ("tableau croise", PAGE, "Croiser"),
        ("cpam de l'ain", "Caisse", "CPAM de l'Ain"),
        ("AIN cpam", "Caisse", "CPAM de l'Ain"),
        ("cpam 01", "Caisse", "CPAM de l'Ain"),
        ("hauts de france", "Région", "Hauts-de-France"),
        ("creic", DEFINITION, "CREIC"),
        ("non pertinents", DEFINITION, "Non pertinent"),
        ("cloture succes", INDICATOR, "Accompagnements clôturés en succès"),
        ("a7", SLIDE, "A7 · Clôtures"),
    ],
)
def test_the_nearest_name_comes_first(edition, words, kind, name):
    assert first(edition, words) == (kind, name)


@pytest.mark.parametrize("words", ["", "   ", "zzz", "()*", "'", "x" * 5000])
def test_what_is_not_there_is_not_found(edition, words):
    assert found.search(edition, words) == ()


def test_a_word_is_not_found_within_another(edition):
    assert found.search(edition, "pam") == ()
    assert found.search(edition, "roiser") == ()


def test_everything_that_can_be_found_leads_to_a_page(edition):
    for words in ("a", "de", "c", "l", "p", "e"):
        assert {f.path for f in found.search(edition, words)} <= set(menu.ADDRESSES)


@pytest.mark.parametrize("path", ["", "a1", "croiser", "territoires", "reperes"])
def test_the_box_is_on_every_page(app, path):
    if path:
        open_page(app, path)
    else:
        app.run()
    assert "Accompagnements clôturés en succès" in results(app, "clotures succes")
    assert not app.exception
    assert results(app, "zzz") == {}
    assert re.search(r"Rien ne correspond à «.zzz.»\.", html(app))


def results(app: AppTest, words: str) -> dict[str, str]:
    """The address of each name that is found."""
    (box,) = (b for b in app.text_input if b.label == searching.LABEL)
    box.set_value(words)
    app.run()
    return {unescape(name): unescape(to) for to, name in re.findall(r'<a href="([^"]*)".*?<b>(.*?)</b>', html(app))}


def test_what_is_found_keeps_the_choices_of_the_page(app):
    choose(open_page(app, "a7"), "annee", "2023")
    choose(app, "territoire", "CPAM de l'Ain")
    choose(app, "comparaison", "Aucune")
    kept = "annee=2023&territoire=CPAM+de+l%27Ain&comparaison=Aucune"
    assert results(app, "territoires")["Territoires"] == f"/territoires?{kept}"
    assert results(app, "cpam aisne")["CPAM de l'Aisne"] == (
        "/caisse?annee=2023&territoire=CPAM+de+l%27Aisne&comparaison=Aucune&caisse=CPAM+de+l%27Aisne"
    )
    assert results(app, "creic")["CREIC"].endswith("&recherche=CREIC")


def test_what_is_typed_stays_text(app):
    open_page(app, "a7")
    results(app, '<img src=x onerror="alert(1)">"')
    assert "<img" not in "\n".join(e.proto.body for e in app.get("html") if "adass-found" in e.proto.body)


@pytest.mark.parametrize("role", READERS)
def test_a_reader_finds_the_structures_of_which_it_reads_a_figure(tmp_path, role):
    marts = publish_for_roles(tmp_path)
    names = {"FR": FRANCE, "011": AIN, "691": RHONE}
    for file, known in (("adass.duckdb", 3), ("adass_diffusion.duckdb", None)):  # counts of France that hide two names
        path = (marts / file).resolve()
        path.chmod(0o600)
        with duckdb.connect(str(path)) as con:
            for code, name in names.items():
                con.execute("UPDATE marts.structures SET structure = ? WHERE territoire = ?", [name, code])
            for name in (AIN, RHONE):
                con.execute(
                    "INSERT INTO marts.structures SELECT * REPLACE (? AS structure, ?::BIGINT AS accompagnements) "
                    "FROM marts.structures WHERE territoire = 'FR' LIMIT 1",
                    [name, known],
                )
            con.execute(
                "INSERT INTO marts.conventions VALUES (2024, 'national', 'FR', 'ensemble', ?, 1, NULL, 0, NULL)",
                [PARTNER],
            )
    edition = published.Edition((marts / "adass_diffusion.duckdb").resolve(), 1, READERS[role])
    if role == "national":
        edition = published.Edition((marts / "adass.duckdb").resolve(), 2, READERS[role])
    elif READERS[role].partial:
        exact = published.Edition((marts / "adass.duckdb").resolve(), 2)
        edition = published.Edition(edition.path, 1, READERS[role], exact)
    every = [f for f in found.search(edition, "association") if f.kind == STRUCTURE]
    assert {(f.path, f.chosen) for f in every} == {("structures", (("structure", f.name),)) for f in every}
    shown = {f.name for f in every}
    assert shown == SEEN[role]


def test_slides_are_found_by_their_number(edition):
    for slide in SLIDES:
        assert first(edition, slide.id) == (SLIDE, f"{slide.id} · {slide.title}")
