-- Organismes that have the convention, this year's number minus last year's; both surveys must say who has conventions.
WITH nombres AS (
  SELECT annee, niveau, territoire, modalite, numerateur AS n
  FROM marts.indicateurs
  WHERE indicateur = 'conventions.organismes'
), muettes AS (
  SELECT CAST(livraison AS INTEGER) AS annee
  FROM controle.inconnus
  WHERE source = 'enquete' AND table_lue = 'conventions' AND colonne = 'conventionne'
), dites AS (
  SELECT a.annee
  FROM ref.annees AS a LEFT JOIN muettes AS m ON m.annee = a.annee
  WHERE a.source = 'enquete' AND m.annee IS NULL
), enquetes AS (
  SELECT d.annee
  FROM dites AS d JOIN dites AS avant ON avant.annee = d.annee - 1
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
