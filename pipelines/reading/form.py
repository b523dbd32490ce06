"""How a file of another form becomes rows of a table: what a reading profile comes down to, for one file and table.

A form is data: the profile writes it, the reader follows it. All texts are compared as headers and labels are (`key`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

AGE = "age"  # what a header stands for that gives an age at the saisine in place of a birth date
NUMBER = "{n}"  # of a group, in the header of a wide table
YES, NO, VOID, UNREADABLE = "oui", "non", "vide", "illisible"  # what a printed value may be read as, besides codes
EXCEL = "excel"  # a date that is the number of a day


@dataclass(frozen=True)
class Container:
    """Where the lines of a table stand in a file. None: found out as for a file of the contract."""

    separator: str | None = None
    encoding: str | None = None
    sheet: str | int | None = None  # a name, or a number from 1
    skipped: int = 0  # lines before the header
    left_out: tuple[str, ...] = ()  # how lines begin that are no rows


@dataclass(frozen=True)
class Value:
    """A printed value and what it is read as, where the row's other columns, once read, have the values `when`."""

    printed: str
    read: str
    when: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Form:
    """What a file holds of one table. A header may stand for several columns, and for none where it is left aside."""

    container: Container = field(default_factory=Container)
    headers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)  # column: text of all rows
    deduced: Mapping[str, str] = field(default_factory=dict)  # column: the one whose code it follows from
    values: Mapping[str, tuple[Value, ...]] = field(default_factory=dict)  # by column
    dates: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # column: strptime codes, or EXCEL
    endings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # column: what ends a number and is not read
    wide: Mapping[str, str] = field(default_factory=dict)  # column: header with NUMBER
    aside: tuple[str, ...] = ()  # headers, with NUMBER or not, that are another table's of the same file
    sparse: bool = False  # a line is a row only where a column of the table besides its identifier is filled


@dataclass(frozen=True)
class Held:
    """What a table finds in a file: the file on disk, what is inside an archive, and its name in what is told.

    A file of the contract has no form.
    """

    path: Path
    name: str
    member: str = ""
    form: Form | None = field(default=None, compare=False)
