"""The rows of a Parquet file, read in a process of its own: see `apart`."""

import sys
from collections.abc import Iterator
from pathlib import Path

from pipelines.reading.apart import MEMORY, Row, bound, rows_apart, send

MOST_ROWS_A_BYTE = 10  # of the file: more are announced by one that is damaged or a trap
BROKEN = "fichier endommagé ou démesuré"
TOGETHER = 20_000  # rows read at a time


def parquet_rows(path: Path) -> Iterator[Row]:
    """The names of the columns, then each row as Python's values. Raises ValueError for a damaged or oversized file."""
    return rows_apart(__spec__.name, [str(path)], BROKEN)


def _rows(path: Path) -> Iterator[Row]:
    # pyarrow, because it refuses a damaged file where polars panics
    from pyarrow.parquet import ParquetFile

    with ParquetFile(path, memory_map=True) as file:
        if file.metadata.num_rows > path.stat().st_size * MOST_ROWS_A_BYTE:
            raise ValueError(BROKEN)
        yield file.schema_arrow.names
        for batch in file.iter_batches(batch_size=TOGETHER):
            yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


if __name__ == "__main__":
    bound(MEMORY // 2)
    send(_rows(Path(sys.argv[1])), sys.stdout.buffer)
