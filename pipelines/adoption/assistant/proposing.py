"""Propose how files of another form are read: what each holds, which header is which column, what values mean."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import polars as pl

from pipelines.adoption.assistant.codes import Meaning
from pipelines.adoption.assistant.evidence import Facts
from pipelines.adoption.assistant.layouts import Layout, layouts
from pipelines.adoption.assistant.matching import Matched, in_order, match, together
from pipelines.adoption.assistant.organismes import Organismes
from pipelines.adoption.assistant.reading import Columns
from pipelines.adoption.assistant.sample import Grid, Seen, grids
from pipelines.adoption.assistant.words import concepts
from pipelines.adoption.entries import (
    COLUMN,
    CONSTANT,
    DELIVERY,
    ENCODING,
    EXCLUDE,
    LEFT_OUT,
    PROBABLE,
    SEPARATOR,
    SHEET,
    SKIPPED,
    SURE,
    TABLE,
    UNKNOWN,
    WIDE,
    Entry,
    short_name,
    table_named,
)
from pipelines.adoption.globs import DayThere, days_in, without_days
from pipelines.errors import Unreadable
from pipelines.reading.days import day_format
from pipelines.reading.form import NUMBER, Container
from pipelines.reading.listing import Lying
from schemas.exports.bali import BALI
from schemas.exports.declarations import Table
from schemas.exports.kinds import Code, Reference
from schemas.exports.vocabulary import vocabulary
from schemas.text import key

LEAST_TABLE = 1.5  # the score of the headers of what is a table at all
MARGIN = 1.25  # how much better the table of a file fits than another, to be sure
_EXTRACTED = re.compile(
    r"(extra|export|livr|edit|arret|situation au|\bau)\W*(?:le|du|au)?\W*$"
)  # what a day of extraction follows
_FROM, _TO = re.compile(r"\b(du|de|entre|depuis)\W*(?:le\W*)?$"), re.compile(r"^\W*(au|a|et|-)\b|^\W*-")
_FROM_DAY_TO = re.compile(r"\b(du|de|entre)\W*(?:le\W*)?\d[\w/.\- ]*\b(au|a|et)\W*(?:le\W*)?$")
UNIQUE, LINKED = 0.95, 0.5
Orders = Mapping[str, set[str]]  # by the shape of a day in a path, the codes that read all days of that shape
NAMED = 0.6  # what a file or sheet that is named after a table counts


@dataclass
class Proposals:
    """What is proposed, entry by entry; for who writes it: lines above headers, and examples of what is not known."""

    entries: list[Entry] = field(default_factory=list)
    above: dict[str, list[str]] = field(default_factory=dict)
    examples: dict[tuple[str, str], str] = field(default_factory=dict)
    unread: dict[str, str] = field(default_factory=dict)  # by file, why it could not be read


@dataclass
class Placed:
    """A layout and the tables that it is: one, and those of the groups of a wide table."""

    layout: Layout
    main: Matched | None
    sure: bool = False
    wide: list[Matched] = field(default_factory=list)


def propose(files: Sequence[Lying], organismes: pl.DataFrame, known: Iterable[Entry]) -> Proposals:
    """What the files seem to hold. `known`: what has been said of them, each entry of one file; it is taken for granted."""
    proposals, said = Proposals(), _by_file(known)
    found = [grid for file in files for grid in _grids(file, said.get(file.name, []), proposals)]
    for grid in found:
        proposals.above.setdefault(grid.file.name, []).extend(grid.start.above)
    orders = _orders(files)
    days = {name: _delivery(name, several, proposals, orders) for name, several in _each(files, said)}
    sure_days = {name: day for name, (day, sure) in days.items() if day and sure}
    facts = Facts(Organismes.of(organismes))
    together = layouts(found, facts, sure_days)
    _link(together)
    placed = _placed(together, said)
    for one in placed:
        for grid in one.layout.grids:
            proposals.entries += _told(one, grid, proposals, facts)
    _tell_deliveries(proposals, days, placed)
    _tell_others(proposals, files)
    return proposals


def _by_file(known: Iterable[Entry]) -> dict[str, list[Entry]]:
    by_file: dict[str, list[Entry]] = {}
    for entry in known:
        by_file.setdefault(entry.fichier, []).append(entry)
    return by_file


def _each(files: Sequence[Lying], said: Mapping[str, list[Entry]]) -> Iterator[tuple[str, list[Entry]]]:
    return ((file.name, said.get(file.name, [])) for file in files)


# --- what lies in a file ---


def _grids(file: Lying, said: Sequence[Entry], proposals: Proposals) -> list[Grid]:
    try:
        return list(grids(file, _containers(said)))
    except Unreadable as error:
        proposals.unread[file.name] = str(error)
        return []


def _containers(said: Sequence[Entry]) -> dict[str, Container]:
    """What is known of how a file is opened: by sheet, "" where it has none."""
    sheets = {e.table: str(e.propose) for e in said if e.quoi == SHEET}
    whole = {e.quoi: e.propose for e in said}
    containers = {
        "": Container(_text(whole.get(SEPARATOR)), _text(whole.get(ENCODING)), skipped=_number(whole.get(SKIPPED)))
    }
    for table, sheet in sheets.items():
        own = {e.quoi: e.propose for e in said if e.table == table}
        containers[sheet] = Container(sheet=sheet, skipped=_number(own.get(SKIPPED)))
    return containers


def _text(value: object) -> str | None:
    return str(value) if value is not None else None


def _number(value: object) -> int:
    return int(str(value)) if value is not None else 0


# --- what table it is ---


def _link(several: Sequence[Layout]) -> None:
    """Of the columns of texts that are all different, find those whose texts come again in another table."""
    for layout in several:
        others = [seen for other in several if other is not layout for seen in other.columns.values() if _repeats(seen)]
        unique = {h: e for h, e in layout.plain.items() if e.seen.distinct > UNIQUE and e.seen.filled > UNIQUE}
        shares = {h: max((_shared(e.seen, other) for other in others), default=0.0) for h, e in unique.items()}
        for header, evidence in unique.items():
            evidence.linked = shares[header] if max(shares.values()) > LINKED else None


def _repeats(seen: Seen) -> bool:
    return 5 <= len(seen.counts) < seen.total * UNIQUE and not all(text.isalpha() for text in seen.counts)


def _shared(seen: Seen, other: Seen) -> float:
    """The share of the texts of another column that are in this one."""
    return len(seen.counts.keys() & other.counts.keys()) / len(other.counts)


def _placed(found: Sequence[Layout], said: Mapping[str, list[Entry]]) -> list[Placed]:
    """The tables of each layout, those of the parents first: their identifiers tell which columns of others are tied to them."""
    placed = [_table_of(layout, said) for layout in found]
    parents = frozenset(
        text
        for one in placed
        if one.main and one.main.table.key
        for fit in one.main.fits.values()
        if fit.column == one.main.table.identifier
        for text in one.layout.evidence[fit.header].seen.counts
    )
    return [one if one.main and one.main.table.key else _child_of(one, parents, said) for one in placed]


def _child_of(one: Placed, parents: frozenset[str], said: Mapping[str, list[Entry]]) -> Placed:
    if not parents:
        return one
    for evidence in one.layout.evidence.values():
        evidence.facts = replace(evidence.facts, parents=parents)
    return _table_of(one.layout, said)


def _table_of(layout: Layout, said: Mapping[str, list[Entry]]) -> Placed:
    own = [e for grid in layout.grids for e in said.get(grid.file.name, []) if _of_grid(e, grid, said)]
    told = {table.name for e in own if (table := _told_table(e))}
    wide = _wide(layout, own)
    # headers that differ by a number and are no columns of actions or soins are headers like others
    layout.wide = {p: headers for p, headers in layout.wide.items() if any(p in m.fits for m in wide)}
    tries = [_matched(layout, table, own) for table in BALI.tables if not told or table.name in told]
    scores = {m.table.name: m.score + NAMED * _is_named(layout, m.table) for m in tries}
    ranked = sorted(tries, key=lambda m: -scores[m.table.name])
    best, second = ranked[0], scores[ranked[1].table.name] if len(ranked) > 1 else 0.0
    if not told and (scores[best.table.name] < LEAST_TABLE or not _identified(best)):
        return Placed(layout, None, wide=wide if layout.wide else [])
    sure = bool(told) or (best.complete and scores[best.table.name] >= MARGIN * second)
    if not sure:  # nor is what follows
        best.fits = {header: replace(fit, confidence=PROBABLE) for header, fit in best.fits.items()}
    return Placed(layout, best, sure, wide)


def _of_grid(entry: Entry, grid: Grid, said: Mapping[str, list[Entry]]) -> bool:
    """Whether what is said of a file is about one of its sheets."""
    sheets = {e.table: e.propose for e in said.get(grid.file.name, []) if e.quoi == SHEET}
    return not grid.sheet or sheets.get(entry.table, grid.sheet) == grid.sheet


def _told_table(entry: Entry) -> Table | None:
    if entry.quoi == TABLE:
        return table_named(str(entry.propose)) if entry.propose else None
    return table_named(entry.table) if entry.table and entry.quoi == SHEET else None


def _matched(layout: Layout, table: Table, said: Sequence[Entry]) -> Matched:
    known: dict[str, list[str]] = {}
    for e in said:
        if e.quoi == COLUMN and e.table and table_named(e.table) == table:
            known.setdefault(e.valeur, []).extend([str(e.propose)] if e.propose else [])
    headers = {key(h): h for h in layout.evidence}
    matched = match(table, layout.plain, {headers[key(h)]: names for h, names in known.items() if key(h) in headers})
    ties = vocabulary().ties.get(f"{table.source}.{table.name}", {})
    taken = {name for names in known.values() for name in names}
    in_order(matched, layout.evidence, ties.get("ordre", ()), taken)
    if several := ties.get("ensemble"):
        together(matched, layout.evidence, *several)
    return matched


def _identified(matched: Matched) -> bool:
    """Whether what a row cannot do without is there: which it is, and of a child what it says."""
    there = matched.by_column
    own = [c.name for c in matched.table.exported if c.mandatory and isinstance(c.kind, Code | Reference)]
    return matched.table.identifier in there and any(name in there for name in own)


def _is_named(layout: Layout, table: Table) -> bool:
    said = concepts(f"{layout.grids[0].file.name.split('/')[-1].rsplit('.', 1)[0]} {layout.grids[0].sheet}")
    return concepts(table.name)[0] in said


def _wide(layout: Layout, said: Sequence[Entry]) -> list[Matched]:
    """The tables whose rows stand in the groups of columns of a layout."""
    if not layout.wide:
        return []
    patterns = {p: layout.evidence[p] for p in layout.wide}
    labels = {p: p.replace(NUMBER, " ") for p in patterns}
    known = {e.propose: (e.table, e.colonne) for e in said if e.quoi == WIDE}
    children = [t for t in BALI.tables if t.parent]
    tries = {t.name: match(t, patterns, {}, labels) for t in children}
    best = {
        p: max(children, key=lambda t: tries[t.name].fits[p].score if p in tries[t.name].fits else 0.0)
        for p in patterns
    }
    best |= {p: table_named(str(table)) or best[p] for p, (table, _) in known.items() if p in patterns}
    found = []
    for table in children:
        own = {p: e for p, e in patterns.items() if best[p] is table}
        told = {p: [column] for p, (_, column) in known.items() if p in own}
        matched = match(table, own, told, labels)
        if any(c.mandatory and c.name in matched.by_column for c in table.exported):
            found.append(matched)
    return found


# --- what is said of it ---


def _told(one: Placed, grid: Grid, proposals: Proposals, facts: Facts) -> Iterator[Entry]:
    file = grid.file.name
    yield from _container(grid, one)
    if one.main:
        name = short_name(one.main.table)
        yield from _columns(one, one.main, grid, name, proposals)
        yield from _organisme(one, one.main, grid, name, facts)
    for matched in one.wide:
        name = short_name(matched.table)
        for pattern, fit in matched.fits.items():
            first = one.layout.wide[pattern][0]
            yield Entry(file, name, WIDE, fit.column, first, pattern, fit.confidence)
        yield from Columns(one.layout, matched).entries(grid, file, name)


def _container(grid: Grid, one: Placed) -> Iterator[Entry]:
    file, container = grid.file.name, grid.start.container
    if not one.main and not one.wide:
        if not grid.sheet:
            yield Entry(file, None, TABLE, propose=None, confiance=UNKNOWN)
        return
    table = one.main.table if one.main else one.wide[0].table
    name, sure = short_name(table), SURE if one.sure else PROBABLE
    if grid.sheet:
        yield Entry(file, name, SHEET, propose=grid.sheet, confiance=sure)
    if grid.alone:
        yield Entry(file, name, TABLE, propose=name, confiance=sure)
    if container.separator:
        yield Entry(file, None, SEPARATOR, propose=container.separator)
    if container.encoding:
        yield Entry(file, None, ENCODING, "", "", container.encoding, PROBABLE if grid.start.doubtful else SURE)
    if container.skipped:
        yield Entry(file, name, SKIPPED, propose=container.skipped)
    for begins in dict.fromkeys(grid.odd):
        yield Entry(file, name, LEFT_OUT, valeur=begins, propose=EXCLUDE)


def _columns(one: Placed, matched: Matched, grid: Grid, name: str, proposals: Proposals) -> Iterator[Entry]:
    file = grid.file.name
    for header, evidence in one.layout.plain.items():
        fit = matched.fits.get(header)
        if fit:
            yield Entry(file, name, COLUMN, "", header, fit.column, fit.confidence)
        else:
            proposals.examples[file, header] = evidence.examples
            yield Entry(file, name, COLUMN, "", header, None, UNKNOWN)
    yield from Columns(one.layout, matched).entries(grid, file, name)


def _organisme(one: Placed, matched: Matched, grid: Grid, name: str, facts: Facts) -> Iterator[Entry]:
    """The organisme of all rows of a file that says it in its name or above its header, and in no column."""
    column = next((c for c in matched.table.exported if isinstance(c.kind, Reference)), None)
    if column is None or column.name in matched.by_column:
        return
    everywhere = set.intersection(*(set(_places(other)) for other in one.layout.grids))
    own = [text for text in _places(grid) if text not in everywhere]
    several = [m for text in own for m in _organismes_in(text, facts)] or [
        m for text in everywhere for m in _organismes_in(text, facts)
    ]
    certain = [m for m in several if m.score >= 1]
    found = {m.code: m.score for m in certain or several}
    code, score = next(iter(found.items())) if len(found) == 1 else (None, 0.0)
    confidence = SURE if score >= 1 else PROBABLE if code else UNKNOWN
    yield Entry(grid.file.name, name, CONSTANT, column.name, "", code, confidence)


def _places(grid: Grid) -> list[str]:
    """Where a file may say of whom it is: its path part by part, the lines above the header, the name of the sheet."""
    return [*map(without_days, grid.file.name.rsplit(".", 1)[0].split("/")), *grid.start.above, grid.sheet]


def _organismes_in(text: str, facts: Facts) -> list[Meaning]:
    """The organismes that a name or line means as a whole, else those that its words mean."""
    spaced = text.replace("_", " ")
    whole = facts.organismes.meanings([spaced]).get(spaced)
    if whole and whole.score >= 1:
        return [whole]
    return list(facts.organismes.meanings(re.split(r"[\s_\-:,;/()]+", text)).values())


# --- deliveries ---


def _delivery(file: str, said: Sequence[Entry], proposals: Proposals, orders: Orders) -> tuple[date | None, bool]:
    """The day of the delivery that a file is of, and whether there is no doubt: of several days, one is called so."""
    for entry in said:
        if entry.quoi == DELIVERY and (there := next(days_in(str(entry.propose)), None)):
            return there.day, True
    texts = [*file.split("/"), *proposals.above.get(file, [])]
    found = [
        (f, bool(_EXTRACTED.search(key(text[: f.start]))))
        for text in texts
        for f in days_in(text)
        if f.codes in orders.get(_shape(text, f), {f.codes}) and not _of_a_period(text, f)
    ]
    called = {f.day for f, extracted in found if extracted}
    several = called or {f.day for f, _ in found}
    return max(several, default=None), len(several) == 1


def _of_a_period(text: str, there: DayThere) -> bool:
    """Whether a day is the first or last of a period, as in "du 01/01/2024 au 31/12/2024"."""
    before, after = key(text[: there.start]), key(text[there.end :])
    return bool(_TO.match(after) and _FROM.search(before)) or bool(_FROM_DAY_TO.search(before))


def _orders(files: Iterable[Lying]) -> Orders:
    """In what forms the days of paths that differ by their digits alone can all be read: 02-09 is as 15-01 beside it."""
    forms: dict[str, dict[str, set[str]]] = {}
    for text in {part for file in files for part in file.name.split("/")}:
        for there in days_in(text):
            forms.setdefault(_shape(text, there), {}).setdefault(text, set()).add(there.codes)
    return {shape: set.intersection(*by_text.values()) for shape, by_text in forms.items()}


def _shape(text: str, there: DayThere) -> str:
    return text[: there.start] + re.sub(r"\d", "9", text[there.start : there.end])


def _tell_deliveries(
    proposals: Proposals, days: Mapping[str, tuple[date | None, bool]], placed: Sequence[Placed]
) -> None:
    """The day of each file that holds a table; one before the last day of its rows is not sure.

    One that is not told is guessed: the last day of all rows of a folder.
    """
    held = [(one, grid) for one in placed for grid in one.layout.grids if one.main or one.wide]
    guesses: dict[str, date] = {}
    for one, grid in held:
        if last := _last_day(one, grid):
            guesses[_folder(grid)] = max(last, guesses.get(_folder(grid), last))
    for one, grid in held:
        day, sure = days[grid.file.name]
        last = _last_day(one, grid)
        guess = day or guesses.get(_folder(grid))
        sure = sure and (last is None or day is None or last <= day)
        confidence = SURE if sure else PROBABLE if guess else UNKNOWN
        told = guess.isoformat() if guess else None
        proposals.entries.append(Entry(grid.file.name, None, DELIVERY, propose=told, confiance=confidence))
    proposals.entries = list(dict.fromkeys(proposals.entries))


def _folder(grid: Grid) -> str:
    return grid.file.name.rpartition("/")[0]


def _last_day(one: Placed, grid: Grid) -> date | None:
    """The last day that a table has in its columns of days, births left out; one row in fifty may be in error."""
    last: list[date] = []
    for fit in one.main.fits.values() if one.main else ():
        evidence, seen = one.layout.evidence[fit.header], grid.by_header.get(fit.header)
        if seen and evidence.dates and one.main and not one.main.table.column(fit.column).age_at:
            days = day_format(evidence.dates.forms[0]).days(seen.texts).drop_nulls().sort()
            last += days.tail(max(1, days.len() // 50)).head(1).to_list()
    return max(last, default=None)


def _tell_others(proposals: Proposals, files: Sequence[Lying]) -> None:
    """What of the files could not be read, or holds no table: said once of each."""
    there = {e.fichier for e in proposals.entries}
    for file in files:
        if file.name not in there:
            proposals.entries.append(Entry(file.name, None, TABLE, propose=None, confiance=UNKNOWN))
