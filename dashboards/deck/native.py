"""Charts as PowerPoint has them: data in a workbook behind each, so that "Modifier les données" finds it."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

import xlsxwriter

from dashboards.content.filled import Figure
from dashboards.deck.drawing import LANGUAGE, fill_xml, hatch_xml, run_properties
from dashboards.deck.workbook import number_format

SHEET = "Données"
UPRIGHT, UNBROKEN = ' rot="0" vert="horz"', ' wrap="none"'
_NS = (
    'xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
)


@dataclass(frozen=True)
class Series:
    """A row of values (None where missing). `colours`: of single points; hatched is what others are compared with."""

    name: str
    values: tuple[float | None, ...]
    colour: str = "accent"
    hatched: bool = False
    colours: tuple[str, ...] = ()


@dataclass(frozen=True)
class Inner:
    """The place of the bars inside the chart, in parts of its size: the rest is for labels."""

    x: float
    y: float
    w: float
    h: float


@dataclass(frozen=True)
class ChartData:
    """What python-pptx asks of the data of a chart: its XML and its workbook."""

    categories: tuple[str, ...]
    series: tuple[Series, ...]
    code: str  # number format
    drawn: str  # the chart's own part of the XML
    head: str = ""  # title of the column of categories

    def xml_bytes(self, _kind: object) -> bytes:
        return (
            f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><c:chartSpace {_NS}><c:date1904 val="0"/>'
            f'<c:lang val="{LANGUAGE}"/><c:roundedCorners val="0"/><c:chart><c:autoTitleDeleted val="1"/>{self.drawn}'
            '<c:plotVisOnly val="1"/><c:dispBlanksAs val="gap"/></c:chart>'
            f"<c:spPr><a:noFill/><a:ln><a:noFill/></a:ln></c:spPr>{_letters(10)}</c:chartSpace>"
        ).encode()

    @property
    def xlsx_blob(self) -> bytes:
        """The workbook behind the chart; every text is a text, whatever it begins with."""
        out = io.BytesIO()
        with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
            sheet = book.add_worksheet(SHEET)
            number = book.add_format({"num_format": self.code})
            sheet.set_column(0, 0, 40)
            sheet.set_column(1, len(self.series), 16)
            sheet.write_string(0, 0, self.head)
            for row, name in enumerate(self.categories, 1):
                sheet.write_string(row, 0, name)
            for column, one in enumerate(self.series, 1):
                sheet.write_string(0, column, one.name)
                for row, value in enumerate(one.values, 1):
                    if value is not None:
                        sheet.write_number(row, column, value, number)
        return out.getvalue()


def bars(
    figures: Sequence[Figure], categories: tuple[str, ...], names: tuple[str, str], colour: str, *,
    paired: bool, inner: Inner, top: float, size: float,
) -> ChartData:  # fmt: skip
    """Horizontal bars, the first on top; the comparator hatched under each where `paired`. `names` of the two series."""
    series = [Series(names[0], tuple(f.cell.valeur for f in figures), colour)]
    if paired:
        beside = tuple(f.reference.valeur if f.reference else None for f in figures)
        series.append(Series(names[1], beside, "comparator", hatched=True))
    code = number_format(figures[0].indicator, [v for s in series for v in s.values])
    body = "".join(_series(n, s, categories, code, size, bold=not s.hatched) for n, s in enumerate(series))
    gap, overlap = (55, -5) if paired else (60, 0)
    drawn = (
        f'<c:plotArea>{_layout(inner)}<c:barChart><c:barDir val="bar"/><c:grouping val="clustered"/>'
        f'<c:varyColors val="0"/>{body}<c:gapWidth val="{gap}"/><c:overlap val="{overlap}"/>'
        f'<c:axId val="1"/><c:axId val="2"/></c:barChart>{_category_axis("l", "maxMin", size)}{_value_axis("t", top)}'
        "</c:plotArea>"
    )
    return ChartData(categories, tuple(series), code, drawn, "Libellé")


def columns(figures: Sequence[Figure], name: str, inner: Inner, size: float) -> ChartData:
    """Upright bars, one for each year, from zero."""
    values = tuple(f.cell.valeur for f in figures)
    one = Series(name, values, "accent", colours=tuple(f.colour for f in figures))
    code = number_format(figures[0].indicator, values)
    categories = tuple(f.label for f in figures)
    top = max((v for v in values if v is not None), default=1) * 1.12 or 1
    drawn = (
        f'<c:plotArea>{_layout(inner)}<c:barChart><c:barDir val="col"/><c:grouping val="clustered"/>'
        f'<c:varyColors val="0"/>{_series(0, one, categories, code, size, bold=True)}<c:gapWidth val="60"/>'
        f'<c:axId val="1"/><c:axId val="2"/></c:barChart>{_category_axis("b", "minMax", size)}{_value_axis("l", top)}'
        "</c:plotArea>"
    )
    return ChartData(categories, (one,), code, drawn, "Année")


def ring(figures: Sequence[Figure], name: str) -> ChartData:
    """A whole and its parts, each in its own colour; the names stand beside the chart."""
    values = tuple(f.cell.valeur for f in figures)
    one = Series(name, values, colours=tuple(f.colour for f in figures))
    code = number_format(figures[0].indicator, values)
    categories = tuple(f.label for f in figures)
    drawn = (
        f'<c:plotArea><c:layout/><c:doughnutChart><c:varyColors val="1"/>'
        f"{_series(0, one, categories, code, 0, bold=False, ring=True)}"
        '<c:firstSliceAng val="0"/><c:holeSize val="66"/></c:doughnutChart></c:plotArea>'
    )
    return ChartData(categories, (one,), code, drawn, "Part")


def _series(
    place: int, one: Series, categories: Sequence[str], code: str, size: float, *, bold: bool, ring: bool = False
) -> str:
    column = chr(ord("B") + place)
    last = len(categories) + 1
    bars_only = "" if ring else '<c:invertIfNegative val="0"/>'
    labels = "" if ring else _labels(code, size, bold)
    return (
        f'<c:ser><c:idx val="{place}"/><c:order val="{place}"/><c:tx>{_text_ref(f"${column}$1", (one.name,))}</c:tx>'
        f"{_look(one)}{bars_only}{''.join(_point(n, role, ring) for n, role in enumerate(one.colours))}{labels}"
        f"<c:cat>{_text_ref(f'$A$2:$A${last}', categories)}</c:cat>"
        f"<c:val>{_number_ref(f'${column}$2:${column}${last}', one.values, code)}</c:val></c:ser>"
    )


def _look(one: Series) -> str:
    if one.hatched:
        return f'<c:spPr>{hatch_xml(one.colour)}<a:ln w="9525">{fill_xml(one.colour)}</a:ln></c:spPr>'
    return f"<c:spPr>{fill_xml(one.colour)}<a:ln><a:noFill/></a:ln></c:spPr>"


def _point(place: int, role: str, ring: bool) -> str:
    edge = f'<a:ln w="19050">{fill_xml("ground")}</a:ln>' if ring else "<a:ln><a:noFill/></a:ln>"
    inverted = "" if ring else '<c:invertIfNegative val="0"/>'
    return (
        f'<c:dPt><c:idx val="{place}"/>{inverted}<c:bubble3D val="0"/><c:spPr>{fill_xml(role)}{edge}</c:spPr></c:dPt>'
    )


def _labels(code: str, size: float, bold: bool) -> str:
    """Values at the end of the bars."""
    shown = "".join(
        f'<c:show{what} val="{int(what == "Val")}"/>'
        for what in ("LegendKey", "Val", "CatName", "SerName", "Percent", "BubbleSize")
    )
    letters = _letters(size, bold=bold, role="text" if bold else "muted", body=UNBROKEN)
    return (
        f'<c:dLbls><c:numFmt formatCode="{_attribute(code)}" sourceLinked="0"/>'
        f'<c:spPr><a:noFill/><a:ln><a:noFill/></a:ln></c:spPr>{letters}<c:dLblPos val="outEnd"/>{shown}</c:dLbls>'
    )


def _category_axis(side: str, orientation: str, size: float) -> str:
    line, letters = f'<a:ln w="9525">{fill_xml("rule")}</a:ln>', _letters(size, body=UPRIGHT)
    return (
        f'<c:catAx><c:axId val="1"/><c:scaling><c:orientation val="{orientation}"/></c:scaling><c:delete val="0"/>'
        f'<c:axPos val="{side}"/><c:numFmt formatCode="General" sourceLinked="0"/><c:majorTickMark val="none"/>'
        f'<c:minorTickMark val="none"/><c:tickLblPos val="low"/><c:spPr>{line}</c:spPr>{letters}'
        '<c:crossAx val="2"/><c:crosses val="autoZero"/><c:auto val="0"/><c:lblAlgn val="ctr"/><c:lblOffset val="60"/>'
        '<c:tickLblSkip val="1"/><c:noMultiLvlLbl val="1"/></c:catAx>'
    )


def _value_axis(side: str, top: float) -> str:
    """From zero, not shown: values are printed at the bars."""
    return (
        f'<c:valAx><c:axId val="2"/><c:scaling><c:orientation val="minMax"/><c:max val="{top!r}"/><c:min val="0"/>'
        f'</c:scaling><c:delete val="1"/><c:axPos val="{side}"/><c:numFmt formatCode="General" sourceLinked="0"/>'
        '<c:majorTickMark val="none"/><c:minorTickMark val="none"/><c:tickLblPos val="none"/><c:crossAx val="1"/>'
        '<c:crosses val="autoZero"/><c:crossBetween val="between"/></c:valAx>'
    )


def _layout(inner: Inner) -> str:
    places = "".join(
        f'<c:{k} val="{v:.4f}"/>' for k, v in (("x", inner.x), ("y", inner.y), ("w", inner.w), ("h", inner.h))
    )
    return (
        '<c:layout><c:manualLayout><c:layoutTarget val="inner"/><c:xMode val="edge"/><c:yMode val="edge"/>'
        f"{places}</c:manualLayout></c:layout>"
    )


def _letters(size: float, *, bold: bool = False, role: str = "text", body: str = "") -> str:
    return (
        f"<c:txPr><a:bodyPr{body}/><a:lstStyle/><a:p><a:pPr>{run_properties('defRPr', size, bold, role)}</a:pPr>"
        f'<a:endParaRPr lang="{LANGUAGE}"/></a:p></c:txPr>'
    )


def _text_ref(cells: str, texts: Sequence[str]) -> str:
    points = "".join(f'<c:pt idx="{n}"><c:v>{escape(t)}</c:v></c:pt>' for n, t in enumerate(texts))
    return f"<c:strRef><c:f>'{SHEET}'!{cells}</c:f><c:strCache><c:ptCount val=\"{len(texts)}\"/>{points}</c:strCache></c:strRef>"


def _number_ref(cells: str, values: Sequence[float | None], code: str) -> str:
    points = "".join(f'<c:pt idx="{n}"><c:v>{v!r}</c:v></c:pt>' for n, v in enumerate(values) if v is not None)
    return (
        f"<c:numRef><c:f>'{SHEET}'!{cells}</c:f><c:numCache><c:formatCode>{escape(code)}</c:formatCode>"
        f'<c:ptCount val="{len(values)}"/>{points}</c:numCache></c:numRef>'
    )


def _attribute(text: str) -> str:
    return escape(text, {'"': "&quot;"})
