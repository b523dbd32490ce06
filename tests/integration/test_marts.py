"""The published file: every table is there, filled, commented, and the thematic marts agree with the indicators."""

import pytest

from pipelines.refresh import refresh
from pipelines.simulation.generic import simulate
from schemas.outputs.marts import THEMATIC
from schemas.outputs.tables import OUTPUTS
from tests.integration.conftest import reader

BALI_MARTS = [
    m for m in THEMATIC if m.name in ("detections", "clotures", "durees", "profils", "thematiques", "soins", "gains")
]


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    place = tmp_path_factory.mktemp("marts")
    simulate(place / "raw", years=[2023, 2024], accompaniments=3_000, seed=7)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ADASS_CLE", "clé de test, sans valeur")
        refresh(place / "raw", place / "marts", quiet=True)
    with reader(place / "marts") as query:
        yield query


def test_the_file_holds_the_declared_tables_and_nothing_else(published):
    found = published("SELECT schema_name || '.' || table_name FROM duckdb_tables() ORDER BY 1")
    assert [name for (name,) in found] == sorted(o.full_name for o in OUTPUTS if not o.view)
    views = published("SELECT schema_name || '.' || view_name FROM duckdb_views() WHERE NOT internal ORDER BY 1")
    assert [name for (name,) in views] == sorted(o.full_name for o in OUTPUTS if o.view)


def test_every_table_and_column_is_commented_in_the_file(published):
    comments = dict(
        published(
            "SELECT schema_name || '.' || table_name, comment FROM duckdb_tables() "
            "UNION ALL SELECT schema_name || '.' || view_name, comment FROM duckdb_views() WHERE NOT internal"
        )
    )
    assert comments == {o.full_name: o.comment for o in OUTPUTS}
    assert (
        published("SELECT table_name, column_name FROM duckdb_columns() WHERE NOT internal AND comment IS NULL") == []
    )


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("SELECT DISTINCT {c} FROM {t} ORDER BY {c}", "SELECT DISTINCT {c} FROM {t} ORDER BY CAST({c} AS VARCHAR)"),
        ("SELECT MIN({c}), MAX({c}) FROM {t}", "SELECT MIN(CAST({c} AS VARCHAR)), MAX(CAST({c} AS VARCHAR)) FROM {t}"),
        ("SELECT COUNT(*) FROM {t} WHERE {c} > 'H'", "SELECT COUNT(*) FROM {t} WHERE CAST({c} AS VARCHAR) > 'H'"),
        ("SELECT COUNT(*) FROM {t} WHERE {c} IN ('INCONNU')", "SELECT 0"),
        ("SELECT COUNT(COALESCE({c}, 'non renseigné') || '.') FROM {t}", "SELECT COUNT(*) FROM {t}"),
        (
            "SELECT COUNT({c}) FROM {t}",
            "SELECT COUNT(*) FROM {t} JOIN ref.nomenclatures ON nomenclature = '{c}' AND code = {c}",
        ),
    ],
    ids=["order", "least and greatest", "comparison", "unknown code", "text", "join"],
)
@pytest.mark.parametrize(
    ("table", "column"),
    [
        (o.full_name, c.name)
        for o in OUTPUTS
        if o.name in {"accompagnements", "actions", "soins"}
        for c in o.columns
        if c.codes
    ],
)
def test_a_code_is_used_as_a_text_is(published, table, column, query, text):
    assert published(query.format(t=table, c=column)) == published(text.format(t=table, c=column))


@pytest.mark.parametrize("mart", BALI_MARTS, ids=lambda m: m.name)
def test_a_thematic_mart_is_filled_and_agrees_with_the_indicators(published, mart):
    ((rows, places, publics),) = published(
        f"SELECT COUNT(*), COUNT(DISTINCT territoire), COUNT(DISTINCT public) FROM marts.{mart.name}"
    )
    assert rows > 500
    assert places > 100
    assert publics == 6
    assert (
        published(f"SELECT annee, niveau, territoire, public FROM marts.{mart.name} GROUP BY ALL HAVING COUNT(*) > 1")
        == []
    )
    for column in mart.columns:
        differing = published(
            f"""SELECT COUNT(*), COUNT({column.name}) FROM marts.{mart.name} AS m LEFT JOIN marts.indicateurs AS i
            ON i.annee = m.annee AND i.niveau = m.niveau AND i.territoire = m.territoire AND i.public = m.public
              AND i.indicateur = '{column.indicator}' AND i.modalite = '{column.modality}'
            WHERE m.{column.name} IS DISTINCT FROM i.{column.figure}"""
        )
        assert differing == [(0, 0)], column.name


def test_no_mart_column_is_empty_everywhere(published):
    for mart in BALI_MARTS:
        counts = published(f"SELECT {', '.join(f'COUNT({c.name})' for c in mart.columns)} FROM marts.{mart.name}")[0]
        assert [c.name for c, n in zip(mart.columns, counts, strict=True) if not n] == []


def test_years_are_complete_when_all_their_months_are_there_and_a_delivery_came_after(published):
    assert published("SELECT annee, complete FROM ref.annees WHERE source = 'bali' ORDER BY annee") == [
        (2023, True),
        (2024, True),
    ]


def test_codes_have_labels(published):
    for column in ("motif_cloture", "categorie_detecteur", "tranche_age"):
        assert published(
            f"SELECT DISTINCT {column} FROM detail.accompagnements WHERE {column} IS NOT NULL "
            f"EXCEPT SELECT code FROM ref.nomenclatures WHERE nomenclature = '{column}'"
        ) == []  # fmt: skip


def test_structures_are_ranked_without_ties(published):
    assert (
        published(
            "SELECT annee, niveau, territoire FROM marts.structures GROUP BY ALL HAVING MAX(rang) <> COUNT(*) OR MIN(rang) <> 1 "
            "OR COUNT(DISTINCT rang) <> COUNT(*)"
        )
        == []
    )
    assert published("SELECT COUNT(*) FROM marts.structures WHERE rang = 1 AND niveau = 'national'") == [(2,)]
