"""Months as Plotly figures in plain dicts: flows, what is under way by age, control charts, delays."""

from collections.abc import Callable, Sequence

from dashboards import formats
from dashboards.charts.plots import Spec, blank
from dashboards.content import steering as words
from dashboards.figures import steering
from dashboards.formats import NBSP
from dashboards.published.steering import Charted, Month
from dashboards.theme import TYPE, Palette

HIGH, CHART = 284, 214  # pixels
TOP, FOOT = 22, 40  # pixels above and below what is drawn
LABEL = 92  # pixels: what is written after the last month
INITIALS = ["janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."]
AGES = ("plus de 180 jours", "91 à 180 jours", "90 jours ou moins")


def flows(months: Sequence[Month], colours: Palette) -> Spec:
    """Saisines and closures from zero; what lies between them wears the colour of what wins."""
    drawn = _months(months, colours, HIGH)
    saisines, clotures = [float(m.saisines) for m in months], [float(m.clotures) for m in months]
    x, low, high = _crossed(saisines, clotures)
    data = [
        *_between(x, low, [max(a, b) for a, b in zip(low, high, strict=True)], _veil(colours.accent)),
        *_between(x, low, [min(a, b) for a, b in zip(low, high, strict=True)], _veil(colours.warning)),
        _line(months, saisines, colours.comparator, "Saisines"),
        _line(months, clotures, colours.accent, "Clôtures"),
    ]
    top = max([*saisines, *clotures, 1.0]) * 1.12
    drawn["yaxis"] = _up([0, top], colours)
    ends = [("Saisines", saisines[-1], colours.muted), ("Clôtures", clotures[-1], colours.accent)]
    drawn["annotations"] += _after(ends, top, HIGH, formats.nombre)
    data.append(
        _last(
            len(months) - 1,
            [(v, c) for (_, v, _), c in zip(ends, (colours.comparator, colours.accent), strict=True)],
            colours,
        )
    )
    return {"data": data, "layout": drawn}


def stock(months: Sequence[Month], colours: Palette) -> Spec:
    """What is under way at the end of each month, the oldest at the base."""
    drawn = _months(months, colours, HIGH)
    drawn["barmode"], drawn["bargap"] = "stack", 0.25
    ages = [(m.stock_plus_180, m.stock_plus_90 - m.stock_plus_180, m.stock - m.stock_plus_90) for m in months]
    shades = age_colours(colours)
    data = [
        {
            "type": "bar", "x": list(range(len(months))), "y": [a[k] for a in ages],
            "marker": {"color": shades[k], "line": {"width": 0}}, "hoverinfo": "text",
            "hovertext": [f"{words.month(m)}<br>{AGES[k]}{NBSP}: {formats.nombre(a[k])} sur {formats.nombre(m.stock)}"
                          for m, a in zip(months, ages, strict=True)],
        }
        for k in range(3)
    ]  # fmt: skip
    top = max([m.stock for m in months] + [1]) * 1.12
    drawn["yaxis"] = _up([0, top], colours)
    drawn["annotations"] += _after([("En cours", float(months[-1].stock), colours.text)], top, HIGH, formats.nombre)
    return {"data": data, "layout": drawn}


def age_colours(colours: Palette) -> tuple[str, str, str]:
    """Of the three ages, the oldest first."""
    shades = colours.shades(5)
    return shades[4], shades[3], shades[1]


def control(points: Sequence[Charted], colours: Palette, last: tuple[int, int]) -> Spec:
    """A control chart: the band of what is ordinary, the mean, and a mark for each month by what the rules say of it."""
    drawn = _months(points, colours, CHART)
    one, n = points[-1], len(points)
    across, values = list(range(n)), [p.valeur for p in points]
    low, high = min([*values, one.bas]), max([*values, one.haut])
    room = (high - low) * 0.12 or 1.0
    drawn["yaxis"] = {"range": [low - room, high + room], "visible": False, "fixedrange": True}
    band = {"type": "rect", "xref": "x", "yref": "y", "layer": "below", "line": {"width": 0}}
    drawn["shapes"] += [
        {**band, "x0": -0.5, "x1": n - 0.5, "y0": one.bas, "y1": one.haut, "fillcolor": _veil(colours.comparator)},
        {"type": "line", "x0": -0.5, "x1": n - 0.5, "y0": one.moyenne, "y1": one.moyenne, "layer": "below",
         "line": {"color": colours.comparator, "width": 1.2}},
    ]  # fmt: skip
    state = [_state(p, colours) for p in points]
    marks = {
        "type": "scatter", "mode": "lines+markers", "x": across, "y": values, "cliponaxis": False,
        "line": {"color": colours.comparator, "width": 1.2},
        "marker": {
            "size": [s[1] for s in state], "symbol": [s[2] + ("-open" if (p.annee, p.mois) == last else "")
                                                      for p, s in zip(points, state, strict=True)],
            "color": [s[0] for s in state], "line": {"width": [2 if (p.annee, p.mois) == last else 0 for p in points]},
        },
        "hovertext": [f"{words.month(p)}{NBSP}: {words.value(p.mesure, p.valeur)}" for p in points], "hoverinfo": "text",
    }  # fmt: skip
    ends = [
        ("moyenne", one.moyenne, colours.muted),
        ("", values[-1], state[-1][0] if state[-1][1] > 7 else colours.text),
    ]
    drawn["annotations"] += _after(ends, high + room, CHART, lambda v: words.value(one.mesure, v), bottom=low - room)
    return {"data": [marks], "layout": drawn}


def _state(point: Charted, colours: Palette) -> tuple[str, int, str]:
    """Colour, size and symbol of a month: coloured where a rule is met and the gap matters, only then."""
    found = steering.verdict(point)
    if not found.signal:
        return colours.comparator, 6, "circle"
    return colours.warning if found.unfavourable else colours.accent, 9, "diamond"


def delays(months: Sequence[Month], colours: Palette) -> Spec:
    """The share of the openings of each month within 2, 15 and 30 days of the saisine, from 0 to 100 %."""
    drawn = _months(months, colours, HIGH)
    lines = (("2 jours", "ouvertures_2", colours.third), ("15 jours", "ouvertures_15", colours.accent),
             ("30 jours", "ouvertures_30", colours.comparator))  # fmt: skip
    shares = {k: [getattr(m, k) / m.ouvertures if m.ouvertures else None for m in months] for _, k, _ in lines}
    data = [_line(months, shares[k], colour, f"en {name} ou moins", formats.part) for name, k, colour in lines]
    drawn["yaxis"] = {
        **_up([0, 1.05], colours),
        "tickvals": [0, 0.5, 1],
        "ticktext": [formats.percent(v) for v in (0, 0.5, 1)],
    }
    ends = [
        (name, known[-1], colour)
        for name, k, colour in reversed(lines)
        if (known := [v for v in shares[k] if v is not None])
    ]
    drawn["annotations"] += _after(ends, 1.05, HIGH, formats.part)
    return {"data": data, "layout": drawn}


# --- what they share ---


def _months(months: Sequence[Month | Charted], colours: Palette, height: int) -> Spec:
    """A chart without anything in it, months across: a line at each January, the year below, the last month named."""
    drawn, n = blank(colours, height), len(months)
    drawn["margin"] = {"l": 4, "r": LABEL, "t": TOP, "b": FOOT}
    firsts = [k for k, m in enumerate(months) if m.mois == 1]
    shown = [k for k, m in enumerate(months) if m.mois in {1, 7}] if n > 8 else list(range(n))
    shown = [k for k in shown if k == n - 1 or n - 1 - k > n / 9]
    ticks = sorted({*shown, n - 1})
    drawn["xaxis"] = {
        "range": [-0.6, n - 0.4], "tickvals": ticks, "ticktext": [_tick(months[k], k == ticks[0]) for k in ticks], "tickangle": 0,
        "showgrid": False, "zeroline": False, "showline": True, "linecolor": colours.rule, "fixedrange": True,
        "tickfont": {"size": TYPE.small, "color": colours.muted},
    }  # fmt: skip
    edge = {
        "type": "line",
        "yref": "paper",
        "y0": 0,
        "y1": 1,
        "layer": "below",
        "line": {"color": colours.rule, "width": 1},
    }
    drawn["shapes"] = [{**edge, "x0": k - 0.5, "x1": k - 0.5} for k in firsts]
    drawn["annotations"] = _partial(months[-1], colours)
    return drawn


def _partial(last: Month | Charted, colours: Palette) -> list[Spec]:
    """What is said above a year that is not over."""
    if last.mois == len(INITIALS):
        return []
    place = {
        "xref": "paper",
        "yref": "paper",
        "x": 1,
        "y": 1,
        "xanchor": "right",
        "yanchor": "bottom",
        "showarrow": False,
    }
    return [{**place, "text": f"{last.annee} en cours", "font": {"size": TYPE.small, "color": colours.muted}}]


def _tick(month: Month | Charted, first: bool) -> str:
    name = INITIALS[month.mois - 1]
    return f"{name}<br>{month.annee}" if month.mois == 1 or first else f"{name}<br> "


def _up(ends: list[float], colours: Palette) -> Spec:
    return {
        "range": ends, "nticks": 5, "fixedrange": True, "zeroline": False, "gridcolor": colours.rule, "automargin": True,
        "tickformat": ",.0f", "tickfont": {"size": TYPE.small, "color": colours.muted},
    }  # fmt: skip


def _line(
    months: Sequence[Month], values: Sequence[float | None], colour: str, name: str,
    written: Callable[[float], str] = formats.nombre,
) -> Spec:  # fmt: skip
    return {
        "type": "scatter", "mode": "lines", "x": list(range(len(months))), "y": list(values), "connectgaps": False,
        "line": {"color": colour, "width": 2.2}, "hoverinfo": "text",
        "hovertext": ["" if v is None else f"{words.month(m)}<br>{name}{NBSP}: {written(v)}"
                      for m, v in zip(months, values, strict=True)],
    }  # fmt: skip


def _last(at: int, values: Sequence[tuple[float, str]], colours: Palette) -> Spec:
    """Hollow marks: the last month is the youngest, what is entered late may still move it."""
    marker = {"size": 9, "color": colours.ground, "line": {"width": 2, "color": [c for _, c in values]}}
    return {
        "type": "scatter", "mode": "markers", "x": [at] * len(values), "y": [v for v, _ in values], "marker": marker,
        "hoverinfo": "skip", "cliponaxis": False,
    }  # fmt: skip


def _after(
    ends: Sequence[tuple[str, float, str]],
    top: float,
    height: int,
    written: Callable[[float], str],
    bottom: float = 0.0,
) -> list[Spec]:
    """Names and values beside the last month, moved apart where they would overlap."""
    plot, line = height - TOP - FOOT, TYPE.small + 3
    heights = [line * (2 if name else 1) + 2 for name, _, _ in ends]
    order = sorted(range(len(ends)), key=lambda k: -ends[k][1])
    places, floor = {}, 0.0
    for k in order:  # from the top, each below the one before
        places[k] = max((top - ends[k][1]) / (top - bottom) * plot, floor + heights[k] / 2)
        floor = places[k] + heights[k] / 2
    ceiling = plot + 14.0
    for k in reversed(order):
        places[k] = min(places[k], ceiling - heights[k] / 2)
        ceiling = places[k] - heights[k] / 2
    return [
        {
            "xref": "paper", "yref": "paper", "x": 1, "xshift": 8, "y": 1 - places[k] / plot, "xanchor": "left", "yanchor": "middle",
            "align": "left", "showarrow": False, "font": {"size": TYPE.small, "color": colour},
            "text": f"{name}<br><b>{written(amount)}</b>" if name else f"<b>{written(amount)}</b>",
        }
        for k, (name, amount, colour) in enumerate(ends)
    ]  # fmt: skip


def _veil(colour: str) -> str:
    """A colour that lets the ground through."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.2)"


def _crossed(one: Sequence[float], other: Sequence[float]) -> tuple[list[float], list[float], list[float]]:
    """Two lines with the points where they cross put in between."""
    x, first, second = [0.0], [one[0]], [other[0]]
    for k in range(1, len(one)):
        before, after = one[k - 1] - other[k - 1], one[k] - other[k]
        if before * after < 0:
            share = before / (before - after)
            level = one[k - 1] + share * (one[k] - one[k - 1])
            x, first, second = [*x, k - 1 + share], [*first, level], [*second, level]
        x, first, second = [*x, float(k)], [*first, one[k]], [*second, other[k]]
    return x, first, second


def _between(x: list[float], one: list[float], other: list[float], colour: str) -> list[Spec]:
    edge = {"type": "scatter", "mode": "lines", "x": x, "line": {"width": 0}, "hoverinfo": "skip"}
    return [{**edge, "y": one}, {**edge, "y": other, "fill": "tonexty", "fillcolor": colour}]
