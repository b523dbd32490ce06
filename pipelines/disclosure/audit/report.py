"""Audit the diffusion file of a refresh: what it shows, what an attacker works out of it, what is lost."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import duckdb
import numpy as np
import polars as pl
from scipy.sparse import csc_array, csr_array

from pipelines.computing.thematic import mart_query
from pipelines.disclosure.audit.attack import Reduced
from pipelines.disclosure.audit.gathering import STRUCTURE, Gathered, codes, gathered
from pipelines.disclosure.audit.relations import counts
from pipelines.disclosure.audit.rows import KEY, VALUES, Rows, Setting, faults, read_rows, rests_on_few
from pipelines.disclosure.linear import TINY, Sparse
from pipelines.disclosure.neighbours import Whereabouts
from schemas.outputs.marts import THEMATIC

Array = np.ndarray
PERSONAL = re.compile(r"(^|_)(nir|id_personne|id_accompagnement|identifiant|date_naissance|nom|prenom)($|_)")
MOST_NAMED = 3


@dataclass
class Line:
    """One measure of the audit: of whom or what, how many, and which share of all."""

    attaquant: str
    territoire: str
    niveau: str
    mesure: str
    nombre: int
    part: float | None = None


@dataclass
class Audit:
    """What is wrong, in French, each a reason to refuse; and the measures."""

    wrong: list[str] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    open: set[Whereabouts] = field(default_factory=set)  # where hidden counts follow from what is shown

    def found(self, what: str, cases: Sequence[object]) -> None:
        if cases:
            named = " ; ".join(str(c) for c in cases[:MOST_NAMED])
            self.wrong.append(f"{what} : {len(cases)}, dont {named}")


@dataclass(frozen=True)
class Claims:
    """What is said to be possible: other numbers that give the same file.

    They are numbered: numerator, denominator and what is between them of each row (`keys`), then of each structure
    accompagnements, soins, others, closed, of which non pertinents, and the others. `changes`: a line each, a column for
    each point, from the true numbers.
    """

    keys: pl.DataFrame
    structures: pl.DataFrame
    changes: Sparse


def audit(
    full: duckdb.DuckDBPyConnection,
    diffusion: duckdb.DuckDBPyConnection,
    former: Sequence[duckdb.DuckDBPyConnection],
    setting: Setting,
    claims: Claims | None = None,
) -> Audit:
    """Compare the diffusion file with the full one, then attack it; `former`: diffusion files published before.

    `claims` spare the attack what they show, as far as they hold.
    """
    out = Audit()
    rows = read_rows(full, diffusion, setting)
    for what, cases in faults(rows, setting).items():
        out.found(what, cases.rows())
    _wide(out, diffusion, setting)
    _schemas(out, diffusion)
    _loss(out, rows, setting)
    g = gathered(full, diffusion, rows, setting)
    _attack(out, g, claims)
    if former:
        _with_former(out, g, former)
    return out


def _wide(out: Audit, diffusion: duckdb.DuckDBPyConnection, setting: Setting) -> None:
    """Every thematic mart says what the long table says, and no small count."""
    there = {
        t for (t,) in diffusion.execute("SELECT table_name FROM duckdb_tables() WHERE schema_name = 'marts'").fetchall()
    }
    for mart in (m for m in THEMATIC if m.name in there):
        names = ", ".join(c.name for c in mart.output.columns)
        here, derived = f"SELECT {names} FROM marts.{mart.name}", f"SELECT {names} FROM ({mart_query(mart)}) AS q"
        other = diffusion.execute(
            f"SELECT COUNT(*) FROM (({here} EXCEPT {derived}) UNION ALL ({derived} EXCEPT {here}))"
        ).fetchall()[0][0]
        out.found(f"marts.{mart.name} ne suit pas marts.indicateurs", [other] if other else [])
        about = {"valeur": 0, "numerateur": 0, "denominateur": 1}
        persons = [c.name for c in mart.columns if c.is_count and counts(c.indicator, c.modality)[about[c.figure]]]
        for column in persons:
            few = diffusion.execute(
                f"SELECT COUNT(*) FROM marts.{mart.name} WHERE {column} > 0 AND {column} < {setting.threshold}"
            ).fetchall()[0][0]
            out.found(f"petits effectifs dans marts.{mart.name}.{column}", [few] if few else [])


def _schemas(out: Audit, diffusion: duckdb.DuckDBPyConnection) -> None:
    columns = diffusion.execute(
        "SELECT schema_name, table_name, column_name FROM duckdb_columns() WHERE database_name = current_database() AND NOT internal"
    ).fetchall()
    out.found("schémas de trop", sorted({s for s, _, _ in columns} - {"ref", "marts"}))
    out.found("colonnes personnelles", [f"{s}.{t}.{c}" for s, t, c in columns if s != "ref" and PERSONAL.search(c)])


# --- the attacks ---


def _claimed(g: Gathered, claims: Claims) -> Sparse:
    """The claims as changes of counts of the problem."""
    at = g.at[codes(claims.keys, g.rows.frame.select(KEY))]
    structures = g.at_structures[codes(claims.structures, g.table.select(STRUCTURE))]
    position = np.concatenate([at.ravel(), structures.ravel()])
    numbers = np.flatnonzero(position >= 0)
    first = np.unique(position[numbers], return_index=True)[1]  # numbers that are one count move together
    numbers = numbers[first]
    picked = csr_array(
        (np.ones(len(numbers)), (position[numbers], numbers)), shape=(len(g.problem.true), len(position))
    )
    return csc_array(picked @ claims.changes)


def _attack(out: Audit, g: Gathered, claims: Claims | None) -> None:
    setting = g.setting
    reduced = Reduced(g.problem, setting.threshold)
    place = g.place[reduced.unknown]
    places = [g.whereabouts[p] for p in place.tolist()]
    opened = sorted(reduced.open(places, setting.width, _claimed(g, claims) if claims else None))
    out.open = {places[k] for k in opened}
    out.lines.append(Line("public", "", "", "effectifs de 1 à 10 masqués", int(reduced.small.sum())))
    out.lines.append(Line("public", "", "", "dont retrouvés", len(opened)))
    out.found("effectifs masqués qui se retrouvent", g.names(reduced.unknown[opened].tolist()))
    narrow = reduced.small & (reduced.high - reduced.low < setting.width - TINY)
    for who, at in (("caisse", 2), ("region", 1)):
        spied = 0
        for territoire, own in _of_each(places, at):
            found = len(_opened(g, reduced, own, narrow))
            spied += found
            if found:
                out.lines.append(Line(who, territoire, "", "effectifs d'autres retrouvés", found))
        out.lines.append(Line(who, "", "", "effectifs d'autres retrouvés, en tout", spied))


def _of_each(places: Sequence[Whereabouts], at: int) -> list[tuple[str, Array]]:
    """The counts of each caisse, or region."""
    names = np.array([str(place[at]) for place in places], dtype=object)
    return [(name, np.flatnonzero(names == name)) for name in sorted(set(names.tolist()) - {""})]


def _opened(g: Gathered, reduced: Reduced, own: Array, narrow: Array) -> Array:
    """Small counts of others that one who knows its own counts narrows, those left out that are narrow to everyone.

    A count, of a region or the country, made of its own persons only is its own.
    """
    found = reduced.knowing(own, g.setting.width)
    found = found[~narrow[found] & ~np.isin(found, own)]
    about = [
        list(
            zip(
                g.what[k].tolist(),
                [g.places[p][0] for p in g.place[k].tolist()],
                g.problem.true[k].tolist(),
                strict=True,
            )
        )
        for k in (reduced.unknown[own], reduced.unknown[found])
    ]
    persons = set(about[0])
    return np.asarray(found[[one not in persons for one in about[1]]])


def _with_former(out: Audit, g: Gathered, former: Sequence[duckdb.DuckDBPyConnection]) -> None:
    """What the figures that former vintages showed, and that have not changed, open by carried bounds."""
    problem, setting = g.problem, g.setting
    known = problem.known.copy()
    already = _narrow(g)
    again = 0
    for con in former:
        again += _know_again(g, con)
    is_small = (problem.true > 0.5) & (problem.true < setting.threshold - 0.5)
    lost = int((problem.known & ~known & is_small).sum())
    opened = np.setdiff1d(_narrow(g), already)
    problem.known = known
    out.lines.append(Line("millésimes antérieurs", "", "", "valeurs masquées déjà montrées, inchangées", again))
    out.lines.append(Line("millésimes antérieurs", "", "", "effectifs retrouvés", len(opened) + lost))


def _narrow(g: Gathered) -> Array:
    """The small counts that carried bounds narrow."""
    reduced = Reduced(g.problem, g.setting.threshold)
    return np.asarray(reduced.unknown[reduced.small & (reduced.high - reduced.low < g.setting.width - TINY)])


def _know_again(g: Gathered, con: duckdb.DuckDBPyConnection) -> int:
    """Know what a former file shows that has not changed; how many values it shows that are hidden now."""
    former = con.sql(f"SELECT {', '.join(KEY)}, {', '.join(VALUES)} FROM marts.indicateurs").pl()
    both = g.rows.frame.join(former, on=KEY, how="left", maintain_order="left", suffix="_avant")
    same = both.select(
        (pl.col(v) == pl.col(f"{v}_avant")).fill_null(value=False) & pl.col("vraie") for v in VALUES
    ).to_numpy()
    for side in (0, 1):
        position = g.at[same[:, side], side]
        g.problem.known[position[position >= 0]] = True
    hidden = (both["montree"] & both["montre_valeur"].is_null()).to_numpy()
    return int((same[:, 2] & hidden).sum())


def _loss(out: Audit, rows: Rows, setting: Setting) -> None:
    """How many rows, and persons, are hidden, and how many are too small by themselves."""
    about = pl.col("vraie") & (pl.col("compte_n").is_not_null() | pl.col("compte_d").is_not_null())
    nonzero = pl.col("numerateur").is_null() | (pl.col("numerateur") != 0)
    persons = pl.when(pl.col("compte_n").is_not_null() & pl.col("compte_d").is_null()).then("numerateur").fill_null(0)
    hidden = pl.col("montre_valeur").is_null()
    own = "lignes trop petites par elles-mêmes"
    levels = (
        rows.frame.filter(about & nonzero)
        .group_by("niveau")
        .agg(
            pl.len().alias("lignes"),
            hidden.sum().alias("lignes masquées"),
            persons.sum().alias("personnes"),
            (persons * hidden).sum().alias("personnes masquées"),
            rests_on_few(setting).sum().alias(own),
        )
    )
    found = {row["niveau"]: row for row in levels.iter_rows(named=True)}
    for niveau in ("national", "region", "organisme"):
        row = found.get(niveau, {})
        for what in ("lignes masquées", "personnes masquées"):
            whole, number = row.get(what.split()[0], 0), int(row.get(what, 0))
            out.lines.append(Line("", "", niveau, what, number, number / whole if whole else None))
        out.lines.append(Line("", "", niveau, own, int(row.get(own, 0))))
