"""Which dimensions explain a gap most, for who names none.

What a dimension explains is what its weights make of the gap, and what its groups do otherwise than the whole beyond the
reach of chance: the excess, over 1.96 standard errors, of each group's part in the change over the part it would have had
in a change common to all, halved since what one group gains others lose.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from dashboards.analysis.explaining import Explained, explain
from dashboards.analysis.questions import Question, Unanswerable
from dashboards.analysis.verdicts import SIGMAS, Numbers
from dashboards.published.reading import ORGANISME, REGION, Edition
from schemas.indicators.dimensions import DIMENSIONS, Dimension
from schemas.indicators.indicator import NOMBRE


@dataclass(frozen=True)
class Ranked:
    """A dimension, the gap taken apart by it, and how much of it that explains, in the unit of the measure."""

    dimension: Dimension
    answer: Explained
    explains: float


def ranked(
    edition: Edition, before: Question, after: Question, among: Sequence[Dimension] = DIMENSIONS
) -> tuple[Ranked, ...]:
    """The declared dimensions, those that explain most first. Raises Unanswerable where none can be tried."""
    left_out = {"annee"} | ({REGION, ORGANISME} if before.territoire != after.territoire else set())
    found, refusal = [], None
    for dimension in (d for d in among if d.name not in left_out):
        try:
            answer = explain(edition, *(replace(q, par=(dimension.name,)) for q in (before, after)))
        except Unanswerable as error:
            refusal = error
        else:
            if _tells(answer):
                found.append(Ranked(dimension, answer, _explains(answer)))
    if not found and refusal:
        raise refusal
    return tuple(sorted(found, key=lambda r: -r.explains))


def _tells(answer: Explained) -> bool:
    """Whether a dimension parts the cases, and is not the measure itself by another name: groups all at 0 or 1."""
    if answer.table.height < 2 or answer.rate is None:
        return False
    values = pl.concat([answer.table["valeur_avant"], answer.table["valeur_apres"]]).drop_nulls()
    return answer.measure.unit == NOMBRE or not values.is_in([0.0, 1.0]).all()


def _explains(answer: Explained) -> float:
    parts = answer.table["effet_taux"].to_numpy() - _common(answer)
    errors = np.nan_to_num(answer.errors, nan=np.inf)
    beyond = np.maximum(np.abs(parts) - SIGMAS * errors, 0.0)
    return abs(answer.composition or 0.0) + float(beyond.sum()) / 2


def _common(answer: Explained) -> Numbers:
    """What each group would have in a change common to all; of a group that is on one side only, what it has."""
    before, after = (answer.table[name].to_numpy() for name in ("valeur_avant", "valeur_apres"))
    if answer.measure.unit == NOMBRE:
        return before * ((answer.gap or 0.0) / (answer.before.value or np.nan))
    weights = (answer.table["poids_avant"].to_numpy() + answer.table["poids_apres"].to_numpy()) / 2
    return np.where(np.isnan(before + after), 0.0, weights * (answer.rate or 0.0))
