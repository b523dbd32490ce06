-- An accompaniment stands in the years of its saisine and of its closure, once where they are the same.
WITH vus AS (
  SELECT livraison, organisme, annee_detection AS annee FROM detail.accompagnements
  UNION ALL
  SELECT livraison, organisme, annee_cloture FROM detail.accompagnements
  WHERE annee_cloture <> annee_detection
)
SELECT 'bali' AS source, livraison, organisme, annee, COUNT(*) AS lignes
FROM vus
GROUP BY livraison, organisme, annee
ORDER BY livraison, organisme, annee
