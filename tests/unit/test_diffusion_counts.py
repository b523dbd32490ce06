"""Every figure is classified: which persons it counts, or that it counts none, twice over."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from pipelines.disclosure.audit.attack import Problem, Reduced
from pipelines.disclosure.audit.relations import COUNTS, INCLUSIONS
from pipelines.disclosure.protection.hide import protect
from pipelines.disclosure.protection.lattice import lattice
from pipelines.disclosure.protection.model import build
from schemas.indicators.catalogue import CATALOGUE
from schemas.outputs.diffusion import closure, counted

PERSONS = [i for i in CATALOGUE if any(counted(i, next(iter(i.cases or i.totals or i.labels), "X:Y")))]


@pytest.mark.parametrize("indicator", CATALOGUE, ids=lambda i: i.id)
def test_hiding_and_audit_agree_on_what_counts_persons(indicator):
    modality = next(iter(indicator.cases or indicator.totals or indicator.labels), "X:Y")
    sides = [count is not None for count in counted(indicator, modality)]
    assert sides == [name is not None for name in COUNTS.get(indicator.id, (None, None))]


def _by_name():
    """The counts of the hiding by their name in the audit."""
    by_name = {}
    for i in PERSONS:
        for modality in i.cases or i.totals or i.labels or {"": ""}:
            for name, count in zip(COUNTS[i.id], counted(i, modality), strict=True):
                if name and not (i.then or "categorie" in name or "@" in name):
                    by_name.setdefault(name.replace("{m}", modality), set()).add(count)
    return by_name


def test_what_is_one_count_for_the_audit_is_one_for_the_hiding():
    assert {name: counts for name, counts in _by_name().items() if len(counts) > 1} == {}


def test_what_holds_another_count_for_the_audit_does_so_for_the_hiding():
    of = {name: next(iter(counts)) for name, counts in _by_name().items()}
    pairs = [(of[a], of[b]) for a, b in INCLUSIONS if a in of and b in of and of[a].space == of[b].space]
    assert len(pairs) > 10
    assert [(str(a), str(b)) for a, b in pairs if not closure(b.where) <= closure(a.where)] == []


def test_relations_are_in_the_same_order_whatever_the_seed_of_hashes():
    found = {
        subprocess.run(
            [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r}); "
             "import test_diffusion_counts as t; "
             "print([(str(g.whole), [str(p) for p in g.parts]) for g in t.lattice(t.every_count()).groups])"],
            check=True, capture_output=True, env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in "0123"
    }  # fmt: skip
    assert len(found) == 1


def every_count():
    """All counts of persons that figures show."""
    return {
        c
        for i in PERSONS
        for m in i.cases or i.totals or i.labels or {"": ""}
        for c in counted(i, m)
        if c and not (c.lag or c.everyone)
    }


def test_categories_make_up_their_families():
    sizes = {str(g.whole): len(g.parts) for g in lattice(every_count()).groups if "categorie" in str(g.parts[0])}
    assert sizes["parcours/annee_detection[famille_detecteur = 'PARTENAIRES']"] == 5


def test_without_persons_nothing_is_hidden_and_nothing_found():
    model = build([], [], {})
    hiding = protect(model, np.full(len(model.x), np.inf))
    assert (hiding.hidden.tolist(), hiding.open) == ([], [])
    assert Reduced(Problem(), 11).open([], 9) == set()


def test_a_caisse_alone_in_its_region_narrows_its_publics_but_not_what_its_own_rows_say():
    problem = Problem()
    place = {name: (2025, *name) for name in (("organisme", "571"), ("region", "44"))}
    own = problem.count(("C", (*place["organisme", "571"], "ensemble")), 1)
    region = problem.count(("C", (*place["region", "44"], "ensemble")), 1)
    unemployed = problem.count(("C", (*place["region", "44"], "sans_emploi")), 1)
    problem.relate([own], [region], equal=True)
    problem.relate([unemployed], [region], equal=False)
    reduced = Reduced(problem, 11)
    found = reduced.of_others(np.array([own]), 9, np.zeros(3, bool))
    assert reduced.knowing(np.array([own]), 9).tolist() == [own, region, unemployed]
    assert found == [unemployed]
