"""Why a figure moved, or is not the same in two places: the gap taken apart by the groups of a dimension."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import streamlit as st

from dashboards import formats
from dashboards.analysis import judging, questions, sentences
from dashboards.analysis.explaining import Explained, between_places, between_years, explain
from dashboards.analysis.questions import FRANCE, Question, Unanswerable
from dashboards.analysis.ranking import Ranked, ranked
from dashboards.analysis.verdicts import CHANCE, SIGMAS
from dashboards.formats import NBSP
from dashboards.published import reading as published
from dashboards.published.reading import Edition, Territory
from dashboards.views import common
from dashboards.views.analyses import asking, drawn
from dashboards.views.analyses.asking import NONE, Links, Population
from dashboards.views.analyses.drawn import AGAINST, QUIET, TOTAL, UP, Step
from dashboards.views.common import Column
from dashboards.web import filters
from schemas.indicators.crossing import additive
from schemas.indicators.indicator import NOMBRE

TITLE, PATH = "Pourquoi", "pourquoi"
MOST = 12  # groups drawn; the others are one step
TOLD = 8  # dimensions tried that are listed
SURE = 2.5758293035489004  # standard errors: chance excluded at 99 %
HOW = (
    "L'effet d'un groupe est son poids moyen multiplié par la variation de son chiffre. « Composition » est ce qu'aurait "
    "changé, à chiffres constants, le seul mélange des groupes. Une décomposition dit où est l'écart, non sa cause."
)


@dataclass(frozen=True)
class Beside:
    """What the figures are set against: another year of the same place, or another place."""

    label: str
    annee: int | None = None
    place: Territory | None = None


def draw(edition: Edition, links: Links) -> None:
    whose = asking.population(edition)
    with st.container(key="choix"):
        boxes = st.columns([4, 3, 3])
        with boxes[0]:
            measure = asking.measure(edition, additive)
        with boxes[1]:
            beside = _beside(edition, whose)
        with boxes[2]:
            by = asking.dimension("Décomposer par", "decompose", without=["annee"], none="Ce qui explique le plus")
    if beside is None:
        asking.refused(edition, "Rien à expliquer", whose, "Il faut une autre année complète, ou un autre territoire.")
        return
    before, after = _sides(measure.id, whose, beside)
    try:
        tried = _tried(edition, before, after) if by == NONE else ()
        answer = tried[0].answer if tried else explain(edition, *(replace(q, par=(by,)) for q in (before, after)))
    except Unanswerable as error:
        asking.refused(edition, f"{measure.label} : cet écart ne s'explique pas ici", whose, questions.told(error))
        return
    _shown(edition, whose, beside, answer, tried, links)


def _beside(edition: Edition, whose: Population) -> Beside | None:
    """The choice of what the figures are set against; None where there is nothing."""
    years = [y for y, whole in published.years(edition).items() if y < whose.annee and whole]
    offered = [Beside(str(y), annee=y) for y in years]
    if whose.place.code != FRANCE:
        around = published.region_of(edition, whose.place)
        places = [t for t in published.territories(edition) if t != whose.place]
        near = [t for t in places if t.code == FRANCE or t == around]
        offered += [Beside(t.label, place=t) for t in (*near, *(t for t in places if t not in near))]
    if not offered:
        return None
    labels = {b.label: b for b in offered}
    return labels[filters.choice("Face à", list(labels), "face_a")]


def _sides(mesure: str, whose: Population, beside: Beside) -> tuple[Question, Question]:
    if beside.place is None:
        year = beside.annee or whose.annee - 1
        return between_years(mesure, (), year, whose.annee, whose.place.code, whose.public.code)
    return between_places(mesure, (), whose.annee, whose.place.code, beside.place.code, whose.public.code)


@lru_cache(maxsize=128)
def _tried(edition: Edition, before: Question, after: Question) -> tuple[Ranked, ...]:
    found = ranked(edition, before, after)
    if not found:
        raise Unanswerable("aucune dimension ne sépare les cas")
    return found


def _shown(
    edition: Edition, whose: Population, beside: Beside, answer: Explained, tried: Sequence[Ranked], links: Links
) -> None:
    measure = answer.measure
    told = sentences.explained(edition, answer)
    here = asking.where(whose)
    headline = told.split(" (")[0].rstrip(".") if answer.gap is not None else f"{measure.label}{NBSP}: {formats.NC}"
    chance = judging.of_gap(edition, answer)
    if chance is not None and not chance.signal:
        headline += ", ce que le hasard peut expliquer" if not chance.excluded else ", un trop petit écart pour compter"
    by = ", ".join(d.label.lower() for d in answer.by)
    common.head(
        f"{here}{NBSP}: {headline[0].lower()}{headline[1:]}" if here and beside.place is None else headline,
        f"{NBSP}· ".join((measure.label, *whose.words, f"face à {beside.label}", f"par {by}")),
    )
    names = [*(d.name for d in answer.by)]
    file = asking.file_of("pourquoi", measure.id, *names, whose.place.code, whose.public.code, str(whose.annee))
    with st.container(key="corps"):
        common.sentence(told)
        asking.behind(measure, answer.table, file, [("Décomposition", HOW)])
        if answer.gap is None:
            common.nothing(f"{formats.NC} – un des deux chiffres est protégé.")
        else:
            drawn.waterfall(_steps(edition, answer), told)
            common.sentence(HOW)
        _table(edition, answer)
        _others(tried)
        asking.query(edition, answer.sql, "detail." in answer.sql, links)
    asking.foot(edition, whose, *_bases(answer), f"Base{NBSP}: {measure.base.words}.")


def _bases(answer: Explained) -> list[str]:
    counts = [s.numerator if answer.measure.unit == NOMBRE else s.denominator for s in (answer.before, answer.after)]
    return [
        f"Cas{NBSP}: {formats.nombre(counts[0])} avant, {formats.nombre(counts[1])} après. Décomposition symétrique (poids "
        f"moyens des deux côtés){NBSP}: les effets s'additionnent sans reste. "
        f"Couleur{NBSP}: hasard exclu à {formats.nombre(100 * (1 - CHANCE))}{NBSP}%."
    ]


# --- the steps ---


def _steps(edition: Edition, answer: Explained) -> list[Step]:
    """The groups, those that move most first, then the composition, then the whole."""
    measure, table = answer.measure, answer.table
    effects = [float(e or 0.0) for e in table["effet_taux"]]
    errors = np.nan_to_num(answer.errors, nan=0.0).tolist()
    order = sorted(range(len(effects)), key=lambda k: -abs(effects[k]))
    names = group_names(edition, answer)
    steps, at = [], 0.0
    for k in order[:MOST]:
        text = sentences.effect(measure, effects[k])
        tone = _tone(answer, effects[k], errors[k])
        steps.append(Step(names[k], at, at + effects[k], tone, text, _change(answer, k), SIGMAS * errors[k]))
        at += effects[k]
    if rest := [effects[k] for k in order[MOST:]]:
        label = formats.counted(len(rest), "autre groupe", "autres groupes")
        steps.append(Step(label, at, at + sum(rest), QUIET, sentences.effect(measure, sum(rest))))
        at += sum(rest)
    if measure.unit != NOMBRE:
        mixed = answer.composition or 0.0
        steps.append(Step("Composition", at, at + mixed, QUIET, sentences.effect(measure, mixed), "poids des groupes"))
    values = [formats.value(measure.unit, s.value) for s in (answer.before, answer.after)]
    gap = answer.gap or 0.0
    return [*steps, Step("Écart total", 0.0, gap, TOTAL, sentences.effect(measure, gap), f"{values[0]} → {values[1]}")]


def _tone(answer: Explained, effect: float, error: float) -> str:
    if not error or abs(effect) <= SURE * error:
        return QUIET
    return AGAINST if effect * answer.measure.good < 0 else UP


def _change(answer: Explained, k: int) -> str:
    values = (answer.table[name][k] for name in ("valeur_avant", "valeur_apres"))
    return " → ".join("–" if v is None else formats.value(answer.measure.unit, v) for v in values)


def group_names(edition: Edition, answer: Explained) -> list[str]:
    named = [(d.name, questions.labels(edition, d)) for d in answer.by]
    return [", ".join(label(row[name]) for name, label in named) for row in answer.table.iter_rows(named=True)]


def _table(edition: Edition, answer: Explained) -> None:
    measure, count = answer.measure, answer.measure.unit == NOMBRE
    columns = [
        Column(", ".join(d.label for d in answer.by), words=True), Column("Poids avant"), Column("Poids après"),
        Column("Avant"), Column("Après"), Column("Effet de composition"), Column("Effet du chiffre"),
    ]  # fmt: skip
    keep = [0, 3, 4, 6] if count else list(range(7))
    rows = []
    for name, row in zip(group_names(edition, answer), answer.table.iter_rows(named=True), strict=True):
        values = [
            "–" if row[n] is None else formats.value(measure.unit, row[n]) for n in ("valeur_avant", "valeur_apres")
        ]
        weights = ["" if count else formats.part(row[n]) for n in ("poids_avant", "poids_apres")]
        effects = [sentences.effect(measure, row[n]) for n in ("effet_composition", "effet_taux")]
        cells = [name, *weights, *values, *effects]
        rows.append([cells[k] for k in keep])
    common.title("Tous les groupes")
    common.pages([columns[k] for k in keep], rows, None, PATH, "Effet de chaque groupe")


def _others(tried: Sequence[Ranked]) -> None:
    """What the other dimensions explain of the same gap."""
    if len(tried) < 2:
        return
    common.title(
        "Ce que chaque dimension explique",
        "L'effet de composition, plus ce que ses groupes font autrement que l'ensemble, au-delà du hasard. "
        "« Décomposer par » montre chacune.",
    )
    rows = [
        [
            r.dimension.label,
            *(sentences.effect(r.answer.measure, a) for a in (r.explains, r.answer.composition, r.answer.rate)),
        ]
        for r in tried[:TOLD]
    ]
    columns = [
        Column("Dimension", words=True),
        Column("Explique"),
        Column("Composition"),
        Column("Chiffres des groupes"),
    ]
    common.table(columns, rows, "Dimensions, de celle qui explique le plus à celle qui explique le moins")
