"""The blocks of a slide, drawn natively: key figures, bars, rings, years, lists, tables, cards, texts."""

from collections.abc import Sequence
from dataclasses import dataclass

from pptx.enum.chart import XL_CHART_TYPE
from pptx.slide import Slide as PptxSlide
from pptx.util import Pt

from dashboards import formats
from dashboards.charts import plots as charts
from dashboards.content import filled as content
from dashboards.content import grids, words
from dashboards.content.filled import Figure, Filled
from dashboards.content.outline import Page
from dashboards.deck import drawing, extents, native
from dashboards.deck.drawing import Box, Cell, Line, Run, line
from dashboards.deck.native import Inner
from dashboards.formats import NBSP, NC
from dashboards.slides.blocks import Bars, Groups, KeyFigure, Ranking, Ring, Table, Targets, Text, Trend
from schemas.indicators.catalogue import NOMBRE

GUTTER = 24.0
TITLE, LABEL, SMALL = 11.5, 10.0, 9.0
HEAD, GAPS = 17.0, 72.0  # the line of the legend, the column of the gaps
SINGLE, PAIR = 38.0, 54.0  # the most a row is given
PADDING = 12.0  # what programs keep free around a label
WIDE = 400.0  # a chart with room for a second column
LONG = 40  # a label of more letters asks for a wider chart


def keys(slide: PptxSlide, page: Page, box: Box, *, across: bool) -> float:
    """Draw the key figures, `across` the box or one under the other; returns the height they take."""
    blocks = page.slide.keys
    number = len(blocks) if across else 1
    room = (box.w - GUTTER * (number - 1)) / number
    told = [_key_lines(block, page) for block in blocks]
    heights = [drawing.height_of(lines, room) for lines in told]
    tall = max(heights)
    for n, (lines, block) in enumerate(zip(told, blocks, strict=True)):
        place = Box(box.x + n * (room + GUTTER), box.y, room, tall) if across else Box(box.x, box.y, room, tall)
        drawing.text(slide, place, lines, f"Chiffre clé{NBSP}: {content.key(block, page.view).name}")
    return tall


def _key_lines(block: KeyFigure, page: Page) -> list[Line]:
    told = content.key(block, page.view)
    figure = told.figure
    lines = [line(figure.text, 26, bold=True, colour="accent"), line(told.name, 11, bold=True)]
    beside = told.beside or figure.cell.reason
    region = page.beside_region(figure)
    if region and figure.cell.valeur is not None:
        beside = f"{beside}{NBSP}· région{NBSP}: {region}" if beside else f"région{NBSP}: {region}"
    lines += [line(text, 10, colour="muted") for text in (told.change, beside) if text]
    return lines


# --- charts ---


@dataclass(frozen=True)
class _Rows:
    """How the bars of a slide are set: the same pitch and letters for all of its charts."""

    pitch: float
    size: float


def draw(slide: PptxSlide, page: Page, filled: Sequence[Filled], box: Box) -> None:
    """Draw charts side by side on one grid; those that are all missing for one reason say so once."""
    reasons = {f.empty_because for f in filled}
    if len(filled) > 1 and len(reasons) == 1 and "" not in reasons:
        missing(slide, box, f"{reasons.pop()}{NBSP}: {' ; '.join(f.chart.title for f in filled)}")
        return
    weights = [_weight(f, filled) for f in filled]
    room = box.w - GUTTER * (len(filled) - 1)
    widths = [room * w / sum(weights) for w in weights]
    titles = max(extents.height(f.chart.title, TITLE, w, bold=True) for f, w in zip(filled, widths, strict=True)) + 4
    body = box.h - titles
    rows = _rows(page, filled, body)
    zones = [_zone(f, w, rows) for f, w in zip(filled, widths, strict=True)]
    x = box.x
    for one, w, zone in zip(filled, widths, zones, strict=True):
        shared = [z for z, f in zip(zones, filled, strict=True) if _scale(f) and _scale(f) == _scale(one)]
        drawing.text(
            slide, Box(x, box.y, w, titles), (line(one.chart.title, TITLE, bold=True),),
            f"Titre{NBSP}: {one.chart.title}",
        )  # fmt: skip
        _body(slide, page, one, Box(x, box.y + titles, w, body), rows, max([zone, *shared]))
        x += w + GUTTER


def _scale(filled: Filled) -> str:
    return filled.chart.scale if isinstance(filled.chart, Bars) else ""


def _weight(one: Filled, among: Sequence[Filled]) -> float:
    if isinstance(one.chart, Table | Ranking):
        return 2.6
    if _scale(one) and any(f is not one and _scale(f) == _scale(one) for f in among):
        return 1.0
    return 1.35 if isinstance(one.chart, Bars) and any(len(_label(f)) > LONG for f in one.drawn) else 1.0


def _rows(page: Page, filled: Sequence[Filled], body: float) -> _Rows:
    bars = [f for f in filled if isinstance(f.chart, Bars) and not f.empty_because]
    most = max((len(f.drawn) for f in bars), default=1)
    cap = PAIR if any(_paired(f, page) for f in bars) else SINGLE
    pitch = min(cap, (body - HEAD) / most)
    return _Rows(pitch, 11.0 if pitch >= 40 else LABEL if pitch >= 26 else SMALL if pitch >= 20 else 8.0)


def _paired(filled: Filled, page: Page) -> bool:
    """Whether the comparator is drawn: never beside the count of a part of it."""
    counts = all(f.unit == NOMBRE for f in filled.drawn)
    return any(f.reference is not None for f in filled.drawn) and not (counts and page.of_a_whole)


def _label(figure: Figure) -> str:
    """The label of a row, with how many cases it holds."""
    if figure.count is None or figure.count.valeur is None:
        return figure.label
    return f"{figure.label}{NBSP}({formats.nombre(figure.count.valeur)})"


def _zone(filled: Filled, w: float, rows: _Rows) -> float:
    """The room of the labels: three tenths where they need it, more where one would not fit its row."""
    if not isinstance(filled.chart, Bars) or filled.empty_because:
        return 0.0
    labels = [_label(f) for f in filled.drawn]
    whole, share = max(extents.width(text, rows.size) for text in labels), w * 0.3
    allowed = max(int(rows.pitch // (rows.size * extents.LEADING)), 1)
    most = w * 0.46
    word = max(extents.width(word, rows.size) for text in labels for word in text.split(" "))
    room = max(min(whole, share), word)
    while room < most and any(extents.lines(text, rows.size, room) > allowed for text in labels):
        room += 4
    return min(room, most) + PADDING


def _body(slide: PptxSlide, page: Page, filled: Filled, box: Box, rows: _Rows, zone: float) -> None:
    chart = filled.chart
    if filled.empty_because:
        missing(slide, box, filled.empty_because)
    elif isinstance(chart, Bars):
        _bars(slide, page, filled, chart, box, rows, zone)
    elif isinstance(chart, Ring):
        _ring(slide, page, filled, box)
    elif isinstance(chart, Trend):
        _trend(slide, filled, box)
    elif isinstance(chart, Groups):
        _groups(slide, page, filled, box)
    elif isinstance(chart, Targets):
        _targets(slide, filled, box)
    else:
        _table(slide, filled, box)


def missing(slide: PptxSlide, box: Box, why: str) -> None:
    """What stands where nothing can be drawn."""
    words = Line((Run(NC, 11, bold=True, colour="muted"), Run(f" – {why}", 11, colour="muted")))
    tall = drawing.height_of((words,), box.w - 24) + 24
    place = Box(box.x, box.y + 4, box.w, min(tall, box.h))
    drawing.text(slide, place, (words,), "Chiffre manquant", fill="panel", margin=12, anchor="ctr")


def _place(slide: PptxSlide, data: native.ChartData, box: Box, filled: Filled, described: str = "") -> None:
    kind = XL_CHART_TYPE.BAR_CLUSTERED
    # ignored: the XML of a `ChartData` of ours is taken whatever the kind
    frame = slide.shapes.add_chart(kind, Pt(box.x), Pt(box.y), Pt(box.w), Pt(box.h), data)  # type: ignore[arg-type]
    drawing.describe(frame, f"Graphique{NBSP}: {filled.chart.title}", described or charts.described(filled))


def _bars(slide: PptxSlide, page: Page, filled: Filled, chart: Bars, box: Box, rows: _Rows, zone: float) -> None:
    figures, paired = filled.drawn, _paired(filled, page)
    gaps = sum(_gap_columns(page, filled, box.w))
    head = HEAD if gaps or paired else 2.0
    tall = head + len(figures) * rows.pitch
    frame = Box(box.x, box.y, box.w - gaps, tall)
    plot = Box(box.x + zone, box.y + head, frame.w - zone, tall - head)
    inner = Inner(zone / frame.w, head / tall, plot.w / frame.w, plot.h / tall)
    data = native.bars(
        figures, tuple(_label(f) for f in figures), (filled.subject, filled.comparator), chart.colour,
        paired=paired, inner=inner, top=_top(filled, plot.w, rows.size, paired=paired), size=rows.size,
    )  # fmt: skip
    _place(slide, data, frame, filled)
    for n, figure in enumerate(figures):
        _say_missing(slide, figure, Box(plot.x, plot.y + n * rows.pitch, plot.w, rows.pitch), paired=paired)
    if paired:
        _legend(slide, filled, chart.colour, Box(box.x, box.y, frame.w, HEAD))
    if gaps:
        _gaps(slide, page, filled, Box(box.x, box.y, box.w, tall), rows)


def _legend(slide: PptxSlide, filled: Filled, colour: str, box: Box) -> None:
    size, square = SMALL, 7.0
    names = (filled.subject, filled.comparator)
    if sum(extents.width(name, size) for name in names) + 50 > box.w:
        size = 7.5
    x = box.x
    for name, role, hatched in zip(names, (colour, "comparator"), (False, True), strict=True):
        room = extents.width(name, size) + 8
        named = f"Légende{NBSP}: {name}"
        drawing.swatch(slide, Box(x, box.y + 3, square, square), role, named, hatched=hatched)
        words = (line(name, size, colour="muted"),)
        drawing.text(slide, Box(x + square + 4, box.y, room, 13), words, named, anchor="ctr")
        x += square + 4 + room + 8


def _top(filled: Filled, room: float, size: float, *, paired: bool) -> float:
    """The end of the axis: the longest bar leaves room for the values at its end."""
    cells = [(f.cell, f.text) for f in filled.drawn]
    cells += [(f.reference, f.reference_text) for f in filled.drawn if paired and f.reference is not None]
    longest = max((c.valeur for c, _ in cells if c.valeur is not None), default=0.0)
    words = max(extents.width(text, size, bold=True) for _, text in cells) + 10
    scale = filled.scale if filled.scale and paired else longest
    return (max(scale, longest) or 1.0) / max(1 - words / room, 0.3)


def _say_missing(slide: PptxSlide, figure: Figure, row: Box, *, paired: bool) -> None:
    half = row.h / 2 if paired else row.h
    if figure.cell.valeur is None:
        words = Line((Run(NC, 8, bold=True), Run(f" {figure.cell.reason}", 8, colour="muted")))
        drawing.text(slide, Box(row.x + 4, row.y, row.w, half), (words,), "Chiffre manquant", anchor="ctr")
    if paired and figure.reference is not None and figure.reference.valeur is None:
        place = Box(row.x + 4, row.y + half, row.w, half)
        drawing.text(slide, place, (line(NC, 8, colour="muted"),), "Chiffre manquant", anchor="ctr")


def _gap_columns(page: Page, filled: Filled, room: float) -> tuple[float, ...]:
    """The widths of the columns beside the bars; a wide chart has one for the region of a caisse."""
    if not any(f.gap for f in filled.drawn):
        return ()
    regional = any(page.beside_region(f) for f in filled.drawn)
    return (GAPS, GAPS) if regional and room >= WIDE else (GAPS,)


def _gaps(slide: PptxSlide, page: Page, filled: Filled, box: Box, rows: _Rows) -> None:
    """The gaps to the comparator, a row for each bar, and the figure of the region of a caisse."""
    counts = page.of_a_whole and all(f.unit == NOMBRE for f in filled.drawn)
    widths = _gap_columns(page, filled, box.w)
    told = [(f.gap, page.beside_region(f)) for f in filled.drawn]
    head = ("Part du total" if counts else "Écart", "Région")[: len(widths)]
    cells = [[Cell(line(text, 8, colour="muted", align="r"), ruled=False) for text in head]]
    for gap, region in told:
        if len(widths) == 1 and region and rows.pitch >= 20:
            both = (Run(f"{gap}{drawing.BREAK}", 8), Run(f"Région {region}", 8, colour="muted"))
            cells.append([Cell(Line(both, "r"), ruled=False)])
        else:
            row = (line(gap, rows.size, align="r"), line(region, rows.size, colour="muted", align="r"))
            cells.append([Cell(one, ruled=False) for one in row[: len(widths)]])
    words = " ; ".join(
        f"{f.label} {gap}{f', région {region}' * bool(region)}"
        for f, (gap, region) in zip(filled.drawn, told, strict=True)
    )
    drawing.table(
        slide, (box.right - sum(widths), box.y), widths, cells, (HEAD, *(rows.pitch for _ in filled.drawn)),
        f"Écarts{NBSP}: {filled.chart.title}", f"{head[0]}, {filled.chart.title}{NBSP}: {words}.", margin=2,
    )  # fmt: skip


def _ring(slide: PptxSlide, page: Page, filled: Filled, box: Box) -> None:
    figures = [f for f in filled.drawn if f.cell.valeur]
    side = min(box.h, box.w * 0.48, 230)
    circle = Box(box.x, box.y + 2, side, side)
    _place(slide, native.ring(figures, filled.subject), circle, filled)
    if filled.total:
        words = (line(filled.total, 16, bold=True, align="ctr"),)
        drawing.text(slide, Box(circle.x, circle.y + side / 2 - 12, side, 24), words, "Total", anchor="ctr")
    lines: list[Line] = []
    for n, f in enumerate(filled.drawn):
        lines.append(Line((Run("■ ", 11, colour=f.colour), Run(f.label, 11)), before=8 if n else 0))
        lines.append(line(f.text, 15, bold=True))
        if f.reference is not None:
            region = page.beside_region(f)
            beside = f"{f.gap} ({filled.comparator}{NBSP}: {f.reference_text})"
            lines.append(line(f"{beside}, région{NBSP}: {region}" if region else beside, SMALL, colour="muted"))
    room = box.w - side - 16
    tall = drawing.height_of(lines, room)
    place = Box(circle.right + 16, box.y + max((side - tall) / 2, 0), room, max(tall, side if tall > side else tall))
    drawing.text(slide, place, lines, f"Parts{NBSP}: {filled.chart.title}", anchor="t")


def _trend(slide: PptxSlide, filled: Filled, box: Box) -> None:
    tall = min(box.h, 260)
    under = 30
    inner = Inner(0.01, 6 / tall, 0.98, (tall - under - 6) / tall)
    _place(slide, native.columns(filled.drawn, filled.subject, inner, LABEL), Box(box.x, box.y, box.w, tall), filled)


def _groups(slide: PptxSlide, page: Page, filled: Filled, box: Box) -> None:
    groups = [f for f in filled.figures if not f.group]
    room = (box.w - GUTTER * (len(groups) - 1)) / len(groups)
    for n, group in enumerate(groups):
        x = box.x + n * (room + GUTTER)
        head = [
            line(group.label, 13, bold=True, colour=group.colour),
            line(group.text, 22, bold=True, colour=group.colour),
        ]
        if group.reference is not None:
            region = page.beside_region(group)
            beside = f"{group.gap} ({filled.comparator}{NBSP}: {group.reference_text})"
            head.append(line(f"{beside}, région{NBSP}: {region}" if region else beside, SMALL, colour="muted"))
        tall = drawing.height_of(head, room) + 4
        drawing.text(slide, Box(x, box.y, room, tall), head, f"Famille{NBSP}: {group.label}")
        members = [f for f in filled.figures if f.group == group.label]
        high = min(22.0, (box.h - tall) / max(len(members), 1))
        size = LABEL if high >= LABEL * extents.LEADING + 2 else 8.0
        rows = [[Cell(line(f.label, size)), Cell(line(f.text, size, bold=True, align="r"))] for f in members]
        words = " ; ".join(f"{f.label} {f.text}" for f in members)
        drawing.table(
            slide, (x, box.y + tall), (room - 70, 70), rows, [high] * len(rows),
            f"Catégories{NBSP}: {group.label}", f"{group.label}{NBSP}: {words}.", head=False,
        )  # fmt: skip


def _targets(slide: PptxSlide, filled: Filled, box: Box) -> None:
    number = 4
    room = (box.w - GUTTER * (number - 1)) / number
    lines = [_target_lines(t.name, t.rate, words.target_note(t)) for t in filled.targets]
    across = -(-len(lines) // number)
    need = max(drawing.height_of(told, room - 20) for told in lines) + 20
    tall = min(box.h / across, max(need + 14, 104))
    for n, told in enumerate(lines):
        place = Box(box.x + n % number * (room + GUTTER), box.y + n // number * tall, room, tall - 14)
        drawing.text(slide, place, told, f"Public{NBSP}: {filled.targets[n].name}", fill="panel", margin=10)


def _target_lines(name: str, rate: float | None, note: str) -> list[Line]:
    lines = [line(name, 12, bold=True)]
    if rate is not None:
        lines += [line(formats.part(rate), 22, bold=True, colour="accent"), line(note, SMALL, colour="muted")]
    return lines


def _table(slide: PptxSlide, filled: Filled, box: Box) -> None:
    grid = grids.grid(filled)
    numbers = len(grid.columns) - grid.numeric_from
    narrow = 34.0 if grid.numeric_from == 2 else 0.0  # the rank
    in_titles = [word for title in grid.columns[grid.numeric_from :] for word in title.split(" ")]
    least = max(extents.width(word, SMALL, bold=True) for word in in_titles) + 2 * drawing.CELL_MARGIN + 2
    each = max(min(92.0, (box.w - narrow) * 0.68 / numbers), least)
    widths = [*([narrow] if narrow else ()), box.w - narrow - each * numbers, *[each] * numbers]
    size = LABEL
    head = max(extents.height(t, SMALL, w - 8, bold=True) for t, w in zip(grid.columns, widths, strict=True)) + 6
    place = grid.numeric_from - 1

    def tall(texts: Sequence[str]) -> float:
        return max(extents.height(texts[place], size, widths[place] - 8) + 7, 19)

    shown, used = [], head
    for texts in grid.texts:
        if used + tall(texts) > box.h - 14:
            break
        shown.append(texts)
        used += tall(texts)
    rows = [[_head_cell(t, n >= grid.numeric_from) for n, t in enumerate(grid.columns)]]
    rows += [
        [
            Cell(line(t, size, bold=n == grid.numeric_from, align="r" if n >= grid.numeric_from else "l"))
            for n, t in enumerate(r)
        ]
        for r in shown
    ]
    described = f"{filled.chart.title}{NBSP}: {len(shown)} lignes, colonnes {', '.join(grid.columns)}."
    drawing.table(
        slide,
        (box.x, box.y),
        widths,
        rows,
        [head, *(tall(r) for r in shown)],
        f"Tableau{NBSP}: {filled.chart.title}",
        described,
    )
    if left := len(grid.texts) - len(shown):
        words = f"… et {formats.counted(left, 'autre ligne', 'autres lignes')}, dans le classeur."
        drawing.text(slide, Box(box.x, box.y + used + 2, box.w, 12), (line(words, SMALL, colour="muted"),), "Suite")


def _head_cell(text: str, numeric: bool) -> Cell:
    return Cell(line(text, SMALL, bold=True, colour="muted", align="r" if numeric else "l"))


def texts(slide: PptxSlide, told: Sequence[Text], box: Box) -> None:
    """Short texts under their headings, three across."""
    number = 3
    room = (box.w - GUTTER * (number - 1)) / number
    across = -(-len(told) // number)
    tall = box.h / across
    for n, one in enumerate(told):
        place = Box(box.x + n % number * (room + GUTTER), box.y + n // number * tall, room, tall - 10)
        lines = (line(one.title, 13, bold=True, colour="accent"), line(one.body, 12, before=4))
        drawing.text(slide, place, lines, f"Texte{NBSP}: {one.title}")
