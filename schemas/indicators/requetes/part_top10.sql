-- Share of the ten first external structures among all external detections of the territory (denominateurs).
WITH premiers AS (
  SELECT annee, niveau, territoire, SUM(accompagnements) AS n
  FROM marts.structures
  WHERE rang <= 10
  GROUP BY annee, niveau, territoire
)
SELECT e.annee, e.niveau, e.territoire, e.public, 'structures.part_top10' AS indicateur, '' AS modalite,
  COALESCE(p.n, 0) AS numerateur, e.n AS denominateur, CAST(COALESCE(p.n, 0) AS DOUBLE) / e.n AS valeur, 'part' AS unite
FROM denominateurs AS e LEFT JOIN premiers AS p USING (annee, niveau, territoire)
WHERE e.public = 'ensemble'
