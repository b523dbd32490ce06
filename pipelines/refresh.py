"""Refresh in this process, showing what it does, and close with the balance of every delivery."""

import json
from pathlib import Path
from typing import Any

import duckdb
from rich.console import Console
from rich.table import Table

from pipelines.computing.engine import DuckDB, Start
from pipelines.errors import Refused, of_the_machine
from pipelines.reading.caisses import Caisse, caisse_of
from pipelines.reading.deliveries import Fault
from pipelines.recipes import READING, RECIPES
from pipelines.tables import make
from pipelines.vintages.asked import Asked
from pipelines.vintages.build import Build
from pipelines.vintages.closing import closing_lines
from pipelines.vintages.publish import balanced, blocked, open_build, publish
from schemas.outputs.vintages import MANIFEST


def refresh(
    raw: Path,
    marts: Path,
    aliases: Path | None = None,
    quiet: bool = False,
    complete: bool = False,
    start_engine: Start = DuckDB,
    profile: Path | None = None,
    despite: str = "",
    trial: bool = False,
    without_refused: bool = False,
) -> None:
    """Publish a new vintage of `marts` from `raw`; raises Refused, with the reason in French, where it cannot.

    `complete`, `despite`, `trial`: see `Asked`. `without_refused`: a caisse of which a file cannot be read is left out.
    """
    console, asked = Console(stderr=True), Asked(complete, despite, trial)
    try:
        aside = _faulty_caisses(raw, marts, aliases, profile) if without_refused else {}
        with open_build(
            raw, marts, aliases, profile=profile, asked=asked, start_engine=start_engine, set_aside=aside
        ) as build:
            if not quiet:
                build.say = lambda text: console.print(f"[dim]{text}[/dim]", highlight=False)
            home, found = _run(build)
    except (OSError, MemoryError, duckdb.Error) as error:
        if (reason := of_the_machine(error)) is None:
            raise
        raise Refused(f"{marts} : {reason}") from error
    _closing_table(home, found, Console())


def _faulty_caisses(raw: Path, marts: Path, aliases: Path | None, profile: Path | None) -> dict[Fault, Caisse]:
    """The caisses of which a file cannot be read, by their faults. Raises Refused for a fault that is of no caisse alone."""
    faults: list[Fault] = []
    with open_build(raw, marts, aliases, profile=profile, asked=Asked(complete=True), gathered=faults) as build:
        for one in RECIPES:
            if one.name in READING:
                make(build, one)
        deliveries = list(build.inputs.every_delivery)
        found = {fault: caisse_of(fault, deliveries, build.inputs.codes) for fault in faults}
    if of_all := [fault.text for fault, caisse in found.items() if caisse is None]:
        raise Refused(" ; ".join(of_all))
    return {fault: caisse for fault, caisse in found.items() if caisse}


def _run(build: Build) -> tuple[Path, list[str]]:
    """Every table in turn, with its checks, then the publication: what the Dagster job does, without Dagster.

    Gives the folder of the vintage, and the closing lines on the deliveries.
    """
    for one in RECIPES:
        make(build, one)
        if build.failures:
            raise Refused(blocked(build))
    balanced(build)
    found = closing_lines(build)
    return publish(build), found


def _closing_table(home: Path, found: list[str], console: Console) -> None:
    manifest = json.loads((home / MANIFEST).read_text(encoding="utf-8"))
    counts = ("lignes_lues", "lignes_acceptees", "lignes_rejetees", "lignes_remplacees")
    totals: dict[str, list[int]] = {}
    for entry in manifest["entrees"]:
        row = totals.setdefault(f"{entry['source']}/{entry['livraison']}", [0, 0, 0, 0])
        totals[f"{entry['source']}/{entry['livraison']}"] = [a + entry[c] for a, c in zip(row, counts, strict=True)]
    table = Table(title=f"Millésime {manifest['millesime']}")
    table.add_column("Livraison")
    for name in ("Lues", "Acceptées", "Rejetées", "Remplacées"):
        table.add_column(name, justify="right")
    for delivery, row in totals.items():
        table.add_row(delivery, *(f"{n:,}".replace(",", "\u202f") for n in row))
    console.print(table)
    for line in found:
        console.print(line, highlight=False, markup=False, soft_wrap=True)
    for reserve in _reserves(home, manifest):
        console.print(reserve, highlight=False, markup=False, soft_wrap=True)
    for line in manifest["non_lus"]:
        console.print(line, highlight=False, markup=False, soft_wrap=True)


def _reserves(home: Path, manifest: dict[str, Any]) -> list[str]:
    """What was published although it is refused by itself, and where a trial lies."""
    despite = manifest["malgre"]
    lines = [f"Laissée de côté : {text}" for text in manifest["livraisons_ecartees"]]
    lines += [*despite["refus"], f"Publié malgré cela : {despite['motif']}"] if despite else []
    return [*lines, f"Essai, que rien d'autre ne lit : adass dashboard --marts {home}"] if manifest["essai"] else lines
