"""Exports whose form has changed: refused, or recorded with the name of what has changed and what it may have been."""

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import permutations

import pytest

from pipelines.errors import Refused
from pipelines.identity.keys import Parents
from pipelines.intake.drift import MOST_CODES
from pipelines.recipes import RECIPES
from pipelines.tables import make
from pipelines.vintages.build import Build
from schemas.exports.declarations import Column, Table
from schemas.exports.drift import ABSENT, CODE, CONTENT, DATE, RENAMED, UNKNOWN
from schemas.exports.kinds import Amount, Code, CodeList, CodeWithin, Count, Day, Nir, Reference, YesNo
from schemas.exports.sources import SOURCES, source
from schemas.text import MASK, key
from tests.faults.conftest import Tally, read_alone, times

DELIVERIES = {"bali": "2025-01-15", "enquete": "2024", "action_sociale": "311/2024"}
DERIVES = next(r for r in RECIPES if r.name == "controle.derives")
ROWS = 30
FAMILY = "famille_detecteur"
Drift = tuple[str, str, str | None, int, str | None]  # nature, column, value, lines, hint


@dataclass(frozen=True)
class Export:
    """An export that can be changed: its header and its rows."""

    table: Table
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def without(self, column: Column) -> "Export":
        at = self.header.index(column.header)
        return replace(self, header=_cut(self.header, at), rows=tuple(_cut(row, at) for row in self.rows))

    def headed(self, **names: str) -> "Export":
        """With other headers, by the name of the column."""
        told = {self.table.column(name).header: header for name, header in names.items()}
        return replace(self, header=tuple(told.get(h, h) for h in self.header))

    def beside(self, header: str) -> "Export":
        return replace(self, header=(*self.header, header), rows=tuple((*row, "x") for row in self.rows))

    def filled(self, column: Column, cell: Callable[[int], str], rows: int = ROWS) -> "Export":
        """With other cells in the first rows of a column."""
        at = self.header.index(column.header)
        changed = [(*row[:at], cell(i), *row[at + 1 :]) for i, row in enumerate(self.rows[:rows])]
        return replace(self, rows=(*changed, *self.rows[rows:]))


def _cut(cells: tuple[str, ...], at: int) -> tuple[str, ...]:
    return cells[:at] + cells[at + 1 :]


def good(table: Table) -> Export:
    """An export that no rule finds fault with."""
    columns = table.exported
    return Export(
        table, tuple(c.header for c in columns), tuple(tuple(_good(c, i) for c in columns) for i in range(ROWS))
    )


def _good(column: Column, row: int) -> str:
    kind = column.kind
    if isinstance(kind, Code):
        labels = list(kind.nomenclature.values())
        # one family and one category of it, which go together
        return labels[0] if column.name == FAMILY or isinstance(kind, CodeWithin) else labels[row % len(labels)]
    same = {Nir: "", Reference: "311", YesNo: "Oui", Day: "01/06/2024", Count: "3", Amount: "3"}
    return same.get(type(kind), f"T{row}")


@pytest.fixture(scope="module")
def reading(build: Build) -> Callable[[Export], list[Drift]]:
    """What reading an export alone records of its form; no row of it is lost."""

    parents: dict[str, Parents] = {}

    def read(export: Export) -> list[Drift]:
        build.parents.update(parents)
        folder = build.inputs.raw / export.table.source / DELIVERIES[export.table.source]
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{export.table.name}.csv"
        with path.open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream, delimiter=";").writerows([export.header, *export.rows])
        try:
            rows, unexplained = read_alone(build, export.table, path)
        finally:
            path.unlink()
        assert (rows, unexplained) == (ROWS, 0)
        make(build, DERIVES)
        return build.run("SELECT nature, colonne, valeur, lignes, indice FROM controle.derives ORDER BY ALL")

    read(good(source("bali").table("accompagnements")))
    parents.update(build.parents)  # of all that follows
    build.run("INSERT INTO lu.enquete_repondants VALUES ('2024', '311')")
    return read


COLUMNS = [(t, c) for s in SOURCES for t in s.tables for c in t.exported]


def some(changes: list) -> Iterator:
    """All changes in `make faults`, a few of every kind among the other tests."""
    yield from changes[:: times(max(len(changes) // 5, 1), 1)]


def tried(tally: Tally, export: Export, reading: Callable[[Export], list[Drift]]) -> list[Drift] | str:
    """What is recorded of an export, or the words it is refused in."""
    tally.tried += 1
    try:
        found: list[Drift] | str = reading(export)
    except Refused as refusal:
        found = str(refusal)
        assert f"{export.table.name}.csv : colonne obligatoire absente : " in found
    tally.count("refused" if isinstance(found, str) else "recorded")
    return found


@pytest.mark.parametrize("name", [t.name for t in source("bali").tables])
def test_a_good_export_has_not_drifted(reading, name):
    assert reading(good(source("bali").table(name))) == []


def test_a_column_that_is_missing_is_named(reading, tally):
    for table, column in some(COLUMNS):
        found = tried(tally, good(table).without(column), reading)
        if column.mandatory:
            assert f"« {column.header} »" in found
        else:
            assert found == [(ABSENT, column.name, None, ROWS, None)]
        tally.survived += 1


def test_a_column_that_has_another_name_is_named_with_the_nearest(reading, tally):
    for table, column in some(COLUMNS):
        new = f"{column.header}s"
        found = tried(tally, good(table).headed(**{column.name: new}), reading)
        if column.mandatory:
            assert f"« {column.header} » s'appelle peut-être ici « {new} »" in found
        else:
            assert found == [(ABSENT, column.name, None, ROWS, new), (UNKNOWN, new, None, ROWS, column.header)]
        tally.survived += 1


def test_a_new_column_is_named(reading, tally):
    for table in some([t for s in SOURCES for t in s.tables]):
        assert tried(tally, good(table).beside("Quartier"), reading) == [(UNKNOWN, "Quartier", None, ROWS, None)]
        tally.survived += 1


def test_a_column_that_an_added_alias_makes_known_is_named(build, reading, tally):
    table = source("bali").table("soins")
    build.inputs.__dict__["aliases"] = {"bali.soins": {"specialite": ["Discipline"]}}
    found = tried(tally, good(table).headed(specialite="Discipline"), reading)
    del build.inputs.__dict__["aliases"]
    assert found == [(RENAMED, "specialite", "Discipline", ROWS, None)]
    tally.survived += 1


SWAPPED = [
    (t, one, other)
    for s in SOURCES
    for t in s.tables
    for one, other in permutations([c for c in t.exported if type(c.kind) is Code], 2)
]


def _alerts(column: Column) -> bool:
    return str(column.unreadable).startswith("A")


def test_columns_that_are_swapped_are_named_by_what_they_hold(reading, tally):
    for table, one, other in some(SWAPPED):
        if _alerts(one) and not _alerts(other):
            continue  # alerts are of rows that stay: none does here
        swapped = good(table).headed(**{one.name: other.header, other.name: one.header})
        found = tried(tally, swapped, reading)
        own = {key(f) for pair in one.kind.nomenclature.items() for f in pair}
        written = [row[swapped.header.index(one.header)] for row in swapped.rows]
        told = [d for d in found if d[:2] == (CODE, one.name)]
        assert {d[2] for d in told} == {label for label in written if key(label) not in own}
        assert {d[4] for d in told} == {f"code de « {other.header} »"}
        tally.survived += 1


CODED = [(t, c) for t, c in COLUMNS if isinstance(c.kind, (Code, Reference, YesNo))]


def test_a_new_code_is_named_with_the_nearest(reading, tally):
    for table, column in some(CODED):
        export, kind = good(table), column.kind
        if isinstance(kind, Reference):
            new, near = "0311", "311"
        elif isinstance(kind, YesNo):
            new, near = "Ouii", "Oui"
        else:
            code, label = max(kind.nomenclature.items(), key=lambda pair: len(pair[1]))
            new, near = f"{label}x", f"{label} ({code})"
        written = f"{new}|{label}" if isinstance(kind, CodeList) else new
        found = tried(tally, export.filled(column, lambda _, text=written: text, rows=3), reading)
        assert found == [(CODE, column.name, new, 3, near)]
        tally.survived += 1


def test_a_date_of_another_form_is_named_by_its_form(reading, tally):
    for table, column in some(
        [(t, c) for t, c in COLUMNS if isinstance(c.kind, Day) and c.unreadable and not c.personal]
    ):
        found = tried(tally, good(table).filled(column, lambda _: "10.janv.24"), reading)
        assert found == [(DATE, column.name, "99.a.99", ROWS, None)]
        tally.survived += 1


TEXTS = {
    "names": lambda i: f"Personne numéro {'ABCDEFGHIJKLMNOPQRSTUVWXYZÀÉÈÊ'[i]}",
    "dates of birth": lambda i: f"0{i % 9 + 1}/03/19{50 + i}",
    "NIR": lambda i: f"2 69 05 49 588 {157 + i}",
}


@pytest.mark.parametrize("what", TEXTS)
def test_what_is_no_code_at_all_is_told_but_not_quoted(reading, tally, what):
    table = source("bali").table("accompagnements")
    assert ROWS > MOST_CODES
    for name in ("situation", "sexe", "organisme", "medecin_traitant_fin"):
        found = tried(tally, good(table).filled(table.column(name), TEXTS[what]), reading)
        hidden = (CONTENT, None) if what == "names" else (CODE, MASK)
        assert found == [(hidden[0], name, hidden[1], ROWS, None)]
        tally.survived += 1


def test_a_header_that_holds_a_row_is_masked(reading, tally):
    found = tried(tally, good(source("bali").table("soins")).beside("né le 01/02/1980, 2 69 05 49 588 157"), reading)
    assert found == [(UNKNOWN, f"né le {MASK}, {MASK}", None, ROWS, None)]
    tally.survived += 1


def test_many_drifts_without_a_hint_before_one_with_a_hint(reading, tally):
    table = source("bali").table("accompagnements")
    export, half = good(table), ROWS // 2
    for column in (c for c in table.exported if isinstance(c.kind, (Code, YesNo))):
        near = "Soinss" if column.name == "type_accompagnement" else f"{column.name} {{}}"
        wrong = range(half, ROWS) if _alerts(column) else range(half)  # a row that is rejected gives no alerts
        at = export.header.index(column.header)
        cells = [near.format(i) if i in wrong else row[at] for i, row in enumerate(export.rows)]
        export = export.filled(column, cells.__getitem__)
    found = tried(tally, export, reading)
    assert len([d for d in found if d[4] is None]) > 100  # polars guesses the type of a column from so many
    assert (CODE, "type_accompagnement", "Soinss", half, "Soins (SOINS)") in found
    tally.survived += 1
