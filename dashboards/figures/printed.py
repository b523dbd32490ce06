"""The unit of each printed figure of the publications, and how the two units that no indicator has are written."""

from collections.abc import Callable
from functools import lru_cache

from dashboards import formats
from dashboards.formats import NBSP, NC
from dashboards.published.control import Checked
from schemas.indicators.catalogue import BY_ID, EVOLUTION, NOMBRE, PART
from schemas.publications.printed import (
    EXACT,
    NEAR,
    NEAR_TOLERANCE,
    OVER,
    OVER_TOLERANCE,
    STRUCTURES,
    read_publications,
)

POINTS, EUROS, MOIS = "points", "euros", "mois"
WORDS = {EXACT: "", NEAR: "près de ", OVER: "plus de "}

_OTHER: dict[str, Callable[[float | None], str]] = {
    POINTS: formats.points,
    EUROS: lambda amount: NC if amount is None else f"{formats.nombre(amount, 2)}{NBSP}€",
    MOIS: lambda amount: NC if amount is None else f"{formats.nombre(amount, 1)}{NBSP}mois",
    NOMBRE: lambda amount: formats.nombre(amount, 1),  # a printed number may have a decimal
}


@lru_cache(maxsize=1)
def _units() -> dict[tuple[object, ...], str]:
    names = ("publication", "reference", "libelle", "annee", "public", "modalite", "unite")
    return {row[:-1]: str(row[-1]) for row in read_publications().select(names).iter_rows()}


def unit(figure: Checked) -> str:
    """The unit a figure is printed in; that of its indicator where the publication is not one of ours."""
    known = _units().get(
        (figure.publication, figure.reference, figure.libelle, figure.annee, figure.public, figure.modalite)
    )
    if known:
        return known
    if figure.indicateur in BY_ID:
        return BY_ID[figure.indicateur].unit
    return PART if figure.indicateur.startswith(f"{STRUCTURES}part_") else NOMBRE


def value(unit: str, amount: float | None, precision: float | None = None) -> str:
    """A computed figure in the writing of its unit, finer where it is printed finer; KeyError for a unit that is none."""
    if unit == PART and amount is not None and _fine(precision):
        return f"{formats.nombre(amount * 100, 2)}{NBSP}%"
    return _OTHER[unit](amount) if unit in _OTHER else formats.value(unit, amount)


def as_printed(figure: Checked) -> str:
    """The published figure with the digits it is printed with, and what it says of its exactness."""
    name, printed = unit(figure), figure.publie
    share = None if name != PART or printed is None else f"{formats.nombre(printed * 100, 2)}{NBSP}%"
    return WORDS.get(figure.comparateur, "") + (share or value(name, printed))


def gap(unit: str, amount: float | None, precision: float | None = None) -> str:
    """Computed minus printed, signed: in points for shares, in the unit of the figure otherwise."""
    if amount is None:
        return NC
    if unit in {PART, EVOLUTION, POINTS} and _fine(precision):
        hundredths = round(amount * 100, 2)
        text = f"{formats.nombre(hundredths, 2)}{NBSP}{'point' if abs(hundredths) < 2 else 'points'}"
        return f"+{text}" if hundredths > 0 else text
    if unit in {NOMBRE, EUROS, MOIS}:
        text = _OTHER[unit](amount)
        return f"+{text}" if round(amount, 2) > 0 else text
    return formats.gap(PART if unit == POINTS else unit, amount, 0.0)


def _fine(precision: float | None) -> bool:
    """Whether a share is printed with a decimal or more: a tenth of a point would not tell it from its bounds."""
    return precision is not None and precision < 0.001


def tolerance(figure: Checked) -> str:
    """How far the computed figure may lie from the printed one, in words."""
    if figure.comparateur == OVER:
        return f"de 0 à {formats.evolution(OVER_TOLERANCE)}"
    if figure.comparateur == NEAR and abs(figure.publie or 0) * NEAR_TOLERANCE > (figure.precision or 0):
        return f"±{NBSP}{formats.nombre(NEAR_TOLERANCE * 100)}{NBSP}%"
    if figure.precision is None:
        return NC
    name = unit(figure)
    if name in {PART, POINTS, EVOLUTION}:
        return f"±{NBSP}{formats.nombre(figure.precision * 100, 2)}{NBSP}point"
    return f"±{NBSP}{formats.nombre(figure.precision, 2)}"
