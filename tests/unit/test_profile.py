"""The reading profile: what it may say, and how it is refused where it says something else."""

from pathlib import Path

import pytest

from pipelines.adoption.entries import read_entries
from pipelines.adoption.forms import deliveries
from pipelines.adoption.memory import confirmed
from pipelines.adoption.profile import parsed, read_profile
from pipelines.errors import Refused

PATH = Path("profil.toml")
TABLE = '[[bali.accompagnements]]\nmotif = "*.csv"\n'


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[[fichiers", "illisible"),
        ("[[fichier]]\nmotif = 'a'", "« fichier » est inconnu ; le plus proche : fichiers"),
        ("[[fichiers]]\nencodage = 'utf-8'", "doit avoir un motif"),
        ("[[fichiers]]\nmotif = 'a'\nencodage = 'utf8000'", "n'est pas un encodage connu"),
        ("[[fichiers]]\nmotif = 'a'\nencodage = 'base64'", "n'est pas un encodage connu"),
        ("[[fichiers]]\nmotif = 'a'\nseparateur = '||'", "un seul caractère"),
        ("[[fichiers]]\nmotif = 'a'\nlignes_sautees = -1", "nombre de lignes"),
        ("[[fichiers]]\nmotif = 'a'\nlignes_sautees = true", "de la forme attendue"),
        ("[[fichiers]]\nmotif = 'a'\nlivraison = { dossier = 'a' }", "s'écrit { chemin"),
        ("[[fichiers]]\nmotif = 3", "de la forme attendue"),
        ("[[bali.accompagnement]]\nmotif = 'a'", "le plus proche : accompagnements"),
        ("[[bali.actions]]\nseparateurs = ';'", "« separateurs » est inconnu ; le plus proche : separateur"),
        (TABLE + "[bali.accompagnements.colonnes]\n'Clos le' = 'date_clture'", "le plus proche : date_cloture"),
        (TABLE + "[bali.accompagnements.colonnes]\n'Clos le' = 3", "un texte ou une liste de textes"),
        ("[[bali.soins]]\n[bali.soins.colonnes]\n'Age' = 'age'", "« age » est inconnu"),
        (TABLE + "[bali.accompagnements.dates]\ndate_cloture = '%Y'", "ne dit pas le jour"),
        (TABLE + "[bali.accompagnements.dates]\nsexe = '%d/%m/%Y'", "n'est pas une date"),
        (TABLE + "[bali.accompagnements.valeurs.sexe]\nMme = 'FEMME'", "« FEMME » est inconnu"),
        (TABLE + "[bali.accompagnements.valeurs.help]\nX = 'Oui'", "le plus proche : oui"),
        (TABLE + "[bali.accompagnements.valeurs.help]\nX = [{ lu = 'oui' }]", "{ si ="),
        (TABLE + "[bali.accompagnements.valeurs.help]\nX = [{ lu = 'oui', si = { sex = 'H' } }]", "le plus proche : sexe"),
        (TABLE + "[bali.accompagnements.constantes]\norganisme = { chemin = 'caisse' }", "doit contenir {valeur}"),
        (TABLE + "[bali.accompagnements.deduites]\nsexe = 'categorie_detecteur'", "ne se déduit pas"),
        ("[[bali.actions]]\n[bali.actions.larges]\nlibelle = 'Action'", "{n} une fois"),
    ],
)  # fmt: skip
def test_a_profile_that_says_something_else_is_refused_by_its_place(text, problem):
    with pytest.raises(Refused, match=r"^profil\.toml : ") as refused:
        parsed(PATH, text)
    assert problem in str(refused.value)


def test_the_same_section_as_in_alias_toml_names_headers_by_column():
    profile = parsed(PATH, '[bali.accompagnements]\norganisme = ["Code caisse", "Caisse"]\n')
    (rule,) = profile.by_table["bali.accompagnements"]
    assert rule.settings == {"colonnes": {"Code caisse": ("organisme",), "Caisse": ("organisme",)}}
    assert rule.patterns == ()


def test_a_profile_that_is_no_text_or_is_not_there_is_refused(tmp_path):
    (tmp_path / "profil.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(Refused, match="n'est pas en UTF-8"):
        read_profile(tmp_path / "profil.toml")
    with pytest.raises(Refused, match="illisible"):
        read_profile(tmp_path / "absent.toml")


def found(raw, text):
    several = deliveries(raw, parsed(PATH, text))["bali"]
    return {a.delivery.name: {table: [h.name for h in held] for table, held in a.files.items()} for a in several}


@pytest.fixture
def raw(tmp_path):
    for name in (
        "Extraction du 15-01-2024/suivi.csv",
        "Extraction du 02-09-2024/suivi.csv",
        "bali/2024-09-02/accompagnements.csv",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("a;b\n1;2\n", encoding="utf-8")
    return tmp_path


SUIVI = '[[bali.accompagnements]]\nmotif = "Extraction du */suivi.csv"\n'


def test_the_day_of_a_delivery_is_read_from_the_path_beside_what_lies_as_in_the_contract(raw):
    told = '[[fichiers]]\nmotif = "*"\nlivraison = { chemin = "Extraction du %d-%m-%Y" }\n'
    assert found(raw, told + SUIVI) == {
        "2024-01-15": {"accompagnements": ["Extraction du 15-01-2024/suivi.csv"]},
        "2024-09-02": {"accompagnements": ["Extraction du 02-09-2024/suivi.csv", "accompagnements.csv"]},
    }


def test_a_later_rule_and_the_rule_of_a_table_come_before(raw):
    told = '[[fichiers]]\nmotif = "*"\nlivraison = "2020-01-01"\n[[fichiers]]\nmotif = "*15-01*"\nlivraison = "2021-01-01"\n'
    assert list(found(raw, told + SUIVI)) == ["2020-01-01", "2021-01-01", "2024-09-02"]
    assert list(found(raw, told + SUIVI + 'livraison = "2022-02-02"\n')) == ["2022-02-02", "2024-09-02"]


@pytest.mark.parametrize(
    ("told", "problem"),
    [
        ("", "de quelle livraison"),
        ('livraison = { chemin = "Livré le %d-%m-%Y" }', "ne s'y trouve pas"),
        ('livraison = { chemin = "Extraction" }', "ne dit pas le jour"),
        ('livraison = "janvier"', "AAAA-MM-JJ"),
        ('livraison = "2024-02-31"', "n'est pas une date"),
    ],
)
def test_a_file_of_no_delivery_is_refused_by_its_name(raw, told, problem):
    with pytest.raises(Refused, match=r"Extraction du \d\d-\d\d-2024/suivi\.csv : ") as refused:
        found(raw, SUIVI + told)
    assert problem in str(refused.value)


def test_the_profile_of_the_guide_is_one():
    guide = (Path(__file__).parents[2] / "docs" / "adopter.md").read_text(encoding="utf-8")
    text = guide.split("```toml\n")[1].split("```")[0]
    assert {"bali.accompagnements", "bali.actions"} == parsed(PATH, text).by_table.keys()


def test_the_answers_of_the_guide_are_some(tmp_path):
    guide = (Path(__file__).parents[2] / "docs" / "adopter.md").read_text(encoding="utf-8")
    (tmp_path / "reponses.json").write_text(guide.split("```json\n")[1].split("```")[0], encoding="utf-8")
    assert [e.propose for e in read_entries(tmp_path / "reponses.json")] == ["famille_detecteur", "PS_AUTRES"]


def test_a_profile_may_be_read_as_if_its_doubts_were_confirmed():
    text = '[[bali.soins]]\n# motif = "*.csv"  # à confirmer\n# "Zone" = ""  # inconnu ; exemples : Nord\n'
    assert confirmed(text) == '[[bali.soins]]\nmotif = "*.csv"\n# "Zone" = ""  # inconnu ; exemples : Nord\n'
