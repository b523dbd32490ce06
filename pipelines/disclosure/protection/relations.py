"""The relations between cells that everyone knows: within a place, between territories, between publics."""

from dataclasses import replace

import numpy as np
import polars as pl

from pipelines.disclosure.protection.cells import Cells
from pipelines.disclosure.protection.laws import Laws
from schemas.indicators.catalogue_bali import EXTERNES
from schemas.indicators.known import says
from schemas.outputs.diffusion import (
    DISJOINT,
    EQUAL,
    INCLUDED,
    NOT_ADDITIVE,
    PUBLIC_AS,
    THRESHOLD,
    TOP10,
    Count,
    shortest,
)

Array = np.ndarray


def relations(cells: Cells, structures: pl.DataFrame) -> Laws:
    laws = Laws(cells.value)
    _groups(cells, laws)
    _inclusions(cells, laws)
    _structures(cells, laws, structures["rang"].to_numpy())
    _territories(cells, laws)
    _publics(cells, laws)
    _between(cells, laws)
    return laws


def _groups(cells: Cells, laws: Laws) -> None:
    """Counts that have nobody in common, and the whole that they are parts of."""
    number = cells.kinds.number
    for group in cells.lattice.groups:
        whole = cells.grid[number[group.whole]]
        parts = cells.grid[[number[part] for part in group.parts]]
        there = np.flatnonzero(whole >= 0)
        row = np.repeat(np.arange(len(there))[None], len(parts), axis=0)
        laws.total(whole[there], row.ravel(), parts[:, there].ravel(), group.may_fill)


def _inclusions(cells: Cells, laws: Laws) -> None:
    """Counts of which one holds the other, or that are one number."""
    number = cells.kinds.number
    counts = cells.kinds.counts
    sums = [(c, replace(c, total=of)) for part, of in INCLUDED for c in counts if c.total == part]
    pairs = [(inner, outer, _said(inner, outer)) for inner, outer in (*cells.lattice.inclusions, *sums)]
    for inner, outer, same in (*pairs, *((one, other, True) for one, other in EQUAL)):
        if inner in number and outer in number:
            laws.pairs(*_there(cells.grid[number[outer]], cells.grid[number[inner]]), same)


def _said(inner: Count, outer: Count) -> bool:
    """Where all deliveries say what one of two counts asks for, which everybody knows, they are the same."""
    return inner.where > outer.where and all(map(says, inner.where - outer.where))


def _there(whole: Array, part: Array) -> tuple[Array, Array]:
    """Those pairs of which both are cells."""
    both = (whole >= 0) & (part >= 0)
    return whole[both], part[both]


def _structures(cells: Cells, laws: Laws, rang: Array) -> None:
    total, soins, others, clos, vain, useful = cells.structures.T
    modelled = np.flatnonzero(soins >= 0)
    row = np.concatenate([np.arange(len(modelled))] * 2)
    laws.total(total[modelled], row, np.concatenate([soins[modelled], others[modelled]]), True)
    laws.total(clos[modelled], row, np.concatenate([vain[modelled], useful[modelled]]), True)
    laws.pairs(total[modelled], clos[modelled], False)
    _in_place(cells, laws, Count(EXTERNES.relation, EXTERNES.year, frozenset({EXTERNES.where})), total)
    _in_place(cells, laws, TOP10, total[rang <= 10])


def _in_place(cells: Cells, laws: Laws, count: Count, parts: Array) -> None:
    """A count holds these parts of its place."""
    if count in cells.kinds.number:
        whole = cells.at(cells.kinds.number[count], cells.place[parts])
        wholes, row = np.unique(whole[whole >= 0], return_inverse=True)
        laws.total(wholes, row.ravel(), parts[whole >= 0], True)


def _territories(cells: Cells, laws: Laws) -> None:
    """A country is its regions, a region its organismes."""
    number = cells.kinds.number
    not_additive = [number[count] for count in NOT_ADDITIVE if count in number]
    parts = np.flatnonzero((cells.parents >= 0) & ~cells.unseen & ~np.isin(cells.what, not_additive))
    wholes, row = np.unique(cells.parents[parts], return_inverse=True)
    laws.total(wholes, row.ravel(), parts, True)


def _publics(cells: Cells, laws: Laws) -> None:
    """A public is part of everyone, with another that it has nobody in common with; some are a modality of everyone."""
    figures = np.flatnonzero(cells.what < len(cells.grid))
    place, what = cells.place[figures], cells.what[figures]
    whole = cells.at(what, cells.places.everyone[place])
    laws.pairs(*_there(whole, figures), False, weak=True)
    public = np.array([name[3] for name in cells.places.names])[place]
    for one, other in DISJOINT:
        beside = cells.at(what, cells.places.of_public(other)[place])
        both = np.flatnonzero((public == one) & (whole >= 0) & (beside >= 0))
        row = np.concatenate([np.arange(len(both))] * 2)
        laws.total(whole[both], row, np.concatenate([figures[both], beside[both]]), False, weak=True)
    for one, predicate in PUBLIC_AS.items():
        alias = _alias(cells, predicate)
        these = np.flatnonzero((public == one) & (alias[what] >= 0) & (whole >= 0))
        same = cells.at(alias[what[these]], cells.places.everyone[place[these]])
        other = same != whole[these]
        laws.pairs(*_there(same[other], figures[these[other]]), True)


def _alias(cells: Cells, predicate: str) -> Array:
    """Of each count, the one that asks this predicate besides, -1 for none."""
    number = cells.kinds.number
    out = np.full(len(cells.grid), -1)
    for count, k in number.items():
        out[k] = number.get(replace(count, where=shortest({*count.where, predicate})), -1)
    return out


def _between(cells: Cells, laws: Laws) -> None:
    """Numerator and what is between it and the denominator are the denominator; else it is at most that."""
    n, d, rest = cells.rows.T
    pair = (n >= 0) & (d >= 0) & (n != d) & cells.kinds.between[cells.kind]
    few = pair & (rest >= cells.between)
    pairs = np.unique(np.column_stack([n, d, rest])[few], axis=0)
    row = np.concatenate([np.arange(len(pairs))] * 2)
    laws.total(pairs[:, 1], row, np.concatenate([pairs[:, 0], pairs[:, 2]]), True)
    many = pair & ~few & (cells.value[d] - cells.value[n] > THRESHOLD - 0.5) & (cells.value[n] > 0.5)
    pairs = np.unique(np.column_stack([n, d])[many], axis=0)
    laws.pairs(pairs[:, 1], pairs[:, 0], False)
