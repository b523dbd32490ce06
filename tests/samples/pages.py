"""Pages run by Streamlit without a browser."""

import re
from html import unescape
from pathlib import Path

from streamlit.testing.v1 import AppTest

APP = Path(__file__).parents[2] / "dashboards" / "app.py"


def html(app: AppTest) -> str:
    return unescape("\n".join(raw_html(app)))


def elements(block, kind: str):
    """The elements of a kind, in their order."""
    for child in block.children.values():
        if hasattr(child, "children"):
            yield from elements(child, kind)
        elif child.type == kind:
            yield child


def open_page(app: AppTest, path: str) -> AppTest:
    """Run the page at an address. Streamlit's own `switch_page` knows files only, not pages that are functions."""
    from streamlit.util import calc_hash

    app._page_hash = calc_hash(path)
    app.run()
    assert not app.exception, app.exception
    return app


def choose(app: AppTest, key: str, option: str) -> str:
    """Take an option by its words; gives the page."""
    box = app.selectbox(key=key)
    box.select_index(box.options.index(option))
    app.run()
    assert not app.exception, app.exception
    return html(app)


def title(app: AppTest) -> str:
    found = re.search("<h1>(.*?)</h1>", html(app))
    assert found
    return found[1]


def raw_html(app: AppTest) -> list[str]:
    return [e.proto.body for e in elements(app.main, "html")]


def rows(app: AppTest, caption: str) -> list[list[str]]:
    """The cells of the table of that caption, the small line of a cell after a `|`."""
    table = re.search(rf"<caption>{caption}</caption>.*?<tbody>(.*?)</tbody>", html(app), re.DOTALL)
    if table is None:
        return []
    lines = re.findall(r"<tr[^>]*>(.*?)</tr>", table[1], re.DOTALL)
    return [
        [cell.replace("<small>", "|").replace("</small>", "") for cell in re.findall(r"<td[^>]*>(.*?)</td>", line)]
        for line in lines
    ]
