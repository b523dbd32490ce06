"""Declare a published table as a Dagster asset: named as the table, described, counted, its schema checked."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import dagster as dg

from pipelines.build import Build
from pipelines.checks import Finding, schema_finding
from schemas.outputs import BY_FULL_NAME, LAYERS, Output

Fill = Callable[[Build], None]
Check = Callable[[Build], Finding]

_TABLE_NAME = re.compile(rf"\b({'|'.join(LAYERS)})\.([a-z_0-9]+)")
_AFTER = re.compile(r"^-- after: (.*)$", re.MULTILINE)


def key_of(table: str) -> dg.AssetKey:
    return dg.AssetKey(table.split("."))


@dataclass(frozen=True)
class Recipe:
    """How one published table is made: what fills it, what it is made from, and the checks it must pass."""

    output: Output
    fill: Fill
    after: tuple[str, ...]
    checks: tuple[Check, ...]


def recipe(name: str, fill: Fill, after: Iterable[str] = (), checks: Sequence[Check] = ()) -> Recipe:
    """The recipe of table `name` ("detail.soins"), made from the tables or files of `after`."""
    return Recipe(BY_FULL_NAME[name], fill, tuple(sorted(set(after))), (schema_check(name), *checks))


def table(name: str, after: Iterable[str] = (), checks: Sequence[Check] = ()) -> Callable[[Fill], dg.AssetsDefinition]:
    """Decorate the function that fills a table, see `recipe`."""
    return lambda fill: together(name.replace(".", "__"), [recipe(name, fill, after, checks)])


def sql_table(path: Path) -> dg.AssetsDefinition:
    """The asset of a `.sql` file: one SELECT, named by its folder and file; it depends on the tables it names."""
    query = path.read_text(encoding="utf-8").strip().removesuffix(";")
    name = f"{path.parent.name}.{path.stem}"
    named = {".".join(found) for found in _TABLE_NAME.findall(query)}
    declared = {word for line in _AFTER.findall(query) for word in line.split()}

    def fill(build: Build) -> None:
        build.create(name, query)

    return table(name, (named | declared) - {name})(fill)


def schema_check(name: str) -> Check:
    def schema(build: Build) -> Finding:
        return schema_finding(build.con, BY_FULL_NAME[name])

    return schema


def together(step: str, recipes: Sequence[Recipe]) -> dg.AssetsDefinition:
    """One asset a table, made in one step: small tables of a kind share what Dagster spends on a step."""

    @dg.multi_asset(
        name=step,
        specs=[_spec(r) for r in recipes],
        check_specs=[
            dg.AssetCheckSpec(c.__name__, asset=key_of(r.output.full_name), blocking=True, description=c.__doc__)
            for r in recipes
            for c in r.checks
        ],
    )
    def made(build: dg.ResourceParam[Build]) -> Iterator[dg.MaterializeResult[None]]:
        for one in recipes:
            yield _made(build, one)

    return made


def _spec(one: Recipe) -> dg.AssetSpec:
    return dg.AssetSpec(
        key_of(one.output.full_name),
        group_name=one.output.layer,
        description=one.output.comment,
        deps=[key_of(name) for name in one.after],
        kinds={"duckdb"},
        metadata={"dagster/column_schema": column_schema(one.output)},
    )


def _made(build: Build, one: Recipe) -> dg.MaterializeResult[None]:
    one.fill(build)
    findings = [check(build) for check in one.checks]
    build.failures += [f.text for f in findings if not f.passed]
    build.checked += [
        (c.__name__, one.output.full_name, f.passed, f.text) for c, f in zip(one.checks, findings, strict=True)
    ]
    build.say(one.output.full_name)
    key = key_of(one.output.full_name)
    return dg.MaterializeResult(
        asset_key=key,
        metadata={"dagster/row_count": build.count(one.output.full_name)},
        check_results=[
            dg.AssetCheckResult(asset_key=key, check_name=c.__name__, passed=f.passed, metadata={"constat": f.text})
            for c, f in zip(one.checks, findings, strict=True)
        ],
    )


def column_schema(output: Output) -> dg.TableSchema:
    return dg.TableSchema([dg.TableColumn(c.name, c.sql, description=c.comment) for c in output.columns])
