"""Files that are damaged, wrong or hostile: read with an exact balance or refused in words, in bounded time and memory."""

import gc
import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

import pytest

from pipelines.build import Build
from pipelines.errors import Refused
from pipelines.ingestion import ingest
from pipelines.keys import Keys, Parents
from pipelines.publish import open_build
from pipelines.reading import detect_encoding
from pipelines.recipes import RECIPES
from pipelines.simulation.generic import simulate
from pipelines.tables import make
from schemas.declarations import Table
from schemas.sources import source
from tests.exports import deliver
from tests.faults import damage
from tests.faults.conftest import EVERY, Tally, times

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


@pytest.fixture(scope="module")
def originals(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str, str], str]:
    """The text of a good export of some tables, by source, delivery and table."""
    raw = tmp_path_factory.mktemp("bons")
    simulate(raw, years=[2024], accompaniments=60, seed=7)
    answers = [{"organisme": code, "date_reponse": "2025-01-10"} for code in ("311", "321", "331")]
    outreach = [
        {"identifiant": f"E{i}", "organisme": "311", "public": "Jeunes", "modalite": "Hors les murs", "services": "MISAS|RC",
         "partenaires": "Caf, Mission locale", "personnes_informees": "1 200"} for i in range(25)
    ]  # fmt: skip
    files = [
        {
            "numero": f"D{i}",
            "date_reception": "05/03/2024",
            "famille_aide": "PDP",
            "decision": "Accordé",
            "montant_engage": "1 250,50",
        }
        for i in range(25)
    ]
    deliver(raw, "enquete", "2024", repondants=answers, actions=outreach)
    deliver(raw, "action_sociale", "311/2024", dossiers=files)
    found = {}
    for path in sorted(raw.glob("*/**/*.csv")):
        name, *folders = path.relative_to(raw).parts[:-1]
        if name != "referentiels":
            found[name, "/".join(folders), path.stem] = path.read_text(encoding="utf-8-sig").replace("\r\n", "\n")
    return found


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Build]:
    """A build that reads one delivery after another, and publishes nothing."""
    raw = tmp_path_factory.mktemp("lus")
    (raw / "bali" / "2025-01-15").mkdir(parents=True)
    with open_build(raw, tmp_path_factory.mktemp("marts")) as one:
        for recipe in RECIPES:
            if recipe.name in {"ref.organismes", "ref.structures"}:
                make(one, recipe)
        one.parents["bali.accompagnements"] = Parents(Keys().settled(), ())  # of none: every child is an orphan
        one.run("CREATE TABLE lu.enquete_repondants (livraison VARCHAR, organisme VARCHAR)")
        yield one


def read_alone(build: Build, table: Table, path: Path) -> tuple[int, int]:
    """Read one file as the only delivery: how many rows there are, and how many of them nothing explains."""
    build.__dict__.pop("deliveries", None)
    for name in ("fichiers", "rejets", "alertes"):
        build.run(f"DELETE FROM lu.{name}")
    ingest(build, table)
    ((read, rejected, replaced),) = build.run("SELECT lues, rejetees, remplacees FROM lu.fichiers")
    kept = build.count(f"lu.{table.source}_{table.name}")
    motivated = build.run("SELECT COUNT(DISTINCT ligne) FROM lu.rejets")[0][0]
    return read, abs(read - kept - rejected - replaced) + abs(rejected - motivated)


def plain_rows(path: Path) -> int | None:
    """The rows of a text file counted apart; None where quotes or unusual blanks make that a matter of interpretation."""
    text = path.read_bytes().decode(detect_encoding(path), "replace").removeprefix("\ufeff")
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
        tally.count("read")
    tally.survived += 1


@pytest.mark.parametrize("part", range(8))
def test_damaged_files_are_read_to_the_row_or_refused_in_words(build, originals, part, tally):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for seed in range(part, times(64, 1_600), 8):
        random = Random(seed)
        name, delivery, table = random.choice(sorted(originals))
        folder = build.raw / name / delivery
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
        ("soins.csv", lambda: b"x" * (40 * 1024 * 1024), r"ligne 1 : plus de 16 Mo sans fin de ligne"),
        ("soins.csv", lambda: b"a;b\n" + b"x" * (40 * 1024 * 1024), r"colonne obligatoire absente"),
        ("soins.csv", lambda: "Numéro d'accompagnement;Type de soins\n".encode() + b"x" * (80 * 1024 * 1024), r"ligne 2 : plus de 16 Mo"),
    ],
)  # fmt: skip
def test_traps_are_refused_in_words_and_in_little_room(build, tally, name, content, message):
    folder = build.raw / "bali" / "2025-01-15"
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
