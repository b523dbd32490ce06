"""Write the rows of the contract in another layout, and the truth about it, in the form of `adass adapter --json`."""

import csv
import io
import re
import zipfile
from collections import Counter
from datetime import date, datetime
from pathlib import Path
from random import Random

import polars as pl
import xlsxwriter

from pipelines.simulation.generic import simulate
from schemas.exports.bali import BALI
from schemas.exports.kinds import Code, CodeWithin, Day, YesNo, read_day, read_yes_no
from schemas.exports.referentiels import shipped_organismes
from tests.samples.foreign.layouts import DAYS, TABLES, YES, Layout
from tests.samples.foreign.other_words import OTHER_TEXTS

MONTHS = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
]
SHORT = ["janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."]
ORGANISMES = dict(
    pl.read_csv(shipped_organismes(), separator=";", infer_schema=False).select("organisme", "nom").iter_rows()
)
Rows = dict[date, dict[str, list[dict[str, object]]]]


def contract(raw: Path, accompaniments: int = 300, seed: int = 1, organismes: int = 9) -> Rows:
    """Rows of some organismes as codes, days and booleans, by delivery and table; `raw` gets them as the contract has them."""
    simulate(raw, years=[2023, 2024], accompaniments=accompaniments * 4, seed=seed, dirt=0.0)
    rows: Rows = {}
    first = _read(next((raw / "bali").glob("*/accompagnements.csv")), TABLES["accompagnements"])
    kept = {code for code, _ in Counter(r["organisme"] for r in first).most_common(organismes)}
    for folder in sorted((raw / "bali").iterdir()):
        tables = {t.name: _read(folder / f"{t.name}.csv", t) for t in BALI.tables}
        tables["accompagnements"] = [r for r in tables["accompagnements"] if r["organisme"] in kept][:accompaniments]
        ids = {r["id_accompagnement"] for r in tables["accompagnements"]}
        for child in ("actions", "soins"):
            tables[child] = [r for r in tables[child] if r["id_accompagnement"] in ids]
        rows[date.fromisoformat(folder.name)] = tables
        for t in BALI.tables:
            _write_contract(folder / f"{t.name}.csv", t, tables[t.name])
        (folder / "_simulation.json").unlink(missing_ok=True)
    return rows


def _read(path: Path, table):
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return [
            {c.name: _value(c, row[c.header], row) for c in table.exported}
            for row in csv.DictReader(stream, delimiter=";")
        ]


def _value(column, text, row):
    if not text:
        return None
    if isinstance(column.kind, Day):
        return read_day(text)
    if isinstance(column.kind, YesNo):
        return read_yes_no(text)
    if isinstance(column.kind, CodeWithin):
        family = TABLES["accompagnements"].column(column.kind.parent)
        code = family.kind.reader({})(row[family.header])
        return column.kind.reader({})(f"{code}\t{text}")
    return column.kind.reader({})(text) if isinstance(column.kind, Code) else text


def _write_contract(path: Path, table, rows):
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, delimiter=";")
        writer.writerow([c.header for c in table.exported])
        writer.writerows([[_said(r[c.name]) for c in table.exported] for r in rows])


def _said(value):
    return "" if value is None else {True: "Oui", False: "Non"}[value] if isinstance(value, bool) else str(value)


def write(folder: Path, rows: Rows, layout: Layout) -> list[dict[str, object]]:
    """Write the rows under a folder in a layout; returns the truth."""
    return _Writer(folder, rows, layout).write()


class _Writer:
    def __init__(self, folder: Path, rows: Rows, layout: Layout) -> None:
        self.folder, self.rows, self.layout = folder, rows, layout
        self.random = Random(layout.seed)
        self.truth: list[dict[str, object]] = []
        self.met: dict[
            tuple[str, str, str, str], set[tuple[str, str | None]]
        ] = {}  # file, table, column, printed: code, family

    def write(self) -> list[dict[str, object]]:
        for day, whole in self.rows.items():
            tables = {t: rows for t, rows in whole.items() if t in self.layout.tables}
            if self.layout.container == "per_caisse":
                for code in sorted({r["organisme"] for r in tables["accompagnements"]}):
                    own = [r for r in tables["accompagnements"] if r["organisme"] == code]
                    ids = {r["id_accompagnement"] for r in own}
                    children = {
                        t: [r for r in rows if r["id_accompagnement"] in ids]
                        for t, rows in tables.items()
                        if t != "accompagnements"
                    }
                    self._delivery(day, {"accompagnements": own, **children}, ORGANISMES[code].replace("/", "-"), code)
            else:
                self._delivery(day, tables)
        self._codes()
        return self.truth

    # --- files ---

    def _delivery(self, day: date, tables, caisse: str = "", code: str = "") -> None:
        layout = self.layout
        base = layout.folder.format(d=day) + (f"/{caisse}" if caisse else "")
        names = {t: self._name(base, layout.names[t]) for t in tables}
        if layout.container == "xlsx":
            names = dict.fromkeys(tables, f"{base}.xlsx")
        if layout.wide:
            names = dict.fromkeys(tables, names["accompagnements"])
        self.say(
            f"{base}*" if layout.container != "zip" else f"{base}.zip/*",
            None,
            "livraison",
            propose=day.isoformat(),
            facultatif=True,
        )
        written = {}
        for table, content in tables.items():
            if layout.wide and table != "accompagnements":
                continue
            header, lines = (
                self._wide(tables, names[table]) if layout.wide else self._table(table, content, names[table])
            )
            written[table] = (header, lines)
            if caisse and table == "accompagnements":
                self.say(names[table], table, "constante", colonne="organisme", propose=code)
        self._files(names, written)

    def _name(self, base: str, name: str) -> str:
        ending = {"xls_text": "xls", "utf16": "txt"}.get(self.layout.container, "csv")
        return f"{base}.zip/{name}.{ending}" if self.layout.container == "zip" else f"{base}/{name}.{ending}"

    def _files(self, names, written) -> None:
        if self.layout.container == "xlsx":
            self._workbook(names, written)
            return
        for table, (header, lines) in written.items():
            content = self._text(header, lines).encode(self.layout.encoding)
            archive, inside, member = names[table].partition(".zip/")
            path = self.folder / (f"{archive}.zip" if inside else names[table])
            path.parent.mkdir(parents=True, exist_ok=True)
            if inside:
                with zipfile.ZipFile(path, "a") as opened:
                    opened.writestr(member, content)
            else:
                path.write_bytes(content)
            self.say(names[table], table, "table", propose=table)
            self.say(names[table], None, "separateur", propose=self.layout.separator, facultatif=True)
            if self.layout.preamble:
                self.say(names[table], table, "lignes_sautees", propose=len(self.layout.preamble))

    def _text(self, header, lines) -> str:
        stream = io.StringIO()
        quoting = csv.QUOTE_ALL if self.layout.quoted else csv.QUOTE_MINIMAL
        writer = csv.writer(stream, delimiter=self.layout.separator, lineterminator="\n", quoting=quoting)
        for line in self.layout.preamble:
            stream.write(line + "\n")
        writer.writerow(header)
        writer.writerows(lines)
        if self.layout.footer:
            stream.write(self.layout.footer.format(n=len(lines)) + "\n")
        return stream.getvalue()

    def _workbook(self, names, written) -> None:
        path = self.folder / names["accompagnements"]
        path.parent.mkdir(parents=True, exist_ok=True)
        with xlsxwriter.Workbook(str(path)) as book:
            day = book.add_format({"num_format": "dd/mm/yyyy"})
            book.add_worksheet("Lisez-moi").write_string(0, 0, "Une feuille par table")
            for table, (header, lines) in written.items():
                name = self.layout.names[table][:31]
                sheet = book.add_worksheet(name)
                rows = (
                    [[one] for one in self.layout.preamble]
                    + [header]
                    + lines
                    + ([[self.layout.footer.format(n=len(lines))]] if self.layout.footer else [])
                )
                for at, row in enumerate(rows):
                    for column, text in enumerate(row):
                        if text and self.layout.typed and re.fullmatch(r"\d\d/\d\d/\d{4}", text):
                            sheet.write_datetime(at, column, datetime.strptime(text, "%d/%m/%Y"), day)
                        elif text:
                            sheet.write_string(at, column, text)
                self.say(names[table], table, "feuille", propose=name)
                if self.layout.preamble:
                    self.say(names[table], table, "lignes_sautees", propose=len(self.layout.preamble))

    # --- columns and rows ---

    def _columns(self, table: str) -> list[str]:
        return [
            c.name
            for c in TABLES[table].columns
            if c.name not in self.layout.without and c.name in self.layout.headers[table]
        ]

    def _table(self, table: str, content, file: str):
        columns, headers = self._columns(table), dict(self.layout.headers[table])
        if self.layout.swapped and table == "accompagnements":
            headers["date_saisine"], headers["date_ouverture"] = headers["date_ouverture"], headers["date_saisine"]
        others = [o for o in self.layout.others.get(table, []) if o not in headers.values()]
        twins = self.layout.twins if table == "accompagnements" else ""
        for column in columns:
            self._say_column(file, table, column, f"{twins} (2)" if headers[column] == twins else headers[column])
        for header in [twins, *others] if twins else others:
            self.say(file, table, "colonne", valeur=header, propose=None)
        first = ["Motif de la saisine"] if twins else []
        lines = [
            [self._other(o, row) for o in first]
            + [self._printed(file, table, c, row) for c in columns]
            + [self._other(o, row) for o in others]
            for row in content
        ]
        return [twins] * bool(twins) + [headers[c] for c in columns] + others, lines

    def _say_column(self, file: str, table: str, column: str, header: str) -> None:
        aged = column == "date_naissance" and self.layout.age
        plain = TABLES[table].column(column).header == header
        self.say(file, table, "colonne", valeur=header, propose="age" if aged else column, facultatif=plain)
        if column in DAYS[table] and not aged:
            contract = self.layout.dates in {"%d/%m/%Y", "%d/%m/%Y %H:%M"}
            self.say(file, table, "date", colonne=column, propose=self.layout.dates, facultatif=contract)

    def _wide(self, tables, file: str):
        header, lines = self._table("accompagnements", tables["accompagnements"], file)
        for table, title in (("actions", "Action"), ("soins", "Soin")):
            columns = [c for c in self._columns(table) if c != "id_accompagnement"]
            by_id: dict[object, list[dict[str, object]]] = {}
            for row in tables[table]:
                by_id.setdefault(row["id_accompagnement"], []).append(row)
            most = max(map(len, by_id.values()), default=0)
            for column in columns:
                own = self.layout.headers[table][column]
                pattern = f"{title} {{n}} - {own}"
                self.say(file, table, "large", colonne=column, valeur=pattern.format(n=1), propose=pattern)
                if column in DAYS[table]:
                    self.say(file, table, "date", colonne=column, propose=self.layout.dates)
            for n in range(most):
                header = header + [f"{title} {n + 1} - {self.layout.headers[table][c]}" for c in columns]
                for line, row in zip(lines, tables["accompagnements"], strict=True):
                    several = by_id.get(row["id_accompagnement"], [])
                    line += [self._printed(file, table, c, several[n]) if n < len(several) else "" for c in columns]
        return header, lines

    # --- values ---

    def _printed(self, file: str, table: str, column: str, row) -> str:
        value, layout = row[column], self.layout
        kind = TABLES[table].column(column).kind
        if isinstance(kind, Day):
            return self._printed_day(column, value, row)
        if column == "nir":
            return _nir(value, layout.nir)
        if column == "organisme":
            return self._met(file, table, column, _organisme(str(value), layout.organisme), str(value), None)
        if column in YES:
            return self._yes_no(file, table, column, value)
        if column in layout.codes:
            return self._printed_code(file, table, column, row)
        return "" if value is None else str(value)

    def _printed_code(self, file: str, table: str, column: str, row) -> str:
        value = row[column]
        nothing = self.layout.open if column == "motif_cloture" else ""
        printed = nothing if value is None else self.layout.codes[column][value]
        family = row.get("famille_detecteur") if column == "categorie_detecteur" else None
        if printed:
            self._met(file, table, column, printed, "vide" if value is None else str(value), family)
        return printed

    def _printed_day(self, column: str, value, row) -> str:
        if column == "date_naissance" and self.layout.age:
            return _age(value, row["date_saisine"])
        return "" if value is None else _day(value, self.layout.dates)

    def _yes_no(self, file: str, table: str, column: str, value) -> str:
        yes, no, unknown = self.layout.yes_no
        if column in self.layout.contrary and value is not None:
            value = not value
            said = {True: "non", False: "oui"}
        else:
            said = {True: "oui", False: "non"}
        if no == "" and column in {"medecin_traitant_debut", "medecin_traitant_fin", "c2s_fin", "ald_fin", "realise"}:
            no = "Non"  # a blank is what is not known
        printed = unknown if value is None else yes if value else no
        if printed:
            self._met(file, table, column, printed, "vide" if value is None else said[value], None)
        return printed

    def _met(self, file: str, table: str, column: str, printed: str, code: str, family: str | None) -> str:
        self.met.setdefault((file, table, column, printed), set()).add((code, family))
        return printed

    def _other(self, header: str, row) -> str:
        random = self.random
        day = row.get("date_saisine") or date(2024, 1, 1)
        if header.startswith("Date"):
            return _day(
                min(date(2024, 12, 31), date.fromordinal(day.toordinal() + random.randrange(400))), self.layout.dates
            )
        if header in OTHER_TEXTS:
            return random.choice(OTHER_TEXTS[header])
        return "0600000000" if header == "Téléphone" else str(random.randrange(1, 60))

    # --- truth ---

    def say(self, file: str, table: str | None, quoi: str, **told: object) -> None:
        entry = {"fichier": file, "table": table, "quoi": quoi, "colonne": "", "valeur": "", "propose": None, **told}
        entry = {k: v for k, v in entry.items() if k != "facultatif" or v}
        if entry not in self.truth:
            self.truth.append(entry)

    def _codes(self) -> None:
        for (file, table, column, printed), meant in self.met.items():
            codes = {code for code, _ in meant}
            plain = not self._shared(column, printed)
            for code, family in sorted(meant, key=str):
                told: dict[str, object] = {"colonne": column, "valeur": printed, "propose": code}
                if not plain:
                    told["si"] = {"famille_detecteur": family}
                told["facultatif"] = len(codes) == 1 and _by_contract(table, column, printed) == code
                if column in self.layout.opaque and column != "sexe":
                    told["indevinable"] = True
                self.say(file, table, "code", **told)

    def _shared(self, column: str, printed: str) -> bool:
        return column == "categorie_detecteur" and list(self.layout.codes[column].values()).count(printed) > 1


def _by_contract(table: str, column: str, printed: str) -> str | None:
    kind = TABLES[table].column(column).kind
    if isinstance(kind, YesNo):
        read = read_yes_no(printed)
        return None if read is None else "oui" if read else "non"
    return (
        str(kind.reader({"organismes": ORGANISMES})(printed))
        if isinstance(kind, Code)
        else printed
        if printed in ORGANISMES
        else None
    )


def _age(born, at) -> str:
    return "" if born is None else str(at.year - born.year - ((at.month, at.day) < (born.month, born.day)))


def _day(value: date, codes: str) -> str:
    if codes == "excel":
        return str((value - date(1899, 12, 30)).days)
    if codes.endswith("%z"):
        return datetime(value.year, value.month, value.day, 10, 30).strftime(codes.replace("%z", "")) + "+01:00"
    return value.strftime(
        codes.replace("%B", MONTHS[value.month - 1]).replace("%b", SHORT[value.month - 1]).replace("%H:%M", "09:15")
    )


def _nir(value, style: str) -> str:
    if not value:
        return ""
    text = str(value)
    if style == "espaces":
        return f"{text[0]} {text[1:3]} {text[3:5]} {text[5:7]} {text[7:10]} {text[10:13]} {text[13:]}".strip()
    return f"{text}.0" if style == "flottant" and text.isdigit() else text


def _organisme(code: str, style: str) -> str:
    name = ORGANISMES[code]
    if style == "court":
        return re.sub(r"^CPAM (du |de la |de l'|des |de )?", "", name)
    return {
        "nom": name,
        "code_nom": f"{code} - {name}",
        "nu": code.lstrip("0"),
        "code": code,
        "capitales": name.upper(),
    }[style]
