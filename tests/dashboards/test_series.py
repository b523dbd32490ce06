"""An indicator over the years: what is drawn, what is left out, what hinders the comparison."""

import pytest

from dashboards.charts import lines
from dashboards.figures import series
from dashboards.figures import view as figures
from dashboards.figures.series import Point, Series
from dashboards.published import reading as published
from dashboards.published.reading import Cell, Scope
from dashboards.theme import LIGHT
from schemas.context.ruptures import RUPTURES, Rupture
from schemas.indicators.catalogue import BY_ID
from schemas.nomenclatures import MOTIF_CLOTURE
from schemas.publics import PUBLICS
from tests.samples.dashboard import publish

FRANCE, AIN = Scope(2024, "national", "FR"), Scope(2024, "organisme", "011")
RATE = "clotures.taux_succes"


@pytest.fixture(scope="module")
def marts(tmp_path_factory):
    return publish(tmp_path_factory.mktemp("marts"))


@pytest.fixture(scope="module")
def edition(marts):
    return published.current(marts)


def of(edition, indicator, scope, code=None, modalities=None):
    beside = {c.code: c for c in figures.comparisons(scope, published.years(edition))}
    return series.series(edition, indicator, modalities or {"": ""}, scope, beside.get(code))


def test_every_year_is_there_the_first_first_and_marked(edition):
    (one,) = of(edition, "clotures.nombre", FRANCE)
    assert [(p.annee, p.complete) for p in one.points] == [(2023, True), (2024, True), (2025, False)]
    assert [p.cell.valeur for p in one.points] == [40_000, 44_000, 48_000]
    assert [p.annee for p in one.whole] == [2023, 2024]
    before, last = one.change
    assert (before.annee, last.annee) == (2023, 2024)


def test_a_share_has_its_comparator_every_year_and_a_count_has_none_of_a_whole(edition):
    (rate,) = of(edition, RATE, AIN, "france")
    (france,) = of(edition, RATE, FRANCE)
    assert [p.beside for p in rate.points] == [p.cell for p in france.points]
    (count,) = of(edition, "clotures.nombre", AIN, "france")
    assert [p.beside for p in count.points] == [None] * 3


def test_a_count_is_set_beside_a_territory_it_is_no_part_of(edition):
    places = {t.code: t for t in published.territories(edition)}
    other = figures.beside(AIN, places["021"], places["011"])
    (count,) = series.series(edition, "clotures.nombre", {"": ""}, AIN, other)
    assert [p.beside.valeur for p in count.points] == [300, 330, 360]


def test_modalities_are_series_of_their_own(edition):
    labels = dict(MOTIF_CLOTURE)
    found = of(edition, "clotures.part_motif", FRANCE, modalities=labels)
    assert [(s.modality, s.label) for s in found] == list(labels.items())
    assert sum(s.points[0].cell.valeur for s in found) == pytest.approx(1)


def test_years_that_do_not_follow_are_not_compared():
    def point(annee, complete=True):
        return Point(annee, Cell(0.5), complete)

    assert Series(RATE, "", "", (point(2022), point(2024))).change is None
    assert Series(RATE, "", "", (point(2023), point(2024, complete=False))).change is None


def test_respondents_year_by_year(edition):
    assert series.respondents(edition, FRANCE) == {2023: 100, 2024: 99}


# --- revisions ---


def test_there_is_nothing_revised_without_a_vintage_before(edition):
    assert published.before(edition) is None
    assert series.revisions(edition, FRANCE, of(edition, "clotures.nombre", FRANCE)) == ()


def test_a_figure_of_a_whole_year_that_another_vintage_gave_otherwise_is_a_revision(tmp_path):
    publish(tmp_path, "2025-01-21_10-00-00")
    publish(tmp_path, "2025-02-01_10-00-00", growth=2)
    edition = published.current(tmp_path)
    assert published.before(edition).path.parent.name == "2025-01-21_10-00-00"
    found = series.revisions(edition, FRANCE, of(edition, "clotures.nombre", FRANCE))
    assert [(r.annee, r.before, r.after, r.vintage) for r in found] == [
        (2023, 40_000, 80_000, "2025-01-21_10-00-00"),
        (2024, 44_000, 88_000, "2025-01-21_10-00-00"),
    ]
    assert series.revisions(edition, FRANCE, of(edition, "durees.moyenne", FRANCE)) == ()  # the same in both


def test_a_vintage_that_cannot_be_read_revises_nothing(tmp_path):
    marts = publish(tmp_path)
    folder = marts / "millesimes" / "2024-01-01_10-00-00"
    folder.mkdir()
    (folder / "adass.duckdb").write_bytes(b"no database" * 1000)
    assert published.before(published.current(marts)) is None


# --- breaks ---


def test_breaks_are_about_what_is_declared():
    codes, names = {p.code for p in PUBLICS}, tuple(BY_ID)
    for rupture in RUPTURES:
        assert set(rupture.publics) <= codes
        assert all(any(n.startswith(start) for n in names) for start in rupture.indicateurs)
        assert rupture.texte.endswith(".")
        assert rupture.source
    about = [r for r in RUPTURES if r.concerns("clotures.nombre", "travailleurs_independants")]
    assert any("droits à 6 mois" in r.texte for r in about)
    assert not any(r.concerns("clotures.nombre", "ensemble") for r in RUPTURES)
    assert any(r.concerns("ase.rdv_19", "ensemble") for r in RUPTURES)
    assert Rupture("", "").concerns("clotures.nombre", "jeunes")


# --- drawn ---


def test_a_year_that_is_not_whole_is_hollow_and_outside_the_line(edition):
    drawn = lines.figure(of(edition, RATE, AIN, "france"), LIGHT, "France")
    grey, dotted, line, marks = drawn["data"]
    assert (grey["x"], line["x"], dotted["x"]) == ([2023, 2024], [2023, 2024], [2023, 2024, 2025])
    assert marks["marker"]["color"] == [LIGHT.accent, LIGHT.accent, LIGHT.ground]
    assert drawn["layout"]["xaxis1"]["ticktext"] == ["2023", "2024", "2025*"]
    assert any(a["text"].startswith("France<br>") for a in drawn["layout"]["annotations"])


def test_a_count_starts_from_zero_and_a_share_does_not_magnify_a_hair(edition):
    (count,) = of(edition, "clotures.nombre", AIN)
    assert lines.span(count)[0] == 0
    (rate,) = of(edition, RATE, AIN)
    low, high = lines.span(rate)
    assert high - low >= lines.LEAST["part"]


def test_each_series_has_a_panel_and_a_missing_year_is_told():
    points = (Point(2023, Cell(0.5), True), Point(2024, Cell(None, reason="aucun cas"), True))
    every = [Series(RATE, str(i), f"Motif {i}", points) for i in range(5)]
    drawn = lines.figure(every, LIGHT, "", [2024])
    domains = [
        tuple(drawn["layout"][f"xaxis{i}"]["domain"] + drawn["layout"][f"yaxis{i}"]["domain"]) for i in range(1, 6)
    ]
    assert len(set(domains)) == 5
    texts = [a["text"] for a in drawn["layout"]["annotations"]]
    assert texts.count("n.\u00a0c.") == 5
    assert [t for t in texts if "Motif" in t] == [f"<b>Motif {i}</b>" for i in range(5)]
    assert [s["x0"] for s in drawn["layout"]["shapes"]] == [2023.5] * 5
