"""Unknown is not zero: an indicator leaves out the accompaniments of deliveries that lack what it needs.

What is unknown is found per delivery and column (`controle.inconnus`). Where everything is known, an indicator is as
declared and costs nothing more; else its bases keep the deliveries that say what it needs.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from schemas.indicators.indicator import Base, Indicator
from schemas.publics import APART
from schemas.text import quoted

Unknown = Mapping[str, frozenset[str]]  # the deliveries in which a column ("actions.resultat") is unknown

QUERY = "SELECT table_lue || '.' || colonne, livraison FROM controle.inconnus WHERE source = 'bali'"


def unknown_from(rows: Iterable[tuple[str, str]]) -> Unknown:
    """What the rows of QUERY say."""
    found: dict[str, set[str]] = {}
    for column, delivery in rows:
        found.setdefault(column, set()).add(delivery)
    return {column: frozenset(deliveries) for column, deliveries in found.items()}


def known_only(i: Indicator, unknown: Unknown) -> Indicator:
    """The indicator over the deliveries that say what it needs."""
    lacking = [column for column in i.needs if unknown.get(column)]
    if lacking:
        whole = i.whole and replace(i.whole, base=i.whole.base and _keeping(i.whole.base, lacking, unknown))
        i = replace(i, base=_keeping(i.base, lacking, unknown), whole=whole)
    if i.of_everyone:
        of_publics = {p.code: [column for column in p.needs if unknown.get(column)] for p in APART}
        i = replace(i, everyone={p: _keeping(i.base, lacks, unknown) for p, lacks in of_publics.items() if lacks})
    return i


def _keeping(base: Base, columns: Iterable[str], unknown: Unknown) -> Base:
    """The rows of a base whose delivery says what is in these columns."""
    return base if base.known else base.but(says_of(columns, unknown), base.words)


def says_of(columns: Iterable[str], unknown: Unknown) -> str:
    """The predicate of the rows whose delivery says what is in these columns."""
    lacking = (unknown[column] for column in columns if unknown.get(column))
    return " AND ".join(dict.fromkeys(map(_says, lacking))) or "TRUE"


_NOT_IN = "livraison NOT IN"


def _says(deliveries: Iterable[str]) -> str:
    return f"{_NOT_IN} ({', '.join(map(quoted, sorted(deliveries)))})"


def says(predicate: str) -> bool:
    """Whether a predicate keeps the deliveries that say something."""
    return predicate.startswith(_NOT_IN)
