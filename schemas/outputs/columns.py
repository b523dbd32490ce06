"""How a published table is declared: its columns, their types and comments."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from schemas.exports.declarations import Table
from schemas.text import quoted


def enum_of(codes: Iterable[str]) -> str:
    """DuckDB's type of a column that holds these codes, as DuckDB writes it."""
    return f"ENUM({', '.join(map(quoted, codes))})"


@dataclass(frozen=True)
class OutputColumn:
    name: str
    sql: str
    comment: str
    distinct: bool = False  # of hardly any value twice: a dictionary of them would be sought in vain
    computed: str = ""  # from the other columns, whenever it is read: it is not stored
    codes: tuple[str, ...] = ()  # the only values, in the order of texts: DuckDB keeps their numbers
    met: bool = False  # its only values are known when a refresh begins: they are its codes then

    @property
    def type(self) -> str:
        """The type in DuckDB's file."""
        return enum_of(self.codes) if self.codes else self.sql

    @property
    def declared(self) -> str:
        """The column as CREATE TABLE wants it."""
        if self.computed:
            return f"{self.name} {self.sql} GENERATED ALWAYS AS ({self.computed}) VIRTUAL"
        return f"{self.name} {self.type}{' USING COMPRESSION zstd' if self.distinct else ''}"


@dataclass(frozen=True)
class Output:
    """A published table, or the view that the query `view` is."""

    layer: str
    name: str
    comment: str
    columns: tuple[OutputColumn, ...]
    view: str = ""

    @property
    def full_name(self) -> str:
        return f"{self.layer}.{self.name}"

    def holding(self, met: Mapping[str, Iterable[str]]) -> "Output":
        """The same where columns hold what is `met`, by their name."""
        columns = (replace(c, codes=tuple(met[c.name])) if c.met else c for c in self.columns)
        return replace(self, columns=tuple(columns))


def columns_of(text: str) -> tuple[OutputColumn, ...]:
    """Columns written one a line, as `name TYPE comment`."""
    lines = [line.split(maxsplit=2) for line in text.strip().splitlines()]
    return tuple(OutputColumn(name, sql, comment) for name, sql, comment in lines)


def stored_columns(table: Table) -> tuple[OutputColumn, ...]:
    return tuple(
        OutputColumn(
            c.name, c.kind.sql, c.description, c.kind.mostly_distinct and not table.parent, codes=c.kind.single
        )
        for c in table.stored
    )
