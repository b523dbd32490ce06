from pipelines.tables import table
from pipelines.vintages.build import REPLACED, Build
from schemas.indicators.parcours import ACCOMPAGNEMENTS, RETURNS

LONGEST = 365  # days after a closure in which a return is sought


def _query(among: str) -> str:
    """The closures of some persons that a saisine follows; of each person the days are compared, not the rows: one may have thousands."""
    return f"""
WITH revenues AS (
  SELECT id_personne FROM {ACCOMPAGNEMENTS} WHERE {among} GROUP BY id_personne HAVING MAX(date_saisine) > MIN(date_cloture)
), saisines AS (
  SELECT DISTINCT a.id_personne, a.date_saisine FROM {ACCOMPAGNEMENTS} AS a JOIN revenues AS r ON r.id_personne = a.id_personne
), clotures AS (
  SELECT DISTINCT a.id_personne, a.date_cloture FROM {ACCOMPAGNEMENTS} AS a JOIN revenues AS r ON r.id_personne = a.id_personne
  WHERE a.date_cloture IS NOT NULL
), suites AS (
  SELECT c.id_personne, c.date_cloture, MIN(DATE_DIFF('day', c.date_cloture, s.date_saisine)) AS retour_jours
  FROM clotures AS c JOIN saisines AS s ON s.id_personne = c.id_personne AND s.date_saisine > c.date_cloture
  GROUP BY c.id_personne, c.date_cloture
)
SELECT a.id_accompagnement, s.retour_jours
FROM {ACCOMPAGNEMENTS} AS a JOIN suites AS s ON s.id_personne = a.id_personne AND s.date_cloture = a.date_cloture
WHERE s.retour_jours <= {LONGEST}
"""


@table(RETURNS, after=[ACCOMPAGNEMENTS])
def parcours_retours(build: Build) -> None:
    """The closures after which the same person comes back; of a former vintage those of persons with a row that has come or gone."""
    if not build.former:
        build.create(RETURNS, _query("id_personne IS NOT NULL"))
        return
    fresh = build.of_fresh(f"SELECT id_personne FROM {ACCOMPAGNEMENTS}")
    among = f"id_personne IN (SELECT id_personne FROM {REPLACED} UNION ALL {fresh})"
    theirs = f"SELECT id_accompagnement FROM {ACCOMPAGNEMENTS} WHERE {among}"
    build.run(
        f"DELETE FROM {RETURNS} WHERE id_accompagnement IN (SELECT id_accompagnement FROM {REPLACED} UNION ALL {theirs})"
    )
    build.insert(RETURNS, _query(among))
