"""Running the real refresh on small raw folders, and reading what it made."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.recipes import RECIPES
from pipelines.refresh import refresh
from pipelines.tables import make
from pipelines.vintages.publish import open_build
from schemas.outputs import checks
from schemas.outputs.tables import OUTPUTS

Query = Callable[[str], list[tuple[Any, ...]]]

READING = ("ref.organismes", "ref.structures", "detail.accompagnements", "detail.actions", "detail.soins",
           "controle.livraisons", "controle.rejets", "controle.alertes")  # fmt: skip


@contextmanager
def reader(marts: Path) -> Iterator[Query]:
    """Queries on the published file."""
    con = duckdb.connect(str((marts / "adass.duckdb").resolve()), read_only=True)
    try:
        yield lambda sql: con.execute(sql).fetchall()
    finally:
        con.close()


def contents(marts: Path) -> dict[str, Counter[Any]]:
    """The rows of every published table but `ref.millesime`, which names the vintage and its moment."""
    with reader(marts) as query:
        names = [o.full_name for o in OUTPUTS if o.full_name != "ref.millesime"]
        return {name: Counter(query(f"SELECT * FROM {name}")) for name in names}


@contextmanager
def tables(raw: Path, marts: Path, *names: str, profile: Path | None = None) -> Iterator[Query]:
    """Queries on a build that has made only some tables, and is thrown away: quicker than a whole refresh."""
    with open_build(raw, marts, profile=profile) as build:
        for one in RECIPES:
            if one.name in (names or READING):
                make(build, one)
        yield build.run


@pytest.fixture
def marts(tmp_path: Path) -> Path:
    return tmp_path / "marts"


@pytest.fixture
def reading(raw: Path, marts: Path) -> Iterator[Callable[[], Query]]:
    """Read the raw folder as it stands; the tables of the reading can be queried until the test ends."""
    opened: list[Any] = []

    def run() -> Query:
        opened.append(tables(raw, marts))
        return opened[-1].__enter__()

    yield run
    for context in opened:
        context.__exit__(None, None, None)


@pytest.fixture
def refreshed(raw: Path, marts: Path) -> Callable[[], None]:
    return lambda: refresh(raw, marts, quiet=True)


@pytest.fixture
def impossible(monkeypatch: pytest.MonkeyPatch) -> None:
    """A check that nothing can pass: shares must sum to 1 within less than nothing."""
    wrong = checks.PARTITIONS.wrong.replace("1e-09", "-1")
    monkeypatch.setattr(checks, "PARTITIONS", replace(checks.PARTITIONS, wrong=wrong))
