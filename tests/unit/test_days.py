"""Dates of any form: what each strptime code reads, and what is no date of the form."""

from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.reading.days import DayFormat, day_format

MARCH = date(2024, 3, 5)


def read(codes, text, latest=None):
    return DayFormat(codes).days(pl.Series([text]), latest)[0]


@pytest.mark.parametrize(
    ("codes", "text", "day"),
    [
        ("%d-%m-%Y", "05-03-2024", MARCH),
        ("%d-%m-%Y", "5-3-2024", MARCH),
        ("%d-%m-%Y", "05-03-2024 14:05:00", MARCH),  # an hour after a date is passed over
        ("%d-%m-%Y", "31-02-2024", None),
        ("%d-%m-%Y", "05-03-24", None),
        ("%d-%m-%Y", "le 05-03-2024", None),
        ("%d.%m.%y", "05.03.24", MARCH),
        ("%d.%m.%y", "05.03.99", date(1999, 3, 5)),
        ("%Y%m%d", "20240305", MARCH),
        ("%d%m%Y", "5032024", MARCH),  # a spreadsheet has taken its first zero
        ("%m/%d/%Y", "03/05/2024", MARCH),
        ("%m/%d/%Y", "25/12/2024", None),
        ("%d %B %Y", "5 mars 2024", MARCH),
        ("%d %B %Y", "1er AOÛT 2024", date(2024, 8, 1)),
        ("%d %B %Y", "5 brumaire 2024", None),
        ("%d-%b-%y", "05-févr.-24", date(2024, 2, 5)),
        ("%d-%b-%y", "05-Feb-24", date(2024, 2, 5)),
        ("%A %d %B %Y", "mardi 5 mars 2024", MARCH),
        ("%d/%m/%Y %H:%M", "05/03/2024 23:59", MARCH),
        ("%Y-%m-%dT%H:%M:%S%z", "2024-03-04T23:30:00Z", MARCH),  # 0 h 30 in Paris
        ("%Y-%m-%dT%H:%M:%S%z", "2024-03-05T00:30:00+01:00", MARCH),
        ("%Y-%m-%dT%H:%M:%S%z", "2024-07-31T22:30:00.000Z", date(2024, 8, 1)),  # summer
        ("excel", "45356", MARCH),
        ("excel", "45356.75", MARCH),
        ("excel", "99999999", None),
        ("excel", "05/03/2024", None),
    ],
)
def test_a_form_reads_its_dates_and_no_other(codes, text, day):
    assert read(codes, text) == day


def test_two_digits_of_a_birth_are_no_year_to_come():
    assert read("%d/%m/%y", "05/03/35", latest=2025) == date(1935, 3, 5)
    assert read("%d/%m/%y", "05/03/25", latest=2025) == date(2025, 3, 5)


@pytest.mark.parametrize("codes", ["%Y", "%d/%m", "%Q %d", "texte", "%m/%Y"])
def test_codes_that_give_no_day_are_refused(codes):
    with pytest.raises(ValueError, match="«"):
        DayFormat(codes)


def test_a_day_is_found_in_a_path():
    assert day_format("Extraction du %d-%m-%Y").found_in("2024/Extraction du 15-01-2024/Suivi.csv") == date(2024, 1, 15)
    assert day_format("%Y%m%d").found_in("export_20250120.csv") == date(2025, 1, 20)
    assert day_format("%Y%m%d").found_in("export_120250120.csv") is None


FORMS = ("%d/%m/%Y", "%Y-%m-%d", "%m/%d/%Y", "%Y%m%d", "%d.%m.%Y", "%d-%m-%Y %H:%M:%S", "%d %b %Y", "%B %d %Y")


@given(day=st.dates(date(1900, 1, 1), date(2099, 12, 31)), codes=st.sampled_from(FORMS))
@settings(deadline=None)
def test_what_strftime_writes_is_read_back(day, codes):
    assert read(codes, day.strftime(codes)) == day


@given(day=st.dates(date(1901, 1, 1), date(2099, 12, 31)))
@settings(deadline=None)
def test_serial_numbers_count_from_the_day_before_1900(day):
    assert read("excel", str((day - date(1899, 12, 30)) // timedelta(days=1))) == day
