"""Reading the structures that detect and the partners of the survey, exact where the reader's own territories are."""

from dataclasses import dataclass, fields
from functools import lru_cache

from dashboards.published.reading import NATIONAL, Edition, Scope, exact_of, query, records, territories
from schemas.context import structures

_DETAIL = "enquete_conventions"


@dataclass(frozen=True)
class Line:
    """A structure in a year and territory, as `marts.structures` has it; what is None is hidden, or was not delivered."""

    annee: int
    niveau: str
    territoire: str
    structure: str
    rang: int | None
    accompagnements: int | None
    part_soins: float | None
    part_non_pertinent: float | None
    organismes: int | None
    organismes_conventionnes: int | None


@dataclass(frozen=True)
class Partner:
    """A partner of the survey in a year and territory, under the name of the structure that it is."""

    structure: str
    conventionnes: int | None
    implantes: int | None


COLUMNS = ", ".join(f.name for f in fields(Line))


def ranking_sql(annee: int, niveau: str, territoire: str) -> str:
    """The ranking of a year and territory."""
    return (
        f"SELECT {COLUMNS}\nFROM marts.structures\nWHERE annee = {annee} AND niveau = '{niveau}' AND territoire = '{territoire}'\n"
        "ORDER BY rang NULLS LAST, accompagnements DESC NULLS LAST, structure"
    )


def ranking(edition: Edition, annee: int, niveau: str, territoire: str) -> tuple[Line, ...]:
    """Every structure of a year and territory, in order; those whose rank is hidden last, by name."""
    return _ranking(exact_of(edition, Scope(annee, niveau, territoire)), ranking_sql(annee, niveau, territoire))


@lru_cache(maxsize=64)
def _ranking(edition: Edition, sql: str) -> tuple[Line, ...]:
    return records(edition, Line, sql)


def standing_sql(structure: str, annee: int) -> str:
    """A structure everywhere, in a year and the one before."""
    named = structure.replace("'", "''")
    return (
        f"SELECT {COLUMNS}\nFROM marts.structures\nWHERE structure = '{named}' AND annee IN ({annee - 1}, {annee})\n"
        "ORDER BY annee, niveau, territoire"
    )


Standing = dict[tuple[int, str, str], Line]


def standing(edition: Edition, structure: str, annee: int) -> Standing:
    """A structure in a year and the one before, by year, niveau and territory."""
    sql = standing_sql(structure, annee)
    found = _standing(exact_of(edition, Scope(annee, NATIONAL, "FR")), sql)
    if edition.exact is None:
        return found
    own = {(t.niveau, t.code) for t in territories(edition) if edition.access.owns(t.niveau, t.code, t.region)}
    return found | {place: line for place, line in _standing(edition.exact, sql).items() if place[1:] in own}


@lru_cache(maxsize=128)
def _standing(edition: Edition, sql: str) -> Standing:
    lines = _ranking(edition, sql)
    return {(line.annee, line.niveau, line.territoire): line for line in lines}


def partners(edition: Edition, annee: int, niveau: str, territoire: str) -> tuple[Partner, ...]:
    """The partners of the survey, those with most conventions first; a name that two of them share is one partner."""
    if not _surveyed(edition):
        return ()
    return _partners(exact_of(edition, Scope(annee, niveau, territoire)), annee, niveau, territoire)


@lru_cache(maxsize=64)
def _partners(edition: Edition, annee: int, niveau: str, territoire: str) -> tuple[Partner, ...]:
    return records(
        edition,
        Partner,
        "SELECT COALESCE(s.structure, c.partenaire) AS structure, MAX(c.organismes_conventionnes) AS conventionnes, "
        "MAX(c.organismes_implantes) AS implantes FROM marts.conventions AS c LEFT JOIN ref.structures AS s "
        "ON s.alias = c.partenaire WHERE c.annee = ? AND c.niveau = ? AND c.territoire = ? AND c.partenaire IS NOT NULL "
        "GROUP BY 1 ORDER BY conventionnes DESC NULLS LAST, structure",
        [annee, niveau, territoire],
    )


@lru_cache(maxsize=16)
def _surveyed(edition: Edition) -> bool:
    """Whether a vintage tells the partners of the survey, and which structures they are."""
    rows = query(
        edition,
        "SELECT table_schema || '.' || table_name AS nom FROM information_schema.tables WHERE table_name IN ('conventions', 'structures')",
    )
    return {"marts.conventions", "ref.structures"} <= {str(r["nom"]) for r in rows}


@lru_cache(maxsize=64)
def names(edition: Edition) -> tuple[str, ...]:
    """Every structure of France in any year, those that detect most first, then the partners that detect nothing."""
    rows = query(
        edition,
        "SELECT structure FROM marts.structures WHERE niveau = 'national' GROUP BY structure "
        "ORDER BY MAX(accompagnements) DESC NULLS LAST, structure",
    )
    others = (
        query(
            edition,
            "SELECT DISTINCT COALESCE(s.structure, c.partenaire) AS structure FROM marts.conventions AS c "
            "LEFT JOIN ref.structures AS s ON s.alias = c.partenaire WHERE c.partenaire IS NOT NULL ORDER BY 1",
        )
        if _surveyed(edition)
        else []
    )
    return tuple(dict.fromkeys(str(r["structure"]) for r in [*rows, *others]))


@lru_cache(maxsize=16)
def labels(edition: Edition) -> dict[str, str]:
    """Every structure by what it is called on pages; by its name where another is called so."""
    found: dict[str, str] = {}
    for name in names(edition):
        called = label(edition, name)
        found[name if called in found else called] = name
    return found


@lru_cache(maxsize=16)
def readable(edition: Edition) -> frozenset[str]:
    """The structures of which this reader may read a figure, and the partners of the survey that detect nothing."""
    shown = "SELECT DISTINCT structure FROM marts.structures WHERE accompagnements IS NOT NULL"
    rows = query(edition, f"{shown} AND niveau = 'national'")
    if edition.exact is not None:
        mine = [t.code for t in territories(edition) if edition.access.owns(t.niveau, t.code, t.region)]
        among = ", ".join("?" * len(mine))
        rows += query(edition.exact, f"{shown} AND niveau <> 'national' AND territoire IN ({among})", [*mine])
    detecting = query(edition, "SELECT DISTINCT structure FROM marts.structures")
    others = set(names(edition)) - {str(r["structure"]) for r in detecting}
    return frozenset(str(r["structure"]) for r in rows) | others


@lru_cache(maxsize=16)
def _places(edition: Edition) -> dict[str, str]:
    return structures.places(str(r["nom"]) for r in query(edition, "SELECT nom FROM ref.organismes"))


def label(edition: Edition, structure: str) -> str:
    """What a structure is called on pages."""
    return structures.label(structure, _places(edition))


def agreed(edition: Edition, structure: str, annee: int) -> frozenset[str]:
    """The organismes that say in the survey that they have a convention with a structure; nothing for readers without rows."""
    if not edition.access.everything or not _has_answers(edition):
        return frozenset()
    rows = query(
        edition,
        f"SELECT DISTINCT CAST(c.organisme AS VARCHAR) AS organisme FROM detail.{_DETAIL} AS c LEFT JOIN ref.structures AS s "
        "ON s.alias = c.partenaire WHERE c.conventionne AND c.annee = ? AND COALESCE(s.structure, c.partenaire) = ?",
        [annee, structure],
    )
    return frozenset(str(r["organisme"]) for r in rows)


@lru_cache(maxsize=16)
def _has_answers(edition: Edition) -> bool:
    """Whether a file holds the answers of each organisme: an old vintage that was reduced does not."""
    sql = "SELECT 1 AS la FROM information_schema.tables WHERE table_schema = 'detail' AND table_name = ?"
    return bool(query(edition, sql, [_DETAIL]))
