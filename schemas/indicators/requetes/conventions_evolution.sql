-- Organismes that have the convention, this year's number minus last year's; both surveys must have been delivered.
WITH nombres AS (
  SELECT annee, niveau, territoire, modalite, numerateur AS n
  FROM marts.indicateurs
  WHERE indicateur = 'conventions.organismes'
), enquetes AS (
  SELECT annee
  FROM ref.annees
  WHERE source = 'enquete' AND annee - 1 IN (SELECT annee FROM ref.annees WHERE source = 'enquete')
), ecarts AS (
  SELECT n.annee, n.niveau, n.territoire, n.modalite, n.n
  FROM nombres AS n JOIN enquetes AS e ON e.annee = n.annee
  UNION ALL
  SELECT e.annee, n.niveau, n.territoire, n.modalite, -n.n
  FROM nombres AS n JOIN enquetes AS e ON e.annee - 1 = n.annee
)
SELECT annee, niveau, territoire, 'ensemble' AS public, 'conventions.evolution' AS indicateur, modalite,
  SUM(n) AS numerateur, NULL AS denominateur, SUM(n) AS valeur, 'nombre' AS unite
FROM ecarts
GROUP BY annee, niveau, territoire, modalite
