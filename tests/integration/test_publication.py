"""What a refresh publishes, and what it leaves when it cannot."""

import json
from pathlib import Path

import pytest

from pipelines.computing.declaring import declaration
from pipelines.errors import Refused
from pipelines.refresh import refresh
from pipelines.vintages.publish import open_build
from schemas.outputs.vintages import sha256
from tests.integration.conftest import reader
from tests.samples.exports import accompagnement, bali


def vintages(marts: Path) -> list[str]:
    return sorted(p.name for p in (marts / "millesimes").iterdir())


def test_a_refresh_publishes_a_vintage_behind_links(raw, marts, refreshed):
    bali(raw, "2025-01-20", accompagnements=[accompagnement(clos="2024-03-01")])
    refreshed()
    (vintage,) = vintages(marts)
    assert (marts / "courant").readlink() == Path("millesimes") / vintage
    assert (marts / "adass.duckdb").readlink() == Path("courant/adass.duckdb")
    assert (marts / "adass_diffusion.duckdb").readlink() == Path("courant/adass_diffusion.duckdb")
    home = marts / "millesimes" / vintage
    assert sorted(p.name for p in home.iterdir()) == ["adass.duckdb", "adass_diffusion.duckdb", "manifeste.json"]
    assert [oct(p.stat().st_mode & 0o777) for p in (home, *sorted(home.iterdir()))] == [
        "0o555",
        "0o440",
        "0o444",
        "0o444",
    ]
    manifest = json.loads((home / "manifeste.json").read_text(encoding="utf-8"))
    export = raw / "bali" / "2025-01-20" / "accompagnements.csv"
    assert manifest["millesime"] == vintage
    assert manifest["synthetique"] is False
    assert manifest["entrees"] == [{
        "source": "bali", "livraison": "2025-01-20", "fichier": "accompagnements.csv", "table": "accompagnements",
        "octets": export.stat().st_size, "sha256": sha256(export),
        "lignes_lues": 1, "lignes_acceptees": 1, "lignes_rejetees": 0, "lignes_remplacees": 0, "feuilles_non_lues": [],
    }]  # fmt: skip
    assert manifest["fichiers"] == [
        {"nom": name, "octets": (home / name).stat().st_size, "sha256": sha256(home / name)}
        for name in ("adass.duckdb", "adass_diffusion.duckdb")
    ]
    with reader(marts) as query:
        assert query("SELECT valeur FROM marts.indicateurs WHERE indicateur = 'clotures.nombre' AND niveau = 'national' "
                     "AND public = 'ensemble'") == [(1,)]  # fmt: skip


def test_a_file_of_no_table_is_named(raw, marts, refreshed, capsys):
    folder = bali(raw, "2025-01-20", accompagnements=[accompagnement()])
    (folder / "accompagnement_311.csv").write_text("x", encoding="utf-8")
    (folder / ".DS_Store").write_text("x", encoding="utf-8")
    refreshed()
    assert "bali/2025-01-20/accompagnement_311.csv" in capsys.readouterr().out
    manifest = json.loads((marts / "courant" / "manifeste.json").read_text(encoding="utf-8"))
    assert manifest["fichiers_ignores"] == ["bali/2025-01-20/accompagnement_311.csv"]


def test_synthetic_deliveries_mark_the_vintage(raw, marts, refreshed):
    (bali(raw, "2025-01-20", accompagnements=[accompagnement()]) / "_simulation.json").write_text("{}")
    refreshed()
    with reader(marts) as query:
        assert query("SELECT synthetique FROM ref.millesime") == [(True,)]


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda folder: (folder / "actions.csv").write_text("Thématique;Action\nDroits;x\n", encoding="utf-8"),
         r"bali/2025-01-21 refusée – actions\.csv : colonne obligatoire absente : « Numéro d'accompagnement »"),
        (lambda folder: (folder / "soins.xlsx").write_bytes(b"x"), r"soins\.xlsx : fichier illisible"),
        (lambda folder: (folder / "soins.csv").write_bytes(b""), r"soins\.csv : aucun en-tête"),
        (lambda folder: (folder / "soins.xls").write_bytes(b""), r"soins\.xls : format non pris en charge"),
        (lambda folder: folder.with_name("archives").mkdir(), r"bali/archives : dossier inattendu"),
        (lambda folder: folder.with_name("2025-02-30").mkdir(), r"n'est pas une date"),
    ],
)  # fmt: skip
def test_a_refused_delivery_names_file_and_column_and_leaves_what_was_published(raw, marts, refreshed, damage, message):
    bali(raw, "2025-01-20", accompagnements=[accompagnement()])
    refreshed()
    before = vintages(marts)
    damage(bali(raw, "2025-01-21", accompagnements=[accompagnement(organisme="321")]))
    with pytest.raises(Refused, match=message):
        refreshed()
    assert vintages(marts) == before
    with reader(marts) as query:
        assert query("SELECT organisme FROM detail.accompagnements") == [("311",)]


@pytest.mark.usefixtures("impossible")
def test_a_check_that_fails_blocks_publication(raw, marts):
    bali(raw, "2025-01-20", accompagnements=[accompagnement(clos="2024-03-01")])
    with pytest.raises(Refused, match="contrôle bloquant – Parts d'une répartition = 100 %"):
        refresh(raw, marts, quiet=True)
    assert not (marts / "courant").exists()
    assert vintages(marts) == []


def test_a_column_without_its_comment_blocks_publication(raw, marts, monkeypatch):
    bali(raw, "2025-01-20", accompagnements=[accompagnement()])
    monkeypatch.setattr(
        "pipelines.vintages.build.declaration",
        lambda o: declaration(o)[:-1] if o.full_name == "ref.regles" else declaration(o),
    )
    with pytest.raises(Refused, match=r"contrôle bloquant – ref\.regles : colonnes non conformes \(libelle\)"):
        refresh(raw, marts, quiet=True)
    assert vintages(marts) == []


def test_no_delivery_is_refused(raw, marts):
    with pytest.raises(Refused, match="aucune livraison"):
        refresh(raw, marts, quiet=True)
    assert not (marts / "courant").exists()


def test_two_refreshes_at_once_the_second_is_refused(raw, marts):
    bali(raw, "2025-01-20", accompagnements=[accompagnement()])
    in_use = pytest.raises(Refused, match="un autre rafraîchissement est en cours")
    with open_build(raw, marts), in_use, open_build(raw, marts):
        pass


def test_no_raw_folder_is_refused(tmp_path, marts):
    with pytest.raises(Refused, match="introuvable"):
        refresh(tmp_path / "rien", marts, quiet=True)


def test_the_key_file_is_made_once_and_is_private(raw, marts, tmp_path, monkeypatch):
    monkeypatch.delenv("ADASS_CLE")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    bali(raw, "2025-01-20", accompagnements=[accompagnement(nir="2690549588157")])
    hashes = []
    for _ in range(2):
        refresh(raw, marts, quiet=True)
        with reader(marts) as query:
            hashes += query("SELECT id_personne FROM detail.accompagnements")
    key = tmp_path / "config" / "adass" / "cle"
    assert oct(key.stat().st_mode & 0o777) == "0o600"
    assert hashes[0] == hashes[1]
