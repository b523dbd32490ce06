"""Vintages in a terminal: all of them, one of them, and what a purge removes."""

from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from pipelines.errors import Refused
from pipelines.vintages.retention import due, due_trials, purge
from schemas.outputs import vintages
from schemas.outputs.vintages import Manifest, NoVintage


def show_all(marts: Path) -> None:
    """A line for each vintage. Raises NoVintage where there is none."""
    names, trials = vintages.names(marts), vintages.trials(marts)
    if not names and not trials:
        raise NoVintage(f"{marts} : aucun millésime n'est publié")
    table = Table()
    table.add_column("Millésime", no_wrap=True)
    for title in ("Fichiers", "Lignes acceptées", "Mo"):
        table.add_column(title, justify="right")
    table.add_column("État")
    for name in names:
        manifest = vintages.read(marts / vintages.VINTAGES / name)
        table.add_row(*_line(manifest), "courant" if name == vintages.current(marts) else _purged(manifest))
    for folder in trials:
        table.add_row(*_line(vintages.read(folder)), vintages.TRIALS.removesuffix("s"))
    Console().print(table)


def _line(manifest: Manifest) -> tuple[str, str, str, str]:
    accepted = sum(i.acceptees for i in manifest.inputs)
    return manifest.name, number(len(manifest.inputs)), number(accepted), _megabytes(_size(manifest))


def show(marts: Path, word: str) -> None:
    """What a vintage was made from, and whether its files are whole. Raises Refused where one is not."""
    home = vintages.folder(marts, word)
    manifest, console = vintages.read(home), Console()
    console.print(f"Millésime {manifest.name}, créé le {manifest.created:%d/%m/%Y à %H:%M} (UTC)", highlight=False)
    if manifest.synthetic:
        console.print("Données synthétiques")
    if manifest.purged:
        console.print(_purged(manifest).capitalize(), highlight=False)
    versions = ", ".join(f"{name} {version}" for name, version in manifest.versions.items())
    console.print(f"Versions : {versions}", highlight=False, soft_wrap=True)
    console.print(_inputs(manifest))
    for name, digest in manifest.references.items():
        console.print(f"Référentiel {name} : {digest}", highlight=False, soft_wrap=True)
    damaged = []
    for name, (size, digest) in manifest.files.items():
        console.print(f"{name} : {_megabytes(size)} Mo, {digest}", highlight=False, soft_wrap=True)
        damaged += [] if (home / name).exists() and vintages.intact(home / name) else [name]
    if damaged:
        raise Refused(f"millésime {manifest.name} : {', '.join(damaged)} ne correspond pas à son empreinte")
    console.print("Les fichiers correspondent à leurs empreintes.")


def show_purge(marts: Path, months: int, *, trial: bool) -> None:
    """Remove what is due, or say what would be where it is a trial."""
    console, now = Console(), datetime.now(UTC).replace(tzinfo=None)
    due_now = [*due(marts, months, now), *(one for _, one in due_trials(marts, months, now))]
    if not due_now:
        console.print(f"Aucun millésime de plus de {months} mois n'a de détail à retirer.", highlight=False)
        return
    if trial:
        for one in due_now:
            console.print(f"{one.name} : le détail serait retiré ({_megabytes(one.octets)} Mo)", highlight=False)
        return
    for one, left in purge(marts, months):
        sizes = f"{_megabytes(one.octets)} Mo → {_megabytes(left)} Mo"
        console.print(f"{one.name} : détail retiré ({sizes})", highlight=False)


def _inputs(manifest: Manifest) -> Table:
    table = Table(title="Fichiers lus", title_justify="left")
    table.add_column("Livraison", no_wrap=True)
    table.add_column("Fichier", no_wrap=True)
    table.add_column("Empreinte")
    for title in ("Lues", "Accept.", "Rejet.", "Rempl."):
        table.add_column(title, justify="right")
    for one in manifest.inputs:
        counts = (one.lues, one.acceptees, one.rejetees, one.remplacees)
        table.add_row(f"{one.source}/{one.livraison}", one.fichier, one.sha256[:8], *(number(n) for n in counts))
    return table


def _purged(manifest: Manifest) -> str:
    return f"sans détail depuis le {manifest.purged:%d/%m/%Y}" if manifest.purged else ""


def _size(manifest: Manifest) -> int:
    return sum(size for size, _ in manifest.files.values())


def number(amount: int) -> str:
    """A whole number as French writes it."""
    return f"{amount:,}".replace(",", "\u202f")


def _megabytes(octets: int) -> str:
    return f"{octets / 1e6:.1f}".replace(".", ",")
