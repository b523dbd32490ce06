"""The secret under which personal numbers are hashed, and the hash itself."""

import hmac
import os
import secrets
from pathlib import Path

import polars as pl

from pipelines.errors import Refused

VARIABLE = "ADASS_CLE"
SHORTEST = 16


def key_file() -> Path:
    """Where the key is kept when `ADASS_CLE` is not set: in the user's configuration, never with the data."""
    base = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(base) / "adass" / "cle"


def load_key() -> bytes:
    """The key of the environment, else of the key file, made (mode 0600) at first use."""
    if text := os.environ.get(VARIABLE):
        return _checked(text.encode(), VARIABLE)
    path = key_file()
    if not path.exists():
        _make(path)
    return _checked(path.read_bytes().strip(), str(path))


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return  # another refresh has just made it
    with os.fdopen(handle, "w") as stream:
        stream.write(secrets.token_hex(32))


def _checked(key: bytes, place: str) -> bytes:
    if len(key) < SHORTEST:
        raise Refused(f"{place} : la clé doit compter au moins {SHORTEST} caractères")
    return key


def hashed(values: pl.Series, key: bytes) -> pl.Series:
    """HMAC-SHA256 of each text, in hexadecimal; null stays null."""
    start = hmac.new(key, digestmod="sha256")

    def one(text: str) -> str:
        digest = start.copy()
        digest.update(text.encode())
        return digest.hexdigest()

    distinct = values.drop_nulls().unique()
    digests = pl.Series([one(text) for text in distinct.to_list()], dtype=pl.String)
    return values.replace_strict(distinct, digests, default=None, return_dtype=pl.String)
