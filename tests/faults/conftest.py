"""Faults: a short part of each family in `make test`, all of it with `make faults`, and what came of them in the end."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

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
