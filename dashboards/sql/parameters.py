"""The parameters of a query: what is written `$annee` in it takes a value that is bound, never written into it."""

import re

# what is opened and never closed goes to the end: a text is read once, whatever it holds
_PARAMETER = re.compile(
    r"'(?:[^']|'')*+(?:'|\Z)|\"[^\"]*+(?:\"|\Z)|--[^\n]*+|/\*.*?(?:\*/|\Z)|\$([A-Za-z_]\w*+)", re.DOTALL
)


def names_of(text: str) -> list[str]:
    """The names of the parameters of a query, in order; what stands in texts and comments is none."""
    return list(dict.fromkeys(name for name in _PARAMETER.findall(text) if name))


def typed(text: str) -> object:
    """What was typed as a number if it is one."""
    plain = text.strip().replace(",", ".")
    if re.fullmatch(r"-?\d{1,18}", plain) and not re.match(r"-?0\d", plain):
        return int(plain)
    return float(plain) if re.fullmatch(r"-?\d+\.\d+", plain) else text
