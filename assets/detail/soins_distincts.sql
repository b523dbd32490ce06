-- by: id_accompagnement
WITH distincts AS (
  SELECT DISTINCT id_accompagnement, type_soins, specialite FROM detail.soins
)
SELECT p.id_accompagnement, p.organisme, p.region, p.annee_cloture, s.type_soins, s.specialite,
  p.jeunes, p.travailleurs_independants, p.help, p.handicap, p.sans_emploi
FROM distincts AS s JOIN detail.accompagnements AS p USING (id_accompagnement)
WHERE p.annee_cloture IS NOT NULL AND p.succes AND p.type_accompagnement = 'SOINS'
