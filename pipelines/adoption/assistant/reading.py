"""What the columns of a table say, once each header has its column: forms of dates, meanings of values, endings of numbers."""

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from functools import cached_property

import polars as pl

from pipelines.adoption.assistant.codes import CERTAIN, Meaning, lexicon_of, meanings
from pipelines.adoption.assistant.dates import Written, written
from pipelines.adoption.assistant.layouts import Layout
from pipelines.adoption.assistant.matching import RIGHT, Fit, Matched
from pipelines.adoption.assistant.sample import Grid, Seen
from pipelines.adoption.entries import CODE, DATE, DEDUCED, ENDING, PROBABLE, SURE, UNKNOWN, Entry
from pipelines.reading.form import AGE, NO, VOID, YES
from schemas.exports.declarations import Column
from schemas.exports.kinds import CodeWithin, Day, Identifier, Name, Nir, Reference, Text, YesNo
from schemas.exports.vocabulary import vocabulary
from schemas.text import key

MOST_VALUES = 300  # printed values of a column that are asked about
ENOUGH = 20  # dates of a file, or rows, that tell by themselves
RARE = 0.02  # of the rows of a value: less may be a slip
OF_CELLS = "%Y-%m-%d"  # how cells that are days are read: the contract does so itself
NUMBER_ENDS = ".0"  # of a number that a spreadsheet has written
_PAIRS = {
    "o": "n",
    "n": "oy",
    "y": "n",
    "v": "f",
    "f": "vt",
    "t": "f",
    "1": "0",
    "0": "1",
}  # letters that mean yes beside the other


@dataclass(frozen=True)
class Read:
    """A printed value, what it is read as, and how sure that is; with the values of other columns that it depends on."""

    printed: str
    code: str | None
    confidence: str
    when: tuple[tuple[str, str], ...] = ()


class Columns:
    """The columns of a layout that are matched with those of a table."""

    def __init__(self, layout: Layout, matched: Matched) -> None:
        self.layout, self.matched, self.table = layout, matched, matched.table

    def entries(self, grid: Grid, file: str, name: str) -> Iterator[Entry]:
        """What is said of the columns as one file has them; `name` is that of the table."""
        for fit in self.matched.fits.values():
            column = self._column(fit.column)
            yield from (
                replace(e, fichier=file, table=name)
                for e in self._of(fit, column, self._seen(grid, fit.header))
                if not (grid.sheet and (e.quoi, e.propose) == (DATE, OF_CELLS))
            )
        yield from self._deduced(grid, file, name)

    def _column(self, name: str) -> Column:
        aged = next((c for c in self.table.columns if c.age_at), None)
        return aged if name == AGE and aged else self.table.column(name)

    def _seen(self, grid: Grid, header: str) -> Seen:
        """The column as one file has it; of a wide table all those of its groups."""
        several = [grid.by_header[h] for h in self.layout.wide.get(header, [header])]
        return several[0] if len(several) == 1 else self.layout.evidence[header].seen

    def _of(self, fit: Fit, column: Column, seen: Seen) -> Iterator[Entry]:
        blank = Entry("", None, "", column.name)
        if fit.column == AGE:
            return
        if isinstance(column.kind, Day):
            yield from self._dates(fit, blank, seen)
        elif isinstance(column.kind, Nir | Identifier):
            yield from self._numbers(fit, blank, seen, column)
        else:
            there = (
                [Read("", NO, SURE if column.default is False else PROBABLE)]
                if self._blank_is_no(fit, column, seen)
                else []
            )
            reads = [r for r in self.reads(fit) if r.printed in seen.counts][:MOST_VALUES]
            for r in (*reads, *there):
                confidence = r.confidence if fit.confidence == SURE or r.confidence == UNKNOWN else PROBABLE
                yield replace(blank, quoi=CODE, valeur=r.printed, propose=r.code, confiance=confidence, si=dict(r.when))

    # --- dates and numbers ---

    def _dates(self, fit: Fit, entry: Entry, seen: Seen) -> Iterator[Entry]:
        """The forms of dates: of the file where it has enough of them, else of all files with these headers."""
        evidence = self.layout.evidence[fit.header]
        own = written(seen.counts, evidence.facts.until) if len(seen.counts) >= ENOUGH else None
        found = own if own and evidence.dates and _otherwise(own, evidence.dates) else evidence.dates
        for codes in found.forms if found else ():
            sure = bool(found and found.certain) and fit.confidence == SURE
            yield replace(entry, quoi=DATE, propose=codes, confiance=SURE if sure else PROBABLE)

    def _numbers(self, fit: Fit, entry: Entry, seen: Seen, column: Column) -> Iterator[Entry]:
        ended = seen.share(text for text in seen.counts if text.endswith(NUMBER_ENDS))
        if ended > 0:
            yield replace(entry, quoi=ENDING, propose=NUMBER_ENDS, confiance=fit.confidence)
        nothing = meanings(
            [t for t in seen.counts if len(t) <= 20 and not any(c.isdigit() for c in t)], lexicon_of(column)
        )
        for printed, meaning in nothing.items():
            if meaning.code == VOID and meaning.score >= CERTAIN:
                yield replace(entry, quoi=CODE, valeur=printed, propose=VOID, confiance=fit.confidence)

    # --- values ---

    def reads(self, fit: Fit) -> list[Read]:
        """What every printed value of a column of codes is read as; of texts, those that are not kept as they are."""
        if fit.header not in self._reads:
            self._reads[fit.header] = list(self._found(fit))
        return self._reads[fit.header]

    @cached_property
    def _reads(self) -> dict[str, list[Read]]:
        return {}

    def _found(self, fit: Fit) -> Iterator[Read]:
        column, evidence = self.table.column(fit.column), self.layout.evidence[fit.header]
        found = evidence.meanings(column)
        if isinstance(column.kind, Name | Text):
            yield from (_read(text, m) for text, m in found.items() if m.code != text)
            return
        if len(evidence.seen.counts) > MOST_VALUES and not isinstance(column.kind, Reference):
            return
        if isinstance(column.kind, CodeWithin) and (parent := self.matched.by_column.get(column.kind.parent)):
            yield from self._within(column, fit, parent, found)
            return
        reads = [_read(text, found.get(text)) for text in evidence.texts]
        yield from (
            r
            for r in self._corrected(fit, column, reads)
            if not (r.printed == r.code and isinstance(column.kind, Reference))
        )

    def _corrected(self, fit: Fit, column: Column, reads: list[Read]) -> list[Read]:
        if isinstance(column.kind, YesNo):
            return _yes_no(reads, contrary=fit.contrary)
        if nir := self._tied("sexe_du_nir", column):
            rows = self._beside(fit, nir)
            reads = [_by_first_digit(r, rows.filter(pl.col("own") == r.printed)["other"].drop_nulls()) for r in reads]
        if closed := self._tied("ensemble", column):
            rows = self._beside(fit, closed)
            reads = [_open(r, rows.filter(pl.col("own") == r.printed)["other"]) if r.code == VOID else r for r in reads]
        return _last_left(reads, column)

    def _tied(self, tie: str, column: Column) -> Fit | None:
        """The column that another is tied to, where it is there."""
        names = vocabulary().ties.get(f"{self.table.source}.{self.table.name}", {}).get(tie, ())
        return self.matched.by_column.get(names[0]) if column.name in names[1:] else None

    def _beside(self, fit: Fit, other: Fit) -> pl.DataFrame:
        """The texts of two columns, row by row: `own` and `other`."""
        texts = {name: self.layout.evidence[f.header].seen.texts for name, f in (("own", fit), ("other", other))}
        return pl.DataFrame(texts)

    def _within(self, column: Column, fit: Fit, parent: Fit, found: Mapping[str, Meaning]) -> Iterator[Read]:
        """Codes whose label depends on the code of another column, by the rows that they stand in."""
        kind = column.kind
        if not isinstance(kind, CodeWithin):
            return
        families = {r.printed: r for r in self.reads(parent) if r.code}
        rows = self._beside(fit, parent)
        for text in self.layout.evidence[fit.header].texts:
            counts = rows.filter(pl.col("own") == text)["other"].drop_nulls().value_counts()
            met: dict[str, int] = {}
            for printed, number in counts.iter_rows():
                if printed in families:
                    met[str(families[printed].code)] = met.get(str(families[printed].code), 0) + number
            whole = sum(met.values())
            there = [code for code, number in met.items() if code in kind.parents.values() and number >= RARE * whole]
            reads = self._in_families(text, there, found.get(text), column, kind)
            sure = all(f.confidence == SURE for f in families.values() if f.code in there)
            yield from reads if sure else (_at_most_probable(r) for r in reads)

    def _in_families(
        self, text: str, families: Sequence[str], plain: Meaning | None, column: Column, kind: CodeWithin
    ) -> Iterator[Read]:
        own = kind.parents.get(plain.code) if plain else None
        if plain and (plain.code == VOID or not families or (families == [own] and plain.score >= CERTAIN)):
            yield _read(text, plain)
            return
        lexicon = lexicon_of(column)
        within = {
            f: meanings([text], lexicon.within(c for c, p in kind.parents.items() if p == f)).get(text)
            for f in families
        }
        known = {family: meaning for family, meaning in within.items() if meaning}
        if len(known) < 2:
            yield _read(text, next(iter(known.values()), plain))
            return
        for family, meaning in known.items():
            yield replace(_read(text, meaning), when=((kind.parent, family),))

    def _blank_is_no(self, fit: Fit, column: Column, seen: Seen) -> bool:
        """Whether an empty field means no: of a column of yes and no that never says no, which is what it may be empty for."""
        if not isinstance(column.kind, YesNo) or seen.filled == 1 or fit.contrary:
            return False
        said = {r.code for r in self.reads(fit)}
        return YES in said and NO not in said

    def _deduced(self, grid: Grid, file: str, name: str) -> Iterator[Entry]:
        """A column of codes that none stands for follows from that whose codes are within it."""
        for fit in self.matched.fits.values():
            column = self._column(fit.column)
            if isinstance(column.kind, CodeWithin) and column.kind.parent not in self.matched.by_column:
                yield Entry(file, name, DEDUCED, column.kind.parent, "", column.name, fit.confidence)
                for r in self.reads(fit):
                    family = column.kind.parents.get(str(r.code))
                    if family and r.printed in grid.by_header[fit.header].counts:
                        confidence = r.confidence if fit.confidence == SURE else PROBABLE
                        yield Entry(file, name, CODE, column.kind.parent, r.printed, family, confidence)


def _otherwise(own: Written, whole: Written) -> bool:
    """Whether the dates of a file are surely of another form than those of all; "mai" is a name cut short or not."""
    alike = own.forms[0].replace("%b", "%B") == whole.forms[0].replace("%b", "%B")
    return not alike and (own.certain or own.forms[0] not in {whole.forms[0], *whole.rivals})


def _at_most_probable(read: Read) -> Read:
    return replace(read, confidence=PROBABLE) if read.confidence == SURE else read


def _read(text: str, meaning: Meaning | None) -> Read:
    if meaning is None:
        return Read(text, None, UNKNOWN)
    return Read(text, meaning.code, SURE if meaning.score >= CERTAIN else PROBABLE)


def _yes_no(reads: list[Read], *, contrary: bool) -> list[Read]:
    """Yes and no, the other way round where the header says the contrary."""
    there = {key(r.printed) for r in reads}
    reads = [_at_most_probable(r) if _alone(key(r.printed), there) else r for r in reads]
    if not contrary:
        return reads
    other = {YES: NO, NO: YES}
    return [
        replace(r, code=other.get(str(r.code), r.code), confidence=PROBABLE if r.code in other else r.confidence)
        for r in reads
    ]


def _alone(printed: str, there: Set[str]) -> bool:
    """Whether a letter or figure stands without that which would tell what it means: "F" may be false, or done (fait)."""
    others = _PAIRS.get(printed)
    return others is not None and there.isdisjoint(others)


def _open(read: Read, closed: pl.Series) -> Read:
    """What stands for nothing yet is sure where the column that is filled with this one is blank."""
    blank = closed.null_count() / closed.len() if closed.len() else 0.0
    return read if blank >= RIGHT else replace(read, confidence=PROBABLE)


def _by_first_digit(read: Read, digits: pl.Series) -> Read:
    if digits.len() < ENOUGH // 2 or read.code == VOID:
        return read
    men = float(str(digits.str.head(1).is_in(["1", "3", "7"]).mean()))
    told = "H" if men >= RIGHT else "F" if men <= 1 - RIGHT else None
    if told is None or told == read.code:
        return read
    return replace(read, code=told if read.code is None else read.code, confidence=PROBABLE)


def _last_left(reads: list[Read], column: Column) -> list[Read]:
    """The only value that means nothing known is perhaps the only code that no value means."""
    codes = set(column.kind.codes() or ())
    left, unknown = codes - {r.code for r in reads}, [r for r in reads if r.code is None]
    if len(left) != 1 or len(unknown) != 1:
        return reads
    guess = replace(unknown[0], code=left.pop(), confidence=PROBABLE)
    return [guess if r is unknown[0] else r for r in reads]
