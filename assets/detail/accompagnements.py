from pipelines.build import REPLACED, Build
from pipelines.checks import Finding, kept
from pipelines.ingestion import ingest
from pipelines.tables import table
from schemas.bali import ACCOMPAGNEMENTS
from schemas.nomenclatures import FAMILLE_INTERNE, MOTIFS_SUCCES

SUCCES = ", ".join(f"'{motif}'" for motif in MOTIFS_SUCCES)

# made of each piece as it is read: the rows are written once
QUERY = f"""
SELECT a.*, o.code_region AS region,
  EXTRACT(YEAR FROM a.date_saisine) AS annee_detection,
  EXTRACT(YEAR FROM a.date_cloture) AS annee_cloture,
  a.date_cloture - a.date_saisine AS duree_jours,
  CASE WHEN a.age < 25 THEN 'moins_de_25' WHEN a.age < 40 THEN '25_39' WHEN a.age < 50 THEN '40_49'
    WHEN a.age < 60 THEN '50_59' WHEN a.age >= 60 THEN '60_et_plus' END AS tranche_age,
  COALESCE(a.motif_cloture IN ({SUCCES}), FALSE) AS succes,
  a.famille_detecteur <> '{FAMILLE_INTERNE}' AS externe
FROM (
  -- completed years: the difference of the dates written as the numbers AAAAMMJJ
  SELECT *, FLOOR((
    EXTRACT(YEAR FROM date_saisine) * 10000 + EXTRACT(MONTH FROM date_saisine) * 100 + EXTRACT(DAY FROM date_saisine)
    - EXTRACT(YEAR FROM date_naissance) * 10000 - EXTRACT(MONTH FROM date_naissance) * 100
    - EXTRACT(DAY FROM date_naissance)) / 10000) AS age
  FROM lues
) AS a JOIN ref.organismes AS o USING (organisme)
"""


def lignes_acceptees(build: Build) -> Finding:
    """Every accepted row is there."""
    return kept(build.con, "bali", "accompagnements", "detail.accompagnements")


@table(
    "detail.accompagnements",
    after=["raw.bali.accompagnements", "ref.organismes", "ref.structures"],
    checks=[lignes_acceptees],
)
def accompagnements(build: Build) -> None:
    """The accepted accompaniments, the latest row of each, with what is derived from them."""
    if not build.former:
        build.create("detail.accompagnements")
    ingest(build, ACCOMPAGNEMENTS, "detail.accompagnements", QUERY)
    if build.former and build.former.same_years:
        build.years = _touched(build)


def _touched(build: Build) -> frozenset[int]:
    """The years in which a row has come or gone, and those compared with them."""
    rows = build.of_fresh("SELECT annee_detection, annee_cloture FROM detail.accompagnements")
    found = build.run(
        f"SELECT DISTINCT UNNEST([annee_detection, annee_cloture]) FROM (FROM {REPLACED} UNION ALL BY NAME {rows})"
    )
    years = {year for (year,) in found if year}
    return frozenset(years | {year + 1 for year in years})
