"""Comparing caisses or regions fairly: against what their own population would give, and what is beyond chance."""

from collections.abc import Mapping

import streamlit as st

from dashboards import formats
from dashboards.analysis import questions, sentences, verdicts
from dashboards.analysis.comparing import ADJUSTED, LEVELS, Comparison, compare
from dashboards.analysis.questions import Unanswerable
from dashboards.formats import NBSP
from dashboards.published import reading as published
from dashboards.published.reading import ORGANISME, Edition, Territory
from dashboards.views import common
from dashboards.views.analyses import asking, drawn
from dashboards.views.analyses.asking import Links
from dashboards.views.analyses.drawn import AGAINST, QUIET, UP, Dot
from dashboards.views.common import Column
from dashboards.web import filters
from schemas.indicators.crossing import comparable
from schemas.indicators.dimensions import DIMENSION, DIMENSIONS

TITLE, PATH = "Comparer", "comparer"
MOST = 10  # territories side by side
NAMES = {"organisme": "Organismes", "region": "Régions"}
SIGNALS = {verdicts.HIGH: "▲ au-dessus", verdicts.LOW: "▼ en dessous", "": "≈"}
HOW = (
    "Chaque territoire est comparé à ce que sa propre population donnerait si chaque groupe y réussissait comme en France. "
    "Un signal excède le hasard et la dispersion ordinaire des territoires ; au plus 5 % des signaux sont de fausses alertes."
)


def draw(edition: Edition, links: Links) -> None:
    whose = asking.population(edition, place=False)
    with st.container(key="choix"):
        boxes = st.columns([4, 2, 6])
        with boxes[0]:
            measure = asking.measure(edition, comparable)
        with boxes[1]:
            niveau = filters.choice("Comparer les", list(LEVELS), "niveau", written=lambda n: NAMES[n])
        with boxes[2]:
            strata = _strata(edition, asking.counts_rows(edition, whose.place))
    try:
        answer = compare(edition, measure.id, whose.annee, niveau, whose.public.code, strata)
    except Unanswerable as error:
        asking.refused(edition, f"{measure.label} : cette comparaison ne se donne pas", whose, questions.told(error))
        return
    if answer.table.is_empty():
        hidden = "Les chiffres de ces territoires sont protégés : vous n'en lisez aucun."
        asking.refused(edition, f"{measure.label} : rien à comparer", whose, hidden)
        return
    told = sentences.compared(edition, answer)
    adjusted = (
        f"ajusté par {', '.join(d.label.lower() for d in answer.adjusted)}" if answer.adjusted else "sans ajustement"
    )
    subtitle = (measure.label, whose.public.label, NAMES[niveau].lower(), str(whose.annee), adjusted)
    common.head(_headline(answer), f"{NBSP}· ".join(subtitle))
    names = {t.code: t for t in published.territories(edition) if t.niveau == niveau}
    with st.container(key="corps"):
        common.sentence(told)
        asking.behind(measure, answer.table, _file(answer, whose.annee, whose.public.code), [("Comparaison", HOW)])
        _side_by_side(answer, names)
        _ranking(answer, names)
        asking.query(edition, answer.sql, "detail." in answer.sql, links)
    bases = f"{formats.nombre(sum(answer.table['n']))} cas, {formats.counted(answer.table.height, 'territoire', 'territoires')}"
    asking.foot(edition, whose, f"Base{NBSP}: {measure.base.words} ({bases}).", HOW)


def _strata(edition: Edition, rows: bool) -> tuple[str, ...]:
    """What the population is made equal by; nothing for a reader without rows, who is told why."""
    if not rows:
        st.multiselect(
            "À population égale", [], disabled=True, placeholder="sans ajustement : il faut toutes les lignes"
        )
        return ()
    fit = [d.name for d in DIMENSIONS if d.codes and d.name != "mois"]
    chosen = st.multiselect(
        "À population égale", fit, list(ADJUSTED), format_func=lambda n: DIMENSION[n].label, key="ajuste",
        placeholder="Sans ajustement", bind="query-params",
    )  # fmt: skip
    return tuple(chosen)


def _file(answer: Comparison, annee: int, public: str) -> str:
    return asking.file_of("comparer", answer.asked.measure.id, answer.niveau, str(annee), public)


def _headline(answer: Comparison) -> str:
    """How many territories are apart, of how many."""
    one, many = ("caisse", "caisses") if answer.niveau == ORGANISME else ("région", "régions")
    apart, share = sum(bool(s) for s in answer.table["signal"]), formats.part(answer.national)
    if not apart:
        return f"{answer.asked.measure.label}{NBSP}: aucune {one} ne se distingue de la France ({share})"
    verb = "se distingue" if apart == 1 else "se distinguent"
    told = f"{formats.counted(apart, one, many)} sur {answer.table.height} {verb} de la France ({share})"
    return f"{answer.asked.measure.label}{NBSP}: {told}"


def _tone(answer: Comparison, signal: str) -> str:
    side = {verdicts.HIGH: 1, verdicts.LOW: -1}.get(signal, 0)
    return QUIET if not side else AGAINST if side * answer.asked.measure.good < 0 else UP


def _side_by_side(answer: Comparison, names: Mapping[str, Territory]) -> None:
    """Up to ten territories on one axis; those that are apart where none is chosen."""
    among = [c for c in answer.table["territoire"] if c in names]
    chosen = st.multiselect(
        f"Territoires à mettre côte à côte ({MOST} au plus)", among, format_func=lambda c: names[c].label, key="cote_a_cote",
        max_selections=MOST, placeholder="Choisir", bind="query-params",
    )  # fmt: skip
    rows = [r for r in answer.table.iter_rows(named=True) if r["taux_ajuste"] is not None]
    shown = [r for r in rows if (r["territoire"] in chosen if chosen else r["signal"])]
    shown = sorted(shown, key=lambda r: -r["taux_ajuste"])[:MOST]
    if not shown:
        return
    common.title(
        "Taux ajustés",
        f"Trait{NBSP}: intervalle à 95{NBSP}% ; point creux{NBSP}: France ({formats.part(answer.national)}).",
    )
    dots = [
        Dot(
            names[r["territoire"]].label if r["territoire"] in names else r["territoire"], r["taux_ajuste"],
            f"{formats.part(r['taux_ajuste'])} {SIGNALS[r['signal']][0]}", _tone(answer, r["signal"]), r["bas"], r["haut"],
            answer.national, f"{formats.nombre(r['n'])} cas", r["n"] < verdicts.SMALL_BASE,
        )
        for r in shown
    ]  # fmt: skip
    drawn.dots(dots, f"Taux ajustés{NBSP}: " + ", ".join(f"{d.label} {d.text}" for d in dots))


def _ranking(answer: Comparison, names: Mapping[str, Territory]) -> None:
    """All of them, those that are apart first, then by their adjusted share: a rank within chance means nothing."""
    common.title(
        "Tous les territoires", "D'abord ceux qui se distinguent ; pour les autres, le rang ne veut rien dire."
    )
    noted = list(zip(answer.table.iter_rows(named=True), answer.marks, strict=True))
    noted.sort(key=lambda one: (not one[0]["signal"], -(one[0]["taux_ajuste"] or 0.0)))
    columns = [
        Column("Territoire", words=True), Column("Cas"), Column("Part"), Column("Part attendue"), Column("Part ajustée"),
        Column("Intervalle à 95 %"), Column("Signal", words=True), Column("À noter", words=True),
    ]  # fmt: skip
    rows = [
        [
            names[r["territoire"]].label if r["territoire"] in names else r["territoire"], formats.nombre(r["n"]),
            _share(r["observe"], r["n"]), _share(r["attendu"], r["n"]), formats.part(r["taux_ajuste"]),
            "–" if r["bas"] is None else f"{formats.part(max(r['bas'], 0.0))} – {formats.part(min(r['haut'], 1.0))}",
            SIGNALS[r["signal"]], note,
        ]
        for r, note in noted
    ]  # fmt: skip
    common.pages(columns, rows, None, PATH, "Territoires, ceux qui se distinguent d'abord")


def _share(cases: float | None, base: float) -> str:
    return formats.part(None if cases is None else cases / base)
