"""How figures are written: the one place where a number becomes text, in French typography.

Rounding happens here and nowhere else; a missing value is `NC`, never 0 nor blank.
"""

import re
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from schemas.indicators.catalogue import ANNEES, EVOLUTION, JOURS, NOMBRE, NOTE, PART

THIN, NBSP, MINUS = "\u202f", "\u00a0", "\u2212"
NC = f"n.{NBSP}c."
_MONTHS = (
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
)


def nombre(value: float | None, places: int = 0) -> str:
    """A number with `places` decimals at most, no trailing zero: 297 484 or −3,5."""
    return NC if value is None else _written(_rounded(value, places))


def part(value: float | None) -> str:
    """A share of 0 to 1: 17,2 %. Only an exact 0 or 1 reads as 0 % or 100 %."""
    if value is None:
        return NC
    if 0 < value < 0.0005:
        return f"<{NBSP}0,1{NBSP}%"
    if 0.9995 <= value < 1:
        return f">{NBSP}99,9{NBSP}%"
    if value in (0, 1):
        return f"{int(value) * 100}{NBSP}%"
    return f"{_written(_rounded(value * 100, 1), fixed=1)}{NBSP}%"


def percent(value: float) -> str:
    """A share without decimals, for axes and what is drawn: 17 %."""
    return f"{nombre(100 * value)}{NBSP}%"


def jours(value: float | None) -> str:
    """A duration: 141 jours; one decimal under ten days."""
    if value is None:
        return NC
    return _with_unit(_rounded(value, 0 if abs(value) >= 10 else 1), "jour")


def annees(value: float | None) -> str:
    """An age: 45 ans."""
    return NC if value is None else _with_unit(_rounded(value, 1), "an")


def note(value: float | None) -> str:
    """A mark out of ten: 8,4/10."""
    return NC if value is None else f"{_written(_rounded(value, 1))}/10"


def euros(value: float | None) -> str:
    """A sum of money, in whole euros: 1 914 700 €."""
    return NC if value is None else f"{nombre(value)}{NBSP}€"


def evolution(value: float | None) -> str:
    """A relative change with its sign: +1,5 %."""
    return NC if value is None else f"{_signed(_rounded(value * 100, 1))}{NBSP}%"


def points(value: float | None) -> str:
    """A gap between two shares with its sign: +9 points."""
    return NC if value is None else _with_unit(_rounded(value * 100, 1), "point", signed=True)


def gap_jours(value: float | None) -> str:
    """A gap between two durations with its sign, in whole days: −12 jours."""
    return NC if value is None else _with_unit(_rounded(value, 0), "jour", signed=True)


def gap_annees(value: float | None) -> str:
    return NC if value is None else _with_unit(_rounded(value, 1), "an", signed=True)


def gap_note(value: float | None) -> str:
    return NC if value is None else _with_unit(_rounded(value, 1), "point", signed=True)


def times(ratio: float) -> str:
    """How many times as much: × 5,9."""
    return f"×{NBSP}{nombre(ratio, 1)}"


def unsigned(text: str) -> str:
    """A gap without its sign, for a sentence that says the direction in words."""
    return text.lstrip(f"+{MINUS}")


_BY_UNIT = {NOMBRE: nombre, PART: part, JOURS: jours, ANNEES: annees, NOTE: note, EVOLUTION: evolution}
_GAP_BY_UNIT = {PART: points, EVOLUTION: points, JOURS: gap_jours, ANNEES: gap_annees, NOTE: gap_note}


def value(unit: str, amount: float | None) -> str:
    """A figure in the writing of its unit; raises KeyError for a unit the catalogue does not know."""
    return _BY_UNIT[unit](amount)


def gap(unit: str, amount: float | None, reference: float | None) -> str:
    """How far a figure is from its reference: in points for shares, relative for counts, in its own unit otherwise."""
    if amount is None or reference is None:
        return NC
    if unit == NOMBRE:
        return NC if reference == 0 else evolution(amount / reference - 1)
    return _GAP_BY_UNIT[unit](amount - reference)


def counted(count: float, singular: str, plural: str) -> str:
    """A number with its noun: 0 and 1 take the singular in French."""
    return f"{nombre(count)}{NBSP}{singular if abs(count) < 2 else plural}"


_MARKDOWN = re.compile(r"[\\`*_{}\[\]<>()#+\-.!|~:$&]")
_HIGH_SIGNS = re.compile(r" (?=[:;?!%»])|(?<=«) ")


def prose(text: str) -> str:
    """A text with the no-break spaces that French puts before high signs and inside quotation marks."""
    return _HIGH_SIGNS.sub(NBSP, text)


def literal(text: str) -> str:
    """A text that Markdown shows as it is: for what comes from an address or from data."""
    return _MARKDOWN.sub(r"\\\g<0>", text)


def jour(day: date) -> str:
    """A date: 21 novembre 2026."""
    number = "1er" if day.day == 1 else str(day.day)
    return f"{number}{NBSP}{_MONTHS[day.month - 1]} {day.year}"


def mois(annee: int, number: int) -> str:
    """A month: juin 2025."""
    return f"{_MONTHS[number - 1]} {annee}"


def inside(text: str) -> str:
    """A label inside a sentence: no capital at its beginning, those of acronyms kept."""
    return f"{text[0].lower()}{text[1:]}"


def of(text: str) -> str:
    """A word after « de »: d'août 2024, de juin 2025."""
    return f"d'{text}" if text[0].lower() in "aeiouyéèêàh" else f"de {text}"


def plain(amount: float | None) -> str:
    """A figure for a spreadsheet in French: decimal comma, no grouping, every digit; empty where missing."""
    if amount is None:
        return ""
    text = str(int(amount)) if float(amount).is_integer() else format(Decimal(repr(float(amount))), "f")
    return text.replace(".", ",")


def _rounded(value: float, places: int) -> Decimal:
    # half up, as people round, on the shortest decimal text of the float, as people read it
    return Decimal(repr(round(float(value), 12))).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def _written(amount: Decimal, fixed: int | None = None) -> str:
    places = max(-int(amount.as_tuple().exponent), 0) if fixed is None else fixed
    text = f"{abs(amount):,.{places}f}"
    if fixed is None and "." in text:
        text = text.rstrip("0").rstrip(".")
    text = text.replace(",", THIN).replace(".", ",")
    return f"{MINUS}{text}" if amount < 0 else text


def _signed(amount: Decimal) -> str:
    return f"+{_written(amount)}" if amount > 0 else _written(abs(amount) if amount == 0 else amount)


def _with_unit(amount: Decimal, unit: str, signed: bool = False) -> str:
    number = _signed(amount) if signed else _written(amount)
    return f"{number}{NBSP}{unit}{'' if abs(amount) < 2 else 's'}"
