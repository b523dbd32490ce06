"""The first page: six figures, what changes by more than chance and why, what does not."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

import streamlit as st

from dashboards import formats
from dashboards.analysis import sentences, verdicts
from dashboards.analysis.changes import Change, Changes, changes, unmoved
from dashboards.analysis.explaining import between_years
from dashboards.analysis.questions import Unanswerable
from dashboards.analysis.ranking import ranked
from dashboards.analysis.verdicts import Verdict
from dashboards.content import words
from dashboards.figures.view import ANNEE, View
from dashboards.formats import NBSP
from dashboards.published import steering
from dashboards.published.reading import NATIONAL, Edition
from dashboards.published.steering import Month
from dashboards.views import common, explorer
from dashboards.views.analyses import pilotage, pourquoi
from dashboards.web import page as web
from schemas.indicators.catalogue import BY_ID
from schemas.indicators.crossing import MEASURES, additive
from schemas.indicators.dimensions import DIMENSION
from schemas.indicators.indicator import NOMBRE
from schemas.publics import EVERYONE

TITLE, PATH = "Essentiel", "sommaire"
STEADY = (  # figures of which it is said that they have not moved, where they have not
    "detections.part_externe", "gains.complementaire_sante", "gains.numerique",
    "gains.medecin_traitant", "delais.ouverture_mediane", "soins.part_des_succes",
)  # fmt: skip
CAUSES = tuple(DIMENSION[name] for name in ("type_accompagnement", "famille_detecteur", "situation"))
WIDE, TALL, EDGE = 170, 52, 6  # of a sparkline, in its own units
RULE = (
    "Signal : hasard exclu à 99 % (test de deux proportions pour les parts, rangs signés entre caisses pour les nombres et les "
    "durées), écart d'au moins 1 point, 2 %, 2 jours ou 1 an, base de 30 cas au moins, et 5 % de fausses découvertes au plus "
    "parmi les {tested} écarts éprouvés. Par thème, le plus net ; dans l'ordre des cas concernés."
)


@dataclass(frozen=True)
class Key:
    """A figure of the first row: what it is called, and its value in a month where months give it."""

    indicator: str
    label: str
    monthly: Callable[[Month], float | None] = lambda _: None


KEYS = (
    Key("detections.nombre", "Détections", lambda m: m.saisines),
    Key("clotures.nombre", "Clôtures", lambda m: m.clotures),
    Key("clotures.taux_succes", "Clôtures en succès", lambda m: m.succes / m.clotures if m.clotures else None),
    Key("durees.mediane", "Durée médiane (closes seulement)", lambda m: m.duree_mediane),
    Key("profil.part_medecin_traitant", "Médecin traitant à la clôture"),
    Key("stock.nombre", "En cours au 31 décembre", lambda m: m.stock),
)


def draw(edition: Edition, view: View, links: Mapping[str, st.Page]) -> None:
    beside = view.comparison
    found = changes(edition, view.subject.scope, beside.scope, whole=beside.whole) if beside else Changes((), ())
    common.head(_headline(view, found), _subtitle(view))
    with st.container(key="corps"):
        st.html(_keys(edition, view, found))
        if beside:
            _told(edition, view, found, links)
            if still := _unmoved(found):
                st.html(f'<p class="adass-still"><b>N\'ont pas bougé{NBSP}:</b> {web.escape(still)}.</p>')
        else:
            _alone(view, links)
    rule = [RULE.format(tested=formats.nombre(len(found.tested)))] if beside else []
    common.foot(*rule, *words.source(view))


def _alone(view: View, links: Mapping[str, st.Page]) -> None:
    """What is said of a year that has nothing to be set beside."""
    why = "Aucune année complète ne précède celle-ci" if view.complete else "Une année en cours ne se compare pas"
    common.nothing(f"{why}{NBSP}: rien n'est dit de ce qui change.")
    st.page_link(links[pilotage.PATH], label="Les mois, le stock et la fin de l'année : Pilotage mensuel →")


# --- the head ---


def _subtitle(view: View) -> str:
    whose = [view.public.label, view.territory.label, str(view.subject.scope.annee)]
    return f"{NBSP}· ".join([*whose, *([f"face à {view.comparison.name}"] if view.comparison else [])])


def _headline(view: View, found: Changes) -> str:
    place = "" if view.territory.niveau == NATIONAL else view.territory.label
    public = "" if view.public == EVERYONE else view.public.label.lower()
    where = ", ".join(p for p in (place, public) if p)
    start = f"{where}{NBSP}: en" if where else "En"
    told = [text for text in (_moved(view, found, *one) for one in MOVES) if text]
    return f"{start} {view.subject.scope.annee}, {', '.join(told) or 'rien à compter'}"


MOVES = (  # a figure, what it is called, its verb in the plural or not
    ("clotures.nombre", "les clôtures", True),
    ("stock.nombre", "le stock", False),
    ("clotures.taux_succes", "le succès", False),
)


def _moved(view: View, found: Changes, indicator: str, name: str, plural: bool) -> str:
    """How a figure moves, where that is a signal; else what it is."""
    change, cell = found.of(indicator, view.public), view.subject(indicator)
    unit = BY_ID[indicator].unit
    if cell.valeur is None:
        return ""
    value = formats.value(unit, cell.valeur)
    if change is None or view.comparison is None or view.comparison.code != ANNEE:
        return f"{name} {'sont' if plural else 'est'} de {value}" if unit == NOMBRE else f"{name} est de {value}"
    gap = formats.unsigned(formats.gap(unit, change.after.valeur, change.before.valeur))
    if not change.verdict.signal:
        verb = "reste" if unit == NOMBRE else "tient"
        return f"{name} {verb}{'nt' if plural else ''} à {value}"
    verb = "augmente" if change.verdict.gap > 0 else "recule"
    return f"{name} {verb}{'nt' if plural else ''} de {gap}"


# --- six figures ---


def _keys(edition: Edition, view: View, found: Changes) -> str:
    source = steering.source(edition, view.territory)
    scope = view.subject.scope
    months = steering.months(source, scope.niveau, scope.territoire, scope.public) if source else ()
    cells = "".join(_key(key, view, found, months) for key in KEYS)
    legend = ""
    if months:
        rows = (("dashed", f"{scope.annee - 1}, mois par mois"), ("full", str(scope.annee)))
        lines = "".join(f'<span><i class="{kind}"></i>{text}</span>' for kind, text in rows)
        legend = f'<div class="adass-legend adass-months">{lines}</div>'
    return f'<div class="adass-essentiels" role="group" aria-label="Chiffres clés">{cells}</div>{legend}'


def _key(key: Key, view: View, found: Changes, months: Sequence[Month]) -> str:
    cell, change = view.subject(key.indicator), found.of(key.indicator, view.public)
    unit = BY_ID[key.indicator].unit
    number, _, sign = formats.value(unit, cell.valeur).rpartition(NBSP)
    value = f"{web.escape(number)}<small>{NBSP}{web.escape(sign)}</small>" if number and cell.valeur is not None else ""
    tone = _tone(change.verdict if change else None)
    lines = [
        f'<span class="label">{web.escape(key.label)}</span>',
        f'<span class="value">{value or web.escape(formats.value(unit, cell.valeur))}</span>',
        f'<span class="gap">{_gap(key, view, change)}</span>',
        _sparkline(key, view.subject.scope.annee, months, tone),
    ]
    return f'<div class="{tone}">{"".join(lines)}</div>'


def _gap(key: Key, view: View, change: Change | None) -> str:
    if view.comparison is None:
        return ""
    text = web.escape(view.gap(key.indicator))
    if change is None:
        beside = view.compared(key.indicator)
        known = formats.value(BY_ID[key.indicator].unit, beside.valeur if beside else None)
        return f"{web.escape(view.comparison.name)}{NBSP}: {web.escape(known)}"
    kind = (
        "signal" if change.verdict.signal else "base trop petite" if change.verdict.small else _why_not(change.verdict)
    )
    return f"{change.verdict.mark} <b>{text}</b>{NBSP}· {kind}"


def _why_not(verdict: Verdict) -> str:
    return "petit écart" if verdict.excluded else "hasard possible"


def _tone(verdict: Verdict | None) -> str:
    if verdict is None or not verdict.signal:
        return "quiet"
    return "against" if verdict.unfavourable else "apart"


def _sparkline(key: Key, annee: int, months: Sequence[Month], tone: str) -> str:
    """The months of the year over those of the year before, dashed; nothing where months are not given.

    An image, because Streamlit leaves no drawing in the HTML of a page.
    """
    rows = {year: [(m.mois, key.monthly(m)) for m in months if m.annee == year] for year in (annee - 1, annee)}
    values = [v for row in rows.values() for _, v in row if v is not None]
    if len(values) < 2:
        return ""
    low, high = min(values), max(values)
    step, height = (WIDE - 2 * EDGE) / 11, (TALL - 2 * EDGE) / ((high - low) or 1.0)
    before, now = (
        [(EDGE + step * (mois - 1), TALL - EDGE - height * (v - low)) for mois, v in row if v is not None]
        for row in rows.values()
    )
    colours = web.colours()
    colour = {"apart": colours.accent, "against": colours.warning}.get(tone, colours.muted)
    drawn = _line(before, colours.comparator, 'stroke-width="1.5" stroke-dasharray="3 2.5"')
    drawn += _line(now, colour, 'stroke-width="2.2"')
    drawn += "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colour}"/>' for x, y in now[-1:])
    image = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {TALL}">{drawn}</svg>'
    told = f"{key.label}, mois par mois{NBSP}: {annee} en trait plein, {annee - 1} en tirets"
    return f'<img alt="{web.escape(told)}" src="data:image/svg+xml,{quote(image)}">'


def _line(points: Sequence[tuple[float, float]], colour: str, style: str) -> str:
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-linejoin="round" {style}/>'


# --- what changes ---


def _told(edition: Edition, view: View, found: Changes, links: Mapping[str, st.Page]) -> None:
    if not found.told:
        common.title("Rien ne change au-delà du hasard")
        common.sentence(
            "Aucun écart n'est à la fois plus large que ce que donne le hasard et assez grand pour compter."
        )
        return
    many = len(found.told)
    common.title("Un changement qui compte" if many == 1 else f"{many} changements qui comptent")
    for place, change in enumerate(found.told, 1):
        with st.container(key=f"changement-{place}"):
            st.html(_item(place, change, view, _why(edition, view, change)))
            _links(change, view, links)


def _item(place: int, change: Change, view: View, why: str) -> str:
    unit = change.indicator.unit
    after, before = (formats.value(unit, c.valeur) for c in (change.after, change.before))
    beside = view.comparison.name if view.comparison else ""
    there = f"en {beside}" if view.comparison and view.comparison.code == ANNEE else f"({beside})"
    title = f"{_name(change)}{NBSP}: {after}, contre {before} {there}"
    gap = formats.gap(unit, change.after.valeur, change.before.valeur)
    concerned = formats.counted(round(change.cases), "cas concerné", "cas concernés")
    because = f"<p>{web.escape(why)}</p>" if why else ""
    return (
        f'<div class="adass-change {_tone(change.verdict)}"><span class="rank">{place}</span><div>'
        f"<h3>{web.escape(title)}</h3>{because}"
        f'<p class="note">{change.verdict.mark} {web.escape(gap)}{NBSP}· {web.escape(concerned)}</p></div>'
        f"{_dumbbell(change, after, before)}</div>"
    )


def _name(change: Change) -> str:
    label = change.indicator.label
    modality = change.indicator.label_of(change.modality) if change.modality else ""
    public = "" if change.public == EVERYONE else f" ({change.public.label.lower()})"
    return f"{label}{f', {modality}' if modality else ''}{public}"


def _dumbbell(change: Change, after: str, before: str) -> str:
    """Both figures on an axis of their own: apart as much as the gap is larger than the least that matters."""
    a, b = change.after.valeur or 0.0, change.before.valeur or 0.0
    least = verdicts.LEAST[change.indicator.unit] * (abs(b) if change.indicator.unit == NOMBRE else 1.0)
    half = 2 * max(abs(a - b), 4 * least)
    places = [50 + 80 * (v - (a + b) / 2) / half for v in (a, b)]
    left, right = min(places), max(places)
    sides = ("right", "left") if a >= b else ("left", "right")
    return (
        f'<div class="pair" aria-hidden="true"><i class="line" style="left:{left:.1f}%;width:{right - left:.1f}%"></i>'
        f'<i class="then" style="left:{places[1]:.1f}%"></i><i class="now" style="left:{places[0]:.1f}%"></i>'
        f'<span class="now {sides[0]}" style="left:{places[0]:.1f}%">{web.escape(after)}</span>'
        f'<span class="then {sides[1]}" style="left:{places[1]:.1f}%">{web.escape(before)}</span></div>'
    )


def _why(edition: Edition, view: View, change: Change) -> str:
    """What makes the change, of the few dimensions that are tried here; empty where it cannot be taken apart."""
    measure, beside = change.indicator, view.comparison
    if beside is None or beside.code != ANNEE or change.modality or measure.id not in MEASURES or not additive(measure):
        return ""
    scope = view.subject.scope
    sides = between_years(measure.id, (), beside.scope.annee, scope.annee, scope.territoire, change.public.code)
    try:
        found = ranked(edition, *sides, CAUSES)
    except Unanswerable:
        return ""
    told = sentences.causes(edition, found[0].answer) if found else ""
    return f"{told}." if told else ""


def _links(change: Change, view: View, links: Mapping[str, st.Page]) -> None:
    with st.container(key=f"suites-{change.indicator.id}-{change.modality}-{change.public.code}", horizontal=True):
        if slide := explorer.shown_on().get(change.indicator.id):
            st.page_link(links[slide.path], label=f"{slide.title} →")
        elif change.indicator.id.startswith(("stock.", "delais.")):
            st.page_link(links[pilotage.PATH], label="Pilotage mensuel →")
        if change.indicator.id in MEASURES and additive(change.indicator) and not change.modality:
            asked = {"mesure": change.indicator.id, "public": change.public.code}
            st.page_link(links[pourquoi.PATH], label="Pourquoi ? →", query_params=asked)


def _unmoved(found: Changes) -> str:
    told = [
        f"{c.indicator.label[0].lower()}{c.indicator.label[1:]} {formats.value(c.indicator.unit, c.after.valeur)} "
        f"({formats.gap(c.indicator.unit, c.after.valeur, c.before.valeur)})"
        for c in unmoved(found, STEADY)
    ]
    return ", ".join(told)
