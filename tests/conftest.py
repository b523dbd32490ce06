"""Fixtures that several test folders use."""

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def own_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests hash under keys of their own and never touch the user's."""
    monkeypatch.setenv("ADASS_CLE", "clé de test, sans valeur")
    monkeypatch.setenv("ADASS_CLE_PROJET", "autre clé de test, sans valeur")


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    """An empty raw folder."""
    folder = tmp_path / "raw"
    folder.mkdir()
    return folder
