"""The web renderer: draws any slide as a page."""

from collections.abc import Callable, Sequence
from functools import partial
from html import escape as escape_html
from pathlib import Path

import streamlit as st

from dashboards import formats
from dashboards.charts import plots as charts
from dashboards.content import behind, grids, words
from dashboards.content import filled as content
from dashboards.content.behind import Behind, Printed
from dashboards.content.filled import Figure, Filled, Key
from dashboards.content.grids import Grid
from dashboards.deck import workbook
from dashboards.figures.view import View
from dashboards.formats import NBSP
from dashboards.slides.blocks import Bars, Chart, Groups, Ranking, Slide, Table, Targets
from dashboards.theme import TYPE, Palette, palette
from schemas.text import key

_CSS = Path(__file__).with_name("style.css").read_text(encoding="utf-8")
WORDS, APART = ' class="words"', ' class="apart"'
_MARKED = "background: color-mix(in srgb, var(--accent) 12%, transparent); font-weight: 600;"
MADE_OF_OTHERS = "Calculé à partir d'autres indicateurs, dans marts.indicateurs."
_SCRIPTS = "\n".join(
    Path(__file__).with_name(name).read_text(encoding="utf-8")
    for name in ("french.js", "images.js", "paper.js", "search.js")
)


def escape(text: str) -> str:
    return escape_html(formats.prose(text))


def colours() -> Palette:
    return palette(st.context.theme.type)


def dress() -> None:
    """Put the theme on the page, and say that it is in French."""
    variables = [f"--{role}: {value};" for role, value in vars(colours()).items()]
    variables += [f"--{size}: {getattr(TYPE, size)}px;" for size in ("small", "body", "title", "figure")]
    st.html(f"<style>:root {{ {' '.join(variables)} }}\n{_CSS}</style>")
    st.html(f"<script>{_SCRIPTS}</script>", unsafe_allow_javascript=True)


def current(path: str) -> None:
    """Mark the entry of the menu that leads to the page which is open, where the menu does not name that page itself."""
    st.html(f'<style>[data-testid="stSidebarNav"] a[href$="/{path}"] {{ {_MARKED} }}</style>')


def banner(text: str, kind: str = "banner") -> None:
    st.html(f'<div class="adass-{kind}" role="note">{escape(text)}</div>')


def draw(slide: Slide, view: View) -> None:
    """Draw a slide: headline, key figures, main chart with its supports, texts, foot."""
    _head(slide, view)
    with st.container(key="corps"):
        if len(slide.keys) == 1:
            left, right = st.columns([1, 3], gap="large")
            with left:
                _key(slide, content.key(slide.keys[0], view), view)
                _sentences(slide, view)
            with right:
                _charts(slide, view)
        else:
            _keys(slide, view)
            _sentences(slide, view)
            _charts(slide, view)
        if slide.texts:
            sections = [f"<section><h2>{escape(t.title)}</h2><p>{escape(t.body)}</p></section>" for t in slide.texts]
            st.html(f'<div class="adass-texts">{"".join(sections)}</div>')
    lines = "".join(f"<p>{escape(line)}</p>" for line in words.foot(slide, view))
    st.html(f'<div class="adass-foot">{lines}</div>')


def absent(slide: Slide, why: str) -> None:
    """The page of a slide that has no figure at all."""
    st.html(f'<div class="adass-head"><p class="mark">{escape(slide.id)} · {escape(slide.title)}</p></div>')
    st.html(f'<div class="adass-empty">{escape(why)}</div><div class="adass-foot"></div>')


def _keys(slide: Slide, view: View) -> None:
    if not slide.keys:
        return
    with st.container(key="cles"):
        columns = st.columns(len(slide.keys), gap="large")
    for column, block in zip(columns, slide.keys, strict=True):
        with column:
            _key(slide, content.key(block, view), view)


def _sentences(slide: Slide, view: View) -> None:
    for sentence in slide.sentences:
        if text := sentence(view):
            st.html(f'<p class="adass-sentence">{escape(text)}</p>')


def _head(slide: Slide, view: View) -> None:
    st.html(
        f'<div class="adass-head"><p class="mark">{escape(slide.id)} · {escape(slide.title)}</p>'
        f"<h1>{escape(slide.headline(view))}</h1><p>{escape(words.subtitle(slide, view))}</p></div>"
    )


def _key(slide: Slide, block: Key, view: View) -> None:
    figure = block.figure
    lines = [
        f'<div class="value">{escape(figure.text)}</div>',
        f'<div class="label">{escape(block.name)}</div>',
        f'<div class="change">{escape(block.change)}</div>' if block.change else "",
        f'<div class="beside">{escape(block.beside or figure.cell.reason)}</div>',
    ]
    st.html(f'<div class="adass-key">{"".join(lines)}</div>')
    with _tools(f"{slide.id}-{figure.indicator}-{figure.modality}"):
        _definition(block.figures, view)


def _charts(slide: Slide, view: View) -> None:
    filled = content.charts(slide, view)
    if not filled:
        return
    main, side = filled[0], filled[1:]
    if len(side) != 1:
        _block(slide, main, view)
    beside = filled if len(side) == 1 else side
    for column, one in zip(st.columns(len(beside) or 1, gap="large"), beside, strict=False):
        with column:
            _block(slide, one, view, narrow=True)


def _block(slide: Slide, filled: Filled, view: View, narrow: bool = False) -> None:
    """A chart under its title, with the quiet buttons for its definition, its table and its file."""
    name = f"{slide.id}-{'-'.join(filled.chart.indicators) or 'structures'}-{filled.chart.title}"
    _block_head(filled)
    if filled.empty_because:
        st.html(f'<div class="adass-empty">{formats.NC} – {escape(filled.empty_because)}</div>')
    else:
        _drawing(filled)(filled, name, narrow)
    table = grids.grid(filled)
    with _tools(name):
        if isinstance(filled.chart, Ranking):
            _ranking_definition(view)
        elif filled.figures:  # the foot says what context is
            _definition(filled.figures, view)
        if filled.figures and not isinstance(filled.chart, Table):
            with st.popover("Tableau", type="tertiary"):
                _table(table)
        _download(slide, filled, table, view)
        if isinstance(filled.chart, charts.DRAWN) and not filled.empty_because:
            _images(slide, filled, name, view)


def _block_head(filled: Filled) -> None:
    legend = ""
    if isinstance(filled.chart, Bars) and filled.comparator and not filled.empty_because:
        colour = colours().role(filled.chart.colour)
        legend = (
            f'<div class="adass-legend"><span><i style="background:{colour}"></i>{escape(filled.subject)}</span>'
            f'<span><i class="hatched"></i>{escape(filled.comparator)}</span>'
            "<span>à droite, l'écart</span></div>"
        )
    st.html(f'<h2 class="adass-title">{escape(filled.chart.title)}</h2>{legend}')


def _drawing(filled: Filled) -> Callable[[Filled, str, bool], None]:
    by_kind: dict[type[Chart], Callable[[Filled, str, bool], None]] = {
        Groups: _groups,
        Ranking: _ranking,
        Table: _sheet,
        Targets: _targets,
    }
    return by_kind.get(type(filled.chart), _plot)


def _plot(filled: Filled, name: str, narrow: bool) -> None:
    st.plotly_chart(
        charts.figure(filled, colours(), narrow),
        theme=None,
        key=_chart_key(name),
        alt=charts.described(filled),
        config={"displayModeBar": False, "locale": "fr"},
    )


def _chart_key(name: str) -> str:
    return f"graphique-{_slug(name)}"


def _groups(filled: Filled, _name: str, _narrow: bool) -> None:
    sections = []
    for group in (f for f in filled.figures if not f.group):
        members = [f for f in filled.figures if f.group == group.label]
        items = "".join(f"<li><span>{escape(f.label)}</span><span>{escape(f.text)}</span></li>" for f in members)
        beside = f"{group.gap} ({filled.comparator}{NBSP}: {group.reference_text})" if group.reference else ""
        sections.append(
            f'<section style="--colour:{colours().role(group.colour)}"><h3>{escape(group.label)}</h3>'
            f'<div class="share">{escape(group.text)}</div><div class="beside">{escape(beside)}</div>'
            f"<ul>{items}</ul></section>"
        )
    st.html(f'<div class="adass-groups">{"".join(sections)}</div>')


def _ranking(filled: Filled, _name: str, _narrow: bool) -> None:
    _table(grids.grid(filled))


def _sheet(filled: Filled, _name: str, _narrow: bool) -> None:
    _table(grids.grid(filled))


def _targets(filled: Filled, _name: str, _narrow: bool) -> None:
    sections = []
    for target in filled.targets:
        rate = formats.part(target.rate) if target.rate is not None else ""
        sections.append(
            f'<section><h3>{escape(target.name)}</h3><div class="share">{escape(rate)}</div>'
            f'<div class="beside">{escape(words.target_note(target))}</div></section>'
        )
    st.html(f'<div class="adass-targets">{"".join(sections)}</div>')


# --- what stands behind a figure ---


def _tools(name: str) -> st.delta_generator.DeltaGenerator:
    """The row of quiet buttons of a figure."""
    return st.container(key=f"outils-{_slug(name)}", horizontal=True, gap="small")


def _slug(text: str) -> str:
    return "".join(c if c.isalnum() else "-" for c in key(text))


def _definition(figures: tuple[Figure, ...], view: View) -> None:
    with st.popover("Définition", type="tertiary"):
        sections = "".join(_behind_html(one) for one in behind.behind(figures, view))
        st.html(f'<div class="adass-definition adass-table">{sections}</div>')


def _ranking_definition(view: View) -> None:
    with st.popover("Définition", type="tertiary"):
        rows = "".join(f"<dt>{escape(t)}</dt><dd>{escape(text)}</dd>" for t, text in grids.ranking_definitions())
        found = _printed_html(behind.of_structures(view))
        st.html(f'<div class="adass-definition adass-table"><section><dl>{rows}</dl>{found}</section></div>')


def _behind_html(one: Behind) -> str:
    items = "".join(f"<dt>{escape(term)}</dt><dd>{escape(text)}</dd>" for term, text in one.facts)
    parts = _plain_table(("", "Valeur", "Numérateur", "Dénominateur"), one.rows) if one.rows else ""
    query = f"<pre>{escape_html(one.query)}</pre>" if one.query else f"<p>{escape(MADE_OF_OTHERS)}</p>"
    return (
        f'<section><p class="name">{escape(one.label)}</p><p>{escape(one.definition)}</p><dl>{items}</dl>{parts}'
        f"{_printed_html(one.printed)}<details><summary>SQL</summary>{query}</details></section>"
    )


def _printed_html(found: tuple[Printed, ...]) -> str:
    """What publications print of the figures, beside what is computed here."""
    if not found:
        return ""
    rows = "".join(
        f'<tr><td class="words">{escape(p.name)}{_small(p.where)}{_small(p.reason)}</td><td>{escape(p.published)}</td>'
        f"<td>{escape(p.computed)}</td><td{APART if p.apart else ''}>{escape(p.gap)}</td></tr>"
        for p in found
    )
    return f"<table>{_titles(('Chiffre publié', 'Publié', 'Calculé', 'Écart'))}<tbody>{rows}</tbody></table>"


def _small(text: str) -> str:
    return f"<small>{escape(text)}</small>" if text else ""


def _titles(titles: Sequence[str], words: int = 1) -> str:
    """The head of a table whose first `words` columns are words; a column without a title has no heading."""
    cells = (
        f'<th scope="col"{WORDS if i < words else ""}>{escape(title)}</th>' if title else "<td></td>"
        for i, title in enumerate(titles)
    )
    return f"<thead><tr>{''.join(cells)}</tr></thead>"


def _plain_table(titles: Sequence[str], rows: Sequence[Sequence[str]], words: int = 1) -> str:
    """A table in HTML, its first `words` columns being words."""
    lines = (
        "".join(f"<td{WORDS if i < words else ''}>{escape(cell)}</td>" for i, cell in enumerate(row)) for row in rows
    )
    return f"<table>{_titles(titles, words)}<tbody>{''.join(f'<tr>{line}</tr>' for line in lines)}</tbody></table>"


def _table(table: Grid) -> None:
    st.html(f'<div class="adass-table">{_plain_table(table.columns, table.texts, table.numeric_from)}</div>')


def _file(slide: Slide, filled: Filled, view: View) -> str:
    """The name of a file with the data or the picture of a chart, without its suffix."""
    scope = view.subject.scope
    return f"adass_{slide.path}_{_slug(filled.chart.title)}_{scope.annee}_{scope.territoire}_{scope.public}"


def _images(slide: Slide, filled: Filled, name: str, view: View) -> None:
    """The buttons for the picture of a chart, and what `images.js` writes around it."""
    told = {
        "chart": _chart_key(name),
        "file": _file(slide, filled, view),
        "title": filled.chart.title,
        "subtitle": words.subtitle(slide, view),
        "source": words.credit(slide, view),
    }
    if isinstance(filled.chart, Bars) and filled.comparator:
        told |= {"subject": filled.subject, "comparator": filled.comparator, "colour": filled.chart.colour}
    data = " ".join(f'data-{term}="{escape(text)}"' for term, text in told.items())
    buttons = "".join(
        f'<button type="button" data-image="{kind}" aria-label="Image {kind.upper()}{NBSP}: {escape(filled.chart.title)}">'
        f"{kind.upper()}</button>"
        for kind in ("png", "svg")
    )
    st.html(f'<div class="adass-images" {data}>{buttons}</div>', width="content")


def _download(slide: Slide, filled: Filled, table: Grid, view: View) -> None:
    name = _file(slide, filled, view)
    st.download_button(
        "CSV", grids.csv(table), f"{name}.csv", "text/csv", on_click="ignore", type="tertiary", key=f"csv-{name}"
    )
    book = partial(workbook.of_chart, slide, filled, view)  # written when it is asked for
    st.download_button(
        "XLSX", book, f"{name}.xlsx", workbook.MIME, on_click="ignore", type="tertiary", key=f"xlsx-{name}"
    )
