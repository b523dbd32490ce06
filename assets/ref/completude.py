from pipelines.tables import table
from pipelines.vintages.build import Build

# An organisme has a day of activity where one of its accompaniments begins or ends. A year that it begins late or ends
# early by much more than the days that usually pass from one such day to the next has not been delivered whole.
WAIT, AT_LEAST, ENOUGH = 10, 31, 12
_OF_BALI = f"""WITH jours AS (
  SELECT organisme, date_saisine AS jour FROM detail.accompagnements
  UNION
  SELECT organisme, date_cloture FROM detail.accompagnements WHERE date_cloture IS NOT NULL
), ecarts AS (
  SELECT organisme, GREATEST({AT_LEAST}, {WAIT} * (MAX(jour) - MIN(jour)) / (COUNT(*) - 1)) AS attente
  FROM jours GROUP BY organisme HAVING COUNT(*) >= {ENOUGH}
), annees AS (
  SELECT YEAR(jour) AS annee, organisme, MIN(jour) AS premier_jour, MAX(jour) AS dernier_jour FROM jours GROUP BY ALL
)
SELECT annee, 'bali' AS source, organisme, premier_jour, dernier_jour,
  -- of a few days nothing is usual
  COALESCE(premier_jour - MAKE_DATE(annee, 1, 1) <= attente AND MAKE_DATE(annee, 12, 31) - dernier_jour <= attente, TRUE)
    AS complete
FROM annees LEFT JOIN ecarts USING (organisme)"""
_OF_SURVEY = """SELECT DISTINCT annee, 'enquete' AS source, organisme, NULL AS premier_jour, NULL AS dernier_jour, TRUE AS complete
FROM detail.enquete_repondants"""
_OF_LOCAL = """SELECT DISTINCT CAST(RIGHT(livraison, 4) AS INTEGER), source, SPLIT_PART(livraison, '/', 1), NULL, NULL, TRUE
FROM controle.livraisons WHERE source = 'action_sociale'"""


@table("ref.completude", after=["detail.accompagnements", "detail.enquete_repondants", "controle.livraisons"])
def completude(build: Build) -> None:
    """The organismes that each year has, and whether it has them whole."""
    build.create("ref.completude")
    build.run(
        "INSERT INTO ref.completude BY NAME SELECT * FROM "
        f"({_OF_BALI} UNION ALL {_OF_SURVEY} UNION ALL {_OF_LOCAL}) ORDER BY source, annee, organisme"
    )
