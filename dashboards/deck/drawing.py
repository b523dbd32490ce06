"""What every page of the deck is drawn with: boxes in points, texts, tables, all of them in French and named."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from pptx.oxml import parse_xml
from pptx.slide import Slide as PptxSlide
from pptx.util import Emu

from dashboards import formats
from dashboards.deck import extents

EMU = 12_700  # in a point
LANGUAGE = "fr-FR"
NS = (
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
)
# Roles of the theme as the names PowerPoint has for the colours of its own themes.
SCHEME = {
    "text": "tx1", "ground": "bg1", "muted": "tx2", "panel": "bg2", "accent": "accent1", "second": "accent2",
    "third": "accent3", "fourth": "accent4", "comparator": "accent5", "warning": "accent6",
}  # fmt: skip
_NO_GRID = "{2D5ABB26-0587-4C30-8999-92F81FD0307C}"  # PowerPoint's table style without lines
_TABLE = "http://schemas.openxmlformats.org/drawingml/2006/table"
CELL_MARGIN = 4.0
BREAK = "\v"  # at the end of a run: the next one stands under it


@dataclass(frozen=True)
class Box:
    """A place on a page, in points from its top left corner."""

    x: float
    y: float
    w: float
    h: float

    @property
    def bottom(self) -> float:
        return self.y + self.h

    @property
    def right(self) -> float:
        return self.x + self.w


@dataclass(frozen=True)
class Run:
    """Words set alike; what is not said (size 0, no colour) comes from the place they stand in."""

    text: str
    size: float = 0
    bold: bool = False
    colour: str = ""


@dataclass(frozen=True)
class Line:
    """A paragraph. `align`: l, r or ctr; `before`: space above it."""

    runs: tuple[Run, ...]
    align: str = ""
    before: float = 0

    @property
    def text(self) -> str:
        return "".join(run.text for run in self.runs)


def line(
    text: str, size: float = 0, *, bold: bool = False, colour: str = "", align: str = "", before: float = 0
) -> Line:
    """A paragraph set alike throughout."""
    return Line((Run(text, size, bold, colour),), align, before)


def colour_xml(role: str) -> str:
    """The colour of a role; raises KeyError for one the theme does not know."""
    if role == "rule":
        return '<a:schemeClr val="bg2"><a:lumMod val="90000"/></a:schemeClr>'
    return f'<a:schemeClr val="{SCHEME[role]}"/>'


def fill_xml(role: str) -> str:
    return f"<a:solidFill>{colour_xml(role)}</a:solidFill>"


def hatch_xml(role: str) -> str:
    """Lines on the ground, for what others are compared with: never colour alone."""
    pattern = f"<a:fgClr>{colour_xml(role)}</a:fgClr><a:bgClr>{colour_xml('ground')}</a:bgClr>"
    return f'<a:pattFill prst="wdUpDiag">{pattern}</a:pattFill>'


def run_properties(tag: str, size: float = 0, bold: bool = False, colour: str = "") -> str:
    """The properties of letters, as the element `tag`."""
    sized = f' sz="{round(size * 100)}"' if size else ""
    weight = ' b="1"' if bold else ""
    filled = fill_xml(colour) if colour else ""
    return f'<a:{tag} lang="{LANGUAGE}"{sized}{weight}>{filled}</a:{tag}>'


def _run_xml(run: Run) -> str:
    text = escape(formats.prose(run.text.rstrip(BREAK)))
    broken = "<a:br/>" if run.text.endswith(BREAK) else ""
    return f"<a:r>{run_properties('rPr', run.size, run.bold, run.colour)}<a:t>{text}</a:t></a:r>{broken}"


def _line_xml(one: Line) -> str:
    align = f' algn="{one.align}"' if one.align else ""
    before = f'<a:spcBef><a:spcPts val="{round(one.before * 100)}"/></a:spcBef>' if one.before else ""
    return f"<a:p><a:pPr{align}>{before}</a:pPr>{''.join(_run_xml(r) for r in one.runs)}</a:p>"


def lines_xml(lines: Sequence[Line]) -> str:
    return "".join(_line_xml(one) for one in lines)


def parsed_lines(lines: Sequence[Line]) -> list[Any]:
    """Paragraphs as elements, to be put in a text that is there."""
    return list(parse_xml(f"<a:txBody {NS}>{lines_xml(lines)}</a:txBody>"))


def place_xml(box: Box, tag: str = "a:xfrm") -> str:
    x, y, w, h = (round(v * EMU) for v in (box.x, box.y, box.w, box.h))
    return f'<{tag}><a:off x="{x}" y="{y}"/><a:ext cx="{w}" cy="{h}"/></{tag}>'


def add(slide: PptxSlide, xml: str) -> Any:
    """Put a shape written in XML on a page; its `{id}` becomes a number of its own."""
    tree = slide.shapes.element
    element = parse_xml(xml.replace("{id}", str(100 + len(tree)), 1))  # past those of the placeholders
    tree.append(element)
    return element


def text(
    slide: PptxSlide,
    box: Box,
    lines: Sequence[Line],
    name: str,
    *,
    anchor: str = "t",
    fill: str = "",
    margin: float = 0,
) -> None:
    """A text in a box; `anchor`: t, ctr or b."""
    inset = f'lIns="{round(margin * EMU)}" rIns="{round(margin * EMU)}" tIns="{round(margin * EMU)}" bIns="{round(margin * EMU)}"'
    filled = fill_xml(fill) if fill else "<a:noFill/>"
    add(
        slide,
        f'<p:sp {NS}><p:nvSpPr><p:cNvPr id="{{id}}" name={quoteattr(name)}/><p:cNvSpPr txBox="1"/><p:nvPr/></p:nvSpPr>'
        f'<p:spPr>{place_xml(box)}<a:prstGeom prst="rect"><a:avLst/></a:prstGeom>{filled}</p:spPr>'
        f'<p:txBody><a:bodyPr wrap="square" {inset} anchor="{anchor}"><a:noAutofit/></a:bodyPr><a:lstStyle/>'
        f"{lines_xml(lines)}</p:txBody></p:sp>",
    )


def swatch(slide: PptxSlide, box: Box, role: str, name: str, *, hatched: bool = False) -> None:
    """A small square of a legend."""
    look = (
        f'{hatch_xml(role)}<a:ln w="9525">{fill_xml(role)}</a:ln>'
        if hatched
        else f"{fill_xml(role)}<a:ln><a:noFill/></a:ln>"
    )
    add(
        slide,
        f'<p:sp {NS}><p:nvSpPr><p:cNvPr id="{{id}}" name={quoteattr(name)} descr={quoteattr(name)}/><p:cNvSpPr/><p:nvPr/></p:nvSpPr>'
        f'<p:spPr>{place_xml(box)}<a:prstGeom prst="rect"><a:avLst/></a:prstGeom>{look}</p:spPr></p:sp>',
    )


def height_of(lines: Sequence[Line], room: float) -> float:
    """The height that paragraphs take in a width; every run must say its size."""
    total = 0.0
    for one in lines:
        size = max(run.size for run in one.runs)
        total += one.before + extents.height(one.text, size, room, any(run.bold for run in one.runs))
    return total


@dataclass(frozen=True)
class Cell:
    line: Line
    ruled: bool = True  # a thin line under it


def table(
    slide: PptxSlide,
    place: tuple[float, float],
    widths: Sequence[float],
    rows: Sequence[Sequence[Cell]],
    heights: Sequence[float],
    name: str,
    described: str,
    *,
    head: bool = True,
    margin: float = CELL_MARGIN,
) -> None:
    """A native table; `head`: its first row holds the titles. `described` is for those who do not see it."""
    box = Box(*place, sum(widths), sum(heights))
    columns = "".join(f'<a:gridCol w="{round(w * EMU)}"/>' for w in widths)
    body = "".join(
        f'<a:tr h="{round(h * EMU)}">{"".join(_cell_xml(cell, margin) for cell in row)}</a:tr>'
        for row, h in zip(rows, heights, strict=True)
    )
    add(
        slide,
        f'<p:graphicFrame {NS}><p:nvGraphicFramePr><p:cNvPr id="{{id}}" name={quoteattr(name)} '
        f'descr={quoteattr(formats.prose(described))}/><p:cNvGraphicFramePr><a:graphicFrameLocks noGrp="1"/>'
        f"</p:cNvGraphicFramePr><p:nvPr/></p:nvGraphicFramePr>{place_xml(box, 'p:xfrm')}"
        f'<a:graphic><a:graphicData uri="{_TABLE}"><a:tbl><a:tblPr{" firstRow=" + chr(34) + "1" + chr(34) if head else ""}>'
        f"<a:tableStyleId>{_NO_GRID}</a:tableStyleId></a:tblPr><a:tblGrid>{columns}</a:tblGrid>{body}</a:tbl>"
        "</a:graphicData></a:graphic></p:graphicFrame>",
    )


def _cell_xml(cell: Cell, margin: float) -> str:
    side = round(margin * EMU)
    rule = f'<a:lnB w="6350">{fill_xml("rule")}</a:lnB>' if cell.ruled else ""
    return (
        f"<a:tc><a:txBody><a:bodyPr/><a:lstStyle/>{lines_xml((cell.line,))}</a:txBody>"
        f'<a:tcPr marL="{side}" marR="{side}" marT="0" marB="0" anchor="ctr">{rule}<a:noFill/></a:tcPr></a:tc>'
    )


def describe(frame: Any, name: str, described: str) -> None:
    """Name a shape that python-pptx made, with its text alternative."""
    properties = frame.element.xpath(".//p:cNvPr")[0]
    properties.set("name", name)
    properties.set("descr", formats.prose(described))


def holder(slide: PptxSlide, kind: str, index: int, name: str, lines: Sequence[Line]) -> None:
    """A placeholder of the layout that python-pptx does not bring along: foot, date, number."""
    add(
        slide,
        f'<p:sp {NS}><p:nvSpPr><p:cNvPr id="{{id}}" name={quoteattr(name)}/><p:cNvSpPr><a:spLocks noGrp="1"/></p:cNvSpPr>'
        f'<p:nvPr><p:ph type="{kind}" idx="{index}"/></p:nvPr></p:nvSpPr><p:spPr/>'
        f"<p:txBody><a:bodyPr/><a:lstStyle/>{lines_xml(lines)}</p:txBody></p:sp>",
    )


def number(slide: PptxSlide, index: int, name: str) -> None:
    """The number of the page, which PowerPoint keeps right."""
    holder(slide, "sldNum", index, name, ())
    body = slide.shapes.element[-1].find(f"{{{slide.shapes.element.nsmap['p']}}}txBody")
    field = f'<a:p {NS}><a:fld id="{{B6F15528-21DE-4FAA-801E-634DDDAF4B2B}}" type="slidenum"><a:rPr lang="{LANGUAGE}"/>'
    body.append(parse_xml(f"{field}<a:t>‹N°›</a:t></a:fld></a:p>"))


def move(slide: PptxSlide, index: int, box: Box) -> None:
    """Give a placeholder a place of its own on this page."""
    found = next(p for p in slide.placeholders if p.placeholder_format.idx == index)
    found.left, found.top, found.width, found.height = (Emu(round(v * EMU)) for v in (box.x, box.y, box.w, box.h))


def columns(shape: Any, across: int) -> None:
    """Set the text of a shape in columns."""
    shape.element.xpath(".//a:bodyPr")[0].set("numCol", str(across))
