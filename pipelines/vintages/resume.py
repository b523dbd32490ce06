"""Start a refresh from the former vintage, where all it was made from is still the same but for later deliveries.

A copy of the former file is brought up to date; only the new deliveries are read. Whatever else has changed (code,
libraries, key, aliases, references, a file of a former delivery, a delivery dated before the last one read) makes the
refresh a complete one.
"""

import hmac
import json
import platform
import time
from collections.abc import Iterator
from datetime import date
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

from pipelines.vintages.former import Former
from pipelines.vintages.inputs import REFERENCES, Inputs
from schemas.exports.sources import SOURCES
from schemas.outputs.vintages import FILE, OBSERVED, intact, sha256

CODE = ("schemas", "pipelines", "assets")
LIBRARIES = ("duckdb", "polars", "pandera", "pyarrow", "python-calamine")
SETTLED_CLOCK = 2 * 10**9  # nanoseconds: a file changed so shortly before it was read may have changed again unseen


def fingerprint(inputs: Inputs) -> str:
    """A keyed hash of what the rows of a vintage depend on besides its deliveries: code, lists, aliases, secrets, libraries."""
    digest = hmac.new(inputs.secrets.pipeline, digestmod="sha256")
    for path in _code():
        digest.update(path.read_bytes())
    for path in sorted((inputs.raw / REFERENCES).glob("*.csv")):
        digest.update(path.name.encode() + path.read_bytes())
    if inputs.profile:
        digest.update(inputs.profile_path.read_bytes())
    told = [inputs.aliases, inputs.secrets.prints, platform.python_version(), *(version(name) for name in LIBRARIES)]
    digest.update(json.dumps(told, sort_keys=True).encode())
    return digest.hexdigest()


def _code() -> Iterator[Path]:
    for package in CODE:
        yield from sorted(
            p for p in Path(str(files(package))).rglob("*") if p.suffix in {".py", ".sql", ".csv", ".toml"}
        )


def signatures(inputs: Inputs) -> dict[str, list[int]]:
    """Size, times and inode of each delivered file: no writer leaves all of them unchanged.

    Taken before anything is read. A file changed a moment ago is left out: it may change again within the same tick.
    """
    now = time.time_ns()
    stats = {_place(*place): path.stat() for place, path in inputs.files.items()}
    return {
        place: [s.st_size, s.st_mtime_ns, s.st_ctime_ns, s.st_ino]
        for place, s in stats.items()
        if now - s.st_ctime_ns > SETTLED_CLOCK
    }


def _place(source: str, delivery: str, file: str) -> str:
    return f"{source}/{delivery}/{file}"


def former(inputs: Inputs, signed: dict[str, list[int]], current: Path, manifest: dict[str, Any]) -> Former | None:
    """The current vintage (its folder and manifest), if a refresh can start from it; `signed`: signatures of the files now."""
    if manifest.get("empreinte") != fingerprint(inputs) or not intact((current / FILE).resolve()):
        return None
    entries = manifest["entrees"]
    read = {(e["source"], e["livraison"], e["fichier"]): e for e in entries}
    there, told = inputs.files, manifest["signatures"]
    unchanged = {
        place
        for place, path in there.items()
        if place in read and (signed.get(_place(*place), ()) == told.get(_place(*place)) or _same(path, read[place]))
    }
    growing = {s.name for s in SOURCES if s.grows}
    last = max((name for source, name, _ in read if source in growing), default="")
    fresh = {place for place in there if place[0] in growing and place[1] > last}
    if {place for place in {*read, *there} if place[0] in growing} != fresh | {p for p in unchanged if p[0] in growing}:
        return None
    others = {place for place in {*read, *there} if place[0] not in growing}
    return Former(
        (current / FILE).resolve(),
        [e for e in entries if e["source"] in growing],
        frozenset(name for _, name, _ in fresh),
        date.fromisoformat(manifest[OBSERVED]) if manifest[OBSERVED] else None,
        others <= unchanged,
    )


def _same(path: Path, entry: dict[str, Any]) -> bool:
    return bool(path.stat().st_size == entry["octets"] and sha256(path) == entry["sha256"])
