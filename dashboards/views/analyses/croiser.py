"""Crossing: a measure by up to three dimensions, for any population this reader may ask about."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

import streamlit as st

from dashboards import formats
from dashboards.analysis import judging, questions, sentences
from dashboards.analysis.crossing import SPREADING, Crossed, cross
from dashboards.analysis.questions import Filter, Question, Unanswerable
from dashboards.analysis.verdicts import CHANCE, SMALL_BASE, SMALL_COUNT, Verdict
from dashboards.formats import NBSP
from dashboards.published.reading import Edition
from dashboards.views import common
from dashboards.views.analyses import asking
from dashboards.views.analyses.asking import NONE, Links, Population
from dashboards.views.common import Column
from dashboards.web import page as web
from schemas.indicators.dimensions import DIMENSION, MISSING, Dimension
from schemas.indicators.indicator import NOMBRE

TITLE, PATH = "Croiser", "croiser"
WIDE = 12  # groups of columns at most: with more the table is a list
ALL = "Ensemble"
FIGURES = ("numerateur", "denominateur", "valeur", "bas", "haut")
Codes = tuple[str, ...]


@dataclass(frozen=True)
class Group:
    """A group of an answer: its figures and what is to be said of it."""

    codes: Codes
    figures: tuple[float | None, ...]  # numerateur, denominateur, valeur, bas, haut
    mark: str
    hidden: bool
    verdict: Verdict | None

    @property
    def n(self) -> float | None:
        return self.figures[0]

    @property
    def d(self) -> float | None:
        return self.figures[1]

    @property
    def value(self) -> float | None:
        return self.figures[2]

    @property
    def low(self) -> float | None:
        return self.figures[3]

    @property
    def high(self) -> float | None:
        return self.figures[4]

    @property
    def base(self) -> float:
        """The cases it rests on: 0 where they are hidden."""
        return (self.n if self.d is None else self.d) or 0

    @property
    def signal(self) -> bool:
        return bool(self.verdict and self.verdict.signal)


def draw(edition: Edition, links: Links) -> None:
    whose = asking.population(edition)
    with st.container(key="choix"):
        boxes = st.columns([4, 3, 3, 3])
        with boxes[0]:
            measure = asking.measure(edition)
        by = _dimensions(edition, whose, boxes[1:])
        kept = _filters(edition)
    year = None if "annee" in by else whose.annee
    question = Question(measure.id, by, year, whose.place.code, whose.public.code, kept)
    try:
        answer = cross(edition, question)
    except Unanswerable as error:
        asking.refused(edition, f"{measure.label} : ce croisement ne se donne pas", whose, questions.told(error))
        return
    groups = _groups(answer)
    labels = [questions.labels(edition, d) for d in answer.by]
    told = [*whose.words[:2], "toutes les années" if year is None else str(year), *_kept_words(edition, kept)]
    by_words = f"par {', '.join(_small(d.label) for d in answer.by)}" if by else ""
    common.head(
        _headline(answer, groups, labels, whose), f"{NBSP}· ".join(w for w in (measure.label, by_words, *told) if w)
    )
    file = asking.file_of(measure.id, *by, *(d for d, _ in kept), whose.place.code, whose.public.code, str(year or ""))
    with st.container(key="corps"):
        if groups:
            asking.behind(measure, answer.table, file)
            _table(edition, answer, groups, labels)
        else:
            common.nothing("Aucun cas dans ce périmètre.")
        asking.query(edition, answer.sql, answer.exact, links)
    asking.foot(edition, whose, sentences.crossed(edition, answer), *_caution(answer, groups))


def _dimensions(
    edition: Edition, whose: Population, boxes: Sequence[st.delta_generator.DeltaGenerator]
) -> tuple[str, ...]:
    """The rows, the columns and what parts them, each dimension once; what is read without rows begins with regions."""
    rows = asking.counts_rows(edition, whose.place)
    first = ("tranche_age", "type_accompagnement") if rows else ("region" if whose.place.code == "FR" else NONE, NONE)
    with boxes[0]:
        found = [asking.dimension("Lignes", "lignes", first[0])]
    with boxes[1]:
        found.append(asking.dimension("Colonnes", "colonnes", first[1], found))
    with boxes[2]:
        found.append(asking.dimension("Puis par", "puis", NONE, found))
    return tuple(name for name in found if name != NONE)


def _filters(edition: Edition) -> tuple[Filter, ...]:
    """What is kept of two dimensions, each with the choice of its codes."""
    found: list[Filter] = []
    boxes = st.columns([3, 4, 3, 4])
    for k, (left, right) in enumerate((boxes[:2], boxes[2:]), 1):
        with left:
            name = asking.dimension(
                "Ne garder que" if k == 1 else "et que", f"filtre{k}", NONE, [d for d, _ in found], "Tout"
            )
        if name == NONE:
            break
        with right:
            codes = _codes(edition, DIMENSION[name], f"valeurs{k}")
        if codes:
            found.append((name, codes))
    return tuple(found)


def _codes(edition: Edition, dimension: Dimension, key: str) -> Codes:
    try:
        among = {**questions.codes(edition, dimension), MISSING: dimension.unknown}
    except Unanswerable as error:
        common.sentence(questions.told(error))
        return ()
    chosen = st.multiselect(
        dimension.label, list(among), format_func=lambda c: among[c], key=f"{key}-{dimension.name}",
        placeholder="Toutes les valeurs", bind="query-params",
    )  # fmt: skip
    return tuple(chosen)


def _kept_words(edition: Edition, kept: Sequence[Filter]) -> list[str]:
    names = [(DIMENSION[name], codes) for name, codes in kept]
    return [f"{d.label}{NBSP}: {', '.join(questions.labels(edition, d)(c) for c in codes)}" for d, codes in names]


def _small(label: str) -> str:
    return f"{label[0].lower()}{label[1:]}"


def _groups(answer: Crossed) -> dict[Codes, Group]:
    names = [d.name for d in answer.by]
    rows = zip(answer.table.iter_rows(named=True), answer.marks, answer.hidden, judging.of_groups(answer), strict=True)
    found = (
        Group(tuple(str(row[name]) for name in names), tuple(row[name] for name in FIGURES), mark, hidden, verdict)
        for row, mark, hidden, verdict in rows
    )
    return {g.codes: g for g in found}


Labels = Sequence[Callable[[object], str]]


def _named(codes: Codes, labels: Labels) -> str:
    return ", ".join(label(code) for code, label in zip(codes, labels, strict=True)) or ALL


def _headline(answer: Crossed, groups: Mapping[Codes, Group], labels: Labels, whose: Population) -> str:
    """The widest gap that is more than chance, of a count the largest group."""
    measure, known = answer.measure, [g for g in groups.values() if g.value is not None]
    here = asking.where(whose)
    told = f"{here}{NBSP}: {_small(measure.label)}" if here else measure.label
    if not known:
        return f"{told}{NBSP}: rien à compter"
    if not answer.by:
        return f"{told}{NBSP}: {formats.value(measure.unit, known[0].value)}"
    if measure.unit == NOMBRE:
        first = max(known, key=lambda g: g.value or 0.0)
        whole = sum(g.value or 0.0 for g in known)
        share = "" if any(answer.hidden) or not whole else f", {formats.part((first.value or 0.0) / whole)} du total"
        return f"{told}{NBSP}: {formats.value(NOMBRE, first.value)} pour « {_named(first.codes, labels)} »{share}"
    signals = [g for g in known if g.signal]
    if signals:
        first = max(signals, key=lambda g: abs(g.verdict.gap) if g.verdict else 0.0)
        gap = formats.gap(measure.unit, first.verdict.gap if first.verdict else None, 0.0)
        value = formats.value(measure.unit, first.value)
        return f"{told}{NBSP}: {value} pour « {_named(first.codes, labels)} », {gap} par rapport aux autres"
    solid = [g for g in known if g.base >= SMALL_BASE] or known
    ends = [
        formats.value(measure.unit, v) for v in (min(g.value or 0.0 for g in solid), max(g.value or 0.0 for g in solid))
    ]
    judged = any(g.verdict for g in known)
    chance = f"{NBSP}: aucun groupe ne se distingue des autres" if judged else ""
    return f"{told}, de {ends[0]} à {ends[1]} selon le groupe{chance}"


# --- the table ---


def _table(edition: Edition, answer: Crossed, groups: Mapping[Codes, Group], labels: Labels) -> None:
    columns = dict.fromkeys(codes[1:] for codes in groups)
    if len(columns) > WIDE:
        _list(answer, groups, labels)
        return
    totals = _totals(edition, answer)
    _pivot(answer, groups, totals, _in_order(columns, answer), labels)


def _totals(edition: Edition, answer: Crossed) -> dict[Codes, Group]:
    """The wholes: of each row, of each group of columns, of all; a key that is ALL is of every code."""
    question = answer.asked.question
    found: dict[Codes, Group] = {}
    if len(question.par) > 1:
        found |= {(*codes, ALL): g for codes, g in _whole(edition, question, question.par[:1]).items()}
        found |= {(ALL, *codes): g for codes, g in _whole(edition, question, question.par[1:]).items()}
    return found | {(*codes, ALL): g for codes, g in _whole(edition, question, ()).items()}


def _whole(edition: Edition, question: Question, par: tuple[str, ...]) -> dict[Codes, Group]:
    """The same question by fewer dimensions; nothing where that has no answer, as of a median that is only published."""
    try:
        return _groups(cross(edition, replace(question, par=par)))
    except Unanswerable:
        return {}


def _in_order(columns: Mapping[Codes, None], answer: Crossed) -> list[Codes]:
    """The groups of columns in the order of their codes, as the rows of the table are."""
    ranks: list[dict[str, int]] = [{} for _ in answer.by[1:]]
    for k, d in enumerate(answer.by[1:]):
        known = list(d.codes) or sorted(
            {c[k] for c in columns}, key=lambda c: (c == MISSING, len(c) if d.whole else 0, c)
        )
        ranks[k] = {code: place for place, code in enumerate(known)}
    return sorted(columns, key=lambda codes: [ranks[k].get(c, len(ranks[k])) for k, c in enumerate(codes)])


def _pivot(
    answer: Crossed,
    groups: Mapping[Codes, Group],
    totals: Mapping[Codes, Group],
    columns: Sequence[Codes],
    labels: Labels,
) -> None:
    """Rows of the first dimension under columns of the others, with their wholes; each cell its value, interval, base."""
    scale = _scale(groups, totals.get((ALL,)))
    rows = list(dict.fromkeys(codes[0] for codes in groups)) if answer.by else []
    if answer.by and not answer.by[0].codes and not answer.by[0].whole:
        rows.sort(key=lambda r: -sum(g.base for codes, g in groups.items() if codes[0] == r))
    several = len(answer.by) > 1
    every, lines = {**groups, **totals}, []
    for row in [*rows, ALL]:
        keys = [(row, *codes) for codes in columns] if several or row != ALL else []
        ends = [(ALL,)] if row == ALL else [(row, ALL)] if several else []
        cells = "".join(_cell(answer, every.get(k), scale, several and k in ends) for k in [*keys, *ends])
        name = ALL if row == ALL else labels[0](row)
        total = ' class="total"' if row == ALL and rows else ""
        lines.append(f'<tr{total}><th scope="row" class="words">{web.escape(name)}</th>{cells}</tr>')
    head = _titles(answer, columns, labels, several)
    if legend := _legend(answer, groups):
        st.html(legend)
    label = web.escape(answer.measure.label)
    st.html(
        f'<div class="adass-table adass-pivot" role="region" aria-label="{label}" tabindex="0"><table>'
        f"<caption>{label}</caption>{head}<tbody>{''.join(lines)}</tbody></table></div>"
    )


def _titles(answer: Crossed, columns: Sequence[Codes], labels: Labels, whole: bool) -> str:
    corner = web.escape(answer.by[0].label) if answer.by else ""
    depth = max(len(answer.by) - 1, 1)
    if depth == 1:
        names = [labels[1](c[0]) for c in columns] if whole else [answer.measure.label]
        cells = "".join(f'<th scope="col">{web.escape(n)}</th>' for n in [*names, *([ALL] if whole else [])])
        return f'<thead><tr><th scope="col" class="words">{corner}</th>{cells}</tr></thead>'
    groups = [(labels[1](code), len(list(among))) for code, among in groupby(columns, key=lambda c: c[0])]
    first = "".join(f'<th scope="colgroup" colspan="{n}">{web.escape(name)}</th>' for name, n in groups)
    second = "".join(f'<th scope="col">{web.escape(labels[2](c[1]))}</th>' for c in columns)
    return (
        f'<thead><tr><th scope="col" rowspan="2" class="words">{corner}</th>{first}'
        f'<th scope="col" rowspan="2">{ALL}</th></tr><tr>{second}</tr></thead>'
    )


@dataclass(frozen=True)
class Scale:
    """The axis that all intervals of a table share, and where the whole is on it."""

    low: float
    high: float
    whole: float | None

    def at(self, value: float) -> float:
        """The place of a value, in per cent."""
        return round(100 * (min(max(value, self.low), self.high) - self.low) / (self.high - self.low), 2)


def _scale(groups: Mapping[Codes, Group], whole: Group | None) -> Scale | None:
    """From the lowest to the highest end of the intervals of groups that are large enough."""
    solid = [g for g in groups.values() if g.low is not None and g.high is not None and g.base >= SMALL_BASE]
    if not solid:
        return None
    low, high = min(g.low or 0.0 for g in solid), max(g.high or 0.0 for g in solid)
    return Scale(low, high, whole.value if whole else None) if high > low else None


def _cell(answer: Crossed, group: Group | None, scale: Scale | None, total: bool) -> str:
    """A value, its interval and its base; coloured where it is more than chance."""
    if group is None:
        return "<td>–</td>"
    if group.hidden:
        return f"<td>{web.escape(formats.NC)}</td>"
    measure = answer.measure
    weak = group.base < SMALL_BASE and measure.unit != NOMBRE
    arrow = f" {group.verdict.mark}" if group.verdict and group.signal else ""
    tone = "" if not group.signal else "against" if group.verdict and group.verdict.unfavourable else "apart"
    classes = " ".join(c for c in (tone, "weak" if weak else "", "whole" if total else "") if c)
    base = asking.counted_base(measure, group.n, group.d)
    note = "" if measure.unit == NOMBRE else f"<small>{f'base {base}' if weak else base}</small>"
    small = "<small>petit effectif</small>" if SPREADING in group.mark else ""
    value = web.escape(formats.value(measure.unit, group.value))
    return f'<td class="{classes}"><b>{value}{arrow}</b>{_interval(group, scale)}{note}{small}</td>'


def _interval(group: Group, scale: Scale | None) -> str:
    if scale is None or group.low is None or group.high is None or group.value is None:
        return ""
    low, high = scale.at(group.low), scale.at(group.high)
    tick = f'<u style="left:{scale.at(scale.whole)}%"></u>' if scale.whole is not None else ""
    return (
        f'<span class="interval" aria-hidden="true">{tick}<i style="left:{low}%;width:{round(high - low, 2)}%"></i>'
        f'<s style="left:{scale.at(group.value)}%"></s></span>'
    )


def _legend(answer: Crossed, groups: Mapping[Codes, Group]) -> str:
    items = []
    if any(g.low is not None for g in groups.values()):
        items.append('<span><i class="dot"></i>valeur et intervalle à 95 %, trait : ensemble</span>')
    if any(g.verdict for g in groups.values()):
        items.append('<span><i class="apart"></i>▲▼ écart aux autres groupes, plus que le hasard</span>')
        if answer.measure.good:
            items.append('<span><i class="against"></i>écart défavorable</span>')
    if any(g.base < SMALL_BASE for g in groups.values()) and answer.measure.unit != NOMBRE:
        items.append(f'<span><i class="weak"></i>base de moins de {SMALL_BASE} cas : à ne pas commenter</span>')
    return f'<div class="adass-legend adass-classes">{"".join(map(formats.prose, items))}</div>' if items else ""


def _list(answer: Crossed, groups: Mapping[Codes, Group], labels: Labels) -> None:
    """A row for each group, where there are too many for columns."""
    measure = answer.measure
    columns = [
        *(Column(d.label, words=True) for d in answer.by), Column("Valeur"), Column("Intervalle à 95 %"),
        Column("Cas" if measure.unit == NOMBRE else "Base"), Column("À noter", words=True),
    ]  # fmt: skip
    shown = list(groups.values())
    if not answer.by[0].codes and not answer.by[0].whole:
        shown.sort(key=lambda g: -g.base)
    rows = [
        [
            *(label(code) for code, label in zip(g.codes, labels, strict=True)),
            f"{formats.value(measure.unit, g.value)}{f' {g.verdict.mark}' if g.verdict and g.signal else ''}",
            f"{formats.value(measure.unit, g.low)} – {formats.value(measure.unit, g.high)}" if g.low is not None else "",
            asking.counted_base(measure, g.n, g.d), g.mark,
        ]
        for g in shown
    ]  # fmt: skip
    keep = [k for k in range(len(columns)) if any(row[k] for row in rows)]
    common.pages(
        [columns[k] for k in keep], [[row[k] for k in keep] for row in rows], None, PATH, f"{measure.label} par groupe"
    )


def _caution(answer: Crossed, groups: Mapping[Codes, Group]) -> list[str]:
    judged, lines = sum(g.verdict is not None for g in groups.values()), []
    if judged:
        lines.append(
            f"Couleur et flèche : hasard exclu à 99 %, écart d'au moins 1 point ou 2 jours au reste, {SMALL_BASE} cas ou plus. "
            f"Sur {formats.counted(judged, 'groupe jugé', 'groupes jugés')}, le hasard seul en signalerait "
            f"{formats.nombre(judged * CHANCE, 1)}."
        )
    if any(SPREADING in g.mark for g in groups.values()):
        lines.append(f"Petit effectif : de 1 à {SMALL_COUNT} cas, à ne pas diffuser.")
    return lines
