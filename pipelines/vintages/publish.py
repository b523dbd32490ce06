"""Vintages: a refresh fills a folder of its own and becomes public by one atomic rename, or not at all.

How they lie in the marts folder: `schemas/outputs/vintages.py`. All is read-only and never changed.
"""

import fcntl
import json
import platform
import resource
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from pipelines.computing.engine import DuckDB, Start
from pipelines.errors import Busy, Refused
from pipelines.reading.caisses import Caisse
from pipelines.reading.deliveries import Fault
from pipelines.reading.ignored import lines
from pipelines.version import VERSION
from pipelines.vintages.asked import Asked
from pipelines.vintages.build import Build
from pipelines.vintages.checks import balance
from pipelines.vintages.disk import sync, synced_meanwhile
from pipelines.vintages.inputs import Inputs
from pipelines.vintages.resume import fingerprint, former, signatures
from schemas.exports.rules import REFUS
from schemas.outputs.vintages import (
    CURRENT,
    DIFFUSION,
    FILE,
    MANIFEST,
    OBSERVED,
    SUM,
    TRIALS,
    VINTAGES,
    sha256,
    sum_of,
    whole,
)

WANTED = '. Si c\'est voulu : adass refresh --malgre "motif", qui le dira sur chaque page'
LOCK = ".verrou"
UNDER_WAY = ".chantier-"
OWN, SHARED = 0o440, 0o444  # rows about persons are read by their account and its group; the rest by anybody
LIBRARIES = ("duckdb", "polars", "pandera", "dagster")


@contextmanager
def open_build(
    raw: Path,
    marts: Path,
    aliases: Path | None = None,
    *,
    profile: Path | None = None,
    asked: Asked | None = None,
    start_engine: Start = DuckDB,
    gathered: list[Fault] | None = None,
    set_aside: Mapping[Fault, Caisse] | None = None,
) -> Iterator[Build]:
    """Open a refresh of `marts` from `raw`; unless it is published, its folder is removed at the end.

    It starts from the vintage that is there where it can, unless it is to be complete. `gathered`, `set_aside`: see Inputs.
    Raises Refused where there is no delivery or another refresh of the same marts is under way.
    """
    asked = asked or Asked()
    if not raw.is_dir():
        raise Refused(f"{raw} : dossier de données brutes introuvable")
    if aliases and not aliases.exists():
        raise Refused(f"{aliases} : fichier d'alias introuvable")
    if profile and not profile.exists():
        raise Refused(f"{profile} : profil introuvable")
    with locked(marts):
        started = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
        vintage = _free_name(_shelf(marts, asked), started)
        folder = marts / VINTAGES / f"{UNDER_WAY}{vintage}"
        folder.mkdir(mode=0o700, parents=True)  # a killed refresh leaves it behind, with rows about persons
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # no core dump: this process holds personal numbers
        inputs = Inputs(raw, aliases, profile, gathered, set_aside or {})
        build = Build(inputs, folder, vintage, started, start_engine=start_engine, asked=asked)
        try:
            _refuse_nothing(build)
            build.signatures = signatures(build.inputs)
            if not asked.complete and (manifest := whole(marts / CURRENT)):
                build.former = former(build.inputs, build.signatures, marts / CURRENT, manifest)
            with synced_meanwhile(build.path):
                yield build
        finally:
            build.close()
            if folder.exists():
                shutil.rmtree(folder)


def _refuse_nothing(build: Build) -> None:
    if any(build.inputs.deliveries.values()):
        return
    if not build.inputs.lying:
        raise Refused(f"{build.inputs.raw} : aucune livraison")
    if not build.asked.despite:
        build.failures.append(f"V1 : {build.inputs.nothing_read}")
        raise Refused(blocked(build))


@contextmanager
def locked(marts: Path) -> Iterator[None]:
    """Lock the marts folder for this process and remove what killed refreshes left. Raises Refused if it is in use."""
    marts.mkdir(parents=True, exist_ok=True)
    with (marts / LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Busy(f"{marts} : un autre rafraîchissement est en cours") from None
        for stale in (marts / VINTAGES).glob(f"{UNDER_WAY}*"):
            discard(stale)
        yield


def discard(folder: Path) -> None:
    """Remove the folder of a vintage, read-only or not."""
    folder.chmod(0o755)
    shutil.rmtree(folder)


def _shelf(marts: Path, asked: Asked) -> Path:
    """Where vintages stand; trials are none, and nobody compares with them."""
    return marts / VINTAGES / TRIALS if asked.trial else marts / VINTAGES


def _free_name(shelf: Path, started: datetime) -> str:
    name = started.strftime("%Y-%m-%d_%H-%M-%S")
    taken = {p.name for p in shelf.glob("*")}
    return next(n for n in (name, *(f"{name}-{i}" for i in range(2, len(taken) + 3))) if n not in taken)


def balanced(build: Build) -> None:
    """Rows read = accepted + rejected + replaced, for every file; raises Refused where they are not."""
    finding = balance(build.con)
    if not finding.passed:
        build.failures.append(finding.text)
        raise Refused(blocked(build))


def blocked(build: Build) -> str:
    """Why nothing is published, and whether it could be all the same."""
    wanted = any(failure[:2] in REFUS for failure in build.failures)
    return "contrôle bloquant – " + " ; ".join(build.failures) + (WANTED if wanted else "")


def publish(build: Build) -> Path:
    """Make a checked build the current vintage, or a trial beside; returns its folder. All is on disk before the rename."""
    marts = build.marts
    manifest = _manifest(build)
    build.run("DETACH lu")
    build.run("CHECKPOINT")
    build.close()
    shutil.rmtree(build.scratch)
    manifest["fichiers"] = [
        {"nom": path.name, "octets": path.stat().st_size, "sha256": sha256(path)}
        for path in (build.path, build.diffusion)
    ]
    seal(build.folder, manifest)
    home = _shelf(marts, build.asked) / build.vintage
    home.parent.mkdir(exist_ok=True)
    build.folder.rename(home)
    home.chmod(0o555)
    sync(home.parent)
    if build.asked.trial:
        return home
    _point(marts / CURRENT, Path(VINTAGES) / build.vintage)
    for name in (FILE, DIFFUSION):
        _point(marts / name, Path(CURRENT) / name)
    return home


def seal(folder: Path, manifest: dict[str, object]) -> None:
    """Write the manifest of a vintage, make its files read-only and bring them to disk."""
    text = json.dumps({**manifest, SUM: sum_of(manifest)}, ensure_ascii=False, indent=2) + "\n"
    (folder / MANIFEST).write_text(text, encoding="utf-8")
    for path in folder.iterdir():
        path.chmod(OWN if path.name == FILE else SHARED)
        sync(path)
    sync(folder)


def _point(link: Path, target: Path) -> None:
    """Make `link` point to `target` in one step: readers see the old target or the new one, never none."""
    if link.is_symlink() and link.readlink() == target:
        return
    fresh = link.with_name(f"{link.name}.nouveau")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(target)
    fresh.rename(link)
    sync(link.parent)


def _manifest(build: Build) -> dict[str, object]:
    files = build.run(
        "SELECT source, livraison, fichier, table_lue, octets, sha256, lues, lues - rejetees - remplacees, rejetees, "
        "remplacees FROM lu.fichiers ORDER BY source, livraison, fichier, table_lue"
    )
    names = (
        "source",
        "livraison",
        "fichier",
        "table",
        "octets",
        "sha256",
        "lignes_lues",
        "lignes_acceptees",
        "lignes_rejetees",
        "lignes_remplacees",
    )
    return {
        "millesime": build.vintage,
        "cree_le": build.started.isoformat() + "Z",
        "synthetique": bool(build.inputs.synthetic),
        OBSERVED: build.inputs.observed and build.inputs.observed.isoformat(),
        "empreintes_des_cles": build.inputs.secrets.prints,
        "livraisons_synthetiques": build.inputs.synthetic,
        "fichiers_ignores": [one.name for one in build.inputs.ignored],
        "non_lus": [*lines(build.inputs.ignored), *_sheets(build)],
        "moteur": build.engine.label,
        "versions": {"adass": VERSION, "python": platform.python_version(), **{x: version(x) for x in LIBRARIES}},
        "reprise": build.former.path.parent.name if build.former else None,
        "empreinte": fingerprint(build.inputs),
        "signatures": build.signatures,
        "essai": build.asked.trial,
        "livraisons_ecartees": [fault.text for fault in build.inputs.set_aside],
        "malgre": {"motif": build.asked.despite, "refus": build.overridden} if build.overridden else None,
        "diffusion": _diffusion(build),
        "durees": {step: round(seconds, 3) for step, seconds in build.durations.items()},
        "entrees": [
            {**dict(zip(names, row, strict=True)), "feuilles_non_lues": build.aside.get(row[:3], [])} for row in files
        ],
        "referentiels": [
            {"fichier": p.name, "octets": p.stat().st_size, "sha256": sha256(p)} for p in build.inputs.references
        ],
    }


def _sheets(build: Build) -> list[str]:
    """What is told of the sheets of workbooks that are not read."""
    return [
        f"Feuilles non lues de {'/'.join(place)} : {', '.join(told)}"
        for place, told in sorted(build.aside.items())
        if told
    ]


def _diffusion(build: Build) -> list[dict[str, object]]:
    """What the diffusion file hides and what its audit found."""
    names = ("attaquant", "territoire", "niveau", "mesure", "nombre", "part")
    rows = build.run(f"SELECT {', '.join(names)} FROM controle.diffusion ORDER BY ALL")
    return [dict(zip(names, row, strict=True)) for row in rows]
