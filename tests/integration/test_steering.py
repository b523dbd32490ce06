"""The tables that steer, in the middle of a year, against plain counting; and refreshed delivery by delivery."""

import statistics
from collections import Counter
from datetime import date, timedelta
from fractions import Fraction
from random import Random

import pytest
from statsmodels.stats.proportion import proportion_confint

from tests.integration.conftest import contents, reader
from tests.samples.control_chart import signals
from tests.samples.exports import accompagnement, bali

REGION = {"311": "76", "331": "75", "811": "76"}
DAYS = (date(2024, 2, 15), date(2024, 6, 30))  # the second is the last day of a month
MOTIFS = ("Soins réalisés", "Succès sans soin réalisé", "Abandonné/interrompu succès partiel", "Non pertinent")
SUCCES = {"SOINS_REALISES", "SUCCES_SANS_SOIN", "SUCCES_PARTIEL"}
STEERING = ("mensuel", "courbes", "signaux")


def deliveries(seed, size):
    """What each delivery holds: the rows that have changed by its day, with a correction of what was delivered before."""
    chance = Random(seed)
    cases = []
    for k in range(size):
        begun = date(2022, 11, 3) + timedelta(chance.randrange(600))
        opened = begun + timedelta(chance.choice((0, 1, 2, 3, 14, 15, 16, 31, 120))) if chance.random() < 0.8 else None
        closed = (
            (opened or begun) + timedelta(chance.choice((0, 5, 30, 89, 91, 200, 700)))
            if chance.random() < 0.8
            else None
        )
        cases.append((k, begun, opened, closed, {
            "organisme": chance.choice([*REGION, "311"]), "motif_cloture": chance.choice(MOTIFS), "help": chance.choice(("Oui", "Non")),
            "type_accompagnement": chance.choice(("Soins", "Hors soins")),
            "situation": chance.choice(("", "Sans emploi")), "date_naissance": chance.choice(("", "2004-02-29", "1960-01-01")),
        }))  # fmt: skip
    return {
        day: [_row(*case, day) for case in cases if any(d and before < d <= day for d in case[1:4])]
        for before, day in zip((date.min, *DAYS), DAYS, strict=False)
    }


def _row(k, begun, opened, closed, told, day):
    dates = {"date_saisine": str(begun), "date_ouverture": str(opened) if opened and opened <= day else ""}
    row = {**told, "id_accompagnement": f"A{k}", **dates}
    return (
        accompagnement(**row, clos=str(closed))
        if closed and closed <= day
        else accompagnement(**{**row, "motif_cloture": ""})
    )


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """Queries on what was refreshed delivery by delivery, and its folder of marts."""
    from pipelines.refresh import refresh

    place = tmp_path_factory.mktemp("pilotage")
    for day, rows in deliveries(7, 900).items():
        bali(place / "raw", str(day), accompagnements=rows)
        refresh(place / "raw", place / "marts", quiet=True)
    refresh(place / "raw", place / "entier", quiet=True, complete=True)
    with reader(place / "marts") as query:
        yield query, place


@pytest.fixture(scope="module")
def rows(published):
    names = ("organisme", "region", "date_saisine", "date_ouverture", "date_cloture", "motif_cloture", "type_accompagnement",
             "age", "help", "situation")  # fmt: skip
    return [
        dict(zip(names, r, strict=True)) for r in published[0](f"SELECT {', '.join(names)} FROM detail.accompagnements")
    ]


PLACES = [("national", "FR"), ("region", "76"), ("organisme", "331")]
PUBLICS = {
    "ensemble": lambda r: True,
    "help": lambda r: r["help"],
    "jeunes": lambda r: r["age"] is not None and r["age"] < 25,
    "sans_emploi": lambda r: r["situation"] == "SANS_EMPLOI",
}


def of(rows, niveau, territoire, public):
    return [r for r in rows if PUBLICS[public](r) and (niveau == "national" or r[niveau] == territoire)]


def test_it_was_refreshed_delivery_by_delivery(published):
    _, place = published
    one, other = contents(place / "marts"), contents(place / "entier")
    assert len(list((place / "marts" / "millesimes").iterdir())) == 2
    assert all(one[f"marts.{name}"] == other[f"marts.{name}"] != {} for name in STEERING)


def months(first, last):
    """Year, month and last day of every month that has ended on the day `last`."""
    day = first.replace(day=1)
    while (after := (day + timedelta(32)).replace(day=1)) - timedelta(1) <= last:
        yield day.year, day.month, after - timedelta(1)
        day = after


def of_month(rows, year, month, end):
    """One month by the words of the contract."""

    def happened(column):
        return [r for r in rows if r[column] and (r[column].year, r[column].month) == (year, month)]

    def median(values):
        return statistics.median(values) if values else None

    opened, closed = happened("date_ouverture"), happened("date_cloture")
    delays = [(r["date_ouverture"] - r["date_saisine"]).days for r in opened]
    stock = [r for r in rows if r["date_saisine"] <= end and not (r["date_cloture"] and r["date_cloture"] <= end)]
    ages = [(end - r["date_saisine"]).days for r in stock]
    return {
        "saisines": len(happened("date_saisine")),
        "ouvertures": len(opened),
        "clotures": len(closed),
        "succes": sum(r["motif_cloture"] in SUCCES for r in closed),
        "stock": len(stock),
        "stock_sans_ouverture": sum(not (r["date_ouverture"] and r["date_ouverture"] <= end) for r in stock),
        "stock_plus_90": sum(age > 90 for age in ages),
        "stock_plus_180": sum(age > 180 for age in ages),
        "ouvertures_2": sum(d <= 2 for d in delays),
        "ouvertures_15": sum(d <= 15 for d in delays),
        "ouvertures_30": sum(d <= 30 for d in delays),
        "age_median_stock": median(ages),
        "delai_median": median(delays),
        "duree_mediane": median([(r["date_cloture"] - r["date_saisine"]).days for r in closed]),
    }


@pytest.mark.parametrize("public", PUBLICS)
@pytest.mark.parametrize("place", PLACES)
def test_every_month_against_plain_counting(published, rows, place, public):
    own, query = of(rows, *place, public), published[0]
    wanted = {(y, m): of_month(own, y, m, end) for y, m, end in months(min(r["date_saisine"] for r in rows), DAYS[-1])}
    names = list(wanted[2024, 6])
    found = query(
        f"SELECT annee, mois, {', '.join(names)} FROM marts.mensuel WHERE (niveau, territoire, public) = {(*place, public)}"
    )
    assert {(y, m): dict(zip(names, values, strict=True)) for y, m, *values in found} == {
        month: values for month, values in wanted.items() if any(values[name] for name in names[:11])
    }


def test_the_stock_moves_with_saisines_and_closures(published):
    assert published[0]("""
        SELECT COUNT(*), COUNT(*) FILTER (stock <> avant + saisines - clotures) FROM (
          SELECT *, LAG(stock) OVER (PARTITION BY niveau, territoire, public ORDER BY annee, mois) AS avant
          FROM marts.mensuel WHERE public = 'ensemble') WHERE avant IS NOT NULL""") == [(19 * 6, 0)]


GRID = (0, 1, 2, 3, 5, 7, 10, 14, 15, 21, 30, 45, 60, 75, 90, 120, 150, 180, 240, 300, 365, 450, 540, 730)


def of_cohort(rows, issue):
    """{day: (at risk, events, share)} of a cohort, day after day, by the words of Aalen and Johansen."""
    times = [((r["date_cloture"] or DAYS[-1]) - r["date_saisine"]).days for r in rows]
    wins = [r["date_cloture"] and ("SUCCES" if r["motif_cloture"] in SUCCES else "AUTRE") for r in rows]
    out, events, part, left = {}, 0, Fraction(0), Fraction(1)
    for day in range(max(times, default=-1) + 1):
        at_risk = sum(t >= day for t in times)
        ended = Counter(win for t, win in zip(times, wins, strict=True) if t == day and win)
        now = ended.total() if issue == "TOUTES" else ended[issue]
        events += now
        part += left * Fraction(now, at_risk)
        left *= 1 - Fraction(ended.total(), at_risk)
        if day in GRID:
            out[day] = (at_risk, events, pytest.approx(float(part), abs=1e-12))
    return out


@pytest.mark.parametrize("kind", ["", "SOINS"])
@pytest.mark.parametrize("public", PUBLICS)
@pytest.mark.parametrize("place", PLACES)
def test_every_curve_against_plain_counting(published, rows, place, public, kind):
    for year in (2022, 2023, 2024):
        cohort = [
            r
            for r in of(rows, *place, public)
            if r["date_saisine"].year == year and kind in ("", r["type_accompagnement"])
        ]
        for issue in ("SUCCES", "AUTRE", "TOUTES"):
            found = published[0](
                "SELECT jours, a_risque, evenements, part FROM marts.courbes WHERE (annee, niveau, territoire, public, "
                f"type_accompagnement, issue) = {(year, *place, public, kind, issue)}"
            )
            drawn = place[0] != "organisme" or public == "ensemble"
            assert {day: tuple(values) for day, *values in found} == (of_cohort(cohort, issue) if drawn else {})


def test_every_chart_is_of_the_months_before(published):
    query, _ = published
    found = query(
        "SELECT niveau, territoire, mesure, COUNT(*), AVG(valeur), MIN(moyenne), MAX(moyenne) FROM marts.signaux GROUP BY ALL"
    )
    assert len(found) == 6 * 4
    for niveau, territoire, measure, n, mean, low, high in found:
        values = {
            "taux_succes": "succes / NULLIF(clotures, 0)",
            "part_ouverts_15": "ouvertures_15 / NULLIF(ouvertures, 0)",
        }.get(measure, measure)
        months = f"(SELECT {values} AS v FROM marts.mensuel WHERE public = 'ensemble' AND (niveau, territoire) = {(niveau, territoire)})"
        assert query(f"SELECT COUNT(v), AVG(v) FROM {months}") == [(n, pytest.approx(mean))]
        assert low == high == pytest.approx(mean)
        chart = query(
            f"SELECT valeur, signal FROM marts.signaux WHERE (niveau, territoire, mesure) = {(niveau, territoire, measure)} "
            "ORDER BY annee, mois"
        )
        assert [signal for _, signal in chart] == signals([value for value, _ in chart], "_" in measure)


def test_a_territory_of_few_months_or_cases_has_no_chart(raw, marts, refreshed):
    """Twelve months are enough, a month without a row being 0, five cases a month too; eleven or fewer are not."""

    def cases(organisme, begun, each, months):
        days = [date(2024 + m // 12, m % 12 + 1, 5) for m in range(begun, begun + months)]
        return [
            accompagnement(id_accompagnement=f"{organisme}-{day}-{k}", organisme=organisme, date_saisine=str(day))
            for day in days
            for k in range(each)
        ]

    bali(raw, "2024-12-31", accompagnements=[*cases("311", 0, 12, 5), *cases("331", 0, 4, 12)])
    refreshed()
    with reader(marts) as query:
        charts = "SELECT niveau, territoire, mesure, COUNT(*), MIN(valeur) FROM marts.signaux GROUP BY ALL ORDER BY ALL"
        assert query(charts) == [
            ("national", "FR", "saisines", 12, 4.0), ("organisme", "311", "saisines", 12, 0.0), ("region", "76", "saisines", 12, 0.0),
        ]  # fmt: skip


def test_the_year_in_progress_lands(raw, marts, refreshed):
    """Eight a month in 2022 and 2023, ten from December on; an organisme that begins in 2023 has no past to go by.

    Of 2021 there is only what was still under way when deliveries began.
    """
    from pipelines.refresh import refresh

    def cases(organisme, first, last):
        each = {(y, m): 10 if (y, m) >= (2023, 12) else 8 for y in (2021, 2022, 2023, 2024) for m in range(1, 13)}
        return [
            accompagnement(
                id_accompagnement=f"{organisme}-{y}-{m}-{k}",
                organisme=organisme,
                date_saisine=f"{y}-{m:02}-05",
                clos=f"{y}-{m:02}-08" if y > 2021 else "",
            )
            for (y, m), n in each.items()
            if first <= (y, m) <= last
            for k in range(n)
        ]

    bali(raw, "2024-03-31", accompagnements=[*cases("311", (2021, 8), (2024, 3)), *cases("331", (2023, 2), (2024, 3))])
    refreshed()
    bali(raw, "2024-06-10", accompagnements=[*cases("311", (2024, 4), (2024, 6)), *cases("331", (2024, 4), (2024, 6))])
    refreshed()
    refresh(raw, marts.with_name("entier"), quiet=True, complete=True)
    assert contents(marts)["marts.atterrissage"] == contents(marts.with_name("entier"))["marts.atterrissage"]
    with reader(marts) as query:
        found = query("SELECT * FROM marts.atterrissage WHERE mesure = 'saisines' ORDER BY niveau")
        assert [row[:5] for row in found] == [
            (2024, "national", "FR", "saisines", 100), (2024, "organisme", "311", "saisines", 50), (2024, "region", "76", "saisines", 50),
        ]  # fmt: skip
        assert all(observed < low < landed < high for *_, observed, landed, low, high in found)
        of_2022, of_2023 = [8] * 12, [8, *[16] * 10, 20]
        shape = [a / sum(of_2022) + b / sum(of_2023) for a, b in zip(of_2022, of_2023, strict=True)]
        assert found[1][5] == 50 + round(
            60 * sum(shape[5:]) / (shape[11] + sum(shape[:5]))
        )  # sixty from December to May


def test_openings_that_no_delivery_tells_are_not_waited_for(raw, marts, refreshed):
    """A delivery without the column says nothing of openings: its rows are not of the stock without one."""
    folder = bali(raw, "2024-03-10", accompagnements=[accompagnement()])
    path = folder / "accompagnements.csv"
    lines = [line.split(";") for line in path.read_text(encoding="utf-8").splitlines()]
    at = lines[0].index("Date d'ouverture")
    path.write_text("".join(";".join(line[:at] + line[at + 1 :]) + "\n" for line in lines), encoding="utf-8")
    bali(raw, "2024-04-10", accompagnements=[accompagnement(id_accompagnement="B")])
    refreshed()
    with reader(marts) as query:
        assert query("SELECT mois, stock, stock_sans_ouverture FROM marts.mensuel WHERE niveau = 'national' ORDER BY ALL") == [
            (1, 2, 1), (2, 2, 1), (3, 2, 1),
        ]  # fmt: skip
        figures = "SELECT denominateur FROM marts.indicateurs WHERE niveau = 'national' AND public = 'ensemble' AND indicateur = "
        assert query(f"{figures} 'delais.part_ouverts_15'") == [(1,)]


@pytest.mark.parametrize("name", ["adass", "adass_diffusion"])
def test_the_bounds_of_a_share_are_those_of_statsmodels(published, name):
    import duckdb

    _, place = published
    with duckdb.connect(str((place / "marts" / f"{name}.duckdb").resolve()), read_only=True) as con:
        for k, n in ((0, 1), (3, 7), (20, 20), (2_000_000_000, 4_000_000_000)):
            found = con.execute("SELECT marts.wilson_bas(?, ?), marts.wilson_haut(?, ?)", [k, n, k, n]).fetchone()
            assert found == pytest.approx(proportion_confint(k, n, method="wilson"), abs=1e-12)
        empty = "SELECT marts.wilson_bas(k, n), marts.wilson_haut(k, n) FROM (VALUES (0, 0), (3, NULL)) AS v (k, n)"
        assert con.execute(empty).fetchall() == [(None, None)] * 2
        told = con.execute("SELECT comment FROM duckdb_functions() WHERE function_name LIKE 'wilson%'").fetchall()
        assert len(told) == 2 and all(comment.endswith(".") for (comment,) in told)
