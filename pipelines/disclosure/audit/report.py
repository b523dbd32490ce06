"""Audit the diffusion file of a refresh: what it shows, what an attacker works out of it, what is lost."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import duckdb
import numpy as np

from pipelines.computing.thematic import mart_query
from pipelines.disclosure.audit.attack import Name, Place, Problem, Reduced
from pipelines.disclosure.audit.relations import (
    COME,
    COVERED,
    EVOLUTIONS,
    GONE,
    INCLUSIONS,
    NO_COMPLEMENT,
    NOT_ADDITIVE,
    PUBLIC_IS,
    SAME_TOTAL,
    SEEN,
    SHARED,
    STOCK,
    SUMS,
    counts,
    narrower,
    partitions,
)
from pipelines.disclosure.linear import TINY, Points
from pipelines.disclosure.neighbours import Whereabouts
from schemas.outputs.marts import THEMATIC

Key = tuple[int, str, str, str, str, str]  # and indicateur, modalite
Figure = tuple[float | None, float | None, float | None]  # numerateur, denominateur, valeur

PERSONAL = re.compile(r"(^|_)(nir|id_personne|id_accompagnement|identifiant|date_naissance|nom|prenom)($|_)")
MOST_NAMED = 3
COMPLEMENT = "le reste de "
KINDS = ("", ".soins", ".autres", ".clos", ".inutiles", ".utiles")  # of the accompagnements of a structure

_UNKNOWN = "SELECT DISTINCT table_lue || '.' || colonne FROM controle.inconnus WHERE source = 'bali'"
_FIGURES = "SELECT annee, niveau, territoire, public, indicateur, modalite, numerateur, denominateur, valeur"
_STRUCTURES = "SELECT annee, niveau, territoire, structure, rang, accompagnements, part_soins, part_non_pertinent"
_OF_STRUCTURES = """SELECT annee_detection,
  CASE WHEN GROUPING(organisme) = 0 THEN 'organisme' WHEN GROUPING(region) = 0 THEN 'region' ELSE 'national' END,
  CASE WHEN GROUPING(organisme) = 0 THEN organisme WHEN GROUPING(region) = 0 THEN region ELSE 'FR' END,
  structure, COUNT(*) FILTER (WHERE type_accompagnement = 'SOINS'), COUNT(annee_cloture),
  COUNT(*) FILTER (WHERE motif_cloture = 'NON_PERTINENT')
FROM detail.accompagnements
WHERE externe AND structure IS NOT NULL
GROUP BY GROUPING SETS ((annee_detection, structure), (annee_detection, structure, region), (annee_detection, structure, organisme))"""


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
    accompagnements, soins, others, closed, of which non pertinents, and the others.
    """

    keys: Sequence[Key]
    structures: Sequence[tuple[int, str, str, str]]
    alternatives: Iterable[Points]


@dataclass(frozen=True)
class Setting:
    """Counts from 1 to `threshold` - 1 are small, and keep `width` between their lowest and highest value."""

    threshold: int
    width: float
    cubes: Mapping[str, Sequence[str]]


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
    truth = {k: f for k, f, _ in _figures(full, "NULL") if k[3] in setting.cubes[k[1]]}
    shown: dict[Key, Figure] = {}
    for key, figure, protected in _figures(diffusion, "protege"):
        shown[key] = figure
        if bool(protected) != (figure[2] is None) or (protected and figure[0] is not None):
            out.found("protege ne dit pas ce qui est masqué", [key])
    _rows(out, truth, shown, setting)
    _wide(out, diffusion, setting)
    _schemas(out, diffusion)
    region_of = dict(full.execute("SELECT organisme, code_region FROM ref.organismes").fetchall())
    problem = _problem(full, diffusion, truth, shown, region_of, setting)
    _loss(out, truth, shown, setting)
    _attack(out, problem, region_of, setting, _as_counts(problem, truth, claims) if claims else ())
    if former:
        _with_former(out, problem, truth, shown, former, setting)
    return out


def _figures(con: duckdb.DuckDBPyConnection, protected: str) -> Iterator[tuple[Key, Figure, bool | None]]:
    for r in con.execute(f"{_FIGURES}, {protected} FROM marts.indicateurs").fetchall():
        yield r[:6], r[6:9], r[9]


def _small(value: float | None, setting: Setting) -> bool:
    return value is not None and 0 < value < setting.threshold


def _rests_on_few(key: Key, figure: Figure, setting: Setting) -> bool:
    """Does the figure rest on a count of persons that is small: numerator, denominator, or what is between them?"""
    numerator, denominator = counts(key[4], key[5])
    n, d, _ = figure
    if (numerator and _small(n, setting)) or (denominator and _small(d, setting)):
        return True
    if not numerator or not denominator or n is None or d is None or key[4] in NO_COMPLEMENT:
        return False
    return _small(d - n, setting)


def _rows(out: Audit, truth: Mapping[Key, Figure], shown: Mapping[Key, Figure], setting: Setting) -> None:
    out.found("lignes de trop", [k for k, f in shown.items() if k not in truth and any(v is not None for v in f)])
    out.found("lignes absentes", [k for k, f in truth.items() if k not in shown and f[0] != 0])
    pairs = [(k, truth[k], f) for k, f in shown.items() if k in truth]
    inexact = [
        k
        for k, t, f in pairs
        if any(b is not None and (a is None or abs(a - b) > 1e-9) for a, b in zip(t, f, strict=True))
    ]
    out.found("valeurs montrées inexactes", inexact)
    out.found(
        "valeurs montrées sur moins de onze personnes",
        [k for k, t, f in pairs if f[2] is not None and _rests_on_few(k, t, setting)],
    )
    small = [
        k
        for k, _, f in pairs
        if any(name and _small(value, setting) for name, value in zip(counts(k[4], k[5]), f[:2], strict=True))
    ]
    out.found("petits effectifs montrés", small)


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


# --- the problem ---


def _problem(
    full: duckdb.DuckDBPyConnection,
    diffusion: duckdb.DuckDBPyConnection,
    truth: Mapping[Key, Figure],
    shown: Mapping[Key, Figure],
    region_of: Mapping[str, str],
    setting: Setting,
) -> Problem:
    p = Problem(unknown=frozenset(column for (column,) in full.execute(_UNKNOWN).fetchall()))
    for key, (n, d, _) in truth.items():
        a, b = _positions(p, key, n, d)
        if a is None or b is None or a == b or n is None or d is None or key[4] in EVOLUTIONS:
            continue
        if _small(d - n, setting) and key[4] not in NO_COMPLEMENT:
            p.relate([a, p.count((f"{COMPLEMENT}{key[4]}:{key[5]}", key[:4]), d - n)], [b], equal=True)
        else:
            p.relate([a], [b], equal=False)
    for key, figure in shown.items():
        name = counts(*key[4:])[0]
        if key not in truth and name:  # a 0 that is hidden
            p.known[p.count(_name(name, key), 0.0)] = False
        _know(p, key, figure)
    by_place: dict[Place, dict[str, int]] = defaultdict(dict)
    named = {name: i for name, i in p.index.items() if not name[0].startswith(COMPLEMENT)}
    for (what, place), i in named.items():
        by_place[place][what] = i
    ((observed,),) = full.execute("SELECT jour_observation FROM ref.millesime").fetchall()
    for place, here in by_place.items():
        _within(p, here)
        if place[3] != "ensemble":
            _within_everyone(p, place[3], here, by_place.get((*place[:3], "ensemble"), {}))
        _seen(p, place[0], here, observed)
        _stock(p, here, by_place.get((place[0] - 1, place[1], place[2], place[3]), {}))
    _territories(p, named | _structures(p, full, diffusion, by_place), region_of)
    return p


def _within(p: Problem, here: Mapping[str, int]) -> None:
    for whole, parts in partitions(here):
        p.relate(parts, [whole], equal=True)
    for one, other in SAME_TOTAL:
        left = [i for what, i in here.items() if re.fullmatch(one, what)]
        right = [i for what, i in here.items() if re.fullmatch(other, what)]
        if left and right:
            p.relate(left, right, equal=True)
    for narrow, wide in narrower(here):
        # where all deliveries say it, which everybody knows, they are the same
        p.relate([narrow], [wide], equal=p.true[narrow] == p.true[wide])
    for inner, outer in INCLUSIONS:
        if inner in here and outer in here:
            p.relate([here[inner]], [here[outer]], equal=False)
    for less, more in SUMS:
        if all(what in here for what in (*less, *more)):
            p.relate([here[what] for what in less], [here[what] for what in more], equal=False)


def _seen(p: Problem, annee: int, here: Mapping[str, int], observed: date | None) -> None:
    for one, other, equal, days in SEEN:
        if one in here and other in here and observed and date(annee, 12, 31) + timedelta(days) <= observed:
            p.relate([here[one]], [here[other]], equal=equal)


def _stock(p: Problem, here: Mapping[str, int], before: Mapping[str, int]) -> None:
    if STOCK in here:
        left = [i for i in (here[STOCK], here.get(GONE)) if i is not None]
        p.relate(left, [i for i in (before.get(STOCK), here.get(COME)) if i is not None], equal=True)


def _within_everyone(p: Problem, public: str, here: Mapping[str, int], everyone: Mapping[str, int]) -> None:
    for what, i in here.items():
        if what in everyone:
            p.relate([i], [everyone[what]], equal=False, weak=True)
    count, same = PUBLIC_IS.get(public, ("", ""))
    if count in here and same in everyone:
        p.relate([here[count]], [everyone[same]], equal=True)


def _positions(p: Problem, key: Key, n: float | None, d: float | None) -> tuple[int | None, int | None]:
    numerator, denominator = counts(*key[4:], key[3], p.unknown)
    return (
        p.count(_name(numerator, key), n) if numerator and n is not None else None,
        p.count(_name(denominator, key), d) if denominator and d is not None else None,
    )


def _name(count: str, key: Key) -> Name:
    annee, niveau, territoire, public = key[:4]
    if count.endswith("@-1"):
        return count.removesuffix("@-1"), (annee - 1, niveau, territoire, public)
    if count.endswith("@ensemble"):
        return count.removesuffix("@ensemble"), (annee, niveau, territoire, "ensemble")
    return count, (annee, niveau, territoire, public)


def _know(p: Problem, key: Key, figure: Figure) -> None:
    for count, value in zip(counts(*key[4:], key[3], p.unknown), figure[:2], strict=True):
        i = p.index.get(_name(count, key)) if count and value is not None else None
        if i is not None:
            p.known[i] = True


def _territories(p: Problem, named: Mapping[Name, int], region_of: Mapping[str, str]) -> None:
    children: dict[Name, list[int]] = defaultdict(list)
    for (what, (annee, niveau, territoire, public)), i in named.items():
        if what in NOT_ADDITIVE:
            continue
        if niveau == "region":
            children[what, (annee, "national", "FR", public)].append(i)
        elif niveau == "organisme":
            children[what, (annee, "region", region_of.get(territoire, ""), public)].append(i)
    for name, parts in children.items():
        if name not in named:
            continue
        if name[0] not in SHARED:
            p.relate(parts, [named[name]], equal=True)
            continue
        for part in parts:
            p.relate([part], [named[name]], equal=False)
        if name[0] in COVERED:
            p.relate([named[name]], parts, equal=False)


def _structures(
    p: Problem,
    full: duckdb.DuckDBPyConnection,
    diffusion: duckdb.DuckDBPyConnection,
    by_place: Mapping[Place, Mapping[str, int]],
) -> dict[Name, int]:
    """The counts of structures: their order where it is shown, their sum within the external detections, their parts."""
    parts = {r[:4]: r[4:] for r in full.execute(_OF_STRUCTURES).fetchall()}
    seen = {r[:4]: r[4:] for r in diffusion.execute(f"{_STRUCTURES} FROM marts.structures").fetchall()}
    named: dict[Name, int] = {}
    ranked: dict[Place, list[tuple[int, int, bool]]] = defaultdict(list)
    for r in full.execute(f"{_STRUCTURES} FROM marts.structures").fetchall():
        rang, total = r[4:6]
        place = (*r[:3], "ensemble")
        rank, number, care, useless = seen[r[:4]]
        soins, clos, non_pertinents = parts[r[:4]]
        values = (total, soins, total - soins, clos, non_pertinents, clos - non_pertinents)
        at = {}
        for kind, name, value in zip(KINDS, _structure_names(*r[:4]), values, strict=True):
            at[kind] = named[name] = p.count(name, value)
        p.relate([at[".soins"], at[".autres"]], [at[""]], equal=True)
        p.relate([at[".inutiles"], at[".utiles"]], [at[".clos"]], equal=True)
        p.relate([at[".clos"]], [at[""]], equal=False)
        for kinds, figure in (
            ((""), number),
            ((".soins", ".autres"), care),
            ((".clos", ".inutiles", ".utiles"), useless),
        ):
            if figure is not None:
                for kind in (kinds,) if isinstance(kinds, str) else kinds:
                    p.known[at[kind]] = True
        ranked[place].append((rang, at[""], rank is not None))
    for place, lines in ranked.items():
        lines.sort()
        least = min((p.true[i] for _, i, with_rank in lines if with_rank), default=np.inf)
        for _, i, with_rank in lines:
            if not with_rank:
                p.most[i] = least
        here = by_place.get(place, {})
        if "D.externes" in here:
            p.relate([i for _, i, _ in lines], [here["D.externes"]], equal=False)
        if "D.dix" in here and len(lines) <= 10:
            p.relate([i for _, i, _ in lines], [here["D.dix"]], equal=True)
    return named


def _structure_names(annee: int, niveau: str, territoire: str, structure: str) -> list[Name]:
    return [(f"structure{kind}:{structure}", (annee, niveau, territoire, "ensemble")) for kind in KINDS]


# --- the attacks ---


def _as_counts(problem: Problem, truth: Mapping[Key, Figure], claims: Claims) -> Iterator[Points]:
    """The claims in counts of the problem."""
    rows = [i for key in claims.keys for i in _behind(problem, key, truth[key])]
    structures = [problem.index[name] for key in claims.structures for name in _structure_names(*key)]
    at = np.array([*rows, *structures], int)
    for numbers, point, values in claims.alternatives:
        there = at[numbers] >= 0
        yield at[numbers[there]], point[there], values[there]


def _behind(problem: Problem, key: Key, figure: Figure) -> list[int]:
    """The positions of numerator, denominator and of what is between them, -1 where there is none."""
    rest = problem.index.get((f"{COMPLEMENT}{key[4]}:{key[5]}", key[:4]))
    return [-1 if i is None else i for i in (*_positions(problem, key, *figure[:2]), rest)]


def _attack(
    out: Audit, problem: Problem, region_of: Mapping[str, str], setting: Setting, alternatives: Iterable[Points]
) -> None:
    reduced = Reduced(problem, setting.threshold)
    places = [_whereabouts(problem.names[i][1], region_of) for i in reduced.unknown]
    opened = sorted(reduced.open(places, setting.width, alternatives))
    out.open = {places[k] for k in opened}
    out.lines.append(Line("public", "", "", "effectifs de 1 à 10 masqués", int(reduced.small.sum())))
    out.lines.append(Line("public", "", "", "dont retrouvés", len(opened)))
    out.found("effectifs masqués qui se retrouvent", [problem.names[reduced.unknown[k]] for k in opened])
    narrow = reduced.small & (reduced.high - reduced.low < setting.width - TINY)
    for who, at in (("caisse", 2), ("region", 1)):
        knows: dict[str, list[int]] = defaultdict(list)
        for k, place in enumerate(places):
            if territoire := str(place[at]):
                knows[territoire].append(k)
        for territoire, own in sorted(knows.items()):
            found = reduced.of_others(np.array(own), setting.width, narrow)
            if found:
                out.lines.append(Line(who, territoire, "", "effectifs d'autres retrouvés", len(found)))
        spied = sum(line.nombre for line in out.lines if line.attaquant == who)
        out.lines.append(Line(who, "", "", "effectifs d'autres retrouvés, en tout", spied))


def _whereabouts(place: Place, region_of: Mapping[str, str]) -> Whereabouts:
    annee, niveau, territoire, public = place
    if niveau == "organisme":
        return annee, region_of.get(territoire, ""), territoire, public
    return annee, territoire if niveau == "region" else "", "", public


def _with_former(
    out: Audit,
    problem: Problem,
    truth: Mapping[Key, Figure],
    shown: Mapping[Key, Figure],
    former: Sequence[duckdb.DuckDBPyConnection],
    setting: Setting,
) -> None:
    """What the figures that former vintages showed, and that have not changed, open by carried bounds."""
    before = Reduced(problem, setting.threshold)
    narrow = before.high - before.low < setting.width - TINY
    already = {int(before.unknown[k]) for k in np.flatnonzero(before.small & narrow)}
    known = list(problem.known)
    again = 0
    for con in former:
        for key, figure, _ in _figures(con, "NULL"):
            now = truth.get(key)
            if now is None:
                continue
            same = tuple(value if value == new else None for value, new in zip(figure, now, strict=True))
            again += same[2] is not None and key in shown and shown[key][2] is None
            _know(problem, key, (same[0], same[1], same[2]))
    after = Reduced(problem, setting.threshold)
    lost = sum(
        1
        for i, (a, b) in enumerate(zip(known, problem.known, strict=True))
        if b and not a and _small(problem.true[i], setting)
    )
    narrow = after.small & (after.high - after.low < setting.width - TINY)
    opened = [int(after.unknown[k]) for k in np.flatnonzero(narrow) if int(after.unknown[k]) not in already]
    problem.known[:] = known
    out.lines.append(Line("millésimes antérieurs", "", "", "valeurs masquées déjà montrées, inchangées", again))
    out.lines.append(Line("millésimes antérieurs", "", "", "effectifs retrouvés", len(opened) + lost))


def _loss(out: Audit, truth: Mapping[Key, Figure], shown: Mapping[Key, Figure], setting: Setting) -> None:
    rows: Counter[tuple[str, str]] = Counter()
    for key, figure in truth.items():
        numerator, denominator = counts(key[4], key[5])
        if (numerator is None and denominator is None) or figure[0] == 0:
            continue
        hidden = shown.get(key, (None, None, None))[2] is None
        persons = int(figure[0] or 0) if numerator and denominator is None else 0
        for what, number in (("lignes", 1), ("personnes", persons)):
            rows[what, key[1]] += number
            rows[f"{what} masquées", key[1]] += number * hidden
        rows["lignes trop petites par elles-mêmes", key[1]] += _rests_on_few(key, figure, setting)
    for niveau in ("national", "region", "organisme"):
        for what in ("lignes masquées", "personnes masquées"):
            whole = rows[what.split()[0], niveau]
            out.lines.append(
                Line("", "", niveau, what, rows[what, niveau], rows[what, niveau] / whole if whole else None)
            )
        own = "lignes trop petites par elles-mêmes"
        out.lines.append(Line("", "", niveau, own, rows[own, niveau]))
