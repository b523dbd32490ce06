import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.text import capitals, clean, is_error, key, masked, may_be_name, without_dates, without_stray_quote


def test_key_ignores_case_accents_blanks_and_apostrophes():
    assert key("  Numéro  d’Accompagnement\u00a0") == key("NUMERO D'ACCOMPAGNEMENT") == "numero d'accompagnement"


def test_capitals_form():
    assert capitals("Les  Restos du Cœur") == "LES RESTOS DU COEUR"
    assert capitals("Caisse d’allocations\u202ffamiliales") == "CAISSE D'ALLOCATIONS FAMILIALES"
    assert capitals("Lætitia") == "LAETITIA"
    assert capitals("Ǽ Å e\u0301") == "AE A E"


@pytest.mark.parametrize("sign", ["²", "½", "…", "‘", "ʼ", "№", "≠", "Å€", "ﾊ", "①"])
def test_the_capitals_form_changes_accents_ligatures_apostrophes_and_blanks_only(sign):
    assert capitals(f"a {sign} b") == f"A {sign.replace('Å', 'A')} B"


@given(st.text())
def test_forms_are_stable(text):
    assert clean(clean(text)) == clean(text)
    assert key(key(text)) == key(text)
    assert capitals(capitals(text)) == capitals(text)


def test_a_nir_is_masked_wherever_it_stands():
    assert "2 69 05 49 588 157" not in masked("vu le 2 69 05 49 588 157 80 au guichet")
    assert masked("A00001234") == "A00001234"
    assert masked("2024-05-31 14:02:11") == "2024-05-31 14:02:11"


@pytest.mark.parametrize(
    "text", ["#N/A", "#REF!", "#VALUE!", "#VALEUR!", "#DIV/0!", "#NAME?", "#NOM?", "#NUM!", "Err:502"]
)
def test_what_a_spreadsheet_shows_in_place_of_a_value_is_no_text(text):
    assert is_error(text)


@pytest.mark.parametrize("text", ["#VIVRE!", "N/A", "#", "Association #1", "A1"])
def test_other_texts_are_no_errors(text):
    assert not is_error(text)


@pytest.mark.parametrize("text", ["12/03/1985", "1.3.1985", "1985-03-12", "12-03-1985", "né le 12/03/1985 à Muret"])
def test_days_are_masked(text):
    assert "1985" not in without_dates(text)


def test_what_may_be_a_name():
    assert may_be_name("Collectif du 8 mai 1945, 44 rue Neuve")
    assert may_be_name("x" * 300)
    assert not may_be_name("x" * 301)
    assert not may_be_name("Asso 12/03/1985")
    assert not may_be_name("Asso 2540713999123")


@given(st.text(st.sampled_from('ab" ')))
def test_quotes_that_pair_stay(text):
    assert without_stray_quote(text).count('"') == (0 if text.count('"') == 1 else text.count('"'))
