"""A diffusion file without a search nor an audit: every count that is not 0 is hidden, which takes no time."""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import duckdb
import numpy as np

from pipelines.disclosure.audit.report import Audit, Line
from pipelines.disclosure.protection import diffusion
from pipelines.disclosure.protection.model import Row, Structure
from schemas.indicators.catalogue import BY_ID
from schemas.outputs.diffusion import counted, rests_on

ANY, NONE = 0, -1  # the one count, which is hidden, and no count


def all_hidden(con: duckdb.DuckDBPyConnection) -> diffusion.Choice:
    figures, rows, table, structures, region_of = diffusion.truth(con)
    hiding: Any = SimpleNamespace(model=_model(rows, structures), hidden=np.ones(1, bool))
    return diffusion.Choice(figures, rows, table, structures, region_of, hiding)


def without_audit(*_: object) -> Audit:
    return Audit(lines=[Line("", "", "", "sans audit", 0)])


def _model(rows: Sequence[Row], structures: Sequence[Structure]) -> SimpleNamespace:
    kinds = {row.kind for row in rows}
    sides = {kind: (*counted(BY_ID[kind[0]], *kind[1:]), rests_on(BY_ID[kind[0]], kind[1])) for kind in kinds}
    of, sums = [], []
    for row in rows:
        numerator, denominator, support = sides[row.kind]
        values = (row.numerateur if numerator else 0, row.denominateur if denominator else 0, 1 if support else 0)
        of.append(tuple(ANY if value else NONE for value in values))
        sums.append(numerator is None)
    return SimpleNamespace(rows=of, sums=sums, structures=[(ANY,) * len(s.counts) for s in structures])
