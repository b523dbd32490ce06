"""Vintages: a refresh fills a folder of its own and becomes public by one atomic rename, or not at all.

marts/adass.duckdb -> courant/adass.duckdb
marts/courant      -> millesimes/<vintage>
marts/millesimes/<vintage>/adass.duckdb, manifeste.json     read-only, never changed
"""

import fcntl
import json
import os
import platform
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from pipelines.build import FILE, Build
from pipelines.deliveries import sha256
from pipelines.errors import Refused
from pipelines.version import VERSION

CURRENT, VINTAGES, MANIFEST = "courant", "millesimes", "manifeste.json"
LOCK = ".verrou"
UNDER_WAY = ".chantier-"
LIBRARIES = ("duckdb", "polars", "pandera", "dagster")


@contextmanager
def open_build(raw: Path, marts: Path, aliases: Path | None = None) -> Iterator[Build]:
    """A refresh of `marts` from `raw`; what it has not published is thrown away at the end.

    Raises Refused where there is no delivery or another refresh of the same marts is under way.
    """
    if not raw.is_dir():
        raise Refused(f"{raw} : dossier de données brutes introuvable")
    if aliases and not aliases.exists():
        raise Refused(f"{aliases} : fichier d'alias introuvable")
    with _locked(marts):
        for stale in (marts / VINTAGES).glob(f"{UNDER_WAY}*"):  # of a refresh that was killed
            shutil.rmtree(stale)
        started = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
        vintage = _free_name(marts, started)
        folder = marts / VINTAGES / f"{UNDER_WAY}{vintage}"
        folder.mkdir(parents=True)
        build = Build(raw, folder, vintage, started, aliases_file=aliases)
        try:
            if not any(build.deliveries.values()):
                raise Refused(f"{raw} : aucune livraison")
            yield build
        finally:
            build.close()
            if folder.exists():
                shutil.rmtree(folder)


@contextmanager
def _locked(marts: Path) -> Iterator[None]:
    marts.mkdir(parents=True, exist_ok=True)
    with (marts / LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Refused(f"{marts} : un autre rafraîchissement est en cours") from None
        yield


def _free_name(marts: Path, started: datetime) -> str:
    name = started.strftime("%Y-%m-%d_%H-%M-%S")
    taken = {p.name for p in (marts / VINTAGES).glob("*")}
    return next(n for n in (name, *(f"{name}-{i}" for i in range(2, len(taken) + 3))) if n not in taken)


def publish(build: Build) -> Path:
    """Make a checked build the current vintage; returns its folder. Everything is on disk before the rename."""
    marts = build.folder.parent.parent
    manifest = _manifest(build)
    build.run("DETACH lu")
    build.run("CHECKPOINT")
    build.close()
    shutil.rmtree(build.scratch)
    manifest["fichiers"] = [{"nom": FILE, "octets": build.path.stat().st_size, "sha256": sha256(build.path)}]
    text = json.dumps(manifest, ensure_ascii=False, indent=2) + "\n"
    (build.folder / MANIFEST).write_text(text, encoding="utf-8")
    for path in build.folder.iterdir():
        path.chmod(0o444)
        _sync(path)
    _sync(build.folder)
    home = build.folder.with_name(build.vintage)
    build.folder.rename(home)
    home.chmod(0o555)
    _sync(home.parent)
    _point(marts / CURRENT, Path(VINTAGES) / build.vintage)
    _point(marts / FILE, Path(CURRENT) / FILE)
    return home


def _point(link: Path, target: Path) -> None:
    """Make `link` point to `target` in one step: readers see the old target or the new one, never none."""
    if link.is_symlink() and link.readlink() == target:
        return
    fresh = link.with_name(f"{link.name}.nouveau")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(target)
    fresh.rename(link)
    _sync(link.parent)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _manifest(build: Build) -> dict[str, object]:
    files = build.run(
        "SELECT source, livraison, fichier, octets, sha256, lues, lues - rejetees - remplacees, rejetees, remplacees "
        "FROM lu.fichiers ORDER BY source, livraison, fichier"
    )
    names = (
        "source",
        "livraison",
        "fichier",
        "octets",
        "sha256",
        "lignes_lues",
        "lignes_acceptees",
        "lignes_rejetees",
        "lignes_remplacees",
    )
    references = sorted((build.raw / "referentiels").glob("*.csv"))
    return {
        "millesime": build.vintage,
        "cree_le": build.started.isoformat() + "Z",
        "synthetique": bool(build.synthetic),
        "empreintes_des_cles": build.keys.prints,
        "livraisons_synthetiques": build.synthetic,
        "fichiers_ignores": build.ignored,
        "versions": {"adass": VERSION, "python": platform.python_version(), **{x: version(x) for x in LIBRARIES}},
        "entrees": [dict(zip(names, row, strict=True)) for row in files],
        "referentiels": [{"fichier": p.name, "octets": p.stat().st_size, "sha256": sha256(p)} for p in references],
    }
