"""From the text of a piece to typed rows, rejects and alerts, by the declaration of its table."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import cast

import polars as pl

from pipelines.adoption.translation import Translation, agrees
from pipelines.errors import Unreadable
from pipelines.intake.names import OVERLONG
from pipelines.reading.files import LINE, UNCLOSED, Piece
from pipelines.reading.form import UNREADABLE, VOID, Value
from schemas.exports.declarations import RAW, Column, Context, Table
from schemas.exports.drift import ABSENT, RENAMED, UNKNOWN
from schemas.exports.kinds import WITHIN, CodeWithin, Reader
from schemas.exports.rules import ALERTES
from schemas.exports.valid import faults, model
from schemas.text import LONGEST_NAME, MASK, clean, key, masked, nearest, without_dates

DRIFTS = {"nature": pl.String, "colonne": pl.String, "valeur": pl.String, "indice": pl.String}
REASONS = {"ligne": pl.Int64, "identifiant": pl.String, "regle": pl.String, "colonne": pl.String, "valeur": pl.String}
UNSPLIT = "R12"
UNKNOWN_COLUMN = "A06"
MOST_NAMED, LONGEST_QUOTED = 8, 60  # in a message
MOST_DRIFTS = 20  # unknown columns that are looked at one by one
REMEMBERED = 100_000  # texts of a column

_BLANK = r"^[\s\x1c-\x1f]*$"
# more blanks than single ordinary ones between words, or a blank at an end
_UNTIDY = r"[^\S ]|\s\s|^\s|\s$"


@dataclass(frozen=True)
class Verdict:
    """The outcome of a piece: accepted rows (typed, with `ligne`), reasons of rejects, alerts.

    With the first piece of a file comes what its header has that the contract has not. `contents`: of each column that
    the file has, how many rows hold something, and how many something readable, rejected rows too.
    """

    accepted: pl.DataFrame
    rejects: pl.DataFrame
    alerts: pl.DataFrame
    rejected: int
    contents: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    drifts: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=DRIFTS))

    @property
    def split(self) -> int:
        """The rows that could be split into the fields of the header."""
        return self.accepted.height + self.rejected - int(self.rejects["regle"].eq(UNSPLIT).sum())


@dataclass(frozen=True)
class Match:
    """The header of a file against its table: position of each column, and the headers that nobody declared.

    `renamed` has the header of each column that only an added alias has made known. The rest is what a profile says:
    `constants` the text of all rows, `deduced` the column that another follows from, `told` what texts mean.
    """

    positions: dict[str, int]
    unknown: list[str]
    renamed: dict[str, str] = field(default_factory=dict)
    line: int = 1  # of the header
    width: int = 0  # its fields
    constants: Mapping[str, str] = field(default_factory=dict)
    deduced: Mapping[str, str] = field(default_factory=dict)
    told: Mapping[str, Translation] = field(default_factory=dict)

    def has(self, column: str) -> bool:
        return column in self.positions or column in self.constants or column in self.deduced


def match_header(table: Table, header: list[str], aliases: dict[str, list[str]], file: str) -> Match:
    """Find each column by its header, name or aliases; raises Unreadable where a mandatory one is missing."""
    names = {key(form): c.name for c in table.exported for form in (c.header, c.name, *c.aliases)}
    added = {key(alias): name for name, forms in aliases.items() for alias in forms}
    positions: dict[str, int] = {}
    unknown: list[str] = []
    renamed: dict[str, str] = {}
    for position, head in enumerate(header):
        name = added.get(key(head)) or names.get(key(head))
        if name is None:
            unknown.append(masked(clean(head)))
        elif name in positions:
            raise Unreadable(file, f"deux colonnes pour « {table.column(name).header} »")
        else:
            positions[name] = position
            if key(head) not in names:
                renamed[name] = masked(clean(head))
    missing = [c.header for c in table.exported if c.mandatory and c.name not in positions]
    if missing:  # of a file without a known header nothing is told: it may be no export
        told = hint(missing, unknown) if positions else ""
        raise Unreadable(file, f"colonne obligatoire absente : {listed(missing)}{told}")
    return Match(positions, unknown, renamed, width=len(header))


def drifts(table: Table, match: Match) -> pl.DataFrame:
    """Columns of the header unknown to the contract, and columns of the contract missing here, with the nearest name."""
    unknown = [u for u in match.unknown if u][:MOST_DRIFTS]
    absent = [c for c in table.exported if not match.has(c.name)]
    found = [
        *((ABSENT, c.name, None, named(near) if (near := nearest(c.header, unknown)) else None) for c in absent),
        *((UNKNOWN, named(head), None, nearest(head, [c.header for c in absent])) for head in unknown),
        *((RENAMED, name, named(head), None) for name, head in match.renamed.items()),
    ]
    return pl.DataFrame(found, schema=DRIFTS, orient="row")


def named(text: str) -> str:
    """A header or a code as messages quote it: shortened, and without dates, which may be birth dates."""
    text = without_dates(text)
    return f"{text[:LONGEST_QUOTED]}…" if len(text) > LONGEST_QUOTED else text


def listed(headers: list[str]) -> str:
    """The first headers, shortened: a file without a header has data in its place."""
    told = [f"« {named(h)} »" for h in headers[:MOST_NAMED]]  # a file without header has data in its place
    more = len(headers) - MOST_NAMED
    return ", ".join(told) + (f" et {more} autres" if more > 0 else "")


def hint(missing: list[str], unknown: list[str]) -> str:
    """The unknown headers of the file, the nearest name first."""
    unknown = [u for u in unknown if u]
    if not unknown:
        return ""
    near = [(m, nearest(m, unknown)) for m in missing]
    meant = "".join(f" ; « {m} » s'appelle peut-être ici {listed([n])}" for m, n in near if n)
    return f"{meant} ; colonnes non reconnues : {listed(unknown)}"


def judge(table: Table, piece: Piece, match: Match, context: Context) -> Verdict:
    """Type the rows of a piece and judge them by every rule; a row may break several."""
    rows = _typed(table, piece.rows, match, context)
    there = [c.name for c in table.exported if match.has(c.name)]
    contents = {name: (_some(rows[RAW + name]), _some(rows[name])) for name in there}
    reasons = _reasons(table, rows, context)
    is_reject = ~reasons["regle"].is_in(list(ALERTES))
    rejects = reasons.filter(is_reject)
    bad = rejects["index"].unique()
    alerts = reasons.filter(~is_reject & ~reasons["index"].is_in(bad.implode()))
    for column in alerts["colonne"].unique().to_list():
        at = alerts.filter(pl.col("colonne") == column)["index"]
        blank = pl.int_range(pl.len()).is_in(at.implode())
        rows = rows.with_columns(pl.when(blank).then(None).otherwise(pl.col(column)).alias(column))
    defaults = [pl.col(c.name).fill_null(c.default) for c in table.columns if c.default is not None]
    accepted = rows.select(LINE, *(c.name for c in table.columns)).with_columns(defaults)
    if bad.len():
        accepted = accepted.filter(~pl.int_range(pl.len()).is_in(bad.implode()))
    unsplit = pl.DataFrame(
        [(line, None, UNSPLIT, None, _found(fields, match)) for line, fields in piece.unsplit],
        schema=REASONS,
        orient="row",
    )
    every_reject = pl.concat([rejects.select(*REASONS), unsplit])
    return Verdict(accepted, every_reject, alerts.select(*REASONS), bad.len() + unsplit.height, contents)


def _some(values: pl.Series) -> int:
    return values.len() - values.null_count()


def unknown_columns(match: Match) -> pl.DataFrame:
    """One alert at the header's line for each column that nobody declared."""
    rows = [(match.line, None, UNKNOWN_COLUMN, name, name) for name in match.unknown]
    return pl.DataFrame(rows, schema=REASONS, orient="row")


def _found(fields: int, match: Match) -> str:
    told = {UNCLOSED: "guillemet jamais refermé", OVERLONG: f"nom de plus de {LONGEST_NAME} caractères"}
    return told.get(fields, f"{fields} champs au lieu de {match.width}")


# --- typing -----------------------------------------------------------------------------------------------


def _typed(table: Table, rows: pl.DataFrame, match: Match, context: Context) -> pl.DataFrame:
    texts: dict[str, pl.Series] = {}
    typed: dict[str, pl.Series] = {}
    for column in table.columns:
        parent = typed[column.kind.parent] if isinstance(column.kind, CodeWithin) else None
        text = _text(rows, column, match, context)
        texts[column.name], typed[column.name] = _read(column, text, parent, context, match.told.get(column.name))
    if match.told or match.deduced:
        _tell(table, match, context, texts, typed)
    return pl.DataFrame(
        [rows[LINE], *(s.alias(n) for n, s in typed.items()), *(s.alias(RAW + n) for n, s in texts.items())]
    )


def _text(rows: pl.DataFrame, column: Column, match: Match, context: Context) -> pl.Series:
    """The text of a column as it stands in the file; null where there is none."""
    if column.from_folder:
        return pl.Series([getattr(context.delivery, column.name)], dtype=pl.String).new_from_index(0, rows.height)
    if column.name not in match.positions:
        constant = match.constants.get(column.name)
        return pl.Series([constant], dtype=pl.String).new_from_index(0, rows.height)
    return rows[str(match.positions[column.name])]


def _read(
    column: Column, text: pl.Series, parent: pl.Series | None, context: Context, told: Translation | None = None
) -> tuple[pl.Series, pl.Series]:
    """The text of a column, null where it is blank, and the values read from it.

    A text is tidied and read once however often it occurs, save where nearly all are distinct.
    """
    if column.kind.mostly_distinct:
        tidy = _tidy(told.without_missing(text) if told else text)
        return tidy, column.kind.read_all(told.shortened(tidy) if told else tidy)
    if not told and (plain := column.kind.read_plain(text)) is not None:
        return text, plain
    distinct, places = _encoded(text)
    blank = distinct.str.contains(_BLANK)
    if (none := distinct.filter(blank | told.missing(distinct) if told else blank)).len():
        text = text.replace(none, None)
        distinct, places = _encoded(text)
    if told and told.blank and text.null_count():
        text = text.fill_null(told.blank)
        distinct, places = _encoded(text)
    if parent is not None:
        distinct, places = _within(parent, distinct, places)
    values = _values(column, distinct, context, told)
    return text, text if values.dtype == pl.String and values.equals(distinct) else values.gather(places)


def _values(column: Column, distinct: pl.Series, context: Context, told: Translation | None) -> pl.Series:
    """The value of each distinct text; of none where there is no text."""
    if distinct.is_empty():
        return pl.Series([None], dtype=column.kind.values(context.references))
    if column.kind.read_together:
        tidy = _tidy(distinct)
        return told.days(tidy, column.kind) if told else column.kind.read_all(tidy)
    read = _reader(column, context, told)
    return pl.Series([read(text) for text in distinct.to_list()], dtype=column.kind.values(context.references))


def _reader(column: Column, context: Context, told: Translation | None = None) -> Reader:
    """The reader of a column, which remembers the texts it has read: they come again in the next pieces."""
    if column.name not in context.readers:
        read = column.kind.reader(context.references)
        read = told.reader(read) if told else read
        tidy = str if isinstance(column.kind, CodeWithin) else clean
        context.readers[column.name] = lru_cache(REMEMBERED)(lambda text: read(tidy(text)))
    return context.readers[column.name]


def _tell(
    table: Table, match: Match, context: Context, texts: dict[str, pl.Series], typed: dict[str, pl.Series]
) -> None:
    """Read what a profile ties to other columns of the row: what follows from a code, ages, values under a condition."""
    for name, source in match.deduced.items():
        texts[name] = texts[source]
        typed[name] = _deduced(table.column(source), texts[source], match.told.get(source), typed[name].dtype)
    for column in sorted(table.columns, key=lambda c: isinstance(c.kind, CodeWithin)):  # after what they are within
        told = match.told.get(column.name, Translation())
        if isinstance(column.kind, CodeWithin) and (match.deduced or match.told):
            parent = typed[column.kind.parent]
            typed[column.name] = _read(column, texts[column.name], parent, context, told)[1]
        if told.age and column.age_at:
            typed[column.name] = told.births(texts[column.name], typed[column.age_at])
        for value in told.conditional:
            _under_condition(column, value, context, texts, typed)


def _deduced(column: Column, text: pl.Series, told: Translation | None, dtype: pl.DataType) -> pl.Series:
    """The parent's code that each text of a column of codes tells by itself."""
    kind = cast("CodeWithin", column.kind)
    said = told.said if told else str
    found = {t: kind.parent_of(said(clean(t))) for t in text.unique().drop_nulls().to_list()}
    return text.replace_strict(found, default=None, return_dtype=dtype)


def _under_condition(
    column: Column, value: Value, context: Context, texts: dict[str, pl.Series], typed: dict[str, pl.Series]
) -> None:
    text, own = texts[column.name], typed[column.name]
    printed = [t for t in text.unique().drop_nulls().to_list() if key(t) == key(value.printed)]
    there = text.is_in(printed) if value.printed else text.is_null()
    there = there.fill_null(False) & agrees(typed, value.when, text.len())
    within = f"{WITHIN}{value.read}" if isinstance(column.kind, CodeWithin) else value.read
    read = None if value.read in {VOID, UNREADABLE} else column.kind.reader(context.references)(within)
    typed[column.name] = own.zip_with(~there, pl.Series([read], dtype=own.dtype))
    if value.read == VOID or not value.printed:
        shown = pl.Series([None if value.read == VOID else value.read], dtype=pl.String)
        texts[column.name] = text.zip_with(~there, shown)


def _encoded(texts: pl.Series) -> tuple[pl.Series, pl.Series]:
    """The distinct texts, and the place of each text among them: cheaper than to replace texts by values."""
    # as views of text, polars' own form: any other is a copy of all of it
    encoded = texts.to_arrow(compat_level=pl.CompatLevel.newest()).dictionary_encode()
    return pl.Series(encoded.dictionary, dtype=pl.String), pl.Series(encoded.indices, dtype=pl.Int32)


def _within(parent: pl.Series, distinct: pl.Series, places: pl.Series) -> tuple[pl.Series, pl.Series]:
    """As `_distinct`, each text preceded by the code that it is read within."""
    codes, texts = ["", *cast("pl.Enum", parent.dtype).categories], distinct.to_list()
    pairs = places * len(codes) + (parent.to_physical().cast(pl.Int32) + 1).fill_null(0)
    met = pairs.drop_nulls().unique()
    both = [f"{codes[pair % len(codes)]}{WITHIN}{texts[pair // len(codes)]}" for pair in met.to_list()]
    number = pl.repeat(0, len(texts) * len(codes), dtype=pl.Int32, eager=True).scatter(met, range(met.len()))
    return pl.Series(both, dtype=pl.String), number.gather(pairs)


def _tidy(text: pl.Series) -> pl.Series:
    if not text.str.contains(_UNTIDY).any():
        return text
    tidy = text.str.replace_all(r"\s+", " ").str.strip_chars()
    return tidy.replace([""], None)


# --- judging ----------------------------------------------------------------------------------------------


def _reasons(table: Table, rows: pl.DataFrame, context: Context) -> pl.DataFrame:
    """One row per rule and column broken: index of the row, and what rejects and alerts show.

    Most rows break no rule: polars finds those that do, and pandera judges them.
    """
    wrong = [fault.broken.fill_null(False) for fault in faults(table, context)]
    suspects = rows.with_row_index("index").cast({"index": pl.Int64}).filter(pl.any_horizontal(wrong))
    if suspects.is_empty():
        return pl.DataFrame(schema={"index": pl.Int64, **REASONS})
    broken = _failed(table, suspects, context).join(suspects.with_row_index("at"), on="at")
    parts = [
        part.select("index", LINE, _shown(RAW + table.identifier).alias("identifiant"), "regle", "colonne", value)
        for column in table.columns
        if (part := broken.filter(pl.col("colonne") == column.name)).height
        for value in [(_hidden if column.personal else _shown)(RAW + column.name).alias("valeur")]
    ]
    return pl.concat(parts).sort("index", "regle", "colonne")


def _failed(table: Table, rows: pl.DataFrame, context: Context) -> pl.DataFrame:
    """The failure cases of one validation: position of the row (`at`), rule and column."""
    from schemas.exports.judge import pa

    try:
        model(table, context).validate(rows, lazy=True)
    except pa.errors.SchemaErrors as errors:
        failed: pl.DataFrame = errors.failure_cases.select(
            pl.col("index").cast(pl.UInt32).alias("at"),
            pl.col("check").alias("regle"),
            pl.col("column").alias("colonne"),
        ).unique()
    if failed["at"].null_count():
        raise RuntimeError(f"{table.source}.{table.name}: a pandera check failed on the frame as a whole")
    return failed


def _shown(name: str) -> pl.Expr:
    return pl.col(name).map_elements(lambda text: masked(clean(text)), pl.String)


def _hidden(name: str) -> pl.Expr:
    return pl.when(pl.col(name).is_not_null()).then(pl.lit(MASK))
