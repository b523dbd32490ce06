"""Headlines: sentences computed from the figures, that say what is found.

Each function takes a view and gives one sentence, which must read well for a rise, a fall, no change, a missing value.
"""

from collections.abc import Callable, Iterable

from dashboards import formats
from dashboards.figures.view import ANNEE, View, label
from dashboards.formats import NBSP, counted
from schemas.indicators.catalogue import BY_ID, JOURS, PART
from schemas.publics import EVERYONE

Headline = Callable[[View], str]

# A change this small is called stable: the published report says so of +1.5 %.
STABLE_EVOLUTION, STABLE_PART, STABLE_DAYS = 0.02, 0.005, 1.0
FEW = 30  # a relative change from fewer cases says less than the two numbers
NOTHING = "Aucun chiffre publié pour ce périmètre"


def detections(view: View) -> str:
    return _trend(view, "detections.nombre", "detections.evolution", "Les détections", ("détection", "détections"))


def familles(view: View) -> str:
    first = _largest(view, "detections.part_famille")
    if first is None:
        return "Trois familles de détecteurs repèrent les assurés à accompagner"
    share = formats.part(view.subject("detections.part_famille", first).valeur)
    return f"{share} des détections viennent de la famille «{NBSP}{label('detections.part_famille', first)}{NBSP}»"


def externes(view: View) -> str:
    share = view.subject("detections.part_externe").valeur
    if share is None:
        return NOTHING
    return f"{formats.part(share)} des détections viennent de l'extérieur{versus(view, 'detections.part_externe')}"


def internes_focus(view: View) -> str:
    return _first(view, "detections.part_categorie_interne", "premier détecteur interne", "des détections internes")


def externes_focus(view: View) -> str:
    return _first(view, "detections.part_categorie_externe", "premier détecteur externe", "des détections externes")


def structures(view: View) -> str:
    if view.public != EVERYONE:
        return "Le classement des structures n'existe que pour l'ensemble des assurés"
    if not view.structures:
        return "Aucune structure externe connue pour ce périmètre"
    share, number = view.subject("structures.part_top10").valeur, len(view.structures)
    if share is None or number == 1:
        return first_structure(view).removesuffix(".")
    return f"Les {number} structures les plus actives font {formats.part(share)} des détections externes"


def first_structure(view: View) -> str:
    if not view.structures:
        return ""
    first = view.structures[0]
    return f"{first.structure}, première structure externe{NBSP}: {_detections(first.accompagnements)}."


def clotures(view: View) -> str:
    success = view.subject("clotures.taux_succes").valeur
    number, against = view.subject("clotures.nombre").valeur, versus(view, "clotures.taux_succes")
    if number is not None and against and view.comparison and view.comparison.code != ANNEE:
        told = counted(number, "accompagnement clôturé", "accompagnements clôturés")
        return f"{told} en {view.subject.scope.annee}{NBSP}; {formats.part(success)} sont des succès{against}"
    trend = _trend(
        view,
        "clotures.nombre",
        "clotures.evolution",
        "Les clôtures",
        ("accompagnement clôturé", "accompagnements clôturés"),
    )
    return trend if success is None else f"{trend}{NBSP}; {formats.part(success)} sont des succès"


GAINS = ("complementaire_sante", "numerique", "prevention", "orientation", "aide_financiere")


def gains(view: View) -> str:
    found = {i: view.subject(i).valeur for i in (f"gains.{g}" for g in GAINS)}
    known = {i: v for i, v in found.items() if v}
    if not known:
        return NOTHING if None in found.values() else "Aucun gain enregistré sur ce périmètre"
    first = max(known, key=lambda i: known[i])
    share = formats.part(known[first])
    return (
        f"Premier gain, «{NBSP}{label(first)}{NBSP}»{NBSP}: {share} des accompagnements clôturés{versus(view, first)}"
    )


def soins(view: View) -> str:
    return _duration(view, "soins.duree_moyenne", "aux soins", "durees.moyenne", "l'ensemble des accompagnements clos")


def other_themes(view: View) -> str:
    """How many of the accompaniments to care deal with something else too."""
    alone = view.subject("soins.part_uniquement_soins").valeur
    if alone is None:
        return ""
    return f"{formats.part(1 - alone)} des accompagnements aux soins abordent au moins une autre thématique."


def types_soins(view: View) -> str:
    return _first(view, "soins.part_type_soins", "premier type de soins", "des soins")


def hors_soins(view: View) -> str:
    return _duration(
        view, "hors_soins.duree_moyenne", "hors soins", "soins.duree_moyenne", "les accompagnements aux soins"
    )


def definition(_: View) -> str:
    return "Accompagner, c'est suivre une personne dans la durée, jusqu'à ses droits et ses soins"


def three_first(indicator: str) -> Headline:
    """The sentence that names the three largest modalités of an indicator with their shares."""

    def sentence(view: View) -> str:
        ranked = [
            m for m in _ranked(view, indicator, view.subject.modalities(indicator)) if view.subject(indicator, m).valeur
        ]
        if not ranked:
            return ""
        named = [f"{label(indicator, m)} ({formats.part(view.subject(indicator, m).valeur)})" for m in ranked[:3]]
        return f"En tête{NBSP}: {_listed(named)}."

    return sentence


def versus(view: View, indicator: str, modality: str = "") -> str:
    """How a figure stands beside the comparator, as the end of a sentence; empty where it cannot be said."""
    reference = view.compared(indicator, modality)
    ours = view.subject(indicator, modality).valeur
    if view.comparison is None or reference is None or reference.valeur is None or ours is None:
        return ""
    unit = BY_ID[indicator].unit
    change, stable = ours - reference.valeur, {PART: STABLE_PART, JOURS: STABLE_DAYS}[unit]
    if abs(change) < stable:
        return f", au même niveau {view.comparison.than}"
    size = formats.unsigned(formats.gap(unit, ours, reference.valeur))
    return f", {size} de {'plus' if change > 0 else 'moins'} {view.comparison.than}"


def _trend(view: View, count: str, change: str, subject: str, noun: tuple[str, str]) -> str:
    evolution, number, before = (
        view.subject(change).valeur,
        view.subject(count).valeur,
        view.subject(change).denominateur,
    )
    if evolution is not None and number is not None and before is not None and before < FEW:
        year = view.subject.scope.annee
        return f"{counted(number, *noun)} en {year}, contre {formats.nombre(before)} en {year - 1}"
    if evolution is not None:
        stable = abs(evolution) < STABLE_EVOLUTION
        verb = "sont stables" if stable else "augmentent" if evolution > 0 else "diminuent"
        return f"{subject} {verb}{NBSP}: {formats.evolution(evolution)} en un an"
    if number is None:
        return NOTHING
    return f"{counted(number, *noun)} en {view.subject.scope.annee}"


def _first(view: View, indicator: str, rank: str, whole: str) -> str:
    first = _largest(view, indicator)
    if first is None:
        return NOTHING
    share = formats.part(view.subject(indicator, first).valeur)
    return f"{label(indicator, first)}, {rank}{NBSP}: {share} {whole}{versus(view, indicator, first)}"


def _duration(view: View, indicator: str, kind: str, other: str, words: str) -> str:
    days, beside = view.subject(indicator).valeur, view.subject(other).valeur
    if days is None:
        return f"Aucun accompagnement {kind} clôturé avec succès sur ce périmètre"
    against = "" if beside is None else f", contre {formats.jours(beside)} pour {words}"
    verb = f"Les accompagnements {kind} durent {formats.jours(days)} en moyenne"
    return f"{verb}{against}"


def _detections(number: float | None) -> str:
    return formats.NC if number is None else counted(number, "détection", "détections")


def _ranked(view: View, indicator: str, modalities: Iterable[str]) -> list[str]:
    return sorted(modalities, key=lambda m: -(view.subject(indicator, m).valeur or 0.0))


def _largest(view: View, indicator: str) -> str | None:
    ranked = _ranked(view, indicator, view.subject.modalities(indicator))
    return ranked[0] if ranked and view.subject(indicator, ranked[0]).valeur else None


def _listed(items: list[str]) -> str:
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} et {items[-1]}"


# --- profiles ---

MARKED = ("profil.part_age", "profil.part_sexe", "clotures.part_motif")  # a profile differs by one of their modalités


def profile(view: View) -> str:
    """What sets the public apart most from its comparator."""
    gaps = _gaps(view)
    if gaps:
        indicator, modality = gaps[0]
        share = formats.part(view.subject(indicator, modality).valeur)
        return f"{label(indicator, modality)}{NBSP}: {share}{versus(view, indicator, modality)}"
    success = view.subject("clotures.taux_succes").valeur
    if success is None:
        return NOTHING
    return f"{formats.part(success)} des accompagnements sont clôturés avec succès"


def profile_gaps(view: View) -> str:
    """The next largest gaps, in points."""
    gaps = _gaps(view)[1:4]
    if not gaps or view.comparison is None:
        return ""
    named = [f"{label(i, m)} ({view.gap(i, m)})" for i, m in gaps]
    return f"Autres écarts par rapport {view.comparison.to}{NBSP}: {_listed(named)}."


def _gaps(view: View) -> list[tuple[str, str]]:
    """The figures of a profile that differ from the comparator, the largest gap first."""
    if view.reference is None:
        return []
    named = [(i, m) for i in MARKED for m in view.subject.modalities(i)]
    named += [(i, "") for i in ("profil.part_medecin_traitant", "profil.part_c2s", "profil.part_ald")]
    sizes: dict[tuple[str, str], float] = {}
    for indicator, modality in named:
        ours, theirs = view.subject(indicator, modality).valeur, view.reference(indicator, modality).valeur
        by_definition = indicator == "profil.part_age" and view.public.code == "jeunes"
        if ours is not None and theirs is not None and not by_definition and abs(ours - theirs) >= STABLE_PART:
            sizes[indicator, modality] = abs(ours - theirs)
    women_and_men = [key for key in sizes if key[0] == "profil.part_sexe"]
    for key in women_and_men[1:]:  # one says the other
        del sizes[key]
    return sorted(sizes, key=lambda key: -sizes[key])


def themes(view: View) -> str:
    return _first(view, "thematiques.part", "première thématique", "des accompagnements clôturés")


def orientation(view: View) -> str:
    text = three_first("orientation.part_partenaire")(view)
    return text.replace("En tête", "Orientations, en tête")
