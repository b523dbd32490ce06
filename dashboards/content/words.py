"""What is told around a slide: subtitle, foot, source, caveats, definitions."""

from collections.abc import Iterable

from dashboards import formats
from dashboards.figures.view import ANNEE, RESPONDENTS, View
from dashboards.formats import NBSP
from dashboards.published.reading import ACTION_SOCIALE, BALI, ENQUETE
from dashboards.slides.blocks import Slide, Table, Targets
from schemas.context.contexte import DEFINITION, Target, targets
from schemas.indicators.catalogue import BY_ID, NOMBRE, PART, Indicator

# --- words around the figures ---


def subtitle(slide: Slide, view: View) -> str:
    """What is measured, on whom, where, when, beside what."""
    if not slide.source:
        return slide.subject
    whom = [view.public.label] if slide.source == BALI else []  # the survey and a caisse know no public of BALI
    words = [slide.subject, *whom, view.territory.name]
    words.append(f"{view.subject.scope.annee}{'' if view.complete else ' (année incomplète)'}")
    if view.comparison:
        words.append(f"comparaison{NBSP}: {view.comparison.name}")
    return f"{NBSP}· ".join(words)  # no line starts with the dot


SYNTHETIC = "Données synthétiques : ces chiffres ne décrivent aucune personne réelle."
SOURCES = {BALI: "BALI", ENQUETE: "enquête ADASS", ACTION_SOCIALE: "fichiers d'action sociale de la caisse"}


def foot(slide: Slide, view: View) -> tuple[str, ...]:
    """Bases with their counts, caveats, source: the lines at the bottom of a slide."""
    if not slide.source:
        return _context(slide) if slide.charts else ("Texte ajouté au rapport.",)
    return (*_bases(slide, view), *_respondents(slide, view), *_caveats(slide, view), *source(view, _sources(slide)))


def _sources(slide: Slide) -> tuple[str, ...]:
    return tuple(dict.fromkeys(BY_ID[i].source for i in slide.indicators)) or (slide.source,)


def credit(slide: Slide, view: View) -> str:
    """What stands under a chart that leaves the page."""
    made = _made(view, _sources(slide))
    return f"{made} {SYNTHETIC}" if view.vintage.synthetic else made


def _context(slide: Slide) -> tuple[str, ...]:
    shown = [t for c in slide.charts if isinstance(c, Targets) for t in targets(c.approach) if t.rate is not None]
    where = ", ".join(dict.fromkeys(f"{t.source} {t.year}" for t in shown))
    deduced = [t.name.lower() for t in shown if t.deduced]
    doubt = f"Le diaporama imprime sans nommer leur population les taux donnés ici pour{NBSP}: {', '.join(deduced)}."
    return (
        DEFINITION,
        *((doubt,) if deduced else ()),
        f"Source{NBSP}: {where}, taux repris du diaporama ADASS 2024. Ces taux ne dépendent d'aucun filtre.",
    )


def _respondents(slide: Slide, view: View) -> list[str]:
    """How many organismes answered the survey, and a warning where the years compared have different ones."""
    if not any(BY_ID[i].source == ENQUETE for i in slide.indicators):
        return []
    number, annee = view.subject(RESPONDENTS).valeur, view.subject.scope.annee
    lines = [f"{formats.counted(number or 0, 'organisme répondant', 'organismes répondants')} à l'enquête {annee}."]
    before = _respondents_before(slide, view)
    if before is not None and number is not None and before != number:
        lines.append(
            f"Attention{NBSP}: {formats.nombre(number)} répondants en {annee}, {formats.nombre(before)} en {annee - 1}. "
            "Une partie des écarts peut venir de ce changement de répondants."
        )
    return lines


def _respondents_before(slide: Slide, view: View) -> float | None:
    """The respondents of the year that is shown beside, None where none is."""
    if any(isinstance(c, Table) and any(k.before for k in c.columns) for c in slide.charts):
        return next(
            (y.figures(RESPONDENTS).valeur for y in view.history if y.annee == view.subject.scope.annee - 1), None
        )
    if view.comparison is None or view.reference is None or view.comparison.code != ANNEE:
        return None
    return view.reference(RESPONDENTS).valeur


def source(view: View, names: tuple[str, ...] = (BALI,)) -> tuple[str, ...]:
    """Where the figures come from, and what the sign of a missing one means."""
    signs = (
        f"{formats.NC}{NBSP}: non communiqué ou non calculable. Les écarts sont calculés sur les valeurs non arrondies."
    )
    return (f"{_made(view, names)} {signs}",)


def _made(view: View, names: tuple[str, ...]) -> str:
    whence = ", ".join(SOURCES[name] for name in names)
    return f"Source{NBSP}: {whence}, millésime {view.vintage.name}, produit le {formats.jour(view.vintage.created)}."


def _bases(slide: Slide, view: View) -> list[str]:
    # counts by modalité add nothing to the base of the shares they stand beside
    told = [BY_ID[i] for i in slide.indicators if not (BY_ID[i].unit == NOMBRE and BY_ID[i].by)]
    words = dict.fromkeys(i.base.words for i in told)
    counts = {w: _base_count(w, slide, view) for w in words}
    known = {w: n for w, n in counts.items() if n is not None}
    bases = [f"{_shortened(w, known)} ({formats.nombre(n)})" for w, n in known.items()]
    return [f"Base{'s' if len(bases) > 1 else ''}{NBSP}: {' ; '.join(bases)}."] if bases else []


def _shortened(words: str, among: Iterable[str]) -> str:
    """What a base adds to another that stands before it: "âge connu" of the accompaniments that were closed."""
    wider = next((w for w in among if words.startswith(f"{w}, ")), None)
    return words if wider is None else f"dont {words.removeprefix(f'{wider}, ')}"


def _base_count(words: str, slide: Slide, view: View) -> float | None:
    """How many a base holds: the denominator of any share taken over all of it, or the count of it."""
    for name in slide.indicators:
        declared = BY_ID[name]
        if declared.base.words != words or declared.within or declared.whole or declared.distinct:
            continue
        cells = [view.subject(name, m) for m in view.subject.modalities(name) or ("",)]
        if declared.unit == NOMBRE and not (declared.by or declared.cases or declared.total):
            return cells[0].numerateur
        if declared.unit == PART or declared.total or declared.median:  # a sum of counts has no denominator
            known = [c.denominateur for c in cells if c.denominateur is not None]
            if known:
                return known[0]
    return None


def _caveats(slide: Slide, view: View) -> list[str]:
    caveats = [BY_ID[i].caveat for i in slide.indicators]
    incomplete = "" if view.complete else f"{view.subject.scope.annee} est incomplète{NBSP}: aucune comparaison."
    return [c for c in dict.fromkeys((*caveats, view.public.note, incomplete)) if c]


def definitions(indicators: tuple[str, ...]) -> tuple[Indicator, ...]:
    """The declarations behind a block, once each."""
    return tuple(BY_ID[i] for i in dict.fromkeys(indicators))


def target_note(target: Target) -> str:
    """What stands under a rate."""
    if target.rate is None:
        return ""
    return f"vivent sous le seuil de pauvreté ({target.source} {target.year})"
