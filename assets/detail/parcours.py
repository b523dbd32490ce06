from pipelines.build import Build
from pipelines.tables import table
from schemas.nomenclatures import ACTION_COMPLEMENTAIRE, THEMATIQUE
from schemas.publics import APART
from schemas.text import key


def _query(complementary: str) -> str:
    addressed = ",\n    ".join(
        f"MAX(CASE WHEN thematique = '{t}' THEN 1 ELSE 0 END) = 1 AS aborde_{t.lower()}" for t in THEMATIQUE
    )
    succeeded = ",\n    ".join(
        f"MAX(CASE WHEN thematique = '{t}' AND resultat = 'REUSSIE' THEN 1 ELSE 0 END) = 1 AS reussit_{t.lower()}"
        for t in THEMATIQUE
    )
    flags = ", ".join(f"{verb}_{t.lower()}" for verb in ("aborde", "reussit") for t in THEMATIQUE)
    filled = ", ".join(f"COALESCE({flag}, FALSE) AS {flag}" for flag in (*flags.split(", "), "complementaire_sante"))
    publics = ", ".join(f"COALESCE({p.where}, FALSE) AS est_{p.code}" for p in APART)
    kept = "id_accompagnement, organisme, region, annee_detection, annee_cloture, duree_jours, age, tranche_age, sexe, " \
        "type_accompagnement, motif_cloture, famille_detecteur, categorie_detecteur, succes, externe, " \
        "medecin_traitant_fin, c2s_fin, ald_fin"
    renamed = ", ".join(f"est_{p.code} AS {p.code}" for p in APART)
    return f"""
WITH themes AS (
  SELECT id_accompagnement,
    {addressed},
    {succeeded},
    MAX(CASE WHEN thematique = 'DROITS' AND resultat = 'REUSSIE' AND libelle IN ({complementary}) THEN 1 ELSE 0 END) = 1
      AS complementaire_sante
  FROM detail.actions
  GROUP BY id_accompagnement
), generalistes AS (
  SELECT DISTINCT id_accompagnement, TRUE AS soin_generaliste FROM detail.soins WHERE type_soins = 'GENERALISTE'
), personnes AS (
  SELECT {kept}, {publics}
  FROM detail.accompagnements
)
SELECT {kept}, {renamed}, {filled}, COALESCE(soin_generaliste, FALSE) AS soin_generaliste
FROM personnes LEFT JOIN themes USING (id_accompagnement) LEFT JOIN generalistes USING (id_accompagnement)
"""


@table("detail.parcours", after=["detail.accompagnements", "detail.actions", "detail.soins"])
def parcours(build: Build) -> None:
    """One row per accompaniment with its publics and themes: every indicator is counted on it."""
    # labels are compared without case or accents; each spelling met is judged once
    met = build.run("SELECT DISTINCT libelle FROM detail.actions WHERE thematique = 'DROITS'")
    wanted = key(ACTION_COMPLEMENTAIRE)
    spellings = [label for (label,) in met if label and key(label) == wanted] or [ACTION_COMPLEMENTAIRE]
    build.create("detail.parcours", _query(", ".join("'" + s.replace("'", "''") + "'" for s in spellings)))
