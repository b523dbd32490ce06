"""The map, the ranking and the funnel of an indicator over the territories, as Plotly figures in plain dicts.

Every point carries the code of its territory as `customdata`, for the click that chooses it.
"""

from collections.abc import Collection, Sequence
from math import ceil, floor, log10, sqrt
from textwrap import wrap

import numpy as np
from numpy.typing import NDArray

from dashboards import formats
from dashboards.charts.plots import Spec, blank
from dashboards.charts.tiles import TILES
from dashboards.content.filled import written
from dashboards.figures.spread import ALARMED, BEYOND, WARNED, Place, Spread, curve, limits
from dashboards.formats import NBSP
from dashboards.published.reading import ORGANISME, REGION
from dashboards.theme import TYPE, Palette
from schemas.indicators.catalogue import ANNEES, JOURS, NOMBRE, PART, Indicator

TILE = {REGION: 82, ORGANISME: 40}  # pixels: the height of a tile
GAP = 0.06  # of a tile
NAMED = 30  # points at most that each have a line of their own, with their name
EXTREMES = 3  # named at each end where they are more
LABELS = 14  # at most, in the funnel
NARROW, FUNNEL, LINE = 430, 390, 16  # pixels: a funnel on a narrow page, its height, a line of text
OVERSEAS = "Outre-mer"
NAMED_UNITS = {JOURS: "jours", ANNEES: "ans"}


def value(spread: Spread, amount: float | None) -> str:
    return written(spread.indicator.id, amount)


def _brief(spread: Spread, amount: float | None) -> str:
    """A value without the name of its unit."""
    return formats.nombre(amount, 1) if spread.indicator.unit in NAMED_UNITS else value(spread, amount)


def described(spread: Spread, place: Place) -> str:
    """A place in words, in lines."""
    lines = [f"<b>{place.territory.label}</b>", value(spread, place.cell.valeur)]
    if place.rank is None:
        return "<br>".join([*lines, place.cell.reason])
    if place.cell.numerateur is not None and place.cell.denominateur:
        lines.append(f"{formats.nombre(place.cell.numerateur)} / {formats.nombre(place.cell.denominateur)}")
    lines.append(f"rang {place.rank} sur {len(spread.known)}")
    if place.beyond is not None:
        lines.append(BEYOND[place.beyond])
    return "<br>".join(lines)


# --- map ---


def tiles(spread: Spread, colours: Palette, chosen: Collection[str]) -> Spec:
    """The map: a tile for each territory, in the colour of its class, with its name and its value."""
    every = TILES[spread.niveau].values()
    rows, columns = max(t.row for t in every) + 1, max(t.column for t in every) + 1
    drawn = blank(colours, rows * TILE[spread.niveau])
    drawn["xaxis"] = {"visible": False, "range": [-0.52, columns - 0.48], "fixedrange": True}
    drawn["yaxis"] = {"visible": False, "range": [rows, 0], "fixedrange": True}
    drawn["margin"] = {"l": 0, "r": 0, "t": 2, "b": 2}
    drawn["barmode"] = "overlay"
    if spread.niveau == ORGANISME:
        drawn["annotations"] = [_note(OVERSEAS, -0.45, 2.25, colours.muted)]
    missing = [p for p in spread.places if p.rank is None]
    both = (places for places in (spread.known, missing) if places)
    return {"data": [_tiles(spread, places, colours, chosen) for places in both], "layout": drawn}


def _tiles(spread: Spread, places: Sequence[Place], colours: Palette, chosen: Collection[str]) -> Spec:
    """The tiles of territories that all have a value, or all have none."""
    spots = [TILES[spread.niveau][p.territory.code] for p in places]
    shades = colours.shades(len(spread.classes))
    grounds = [colours.ground if p.band is None else shades[p.band] for p in places]
    outlined = [p.territory.code in chosen for p in places]
    marker: Spec = {
        "color": grounds,
        "line": {
            "width": [3 if o else 1 for o in outlined],
            "color": [colours.second if o else colours.comparator for o in outlined],
        },
    }
    if places[0].band is None:
        marker["color"] = colours.comparator
        marker["pattern"] = {
            "shape": "/", "size": 7, "solidity": 0.12, "fgcolor": colours.comparator, "bgcolor": colours.ground,
        }  # fmt: skip
    return {
        "type": "bar",
        "x": [s.column for s in spots],
        "base": [s.row + GAP / 2 for s in spots],
        "y": [1 - GAP] * len(spots),
        "width": 1 - GAP,
        "marker": marker,
        "text": [_tile_text(spread, p, s.label) for p, s in zip(places, spots, strict=True)],
        "textposition": "inside",
        "insidetextanchor": "middle",
        "textangle": 0,
        "constraintext": "none",
        "textfont": {
            "size": 11 if spread.niveau == ORGANISME else 12,
            "color": [colours.on(g) for g in grounds],
        },
        "hovertext": [described(spread, p) for p in places],
        "hoverinfo": "text",
        "customdata": [p.territory.code for p in places],
        **_STILL,
    }


# a click chooses and the page is drawn again: nothing fades meanwhile
_STILL: Spec = {
    "selected": {"marker": {"opacity": 1}},
    "unselected": {"marker": {"opacity": 1}},
}


def _tile_text(spread: Spread, place: Place, name: str) -> str:
    lines = wrap(name, 13, break_long_words=False)  # a region's name breaks at its hyphens too
    return f"{'<br>'.join(lines)}<br><b>{_brief(spread, place.cell.valeur)}</b>"


def _note(text: str, x: float, y: float, colour: str, anchor: str = "left", shift: int = 0) -> Spec:
    return {
        "text": text,
        "x": x,
        "y": y,
        "xanchor": anchor,
        "yanchor": "middle",
        "yshift": shift,
        "showarrow": False,
        "font": {"size": TYPE.small, "color": colour},
    }


def bounds(spread: Spread) -> tuple[str, ...]:
    """The classes in words: the least and the largest value in each, and how many territories."""
    unit = NAMED_UNITS.get(spread.indicator.unit, "")
    words = []
    for c in spread.classes:
        low, high = _brief(spread, c.low), _brief(spread, c.high)
        words.append(f"{low if low == high else f'{low} à {high}'}{f'{NBSP}{unit}' if unit else ''} ({c.size})")
    return tuple(words)


# --- ranking ---


def ranking(spread: Spread, colours: Palette, chosen: Collection[str]) -> Spec:
    """Every territory in the order of its value, with the line of the reference."""
    return (_rows if len(spread.known) <= NAMED else _slope)(spread, colours, chosen)


def _rows(spread: Spread, colours: Palette, chosen: Collection[str]) -> Spec:
    """A line for each territory, with its name and its value."""
    known = spread.known
    places = list(range(len(known)))
    trace = _dots(spread, known, colours, chosen, size=11)
    trace |= {"x": [p.cell.valeur for p in known], "y": places, "mode": "markers"}
    drawn = blank(colours, 26 * len(known) + 34)
    names = [f"<b>{p.short}</b>" if p.territory.code in chosen else p.short for p in known]
    low, high = _span(spread)
    drawn["xaxis"] = {"visible": False, "range": [low, high + (high - low) * 0.08], "fixedrange": True}
    drawn["margin"]["r"] = 64
    drawn["annotations"] = [_at_the_end(value(spread, p.cell.valeur), y, colours) for y, p in enumerate(known)]
    drawn["yaxis"] = {
        "range": [len(known) - 0.4, -1.2],
        "tickvals": places,
        "ticktext": names,
        "ticks": "",
        "showgrid": True,
        "gridcolor": colours.rule,
        "zeroline": False,
        "fixedrange": True,
        "tickfont": {"size": TYPE.small, "color": colours.text},
        "automargin": True,
    }
    if spread.reference is not None:
        drawn["shapes"] = [_line(colours, x0=spread.reference, x1=spread.reference, y0=len(known) - 0.5, y1=-0.5)]
        drawn["annotations"].append(_note(_reference_text(spread), spread.reference, -0.85, colours.text, "center"))
    return {"data": [trace], "layout": drawn}


def _at_the_end(text: str, y: int, colours: Palette) -> Spec:
    return {**_note(f"<b>{text}</b>", 1, y, colours.text), "xref": "paper", "xshift": 6}


def _slope(spread: Spread, colours: Palette, chosen: Collection[str]) -> Spec:
    """A point for each territory from the largest value to the least; the ends and the chosen are named."""
    known = spread.known
    trace = _dots(spread, known, colours, chosen, size=8)
    trace |= {"x": list(range(1, len(known) + 1)), "y": [p.cell.valeur for p in known], "mode": "markers"}
    low, high = _span(spread)
    drawn = blank(colours, 430)
    drawn["margin"] = {"l": 0, "r": 0, "t": 8, "b": 30}
    drawn["xaxis"] = {
        "range": [-2, len(known) * 1.02],
        "tickvals": [1, *range(20, len(known) - 8, 20), len(known)],
        "tickangle": 0,
        "showgrid": False,
        "zeroline": False,
        "fixedrange": True,
        "tickfont": {"size": TYPE.small, "color": colours.muted},
    }
    drawn["yaxis"] = _value_axis(spread, colours, low, high)
    # names go away from the curve: to the right above, to the left below
    named = [(i, p) for i, p in enumerate(known, 1) if p.territory.code in chosen and len(chosen) == 1]
    ends = [(i, p) for i, p in enumerate(known, 1) if i <= EXTREMES or i > len(known) - EXTREMES]
    drawn["annotations"] = [
        _beside(p, i, i <= len(known) / 2, colours, p.territory.code in chosen)
        for i, p in dict.fromkeys([*named, *_apart(ends, named, spread)])
    ]
    if spread.reference is not None:
        drawn["shapes"] = [_line(colours, x0=0, x1=len(known), y0=spread.reference, y1=spread.reference)]
        text = _note(_reference_text(spread), len(known), spread.reference, colours.text, "right", 11)
        drawn["annotations"].append(text)
    return {"data": [trace], "layout": drawn}


def _apart(
    ends: Sequence[tuple[int, Place]], named: Sequence[tuple[int, Place]], spread: Spread
) -> list[tuple[int, Place]]:
    """Those of the ends that share their rank with nobody, and whose names do not stand on one another."""
    low, high = _span(spread)
    kept: list[tuple[int, Place]] = [*named]
    for i, p in (*ends[:EXTREMES], *reversed(ends[EXTREMES:])):
        if len(spread.at(p.rank)) == 1 and all(
            abs((p.cell.valeur or 0) - (q.cell.valeur or 0)) > (high - low) * 0.045 for _, q in kept
        ):
            kept.append((i, p))
    return kept


def _beside(place: Place, x: int, right: bool, colours: Palette, bold: bool) -> Spec:
    name = f"<b>{place.short}</b>" if bold else place.short
    note = _note(name, x, place.cell.valeur or 0.0, colours.text, "left" if right else "right")
    return {**note, "xshift": 7 if right else -7}


def _reference_text(spread: Spread) -> str:
    if spread.indicator.unit == NOMBRE:
        kind = "régions" if spread.niveau == REGION else "organismes"
        return f"moyenne des {kind}{NBSP}: {value(spread, round(spread.reference or 0))}"
    return f"France{NBSP}: {value(spread, spread.reference)}"


def _line(colours: Palette, **ends: float) -> Spec:
    return {"type": "line", **ends, "line": {"color": colours.text, "width": 1, "dash": "dash"}, "layer": "below"}


def _span(spread: Spread) -> tuple[float, float]:
    """The values to draw between, with some room; from zero for a count."""
    values = [p.cell.valeur for p in spread.known if p.cell.valeur is not None]
    values += [spread.reference] if spread.reference is not None else []
    low, high = (0.0 if spread.indicator.unit == NOMBRE else min(values)), max(values)
    room = (high - low or abs(high) or 1) * 0.06
    return low - room, high + room


def _dots(spread: Spread, places: Sequence[Place], colours: Palette, chosen: Collection[str], size: int) -> Spec:
    """Points: the chosen ones in accent, or all where none is."""
    accent = [not chosen or p.territory.code in chosen for p in places]
    return {
        "type": "scatter",
        "marker": {
            "color": [colours.accent if a else colours.ground for a in accent],
            "size": [size + 3 if a and chosen else size for a in accent],
            "line": {"width": 1.5, "color": [colours.accent if a else colours.comparator for a in accent]},
            "opacity": 1,
        },
        "cliponaxis": False,
        "hovertext": [described(spread, p) for p in places],
        "hoverinfo": "text",
        "customdata": [p.territory.code for p in places],
        **_STILL,
    }


def _value_axis(spread: Spread, colours: Palette, low: float, high: float) -> Spec:
    marks = ticks(low, high)
    return {
        "range": [low, high],
        "tickvals": marks,
        "ticktext": [mark(spread.indicator, m) for m in marks],
        "gridcolor": colours.rule,
        "zeroline": False,
        "fixedrange": True,
        "automargin": True,
        "tickfont": {"size": TYPE.small, "color": colours.muted},
    }


def ticks(low: float, high: float, most: int = 6) -> list[float]:
    """Round values between two, `most` at most."""
    rough = (high - low) / most
    unit = 10.0 ** floor(log10(rough))
    step = next(m * unit for m in (1, 2, 5, 10) if m * unit >= rough)
    return [round(i * step, 12) for i in range(ceil(low / step), floor(high / step) + 1)]


def mark(indicator: Indicator, amount: float) -> str:
    """A round value on an axis, without the decimal that it does not need."""
    if indicator.unit == PART:
        return f"{formats.nombre(amount * 100, 1)}{NBSP}%"
    return written(indicator.id, amount)


# --- funnel ---


def funnel(spread: Spread, colours: Palette, chosen: Collection[str]) -> Spec:
    """Each share against its base, between the limits that chance alone rarely goes beyond."""
    rate = spread.national.valeur or 0.0
    judged = [p for p in spread.known if p.beyond is not None]
    bases = curve(spread)
    first, last = float(bases[0]), float(bases[-1])
    data = [
        {
            "type": "scatter",
            "mode": "lines",
            "x": bases.tolist(),
            "y": side.tolist(),
            "line": {"color": colours.comparator, "width": 1.2, "dash": dash},
            "hoverinfo": "skip",
        }
        for chance, dash in ((WARNED, "dot"), (ALARMED, "solid"))
        for side in limits(bases, rate, chance)
    ]
    dots = _dots(spread, judged, colours, chosen, size=8)
    dots |= {"mode": "markers", "x": [p.cell.denominateur for p in judged], "y": [p.cell.valeur for p in judged]}
    drawn = blank(colours, 430)
    drawn["margin"] = {"l": 0, "r": 52, "t": 8, "b": 30}
    marks = _marks(first, last)
    room = 0.03 * (log10(last / first) + 1)
    drawn["xaxis"] = {
        "type": "log",
        "range": [log10(first) - room, log10(last) + room],
        "tickvals": marks,
        "ticktext": [formats.nombre(m) for m in marks],
        "showgrid": False,
        "zeroline": False,
        "fixedrange": True,
        "tickfont": {"size": TYPE.small, "color": colours.muted},
    }
    low, high = _funnel_span(spread, judged)
    drawn["yaxis"] = _value_axis(spread, colours, low, high)
    drawn["shapes"] = [_line(colours, x0=first, x1=last, y0=rate, y1=rate)]
    named = [_label(p, colours, first, last) for p in _named(spread, judged, chosen)]
    drawn["annotations"] = [*named, *(_edge(text, y, last, colours) for text, y in _ends(rate, bases, high - low))]
    return {"data": [*data, dots], "layout": drawn}


def _ends(rate: float, bases: NDArray[np.float64], height: float) -> list[tuple[str, float]]:
    """What the lines are called where they end, moved up where they are too near one another to be read."""
    near, far = (float(limits(bases[-1:], rate, chance)[1][0]) for chance in (WARNED, ALARMED))
    near = max(near, rate + height * 0.045)
    return [("France", rate), (f"95{NBSP}%", near), (f"99,8{NBSP}%", max(far, near + height * 0.045))]


def _edge(text: str, y: float, last: float, colours: Palette) -> Spec:
    return {**_note(text, log10(last), y, colours.muted), "xshift": 9, "font": {"size": 12, "color": colours.muted}}


def _funnel_span(spread: Spread, judged: Sequence[Place]) -> tuple[float, float]:
    """From the least to the largest of the shares and of the limits at the smallest base, within 0 and 1."""
    low, high = limits(curve(spread)[:1], spread.national.valeur or 0.0, ALARMED)
    values = [p.cell.valeur for p in judged if p.cell.valeur is not None]
    bottom, top = min(low[0], *values), max(high[0], *values)
    room = (top - bottom) * 0.05
    return bottom - room, top + room


def _marks(first: float, last: float) -> list[float]:
    """Round bases between two, three at most in a power of ten."""
    every = [m * 10.0**power for power in range(floor(log10(first)), floor(log10(last)) + 1) for m in (1, 2, 5)]
    return [m for m in every if first * 0.95 <= m <= last * 1.05]


def _named(spread: Spread, judged: Sequence[Place], chosen: Collection[str]) -> list[Place]:
    """The chosen one and those beyond the limits, the farthest first, but for names that would not be read."""
    rate = spread.national.valeur or 0.0
    bases = curve(spread)
    low, high = _funnel_span(spread, judged)

    def distance(p: Place) -> float:
        return abs((p.cell.valeur or 0) - rate) * sqrt(p.cell.denominateur or 0)

    def spot(p: Place) -> tuple[float, float]:
        across = log10((p.cell.denominateur or 1) / bases[0]) / (log10(bases[-1] / bases[0]) or 1)
        return across * NARROW, ((p.cell.valeur or 0) - low) / (high - low) * FUNNEL

    def room(p: Place) -> tuple[float, float, float]:
        """Where a name stands: its left, its right and its middle."""
        x, y = spot(p)
        width = 8 + 7 * len(p.short)
        return (x - width, x, y) if _on_the_left(p, bases[0], bases[-1]) else (x, x + width, y)

    one = [p for p in judged if p.territory.code in chosen and len(chosen) == 1]
    outside = sorted((p for p in judged if p.beyond and p not in one), key=distance, reverse=True)
    spots = [spot(p) for p in judged]
    kept = {p: room(p) for p in one}
    for p in outside:
        left, right, y = room(p)
        free = all(right < other[0] or left > other[1] or abs(y - other[2]) > LINE for other in kept.values())
        covered = sum(left <= x <= right and abs(y - height) < LINE / 2 for x, height in spots)
        if free and covered < 3:  # itself and one more
            kept[p] = (left, right, y)
    return list(kept)[:LABELS]


def _on_the_left(place: Place, first: float, last: float) -> bool:
    """Whether the name of a point stands on its left, so that it does not leave the chart."""
    return (place.cell.denominateur or 1.0) > sqrt(first * last)


def _label(place: Place, colours: Palette, first: float, last: float) -> Spec:
    left = _on_the_left(place, first, last)
    base = log10(place.cell.denominateur or 1.0)
    note = _note(place.short, base, place.cell.valeur or 0.0, colours.text, "right" if left else "left")
    return {**note, "xshift": -8 if left else 8}
