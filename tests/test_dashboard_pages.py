"""Every page runs, on any scope, without a browser."""

from html import unescape
from pathlib import Path

import pytest
from dashboard_sample import publish
from streamlit.testing.v1 import AppTest

from dashboards.slides import SLIDES
from schemas.publics import PUBLICS

APP = Path(__file__).parents[1] / "dashboards" / "app.py"
FILTERS = ["Année", "Territoire", "Public", "Comparer avec"]


@pytest.fixture(scope="module")
def marts(tmp_path_factory) -> Path:
    return publish(tmp_path_factory.mktemp("marts"))


@pytest.fixture
def app(marts, monkeypatch) -> AppTest:
    monkeypatch.setenv("ADASS_MARTS", str(marts))
    return AppTest.from_file(str(APP), default_timeout=30)


def html(app: AppTest) -> str:
    found = []

    def walk(block):
        for child in block.children.values():
            if hasattr(child, "children"):
                walk(child)
            elif child.type == "html":
                found.append(child.proto.body)

    walk(app.main)
    return unescape("\n".join(found))


def open_page(app: AppTest, path: str) -> AppTest:
    """Run the page at an address. Streamlit's own `switch_page` knows files only, not pages that are functions."""
    from streamlit.util import calc_hash

    app._page_hash = calc_hash(path)
    app.run()
    assert not app.exception, app.exception
    return app


def test_the_first_page_says_what_every_slide_finds(app):
    app.run()
    assert not app.exception
    assert "<h1>L'essentiel</h1>" in html(app)
    assert [s.label for s in app.selectbox] == FILTERS
    assert [s.value for s in app.selectbox[:2]] == [2024, "France"]
    assert html(app).count("adass-sentence") >= len(SLIDES)


@pytest.mark.parametrize("slide", SLIDES, ids=lambda s: s.id)
def test_a_page_draws_its_slide(app, slide):
    page = html(open_page(app, slide.path))
    assert f"{slide.id} · {slide.title}" in page
    assert "<h1>" in page
    assert "Données synthétiques" in page
    assert "Source" in page
    assert page.count("adass-key") >= len(slide.keys)


@pytest.mark.parametrize("slide", SLIDES, ids=lambda s: s.id)
def test_a_page_stands_any_choice(app, slide):
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
    assert app.selectbox(key="comparaison").options == ["Année précédente", "Ensemble des assurés", "France", "Aucune"]
    for other in ("France", "Ensemble des assurés", "Aucune"):
        app.selectbox(key="comparaison").set_value(other)
        app.run()
        assert not app.exception
        assert ("comparaison" in html(app)) == (other != "Aucune")


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
