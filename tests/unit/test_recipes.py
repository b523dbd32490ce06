"""What a `.sql` file says of the tables it is made from."""

from pathlib import Path

import pytest

from pipelines.recipes import RECIPES
from pipelines.tables import sql_table
from schemas.outputs.tables import OUTPUTS


def written(folder: Path, *lines: str) -> Path:
    """A query for `controle.rejets`."""
    path = folder / "controle" / "rejets.sql"
    path.parent.mkdir()
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_a_query_waits_for_the_tables_it_names_and_for_those_it_says(tmp_path):
    query = "SELECT * FROM ref.regles JOIN controle.rejets USING (regle)"
    found = sql_table(written(tmp_path, "-- after: detail.soins marts.structures", "-- after: ref.annees", query))
    assert found.after == ("detail.soins", "marts.structures", "ref.annees", "ref.regles")


def test_a_star_stands_for_every_table_of_a_layer(tmp_path):
    found = sql_table(written(tmp_path, "-- after: detail.* detail.enquete_*", "SELECT 1"))
    assert found.after == tuple(sorted(o.full_name for o in OUTPUTS if o.layer == "detail"))


@pytest.mark.parametrize("word", ["detail.soin", "details.*", "*.nulle_part"])
def test_a_word_that_means_no_table_is_refused(tmp_path, word):
    with pytest.raises(ValueError, match="no such table"):
        sql_table(written(tmp_path, f"-- after: {word}", "SELECT 1"))


def test_what_tells_of_all_deliveries_waits_for_every_table_of_the_detail():
    order = [one.name for one in RECIPES]
    last = max(order.index(name) for name in order if name.startswith("detail."))
    for name in ("controle.livraisons", "controle.rejets", "controle.alertes", "controle.derives"):
        assert order.index(name) > last, name
