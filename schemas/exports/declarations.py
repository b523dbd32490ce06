"""How an export table is declared: once per column, with its rules; everything else is derived."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date

import polars as pl

from schemas.exports.kinds import Digest, Kind, Reader, References

# The text as it stood in the export is kept beside the value read from it, under this prefix,
# so that an unreadable value is never mistaken for a missing one.
RAW = "brut."


@dataclass(frozen=True)
class Delivery:
    """One folder of files that belong together."""

    source: str
    name: str
    day: date | None = None  # extraction date (BALI)
    year: int | None = None  # survey, action sociale
    organisme: str | None = None  # action sociale

    def __str__(self) -> str:
        return f"{self.source}/{self.name}"


@dataclass(frozen=True)
class Context:
    """What a row is judged against besides itself."""

    delivery: Delivery
    references: References
    # of a child: whether the parent table has an accepted row of each key
    known: Callable[[pl.Series], pl.Series] | None = None
    # accepted keys of the same delivery that a row's key must be one of
    members: frozenset[str] = frozenset()
    readers: dict[str, Reader] = field(default_factory=dict)  # by column, once its first texts are read


@dataclass(frozen=True)
class Column:
    """A column of an export: `missing` and `unreadable` name the rule that an empty or unreadable field breaks."""

    name: str
    header: str
    kind: Kind
    description: str
    missing: str | None = None
    unreadable: str | None = None
    default: object = None
    aliases: tuple[str, ...] = ()
    personal: bool = False  # its values are masked in rejects and alerts
    hashed_as: str | None = None  # stored as the keyed hash of its value, under this name
    from_folder: bool = False  # not in the file: the folder says it
    age_at: str | None = None  # of a day of birth: the column of the day at which an age may be given in its place
    required: bool = False  # its header must be there, though a field may be empty
    silent: bool = False  # empty in all rows it tells no more than a column that is not there

    @property
    def mandatory(self) -> bool:
        """Whether a file without its header cannot be read."""
        return (self.missing is not None or self.required) and not self.from_folder


@dataclass(frozen=True)
class Rule:
    """A rule on a row beyond what its columns say; `broken` gives a boolean expression over typed and raw columns."""

    code: str
    column: str
    broken: Callable[[Context], pl.Expr]


@dataclass(frozen=True)
class Table:
    """An export table. `key`: one accepted row for each; among several the last one read stays.

    `history`: the key is one over all deliveries of the source (the latest delivery wins), not within each.
    `parent`: table whose accepted row a row belongs to, by the parent's key; `orphan` is the rule it else breaks.
    `members`: table of the same delivery in which `member_key` must be accepted; `stranger` is the rule it else breaks.
    """

    source: str
    name: str
    description: str
    columns: tuple[Column, ...]
    rules: tuple[Rule, ...] = ()
    key: tuple[str, ...] = ()
    history: bool = False
    parent: str | None = None
    orphan: str | None = None
    members: str | None = None
    member_key: str | None = None
    stranger: str | None = None

    def column(self, name: str) -> Column:
        return next(c for c in self.columns if c.name == name)

    @property
    def identifier(self) -> str:
        """The column that says which row this is, in rejects and alerts."""
        return self.columns[0].name

    @property
    def stored(self) -> tuple[Column, ...]:
        """The columns as they are kept, a hashed one under its new name."""
        return tuple(c if c.hashed_as is None else replace(c, name=c.hashed_as, kind=Digest()) for c in self.columns)

    @property
    def exported(self) -> tuple[Column, ...]:
        return tuple(c for c in self.columns if not c.from_folder)


@dataclass(frozen=True)
class Source:
    """A family of deliveries: where they lie under the raw folder and which tables each holds."""

    name: str
    label: str
    folder: str  # of path parts, as {jour}, {annee} or {organisme}
    tables: tuple[Table, ...]

    @property
    def grows(self) -> bool:
        """Whether a later delivery adds to the earlier ones and corrects them."""
        return any(t.history for t in self.tables)

    def table(self, name: str) -> Table:
        return next(t for t in self.tables if t.name == name)


def raw(name: str) -> pl.Expr:
    """The text of a column as it stood in the export, trimmed; null where empty."""
    return pl.col(RAW + name)
