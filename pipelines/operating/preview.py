"""Some rows as they stand in files and as a profile reads them, side by side; nothing in them tells a NIR or a birth."""

import json
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from pipelines.adoption.memory import confirmed
from pipelines.errors import Refused
from pipelines.reading.deliveries import Fault
from pipelines.reading.files import LINE, read
from pipelines.reading.form import AGE, Held
from pipelines.reading.within import read_within
from pipelines.recipes import READING, RECIPES
from pipelines.tables import make
from pipelines.vintages.asked import Asked
from pipelines.vintages.build import Build
from pipelines.vintages.publish import open_build
from schemas.exports.declarations import Table
from schemas.exports.kinds import Code, Kind
from schemas.exports.sources import source
from schemas.text import MASK, clean, key, masked

ROWS = 5
OLDEST = 15  # years: an earlier day may be somebody's birth
_MAY_BE_DAY = re.compile(r"\d.*\d.*\d.*\d")  # four figures


def write_preview(path: Path, raw: Path, profile: Path) -> None:
    path.write_text(json.dumps(preview(raw, profile), ensure_ascii=False), encoding="utf-8")


def preview(raw: Path, profile: Path) -> list[dict[str, Any]]:
    """For each file and table: the headers and first accepted rows of the file, and the same as all proposals would read them.

    Nothing where a profile cannot be read; a file that is at fault has no rows.
    """
    faults: list[Fault] = []
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        whole = place / profile.name
        whole.write_text(confirmed(profile.read_text(encoding="utf-8-sig")), encoding="utf-8")
        asked = Asked(complete=True)
        try:
            with open_build(raw, place / "marts", None, profile=whole, asked=asked, gathered=faults) as build:
                for one in RECIPES:
                    if one.name in READING:
                        make(build, one)
                return list(_previews(build))
        except Refused:
            return []


def _previews(build: Build) -> Iterator[dict[str, Any]]:
    for arrived in build.inputs.every_delivery:
        for name, several in arrived.files.items():
            table = source(arrived.delivery.source).table(name)
            for held in several:
                yield {"fichier": held.name, "table": name, **_sides(build, table, arrived.delivery.name, held)}


def _sides(build: Build, table: Table, delivery: str, held: Held) -> dict[str, Any]:
    stored = table.name if table.source == "bali" else f"{table.source}_{table.name}"
    there = build.run(
        "SELECT column_name FROM duckdb_columns() WHERE schema_name = 'detail' AND table_name = ?", [stored]
    )
    columns = [c for c in table.exported if (c.name,) in there and not c.personal]
    names = ", ".join(["ligne", *(c.name for c in columns)])
    found = build.run(
        f"SELECT {names} FROM detail.{stored} WHERE livraison = ? AND fichier = ? ORDER BY ligne LIMIT {ROWS}",
        [delivery, held.name],
    )
    lines = [row[0] for row in found]
    headers, before = _before(held, table, lines)
    return {
        "lignes": lines,
        "avant": {"colonnes": headers, "lignes": before},
        "apres": {
            "colonnes": [c.header for c in columns],
            "lignes": [[_shown(v, c.kind) for v, c in zip(row[1:], columns, strict=True)] for row in found],
        },
    }


def _before(held: Held, table: Table, lines: Sequence[int]) -> tuple[list[str], list[list[str]]]:
    """The headers of a file and what stands on some of its lines."""
    form = held.form
    reading = read_within(held.path, held.member, form.container, _all) if form else read(held.path, _all)
    found: dict[int, list[str]] = {}
    for piece in reading.pieces:
        for line, *texts in (
            piece.rows.filter(piece.rows[LINE].is_in(lines)).select(LINE, *piece.rows.drop(LINE).columns).iter_rows()
        ):
            found[line] = [
                _harmless(text, h in _private(held, table))
                for text, h in zip(texts, map(key, reading.header), strict=True)
            ]
        if len(found) == len(set(lines)):
            break
    return [masked(clean(h)) for h in reading.header], [found[line] for line in lines if line in found]


def _all(header: Sequence[str]) -> list[int]:
    return list(range(len(header)))


def _private(held: Held, table: Table) -> set[str]:
    """The headers of what is about one person alone."""
    personal = {c.name for c in table.columns if c.personal}
    own = {key(c.header) for c in table.columns if c.personal}
    told: Mapping[str, Sequence[str]] = held.form.headers if held.form else {}
    return own | {key(header) for header, names in told.items() if personal & {*names} or AGE in names}


def _harmless(text: str | None, private: bool) -> str:
    """A text as it may be shown: what may be a NIR or a day of birth is masked."""
    if not text:
        return ""
    return MASK if private or _may_be_birth(text) else masked(clean(text))


def _may_be_birth(text: str) -> bool:
    """Whether a text may hold a day that is not recent; one whose year cannot be told is taken for one."""
    if not _MAY_BE_DAY.search(text):
        return False
    years = [int(year) for year in re.findall(r"(?<!\d)(?:19|20)\d\d(?!\d)", text)]
    return not years or min(years) < date.today().year - OLDEST


def _shown(value: object, kind: Kind) -> str:
    """A value that is read, in words."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "Oui" if value else "Non"
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    return str(kind.nomenclature.get(str(value), value)) if isinstance(kind, Code) else masked(str(value))
