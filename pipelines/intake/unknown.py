"""Which columns of the contract are unknown in which deliveries, from what was noted of them while they were read."""

from pipelines.vintages.build import Build
from schemas.exports.sources import SOURCES
from schemas.exports.unknown import EMPTY, NO_COLUMN, NO_TABLE, UNREADABLE
from schemas.text import quoted

_EXPECTED = ", ".join(
    f"({quoted(s.name)}, {quoted(t.name)}, {rank}, {quoted(c.name)}, {c.silent})"
    for s in SOURCES
    for t in s.tables
    for rank, c in enumerate(t.exported)
)

# A table without a row is one of which all is known: nothing has happened.
UNKNOWN = f"""WITH attendues(source, table_lue, rang, colonne, muette) AS (VALUES {_EXPECTED}),
livraisons AS (SELECT DISTINCT source, livraison FROM lu.fichiers),
presentes AS (SELECT DISTINCT source, livraison, table_lue, TRUE AS la FROM lu.fichiers),
contenus AS (
  SELECT source, livraison, table_lue, colonne, SUM(lignes) AS lignes, SUM(remplies) AS remplies, SUM(lisibles) AS lisibles
  FROM lu.colonnes GROUP BY ALL
)
SELECT source, livraison, table_lue, colonne, CASE
    WHEN la IS NULL THEN '{NO_TABLE}'
    WHEN lignes IS NULL THEN '{NO_COLUMN}'
    WHEN remplies > 0 AND lisibles = 0 THEN '{UNREADABLE}'
    WHEN muette AND lignes > 0 AND remplies = 0 THEN '{EMPTY}'
  END AS raison
FROM livraisons JOIN attendues USING (source)
  LEFT JOIN presentes USING (source, livraison, table_lue) LEFT JOIN contenus USING (source, livraison, table_lue, colonne)
WHERE raison IS NOT NULL
ORDER BY source, livraison, table_lue, rang"""


def deliveries_without(build: Build, table: str, column: str) -> list[str]:
    """The BALI deliveries read so far in which a column of a table read so far is unknown."""
    query = f"SELECT livraison FROM ({UNKNOWN}) WHERE source = 'bali' AND table_lue = ? AND colonne = ?"
    return [name for (name,) in build.run(query, [table, column])]
