"""Readers of a small simulated country: whose pages tests open."""

from pathlib import Path

import pytest

from dashboards.access.roles import Access
from pipelines.refresh import refresh
from pipelines.simulation.generic import simulate

READERS = {
    "regional": Access("regional", "region", "76"),
    "local": Access("local", "organisme", "311"),
    "diffusion": Access("diffusion"),
}


def simulated(place: Path, accompaniments: int) -> Path:
    """Publish two simulated years below `place`; returns the marts folder."""
    simulate(place / "raw", years=[2023, 2024], accompaniments=accompaniments, seed=7)
    refresh(place / "raw", place / "marts", quiet=True)
    return place / "marts"


def seen_by(role: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages are opened as this reader from now on."""
    monkeypatch.setattr("dashboards.access.login.whoever", lambda: READERS[role])
    monkeypatch.setattr("dashboards.access.login.sign", lambda _: None)
