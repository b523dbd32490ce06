"""The two secrets under which personal numbers are hashed, and the hash itself.

A NIR becomes HMAC(project key, HMAC(pipeline key, NIR)). The keys are kept apart: whoever has one of them alone can
neither find the person behind an identifier nor the identifier of a person. A new project key makes identifiers that
cannot be matched with those before.
"""

import binascii
import hmac
import os
import secrets
import stat
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl
import polars_hash as plh
import pyarrow as pa

from pipelines.errors import Refused

SHORTEST = 16
OTHERS = 0o077  # of the mode of a key file: whoever is not its owner
WHOLE, HALF = 64, 32  # hexadecimal digits: the HMAC, and what is kept, which no two of a hundred million persons share
_PRINT = b"adass : empreinte de la cle"


@dataclass(frozen=True)
class Secret:
    """One of the keys: the variable that may hold it, else its file in the user's configuration."""

    name: str
    variable: str
    file: str

    @property
    def path(self) -> Path:
        """Where the key is kept when its variable is not set: never with the data."""
        base = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
        return Path(base) / "adass" / self.file

    @property
    def place(self) -> str:
        return self.variable if os.environ.get(self.variable) else str(self.path)

    def load(self) -> bytes:
        """The key of the environment, else of its file, made (mode 0600) at first use."""
        if text := os.environ.get(self.variable):
            return _checked(text.encode(), self.variable)
        if not self.path.exists():
            _make(self.path)
        if others := stat.S_IMODE(self.path.stat().st_mode) & OTHERS:
            raise Refused(
                f"{self.path} : d'autres comptes peuvent lire cette clé (mode {others:03o}) ; faites chmod 600"
            )
        return _checked(self.path.read_bytes().strip(), str(self.path))

    def renew(self) -> Path | None:
        """Make a new key; the one before is kept beside, under the date. Returns its file, None where there was none."""
        if os.environ.get(self.variable):
            raise Refused(f"{self.variable} donne la clé : c'est là qu'il faut la changer")
        kept = None
        if self.path.exists():
            today = f"{self.file}.{date.today():%Y-%m-%d}"
            names = (today, *(f"{today}-{i}" for i in range(2, 100)))
            kept = next(p for n in names if not (p := self.path.with_name(n)).exists())
            self.path.rename(kept)
        _make(self.path)
        return kept


PIPELINE = Secret("chaîne", "ADASS_CLE", "cle")
PROJECT = Secret("projet", "ADASS_CLE_PROJET", "cle_projet")


@dataclass(frozen=True)
class Secrets:
    """Both keys; they never show when printed."""

    pipeline: bytes
    project: bytes

    def __repr__(self) -> str:
        return "Secrets(…)"

    @property
    def prints(self) -> dict[str, str]:
        """What tells keys apart without telling them: identifiers match between vintages made under the same ones."""
        return {PIPELINE.name: fingerprint(self.pipeline), PROJECT.name: fingerprint(self.project)}


def load_secrets() -> Secrets:
    """Both keys. Raises Refused where one is too short, or where the two are the same."""
    keys = Secrets(PIPELINE.load(), PROJECT.load())
    if hmac.compare_digest(keys.pipeline, keys.project):
        raise Refused(f"{PIPELINE.place} et {PROJECT.place} : les deux clés doivent être différentes")
    return keys


def fingerprint(key: bytes) -> str:
    """Twelve characters by which a key is recognised."""
    return hmac.digest(key, _PRINT, "sha256").hex()[:12]


def _make(path: Path) -> None:
    """Make a key whole at once: nobody reads a file that is being written."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=f".{path.name}.") as fresh:  # mode 0600
        fresh.write(secrets.token_hex(32))
        fresh.flush()
        with suppress(FileExistsError):  # another refresh has just made it
            path.hardlink_to(fresh.name)


def _checked(key: bytes, place: str) -> bytes:
    try:
        key.decode()
    except UnicodeDecodeError:
        raise Refused(f"{place} : la clé doit être un texte en UTF-8") from None
    if len(key) < SHORTEST:
        raise Refused(f"{place} : la clé doit compter au moins {SHORTEST} caractères")
    return key


def hashed(values: pl.Series, keys: Secrets) -> pl.Series:
    """The identifier of each text under both keys: the first half of the HMAC, 16 bytes; null stays null."""
    given = values.drop_nulls()
    inner = _hmac(given, keys.pipeline)
    identifiers = _unhex(_hmac(_unhex(inner, WHOLE), keys.project).str.head(HALF), HALF)
    if given.len() == values.len():
        return identifiers
    places = values.is_not_null().cum_sum().cast(pl.Int64) - 1
    return identifiers.gather(places.set(values.is_null(), None))


def _hmac(values: pl.Series, key: bytes) -> pl.Series:
    hashing = plh.CryptographicHashingNameSpace(pl.col("value"))
    return values.to_frame("value").select(hashing.hmac_sha256(key=key.decode()))["value"]


def _unhex(texts: pl.Series, digits: int) -> pl.Series:
    """The bytes that hexadecimal texts of so many digits each stand for, read as one: five times faster than one by one."""
    text = texts.to_arrow(compat_level=pl.CompatLevel.oldest()).buffers()[2]
    whole = binascii.unhexlify(memoryview(text or b"")[: texts.len() * digits])
    return pl.Series(pa.Array.from_buffers(pa.binary(digits // 2), texts.len(), [None, pa.py_buffer(whole)]))
