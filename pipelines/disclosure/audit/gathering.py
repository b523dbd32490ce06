"""The attacker's problem: every count that rows and structures tell of, and what is known between them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import duckdb
import numpy as np
import polars as pl

from pipelines.disclosure.audit.problem import Problem
from pipelines.disclosure.audit.relations import (
    EVOLUTIONS,
    INCLUSIONS,
    NOT_ADDITIVE,
    PUBLIC_IS,
    SAME_TOTAL,
    matching,
    narrower,
    partitions,
)
from pipelines.disclosure.audit.rows import KEY, Rows, Setting, small
from pipelines.disclosure.neighbours import Whereabouts

Array = np.ndarray
Place = tuple[int, str, str, str]  # annee, niveau, territoire, public
EVERYONE = "ensemble"
COUNTED = ("compte_n", "compte_d")
REST = "le reste de "  # of a part's whole
KINDS = ("", ".soins", ".autres", ".clos", ".inutiles", ".utiles")  # of the accompagnements of a structure

STRUCTURE = ["annee", "niveau", "territoire", "structure"]
_STRUCTURES = (
    f"SELECT {', '.join(STRUCTURE)}, rang, accompagnements, part_soins, part_non_pertinent FROM marts.structures"
)
_PARTS = """SELECT annee_detection AS annee,
  CASE WHEN GROUPING(organisme) = 0 THEN 'organisme' WHEN GROUPING(region) = 0 THEN 'region' ELSE 'national' END AS niveau,
  CASE WHEN GROUPING(organisme) = 0 THEN organisme WHEN GROUPING(region) = 0 THEN region ELSE 'FR' END AS territoire,
  structure, COUNT(*) FILTER (WHERE type_accompagnement = 'SOINS') AS soins, COUNT(annee_cloture) AS clos,
  COUNT(*) FILTER (WHERE motif_cloture = 'NON_PERTINENT') AS inutiles
FROM detail.accompagnements
WHERE externe AND structure IS NOT NULL
GROUP BY GROUPING SETS ((annee_detection, structure), (annee_detection, structure, region), (annee_detection, structure, organisme))"""


@dataclass
class Gathered:
    """The problem, and what each of its counts is: `whats[what[i]]` at `places[place[i]]`.

    `rows`: of each row the positions of numerator, denominator and what is between them; `structures`: of each structure
    those of `KINDS`; -1 for none.
    """

    rows: Rows
    table: pl.DataFrame  # of structures
    region_of: Mapping[str, str]
    setting: Setting
    problem: Problem = field(default_factory=Problem)
    whats: list[str] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    what: Array = field(default_factory=lambda: np.zeros(0, int))
    place: Array = field(default_factory=lambda: np.zeros(0, int))
    grid: Array = field(default_factory=lambda: np.zeros((0, 0), int))  # of figures: what × place -> position
    at: Array = field(default_factory=lambda: np.zeros((0, 3), int))
    at_structures: Array = field(default_factory=lambda: np.zeros((0, len(KINDS)), int))

    def add(self, what: Array, place: Array, true: Array) -> Array:
        self.what, self.place = np.concatenate([self.what, what]), np.concatenate([self.place, place])
        return self.problem.add(true)

    def find(self, names: Iterable[Place]) -> Array:
        """The numbers of places, -1 for those that there are not."""
        number = self.number_of_place
        return np.array([number.get(name, -1) for name in names], int)

    @cached_property
    def number_of_place(self) -> dict[Place, int]:
        return {name: k for k, name in enumerate(self.places)}

    @cached_property
    def whereabouts(self) -> list[Whereabouts]:
        """Of each place."""
        return [
            (annee, self.region_of.get(t, ""), t, public)
            if niveau == "organisme"
            else (annee, t if niveau == "region" else "", "", public)
            for annee, niveau, t, public in self.places
        ]

    def names(self, positions: Iterable[int]) -> list[tuple[str, Place]]:
        return [(self.whats[self.what[i]], self.places[self.place[i]]) for i in positions]


def gathered(
    full: duckdb.DuckDBPyConnection, diffusion: duckdb.DuckDBPyConnection, found: Rows, setting: Setting
) -> Gathered:
    """All that an attacker can set up who has the diffusion file."""
    region_of = dict(full.execute("SELECT organisme, code_region FROM ref.organismes").fetchall())
    g = Gathered(found, _table(full, diffusion), region_of, setting)
    _counts(g)
    _shares(g)
    _within(g)
    _publics(g)
    _structures(g)
    _territories(g)
    return g


def _table(full: duckdb.DuckDBPyConnection, diffusion: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """Structures with their counts, and what the diffusion file shows of them (`montre_…`)."""
    shown = diffusion.sql(_STRUCTURES).pl().rename(lambda c: c if c in STRUCTURE else f"montre_{c}")
    parts = full.sql(_PARTS).pl()
    true: pl.DataFrame = full.sql(_STRUCTURES).pl().join(parts, on=STRUCTURE, how="left")
    return true.join(shown, on=STRUCTURE, how="left").sort("annee", "niveau", "territoire", "rang")


# --- counts ---


def _counts(g: Gathered) -> None:
    """Numerators and denominators, and which of them are shown."""
    frame = g.rows.frame
    what, place = _named(g)
    values = frame.select("numerateur", "denominateur").fill_null(np.nan).to_numpy()
    shown = frame.select("montre_numerateur", "montre_denominateur").fill_null(np.nan).to_numpy()
    true = frame["vraie"].to_numpy()
    zero = ~true & frame["montree"].to_numpy()  # a 0 that is hidden, of which the full file has no row
    values[zero, 0] = 0
    there = (what >= 0) & ~np.isnan(values)
    keys, first, number = np.unique(what[there] * len(g.places) + place[there], return_index=True, return_inverse=True)
    positions = g.add(keys // len(g.places), keys % len(g.places), values[there][first])
    g.grid = np.full((len(g.whats), len(g.places)), -1)
    g.grid[g.what, g.place] = positions
    g.at = np.full((len(frame), 3), -1)
    g.at[:, :2][there] = number.ravel()
    g.problem.known[g.at[zero & there[:, 0], 0]] = False
    g.problem.known[g.at[:, :2][there & ~np.isnan(shown)]] = True


def _named(g: Gathered) -> tuple[Array, Array]:
    """The number of what numerator and denominator of each row count, -1 for nothing, and that of the place."""
    frame = g.rows.frame
    own = frame.select(KEY[:4]).unique().sort(KEY[:4])
    meant = {count: _meant(count) for column in COUNTED for count in frame[column].drop_nulls().unique().sort()}
    g.whats = list(dict.fromkeys(what for what, _ in meant.values()))
    shifts = sorted({shift for _, shift in meant.values()} | {(0, False)})
    moved = [[_moved(place, *shift) for place in own.iter_rows()] for shift in shifts]
    g.places = sorted({place for several in moved for place in several})
    where = np.array([g.find(several) for several in moved], int).reshape(len(shifts), len(own))
    number = {count: (g.whats.index(what), shifts.index(shift)) for count, (what, shift) in meant.items()}
    sides = np.array([[number.get(count, (-1, 0)) for count in frame[column]] for column in COUNTED], int)
    what, shift = sides.reshape(2, len(frame), 2).transpose(2, 1, 0)
    return what, where[shift, codes(frame.select(KEY[:4]), own)[:, None]]


def _meant(count: str) -> tuple[str, tuple[int, bool]]:
    """What is counted, of how many years before, and whether of everyone."""
    for suffix, shift in (("@-1", (1, False)), (f"@{EVERYONE}", (0, True))):
        if count.endswith(suffix):
            return count.removesuffix(suffix), shift
    return count, (0, False)


def _moved(place: Place, lag: int, everyone: bool) -> Place:
    annee, niveau, territoire, public = place
    return annee - lag, niveau, territoire, EVERYONE if everyone else public


def codes(lines: pl.DataFrame, names: pl.DataFrame) -> Array:
    """Which of `names` each line is, -1 for none."""
    numbered = names.with_row_index("number")
    found = lines.join(numbered, on=names.columns, how="left", maintain_order="left", nulls_equal=True)["number"]
    return found.cast(pl.Int64).fill_null(-1).to_numpy()


# --- relations ---


def _shares(g: Gathered) -> None:
    """A numerator is at most its denominator; where what is between them are few persons, that is a count too."""
    frame = g.rows.frame
    few, apart = (
        frame.select(e).to_series().to_numpy()
        for e in (
            small(pl.col("denominateur") - pl.col("numerateur"), g.setting) & pl.col("complement"),
            ~pl.col("indicateur").is_in(EVOLUTIONS) & pl.col("numerateur").is_not_null(),
        )
    )
    n, d, _ = g.at.T
    both = (n >= 0) & (d >= 0) & (n != d) & apart & frame["vraie"].to_numpy()
    rest = np.flatnonzero(both & few)
    names = [f"{REST}{i}:{m}" for i, m in frame.select("indicateur", "modalite")[rest].iter_rows()]
    what = np.arange(len(rest)) + len(g.whats)
    g.whats += names
    place = g.find(frame.select(KEY[:4])[rest].iter_rows())
    g.at[rest, 2] = g.add(what, place, g.problem.true[d[rest]] - g.problem.true[n[rest]])
    row = np.arange(len(rest))
    parts = np.concatenate([row, row]), np.concatenate([n[rest], g.at[rest, 2]])
    g.problem.relate(parts, (row, d[rest]), equal=True)
    more = both & ~few
    pairs = np.unique(np.column_stack([n[more], d[more]]), axis=0)
    g.problem.pairs(pairs[:, 0], pairs[:, 1], equal=False)


def _within(g: Gathered) -> None:
    """What counts of one place have to do with each other."""
    here = {what: k for k, what in enumerate(g.whats[: len(g.grid)])}
    for whole, parts in partitions(here):
        g.problem.relate(_across(g, parts), _across(g, [whole]), equal=True)
    for one, other in SAME_TOTAL:
        g.problem.relate(_across(g, matching(one, here)), _across(g, matching(other, here)), equal=True)
    for narrow, wide in narrower(here):  # where all deliveries say it, which everybody knows, they are the same
        same = g.problem.true[g.grid[narrow]] == g.problem.true[g.grid[wide]]
        g.problem.pairs(g.grid[narrow], g.grid[wide], equal=same)
    for inner, outer in INCLUSIONS:
        if inner in here and outer in here:
            g.problem.pairs(g.grid[here[inner]], g.grid[here[outer]], equal=False)


def _across(g: Gathered, whats: Sequence[int]) -> tuple[Array, Array]:
    """The terms of a relation in every place: the number of the place, and the counts of it."""
    counts = g.grid[list(whats)]
    return np.tile(np.arange(len(g.places)), len(counts)), counts.ravel()


def _publics(g: Gathered) -> None:
    """A public is not larger than everyone, and may be a modality of everyone."""
    everyone = g.find(_moved(place, 0, True) for place in g.places)
    of = np.flatnonzero((everyone >= 0) & (everyone != np.arange(len(everyone))))
    g.problem.pairs(g.grid[:, of].ravel(), g.grid[:, everyone[of]].ravel(), equal=False, weak=True)
    here = {what: k for k, what in enumerate(g.whats[: len(g.grid)])}
    for public, (count, same) in PUBLIC_IS.items():
        if count in here and same in here:
            its = np.array([place[3] == public for place in g.places], bool) & (everyone >= 0)
            g.problem.pairs(g.grid[here[count], its], g.grid[here[same], everyone[its]], equal=True)


def _territories(g: Gathered) -> None:
    """A country is its regions, a region its caisses."""
    parent = g.find(_parent(g, place) for place in g.places)
    apart = {k for k, what in enumerate(g.whats) if what in NOT_ADDITIVE or what.startswith(REST)}
    parts = np.flatnonzero((parent[g.place] >= 0) & ~np.isin(g.what, list(apart)))
    keys = g.what * len(g.places) + g.place
    order = np.argsort(keys)
    sought = g.what[parts] * len(g.places) + parent[g.place[parts]]
    found = order[np.minimum(np.searchsorted(keys[order], sought), len(keys) - 1)]
    there = keys[found] == sought
    wholes, row = np.unique(found[there], return_inverse=True)
    g.problem.relate((row.ravel(), parts[there]), (np.arange(len(wholes)), wholes), equal=True)


def _parent(g: Gathered, place: Place) -> Place:
    annee, niveau, territoire, public = place
    if niveau == "organisme":
        return annee, "region", g.region_of.get(territoire, ""), public
    return annee, "national" if niveau == "region" else "", "FR", public


# --- structures ---


def _structures(g: Gathered) -> None:
    """The counts of structures: their order where it is shown, their sum within the external detections, their parts."""
    names = g.table.select("structure").unique().sort("structure")
    structure = codes(g.table.select("structure"), names)
    place = g.find((*line, EVERYONE) for line in g.table.select(STRUCTURE[:3]).iter_rows())
    total, soins, clos, vain = (
        g.table[c].cast(pl.Float64).to_numpy() for c in ("accompagnements", "soins", "clos", "inutiles")
    )
    shown = {
        c: g.table[f"montre_{c}"].is_not_null().to_numpy()
        for c in ("accompagnements", "part_soins", "part_non_pertinent")
    }
    number, care, useless = shown.values()
    seen = (number, care, care, useless, useless, useless)
    columns = []
    for kind, true, known in zip(KINDS, (total, soins, total - soins, clos, vain, clos - vain), seen, strict=True):
        what = structure + len(g.whats)
        g.whats += [f"structure{kind}:{name}" for name in names["structure"]]
        columns.append(g.add(what, place, true))
        g.problem.known[columns[-1][known]] = True
    g.at_structures = np.column_stack(columns)
    _parts_of_structures(g)
    _ranks(g)


def _parts_of_structures(g: Gathered) -> None:
    total, soins, autres, clos, vain, utiles = g.at_structures.T
    row = np.arange(len(total))
    twice = np.concatenate([row, row])
    g.problem.relate((twice, np.concatenate([soins, autres])), (row, total), equal=True)
    g.problem.relate((twice, np.concatenate([vain, utiles])), (row, clos), equal=True)
    g.problem.pairs(clos, total, equal=False)


def _ranks(g: Gathered) -> None:
    """What is without rank comes after what has one; structures are external detections, ten or fewer are the first ten."""
    place, total = g.place[g.at_structures[:, 0]], g.at_structures[:, 0]
    ranked = g.table["montre_rang"].is_not_null().to_numpy()
    least = np.full(len(g.places), np.inf)
    np.minimum.at(least, place[ranked], g.problem.true[total[ranked]])
    g.problem.most[total[~ranked]] = least[place[~ranked]]
    few = np.bincount(place, minlength=len(g.places)) <= 10
    for name, which, equal in (("D.externes", place >= 0, False), ("D.dix", few[place], True)):
        if name in g.whats[: len(g.grid)]:
            wholes = g.grid[g.whats.index(name)]
            g.problem.relate((place[which], total[which]), (np.arange(len(wholes)), wholes), equal=equal)
