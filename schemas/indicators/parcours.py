"""The accompaniments as indicators count them: a view over their rows and the marks that their actions and soins leave.

A mark is a bit of one number, so that what many yes-or-no columns would say is stored, and joined, once.
"""

from schemas.nomenclatures import THEMATIQUE
from schemas.publics import APART

ACCOMPAGNEMENTS, PARCOURS, MARKED = "detail.accompagnements", "detail.parcours", "detail.parcours_reperes"

KEPT = (
    "id_accompagnement", "organisme", "region", "annee_detection", "annee_cloture", "duree_jours", "age", "tranche_age",
    "sexe", "type_accompagnement", "motif_cloture", "famille_detecteur", "categorie_detecteur", "succes", "externe",
    "medecin_traitant_fin", "c2s_fin", "ald_fin",
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

_MARKED = ", ".join(f"COALESCE(r.reperes & {bit}, 0) > 0 AS {mark}" for mark, bit in BIT.items())
VIEW = f"""SELECT {", ".join(f"a.{name}" for name in (*KEPT, *(p.code for p in APART)))}, {_MARKED}
FROM {ACCOMPAGNEMENTS} AS a LEFT JOIN {MARKED} AS r USING (id_accompagnement)"""
