"""The place of each territory on the map of tiles."""

import csv
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Tile:
    """Where a territory stands on the map, from the top left corner, and the short name it has there."""

    row: int
    column: int
    label: str


def _tiles() -> dict[str, dict[str, Tile]]:
    text = Path(__file__).with_name("carte.csv").read_text(encoding="utf-8")
    found: dict[str, dict[str, Tile]] = {}
    for line in csv.DictReader(text.splitlines(), delimiter=";"):
        tile = Tile(int(line["ligne"]), int(line["colonne"]), line["etiquette"])
        found.setdefault(line["niveau"], {})[line["territoire"]] = tile
    return found


TILES = _tiles()  # by niveau and code
