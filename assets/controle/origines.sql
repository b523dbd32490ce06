-- An accompaniment stands in the years of its saisine and of its closure, once where they are the same.
-- after: detail.accompagnements
WITH vus AS (
  SELECT livraison, organisme, EXTRACT(YEAR FROM date_saisine) AS annee FROM lu.bali_accompagnements
  UNION ALL
  SELECT livraison, organisme, EXTRACT(YEAR FROM date_cloture) FROM lu.bali_accompagnements
  WHERE EXTRACT(YEAR FROM date_cloture) <> EXTRACT(YEAR FROM date_saisine)
)
SELECT 'bali' AS source, livraison, organisme, annee, COUNT(*) AS lignes
FROM vus
GROUP BY livraison, organisme, annee
ORDER BY livraison, organisme, annee
