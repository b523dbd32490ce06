-- Organismes by their share of external detections, at national and region niveau, public ensemble.
WITH organismes AS (
  SELECT i.annee, i.valeur, o.code_region AS region
  FROM marts.indicateurs AS i JOIN ref.organismes AS o ON o.organisme = i.territoire
  WHERE i.indicateur = 'detections.part_externe' AND i.niveau = 'organisme' AND i.public = 'ensemble'
), classes AS (
  SELECT annee, region,
    CASE WHEN valeur < 0.20 THEN 'moins_de_20' WHEN valeur <= 0.40 THEN 'de_20_a_40' ELSE 'plus_de_40' END AS modalite
  FROM organismes
), nombres AS (
  SELECT annee, CASE WHEN GROUPING(region) = 0 THEN 'region' ELSE 'national' END AS niveau,
    CASE WHEN GROUPING(region) = 0 THEN region ELSE 'FR' END AS territoire, modalite, COUNT(*) AS n
  FROM classes
  GROUP BY GROUPING SETS ((annee, modalite), (annee, modalite, region))
)
SELECT annee, niveau, territoire, 'ensemble' AS public, 'detections.organismes_par_taux_externe' AS indicateur, modalite,
  n AS numerateur, SUM(n) OVER (PARTITION BY annee, niveau, territoire) AS denominateur,
  CAST(n AS DOUBLE) / SUM(n) OVER (PARTITION BY annee, niveau, territoire) AS valeur, 'part' AS unite
FROM nombres
