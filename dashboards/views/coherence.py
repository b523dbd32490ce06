"""The figures of a publication held against each other: whether all that is printed can be true at once."""

from collections import Counter
from collections.abc import Sequence

import streamlit as st

from dashboards import formats
from dashboards.published import control
from dashboards.published.control import COHERENCE, Confronted
from dashboards.published.reading import Edition
from dashboards.views import common
from dashboards.views.common import EVERY, Column
from schemas.publications.coherence import COHERENT, CONTRADICTION

TITLE, PATH = "Cohérence", "coherence"
STATUSES = {CONTRADICTION: "Contradiction", COHERENT: "Cohérent"}  # in the order of the rows
KINDS = {
    "total_100": "Parts d'un tout",
    "moyenne": "Moyenne pondérée",
    "rapport": "Rapport",
    "variation": "Variation",
    "au_plus": "Partie et tout",
    "ordre": "Ordre décroissant",
    "meme_chiffre": "Même chiffre imprimé deux fois",
    "somme": "Somme",
    "etiquette": "Étiquette et diapositive",
    "effectif_entier": "Part d'un effectif entier",
}
COLUMNS = (
    Column("Statut", words=True, marked=("Contradiction",), width="7rem"),
    Column("Diapositives ou sections", words=True, width="22%"),
    Column("Règle", words=True, width="14%"),
    Column("Chiffres en cause", words=True),
)
EXPORTED = ("Statut", "Publication", "Diapositives ou sections", "Nature", "Règle", "Chiffres en cause")


def kind(regle: str) -> str:
    """The nature of a rule in words, from its name `nature.objet`."""
    nature = regle.partition(".")[0]
    return KINDS.get(nature, nature)


def draw(edition: Edition) -> None:
    common.head(TITLE, "Les chiffres d'une même publication peuvent-ils être tous vrais ?")
    if COHERENCE not in control.tables(edition):
        common.nothing("Ce fichier ne contient pas les contrôles : ouvrez le fichier complet pour les lire.")
        return
    every = control.coherence(edition)
    if not every:
        common.nothing("Aucune règle de cohérence n'a été appliquée.")
        return
    publication, reference, nature, status = _filters(every)
    found = [
        c
        for c in every
        if publication in {EVERY, c.publication}
        and (reference == EVERY or reference in _references(c))
        and nature in {EVERY, kind(c.regle)}
    ]
    _counts(found)
    order = list(STATUSES)
    shown = sorted((c for c in found if status in {EVERY, c.statut}), key=lambda c: order.index(c.statut))
    if not shown:
        common.nothing("Aucune règle ne correspond à ces choix.")
        return
    lines = [(STATUSES[c.statut], c.reference, kind(c.regle), c.detail) for c in shown]
    export = [(STATUSES[c.statut], c.publication, c.reference, kind(c.regle), c.regle, c.detail) for c in shown]
    common.pages(COLUMNS, lines, common.grid(EXPORTED, export), PATH, "Règles de cohérence")
    common.foot(
        "Un chiffre imprimé vaut pour toutes les valeurs qui s'arrondissent ainsi. Il y a contradiction quand aucune "
        "de ces valeurs ne convient : un simple effet d'arrondi n'en est pas une."
    )


def _references(confronted: Confronted) -> list[str]:
    return confronted.reference.split(" ; ")


def _filters(every: Sequence[Confronted]) -> tuple[str, str, str, str]:
    with st.container(key="choix"):
        columns = st.columns([3, 3, 3, 2])
    with columns[0]:
        publications = list(dict.fromkeys(c.publication for c in every))
        publication = common.choice("Publication", [EVERY, *publications], "coh_publication")
    among = [c for c in every if publication in {EVERY, c.publication}]
    with columns[1]:
        references = list(dict.fromkeys(r for c in among for r in _references(c)))
        reference = common.choice("Diapositive ou section", [EVERY, *references], "coh_diapositive")
    with columns[2]:
        natures = sorted({kind(c.regle) for c in among})
        nature = common.choice("Nature de la règle", [EVERY, *natures], "coh_nature")
    with columns[3]:
        status = common.choice("Statut", [EVERY, *STATUSES], "coh_statut", lambda s: STATUSES.get(s, s))
    return publication, reference, nature, status


def _counts(found: Sequence[Confronted]) -> None:
    number = Counter(c.statut for c in found)
    common.counts(
        [
            (formats.nombre(len(found)), "Règles appliquées", ""),
            (formats.nombre(number[CONTRADICTION]), "Contradictions", ""),
            (formats.nombre(number[COHERENT]), "Cohérentes", ""),
        ]
    )
