"""The tables of an open-data package: what the diffusion file shows of a year and those before it, and nothing else."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl

from schemas.nomenclatures import NIVEAU
from schemas.outputs.columns import Output, OutputColumn
from schemas.outputs.diffusion import DIFFUSED
from schemas.outputs.marts import INDICATEURS

_BY_NAME = {o.full_name: o for o in DIFFUSED}
_FIGURES = _BY_NAME[INDICATEURS.full_name]
LISTS = ("indicateurs", "organismes", "nomenclatures", "annees")  # of `ref`: what the codes mean


class Unusable(Exception):
    """A package cannot be made; the text says why, in French."""


@dataclass(frozen=True)
class Resource:
    """A table of the package: its name, French title, columns, key, and where its rows come from.

    `refers`: of a column, the table and the column that its values are in.
    """

    name: str
    title: str
    columns: tuple[OutputColumn, ...]
    key: tuple[str, ...]
    query: str
    refers: tuple[tuple[str, str, str], ...] = ()


def _figures(niveau: str, label: str) -> Resource:
    columns = tuple(c for c in _FIGURES.columns if c.name != "niveau")
    names = ", ".join(c.name for c in columns)
    refers: tuple[tuple[str, str, str], ...] = (("indicateur", "indicateurs", "indicateur"),)
    if niveau == "organisme":
        refers += (("territoire", "organismes", "organisme"),)
    return Resource(
        f"chiffres_{niveau}",
        f"Tous les indicateurs, niveau {label.lower()}",
        columns,
        ("annee", "territoire", "public", "indicateur", "modalite"),
        f"SELECT {names} FROM {_FIGURES.full_name} WHERE niveau = '{niveau}' AND annee <= $annee ORDER BY ALL",
        refers,
    )


def _list(name: str) -> Resource:
    output: Output = _BY_NAME[f"ref.{name}"]
    keys = {"indicateurs": ("indicateur",), "organismes": ("organisme",), "annees": ("annee", "source")}
    names = ", ".join(c.name for c in output.columns)
    among = " WHERE annee <= $annee" if name == "annees" else ""
    return Resource(
        name, output.comment, output.columns, keys.get(name, ("nomenclature", "code")),
        f"SELECT {names} FROM {output.full_name}{among} ORDER BY ALL",
    )  # fmt: skip


def _structures() -> Resource:
    output = _BY_NAME["marts.structures"]
    names = ", ".join(c.name for c in output.columns)
    query = f"SELECT {names} FROM {output.full_name} WHERE annee <= $annee ORDER BY annee, niveau, territoire, rang"
    return Resource("structures", output.comment, output.columns, ("annee", "niveau", "territoire", "structure"), query)


RESOURCES = (*(_figures(code, label) for code, label in NIVEAU.items()), _structures(), *(_list(n) for n in LISTS))


@dataclass(frozen=True)
class Content:
    """What a package holds: a frame for each resource, the year, and the vintage that they were read in."""

    year: int
    vintage: str
    created: str  # ISO date
    synthetic: bool
    frames: dict[str, pl.DataFrame]

    @property
    def resources(self) -> Iterator[tuple[Resource, pl.DataFrame]]:
        return ((r, self.frames[r.name]) for r in RESOURCES)


def read(path: Path, year: int) -> Content:
    """The tables of the diffusion file at `path` up to a year. Raises Unusable without the file or for a year not whole."""
    if not path.is_file():
        raise Unusable(f"{path.parent} : le fichier de diffusion n'est pas publié")
    with duckdb.connect(str(path.resolve()), read_only=True) as con:
        whole = [
            y for (y,) in con.execute("SELECT DISTINCT annee FROM ref.annees WHERE complete ORDER BY 1").fetchall()
        ]
        if year not in whole:
            known = ", ".join(map(str, whole)) or "aucune"
            raise Unusable(f"--annee {year} : année absente ou incomplète (années complètes : {known})")
        [(name, created, synthetic)] = con.sql("SELECT millesime, cree_le, synthetique FROM ref.millesime").fetchall()
        frames = {
            r.name: con.sql(r.query, params={"annee": year} if "$annee" in r.query else {}).pl() for r in RESOURCES
        }
    return Content(year, str(name), f"{created:%Y-%m-%d}", bool(synthetic), frames)
