-- One row per action and service it mobilises; `services` holds their codes parted by |.
SELECT a.annee, a.organisme, a.region, a.identifiant, a.public, s.code AS service
FROM detail.enquete_actions AS a JOIN ref.nomenclatures AS s
  ON s.nomenclature = 'services' AND '|' || a.services || '|' LIKE '%|' || s.code || '|%'
