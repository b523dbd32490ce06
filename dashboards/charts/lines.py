"""Series over the years as one Plotly figure in a plain dict: small multiples, a panel for each."""

from collections.abc import Sequence

from dashboards import formats
from dashboards.charts.plots import Spec, blank, wrapped
from dashboards.content.filled import written
from dashboards.figures.series import Point, Series
from dashboards.formats import NBSP
from dashboards.theme import TYPE, Palette
from schemas.indicators.catalogue import BY_ID, NOMBRE, PART

ALONE, PANEL = 320, 150  # pixels: the height of a single panel, of one among others
HEAD, FOOT, TITLE = 58, 34, 14  # pixels: above a panel, below it, from it to its title
GUTTER = 0.06  # between two panels, of the whole width
LABELLED = 6  # points at most that each have their value written
LEAST = {PART: 0.06}  # the span of an axis at least, so that a hair does not look like a leap
SPAN = 0.2  # of the largest value, for the other units


def figure(every: Sequence[Series], colours: Palette, comparator: str, breaks: Sequence[int] = ()) -> Spec:
    """The panels, two in a row. `breaks`: years from which another rule holds."""
    alone = len(every) == 1
    columns, rows = min(len(every), 2), -(-len(every) // 2)
    height = rows * (HEAD + (ALONE if alone else PANEL) + FOOT)
    drawn = blank(colours, height)
    drawn["annotations"], drawn["shapes"] = [], []
    named = alone and any(p.beside for p in every[0].points)
    drawn["margin"] = {"l": 4, "r": 130 if named else 4, "t": 0, "b": 0}
    width = (1 - GUTTER * (columns - 1)) / columns
    data: list[Spec] = []
    for i, s in enumerate(every):
        row, column = divmod(i, columns)
        left, top = column * (width + GUTTER), 1 - row / rows
        axes = {"xaxis": f"x{i + 1}", "yaxis": f"y{i + 1}"}
        sides = [left, left + width], [top - 1 / rows + FOOT / height, top - HEAD / height]
        drawn[f"xaxis{i + 1}"], drawn[f"yaxis{i + 1}"] = _axes(s, sides, axes, colours, alone)
        data.extend({**trace, **axes} for trace in _traces(s, colours))
        notes = [*_labels(s, colours), *_beside_label(s, colours, comparator)]
        drawn["annotations"].extend({**note, "xref": axes["xaxis"], "yref": axes["yaxis"]} for note in notes)
        drawn["annotations"].extend(_titles(s.label, left, sides[1][1] + TITLE / height, colours))
        drawn["shapes"].extend(_break(annee, axes, colours) for annee in breaks)
    return {"data": data, "layout": drawn}


def _axes(
    s: Series, sides: tuple[list[float], list[float]], axes: dict[str, str], colours: Palette, alone: bool
) -> tuple[Spec, Spec]:
    years = [p.annee for p in s.points]
    across = {
        "domain": sides[0],
        "anchor": axes["yaxis"],
        "range": [min(years) - 0.45, max(years) + (0.45 if alone else 0.8)],
        "tickvals": years,
        "ticktext": [str(p.annee) if p.complete else f"{p.annee}*" for p in s.points],
        "tickangle": 0,
        "showgrid": False,
        "zeroline": False,
        "showline": True,
        "linecolor": colours.rule,
        "fixedrange": True,
        "tickfont": {"size": TYPE.small, "color": colours.muted},
    }
    up = {"domain": sides[1], "anchor": axes["xaxis"], "range": span(s), "visible": False, "fixedrange": True}
    return across, up


def _traces(s: Series, colours: Palette) -> list[Spec]:
    known = [p for p in s.points if p.cell.valeur is not None]
    whole = [p for p in s.points if p.complete]  # one without a value breaks the line
    return [
        *_beside(s, colours),
        _line(known, colours.comparator, "dot", 1.2),
        _line(whole, colours.accent, "solid", 2.5),
        _marks(s, known, colours),
    ]


def _titles(label: str, x: float, y: float, colours: Palette) -> list[Spec]:
    if not label:
        return []
    text = f"<b>{'<br>'.join(wrapped(label))}</b>"
    font = {"size": TYPE.small, "color": colours.text}
    place = {"x": x, "y": y, "xref": "paper", "yref": "paper", "xanchor": "left", "yanchor": "bottom"}
    return [{"text": text, **place, "showarrow": False, "font": font, "align": "left"}]


def _break(annee: int, axes: dict[str, str], colours: Palette) -> Spec:
    """The line before the first year under another rule."""
    at = annee - 0.5
    line = {"color": colours.text, "width": 1, "dash": "dot"}
    place = {"xref": axes["xaxis"], "yref": f"{axes['yaxis']} domain", "x0": at, "x1": at, "y0": 0, "y1": 1}
    return {"type": "line", **place, "line": line}


def span(s: Series) -> tuple[float, float]:
    """The values to draw a series between: from zero for a count, else around those there are."""
    values = [
        c.valeur for p in s.points for c in (p.cell, p.beside) if c is not None and c.valeur is not None
    ] or [0.0]  # fmt: skip
    low, high = min(values), max(values)
    if BY_ID[s.indicator].unit == NOMBRE:
        return 0.0, (high or 1.0) * 1.25
    least = max(LEAST.get(BY_ID[s.indicator].unit, abs(high) * SPAN), high - low) or 1.0
    middle = (low + high) / 2
    return middle - least * 0.65, middle + least * 0.75


def _line(points: Sequence[Point], colour: str, dash: str, width: float) -> Spec:
    return {
        "type": "scatter", "mode": "lines", "x": [p.annee for p in points], "y": [p.cell.valeur for p in points],
        "line": {"color": colour, "width": width, "dash": dash}, "hoverinfo": "skip", "connectgaps": False,
    }  # fmt: skip


def _marks(s: Series, points: Sequence[Point], colours: Palette) -> Spec:
    """Full points for whole years, hollow and grey ones for the others."""
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [p.annee for p in points],
        "y": [p.cell.valeur for p in points],
        "marker": {
            "size": 9,
            "color": [colours.accent if p.complete else colours.ground for p in points],
            "line": {"width": 1.5, "color": [colours.accent if p.complete else colours.comparator for p in points]},
        },
        "hovertext": [_hover(s, p) for p in points],
        "hoverinfo": "text",
        "cliponaxis": False,
    }


def _hover(s: Series, p: Point) -> str:
    year = str(p.annee) if p.complete else f"{p.annee} (incomplète)"
    head = f"{s.label or BY_ID[s.indicator].label}<br>{year}{NBSP}: {written(s.indicator, p.cell.valeur)}"
    if p.cell.numerateur is not None and p.cell.denominateur is not None:
        return f"{head}<br>{formats.nombre(p.cell.numerateur)} / {formats.nombre(p.cell.denominateur)}"
    return head


def _beside(s: Series, colours: Palette) -> list[Spec]:
    """The grey line of the comparator, over whole years."""
    points = [p for p in s.points if p.complete and p.beside is not None]
    if not points:
        return []
    return [
        {
            "type": "scatter", "mode": "lines", "x": [p.annee for p in points],
            "y": [p.beside.valeur if p.beside else None for p in points],
            "line": {"color": colours.comparator, "width": 2.5}, "hoverinfo": "skip",
        }
    ]  # fmt: skip


def _labels(s: Series, colours: Palette) -> list[Spec]:
    """The values at their points, « n. c. » where there is none."""
    low, _ = span(s)
    known = [p for p in s.points if p.cell.valeur is not None]
    told = known if len(known) <= LABELLED else [known[0], *known[-2:]]
    notes = [
        _note(
            f"<b>{written(s.indicator, p.cell.valeur)}</b>" if p.complete else written(s.indicator, p.cell.valeur),
            p.annee, p.cell.valeur or 0.0, colours.text if p.complete else colours.muted, -15 if _under(p) else 15,
        )
        for p in told
    ]  # fmt: skip
    notes += [_note(formats.NC, p.annee, low, colours.muted, 12) for p in s.points if p.cell.valeur is None]
    return notes


def _beside_label(s: Series, colours: Palette, comparator: str) -> list[Spec]:
    """The last value of the grey line; with its name in a panel that has no title, where there is room for it."""
    last = next((p for p in reversed(s.points) if p.complete and p.beside and p.beside.valeur is not None), None)
    if last is None or last.beside is None:
        return []
    value = last.beside.valeur or 0.0
    lines = [*([] if s.label else wrapped(comparator, 16)), written(s.indicator, value)]
    note = _note("<br>".join(lines), last.annee, value, colours.muted, 0)
    return [{**note, "xanchor": "left", "xshift": 9, "align": "left"}]


def _under(p: Point) -> bool:
    """Whether the value is written under its point: where the comparator stands above."""
    return p.beside is not None and (p.beside.valeur or 0.0) > (p.cell.valeur or 0.0)


def _note(text: str, x: float, y: float, colour: str, shift: int) -> Spec:
    font = {"size": TYPE.small, "color": colour}
    return {"text": text, "x": x, "y": y, "yshift": shift, "showarrow": False, "font": font}
