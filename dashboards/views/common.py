"""What the pages that are no slide share: head, counts, filters kept in the address, long tables, files."""

from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from urllib.parse import urlencode

import streamlit as st

from dashboards import formats
from dashboards.content import grids
from dashboards.content.grids import Grid
from dashboards.formats import NBSP
from dashboards.web import page as web
from schemas.text import key

_CSS = Path(__file__).with_name("views.css").read_text(encoding="utf-8")
ALL = "Tous"
EVERY = "Toutes"
PAGE = 100  # rows shown at once
TOTAL = ' class="total"'
SOURCES = {"bali": "BALI", "enquete": "Enquête ADASS", "action_sociale": "Action sociale"}


@dataclass(frozen=True)
class Column:
    """A column of a table: `words` align left and wrap; a cell that is one of `marked` wears the colour of warnings."""

    title: str
    words: bool = False
    marked: tuple[str, ...] = ()
    width: str = ""


class Link(str):
    """The text of a cell that leads to another address."""

    href = ""

    @classmethod
    def to(cls, text: str, path: str, **chosen: object) -> "Link":
        """A link to a page with these choices, as its address has them."""
        made = cls(text)
        made.href = f"{path}?{urlencode(chosen)}" if chosen else path
        return made


def head(title: str, subtitle: str) -> None:
    """The title of a page that is no slide, and its classes."""
    st.html(f"<style>{_CSS}</style>")
    st.html(
        f'<div class="adass-head"><h1>{web.escape(title)}</h1><p>{web.escape(subtitle)}</p></div>',
    )


def counts(figures: Sequence[tuple[str, str, str]]) -> None:
    """Figures in a row: value, label, and a line beside that may be empty."""
    cells = "".join(
        f'<div><div class="value">{web.escape(value)}</div><div class="label">{web.escape(label)}</div>'
        f'<div class="beside">{web.escape(beside)}</div></div>'
        for value, label, beside in figures
    )
    st.html(f'<div class="adass-counts">{cells}</div>')


def title(text: str, note: str = "") -> None:
    beside = f'<p class="adass-note">{web.escape(note)}</p>' if note else ""
    st.html(f'<h2 class="adass-title adass-section">{web.escape(text)}</h2>{beside}')


def sentence(text: str) -> None:
    st.html(f'<p class="adass-sentence">{web.escape(text)}</p>')


def nothing(text: str) -> None:
    st.html(f'<div class="adass-empty">{web.escape(text)}</div>')


def foot(*lines: str) -> None:
    st.html(f'<div class="adass-foot">{"".join(f"<p>{web.escape(line)}</p>" for line in lines)}</div>')


def choice(label: str, options: Sequence[str], name: str, written: Callable[[str], str] = str) -> str:
    """A choice kept in the address under `name`."""
    return st.selectbox(label, options, format_func=written, key=name, bind="query-params", placeholder="Choisir")


def search(label: str, name: str, placeholder: str = "C2S, taux de succès…") -> str:
    """The words searched for, kept in the address under `name`."""
    return st.text_input(label, key=name, bind="query-params", placeholder=placeholder, live=True) or ""


def matches(words: str, *texts: str) -> bool:
    """Whether every word stands in the texts, whatever its case and accents."""
    among = key(" ".join(texts))
    return all(word in among for word in key(words).split())


def table(columns: Sequence[Column], rows: Sequence[Sequence[str]], caption: str, totals: Container[int] = ()) -> None:
    """A table; the second line of a cell is set small. `caption` names it for those who do
    not see it; `totals` are the places of the rows that sum up others.
    """
    titles = "".join(f'<th scope="col"{_classes(c)}{_width(c)}>{web.escape(c.title)}</th>' for c in columns)
    body = "".join(
        f"<tr{TOTAL if place in totals else ''}>"
        f"{''.join(_cell(c, text) for c, text in zip(columns, row, strict=True))}</tr>"
        for place, row in enumerate(rows)
    )
    st.html(
        f'<div class="adass-table adass-rows" tabindex="0"><table><caption>{web.escape(caption)}</caption>'
        f"<thead><tr>{titles}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _classes(column: Column, text: str = "") -> str:
    held = {
        "words": column.words,
        "sized": column.words and bool(column.width),
        "marked": bool(text) and text in column.marked,
    }
    names = [name for name, holds in held.items() if holds]
    return f' class="{" ".join(names)}"' if names else ""


def _width(column: Column) -> str:
    return f' style="width:{column.width}"' if column.width else ""


def _cell(column: Column, text: str) -> str:
    first, _, second = text.partition("\n")
    small = f"<small>{web.escape(second)}</small>" if second else ""
    shown = web.escape(first)
    if isinstance(text, Link):
        shown = f'<a href="{escape(text.href)}" target="_self">{shown}</a>'
    return f"<td{_classes(column, first)}>{shown}{small}</td>"


def pages(
    columns: Sequence[Column], rows: Sequence[Sequence[str]], export: Grid | None, file: str, caption: str
) -> None:
    """A table by pages of PAGE rows, with a file of all of them unless the page gives its own. `file` names the file and
    the choice of the page.
    """
    first = 0
    with st.container(key=f"pages-{file}", horizontal=True, vertical_alignment="bottom", gap="medium"):
        if len(rows) > PAGE:
            starts = [str(start) for start in range(0, len(rows), PAGE)]
            with st.container(width=220):
                first = int(choice("Lignes", starts, f"lignes_{file}", lambda start: span(int(start), len(rows))))
        shown = rows[first : first + PAGE]
        told = formats.counted(len(rows), "ligne", "lignes")
        if len(shown) < len(rows):
            told = f"{span(first, len(rows))} sur {told}{NBSP}; le fichier CSV les contient toutes."
        st.html(f'<p class="adass-note">{web.escape(told)}</p>')
        if export:
            download(export, file)
    table(columns, shown, caption)


def span(start: int, total: int) -> str:
    return f"{formats.nombre(start + 1)} à {formats.nombre(min(start + PAGE, total))}"


def download(export: Grid, file: str) -> None:
    """The button that gives every row as `adass_<file>.csv`."""
    with st.container(key=f"outils-{file}", width="content"):
        st.download_button(
            "CSV", grids.csv(export), f"adass_{file}.csv", "text/csv", on_click="ignore", type="tertiary",
            key=f"csv-{file}",
        )  # fmt: skip


def grid(titles: Sequence[str], values: Sequence[Sequence[str]]) -> Grid:
    """A table that is only exported."""
    cells = tuple(tuple(row) for row in values)
    return Grid(tuple(titles), cells, cells)
