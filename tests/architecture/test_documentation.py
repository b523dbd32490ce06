"""The generated pages of `docs/` say what the declarations say."""

from pathlib import Path

import pytest

from pipelines.documentation import pages

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("name", sorted(pages()))
def test_generated_page_is_up_to_date(name):
    assert (DOCS / name).read_text(encoding="utf-8") == pages()[name], "stale: run `make docs`"
