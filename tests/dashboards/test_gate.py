"""The report comes out only where checks hold and each revised figure has a recorded reason."""

from pathlib import Path

import pytest

from dashboards.formats import THIN
from dashboards.published import reading as published
from dashboards.revisions import gate
from dashboards.revisions.gate import Withheld, annex_allowed, came_out
from schemas.outputs.vintages import FILE
from tests.samples.vintages import change, publish_vintage

FIRST, SECOND, THIRD = "2025-01-21_10-00-00", "2025-02-01_10-00-00", "2025-03-01_10-00-00"
NATIONAL = "public = 'ensemble' AND indicateur = 'clotures.nombre' AND niveau = 'national'"
LESS = (
    f"UPDATE marts.indicateurs SET valeur = valeur - 25, numerateur = numerateur - 25 WHERE annee = 2024 AND {NATIONAL}"
)
REASON = """
[[revision]]
indicateur = "clotures.*"
annee = 2024
publie_dans = "2025-01-21_10-00-00"
motif = "La CPAM de l'Ain a livré à nouveau ses clôtures."
auteur = "C. Martin"
date = 2025-02-03
"""


@pytest.fixture
def marts(tmp_path, monkeypatch) -> Path:
    """The sample is drawn at random: of the checks only those of a test hold of it."""
    monkeypatch.setattr(gate, "CHECKS", ())
    return tmp_path / "marts"


def judge(marts: Path, annee: int = 2024, name: str = "") -> tuple[str, ...]:
    edition = published.current(marts, millesime=name)
    assert edition is not None
    return annex_allowed(edition, annee)


def revised(marts: Path, sql: str = LESS) -> None:
    publish_vintage(marts, FIRST)
    change(publish_vintage(marts, SECOND), sql)


def test_a_first_vintage_has_nothing_to_explain(marts):
    publish_vintage(marts, FIRST)
    assert judge(marts) == ()


def test_a_revision_without_a_reason_holds_the_report_back(marts):
    revised(marts)
    with pytest.raises(Withheld) as caught:
        judge(marts)
    lines = str(caught.value).splitlines()
    assert lines[0] == f"1\xa0chiffre déjà publié a changé depuis le millésime {FIRST} sans motif enregistré."
    assert lines[1] == f"– Accompagnements clôturés, 2024 : 44{THIN}000 → 43{THIN}975"
    assert f'publie_dans = "{FIRST}"' in lines
    assert str(marts / "revisions.toml") in lines[2]


def test_a_recorded_reason_lets_it_out_and_is_printed(marts):
    revised(marts)
    (marts / "revisions.toml").write_text(REASON, encoding="utf-8")
    assert judge(marts) == (
        f"Révision depuis le millésime {FIRST} – La CPAM de l'Ain a livré à nouveau ses clôtures. (C. Martin, 3\xa0février "
        f"2025). Chiffres révisés : Accompagnements clôturés, 2024 : 44{THIN}000 → 43{THIN}975.",
    )


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("clotures.*", "detections.*"),
        ("annee = 2024", "annee = 2023"),
        ("2025-01-21_10-00-00", "2024-01-21_10-00-00"),
        ("annee = 2024", 'annee = 2024\npublic = "jeunes"'),
        ("annee = 2024", 'annee = 2024\nmodalite = "SOINS"'),
    ],
)
def test_a_reason_for_something_else_explains_nothing(marts, old, new):
    revised(marts)
    (marts / "revisions.toml").write_text(REASON.replace(old, new), encoding="utf-8")
    with pytest.raises(Withheld, match="sans motif enregistré"):
        judge(marts)


@pytest.mark.parametrize(
    "sql",
    [
        LESS.replace("2024", "2025"),  # a year that was not whole
        LESS.replace("national", "organisme"),
        f"UPDATE marts.indicateurs SET valeur = valeur + 0.2 WHERE annee = 2024 AND {NATIONAL}",  # printed alike
    ],
)
def test_what_was_not_published_is_not_revised(marts, sql):
    revised(marts, sql)
    assert judge(marts) == ()


def test_a_later_year_is_not_of_this_report(marts):
    revised(marts)
    assert judge(marts, 2023) == ()


def test_the_last_vintage_that_was_reported_is_the_reference(marts):
    revised(marts)
    first = published.current(marts, millesime=FIRST)
    assert first is not None
    came_out(first, 2024)
    change(publish_vintage(marts, THIRD), LESS)  # the same as the one before it
    with pytest.raises(Withheld, match=f"depuis le millésime {FIRST}"):
        judge(marts)
    (marts / "revisions.toml").write_text(REASON, encoding="utf-8")
    assert len(judge(marts)) == 1
    third = published.current(marts, millesime=THIRD)
    assert third is not None
    came_out(third, 2024)
    assert len(judge(marts)) == 1  # made again, it says the same


def test_a_failed_check_is_named(marts):
    home = publish_vintage(marts, FIRST)
    change(home, "CREATE SCHEMA controle; CREATE TABLE controle.controles (controle VARCHAR, objet VARCHAR, resultat VARCHAR, "
                 "constat VARCHAR); INSERT INTO controle.controles VALUES ('schema', 'marts.indicateurs', 'échec', 'colonnes'),"
                 " ('schema', 'marts.structures', 'conforme', 'bien')")  # fmt: skip
    with pytest.raises(Withheld) as caught:
        judge(marts)
    assert str(caught.value).splitlines() == [
        "Le rapport n'est pas établi : des contrôles bloquants échouent.",
        "– schema (marts.indicateurs) : colonnes",
    ]


def test_checks_are_passed_again_on_the_published_file(tmp_path):
    home = publish_vintage(tmp_path, FIRST)
    change(home, f"UPDATE marts.indicateurs SET numerateur = numerateur + 1 WHERE annee = 2024 AND {NATIONAL}")
    with pytest.raises(Withheld, match=r"national_egale_regions_egale_organismes \(marts\.indicateurs\)"):
        judge(tmp_path)


def test_a_file_that_was_tampered_with_is_named(marts):
    home = publish_vintage(marts, FIRST)
    edition = published.current(marts)
    assert edition is not None
    content = bytearray((home / FILE).read_bytes())
    content[len(content) // 2] ^= 1
    (home / FILE).write_bytes(content)
    with pytest.raises(Withheld, match=r"empreinte_du_fichier \(adass\.duckdb\)"):
        annex_allowed(published.Edition(edition.path, (home / FILE).stat().st_mtime_ns), 2024)


def test_a_report_of_protected_figures_tells_no_exact_one(marts):
    revised(marts)
    (marts / "revisions.toml").write_text(REASON, encoding="utf-8")
    path = (marts / "courant").resolve() / "adass_diffusion.duckdb"
    path.write_bytes(b"")
    (line,) = annex_allowed(published.Edition(path, path.stat().st_mtime_ns), 2024)
    assert line.endswith("1\xa0chiffre révisé.")
    assert "43" not in line


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[[revision]", "fichier illisible"),
        ("revision = 3", r"des entrées \[\[revision\]\] sont attendues"),
        (REASON.replace("motif", "raison"), "révision 1 : clé inconnue « raison »"),
        (REASON.replace('auteur = "C. Martin"\n', ""), "révision 1 : « auteur » absent"),
        (REASON.replace("annee = 2024", 'annee = "2024"'), "révision 1 : « annee » doit être une année"),
        (REASON.replace("date = 2025-02-03", 'date = "hier"'), "révision 1 : « date » doit être une date AAAA-MM-JJ"),
        (REASON.replace("C. Martin", ""), "révision 1 : « auteur » doit être un texte"),
    ],
)
def test_a_file_of_reasons_that_cannot_be_read_is_said(marts, text, message):
    revised(marts)
    (marts / "revisions.toml").write_text(text, encoding="utf-8")
    with pytest.raises(Withheld, match=message):
        judge(marts)
