from hypothesis import given
from hypothesis import strategies as st

from schemas.text import capitals, clean, key, masked


def test_key_ignores_case_accents_blanks_and_apostrophes():
    assert key("  Numéro  d’Accompagnement\u00a0") == key("NUMERO D'ACCOMPAGNEMENT") == "numero d'accompagnement"


def test_capitals_form():
    assert capitals("Les  Restos du Cœur") == "LES RESTOS DU COEUR"
    assert capitals("Caisse d’allocations\u202ffamiliales") == "CAISSE D'ALLOCATIONS FAMILIALES"
    assert capitals("Lætitia") == "LAETITIA"
    assert capitals("Ǽ ꟹ ŉ") == "AE OE 'N"


@given(st.text())
def test_forms_are_stable(text):
    assert clean(clean(text)) == clean(text)
    assert key(key(text)) == key(text)
    assert capitals(capitals(text)) == capitals(text)


def test_a_nir_is_masked_wherever_it_stands():
    assert "2 69 05 49 588 157" not in masked("vu le 2 69 05 49 588 157 80 au guichet")
    assert masked("A00001234") == "A00001234"
    assert masked("2024-05-31 14:02:11") == "2024-05-31 14:02:11"
