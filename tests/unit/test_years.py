"""Which years are made anew when rows come or go and the day of observation moves on."""

from datetime import date

from pipelines.vintages.years import changed_years

NOTHING = {"annee_detection": set(), "annee_ouverture": set(), "annee_cloture": set()}
ROWS = {"annee_detection": {2020}, "annee_ouverture": {2021}, "annee_cloture": {2022}}


def test_where_nothing_has_come_nothing_is_made_anew():
    day = date(2025, 1, 20)
    assert not any(changed_years(NOTHING, {2019}, day, day).values())


def test_a_row_changes_its_own_years_those_compared_with_them_and_the_closures_that_its_saisine_may_follow():
    day = date(2023, 3, 1)
    assert changed_years(ROWS, {2017}, day, day) == {
        "annee_detection": {2020, 2021},
        "annee_ouverture": {2021, 2022},
        "annee_cloture": {2019, 2020, 2021, 2022, 2023},
        "annee_stock": {2020, 2021, 2022, 2023},
    }


def test_a_later_day_changes_what_was_under_way_and_what_had_not_been_seen_for_long_enough():
    found = changed_years(NOTHING, {2017}, date(2024, 2, 1), date(2025, 1, 20))
    assert found["annee_detection"] >= {2017, 2023, 2024, 2025}
    assert found["annee_cloture"] >= {2023, 2024, 2025}
    assert found["annee_stock"] == {2024, 2025}
    assert 2022 not in found["annee_detection"] | found["annee_cloture"]


def test_a_first_day_of_observation_changes_the_years_of_the_rows_that_came():
    found = changed_years(ROWS, {2020}, None, date(2022, 6, 1))
    assert found["annee_stock"] == {2020, 2021, 2022}
