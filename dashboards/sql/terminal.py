"""`adass sql`: one query, or a prompt, in a terminal: `python -m dashboards.sql.terminal --marts DOSSIER [REQUÊTE]`."""

import contextlib
import os
import pwd
import readline
import sys
from dataclasses import replace
from pathlib import Path

import click
import pyarrow as pa
from rich.console import Console
from rich.table import Table as Drawn

from dashboards import formats
from dashboards.access.roles import FULL
from dashboards.formats import NBSP
from dashboards.published.reading import DETAIL, DIFFUSION, Edition
from dashboards.sql import engine, journal, result, service
from dashboards.sql.engine import OK, WORDS, Limits, Outcome
from dashboards.sql.examples import EXAMPLES
from dashboards.sql.parameters import names_of, typed

DONE, REFUSED = 0, 1
SHOWN = 40  # rows in the terminal
HISTORY = Path("~/.local/state/adass/sql_historique")
HELP = """\
Une requête se termine par « ; ». Commandes :
  .tables            les tables et ce qu'elles contiennent
  .colonnes TABLE    les colonnes d'une table
  .exemples          des requêtes pour commencer
  .csv FICHIER       écrire le dernier résultat (aussi .xlsx, .parquet)
  .aide              cette aide
  .quitter           sortir (ou Ctrl-D)"""


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("requete", required=False)
@click.option("--marts", type=click.Path(file_okay=False, path_type=Path), default=Path("data/marts"))
@click.option("--fichier", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--parametre", "parametres", multiple=True)
@click.option("--csv", "csv", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--xlsx", "xlsx", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--parquet", "parquet", type=click.Path(dir_okay=False, path_type=Path))
def main(
    requete: str | None,
    marts: Path,
    fichier: Path | None,
    parametres: tuple[str, ...],
    csv: Path | None,
    xlsx: Path | None,
    parquet: Path | None,
) -> None:
    """Interroger un fichier publié."""
    file = fichier or next((p for name in (DETAIL, DIFFUSION) if (p := marts / name).is_file()), None)
    if file is None:
        raise click.ClickException(f"{marts} : rien n'est publié")
    session = Session(file.resolve(), marts)
    if requete is None:
        session.prompt()
        return
    outcome = session.run(requete, {name: typed(value) for name, _, value in (p.partition("=") for p in parametres)})
    outputs = {kind: path for kind, path in (("csv", csv), ("xlsx", xlsx), ("parquet", parquet)) if path}
    if outcome.status == OK:
        for kind, path in outputs.items():
            session.write(outcome, kind, path)
    if not outputs or outcome.status != OK:
        session.show(outcome)
    sys.exit(DONE if outcome.status == OK else REFUSED)


def account() -> str:
    """Who runs this process, as the system knows it: no variable of the environment signs for somebody else."""
    number = os.getuid()
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"compte {number}"


class Session:
    """Queries on one file, by the person whose terminal it is."""

    def __init__(self, file: Path, marts: Path) -> None:
        self.file, self.marts = file, marts
        self.access = replace(FULL, identity=account())
        self.console, self.errors = Console(), Console(stderr=True)

    def run(self, sql: str, values: dict[str, object]) -> Outcome:
        outcome = engine.run(self.file, sql, values, Limits(horloge=300.0), who=self.access.identity)
        # whoever holds the file can read it with any client: a journal that cannot be written does not stop him
        with contextlib.suppress(OSError):
            journal.note(self.marts, self.access, self.file, sql, values, outcome)
        return outcome

    def show(self, outcome: Outcome) -> None:
        if outcome.status != OK:
            said = f"{NBSP}: {outcome.message}" if outcome.message else ""
            self.errors.print(f"[bold]{WORDS[outcome.status]}[/bold]", end="")
            self.errors.print(said, highlight=False, markup=False)
            if outcome.detail:
                self.errors.print(outcome.detail, highlight=False, markup=False)
            return
        table = result.simple(outcome.table)
        self.console.print(_drawn(table))
        told = f"{formats.counted(table.num_rows, 'ligne', 'lignes')} en {formats.nombre(outcome.seconds, 1)}{NBSP}s"
        if table.num_rows > SHOWN:
            told += f", les {SHOWN} premières sont affichées"
        if outcome.cut:
            told += f"{NBSP}; la limite est atteinte, il y en a d'autres"
        self.console.print(told, style="dim", highlight=False)

    def write(self, outcome: Outcome, kind: str, path: Path) -> None:
        table = result.simple(outcome.table)
        try:
            path.write_bytes(result.FILES[kind][0](table))
        except OSError as error:
            raise click.ClickException(f"{path} : écriture impossible ({error.strerror})") from None
        beside = f"{NBSP}; la limite est atteinte, il y en a d'autres" if outcome.cut else ""
        self.errors.print(f"{path} : {formats.counted(table.num_rows, 'ligne', 'lignes')}{beside}", highlight=False)

    def prompt(self) -> None:
        """Queries typed one after the other, until the end of the input."""
        history = HISTORY.expanduser()
        with contextlib.suppress(OSError):
            readline.read_history_file(history)
        readline.set_history_length(1000)
        names = [t.name for t in self._tables()]
        readline.set_completer_delims(" \t\n,()=<>")
        readline.set_completer(lambda text, at: ([n for n in names if n.startswith(text)] + [None])[at])
        readline.parse_and_bind("tab: complete")
        self.errors.print(f"{self.file} – « .aide » pour l'aide", highlight=False)
        try:
            self._converse()
        finally:
            with contextlib.suppress(OSError):
                history.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                readline.write_history_file(history)
                history.chmod(0o600)

    def _converse(self) -> None:
        lines: list[str] = []
        last: Outcome | None = None
        while True:
            try:
                line = input("   …> " if lines else "adass> ")
            except EOFError:
                return
            except KeyboardInterrupt:
                lines = []
                print()
                continue
            if not lines and line.strip().startswith("."):
                if line.strip() == ".quitter":
                    return
                self._command(line.split(), last)
                continue
            lines.append(line)
            if line.rstrip().endswith(";"):
                sql, lines = "\n".join(lines), []
                last = self.run(sql, {name: typed(input(f"${name} = ")) for name in names_of(sql)})
                self.show(last)

    def _command(self, words: list[str], last: Outcome | None) -> None:
        kind = words[0][1:]
        if kind == "tables":
            self._list(["Table", "Contenu"], [(t.name, t.comment) for t in self._tables()])
        elif kind == "colonnes" and len(words) == 2:
            found = next((t for t in self._tables() if t.name == words[1]), None)
            columns = found.columns if found else ()
            self._list(["Colonne", "Type", "Contenu"], [(c.name, c.type.lower(), c.comment) for c in columns])
        elif kind == "exemples":
            for example in EXAMPLES:
                self.console.print(f"-- {example.title}\n{example.sql};\n", highlight=False, markup=False)
        elif kind in result.FILES and len(words) == 2 and last and last.status == OK:
            try:
                self.write(last, kind, Path(words[1]))
            except click.ClickException as error:
                self.errors.print(error.message, highlight=False, markup=False)
        else:
            self.console.print(HELP, highlight=False, markup=False)

    def _list(self, titles: list[str], rows: list[tuple[str, ...]]) -> None:
        drawn = Drawn(*titles)
        for row in rows:
            drawn.add_row(*row)
        self.console.print(drawn)

    def _tables(self) -> tuple[service.Table, ...]:
        return service.tables(Edition(self.file, self.file.stat().st_mtime_ns))


def _drawn(table: pa.Table) -> Drawn:
    from rich.text import Text

    numeric = set(result.numbers(table))
    drawn = Drawn()
    for name in table.column_names:
        drawn.add_column(Text(name), justify="right" if name in numeric else "left")
    for row in result.texts(table, 0, SHOWN):
        drawn.add_row(*(Text(text) for text in row))
    return drawn


if __name__ == "__main__":
    main()
