"""What a measure counts, whatever is unknown of the rows."""

import duckdb
import pytest

from schemas.indicators.measures import measure

ROWS = "(VALUES (TRUE, 2), (TRUE, NULL), (FALSE, 5), (NULL, 7)) AS t (x, n)"


@pytest.mark.parametrize(
    ("rows", "figures"),
    [(ROWS, (2, 2, 1)), (f"(FROM {ROWS} WHERE x IS NULL)", (0, 0, 0)), (f"(FROM {ROWS} WHERE n > 9)", (0, 0, 0))],
    ids=["some", "none known", "none"],
)
def test_a_measure_over_rows_of_which_the_predicate_is_unknown(rows, figures):
    measures = (measure("x"), measure("x", total="n"), measure("x", distinct="n"))
    assert duckdb.execute(f"SELECT {', '.join(measures)} FROM {rows}").fetchone() == figures
