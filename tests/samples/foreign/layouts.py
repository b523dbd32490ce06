"""A layout is drawn by a seed: headers, words, dates, containers and traps; all that a form of exports may differ by."""

from dataclasses import dataclass, field
from random import Random

from schemas.exports.bali import ACCOMPAGNEMENTS, ACTIONS, BALI, SOINS
from schemas.exports.kinds import YesNo
from tests.samples.foreign import other_words, words

CONTAINERS = ("csv", "csv", "csv", "xlsx", "xls_text", "zip", "utf16", "pipe", "per_caisse")
ORGANISMES = ("nom", "code_nom", "nu", "code", "court", "capitales")
DAYS = {t.name: [c.name for c in t.columns if c.name.startswith("date_")] for t in BALI.tables}
YES = [c.name for t in BALI.tables for c in t.columns if isinstance(c.kind, YesNo)]


@dataclass
class Layout:
    """How exports are written: `headers` by table and column, `codes` by column and code, and the rest by name."""

    seed: int
    headers: dict[str, dict[str, str]]
    codes: dict[str, dict[str, str]]
    yes_no: tuple[str, str, str]
    open: str
    dates: str
    container: str
    organisme: str
    folder: str
    names: dict[str, str]
    preamble: tuple[str, ...] = ()
    footer: str = ""
    encoding: str = "cp1252"
    separator: str = ";"
    nir: str = "plein"
    wide: bool = False
    age: bool = False
    contrary: dict[str, str] = field(default_factory=dict)
    others: dict[str, list[str]] = field(default_factory=dict)
    opaque: set[str] = field(default_factory=set)  # columns whose codes tell nothing
    swapped: bool = False  # the headers of two dates stand over each other's
    without: set[str] = field(default_factory=set)  # columns that are not there
    tables: tuple[str, ...] = ("accompagnements", "actions", "soins")
    twins: str = ""  # a header that stands over two columns
    quoted: bool = False
    typed: bool = False  # a workbook whose days are days


def layout(seed: int, half: int | None = None) -> Layout:
    """The layout of a seed, of words of one half of the first lists, of both, or (2) of the lists of a third hand."""
    random = Random(f"{seed}/{half}")
    lists = other_words if half == THIRD else words

    def one(several):
        kept = several if half in {None, THIRD} or len(several) < 2 else several[half::2]
        return random.choice(kept)

    headers = {table: _headers(columns, one, random) for table, columns in lists.HEADERS.items()}
    if half == THIRD:
        decorate = random.choice(list(other_words.DECORATIONS.values()))
        headers = {t: {c: decorate(h) for c, h in columns.items()} for t, columns in headers.items()}
    for table in ("actions", "soins"):
        headers[table]["id_accompagnement"] = headers["accompagnements"]["id_accompagnement"]
    container = random.choice(CONTAINERS)
    wide = random.random() < 0.2 and container in {"csv", "zip", "utf16", "pipe"}
    drawn = Layout(
        seed, headers, _codes(lists.CODES, one, random, half),
        one(lists.YES_NO), one(lists.OPEN), one(lists.DATES), container, random.choice(ORGANISMES), one(lists.FOLDERS),
        {t: one(n) for t, n in lists.NAMES.items()}, preamble=one(lists.PREAMBLES), footer=random.choice(lists.FOOTERS), wide=wide,
        encoding="utf-16" if container == "utf16" else random.choice(["cp1252", "utf-8", "utf-8-sig", "mac_roman"]),
        separator={"utf16": "\t", "pipe": "|", "xls_text": "\t"}.get(container, random.choice([";", ";", ",", "\t"])),
        nir=random.choice(["plein", "espaces", "flottant"]), age=random.random() < 0.15,
        others={t: random.sample(o, random.randint(0, min(4, len(o)))) for t, o in lists.OTHERS.items()},
    )  # fmt: skip
    _traps(drawn, one, random, lists)
    if half == THIRD:
        _more_traps(drawn, random)
    return drawn


THIRD = 2


def _codes(lists, one, random, half):
    drawn = {column: {code: one(several) for code, several in codes.items()} for column, codes in lists.items()}
    if half != THIRD:
        return drawn
    if random.random() < 0.5:  # all of one hand
        at = random.randrange(4)
        drawn = {column: {code: several[at] for code, several in codes.items()} for column, codes in lists.items()}
    decorate = random.choice(list(other_words.VALUE_DECORATIONS.values()))
    return {
        c: {code: decorate(text, at) for at, (code, text) in enumerate(codes.items(), 1)} for c, codes in drawn.items()
    }


def _headers(columns, one, random):
    """A header for each column, no two alike."""
    drawn: dict[str, str] = {}
    for column, several in columns.items():
        if several:
            free = [h for h in several if h not in drawn.values()]
            choice = one(free)
            drawn[column] = choice if choice not in drawn.values() else random.choice(free)
    return drawn


def _traps(drawn, one, random, lists):
    if random.random() < 0.4:
        column = random.choice(list(lists.CONTRARY))
        drawn.contrary[column] = one(lists.CONTRARY[column])
        drawn.headers["accompagnements"][column] = drawn.contrary[column]
        drawn.yes_no = ("Oui", "Non", "") if drawn.yes_no[1] == "" else drawn.yes_no
    if random.random() < 0.25:
        drawn.opaque = {random.choice(["motif_cloture", "sexe", "situation", "type_accompagnement"])}
        for column in drawn.opaque:
            drawn.codes[column] = {
                code: f"{at:02d}" if column != "sexe" else str(at) for at, code in enumerate(drawn.codes[column], 1)
            }
    drawn.swapped = random.random() < 0.15
    if random.random() < 0.15 and len(set(drawn.codes["categorie_detecteur"].values())) == len(
        drawn.codes["categorie_detecteur"]
    ):
        drawn.without.add("famille_detecteur")
    if random.random() < 0.2:
        drawn.without.add("structure")
    if drawn.age:
        drawn.headers["accompagnements"]["date_naissance"] = random.choice(["Âge", "Age à la saisine", "Âge (ans)"])
    if drawn.container == "per_caisse":
        drawn.without.add("organisme")


def _more_traps(drawn, random):
    """Missing tables and columns, two columns under one header."""
    if random.random() < 0.2 and not drawn.wide:
        drawn.tables = tuple(t for t in drawn.tables if t != random.choice(["actions", "soins"]))
    if random.random() < 0.2:
        drawn.without.add(random.choice(["sexe", "nir", "situation", "handicap", "help", "date_ouverture", "c2s_fin"]))
    if random.random() < 0.25:
        drawn.twins = "Motif"
        drawn.headers["accompagnements"]["motif_cloture"] = "Motif"
    drawn.quoted = random.random() < 0.2
    drawn.typed = drawn.container == "xlsx" and random.random() < 0.5
    if drawn.typed:
        drawn.dates = "%d/%m/%Y"


TABLES = {"accompagnements": ACCOMPAGNEMENTS, "actions": ACTIONS, "soins": SOINS}
