-- by: annee
-- after: ref.completude
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
), conventions AS (
  -- the survey's partner under the canonical name of the structure, where it has one
  SELECT c.annee, c.region, c.organisme, COALESCE(s.structure, c.partenaire) AS structure
  FROM detail.enquete_conventions AS c LEFT JOIN ref.structures AS s ON s.alias = c.partenaire
  WHERE c.conventionne
), conventionnes AS (
  SELECT annee,
    CASE WHEN GROUPING(organisme) = 0 THEN 'organisme' WHEN GROUPING(region) = 0 THEN 'region' ELSE 'national' END AS niveau,
    CASE WHEN GROUPING(organisme) = 0 THEN organisme WHEN GROUPING(region) = 0 THEN region ELSE 'FR' END AS territoire,
    structure, COUNT(DISTINCT organisme) AS organismes
  FROM conventions
  GROUP BY GROUPING SETS ((annee, structure), (annee, structure, region), (annee, structure, organisme))
), muettes AS (
  SELECT CAST(livraison AS INTEGER) AS annee
  FROM controle.inconnus
  WHERE source = 'enquete' AND table_lue = 'conventions' AND colonne = 'conventionne'
), enquetes AS (
  SELECT a.annee
  FROM ref.annees AS a LEFT JOIN muettes AS m ON m.annee = a.annee
  WHERE a.source = 'enquete' AND m.annee IS NULL
)
SELECT n.annee, n.niveau, n.territoire, n.structure,
  ROW_NUMBER() OVER (PARTITION BY n.annee, n.niveau, n.territoire ORDER BY n.accompagnements DESC, n.structure) AS rang,
  n.accompagnements, CAST(n.soins AS DOUBLE) / n.accompagnements AS part_soins,
  CAST(n.non_pertinents AS DOUBLE) / NULLIF(n.clos, 0) AS part_non_pertinent,
  n.organismes, CASE WHEN e.annee IS NOT NULL THEN COALESCE(c.organismes, 0) END AS organismes_conventionnes
FROM nombres AS n
  LEFT JOIN conventionnes AS c USING (annee, niveau, territoire, structure)
  LEFT JOIN enquetes AS e ON e.annee = n.annee
