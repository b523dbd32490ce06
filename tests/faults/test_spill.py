"""What DuckDB writes to disk where memory is short, and what a refresh leaves that is killed meanwhile: no person."""

import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest

from pipelines.reading.deliveries import arrived
from pipelines.refresh import refresh
from pipelines.simulation.generic import simulate
from schemas.exports.bali import BALI

SHORT = "64MiB"  # what DuckDB may take: it overflows
PATIENCE = 300  # seconds
REFRESH = f"""
import sys
from functools import partial
from pathlib import Path
from pipelines.refresh import refresh
from pipelines.vintages import publish
publish.Build = partial(publish.Build, memory_limit='{SHORT}')
refresh(Path(sys.argv[1]), Path(sys.argv[2]), quiet=True)
"""


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("raw")
    simulate(folder, years=[2023, 2024], accompaniments=60_000, seed=5)
    return folder


def persons(raw: Path) -> list[str]:
    """Personal numbers and birth dates of the exports, as they are written there."""
    (file, *_) = arrived(raw, BALI)[-1].files["accompagnements"]
    rows = pl.read_csv(file.path, separator=";", infer_schema=False)
    nir, born = (next(c for c in rows.columns if word in c) for word in ("NIR", "naissance"))
    return [*rows[nir].drop_nulls().unique().head(2_000), *rows[born].drop_nulls().unique().head(2_000)]


def holds(path: Path, some: list[str]) -> bool:
    return bool(pl.Series([path.read_bytes().decode("latin-1")]).str.contains_any(some).any())


@pytest.mark.slow
def test_what_overflows_to_disk_holds_no_person_when_a_refresh_is_killed(raw, tmp_path):
    marts = tmp_path / "marts"
    process = subprocess.Popen(
        [sys.executable, "-c", REFRESH, str(raw), str(marts)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    try:
        spilled = _wait_for_spill(marts, process)
    finally:
        process.kill()
        _, said = process.communicate()
    assert spilled, said.decode()
    found = persons(raw)
    written = [path for path in marts.rglob("*") if path.is_file()]
    assert any("debordement" in path.parts for path in written)
    assert [path.name for path in written if holds(path, found)] == []
    assert holds(next(raw.rglob("accompagnements*")), found)  # it finds them where they are
    simulate(tmp_path / "next", years=[2024], accompaniments=300, seed=5)
    refresh(tmp_path / "next", marts, quiet=True)
    assert list(marts.rglob("debordement")) == []


def _wait_for_spill(marts: Path, process: subprocess.Popen[bytes]) -> bool:
    deadline = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < deadline:
        if any(path.stat().st_size for path in marts.rglob("debordement/*")):
            return True
        time.sleep(0.05)
    return False
