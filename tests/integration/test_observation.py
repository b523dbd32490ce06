"""Until when BALI was observed, and what follows of a row from that day and from the other rows of the same person."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.ref.mois import whole_months
from tests.integration.conftest import reader, tables
from tests.samples.exports import accompagnement, bali

NEEDED = (
    "ref.organismes",
    "ref.structures",
    "ref.millesime",
    "ref.mois",
    "detail.accompagnements",
    "detail.parcours_retours",
)
ONE, OTHER = "2850578006084", "1700175056001"


def test_the_day_is_that_of_the_latest_delivery_with_a_file(raw, marts):
    bali(raw, "2024-02-10", accompagnements=[accompagnement()])
    bali(raw, "2024-03-10", actions=[])
    (raw / "bali" / "2024-04-10").mkdir()
    (raw / "bali" / "2024-04-10" / "lisez-moi.txt").write_text("rien")
    with tables(raw, marts, *NEEDED) as query:
        assert query("SELECT jour_observation FROM ref.millesime") == [(date(2024, 3, 10),)]
        assert query("SELECT jours_observes, delai_jours FROM detail.parcours") == [(60, None)]


def test_without_bali_there_is_no_day_and_no_month(raw, marts):
    (raw / "enquete" / "2024").mkdir(parents=True)
    (raw / "enquete" / "2024" / "repondants.csv").write_text("Organisme;Date de réponse\n311;\n", encoding="utf-8")
    with tables(raw, marts, *NEEDED) as query:
        assert query("SELECT jour_observation FROM ref.millesime") == [(None,)]
        assert query("SELECT * FROM ref.mois") == []


@settings(deadline=None)
@given(st.dates(date(1900, 1, 1), date(2100, 1, 1)), st.integers(0, 2_000))
def test_months_are_those_that_are_over(first, days):
    observed = date.fromordinal(first.toordinal() + days)
    months = whole_months(first, observed).rows()
    begun = [day for day in _days(first.replace(day=1), observed) if day.day == 1]
    over = [day for day in _days(first, observed) if date.fromordinal(day.toordinal() + 1).day == 1]
    assert months == [(b.year, b.month, b, e) for b, e in zip(begun, over, strict=False)]


def _days(begin, end):
    return [date.fromordinal(n) for n in range(begin.toordinal(), end.toordinal() + 1)]


RETURNS = [
    # closed, next saisines, and the days until the next one after the closure
    ("2024-02-01", ["2024-02-01"], None),  # on the day of the closure it is not after it
    ("2024-02-01", ["2024-02-02"], 1),
    ("2024-02-01", ["2024-03-02", "2024-02-20"], 19),
    ("2023-02-01", ["2024-02-01"], 365),
    ("2023-02-01", ["2024-02-02"], None),  # further than a year
    ("2024-02-01", ["2024-01-15"], None),
]


@pytest.mark.parametrize(("closed", "others", "days"), RETURNS)
def test_a_return_is_the_next_saisine_of_the_person_anywhere(raw, marts, closed, others, days):
    first = accompagnement(nir=ONE, date_saisine="2023-01-10", clos=closed)
    later = [
        accompagnement(id_accompagnement=f"B{k}", nir=ONE, organisme="331", date_saisine=day)
        for k, day in enumerate(others)
    ]
    of_another = accompagnement(id_accompagnement="C", nir=OTHER, date_saisine="2024-02-03")
    nobodys = [accompagnement(id_accompagnement=i, clos="2024-02-01") for i in ("D", "E")]
    bali(raw, "2025-01-20", accompagnements=[first, *later, of_another, *nobodys])
    with tables(raw, marts, *NEEDED) as query:
        assert query("SELECT * FROM detail.parcours_retours") == ([("A1", days)] if days else [])
        assert query("SELECT retour_jours FROM detail.parcours WHERE id_accompagnement = 'A1'") == [(days,)]


def test_ends_of_years_hold_what_is_neither_closed_nor_to_come(raw, marts):
    bali(
        raw,
        "2024-12-31",
        accompagnements=[
            accompagnement(id_accompagnement="A", date_saisine="2021-12-31", clos="2023-12-31"),
            accompagnement(id_accompagnement="B", date_saisine="2023-01-01", date_ouverture="2025-06-01"),
            accompagnement(id_accompagnement="C", date_saisine="2024-02-01", clos="2024-03-01"),
        ],
    )
    with tables(raw, marts, *NEEDED) as query:
        assert query("SELECT id_accompagnement, annee_stock, age_jours FROM detail.stocks ORDER BY ALL") == [
            ("A", 2021, 0), ("A", 2022, 365), ("B", 2023, 364), ("B", 2024, 730),
        ]  # fmt: skip
        assert query("SELECT annee_ouverture, delai_jours FROM detail.parcours WHERE id_accompagnement = 'B'") == [
            (2025, 882)
        ]


def test_a_later_delivery_moves_the_day_and_finds_returns_of_former_closures(raw, marts, refreshed):
    bali(raw, "2024-06-01", accompagnements=[accompagnement(nir=ONE, clos="2024-02-01")])
    refreshed()
    bali(raw, "2025-01-20", accompagnements=[accompagnement(id_accompagnement="B", nir=ONE, date_saisine="2024-07-01")])
    refreshed()
    with reader(marts) as query:
        assert query("SELECT jour_observation FROM ref.millesime") == [(date(2025, 1, 20),)]
        assert query("SELECT * FROM detail.parcours_retours") == [("A1", 151)]
