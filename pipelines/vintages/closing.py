"""What a refresh tells of its deliveries in the end: what is lost first, and nothing that users have declared themselves."""

from collections.abc import Iterator
from typing import Any

from pipelines.vintages.build import Build
from schemas.exports.drift import OF_HEADER, RENAMED
from schemas.exports.rules import REGLES
from schemas.exports.unknown import UNREADABLE
from schemas.text import quoted

SHOWN = 12
REJECTED = "rejet"

# the gravest first: columns of which nothing is left, rows that are lost, what headers have shown, codes and dates
_FOUND = f"""WITH constats AS (
  SELECT 1 AS rang, source, raison AS nature, NULL AS regle, colonne, NULL AS valeur, NULL AS indice, livraison, fichier,
    remplies AS lignes
  FROM controle.inconnus JOIN controle.colonnes USING (source, livraison, table_lue, colonne)
  WHERE raison = {quoted(UNREADABLE)} AND remplies > 0
  UNION ALL
  SELECT 2, source, '{REJECTED}', regle, colonne, NULL, NULL, livraison, fichier, COUNT(*)
  FROM controle.rejets GROUP BY ALL
  UNION ALL
  SELECT CASE WHEN nature IN ({", ".join(map(quoted, OF_HEADER))}) THEN 3 ELSE 4 END,
    source, nature, NULL, colonne, valeur, indice, livraison, fichier, lignes
  FROM controle.derives WHERE nature <> {quoted(RENAMED)}
)
SELECT source, nature, regle, colonne, valeur, indice, SUM(lignes)::BIGINT AS lignes,
  COUNT(DISTINCT (livraison, fichier)), MIN(livraison || '/' || fichier)
FROM constats GROUP BY rang, source, nature, regle, colonne, valeur, indice
ORDER BY rang, lignes DESC, regle, nature, colonne, valeur, source, indice"""


def closing_lines(build: Build) -> list[str]:
    """The gravest findings on the deliveries of a build, a line each, and how many more there are."""
    found = build.run(_FOUND)
    more = len(found) - SHOWN
    rest = f"… et {more} autres constats (controle.rejets, controle.derives, page « Qualité des données »)"
    return [*_lines(found[:SHOWN]), *([rest] if more > 0 else [])]


def _lines(found: list[tuple[Any, ...]]) -> Iterator[str]:
    for source, nature, rule, column, value, hint, lines, files, one in found:
        where = f"{source}/{one}" if files == 1 else f"{source}, {files} fichiers"
        if nature == UNREADABLE:
            yield f"Colonne illisible : rien n'a pu être lu de « {column} », {_many(lines, 'valeur')} ({where})"
        elif nature == REJECTED:
            yield f"Rejet, {rule}, {REGLES[rule]} : {_many(lines, 'ligne')} ({where})"
        else:
            told = (
                f"« {column} »" + (f", « {value} »" if value else "") + (f" ; le plus proche : {hint}" if hint else "")
            )
            yield f"Dérive, {nature} : {told} ({where})"


def _many(number: int, word: str) -> str:
    return f"{number:,} {word}{'s' if number > 1 else ''}".replace(",", "\u202f")
