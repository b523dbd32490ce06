-- by: id_accompagnement
SELECT p.id_accompagnement, p.organisme, p.region, p.annee_cloture, a.partenaire,
  p.jeunes, p.travailleurs_independants, p.help, p.handicap, p.sans_emploi
FROM detail.actions AS a JOIN detail.accompagnements AS p USING (id_accompagnement)
WHERE p.annee_cloture IS NOT NULL AND a.thematique = 'ORIENTATION' AND a.partenaire IS NOT NULL
