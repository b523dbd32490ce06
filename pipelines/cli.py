"""The command line `adass`."""

import logging
import os
import sys
from pathlib import Path

import click

from pipelines.errors import Refused

PUBLISHED, REFUSED = 0, 1
FOLDER = click.Path(file_okay=False, path_type=Path)
raw_option = click.option("--raw", type=FOLDER, default=Path("data/raw"), show_default=True, help="Dossier des livraisons.")
marts_option = click.option("--marts", type=FOLDER, default=Path("data/marts"), show_default=True, help="Dossier publié.")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Statistiques ADASS : des exports BALI au rapport annuel."""


@main.command()
@raw_option
@marts_option
@click.option("--alias", type=click.Path(dir_okay=False, path_type=Path), help="Fichier TOML d'alias d'en-têtes.")
@click.option("--silencieux", is_flag=True, help="N'afficher que le bilan.")
def refresh(raw: Path, marts: Path, alias: Path | None, silencieux: bool) -> None:
    """Lire les livraisons, calculer les indicateurs, publier un nouveau millésime."""
    sys.exit(run_refresh(raw, marts, alias, quiet=silencieux))


def run_refresh(raw: Path, marts: Path, alias: Path | None = None, quiet: bool = False) -> int:
    """The refresh job, in this process; returns the exit code."""
    from pipelines.refresh import refresh as run

    try:
        run(raw, marts, alias, quiet=quiet)
    except Refused as error:
        click.echo(f"Refusé : {error}", err=True)
        click.echo("Rien n'a été publié ; ce qui l'était le reste.", err=True)
        return REFUSED
    return PUBLISHED


if __name__ == "__main__":
    main()
