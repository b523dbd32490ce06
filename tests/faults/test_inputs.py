"""Files that are damaged, wrong or hostile: read with an exact balance or refused in words, in bounded time and memory."""

import gc
import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

import pytest

from pipelines.errors import Refused
from pipelines.intake.drift import of_codes
from pipelines.intake.validation import LONGEST_NAME
from pipelines.reading.files import detect_encoding
from pipelines.vintages.build import Build
from schemas.exports.declarations import Table
from schemas.exports.sources import source
from tests.faults import damage
from tests.faults.conftest import EVERY, Tally, read_alone, times

PATIENCE = 60  # seconds for one file
ROOM = 1 << 30  # bytes that a file may cost


@contextmanager
def at_most(seconds: int) -> Iterator[None]:
    """Fail what goes on for longer: a hang is a fault."""

    def over(*_: object) -> None:
        raise TimeoutError(f"more than {seconds} s")

    before = signal.signal(signal.SIGALRM, over)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def plain_rows(path: Path) -> int | None:
    """The rows of a text file counted apart; None where quotes or unusual blanks make that a matter of interpretation."""
    text = path.read_bytes().decode(detect_encoding(path), "replace").removeprefix("\ufeff").replace("\x00", "")
    if '"' in text or any(c.isspace() and c not in " \t\r\n\u00a0\u202f" for c in text):
        return None
    head, *lines = text.split("\n")
    separator = ";" if ";" in head else "\t" if "\t" in head else ","
    return sum(any(cell.strip() for cell in line.split(separator)) for line in lines)


def try_file(build: Build, table: Table, path: Path, tally: Tally) -> None:
    """Read a damaged file; only a clear refusal or an exact balance will do."""
    tally.tried += 1
    try:
        with at_most(PATIENCE):
            read, unexplained = read_alone(build, table, path)
    except Refused as refusal:
        message = str(refusal)
        assert path.name in message, message
        assert "Traceback" not in message
        assert len(message) < 2_000, message[:500]
        tally.count("refused")
    else:
        if path.name.endswith(".csv") and (expected := plain_rows(path)) is not None:
            unexplained += abs(read - expected)
        tally.unexplained += unexplained
        assert unexplained == 0
        assert [
            d for d in of_codes(build) if len(d[5] or "") > LONGEST_NAME + 1
        ] == []  # what is new in it is told, in short
        tally.count("read")
    tally.survived += 1


@pytest.mark.parametrize("part", range(8))
def test_damaged_files_are_read_to_the_row_or_refused_in_words(build, originals, part, tally):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for seed in range(part, times(64, 1_600), 8):
        random = Random(seed)
        name, delivery, table = random.choice(sorted(originals))
        folder = build.inputs.raw / name / delivery
        folder.mkdir(parents=True, exist_ok=True)
        declared = source(name).table(table)
        path = damage.damaged(folder, table, originals[name, delivery, table], random)
        try:
            try_file(build, declared, path, tally)
        except BaseException as error:
            error.add_note(f"seed {seed}: {path.name}")
            raise
        finally:
            path.unlink()
    gc.collect()
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024 < ROOM


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("soins.csv.gz", damage.gzip_bomb, "archive démesurée"),
        ("soins.zip", damage.zip_bomb, "archive démesurée"),
        ("soins.zip", lambda: damage.lying_zip("Numéro d'accompagnement;Type de soins\n" + "A1;Optique\n" * 500), "fichier illisible"),
        ("soins.xlsx", damage.endless_sheet, "fichier illisible"),
        *([("soins.xlsx", damage.swollen_sheet, "fichier illisible")] if EVERY else []),
        ("soins.parquet", damage.repeated_parquet, "fichier illisible|démesuré"),
        ("soins.csv", lambda: b"x" * (40 * 1024 * 1024), r"ligne 1 : plus de 16 Mo sans fin de ligne"),
        ("soins.csv", lambda: b"a;b\n" + b"x" * (40 * 1024 * 1024), r"colonne obligatoire absente"),
        ("soins.csv", lambda: "Numéro d'accompagnement;Type de soins\n".encode() + b"x" * (80 * 1024 * 1024), r"ligne 2 : plus de 16 Mo"),
    ],
)  # fmt: skip
def test_traps_are_refused_in_words_and_in_little_room(build, tally, name, content, message):
    folder = build.inputs.raw / "bali" / "2025-01-15"
    path = folder / name
    path.write_bytes(content())
    gc.collect()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    tally.tried += 1
    try:
        with at_most(PATIENCE), pytest.raises(Refused, match=message):
            read_alone(build, source("bali").table("soins"), path)
    finally:
        path.unlink()
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024 < ROOM
    tally.count("refused")
    tally.survived += 1
