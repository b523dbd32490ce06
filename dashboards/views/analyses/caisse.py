"""One organisme on one page: its figures among those of all caisses, its signals, what it delivered, who sends to it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl
import streamlit as st

from dashboards import formats
from dashboards.analysis import verdicts
from dashboards.analysis.crossing import mark as noted
from dashboards.charts import steering as charts
from dashboards.content import steering as told
from dashboards.figures import standing
from dashboards.figures import steering as months
from dashboards.figures.standing import LIKE, Mark
from dashboards.formats import NBSP
from dashboards.published import completeness, steering
from dashboards.published import partners as given
from dashboards.published import reading as published
from dashboards.published.completeness import Delivered
from dashboards.published.reading import ENQUETE, NATIONAL, ORGANISME, PROTECTED, REGION, Edition, Territory
from dashboards.slides import choices
from dashboards.views import common
from dashboards.views.analyses import asking, drawn, steered
from dashboards.views.analyses.asking import Links
from dashboards.views.analyses.drawn import AGAINST, QUIET, UP, Strip
from dashboards.views.common import Column, Link
from dashboards.web import filters
from dashboards.web import page as web
from schemas.indicators.indicator import NOMBRE
from schemas.publics import EVERYONE

TITLE, PATH = "Caisse", "caisse"
KEYS = {
    "detections.nombre": "détections",
    "clotures.nombre": "clôtures",
    "clotures.taux_succes": "clôtures en succès",
    "delais.part_ouverts_15": "ouverts en 15 jours ou moins",
    "durees.mediane": "durée médiane des clos",
    "stock.nombre": "en cours au 31 décembre",
}
SENDERS = 10  # structures that are listed
HOW = (
    "Un chiffre est coloré (▲ ▼) s'il est hors de ce que le hasard et la dispersion ordinaire des caisses expliquent, au plus 5 % de "
    "fausses alertes ; les nombres et les médianes ne sont pas jugés. L'année d'avant : test de deux proportions à 99 %, un point "
    "au moins, 30 cas au moins."
)
SIGNS = {verdicts.HIGH: verdicts.UP, verdicts.LOW: verdicts.DOWN}


@dataclass(frozen=True)
class Asked:
    """Whose page it is, and what it delivered of the year."""

    annee: int
    place: Territory
    whole: bool  # the year is, in the country
    delivered: Delivered | None

    @property
    def complete(self) -> bool:
        return self.whole and self.delivered is not None and self.delivered.complete

    def file(self, *parts: str) -> str:
        return asking.file_of("caisse", *parts, self.place.code, str(self.annee))


def draw(edition: Edition, links: Links) -> None:
    asked = _asked(edition)
    subtitle = f"{NBSP}· ".join((_region(edition, asked.place), str(asked.annee), _delivered(asked)))
    if asked.delivered is None:
        common.head(f"{asked.place.label}{NBSP}: rien n'est livré pour {asked.annee}", subtitle)
        common.nothing(
            "Aucun accompagnement de cette caisse n'est connu dans l'année : ses chiffres manquent, ils ne sont pas nuls."
        )
        _foot(edition, asked)
        return
    themes = standing.marks(edition, asked.place, asked.annee)
    common.head(_headline(asked, themes), subtitle)
    with st.container(key="corps"):
        _keys(asked, themes)
        _themes(edition, asked, themes)
        _signals(edition, asked, links)
        _senders(edition, asked)
        _conventions(edition, asked)
        asking.query(edition, _sql(asked), False, links)
    _foot(edition, asked)


def _asked(edition: Edition) -> Asked:
    years = published.years(edition)
    caisses = {t.label: t for t in published.territories(edition) if t.niveau == ORGANISME}
    with st.container(key="filtres"):
        boxes = st.columns([2, 6, 6])
    with boxes[0]:
        annee = filters.year(years, list(years).index(choices.default_year(years)))
    with boxes[1]:
        place = caisses[filters.choice("Caisse", list(caisses), "caisse", _first(edition, caisses))]
    delivered = completeness.of_year(edition, annee).get(place.code)
    return Asked(annee, place, years[annee], delivered)


def _first(edition: Edition, caisses: Mapping[str, Territory]) -> int:
    """The reader's own caisse, or the territory chosen on another page; else the first."""
    kept, access = filters.kept("territoire"), edition.access
    owned = [k for k, t in enumerate(caisses.values()) if access.owns(t.niveau, t.code, t.region)]
    return list(caisses).index(str(kept)) if kept in caisses else owned[0] if owned else 0


def _region(edition: Edition, place: Territory) -> str:
    return next((t.name for t in published.territories(edition) if (t.niveau, t.code) == (REGION, place.region)), "")


def _delivered(asked: Asked) -> str:
    """What is delivered of the year: all of it, or from when to when."""
    d = asked.delivered
    if d is None:
        return "rien de livré"
    if d.premier_jour is None or d.dernier_jour is None:
        return "jours livrés inconnus"
    if d.complete:
        return f"année livrée en entier, dernière activité le {formats.jour(d.dernier_jour)}"
    late = f"livré depuis le {formats.jour(d.premier_jour)}" if d.premier_jour.month > 1 else ""
    early = f"livré jusqu'au {formats.jour(d.dernier_jour)}" if d.dernier_jour.month < 12 or not late else ""
    return ", ".join(p for p in (late, early) if p)


def _every(themes: Mapping[str, Sequence[Mark]]) -> list[Mark]:
    return [m for of in themes.values() for m in of]


def _headline(asked: Asked, themes: Mapping[str, Sequence[Mark]]) -> str:
    """How many figures are out of the ordinary, and the widest; what is delivered where that is not all."""
    name = asked.place.label
    if not asked.complete:
        return f"{name}{NBSP}: {_delivered(asked)}, ses chiffres ne se comparent pas"
    apart = [m for m in _every(themes) if m.signal and not m.small]
    if not apart:
        return f"{name}{NBSP}: aucun de ses chiffres n'est hors de l'ordinaire des caisses"
    widest = max(apart, key=lambda m: abs((m.cell.valeur or 0.0) - (m.national.valeur or 0.0)))
    what = f"{widest.label.lower()}, {_value(widest)} contre {formats.value(widest.indicator.unit, widest.national.valeur)} en France"
    if len(apart) == 1:
        return f"{name}{NBSP}: un chiffre est hors de l'ordinaire des caisses, {what}"
    return f"{name}{NBSP}: {len(apart)} chiffres sont hors de l'ordinaire des caisses, dont {what}"


def _value(m: Mark) -> str:
    return formats.value(m.indicator.unit, m.cell.valeur)


def _keys(asked: Asked, themes: Mapping[str, Sequence[Mark]]) -> None:
    """The six figures that say what a caisse is."""
    by_id = {m.indicator.id: m for m in _every(themes) if not m.modality}
    shown = [by_id[name] for name in KEYS if name in by_id]
    common.counts([(_value(m), KEYS[m.indicator.id], _beside(asked, m)) for m in shown])
    moved = [m for m in _every(themes) if m.since and m.since.signal]
    if moved:
        gaps = "; ".join(f"{m.label.lower()} {m.since.mark} {formats.points(m.since.gap)}" for m in moved if m.since)
        common.sentence(f"Depuis {asked.annee - 1}, plus que le hasard : {gaps}.".replace(";", " ;"))


def _beside(asked: Asked, m: Mark) -> str:
    if m.cell.valeur is None:
        return m.cell.reason
    if m.indicator.unit == NOMBRE:
        return _rank(m)
    sign = (
        f"{SIGNS[m.signal]} " if m.signal else f"{verdicts.NOISE} " if asked.complete and not m.indicator.median else ""
    )
    return f"{sign}France{NBSP}: {formats.value(m.indicator.unit, m.national.valeur)}"


def _rank(m: Mark) -> str:
    return "" if m.rank is None else f"{_ordinal(m.rank)} sur {len(m.values)}"


def _ordinal(place: int) -> str:
    return f"{place}{'re' if place == 1 else 'e'}"


# --- among the others ---


def _themes(edition: Edition, asked: Asked, themes: Mapping[str, Sequence[Mark]]) -> None:
    common.title(
        "Parmi les caisses",
        f"Chaque ligne va de la caisse la plus basse à la plus haute. Semblables{NBSP}: les {LIKE} dont le nombre de détections est "
        "le plus proche.",
    )  # fmt: skip
    if not asked.complete:
        common.sentence(
            f"{asked.place.label}, {_delivered(asked)} : ni rang, ni signal, ni comparaison de ses nombres."
        )
    _key()
    for theme, of in themes.items():
        shown = [m for m in of if m.cell.valeur is not None and m.values and (m.rank or m.indicator.unit != NOMBRE)]
        st.html(f'<h3 class="adass-title">{web.escape(theme)}</h3>')
        if shown:
            rows = [_strip(m) for m in shown]
            drawn.strips(rows, f"{theme}{NBSP}: {', '.join(f'{r.label} {r.text}' for r in rows)}")
        if why := _missing(of):
            st.html(f'<p class="adass-note">{web.escape(why)}</p>')
    _table(edition, asked, themes)


def _key() -> None:
    st.html(
        '<div class="adass-legend adass-dots-key"><span><i class="all"></i>une caisse</span>'
        '<span><i class="like"></i>caisse semblable</span><span><i class="hollow"></i>France</span>'
        '<span><i class="dark"></i>cette caisse</span><span><i class="solid"></i>hors de l\'ordinaire (▲ ▼)</span></div>'
    )


def _strip(m: Mark) -> Strip:
    reference = None if m.indicator.unit == NOMBRE else m.national.valeur
    sign = f" {SIGNS[m.signal]}" if m.signal else ""
    place = f"{_ordinal(m.rank_among_like)} de {m.many_like}{NBSP}semblables" if m.rank_among_like else ""
    small = noted(m.indicator, m.cell.numerateur, m.cell.denominateur)
    return Strip(
        m.label, m.cell.valeur or 0.0, f"{_value(m)}{sign}", list(m.values.values()),
        [v for c, v in m.values.items() if c in m.like], reference, _tone(m),
        "\n".join(p for p in (_around(m), ", ".join(p for p in (_rank(m), place) if p), small) if p), m.small,
    )  # fmt: skip


def _around(m: Mark) -> str:
    """The same figure in France and in the region; of counts it would only say how large these are."""
    if m.indicator.unit == NOMBRE:
        return ""
    france, region = (formats.value(m.indicator.unit, c.valeur) for c in (m.national, m.region))
    return f"France {france}, région {region}"


def _tone(m: Mark) -> str:
    if not m.signal or m.small:
        return QUIET
    side = 1 if m.signal == verdicts.HIGH else -1
    return AGAINST if side * m.indicator.good < 0 else UP


def _missing(of: Sequence[Mark]) -> str:
    """The figures without a value, told once for each reason."""
    by_reason: dict[str, list[str]] = {}
    for m in of:
        if m.cell.valeur is None:
            by_reason.setdefault(m.cell.reason, []).append(m.label)
    told_once = [f"{', '.join(labels)} : {reason}" for reason, labels in by_reason.items()]
    return f"{formats.NC} – {' ; '.join(told_once)}." if told_once else ""


def _table(edition: Edition, asked: Asked, themes: Mapping[str, Sequence[Mark]]) -> None:
    """The same in figures: the caisse, its region, France, its ranks, the year before."""
    region = _region(edition, asked.place)
    columns = [
        Column("Chiffre", words=True), Column("Caisse"), Column(region), Column("France"), Column("Écart à la France"),
        Column("Rang"), Column("Parmi ses semblables"), Column("Signal", words=True), Column("Depuis un an"),
    ]  # fmt: skip
    shown = [m for m in _every(themes) if m.cell.valeur is not None or m.cell.reason == PROTECTED]
    rows = [
        [
            m.label, _value(m), formats.value(m.indicator.unit, m.region.valeur),
            formats.value(m.indicator.unit, m.national.valeur), _gap(m, asked), _rank(m) or "–",
            f"{m.rank_among_like} sur {m.many_like}" if m.rank_among_like else "–", _signal(m, asked),
            f"{m.since.mark} {formats.points(m.since.gap)}" if m.since else "–",
        ]
        for m in shown
    ]  # fmt: skip
    asking.tools(
        "Chiffres de la caisse",
        HOW,
        [(m.label, m.indicator.definition) for m in shown],
        _frame(shown),
        asked.file("chiffres"),
    )
    with st.expander("Le tableau des chiffres"):
        common.table(columns, rows, "Chiffres de la caisse, de sa région et de la France")


def _gap(m: Mark, asked: Asked) -> str:
    if m.indicator.unit == NOMBRE or not asked.complete:
        return "–"
    return formats.gap(m.indicator.unit, m.cell.valeur, m.national.valeur)


def _signal(m: Mark, asked: Asked) -> str:
    if m.signal:
        return {verdicts.HIGH: "▲ au-dessus", verdicts.LOW: "▼ en dessous"}[m.signal]
    judged = asked.complete and m.indicator.unit not in {NOMBRE} and not m.indicator.median and not m.small
    return "≈" if judged else "–"


def _frame(shown: Sequence[Mark]) -> pl.DataFrame:
    names = [
        "indicateur",
        "modalite",
        "numerateur",
        "denominateur",
        "valeur",
        "valeur_region",
        "valeur_france",
        "rang",
        "signal",
    ]
    rows = [
        (
            m.indicator.id, m.modality, m.cell.numerateur, m.cell.denominateur, m.cell.valeur, m.region.valeur,
            m.national.valeur, m.rank, m.signal,
        )
        for m in shown
    ]  # fmt: skip
    kinds = {n: pl.String if n in {"indicateur", "modalite", "signal"} else pl.Float64 for n in names}
    return pl.DataFrame(rows, kinds, orient="row")


# --- month by month ---


def _signals(edition: Edition, asked: Asked, links: Links) -> None:
    """The control charts of the caisse, for whoever may read its months."""
    common.title("Ce qui n'est pas ordinaire, mois par mois", "Cartes de contrôle des derniers mois.")
    source = steering.source(edition, asked.place)
    if source is None:
        common.sentence(steered.NOT_YOURS)
        return
    of = steering.charts(source).get((ORGANISME, asked.place.code), {})
    shown = [m for m in months.INDICATORS if m in of]
    if not shown:
        common.nothing("Pas de carte de contrôle : moins de douze mois, ou moins de cinq cas par mois en moyenne.")
        return
    for pair in (shown[:2], shown[2:]):
        for box, mesure in zip(st.columns(2, gap="large"), pair, strict=False):
            with box:
                _chart(asked, mesure, of[mesure])
    if "pilotage" in links:
        href = Link.to("", "pilotage", territoire=asked.place.label).href
        st.html(f'<p class="adass-note"><a href="{href}" target="_self">Tout le pilotage de cette caisse →</a></p>')


def _chart(asked: Asked, mesure: str, points: Sequence[steering.Charted]) -> None:
    found = months.episodes(points)
    name, last = told.NAMES[mesure], points[-1]
    st.html(f'<h3 class="adass-title">{name}</h3><p class="adass-note">{told.verdict(found, points)}</p>')
    sentences = [told.episode(e) for e in reversed(found)] or [
        f"Aucun signal. Moyenne {told.value(mesure, last.moyenne)}, limites {told.limits(last)}."
    ]
    st.plotly_chart(
        charts.control(points, web.colours(), (last.annee, last.mois)), theme=None, key=f"graphique-caisse-{mesure}",
        alt=f"{name}. {' '.join(sentences)}", config={"displayModeBar": False, "locale": "fr"},
    )  # fmt: skip
    for sentence in sentences:
        common.sentence(sentence)
    frame = pl.DataFrame([vars(p) for p in points], infer_schema_length=None)
    facts = steered.facts("marts.signaux", "moyenne", "bas", "haut", "signal")
    steered.tools(asked.file(mesure), name, facts, steering.charts_sql(ORGANISME, asked.place.code), frame)


# --- who sends, who has a convention ---


def _senders(edition: Edition, asked: Asked) -> None:
    lines = given.ranking(edition, asked.annee, ORGANISME, asked.place.code)
    if not lines:
        return
    common.title(
        "Qui lui adresse des assurés", f"Les premières de {formats.counted(len(lines), 'structure', 'structures')}."
    )
    columns = [
        Column("Rang"),
        Column("Structure", words=True),
        Column("Saisines"),
        Column("Part de soins"),
        Column("Non pertinent"),
    ]
    rows = [
        [
            formats.nombre(i.rang), Link.to(given.label(edition, i.structure), "structures", structure=given.label(edition, i.structure),
                                            annee=asked.annee, territoire=asked.place.label),
            formats.nombre(i.accompagnements), formats.part(i.part_soins), formats.part(i.part_non_pertinent),
        ]
        for i in lines[:SENDERS]
    ]  # fmt: skip
    common.table(columns, rows, "Structures qui adressent le plus d'assurés à la caisse")
    if any(i.accompagnements is not None and i.accompagnements <= verdicts.SMALL_COUNT for i in lines[:SENDERS]):
        st.html('<p class="adass-note">De 1 à 10 saisines : petit effectif, ne pas diffuser.</p>')


def _conventions(edition: Edition, asked: Asked) -> None:
    """What the caisse says in the survey: yes or no, and to whom."""
    if asked.annee not in published.years(edition, ENQUETE):
        return
    common.title(f"Enquête {asked.annee}")
    answered = published.across(edition, ("enquete.repondants",), asked.annee, ORGANISME)
    if asked.place.code not in answered:
        common.sentence("La caisse n'a pas répondu à l'enquête.")
        return
    partners = given.partners(edition, asked.annee, ORGANISME, asked.place.code)
    yes = [given.label(edition, p.structure) for p in partners if p.conventionnes]
    no = [given.label(edition, p.structure) for p in partners if p.conventionnes == 0]
    if not yes and not no:
        common.sentence("Ses conventions ne sont pas connues.")
        return
    common.sentence(f"Conventions déclarées : {', '.join(yes) or 'aucune'}.")
    if no:
        common.sentence(f"Sans convention : {', '.join(no)}.")


def _sql(asked: Asked) -> str:
    return (
        "SELECT indicateur, modalite, niveau, numerateur, denominateur, valeur\nFROM marts.indicateurs\n"
        f"WHERE annee = {asked.annee} AND public = 'ensemble' AND (niveau, territoire) IN (('{ORGANISME}', '{asked.place.code}'), "
        f"('{REGION}', '{asked.place.region}'), ('{NATIONAL}', 'FR'))\nORDER BY ALL"
    )


def _foot(edition: Edition, asked: Asked) -> None:
    every = completeness.of_year(edition, asked.annee)
    whole = sum(d.complete for d in every.values())
    caisses = sum(t.niveau == ORGANISME for t in published.territories(edition))
    rests = f"France{NBSP}: {whole} organismes sur {caisses} ont livré toute l'année."
    asking.foot(edition, asking.Population(asked.annee, asked.place, EVERYONE), HOW, rests)
