"""The menu: few entries, every address, and the way from an entry to the pages behind it."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboards.access.roles import Access
from dashboards.published import reading as published
from dashboards.slides.sections import SLIDES
from dashboards.views import diaporama, essentiel, menu, qualite
from tests.samples.access import publish_for_roles
from tests.samples.pages import APP, elements, html, open_page
from tests.samples.views import CHECKS, publish_with_controls

MOST_ENTRIES = 16
OF_OLD = (
    "sommaire", "croiser", "comparer", "pourquoi", "territoires", "tendances", "qualite", "reconciliation", "coherence",
    "millesimes", "reperes", "sql", "adapter", *(slide.path for slide in SLIDES),
)  # fmt: skip


@pytest.fixture(scope="module")
def marts(tmp_path_factory) -> Path:
    return publish_with_controls(tmp_path_factory.mktemp("marts"))


@pytest.fixture
def app(marts, monkeypatch) -> AppTest:
    monkeypatch.setenv("ADASS_MARTS", str(marts))
    return AppTest.from_file(str(APP), default_timeout=30)


def links(app: AppTest) -> list[str]:
    return [link.proto.page for link in elements(app.main, "page_link")]


def test_the_menu_is_short_and_every_address_of_old_is_kept(marts):
    edition = published.current(marts)
    named = [entry.path for entry in menu.shown(edition)]
    assert len(named) <= MOST_ENTRIES
    assert named[:2] == [essentiel.PATH, diaporama.PATH]
    assert set(OF_OLD) <= set(menu.ADDRESSES)
    assert len(set(menu.ADDRESSES)) == len(menu.ADDRESSES)
    assert {entry.section for entry in menu.ENTRIES} == set(menu.SECTIONS)


def test_pages_have_names_of_their_own():
    titles = [*(entry.title for entry in menu.ENTRIES), *map(diaporama.named, SLIDES)]
    assert len(set(titles)) == len(titles)


def test_what_the_menu_does_not_name_is_reached_from_an_entry_that_it_names(marts):
    edition = published.current(marts)
    named = {entry.path for entry in menu.shown(edition)}
    for entry in menu.entries(edition):
        assert entry.path in named or entry.under in named


def test_the_plan_leads_to_every_slide(app):
    open_page(app, diaporama.PATH)
    assert links(app) == [slide.path for slide in SLIDES]


@pytest.mark.parametrize("place", [0, 7, len(SLIDES) - 1])
def test_a_slide_leads_to_the_plan_and_to_those_beside_it(app, place):
    open_page(app, SLIDES[place].path)
    near = [SLIDES[k].path for k in (place - 1, place + 1) if 0 <= k < len(SLIDES)]
    assert links(app)[: 1 + len(near)] == [diaporama.PATH, *near]


def test_a_check_leads_to_the_others(app):
    for view in CHECKS:
        open_page(app, view.PATH)
        assert links(app)[: len(CHECKS)] == [check.PATH for check in CHECKS]
        assert f"<h1>{view.TITLE}</h1>" in html(app)
    assert len(links(open_page(app, "reperes"))) == 0


@pytest.mark.parametrize("role", ["national", "statisticien", "regional", "local", "diffusion"])
def test_a_page_that_a_reader_may_not_open_is_in_no_menu(tmp_path, role):
    territory = {"regional": ("region", "84"), "local": ("organisme", "011")}
    reader = Access(role, *territory.get(role, ()))
    edition = published.current(publish_for_roles(tmp_path), access=reader)
    offered = {entry.path for entry in menu.entries(edition)}
    for view in CHECKS:
        assert (view.PATH in offered) == reader.everything
        assert bool(menu.around(edition, view.PATH)) == reader.everything
    assert (qualite.PATH in {entry.path for entry in menu.shown(edition)}) == reader.everything
