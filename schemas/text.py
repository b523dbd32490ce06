"""Normal forms of text, as the export contract compares it."""

import re
import unicodedata
from collections.abc import Iterable
from difflib import get_close_matches

_PLAIN = str.maketrans({"’": "'", "ʼ": "'", "‘": "'", "œ": "oe", "Œ": "OE", "æ": "ae", "Æ": "AE"})
_LONG_NUMBER = re.compile(r"\d(?:[\s.\-]?[0-9AB]){11,13}\d", re.IGNORECASE)
# sex, year, month (true or made up), place, order, and the key that may follow
_NIR = re.compile(
    r"(?<!\d)[1-478]~\d{2}~(?:0[1-9]|1[0-2]|[2-9]\d)~(?:\d{2}|2[AB])~\d{3}~\d{3}(?:~\d{2})?(?!\d)".replace(
        "~", r"[\s.\-]*"
    ),
    re.IGNORECASE,
)

MASK = "•••"


def clean(text: str) -> str:
    """Trim, and collapse inner blanks (no-break spaces and line ends included) to one space."""
    return " ".join(text.split())


def without_accents(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def key(text: str) -> str:
    """The form in which headers and labels are compared: no case, no accents, one kind of apostrophe."""
    return _plain(text).casefold()


def nearest(text: str, among: Iterable[str], alike: float = 0.6) -> str | None:
    """The one that reads most like a text, case and accents apart; None where none is `alike` (1: the same)."""
    keys = {key(a): a for a in among}
    found = get_close_matches(key(text), keys, n=1, cutoff=alike)
    return keys[found[0]] if found else None


def capitals(text: str) -> str:
    """The form of names of structures, partners and établissements ("Cœur d’Or" gives "COEUR D'OR")."""
    return _plain(text).upper()


def _plain(text: str) -> str:
    return clean(without_accents(text).translate(_PLAIN))  # ligatures last: "ǽ" is one with an accent


def masked(text: str) -> str:
    """The text without anything that looks like a NIR, for messages and rejects."""
    return _LONG_NUMBER.sub(MASK, text)


def without_nir(text: str) -> str:
    """The text with every number that has the form of a NIR masked, whatever its key; other numbers stay."""
    return _NIR.sub(MASK, text)


def quoted(text: str) -> str:
    """A text as a literal of SQL."""
    return "'" + text.replace("'", "''") + "'"
