"""What happens to a person: when the accompaniment opens, whether there was a doctor before, who comes back."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from pipelines.simulation import people
from pipelines.simulation.cases import Cases
from pipelines.simulation.closures import AGES, COORDINATES, ENDINGS, GRID, SUCCEEDED, years_of_age
from pipelines.simulation.shapes import Bools, Floats, Ints, days, shapes, whole
from pipelines.simulation.story import BACKLOG, STOP, TREND
from pipelines.simulation.targets import Targets

NOBODY = -1
DAYS = 10**6  # more than the days of any simulation

# --- openings and doctors -----------------------------------------------------------------------------------


def openings(rng: np.random.Generator, targets: Targets, cases: Cases, organisme: Ints) -> pl.Series:
    """The day each accompaniment opens: within days for most, later for some, never for a few."""
    shape, size = targets.assumptions["ouvertures"], len(cases)
    lasted = cases.end - cases.start
    soon = rng.lognormal(np.log(shape["mediane"]), shape["sigma"], size) * targets.story.trait("delai")[organisme]
    soon[rng.random(size) < shape["le_jour_meme"]] = 0
    late = shape["tard"] + rng.lognormal(np.log(shape["mediane_tard"]), shape["sigma_tard"], size)
    able = lasted >= shape["tard"]  # what is over before then opens in time
    share = _share_late(targets, cases, organisme) / max(float(able.mean()), 1e-9)
    waited = whole(np.where(able & (rng.random(size) < share), late, soon))
    waited = np.where(cases.ending == SUCCEEDED, np.minimum(waited, lasted), waited)
    never = np.array([shape["jamais"][name] for name in ENDINGS])[cases.ending]
    opened = (waited <= lasted) & (rng.random(size) >= never)
    for event in targets.story.of(STOP):
        opened &= (organisme != event.place) | (cases.start + waited < event.since)
    return pl.select(pl.when(pl.Series(opened)).then(days(cases.start + waited))).to_series()


def _share_late(targets: Targets, cases: Cases, organisme: Ints) -> Floats:
    """The chance of each accompaniment to open late, which trends and backlogs raise."""
    share = np.full(len(cases), targets.assumptions["ouvertures"]["part_tard"])
    for event in targets.story.of(TREND):
        share -= event.effect * np.clip((cases.start - event.since) / (event.until - event.since), 0, 1)
    for event in targets.story.of(BACKLOG):
        share += (1 - event.effect) * ((organisme == event.place) & (cases.start >= event.since))
    return share


def had_doctor(rng: np.random.Generator, targets: Targets, cases: Cases, organisme: Ints) -> pl.Series:
    """Whether each person had a médecin traitant at the opening; who has one at the end may have found one meanwhile."""
    shape, at_end = targets.assumptions["medecin_traitant"], cases.yes_no["medecin_traitant_fin"]
    found = np.where(cases.ending == SUCCEEDED, shape["trouve_succes"], shape["trouve_autrement"])
    found = np.minimum(found * targets.story.trait("medecin")[organisme], 1)
    had = np.select([at_end == 0, at_end == 1], [1 - found, np.full(len(cases), shape["perdu"])], shape["en_cours"])
    return pl.Series(rng.random(len(cases)) < had)


# --- persons ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Known:
    """The sex and day of birth of the person of each case, and the first case of that person."""

    sex: Ints
    birth: Ints
    person: Ints


def persons(rng: np.random.Generator, targets: Targets, cases: Cases, organisme: Ints) -> Known:
    """Who each case is about: some persons come back after a closure, some have two accompaniments at once."""
    sex = np.where(cases.sex > 1, rng.integers(0, 2, len(cases)), cases.sex)
    birth = people.birth_days(rng, years_of_age(rng, cases.cell), cases.start)
    person = np.arange(len(cases))
    before = _case_before(rng, targets, cases, organisme, sex)
    depth = _depths(before)
    for level in range(1, int(depth.max(initial=0)) + 1):
        here = np.flatnonzero(depth == level)
        same = _of_age(birth[before[here]], cases, here)
        here = here[same]
        birth[here], person[here] = birth[before[here]], person[before[here]]
    return Known(sex, birth, person)


def _case_before(rng: np.random.Generator, targets: Targets, cases: Cases, organisme: Ints, sex: Ints) -> Ints:
    """For each case the case of the same person before it, or NOBODY: somebody alike, who comes when awaited."""
    shape = targets.assumptions["retours"]
    age, _, helped, handicap = (c[cases.cell] for c in COORDINATES)
    alike = (((organisme * 2 + sex) * GRID[0] + age) * 2 + helped) * 2 + handicap
    moment = alike * DAYS + cases.start
    order = np.argsort(moment, kind="stable")
    at_once = rng.random(len(cases)) < shape["en_meme_temps"]
    returns = rng.random(len(cases)) < np.array([shape["part"][name] for name in ENDINGS])[cases.ending]
    gap = whole(rng.exponential(shape["delai_moyen"], len(cases)))
    awaited = np.where(at_once, cases.start + 1 + gap % shape["jours_en_meme_temps"], cases.end + 1 + gap)
    leaving = rng.permutation(np.flatnonzero((at_once | returns) & (age < len(AGES))))
    target = alike[leaving] * DAYS + awaited[leaving]
    found = order[np.minimum(np.searchsorted(moment[order], target), order.size - 1)]
    met = (moment[found] >= target) & (moment[found] <= target + shape["attente"])
    followers, first = np.unique(found[met], return_index=True)
    before = np.full(len(cases), NOBODY)
    before[followers] = leaving[met][first]
    return before


def _depths(before: Ints) -> Ints:
    """How many cases of the same person lie before each."""
    depth = np.zeros(before.size, dtype=np.int64)
    here = np.flatnonzero(before != NOBODY)
    ancestor = before[here]
    while here.size:
        depth[here] += 1
        further = before[ancestor] != NOBODY
        here, ancestor = here[further], before[ancestor[further]]
    return depth


def _of_age(birth: Ints, cases: Cases, at: Ints) -> Bools:
    """Whether somebody born then has the age class of the cases."""
    bounds = np.array([*shapes()["ages"].values(), (0, 0)])[COORDINATES[0][cases.cell[at]]]
    years = people.completed_years(birth, cases.start[at])
    return np.asarray((years >= bounds[:, 0]) & (years < bounds[:, 1]))
