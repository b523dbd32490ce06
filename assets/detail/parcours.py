from pipelines.build import Build
from pipelines.tables import table
from schemas.nomenclatures import ACTION_COMPLEMENTAIRE, THEMATIQUE
from schemas.outputs import PARCOURS_KEPT
from schemas.publics import APART
from schemas.text import key


def _query(complementary: str) -> str:
    # one bit a theme: one aggregate over the actions instead of one for each theme
    bits = "CASE thematique " + " ".join(f"WHEN '{t}' THEN {1 << i}" for i, t in enumerate(THEMATIQUE)) + " ELSE 0 END"
    flags = ", ".join(
        f"COALESCE({verb} & {1 << i}, 0) > 0 AS {verb}_{t.lower()}"
        for verb in ("aborde", "reussit")
        for i, t in enumerate(THEMATIQUE)
    )
    publics = ", ".join(f"COALESCE({p.where}, FALSE) AS est_{p.code}" for p in APART)
    renamed = ", ".join(f"est_{p.code} AS {p.code}" for p in APART)
    kept = ", ".join(PARCOURS_KEPT)
    return f"""
WITH themes AS (
  SELECT id_accompagnement,
    BIT_OR({bits}) AS aborde,
    BIT_OR(CASE WHEN resultat = 'REUSSIE' THEN {bits} ELSE 0 END) AS reussit,
    MAX(CASE WHEN thematique = 'DROITS' AND resultat = 'REUSSIE' AND libelle IN ({complementary}) THEN 1 ELSE 0 END)
      AS complementaire
  FROM detail.actions
  GROUP BY id_accompagnement
), generalistes AS (
  SELECT DISTINCT id_accompagnement, TRUE AS soin_generaliste FROM detail.soins WHERE type_soins = 'GENERALISTE'
), personnes AS (
  SELECT {kept}, {publics}
  FROM detail.accompagnements
)
SELECT {kept}, {renamed}, {flags}, COALESCE(complementaire, 0) = 1 AS complementaire_sante,
  COALESCE(soin_generaliste, FALSE) AS soin_generaliste
FROM personnes LEFT JOIN themes USING (id_accompagnement) LEFT JOIN generalistes USING (id_accompagnement)
"""


@table("detail.parcours", after=["detail.accompagnements", "detail.actions", "detail.soins"])
def parcours(build: Build) -> None:
    """One row per accompaniment with its publics and themes: every indicator is counted on it."""
    # labels are compared without case or accents; each spelling met is judged once
    met = build.engine.rows(build.of_fresh("SELECT DISTINCT libelle FROM detail.actions WHERE thematique = 'DROITS'"))
    wanted = key(ACTION_COMPLEMENTAIRE)
    spellings = [label for (label,) in met if label and key(label) == wanted] or [ACTION_COMPLEMENTAIRE]
    complementary = ", ".join("'" + s.replace("'", "''") + "'" for s in spellings)
    build.extend("detail.parcours", _query(complementary), "id_accompagnement")
