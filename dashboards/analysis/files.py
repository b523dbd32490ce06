"""A table of the analysis as files take it: every row and digit, codes and not labels."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import polars as pl

STANDARD_OUTPUT = Path("-")


def csv(table: pl.DataFrame) -> bytes:
    """For a spreadsheet in French: `;`, decimal comma, UTF-8 with its mark; a missing number is empty."""
    told = BytesIO()
    plain = table.with_columns(pl.col(pl.String).str.replace(r"^[=+\-@\t\r]", "'${0}"))  # what a spreadsheet would run
    plain.write_csv(told, separator=";", decimal_comma=True, include_bom=True)
    return told.getvalue()


def xlsx(table: pl.DataFrame) -> bytes:
    """A workbook of one sheet; a text is never a formula."""
    told = BytesIO()
    table.write_excel(told, worksheet="Résultat", float_precision=6, autofit=True)
    return told.getvalue()


def parquet(table: pl.DataFrame) -> bytes:
    told = BytesIO()
    table.write_parquet(told)
    return told.getvalue()


FILES: dict[str, Callable[[pl.DataFrame], bytes]] = {"csv": csv, "xlsx": xlsx, "parquet": parquet}
