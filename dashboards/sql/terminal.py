"""`adass sql`: one query, or a prompt, in a terminal: `python -m dashboards.sql.terminal --marts DOSSIER [REQUÊTE]`."""

import contextlib
import os
import pwd
import readline
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table as Drawn

from dashboards import formats
from dashboards.access.roles import FULL
from dashboards.formats import NBSP
from dashboards.published.reading import DETAIL, DIFFUSION, Edition
from dashboards.sql import engine, export, journal, result, service
from dashboards.sql.drawing import SHOWN, drawn
from dashboards.sql.engine import OK, WORDS, Limits, Outcome, Sink
from dashboards.sql.examples import EXAMPLES, ON_ROWS
from dashboards.sql.export import Target, Unwritten
from dashboards.sql.parameters import names_of, typed

DONE, REFUSED = 0, 1
OUTPUT = click.Path(dir_okay=False, allow_dash=True, path_type=Path)
HISTORY = Path("~/.local/state/adass/sql_historique")
HELP = """\
Une requête se termine par « ; ». Commandes :
  .tables            les tables et ce qu'elles contiennent
  .colonnes TABLE    les colonnes d'une table
  .exemples          des requêtes pour commencer
  .csv FICHIER       écrire toutes les lignes de la dernière requête (aussi .xlsx, .parquet)
  .aide              cette aide
  .quitter           sortir (ou Ctrl-D)"""


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("requete", required=False)
@click.option("--marts", type=click.Path(file_okay=False, path_type=Path), default=Path("data/marts"))
@click.option("--fichier", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--parametre", "parametres", multiple=True)
@click.option("--csv", type=OUTPUT)
@click.option("--xlsx", type=OUTPUT)
@click.option("--parquet", type=OUTPUT)
def main(
    requete: str | None, marts: Path, fichier: Path | None, parametres: tuple[str, ...], **files: Path | None
) -> None:
    """Interroger un fichier publié."""
    file = fichier or next((p for name in (DETAIL, DIFFUSION) if (p := marts / name).is_file()), None)
    if file is None:
        raise click.ClickException(f"{marts} : rien n'est publié")
    session = Session(file.resolve(), marts)
    targets = [Target(kind, path) for kind, path in files.items() if path]
    if requete is None and not targets:
        sys.exit(session.prompt())
    sql = sys.stdin.read() if requete is None else requete
    values = {name: typed(value) for name, _, value in (p.partition("=") for p in parametres)}
    sys.exit(session.export(sql, values, targets) if targets else session.show(session.run(sql, values)))


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
        self.last: tuple[str, dict[str, object]] | None = None  # the last query that was answered

    def run(self, sql: str, values: dict[str, object], sink: Sink | None = None) -> Outcome:
        limits = Limits(horloge=300.0) if sink is None else export.LIMITS
        outcome = engine.run(self.file, sql, values, limits, who=self.access.identity, sink=sink)
        # whoever holds the file can read it with any client: a journal that cannot be written does not stop him
        with contextlib.suppress(OSError):
            journal.note(self.marts, self.access, self.file, sql, values, outcome)
        return service.advised(self.file, sql, outcome)

    def show(self, outcome: Outcome) -> int:
        """The first rows of a result, or why there is none; returns the exit code."""
        if outcome.advice:
            self.errors.print(outcome.advice, highlight=False, markup=False)
        if outcome.status != OK:
            said = f"{NBSP}: {outcome.message}" if outcome.message else ""
            self.errors.print(f"[bold]{WORDS[outcome.status]}[/bold]", end="")
            self.errors.print(said, highlight=False, markup=False)
            if outcome.detail:
                self.errors.print(outcome.detail, highlight=False, markup=False)
            return REFUSED
        table = result.simple(outcome.table)
        self.console.print(drawn(table, self.console))
        told = f"{formats.counted(table.num_rows, 'ligne', 'lignes')} en {formats.nombre(outcome.seconds, 1)}{NBSP}s"
        if table.num_rows > SHOWN:
            told += f", les {SHOWN} premières sont affichées"
        if outcome.cut:
            told += f"{NBSP}; la limite de l'affichage est atteinte, il y en a d'autres (toutes avec --csv, --xlsx, --parquet)"
        self.console.print(told, style="dim", highlight=False)
        return DONE

    def export(self, sql: str, values: dict[str, object], targets: list[Target]) -> int:
        """Every row of a query into files; returns the exit code."""
        try:
            outcome = export.write(targets, partial(self.run, sql, values))
        except Unwritten as error:
            self.errors.print(f"Erreur{NBSP}: {error}", highlight=False, markup=False, soft_wrap=True)
            return REFUSED
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nothing more is to be said there
            return DONE
        if outcome.status != OK:
            return self.show(outcome)
        if outcome.advice:
            self.errors.print(outcome.advice, highlight=False, markup=False, soft_wrap=True)
        return max(map(self._told, targets))

    def _told(self, target: Target) -> int:
        """Say what a file holds; returns the exit code."""
        rows = formats.counted(target.rows, "ligne", "lignes")
        if target.left:
            rows += f" sur {formats.nombre(target.rows + target.left)}{NBSP}: une feuille n'en tient pas plus"
        if target.left or target.path != export.STANDARD:
            self.errors.print(f"{target.path} : {rows}", highlight=False, markup=False, soft_wrap=True)
        return REFUSED if target.left else DONE

    def prompt(self) -> int:
        """Queries typed or piped one after the other, until the end of the input; returns the exit code."""
        history = HISTORY.expanduser()
        with contextlib.suppress(OSError):
            readline.read_history_file(history)
        readline.set_history_length(1000)
        names = [t.name for t in self._tables()]
        readline.set_completer_delims(" \t\n,()=<>")
        readline.set_completer(lambda text, at: ([n for n in names if n.startswith(text)] + [None])[at])
        readline.parse_and_bind("tab: complete")
        if sys.stdin.isatty():
            self.errors.print(f"{self.file} – « .aide » pour l'aide", highlight=False)
        try:
            return self._converse()
        finally:
            with contextlib.suppress(OSError):
                history.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                readline.write_history_file(history)
                history.chmod(0o600)

    def _converse(self) -> int:
        lines: list[str] = []
        code = DONE
        while True:
            try:
                line = _asked("   …> " if lines else "adass> ")
            except EOFError:  # the last query of a file needs no end of its own
                return self._answer("\n".join(lines)) if "".join(lines).strip() else code
            except KeyboardInterrupt:
                lines = []
                print()
                continue
            if not lines and line.strip().startswith("."):
                if line.strip() == ".quitter":
                    return DONE
                self._command(line.split())
                continue
            lines.append(line)
            if line.rstrip().endswith(";"):
                sql, lines = "\n".join(lines), []
                code = self._answer(sql)

    def _answer(self, sql: str) -> int:
        values = {name: typed(_asked(f"${name} = ")) for name in names_of(sql)}
        outcome = self.run(sql, values)
        self.last = (sql, values) if outcome.status == OK else None
        return self.show(outcome)

    def _command(self, words: list[str]) -> None:
        kind = words[0][1:]
        if kind == "tables":
            self._list(["Table", "Contenu"], [(t.name, t.comment) for t in self._tables()])
        elif kind == "colonnes" and len(words) == 2:
            found = next((t for t in self._tables() if t.name == words[1]), None)
            columns = found.columns if found else ()
            self._list(["Colonne", "Type", "Contenu"], [(c.name, c.type.lower(), c.comment) for c in columns])
        elif kind == "exemples":
            for example in (*EXAMPLES, *(ON_ROWS if self.file.name == DETAIL else ())):
                self.console.print(f"-- {example.title}\n{example.sql};\n", highlight=False, markup=False)
        elif kind in result.FILES and len(words) == 2 and self.last:
            self.export(*self.last, [Target(kind, Path(words[1]))])
        else:
            self.console.print(HELP, highlight=False, markup=False)

    def _list(self, titles: list[str], rows: list[tuple[str, ...]]) -> None:
        drawn = Drawn(*titles)
        for row in rows:
            drawn.add_row(*row)
        self.console.print(drawn)

    def _tables(self) -> tuple[service.Table, ...]:
        return service.tables(Edition(self.file, self.file.stat().st_mtime_ns))


def _asked(prompt: str) -> str:
    """A line of the input, asked for where somebody types it."""
    return input(prompt if sys.stdin.isatty() else "")


if __name__ == "__main__":
    main()
