"""What an answer says, as a colleague would say it: French sentences, each with the figures that carry it."""

from collections.abc import Mapping, Sequence

import polars as pl

from dashboards import formats
from dashboards.analysis import judging, questions, verdicts
from dashboards.analysis.comparing import Comparison
from dashboards.analysis.crossing import Crossed
from dashboards.analysis.explaining import Explained
from dashboards.analysis.questions import Question
from dashboards.formats import NBSP
from dashboards.published import reading as published
from dashboards.published.reading import ORGANISME, Edition
from schemas.indicators.dimensions import Dimension
from schemas.indicators.indicator import JOURS, NOMBRE, PART, Indicator
from schemas.publics import EVERYONE

SHOWN = 3  # groups named in a sentence
NAMED = 10  # territories named
INTERVALS = {
    PART: "intervalle de Wilson à 95 %",
    JOURS: "intervalle à 95 % de la moyenne (± 1,96 erreur type)",
}


def subject(measure: Indicator) -> str:
    """A measure as the subject of a sentence."""
    return measure.said or f"l'indicateur « {measure.label} »"


def population(edition: Edition, question: Question) -> str:
    """Whose figures: place, public and year, as a title has them."""
    place = questions.place_of(edition, question.territoire)
    public = questions.public_of(question.public)
    year = "toutes les années" if question.annee is None else str(question.annee)
    return ", ".join([place.label, *([] if public == EVERYONE else [public.label.lower()]), year])


def crossed(edition: Edition, answer: Crossed) -> str:
    """What a crossing shows, over which rows, with which interval."""
    by = ", ".join(map(_noun, answer.by))
    interval = "" if answer.measure.median else INTERVALS.get(answer.measure.unit, "")
    told = f"{answer.measure.label} : {population(edition, answer.asked.question)}{f', par {by}' if by else ''}."
    base = f" Base : {answer.measure.base.words}{f' ; {interval}' if interval else ''}."
    return formats.prose(told + base)


def explained(edition: Edition, answer: Explained) -> str:
    """The gap, and what makes it."""
    if answer.gap is None:
        return formats.prose("L'écart ne se dit pas : un des deux chiffres est protégé.")
    told = _gap(edition, answer)
    why = causes(edition, answer)
    chance = judging.of_gap(edition, answer)
    doubt = (
        "" if chance is None or chance.signal else " Un tel écart peut venir du hasard, ou est trop petit pour compter."
    )
    return formats.prose(f"{told[0].upper()}{told[1:]}{f' : {why}' if why else ''}.{doubt}")


def _gap(edition: Edition, answer: Explained) -> str:
    unit, before, after = answer.measure.unit, answer.before, answer.after
    size = formats.unsigned(formats.gap(unit, after.value, before.value))
    values = [formats.value(unit, side.value) for side in (before, after)]
    move = 0 if size.startswith("0") and "," not in size else 1 if (answer.gap or 0) > 0 else -1
    if _over_time(answer):
        words = {0: "ne bouge pas", 1: f"progresse de {size}", -1: f"recule de {size}"}[move]
        years = f"entre {before.question.annee} et {after.question.annee}"
        return f"{subject(answer.measure)} {words} {years} ({values[0]} → {values[1]})"
    names = [questions.place_of(edition, side.question.territoire).label for side in (after, before)]
    words = f"est {_higher(answer.measure, move)} de {size}" if move else "est le même"
    return f"en {after.question.annee}, {subject(answer.measure)} {words} ({names[0]} : {values[1]} ; {names[1]} : {values[0]})"


def _over_time(answer: Explained) -> bool:
    return answer.before.question.annee != answer.after.question.annee


def _higher(measure: Indicator, sign: float) -> str:
    feminine = "e" if subject(measure).startswith("la ") else ""
    return f"plus élevé{feminine}" if sign > 0 else f"plus bas{feminine and 'se'}"


def causes(edition: Edition, answer: Explained) -> str:
    """What makes a gap, without a capital nor an end; empty where nothing stands out."""
    names = _names(edition, answer.by, answer.table)
    if answer.measure.unit == NOMBRE:
        return _largest(answer.measure, names, answer.table["effet_taux"])
    if answer.rate is None or answer.composition is None:
        return ""
    return ", ".join(part for part in (_rate(answer, names), _composition(answer, names)) if part)


def _names(edition: Edition, by: Sequence[Dimension], table: pl.DataFrame) -> list[str]:
    """What each group is called: its labels."""
    named = [(d.name, questions.labels(edition, d)) for d in by]
    return [", ".join(label(row[name]) for name, label in named) for row in table.iter_rows(named=True)]


def _largest(measure: Indicator, names: list[str], effects: pl.Series) -> str:
    order = sorted(range(len(names)), key=lambda k: -abs(effects[k] or 0.0))[:SHOWN]
    return ", ".join(f"{effect(measure, effects[k])} pour « {names[k]} »" for k in order if effects[k])


def _rate(answer: Explained, names: list[str]) -> str:
    effects, rate = answer.table["effet_taux"].fill_null(0.0), answer.rate or 0.0
    if not _shown(answer.measure, rate):
        return ""
    move = "progresse" if rate > 0 else "recule"
    amount = effect(answer.measure, rate)
    if sum(e != 0 for e in effects) > 1 and all(e * rate >= 0 for e in effects):
        each = "chaque groupe" if len(answer.by) > 1 or answer.by[0].yes_no else f"chaque {_noun(answer.by[0])}"
        return f"{amount} parce que {each} {move}" if _over_time(answer) else f"{amount} à groupe égal, pour {each}"
    top = max(range(len(names)), key=lambda k: effects[k] * rate)
    largest = effect(answer.measure, effects[top])
    if _over_time(answer):
        return f"{amount} surtout parce que « {names[top]} » {move} ({largest})"
    return f"{amount} à groupe égal, surtout pour « {names[top]} » ({largest})"


def _noun(dimension: Dimension) -> str:
    return f"{dimension.label[0].lower()}{dimension.label[1:]}"


def _composition(answer: Explained, names: list[str]) -> str:
    effects, composition = answer.table["effet_composition"].fill_null(0.0), answer.composition or 0.0
    if not _shown(answer.measure, composition):
        return ""
    top = max(range(len(names)), key=lambda k: effects[k] * composition)
    before, after = answer.table["poids_avant"][top], answer.table["poids_apres"][top]
    more = "plus" if after > before else "moins"
    weights = f"{formats.part(before)} → {formats.part(after)}"
    return f"{effect(answer.measure, composition)} parce que « {names[top]} » pèse {more} ({weights})"


def effect(measure: Indicator, amount: float | None) -> str:
    """A part of a gap with its sign: +0,2 point, −3,1 jours, +1 250."""
    if amount is None:
        return formats.NC
    if measure.unit == PART:
        return formats.points(amount)
    number = formats.nombre(abs(amount), 1 if measure.unit == JOURS else 0)
    sign = "" if number == "0" else formats.MINUS if amount < 0 else "+"
    unit = f"{NBSP}{'jour' if abs(amount) < 2 else 'jours'}" if measure.unit == JOURS else ""
    return f"{sign}{number}{unit}"


def _shown(measure: Indicator, amount: float) -> bool:
    """Whether an amount is more than nothing as it is written."""
    return effect(measure, amount)[0] in f"+{formats.MINUS}"


def compared(edition: Edition, answer: Comparison) -> str:
    """Which territories differ, or that none does."""
    names = {t.code: t.label for t in published.territories(edition) if t.niveau == answer.niveau}
    found = answer.table.filter(pl.col("signal") != "")
    kind = "organisme" if answer.niveau == ORGANISME else "région"
    if not answer.table.drop_nulls("z").height:
        return formats.prose(
            "Rien ne se compare : dans chaque strate de l'ajustement, tous les cas sont pareils. Ajustez par d'autres dimensions."
        )
    spread = _spread(answer)
    if found.is_empty():
        return formats.prose(f"Aucun{'e' if kind == 'région' else ''} {kind} ne se distingue : {spread}.")
    parts = []
    for signal, words in ((verdicts.HIGH, "au-dessus"), (verdicts.LOW, "en dessous")):
        rows = found.filter(pl.col("signal") == signal).sort("z_ajuste", descending=signal == verdicts.HIGH)
        if rows.height:
            parts.append(f"{words} de l'attendu, {_listed(rows, names)}")
    many = formats.counted(found.height, f"{kind} se distingue", f"{kind}s se distinguent")
    return formats.prose(f"{many} : {' ; '.join(parts)}. Ailleurs, {spread}.")


def _listed(rows: pl.DataFrame, names: Mapping[str, str]) -> str:
    told = [
        f"{names.get(code, code)} ({formats.part(rate)})"
        for code, rate in rows.select("territoire", "taux_ajuste").head(NAMED).iter_rows()
    ]
    rest = rows.height - len(told)
    return ", ".join(told) + (f" et {formats.counted(rest, 'autre', 'autres')}" if rest else "")


def _spread(answer: Comparison) -> str:
    if not answer.dispersion.tau2:
        return "les écarts sont ceux que donne le hasard"
    between = formats.unsigned(formats.points(answer.dispersion.tau2**0.5))
    return f"les territoires diffèrent entre eux d'environ {between} (écart type) au-delà du hasard"
