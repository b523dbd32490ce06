"""The generated pages of `docs/` say what the declarations say."""

from pathlib import Path

import duckdb
import pytest

from pipelines.documentation import pages

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("name", sorted(pages()))
def test_generated_page_is_up_to_date(name):
    assert (DOCS / name).read_text(encoding="utf-8") == pages()[name], "stale: run `make docs`"


def test_the_clients_that_open_a_published_file_are_named(tmp_path):
    """DuckDB 1.x reads files up to version 68 of the storage."""
    path = tmp_path / "adass.duckdb"
    duckdb.connect(str(path)).close()
    header = path.read_bytes()
    assert header[8:12] == b"DUCK"
    assert int.from_bytes(header[12:20], "little") > 68
    for page in ("../README.md", "deploiement.md"):
        text = " ".join((DOCS / page).read_text(encoding="utf-8").split())
        assert "DuckDB 2.0 ou plus récent" in text, page
        assert "Trying to read a database file with version number" in text, page
    assert "DuckDB 2.0 ou plus récent" in pages()["dictionnaire.md"]
