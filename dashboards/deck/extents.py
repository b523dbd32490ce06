"""How much room a text takes, in points: near enough to lay it out before any program has drawn it."""

# Widths of letters in a common sans serif, in parts of the size; all others are as wide as a digit.
_GROUPS = {
    "ijl'’|": 0.23,
    " \u00a0!,./:;ftI[]\\": 0.28,
    "\u202f": 0.15,
    'r-()"`·•': 0.34,
    "cksvxyzJ": 0.5,
    "ABEKPSVXYÀÂÉÈÊË&": 0.68,
    "CDHNRUwÇÔÙÛŒ": 0.73,
    "GOQ": 0.79,
    "mMW%æœ…→": 0.92,
    "T+=<>−FLZ": 0.6,
}
_WIDTHS = {letter: width for letters, width in _GROUPS.items() for letter in letters}
_DIGIT = 0.556
_BOLD, _SAFETY = 1.08, 1.14  # bold is wider; so are fonts that stand in for the theme's
LEADING = 1.2  # height of a line, in parts of the size


def width(text: str, size: float, bold: bool = False) -> float:
    """The width of a text set in one line."""
    parts = sum(_WIDTHS.get(letter, _DIGIT) for letter in text)
    return parts * size * (_BOLD if bold else 1) * _SAFETY


def lines(text: str, size: float, room: float, bold: bool = False) -> int:
    """The lines a text is broken into, between words; a word longer than `room` takes the lines it needs."""
    found = 0
    for paragraph in text.split("\n"):
        found, used = found + 1, 0.0
        for word in paragraph.split(" "):
            long = width(word, size, bold)
            space = width(" ", size, bold) if used else 0.0
            if used and used + space + long > room:
                found, used, space = found + 1, 0.0, 0.0
            used += space + long
            while used > room:
                found, used = found + 1, used - room
    return found


def height(text: str, size: float, room: float, bold: bool = False) -> float:
    return lines(text, size, room, bold) * size * LEADING
