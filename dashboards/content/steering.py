"""What happens month by month, in sentences: the same for every page that says it."""

from collections.abc import Sequence

from dashboards import formats
from dashboards.analysis import verdicts
from dashboards.figures import steering
from dashboards.figures.steering import Episode
from dashboards.formats import NBSP
from dashboards.published.steering import Charted, Month
from schemas.indicators.catalogue import PART

NAMES = {
    "saisines": "Saisines",
    "clotures": "Clôtures",
    "taux_succes": "Taux de succès",
    "part_ouverts_15": "Ouvertures en 15 jours ou moins",
}


def month(one: Month | Charted) -> str:
    return formats.mois(one.annee, one.mois)


def value(mesure: str, amount: float) -> str:
    """A value of a control chart; of counts the limits are no whole numbers."""
    return formats.part(amount) if steering.unit(mesure) == PART else formats.nombre(amount)


def limits(one: Charted) -> str:
    return f"{value(one.mesure, one.bas)} à {value(one.mesure, one.haut)}"


def span(months: Sequence[Month | Charted]) -> str:
    """From which month to which: « janvier 2025 », « de janvier à juin 2025 », « d'octobre 2024 à juin 2025 »."""
    first, last = months[0], months[-1]
    if (first.annee, first.mois) == (last.annee, last.mois):
        return month(first)
    begin = month(first) if first.annee != last.annee else month(first).split(" ")[0]
    return f"{formats.of(begin)} à {month(last)}"


def episode(one: Episode) -> str:
    """A signal with its months, its value and the limits."""
    far, name = one.extreme, NAMES[one.mesure]
    usual = f"moyenne {value(one.mesure, far.moyenne)}, limites {limits(far)}"
    told = value(one.mesure, far.valeur)
    if len(one.months) == 1:
        where = "au-dessus" if one.side > 0 else "en dessous"
        return f"{name}, {span(one.months)}{NBSP}: {told}, {where} de l'ordinaire ({usual})."
    count = formats.counted(len(one.months), "mois", "mois")
    if steering.unit(one.mesure) != PART and all(m.valeur == 0 for m in one.months):
        return f"{name}{NBSP}: aucune {span(one.months)}, {count} de suite ({usual})."
    if one.trend:
        way = "hausse" if one.months[-1].valeur > one.months[0].valeur else "baisse"
        ends = f"{value(one.mesure, one.months[0].valeur)} à {value(one.mesure, one.months[-1].valeur)}"
        return f"{name}{NBSP}: {count} de {way} de suite, {span(one.months)}, de {ends} ({usual})."
    where = "au-dessus" if one.side > 0 else "en dessous"
    beyond = _beyond(one.outside, len(one.months))
    return f"{name}{NBSP}: {count} de suite {where} de la moyenne, {span(one.months)}{beyond}, {told} en {month(far)} ({usual})."


def _beyond(outside: int, of: int) -> str:
    if not outside:
        return ""
    if outside == of:
        return ", tous hors limites"
    return f", dont {outside} hors limites"


def verdict(episodes: Sequence[Episode], points: Sequence[Charted]) -> str:
    """What a control chart says, in few words."""
    if not episodes:
        return f"{verdicts.NOISE} ordinaire"
    current = episodes[-1]
    sign = verdicts.UP if current.side > 0 else verdicts.DOWN
    if current.last:
        return f"{sign} signal en cours"
    return f"{sign} signal passé ({month(current.months[-1])}), ordinaire depuis" if points else ""
