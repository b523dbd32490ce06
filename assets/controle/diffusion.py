"""The diffusion file, and its audit."""

import gc
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import duckdb
import polars as pl

from pipelines.disclosure.audit.report import Audit, Claims, Setting, audit
from pipelines.disclosure.protection.diffusion import Choice, protect, write
from pipelines.tables import table
from pipelines.vintages.build import Build
from pipelines.vintages.checks import Finding
from schemas.outputs.diffusion import CUBES, DIFFUSED, THRESHOLD, WIDTH
from schemas.outputs.tables import BY_FULL_NAME
from schemas.outputs.vintages import DIFFUSION, intact, names
from schemas.outputs.vintages import folder as folder_of

OWN = "controle.diffusion"
WIDELY = (0, 1, 2)  # how much more is hidden, round after round, where the audit finds something


def rien_de_masque_ne_se_retrouve(build: Build) -> Finding:
    """Nothing that the diffusion file hides follows from what it shows."""
    wrong = build.diffusion_faults
    return Finding(not wrong, "Fichier de diffusion : " + (" ; ".join(wrong) if wrong else "conforme"))


@table(
    OWN,
    after=[*(o.full_name for o in DIFFUSED), "detail.accompagnements"],
    checks=[rien_de_masque_ne_se_retrouve],
)
def diffusion(build: Build) -> None:
    """Choose what is hidden, write the diffusion file from scratch, and audit it with code that imports nothing of that."""
    if _unchanged(build):
        return  # the measures came with the copy of the former file
    with build.settling(), _uncollected():
        found = _written(build)
    build.diffusion_faults = found.wrong
    build.create(OWN)
    columns = [c.name for c in BY_FULL_NAME[OWN].columns]
    rows = [[getattr(line, c) for c in columns] for line in found.lines]
    build.append(OWN, pl.DataFrame(rows, schema=columns, orient="row", infer_schema_length=None))


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without Python's collector of cycles: choice and audit hold millions of objects, which it would go through again and again."""
    wanted = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if wanted:
            gc.enable()


def _written(build: Build) -> Audit:
    """Choose and write, hiding more as long as the audit finds something; returns the last audit."""
    choice = protect(build.con)
    write(build.con, build.diffusion, choice)
    found = _audited(build, choice)
    for widely in WIDELY:
        if not found.open:
            break
        choice.hide_more(found.open, widely)
        write(build.con, build.diffusion, choice)
        found = _audited(build, choice)
    return found


def _unchanged(build: Build) -> bool:
    """Take the former vintage's file where no figure has been made anew: the same code has made it from the same figures."""
    before = build.former and build.former.path.with_name(DIFFUSION)
    if not before or build.years is None or any(build.years.values()) or not before.exists() or not intact(before):
        return False
    shutil.copyfile(before, build.diffusion)
    return True


def _audited(build: Build, choice: Choice) -> Audit:
    marts = build.marts
    before = [folder_of(marts, name) / DIFFUSION for name in names(marts)]
    with ExitStack() as stack:
        opened = [
            stack.enter_context(duckdb.connect(str(path), read_only=True))
            for path in (build.diffusion, *(p for p in before if p.exists()))
        ]
        claims = Claims(choice.keys, choice.structure_keys, choice.alternatives())
        return audit(build.con, opened[0], opened[1:], Setting(THRESHOLD, WIDTH, CUBES), claims)
