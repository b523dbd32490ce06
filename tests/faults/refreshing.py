"""A refresh in a process of its own, the small delivery it reads, and what must hold of the published folder after any fault."""

import json
import os
import subprocess
import sys
from pathlib import Path

import duckdb
import xlsxwriter

from schemas.exports.bali import SOINS
from schemas.outputs.vintages import sha256
from tests.samples.exports import accompagnement, bali

PATIENCE = 120  # seconds for one refresh


def small_delivery(raw: Path) -> None:
    """A year of a few accompaniments, one of whose files is a workbook, read in a process of its own."""
    rows = [accompagnement(id_accompagnement=f"A{i}", clos="2024-03-01") for i in range(40)]
    folder = bali(raw, "2025-01-20", accompagnements=rows)
    with xlsxwriter.Workbook(str(folder / "soins.xlsx")) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, [c.header for c in SOINS.columns])
        for i in range(40):
            sheet.write_row(i + 1, 0, [f"A{i}", "Optique"])


def command(raw: Path, marts: Path) -> list[str]:
    return [sys.executable, "-m", "pipelines.cli", "refresh", "--raw", str(raw), "--marts", str(marts), "--silencieux"]


def refreshed(raw: Path, marts: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """A whole refresh: its exit code and what it said."""
    return subprocess.run(
        command(raw, marts),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
        env={**os.environ, **environment},
    )


def assert_refused_in_words(done: subprocess.CompletedProcess[str]) -> None:
    assert done.returncode == 1, (done.returncode, done.stderr)
    assert done.stderr.startswith("Refusé : "), done.stderr
    assert "Traceback" not in done.stderr + done.stdout


def assert_whole(marts: Path) -> str:
    """What is published is one vintage, whole: its files are those of its manifest and can be read. Gives its name."""
    home = (marts / "courant").resolve(strict=True)
    manifest = json.loads((home / "manifeste.json").read_text(encoding="utf-8"))
    assert manifest["millesime"] == home.name
    for file in manifest["fichiers"]:
        link = marts / file["nom"]
        assert link.resolve(strict=True) == home / file["nom"]
        assert sha256(home / file["nom"]) == file["sha256"]
    assert rows_of(marts) == 40
    return home.name


def rows_of(marts: Path) -> int:
    """The accompaniments that a reader finds who opens the published file now."""
    con = duckdb.connect(str((marts / "adass.duckdb").resolve()), read_only=True)
    try:
        found = con.execute("SELECT COUNT(*) FROM detail.accompagnements").fetchone()
        return int(found[0]) if found else -1
    finally:
        con.close()


def processes_of(marts: Path) -> list[str]:
    """The command lines of living processes that name the folder."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if str(marts) in words:
            found.append(words)
    return found
