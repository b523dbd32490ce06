"""A mistyped code in the text of a query: it is compared with what its column knows, and the nearest is named.

A query with such a code is no error and finds nothing, which would pass for a figure.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice, takewhile

import duckdb

from dashboards.analysis.questions import nearest
from dashboards.formats import NBSP
from dashboards.published.reading import Edition, query

_CODES = """SELECT regexp_extract(nomenclature, '[^.]+$') AS colonne, code, libelle FROM ref.nomenclatures
UNION ALL SELECT 'indicateur', indicateur, libelle FROM ref.indicateurs
UNION ALL SELECT unnest(['organisme', 'territoire']), organisme, nom FROM ref.organismes
UNION ALL SELECT DISTINCT unnest(['region', 'territoire']), code_region, region FROM ref.organismes
UNION ALL SELECT 'territoire', 'FR', 'France'"""
_OPEN = {"modalite"}  # columns that also hold what is in no list


def advice(edition: Edition, sql: str) -> str:
    """One French sentence about each code that its column does not know; nothing where all are known."""
    return " ".join(dict.fromkeys(_told(edition, sql)))


def _told(edition: Edition, sql: str) -> Iterator[str]:
    known = _codes(edition)
    for column, code in _compared(sql):
        among = known.get(column, {})
        if among and code and code not in among:
            near = f"{NBSP}», «{NBSP}".join(nearest(code, among))
            yield f"«{NBSP}{code}{NBSP}» n'est pas un code de {column} (les plus proches{NBSP}: «{NBSP}{near}{NBSP}»)."


@lru_cache(maxsize=8)
def _codes(edition: Edition) -> Mapping[str, Mapping[str, str]]:
    """What each column that has a list of codes knows, with labels; nothing in a file that has no such lists."""
    found: dict[str, dict[str, str]] = {}
    try:
        rows = query(edition, _CODES)
    except duckdb.Error:
        return found
    for row in rows:
        found.setdefault(str(row["colonne"]), {})[str(row["code"])] = str(row["libelle"])
    return {column: codes for column, codes in found.items() if column not in _OPEN}


# what is opened and never closed goes to the end: a text is read once, whatever it holds
_TOKEN = re.compile(
    r"--[^\n]*+|/\*.*?(?:\*/|\Z)|'(?P<text>(?:[^']|'')*+)(?:'|\Z)|\"(?P<quoted>[^\"]*+)(?:\"|\Z)"
    r"|(?P<word>\w++)|(?P<sign><>|!=|==|[^\s\w])",
    re.DOTALL,
)
_SAME = {"=", "==", "<>", "!="}


@dataclass(frozen=True)
class _Token:
    kind: str
    value: str

    @property
    def names(self) -> bool:
        return self.kind in {"word", "quoted"}


def _compared(sql: str) -> Iterator[tuple[str, str]]:
    """The columns that a query compares with a text, each with the text."""
    tokens = [_Token(m.lastgroup, m[m.lastgroup]) for m in _TOKEN.finditer(sql) if m.lastgroup]
    for place in range(1, len(tokens) - 1):
        before, here, after = tokens[place - 1 : place + 2]
        if here.kind == "sign" and here.value in _SAME:
            first, second = (before, after) if before.names else (_column(tokens, place + 1), before)
            texts = [second] if second.kind == "text" else []
        elif here.kind == "word" and here.value.casefold() == "in" and after.value == "(":
            first = tokens[place - 2] if before.value.casefold() == "not" and place > 1 else before
            listed = takewhile(lambda t: t.kind == "text" or t.value == ",", islice(tokens, place + 2, None))
            texts = [t for t in listed if t.kind == "text"]
        else:
            continue
        if first.names:
            yield from ((first.value.casefold(), t.value.replace("''", "'")) for t in texts)


def _column(tokens: Sequence[_Token], place: int) -> _Token:
    """The column that begins there, without the name of its table."""
    while place + 2 < len(tokens) and tokens[place + 1].value == ".":
        place += 2
    return tokens[place]
