"""Write small exports for tests: rows are dictionaries by column name, headers come from the declarations."""

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path

from schemas.exports.declarations import Table
from schemas.exports.sources import source

ACCOMPAGNEMENT = {
    "id_accompagnement": "A1", "organisme": "311", "date_saisine": "2024-01-10", "type_accompagnement": "Soins",
    "famille_detecteur": "Assurance Maladie", "categorie_detecteur": "PFS",
}  # fmt: skip


def accompagnement(**values: str) -> dict[str, str]:
    """A valid open accompaniment, changed by `values`; `clos` gives date and motif of closure at once."""
    closed = values.pop("clos", None)
    row = {**ACCOMPAGNEMENT, **values}
    if closed:
        row |= {"date_cloture": closed, "motif_cloture": row.get("motif_cloture", "Soins réalisés")}
    return row


def write_table(path: Path, table: Table, rows: Iterable[Mapping[str, str]], extra: Iterable[str] = ()) -> None:
    columns = list(table.exported)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, delimiter=";")
        writer.writerow([*(c.header for c in columns), *extra])
        writer.writerows([[row.get(c.name, "") for c in columns] + ["" for _ in extra] for row in rows])


def bali(raw: Path, day: str, **tables: list[dict[str, str]]) -> Path:
    """One BALI delivery; returns its folder."""
    for name, rows in tables.items():
        write_table(raw / "bali" / day / f"{name}.csv", source("bali").table(name), rows)
    return raw / "bali" / day


def deliver(raw: Path, source_name: str, folder: str, **tables: list[dict[str, str]]) -> Path:
    """One delivery of any source in its folder ("2024", "311/2024"); returns that folder."""
    for name, rows in tables.items():
        write_table(raw / source_name / folder / f"{name}.csv", source(source_name).table(name), rows)
    return raw / source_name / folder
