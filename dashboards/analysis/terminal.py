"""`adass croiser`, `expliquer` and `comparer`: `python -m dashboards.analysis.terminal COMMANDE MESURE …`.

Exit codes: 0 answered, 1 nothing is published or a file cannot be written, 2 a question that has no answer.
"""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any

import click
import duckdb
import polars as pl
from rich.console import Console
from rich.table import Table
from rich.text import Text

from dashboards import formats
from dashboards.access.roles import FULL
from dashboards.analysis import questions, sentences
from dashboards.analysis.comparing import ADJUSTED, compare
from dashboards.analysis.crossing import cross
from dashboards.analysis.explaining import Explained, between_places, between_years, explain
from dashboards.analysis.files import FILES
from dashboards.analysis.questions import FRANCE, Filter, Question, Unanswerable
from dashboards.analysis.ranking import Ranked, ranked
from dashboards.published import reading as published
from dashboards.published.reading import ORGANISME, Edition
from schemas.indicators.indicator import NOMBRE
from schemas.outputs.vintages import NoVintage
from schemas.publics import EVERYONE

REFUSED, UNANSWERABLE = 1, 2
SHOWN = 60  # rows in the terminal
STANDARD_OUTPUT = Path("-")
FILE = click.Path(dir_okay=False, allow_dash=True, path_type=Path)


@dataclass(frozen=True)
class Shown:
    """A table as it reads: its columns, the first of them in words, the others numbers."""

    columns: Sequence[str]
    words: int
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Answer:
    """What a command gives: the table for files, the statement, and what is read on screen, around the tables."""

    table: pl.DataFrame
    sql: str
    shown: Sequence[Shown]
    said: str


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Croiser, expliquer, comparer ce qui est publié."""


def _command(run: Callable[..., Answer]) -> Callable[..., None]:
    """A command that answers a question: its measure, the published folder, and the files that take the table."""

    @wraps(run)
    def told(marts: Path, millesime: str, requete: bool, **words: Any) -> None:
        files = {kind: words.pop(kind) for kind in FILES}
        try:
            _give(
                run(_edition(marts, millesime), **words),
                {kind: path for kind, path in files.items() if path},
                statement=requete,
            )
        except Unanswerable as refusal:
            click.echo(questions.told(refusal), err=True)
            sys.exit(UNANSWERABLE)
        except (NoVintage, OSError, duckdb.Error) as error:
            other = "le fichier publié ne peut pas être lu, ou vient d'une autre version"
            click.echo(f"Refusé : {other if isinstance(error, duckdb.Error) else error}", err=True)
            sys.exit(REFUSED)

    for option in reversed(_common()):
        told = option(told)
    return told


def _edition(marts: Path, millesime: str) -> Edition:
    edition = published.current(marts, FULL, millesime)
    if edition is None:
        raise NoVintage(f"{marts} : rien n'est publié")
    return edition


def _common() -> list[Callable[[Callable[..., None]], Callable[..., None]]]:
    folder = click.Path(file_okay=False, path_type=Path)
    return [
        click.argument("mesure", default=""),
        click.option("--public", default=EVERYONE.code, show_default=True, help="Population."),
        click.option("--marts", type=folder, default=Path("data/marts"), show_default=True, help="Dossier publié."),
        click.option("--millesime", default="", help="Millésime (défaut : celui qui est publié)."),
        click.option("--requete", is_flag=True, help="Donner la requête SQL, et non le tableau."),
        click.option("--csv", type=FILE, help="Écrire le tableau en CSV (- : sortie standard)."),
        click.option("--xlsx", type=FILE, help="Écrire le tableau en classeur XLSX."),
        click.option("--parquet", type=FILE, help="Écrire le tableau en Parquet."),
    ]


def _give(answer: Answer, files: dict[str, Path], *, statement: bool) -> None:
    if statement:
        click.echo(answer.sql)
    for kind, path in files.items():
        _write(FILES[kind](answer.table), path, answer.table.height)
    if not (statement or files):
        console = Console()
        for shown in answer.shown:
            console.print(_drawn(shown))
        console.print(answer.said, style="dim", highlight=False, markup=False)


def _write(content: bytes, path: Path, rows: int) -> None:
    if path == STANDARD_OUTPUT:
        sys.stdout.buffer.write(content)
        return
    path.write_bytes(content)
    click.echo(f"{path} : {formats.counted(rows, 'ligne', 'lignes')}", err=True)


def _drawn(shown: Shown) -> Table:
    drawn = Table()
    for place, name in enumerate(shown.columns):
        drawn.add_column(Text(name), justify="left" if place < shown.words else "right")
    for row in shown.rows[:SHOWN]:
        drawn.add_row(*(Text(cell) for cell in row))
    if (rest := len(shown.rows) - SHOWN) > 0:
        drawn.caption = f"et {formats.counted(rest, 'autre ligne', 'autres lignes')} (--csv les donne toutes)"
    return drawn


# --- croiser ---


@main.command()
@_command
@click.option("--par", default="", metavar="DIM[,DIM[,DIM]]", help="Dimensions, trois au plus.")
@click.option("--annee", help="Année (défaut : toutes).")
@click.option("--territoire", default=FRANCE, show_default=True, help="FR, code d'une région ou d'un organisme.")
@click.option("--filtre", multiple=True, metavar="DIM=CODE[,CODE]", help="Codes à garder ; répétable.")
def croiser(
    edition: Edition, mesure: str, par: str, annee: str | None, territoire: str, public: str, filtre: tuple[str, ...]
) -> Answer:
    """Croiser une mesure par une, deux ou trois dimensions."""
    questions.measure_of(mesure)
    year = None if annee is None else questions.year_of(annee)
    filters = tuple(_filter(one) for one in filtre)
    answer = cross(edition, Question(mesure, _dimensions(par), year, territoire, public, filters))
    names = [questions.labels(edition, d) for d in answer.by]
    unit, rows = answer.measure.unit, []
    for row, mark in zip(answer.table.iter_rows(), answer.marks, strict=True):
        codes, (n, d, value, low, high) = row[: len(names)], row[len(names) :]
        counts = [] if unit == NOMBRE else [_count(n, d), _count(d, d)]
        interval = "" if low is None else f"{formats.value(unit, low)} – {formats.value(unit, high)}"
        told = [label(code) for label, code in zip(names, codes, strict=True)]
        rows.append([*told, *counts, formats.value(unit, value), interval, mark])
    counted = [] if unit == NOMBRE else ["Numérateur", "Dénominateur"]
    columns = [*(d.label for d in answer.by), *counted, "Valeur", "Intervalle à 95 %", "À noter"]
    shown = Shown(columns, len(names), rows)
    return Answer(answer.table, answer.sql, [shown], sentences.crossed(edition, answer))


def _count(number: float | None, denominator: float | None) -> str:
    """A median has no numerator: nothing is missing there."""
    return "–" if number is None and denominator is not None else formats.nombre(number)


def _dimensions(words: str) -> tuple[str, ...]:
    names = tuple(word.strip() for word in words.split(",")) if words.strip() else ()
    if not names:
        raise Unanswerable("dites par quelles dimensions (--par), par exemple --par tranche_age,sexe")
    return names


def _filter(text: str) -> Filter:
    name, sign, codes = text.partition("=")
    if not sign:
        raise Unanswerable(f"« {text} » n'est pas un filtre : écrivez DIM=code[,code]")
    return name.strip(), tuple(code.strip() for code in codes.split(","))


# --- expliquer ---


@main.command()
@_command
@click.option("--de", help="Année d'avant.")
@click.option("--a", "vers", help="Année d'après.")
@click.option("--annee", help="Année où deux territoires sont comparés.")
@click.option("--territoire", help="Territoire dont l'écart est expliqué.")
@click.option("--face-a", help="Territoire auquel il est comparé.")
@click.option(
    "--par", default="", metavar="DIM[,DIM]", help="Dimensions, deux au plus (défaut : celle qui explique le plus)."
)
def expliquer(edition: Edition, mesure: str, par: str, public: str, **places: str | None) -> Answer:
    """Expliquer un écart entre deux années ou deux territoires : composition et chiffres propres aux groupes."""
    by = _dimensions(par) if par.strip() else ()
    if len(by) > 2:
        raise Unanswerable(f"deux dimensions au plus, et non {len(by)} : {', '.join(by)}")
    before, after = _sides(mesure, by, public, **places)
    if by:
        answer = explain(edition, before, after)
        return Answer(answer.table, answer.sql, [_decomposed(edition, answer)], sentences.explained(edition, answer))
    tried = ranked(edition, before, after)
    best = tried[0].answer
    tables = [_tried(tried), _decomposed(edition, best)]
    return Answer(best.table, best.sql, tables, sentences.explained(edition, best))


def _sides(
    mesure: str, by: tuple[str, ...], public: str, de: str | None, vers: str | None, annee: str | None,
    territoire: str | None, face_a: str | None,
) -> tuple[Question, Question]:  # fmt: skip
    years, places = (de, vers), (annee, territoire, face_a)
    if all(years) and not (annee or face_a):
        first, last = (questions.year_of(y or "") for y in years)
        return between_years(mesure, by, first, last, territoire or FRANCE, public)
    if all(places) and not any(years):
        return between_places(mesure, by, questions.year_of(annee or ""), territoire or "", face_a or "", public)
    raise Unanswerable(
        "dites deux années (--de, --a) ou une année et deux territoires (--annee, --territoire, --face-a)"
    )


def _decomposed(edition: Edition, answer: Explained) -> Shown:
    names, unit = [questions.labels(edition, d) for d in answer.by], answer.measure.unit
    rows = []
    for row in answer.table.iter_rows():
        codes, (w0, w1, v0, v1, composition, rate) = row[: len(names)], row[len(names) :]
        weights = [] if unit == NOMBRE else [formats.part(w0), formats.part(w1)]
        effects = [rate] if unit == NOMBRE else [composition, rate]
        rows.append([
            *(label(code) for label, code in zip(names, codes, strict=True)), *weights,
            *(formats.value(unit, v) for v in (v0, v1)), *(sentences.effect(answer.measure, e) for e in effects),
        ])  # fmt: skip
    weights = [] if unit == NOMBRE else ["Poids avant", "Poids après"]
    effects = ["Effet"] if unit == NOMBRE else ["Effet de composition", "Effet du taux"]
    return Shown([*(d.label for d in answer.by), *weights, "Avant", "Après", *effects], len(names), rows)


def _tried(tried: Sequence[Ranked]) -> Shown:
    def told(r: Ranked) -> list[str]:
        amounts = (r.explains, r.answer.composition, r.answer.rate)
        return [r.dimension.label, r.dimension.name, *(sentences.effect(r.answer.measure, a) for a in amounts)]

    columns = ("Dimension", "Nom", "Ce qu'elle explique", "Composition", "Chiffres des groupes")
    return Shown(columns, 2, [told(r) for r in tried])


# --- comparer ---


@main.command()
@_command
@click.option("--annee", default="", help="Année.")
@click.option("--niveau", default=ORGANISME, show_default=True, help="organisme ou region.")
@click.option(
    "--ajuste", default=",".join(ADJUSTED), show_default=True, help="Dimensions de l'ajustement ; vide : aucune."
)
def comparer(edition: Edition, mesure: str, annee: str, niveau: str, public: str, ajuste: str) -> Answer:
    """Comparer les organismes ou les régions, à population égale : taux ajustés, dispersion, ce qui n'est pas du hasard."""
    strata = tuple(name.strip() for name in ajuste.split(",")) if ajuste.strip() else ()
    answer = compare(edition, mesure, questions.year_of(annee), niveau, public, strata)
    names = {t.code: t.label for t in published.territories(edition)}
    rows = [
        [
            names.get(t, t), formats.nombre(n), formats.part(observed / n), formats.part(rate),
            "" if low is None else f"{formats.part(low)} – {formats.part(high)}", "" if z is None else formats.nombre(z, 1), signal, note,
        ]
        for (t, n, observed, rate, low, high, z, signal), note in zip( answer.table.select(
            "territoire", "n", "observe", "taux_ajuste", "bas", "haut", "z_ajuste", "signal"
        ).iter_rows(), answer.marks, strict=True)
    ]  # fmt: skip
    columns = ("Territoire", "Cas", "Part", "Part ajustée", "Intervalle à 95 %", "Score ajusté", "Signal", "À noter")
    return Answer(answer.table, answer.sql, [Shown(columns, 1, rows)], sentences.compared(edition, answer))


if __name__ == "__main__":
    main(prog_name="adass")
