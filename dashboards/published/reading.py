"""Reading what is published: always the current vintage, read-only, never half of one and half of another.

Whatever the reader may not see exactly comes from the file for diffusion. `query` reads that file for anybody but the
roles that see everything; only `cells`, `structures` and what is built on `exact_of` reach the reader's own exact rows.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

import duckdb
import polars as pl

from dashboards.access.roles import FULL, Access, Denied
from schemas.indicators.catalogue import CATALOGUE
from schemas.nomenclatures import NIVEAU
from schemas.outputs import vintages
from schemas.outputs.vintages import VINTAGES, NoVintage
from schemas.publics import EVERYONE
from schemas.text import key

T = TypeVar("T")
DETAIL, DIFFUSION = FILES = vintages.FILE, vintages.DIFFUSION
NATIONAL, REGION, ORGANISME = tuple(NIVEAU)
BALI, ENQUETE, ACTION_SOCIALE = "bali", "enquete", "action_sociale"
SOURCE = BALI


@dataclass(frozen=True)
class Edition:
    """One published file as it stood when it was opened, for a reader; the key of everything remembered about it.

    `path` is the file that may be read whole; `exact` is the one that also holds exact figures of the reader's own
    territories, for a reader who has some.
    """

    path: Path
    stamp: int
    access: Access = FULL
    exact: "Edition | None" = None


@dataclass(frozen=True)
class Vintage:
    name: str
    created: datetime
    synthetic: bool


@dataclass(frozen=True)
class Territory:
    niveau: str
    code: str
    name: str
    region: str = ""  # code of the region of an organisme

    @property
    def label(self) -> str:
        """Unique among the territories; says what a region is."""
        return f"{self.name} (région)" if self.niveau == REGION else self.name


@dataclass(frozen=True)
class Scope:
    """Whose figures: a year, a territory and a public."""

    annee: int
    niveau: str
    territoire: str
    public: str = EVERYONE.code


@dataclass(frozen=True)
class Cell:
    """One figure; `reason` says why there is no `valeur`."""

    valeur: float | None
    numerateur: float | None = None
    denominateur: float | None = None
    reason: str = ""


@dataclass(frozen=True)
class Structure:
    """An external structure of the ranking."""

    rang: int
    structure: str
    accompagnements: float | None
    part_soins: float | None
    part_non_pertinent: float | None
    organismes: int | None
    organismes_conventionnes: int | None


PROTECTED = "petit effectif protégé"


def current(marts: Path, access: Access = FULL, millesime: str = "") -> Edition | None:
    """What is published now, or in a named vintage, for a reader; None where nothing is.

    The link is resolved first: DuckDB would serve one it has open. Both files of a reader are of one vintage. Raises
    Denied where nothing of it is for this reader, NoVintage for a vintage that does not exist and for a file that is not
    the one its manifest names.
    """
    return _of_folder(vintages.folder(marts, millesime) if millesime else marts, access)


def _of_folder(home: Path, access: Access) -> Edition | None:
    detail, diffusion = ((home / name).resolve() for name in (DETAIL, DIFFUSION))
    if access.everything and detail.is_file():
        return _served(detail, access)
    if is_for_everybody(diffusion):
        own = diffusion.with_name(DETAIL)
        return _served(diffusion, access, _served(own) if access.partial and own.is_file() else None)
    if detail.is_file():
        raise Denied("Le fichier protégé pour la diffusion n'est pas publié : rien ne peut vous être montré.")
    return None


def is_for_everybody(diffusion: Path) -> bool:
    """Whether a file is the one for diffusion that its vintage names: a link to another, or one of no vintage, is not."""
    if diffusion.name != DIFFUSION or not diffusion.is_file():
        return False
    try:
        return DIFFUSION in vintages.read(diffusion.parent).files
    except NoVintage:
        return False


def _served(path: Path, access: Access = FULL, exact: Edition | None = None) -> Edition:
    edition = Edition(path, path.stat().st_mtime_ns, access, exact)
    if not intact(edition):
        place = f"{path.parent.name}/{path.name}"
        raise NoVintage(f"millésime {place} : le fichier ne correspond pas à son empreinte, il n'est pas lu")
    return edition


@lru_cache(maxsize=16)
def before(edition: Edition) -> Edition | None:
    """What the same reader reads in the vintage before; None where there is none, or none that this version reads."""
    marts, name = marts_of(edition), edition.path.parent.name
    older = [n for n in vintages.names(marts) if n < name]
    try:
        found = _of_folder(vintages.folder(marts, older[-1]), edition.access) if older else None
        return found if found and years(found) else None
    except (duckdb.Error, NoVintage, Denied):
        return None


_hashing = threading.Lock()


def intact(edition: Edition) -> bool:
    """Whether a file is the one its manifest names; read whole once by each process, a second for a gigabyte."""
    with _hashing:  # all readers come at once after a swap: one reads the file, the others wait for what it finds
        return _intact(edition.path, edition.stamp)


@lru_cache(maxsize=64)
def _intact(path: Path, _stamp: int) -> bool:
    return vintages.intact(path)


def marts_of(edition: Edition) -> Path:
    """The marts folder that a file is published in."""
    home = edition.path.parent
    return home.parent.parent if home.parent.name == VINTAGES else home


def ensure_known(edition: Edition) -> None:
    """Raises Denied where the reader's own territory does not exist."""
    own = (edition.access.niveau, edition.access.territoire)
    if own not in {(t.niveau, t.code) for t in territories(edition)}:
        raise Denied(f"Le territoire de votre accès, « {own[1]} », n'existe pas.")


def exact_of(edition: Edition, scope: Scope) -> Edition:
    """The edition that a scope is read in: the exact one for the reader's own territories.

    It is the same for every reader who may read that file, and so is what is remembered about it.
    """
    if edition.exact and _owned(edition, scope.niveau, scope.territoire):
        return edition.exact
    return _common(edition)


def _common(edition: Edition) -> Edition:
    """The file that may be read whole, the same for all readers of it."""
    return Edition(edition.path, edition.stamp)


def exact(edition: Edition, scope: Scope) -> bool:
    """Whether nothing of a scope is hidden from a reader; France is hidden from nobody."""
    whole = edition.access.everything or scope.niveau == NATIONAL
    return whole or _owned(edition, scope.niveau, scope.territoire)


def _owned(edition: Edition, niveau: str, code: str) -> bool:
    return edition.access.owns(niveau, code, _region(edition, code))


def _region(edition: Edition, organisme: str) -> str:
    return next((t.region for t in territories(edition) if (t.niveau, t.code) == (ORGANISME, organisme)), "")


@lru_cache(maxsize=8)
def _database(path: Path, stamp: int) -> duckdb.DuckDBPyConnection:
    _forget(path, stamp)
    return duckdb.connect(str(path), read_only=True)


_stamps: dict[Path, int] = {}


def _forget(path: Path, stamp: int) -> None:
    """Let go of a file whose path another now has: DuckDB would go on serving the one it has open."""
    if _stamps.setdefault(path, stamp) != stamp:
        _database.cache_clear()
        _stamps[path] = stamp


def query(edition: Edition, sql: str, parameters: list[object] | None = None) -> list[dict[str, object]]:
    """The rows of a query, each by column name. Raises duckdb's errors."""
    with _database(edition.path, edition.stamp).cursor() as cursor:  # one for each call: sessions are threads
        result = cursor.execute(sql, parameters or [])
        names = [column[0] for column in result.description or ()]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def records(
    edition: Edition, kind: Callable[..., T], sql: str, parameters: list[object] | None = None
) -> tuple[T, ...]:
    """The rows of a query as records, whose fields are its columns."""
    return tuple(kind(**row) for row in query(edition, sql, parameters))


def rows(edition: Edition, sql: str) -> list[tuple[object, ...]]:
    """The rows of a query."""
    with _database(edition.path, edition.stamp).cursor() as cursor:
        found: list[tuple[object, ...]] = cursor.execute(sql).fetchall()
        return found


def frame(edition: Edition, sql: str) -> pl.DataFrame:
    """The rows of a query as a frame, for many of them."""
    with _database(edition.path, edition.stamp).cursor() as cursor:
        found: pl.DataFrame = cursor.sql(sql).pl()
        return found


@lru_cache(maxsize=64)
def vintage(edition: Edition) -> Vintage:
    row = query(edition, "SELECT millesime, cree_le, synthetique FROM ref.millesime")[0]
    created = row["cree_le"]
    if not isinstance(created, datetime):
        raise TypeError(f"{edition.path}: ref.millesime.cree_le is not a timestamp")
    return Vintage(str(row["millesime"]), created, bool(row["synthetique"]))


@lru_cache(maxsize=64)
def years(edition: Edition, source: str = BALI) -> dict[int, bool]:
    """Every year that has figures of a source, the latest first, and whether it is whole."""
    rows = query(edition, "SELECT annee, complete FROM ref.annees WHERE source = ? ORDER BY annee DESC", [source])
    return {int(str(r["annee"])): bool(r["complete"]) for r in rows}


@lru_cache(maxsize=64)
def delivered(edition: Edition) -> dict[str, dict[int, frozenset[str]]]:
    """The organismes that gave files of their own, and the indicators these give for each year, the latest first."""
    names = [i.id for i in CATALOGUE if i.source == ACTION_SOCIALE]
    rows = query(
        edition,
        "SELECT DISTINCT territoire, annee, indicateur FROM marts.indicateurs WHERE indicateur IN "
        f"({', '.join('?' * len(names))}) ORDER BY territoire, annee DESC",
        [*names],
    )
    found: dict[str, dict[int, frozenset[str]]] = {}
    for row in rows:
        of_one, year = found.setdefault(str(row["territoire"]), {}), int(str(row["annee"]))
        of_one[year] = of_one.get(year, frozenset()) | {str(row["indicateur"])}
    return found


@lru_cache(maxsize=64)
def territories(edition: Edition) -> tuple[Territory, ...]:
    """France, the regions, then the organismes, each by name."""
    rows = query(edition, "SELECT organisme, nom, code_region, region FROM ref.organismes")
    regions = {str(r["code_region"]): str(r["region"]) for r in rows}
    names = [str(r["nom"]) for r in rows]
    organismes = [
        Territory(
            ORGANISME,
            str(r["organisme"]),
            str(r["nom"]) if names.count(str(r["nom"])) == 1 else f"{r['nom']} ({r['organisme']})",
            str(r["code_region"]),
        )
        for r in rows
    ]
    return (
        Territory(NATIONAL, "FR", NIVEAU[NATIONAL]),
        *sorted((Territory(REGION, code, name) for code, name in regions.items()), key=_by_name),
        *sorted(organismes, key=_by_name),
    )


def place(edition: Edition, scope: Scope) -> Territory:
    """The territory of a scope. Raises StopIteration where there is none of that code."""
    return next(t for t in territories(edition) if (t.niveau, t.code) == (scope.niveau, scope.territoire))


def region_of(edition: Edition, place: Territory) -> Territory | None:
    """The region of an organisme that is not alone there, None for any other territory."""
    every = territories(edition)
    if not place.region or sum(t.region == place.region for t in every) < 2:
        return None
    return next(t for t in every if t.niveau == REGION and t.code == place.region)


def _by_name(territory: Territory) -> str:
    return key(territory.name)


Cells = dict[str, dict[str, Cell]]  # by indicator and modalité


def cells(edition: Edition, scope: Scope) -> Cells:
    """Every figure of a scope, by indicator and modalité."""
    return _cells(exact_of(edition, scope), scope)


@lru_cache(maxsize=512)
def _cells(edition: Edition, scope: Scope) -> dict[str, dict[str, Cell]]:
    rows = query(
        edition,
        "SELECT * FROM marts.indicateurs WHERE annee = ? AND niveau = ? AND territoire = ? AND public = ?",
        [scope.annee, scope.niveau, scope.territoire, scope.public],
    )
    found: Cells = {}
    for row in rows:
        found.setdefault(str(row["indicateur"]), {})[str(row["modalite"] or "")] = _cell(row)
    return found


def across(
    edition: Edition, indicators: tuple[str, ...], annee: int, niveau: str, public: str = EVERYONE.code
) -> dict[str, Cells]:
    """The figures of some indicators in every territory of a niveau that has any, by its code."""
    found = _across(_common(edition), indicators, annee, niveau, public)
    if edition.exact is None:
        return found
    exact = _across(edition.exact, indicators, annee, niveau, public)
    return found | {code: own for code, own in exact.items() if _owned(edition, niveau, code)}


@lru_cache(maxsize=256)
def _across(edition: Edition, indicators: tuple[str, ...], annee: int, niveau: str, public: str) -> dict[str, Cells]:
    rows = query(
        edition,
        "SELECT * FROM marts.indicateurs WHERE annee = ? AND niveau = ? AND public = ? AND indicateur IN "
        f"({', '.join('?' * len(indicators))})",
        [annee, niveau, public, *indicators],
    )
    found: dict[str, Cells] = {}
    for row in rows:
        of_one = found.setdefault(str(row["territoire"]), {}).setdefault(str(row["indicateur"]), {})
        of_one[str(row["modalite"] or "")] = _cell(row)
    return found


def _cell(row: dict[str, object]) -> Cell:
    hidden = PROTECTED if row.get("protege", False) else ""
    return Cell(_number(row["valeur"]), _number(row["numerateur"]), _number(row["denominateur"]), hidden)


@lru_cache(maxsize=64)
def niveaux(edition: Edition) -> dict[str, frozenset[str]]:
    """The niveaux that each indicator is given at."""
    rows = query(edition, "SELECT DISTINCT indicateur, niveau FROM marts.indicateurs")
    names = {str(r["indicateur"]) for r in rows}
    return {n: frozenset(str(r["niveau"]) for r in rows if r["indicateur"] == n) for n in names}


def structures(edition: Edition, scope: Scope, first: int = 10) -> tuple[Structure, ...]:
    """The `first` external structures of a year and territory, in order; the public plays no part."""
    return _structures(exact_of(edition, scope), scope, first)


@lru_cache(maxsize=256)
def _structures(edition: Edition, scope: Scope, first: int) -> tuple[Structure, ...]:
    rows = query(
        edition,
        "SELECT rang, structure, accompagnements, part_soins, part_non_pertinent, organismes, organismes_conventionnes "
        "FROM marts.structures WHERE annee = ? AND niveau = ? AND territoire = ? AND rang <= ? ORDER BY rang",
        [scope.annee, scope.niveau, scope.territoire, first],
    )
    return tuple(
        Structure(
            int(str(r["rang"])),
            str(r["structure"]),
            _number(r["accompagnements"]),
            _number(r["part_soins"]),
            _number(r["part_non_pertinent"]),
            _whole(r["organismes"]),
            _whole(r["organismes_conventionnes"]),
        )
        for r in rows
    )


def _number(value: object) -> float | None:
    return None if value is None else float(str(value))


def _whole(value: object) -> int | None:
    return None if value is None else int(str(value))
