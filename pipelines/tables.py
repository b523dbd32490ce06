"""Declare a published table as a Dagster asset: named as the table, described, counted, its schema checked."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
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


def table(name: str, after: Iterable[str] = (), checks: Sequence[Check] = ()) -> Callable[[Fill], dg.AssetsDefinition]:
    """Decorate the function that fills table `name` ("detail.soins"), made from the tables or files of `after`."""

    def decorate(fill: Fill) -> dg.AssetsDefinition:
        return _asset(BY_FULL_NAME[name], fill, sorted(set(after)), [schema_check(name), *checks])

    return decorate


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


def _asset(output: Output, fill: Fill, after: list[str], checks: list[Check]) -> dg.AssetsDefinition:
    key = key_of(output.full_name)
    specs = [dg.AssetCheckSpec(c.__name__, asset=key, blocking=True, description=c.__doc__) for c in checks]

    @dg.asset(
        key=key,
        group_name=output.layer,
        description=output.comment,
        deps=[key_of(name) for name in after],
        check_specs=specs,
        kinds={"duckdb"},
        metadata={"dagster/column_schema": column_schema(output)},
    )
    def made(build: dg.ResourceParam[Build]) -> Iterator[dg.MaterializeResult[None]]:
        fill(build)
        findings = [check(build) for check in checks]
        build.failures += [f.text for f in findings if not f.passed]
        build.say(output.full_name)
        yield dg.MaterializeResult(
            metadata={"dagster/row_count": build.count(output.full_name)},
            check_results=[
                dg.AssetCheckResult(check_name=c.__name__, passed=f.passed, metadata={"constat": f.text})
                for c, f in zip(checks, findings, strict=True)
            ],
        )

    return made


def column_schema(output: Output) -> dg.TableSchema:
    return dg.TableSchema([dg.TableColumn(c.name, c.sql, description=c.comment) for c in output.columns])
