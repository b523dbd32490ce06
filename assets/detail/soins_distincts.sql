-- by: id_accompagnement
SELECT DISTINCT p.id_accompagnement, p.organisme, p.region, p.annee_cloture, s.type_soins, s.specialite,
  p.jeunes, p.travailleurs_independants, p.help, p.handicap, p.sans_emploi
FROM detail.soins AS s JOIN detail.accompagnements AS p USING (id_accompagnement)
WHERE p.annee_cloture IS NOT NULL AND p.succes AND p.type_accompagnement = 'SOINS'
