-- Share of each public among all closures of the same territory.
SELECT p.annee, p.niveau, p.territoire, p.public, 'clotures.part_public' AS indicateur, '' AS modalite,
  p.numerateur, e.numerateur AS denominateur, p.numerateur / e.numerateur AS valeur, 'part' AS unite
FROM marts.indicateurs AS p JOIN marts.indicateurs AS e USING (annee, niveau, territoire)
WHERE p.indicateur = 'clotures.nombre' AND p.public <> 'ensemble'
  AND e.indicateur = 'clotures.nombre' AND e.public = 'ensemble' AND e.numerateur > 0
