"""Declare how a published table is made: what fills it, what it is made from, the checks it must pass.

A recipe knows nothing of who runs it: `adass refresh` makes the tables one after another in its own process
(`pipelines/refresh.py`), Dagster makes each an asset (`pipelines/definitions.py`).
"""

import fnmatch
import re
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pipelines.vintages.build import Build
from pipelines.vintages.checks import Finding, schema_finding
from schemas.outputs.columns import Output
from schemas.outputs.tables import BY_FULL_NAME, LAYERS

Fill = Callable[[Build], None]
Check = Callable[[Build], Finding]

_TABLE_NAME = re.compile(rf"\b({'|'.join(LAYERS)})\.([a-z_0-9]+)")
_BY = re.compile(r"^-- by: (.*)$", re.MULTILINE)  # the column whose values are made anew together
_AFTER = re.compile(r"^-- after: (.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Recipe:
    """How one published table is made; recipes of one `step` are made together by Dagster."""

    output: Output
    fill: Fill
    after: tuple[str, ...]
    checks: tuple[Check, ...]
    step: str

    @property
    def name(self) -> str:
        return self.output.full_name


def recipe(name: str, fill: Fill, after: Iterable[str] = (), checks: Sequence[Check] = ()) -> Recipe:
    """The recipe of table `name` ("detail.soins"), made from the tables or files of `after`."""
    step = name.replace(".", "__")
    return Recipe(BY_FULL_NAME[name], fill, tuple(sorted(set(after))), (schema_check(name), *checks), step)


def table(name: str, after: Iterable[str] = (), checks: Sequence[Check] = ()) -> Callable[[Fill], Recipe]:
    """Decorate the function that fills a table, see `recipe`."""
    return lambda fill: recipe(name, fill, after, checks)


def sql_table(path: Path) -> Recipe:
    """The recipe of a `.sql` file: one SELECT, named by its folder and file.

    It depends on the tables it names, and on those of its lines `-- after: detail.soins marts.*`.
    """
    query = path.read_text(encoding="utf-8").strip().removesuffix(";")
    name = f"{path.parent.name}.{path.stem}"
    named = {".".join(found) for found in _TABLE_NAME.findall(_AFTER.sub("", query))}
    declared = {found for line in _AFTER.findall(query) for word in line.split() for found in _meant(word)}
    by = _BY.search(query)

    def fill(build: Build) -> None:
        if not by:
            build.create(name, query)
        elif by[1] == "annee":
            build.renew(name, query)
        else:
            build.extend(name, query, by[1])

    return recipe(name, fill, (named | declared) - {name})


def _meant(word: str) -> list[str]:
    """The tables that a word of `-- after:` stands for; raises ValueError where there is none."""
    if not (found := fnmatch.filter(BY_FULL_NAME, word)):
        raise ValueError(f"-- after: {word}: no such table")
    return found


def together(step: str, recipes: Sequence[Recipe]) -> list[Recipe]:
    """Small tables made in one Dagster step, to share its overhead."""
    return [replace(one, step=step) for one in recipes]


def schema_check(name: str) -> Check:
    def schema(build: Build) -> Finding:
        return schema_finding(build.columns.get(name, []), build.outputs[name])

    return schema


def make(build: Build, one: Recipe) -> list[Finding]:
    """Fill a table, and return what each of its checks found; the failures are noted in the build."""
    begun = time.perf_counter()
    one.fill(build)
    findings = [check(build) for check in one.checks]
    build.durations[one.name] = time.perf_counter() - begun
    build.failures += [f.text for f in findings if not f.passed]
    build.checked += [(c.__name__, one.name, f.passed, f.text) for c, f in zip(one.checks, findings, strict=True)]
    build.say(one.name)
    return findings
