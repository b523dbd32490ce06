"""From a profile to what each table reads: the form of every file that it means, and the delivery that the file is of."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from pipelines.adoption.profile import VALUE, Found, Profile, Rule, found_value
from pipelines.errors import Refused
from pipelines.reading.days import day_format
from pipelines.reading.deliveries import Arrived, Fault, Refuse, arrived, named_delivery, refuse
from pipelines.reading.form import Container, Form, Held
from pipelines.reading.listing import Lying, lying
from pipelines.reading.within import lines_above
from schemas.exports.declarations import Delivery, Source, Table
from schemas.exports.sources import SOURCES, source
from schemas.text import without_nir

NOT_EXPORTS = ("referentiels",)
_CONTAINER = {"separateur": "separator", "encodage": "encoding", "feuille": "sheet", "lignes_sautees": "skipped",
              "lignes_exclues": "left_out"}  # fmt: skip
_SECTIONS = {"colonnes": "headers", "deduites": "deduced", "valeurs": "values", "dates": "dates", "fins": "endings",
             "larges": "wide"}  # fmt: skip


@dataclass(frozen=True)
class Meant:
    """A file of the raw folder and the settings that a profile has for it: those for all tables, and for each table."""

    file: Lying
    for_all: Mapping[str, Any]
    by_table: Mapping[str, Mapping[str, Any]]  # "bali.accompagnements"

    @cached_property
    def containers(self) -> dict[str, Container]:
        """How the file is opened for each table; tables of one sheet, or of a text, are opened alike."""
        opened: dict[object, dict[str, Any]] = {}
        for told in self.by_table.values():
            own = {name: told[name] for name in _CONTAINER if name in told}
            opened.setdefault(told.get("feuille"), {}).update(own)
        return {
            name: _container({**self.for_all, **opened[told.get("feuille")], **told})
            for name, told in self.by_table.items()
        }


def candidates(raw: Path) -> Iterator[Lying]:
    """The files of a raw folder that a profile may mean: what tells about exports is none of them."""
    for file in lying(raw):
        if file.name.split("/")[0] not in NOT_EXPORTS and file.path.suffix not in {".toml", ".md", ".json"}:
            yield file


def meant(raw: Path, profile: Profile) -> Iterator[Meant]:
    """The files of a raw folder that a rule of a table means."""
    for file in candidates(raw):
        by_table = {
            name: _merged(rule for rule in rules if not rule.patterns or _fits(file, rule))
            for name, rules in profile.by_table.items()
            if any(_fits(file, rule) for rule in rules)
        }
        if by_table:
            yield Meant(file, _merged(rule for rule in profile.for_all if _fits(file, rule)), by_table)


def _fits(file: Lying, rule: Rule) -> bool:
    return any(file.fits(pattern) for pattern in rule.patterns)


def _merged(rules: Iterable[Rule]) -> dict[str, Any]:
    """All settings, the later before the earlier; sections are merged entry by entry, values printed text by printed text."""
    merged: dict[str, Any] = {}
    for name, value in ((n, v) for rule in rules for n, v in rule.settings.items()):
        if not isinstance(value, dict):
            merged[name] = value
        elif name == "valeurs":
            merged[name] = {
                **merged.get(name, {}),
                **{c: _values(merged.get(name, {}).get(c, ()), v) for c, v in value.items()},
            }
        else:
            merged[name] = {**merged.get(name, {}), **value}
    return merged


def _values(former: Iterable[Any], told: Iterable[Any]) -> tuple[Any, ...]:
    said = {value.printed for value in told}
    return (*(value for value in former if value.printed not in said), *told)


def _container(told: Mapping[str, Any]) -> Container:
    return Container(**{field: told[name] for name, field in _CONTAINER.items() if name in told})


def deliveries(raw: Path, profile: Profile | None, refuse: Refuse = refuse) -> dict[str, list[Arrived]]:
    """Of each source, the oldest first: what lies as in the contract, and what a profile says where to find.

    Refuses a file that the profile means and that is of no delivery, and a folder that is not as either has it.
    """
    found = list(meant(raw, profile)) if profile else []
    elsewhere = {one.file.path for one in found}
    return {s.name: _joined([*arrived(raw, s, elsewhere, refuse), *_told(s, found, refuse)]) for s in SOURCES}


def _joined(several: Iterable[Arrived]) -> list[Arrived]:
    """Parts of one delivery become one, its files in the order of their names."""
    joined: dict[str, Arrived] = {}
    for one in several:
        other = joined.get(one.delivery.name)
        joined[one.delivery.name] = _together(other, one) if other else one
    return [joined[name] for name in sorted(joined)]


def _together(one: Arrived, other: Arrived) -> Arrived:
    files = {
        table: sorted((*one.files.get(table, []), *other.files.get(table, [])), key=lambda held: held.name)
        for table in {**one.files, **other.files}
    }
    return Arrived(one.delivery, (*one.folders, *other.folders), files)


def _told(own: Source, found: Iterable[Meant], refuse: Refuse) -> Iterator[Arrived]:
    """Each file that a profile means for tables of a source, as a part of its delivery."""
    for one in found:
        tables = [t for t in own.tables if f"{own.name}.{t.name}" in one.by_table]
        if tables:
            try:
                files = {t.name: [_held(one, t)] for t in tables}
                yield Arrived(delivery_of(one, tables[0]), (one.file.path.parent,), files)
            except Refused as error:
                refuse(Fault(f"{without_nir(one.file.name)} : {error}"))


def delivery_of(one: Meant, table: Table) -> Delivery:
    """The delivery that a file is of, for a table that it holds. Raises Refused where the profile does not say it."""
    own = source(table.source)
    told = {**one.for_all, **one.by_table[f"{table.source}.{table.name}"]}.get("livraison")
    if isinstance(told, str):
        return named_delivery(own, told)
    if isinstance(told, Found):
        return named_delivery(own, _delivery_found(one, told))
    first, *names = one.file.name.split("/")
    if first == own.name and len(names) > own.folder.count("/"):
        return named_delivery(own, "/".join(names[: own.folder.count("/")]))
    form = own.folder.partition("/")[2]
    raise Refused(f'le profil ne dit pas de quelle livraison est ce fichier (livraison = "{form}")')


def _delivery_found(one: Meant, told: Found) -> str:
    for text in _texts(one, told):
        found = found_value(told.pattern, text) if VALUE in told.pattern else _day(told.pattern, text)
        if found:
            return found
    raise Refused(f"« {told.pattern} » ne s'y trouve pas : la livraison reste inconnue")


def _day(pattern: str, text: str) -> str | None:
    try:
        day = day_format(pattern).found_in(text)
    except ValueError as error:
        raise Refused(str(error)) from error
    return day.isoformat() if day else None


def _texts(one: Meant, told: Found) -> list[str]:
    """Where something is sought: the path of a file, or the lines above the header of any of its tables."""
    if not told.above:
        return [one.file.name]
    containers = dict.fromkeys(one.containers.values())
    return [line for c in containers for line in lines_above(one.file.path, one.file.member, c)]


def _held(one: Meant, table: Table) -> Held:
    place = f"{table.source}.{table.name}"
    beside = {
        name: told
        for name, told in one.by_table.items()
        if name != place and one.containers[name] == one.containers[place]
    }
    parent = beside.get(f"{table.source}.{table.parent}")
    form = replace(_form(one, place, table), aside=tuple(_headers(beside.values())), sparse=parent is not None)
    if parent and not any(table.identifier in names for names in form.headers.values()):
        own = {header: names for header, names in parent.get("colonnes", {}).items() if table.identifier in names}
        form = replace(form, headers={**form.headers, **own})
    return Held(one.file.path, one.file.name, one.file.member, form)


def _form(one: Meant, place: str, table: Table) -> Form:
    told, columns = one.by_table[place], {c.name for c in table.columns}
    constants = {c: v for c, v in one.for_all.get("constantes", {}).items() if c in columns} | told.get(
        "constantes", {}
    )
    return Form(
        one.containers[place],
        constants={column: _constant(one, value) for column, value in constants.items()},
        **{field: told[name] for name, field in _SECTIONS.items() if name in told},
    )


def _constant(one: Meant, value: str | Found) -> str:
    if isinstance(value, str):
        return value
    found = next(filter(None, (found_value(value.pattern, text) for text in _texts(one, value))), None)
    if found is None:
        raise Refused(f"« {value.pattern} » ne s'y trouve pas")
    return found


def _headers(several: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """The headers, or their patterns, that some tables read."""
    for told in several:
        yield from (header for header, names in told.get("colonnes", {}).items() if names)
        yield from told.get("larges", {}).values()
