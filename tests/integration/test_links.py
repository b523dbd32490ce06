"""Of the raw folder regular files are read, and nothing else that lies there or that a link leads to."""

import os

import pytest

from pipelines.errors import Refused
from pipelines.identity.secret import PIPELINE
from pipelines.refresh import refresh
from tests.samples.exports import accompagnement, bali

DAY = "2025-01-20"
SECRET = "0123456789abcdef" * 4


@pytest.fixture
def delivery(raw):
    return bali(raw, DAY, accompagnements=[accompagnement()])


def refused(raw, tmp_path) -> str:
    with pytest.raises(Refused) as told:
        refresh(raw, tmp_path / "marts", quiet=True)
    assert not (tmp_path / "marts" / "courant").exists()
    return str(told.value)


def test_a_link_to_a_file_elsewhere_is_refused_and_nothing_of_it_is_quoted(raw, delivery, tmp_path):
    elsewhere = tmp_path / "cle"
    elsewhere.write_text(SECRET, encoding="utf-8")
    (delivery / "soins.csv").symlink_to(elsewhere)
    assert (
        refused(raw, tmp_path) == f"bali/{DAY}/soins.csv : lien vers un autre dossier ; déposez-y le fichier lui-même"
    )


def test_a_file_that_is_no_export_is_refused_and_nothing_of_it_is_quoted(raw, delivery, tmp_path):
    (delivery / "soins.csv").write_text(SECRET, encoding="utf-8")
    assert SECRET[:8] not in refused(raw, tmp_path)


@pytest.mark.parametrize("name", ["alias.toml", "referentiels/organismes.csv", "referentiels/structures.csv"])
def test_a_list_that_is_a_link_elsewhere_is_refused(raw, delivery, tmp_path, name):
    (tmp_path / "cle").write_text(SECRET, encoding="utf-8")
    (raw / name).parent.mkdir(exist_ok=True)
    (raw / name).symlink_to(tmp_path / "cle")
    assert refused(raw, tmp_path).startswith(f"{name} : lien vers un autre dossier")


@pytest.mark.parametrize("place", ["bali/2025-01-21", "bali", "enquete"])
def test_a_folder_that_leads_elsewhere_is_refused(raw, delivery, tmp_path, place):
    outside = tmp_path / "ailleurs"
    (outside / "2025").mkdir(parents=True)
    if place == "bali":
        (raw / "bali").rename(outside / "bali")
        outside = outside / "bali"
    (raw / place).symlink_to(outside)
    assert "lien vers un autre dossier" in refused(raw, tmp_path)


def test_a_link_within_the_folder_is_followed(raw, delivery, tmp_path):
    (raw / "anciens").mkdir()
    (delivery / "accompagnements.csv").rename(raw / "anciens" / "a.csv")
    (delivery / "accompagnements.csv").symlink_to(raw / "anciens" / "a.csv")
    refresh(raw, tmp_path / "marts", quiet=True)


def test_a_raw_folder_that_is_itself_a_link_is_read(raw, delivery, tmp_path):
    (tmp_path / "lien").symlink_to(raw)
    refresh(tmp_path / "lien", tmp_path / "marts", quiet=True)


@pytest.mark.parametrize(
    "name", [f"bali/{DAY}/soins.csv", "alias.toml", "referentiels/organismes.csv", "referentiels/structures.csv"]
)
def test_a_pipe_is_refused_at_once(raw, delivery, tmp_path, name):
    (raw / name).parent.mkdir(exist_ok=True)
    os.mkfifo(raw / name)
    assert refused(raw, tmp_path).endswith("ce n'est pas un fichier")


def test_a_key_of_this_account_is_never_an_input(raw, delivery, tmp_path, monkeypatch):
    monkeypatch.delenv(PIPELINE.variable)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    PIPELINE.load()
    (delivery / "soins.csv").symlink_to(PIPELINE.path)
    key = PIPELINE.path.read_text(encoding="utf-8")
    assert key[:6] not in refused(raw, tmp_path)
