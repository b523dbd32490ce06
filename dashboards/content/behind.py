"""What stands behind a figure: population, numerator and denominator, caveats, and what publications print of it."""

from collections.abc import Iterable
from dataclasses import dataclass

from dashboards import formats
from dashboards.content.filled import Figure, unit_words
from dashboards.content.words import definitions
from dashboards.figures import printed
from dashboards.figures.view import View
from dashboards.formats import NBSP
from dashboards.published.control import Checked
from schemas.indicators.catalogue import NOMBRE, Indicator
from schemas.indicators.measures import figure_sql
from schemas.publications.printed import STRUCTURES


@dataclass(frozen=True)
class Printed:
    """A published figure: what and where, as printed, as computed here, and the gap with what is admitted of it."""

    name: str
    where: str
    published: str
    computed: str
    gap: str
    reason: str = ""
    apart: bool = False  # the gap is wider than what is admitted


@dataclass(frozen=True)
class Behind:
    """An indicator and its figures on a slide: `facts` are terms and texts, `rows` the parts of each figure."""

    label: str
    definition: str
    facts: tuple[tuple[str, str], ...]
    rows: tuple[tuple[str, str, str, str], ...]  # label, value, numerator, denominator; none for a single figure
    printed: tuple[Printed, ...]
    query: str | None  # to be run again in the file that holds the rows; None where it is made from other indicators


def behind(figures: tuple[Figure, ...], view: View) -> tuple[Behind, ...]:
    """What is to be known of each indicator among figures, in their order."""
    declared = definitions(tuple(f.indicator for f in figures))
    return tuple(_behind(d, tuple(f for f in figures if f.indicator == d.id), view) for d in declared)


def of_structures(view: View) -> tuple[Printed, ...]:
    """What publications print of the ranking of structures."""
    return _printed([c for c in view.printed if c.indicateur.startswith(STRUCTURES) and c.modalite], view)


def _behind(declared: Indicator, figures: tuple[Figure, ...], view: View) -> Behind:
    facts = [("Population", declared.base.words), ("Unité", unit_words(declared))]
    if len(figures) == 1:
        facts += _parts(declared, figures[0])
    facts += [("Attention", text) for text in (declared.caveat, view.public.note) if text]
    facts.append(("Indicateur", f"{declared.id}, millésime {view.vintage.name}"))
    known = {f.modality for f in figures}
    checked = [c for c in view.printed if c.indicateur == declared.id and known.issuperset(c.modalite.split("+"))]
    rows = _rows(figures) if len(figures) > 1 and declared.unit != NOMBRE else ()
    scope = view.subject.scope
    query = figure_sql(declared, scope.annee, scope.niveau, scope.territoire, scope.public)
    return Behind(declared.label, declared.definition, tuple(facts), rows, _printed(checked, view), query)


def _parts(declared: Indicator, figure: Figure) -> list[tuple[str, str]]:
    cell, found = figure.cell, []
    if cell.numerateur is not None and declared.unit != NOMBRE:
        found.append(("Numérateur", formats.nombre(cell.numerateur)))
    if cell.denominateur is not None:
        found.append(("Dénominateur", formats.nombre(cell.denominateur)))
    if cell.valeur is None:
        found.append(("Manque", cell.reason))
    return found


def _rows(figures: Iterable[Figure]) -> tuple[tuple[str, str, str, str], ...]:
    return tuple((f.label, f.text, _part(f, f.cell.numerateur), _part(f, f.cell.denominateur)) for f in figures)


def _part(figure: Figure, number: float | None) -> str:
    """A median has no numerator: nothing is missing there."""
    return formats.nombre(number) if number is not None or figure.cell.valeur is None else "–"


def _printed(found: Iterable[Checked], view: View) -> tuple[Printed, ...]:
    """Published figures, each once however many pages print it."""
    same: dict[tuple[object, ...], list[Checked]] = {}
    for c in found:
        same.setdefault(
            (c.publication, c.indicateur, c.modalite, c.annee, c.public, c.publie, c.comparateur), []
        ).append(c)
    return tuple(_one_printed(several, view) for several in same.values())


def _one_printed(several: list[Checked], view: View) -> Printed:
    first = several[0]
    unit = printed.unit(first)
    gap = printed.gap(unit, first.ecart, first.precision)
    other_year = first.annee != view.subject.scope.annee and str(first.annee) not in first.libelle
    return Printed(
        f"{first.libelle} ({first.annee})" if other_year else first.libelle,
        f"{first.publication}{NBSP}: {' ; '.join(dict.fromkeys(c.reference for c in several))}",
        printed.as_printed(first),
        printed.value(unit, first.calcule, first.precision),
        "" if first.calcule is None else f"{gap} (admis{NBSP}: {printed.tolerance(first)})",
        first.raison,
        first.statut == "ecart",
    )
