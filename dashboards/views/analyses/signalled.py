"""What is out of the ordinary: the control charts of a place, and the places within it where something happens."""

from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

import polars as pl
import streamlit as st

from dashboards import formats
from dashboards.charts import steering as charts
from dashboards.content import steering as told
from dashboards.figures import steering as figures
from dashboards.figures.steering import Episode, Striking
from dashboards.published import steering
from dashboards.published.reading import REGION, Territory
from dashboards.published.steering import Charted
from dashboards.views import common
from dashboards.views.analyses import steered
from dashboards.views.analyses.steered import Steered
from dashboards.views.common import Column
from dashboards.web import filters
from dashboards.web import page as web
from schemas.publics import EVERYONE, Public

EVERY = "Tous les signaux"
NAMED = 10  # territories named with their links; the table has all
RULES = (
    "Un mois est signalé hors des limites (moyenne ± 2,66 fois l'écart moyen d'un mois au suivant), au septième mois de suite du "
    "même côté de la moyenne, ou à la septième hausse ou baisse de suite, si l'écart compte (1 point, 2 %). Le reste est le "
    "hasard ordinaire."
)


def signals(seen: Steered) -> None:
    """The control charts of a place, each with its signals in sentences."""
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
    steered.plot(
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


def elsewhere(seen: Steered, places: Sequence[Territory]) -> None:
    """The territories within this one that have signals, the most striking first, each with a link to its own view."""
    names = {(t.niveau, t.code): t for t in places if _within(t, seen.place)}
    common.title(
        "Territoires hors de l'ordinaire",
        "En tête, ceux dont un mois va le plus loin au-delà de ses limites ; sur autant de cartes, quelques signaux sont le fait du "
        "hasard. Tous publics.",
    )
    with st.container(width=320):
        measures = [EVERY, *figures.INDICATORS]
        chosen = filters.choice("Signaux", measures, "signaux", written=lambda m: told.NAMES.get(m, m))
    every = {key: _of(of, chosen) for key, of in steering.charts(seen.source).items() if key in names}
    found = figures.striking(every)
    count = formats.counted(len(found), "territoire a", "territoires ont")
    common.sentence(
        f"{count} un signal au moins, sur {formats.nombre(sum(map(bool, every.values())))} qui ont une carte de contrôle."
    )
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
    steered.tools(seen.file("signales"), "Territoires signalés", facts, _sql(seen.place), frame)


def _of(charts: Mapping[str, Sequence[Charted]], mesure: str) -> dict[str, Sequence[Charted]]:
    """The control charts of a measure, or of all."""
    return {m: of for m, of in charts.items() if mesure in {EVERY, m}}


def _sql(within: Territory) -> str:
    """The signals of the places within one."""
    of = f"\n    AND territoire IN (SELECT organisme FROM ref.organismes WHERE code_region = '{within.code}')"
    return f"SELECT *\nFROM marts.signaux\nWHERE signal <> ''{of if within.niveau == REGION else ''}"


def _within(place: Territory, of: Territory) -> bool:
    if of.niveau == REGION:
        return place.region == of.code
    return place != of


def _item(place: Territory, one: Striking, public: Public) -> str:
    asked = {"territoire": place.label, **({} if public == EVERYONE else {"public": public.label})}
    shown = figures.foremost(one)
    lines = "".join(f"<p>{web.escape(told.episode(e))}</p>" for e in shown)
    rest = len(one.episodes) - len(shown)
    more = f"<p>{web.escape(formats.counted(rest, 'autre signal', 'autres signaux'))}.</p>" if rest > 0 else ""
    return (
        f'<li><a href="?{web.escape(urlencode(asked))}" target="_self">{web.escape(place.label)}</a>{lines}{more}</li>'
    )


def _exported(place: Territory, e: Episode) -> tuple[object, ...]:
    first, last, far = e.months[0], e.months[-1], e.extreme
    return (
        place.niveau, place.code, place.name, e.mesure, f"{first.annee}-{first.mois:02}", f"{last.annee}-{last.mois:02}",
        len(e.months), e.outside, far.valeur, far.moyenne, far.bas, far.haut, round(e.strength, 3),
    )  # fmt: skip
