from pipelines.tables import table
from pipelines.vintages.build import Build
from schemas.indicators.parcours import ACCOMPAGNEMENTS, BIT, MARKED, PARCOURS, RETURNS, STOCKS
from schemas.nomenclatures import ACTION_COMPLEMENTAIRE, THEMATIQUE
from schemas.text import key, quoted


def _query(complementary: list[str]) -> str:
    """The marks of each accompaniment, those of its actions and of its soins as bits of one number."""
    addressed = " ".join(f"WHEN '{t}' THEN {BIT[f'aborde_{t.lower()}']}" for t in THEMATIQUE)
    succeeded = " ".join(f"WHEN '{t}' THEN {BIT[f'reussit_{t.lower()}']}" for t in THEMATIQUE)
    labels = ", ".join(map(quoted, complementary))
    return f"""
SELECT id_accompagnement, BIT_OR(repere) AS reperes
FROM (
  SELECT id_accompagnement, CASE thematique {addressed} ELSE 0 END
      + CASE WHEN resultat = 'REUSSIE' THEN CASE thematique {succeeded} ELSE 0 END
        + CASE WHEN thematique = 'DROITS' AND libelle IN ({labels}) THEN {BIT["complementaire_sante"]} ELSE 0 END
      ELSE 0 END AS repere
  FROM detail.actions
  UNION ALL
  SELECT id_accompagnement, {BIT["soin_generaliste"]} AS repere FROM detail.soins WHERE type_soins = 'GENERALISTE'
) AS r
GROUP BY id_accompagnement
"""


@table(MARKED, after=["detail.actions", "detail.soins"])
def parcours_reperes(build: Build) -> None:
    """The marks that the actions and soins of an accompaniment leave."""
    # labels are compared without case or accents; each spelling met is judged once
    met = build.engine.rows(build.of_fresh("SELECT DISTINCT libelle FROM detail.actions WHERE thematique = 'DROITS'"))
    wanted = key(ACTION_COMPLEMENTAIRE)
    spellings = [label for (label,) in met if label and key(label) == wanted] or [ACTION_COMPLEMENTAIRE]
    build.extend(MARKED, _query(spellings), "id_accompagnement")


@table(PARCOURS, after=[ACCOMPAGNEMENTS, MARKED, RETURNS, "ref.millesime"])
def parcours(build: Build) -> None:
    """One row per accompaniment with its publics and themes: every indicator is counted on this view, which holds no row."""


@table(STOCKS, after=[PARCOURS, "ref.mois"])
def stocks(build: Build) -> None:
    """The same once for every end of a year at which the accompaniment is under way; a view too."""
