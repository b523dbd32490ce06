"""A filled block as a table: on a page, in a CSV file, in a workbook."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from dashboards import formats
from dashboards.content.filled import Figure, Filled
from dashboards.published.reading import Structure
from dashboards.slides.blocks import (
    Column,
    Ranking,
    Table,
    Targets,
)
from schemas.context.contexte import Target
from schemas.outputs.marts import STRUCTURES

# --- the same figures as a table ---


@dataclass(frozen=True)
class Grid:
    """A table: texts as shown, and the same cells as plain values for a spreadsheet."""

    columns: tuple[str, ...]
    texts: tuple[tuple[str, ...], ...]
    values: tuple[tuple[str, ...], ...]
    numeric_from: int = 1  # columns before it are words


def grid(filled: Filled) -> Grid:
    if isinstance(filled.chart, Ranking):
        return _ranking_grid(filled.structures)
    if isinstance(filled.chart, Table):
        return _table_grid(filled.chart, filled)
    if isinstance(filled.chart, Targets):
        return _targets_grid(filled.targets)
    grouped = any(f.group for f in filled.figures)
    columns = (*(("Famille",) if grouped else ()), "Libellé", filled.subject, "Numérateur", "Dénominateur")
    if filled.comparator:
        columns = (*columns, filled.comparator, "Écart")
    texts, values = [], []
    for f in filled.figures:
        words = (*((f.group,) if grouped else ()), f.label)
        cells = (f.cell.numerateur, f.cell.denominateur)
        text = [*words, f.text, *(_or_blank(f, c) for c in cells)]
        value = [*words, formats.plain(f.cell.valeur), *(formats.plain(c) for c in cells)]
        if filled.comparator:
            text += [f.reference_text, f.gap]
            value += [formats.plain(f.reference.valeur if f.reference else None), formats.plain(f.difference)]
        texts.append(tuple(text))
        values.append(tuple(value))
    return Grid(columns, tuple(texts), tuple(values), 2 if grouped else 1)


def _table_grid(chart: Table, filled: Filled) -> Grid:
    width = len(chart.columns)
    lines = [filled.figures[i : i + width] for i in range(0, len(filled.figures), width)]
    return Grid(
        filled.columns,
        tuple((line[0].label, *(_signed(c, f) for c, f in zip(chart.columns, line, strict=True))) for line in lines),
        tuple((line[0].label, *(formats.plain(f.cell.valeur) for f in line)) for line in lines),
    )


def _signed(column: Column, figure: Figure) -> str:
    change = figure.cell.valeur
    if not column.signed or change is None:
        return figure.text
    return f"+{figure.text}" if change > 0 else figure.text


def _targets_grid(publics: tuple[Target, ...]) -> Grid:
    head = ("Public", "Taux de pauvreté", "Année", "Source")
    texts = tuple((t.name, formats.part(t.rate) if t.rate is not None else "–", t.year, t.source) for t in publics)
    return Grid(head, texts, tuple((t.name, formats.plain(t.rate), t.year, t.source) for t in publics))


def _or_blank(figure: Figure, number: float | None) -> str:
    """A count has no denominator and a median no numerator: nothing is missing there."""
    return formats.nombre(number) if number is not None or figure.cell.valeur is None else "–"


RANKING_COLUMNS = {
    "rang": "Rang",
    "structure": "Structure",
    "accompagnements": "Détections",
    "part_soins": "Soins",
    "part_non_pertinent": "Non pertinent",
    "organismes": "Organismes concernés",
    "organismes_conventionnes": "Organismes conventionnés",
}


def ranking_definitions() -> tuple[tuple[str, str], ...]:
    """The columns of the ranking and what each holds."""
    comments = {c.name: c.comment for c in STRUCTURES.columns}
    return tuple((title, comments[name]) for name, title in RANKING_COLUMNS.items())


def _ranking_grid(rows: tuple[Structure, ...]) -> Grid:
    texts = tuple(
        (
            str(s.rang),
            s.structure,
            formats.nombre(s.accompagnements),
            formats.part(s.part_soins),
            formats.part(s.part_non_pertinent),
            formats.nombre(s.organismes),
            formats.nombre(s.organismes_conventionnes),
        )
        for s in rows
    )
    values = tuple(
        (
            str(s.rang),
            s.structure,
            *(
                formats.plain(v)
                for v in (
                    s.accompagnements,
                    s.part_soins,
                    s.part_non_pertinent,
                    s.organismes,
                    s.organismes_conventionnes,
                )
            ),
        )
        for s in rows
    )
    return Grid(tuple(RANKING_COLUMNS.values()), texts, values, 2)


def csv(table: Grid) -> bytes:
    """The table for a spreadsheet in French: `;`, decimal comma, UTF-8 with its mark, lines ended CR LF."""
    return ("\ufeff" + csv_lines((table.columns, *table.values))).encode("utf-8")


def csv_lines(rows: Iterable[Iterable[str]]) -> str:
    """Rows as lines of such a file."""
    return "".join(";".join(_quoted(cell) for cell in row) + "\r\n" for row in rows)


_NUMBER = re.compile(r"-?\d+(?:[,.]\d+)?(?:e[+-]?\d+)?")
# where a cell begins that a spreadsheet would run, also for one that parts cells by commas, tabs or lines (a quote is
# then no longer one); a negative number of a list is left alone
_SIGN = r"(?=[\s\u200b-\u200f\u2060\ufeff]*[=+\-@＝＋－＠])"
_FORMULA = re.compile(
    rf"""(?:^|(?<=[;"\t\r\n])){_SIGN}|^(?=[\t\r\n])|(?<=,){_SIGN}(?!\s*-\d+(?:\.\d+)?\s*(?:[,\]}}]|$))"""
)


@lru_cache(10_000)  # codes, names and small numbers return line after line
def _quoted(text: str) -> str:
    if not _NUMBER.fullmatch(text):
        text = _FORMULA.sub("'", text)
    return '"' + text.replace('"', '""') + '"' if any(c in text for c in ';"\r\n') else text
