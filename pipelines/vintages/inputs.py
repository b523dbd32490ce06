"""What a refresh reads: deliveries, header aliases, reference lists and keys, each found once and never changed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path

import polars as pl

from pipelines.adoption.aliases import Aliases, read_aliases
from pipelines.adoption.forms import candidates, deliveries
from pipelines.adoption.profile import PROFILE_FILE, Profile, read_profile
from pipelines.identity.secret import Secrets, load_secrets
from pipelines.reading.caisses import Caisse, without_caisses
from pipelines.reading.deliveries import Arrived, Fault, refuse
from pipelines.reading.files import FORMATS
from pipelines.reading.ignored import Ignored, ignored
from pipelines.reading.references import read_reference, refuse_missing, refuse_twice
from pipelines.reading.regular import regular, within
from schemas.exports.referentiels import ORGANISMES, ORGANISMES_FILE, STRUCTURES_FILE, shipped_organismes
from schemas.exports.sources import SOURCES
from schemas.text import masked

ALIASES_FILE = "alias.toml"
REFERENCES = "referentiels"
USUAL = (*FORMATS, ".txt", ".tsv", ".xls")  # of exports, whatever can be read of them
NAMED = 3  # files in a message


@dataclass(frozen=True)
class Inputs:
    """The raw folder of a refresh, and the files of aliases and profile where they are not the folder's own."""

    raw: Path
    aliases_file: Path | None = None
    profile_file: Path | None = None
    gathered: list[Fault] | None = None  # where faults are gathered; else the first one refuses the refresh
    set_aside: Mapping[Fault, Caisse] = field(default_factory=dict)  # caisses whose files are left out, and why

    def refuse(self, fault: Fault) -> None:
        """Raise Refused for a fault, unless faults are gathered or it is that of a caisse that is set aside."""
        if fault in self.set_aside:
            return
        if self.gathered is None:
            refuse(fault)
        else:
            self.gathered.append(fault)

    @cached_property
    def deliveries(self) -> dict[str, list[Arrived]]:
        """Of each source, oldest first."""
        found = deliveries(self.raw, self.profile, self.refuse)
        if not self.set_aside:
            return found
        caisses, codes = set(self.set_aside.values()), self.codes
        return {name: list(without_caisses(several, caisses, codes)) for name, several in found.items()}

    @property
    def codes(self) -> set[str]:
        """The codes of the organismes."""
        return set(self.organismes["organisme"])

    @property
    def profile_path(self) -> Path:
        return self.profile_file or self.raw / PROFILE_FILE

    @cached_property
    def profile(self) -> Profile | None:
        """How files of another form are read."""
        return read_profile(self.profile_path) if self.profile_path.exists() else None

    @property
    def every_delivery(self) -> Iterator[Arrived]:
        return (one for found in self.deliveries.values() for one in found)

    @property
    def observed(self) -> date | None:
        """The day of the latest BALI delivery that has a file of a table: what is not closed by then is under way."""
        days = (a.delivery.day for a in self.deliveries["bali"] if a.files)
        return max((day for day in days if day), default=None)

    @property
    def synthetic(self) -> list[str]:
        return [str(a.delivery) for a in self.every_delivery if a.synthetic]

    @cached_property
    def ignored(self) -> list[Ignored]:
        """The files of the raw folder that nothing reads, and why."""
        told = {self.aliases_path, self.profile_path, *self.files.values()}
        return ignored(self.raw, told, SOURCES, REFERENCES, (ORGANISMES_FILE, STRUCTURES_FILE))

    @property
    def lying(self) -> list[str]:
        """The files of the raw folder that could be exports, wherever they lie."""
        return [masked(f.name) for f in candidates(self.raw) if f.name.casefold().endswith(USUAL)]

    @property
    def nothing_read(self) -> str:
        """That no file is read, and which could have been."""
        there = self.lying
        named = ", ".join(there[:NAMED]) + ("…" if len(there) > NAMED else "")
        return "aucun fichier n'est lu" + (f", alors que {self.raw} en contient ({named})" if there else "")

    @property
    def files(self) -> dict[tuple[str, str, str], Path]:
        """Every file of a table, by source, delivery and name."""
        return {
            (a.delivery.source, a.delivery.name, held.name): held.path
            for a in self.every_delivery
            for several in a.files.values()
            for held in several
        }

    @property
    def references(self) -> list[Path]:
        """The reference lists of the folder, the file of aliases and the profile, those that are there."""
        told = [path for path in (self.aliases_path, self.profile_path) if path.exists()]
        return [*sorted((self.raw / REFERENCES).glob("*.csv")), *told]

    def reference(self, name: str) -> Path | None:
        """A reference list of the raw folder; None where it is not there."""
        path = self.raw / REFERENCES / name
        return regular(within(path, self.raw)) if path.exists() else None

    @property
    def aliases_path(self) -> Path:
        return self.aliases_file or self.raw / ALIASES_FILE

    @cached_property
    def aliases(self) -> Aliases:
        """Header aliases that users have added."""
        path = regular(self.aliases_file or within(self.aliases_path, self.raw))
        return read_aliases(path) if path.exists() else {}

    @cached_property
    def organismes(self) -> pl.DataFrame:
        """The organismes of the raw folder, else those that ship with the project: one row each, columns ORGANISMES."""
        path = self.reference(ORGANISMES_FILE) or shipped_organismes()
        rows = read_reference(path, ORGANISMES)
        for column in ("organisme", "code_region"):
            refuse_missing(rows, path.name, column)
        refuse_twice(rows, path.name, "organisme")
        return rows.select(ORGANISMES)

    @cached_property
    def secrets(self) -> Secrets:
        return load_secrets()
