"""The arrows of the design: schemas <- pipelines <- assets, schemas <- dashboards; and those between rooms."""

import ast
from graphlib import TopologicalSorter
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
MOST_ENTRIES = 18  # at the top of a house: more, and a newcomer cannot tell a room from a corridor

# The rooms and modules of each house, lowest first: each imports only those before it.
ORDER = {
    "schemas": ("text", "nomenclatures", "publics", "exports", "indicators", "outputs", "publications", "context"),
    "pipelines": (
        "version", "errors", "identity", "reading", "adoption", "computing", "vintages", "intake", "disclosure", "tables", "recipes",
        "refresh", "simulation", "operating", "documentation", "definitions", "cli",
    ),
    "dashboards": (
        "theme", "formats", "access", "published", "analysis", "figures", "slides", "content", "charts", "revisions",
        "deck", "sql", "opendata", "web", "views", "app", "launch",
    ),
}  # fmt: skip


def named(module: Path) -> str:
    return ".".join(module.with_suffix("").parts).removesuffix(".__init__")


BY_NAME = {named(module): module for module in MODULES}


def imported(path: Path) -> set[str]:
    """The modules of the four houses that a file imports."""
    found: set[str] = set()
    for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            full = {alias.name: f"{node.module}.{alias.name}" for alias in node.names}
            found |= {name if name in BY_NAME else str(node.module) for name in full.values()}
    return {name for name in found if name.split(".")[0] in HOUSES}


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_imports_follow_the_arrows(module):
    allowed = MAY_IMPORT[module.parts[0]] | ({"assets"} if module in COMPOSITION_ROOTS else set())
    allowed |= {"dashboards"} if module.is_relative_to(REPORTS) else set()
    assert {name.split(".")[0] for name in imported(module)} <= allowed


@pytest.mark.parametrize("house", ORDER)
def test_every_room_has_its_place(house):
    entries = {p.name for p in (ROOT / house).iterdir() if p.name != "__pycache__"}
    assert {e.removesuffix(".py") for e in entries if e.endswith(".py") or "." not in e} - {"__init__"} == set(
        ORDER[house]
    )
    assert len(entries) <= MOST_ENTRIES


@pytest.mark.parametrize("module", [m for m in MODULES if m.parts[0] in ORDER and m.name != "__init__.py"], ids=str)
def test_rooms_import_what_lies_below_them(module):
    house, *inner = named(module).split(".")
    order = ORDER[house]
    own = {name.split(".")[1] for name in imported(module) if name.startswith(f"{house}.")}
    assert max((order.index(room) for room in own), default=0) <= order.index(inner[0])


def test_what_notebooks_import_is_made_of_the_analysis_alone():
    assert {name.rpartition(".")[0] for name in imported(Path("adass/__init__.py"))} == {"dashboards.analysis"}


def test_no_module_imports_itself_in_a_circle():
    list(TopologicalSorter({named(m): imported(m) - {named(m)} for m in MODULES}).static_order())


@pytest.mark.parametrize("module", [m for m in MODULES if m.name == "__init__.py"], ids=str)
def test_every_room_says_in_one_sentence_what_it_is_for(module):
    tree = ast.parse((ROOT / module).read_text(encoding="utf-8"))
    assert len(tree.body) == 1
    assert (ast.get_docstring(tree) or "").count(". ") <= 1


def test_nobody_imports_what_another_module_keeps_to_itself():
    private = [
        f"{module}: {alias.name}"
        for module in MODULES
        for node in ast.walk(ast.parse((ROOT / module).read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and str(node.module).split(".")[0] in HOUSES
        for alias in node.names
        if alias.name.startswith("_")
    ]
    assert private == []


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_annotations_are_not_postponed(module):
    """Postponed annotations break the typed context of a Dagster asset."""
    assert "from __future__ import annotations" not in (ROOT / module).read_text(encoding="utf-8")


def test_no_test_imports_a_test():
    for path in (ROOT / "tests").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            own = [n for n in names if n.startswith(("test", "tests."))]
            assert not [n for n in own if n.rsplit(".", 1)[-1].startswith("test_")], path


def test_the_audit_shares_nothing_with_the_code_that_hides():
    found = {name for m in MODULES if m.is_relative_to("pipelines/disclosure/audit") for name in imported(m)}
    assert {n for n in found if n.startswith("pipelines.")} == {
        "pipelines.disclosure.audit.attack",
        "pipelines.disclosure.audit.relations",
        "pipelines.disclosure.linear",
        "pipelines.disclosure.neighbours",
        "pipelines.computing.thematic",
    }
    assert not {n for n in found if n.startswith("schemas.outputs.diffusion")}
