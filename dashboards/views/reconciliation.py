"""The figures that publications print, beside those computed from the deliveries."""

from collections import Counter
from collections.abc import Sequence

import streamlit as st

from dashboards import formats
from dashboards.figures import printed
from dashboards.formats import NBSP
from dashboards.published import control
from dashboards.published import reading as published
from dashboards.published.control import RECONCILIATION, Checked
from dashboards.published.reading import NATIONAL, Edition
from dashboards.views import common
from dashboards.views.common import ALL, EVERY, Column
from schemas.publics import EVERYONE, PUBLICS

TITLE, PATH = "Réconciliation", "reconciliation"
STATUSES = {"ecart": "Écart", "conforme": "Conforme", "non_calculable": "Non calculable"}  # in the order of the rows
PLURALS = {"ecart": "Écarts", "conforme": "Conformes", "non_calculable": "Non calculables"}
COLUMNS = (
    Column("Statut", words=True, marked=("Écart",), width="4.9rem"),
    Column("Diapositive ou section", words=True, width="21%"),
    Column("Chiffre", words=True, width="33%"),
    Column("Publié"),
    Column("Calculé"),
    Column("Écart"),
)
EXPORTED = (
    "Statut", "Publication", "Diapositive ou section", "Chiffre", "Indicateur", "Modalité", "Année", "Niveau",
    "Territoire", "Public", "Comparateur", "Unité", "Publié", "Calculé", "Écart", "Demi-unité imprimée", "Raison",
)  # fmt: skip


def draw(edition: Edition) -> None:
    common.head(TITLE, "Les chiffres imprimés dans les publications, face à ceux que donnent les livraisons")
    if RECONCILIATION not in control.tables(edition):
        common.nothing("Ce fichier ne contient pas les contrôles : ouvrez le fichier complet pour les lire.")
        return
    every = control.reconciliation(edition)
    if not every:
        common.nothing("Aucun chiffre publié n'a été confronté aux livraisons.")
        return
    publication, reference, status = _filters(every)
    found = [f for f in every if publication in {EVERY, f.publication} and reference in {EVERY, f.reference}]
    _counts(found)
    order = list(STATUSES)
    shown = sorted((f for f in found if status in {ALL, f.statut}), key=lambda f: order.index(f.statut))
    if not shown:
        common.nothing("Aucun chiffre ne correspond à ces choix.")
        return
    places = {(t.niveau, t.code): t.label for t in published.territories(edition)}
    export = common.grid(EXPORTED, [_exported(f) for f in shown])
    common.pages(COLUMNS, [_row(f, places) for f in shown], export, PATH, "Chiffres publiés et calculés")
    common.foot(
        "Sous l'écart, ce qui est admis : la moitié du dernier rang imprimé ; pour « près de », 5 % de part et d'autre ; "
        "pour « plus de », de 0 à 10 % au-dessus. Écart : calculé moins publié, sur les valeurs non arrondies.",
        "Non calculable : aucun indicateur ne donne ce chiffre, ou l'année n'est pas complète.",
    )


def _filters(every: Sequence[Checked]) -> tuple[str, str, str]:
    with st.container(key="choix"):
        columns = st.columns([3, 4, 2])
    publications = list(dict.fromkeys(f.publication for f in every))
    with columns[0]:
        publication = common.choice("Publication", [EVERY, *publications], "rec_publication")
    references = list(dict.fromkeys(f.reference for f in every if publication in {EVERY, f.publication}))
    with columns[1]:
        reference = common.choice("Diapositive ou section", [EVERY, *references], "rec_diapositive")
    with columns[2]:
        status = common.choice("Statut", [ALL, *STATUSES], "rec_statut", lambda s: STATUSES.get(s, s))
    return publication, reference, status


def _counts(found: Sequence[Checked]) -> None:
    number = Counter(f.statut for f in found)
    compared = number["ecart"] + number["conforme"]
    beside = {
        "conforme": f"{formats.part(number['conforme'] / compared)} des chiffres calculables" if compared else "",
        "ecart": f"{formats.part(number['ecart'] / compared)} des chiffres calculables" if compared else "",
        "non_calculable": "sans indicateur ou année incomplète",
    }
    common.counts(
        [
            (formats.nombre(len(found)), "Chiffres publiés", ""),
            *((formats.nombre(number[s]), label, beside[s]) for s, label in PLURALS.items()),
        ]
    )


def _row(figure: Checked, places: dict[tuple[str, str], str]) -> tuple[str, ...]:
    unit = printed.unit(figure)
    gap = printed.gap(unit, figure.ecart, figure.precision)
    return (
        STATUSES[figure.statut],
        figure.reference,
        f"{figure.libelle}\n{_scope(figure, places)}",
        printed.as_printed(figure),
        printed.value(unit, figure.calcule, figure.precision),
        "" if figure.calcule is None else f"{gap}\n{printed.tolerance(figure)}",
    )


def _scope(figure: Checked, places: dict[tuple[str, str], str]) -> str:
    """Year, place and public where they are not the usual ones, then why there is nothing to compare with."""
    place = places.get((figure.niveau, figure.territoire), figure.territoire)
    public = next((p.label for p in PUBLICS if p.code == figure.public), figure.public)
    words = [
        str(figure.annee),
        *([place] if figure.niveau != NATIONAL else []),
        *([public] if figure.public != EVERYONE.code else []),
    ]
    return " · ".join(words) + (f"{NBSP}: {figure.raison}" if figure.raison else "")


def _exported(figure: Checked) -> tuple[str, ...]:
    return (
        STATUSES[figure.statut], figure.publication, figure.reference, figure.libelle, figure.indicateur,
        figure.modalite, str(figure.annee), figure.niveau, figure.territoire, figure.public, figure.comparateur,
        printed.unit(figure), *(formats.plain(n) for n in (figure.publie, figure.calcule, figure.ecart)),
        formats.plain(figure.precision), figure.raison,
    )  # fmt: skip
