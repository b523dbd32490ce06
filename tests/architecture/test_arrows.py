"""The arrows of the design: schemas <- pipelines <- assets, schemas <- dashboards; one composition root."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HOUSES = ("schemas", "pipelines", "assets", "dashboards")
MAY_IMPORT = {
    "schemas": {"schemas"},
    "pipelines": {"schemas", "pipelines"},
    "assets": {"schemas", "pipelines", "assets"},
    "dashboards": {"schemas", "dashboards"},
}
# of the tables, and of what Dagster sees
COMPOSITION_ROOTS = {Path("pipelines/recipes.py"), Path("pipelines/definitions.py")}
REPORTS = Path("assets/rapport")  # the one layer of assets that knows the dashboards
MODULES = sorted(p.relative_to(ROOT) for house in HOUSES for p in (ROOT / house).rglob("*.py"))


def imported_houses(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            names.add((node.module or "").split(".")[0])
    return names & set(HOUSES)


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_imports_follow_the_arrows(module):
    allowed = MAY_IMPORT[module.parts[0]] | ({"assets"} if module in COMPOSITION_ROOTS else set())
    allowed |= {"dashboards"} if module.is_relative_to(REPORTS) else set()
    assert imported_houses(ROOT / module) <= allowed


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_annotations_are_not_postponed(module):
    """Postponed annotations break the typed context of a Dagster asset."""
    assert "from __future__ import annotations" not in (ROOT / module).read_text(encoding="utf-8")


def test_the_audit_shares_nothing_with_the_code_that_hides():
    imported = {
        name
        for path in (ROOT / "pipelines/disclosure/audit").glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [])
        + ([alias.name for alias in node.names] if isinstance(node, ast.Import) else [])
    }
    assert {n for n in imported if n.startswith("pipelines.")} == {
        "pipelines.disclosure.audit.attack",
        "pipelines.disclosure.audit.relations",
        "pipelines.disclosure.linear",
        "pipelines.disclosure.neighbours",
        "pipelines.computing.thematic",
    }
    assert not {n for n in imported if n.startswith("schemas.outputs.diffusion")}
