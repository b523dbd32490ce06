"""Series over the years as one Plotly figure in a plain dict: small multiples, a panel for each."""

from collections.abc import Sequence

from dashboards import formats
from dashboards.charts import Spec, blank
from dashboards.content import written
from dashboards.formats import NBSP
from dashboards.series import Point, Series
from dashboards.theme import TYPE, Palette
from schemas.catalogue import BY_ID, NOMBRE, PART

ALONE, PANEL, HEAD = 330, 150, 46  # pixels: the height of a single panel, of one among others, of the title of one
LABELLED = 6  # points at most that each have their value written
LEAST = {PART: 0.06}  # the span of an axis at least, so that a hair does not look like a leap
SPAN = 0.2  # of the largest value, for the other units


def figure(every: Sequence[Series], colours: Palette, comparator: str, breaks: Sequence[int] = ()) -> Spec:
    """The panels, two or three in a row. `breaks`: years from which another rule holds."""
    columns = min(len(every), 2 if len(every[0].points) > LABELLED else 3)
    rows = -(-len(every) // columns)
    panel = ALONE if len(every) == 1 else PANEL
    height = rows * (panel + HEAD + 30)
    drawn = blank(colours, height)
    drawn["annotations"], drawn["shapes"] = [], []
    drawn["margin"] = {"l": 4, "r": 4, "t": 0, "b": 0}
    data: list[Spec] = []
    for i, s in enumerate(every):
        row, column = divmod(i, columns)
        room = 0.07 if columns > 1 else 0.0
        width = (1 - room * (columns - 1)) / columns
        left, top = column * (width + room), 1 - row / rows
        box = (left, left + width, top - (panel + HEAD) / height, top - HEAD / height)
        _panel(drawn, data, s, box, colours, i + 1, comparator, breaks)
    return {"data": data, "layout": drawn}


def _panel(
    drawn: Spec, data: list[Spec], s: Series, box: tuple[float, float, float, float], colours: Palette,
    number: int, comparator: str, breaks: Sequence[int],
) -> None:  # fmt: skip
    left, right, bottom, top = box
    x, y = f"x{number}", f"y{number}"
    years, alone = [p.annee for p in s.points], not s.label
    low, high = span(s)
    drawn[f"xaxis{number}"] = {
        "domain": [left, right],
        "anchor": y,
        "range": [min(years) - 0.45, max(years) + (0.45 if alone else 0.8)], "tickvals": years,
        "ticktext": [str(p.annee) if p.complete else f"{p.annee}*" for p in s.points], "showgrid": False,
        "zeroline": False, "showline": True, "linecolor": colours.rule, "fixedrange": True,
        "tickfont": {"size": TYPE.small, "color": colours.muted},
    }  # fmt: skip
    drawn[f"yaxis{number}"] = {
        "domain": [bottom, top], "anchor": x, "range": [low, high], "visible": False, "fixedrange": True,
    }  # fmt: skip
    axes = {"xaxis": x, "yaxis": y}
    traces = [
        *_beside(s, colours),
        _line([p for p in s.points if p.cell.valeur is not None], colours.comparator, "dot", 1.2),
        _line(_gapped(s), colours.accent, "solid", 2.5),
        _marks(s, colours),
    ]
    data.extend({**t, **axes} for t in traces)
    if s.label:
        drawn["annotations"].append(_title(s.label, left, top + (HEAD - 26) / drawn["height"], colours))
    drawn["annotations"].extend({**note, "xref": x, "yref": y} for note in _labels(s, colours, comparator, low))
    for annee in breaks:
        line = {"color": colours.text, "width": 1, "dash": "dot"}
        at = annee - 0.5
        drawn["shapes"].append(
            {"type": "line", "xref": x, "yref": y, "x0": at, "x1": at, "y0": low, "y1": high, "line": line}
        )


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


def _gapped(s: Series) -> list[Point]:
    """The whole years; one without a value breaks the line."""
    return [p for p in s.points if p.complete]


def _line(points: Sequence[Point], colour: str, dash: str, width: float) -> Spec:
    return {
        "type": "scatter", "mode": "lines", "x": [p.annee for p in points], "y": [p.cell.valeur for p in points],
        "line": {"color": colour, "width": width, "dash": dash}, "hoverinfo": "skip", "connectgaps": False,
    }  # fmt: skip


def _marks(s: Series, colours: Palette) -> Spec:
    """Full points for whole years, hollow and grey ones for the others."""
    points = [p for p in s.points if p.cell.valeur is not None]
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


def _labels(s: Series, colours: Palette, comparator: str, low: float) -> list[Spec]:
    """The values at their points, « n. c. » where there is none, and the name of the grey line at its end."""
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
    return [*notes, *_beside_label(s, colours, comparator)]


def _beside_label(s: Series, colours: Palette, comparator: str) -> list[Spec]:
    """The last value of the grey line; with its name in a panel that has no title, where there is room for it."""
    last = next((p for p in reversed(s.points) if p.complete and p.beside and p.beside.valeur is not None), None)
    if last is None or last.beside is None:
        return []
    value = last.beside.valeur or 0.0
    text = written(s.indicator, value)
    if s.label:
        return [{**_note(text, last.annee, value, colours.muted, 0), "xanchor": "left", "xshift": 9}]
    note = _note(f"{comparator} {text}", last.annee, value, colours.muted, 15 if _under(last) else -15)
    return [{**note, "xanchor": "right", "xshift": 22}]


def _under(p: Point) -> bool:
    """Whether the value is written under its point: where the comparator stands above."""
    return p.beside is not None and (p.beside.valeur or 0.0) > (p.cell.valeur or 0.0)


def _note(text: str, x: float, y: float, colour: str, shift: int) -> Spec:
    font = {"size": TYPE.small, "color": colour}
    return {"text": text, "x": x, "y": y, "yshift": shift, "showarrow": False, "font": font}


def _title(text: str, x: float, y: float, colours: Palette) -> Spec:
    font = {"size": TYPE.small, "color": colours.text}
    return {
        "text": f"<b>{text}</b>", "x": x, "y": y, "xref": "paper", "yref": "paper", "xanchor": "left",
        "yanchor": "bottom", "showarrow": False, "font": font, "align": "left",
    }  # fmt: skip
