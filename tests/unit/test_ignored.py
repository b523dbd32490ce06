"""Files that nothing reads are told with why, wherever they lie in the raw folder."""

import pytest

from pipelines.reading.ignored import lines
from pipelines.vintages.inputs import Inputs

ACCOMPAGNEMENTS = "bali/2025-01-20/accompagnements.csv"


def put(raw, *names):
    for name in names:
        (raw / name).parent.mkdir(parents=True, exist_ok=True)
        (raw / name).write_text("a;b\n", encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("bali/2025-01-20/accompagnement_311.csv", "son nom ne commence par celui d'aucune table"),
        ("bali/2025-01-20/lot/actions.csv", "les sous-dossiers d'une livraison ne sont pas lus"),
        ("action_sociale/311/2024/a/b/dossiers.csv", "les sous-dossiers d'une livraison ne sont pas lus"),
        ("bali/actions.csv", "il n'est dans aucun dossier de livraison"),
        ("action_sociale/311/dossiers.csv", "il n'est dans aucun dossier de livraison"),
        ("actions.csv", "il n'est dans aucun dossier de livraison"),
        ("enquetes/2024/actions.csv", "aucune source ne s'appelle « enquetes » (le plus proche : enquete)"),
        ("BALI/2025-01-20/actions.csv", "aucune source ne s'appelle « BALI » (le plus proche : bali)"),
        ("vieux/actions.csv", "aucune source ne s'appelle « vieux »"),
        ("referentiels/organisme.csv", "dans referentiels ne sont lus que organismes.csv et structures.csv"),
        ("bali/2025-01-20/lisez-moi.md", "son nom ne commence par celui d'aucune table"),
    ],
)
def test_a_file_that_nothing_reads_is_told_with_why(raw, name, told):
    put(raw, ACCOMPAGNEMENTS, name)
    inputs = Inputs(raw)
    assert [one.name for one in inputs.ignored] == [name]
    assert lines(inputs.ignored) == [f"Fichier ignoré, {told} : {name}"]


def test_what_is_read_and_what_programs_keep_is_not_told(raw):
    put(raw, ACCOMPAGNEMENTS, "bali/2025-01-20/actions-2.csv.gz", "enquete/2024/repondants.csv", "action_sociale/311/2024/dossiers.csv",
        "referentiels/organismes.csv", "referentiels/structures.csv", "alias.toml", "LISEZMOI.md", "bali/2025-01-20/_simulation.json",
        "bali/2025-01-20/.DS_Store", "bali/2025-01-20/~$actions.xlsx", ".git/config")  # fmt: skip
    assert Inputs(raw).ignored == []


def test_files_of_one_place_share_a_line(raw):
    put(
        raw, ACCOMPAGNEMENTS, *(f"enquetes/{year}/{table}.csv" for year in (2023, 2024) for table in ("actions", "ase"))
    )
    assert lines(Inputs(raw).ignored) == [
        "4 fichiers ignorés, aucune source ne s'appelle « enquetes » (le plus proche : enquete) : "
        "enquetes/2023/actions.csv, enquetes/2023/ase.csv, enquetes/2024/actions.csv, …"
    ]


def test_a_file_that_a_profile_means_is_read(raw):
    put(raw, ACCOMPAGNEMENTS, "lots/soins.csv", "lots/autre.csv")
    (raw / "profil.toml").write_text(
        '[[bali.soins]]\nmotif = "lots/soins.csv"\nlivraison = "2025-01-20"\n', encoding="utf-8"
    )
    assert [one.name for one in Inputs(raw).ignored] == ["lots/autre.csv"]


def test_a_number_of_a_person_in_a_name_is_masked(raw):
    put(raw, ACCOMPAGNEMENTS, "2540713999123/2540713999123.csv")
    assert "999123" not in "".join(lines(Inputs(raw).ignored))
