"""Queries to start from."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Example:
    title: str
    sql: str


EXAMPLES = (
    Example(
        "Un indicateur dans toutes les caisses",
        """SELECT o.nom, i.numerateur, i.denominateur, i.valeur
FROM marts.indicateurs AS i
JOIN ref.organismes AS o ON o.organisme = i.territoire
WHERE i.indicateur = 'clotures.taux_succes'
  AND i.niveau = 'organisme' AND i.public = 'ensemble'
  AND i.annee = $annee
ORDER BY i.valeur DESC""",
    ),
    Example(
        "L'évolution d'un territoire",
        """SELECT annee, public, valeur
FROM marts.indicateurs
WHERE indicateur = 'clotures.nombre' AND territoire = $territoire
ORDER BY public, annee""",
    ),
    Example(
        "Les structures qui détectent le plus",
        """SELECT rang, structure, accompagnements, part_soins, organismes
FROM marts.structures
WHERE annee = $annee AND territoire = $territoire
ORDER BY rang
LIMIT 20""",
    ),
    Example(
        "Ce que dit le catalogue des indicateurs",
        """SELECT indicateur, libelle, unite, definition
FROM ref.indicateurs
ORDER BY indicateur""",
    ),
)
ON_ROWS = (
    Example(
        "Les durées par mois de saisine",
        """SELECT date_trunc('month', date_saisine) AS mois, count(*) AS accompagnements,
  median(duree_jours) AS duree_mediane
FROM detail.accompagnements
WHERE annee_detection = $annee
GROUP BY mois
ORDER BY mois""",
    ),
    Example(
        "Les motifs de clôture par tranche d'âge",
        """SELECT tranche_age, motif_cloture, count(*) AS clotures
FROM detail.accompagnements
WHERE annee_cloture = $annee
GROUP BY tranche_age, motif_cloture
ORDER BY tranche_age, clotures DESC""",
    ),
)
