"""What a refresh would make of a raw folder, said before: every file read, nothing published."""

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import duckdb

from pipelines.errors import Refused
from pipelines.reading.deliveries import Fault
from pipelines.recipes import READING, RECIPES
from pipelines.tables import make
from pipelines.vintages.asked import Asked
from pipelines.vintages.build import Build
from pipelines.vintages.publish import open_build
from schemas.exports.rules import REFUS
from schemas.exports.sources import source
from schemas.exports.unknown import NO_TABLE
from schemas.outputs.vintages import CURRENT, FILE

TELLING = ("controle.colonnes", "controle.inconnus", "controle.derives")
_EACH = re.compile(r" ; (?=V\d : )")  # between the faults that one check found
A_THIRD = 1 / 3
FEW = 30  # below which a number of an organisme is not compared
_COUNTS = {"annee_detection": "saisines", "annee_cloture": "clôtures"}


@dataclass(frozen=True)
class Value:
    """A text that could not be read, or a form of dates, how often it is there, and the nearest that is known."""

    valeur: str
    lignes: int
    proche: str | None


@dataclass(frozen=True)
class ColumnSeen:
    """A column of the contract in a file; shares are of the rows that could be split, None where there is none."""

    colonne: str
    en_tete: str
    presente: bool
    part_remplie: float | None = None
    part_lue: float | None = None
    non_lues: list[Value] = field(default_factory=list)


@dataclass(frozen=True)
class FileSeen:
    source: str
    livraison: str
    fichier: str
    table: str
    lignes_lues: int
    lignes_acceptees: int
    lignes_rejetees: int
    lignes_remplacees: int
    colonnes: list[ColumnSeen]


@dataclass(frozen=True)
class Gap:
    """A number that falls or rises by more than a third against the current vintage."""

    quoi: str
    avant: int
    apres: int


@dataclass(frozen=True)
class Verified:
    """What was found. It would be published where there is no `refus`."""

    refus: list[str]
    fichiers: list[FileSeen] = field(default_factory=list)
    ignores: list[str] = field(default_factory=list)  # files that nothing says how to read
    tables_absentes: list[dict[str, str]] = field(default_factory=list)
    organismes_attendus: int = 0
    organismes_absents: list[str] = field(default_factory=list)  # of BALI
    mois: dict[str, list[str]] = field(default_factory=dict)  # of each organisme, those that its rows of BALI cover
    ecarts: list[Gap] = field(default_factory=list)
    colonnes_perdues: list[str] = field(default_factory=list)

    @property
    def publiable(self) -> bool:
        return not self.refus

    def as_json(self) -> dict[str, Any]:
        return {"publiable": self.publiable, **asdict(self)}


def verify(raw: Path, marts: Path, aliases: Path | None = None, profile: Path | None = None) -> Verified:
    """Read a raw folder whole, each faulty file to be told, and judge it as a refresh of `marts` would."""
    faults: list[Fault] = []
    try:
        asked = Asked(complete=True)
        with (
            _beside(marts) as place,
            open_build(raw, place, aliases, profile=profile, asked=asked, gathered=faults) as build,
        ):
            refused = _read(build)
            reasons = [fault.text for fault in faults] + refused
            return _seen(build, list(dict.fromkeys(reasons)))
    except Refused as error:  # of the references or the profile: nothing can be read without them
        return Verified([*(fault.text for fault in faults), str(error)])


@contextmanager
def _beside(marts: Path) -> Iterator[Path]:
    """Where what is read may stand meanwhile: under the marts, which are as private, where they are there already."""
    with nullcontext(str(marts)) if marts.is_dir() else tempfile.TemporaryDirectory() as name:
        yield Path(name)


def _read(build: Build) -> list[str]:
    """Make the tables that are read of the exports, and those that tell about them; gives what the rules found."""
    for one in RECIPES:
        if one.name in READING or one.name in TELLING:
            make(build, one)
    return [text for several in build.failures for text in _EACH.split(several) if text[:2] in REFUS]


def _seen(build: Build, reasons: list[str]) -> Verified:
    there = {code for (code,) in build.run("SELECT DISTINCT organisme FROM detail.accompagnements")}
    return Verified(
        reasons,
        list(_files(build)),
        [f"{one.name} : {one.why}" for one in build.inputs.ignored],
        [
            {"source": name, "livraison": delivery, "table": table}
            for name, delivery, table in build.run(
                "SELECT DISTINCT source, livraison, table_lue FROM controle.inconnus "
                f"WHERE raison = '{NO_TABLE}' ORDER BY ALL"
            )
        ],
        len(build.inputs.codes),
        sorted(build.inputs.codes - there) if there else [],
        _months(build),
        list(_gaps(build)),
        list(_lost(build)),
    )


def _files(build: Build) -> Iterator[FileSeen]:
    columns = {
        tuple(place): (rows, filled, read)
        for *place, rows, filled, read in build.run(
            "SELECT source, livraison, fichier, table_lue, colonne, lignes, remplies, lisibles FROM lu.colonnes"
        )
    }
    unread: dict[tuple[Any, ...], list[Value]] = {}
    for *place, text, lines, nearest in build.run(
        "SELECT source, livraison, fichier, table_lue, colonne, valeur, lignes, indice FROM controle.derives "
        "WHERE nature NOT LIKE 'colonne%' ORDER BY lignes DESC, valeur"
    ):
        unread.setdefault(tuple(place), []).append(Value(text or "…", lines, nearest))
    for name, delivery, file, table, read, rejected, replaced in build.run(
        "SELECT source, livraison, fichier, table_lue, lues, rejetees, remplacees FROM lu.fichiers ORDER BY ALL"
    ):
        seen = []
        for column in source(name).table(table).exported:
            at = (name, delivery, file, table, column.name)
            rows, filled, readable = columns.get(at, (0, 0, 0))
            one = ColumnSeen(column.name, column.header, at in columns, non_lues=unread.get(at, []))
            seen.append(replace(one, part_remplie=filled / rows, part_lue=readable / rows) if rows else one)
        kept = read - rejected - replaced
        yield FileSeen(name, delivery, file, table, read, kept, rejected, replaced, seen)


def _months(build: Build) -> dict[str, list[str]]:
    found = build.run(
        """SELECT organisme, LIST(DISTINCT mois ORDER BY mois) FROM (
             SELECT organisme, STRFTIME(date_saisine, '%Y-%m') AS mois FROM detail.accompagnements
             UNION SELECT organisme, STRFTIME(date_cloture, '%Y-%m') FROM detail.accompagnements
           ) WHERE mois IS NOT NULL GROUP BY organisme ORDER BY organisme"""
    )
    return dict(found)


def _current(build: Build) -> duckdb.DuckDBPyConnection | None:
    path = (build.marts / CURRENT / FILE).resolve()
    try:
        return duckdb.connect(str(path), read_only=True) if path.is_file() else None
    except duckdb.Error:
        return None


def _gaps(build: Build) -> Iterator[Gap]:
    """The saisines and closures of a year, in the country and by organisme, and the rows of each survey's tables."""
    con = _current(build)
    if con is None:
        return
    with con:
        for column, indicator in (("annee_detection", "detections.nombre"), ("annee_cloture", "clotures.nombre")):
            before = {
                (annee, place): int(n)
                for annee, place, n in con.execute(
                    "SELECT annee, territoire, numerateur FROM marts.indicateurs WHERE niveau IN ('national', 'organisme') "
                    "AND public = 'ensemble' AND indicateur = ?",
                    [indicator],
                ).fetchall()
            }
            now = {
                (annee, place): n
                for annee, place, n in build.run(
                    f"SELECT {column}, COALESCE(organisme, 'FR'), COUNT(*) FROM detail.accompagnements "
                    f"WHERE {column} IS NOT NULL GROUP BY GROUPING SETS (({column}), ({column}, organisme))"
                )
            }
            whole = {
                a for (a,) in con.execute("SELECT annee FROM ref.annees WHERE source = 'bali' AND complete").fetchall()
            }
            yield from (
                Gap(
                    f"{_COUNTS[column]} de {annee}, {'France' if place == 'FR' else place}",
                    n,
                    now.get((annee, place), 0),
                )
                for (annee, place), n in sorted(
                    before.items(), key=lambda one: (one[0][0], one[0][1] != "FR", one[0][1])
                )
                if annee in whole and (place == "FR" or n >= FEW) and _apart(n, now.get((annee, place), 0))
            )
        rows = "SELECT source, livraison, table_lue, SUM({})::BIGINT FROM {} WHERE source <> 'bali' GROUP BY ALL"
        accepted = {
            tuple(p): n for *p, n in con.execute(rows.format("lignes_acceptees", "controle.livraisons")).fetchall()
        }
        fresh = {tuple(p): n for *p, n in build.run(rows.format("lues - rejetees - remplacees", "lu.fichiers"))}
        for place in sorted(accepted.keys() & fresh.keys()):
            if _apart(accepted[place], fresh[place]):
                yield Gap(f"lignes de {'/'.join(place)}", accepted[place], fresh[place])


def _apart(before: int, after: int) -> bool:
    return abs(after - before) > A_THIRD * before


def _lost(build: Build) -> Iterator[str]:
    """The columns of a delivery that the current vintage could read somewhere, and of which nothing can be read now."""
    con = _current(build)
    if con is None:
        return
    with con:
        read = "SELECT source, table_lue, colonne FROM {} GROUP BY ALL HAVING SUM(lisibles) > 0"
        before = set(con.execute(read.format("controle.colonnes")).fetchall())
    for name, table, column in sorted(before - set(build.run(read.format("lu.colonnes")))):
        yield f"{name}, {table} : « {source(name).table(table).column(column).header} »"
