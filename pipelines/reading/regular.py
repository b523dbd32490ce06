"""What may be read of the raw folder: regular files that lie in it, not what a link leads to elsewhere, nor a device."""

import stat
from pathlib import Path

from pipelines.errors import Refused


def within(path: Path, raw: Path) -> Path:
    """The same path. Raises Refused where it is a link out of the raw folder."""
    if not path.resolve().is_relative_to(raw.resolve()):
        raise Refused(f"{path.relative_to(raw)} : lien vers un autre dossier ; déposez-y le fichier lui-même")
    return path


def regular(path: Path) -> Path:
    """The same path. Raises Refused where it is no regular file: a pipe or a device would be waited for without end."""
    if path.exists() and not stat.S_ISREG(path.stat().st_mode):
        raise Refused(f"{path.name} : ce n'est pas un fichier")
    return path
