"""A NIR or a day that somebody typed where none belongs: taken out of a text before anything is done with it."""

import polars as pl

from pipelines.identity.secret import Secrets, hashed
from schemas.exports.declarations import Table
from schemas.exports.kinds import Name, NameList, Text
from schemas.text import A_DATE, without_dates, without_nir

# wider than a NIR, quick to search for: the few texts that have it are looked at one by one
_SUSPECT = r"\d(?:[\s.\-]?[0-9AaBb]){12}"
_SHORTEST, _SHORTEST_DAY = 13, 8  # bytes that it takes, and that a day takes
ALIAS = "NIR-"
SHOWN = 16  # characters of the hash: enough for all to differ


def cleared(rows: pl.DataFrame, table: Table, positions: dict[str, int], keys: Secrets) -> pl.DataFrame:
    """The text columns of a piece without any NIR: masked in free texts, replaced by its hash in the number of a row.

    Rows that such a number ties together stay tied. In names, which are published, days are masked too.
    """
    changed = []
    for column in table.exported:
        if column.name not in positions or column.personal or not isinstance(column.kind, Text | Name | NameList):
            continue
        texts = rows[str(positions[column.name])]
        sought = texts if column.kind.mostly_distinct else texts.unique()
        is_name = isinstance(column.kind, Name | NameList)
        long = sought.filter(sought.str.len_bytes() >= (_SHORTEST_DAY if is_name else _SHORTEST))
        suspects = long.filter(long.str.contains(f"{_SUSPECT}|{A_DATE}" if is_name else _SUSPECT)).unique().to_list()
        found = [text for text in suspects if _masked(text, is_name) != text]
        if found:
            replaced = (
                (ALIAS + hashed(pl.Series(found), keys).bin.encode("hex").str.head(SHOWN)).to_list()
                if column.name == table.identifier
                else [_masked(text, is_name) for text in found]
            )
            changed.append(texts.replace(found, replaced))
    return rows.with_columns(changed)


def _masked(text: str, is_name: bool) -> str:
    return without_dates(without_nir(text)) if is_name else without_nir(text)
