-- A BALI year is whole when every month has saisines and closures and a delivery was extracted after its end; a year of
-- the survey or of the action sociale is, as soon as it is delivered.
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
), livrees AS (
  -- the year ends the name of the folder: 2024, 311/2024
  SELECT DISTINCT CAST(RIGHT(livraison, 4) AS INTEGER) AS annee, source FROM controle.livraisons WHERE source <> 'bali'
)
SELECT annee, 'bali' AS source,
  saisines = 12 AND clotures = 12 AND EXTRACT(YEAR FROM derniere) > annee AS complete
FROM annees CROSS JOIN extraction
UNION ALL
SELECT annee, source, TRUE AS complete
FROM livrees
ORDER BY source, annee
