"""Charts drawn from figures, and the theme they are drawn in."""

import pytest

from dashboards import theme
from dashboards.charts import plots as charts
from dashboards.content import filled as content
from dashboards.content.filled import Figure, Filled
from dashboards.figures import view as figures
from dashboards.published import reading as published
from dashboards.published.reading import Cell, Scope
from dashboards.slides import choices
from dashboards.slides.blocks import Bars, Groups, Part, Ranking, Table, Targets
from dashboards.slides.sections import BY_SLIDE_ID, SLIDES
from schemas.indicators.catalogue import BY_ID
from schemas.publics import EVERYONE
from tests.samples.dashboard import publish

LIGHT = theme.LIGHT


@pytest.fixture(scope="module")
def edition(tmp_path_factory):
    return published.current(publish(tmp_path_factory.mktemp("marts")))


def filled(edition, slide, code=None, scope=None):
    if scope is None and BY_SLIDE_ID[slide].id[0] != "A":
        wish = choices.Wish(2024, published.territories(edition)[0], EVERYONE, code)
        return content.charts(BY_SLIDE_ID[slide], choices.suited(edition, BY_SLIDE_ID[slide], wish))
    scope = scope or Scope(2024, "national", "FR")
    possible = {c.code: c for c in figures.comparisons(scope, published.years(edition))}
    return content.charts(BY_SLIDE_ID[slide], figures.view(edition, scope, possible[code] if code else None))


def test_bars_alone(edition):
    drawn = filled(edition, "A7")[0]
    spec = charts.figure(drawn, LIGHT)
    (trace,) = spec["data"]
    assert trace["x"] == [f.cell.valeur for f in drawn.figures]
    assert trace["text"] == [f" <b>{f.text}</b>" for f in drawn.figures]
    assert trace["marker"]["color"] == LIGHT.accent
    assert "annotations" not in spec["layout"]
    assert not spec["layout"]["showlegend"]


def test_pairs_hatch_the_comparator_and_print_the_gap(edition):
    drawn = filled(edition, "A7", "annee")[0]
    spec = charts.figure(drawn, LIGHT)
    ours, theirs, gaps = spec["data"]
    assert "pattern" not in ours["marker"]
    assert theirs["marker"]["pattern"]["shape"] == "/"
    assert theirs["marker"]["pattern"]["fgcolor"] == LIGHT.comparator
    assert theirs["x"] == [f.reference.valeur for f in drawn.figures]
    assert gaps["text"] == [f.gap for f in drawn.figures]
    assert gaps["y"] == spec["layout"]["yaxis"]["tickvals"]
    middles = [(a + b) / 2 for a, b in zip(ours["y"], theirs["y"], strict=True)]
    assert middles == spec["layout"]["yaxis"]["tickvals"]
    assert all(a < b for a, b in zip(ours["y"], theirs["y"], strict=True))  # the subject above its comparator


def test_bars_start_from_zero_and_leave_room_for_their_value(edition):
    for slide in SLIDES:
        for drawn in filled(edition, slide.id, "annee"):
            if isinstance(drawn.chart, Bars):
                spec = charts.figure(drawn, LIGHT)
                low, high = spec["layout"]["xaxis"]["range"]
                assert low == 0
                assert high > 1.3 * max(x for t in spec["data"] if t["type"] == "bar" for x in t["x"])


def test_a_missing_bar_says_why():
    row = Figure("durees.moyenne_motif", "TRANSFERT", "Transfert de dossier", Cell(None, reason="aucun cas"))
    spec = charts.figure(Filled(Bars("Titre", (Part("durees.moyenne_motif"),)), (row,), "2024"), LIGHT)
    assert spec["data"][0]["x"] == [0]
    assert "n.\u00a0c." in spec["data"][0]["text"][0]
    assert "aucun cas" in spec["data"][0]["text"][0]


@pytest.mark.parametrize("narrow", [True, False])
def test_labels_wrap_whole(narrow):
    label = "Collectivités territoriales ou locales, établissements et services"
    row = Figure("detections.part_categorie_externe", "PE_COLLECTIVITES", label, Cell(0.5, 1, 2))
    spec = charts.figure(Filled(Bars("T", (Part("detections.part_categorie_externe"),)), (row,), "2024"), LIGHT, narrow)
    (tick,) = spec["layout"]["yaxis"]["ticktext"]
    assert tick.replace("<br>", " ") == label
    assert spec["layout"]["height"] >= charts.LINE * (tick.count("<br>") + 1)
    assert spec["layout"]["margin"]["l"] > 6 * max(map(len, tick.split("<br>")))


def test_a_word_longer_than_a_line_is_not_cut():
    assert charts.wrapped("anticonstitutionnellement", 10) == ["anticonstitutionnellement"]


def test_a_ring_names_its_parts(edition):
    drawn = filled(edition, "A3", "annee")[0]
    spec = charts.figure(drawn, LIGHT)
    assert spec["data"][0]["values"] == [f.cell.valeur for f in drawn.figures]
    assert spec["data"][0]["marker"]["colors"] == [LIGHT.accent, LIGHT.second, LIGHT.third]
    names = [a["text"] for a in spec["layout"]["annotations"]]
    for f, name in zip(drawn.figures, names, strict=False):
        assert all(words in name for words in (f.label, f.text, f.gap, f.reference_text))


def test_years_stand_from_zero(edition):
    drawn = filled(edition, "A1")[1]
    spec = charts.figure(drawn, LIGHT)
    assert spec["data"][0]["y"] == [40_000, 44_000, 48_000]
    assert spec["data"][0]["marker"]["color"] == [LIGHT.accent, LIGHT.accent, LIGHT.comparator]
    assert spec["layout"]["yaxis"]["rangemode"] == "tozero"


@pytest.mark.parametrize("mode", [theme.LIGHT, theme.DARK])
@pytest.mark.parametrize("slide", SLIDES, ids=lambda s: s.id)
def test_plotly_takes_every_chart(slide, mode, edition):
    go = pytest.importorskip("plotly.graph_objects")
    for drawn in filled(edition, slide.id, "annee"):
        if isinstance(drawn.chart, Groups | Ranking | Table | Targets):
            with pytest.raises(TypeError):
                charts.figure(drawn, mode)
        else:
            go.Figure(charts.figure(drawn, mode))  # raises on any property it does not know


def test_a_chart_is_told_in_words(edition):
    drawn = filled(edition, "A1", "annee")[0]
    words = charts.described(drawn)
    assert words.startswith("Soins ou hors soins")
    assert all(f.label in words and f.text in words and f.reference_text in words for f in drawn.figures)


# --- theme ---


def contrast(one: str, other: str) -> float:
    def light(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
        return 0.2126 * r + 0.7152 * g + 0.0722 * b

    high, low = sorted((light(one), light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("mode", [theme.LIGHT, theme.DARK], ids=["light", "dark"])
def test_colours_can_be_told_from_their_ground(mode):
    for ground in (mode.ground, mode.panel):
        for role in ("text", "muted", "accent"):
            assert contrast(mode.role(role), ground) >= 4.5, role
        for role in ("accent", "comparator", "second", "third", "fourth", "warning"):
            assert contrast(mode.role(role), ground) >= 3, role


def test_every_colour_a_slide_names_exists():
    for slide in SLIDES:
        for chart in slide.charts:
            for name in getattr(chart, "colours", ()) or (getattr(chart, "colour", "accent"),):
                assert theme.LIGHT.role(name).startswith("#")
    assert set(BY_ID)  # the catalogue is loaded


def test_an_unknown_theme_is_light():
    assert theme.palette(None) is theme.palette("light") is theme.LIGHT
    assert theme.palette("dark") is theme.DARK
