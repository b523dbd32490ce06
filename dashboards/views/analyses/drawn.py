"""Charts drawn in HTML, whose marks are placed in per cent: the same on a wide screen, a phone and paper."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import streamlit as st

from dashboards.web import page as web

UP, AGAINST, QUIET, TOTAL = "apart", "against", "quiet", "sum"


@dataclass(frozen=True)
class Step:
    """A row of a waterfall: from where to where, in the unit of the axis, with its reach by chance."""

    label: str
    start: float
    end: float
    tone: str
    text: str
    beside: str = ""
    error: float = 0.0


@dataclass(frozen=True)
class Dot:
    """A row of dots: the subject between the ends of its interval, and the reference where there is one."""

    label: str
    value: float
    text: str
    tone: str = QUIET
    low: float | None = None
    high: float | None = None
    reference: float | None = None
    beside: str = ""
    weak: bool = False


def waterfall(steps: Sequence[Step], alt: str) -> None:
    """Steps one after another around zero, each with its effect."""
    ends = [e for s in steps for e in (s.start, s.end, s.end - s.error, s.end + s.error)]
    low, high = min(0.0, *ends), max(0.0, *ends)
    zero = _at(0.0, low, high)
    rows = []
    for s in steps:
        left, right = sorted((_at(s.start, low, high), _at(s.end, low, high)))
        bar = f'<i class="{s.tone}" style="left:{left}%;width:{round(max(right - left, 0.3), 2)}%"></i>'
        reach = [_at(e, low, high) for e in (s.end - s.error, s.end + s.error)] if s.error else []
        line = f'<s style="left:{reach[0]}%;width:{round(reach[1] - reach[0], 2)}%"></s>' if reach else ""
        rows.append(_row(s.label, f'<u style="left:{zero}%"></u>{bar}{line}', s.text, s.beside, s.tone))
    _drawn(rows, alt, "adass-steps")


def dots(
    rows: Sequence[Dot],
    alt: str,
    span: tuple[float, float] | None = None,
    ticks: Sequence[tuple[float, str]] = (),
) -> None:
    """Rows on one axis: hollow the reference, solid the subject, its interval behind it; `ticks` are written under it."""
    known = [v for r in rows for v in (r.value, r.low, r.high, r.reference) if v is not None]
    low, high = span or (min(known), max(known))
    drawn = []
    for r in rows:
        marks = []
        if r.low is not None and r.high is not None:
            left, right = _at(r.low, low, high), _at(r.high, low, high)
            marks.append(f'<s style="left:{left}%;width:{round(right - left, 2)}%"></s>')
        at = _at(r.value, low, high)
        if r.reference is not None:
            other = _at(r.reference, low, high)
            left, right = sorted((at, other))
            marks.append(f'<i class="{r.tone}" style="left:{left}%;width:{round(right - left, 2)}%"></i>')
            marks.append(f'<em style="left:{other}%"></em>')
        marks.append(f'<b class="{r.tone}" style="left:{at}%"></b>')
        drawn.append(_row(r.label, "".join(marks), r.text, r.beside, f"{r.tone}{' weak' if r.weak else ''}"))
    if ticks:
        under = "".join(f'<q style="left:{_at(at, low, high)}%">{web.escape(text)}</q>' for at, text in ticks)
        drawn.append(_row("", under, "", "", "ticks"))
    _drawn(drawn, alt, "adass-dots")


@dataclass(frozen=True)
class Strip:
    """A row on which all stand: fine lines, those like the subject darker, hollow the reference, solid the subject."""

    label: str
    value: float
    text: str
    others: Sequence[float]
    like: Sequence[float]
    reference: float | None = None
    tone: str = QUIET
    beside: str = ""
    weak: bool = False


def strips(rows: Sequence[Strip], alt: str) -> None:
    """Rows that each have an axis of their own, from the least to the largest of all."""
    drawn = []
    for r in rows:
        known = [r.value, *r.others, *([] if r.reference is None else [r.reference])]
        low, high = min(known), max(known)
        marks = [f'<u class="all" style="left:{_at(v, low, high)}%"></u>' for v in r.others]
        marks += [f'<u class="like" style="left:{_at(v, low, high)}%"></u>' for v in r.like]
        if r.reference is not None:
            marks.append(f'<em style="left:{_at(r.reference, low, high)}%"></em>')
        marks.append(f'<b class="{r.tone}" style="left:{_at(r.value, low, high)}%"></b>')
        drawn.append(_row(r.label, "".join(marks), r.text, r.beside, f"{r.tone}{' weak' if r.weak else ''}"))
    _drawn(drawn, alt, "adass-dots adass-strips")


def _at(value: float, low: float, high: float) -> float:
    """The place of a value on an axis, in per cent."""
    return round(100 * (min(max(value, low), high) - low) / ((high - low) or 1.0), 2)


def _row(label: str, marks: str, text: str, beside: str, tone: str) -> str:
    small = f"<small>{web.escape(beside)}</small>" if beside else ""
    return (
        f'<div class="row {tone}"><span class="name">{web.escape(label)}</span><span class="axis">{marks}</span>'
        f'<span class="value">{web.escape(text)}{small}</span></div>'
    )


def _drawn(rows: Sequence[str], alt: str, name: str) -> None:
    st.html(f'<div class="adass-drawn {name}" role="img" aria-label="{web.escape(alt)}">{"".join(rows)}</div>')


@dataclass(frozen=True)
class Square:
    """A caisse on the map: `tone` is its class, `told` what is read over it."""

    row: int
    column: int
    tone: str
    told: str
    href: str = ""


def squares(every: Sequence[Square], alt: str) -> None:
    """The map of caisses in small tiles; each leads where its caisse is read."""
    cells = []
    for s in every:
        place = f'style="grid-row:{s.row + 1};grid-column:{s.column + 1}" class="{s.tone}" title="{web.escape(s.told)}"'
        cells.append(f'<a href="{escape(s.href)}" target="_self" aria-label="{web.escape(s.told)}" {place}></a>')
    st.html(f'<div class="adass-squares" role="group" aria-label="{web.escape(alt)}">{"".join(cells)}</div>')


def key(entries: Sequence[tuple[str, str]]) -> None:
    """The classes of a map in words, each beside its tile."""
    items = "".join(f'<span><i class="{tone}"></i>{web.escape(text)}</span>' for tone, text in entries)
    st.html(f'<div class="adass-legend adass-squares-key">{items}</div>')
