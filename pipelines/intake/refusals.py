"""What must not be published: rules V1 to V4, judged on what was read before anything is computed from it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

import duckdb

from pipelines.vintages.build import Build
from pipelines.vintages.checks import Finding
from schemas.exports.rules import REFUS
from schemas.exports.sources import source
from schemas.outputs.vintages import CURRENT, FILE, whole

ENOUGH = 100  # rows of a table from which V2 and V3 judge it
BALI, SURVEY = "bali", "enquete"
OPTIONAL = ("actions", "soins")

Place = tuple[str, str]  # delivery, table

_READ = """SELECT livraison, table_lue, colonne, SUM(lignes)::BIGINT, SUM(lisibles)::BIGINT
FROM {} WHERE source = 'bali' GROUP BY ALL"""


@dataclass(frozen=True)
class Read:
    """What was read of BALI: rows that could be split, by delivery and table; of each column how many could be read."""

    rows: dict[Place, int] = field(default_factory=dict)
    columns: dict[tuple[str, str, str], int] = field(default_factory=dict)

    def share(self, table: str, column: str) -> float:
        """Of the rows of a table those in which a column could be read, over all deliveries."""
        rows = sum(n for (_, t), n in self.rows.items() if t == table)
        return sum(n for (_, t, c), n in self.columns.items() if (t, c) == (table, column)) / rows if rows else 0.0


def _read(found: list[tuple[str, str, str, int, int]]) -> Read:
    one = Read()
    for delivery, table, column, rows, read in found:
        one.rows[delivery, table] = max(rows, one.rows.get((delivery, table), 0))
        one.columns[delivery, table, column] = read
    return one


@dataclass(frozen=True)
class Facts:
    """What a refresh has read, beside what the current vintage had."""

    build: Build

    @cached_property
    def now(self) -> Read:
        return _read(self.build.run(_READ.format("lu.colonnes")))

    @cached_property
    def before(self) -> Read:
        """Of the current vintage; nothing where there is none, or one that does not tell."""
        path = (self.build.marts / CURRENT / FILE).resolve()
        try:
            with duckdb.connect(str(path), read_only=True) as con:
                return _read(con.execute(_READ.format("controle.colonnes")).fetchall())
        except (duckdb.IOException, duckdb.CatalogException):
            return Read()

    @cached_property
    def accepted_before(self) -> int:
        manifest = whole(self.build.marts / CURRENT)
        return sum(e["lignes_acceptees"] for e in manifest["entrees"] if e["source"] == BALI) if manifest else 0

    @cached_property
    def files(self) -> list[tuple[str, str, str, int, int]]:
        """Rows read and rejected, by source, delivery and table."""
        return self.build.run(
            "SELECT source, livraison, table_lue, SUM(lues)::BIGINT, SUM(rejetees)::BIGINT FROM lu.fichiers "
            "GROUP BY ALL ORDER BY ALL"
        )

    @cached_property
    def accepted(self) -> dict[str, int]:
        found = "SELECT source, SUM(lues - rejetees - remplacees)::BIGINT FROM lu.fichiers GROUP BY source"
        return dict(self.build.run(found))


def _nothing(facts: Facts) -> Iterator[str]:
    if not facts.files:
        yield facts.build.inputs.nothing_read
        return
    read = sum(rows for name, _, _, rows, _ in facts.files if name == BALI)
    if not facts.accepted.get(BALI) and (read or facts.accepted_before):
        had = f" ; le millésime courant en a {_number(facts.accepted_before)}" if facts.accepted_before else ""
        yield f"aucune ligne de BALI n'est acceptée, sur {_number(read)} lues{had}"
    elif not any(facts.accepted.values()):
        yield f"aucune ligne n'est acceptée, sur {_number(sum(rows for *_, rows, _ in facts.files))} lues"


def _mostly_rejected(facts: Facts) -> Iterator[str]:
    for name, delivery, table, rows, rejected in facts.files:
        if name in (BALI, SURVEY) and rows >= ENOUGH and 2 * (rows - rejected) < rows:
            kept = f"{_number(rows - rejected)} lignes acceptées ou remplacées sur {_number(rows)}"
            yield f"{name}/{delivery}, {table} : {kept}, moins de la moitié"


def _lost_columns(facts: Facts) -> Iterator[str]:
    lost: dict[tuple[str, str], list[str]] = {}
    for (delivery, table), rows in sorted(facts.now.rows.items()):
        for column in source(BALI).table(table).exported if rows >= ENOUGH else ():
            at = (delivery, table, column.name)
            same = (delivery, table) in facts.before.rows and not facts.before.columns.get(at)
            if not same and not facts.now.columns.get(at) and facts.before.share(table, column.name) >= 0.5:
                lost.setdefault((table, column.name), []).append(delivery)
    for (table, name), deliveries in lost.items():
        header, share = source(BALI).table(table).column(name).header, facts.before.share(table, name)
        where = ", ".join(f"bali/{d}" for d in deliveries)
        yield f"{where}, {table} : rien ne se lit de « {header} », lu dans {share * 100:.0f}\u00a0% des lignes du millésime courant"


def _lost_tables(facts: Facts) -> Iterator[str]:
    newest = max((delivery for name, delivery, *_ in facts.files if name == BALI), default="")
    here = {(delivery, table) for name, delivery, table, *_ in facts.files if name == BALI}
    there = {d for d, _ in here}
    known = here | {(d, t) for d, t in facts.before.rows if d not in there}
    former = {d for d, _ in known if d < newest}
    for table in OPTIONAL:
        if former and (newest, table) not in known and all((d, table) in known for d in former):
            yield f"bali/{newest} n'a aucun fichier de la table « {table} », que toutes les livraisons d'avant avaient"


def _number(amount: int) -> str:
    return f"{amount:,}".replace(",", "\u202f")


JUDGED: dict[str, Callable[[Facts], Iterator[str]]] = {
    "V1": _nothing,
    "V2": _mostly_rejected,
    "V3": _lost_columns,
    "V4": _lost_tables,
}


def check_of(rule: str) -> Callable[[Build], Finding]:
    """The blocking check of a rule; where the refresh is to be published despite it, what it found is noted."""

    def check(build: Build) -> Finding:
        found = [f"{rule} : {text}" for text in JUDGED[rule](Facts(build))]
        if not found:
            return Finding(True, f"{rule} : conforme")
        if build.asked.despite:
            build.overridden += found
        return Finding(bool(build.asked.despite), " ; ".join(found))

    check.__name__, check.__doc__ = rule.lower(), REFUS[rule]
    return check
