"""The demonstration at its true scale: the published figures hold, and the tool finds everything that is planted."""

import csv
from collections import Counter

import numpy as np
import polars as pl
import pytest
from click.testing import CliRunner

from dashboards.analysis.terminal import main as analysis
from dashboards.content.steering import span
from dashboards.figures.steering import episodes, striking
from dashboards.published import reading as published
from dashboards.published import steering
from dashboards.published.reading import Edition
from dashboards.views.analyses.signalled import NAMED
from pipelines.refresh import refresh
from pipelines.simulation.calibrated import simulate_published
from pipelines.simulation.story import Story
from pipelines.simulation.targets import SHIPPED, Targets
from tests.integration.conftest import reader

pytestmark = pytest.mark.slow
MONTHS = 30  # from January 2023 to June 2025
WINDOW = 24  # of the control charts
SUCCES = "motif_cloture IN ('SOINS_REALISES', 'SUCCES_SANS_SOIN', 'SUCCES_PARTIEL')"


@pytest.fixture(scope="module")
def marts(tmp_path_factory):
    place = tmp_path_factory.mktemp("demonstration")
    simulate_published(place / "raw", seed=1, scale=1.0)
    refresh(place / "raw", place / "marts", quiet=True)
    return place / "marts"


@pytest.fixture(scope="module")
def query(marts):
    with reader(marts) as run:
        yield run


@pytest.fixture(scope="module")
def events():
    return {event.name: event for event in Story(SHIPPED).events}


@pytest.fixture(scope="module")
def compared(marts, tmp_path_factory):
    """What `adass comparer` says of the success of the caisses in 2024."""
    file = tmp_path_factory.mktemp("comparer") / "comparaison.parquet"
    asked = ["comparer", "clotures.taux_succes", "--annee", "2024", "--marts", str(marts), "--parquet", str(file)]
    done = CliRunner().invoke(analysis, asked)
    assert done.exit_code == 0, done.output
    return pl.read_parquet(file)


def monthly(query, territory=None):
    """By month: saisines, closures, share of success, share of openings within 15 days, stock at its end."""
    where = f"organisme = '{territory}'" if territory else "TRUE"
    rows = query(f"""
        WITH mois AS (SELECT unnest(generate_series(DATE '2023-01-01', DATE '2025-06-01', INTERVAL 1 MONTH)) AS mois),
        fait AS (SELECT *, {SUCCES} AS reussi FROM detail.accompagnements WHERE {where})
        SELECT
            COUNT(*) FILTER (date_trunc('month', date_saisine) = mois),
            COUNT(*) FILTER (date_trunc('month', date_cloture) = mois),
            AVG(reussi::INT) FILTER (date_trunc('month', date_cloture) = mois),
            AVG((date_ouverture - date_saisine <= 15)::INT) FILTER (date_trunc('month', date_ouverture) = mois),
            COUNT(*) FILTER (date_saisine <= last_day(mois) AND (date_cloture IS NULL OR date_cloture > last_day(mois)))
        FROM mois CROSS JOIN fait GROUP BY mois ORDER BY mois""")
    assert len(rows) == MONTHS
    names = ("saisines", "clotures", "taux_succes", "part_ouverts_15", "stock")
    return {name: np.array(values, dtype=float) for name, values in zip(names, zip(*rows, strict=True), strict=True)}


@pytest.fixture(scope="module")
def country(query):
    return monthly(query)


def month(year, number):
    return (year - 2023) * 12 + number - 1


# --- what is published ---


def test_true_scale_meets_every_figure_that_can_be(query):
    """At true scale the only gaps are the figures that contradict others."""
    targets = Targets(SHIPPED)
    rows = query(
        "SELECT publication, reference, indicateur, annee, public, modalite, publie, statut FROM controle.reconciliation"
    )
    places = {
        (f.publication, f.reference, f.indicateur, f.annee, f.public, f.modalite, f.valeur): (f.publication, f.cle)
        for f in targets.figures
    }
    assert {places[row[:-1]] for row in rows if row[-1] == "ecart"} == set(targets.unmet)
    assert Counter(row[-1] for row in rows)["conforme"] == 541


def test_a_year_in_progress_is_read_and_is_not_the_default(query):
    assert query("SELECT jour_observation::VARCHAR FROM ref.millesime") == [("2025-07-01",)]
    assert query("SELECT annee FROM ref.annees WHERE source = 'bali' AND complete ORDER BY annee") == [(2023,), (2024,)]
    [(saisines, closures)] = query(
        "SELECT COUNT(*) FILTER (annee_detection = 2025), COUNT(*) FILTER (annee_cloture = 2025) FROM detail.accompagnements"
    )
    assert saisines > 140_000
    assert closures > 140_000


# --- the caisses ---


def test_success_differs_between_caisses_more_than_chance_makes_it(compared):
    scores = compared["z"].to_numpy()
    low, high = np.quantile(scores, [0.1, 0.9])
    assert 4 <= np.mean(np.clip(scores, low, high) ** 2) <= 10


def test_adjusting_changes_ranks(compared):
    rates = compared.with_columns((pl.col("observe") / pl.col("n")).alias("brut"))
    moves = (rates["brut"].rank("average") - rates["taux_ajuste"].rank("average")).abs()
    assert (moves > 10).sum() >= 15


def test_the_caisses_that_stand_out_are_those_planted(compared, events):
    planted = {(e.territory, "HAUT" if e.effect > 0 else "BAS") for e in events.values() if e.kind == "ATYPIQUE"}
    assert Counter(signal for _, signal in planted) == {"HAUT": 4, "BAS": 4}
    found = {(t, s) for t, s in compared.select("territoire", "signal").iter_rows() if s}
    assert planted == found


def test_caisses_grow_and_shrink(query, events):
    rows = query("""
        SELECT organisme, COUNT(*) FILTER (annee_detection = 2024) / COUNT(*) FILTER (annee_detection = 2023) - 1
        FROM detail.accompagnements GROUP BY organisme""")
    growth = dict(rows)
    for name in ("essor_haute_savoie", "recul_nievre"):
        assert growth.pop(events[name].territory) == pytest.approx(events[name].effect, abs=0.02)
    for name in ("arret_sarthe", "demarrage_indre"):
        del growth[events[name].territory]
    assert -0.25 < min(growth.values()) < -0.15
    assert 0.25 < max(growth.values()) < 0.40


def test_some_caisses_detect_outside_and_some_hardly(query):
    rows = query("SELECT AVG(externe::INT) FROM detail.accompagnements WHERE annee_detection = 2024 GROUP BY organisme")
    rates = [rate for (rate,) in rows]
    assert min(rates) < 0.07
    assert max(rates) > 0.45


@pytest.mark.parametrize(
    ("trait", "least"),
    [("tranche_age = 'moins_de_25'", 2.0), ("situation = 'SANS_EMPLOI'", 1.8), ("handicap", 1.6), ("help", 2.0)],
)
def test_publics_differ_between_caisses(query, trait, least):
    """The ninth decile of the caisses is so many times the first one."""
    rows = query(f"SELECT AVG(COALESCE({trait}, FALSE)::INT) FROM detail.accompagnements GROUP BY organisme")
    low, high = np.quantile([share for (share,) in rows], [0.1, 0.9])
    assert high > least * low


# --- the months ---


def signals(query, territory):
    """What `marts.signaux` says of a territory, month after month, by measure."""
    rows = query(
        f"SELECT mesure, signal FROM marts.signaux WHERE territoire = '{territory}' ORDER BY mesure, annee, mois"
    )
    return {measure: [signal for name, signal in rows if name == measure] for measure, _ in rows}


def test_control_charts_of_the_country_show_what_is_planted(query):
    found = signals(query, "FR")
    assert {name: len(chart) for name, chart in found.items()} == dict.fromkeys(
        ("saisines", "clotures", "taux_succes", "part_ouverts_15"), WINDOW
    )
    assert sum(bool(s) for chart in found.values() for s in chart) >= 20
    first = month(2024, 9) - (MONTHS - WINDOW)
    assert sum(bool(s) for s in found["saisines"][first:]) >= 7  # the campaign
    assert found["saisines"][month(2024, 8) - (MONTHS - WINDOW)] == "HORS_LIMITES"  # August
    assert all(found["part_ouverts_15"][-3:])  # the slow trend


def test_the_campaign_lifts_saisines_by_what_is_declared(country, events):
    by_day = country["saisines"]
    before = by_day[month(2023, 9) : month(2024, 7)].sum()
    after = by_day[month(2024, 9) : month(2025, 7)].sum()
    assert events["campagne"].first.isoformat() == "2024-09-01"
    assert after / before == pytest.approx(events["campagne"].effect * 0.93, abs=0.04)  # against a slow decline


def test_openings_come_later_and_later(country, events):
    share = country["part_ouverts_15"]
    change = share[-3:].mean() - share[month(2023, 10) : month(2024, 1)].mean()
    assert change == pytest.approx(events["premiers_contacts"].effect, abs=0.035)


def test_months_have_seasons(query, country):
    saisines = country["saisines"]
    for year in (2023, 2024):
        own = saisines[month(year, 1) : month(year, 12) + 1]
        assert own.argmin() == 7  # August
        assert own.argmax() in (0, 9)  # January, or October after the campaign
    weekends = "SELECT COUNT(*) FROM detail.accompagnements WHERE isodow(date_saisine) > 5"
    assert query(weekends) == [(0,)]
    christmas = """SELECT COUNT(*) FILTER (day(date_saisine) > 20), COUNT(*) FILTER (day(date_saisine) BETWEEN 8 AND 18)
        FROM detail.accompagnements WHERE date_saisine BETWEEN DATE '2024-12-01' AND DATE '2024-12-31'"""
    [(holidays, before)] = query(christmas)
    assert holidays < 0.65 * before


def test_a_backlog_builds_up(query, country, events):
    event = events["arriere_somme"]
    own = monthly(query, event.territory)
    first = month(event.first.year, event.first.month)
    assert own["stock"][-1] > 2.5 * own["stock"][first - 1]
    assert country["stock"][-1] < 1.2 * country["stock"][first - 1]
    year = slice(first - 12, first)
    closed = own["clotures"][first : first + 12].sum() / own["clotures"][year].sum()
    saisines = own["saisines"][first : first + 12].sum() / own["saisines"][year].sum()
    assert closed / saisines == pytest.approx(event.effect, abs=0.12)
    assert own["part_ouverts_15"][first + 3 :].mean() < own["part_ouverts_15"][year].mean() - 0.3
    assert sum(bool(s) for s in signals(query, event.territory)["clotures"]) >= 10


def test_the_year_in_progress_lands(query):
    rows = query("SELECT niveau, mesure, COUNT(*), AVG((bas < prevu AND prevu < haut AND observe <= bas)::INT) "
                 "FROM marts.atterrissage WHERE annee = 2025 GROUP BY ALL ORDER BY ALL")  # fmt: skip
    assert [(level, measure) for level, measure, *_ in rows] == [
        (level, measure) for level in ("national", "organisme", "region") for measure in ("clotures", "saisines")
    ]
    assert all(share == 1 for *_, share in rows)
    assert [n for level, _, n, _ in rows if level != "organisme"] == [1, 1, 18, 18]


def test_a_caisse_stops_delivering(query, events):
    event = events["arret_sarthe"]
    own = monthly(query, event.territory)
    first = month(event.first.year, event.first.month)
    assert own["saisines"][first:].sum() == own["clotures"][first:].sum() == 0
    assert min(own["saisines"][:first]) > 50
    assert len(set(own["stock"][first - 1 :])) == 1
    assert own["stock"][-1] > 200


def test_a_caisse_starts_late(query, events):
    event = events["demarrage_indre"]
    own = monthly(query, event.territory)
    first = month(event.first.year, event.first.month)
    assert own["saisines"][:first].sum() == own["stock"][:first].sum() == 0
    assert min(own["saisines"][first:]) > 20


def test_not_pertinent_more_than_doubles_in_a_caisse(query, events):
    event = events["non_pertinent_gard"]
    [(before, after)] = query(f"""
        SELECT AVG((motif_cloture = 'NON_PERTINENT')::INT) FILTER (date_cloture < DATE '{event.first}'),
               AVG((motif_cloture = 'NON_PERTINENT')::INT) FILTER (date_cloture >= DATE '{event.first}')
        FROM detail.accompagnements WHERE organisme = '{event.territory}'""")
    assert after / before == pytest.approx(event.effect, abs=0.3)


# --- the lives ---


def test_openings_have_a_tail_and_some_never_come(query):
    [(soon, late, never, waiting)] = query("""
        SELECT AVG((date_ouverture - date_saisine <= 5)::INT), AVG((date_ouverture - date_saisine > 30)::INT),
               AVG((date_ouverture IS NULL)::INT) FILTER (date_cloture IS NOT NULL),
               AVG((date_ouverture IS NULL)::INT) FILTER (date_cloture IS NULL)
        FROM detail.accompagnements WHERE annee_detection >= 2023""")
    assert 0.6 < soon < 0.85
    assert 0.03 < late < 0.10
    assert 0.02 < never < 0.08
    assert 0.03 < waiting < 0.20


def test_persons_come_back_oftener_after_an_end_without_success(query):
    rows = query(f"""
        WITH connus AS (SELECT *, {SUCCES} AS reussi FROM detail.accompagnements WHERE id_personne IS NOT NULL)
        SELECT a.reussi, AVG(EXISTS (SELECT 1 FROM connus AS b WHERE b.id_personne = a.id_personne
            AND b.date_saisine > a.date_cloture AND b.date_saisine <= a.date_cloture + 365)::INT)
        FROM connus AS a WHERE a.annee_cloture = 2023 GROUP BY a.reussi""")
    shares = dict(rows)
    assert 0.04 < shares[True] < 0.2
    assert shares[False] > 1.3 * shares[True]
    counts = query("""SELECT n, COUNT(*) FROM (SELECT COUNT(*) AS n FROM detail.accompagnements
        WHERE id_personne IS NOT NULL GROUP BY id_personne) GROUP BY n""")
    persons = dict(counts)
    assert persons[2] > 0.05 * persons[1]
    assert persons[4] > 100


def test_a_doctor_is_found_and_oftener_in_some_caisses(query):
    rows = query("""
        SELECT organisme, AVG(medecin_traitant_fin::INT) FROM detail.accompagnements
        WHERE annee_cloture = 2024 AND NOT medecin_traitant_debut AND medecin_traitant_fin IS NOT NULL
        GROUP BY organisme""")
    shares = [share for _, share in rows]
    low, high = np.quantile(shares, [0.1, 0.9])
    assert 0.2 < np.mean(shares) < 0.5
    assert high > low + 0.1


def test_structures_have_profiles(query):
    rows = query("""
        SELECT structure, SUM(accompagnements), SUM(part_soins * accompagnements) / SUM(accompagnements),
               SUM(part_non_pertinent * accompagnements) / SUM(accompagnements)
        FROM marts.structures WHERE annee = 2024 AND niveau = 'national' GROUP BY structure HAVING SUM(accompagnements) > 100""")
    assert len(rows) > 20
    care, refused = ([row[i] for row in rows] for i in (2, 3))
    assert max(care) - min(care) > 0.3
    assert max(refused) - min(refused) > 0.1


def test_durations_depend_on_themes(query):
    rows = query("""
        SELECT thematique, AVG(duree_jours) FROM detail.accompagnements
        SEMI JOIN (SELECT DISTINCT id_accompagnement FROM detail.actions) USING (id_accompagnement)
        JOIN (SELECT DISTINCT id_accompagnement, thematique FROM detail.actions) USING (id_accompagnement)
        WHERE annee_cloture = 2024 AND type_accompagnement = 'HORS_SOINS' GROUP BY thematique""")
    days = dict(rows)
    assert days["AIDE_FINANCIERE"] > 1.3 * days["NUMERIQUE"]
    assert days["DROITS"] > 1.1 * days["NUMERIQUE"]


def test_events_are_declared_whole():
    with (SHIPPED / "evenements.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream, delimiter=";"))
    assert len({row["evenement"] for row in rows}) == len(rows) >= 15
    assert all(len(row["libelle"]) > 20 for row in rows)


def test_the_steering_page_names_what_is_planted_without_being_asked(marts, events):
    edition = published.current(marts)
    charts = steering.charts(Edition(edition.path, edition.stamp))
    caisses = [s.territoire for s in striking(charts) if s.niveau == "organisme"]
    shown = ("arriere_somme", "arret_sarthe", "demarrage_indre", "essor_haute_savoie", "recul_nievre")
    assert {events[name].territory for name in shown} <= set(caisses[:NAMED])
    successes = striking({key: {"taux_succes": of["taux_succes"]} for key, of in charts.items() if "taux_succes" in of})
    assert events["non_pertinent_gard"].territory in [s.territoire for s in successes[:NAMED]]
    said = {mesure: [span(e.months) for e in episodes(of)] for mesure, of in charts["national", "FR"].items()}
    assert "de septembre 2024 à juin 2025" in said["saisines"]
    assert said["part_ouverts_15"][-1].endswith("à juin 2025")
