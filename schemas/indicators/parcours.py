"""The accompaniments as indicators count them: a view over their rows, what their actions and soins leave, and the day of observation.

A mark is a bit of one number, so that what many yes-or-no columns would say is stored, and joined, once.
"""

from collections.abc import Collection

from schemas.nomenclatures import THEMATIQUE
from schemas.publics import APART

ACCOMPAGNEMENTS, PARCOURS, MARKED = "detail.accompagnements", "detail.parcours", "detail.parcours_reperes"
RETURNS, STOCKS = "detail.parcours_retours", "detail.stocks"

KEPT = (
    "id_accompagnement", "id_personne", "organisme", "region", "date_saisine", "date_ouverture", "date_cloture",
    "annee_detection", "annee_ouverture", "annee_cloture", "delai_jours", "duree_jours", "age", "tranche_age", "sexe",
    "situation", "type_accompagnement", "motif_cloture", "famille_detecteur", "categorie_detecteur", "structure", "succes",
    "externe", "medecin_traitant_debut", "medecin_traitant_fin", "c2s_fin", "ald_fin",
    "livraison",
)  # fmt: skip

# column of the view, and what it says; the bit of each is its place
MARKS = {
    **{
        f"{verb}_{theme.lower()}": f"Au moins une action {words} de la thématique « {label} »"
        for verb, words in (("aborde", "(quel que soit son résultat)"), ("reussit", "réussie"))
        for theme, label in THEMATIQUE.items()
    },
    "complementaire_sante": "Action de droits réussie « Accès à une complémentaire santé »",
    "soin_generaliste": "Au moins un soin de généraliste",
}
BIT = {mark: 1 << place for place, mark in enumerate(MARKS)}

_MARKED = {mark: f"COALESCE(r.reperes & {bit}, 0) > 0" for mark, bit in BIT.items()}
_DAY = "(SELECT jour_observation FROM ref.millesime)"


def _days(begin: str, end: str) -> str:
    return f"CAST(DATE_DIFF('day', {begin}, {end}) AS INTEGER)"


_SEEN = {
    "jour_observation": _DAY,
    "jours_observes": _days("a.date_saisine", _DAY),
    "suivi_jours": _days("a.date_cloture", _DAY),
}
_RETURNED = {"retour_jours": "s.retour_jours"}
# a saisine without closure by the last day of the year is of its stock
_OF_STOCK = {"annee_stock": "m.annee", "age_jours": _days("a.date_saisine", "m.dernier_jour")}
_YEAR_ENDS = """JOIN ref.mois AS m
  ON m.mois = 12 AND a.annee_detection <= m.annee AND (a.annee_cloture IS NULL OR a.annee_cloture > m.annee)"""
# what a join adds to the rows of the accompaniments
_JOINS = (
    (_MARKED, f"LEFT JOIN {MARKED} AS r ON r.id_accompagnement = a.id_accompagnement"),
    (_RETURNED, f"LEFT JOIN {RETURNS} AS s ON s.id_accompagnement = a.id_accompagnement"),
)


def _view(own: str, added: dict[str, str], joins: Collection[str]) -> str:
    columns = ", ".join((own, *(f"{sql} AS {name}" for name, sql in added.items())))
    return "\n".join((f"SELECT {columns}", f"FROM {ACCOMPAGNEMENTS} AS a", *joins))


_OWN = ", ".join(f"a.{name}" for name in dict.fromkeys((*KEPT, *(p.code for p in APART))))
_EVERYTHING = _SEEN | _RETURNED | _MARKED
VIEW = _view(_OWN, _EVERYTHING, [join for _, join in _JOINS])
STOCKS_VIEW = _view(_OWN, _OF_STOCK | _EVERYTHING, [_YEAR_ENDS, *(join for _, join in _JOINS)])


def rows_of(relation: str, asked: Collection[str]) -> str:
    """What is read of a relation for these columns: of a view what lies below it, without the joins that none of them needs."""
    if relation not in (PARCOURS, STOCKS):
        return relation
    added = {name: sql for name, sql in _EVERYTHING.items() if name in asked}
    joins = [join for columns, join in _JOINS if not columns.keys().isdisjoint(added)]
    if relation == STOCKS:
        added, joins = _OF_STOCK | added, [_YEAR_ENDS, *joins]
    return f"({_view('a.*', added, joins)})" if added else ACCOMPAGNEMENTS
