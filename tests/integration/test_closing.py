"""The closing lines of `adass refresh`: the gravest first, and not what users have declared."""

from schemas.exports.bali import ACCOMPAGNEMENTS
from tests.samples.exports import accompagnement, write_table

DAY = "2025-01-20"


def written(raw, rows, extra=()):
    """One file of accompaniments whose organisme has a header of its own, declared in `alias.toml`."""
    path = raw / "bali" / DAY / "accompagnements.csv"
    write_table(path, ACCOMPAGNEMENTS, rows, extra)
    path.write_text(path.read_text(encoding="utf-8").replace("Organisme;", "Code caisse;"), encoding="utf-8")
    (raw / "alias.toml").write_text('[bali.accompagnements]\norganisme = ["Code caisse"]\n', encoding="utf-8")


def told(capsys):
    lines = capsys.readouterr().out.splitlines()
    return [line for line in lines if line.startswith(("Colonne ", "Rejet, ", "Dérive, ", "…"))]


def test_what_is_emptied_then_what_is_rejected_come_before_all_else(raw, refreshed, capsys):
    rows = [accompagnement(id_accompagnement=f"A{i}", sexe=f"inconnu {i}", situation="Salarié") for i in range(30)]
    rows += [accompagnement(id_accompagnement=f"B{i}", type_accompagnement="Mixtes") for i in range(3)]
    rows += [accompagnement(id_accompagnement="C1", date_saisine="31/02/2024")]
    written(raw, rows, extra=[f"Colonne {i:02}" for i in range(20)])
    refreshed()
    place = f"bali/{DAY}/accompagnements.csv"
    lines = told(capsys)
    assert lines[:3] == [
        f"Colonne illisible : rien n'a pu être lu de « sexe », 30 valeurs ({place})",
        f"Rejet, R08, Type d'accompagnement absent ou inconnu : 3 lignes ({place})",
        f"Rejet, R03, Date de saisine absente ou illisible : 1 ligne ({place})",
    ]
    assert lines[3].startswith("Dérive, colonne inconnue : « Colonne 00 »")
    assert len(lines) == 13
    assert lines[-1].startswith("… et ")


def test_a_header_that_is_declared_is_no_drift(raw, refreshed, capsys):
    written(raw, [accompagnement(sexe="Femme", situation="Salarié")])
    refreshed()
    assert told(capsys) == []


def test_counts_are_written_in_french_and_files_are_counted(raw, refreshed, capsys):
    for month in ("01", "02"):
        rows = [accompagnement(id_accompagnement=f"{month}{i}", famille_detecteur="?") for i in range(600)]
        rows += [accompagnement(id_accompagnement=f"{month}b{i}") for i in range(600)]
        write_table(raw / "bali" / f"2025-{month}-20" / "accompagnements.csv", ACCOMPAGNEMENTS, rows)
    refreshed()
    assert "Rejet, R09, Famille de détecteur absente ou inconnue : 1\u202f200 lignes (bali, 2 fichiers)" in told(capsys)
