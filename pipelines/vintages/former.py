"""The vintage that a refresh starts from: which deliveries it has not read, and what it lets stand."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from pipelines.reading.deliveries import Arrived
from schemas.exports.sources import SOURCES
from schemas.text import quoted

GROWING = ", ".join(f"'{s.name}'" for s in SOURCES if s.grows)
# detail.<table> of a growing source, of which each row says what delivery it comes from
_GROWING_TABLE = re.compile(rf"\bdetail\.({'|'.join(t.name for s in SOURCES if s.grows for t in s.tables)})\b")


@dataclass(frozen=True)
class Former:
    """The vintage to start from, and which deliveries of the growing sources it has not read."""

    path: Path
    entries: list[dict[str, Any]]  # of the manifest: the files of the growing sources
    fresh: frozenset[str]
    observed: date | None  # its day of observation
    same_years: bool  # only growing sources have changed: years without a new row keep their figures

    def unread(self, source: str, found: Sequence[Arrived]) -> list[Arrived]:
        """The deliveries of a source that it has not read; all of them for a source that does not grow."""
        if source not in {e["source"] for e in self.entries}:
            return list(found)
        return [a for a in found if a.delivery.name in self.fresh]

    def of_fresh(self, query: str) -> str:
        """The same query, over the detail rows of the fresh deliveries only."""
        return _GROWING_TABLE.sub(rf"(SELECT * FROM \g<0> WHERE {of_deliveries(self.fresh)})", query)


def of_deliveries(names: Iterable[str]) -> str:
    """A predicate that keeps the rows of some deliveries."""
    return f"livraison IN ({', '.join(map(quoted, names)) or 'NULL'})"
