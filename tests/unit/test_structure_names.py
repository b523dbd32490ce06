"""What structures are called on pages."""

import pytest

from schemas.context import structures
from schemas.text import capitals

PLACES = structures.places(["CPAM du Rhône", "CPAM de la Côte-d'Or", "CGSS de la Guadeloupe", "Autre chose"])


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("FRANCE TRAVAIL", "France Travail"),
        ("CAISSES D'ALLOCATIONS FAMILIALES", "Caf"),
        ("PREFECTURE DU RHONE", "Préfecture du Rhône"),
        ("CENTRE D'HEBERGEMENT DE LA COTE-D'OR", "Centre d'hébergement de la Côte-d'Or"),
        ("MSA DE LA GUADELOUPE", "MSA de la Guadeloupe"),
        ("PREFECTURE DU LOIRET", "PREFECTURE DU LOIRET"),
        ("LES AMIS DU RHONE", "LES AMIS DU RHONE"),
    ],
)
def test_a_known_structure_has_its_accents_and_any_other_stays_as_it_is(name, label):
    assert structures.label(name, PLACES) == label


def test_names_are_those_that_the_data_has():
    assert [name for name in structures.NAMES if capitals(name) != name] == []
