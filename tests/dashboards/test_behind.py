"""What stands behind a figure, on a small folder with published figures."""

from dataclasses import replace

import pytest

from dashboards.content import behind, words
from dashboards.content import filled as content
from dashboards.figures import view as figures
from dashboards.published import reading as published
from dashboards.published.reading import Scope
from dashboards.slides.sections import BY_SLIDE_ID, SLIDES
from schemas.indicators.catalogue import BY_ID
from tests.samples.views import A1, A7, DECK, publish_with_controls

NBSP = "\u00a0"
FRANCE = Scope(2024, "national", "FR")


@pytest.fixture(scope="module")
def edition(tmp_path_factory):
    return published.current(publish_with_controls(tmp_path_factory.mktemp("marts")))


def view(edition, scope: Scope = FRANCE, compared: bool = False):
    years = published.years(edition)
    beside = figures.comparisons(scope, years)[0] if compared else None
    return figures.view(edition, scope, beside, years)


def of_key(edition, slide: str, place: int, scope: Scope = FRANCE, compared: bool = False):
    seen = view(edition, scope, compared)
    return behind.behind(content.key(BY_SLIDE_ID[slide].keys[place], seen).figures, seen)


def of_chart(edition, slide: str, place: int, scope: Scope = FRANCE):
    seen = view(edition, scope)
    return behind.behind(content.charts(BY_SLIDE_ID[slide], seen)[place].figures, seen)


def test_a_key_figure_tells_its_parts_and_those_of_its_evolution(edition):
    count, evolution = of_key(edition, "A1", 0)
    assert count.label == "Nombre de détections"
    assert dict(count.facts)["Population"] == "accompagnements dont la saisine a été créée dans l'année"
    assert dict(count.facts)["Indicateur"] == "detections.nombre, millésime 2025-01-21_10-00-00"
    assert dict(evolution.facts)["Numérateur"] == "44\u202f000"
    assert dict(evolution.facts)["Dénominateur"] == "40\u202f000"


def test_a_published_figure_stands_beside_the_computed_one(edition):
    count, evolution = of_key(edition, "A1", 0)
    (printed,) = count.printed
    assert printed.published == "près de 300\u202f000"
    assert printed.computed == "296\u202f500"
    assert printed.where == f"{DECK}{NBSP}: {A1}"
    assert not printed.apart
    (printed,) = evolution.printed
    assert printed.apart
    assert printed.gap == f"+3,85{NBSP}points (admis{NBSP}: ±{NBSP}0,05{NBSP}point)"


def test_published_figures_are_those_of_the_scope_and_of_its_comparator(edition):
    assert of_key(edition, "A7", 1, replace(FRANCE, annee=2023))[0].printed == ()
    assert of_key(edition, "A7", 1, replace(FRANCE, public="help"))[0].printed == ()
    (printed,) = of_key(edition, "A7", 1, replace(FRANCE, public="jeunes"))[0].printed
    assert printed.where == f"{DECK}{NBSP}: {A7}"
    assert of_key(edition, "A7", 1, replace(FRANCE, public="jeunes"), compared=True)[0].printed == (printed,)


def test_every_row_of_a_chart_tells_its_numerator_and_denominator(edition):
    (types,) = of_chart(edition, "A1", 0)
    assert [row[0] for row in types.rows] == ["Soins", "Hors soins"]
    assert types.rows[0][2:] == ("22\u202f000", "44\u202f000")
    assert [p.name for p in types.printed] == ["Soins"]


@pytest.mark.parametrize(
    ("slide", "public", "told"),
    [
        ("C9", "travailleurs_independants", "remontée des droits à 6 mois"),
        ("C10", "help", "dispositif HELP"),
        ("C11", "help", "dispositif HELP"),
        ("C13", "handicap", "signalement"),
        ("D2", "sans_emploi", "n'est pas « demandeur d'emploi »"),
        ("D2", "sans_emploi", "remontée des droits à 6 mois"),
    ],
)
def test_the_caveat_of_a_public_is_on_its_slides_and_behind_its_figures(edition, slide, public, told):
    seen, declared = view(edition, replace(FRANCE, public=public)), BY_SLIDE_ID[slide]
    assert told in " ".join(words.foot(declared, seen))
    for filled in content.charts(declared, seen):
        for one in behind.behind(filled.figures, seen):
            assert told in " ".join(text for term, text in one.facts if term == "Attention")


@pytest.mark.parametrize("slide", [s for s in SLIDES if s.source == "bali"], ids=lambda s: s.id)
def test_every_indicator_of_a_slide_is_explained(edition, slide):
    seen = view(edition)
    found = [content.key(k, seen).figures for k in slide.keys] + [f.figures for f in content.charts(slide, seen)]
    for figures_ in found:
        explained = behind.behind(figures_, seen)
        assert [b.label for b in explained] == list(dict.fromkeys(BY_ID[f.indicator].label for f in figures_))
        assert all(b.definition and dict(b.facts)["Population"] for b in explained)
