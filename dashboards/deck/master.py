"""The master of the deck, made by code from the theme: layouts with placeholders that PowerPoint can restyle."""

import io
from dataclasses import dataclass
from functools import cache
from typing import cast
from xml.sax.saxutils import quoteattr

from pptx import Presentation
from pptx.opc.constants import RELATIONSHIP_TYPE as RT
from pptx.opc.package import XmlPart
from pptx.oxml import parse_xml
from pptx.presentation import Presentation as Deck
from pptx.util import Pt

from dashboards.deck.drawing import LANGUAGE, NS, Box, fill_xml, place_xml
from dashboards.theme import DECK_FAMILY, LIGHT

WIDTH, HEIGHT, MARGIN = 960.0, 540.0, 40.0  # 16:9, in points
ROOM = WIDTH - 2 * MARGIN
COVER, PART, SLIDE, ANNEX = "Couverture", "Partie", "Diapositive", "Annexe"
# places of the placeholders, by which a page finds them
TITLE, SUBTITLE, MARK, TEXT, FOOT, DATE, FOOTER, NUMBER = 0, 14, 13, 15, 16, 10, 11, 12


@dataclass(frozen=True)
class Holder:
    """A placeholder of a layout: its place, and how what is written in it looks."""

    index: int
    kind: str
    name: str
    prompt: str
    box: Box
    size: float
    colour: str = "text"
    bold: bool = False
    anchor: str = "t"
    align: str = "l"
    gap: float = 0  # between paragraphs


_STRIP = (
    Holder(FOOTER, "ftr", "Pied de page", "Pied de page", Box(MARGIN, 514, 560, 14), 8, "muted", anchor="ctr"),
    Holder(DATE, "dt", "Date", "Date", Box(640, 514, 200, 14), 8, "muted", anchor="ctr", align="r"),
    Holder(NUMBER, "sldNum", "Numéro", "", Box(860, 514, 60, 14), 8, "muted", anchor="ctr", align="r"),
)
_FOOT = Holder(
    FOOT, "body", "Base et source", "Base, réserves, source", Box(MARGIN, 462, ROOM, 46), 8, "muted", anchor="b"
)
_HEAD = (
    Holder(TITLE, "title", "Titre", "Titre", Box(MARGIN, 34, ROOM, 56), 22, bold=True, anchor="b"),
    Holder(SUBTITLE, "body", "Sous-titre", "Sous-titre", Box(MARGIN, 91, ROOM, 16), 11, "muted"),
    Holder(MARK, "body", "Repère", "Repère", Box(MARGIN, 20, ROOM, 14), 10, "accent", bold=True),
)
LAYOUTS: dict[str, tuple[Holder, ...]] = {
    COVER: (
        Holder(TITLE, "ctrTitle", "Titre", "Titre", Box(80, 150, 800, 100), 40, bold=True, anchor="b"),
        Holder(SUBTITLE, "body", "Sous-titre", "Sous-titre", Box(80, 262, 800, 60), 20, "muted"),
        Holder(TEXT, "body", "Mentions", "Mentions", Box(80, 360, 800, 90), 12, "muted", gap=4),
        *_STRIP,
    ),
    PART: (
        Holder(MARK, "body", "Repère", "Repère", Box(80, 72, 200, 76), 60, "accent", bold=True, anchor="b"),
        Holder(TITLE, "title", "Titre", "Titre", Box(80, 152, 800, 46), 34, bold=True),
        Holder(TEXT, "body", "Contenu", "Contenu", Box(80, 214, 800, 280), 13, "muted", gap=3),
        *_STRIP,
    ),
    SLIDE: (
        *_HEAD,
        Holder(TEXT, "body", "Texte", "Texte", Box(MARGIN, 190, ROOM, 30), 12, gap=2),
        _FOOT,
        *_STRIP,
    ),
    ANNEX: (*_HEAD, Holder(TEXT, "body", "Texte", "Texte", Box(MARGIN, 116, ROOM, 336), 12, gap=6), _FOOT, *_STRIP),
}  # fmt: skip


@cache
def template() -> bytes:
    """The template of adass: its master, and no page."""
    deck = Presentation()
    deck.slide_width, deck.slide_height = Pt(WIDTH), Pt(HEIGHT)
    deck.element.sldSz.attrib.pop("type", None)  # it says 4:3
    master = deck.slide_masters[0]
    for spare in list(deck.slide_layouts)[len(LAYOUTS) :]:
        deck.slide_layouts.remove(spare)
    for layout, (name, holders) in zip(deck.slide_layouts, LAYOUTS.items(), strict=True):
        root = layout.element
        root.attrib.pop("type", None)
        root.set("preserve", "1")
        root.replace(root.cSld, parse_xml(_content(name, holders)))
    root = master.element
    # the master holds one placeholder of each kind; layouts say the rest
    one_each = tuple(h for h in LAYOUTS[ANNEX] if h.kind != "body" or h.index == TEXT)
    root.replace(root.cSld, parse_xml(_content("", one_each)))
    styles = root.find(f"{{{root.nsmap['p']}}}txStyles")
    root.replace(styles, parse_xml(_styles()))
    theme = _theme("adass").encode()
    master.part.part_related_by(RT.THEME)._blob = theme
    notes(deck, theme)
    stripped(deck)
    out = io.BytesIO()
    deck.save(out)
    return out.getvalue()


def stripped(deck: Deck) -> None:
    """Leave nothing of a template that tells of who made it."""
    package = deck.part.package
    for part in list(package.iter_parts()):
        if str(part.partname) == "/docProps/app.xml":
            part._blob = (
                b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
                b'<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/extended-properties">'
                b"<Application>adass</Application></Properties>"
            )
    for source, kind in ((package, RT.THUMBNAIL), (deck.part, RT.PRINTER_SETTINGS)):
        relations = source._rels
        for key in [k for k, relation in relations.items() if relation.reltype == kind]:
            relations.pop(key)


def _content(name: str, holders: tuple[Holder, ...]) -> str:
    shapes = "".join(_holder(n, h) for n, h in enumerate(holders, 2))
    named = f" name={quoteattr(name)}" if name else ""
    background = '<p:bg><p:bgRef idx="1001"><a:schemeClr val="bg1"/></p:bgRef></p:bg>' if not name else ""
    return (
        f'<p:cSld {NS}{named}>{background}<p:spTree><p:nvGrpSpPr><p:cNvPr id="1" name=""/><p:cNvGrpSpPr/><p:nvPr/>'
        f"</p:nvGrpSpPr><p:grpSpPr/>{_ornaments(name)}{shapes}</p:spTree></p:cSld>"
    )


def _ornaments(name: str) -> str:
    """A band on the pages that open something, a thin line above the foot of the others."""
    if name in {COVER, PART}:
        return _rectangle(80, "Filet", Box(80, 62 if name == PART else 136, 64, 5), "accent")
    return _rectangle(80, "Filet", Box(MARGIN, 510, ROOM, 0.75), "rule") if name else ""


def _rectangle(number: int, name: str, box: Box, role: str) -> str:
    return (
        f'<p:sp><p:nvSpPr><p:cNvPr id="{number}" name="{name}"/><p:cNvSpPr/><p:nvPr userDrawn="1"/></p:nvSpPr><p:spPr>'
        f'{place_xml(box)}<a:prstGeom prst="rect"><a:avLst/></a:prstGeom>{fill_xml(role)}<a:ln><a:noFill/></a:ln></p:spPr>'
        f'<p:txBody><a:bodyPr/><a:lstStyle/><a:p><a:endParaRPr lang="{LANGUAGE}"/></a:p></p:txBody></p:sp>'
    )


def _holder(number: int, h: Holder) -> str:
    index = f' idx="{h.index}"' if h.index else ""
    prompt = (
        f'<a:fld id="{{B6F15528-21DE-4FAA-801E-634DDDAF4B2B}}" type="slidenum"><a:rPr lang="{LANGUAGE}"/><a:t>‹N°›</a:t></a:fld>'
        if h.kind == "sldNum"
        else f'<a:r><a:rPr lang="{LANGUAGE}"/><a:t>{h.prompt}</a:t></a:r>'
    )
    return (
        f'<p:sp><p:nvSpPr><p:cNvPr id="{number}" name="{h.name}"/><p:cNvSpPr><a:spLocks noGrp="1"/></p:cNvSpPr>'
        f'<p:nvPr><p:ph type="{h.kind}"{index}/></p:nvPr></p:nvSpPr><p:spPr>{place_xml(h.box)}'
        f'<a:prstGeom prst="rect"><a:avLst/></a:prstGeom></p:spPr>'
        f'<p:txBody><a:bodyPr lIns="0" tIns="0" rIns="0" bIns="0" anchor="{h.anchor}"><a:normAutofit/></a:bodyPr>'
        f'<a:lstStyle><a:lvl1pPr marL="0" indent="0" algn="{h.align}"><a:lnSpc><a:spcPct val="100000"/></a:lnSpc>'
        f'<a:spcBef><a:spcPts val="{round(h.gap * 100)}"/></a:spcBef><a:buNone/>'
        f'<a:defRPr lang="{LANGUAGE}" sz="{round(h.size * 100)}" b="{int(h.bold)}">{fill_xml(h.colour)}</a:defRPr>'
        f"</a:lvl1pPr></a:lstStyle><a:p>{prompt}</a:p></p:txBody></p:sp>"
    )


def _styles() -> str:
    def style(tag: str, font: str) -> str:
        return (
            f'<p:{tag}><a:lvl1pPr marL="0" indent="0" algn="l"><a:spcBef><a:spcPts val="0"/></a:spcBef><a:buNone/>'
            f'<a:defRPr lang="{LANGUAGE}" sz="1200" kern="1200">{fill_xml("text")}<a:latin typeface="{font}"/></a:defRPr>'
            f"</a:lvl1pPr></p:{tag}>"
        )

    return (
        f"<p:txStyles {NS}>{style('titleStyle', '+mj-lt')}{style('bodyStyle', '+mn-lt')}{style('otherStyle', '+mn-lt')}"
        "</p:txStyles>"
    )


def _theme(name: str) -> str:
    """The theme that PowerPoint shows under its own name, with our colours and typeface."""
    roles = {
        "dk1": LIGHT.text, "lt1": LIGHT.ground, "dk2": LIGHT.muted, "lt2": LIGHT.panel, "accent1": LIGHT.accent,
        "accent2": LIGHT.second, "accent3": LIGHT.third, "accent4": LIGHT.fourth, "accent5": LIGHT.comparator,
        "accent6": LIGHT.warning, "hlink": LIGHT.accent, "folHlink": LIGHT.third,
    }  # fmt: skip
    colours = "".join(f'<a:{role}><a:srgbClr val="{value[1:]}"/></a:{role}>' for role, value in roles.items())
    font = f'<a:latin typeface="{DECK_FAMILY}"/><a:ea typeface=""/><a:cs typeface=""/>'
    fill = '<a:solidFill><a:schemeClr val="phClr"/></a:solidFill>'
    rule = f'<a:ln w="9525" cap="flat" cmpd="sng" algn="ctr">{fill}<a:prstDash val="solid"/></a:ln>'
    effect = "<a:effectStyle><a:effectLst/></a:effectStyle>"
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
        f'<a:theme xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" name="{name}"><a:themeElements>'
        f'<a:clrScheme name="{name}">{colours}</a:clrScheme>'
        f'<a:fontScheme name="{name}"><a:majorFont>{font}</a:majorFont><a:minorFont>{font}</a:minorFont></a:fontScheme>'
        f'<a:fmtScheme name="{name}"><a:fillStyleLst>{fill * 3}</a:fillStyleLst><a:lnStyleLst>{rule * 3}</a:lnStyleLst>'
        f"<a:effectStyleLst>{effect * 3}</a:effectStyleLst><a:bgFillStyleLst>{fill * 3}</a:bgFillStyleLst></a:fmtScheme>"
        "</a:themeElements><a:objectDefaults/><a:extraClrSchemeLst/></a:theme>"
    )


_FRENCH_NAMES = {
    "hdr": "En-tête", "dt": "Date", "sldImg": "Image de la diapositive", "body": "Commentaires", "ftr": "Pied de page",
    "sldNum": "Numéro",
}  # fmt: skip


def notes(deck: Deck, theme: bytes) -> None:
    """The master of the notes pages, in French."""
    pages = deck.notes_master
    for shape in pages.element.iter(f"{{{pages.element.nsmap['p']}}}sp"):
        kind = shape.xpath(".//p:ph")[0].get("type")
        shape.xpath(".//p:cNvPr")[0].set("name", _FRENCH_NAMES[kind])
        for n, words in enumerate(shape.xpath(".//a:p[a:r]")):
            for run in words.xpath("./a:r/a:t"):
                run.text = f"Niveau {n + 1}"
        for fields in shape.xpath(".//a:fld/a:t"):
            fields.text = "‹N°›" if kind == "sldNum" else ""
        for element in shape.xpath(".//*[@lang]"):
            element.set("lang", LANGUAGE)
    cast(XmlPart, pages.part.part_related_by(RT.THEME))._element = parse_xml(theme)
    known = deck.part.relate_to(pages.part, RT.NOTES_MASTER)
    deck.element.sldMasterIdLst.addnext(
        parse_xml(f'<p:notesMasterIdLst {NS}><p:notesMasterId r:id="{known}"/></p:notesMasterIdLst>')
    )
