"""The vintage that a refresh starts from."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from schemas.text import quoted


@dataclass(frozen=True)
class Former:
    """The vintage to start from, and which deliveries of the growing sources it has not read."""

    path: Path
    entries: list[dict[str, Any]]  # of the manifest: the files of the growing sources
    fresh: frozenset[str]
    same_years: bool  # nothing but the growing sources has changed: years without a new row stay as they are


def of_deliveries(names: Iterable[str]) -> str:
    """A predicate that keeps the rows of some deliveries."""
    return f"livraison IN ({', '.join(map(quoted, names)) or 'NULL'})"
