"""Everything declared is described, made and reachable; adding one thing in one place is enough."""

import re
from pathlib import Path

import pytest

from pipelines.definitions import ASSETS, defs, key_of
from schemas.exports.declarations import Table
from schemas.exports.rules import REGLES
from schemas.exports.sources import SOURCES
from schemas.indicators.catalogue import CATALOGUE
from schemas.outputs.tables import OUTPUTS

ROOT = Path(__file__).parents[2]
TABLES = [t for s in SOURCES for t in s.tables]
NOT_ABOUT_PERSONS = ("annee", "rang", "duree_", "delai_", "age", "part_", "taux_", "montant", "budget", "evolution", "note",
                     "actions", "organismes", "structures", "jours")  # fmt: skip
ANY_FIGURE = {"indicateurs", "signaux"}  # of which a column holds counts, parts and durations


def test_every_published_table_is_one_asset_named_as_it_and_described():
    made = {key for asset in ASSETS if hasattr(asset, "node_def") for key in asset.keys}
    assert made == {key_of(o.full_name) for o in OUTPUTS} | {key_of("publication")}
    graph = defs.resolve_asset_graph()
    assert all(graph.get(key).description for key in made)


def test_the_publication_waits_for_every_table():
    graph = defs.resolve_asset_graph()
    assert graph.get(key_of("publication")).parent_keys == {key_of(o.full_name) for o in OUTPUTS}


@pytest.mark.parametrize("output", OUTPUTS, ids=lambda o: o.full_name)
def test_tables_and_columns_have_a_comment(output):
    assert output.comment.endswith(".")
    assert len({c.name for c in output.columns}) == len(output.columns)
    for column in output.columns:
        assert re.fullmatch(r"[a-z][a-z0-9_]*", column.name)
        assert len(column.comment) > 2


@pytest.mark.parametrize("output", [o for o in OUTPUTS if o.layer == "marts"], ids=lambda o: o.name)
def test_marts_keep_to_the_fixed_columns_and_to_whole_numbers_for_persons(output):
    names = [c.name for c in output.columns]
    assert [name for name in names if name != "mois"][:3] == ["annee", "niveau", "territoire"]
    for column in output.columns:
        if column.name.startswith(("part_", "taux_")):
            assert column.sql == "DOUBLE"
        if column.sql == "DOUBLE" and output.name not in ANY_FIGURE:  # persons are counted in whole numbers
            assert column.name == "part" or column.name.startswith(NOT_ABOUT_PERSONS)


@pytest.mark.parametrize("table", TABLES, ids=lambda t: f"{t.source}.{t.name}")
def test_columns_and_rules_of_the_exports(table: Table):
    assert table.description.endswith(".")
    for column in table.columns:
        assert column.header and column.description
        assert {column.missing, column.unreadable} - {None} <= set(REGLES)
    assert {rule.code for rule in table.rules} <= set(REGLES)
    assert {rule.column for rule in table.rules} <= {c.name for c in table.columns}
    assert set(table.key) <= {c.name for c in table.columns}


def test_every_rule_is_used():
    used = {"R12", "A06"} | {r for t in TABLES for r in (t.orphan, t.stranger) if r}
    used |= {rule for t in TABLES for c in t.columns for rule in (c.missing, c.unreadable) if rule}
    used |= {rule.code for t in TABLES for rule in t.rules}
    assert used == set(REGLES)


@pytest.mark.parametrize("indicator", CATALOGUE, ids=lambda i: i.id)
def test_an_indicator_is_defined_in_words(indicator):
    assert re.fullmatch(r"[a-z_]+\.[a-z0-9_]+", indicator.id)
    assert indicator.label and indicator.slide and indicator.base.words
    assert indicator.definition.endswith(".")


def test_nothing_of_the_workplace_is_named_in_the_repository():
    names = ("../shared", "pypi.org/simple", "farm-", "/work/")
    texts = [p for house in ("schemas", "pipelines", "assets", "dashboards", "docs", "benchmarks") for p in (ROOT / house).rglob("*")
             if p.suffix in {".py", ".sql", ".md", ".toml", ".csv"}]  # fmt: skip
    for path in [
        *texts,
        ROOT / "README.md",
        ROOT / "Makefile",
        ROOT / "pyproject.toml",
        ROOT / "requirements.lock",
        ROOT / "requirements-spark.lock",
    ]:
        content = path.read_text(encoding="utf-8")
        assert not [name for name in names if name in content], path
