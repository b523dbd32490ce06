import re
from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.exports.bali import ACCOMPAGNEMENTS
from schemas.exports.kinds import Amount, Count, YesNo, read_day, read_days, read_number, read_yes_no
from schemas.exports.nir import read_nirs


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("31/12/2024", date(2024, 12, 31)),
        ("2024-12-31", date(2024, 12, 31)),
        ("31/12/2024 14:05", date(2024, 12, 31)),
        ("2024-12-31T14:05:00", date(2024, 12, 31)),
        ("2024-12-31 9:15", date(2024, 12, 31)),
        ("29/02/2023", None),
        ("1/2/2024", None),
        ("31.12.2024", None),
        ("2024-12-31T14:05:00Z", None),
        ("hier", None),
    ],
)
def test_days(text, day):
    assert read_day(text) == day


@given(st.dates())
def test_every_day_reads_back_in_both_forms(day):
    assert read_day(day.isoformat()) == day
    assert read_day(f"{day.day:02d}/{day.month:02d}/{day.year:04d}") == day


near_a_day = st.one_of(
    st.dates().map(lambda day: f"{day.day:02d}/{day.month:02d}/{day.year:04d}"),
    st.dates().map(lambda day: f"{day} 10:30"),
    st.from_regex(r"\d{1,2}/\d{1,2}/\d{4}", fullmatch=True),
    st.from_regex(r"[0-9]{2}/[0-9]{2}/[0-9]{2,5} ?", fullmatch=True),
    st.text(st.sampled_from("0123/-: "), max_size=12),
)


@given(st.lists(near_a_day, min_size=1))
def test_days_read_together_are_those_read_one_by_one(texts):
    assert read_days(pl.Series(texts)).to_list() == [read_day(text) for text in texts]


@pytest.mark.parametrize(
    ("text", "value"),
    [("Oui", True), ("O", True), ("1", True), ("VRAI", True), ("true", True), ("non", False), ("N", False), ("0", False),
     ("Faux", False), ("False", False), ("peut-être", None), ("2", None)],
)  # fmt: skip
def test_yes_no(text, value):
    assert read_yes_no(text) is value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 250 000,00", 1_250_000.0),
        ("1\u202f250,5", 1250.5),
        ("12.0", 12.0),
        ("-5", -5.0),
        ("1e5", None),
        ("1,2,3", None),
    ],
)
def test_numbers(text, value):
    assert read_number(text) == value


def test_a_count_is_whole_and_not_negative():
    read = Count().reader({})
    assert [read(t) for t in ("12", "12,0", "12,5", "-1", "x")] == [12, 12, None, None, None]


def test_a_mark_has_a_highest_value():
    read = Amount(highest=10).reader({})
    assert [read(t) for t in ("8,4", "10", "10,1", "-1")] == [8.4, 10.0, None, None]


def test_autres_is_read_within_its_family():
    read = ACCOMPAGNEMENTS.column("categorie_detecteur").kind.reader({})
    assert read("PARTENAIRES\tAutres") == "PE_AUTRES"
    assert read("PROFESSIONNELS_SANTE\tautres") == "PS_AUTRES"
    assert read("ASSURANCE_MALADIE\tAutres") is None
    assert read("ASSURANCE_MALADIE\tAutres CPAM") == "AM_AUTRES"
    assert read("\tMédiation") == "AM_MEDIATION"
    assert read("\tLoisirs") is None


def read_nir(text: str) -> str | None:
    return read_nirs(pl.Series([text], dtype=pl.String))[0]


def with_key(nir: str, place: str | None = None) -> str:
    """The NIR and its key; `place` stands for the département in the key's number."""
    return f"{nir}{97 - int(nir[:5] + (place or nir[5:7]) + nir[7:]) % 97:02d}"


def test_nir_with_and_without_its_key_is_the_same_person():
    assert with_key("2690549588157") == "269054958815780"  # the example of the public documentation of the key
    assert read_nir("2 69 05 49 588 157\u00a080") == read_nir("2690549588157") == "2690549588157"


def test_corsican_places_count_as_19_and_18():
    for letter, digits in (("2A", "19"), ("2B", "18")):
        nir = f"15506{letter}123456"
        assert read_nir(with_key(nir, digits)) == nir
        assert read_nir(nir + f"{(int(with_key(nir, digits)[-2:]) + 1) % 97:02d}") is None


@pytest.mark.parametrize(
    "text", ["269054958815", "26905495881578901", "26905495881AB", "2690A49588157", "269054958815799"]
)
def test_malformed_nir(text):
    assert read_nir(text) is None


near_a_nir = st.one_of(
    st.from_regex(r"[0-9]{13}", fullmatch=True).map(with_key),
    st.from_regex(r"[0-9]{13}", fullmatch=True),
    st.from_regex(r"[0-9]{5}2[AB][0-9]{6}", fullmatch=True),
    st.from_regex(r"[ +-]?[0-9]{13,15}[ \u00a0]?", fullmatch=True),
    st.text(st.sampled_from("012 +-.eAB"), max_size=16),
)


def plainly_read(text: str | None) -> str | None:
    """The rule of the NIR, as it is written."""
    compact = re.sub(r"\s", "", text or "")
    if not re.fullmatch(r"[0-9]{5}([0-9]{2}|2[AB])[0-9]{6}([0-9]{2})?", compact):
        return None
    nir, key = compact[:13], compact[13:]
    return nir if not key or with_key(nir, {"2A": "19", "2B": "18"}.get(nir[5:7])) == compact else None


@given(st.lists(st.one_of(near_a_nir, st.none()), min_size=1))
def test_nirs_read_together_are_those_read_one_by_one(texts):
    assert read_nirs(pl.Series(texts, dtype=pl.String)).to_list() == [plainly_read(text) for text in texts]


@given(st.lists(st.one_of(st.sampled_from(["Oui", "Non", "oui", "1", "peut-être", ""]), st.none())))
def test_yes_and_no_are_read_at_once_only_where_every_text_is_one_of_them(texts):
    known = {"Oui": True, "Non": False, None: None}
    plain = YesNo().read_plain(pl.Series(texts, dtype=pl.String))
    assert (plain is None) == any(text not in known for text in texts)
    assert plain is None or plain.to_list() == [known[text] for text in texts]


@given(st.from_regex(r"[12][0-9]{4}[0-9]{8}", fullmatch=True), st.integers(0, 97))
def test_a_wrong_key_is_refused(nir, other):
    assert (read_nir(f"{nir}{other:02d}") == nir) == (with_key(nir) == f"{nir}{other:02d}")
