"""The NIR (French social security number): what is well formed, and whose it is."""

import re

_FORM = re.compile(r"([0-9]{5})([0-9]{2}|2[AB])([0-9]{6})([0-9]{2})?", re.ASCII)
CORSICA = {"2A": "19", "2B": "18"}


def read_nir(text: str) -> str | None:
    """The 13 characters of a well-formed NIR (blanks ignored, key checked if given), or None.

    With and without its two-digit key a NIR gives the same 13 characters.
    """
    found = _FORM.fullmatch("".join(text.split()))
    if not found:
        return None
    start, place, end, control = found.groups()
    if control and int(control) != nir_key(start + place + end):
        return None
    return start + place + end


def nir_key(nir: str) -> int:
    """The control key of 13 characters: 97 minus the number modulo 97, Corsica counting as 19 or 18."""
    place = nir[5:7]
    return 97 - int(nir[:5] + CORSICA.get(place, place) + nir[7:]) % 97
