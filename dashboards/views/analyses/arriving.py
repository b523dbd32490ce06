"""What comes: the end of the year in progress, and what the last delivery brought."""

from collections.abc import Mapping, Sequence

import polars as pl
import streamlit as st

from dashboards import formats
from dashboards.analysis.verdicts import SMALL_BASE
from dashboards.content import steering as told
from dashboards.figures import steering as figures
from dashboards.formats import NBSP
from dashboards.published import reading as published
from dashboards.published import steering
from dashboards.published.steering import Charted, Landing, Month
from dashboards.views import common
from dashboards.views.analyses import drawn, steered
from dashboards.views.analyses.drawn import QUIET, UP, Dot
from dashboards.views.analyses.steered import Steered
from dashboards.views.common import Column
from dashboards.web import page as web
from schemas.indicators.catalogue import NOMBRE, PART
from schemas.publics import EVERYONE


def landing(seen: Steered) -> None:
    """The end of the year in progress with its interval, beside the year before."""
    found = steering.landing(seen.source, seen.place.niveau, seen.place.code)
    if not found:
        common.title("Fin de l'année")
        common.sentence(
            "Aucune prévision : il faut une année en cours, deux années entières avant elle, et au moins 30 cas en six mois."
        )
        return
    year = found[0].annee
    whole = "" if seen.public == EVERYONE else " Tous publics."
    common.title(
        f"Atterrissage {year}",
        f"Année en cours, incomplète{NBSP}: prévision et son intervalle à 80 % (une fois sur cinq, l'année finit en dehors). Point creux : "
        f"{year - 1} constaté.{whole}",
    )
    everyone = steering.months(seen.source, seen.place.niveau, seen.place.code)
    dots = [_dot(one, everyone) for one in found]
    for one, dot in zip(found, dots, strict=True):
        common.sentence(_landed(one, everyone))
        known = [v for v in (dot.low, dot.high, dot.reference) if v is not None]
        room = (max(known) - min(known)) * 0.15 or 1.0
        drawn.dots([dot], _landed(one, everyone), (min(known) - room, max(known) + room))
    frame = pl.DataFrame([(o.annee, o.mesure, o.observe, o.prevu, o.bas, o.haut) for o in found], orient="row",
                         schema=["annee", "mesure", "observe", "prevu", "bas", "haut"])  # fmt: skip
    steered.tools(
        seen.file("atterrissage"), f"Atterrissage {year}", steered.facts("marts.atterrissage", "observe", "prevu", "bas", "haut"),
        steering.landing_sql(seen.place.niveau, seen.place.code), frame,
    )  # fmt: skip


def _total(months: Sequence[Month], year: int, mesure: str) -> int | None:
    """What a year added up to; None where not all of its months are known."""
    of = [getattr(m, mesure) for m in months if m.annee == year]
    return sum(of) if len(of) == 12 else None


def _dot(one: Landing, months: Sequence[Month]) -> Dot:
    before = _total(months, one.annee - 1, one.mesure)
    outside = before is not None and not one.bas <= before <= one.haut
    text = f"{formats.nombre(one.prevu)} ({formats.nombre(one.bas)} à {formats.nombre(one.haut)})"
    return Dot(told.NAMES[one.mesure], one.prevu, text, UP if outside else QUIET, one.bas, one.haut, before)


def _landed(one: Landing, months: Sequence[Month]) -> str:
    """The forecast in words, set beside the year before only where that is outside the interval."""
    year, before = one.annee, _total(months, one.annee - 1, one.mesure)
    name = told.NAMES[one.mesure].lower()
    text = (
        f"{formats.nombre(one.prevu)} {name} prévues en {year}, entre {formats.nombre(one.bas)} et {formats.nombre(one.haut)} ; "
        f"{formats.nombre(one.observe)} déjà observées à fin {told.month(months[-1])}."
    )
    if before is None:
        return text
    if one.bas <= before <= one.haut:
        return f"{text} {year - 1} ({formats.nombre(before)}) est dans l'intervalle{NBSP}: ni hausse ni baisse assurée."
    way = "plus" if one.prevu > before else "moins"
    return f"{text} C'est {way} qu'en {year - 1} ({formats.nombre(before)}), même à la borne la plus proche."


def since(seen: Steered) -> None:
    """What the latest delivery brought: its months beside the same months a year before, then what it revised."""
    days = steering.deliveries(seen.source)
    until = figures.delivered_until(seen.months, days[-2]) if len(days) > 1 else None
    common.title("Depuis la livraison précédente")
    if until is None:
        common.sentence("Une seule livraison est lue : rien à comparer.")
        return
    period = figures.since(seen.months, until)
    if not period:
        common.sentence("La dernière livraison n'apporte aucun mois entier de plus.")
        return
    common.sentence(
        f"La livraison du {formats.jour(days[-1])} apporte {formats.counted(len(period), 'mois', 'mois')} ({told.span(period)}) après "
        f"celle du {formats.jour(days[-2])}. Le stock passe de {formats.nombre(until.stock)} à {formats.nombre(seen.last.stock)}."
    )
    _compared(period, figures.same_months(seen.months, period))
    _new_signals(seen, until)
    _revisions(seen)


def _compared(period: Sequence[Month], before: Sequence[Month]) -> None:
    now, then = figures.flow(period), figures.flow(before) if before else None
    rows = [
        ["Saisines", *_counted(now.saisines, then.saisines if then else None)],
        ["Clôtures", *_counted(now.clotures, then.clotures if then else None)],
        ["Taux de succès", *_shared(now.success, then.success if then else None)],
        ["Ouvertures en 15 jours ou moins", *_shared(now.early, then.early if then else None)],
    ]
    beside = told.span(before) if before else "un an avant"
    columns = [Column("Mesure", words=True), Column(told.span(period)), Column(beside), Column("Écart")]
    common.table(columns, rows, "La période depuis la livraison précédente, et la même un an avant")


def _counted(value: int, before: int | None) -> tuple[str, str, str]:
    small = before is not None and before < SMALL_BASE
    return (
        formats.nombre(value), formats.nombre(before),
        "petit effectif" if small else formats.gap(NOMBRE, value, before),
    )  # fmt: skip


def _shared(value: float | None, before: float | None) -> tuple[str, str, str]:
    return formats.part(value), formats.part(before), formats.gap(PART, value, before)


def _new_signals(seen: Steered, until: Month) -> None:
    of: Mapping[str, Sequence[Charted]] = steering.charts(seen.source).get((seen.place.niveau, seen.place.code), {})
    new = [
        e
        for points in of.values()
        for e in figures.episodes(points)
        if (e.months[-1].annee, e.months[-1].mois) > until.key
    ]
    if new:
        common.sentence("Signaux qui touchent ces mois :")
        st.html("<ul>" + "".join(f"<li>{web.escape(told.episode(e))}</li>" for e in new) + "</ul>")
    else:
        common.sentence("Aucun signal dans ces mois.")


def _revisions(seen: Steered) -> None:
    """What the vintage before said otherwise of the months that both know."""
    former = published.before(seen.edition)
    source = steering.source(former, seen.place) if former else None
    if former is None or source is None:
        common.sentence("Aucun millésime précédent avec des mois : les révisions ne sont pas connues.")
        return
    before = steering.months(source, seen.place.niveau, seen.place.code, seen.public.code)
    changed = figures.revised(before, seen.months)
    name = published.vintage(former).name
    if not changed:
        common.sentence(f"Aucun mois déjà publié n'a été révisé depuis le millésime {name}.")
        return
    b, a = max(
        changed, key=lambda pair: abs(pair[1].clotures - pair[0].clotures) + abs(pair[1].saisines - pair[0].saisines)
    )
    common.sentence(
        f"{formats.counted(len(changed), 'mois déjà publié est révisé', 'mois déjà publiés sont révisés')} depuis le millésime {name}. "
        f"Le plus révisé, {told.month(a)}{NBSP}: {formats.nombre(a.saisines)} saisines au lieu de {formats.nombre(b.saisines)}, "
        f"{formats.nombre(a.clotures)} clôtures au lieu de {formats.nombre(b.clotures)}, "
        f"{formats.nombre(a.stock)} en cours au lieu de {formats.nombre(b.stock)}."
    )
