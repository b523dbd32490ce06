"""What a profile says already of some files, entry by entry, and its text without what the assistant had left to confirm."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pipelines.adoption.entries import (
    CODE,
    COLUMN,
    CONSTANT,
    DATE,
    DEDUCED,
    DELIVERY,
    ENCODING,
    ENDING,
    EXCLUDE,
    LEFT_OUT,
    SEPARATOR,
    SHEET,
    SKIPPED,
    TABLE,
    WIDE,
    Entry,
    short_name,
    table_named,
)
from pipelines.adoption.forms import Meant, delivery_of, meant
from pipelines.adoption.profile import Found, Profile
from pipelines.adoption.writing import NOT_KNOWN, TO_CONFIRM
from pipelines.errors import Refused
from pipelines.reading.form import VOID

_WHOLE = {"separateur": SEPARATOR, "encodage": ENCODING}
_OWN = {"feuille": SHEET, "lignes_sautees": SKIPPED}
_LEFT = re.compile(rf"^#.*(?:{TO_CONFIRM}|{NOT_KNOWN})")


def remembered(folder: Path, profile: Profile) -> Iterator[Entry]:
    """What the rules of a profile say of the files that they mean."""
    for one in meant(folder, profile):
        file = one.file.name
        yield from (
            Entry(file, None, kind, propose=one.for_all[name]) for name, kind in _WHOLE.items() if name in one.for_all
        )
        yield from _delivery(one)
        for place, told in one.by_table.items():
            yield from _table(file, place, told)


def _delivery(one: Meant) -> Iterator[Entry]:
    for place in one.by_table:
        table = table_named(place)
        try:
            if table:
                yield Entry(one.file.name, None, DELIVERY, propose=delivery_of(one, table).name)
        except Refused:
            continue  # the profile does not say it yet


def _table(file: str, place: str, told: Mapping[str, Any]) -> Iterator[Entry]:
    table = table_named(place)
    if table is None:
        return
    name = short_name(table)
    yield Entry(file, name, TABLE, propose=name)
    yield from (Entry(file, name, kind, propose=told[key]) for key, kind in {**_WHOLE, **_OWN}.items() if key in told)
    yield from (
        Entry(file, name, LEFT_OUT, valeur=begins, propose=EXCLUDE) for begins in told.get("lignes_exclues", ())
    )
    for header, columns in told.get("colonnes", {}).items():
        yield from (Entry(file, name, COLUMN, valeur=header, propose=column) for column in columns or (None,))
    for kind, section in ((CONSTANT, "constantes"), (DEDUCED, "deduites"), (WIDE, "larges")):
        for column, value in told.get(section, {}).items():
            yield Entry(file, name, kind, column, propose=value.pattern if isinstance(value, Found) else value)
    for kind, section in ((DATE, "dates"), (ENDING, "fins")):
        for column, several in told.get(section, {}).items():
            yield from (Entry(file, name, kind, column, propose=one) for one in several)
    for column, values in told.get("valeurs", {}).items():
        for value in values:
            when = {c: codes[0] for c, codes in value.when.items()}
            yield Entry(file, name, CODE, column, value.printed, value.read or VOID, si=when)


def confirmed(text: str) -> str:
    """The text of a profile as if every line that was left to confirm were."""
    return re.sub(rf"(?m)^# (.*?)\s*{TO_CONFIRM}$", r"\1", text)


def without_doubts(text: str) -> str:
    """The text of a profile without the lines that were left to confirm, nor the sections that held nothing else."""
    kept: list[str] = []
    for line in text.splitlines():
        if not _LEFT.match(line):
            kept.append(line)
        elif kept and re.fullmatch(r"\[[^\[\]]+\]", kept[-1]):
            kept.append("")  # a section that may have become empty
    blocks = re.split(r"(?m)^(?=\[)", "\n".join(kept))
    filled = [b for b in blocks if not re.fullmatch(r"\[[^\[\]]+\]\s*", b)]
    return "".join(filled).rstrip() + "\n"
