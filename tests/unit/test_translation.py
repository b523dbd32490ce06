"""Every SQL text that an engine may be given is known to mean the same on Spark; no virtual machine is needed to say so."""

import polars as pl
import pytest

from pipelines.computing.engine import DuckDB
from pipelines.refresh import refresh
from schemas.indicators.catalogue import CATALOGUE
from schemas.indicators.indicator import LEVELS
from schemas.indicators.measures import figure_sql
from schemas.outputs.tables import BY_FULL_NAME
from tests.samples.exports import accompagnement, bali

pytest.importorskip("sqlglot", reason="an extra, which `make test` installs")
from pipelines.computing.translation import to_spark, view_of

# made from rows that are not yet settled, or without SQL
OF_A_PAST = {"marts.atterrissage"}  # of a single year nothing is landed
OF_THE_DOOR = {"detail.enquete_action_partenaires", "marts.indicateurs"}


def test_every_query_of_a_refresh_is_translated(raw, tmp_path):
    bali(raw, "2025-01-20", accompagnements=[accompagnement(clos="2024-03-01")])
    queries: list[str] = []
    filled: set[str] = set()

    class Recording(DuckDB):
        def insert(self, table: str, query: str) -> None:
            queries.append(query)
            filled.add(table)
            super().insert(table, query)

        def append(self, table: str, rows: pl.DataFrame) -> None:
            filled.add(table)
            super().append(table, rows)

        def frame(self, query: str) -> pl.DataFrame:
            queries.append(query)
            return super().frame(query)

        def keep(self, name: str, query: str) -> None:
            queries.append(query)
            super().keep(name, query)

    refresh(raw, tmp_path / "marts", quiet=True, start_engine=Recording)
    assert filled >= {name for name in BY_FULL_NAME if name.startswith("marts.")} - OF_A_PAST
    assert filled >= {"detail.parcours_reperes", "detail.soins_distincts", "detail.orientations", "ref.annees"}
    read = {table for query in queries for table in to_spark(query).tables}
    views = {o.full_name: to_spark(o.view).tables for o in BY_FULL_NAME.values() if o.view}
    assert views
    relations = {i.base.relation for i in CATALOGUE}
    assert read >= relations - views.keys()  # of a view is read what lies below it
    assert read >= {"detail.accompagnements", "detail.parcours_reperes"}
    controls = ("controle.livraisons", "controle.inconnus")
    assert not {table for table in read if not table.startswith(("ref.", "detail.", "marts.", *controls))}


@pytest.mark.parametrize("level", LEVELS)
def test_the_query_shown_beside_a_figure_is_translated(level):
    shown = [sql for i in CATALOGUE if (sql := figure_sql(i, 2024, level, "84", "jeunes"))]
    assert len(shown) > 100
    assert all(to_spark(sql).tables for sql in shown)


@pytest.mark.parametrize(
    "expression",
    [
        "date_diff('year', date_saisine, date_cloture)",  # DuckDB counts the new years between, Spark whole years
        "EXTRACT(isodow FROM date_saisine)",
        "date_trunc('week', date_saisine)",
        "quantile_cont(duree_jours, 0.5)",
        "strip_accents(structure)",
        "LEAST(age, duree_jours)",
        "ROUND(age / 2)",
        "STRING_AGG(structure, ',')",
        "age // 10",
        "structure ~ 'X'",
    ],
)
def test_what_was_not_compared_is_refused(expression):
    with pytest.raises(ValueError, match="not compared between DuckDB and Spark"):
        to_spark(f"SELECT {expression} FROM detail.accompagnements")


@pytest.mark.parametrize(
    ("query", "spark"),
    [
        ("SELECT a FROM detail.soins AS s ORDER BY a", "SELECT a FROM detail__soins AS s ORDER BY a NULLS LAST"),
        ("SELECT a FROM passe_1 ORDER BY a DESC", "SELECT a FROM passe_1 ORDER BY a DESC"),
        ("SELECT POSITION(':' IN a) FROM t", "SELECT LOCATE(':', a) FROM t"),
        ("SELECT CAST(a AS VARCHAR) || 'b' FROM t", "SELECT CAST(a AS STRING) || 'b' FROM t"),
        ("SELECT MEDIAN(a) FROM t", "SELECT MEDIAN(a) FROM t"),
    ],
)
def test_where_the_dialects_differ(query, spark):
    assert to_spark(query).sql == spark


def test_names_of_tables_and_of_what_was_kept():
    found = to_spark("WITH c AS (SELECT x FROM detail.soins) SELECT c.x FROM c JOIN passe_1 USING (x), ref.annees AS a")
    assert found.tables == {"detail.soins", "ref.annees"}
    assert found.names == {"c", "passe_1"}
    assert view_of("detail.soins") in found.sql
