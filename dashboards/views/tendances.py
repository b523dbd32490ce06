"""One indicator over the years, modalité by modalité: incomplete years, breaks and revisions said in words."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

import streamlit as st

from dashboards import formats
from dashboards.charts import lines
from dashboards.content.filled import written
from dashboards.figures import series
from dashboards.figures import view as figures
from dashboards.figures.series import Point, Revision, Series
from dashboards.figures.view import ANNEE, Comparison
from dashboards.formats import NBSP
from dashboards.published import reading as published
from dashboards.published.reading import ENQUETE, Edition, Scope
from dashboards.slides import choices
from dashboards.views import common, explorer
from dashboards.views.common import Column
from dashboards.web import filters
from dashboards.web import page as web
from schemas.context.ruptures import RUPTURES, Rupture
from schemas.indicators.catalogue import BY_ID, NOMBRE

TITLE, PATH = "Tendances", "tendances"
ALL, PANELS = "*", 12  # panels at most; the table has all
REVISED = 12  # revised figures named at most
WHOLE = "Un nombre n'est pas mis à côté de celui d'un ensemble dont il fait partie : à la même échelle, il ne se verrait plus."


def draw(edition: Edition, links: Mapping[str, st.Page]) -> None:
    places = published.territories(edition)
    with st.container(key="filtres"):
        first, second = st.columns([6, 4, 3]), st.columns([3, 4, 4])
    with first[0]:
        declared = explorer.indicator(edition, beyond=False)
    years = published.years(edition, declared.source)
    if not years:
        common.nothing("Aucune année n'a de chiffres de cette source.")
        return
    latest = choices.default_year(years)
    with second[0]:
        within = filters.region(places)
    with second[1]:
        place = filters.territory(within)
    with second[2]:
        public = explorer.public(declared)
    scope = Scope(latest, place.niveau, place.code, public.code)
    with first[2]:
        offered = figures.comparisons(scope, years, published.region_of(edition, place))
        beside = [c for c in reversed(offered) if c.code != ANNEE]
        others = choices.others(edition, None, place, years[latest])
        comparison = filters.comparison(beside, others, scope, place, "comparaison_tendance")
    labels = explorer.modalities(edition, declared, latest, public.code)
    with first[1]:
        chosen = _modality(labels)
    view = figures.view(edition, scope, comparison, years)
    every = series.series(edition, declared.id, labels, scope, comparison)
    shown = _drawn([s for s in every if chosen in {ALL, s.modality}])
    subtitle = (
        declared.label,
        public.label,
        place.label,
        *((f"comparaison{NBSP}: {comparison.name}",) if comparison else ()),
    )
    common.head(_headline(shown), f"{NBSP}· ".join(subtitle))
    if shown:
        rules = [r for r in RUPTURES if r.concerns(declared.id, public.code)]
        with st.container(key="corps"):
            _chart(shown, len(every), comparison, rules, declared.unit == NOMBRE)
        partial = [a for a, whole in reversed(years.items()) if not whole]
        _cautions(edition, scope, shown, [*_partial(partial), *map(_rule, rules)])
        _table(every, comparison, f"{declared.id}_{place.code}_{public.code}")
        if slide := explorer.shown_on().get(declared.id):
            st.page_link(links[slide.path], label=f"{slide.id} · {formats.literal(f'{slide.title}, {place.label}')} →")
    else:
        reasons = dict.fromkeys(p.cell.reason for s in every for p in s.points)
        common.nothing(f"{formats.NC} – {', '.join(reasons)}")
    common.foot(*explorer.foot(declared, view))


def _modality(labels: dict[str, str]) -> str:
    """One modalité, or ALL of them."""
    if len(labels) < 2:
        return ALL
    return filters.choice("Modalité", [ALL, *labels], "modalite", written=lambda m: "Toutes" if m == ALL else labels[m])


def _drawn(every: Sequence[Series]) -> list[Series]:
    """The series that have values, of many the largest of the last year; without the partial years that none has."""
    known = [s for s in every if any(p.cell.valeur is not None for p in s.points)]
    if len(known) > PANELS:
        known = sorted(known, key=lambda s: -((s.whole[-1].cell.valeur or 0) if s.whole else 0))[:PANELS]
    told = {p.annee for s in known for p in s.points if p.complete or p.cell.valeur is not None}
    return [replace(s, points=tuple(p for p in s.points if p.annee in told)) for s in known]


def _headline(shown: Sequence[Series]) -> str:
    """What changed most between the last two whole years."""
    moved = [s for s in shown if s.change and _size(s)]
    if moved:
        first = max(moved, key=_size)
        before, last = first.change or (first.points[0], first.points[-1])
        value = f"{written(first.indicator, last.cell.valeur)} en {last.annee}, {_gap(first, before, last)} en un an"
        return _said_of(first, f"{value}{', le plus grand écart' if len(moved) > 1 else ''}")
    known = [s for s in shown if s.whole]
    if len(known) == 1:
        last = known[0].whole[-1]
        same = f", comme en {last.annee - 1}" if known[0].change else ""
        return _said_of(known[0], f"{written(known[0].indicator, last.cell.valeur)} en {last.annee}{same}")
    return "Aucun changement entre deux années complètes" if shown else "Aucun chiffre publié pour ce périmètre"


def _said_of(s: Series, text: str) -> str:
    return f"{s.label}{NBSP}: {text}" if s.label else text


def _size(s: Series) -> float:
    before, last = s.change or (s.points[0], s.points[0])
    return abs((last.cell.valeur or 0.0) - (before.cell.valeur or 0.0))


def _gap(s: Series, before: Point, last: Point) -> str:
    return formats.gap(BY_ID[s.indicator].unit, last.cell.valeur, before.cell.valeur)


def _chart(
    shown: Sequence[Series], total: int, comparison: Comparison | None, rules: Sequence[Rupture], count: bool
) -> None:
    colours = web.colours()
    breaks = [r.annee for r in rules if r.annee]
    if legend := _legend(shown, comparison):
        st.html(f'<div class="adass-legend">{legend}</div>')
    st.plotly_chart(
        lines.figure(shown, colours, comparison.name if comparison else "", breaks),
        theme=None, key="courbes", alt=_words(shown), config={"displayModeBar": False, "locale": "fr"},
    )  # fmt: skip
    notes = []
    if len(shown) > 1:
        zero = "à partir de zéro, " if count else ""
        notes.append(f"Chaque graphique a son échelle{NBSP}: {zero}les valeurs sont écrites aux points.")
    if len(shown) < total:
        notes.append(f"Les {len(shown)} plus grandes valeurs sont dessinées ; le tableau les a toutes.")
    if count and comparison and comparison.whole:
        notes.append(WHOLE)
    if notes:
        st.html(f'<p class="adass-note">{web.escape(" ".join(notes))}</p>')


def _legend(shown: Sequence[Series], comparison: Comparison | None) -> str:
    items = []
    if any(p.beside for s in shown for p in s.points) and comparison:
        items.append(f'<span><i class="line"></i>{web.escape(comparison.name)}</span>')
    partial = sorted({p.annee for s in shown for p in s.points if not p.complete})
    if partial:
        years = ", ".join(f"{a}*" for a in partial)
        items.append(f'<span><i class="hollow"></i>{years}{NBSP}: année incomplète, qui ne se compare pas</span>')
    return "".join(items)


def _words(shown: Sequence[Series]) -> str:
    """The chart for those who do not see it."""
    told = []
    for s in shown:
        values = ", ".join(f"{p.annee} {written(s.indicator, p.cell.valeur)}" for p in s.points)
        told.append(f"{s.label}{NBSP}: {values}" if s.label else values)
    return f"Évolution par année. {' ; '.join(told)}."


# --- what may hinder the comparison ---


def _cautions(edition: Edition, scope: Scope, shown: Sequence[Series], known: Sequence[str]) -> None:
    found = [*known, *_respondents(edition, scope, shown)]
    revised = series.revisions(edition, scope, shown)
    common.title("Ce qui peut gêner la comparaison")
    for text in found:
        common.sentence(text)
    if revised:
        more = f" (et {formats.nombre(len(revised) - REVISED)} autres)" if len(revised) > REVISED else ""
        common.sentence(f"Chiffres révisés depuis le millésime {revised[0].vintage}{more}{NBSP}:")
        st.html("<ul>" + "".join(f"<li>{web.escape(_revised(r))}</li>" for r in revised[:REVISED]) + "</ul>")
    if not found and not revised:
        common.sentence(
            "Rien n'est connu : ni rupture de série, ni année incomplète, ni révision d'une année complète."
        )


def _partial(years: Sequence[int]) -> list[str]:
    if not years:
        return []
    if len(years) == 1:
        return [f"Année incomplète{NBSP}: {years[0]}. Elle est en grisé et ne se compare pas aux autres."]
    named = f"{', '.join(map(str, years[:-1]))} et {years[-1]}"
    return [f"Années incomplètes{NBSP}: {named}. Elles sont en grisé et ne se comparent pas aux autres."]


def _rule(rule: Rupture) -> str:
    since = f"À partir de {rule.annee}{NBSP}: " if rule.annee else ""
    return f"{since}{rule.texte} ({rule.source})"


def _respondents(edition: Edition, scope: Scope, shown: Sequence[Series]) -> list[str]:
    """How many organismes answered the survey, where that is not the same every year."""
    if BY_ID[shown[0].indicator].source != ENQUETE:
        return []
    numbers = series.respondents(edition, scope)
    if all(one == other for one, other in pairwise(numbers.values())):
        return []
    told = ", ".join(f"{formats.nombre(n)} en {annee}" for annee, n in numbers.items())
    return [f"Organismes répondants{NBSP}: {told}."]


def _revised(r: Revision) -> str:
    name = f"{r.series.label}, {r.annee}" if r.series.label else str(r.annee)
    indicator = r.series.indicator
    return f"{name}{NBSP}: {written(indicator, r.after)}, contre {written(indicator, r.before)} auparavant"


# --- table ---


def _table(every: Sequence[Series], comparison: Comparison | None, file: str) -> None:
    """Every year of every modalité."""
    common.title("Toutes les années")
    named = any(s.label for s in every)
    beside = any(p.beside is not None for s in every for p in s.points)
    columns = [
        *((Column("Modalité", words=True),) if named else ()), Column("Année", words=True), Column("Valeur"),
        Column("Sur un an"), Column("Numérateur"), Column("Dénominateur"),
        *((Column(comparison.name),) if comparison and beside else ()),
    ]  # fmt: skip
    texts = [_line(s, i, named, beside) for s in every for i in range(len(s.points))]
    common.table(columns, texts, "Toutes les années")
    titles = (
        "Indicateur",
        "Modalité",
        "Année",
        "Complète",
        "Valeur",
        "Numérateur",
        "Dénominateur",
        "Comparaison",
        "Manque",
    )
    export = [
        (
            s.indicator, s.label, str(p.annee), "oui" if p.complete else "non", formats.plain(p.cell.valeur),
            formats.plain(p.cell.numerateur), formats.plain(p.cell.denominateur),
            formats.plain(p.beside.valeur if p.beside else None), p.cell.reason,
        )
        for s in every
        for p in s.points
    ]  # fmt: skip
    common.download(common.grid(titles, export), f"tendances_{file}")


def _line(s: Series, i: int, named: bool, beside: bool) -> tuple[str, ...]:
    p, before = s.points[i], s.points[i - 1] if i else None
    follows = before is not None and before.complete and p.complete and before.annee == p.annee - 1
    change = _gap(s, before, p) if before and follows else "–"
    missing = p.cell.valeur is None
    return (
        *((s.label,) if named else ()),
        str(p.annee) if p.complete else f"{p.annee} (incomplète)",
        f"{formats.NC}\n{p.cell.reason}" if missing else written(s.indicator, p.cell.valeur),
        change,
        formats.nombre(p.cell.numerateur) if p.cell.numerateur is not None else "–",
        formats.nombre(p.cell.denominateur) if p.cell.denominateur is not None else "–",
        *((written(s.indicator, p.beside.valeur if p.beside else None),) if beside else ()),
    )
