"""Every page runs, on any scope, without a browser."""

import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboards import formats
from dashboards.slides.sections import SLIDES
from schemas.publics import PUBLICS
from tests.samples.dashboard import publish
from tests.samples.pages import APP, choose, elements, html, open_page, raw_html

FILTERS = ["Année", "Région", "Territoire", "Public", "Comparer avec"]


@pytest.fixture(scope="module")
def marts(tmp_path_factory) -> Path:
    return publish(tmp_path_factory.mktemp("marts"))


@pytest.fixture
def app(marts, monkeypatch) -> AppTest:
    monkeypatch.setenv("ADASS_MARTS", str(marts))
    return AppTest.from_file(str(APP), default_timeout=30)


def test_the_plan_of_the_deck_says_what_every_slide_finds(app):
    open_page(app, "diaporama")
    assert "<h1>Le diaporama" in html(app)
    assert [s.label for s in app.selectbox] == FILTERS
    assert [s.value for s in app.selectbox[:3]] == [2024, "Toutes", "France"]
    links = [link.proto for link in elements(app.main, "page_link")]
    assert [link.page for link in links] == [slide.path for slide in SLIDES]
    for slide, link in zip(SLIDES, links, strict=True):
        name, finding = link.label.split("** ")
        assert name == f"**{slide.id} · {slide.title}"
        assert len(finding) > 10
    assert "Les détections augmentent" in links[0].label


@pytest.mark.parametrize("slide", SLIDES, ids=lambda s: s.id)
def test_a_page_draws_its_slide(app, slide):
    page = html(open_page(app, slide.path))
    assert formats.prose(f"{slide.id} · {slide.title}") in page
    assert "<h1>" in page
    assert "Données synthétiques" in page
    assert "Source" in page
    assert page.count("adass-key") >= len(slide.keys)


@pytest.mark.parametrize("slide", [s for s in SLIDES if not (s.public or s.local)], ids=lambda s: s.id)
def test_a_page_stands_any_choice(app, slide):
    if not slide.source:
        assert not open_page(app, slide.path).selectbox
        return
    open_page(app, slide.path)
    for year in (2023, 2025, 2024):
        app.selectbox(key="annee").set_value(year)
        app.run()
        assert not app.exception
    for place in ("Hauts-de-France (région)", "CPAM de l'Aisne", "CPAM de l'Ain"):
        app.selectbox(key="territoire").set_value(place)
        app.run()
        assert not app.exception
    app.selectbox(key="public").set_value(PUBLICS[-1])
    app.run()
    assert not app.exception
    assert app.selectbox(key="comparaison").options == [
        "Année précédente", "Ensemble des assurés", "France", "Un autre territoire", "Aucune",
    ]  # fmt: skip
    for other in ("France", "Ensemble des assurés", "Un autre territoire", "Aucune"):
        app.selectbox(key="comparaison").set_value(other)
        app.run()
        assert not app.exception
        assert ("comparaison" in html(app)) == (other != "Aucune")


@pytest.mark.parametrize("slide", [s for s in SLIDES if s.public], ids=lambda s: s.id)
def test_a_page_about_one_public_does_not_let_it_be_chosen(app, slide):
    open_page(app, slide.path)
    label = next(p.label for p in PUBLICS if p.code == slide.public)
    fixed = [s for s in app.selectbox if s.label == "Public"]
    assert [(s.disabled, s.options) for s in fixed] == ([(True, [label])] if slide.source == "bali" else [])
    for place in ("Hauts-de-France (région)", "CPAM de l'Ain"):
        assert place.removesuffix(" (région)") in choose(app, "territoire", place)
    choose(app, "annee", "2023")
    if slide.compares:
        key = "comparaison" if slide.beside == "annee" else "comparaison_profil"
        assert "comparaison\xa0: France" in choose(app, key, "France")
    else:
        assert "Comparer avec" not in [s.label for s in app.selectbox]


@pytest.mark.parametrize("slide", [s for s in SLIDES if s.local], ids=lambda s: s.id)
def test_the_local_report_offers_the_caisses_that_gave_files(app, slide):
    open_page(app, slide.path)
    assert app.selectbox(key="caisse").options == ["CPAM de l'Ain"]
    years = app.selectbox(key="annee" if slide.source == "bali" else "exercice").options
    assert years == (["2025 (incomplète)", "2024", "2023"] if slide.source == "bali" else ["2022", "2021"])
    assert (
        "2023" in choose(app, "annee", "2023") if slide.source == "bali" else "2021" in choose(app, "exercice", "2021")
    )


def test_a_caisse_without_files_is_told_so(app):
    choose(open_page(app, "a1"), "territoire", "CPAM de l'Aisne")
    page = html(open_page(app, "l1"))
    assert "CPAM de l'Aisne n'a déposé aucun fichier d'action sociale" in page
    assert "CPAM de l'Ain" in page


def test_no_caisse_gave_files(tmp_path, monkeypatch):
    marts = publish(tmp_path, local=False)
    monkeypatch.setenv("ADASS_MARTS", str(marts))
    app = open_page(AppTest.from_file(str(APP), default_timeout=30), "l1")
    assert "Aucune caisse n'a déposé de fichiers d'action sociale" in html(app)


def test_choices_outlive_a_page_that_has_them_not(app):
    choose(open_page(app, "a1"), "public", "Dispositif HELP")
    choose(app, "territoire", "CPAM de l'Ain")
    open_page(app, "b1")
    open_page(app, "c1")
    page = html(open_page(app, "a2"))
    assert "Dispositif HELP" in page
    assert "CPAM de l'Ain" in page


def test_a_place_chosen_to_compare_with_is_kept_where_pages_open_beside_another(app):
    open_page(app, "diaporama")
    choose(app, "territoire", "CPAM de l'Ain")
    choose(app, "comparaison", "France")
    told = {link.proto.page: link.proto.label for link in elements(app.main, "page_link")}
    open_page(app, "c3")
    assert app.selectbox(key="comparaison_profil").value == "France"
    assert formats.literal(formats.prose(headline(app))) in told["c3"]
    choose(app, "comparaison_profil", "Aucune")
    open_page(app, "a7")
    assert app.selectbox(key="comparaison").value == "Aucune"
    choose(app, "comparaison", "Année précédente")
    open_page(app, "c3")
    assert app.selectbox(key="comparaison_profil").value == "Ensemble des assurés"


def headline(app: AppTest) -> str:
    return re.search("<h1>(.*?)</h1>", html(app))[1]


def test_an_incomplete_year_is_marked_and_never_compared(app):
    open_page(app, "a7")
    app.selectbox(key="annee").set_value(2025)
    app.run()
    page = html(app)
    assert "L'année 2025 est incomplète" in page
    assert "en un an" not in page
    assert app.selectbox(key="annee").options[0] == "2025 (incomplète)"
    assert app.selectbox(key="comparaison").options == ["Aucune"]


def test_real_data_have_no_banner(tmp_path, monkeypatch):
    monkeypatch.setenv("ADASS_MARTS", str(publish(tmp_path, synthetic=False)))
    app = AppTest.from_file(str(APP), default_timeout=30).run()
    assert "Données synthétiques" not in html(app)


def test_a_new_vintage_is_shown_at_the_next_run(tmp_path, monkeypatch):
    marts = publish(tmp_path)
    monkeypatch.setenv("ADASS_MARTS", str(marts))
    app = open_page(AppTest.from_file(str(APP), default_timeout=30), "a1")
    assert '<div class="value">44\u202f000</div>' in html(app)
    publish(marts, "2025-02-01_10-00-00", growth=2)
    app.run()
    assert '<div class="value">88\u202f000</div>' in html(app)
    assert '<div class="value">44\u202f000</div>' not in html(app)
    assert "2025-02-01_10-00-00" in html(app)
    assert "2025-01-21_10-00-00" not in html(app)


def test_nothing_published_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setenv("ADASS_MARTS", str(tmp_path))
    app = AppTest.from_file(str(APP), default_timeout=30).run()
    assert not app.exception
    (message,) = [m.value for m in app.markdown]
    assert "Rien n'est encore publié" in message
    assert "adass refresh" in message


def test_a_file_of_another_kind_is_named_without_a_trace(tmp_path, monkeypatch):
    (tmp_path / "adass.duckdb").write_bytes(b"not a database at all" * 1000)
    monkeypatch.setenv("ADASS_MARTS", str(tmp_path))
    app = AppTest.from_file(str(APP), default_timeout=30).run()
    assert not app.exception
    assert "ne peut pas être lu" in app.markdown[0].value


def comment(app: AppTest, name: str, text: str) -> str:
    """Send the form of the page; gives the page after."""
    labelled(app.text_input, "Votre nom").set_value(name)
    labelled(app.text_area, "Commentaire").set_value(text)
    labelled(app.button, "Publier le commentaire").click()
    app.run()
    assert not app.exception, app.exception
    return html(app)


def labelled(widgets, label: str):
    (found,) = [w for w in widgets if w.label == label]
    return found


@pytest.fixture
def own_app(tmp_path, monkeypatch) -> AppTest:
    """An app on a folder of its own, that may be written to."""
    monkeypatch.setenv("ADASS_MARTS", str(publish(tmp_path)))
    return AppTest.from_file(str(APP), default_timeout=30)


def test_a_comment_is_shown_where_it_was_written_and_nowhere_else(own_app):
    app = open_page(own_app, "a7")
    assert "Commentaires" not in html(app)
    page = comment(app, "Camille Roux", "Deux lignes\n<img src=x onerror=alert(1)> **gras**")
    assert "<b>Camille Roux</b>" in page
    assert "Deux lignes\n<img src=x onerror=alert(1)> **gras**" in page
    assert labelled(app.text_input, "Votre nom").value == "Camille Roux"
    assert labelled(app.text_area, "Commentaire").value == ""
    for key, elsewhere, here in (
        ("annee", "2023", "2024"),
        ("territoire", "CPAM de l'Ain", "France"),
        ("public", "Dispositif HELP", "Ensemble des assurés"),
    ):
        assert "Deux lignes" not in choose(app, key, elsewhere)
        assert "Deux lignes" in choose(app, key, here)
    assert "Deux lignes" not in html(open_page(app, "a8"))


def test_markup_in_a_comment_is_escaped(own_app):
    comment(open_page(own_app, "a7"), "<i>Nom</i>", "<script>alert(1)</script>")
    (written,) = [b for b in raw_html(own_app) if "adass-comment" in b]
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in written
    assert "<i>" not in written


def test_a_comment_that_cannot_be_kept_says_why_and_is_not_lost(own_app):
    app = open_page(own_app, "a7")
    assert "Le commentaire est vide." in comment(app, "Camille Roux", "   ")
    assert "Écrivez votre nom." in comment(app, "", "Un texte")
    assert labelled(app.text_area, "Commentaire").value == "Un texte"
    page = comment(app, "Camille Roux", "Un texte")
    assert "Écrivez votre nom." not in page
    assert "Un texte" in page


def test_an_author_withdraws_a_comment(own_app):
    app = open_page(own_app, "a7")
    comment(app, "Camille Roux", "À retirer")
    labelled(app.button, "Retirer ce commentaire").click()
    app.run()
    assert "À retirer" not in html(app)
    comment(app, "Dominique Petit", "Reste")
    comment(app, "Camille Roux", "Un autre")
    assert [b.label for b in app.button].count("Retirer ce commentaire") == 1


def test_a_folder_whose_comments_cannot_be_read_still_shows_its_slides(own_app, tmp_path):
    (tmp_path / "commentaires.sqlite").write_bytes(b"autre chose" * 100)
    page = html(open_page(own_app, "a7"))
    assert "Les commentaires ne peuvent pas être lus" in page
    assert "<h1>" in page
