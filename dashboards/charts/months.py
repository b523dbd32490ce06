"""Counts month by month, a year over the one before, as one Plotly figure in a plain dict."""

from collections.abc import Mapping

from dashboards import formats
from dashboards.charts.plots import Spec, blank
from dashboards.formats import NBSP
from dashboards.theme import TYPE, Palette

HEIGHT = 250
NAMES = ("janv.", "févr.", "mars", "avril", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc.")
TICKS = (1, 4, 7, 10)


def figure(now: Mapping[int, int], before: Mapping[int, int], annee: int, colours: Palette) -> Spec:
    """The months of a year as a line with its points, dashed those of the year before; values by number of the month."""
    drawn = blank(colours, HEIGHT)
    top = max([*now.values(), *before.values(), 1]) * 1.15
    drawn["margin"] = {"l": 18, "r": 84, "t": 8, "b": 26}
    drawn["xaxis"] = {
        "range": [0.6, 12.4], "tickvals": TICKS, "ticktext": [NAMES[t - 1] for t in TICKS], "showgrid": False, "zeroline": False,
        "showline": True, "linecolor": colours.rule, "fixedrange": True, "tickangle": 0,
        "tickfont": {"size": TYPE.small, "color": colours.muted},
    }  # fmt: skip
    drawn["yaxis"] = {"range": [0, top], "visible": False, "fixedrange": True}
    lines = [
        (before, annee - 1, colours.comparator, "dash", "lines"),
        (now, annee, colours.accent, "solid", "lines+markers"),
    ]
    drawn["annotations"] = _labels(now, before, annee, top, colours)
    return {"data": [_line(*line) for line in lines if line[0]], "layout": drawn}


def _line(values: Mapping[int, int], annee: int, colour: str, dash: str, mode: str) -> Spec:
    months = sorted(values)
    return {
        "type": "scatter", "mode": mode, "x": months, "y": [values[m] for m in months],
        "line": {"color": colour, "width": 2, "dash": dash}, "marker": {"size": 7, "color": colour},
        "hovertext": [f"{NAMES[m - 1]} {annee}{NBSP}: {formats.nombre(values[m])}" for m in months], "hoverinfo": "text",
    }  # fmt: skip


def _labels(now: Mapping[int, int], before: Mapping[int, int], annee: int, top: float, colours: Palette) -> list[Spec]:
    """The year and last value of each line, apart where they would be written over each other."""
    ends = [
        (values[max(values)], max(values), year, colour)
        for values, year, colour in ((now, annee, colours.accent), (before, annee - 1, colours.muted))
        if values
    ]
    near = len(ends) == 2 and ends[0][1] == ends[1][1] and abs(ends[0][0] - ends[1][0]) < 0.12 * top
    shifts = [9, -9] if near and ends[0][0] >= ends[1][0] else [-9, 9] if near else [0, 0]
    return [
        {
            "x": month, "y": value, "text": f"{year}{NBSP}: {formats.nombre(value)}", "xanchor": "left", "xshift": 8,
            "yshift": shift, "showarrow": False, "font": {"size": TYPE.small, "color": colour},
        }
        for (value, month, year, colour), shift in zip(ends, shifts, strict=False)
    ]  # fmt: skip
