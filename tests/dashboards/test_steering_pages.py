"""The pages that read exact months, run without a browser on what a refresh publishes of invented exports."""

from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest
from streamlit.testing.v1 import AppTest

from dashboards.analysis import durations
from dashboards.analysis.verdicts import OUTSIDE, SHIFT, TREND
from dashboards.content import steering as told
from dashboards.figures import steering as figures
from dashboards.formats import NBSP, jours, nombre, part
from dashboards.published import reading as published
from dashboards.published import steering
from dashboards.published.reading import Edition, Scope
from dashboards.published.steering import Charted, Landing, Month
from dashboards.views.analyses import durees, pilotage, signalled
from tests.samples.pages import APP, choose, html, open_page, rows, title
from tests.samples.readers import READERS, seen_by, simulated


@pytest.fixture(scope="module")
def marts(tmp_path_factory) -> Path:
    return simulated(tmp_path_factory.mktemp("steering"), 4_000)


@pytest.fixture
def app(marts, monkeypatch) -> AppTest:
    monkeypatch.setenv("ADASS_MARTS", str(marts))
    return AppTest.from_file(str(APP), default_timeout=60)


def chart(values, signals, mesure="saisines", limits=(100.0, 80.0, 120.0), place="FR") -> tuple[Charted, ...]:
    mean, low, high = limits
    months = ((2024 + k // 12, k % 12 + 1) for k in range(len(values)))
    return tuple(
        Charted("national", place, mesure, year, month, value, mean, low, high, signal)
        for (year, month), value, signal in zip(months, values, signals, strict=True)
    )


# --- episodes ---


def test_months_that_follow_on_one_side_are_one_episode():
    points = chart([100.0, 130, 110, 111, 70, 100], ["", OUTSIDE, SHIFT, SHIFT, OUTSIDE, ""])
    first, second = figures.episodes(points)
    assert (len(first.months), first.outside, first.side, first.last) == (3, 1, 1, False)
    assert first.strength == pytest.approx(1.5)
    assert (len(second.months), second.side) == (1, -1)


def test_a_gap_that_does_not_matter_is_no_signal_alone_and_cuts_no_episode():
    assert figures.episodes(chart([0.505], [OUTSIDE], "taux_succes", (0.5, 0.499, 0.501))) == []
    (whole,) = figures.episodes(chart([110.0, 101, 110], [SHIFT] * 3))
    assert len(whole.months) == 3


def test_a_clipped_limit_does_not_make_a_month_further():
    (point,) = chart([0.0], [OUTSIDE], limits=(10.0, 0.0, 40.0))
    assert figures.reach(point) == pytest.approx(1 / 3)


def test_an_episode_is_said_with_its_months_value_and_limits():
    high, low = figures.episodes(chart([130.0, 70.0], [OUTSIDE, OUTSIDE]))
    assert (
        told.episode(high)
        == f"Saisines, janvier 2024{NBSP}: 130, au-dessus de l'ordinaire (moyenne 100, limites 80 à 120)."
    )
    assert "en dessous" in told.episode(low)
    (none,) = figures.episodes(chart([0.0] * 3, [OUTSIDE] * 3))
    assert f"aucune de janvier à mars 2024, 3{NBSP}mois de suite" in told.episode(none)
    (shift,) = figures.episodes(chart([110.0] * 6 + [125.0], [SHIFT] * 6 + [OUTSIDE]))
    assert (
        f"7{NBSP}mois de suite au-dessus de la moyenne, de janvier à juillet 2024, dont 1 hors limites"
        in told.episode(shift)
    )
    (trend,) = figures.episodes(chart([95.0 - k for k in range(7)], [TREND] * 7))
    assert f"7{NBSP}mois de baisse de suite" in told.episode(trend)
    (share,) = figures.episodes(chart([0.0] * 2, [OUTSIDE] * 2, "taux_succes", (0.5, 0.4, 0.6)))
    assert "aucune" not in told.episode(share)


def test_a_span_names_a_year_once_and_elides():
    points = chart([1.0] * 14, [""] * 14)
    assert told.span(points[7:9]) == "d'août à septembre 2024"
    assert told.span(points) == "de janvier 2024 à février 2025"


def test_the_territory_that_goes_furthest_comes_first_and_quiet_ones_are_left_out():
    every = {
        ("organisme", "a"): {"saisines": chart([125.0], [OUTSIDE], place="a")},
        ("organisme", "b"): {"saisines": chart([100.0], [""], place="b")},
        ("organisme", "c"): {"saisines": chart([110.0, 150.0], [SHIFT, OUTSIDE], place="c")},
    }
    assert [s.territoire for s in figures.striking(every)] == ["c", "a"]


def test_a_place_that_has_stopped_is_told_from_a_small_one():
    busy = [Month(2024, m, saisines=20, clotures=20) for m in range(1, 10)]
    silence = [Month(2024, m, stock=9) for m in range(10, 13)]
    assert figures.stopped([*busy, *silence]) == silence[0]
    assert figures.stopped([*busy, silence[0]]) is None
    assert figures.stopped([Month(2024, 1, saisines=1), *silence]) is None
    assert figures.stopped(silence) is None
    assert figures.begun([*silence[:0], Month(2024, 1), *busy[1:]]) == busy[1]
    assert figures.begun(busy) is None


def test_months_already_published_that_changed_are_found():
    before = [Month(2024, m, saisines=5) for m in (1, 2)]
    after = [Month(2024, 1, saisines=5), Month(2024, 2, saisines=6), Month(2024, 3)]
    assert figures.revised(before, after) == [(before[1], after[1])]


# --- the page ---


def test_steering_shows_the_months_the_charts_and_the_territories(app, marts):
    page = html(open_page(app, pilotage.PATH))
    edition = published.current(marts)
    months = steering.months(edition, "national", "FR")
    last = months[-1]
    assert nombre(last.stock) in page
    assert told.month(last) in page
    for mesure, points in steering.charts(edition)["national", "FR"].items():
        for one in figures.episodes(points):
            assert told.episode(one) in page
        assert told.NAMES[mesure] in page
    found = [s for s in figures.striking(steering.charts(edition)) if s.niveau != "national"]
    assert page.count("<li><a href=") == min(len(found), signalled.NAMED)
    if found:
        first = next(
            t for t in published.territories(edition) if (t.niveau, t.code) == (found[0].niveau, found[0].territoire)
        )
        assert first.label in page
    assert "FROM marts.mensuel" in page
    page = choose(app, "signaux", "Clôtures")
    of = {
        k: {"clotures": c["clotures"]}
        for k, c in steering.charts(edition).items()
        if k[0] != "national" and "clotures" in c
    }
    assert page.count("<li><a href=") == min(len(figures.striking(of)), signalled.NAMED)


def test_every_territory_and_public_has_its_page(app, marts):
    open_page(app, pilotage.PATH)
    places = published.territories(published.current(marts))
    for code in ("76", "311"):
        page = choose(app, "territoire", next(t.label for t in places if t.code == code))
        assert next(t.label for t in places if t.code == code) in title(app)
    assert "Territoires hors de l'ordinaire" not in page
    assert "Tous publics" in choose(app, "public", app.selectbox(key="public").options[1])


def test_the_stock_follows_from_the_months(marts):
    months = steering.months(published.current(marts), "national", "FR")
    for before, after in pairwise(months):
        assert after.stock == before.stock + after.saisines - after.clotures


@pytest.mark.parametrize("role", ["regional", "local"])
def test_a_reader_steers_its_own_territories_only(app, marts, role, monkeypatch):
    seen_by(role, monkeypatch)
    page = html(open_page(app, pilotage.PATH))
    edition = published.current(marts, READERS[role])
    own = [t.label for t in published.territories(edition) if edition.access.owns(t.niveau, t.code, t.region)]
    assert set(app.selectbox(key="territoire").options) == set(own)
    assert "FROM marts.mensuel" in page
    assert "Ouvrir dans la page SQL" not in str(app.main)


def test_a_reader_of_the_protected_file_is_told_why_there_is_nothing(app, monkeypatch):
    seen_by("diffusion", monkeypatch)
    page = html(open_page(app, pilotage.PATH))
    assert "seuls les lecteurs des chiffres exacts" in page
    assert "marts.mensuel" not in page


def test_the_end_of_a_year_in_progress_is_drawn_with_its_interval_and_said(app, marts, monkeypatch):
    found = (Landing(2025, "saisines", 500, 1_000, 900, 1_100), Landing(2025, "clotures", 5, 10, 9, 4_000))
    monkeypatch.setattr(steering, "landing", lambda *_: found)
    page = html(open_page(app, pilotage.PATH)).replace(NBSP, " ")
    before = figures.flow([m for m in steering.months(published.current(marts), "national", "FR") if m.annee == 2024])
    assert "Atterrissage 2025" in page
    assert f"{nombre(1000)} saisines prévues en 2025, entre 900 et {nombre(1100)} ; 500 déjà observées" in page
    assert f"C'est moins qu'en 2024 ({nombre(before.saisines)}), même à la borne la plus proche." in page
    assert f"2024 ({nombre(before.clotures)}) est dans l'intervalle" in page
    assert page.count('class="adass-drawn adass-dots"') == 2


def test_the_last_delivery_is_set_beside_the_same_months_a_year_before(app, marts):
    page = html(open_page(app, pilotage.PATH))
    days = steering.deliveries(published.current(marts))
    months = steering.months(published.current(marts), "national", "FR")
    period = figures.since(months, figures.delivered_until(months, days[-2]))
    assert f"apporte {len(period)}{NBSP}mois ({told.span(period)})" in page
    (row, *_) = rows(app, "La période depuis la livraison précédente, et la même un an avant")
    assert row[1] == nombre(figures.flow(period).saisines)
    assert "Aucun millésime précédent" in page


# --- durations ---


def outcome(days, success, closed, at_risk, events) -> pl.DataFrame:
    """The rows of a curve, of the year 2024 and no type."""
    parts = {"SUCCES": success, "TOUTES": closed, "AUTRE": [c - s for s, c in zip(success, closed, strict=True)]}
    lines = [
        (2024, "", issue, day, r, e, p)
        for issue, part in parts.items()
        for day, r, e, p in zip(days, at_risk, events, part, strict=True)
    ]
    names = ["annee", "type_accompagnement", "issue", "jours", "a_risque", "evenements", "part"]
    return pl.DataFrame(lines, schema=names, orient="row")


def test_a_curve_says_when_a_share_is_closed_and_of_how_many_the_fate_is_known():
    drawn = durations.curve(outcome([0, 30, 90], [0.0, 0.3, 0.5], [0.0, 0.5, 0.7], [100, 60, 10], [0, 40, 60]), 2024)
    assert drawn.cohort == 100
    assert [drawn.quantile(q) for q in (0.25, 0.5, 0.75)] == [(0, 30), (0, 30), None]
    assert (drawn.estimated(30), drawn.estimated(90)) == (False, True)
    assert drawn.known == (100, 100, 70)
    assert durations.curve(outcome([0], [0.0], [0.0], [1], [0]), 2023) is None


def test_two_years_are_set_against_each_other_on_those_whose_fate_is_known():
    one = durations.curve(outcome([0, 90], [0.0, 0.6], [0.0, 0.7], [9000, 2000], [0, 7000]), 2024)
    other = durations.curve(outcome([0, 90], [0.0, 0.5], [0.0, 0.7], [9000, 2000], [0, 7000]), 2024)
    found = durations.against(one, other, 90)
    assert found.signal
    assert found.gap == pytest.approx(0.1)
    assert durations.against(one, other, 30) is None


def test_durations_show_what_is_published_and_say_what_each_counts(app, marts):
    page = html(open_page(app, durees.PATH))
    edition = published.current(marts)
    drawn = durations.curve(steering.curves(edition, "national", "FR"), 2024)
    cells = published.cells(edition, Scope(2024, "national", "FR"))
    assert part(drawn.success[drawn.at(90)]) in title(app)
    for indicator in ("durees.mediane_estimee", "durees.mediane", "delais.ouverture_mediane"):
        assert jours(cells[indicator][""].valeur) in page
    for words in ("estimée, en cours compris", "closes seulement", "ouvertes seulement"):
        assert words in page
    assert len(rows(app, "En combien de jours une part des saisines est clôturée")) == 4
    assert "FROM marts.courbes" in page
    assert "Répartition des durées" in page


def test_the_groups_add_up_to_what_is_published(marts):
    edition = published.current(marts)
    scope = Scope(2024, "national", "FR")
    table = durations.groups(Edition(edition.path, edition.stamp), scope)
    whole = table.row(by_predicate=pl.col("dimension") == "ensemble", named=True)
    cells = published.cells(edition, scope)
    assert whole["duree_50"] == cells["durees.mediane"][""].valeur
    assert whole["clotures"] == cells["durees.mediane"][""].denominateur
    for dimension in ("type_accompagnement", "motif_cloture"):
        assert table.filter(pl.col("dimension") == dimension)["clotures"].sum() == whole["clotures"]
    assert durations.classes(Edition(edition.path, edition.stamp), scope)["clotures"].sum() == whole["clotures"]


def test_durations_of_a_public_of_a_caisse_say_why_there_is_no_curve(app, marts):
    open_page(app, durees.PATH)
    places = published.territories(published.current(marts))
    page = choose(app, "territoire", next(t.label for t in places if t.code == "311"))
    assert "adass-outcomes" in page
    page = choose(app, "public", app.selectbox(key="public").options[1])
    assert "pour l'ensemble des assurés" in page


@pytest.mark.parametrize("role", READERS)
def test_durations_are_those_of_the_reader_s_own_territories(app, role, monkeypatch):
    seen_by(role, monkeypatch)
    page = html(open_page(app, durees.PATH))
    if role == "diffusion":
        assert "seuls les lecteurs des chiffres exacts" in page
    else:
        assert "France" not in app.selectbox(key="territoire").options
        assert "FROM marts.courbes" in page


def test_a_year_that_is_not_over_is_set_beside_no_other(app, monkeypatch):
    monkeypatch.setattr(published, "years", lambda *_: {2024: False, 2023: True})
    open_page(app, durees.PATH)
    page = choose(app, "annee", "2024 (incomplète)")
    assert "ne se comparent pas" in page
    assert "Tirets" not in page
    assert "2023" not in title(app)
    assert {row[3] for row in rows(app, "Durées publiées")} == {"–"}
    assert {row[3] for row in rows(app, "Part des saisines closes avec succès à chaque échéance")} == {"–"}
