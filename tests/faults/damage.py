"""Accidents that befall files on their way: what a hand, a program or a disk does to an export."""

import gzip
import io
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from random import Random

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter

NASTY = (
    "", " ", "\u00a0", "NULL", "NaN", "inf", "-1", "9" * 400, "1e999", "-0", "0,5", "1 000", "١٢", "²", "0x10",
    "31/02/2024", "00/00/0000", "99999-01-01", "2024-1-1", "2024-01-01T25:61", "01/01/24", "45292", "2024-01-01 00:00:00.000",
    '=CMD("x")', "+33 1", "@SUM(A1)", "' OR 1=1 --", "\x1b[31m", "\u202e", "é" * 300, "e\u0301", "\ufeff311", "‘’“”", "😀", "\x00",
    "\x1c", "\x85", "a\tb", "a|b,c", "Ǆ", "ﬁ", "ſoins", "SOİNS", "x" * 200_000,
)  # fmt: skip


def cells(text: str, separator: str, random: Random) -> str:
    """The text with a cell changed into something nobody expects."""
    lines = text.split("\n")
    at = random.randrange(len(lines))
    fields = lines[at].split(separator)
    fields[random.randrange(len(fields))] = random.choice(NASTY)
    lines[at] = separator.join(fields)
    return "\n".join(lines)


def _header_renamed(text: str, random: Random) -> str:
    head, _, rest = text.partition("\n")
    fields = head.split(";")
    at = random.randrange(len(fields))
    fields[at] = random.choice(
        [fields[at] + " (new)", fields[at][:-1], fields[0], "", fields[at].upper(), '"' + fields[at]]
    )
    return ";".join(fields) + "\n" + rest


def _columns_swapped(text: str, random: Random) -> str:
    rows = [line.split(";") for line in text.split("\n")]
    a, b = random.choices(range(len(rows[0])), k=2)
    for row in rows:
        if max(a, b) < len(row):
            row[a], row[b] = row[b], row[a]
    return "\n".join(";".join(row) for row in rows)


def _header_swapped(text: str, random: Random) -> str:
    head, _, rest = text.partition("\n")
    return _columns_swapped(head, random) + "\n" + rest


def _column_added(text: str, random: Random) -> str:
    head, *rows = text.split("\n")
    return "\n".join([f"{head};Nouveau", *(f"{row};{random.choice(NASTY[:20])}" for row in rows)])


def _lines_moved(text: str, random: Random) -> str:
    lines = text.split("\n")
    random.shuffle(lines)
    return "\n".join(lines)


def _lines_twice(text: str, random: Random) -> str:
    lines = text.split("\n")
    return "\n".join([*lines, *random.choices(lines, k=random.randint(1, 30))])


def _quotes(text: str, random: Random) -> str:
    characters = list(text)
    for _ in range(random.choice([1, 2, 15])):
        characters.insert(random.randrange(len(characters) + 1), random.choice(['"', '""', '"\n', ';"', '\\"']))
    return "".join(characters)


def _fields_many(text: str, random: Random) -> str:
    lines = text.split("\n")
    lines.insert(random.randrange(len(lines) + 1), ";" * random.choice([1, 40, 5_000]) + "x")
    return "\n".join(lines)


def _line_ends(text: str, random: Random) -> str:
    return "".join(
        random.choice(["\n", "\r\n", "\r", "\n\n", "\u2028"]) if c == "\n" and random.random() < 0.2 else c
        for c in text
    )


def _separators(text: str, random: Random) -> str:
    return text.replace(";", random.choice(["\t", ",", "|", ";;", "; "]))


TEXT: tuple[Callable[[str, Random], str], ...] = (
    lambda text, random: cells(text, ";", random), _header_renamed, _columns_swapped, _header_swapped, _column_added,
    _lines_moved, _lines_twice, _quotes, _fields_many, _line_ends, _separators,
)  # fmt: skip


def _bytes_changed(data: bytes, random: Random) -> bytes:
    out = bytearray(data)
    for _ in range(random.choice([1, 5, 60])):
        out[random.randrange(len(out))] = random.randrange(256)
    return bytes(out)


def _cut_short(data: bytes, random: Random) -> bytes:
    return data[: random.randrange(len(data))]


def _bytes_put_in(data: bytes, random: Random) -> bytes:
    at = random.randrange(len(data))
    return (
        data[:at]
        + random.choice([b"\x00" * 3, b"\xff\xfe", b"\xef\xbb\xbf", b"\x1a", b"\x81", b"\xe9", b"\xc3"])
        + data[at:]
    )


def _bytes_taken(data: bytes, random: Random) -> bytes:
    at = random.randrange(len(data))
    return data[:at] + data[at + random.choice([1, 2, 500]) :]


def _part_again(data: bytes, random: Random) -> bytes:
    at = random.randrange(len(data))
    return data + data[at : at + 3_000]


def _other_encoding(data: bytes, random: Random) -> bytes:
    text = data.decode("utf-8", "replace")
    return text.encode(random.choice(["utf-16", "utf-16-le", "utf-32", "cp1252", "mac_roman", "cp437"]), "replace")


def _mixed_encodings(data: bytes, random: Random) -> bytes:
    return b"\n".join(
        line.decode("utf-8", "replace").encode("cp1252", "replace") if random.random() < 0.3 else line
        for line in data.split(b"\n")
    )


BYTES: tuple[Callable[[bytes, Random], bytes], ...] = (
    _bytes_changed, _cut_short, _bytes_put_in, _bytes_taken, _part_again, _other_encoding, _mixed_encodings,
)  # fmt: skip
PACKED = BYTES[:5]  # what befalls a file whose content is packed


def _rows(text: str) -> list[list[str]]:
    return [line.split(";") for line in text.split("\n") if line]


def as_gzip(text: str, random: Random) -> bytes:
    half = len(text) // 2  # in two members, as `cat` would make it
    return gzip.compress(text[:half].encode()) + gzip.compress(text[half:].encode())


def as_zip(text: str, random: Random) -> bytes:
    stream = io.BytesIO()
    name = random.choice(
        [
            "export.csv",
            "../../../../tmp/evade.csv",
            "/etc/passwd",
            "C:\\export.csv",
            "a/b/c.csv",
            "é\u202e.csv",
            "x" * 900,
        ]
    )
    with zipfile.ZipFile(
        stream, "w", random.choice([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
    ) as archive:
        archive.writestr(name, text)
        if random.random() < 0.15:
            archive.writestr("autre.csv", text)
    return stream.getvalue()


def as_workbook(text: str, random: Random) -> bytes:
    """A workbook with what hands leave in one: formulas, errors, dates, notes far away, empty rows."""
    stream = io.BytesIO()
    with xlsxwriter.Workbook(
        stream, {"in_memory": True, "strings_to_formulas": False, "date_1904": random.random() < 0.2}
    ) as book:
        if random.random() < 0.1:
            book.add_worksheet("vide")
        sheet = book.add_worksheet("export")
        down = random.choice([0, 0, 0, 1, 7])
        for at, row in enumerate(_rows(text)):
            sheet.write_row(at + down, 0, [cell[:32_000] for cell in row])
        for _ in range(random.choice([0, 1, 4])):
            at, column = random.randrange(1, 60), random.randrange(12)
            random.choice([
                lambda a, c: sheet.write_formula(a, c, '=1/0', None, "#DIV/0!"), lambda a, c: sheet.write_number(a, c, 45_292.75),
                lambda a, c: sheet.write_number(a, c, -1e300), lambda a, c: sheet.write_boolean(a, c, True),
                lambda a, c: sheet.write_number(a, c, 2_958_466, book.add_format({"num_format": "dd/mm/yyyy"})),
                lambda a, c: sheet.merge_range(a, c, a + 2, c + 2, "fusion"), lambda a, c: sheet.write_string(a + 3_000, c + 40, "note"),
                lambda a, c: sheet.write_string(1_048_575, 16_383, "x"),
            ])(at, column)  # fmt: skip
    return stream.getvalue()


def as_parquet(text: str, random: Random) -> bytes:
    head, *rows = _rows(text)
    columns = {name: [row[i] if i < len(row) else None for row in rows] for i, name in enumerate(head)}
    frame = pl.DataFrame(columns, strict=False)
    odd = random.choice(frame.columns)
    change = random.choice([
        lambda c: c, lambda c: c.cast(pl.Categorical), lambda c: c.cast(pl.Binary), lambda c: pl.lit(None).alias(odd),
        lambda c: pl.concat_list(c).alias(odd), lambda c: pl.struct(c).alias(odd), lambda c: pl.lit(2**63 - 1).alias(odd),
        lambda c: pl.lit(float("nan")).alias(odd), lambda c: pl.lit("2024-01-10").str.to_datetime("%Y-%m-%d").alias(odd),
        lambda c: pl.lit("12,5").str.replace(",", ".").cast(pl.Decimal(10, 2)).alias(odd), lambda c: pl.lit(True).alias(odd),
    ])  # fmt: skip
    stream = io.BytesIO()
    frame.with_columns(change(pl.col(odd))).write_parquet(stream, row_group_size=random.choice([None, 7]))
    return stream.getvalue()


PACKERS: dict[str, Callable[[str, Random], bytes]] = {
    ".csv.gz": as_gzip, ".zip": as_zip, ".xlsx": as_workbook, ".parquet": as_parquet,
}  # fmt: skip


def damaged(folder: Path, table: str, text: str, random: Random) -> Path:
    """Write the export of a table after some accidents, in any format of the contract; returns its path."""
    for _ in range(random.choice([0, 1, 1, 2, 5])):
        text = random.choice(TEXT)(text, random)
    ending = random.choice([".csv", ".csv", ".csv", *PACKERS])
    if ending == ".csv":
        data = text.encode("utf-8", "surrogatepass")
        for _ in range(random.choice([0, 1, 1, 3])):
            data = random.choice(BYTES)(data or b"x", random)
    else:
        try:
            data = PACKERS[ending](text, random)
        except (ValueError, pl.exceptions.PolarsError, xlsxwriter.exceptions.XlsxWriterException):
            data = text.encode()  # what the writer itself refuses comes under a name that lies
        for _ in range(random.choice([0, 0, 1, 2])):
            data = random.choice(PACKED)(data or b"x", random)
    path = folder / f"{table}{ending}"
    path.write_bytes(data)
    return path


def gzip_bomb() -> bytes:
    """Some kilobytes that unpack to 100 MB of one line."""
    return gzip.compress(b"\x00" * (100 * 1024 * 1024), 9)


def zip_bomb() -> bytes:
    """An archive of blank lines without end."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", b"\n" * (100 * 1024 * 1024))
    return stream.getvalue()


def lying_zip(text: str) -> bytes:
    """An archive whose directory says that its file is small."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", text)
    data = bytearray(stream.getvalue())
    at = data.rfind(b"PK\x01\x02")
    struct.pack_into("<I", data, at + 24, 10)
    return bytes(data)


def endless_sheet() -> bytes:
    """A workbook of five kilobytes whose cells, empty ones included, would fill 500 GB."""
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "Organisme")
        sheet.write(1_048_575, 16_383, "x")
    return stream.getvalue()


def repeated_parquet() -> bytes:
    """A file of some kilobytes, of which one long text stands in every row: 6 GB once it is read."""
    stream = io.BytesIO()
    rows = 6_000
    codes = pa.DictionaryArray.from_arrays(pa.array([0] * rows, pa.int32()), pa.array(["x" * (1 << 20)]))
    kinds = pa.array(["Optique"] * rows)
    table = pa.table({"Numéro d'accompagnement": codes, "Type de soins": kinds})
    pq.write_table(table, stream, compression="zstd")
    return stream.getvalue()


def swollen_sheet() -> bytes:
    """A workbook of some megabytes, one of whose texts unpacks to 3 GB."""
    small = io.BytesIO()
    with xlsxwriter.Workbook(small, {"in_memory": True}) as book:
        book.add_worksheet().write(0, 0, "Organisme")
    stream = io.BytesIO()
    with zipfile.ZipFile(small) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as new:
        for info in old.infolist():
            if info.filename != "xl/sharedStrings.xml":
                new.writestr(info, old.read(info))
        with new.open("xl/sharedStrings.xml", "w", force_zip64=True) as strings:
            strings.write(b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>')
            for _ in range(3 * 64):
                strings.write(b"x" * (16 * 1024 * 1024))
            strings.write(b"</t></si></sst>")
    return stream.getvalue()
