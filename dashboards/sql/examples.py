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
# what statisticians ask most of the rows
ON_ROWS = (
    Example(
        "Combien reviennent après une clôture",
        """SELECT motif_cloture, count(*) AS clotures, count(*) FILTER (retour_jours <= 182) AS retours,
  round(retours / clotures, 3) AS part
FROM detail.parcours
WHERE annee_cloture = $annee AND id_personne IS NOT NULL AND suivi_jours >= 182
GROUP BY motif_cloture
ORDER BY part DESC""",
    ),
    Example(
        "Ce qui reste ouvert, jour après jour (Kaplan-Meier)",
        """WITH jours AS (
  SELECT coalesce(duree_jours, jours_observes) AS jour, count(duree_jours) AS clos, count(*) AS suivis
  FROM detail.parcours
  WHERE annee_detection = $annee
  GROUP BY jour
), risque AS (
  SELECT jour, clos, sum(suivis) OVER (ORDER BY jour DESC) AS presents FROM jours
)
SELECT jour, presents, clos,
  CASE WHEN clos < presents THEN exp(sum(ln(CASE WHEN clos < presents THEN 1 - clos / presents END)) OVER (ORDER BY jour))
    ELSE 0 END AS part_ouverte
FROM risque
ORDER BY jour""",
    ),
    Example(
        "Le stock à chaque fin de mois",
        """SELECT m.annee, m.mois, count(*) AS stock,
  count(*) FILTER (m.dernier_jour - p.date_saisine > 180) AS depuis_plus_de_180_jours
FROM ref.mois AS m
JOIN detail.parcours AS p
  ON p.date_saisine <= m.dernier_jour AND (p.date_cloture IS NULL OR p.date_cloture > m.dernier_jour)
GROUP BY m.annee, m.mois
ORDER BY m.annee, m.mois""",
    ),
    Example(
        "Combien d'accompagnements par personne",
        """SELECT accompagnements, count(*) AS personnes
FROM (
  SELECT id_personne, count(*) AS accompagnements
  FROM detail.parcours
  WHERE id_personne IS NOT NULL
  GROUP BY id_personne
)
GROUP BY accompagnements
ORDER BY accompagnements""",
    ),
    Example(
        "Ce que deviennent les saisines de chaque partenaire",
        """SELECT structure, count(*) AS clotures, round(avg(CAST(succes AS INTEGER)), 3) AS succes,
  round(marts.wilson_bas(count(*) FILTER (succes), count(*)), 3) AS au_moins,
  round(marts.wilson_haut(count(*) FILTER (succes), count(*)), 3) AS au_plus,
  round(avg(CAST(motif_cloture = 'NON_PERTINENT' AS INTEGER)), 3) AS non_pertinents
FROM detail.parcours
WHERE annee_cloture = $annee AND externe AND structure IS NOT NULL
GROUP BY structure
ORDER BY au_moins DESC""",
    ),
    Example(
        "Les motifs de clôture par tranche d'âge et détecteur",
        """SELECT tranche_age, famille_detecteur, motif_cloture, count(*) AS clotures,
  round(clotures / sum(clotures) OVER (PARTITION BY tranche_age, famille_detecteur), 3) AS part
FROM detail.parcours
WHERE annee_cloture = $annee
GROUP BY tranche_age, famille_detecteur, motif_cloture
ORDER BY tranche_age, famille_detecteur, clotures DESC""",
    ),
    Example(
        "Les délais d'ouverture par caisse",
        """SELECT o.nom, count(*) AS ouvertures, median(p.delai_jours) AS delai_median,
  round(quantile_cont(p.delai_jours, 0.9), 1) AS neuf_sur_dix_en_jours,
  round(avg(CAST(p.delai_jours <= 15 AS INTEGER)), 3) AS part_en_15_jours
FROM detail.parcours AS p
JOIN ref.organismes AS o ON o.organisme = CAST(p.organisme AS VARCHAR)
WHERE p.annee_ouverture = $annee
GROUP BY o.nom
ORDER BY part_en_15_jours""",
    ),
    Example(
        "Les saisines jamais ouvertes",
        """SELECT annee_detection, famille_detecteur, count(*) AS saisines,
  count(*) FILTER (date_ouverture IS NULL AND date_cloture IS NOT NULL) AS closes_sans_ouverture,
  count(*) FILTER (date_ouverture IS NULL AND date_cloture IS NULL) AS en_attente
FROM detail.parcours
GROUP BY annee_detection, famille_detecteur
ORDER BY annee_detection, famille_detecteur""",
    ),
    Example(
        "Où un médecin traitant est trouvé",
        """SELECT region, count(*) AS sans_medecin, count(*) FILTER (medecin_traitant_fin) AS trouves,
  round(trouves / sans_medecin, 3) AS part
FROM detail.parcours
WHERE annee_cloture = $annee AND NOT medecin_traitant_debut AND medecin_traitant_fin IS NOT NULL
GROUP BY region
ORDER BY part DESC""",
    ),
    Example(
        "Le succès selon les thématiques abordées ensemble",
        """SELECT aborde_droits, aborde_numerique, aborde_prevention, aborde_orientation, count(*) AS clotures,
  round(avg(CAST(succes AS INTEGER)), 3) AS succes, median(duree_jours) AS duree_mediane
FROM detail.parcours
WHERE annee_cloture = $annee
GROUP BY ALL
ORDER BY clotures DESC""",
    ),
    Example(
        "De quel accompagnement à quel autre pour une même personne",
        """WITH suite AS (
  SELECT type_accompagnement, motif_cloture, date_cloture,
    lead(type_accompagnement) OVER (PARTITION BY id_personne ORDER BY date_saisine, id_accompagnement) AS suivant,
    lead(date_saisine) OVER (PARTITION BY id_personne ORDER BY date_saisine, id_accompagnement) AS saisine_suivante
  FROM detail.parcours
  WHERE id_personne IS NOT NULL
)
SELECT type_accompagnement, motif_cloture, suivant, count(*) AS fois, median(saisine_suivante - date_cloture) AS jours_apres
FROM suite
WHERE suivant IS NOT NULL AND saisine_suivante > date_cloture
GROUP BY ALL
ORDER BY fois DESC""",
    ),
    Example(
        "Les durées par mois de saisine",
        """SELECT date_trunc('month', date_saisine) AS mois, count(*) AS accompagnements,
  median(duree_jours) AS duree_mediane
FROM detail.parcours
WHERE annee_detection = $annee
GROUP BY mois
ORDER BY mois""",
    ),
)
