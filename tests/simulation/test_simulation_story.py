"""What is planted in the calibrated simulation, at scales that are quick: it holds down to a thousandth."""

import shutil
from collections import Counter
from datetime import date

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.refresh import refresh
from pipelines.simulation.calibrated import simulate_published
from pipelines.simulation.cases import cases
from pipelines.simulation.detections import numbers
from pipelines.simulation.fitting import drawn_by_weight
from pipelines.simulation.moments import Bounds, Calendar, closing_days, first_day
from pipelines.simulation.shapes import organismes
from pipelines.simulation.story import EVENTS_FILE, KINDS, Story
from pipelines.simulation.targets import SHIPPED, Targets
from pipelines.simulation.territories import found_in
from tests.integration.conftest import contents

STORY = Story(SHIPPED)
EVENTS = {event.name: event for event in STORY.events}
TARGETS = Targets(SHIPPED)
CALENDAR = Calendar(TARGETS)
SUCCES = ["Soins réalisés", "Succès sans soin réalisé", "Abandonné/interrompu succès partiel"]
DATES = ("Date de création de la saisine", "Date d'ouverture", "Date de clôture")


def accompaniments(raw):
    """The rows of all deliveries, the latest version of each, with their dates; without those of after their delivery."""
    files = sorted(raw.glob("bali/*/accompagnements.csv"))
    rows = pl.concat(
        pl.read_csv(f, separator=";", infer_schema=False, truncate_ragged_lines=True).with_columns(
            pl.lit(f.parent.name).alias("livraison")
        )
        for f in files
    )
    dates = [pl.col(name).str.to_date("%d/%m/%Y", strict=False) for name in DATES]
    named = rows.with_columns(dates).rename(dict(zip(DATES, ("saisine", "ouverture", "cloture"), strict=True)))
    known = named.filter(pl.col("saisine") <= pl.col("livraison").str.to_date())
    return known.group_by("Numéro d'accompagnement", maintain_order=True).last()


@pytest.fixture(scope="module")
def thousandth(tmp_path_factory):
    raw = tmp_path_factory.mktemp("millieme")
    simulate_published(raw, seed=1, scale=0.001)
    return accompaniments(raw)


@pytest.fixture(scope="module")
def hundredth(tmp_path_factory):
    raw = tmp_path_factory.mktemp("centieme")
    simulate_published(raw, seed=1, scale=0.01)
    return raw


# --- what is declared ---


def test_every_event_is_of_a_known_kind_and_place():
    assert {event.kind for event in STORY.events} == set(KINDS)
    codes = set(organismes().codes)
    for event in STORY.events:
        assert event.territory == "FR" or event.territory in codes, event.name
        assert event.last is None or event.last > event.first, event.name


def test_territories_are_declared_and_make_the_published_classes():
    rates = STORY.trait("externe")
    low, high = TARGETS.get("detections.organismes_par_taux_externe", 2024, modality="plus_de_40").counts(rates.size)
    assert low <= (rates > 0.4).sum() <= high
    low, high = TARGETS.get("detections.organismes_par_taux_externe", 2024, modality="de_20_a_40").counts(rates.size)
    assert low <= ((rates >= 0.2) & (rates <= 0.4)).sum() <= high
    assert np.abs(rates - 0.2).min() > 0.01
    assert np.abs(rates - 0.4).min() > 0.02
    growth = STORY.added("croissance", "CROISSANCE")
    assert (growth.min(), growth.max()) == pytest.approx((-0.25, 0.40))


def test_other_events_are_another_file(tmp_path):
    folder = tmp_path / "autre"
    shutil.copytree(SHIPPED, folder)
    lines = (folder / EVENTS_FILE).read_text(encoding="utf-8").splitlines(keepends=True)
    (folder / EVENTS_FILE).write_text("".join(x for x in lines if ";ARRET;" not in x), encoding="utf-8")
    simulate_published(tmp_path / "raw", seed=1, scale=0.01, targets=folder)
    own = accompaniments(tmp_path / "raw").filter(pl.col("Organisme") == EVENTS["arret_sarthe"].territory)
    assert own.filter(pl.col("saisine") >= EVENTS["arret_sarthe"].first).height > 5


# --- a thousandth keeps the story ---


def test_a_thousandth_has_three_deliveries_and_its_months(thousandth):
    assert thousandth["livraison"].unique().sort().to_list() == ["2024-01-15", "2025-01-15", "2025-07-01"]
    saisines = thousandth["saisine"].drop_nulls()
    assert saisines.max() <= date(2025, 6, 30)
    by_month = saisines.dt.strftime("%Y-%m").value_counts().sort("saisine")
    counts = dict(by_month.iter_rows())
    for year in (2023, 2024):
        own = {m: n for m, n in counts.items() if m.startswith(str(year))}
        assert min(own, key=own.get) == f"{year}-08"
    before = sum(counts[f"2024-{m:02d}"] for m in range(2, 8)) / 6
    after = sum(counts[m] for m in ("2024-09", "2024-10", "2024-11", "2025-02", "2025-03", "2025-04")) / 6
    assert after > 1.1 * before


def test_a_thousandth_keeps_the_accidents(thousandth):
    stop, start = EVENTS["arret_sarthe"], EVENTS["demarrage_indre"]
    stopped = thousandth.filter(pl.col("Organisme") == stop.territory)
    assert stopped.height > 2
    assert stopped["saisine"].max() < stop.first
    assert (stopped["cloture"].drop_nulls() < stop.first).all()
    started = thousandth.filter(pl.col("Organisme") == start.territory)
    assert started.height > 0
    assert started["saisine"].min() >= start.first


def test_a_thousandth_keeps_who_succeeds_and_who_does_not(thousandth):
    closed = thousandth.filter(pl.col("cloture").is_not_null()).with_columns(
        pl.col("Motif de clôture").is_in(SUCCES).alias("succes")
    )
    rates = [
        closed.filter(pl.col("Organisme").is_in([e.territory for e in STORY.of("ATYPIQUE") if e.effect * sign > 0]))[
            "succes"
        ].mean()
        for sign in (1, -1)
    ]
    assert rates[0] > rates[1] + 0.05


# --- the year in progress ---


def rounded(tables):
    """Without the last digits of sums, which depend on the order that threads add in."""
    return {
        name: Counter(
            {tuple(float(f"{v:.9g}") if isinstance(v, float) else v for v in row): n for row, n in rows.items()}
        )
        for name, rows in tables.items()
    }


def test_the_third_delivery_is_added_to_the_first_two(hundredth, tmp_path):
    """An incremental refresh gives what a complete one gives, and moves no figure of the years before."""
    raw = tmp_path / "raw"
    shutil.copytree(hundredth, raw)
    shutil.move(raw / "bali" / "2025-07-01", tmp_path / "a_venir")
    refresh(raw, tmp_path / "marts", quiet=True)
    before = rounded(contents(tmp_path / "marts"))["marts.indicateurs"]
    shutil.move(tmp_path / "a_venir", raw / "bali" / "2025-07-01")
    refresh(raw, tmp_path / "marts", quiet=True)
    found = rounded(contents(tmp_path / "marts"))
    refresh(raw, tmp_path / "complets", quiet=True)
    assert found == rounded(contents(tmp_path / "complets"))

    def closed_years(indicators):
        return {row: n for row, n in indicators.items() if row[0] in (2023, 2024) and row[4] == "clotures.nombre"}

    assert closed_years(found["marts.indicateurs"]) == closed_years(before)


# --- how it is done ---


@given(
    st.lists(st.integers(0, 600), min_size=1, max_size=200),
    st.sampled_from((2023, 2024)),
    st.integers(0, 2**32 - 1),
)
def test_days_of_closure_keep_durations_in_the_year_and_on_working_days(lasted, year, seed):
    anything = Bounds(np.zeros(CALENDAR.months), np.full(CALENDAR.months, np.inf))
    lasted = np.array([d for d in lasted if d < first_day(year) - CALENDAR.first] or [0])
    closed = closing_days(np.random.default_rng(seed), CALENDAR, lasted, year, anything)
    assert closed.shape == lasted.shape
    assert ((closed >= first_day(year)) & (closed < first_day(year + 1))).all()
    assert (CALENDAR.of(CALENDAR.closures, closed) > 0).all()
    assert (CALENDAR.of(CALENDAR.saisines, closed - lasted) > 0).all()


@given(st.lists(st.integers(0, 180), min_size=1, max_size=300))
def test_warped_days_keep_their_order(days):
    span = (first_day(2025), CALENDAR.end + 1)
    day = np.array(days) + span[0]
    warped = CALENDAR.warped(day, span)
    order = np.argsort(day, kind="stable")
    assert (np.diff(warped[order]) >= 0).all()
    assert ((warped >= span[0]) & (warped < span[1])).all()


@given(st.lists(st.booleans(), max_size=50), st.integers(0, 60), st.integers(0, 2**32 - 1))
def test_as_many_are_drawn_as_asked_among_those_marked(among, size, seed):
    marked = np.array(among, dtype=np.bool_)
    drawn = drawn_by_weight(np.random.default_rng(seed), marked, np.linspace(0.1, 9, marked.size), size)
    assert drawn.sum() == min(size, marked.sum())
    assert not (drawn & ~marked).any()


@pytest.mark.parametrize("scale", [0.01, 0.05])
def test_each_organisme_has_the_external_saisines_declared(scale):
    """At any scale its rate is the declared one, to a saisine, where it is not one of those that give way."""
    rng = np.random.default_rng(3)
    rows = cases(rng, TARGETS, CALENDAR, scale)
    mine = (rows.start >= first_day(2024)) & (rows.start < first_day(2025))
    external = numbers(TARGETS, scale)[2024].external
    outside = np.zeros(len(rows), dtype=np.bool_)
    outside[rng.permutation(np.flatnonzero(mine))[:external]] = True
    place = found_in(rng, CALENDAR, rows, outside)
    total = np.bincount(place[mine], minlength=len(organismes().codes))
    inside = np.bincount(place[mine & outside], minlength=total.size)
    assert inside.sum() == external
    firm = STORY.trait("externe") >= 0.2
    assert np.abs(inside - STORY.trait("externe") * total)[firm].max() < 1.5
