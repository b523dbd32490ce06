"""Steering, month by month: flows, what is under way and how old it is, delays, what is out of the ordinary, the year's end."""

from collections.abc import Sequence
from math import sqrt
from statistics import NormalDist

import polars as pl
import streamlit as st

from dashboards import formats
from dashboards.analysis.questions import FRANCE
from dashboards.analysis.verdicts import CHANCE, LEAST, SMALL_BASE
from dashboards.charts import steering as charts
from dashboards.content import steering as told
from dashboards.figures import steering as figures
from dashboards.formats import NBSP
from dashboards.published import steering
from dashboards.published.reading import ORGANISME, Edition
from dashboards.published.steering import Month
from dashboards.views import common
from dashboards.views.analyses import arriving, signalled, steered
from dashboards.views.analyses.asking import Links
from dashboards.views.analyses.steered import Steered
from dashboards.web import page as web
from schemas.indicators.indicator import NOMBRE
from schemas.publics import EVERYONE

TITLE, PATH = "Pilotage mensuel", "pilotage"
SURE = NormalDist().inv_cdf(1 - CHANCE / 2)  # standard errors: chance excluded


def draw(edition: Edition, links: Links) -> None:
    places = steering.readable(edition)
    if not places:
        steered.closed(edition, TITLE)
        return
    place, public = steered.where(places)
    source = steering.source(edition, place)
    months = steering.months(source, place.niveau, place.code, public.code) if source else ()
    if source is None or not months:
        common.head(f"{TITLE}{NBSP}: aucun mois observé", f"{NBSP}· ".join((public.label, place.label)))
        common.nothing("Aucun accompagnement de ce public n'est connu dans ce territoire.")
        common.foot(steered.source(edition))
        return
    seen = Steered(edition, source, place, public, months)
    common.head(_headline(seen), _subtitle(seen))
    if figures.stopped(months):
        common.sentence(
            "Zéro peut vouloir dire que rien n'est transmis, et non que rien ne se passe : à vérifier auprès du territoire."
        )
    with st.container(key="corps"):
        _figures(seen)
        _flows(seen)
        signalled.signals(seen)
        if place.niveau != ORGANISME:
            signalled.elsewhere(seen, places)
        _waiting(seen)
        arriving.landing(seen)
        arriving.since(seen)
        steered.query(edition, seen.sql, links)
    common.foot(*_notes(seen), steered.source(edition))


# --- the head ---


def _headline(seen: Steered) -> str:
    """What happened to the stock in a year, or that nothing comes any more."""
    last, before, here = seen.last, seen.before, _here(seen)
    if halted := figures.stopped(seen.months):
        frozen = f"stock figé à {formats.nombre(last.stock)}" if last.stock else "plus rien en cours"
        return f"{here}Ni saisine ni clôture depuis {told.month(halted)}{NBSP}: {frozen}"
    under_way = f"{formats.counted(last.stock, 'accompagnement', 'accompagnements')} en cours fin {told.month(last)}"
    if last.stock < SMALL_BASE or before is None or before.stock < SMALL_BASE:
        return f"{here}{under_way}"
    change = last.stock / before.stock - 1
    old = f", dont {formats.nombre(last.stock_plus_180)} depuis plus de 180 jours" if last.stock_plus_180 else ""
    if abs(change) < LEAST[NOMBRE] or abs(last.stock - before.stock) < SURE * sqrt(last.stock + before.stock):
        return f"{here}Le stock est à peu près stable sur un an{NBSP}: {under_way}{old}"
    verb = "monte" if change > 0 else "recule"
    return f"{here}Le stock {verb} de {formats.unsigned(formats.evolution(change))} en un an{NBSP}: {under_way}{old}"


def _here(seen: Steered) -> str:
    place = "" if seen.place.code == FRANCE else seen.place.label
    public = "" if seen.public == EVERYONE else formats.inside(seen.public.label)
    named = ", ".join(p for p in (place, public) if p)
    return f"{named[0].upper()}{named[1:]}. " if named else ""


def _subtitle(seen: Steered) -> str:
    day = steering.observed(seen.source)
    observed = [f"observé au {formats.jour(day)}"] if day else []
    return f"{NBSP}· ".join(
        (
            "Flux, stock et délais des accompagnements", seen.public.label, seen.place.label,
            f"jusqu'à fin {told.month(seen.last)}, dernier mois entier", *observed,
        )
    )  # fmt: skip


def _figures(seen: Steered) -> None:
    """Six figures of the last month, each beside the same month of the year before."""
    now, then = seen.last, seen.before
    told_before = told.month(then) if then else ""

    def count(name: str) -> tuple[str, str]:
        value, other = getattr(now, name), getattr(then, name) if then else None
        if other is None or other < SMALL_BASE or value < SMALL_BASE:
            return formats.nombre(value), f"{formats.nombre(other)} en {told_before}" if then else ""
        return formats.nombre(value), f"{formats.evolution(value / other - 1)} en un an"

    def share(part: str, whole: str) -> tuple[str, str]:
        base = getattr(now, whole)
        value = getattr(now, part) / base if base else None
        if base < SMALL_BASE:
            return formats.part(value), f"base {formats.nombre(base)}"
        other = getattr(then, part) / getattr(then, whole) if then and getattr(then, whole) else None
        if value is None or other is None:
            return formats.part(value), ""
        return formats.part(value), f"{formats.points(value - other)} en un an"

    delay = formats.jours(now.delai_median)
    delay_before = (
        f"{formats.jours(then.delai_median)} en {told_before}" if then and then.delai_median is not None else ""
    )
    common.counts(
        [
            (count("saisines")[0], "saisines", count("saisines")[1]),
            (count("clotures")[0], "clôtures", count("clotures")[1]),
            (share("succes", "clotures")[0], "de succès", share("succes", "clotures")[1]),
            (count("stock")[0], "en cours", count("stock")[1]),
            (share("stock_plus_180", "stock")[0], "en cours depuis plus de 180 jours", share("stock_plus_180", "stock")[1]),
            (delay, "délai médian d'ouverture", delay_before),
        ]
    )  # fmt: skip


# --- flows and stock ---


def _flows(seen: Steered) -> None:
    left, right = st.columns(2, gap="large")
    with left:
        common.title("Saisines et clôtures", "Par mois. Bleu-vert : on clôt plus qu'on n'ouvre ; rose : l'inverse.")
        steered.plot(
            charts.flows(seen.window, web.colours()), "flux",
            f"Saisines et clôtures par mois, {told.span(seen.window)}. {told.month(seen.last)}{NBSP}: "
            f"{formats.nombre(seen.last.saisines)} saisines, {formats.nombre(seen.last.clotures)} clôtures.",
        )  # fmt: skip
        names = ("saisines", "ouvertures", "clotures", "succes")
        steered.tools(
            seen.file("flux"), "Saisines, ouvertures et clôtures du mois", steered.facts("marts.mensuel", *names), seen.sql,
            _frame(seen.window, names),
        )  # fmt: skip
    with right:
        common.title("En cours à la fin du mois, par ancienneté", "Depuis la saisine.")
        _ages(seen.last)
        steered.plot(charts.stock(seen.window, web.colours()), "stock", _stock_words(seen.last))
        names = ("stock", "stock_plus_90", "stock_plus_180", "age_median_stock")
        steered.tools(
            seen.file("stock"), "Stock et ancienneté", steered.facts("marts.mensuel", *names), seen.sql,
            _frame(seen.window, names),
        )  # fmt: skip


def _ages(last: Month) -> None:
    shades = charts.age_colours(web.colours())
    counts = (last.stock_plus_180, last.stock_plus_90 - last.stock_plus_180, last.stock - last.stock_plus_90)
    items = "".join(
        f'<span><i style="background:{shade}"></i>{web.escape(name)}{NBSP}: {formats.nombre(n)}</span>'
        for shade, name, n in zip(shades, charts.AGES, counts, strict=True)
    )
    st.html(f'<div class="adass-legend">{items}</div>')


def _stock_words(last: Month) -> str:
    return (
        f"En cours fin {told.month(last)}{NBSP}: {formats.nombre(last.stock)}, dont {formats.nombre(last.stock_plus_90)} depuis plus "
        f"de 90 jours et {formats.nombre(last.stock_plus_180)} depuis plus de 180 jours."
    )


def _frame(months: Sequence[Month], names: Sequence[str]) -> pl.DataFrame:
    columns = ("annee", "mois", *names)
    return pl.DataFrame({c: [getattr(m, c) for m in months] for c in columns}, strict=False)


# --- delays ---


def _waiting(seen: Steered) -> None:
    last = seen.last
    common.title(
        "Délais d'ouverture",
        "De la saisine à l'ouverture, pour les ouvertures de chaque mois (ouverts seulement : ce qui attend encore n'y est pas).",
    )
    if not any(m.ouvertures for m in seen.window):
        common.nothing(f"{formats.NC} – aucune ouverture n'est livrée.")
        return
    if last.ouvertures:
        base = f" (base {formats.nombre(last.ouvertures)}, petit effectif)" if last.ouvertures < SMALL_BASE else ""
        common.sentence(
            f"En {told.month(last)}, la moitié des ouvertures se sont faites en {formats.jours(last.delai_median)} ou moins{base} ; "
            f"{formats.nombre(last.stock_sans_ouverture)} saisines attendent une ouverture fin {told.month(last)}."
        )
    shares = ", ".join(
        f"{formats.part(getattr(last, f'ouvertures_{k}') / last.ouvertures)} en {k} jours ou moins" for k in (2, 15, 30)
    ) if last.ouvertures else formats.NC  # fmt: skip
    steered.plot(
        charts.delays(seen.window, web.colours()), "delais", f"Délais d'ouverture, {told.month(last)}{NBSP}: {shares}."
    )
    names = ("ouvertures", "ouvertures_2", "ouvertures_15", "ouvertures_30", "delai_median", "stock_sans_ouverture")
    steered.tools(
        seen.file("delais"),
        "Délais d'ouverture",
        steered.facts("marts.mensuel", *names),
        seen.sql,
        _frame(seen.window, names),
    )


def _notes(seen: Steered) -> list[str]:
    notes = [
        f"Base{NBSP}: accompagnements acceptés. {told.month(seen.last).capitalize()} est le dernier mois entier : des saisies tardives "
        "peuvent encore le changer. Sous 30 cas, aucun écart n'est commenté."
    ]
    if first := figures.begun(seen.window):
        notes.append(f"Rien avant {told.month(first)} : le territoire n'avait pas commencé, ou rien n'est livré.")
    if seen.public.note:
        notes.append(seen.public.note)
    return notes
