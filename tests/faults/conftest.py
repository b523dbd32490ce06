"""Faults: a short part of each family in `make test`, all of it with `make faults`, and what came of them in the end."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from pipelines.identity.keys import Keys, Parents
from pipelines.intake.ingestion import ingest
from pipelines.recipes import RECIPES
from pipelines.simulation.generic import simulate
from pipelines.tables import make
from pipelines.vintages.build import Build
from pipelines.vintages.publish import open_build
from schemas.exports.declarations import Table
from tests.samples.exports import deliver

EVERY = os.environ.get("ADASS_FAUTES") == "toutes"


def times(short: int, whole: int) -> int:
    """How often a fault is tried: few times among the other tests, many in `make faults`."""
    return whole if EVERY else short


@dataclass
class Tally:
    """What came of the faults of a family."""

    tried: int = 0
    survived: int = 0
    unexplained: int = 0  # rows neither accepted, nor rejected, nor replaced
    broken: int = 0  # sessions of readers that saw an error
    words: dict[str, int] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)  # what was measured

    def count(self, word: str) -> None:
        self.words[word] = self.words.get(word, 0) + 1


TALLIES: dict[str, Tally] = {}


@pytest.fixture
def tally(request: pytest.FixtureRequest) -> Iterator[Tally]:
    """The tally of the test's own file."""
    yield TALLIES.setdefault(request.path.stem.removeprefix("test_"), Tally())


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if not TALLIES:
        return
    terminalreporter.section("faults")
    for family, t in TALLIES.items():
        words = ", ".join(f"{n} {word}" for word, n in sorted(t.words.items()))
        terminalreporter.write_line(
            f"{family}: {t.tried} tried, {t.survived} survived, {t.unexplained} rows unexplained, "
            f"{t.broken} sessions broken{f' ({words})' if words else ''}"
        )
        for line in t.told:
            terminalreporter.write_line(f"  {line}")


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
    build.inputs.__dict__.pop("deliveries", None)
    for name in ("fichiers", "rejets", "alertes", "derives"):
        build.run(f"DELETE FROM lu.{name}")
    ingest(build, table)
    ((read, rejected, replaced),) = build.run("SELECT lues, rejetees, remplacees FROM lu.fichiers")
    kept = build.count(f"lu.{table.source}_{table.name}")
    motivated = build.run("SELECT COUNT(DISTINCT ligne) FROM lu.rejets")[0][0]
    return read, abs(read - kept - rejected - replaced) + abs(rejected - motivated)
