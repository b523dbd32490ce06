"""`alias.toml`: what it adds, and what it is refused for."""

import re

import pytest

from pipelines.adoption.aliases import read_aliases
from pipelines.adoption.profile import parsed
from pipelines.errors import Refused

GOOD = """
[bali.accompagnements]
organisme = ["Code caisse", "Caisse gestionnaire"]
sexe = []
[enquete.actions]
canal = ["Moyen"]
"""


@pytest.fixture
def path(tmp_path):
    return tmp_path / "alias.toml"


def test_headers_are_added_by_table_and_column(path):
    path.write_text(f"\ufeff{GOOD}", encoding="utf-8")
    assert read_aliases(path) == {
        "bali.accompagnements": {"organisme": ["Code caisse", "Caisse gestionnaire"], "sexe": []},
        "enquete.actions": {"canal": ["Moyen"]},
    }


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[bali.acompagnements]", "[bali.acompagnements] n'est pas une section connue ; le plus proche : bali.accompagnements"),
        ("[ball.accompagnements]", "[ball] n'est pas une section connue ; le plus proche : bali"),
        ("[accompagnements]", "[accompagnements] n'est pas une section connue (attendu : bali, enquete, action_sociale)"),
        ('organisme = ["Caisse"]', "[organisme] n'est pas une section connue"),
        ("[bali.xyz]", "[bali.xyz] n'est pas une section connue (attendu : bali.accompagnements, bali.actions, bali.soins)"),
        ("bali = 3", "[bali] doit être une section, et ne l'est pas"),
        ("[bali]\nsoins = 3", "[bali.soins] doit être une section, et ne l'est pas"),
        ('[bali.soins]\nspecialites = ["X"]', "[bali.soins] specialites : colonne inconnue ; le plus proche : specialite"),
        ('[bali.soins]\nxyz = ["X"]', "[bali.soins] xyz : colonne inconnue (attendu : id_accompagnement, "),
        ('[bali.soins]\nspecialite = "X"', "[bali.soins] specialite : une liste d'en-têtes est attendue"),
        ("[bali.soins]\nspecialite = [3]", "[bali.soins] specialite : une liste d'en-têtes est attendue"),
        (
            '[bali.accompagnements]\nsexe = ["Civilité"]\nsituation = ["Autre", "civilite "]',
            "[bali.accompagnements] l'en-tête « civilite » est donné à deux colonnes, sexe et situation",
        ),
        ("[bali.soins]\n[bali.soins]", "fichier d'alias illisible (ce n'est pas du TOML, ligne 2, colonne 12)"),
        ("[bali.soins", "fichier d'alias illisible"),
    ],
)  # fmt: skip
def test_what_says_nothing_is_refused_with_the_nearest_name(path, text, problem):
    path.write_text(text, encoding="utf-8")
    with pytest.raises(Refused, match=re.escape(problem)) as refused:
        read_aliases(path)
    assert str(refused.value).startswith("alias.toml")


def test_the_same_header_twice_for_one_column_says_no_more_than_once(path):
    path.write_text('[bali.soins]\nspecialite = ["Discipline", "discipline"]', encoding="utf-8")
    assert read_aliases(path) == {"bali.soins": {"specialite": ["Discipline", "discipline"]}}


def test_a_file_that_is_no_text_is_refused(path):
    path.write_bytes(b"[bali.soins]\nspecialite = ['Sp\xe9cialit\xe9']")
    with pytest.raises(Refused, match="n'est pas en UTF-8"):
        read_aliases(path)


def test_a_profile_that_gives_a_header_to_two_columns_is_refused_too(tmp_path):
    text = '[bali.accompagnements]\nsexe = ["Civilité"]\nsituation = "Civilite"'
    with pytest.raises(
        Refused, match=r"profil\.toml : \[bali\.accompagnements\] l'en-tête « Civilite » est donné à deux"
    ):
        parsed(tmp_path / "profil.toml", text)
