"""Crossings by two dimensions on a published folder, beside the same figures by a plain GROUP BY in the same process."""

import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import combinations
from pathlib import Path

import duckdb

from benchmarks.measure import run
from dashboards.analysis.crossing import cross
from dashboards.analysis.questions import Question
from dashboards.published import reading as published

PLAIN = ("tranche_age", "sexe", "situation", "type_accompagnement", "famille_detecteur", "motif_cloture", "region")
YEAR = 2024


@dataclass(frozen=True)
class Crossings:
    """Median seconds of the crossings of `size` accompaniments, of their plain SQL, and the median of their ratios."""

    size: int
    engine: float
    floor: float
    ratio: float


def measure(place: Path, size: int, rounds: int) -> Crossings:
    """Each pair of dimensions, once by the engine and once plainly, in turn; no question is asked twice."""
    raw, marts = place / "raw", place / "marts"
    simulated = ["simulate", "--raw", str(raw), "--accompagnements", str(size), "--annees", f"{YEAR - 1},{YEAR}"]
    for command in (simulated, ["refresh", "--raw", str(raw), "--marts", str(marts)]):
        run([sys.executable, "-m", "pipelines.cli", *command])
    edition = published.current(marts)
    if edition is None:
        sys.exit(f"{marts}: nothing is published")
    cross(edition, Question("clotures.taux_succes", ("help",), YEAR))  # what is read once for all questions
    engine, floor = [], []
    with duckdb.connect(str((marts / "adass.duckdb").resolve()), read_only=True) as con:
        for first, second in list(combinations(PLAIN, 2))[: 7 * rounds]:
            question = Question("clotures.taux_succes", (first, second), YEAR)
            plain = (
                f"SELECT {first}, {second}, COUNT(*) FILTER (succes), COUNT(*) FROM detail.accompagnements "
                f"WHERE annee_cloture = {YEAR} GROUP BY ALL"
            )
            floor.append(_seconds(partial(_frame, con, plain)))
            engine.append(_seconds(partial(cross, edition, question)))
    ratios = [e / f for e, f in zip(engine, floor, strict=True)]
    return Crossings(size, statistics.median(engine), statistics.median(floor), statistics.median(ratios))


def _frame(con: duckdb.DuckDBPyConnection, sql: str) -> object:
    return con.sql(sql).pl()


def _seconds(done: Callable[[], object]) -> float:
    start = time.perf_counter()
    done()
    return time.perf_counter() - start
