"""What becomes of a year's saisines, and how long closures took, as Plotly figures in plain dicts."""

from collections.abc import Mapping, Sequence

from dashboards import formats
from dashboards.analysis.durations import LAST, WIDTH, Curve
from dashboards.charts.plots import Spec, blank
from dashboards.theme import TYPE, Palette

WIDE, SMALL, BARS = 400, 210, 220  # pixels
END = 365  # days drawn
LABELLED = (30, 90, 180)
ROOM = 0.07  # of the height: below it a value is not written in its area


def incidence(after: Curve, before: Curve | None, colours: Palette, small: bool = False) -> Spec:
    """Success from below, the other outcomes from above, what is still under way between; the year before dashed."""
    drawn = blank(colours, SMALL if small else WIDE)
    drawn["margin"] = {"l": 4, "r": 14, "t": 6, "b": 34}
    ticks = [0, 90, 180, 365] if small else [0, 30, 90, 180, 270, 365]
    drawn["xaxis"] = {
        "range": [0, END], "tickvals": ticks, "ticktext": [str(t) for t in ticks[:-1]] + [f"{END} j"], "tickangle": 0, "showgrid": False,
        "zeroline": False, "fixedrange": True, "tickfont": {"size": TYPE.small, "color": colours.muted},
    }  # fmt: skip
    shares = [0, 0.5, 1] if small else [0, 0.25, 0.5, 0.75, 1]
    drawn["yaxis"] = {
        "range": [0, 1.02], "tickvals": shares, "ticktext": [formats.percent(s) for s in shares], "automargin": True, "zeroline": False,
        "gridcolor": colours.rule, "fixedrange": True, "tickfont": {"size": TYPE.small, "color": colours.muted},
    }  # fmt: skip
    data = _areas(after, colours)
    if before is not None:
        data += [_dashed(before, values, colours) for values in (before.success, _from_above(before))]
    at = [day for day in ([90] if small else LABELLED) if day < after.days[-1]]
    data += [_horizon(day, colours) for day in at]
    drawn["annotations"] = [note for day in at for note in _values(after, day, colours)]
    return {"data": data, "layout": drawn}


def _areas(curve: Curve, colours: Palette) -> list[Spec]:
    line: Spec = {"type": "scatter", "mode": "lines", "x": list(curve.days), "line": {"width": 0}}
    hover = [
        f"{formats.jours(day)}<br>clos avec succès {formats.part(s)}<br>autres issues {formats.part(c - s)}<br>"
        f"encore en cours {formats.part(1 - c)}<br>encore suivis {formats.nombre(n)}"
        for day, s, c, n in zip(curve.days, curve.success, curve.closed, curve.at_risk, strict=True)
    ]
    told = {"hoverinfo": "text", "hovertext": hover}
    return [
        {**line, "y": list(curve.success), "fill": "tozeroy", "fillcolor": colours.accent, **told},
        {**line, "y": [1.0] * len(curve.days), "hoverinfo": "skip"},
        {**line, "y": _from_above(curve), "fill": "tonexty", "fillcolor": colours.comparator, **told},
    ]


def _from_above(curve: Curve) -> list[float]:
    """What is left under the other outcomes, which hang from the top."""
    return [1 - (c - s) for s, c in zip(curve.success, curve.closed, strict=True)]


def _dashed(curve: Curve, values: Sequence[float], colours: Palette) -> Spec:
    return {
        "type": "scatter", "mode": "lines", "x": list(curve.days), "y": list(values), "hoverinfo": "skip",
        "line": {"color": colours.text, "width": 1.4, "dash": "dash"},
    }  # fmt: skip


def _horizon(day: int, colours: Palette) -> Spec:
    return {
        "type": "scatter", "mode": "lines", "x": [day, day], "y": [0, 1], "hoverinfo": "skip",
        "line": {"color": colours.ground, "width": 1},
    }  # fmt: skip


def _values(curve: Curve, day: int, colours: Palette) -> list[Spec]:
    """The three shares of a day, each in its area where there is room for it."""
    k = curve.at(day)
    if k is None:
        return []
    success, other = curve.success[k], curve.closed[k] - curve.success[k]
    parts = (
        (success, success - 0.045, colours.on(colours.accent)),
        (1 - success - other, success + (1 - success - other) / 2, colours.text),
        (other, 1 - 0.045, colours.on(colours.comparator)),
    )
    return [
        {
            "x": day, "y": place, "xanchor": "left", "xshift": 4, "showarrow": False, "text": f"<b>{formats.percent(part)}</b>",
            "font": {"size": TYPE.small, "color": colour},
        }
        for part, place, colour in parts if part >= ROOM
    ]  # fmt: skip


def distribution(now: Mapping[int, int], before: Mapping[int, int], median: float | None, colours: Palette) -> Spec:
    """The share of closures by class of days, the year before as a dashed line, the median as a line."""
    drawn = blank(colours, BARS)
    drawn["margin"] = {"l": 4, "r": 14, "t": 22, "b": 34}
    starts = list(range(0, LAST + WIDTH, WIDTH))
    shares, others = _shares(now, starts), _shares(before, starts)
    ticks = list(range(0, LAST + 1, 90))
    drawn["xaxis"] = {
        "range": [-2, LAST + WIDTH + 2], "tickvals": ticks, "ticktext": [*map(str, ticks[:-1]), f"{LAST} j et +"], "tickangle": 0,
        "showgrid": False, "zeroline": False, "fixedrange": True, "tickfont": {"size": TYPE.small, "color": colours.muted},
    }  # fmt: skip
    top = max([*shares, *others, 0.01]) * 1.1
    drawn["yaxis"] = {
        "range": [0, top], "nticks": 4, "tickformat": ".0%", "automargin": True, "zeroline": False, "gridcolor": colours.rule,
        "fixedrange": True, "tickfont": {"size": TYPE.small, "color": colours.muted},
    }  # fmt: skip
    bars = {
        "type": "bar", "x": [s + WIDTH / 2 for s in starts], "y": shares, "width": WIDTH - 1.5, "hoverinfo": "text",
        "marker": {"color": colours.accent, "line": {"width": 0}},
        "hovertext": [
            f"{_class(s)}<br>{formats.part(v)}, {formats.nombre(now.get(s, 0))} clôtures"
            for s, v in zip(starts, shares, strict=True)
        ],
    }  # fmt: skip
    data: list[Spec] = [bars]
    if before:
        edges = [*starts, LAST + WIDTH]
        data.append(
            {"type": "scatter", "mode": "lines", "x": edges, "y": [*others, others[-1]], "hoverinfo": "skip",
             "line": {"color": colours.text, "width": 1.2, "dash": "dash", "shape": "hv"}}
        )  # fmt: skip
    if median is not None:
        at = min(median, LAST + WIDTH)
        data.append(
            {"type": "scatter", "mode": "lines", "x": [at, at], "y": [0, top], "hoverinfo": "skip",
             "line": {"color": colours.text, "width": 1.2}}
        )  # fmt: skip
        right = at > LAST * 0.6
        drawn["annotations"] = [
            {"x": at, "y": 1, "yref": "paper", "yanchor": "bottom", "xanchor": "right" if right else "left", "showarrow": False,
             "text": f"<b>médiane {formats.jours(median)}</b>", "font": {"size": TYPE.small, "color": colours.text}}
        ]  # fmt: skip
    return {"data": data, "layout": drawn}


def _shares(counts: Mapping[int, int], starts: Sequence[int]) -> list[float]:
    total = sum(counts.values())
    return [counts.get(s, 0) / total if total else 0.0 for s in starts]


def _class(start: int) -> str:
    return f"{LAST} jours et plus" if start >= LAST else f"{start} à {start + WIDTH - 1} jours"
