-- after: controle.livraisons
WITH mois AS (
  SELECT annee_detection AS annee, 'saisine' AS quoi, EXTRACT(MONTH FROM date_saisine) AS mois FROM detail.accompagnements
  UNION
  SELECT annee_cloture, 'cloture', EXTRACT(MONTH FROM date_cloture) FROM detail.accompagnements
  WHERE annee_cloture IS NOT NULL
), annees AS (
  SELECT annee,
    COUNT(CASE WHEN quoi = 'saisine' THEN 1 END) AS saisines,
    COUNT(CASE WHEN quoi = 'cloture' THEN 1 END) AS clotures
  FROM mois
  GROUP BY annee
), extraction AS (
  SELECT MAX(CAST(livraison AS DATE)) AS derniere FROM controle.livraisons WHERE source = 'bali'
)
SELECT annee, 'bali' AS source,
  saisines = 12 AND clotures = 12 AND EXTRACT(YEAR FROM derniere) > annee AS complete
FROM annees CROSS JOIN extraction
ORDER BY annee
