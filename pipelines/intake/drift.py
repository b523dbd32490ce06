"""Codes and dates that the contract does not know, found among the rejects and alerts: no row is read again for it."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pipelines.intake.validation import named
from pipelines.vintages.build import Build
from schemas.exports.declarations import Column, Table
from schemas.exports.drift import CODE, CONTENT, DATE
from schemas.exports.kinds import Code, CodeList, Day, Reference, References, YesNo
from schemas.exports.sources import SOURCES, source
from schemas.text import A_DATE, MASK, key, quoted

MOST_CODES = 20  # unknown codes of a column; a column with more of them holds something else, which is not quoted
CODED = (Code, Reference, YesNo)
_KNOWN_DATE = re.compile(r"(?:99/99/9999|9999-99-99)(?:[ T]9{1,2}:99(?::99)?)?")
Row = tuple[str, str, str, str, str | None, str | None, int, str | None, str]


@dataclass(frozen=True)
class Found:
    """An unreadable text of a column in a file, how often it is there, and what the column holds of such texts."""

    table: Table
    column: Column
    place: tuple[str, str, str]  # source, delivery, file
    text: str
    lines: int
    all_lines: int
    different: int


def of_codes(build: Build) -> list[Row]:
    """The rows of `controle.derives` that rejects and alerts give rise to."""
    references = build.references()
    by_column: dict[tuple[tuple[str, str, str], str], list[Found]] = {}
    for one in _unreadable(build):
        by_column.setdefault((one.place, one.column.name), []).append(one)
    return [row for texts in by_column.values() for row in _rows(texts, references)]


def _unreadable(build: Build) -> Iterator[Found]:
    """The most frequent unreadable texts of each coded column of each file, and of each date its form alone."""
    watched = ", ".join(
        f"({', '.join(map(quoted, (t.source, t.name, c.name, str(c.unreadable))))}, {isinstance(c.kind, Day)})"
        for s in SOURCES
        for t in s.tables
        for c in t.columns
        if c.unreadable and not c.personal and isinstance(c.kind, (*CODED, Day))
    )
    hidden = f"REGEXP_REPLACE(valeur, {quoted(A_DATE)}, '{MASK}', 'g')"
    form = r"REGEXP_REPLACE(REGEXP_REPLACE(valeur, '\d', '9', 'g'), '\p{L}+', 'a', 'g')"
    whole = "PARTITION BY source, livraison, fichier, colonne"
    rows = build.run(
        f"""WITH suivies(source, table_lue, colonne, regle, jour) AS (VALUES {watched}),
        motifs AS (SELECT * FROM lu.rejets UNION ALL SELECT * FROM lu.alertes),
        textes AS (
          SELECT source, livraison, fichier, table_lue, colonne, CASE WHEN jour THEN {form} ELSE {hidden} END AS texte,
            COUNT(*) AS lignes
          FROM motifs JOIN suivies USING (source, table_lue, colonne, regle)
          WHERE valeur IS NOT NULL GROUP BY ALL
        )
        SELECT source, table_lue, colonne, livraison, fichier, texte, lignes, SUM(lignes) OVER ({whole})::BIGINT,
          COUNT(*) OVER ({whole})
        FROM textes
        QUALIFY ROW_NUMBER() OVER ({whole} ORDER BY lignes DESC, texte) <= {MOST_CODES}
        ORDER BY source, livraison, fichier, colonne, lignes DESC, texte"""
    )
    for name, table_name, column_name, delivery, file, text, *counts in rows:
        table = source(name).table(table_name)
        yield Found(table, table.column(column_name), (name, delivery, file), text, *counts)


def _rows(texts: list[Found], references: References) -> Iterable[Row]:
    """What the unreadable texts of one column of a file come down to."""
    first = texts[0]
    kind = first.column.kind
    if isinstance(kind, Day):
        return [_row(t, DATE, t.text, t.lines) for t in texts if "9" in t.text and not _KNOWN_DATE.fullmatch(t.text)]
    counts: Counter[str] = Counter()
    for one in texts:
        for code in _unknown(one, references):
            counts[code] += one.lines
    other = _elsewhere(first.table, first.column, counts)
    whose = f"code de « {other.header} »" if other else None
    if first.different > MOST_CODES:
        return [_row(first, CONTENT, None, first.all_lines, whose)]
    return [
        _row(first, CODE, code, lines, whose if other and _is_of(other, code) else kind.closest(code, references))
        for code, lines in counts.most_common()
    ]


def _unknown(found: Found, references: References) -> list[str]:
    """The codes of a text that are unknown: it may list several."""
    if not isinstance(found.column.kind, CodeList):
        return [found.text]
    read = found.column.kind.reader(references)
    parts = [part.strip() for part in re.split(r"[,|]", found.text)]
    return [part for part in dict.fromkeys(parts) if part and read(part) is None]


def _row(found: Found, nature: str, text: str | None, lines: int, hint: str | None = None) -> Row:
    told = None if text is None else named(text)
    return (*found.place, nature, found.column.name, told, lines, hint, found.table.name)


def _elsewhere(table: Table, column: Column, codes: Iterable[str]) -> Column | None:
    """The other column of the table that most of the codes are of, where there is one: the two may have been swapped."""
    counts = {c.name: sum(_is_of(c, code) for code in codes) for c in table.columns if c is not column}
    most = max(counts, key=counts.__getitem__)
    return table.column(most) if counts[most] else None


def _is_of(column: Column, code: str) -> bool:
    return isinstance(column.kind, Code) and key(code) in column.kind.nomenclature.by_key()
