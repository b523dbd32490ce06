"""Whether a deck is still the one that was written: each holds the fingerprint of its other parts in its properties."""

import hashlib
import io
import zipfile
from datetime import datetime
from pathlib import Path

UNSIGNED = "adass-" + "0" * 64  # the identifier of a deck that is not written yet
_PROPERTIES = "docProps/core.xml"


def signed(deck: bytes) -> bytes:
    """The same deck, whose identifier is its fingerprint."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(deck)) as package, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as copy:
        mark = _fingerprint(package).encode()
        for info in package.infolist():
            part = package.read(info)
            copy.writestr(info, part.replace(UNSIGNED.encode(), mark) if info.filename == _PROPERTIES else part)
    return out.getvalue()


def _fingerprint(package: zipfile.ZipFile) -> str:
    parts = sorted(f"{i.filename} {i.CRC}" for i in package.infolist() if i.filename != _PROPERTIES)
    return f"adass-{hashlib.sha256(chr(10).join(parts).encode()).hexdigest()}"


def edited(path: Path) -> bool:
    """Whether somebody has changed a deck since it was written; one that does not say is taken for changed."""
    try:
        with zipfile.ZipFile(path) as package:
            return _fingerprint(package).encode() not in package.read(_PROPERTIES)
    except (zipfile.BadZipFile, KeyError):
        return True


def set_aside(path: Path) -> Path:
    """Keep a changed deck beside the one that will take its name; returns where."""
    changed = datetime.fromtimestamp(path.stat().st_mtime)
    base = path.with_name(f"{path.stem}_modifie_{changed:%Y-%m-%d_%H-%M-%S}{path.suffix}")
    kept, n = base, 1
    while kept.exists():
        n += 1
        kept = base.with_name(f"{base.stem}_{n}{base.suffix}")
    return path.rename(kept)
