-- External structures of the year's detections, ranked within each territory.
WITH externes AS (
  SELECT annee_detection AS annee, region, organisme, structure, type_accompagnement, motif_cloture
  FROM detail.accompagnements
  WHERE externe AND structure IS NOT NULL
), nombres AS (
  SELECT annee,
    CASE WHEN GROUPING(organisme) = 0 THEN 'organisme' WHEN GROUPING(region) = 0 THEN 'region' ELSE 'national' END AS niveau,
    CASE WHEN GROUPING(organisme) = 0 THEN organisme WHEN GROUPING(region) = 0 THEN region ELSE 'FR' END AS territoire,
    structure,
    COUNT(*) AS accompagnements,
    COUNT(CASE WHEN type_accompagnement = 'SOINS' THEN 1 END) AS soins,
    COUNT(motif_cloture) AS clos,
    COUNT(CASE WHEN motif_cloture = 'NON_PERTINENT' THEN 1 END) AS non_pertinents,
    COUNT(DISTINCT organisme) AS organismes
  FROM externes
  GROUP BY GROUPING SETS ((annee, structure), (annee, structure, region), (annee, structure, organisme))
)
SELECT annee, niveau, territoire, structure,
  ROW_NUMBER() OVER (PARTITION BY annee, niveau, territoire ORDER BY accompagnements DESC, structure) AS rang,
  accompagnements, CAST(soins AS DOUBLE) / accompagnements AS part_soins,
  CAST(non_pertinents AS DOUBLE) / NULLIF(clos, 0) AS part_non_pertinent,
  organismes, CAST(NULL AS INTEGER) AS organismes_conventionnes
FROM nombres
