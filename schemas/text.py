"""Normal forms of text, as the export contract compares it."""

import re
import unicodedata
from collections.abc import Iterable
from difflib import get_close_matches

# a day written in digits, whatever parts them
A_DATE = r"\d{1,2}[/.-]\d{1,2}[/.-]\d{4}|\d{4}[/.-]\d{1,2}[/.-]\d{1,2}"
LONGEST_NAME = 300  # characters of the name of a structure or partner
FORMULA = "formule sans valeur"  # what is read of a formula that a workbook was saved with, but not its value
# what a spreadsheet shows in place of a value that it could not find, in English or French
_ERROR = re.compile(
    r"#(?:N/[AD]|(?:REF|VALUE|VALEUR|DIV/0|NULL|NUL|NUM|NOMBRE|SPILL|PROPAGATION|CALC|CALCUL|FIELD|CHAMP|BLOCKED|CONNECT"
    r"|BUSY|UNKNOWN)!|(?:NAME|NOM)\?|GETTING_DATA)|Err:\d{3}"
)
_PLAIN = str.maketrans({"’": "'", "ʼ": "'", "‘": "'", "œ": "oe", "Œ": "OE", "æ": "ae", "Æ": "AE"})
_IN_CAPITALS = str.maketrans({"’": "'", "œ": "OE", "Œ": "OE", "æ": "AE", "Æ": "AE"})
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
    """The form of names of structures, partners and établissements ("Cœur d’Or" gives "COEUR D'OR").

    Only accents, ligatures, apostrophes and blanks change: "²", "½" and "…" stay.
    """
    bare = "".join(map(_unaccented, unicodedata.normalize("NFC", text)))
    return clean(bare.translate(_IN_CAPITALS).upper())


def _unaccented(character: str) -> str:
    if not character.isalpha():  # what is drawn through a sign ("≠") is no accent
        return "" if unicodedata.combining(character) else character
    letters = (c for c in unicodedata.normalize("NFD", character) if not unicodedata.combining(c))
    return unicodedata.normalize("NFC", "".join(letters))


def _plain(text: str) -> str:
    return clean(without_accents(text).translate(_PLAIN))  # ligatures last: "ǽ" is one with an accent


def masked(text: str) -> str:
    """The text without anything that looks like a NIR, for messages and rejects."""
    return _LONG_NUMBER.sub(MASK, text)


def without_nir(text: str) -> str:
    """The text with every number that has the form of a NIR masked, whatever its key; other numbers stay."""
    return _NIR.sub(MASK, text)


def without_dates(text: str) -> str:
    """The text with every day masked: in a name it may be that of somebody's birth."""
    return re.sub(A_DATE, MASK, text)


def may_be_name(text: str) -> bool:
    """Whether a text may be the name of a structure or partner: no longer than one, without a day or anybody's number."""
    return len(clean(text)) <= LONGEST_NAME and without_dates(without_nir(text)) == text


def without_stray_quote(text: str) -> str:
    """The text without its quote, where it has one that no other closes."""
    return text.replace('"', "") if text.count('"') == 1 else text


def is_error(text: str) -> bool:
    """Whether a text is what a spreadsheet shows in place of a value ("#N/A", "#REF!"): nobody's name or number."""
    return text == FORMULA or bool(_ERROR.fullmatch(text))


def quoted(text: str) -> str:
    """A text as a literal of SQL."""
    return "'" + text.replace("'", "''") + "'"


def no_toml(error: ValueError) -> str:
    """What is wrong with a text that is read as TOML, in French, with its place where Python names one."""
    if isinstance(error, UnicodeDecodeError):
        return "le fichier n'est pas en UTF-8"
    at = re.search(r"line (\d+), column (\d+)", str(error))
    return "ce n'est pas du TOML" + (f", ligne {at[1]}, colonne {at[2]}" if at else "")
