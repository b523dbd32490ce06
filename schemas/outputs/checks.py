"""What must hold in any published file: checked before publication, and again before a report is made of it."""

from dataclasses import dataclass

from schemas.indicators.catalogue import CATALOGUE
from schemas.indicators.indicator import PART

TOLERANCE = 1e-9
PASSED, FAILED = "conforme", "échec"


@dataclass(frozen=True)
class Check:
    """A blocking check: `wrong` is the query that lists what is wrong, as one text column; nothing found is good."""

    name: str
    table: str
    label: str
    wrong: str


def _names(*, counts: bool) -> str:
    chosen = (i.adds_up if counts else i.unit == PART and i.partition for i in CATALOGUE)
    return ", ".join(f"'{i.id}'" for i, holds in zip(CATALOGUE, chosen, strict=True) if holds)


_ALLOWED = ", ".join(f"('{i.id}', '{level}')" for i in CATALOGUE for level in i.levels)
_EVERYONE = ", ".join(f"'{i.id}'" for i in CATALOGUE if i.source != "bali")

BALANCE = Check(
    "bilan_des_lignes",
    "controle.livraisons",
    "Bilan des lignes",
    """WITH motifs AS (
      SELECT source, livraison, fichier, table_lue, COUNT(DISTINCT (ligne, COALESCE(groupe, 0))) AS lignes
      FROM controle.rejets GROUP BY source, livraison, fichier, table_lue
    )
    SELECT l.source || '/' || l.livraison || '/' || l.fichier || ' : ' || l.lignes_lues || ' lues, '
      || l.lignes_acceptees || ' acceptées, ' || l.lignes_rejetees || ' rejetées (' || COALESCE(m.lignes, 0)
      || ' motivées), ' || l.lignes_remplacees || ' remplacées'
    FROM controle.livraisons AS l LEFT JOIN motifs AS m USING (source, livraison, fichier, table_lue)
    WHERE l.lignes_lues <> l.lignes_acceptees + l.lignes_rejetees + l.lignes_remplacees
      OR l.lignes_rejetees <> COALESCE(m.lignes, 0) OR l.lignes_acceptees < 0 OR l.lignes_remplacees < 0""",
)

ADDITIVITY = Check(
    "national_egale_regions_egale_organismes",
    "marts.indicateurs",
    "National = régions = organismes",
    f"""WITH sommes AS (
      SELECT annee, public, indicateur, modalite,
        SUM(CASE WHEN niveau = 'national' THEN numerateur ELSE 0 END) AS national,
        SUM(CASE WHEN niveau = 'region' THEN numerateur ELSE 0 END) AS regions,
        SUM(CASE WHEN niveau = 'organisme' THEN numerateur ELSE 0 END) AS organismes
      FROM marts.indicateurs WHERE indicateur IN ({_names(counts=True)})
      GROUP BY annee, public, indicateur, modalite
    )
    SELECT indicateur || ' ' || annee || ' ' || public || ' ' || modalite || ' : ' || national || ' / ' || regions
      || ' / ' || organismes
    FROM sommes WHERE national <> regions OR national <> organismes""",
)

PARTITIONS = Check(
    "repartitions_a_cent_pour_cent",
    "marts.indicateurs",
    "Parts d'une répartition = 100 %",
    f"""SELECT indicateur || ' ' || annee || ' ' || territoire || ' ' || public || ' : ' || SUM(valeur)
    FROM marts.indicateurs WHERE indicateur IN ({_names(counts=False)})
    GROUP BY annee, niveau, territoire, public, indicateur
    HAVING ABS(SUM(valeur) - 1) > {TOLERANCE}""",
)

LEVELS_DECLARED = Check(
    "niveaux_declares",
    "marts.indicateurs",
    "Niveaux et publics des indicateurs",
    f"""SELECT DISTINCT indicateur || ' ' || niveau || ' ' || public FROM marts.indicateurs
    WHERE (indicateur, niveau) NOT IN (VALUES {_ALLOWED})
      OR (indicateur IN ({_EVERYONE}) AND public <> 'ensemble')""",
)

CHECKS = (BALANCE, ADDITIVITY, PARTITIONS, LEVELS_DECLARED)
