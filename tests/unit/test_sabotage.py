"""One value that was hidden to protect others is shown after all: the audit sees it whenever it gives a count away."""

import random

import numpy as np
import pytest

from pipelines.disclosure.audit.attack import Problem, Reduced
from pipelines.disclosure.protection.hide import protect
from pipelines.disclosure.protection.model import Row, build
from schemas.outputs.diffusion import THRESHOLD, WIDTH

YEAR, EVERYONE = 2024, "ensemble"
COUNTRY = ("national", "FR")
Territory = tuple[str, str]


def _country(chance: random.Random) -> tuple[dict[Territory, int], dict[Territory, Territory]]:
    """The persons of each territory, few here and many there, and the territory that each is part of."""
    values: dict[Territory, int] = {COUNTRY: 0}
    parents: dict[Territory, Territory] = {}
    for r in range(chance.randint(2, 4)):
        region = ("region", f"{r + 1:02}")
        parents[region] = COUNTRY
        for c in range(chance.randint(1, 4)):
            caisse = ("organisme", f"{r + 1}{c + 1:02}")
            parents[caisse] = region
            values[caisse] = chance.choice((chance.randint(1, 10), chance.randint(11, 60)))
            values[region] = values.get(region, 0) + values[caisse]
        values[COUNTRY] += values[region]
    return values, parents


def _hidden(
    values: dict[Territory, int], parents: dict[Territory, Territory]
) -> tuple[set[Territory], list[dict[Territory, float]]]:
    """What is hidden, and other values with which all that is shown is the same."""
    territories = list(values)
    rows = [Row((YEAR, *t, EVERYONE), "clotures.nombre", "", values[t], None) for t in territories]
    regions = {t[1]: p[1] for t, p in parents.items() if t[0] == "organisme"}
    model = build(rows, [], regions, [])
    hiding = protect(model, np.full(len(model.x), np.inf))
    at = {t: n for t, (n, *_) in zip(territories, model.rows, strict=True)}
    claims = []
    for counts, other in hiding.met:
        x = model.x.copy()
        x[counts] = other
        claims.append({t: float(x[n]) for t, n in at.items()})
    return {t for t, n in at.items() if hiding.hidden[n]}, claims


def _given_away(
    values: dict[Territory, int], parents: dict[Territory, Territory], hidden: set[Territory]
) -> set[Territory]:
    """The hidden small counts that have not `WIDTH` + 1 possible values, each value being tried."""
    children: dict[Territory, list[Territory]] = {}
    for t, parent in parents.items():
        children.setdefault(parent, []).append(t)

    def bounds(t: Territory, tried: dict[Territory, int]) -> tuple[float, float] | None:
        low, high = 0.0, np.inf
        if t in children:
            parts = [bounds(c, tried) for c in children[t]]
            if any(part is None for part in parts):
                return None
            low, high = (sum(part[k] for part in parts if part) for k in (0, 1))
        exact = tried.get(t, None if t in hidden else values[t])
        if exact is None:
            return low, high
        return (exact, exact) if low <= exact <= high else None

    return {
        t
        for t in hidden
        if values[t] < THRESHOLD
        and sum(bounds(COUNTRY, {t: v}) is not None for v in range(max(values.values()) + 100)) <= WIDTH
    }


def _found(
    values: dict[Territory, int],
    parents: dict[Territory, Territory],
    hidden: set[Territory],
    claims: list[dict[Territory, float]],
) -> set[Territory]:
    """The same as the audit finds them, with or without claims that may no longer hold."""
    problem = Problem()
    at = {t: problem.count(("C", (YEAR, *t, EVERYONE)), values[t]) for t in values}
    for t, i in at.items():
        problem.known[i] = t not in hidden
    for whole in set(parents.values()):
        problem.relate([at[t] for t, p in parents.items() if p == whole], [at[whole]], equal=True)
    reduced = Reduced(problem, THRESHOLD)
    places = [problem.names[i][1] for i in reduced.unknown]
    others = [(np.array([at[t] for t in x]), np.zeros(len(x), int), np.array(list(x.values()))) for x in claims]
    opened = reduced.open([(p[0], "", p[2], p[3]) for p in places], WIDTH, others)
    pinned = {t for t in hidden if values[t] < THRESHOLD and at[t] not in set(reduced.unknown.tolist())}
    return pinned | {places[k][1:3] for k in opened}


@pytest.mark.parametrize("seed", range(34))
def test_what_is_hidden_gives_nothing_away_and_any_sabotage_that_does_is_caught(seed):
    values, parents = _country(random.Random(seed))
    hidden, claims = _hidden(values, parents)
    assert {t for t, n in values.items() if n < THRESHOLD} <= hidden
    assert _given_away(values, parents, hidden) == set()
    assert _found(values, parents, hidden, []) == _found(values, parents, hidden, claims) == set()
    for shown in sorted(t for t in hidden if values[t] >= THRESHOLD):
        left = hidden - {shown}
        given_away = _given_away(values, parents, left)
        assert _found(values, parents, left, []) == _found(values, parents, left, claims) == given_away, shown
