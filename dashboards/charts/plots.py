"""Charts: filled blocks as Plotly figures (plain dicts: quick to build), in the colours of a palette."""

from textwrap import wrap
from typing import Any

from dashboards import formats
from dashboards.content.filled import Figure, Filled
from dashboards.formats import NBSP
from dashboards.slides.blocks import Bars, Ring, Trend
from dashboards.theme import TYPE, Palette

Spec = dict[str, Any]
DRAWN = (Bars, Ring, Trend)

LABEL_WIDTH = 30  # characters in a line of a label
SPREAD = 1.42  # of the axis, to the largest value: the rest is room for what is written after a bar
LINE, SINGLE, PAIR = 18, 34, 52  # pixels: a line of text, a bar, two bars


def wrapped(label: str, width: int = LABEL_WIDTH) -> list[str]:
    """The lines of a label: broken between words, never cut."""
    return wrap(label, width, break_long_words=False, break_on_hyphens=False) or [""]


def figure(filled: Filled, colours: Palette, narrow: bool = False) -> Spec:
    """The Plotly figure of a chart, for half a page if `narrow`. Raises TypeError for a block that is no chart."""
    if isinstance(filled.chart, Bars):
        return _bars(filled, colours, narrow)
    if isinstance(filled.chart, Ring):
        return _ring(filled, colours)
    if isinstance(filled.chart, Trend):
        return _trend(filled, colours)
    raise TypeError(f"{type(filled.chart).__name__} is not drawn as a chart")


def described(filled: Filled) -> str:
    """The chart in words, for those who do not see it."""
    parts = [
        f"{f.label} {f.text}" + (f", {filled.comparator} {f.reference_text}" if f.reference else "")
        for f in filled.drawn
    ]
    return f"{filled.chart.title}{NBSP}: {' ; '.join(parts)}."


# --- bars ---


def _bars(filled: Filled, colours: Palette, narrow: bool) -> Spec:
    rows = filled.drawn
    paired = any(f.reference is not None for f in rows)
    labels = [wrapped(f.label, 20 if narrow else LABEL_WIDTH) for f in rows]
    ticks = [_tick(f, lines, colours) for f, lines in zip(rows, labels, strict=True)]
    labels = [lines + [""] * (f.count is not None) for f, lines in zip(rows, labels, strict=True)]
    heights = [max(PAIR if paired else SINGLE, len(lines) * LINE + 10) for lines in labels]
    # rows stand at the middle of a band as high as their label needs
    places = [sum(heights[:i]) + h / 2 for i, h in enumerate(heights)]
    bar, shift = (16, 9) if paired else (20, 0)
    role = filled.chart.colour if isinstance(filled.chart, Bars) else "accent"
    traces = [_bar_trace(rows, [p - shift for p in places], bar, colours, role, reference=False)]
    if paired:
        traces.append(_bar_trace(rows, [p + shift for p in places], bar, colours, role, reference=True))
    top = filled.scale or max((v for f in rows for v in _drawn_values(f)), default=0) or 1
    layout = blank(colours, sum(heights) + 4)
    layout["xaxis"] = {"visible": False, "range": [0, top * SPREAD], "fixedrange": True}
    layout["yaxis"] = {
        "range": [sum(heights), 0],
        "tickvals": places,
        "ticktext": ticks,
        "automargin": False,
        "ticks": "",
        "ticklabelstandoff": 8,
        "showgrid": False,
        "zeroline": False,
        "fixedrange": True,
        "tickfont": {"size": TYPE.small, "color": colours.text},
    }
    layout["barmode"] = "overlay"
    layout["margin"]["l"] = _text_width(labels) + 12
    if paired:
        layout["margin"]["r"] = 92
        traces.append(_gaps(rows, places, top * SPREAD, colours))
    return {"data": traces, "layout": layout}


def _text_width(labels: list[list[str]]) -> int:
    """Room for the longest line, in pixels: the mean width of a letter is about half its height, more in capitals."""
    widths = [sum(0.66 if c.isupper() else 0.5 for c in line) for lines in labels for line in lines]
    return round(max(widths) * TYPE.small)


def _drawn_values(figure: Figure) -> list[float]:
    return [c.valeur for c in (figure.cell, figure.reference) if c is not None and c.valeur is not None]


def _bar_trace(
    rows: tuple[Figure, ...], places: list[float], width: int, colours: Palette, role: str, *, reference: bool
) -> Spec:
    cells = [f.reference if reference else f.cell for f in rows]
    texts = [f" {f.reference_text}" if reference else _value_text(f, colours) for f in rows]
    marker: Spec = {"color": colours.role(role), "line": {"width": 0}}
    if reference:
        pattern = {"shape": "/", "size": 5, "solidity": 0.35, "fgcolor": colours.comparator, "bgcolor": colours.ground}
        marker = {"color": colours.comparator, "line": {"width": 1, "color": colours.comparator}, "pattern": pattern}
    return {
        "type": "bar",
        "orientation": "h",
        "x": [c.valeur or 0 if c else 0 for c in cells],
        "y": places,
        "width": width,
        "marker": marker,
        "text": texts,
        "textposition": "outside",
        "constraintext": "none",
        "cliponaxis": False,
        "textangle": 0,
        "textfont": {"size": TYPE.small, "color": colours.muted if reference else colours.text},
        "hovertext": [_hover(f, reference) for f in rows],
        "hoverinfo": "text",
    }


def _value_text(figure: Figure, colours: Palette) -> str:
    if figure.cell.valeur is None:
        return f"{figure.text} <span style='color:{colours.muted}'>{figure.cell.reason}</span>"
    return f" <b>{figure.text}</b>"


def _tick(figure: Figure, lines: list[str], colours: Palette) -> str:
    """The label of a row, with how many cases it holds under it."""
    text = "<br>".join(lines)
    if figure.count is None:
        return text
    return f"{text}<br><span style='color:{colours.muted}'>{formats.nombre(figure.count.valeur)}</span>"


def _hover(figure: Figure, reference: bool) -> str:
    cell = figure.reference if reference and figure.reference else figure.cell
    head = f"{figure.label}{NBSP}: {figure.reference_text if reference else figure.text}"
    if cell.numerateur is not None and cell.denominateur is not None:
        return f"{head}<br>{formats.nombre(cell.numerateur)} / {formats.nombre(cell.denominateur)}"
    return head


def _gaps(rows: tuple[Figure, ...], places: list[float], right: float, colours: Palette) -> Spec:
    """The gaps, written in the right margin: a trace of texts is drawn ten times as fast as annotations."""
    return {
        "type": "scatter",
        "mode": "text",
        "x": [right] * len(rows),
        "y": places,
        "text": [f.gap for f in rows],
        "textposition": "middle right",
        "textfont": {"size": TYPE.small, "color": colours.text},
        "cliponaxis": False,
        "hoverinfo": "skip",
    }


# --- ring ---

RING_WIDTH = 0.44  # of the chart; the rest holds the names of the parts, in their order


def _ring(filled: Filled, colours: Palette) -> Spec:
    rows = [f for f in filled.drawn if f.cell.valeur]
    trace = {
        "type": "pie",
        "hole": 0.66,
        "sort": False,
        "direction": "clockwise",
        "domain": {"x": [0, RING_WIDTH], "y": [0, 1]},
        "labels": [f.label for f in rows],
        "values": [f.cell.valeur for f in rows],
        "textinfo": "none",
        "marker": {"colors": [colours.role(f.colour) for f in rows], "line": {"color": colours.ground, "width": 2}},
        "hovertext": [_hover(f, reference=False) for f in rows],
        "hoverinfo": "text",
    }
    step = 1 / len(filled.drawn)
    names = [
        {
            "text": _ring_label(f, filled, colours),
            "x": RING_WIDTH + 0.05,
            "xanchor": "left",
            "y": 1 - step * (i + 0.5),
            "yanchor": "middle",
            "showarrow": False,
            "align": "left",
            "font": {"size": TYPE.body, "color": colours.text},
        }
        for i, f in enumerate(filled.drawn)
    ]
    layout = blank(colours, 230)
    layout["margin"] = {"l": 0, "r": 0, "t": 8, "b": 8}
    middle = {"text": f"<b>{filled.total}</b>", "x": RING_WIDTH / 2, "xanchor": "center", "y": 0.5, "showarrow": False}
    layout["annotations"] = [*names, {**middle, "font": {"size": 20, "color": colours.text}}]
    return {"data": [trace], "layout": layout}


def _ring_label(figure: Figure, filled: Filled, colours: Palette) -> str:
    name = "<br>".join(wrapped(figure.label, 24))
    text = f"<span style='color:{colours.role(figure.colour)}'>■</span> {name}<br><b>{figure.text}</b>"
    if figure.reference is None:
        return text
    beside = f"{filled.comparator}{NBSP}: {figure.reference_text}"
    return f"{text}<br><span style='color:{colours.muted};font-size:{TYPE.small}px'>{figure.gap} ({beside})</span>"


# --- years ---


def _trend(filled: Filled, colours: Palette) -> Spec:
    rows = filled.drawn
    names = ["<br>".join(f.label.split(" ")) for f in rows]
    trace = {
        "type": "bar",
        "x": list(range(len(rows))),
        "y": [f.cell.valeur or 0 for f in rows],
        "width": 0.6,
        "marker": {"color": [colours.role(f.colour) for f in rows]},
        "cliponaxis": False,
        "text": [f"<b>{f.text}</b>" for f in rows],
        "textposition": "outside",
        "textangle": 0,
        "textfont": {"size": TYPE.small, "color": colours.text},
        "hovertext": [_hover(f, reference=False) for f in rows],
        "hoverinfo": "text",
    }
    layout = blank(colours, 230)
    layout["margin"] = {"l": 0, "r": 0, "t": 24, "b": 40}
    layout["xaxis"] = {
        "tickvals": list(range(len(rows))),
        "ticktext": names,
        "ticks": "",
        "showgrid": False,
        "fixedrange": True,
        "zeroline": False,
        "tickangle": 0,
        "tickfont": {"size": TYPE.small, "color": colours.text},
        "range": [-0.7, max(len(rows), 3) - 0.3],
        "linecolor": colours.rule,
        "showline": True,
    }
    layout["yaxis"] = {"visible": False, "rangemode": "tozero", "fixedrange": True}
    return {"data": [trace], "layout": layout}


def blank(colours: Palette, height: int) -> Spec:
    """A chart without anything in it yet, as high as that."""
    return {
        "height": height,
        "margin": {"l": 0, "r": 8, "t": 0, "b": 0},
        "showlegend": False,
        "separators": ",\u202f",
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "dragmode": False,
        "bargap": 0,
        "font": {"family": TYPE.family, "size": TYPE.small, "color": colours.text},
        "hoverlabel": {"bgcolor": colours.panel, "bordercolor": colours.rule, "font": {"color": colours.text}},
    }
