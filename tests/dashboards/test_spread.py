"""An indicator over the territories: the tiles, the classes, the ranks, and what chance alone explains."""

from collections import Counter
from itertools import combinations, pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from dashboards.charts import maps
from dashboards.charts import tiles as tiles_module
from dashboards.charts.tiles import TILES, Tile
from dashboards.figures import spread
from dashboards.figures import view as figures
from dashboards.formats import NBSP
from dashboards.published import reading as published
from dashboards.published.reading import NATIONAL, ORGANISME, PROTECTED, REGION, Cell, Territory
from dashboards.theme import DARK, LIGHT, contrast
from schemas.indicators.catalogue import BY_ID
from schemas.nomenclatures import MOTIF_CLOTURE
from tests.samples.territories import EQUALS, FAR, WITHOUT, closures, organismes, publish_with_territories

SUCCESS = BY_ID["clotures.taux_succes"]
FRANCE = Cell(0.7, 700.0, 1000.0)


@pytest.fixture(scope="module")
def edition(tmp_path_factory):
    return published.current(publish_with_territories(tmp_path_factory.mktemp("marts")))


def of(edition, indicator="clotures.taux_succes", modality="", annee=2024, niveau=ORGANISME):
    return spread.spread(edition, indicator, modality, annee, niveau, "ensemble")


def territory(name: str) -> Territory:
    return Territory(ORGANISME, name, name)


def arranged(values: dict[str, Cell], indicator=SUCCESS, national=FRANCE):
    return spread.arranged(indicator, "", ORGANISME, {territory(n): c for n, c in values.items()}, national)


# --- tiles ---


def test_every_territory_has_one_tile_and_no_tile_has_two():
    assert set(TILES[ORGANISME]) == {o["organisme"] for o in organismes()}
    assert set(TILES[REGION]) == {o["code_region"] for o in organismes()}
    for tiles in TILES.values():
        assert len({(t.row, t.column) for t in tiles.values()}) == len(tiles)
    assert len(TILES[ORGANISME]) == 107
    lines = Path(tiles_module.__file__).with_name("carte.csv").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 1 + 107 + len(TILES[REGION])  # none is there twice


def test_the_organismes_of_a_departement_are_neighbours():
    by_departement: dict[str, list[Tile]] = {}
    for o in organismes():
        by_departement.setdefault(o["departement"], []).append(TILES[ORGANISME][o["organisme"]])
    several = {d: tiles for d, tiles in by_departement.items() if len(tiles) > 1}
    assert set(several) == {"59", "62", "64", "76"}
    for tiles in several.values():
        reached, left = [tiles[0]], tiles[1:]
        while near := [t for t in left if any(abs(t.row - r.row) + abs(t.column - r.column) == 1 for r in reached)]:
            reached += near
            left = [t for t in left if t not in near]
        assert left == []


@pytest.mark.parametrize(
    ("west", "east"), [("291", "673"), ("171", "741"), ("331", "061"), ("641", "831"), ("141", "571"), ("441", "251")]
)
def test_the_map_keeps_west_and_east(west, east):
    assert TILES[ORGANISME][west].column < TILES[ORGANISME][east].column


@pytest.mark.parametrize(
    ("north", "south"), [("594", "751"), ("751", "451"), ("451", "631"), ("631", "311"), ("571", "131"), ("202", "201")]
)
def test_the_map_keeps_north_and_south(north, south):
    assert TILES[ORGANISME][north].row < TILES[ORGANISME][south].row


def test_what_is_overseas_stands_apart():
    overseas = {t for c, t in TILES[ORGANISME].items() if c.startswith("97")}
    others = set(TILES[ORGANISME].values()) - overseas
    assert all(max(abs(a.row - b.row), abs(a.column - b.column)) > 1 for a in overseas for b in others)


# --- classes and ranks ---


@given(st.lists(st.floats(0, 1), max_size=120), st.integers(1, 5))
def test_classes_hold_each_value_once(values, most):
    found = spread.classes(values, most)
    assert len(found) <= min(most, len(set(values)))
    assert sum(c.size for c in found) == len(values)
    assert all(a.high < b.low for a, b in pairwise(found))
    for c in found:
        assert c.size == sum(c.low <= v <= c.high for v in values)


def test_classes_are_of_equal_size_where_values_differ():
    assert [c.size for c in spread.classes(range(107))] == [22, 21, 22, 21, 21]
    assert spread.classes([0.0] * 90 + [1.0, 2.0]) == (spread.Class(0.0, 0.0, 90), spread.Class(1.0, 2.0, 2))
    assert spread.classes([]) == ()


@given(st.lists(st.integers(0, 20), min_size=1))
def test_a_rank_is_one_more_than_how_many_are_larger(values):
    assert spread.ranked(values) == {v: 1 + sum(w > v for w in values) for v in values}


def test_the_ranking_gives_equals_one_rank_and_puts_what_is_missing_last():
    found = arranged(
        {
            "A": Cell(None, reason=PROTECTED), "B": Cell(0.5, 5.0, 10.0), "C": Cell(0.75, 75.0, 100.0),
            "D": Cell(0.5, 50.0, 100.0), "E": Cell(0.25, 1.0, 4.0),
        }
    )  # fmt: skip
    assert [(p.territory.code, p.rank) for p in found.places] == [("C", 1), ("B", 2), ("D", 2), ("E", 4), ("A", None)]
    assert [p.territory.code for p in found.at(2)] == ["B", "D"]
    assert (found.places[-1].band, found.places[-1].beyond) == (None, None)


def test_a_count_is_set_against_the_mean_and_a_share_against_france():
    counts = {"A": Cell(10.0, 10.0), "B": Cell(30.0, 30.0)}
    assert arranged(counts, BY_ID["clotures.nombre"], Cell(40.0, 40.0)).reference == 20.0
    assert arranged({"A": Cell(0.5, 5.0, 10.0)}).reference == 0.7


# --- the funnel ---


def test_a_limit_computed_by_hand():
    # of 10 at one half: P(X <= 1) = 11/1024, P(X <= 2) = 56/1024; 2.5 % is reached between 1 and 2 cases
    low, high = spread.limits(np.array([10.0]), 0.5, 0.05)
    by_hand = (2 - (56 / 1024 - 0.025) / (45 / 1024)) / 10
    assert low[0] == pytest.approx(by_hand)
    assert high[0] == pytest.approx(1 - by_hand)


@pytest.mark.parametrize("chance", [spread.WARNED, spread.ALARMED])
@pytest.mark.parametrize("rate", [0.02, 0.35, 0.78, 0.995])
def test_a_share_is_outside_where_the_binomial_law_says_so(rate, chance):
    for base in (1, 2, 7, 30, 411, 6000):
        cases = np.arange(base + 1)
        low, high = spread.limits(np.full(base + 1, float(base)), rate, chance)
        outside = (cases / base < low) | (cases / base > high)
        rare = (binom.cdf(cases, base, rate) < chance / 2) | (binom.sf(cases - 1, base, rate) < chance / 2)
        assert (outside == rare).all()


@pytest.mark.parametrize(
    ("indicator", "national", "words"),
    [
        ("clotures.nombre", Cell(40.0, 40.0), "Un nombre dépend"),
        ("clotures.evolution", Cell(0.1, 44.0, 40.0), "Une évolution"),
        ("durees.moyenne", Cell(80.0, 800.0, 10.0), "dispersion"),
        ("profil.age_median", Cell(45.0, None, 10.0), "dispersion"),
        ("ateliers_parents.satisfaction", Cell(8.0, 80.0, 10.0), "dispersion"),
        ("ateliers_parents.taux_presence", Cell(0.5, 5.0, 10.0), "un à un"),
        ("structures.part_top10", Cell(0.5, 5.0, 10.0), "un à un"),
        ("clotures.taux_succes", Cell(None), "Sans valeur nationale"),
        ("clotures.taux_succes", Cell(1.0, 10.0, 10.0), "Sans valeur nationale"),
    ],
)
def test_what_the_binomial_law_cannot_judge_says_why(indicator, national, words):
    found = arranged({"A": Cell(0.5, 5.0, 10.0)}, BY_ID[indicator], national)
    assert words in found.no_funnel
    assert [p.beyond for p in found.places] == [None]


def test_a_small_caisse_is_not_judged_on_noise():
    found = arranged(
        {"petite": Cell(0.4, 4.0, 10.0), "grande": Cell(0.4, 400.0, 1000.0), "entre": Cell(0.6, 60.0, 100.0)}
    )
    assert {p.territory.code: p.beyond for p in found.places} == {"petite": 0, "grande": 2, "entre": 1}


# --- over what is published ---


def test_the_spread_of_what_is_published(edition):
    found = of(edition)
    assert (len(found.places), len(found.known)) == (107, 106)
    missing = found.places[-1]
    assert (missing.territory.code, missing.cell.reason) == (WITHOUT, figures.NO_CASE)
    by_code = {p.territory.code: p for p in found.places}
    assert by_code[FAR].beyond == 2
    assert by_code[FAR].rank == 106
    assert by_code[EQUALS[0]].rank == by_code[EQUALS[1]].rank
    closed, succeeded = closures("311")
    assert by_code["311"].cell == Cell(succeeded / closed, float(succeeded), float(closed))
    assert found.national.denominateur == sum(closures(o["organisme"])[0] for o in organismes())


def test_a_modality_that_a_caisse_has_not_is_zero_there(edition):
    motif = next(m for m in MOTIF_CLOTURE if m not in {"SOINS_REALISES", "ABANDON"})
    found = of(edition, "clotures.part_motif", motif)
    assert {p.cell.valeur for p in found.known} == {0.0}
    assert len(found.classes) == 1
    assert found.no_funnel.startswith("Sans valeur nationale")


def test_regions_are_read_apart(edition):
    found = of(edition, niveau=REGION)
    assert len(found.places) == len(TILES[REGION])
    assert {p.territory.niveau for p in found.places} == {REGION}


def test_hidden_figures_keep_their_reason(monkeypatch, edition):
    row = {"territoire": "011", "indicateur": "clotures.taux_succes", "modalite": "", "numerateur": None,
           "denominateur": None, "valeur": None, "protege": True}  # fmt: skip
    monkeypatch.setattr(published, "query", lambda *_: [row])
    found = published._across.__wrapped__(edition, ("clotures.taux_succes",), 2024, ORGANISME, "ensemble")
    assert found == {"011": {"clotures.taux_succes": {"": Cell(None, None, None, PROTECTED)}}}


# --- drawn ---


def test_each_tile_is_drawn_once_with_its_value_and_its_class(edition):
    found = of(edition)
    known, missing = maps.tiles(found, LIGHT, {"311"})["data"]
    assert (len(known["x"]), missing["customdata"]) == (106, [WITHOUT])
    assert missing["marker"]["pattern"]["shape"] == "/"
    assert missing["text"] == [f"976<br><b>n.{NBSP}c.</b>"]
    assert figures.NO_CASE in missing["hovertext"][0]
    assert len(set(known["marker"]["color"])) == len(found.classes) == 4  # half of the shares are equal
    widths = dict(zip(known["customdata"], known["marker"]["line"]["width"], strict=True))
    assert {c for c, w in widths.items() if w > 1} == {"311"}
    cells = [*zip(known["x"], known["base"], strict=True), *zip(missing["x"], missing["base"], strict=True)]
    assert max(Counter(cells).values()) == 1
    assert [f"({c.size})" in words for c, words in zip(found.classes, maps.bounds(found), strict=True)] == [True] * 4


@pytest.mark.parametrize("niveau", [ORGANISME, REGION])
def test_the_ranking_shows_all_that_is_known_and_the_line_of_france(edition, niveau):
    found = of(edition, niveau=niveau)
    drawn = maps.ranking(found, DARK, frozenset())
    assert drawn["data"][0]["customdata"] == [p.territory.code for p in found.known]
    (line,) = drawn["layout"]["shapes"]
    assert found.reference in (line["x0"], line["y0"])
    assert any(a["text"].startswith("France") for a in drawn["layout"]["annotations"])


def test_the_funnel_names_only_who_is_outside(edition):
    found = of(edition)
    drawn = maps.funnel(found, LIGHT, frozenset())
    named = {a["text"] for a in drawn["layout"]["annotations"]} - {"France", f"95{NBSP}%", f"99,8{NBSP}%"}
    assert named == {p.short for p in found.places if p.beyond} & named
    assert "Paris" in named
    names = {a["text"] for a in maps.funnel(found, LIGHT, {"311"})["layout"]["annotations"]}
    assert "Haute-Garonne" in names  # the chosen one, wherever it stands
    lines = [t for t in drawn["data"] if t["mode"] == "lines"]
    assert [t["line"]["dash"] for t in lines] == ["dot", "dot", "solid", "solid"]


@pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (0.751, 0.806), (3.0, 8117.0), (-0.2, 0.31)])
def test_ticks_are_round_and_few(low, high):
    marks = maps.ticks(low, high)
    assert 2 <= len(marks) <= 7
    assert low <= marks[0] <= marks[-1] <= high
    steps = {round(b - a, 9) for a, b in pairwise(marks)}
    assert len(steps) == 1
    assert f"{steps.pop():e}"[0] in "125"


@pytest.mark.parametrize("mode", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("number", range(1, 6))
def test_texts_are_read_on_every_class_and_classes_are_told_apart(mode, number):
    shades = mode.shades(number)
    assert len(set(shades)) == number
    assert all(contrast(mode.on(shade), shade) >= 4.5 for shade in shades)
    assert all(contrast(a, b) > 1.25 for a, b in combinations(shades, 2))


def test_short_names_leave_the_kind_of_caisse_out():
    names = {"CPAM de l'Ain": "Ain", "CPAM d'Eure-et-Loir": "Eure-et-Loir", "CPAM du Val-d'Oise": "Val-d'Oise",
             "CCSS de la Lozère": "Lozère", "CGSS de La Réunion": "La Réunion", "CSS de Mayotte": "Mayotte"}  # fmt: skip
    assert {n: spread.Place(Territory(ORGANISME, "", n), Cell(None)).short for n in names} == names
    assert spread.Place(Territory(NATIONAL, "FR", "France"), Cell(None)).short == "France"
