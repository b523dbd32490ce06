"""Steering, month by month: flows, what is under way and how old it is, delays, what is out of the ordinary, the year's end."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

import polars as pl
import streamlit as st

from dashboards import formats
from dashboards.analysis.questions import FRANCE
from dashboards.charts import steering as charts
from dashboards.charts.plots import Spec
from dashboards.content import steering as told
from dashboards.figures import steering as figures
from dashboards.figures.steering import SHOWN, Episode, Striking
from dashboards.formats import NBSP
from dashboards.published import reading as published
from dashboards.published import steering
from dashboards.published.reading import ORGANISME, REGION, Edition, Territory
from dashboards.published.steering import Charted, Landing, Month
from dashboards.views import common
from dashboards.views.analyses import asking, drawn, steered
from dashboards.views.analyses.asking import Links
from dashboards.views.analyses.drawn import QUIET, UP, Dot
from dashboards.views.common import Column
from dashboards.web import page as web
from schemas.indicators.catalogue import NOMBRE, PART
from schemas.publics import EVERYONE, Public

TITLE, PATH = "Pilotage mensuel", "pilotage"
SMALL = 30  # cases: below it a base is marked and says nothing
MATTERS = 0.02  # of a count: the least change that is told
NAMED = 10  # territories named with their links; the table has all
LINES = 2  # episodes told of each of these
RULES = (
    "Un mois est signalé hors des limites (moyenne ± 2,66 fois l'écart moyen d'un mois au suivant), au septième mois de suite du "
    "même côté de la moyenne, ou à la septième hausse ou baisse de suite, si l'écart compte (1 point, 2 %). Le reste est le "
    "hasard ordinaire."
)


@dataclass(frozen=True)
class Steered:
    """Whose months a page shows, and these."""

    edition: Edition  # as the reader may read it
    source: Edition  # the file of these months
    place: Territory
    public: Public
    months: tuple[Month, ...]

    @property
    def last(self) -> Month:
        return self.months[-1]

    @property
    def window(self) -> tuple[Month, ...]:
        """The months that are drawn."""
        return self.months[-SHOWN:]

    @property
    def before(self) -> Month | None:
        return figures.year_before(self.months, self.last)

    @property
    def sql(self) -> str:
        return steering.months_sql(self.place.niveau, self.place.code, self.public.code)

    def file(self, name: str) -> str:
        return asking.file_of("pilotage", name, self.place.code, self.public.code)


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
        _signals(seen)
        if place.niveau != ORGANISME:
            _elsewhere(seen, places)
        _waiting(seen)
        _landing(seen)
        _since(seen)
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
    if last.stock < SMALL or before is None or before.stock < SMALL:
        return f"{here}{under_way}"
    change = last.stock / before.stock - 1
    old = f", dont {formats.nombre(last.stock_plus_180)} depuis plus de 180 jours" if last.stock_plus_180 else ""
    if abs(change) < MATTERS:
        return f"{here}Le stock est stable sur un an{NBSP}: {under_way}{old}"
    verb = "monte" if change > 0 else "recule"
    return f"{here}Le stock {verb} de {formats.unsigned(formats.evolution(change))} en un an{NBSP}: {under_way}{old}"


def _here(seen: Steered) -> str:
    place = "" if seen.place.code == FRANCE else seen.place.label
    public = "" if seen.public == EVERYONE else seen.public.label.lower()
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
        if other is None or other < SMALL or value < SMALL:
            return formats.nombre(value), f"{formats.nombre(other)} en {told_before}" if then else ""
        return formats.nombre(value), f"{formats.evolution(value / other - 1)} en un an"

    def share(part: str, whole: str) -> tuple[str, str]:
        base = getattr(now, whole)
        value = getattr(now, part) / base if base else None
        if base < SMALL:
            return formats.part(value), f"base {formats.nombre(base)}"
        other = getattr(then, part) / getattr(then, whole) if then and getattr(then, whole) else None
        beside = f"{formats.points(value - other)} en un an" if None not in {value, other} else ""  # type: ignore[operator]
        return formats.part(value), beside

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
        _plot(
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
        _plot(charts.stock(seen.window, web.colours()), "stock", _stock_words(seen.last))
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


def _plot(spec: Spec, key: str, alt: str) -> None:
    st.plotly_chart(spec, theme=None, key=key, alt=alt, config={"displayModeBar": False, "locale": "fr"})


# --- what is out of the ordinary ---


def _signals(seen: Steered) -> None:
    of = steering.charts(seen.source).get((seen.place.niveau, seen.place.code), {})
    whose = (
        "" if seen.public == EVERYONE else " Tous publics : les cartes de contrôle ne sont pas faites pour un public."
    )
    common.title("Ce qui n'est pas ordinaire", f"{RULES}{whose}")
    if not of:
        common.nothing("Pas de carte de contrôle : moins de douze mois, ou moins de cinq cas par mois en moyenne.")
        return
    _key()
    shown = [m for m in figures.INDICATORS if m in of]
    for pair in (shown[:2], shown[2:]):
        if pair:
            for box, mesure in zip(st.columns(2, gap="large"), pair, strict=False):
                with box:
                    _chart(seen, mesure, of[mesure])


def _key() -> None:
    st.html(
        '<div class="adass-legend adass-marks"><span><i class="band"></i>ordinaire</span><span><i class="dot"></i>mois ordinaire</span>'
        '<span><i class="diamond"></i>signal</span><span><i class="diamond against"></i>signal défavorable</span>'
        '<span><i class="hollow"></i>dernier mois, que des saisies tardives peuvent changer</span></div>'
    )


def _chart(seen: Steered, mesure: str, points: Sequence[Charted]) -> None:
    found = figures.episodes(points)
    st.html(f'<h3 class="adass-title">{told.NAMES[mesure]}</h3><p class="adass-note">{told.verdict(found, points)}</p>')
    sentences = [told.episode(e) for e in reversed(found)]
    usual = f"Moyenne {told.value(mesure, points[-1].moyenne)}, limites {told.limits(points[-1])}."
    _plot(
        charts.control(points, web.colours(), seen.last.key),
        f"carte-{mesure}",
        f"{told.NAMES[mesure]}. {' '.join(sentences) or usual}",
    )
    for sentence in sentences or [f"Aucun signal. {usual}"]:
        common.sentence(sentence)
    declared = figures.indicator(mesure)
    facts = [("Mesure", declared.definition), *steered.facts("marts.signaux", "moyenne", "bas", "haut", "signal")]
    frame = pl.DataFrame(
        [(p.annee, p.mois, p.valeur, p.moyenne, p.bas, p.haut, p.signal) for p in points], orient="row",
        schema=["annee", "mois", "valeur", "moyenne", "bas", "haut", "signal"],
    )  # fmt: skip
    steered.tools(
        seen.file(f"carte_{mesure}"),
        told.NAMES[mesure],
        facts,
        steering.charts_sql(seen.place.niveau, seen.place.code),
        frame,
    )


def _elsewhere(seen: Steered, places: Sequence[Territory]) -> None:
    """The territories within this one that have signals, the most striking first, each with a link to its own view."""
    names = {(t.niveau, t.code): t for t in places if _within(t, seen.place)}
    every = {key: of for key, of in steering.charts(seen.source).items() if key in names}
    found = figures.striking(every)
    one, many = ("territoire", "territoires")
    common.title(
        "Territoires hors de l'ordinaire",
        f"{formats.counted(len(found), one, many)} sur {formats.nombre(len(every))} ont au moins un signal. En tête, ceux dont un mois "
        f"va le plus loin au-delà de ses limites ; sur autant de cartes, quelques signaux sont le fait du hasard. Tous publics.",
    )  # fmt: skip
    if not found:
        return
    items = "".join(_item(names[s.niveau, s.territoire], s, seen.public) for s in found[:NAMED])
    st.html(f'<ol class="adass-striking">{items}</ol>')
    rows, data = [], []
    for s in found:
        first, place = s.episodes[0], names[s.niveau, s.territoire]
        rows.append([place.label, formats.nombre(s.strength, 1), formats.nombre(len(s.episodes)), told.episode(first)])
        data += [_exported(place, e) for e in s.episodes]
    frame = pl.DataFrame(
        data, orient="row",
        schema=["niveau", "territoire", "nom", "mesure", "de", "a", "mois", "hors_limites", "extreme", "moyenne", "bas", "haut", "force"],
    )  # fmt: skip
    columns = [Column("Territoire", words=True), Column("Force"), Column("Signaux"), Column("Le plus fort", words=True)]
    with st.expander(f"Tous les territoires signalés ({formats.nombre(len(found))})"):
        common.pages(columns, rows, None, "signales", "Territoires signalés, les plus loin de leurs limites d'abord")
    force = ("Force", "Écart du mois extrême à la moyenne, les limites étant à 1.")
    facts = [force, *steered.facts("marts.signaux", "moyenne", "bas", "haut", "signal")]
    steered.tools(
        seen.file("signales"), "Territoires signalés", facts, "SELECT *\nFROM marts.signaux\nWHERE signal <> ''", frame
    )


def _within(place: Territory, of: Territory) -> bool:
    if of.niveau == REGION:
        return place.region == of.code
    return place != of


def _item(place: Territory, one: Striking, public: Public) -> str:
    asked = {"territoire": place.label, **({} if public == EVERYONE else {"public": public.label})}
    lines = "".join(f"<p>{web.escape(told.episode(e))}</p>" for e in one.episodes[:LINES])
    rest = len(one.episodes) - LINES
    more = f"<p>{web.escape(formats.counted(rest, 'autre signal', 'autres signaux'))}.</p>" if rest > 0 else ""
    return f'<li><a href="{PATH}?{web.escape(urlencode(asked))}" target="_self">{web.escape(place.label)}</a>{lines}{more}</li>'


def _exported(place: Territory, e: Episode) -> tuple[object, ...]:
    first, last, far = e.months[0], e.months[-1], e.extreme
    return (
        place.niveau, place.code, place.name, e.mesure, f"{first.annee}-{first.mois:02}", f"{last.annee}-{last.mois:02}",
        len(e.months), e.outside, far.valeur, far.moyenne, far.bas, far.haut, round(e.strength, 3),
    )  # fmt: skip


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
        base = f" (base {formats.nombre(last.ouvertures)}, petit effectif)" if last.ouvertures < SMALL else ""
        common.sentence(
            f"En {told.month(last)}, la moitié des ouvertures se sont faites en {formats.jours(last.delai_median)} ou moins{base} ; "
            f"{formats.nombre(last.stock_sans_ouverture)} saisines attendent une ouverture fin {told.month(last)}."
        )
    shares = ", ".join(
        f"{formats.part(getattr(last, f'ouvertures_{k}') / last.ouvertures)} en {k} jours ou moins" for k in (2, 15, 30)
    ) if last.ouvertures else formats.NC  # fmt: skip
    _plot(
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


# --- the end of the year ---


def _landing(seen: Steered) -> None:
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


# --- since the last delivery ---


def _since(seen: Steered) -> None:
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
    small = before is not None and before < SMALL
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
