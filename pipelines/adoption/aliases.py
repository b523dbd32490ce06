"""Headers that users have added to those of the contract: `alias.toml`, a section a table, a list of headers a column.

[bali.accompagnements]
organisme = ["Code caisse", "Caisse gestionnaire"]
"""

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pipelines.errors import Refused
from schemas.exports.declarations import Table
from schemas.exports.sources import SOURCES
from schemas.text import clean, key, nearest, no_toml

Aliases = Mapping[str, Mapping[str, list[str]]]  # by source.table, then by column: headers that are accepted too


def read_aliases(path: Path) -> Aliases:
    """The aliases of a file, of each of its tables. Raises Refused, naming the section and what is wrong in it."""
    sections = {source.name: {table.name: table for table in source.tables} for source in SOURCES}
    found = {}
    for source, tables in _content(path).items():
        known = _known(path, source, sections)
        for name, told in _section(path, source, tables).items():
            place = f"{source}.{name}"
            found[place] = _columns(path, place, _section(path, place, told), _known(path, name, known, f"{source}."))
    return found


def refuse_shared(file: str, place: str, headers: Mapping[str, Iterable[str]]) -> None:
    """Raise Refused where one header, case and accents apart, is given to two columns."""
    given: dict[str, str] = {}
    for name, forms in headers.items():
        for header in forms:
            if (other := given.setdefault(key(header), name)) != name:
                raise Refused(
                    f"{file} : [{place}] l'en-tête « {clean(header)} » est donné à deux colonnes, {other} et {name}"
                )


def _content(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Refused(f"{path.name} : fichier d'alias illisible ({no_toml(error)})") from error


def _known(path: Path, name: str, among: Mapping[str, Any], prefix: str = "") -> Any:
    """What a section's name stands for."""
    if name not in among:
        raise Refused(f"{path.name} : [{prefix}{name}] n'est pas une section connue{_near(name, among, prefix)}")
    return among[name]


def _section(path: Path, place: str, told: object) -> dict[str, Any]:
    if not isinstance(told, dict):
        raise Refused(f"{path.name} : [{place}] doit être une section, et ne l'est pas")
    return told


def _columns(path: Path, place: str, told: Mapping[str, Any], table: Table) -> dict[str, list[str]]:
    known = [c.name for c in table.columns]
    for name, forms in told.items():
        if name not in known:
            raise Refused(f"{path.name} : [{place}] {name} : colonne inconnue{_near(name, known)}")
        if not (isinstance(forms, list) and all(isinstance(f, str) for f in forms)):
            raise Refused(f"{path.name} : [{place}] {name} : une liste d'en-têtes est attendue")
    refuse_shared(path.name, place, told)
    return dict(told)


def _near(name: str, known: Iterable[str], prefix: str = "") -> str:
    """The known name that reads most like one, else all of them."""
    near = nearest(name, known := list(known))
    return f" ; le plus proche : {prefix}{near}" if near else f" (attendu : {', '.join(prefix + k for k in known)})"
