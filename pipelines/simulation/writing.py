"""Write typed rows as an export prints them: declared headers, labels of nomenclatures, French dates."""

import gzip
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

import polars as pl

from pipelines.reading.deliveries import SYNTHETIC_MARK
from pipelines.simulation.shapes import shapes, table
from pipelines.version import VERSION
from schemas.exports.declarations import Column, Table
from schemas.exports.kinds import Code, CodeList, Day, YesNo
from schemas.exports.referentiels import STRUCTURES, STRUCTURES_FILE

Format = Literal["csv", "csv.gz", "parquet"]
SEPARATOR = ";"
NATIONAL = 8  # one name in so many comes without its territory


def as_text(declared: Table, rows: pl.DataFrame) -> pl.DataFrame:
    """The rows as texts, one column for each of the export (named by the column), null where empty."""
    texts = [
        _text(c).alias(c.name) if c.name in rows.columns else pl.lit(None, dtype=pl.String).alias(c.name)
        for c in declared.exported
    ]
    return rows.select(texts)


def _text(column: Column) -> pl.Expr:
    value = pl.col(column.name)
    if isinstance(column.kind, CodeList):
        return value.cast(pl.String)
    if isinstance(column.kind, Code):
        return value.replace_strict(dict(column.kind.nomenclature), return_dtype=pl.String)
    if isinstance(column.kind, YesNo):
        return pl.when(value).then(pl.lit("Oui")).when(~value).then(pl.lit("Non"))
    if isinstance(column.kind, Day):
        return value.dt.to_string("%d/%m/%Y")
    return value.cast(pl.String)


def write(
    folder: Path,
    declared: Table,
    texts: pl.DataFrame,
    *,
    fmt: Format = "csv",
    unsplit: Sequence[str] = (),
    extra: Mapping[str, str] | None = None,
) -> None:
    """Write the texts of a table under the declared headers; `unsplit` lines go last, as they are (CSV only)."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{declared.name}.{fmt}"
    headers = {c.name: c.header for c in declared.exported}
    added = [pl.lit(value).alias(header) for header, value in (extra or {}).items()]
    printed = texts.rename(headers).with_columns(added)
    if fmt == "parquet":
        printed.write_parquet(path)
        return
    content = printed.write_csv(separator=SEPARATOR, null_value="") + "".join(line + "\n" for line in unsplit)
    data = content.encode()
    path.write_bytes(data if fmt == "csv" else gzip.compress(data, compresslevel=1, mtime=0))


def mark(folder: Path, seed: int, parameters: Mapping[str, object]) -> None:
    """Mark a delivery as invented: by what, with which seed and parameters."""
    content = {"version": VERSION, "seed": seed, "parameters": dict(parameters)}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / SYNTHETIC_MARK).write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def write_structures(raw: Path) -> None:
    """The canonical names of detecting structures, and their aliases."""
    rows = pl.DataFrame(table("structures.csv")).select(STRUCTURES)
    path = raw / "referentiels" / STRUCTURES_FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(rows.write_csv(separator=SEPARATOR), encoding="utf-8")


def local_structures(categories: pl.Series, territories: pl.Series, pick: pl.Series) -> pl.Series:
    """A structure's name for each row: one of its category's, most with its territory; `pick` says which."""
    names = [(c, i, name) for c, those in shapes()["structures_locales"].items() for i, name in enumerate(those)]
    known = pl.DataFrame(names, schema=["categorie", "rang", "nom"], orient="row")
    size = known.group_by("categorie").agg(pl.len().alias("n"))
    rows = pl.DataFrame({"categorie": categories, "territoire": territories, "pick": pick})
    return (
        rows.join(size, on="categorie", how="left", maintain_order="left")
        .with_columns((pl.col("pick") % pl.col("n")).cast(pl.Int64).alias("rang"))
        .join(known, on=["categorie", "rang"], how="left", maintain_order="left")
        .select(
            pl.when(pl.col("pick") // 16 % NATIONAL == 0).then("nom").otherwise(pl.format("{} {}", "nom", "territoire"))
        )
        .to_series()
    )
