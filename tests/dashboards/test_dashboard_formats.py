"""Figures as they are written."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards import formats as f
from schemas.indicators.catalogue import ANNEES, EVOLUTION, JOURS, NOMBRE, NOTE, PART

T, N, M = "\u202f", "\u00a0", "\u2212"
UNITS = (NOMBRE, PART, JOURS, EVOLUTION, ANNEES, NOTE)
amounts = st.floats(min_value=-1e9, max_value=1e9, allow_nan=False)


@pytest.mark.parametrize(
    ("write", "value", "text"),
    [
        (f.nombre, 297484, f"297{T}484"),
        (f.nombre, 0, "0"),
        (f.nombre, 1234567, f"1{T}234{T}567"),
        (f.nombre, -3, f"{M}3"),
        (f.part, 0.172, f"17,2{N}%"),
        (f.part, 0.17, f"17,0{N}%"),
        (f.part, 0.1725, f"17,3{N}%"),
        (f.part, 0, f"0{N}%"),
        (f.part, 1, f"100{N}%"),
        (f.part, 0.0004, f"<{N}0,1{N}%"),
        (f.part, 0.9996, f">{N}99,9{N}%"),
        (f.evolution, 0.015, f"+1,5{N}%"),
        (f.evolution, 0.09, f"+9{N}%"),
        (f.evolution, -0.2, f"{M}20{N}%"),
        (f.evolution, 0, f"0{N}%"),
        (f.evolution, -0.00001, f"0{N}%"),
        (f.evolution, 12.345, f"+1{T}234,5{N}%"),
        (f.points, 0.09, f"+9{N}points"),
        (f.points, 0.01, f"+1{N}point"),
        (f.points, -0.17, f"{M}17{N}points"),
        (f.points, 0.0151, f"+1,5{N}point"),
        (f.points, -0.0001, f"0{N}point"),
        (f.jours, 141.3, f"141{N}jours"),
        (f.jours, 1, f"1{N}jour"),
        (f.jours, 2.5, f"2,5{N}jours"),
        (f.gap_jours, -11.6, f"{M}12{N}jours"),
        (f.annees, 45, f"45{N}ans"),
        (f.annees, 45.5, f"45,5{N}ans"),
        (f.note, 8.44, "8,4/10"),
        (f.jour, date(2026, 3, 1), f"1er{N}mars 2026"),
        (f.jour, date(2025, 8, 21), f"21{N}août 2025"),
        (f.plain, 0.172, "0,172"),
        (f.plain, 297484.0, "297484"),
        (f.plain, 0.00001, "0,00001"),
        (f.plain, None, ""),
    ],
)
def test_writes(write, value, text):
    assert write(value) == text


@pytest.mark.parametrize("unit", UNITS)
def test_missing_is_said(unit):
    assert f.value(unit, None) == f"n.{N}c."
    assert f.gap(unit, None, 1.0) == f.gap(unit, 1.0, None) == f"n.{N}c."


def test_gap_of_a_count_is_relative_and_of_nothing_unknown():
    assert f.gap(NOMBRE, 297484, 273561) == f"+8,7{N}%"
    assert f.gap(NOMBRE, 5, 0) == f.NC


def test_an_unknown_unit_is_refused():
    with pytest.raises(KeyError):
        f.value("euros", 1.0)


def test_singular_up_to_two():
    assert [f.counted(n, "détection", "détections") for n in (0, 1, 2)] == [
        f"0{N}détection",
        f"1{N}détection",
        f"2{N}détections",
    ]


def test_prose_never_breaks_before_high_signs():
    assert f.prose("un « mot » : 5 % ; non ?") == f"un «{N}mot{N}»{N}: 5{N}%{N}; non{N}?"


@given(st.sampled_from(UNITS), amounts)
def test_no_breakable_space_and_no_decimal_point(unit, amount):
    text = f.value(unit, amount)
    assert " " not in text
    assert "." not in text


@given(st.integers(min_value=-(10**15), max_value=10**15))
def test_a_whole_number_reads_back(n):
    assert int(f.nombre(n).replace(T, "").replace(M, "-")) == n


@given(st.floats(min_value=0, max_value=1))
def test_a_share_is_zero_or_whole_only_when_it_is(share):
    text = f.part(share)
    assert (text == f"0{N}%") == (share == 0)
    assert (text == f"100{N}%") == (share == 1)


@given(amounts, amounts)
def test_a_gap_reads_the_other_way_round(a, b):
    there, back = f.gap(JOURS, a, b), f.gap(JOURS, b, a)
    assert f.unsigned(there) == f.unsigned(back)
    assert (there[0] == "+") == (back[0] == M)
