"""Fixtures that several test folders use."""

import atexit
import csv
import io
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

import schemas.exports.judge  # noqa: F401 (pandera before any test imports it, without PySpark)
from tests.samples.plain import all_hidden, without_audit

settings.register_profile("untimed", deadline=None)  # how long an example takes says how busy the machine is
settings.load_profile("untimed")


def pytest_unconfigure() -> None:
    """DuckDB's binding tells at the end of a process what Python has not freed by then: noise, after all results."""
    atexit.register(lambda: os.dup2(os.open(os.devnull, os.O_WRONLY), 2))


@pytest.fixture(autouse=True, scope="module")
def own_keys() -> Iterator[None]:
    """Tests hash under keys of their own and never touch the user's."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ADASS_CLE", "clé de test, sans valeur")
        patch.setenv("ADASS_CLE_PROJET", "autre clé de test, sans valeur")
        yield


@pytest.fixture(autouse=True, scope="module")
def plain_diffusion(request: pytest.FixtureRequest) -> Iterator[None]:
    """All counts hidden without a search nor an audit, but in the tests of these: they take long."""
    if request.module.__name__.endswith("test_diffusion"):
        yield
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("assets.controle.diffusion.protect", all_hidden)
        patch.setattr("assets.controle.diffusion._audited", without_audit)
        yield


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    """An empty raw folder."""
    folder = tmp_path / "raw"
    folder.mkdir()
    return folder


@pytest.fixture
def files(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[list[str]]]:
    """What each button of a page would download, reopened as a spreadsheet would."""
    import streamlit as st

    found: dict[str, list[list[str]]] = {}

    def keep(_label: str, data: bytes, name: str, *_: object, **__: object) -> bool:
        assert data.startswith(b"\xef\xbb\xbf")
        found[name] = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=";"))
        return False

    monkeypatch.setattr(st, "download_button", keep)
    return found
