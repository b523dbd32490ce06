"""The template of a house: which of its layouts and placeholders hold what a deck says, and the room left for figures.

Places are counted in points of a page 960 wide, whatever the width of the template: `rescale` brings pages to it.
"""

import io
import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, cast

from pptx import Presentation
from pptx.opc.constants import RELATIONSHIP_TYPE as RT
from pptx.opc.packuri import PackURI
from pptx.presentation import Presentation as Deck
from pptx.slide import Slide as PptxSlide
from pptx.slide import SlideLayout

from dashboards.deck import master
from dashboards.deck.drawing import EMU, Box
from dashboards.deck.master import ANNEX, COVER, DATE, FOOT, FOOTER, NUMBER, PART, SLIDE, SUBTITLE, TEXT, TITLE
from schemas.text import key

LEAST = (700.0, 240.0)  # the room that charts and tables need, width and height
_TYPE = "application/vnd.openxmlformats-officedocument.presentationml."
_PRESENTATION, _TEMPLATE = (f"{_TYPE}{kind}.main+xml".encode() for kind in ("presentation", "template"))
# layouts by the names that PowerPoint gives them, then by their type; content before a title alone: it says its room
_NAMED = {
    COVER: ("Diapositive de titre", "Title Slide"),
    PART: ("Titre de section", "En-tête de section", "Section Header"),
    SLIDE: ("Titre et contenu", "Title and Content", "Titre seul", "Title Only"),
    ANNEX: ("Titre et contenu", "Title and Content", "Titre seul", "Title Only"),
}
_TYPED = {COVER: ("title",), PART: ("secHead",), SLIDE: ("obj", "tx", "titleOnly"), ANNEX: ("obj", "tx", "titleOnly")}
_STRIP = {"ftr": FOOTER, "dt": DATE, "sldNum": NUMBER}
_TITLES, _CONTENT = ("title", "ctrTitle"), ("obj", "body", "tbl", "chart")
_BETWEEN, _HIGH = 9.0, 40.0  # under the head, and of the words at the foot of a page


class Unsuited(Exception):
    """A template cannot be used; the message says why, in French."""


@dataclass(frozen=True)
class Frame:
    """How a kind of page is laid out in a template.

    `places`: the placeholders of the template, by places of ours. `boxes`: the room of each place, in a placeholder or,
    where the template has none, for a text of its own. `sizes`: of the letters in placeholders. `body`: for figures.
    """

    layout: SlideLayout
    places: dict[int, int]
    boxes: dict[int, Box]
    sizes: dict[int, float]
    body: Box


def read(path: Path) -> bytes:
    """A template as PPTX, checked. Raises Unsuited."""
    try:
        data = _as_presentation(path.read_bytes())
        deck = Presentation(io.BytesIO(data))
    except FileNotFoundError:
        raise Unsuited(f"{path} : ce gabarit n'existe pas") from None
    except (OSError, zipfile.BadZipFile, KeyError, ValueError):
        raise Unsuited(f"{path.name} : ce n'est pas un diaporama ou un modèle PowerPoint (.pptx, .potx)") from None
    try:
        frames(deck)
    except Unsuited as error:
        raise Unsuited(f"{path.name} : {error}") from None
    return data


def write_own(path: Path) -> None:
    """Write our own template, to begin with: as a model (.potx) or as a deck without pages (.pptx)."""
    data = master.template()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_retyped(data, _PRESENTATION, _TEMPLATE) if path.suffix.lower() == ".potx" else data)


def _as_presentation(data: bytes) -> bytes:
    return _retyped(data, _TEMPLATE, _PRESENTATION)


def _retyped(data: bytes, before: bytes, after: bytes) -> bytes:
    """The same package, whose main part is of another type: models and decks differ in nothing else."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        types = package.read("[Content_Types].xml")
        if before not in types:
            return data
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as copy:
            for name in package.namelist():
                part = package.read(name)
                copy.writestr(name, part.replace(before, after) if name == "[Content_Types].xml" else part)
    return out.getvalue()


def opened(template: bytes) -> Deck:
    """A deck without pages in a template."""
    deck = Presentation(io.BytesIO(template))
    listed = deck.element.sldIdLst
    for one in list(listed) if listed is not None else ():
        deck.part.drop_rel(one.rId)
        listed.remove(one)
    for spare in deck.element.xpath("./p:custShowLst | ./p:extLst/p:ext[.//*[local-name()='sectionLst']]"):
        spare.getparent().remove(spare)
    master.stripped(deck)
    if not any(relation.reltype == RT.NOTES_MASTER for relation in deck.part.rels.values()):
        master.notes(deck, deck.slide_masters[0].part.part_related_by(RT.THEME).blob)
    _number_anew(deck)
    return deck


def _number_anew(deck: Deck) -> None:
    """Names for parts without a walk through all of them for each, as python-pptx does."""
    taken = {str(part.partname) for part in deck.part.package.iter_parts()}
    numbers: dict[str, Iterator[int]] = {}

    def name(tmpl: str) -> PackURI:
        found = (tmpl % n for n in numbers.setdefault(tmpl, count(1)))
        return PackURI(next(one for one in found if one not in taken))

    deck.part.package.next_partname = name  # type: ignore[method-assign]  # its own walks through all parts


def scale(deck: Deck) -> float:
    """The width of a page of a deck, in widths of ours."""
    return cast(int, deck.slide_width) / EMU / master.WIDTH


def frames(deck: Deck) -> dict[str, Frame]:
    """The frame of each kind of page. Raises Unsuited, naming all that is missing."""
    layouts = [layout for one in deck.slide_masters for layout in one.slide_layouts]
    chosen = {kind: _chosen(kind, layouts) for kind in master.LAYOUTS}
    if missing := [kind for kind, layout in chosen.items() if layout is None]:
        wanted = " ; ".join(f"« {kind} » (ou {', '.join(f'« {n} »' for n in _NAMED[kind][::2])})" for kind in missing)
        there = ", ".join(f"« {layout.name} »" for layout in layouts) or "aucune"
        raise Unsuited(
            f"il manque au gabarit une disposition nommée {wanted}. Ses dispositions : {there}. "
            "Pour un gabarit à compléter : adass report --gabarit-modele FICHIER.potx"
        )
    tall = cast(int, deck.slide_height) / EMU / scale(deck)
    return {kind: _frame(kind, layout, scale(deck), tall) for kind, layout in chosen.items() if layout is not None}


def _chosen(kind: str, layouts: Iterable[SlideLayout]) -> SlideLayout | None:
    by_name = {key(layout.name): layout for layout in layouts}
    for name in (kind, *_NAMED[kind]):
        if found := by_name.get(key(name)):
            return found
    by_type = {layout.element.get("type", ""): layout for layout in reversed(list(layouts))}
    return next((by_type[name] for name in _TYPED[kind] if name in by_type), None)


@dataclass(frozen=True)
class _Holder:
    """A placeholder of a layout of the template. `box`: the room of its letters, insets taken off."""

    kind: str
    index: int
    name: str
    box: Box
    size: float


def _frame(kind: str, layout: SlideLayout, factor: float, tall: float) -> Frame:
    there = [h for h in (_holder(p, layout, factor) for p in iter(layout.placeholders)) if h is not None]
    known = _known(kind, there)
    if TITLE not in known:
        raise Unsuited(f"la disposition « {layout.name} » n'a pas de titre")
    title = known[TITLE].box
    strip = [h.box.y for h in there if h.kind in _STRIP and h.box.y > tall * 0.8]
    low = min(strip, default=tall - 22) - 2
    boxes = {place: h.box for place, h in known.items()}
    content = max(
        (h.box for h in there if h.kind in _CONTENT and h not in known.values()), key=lambda b: b.w * b.h, default=None
    )
    if FOOTER not in known:
        boxes[FOOTER] = Box(title.x, tall - 18, title.w, 12)
    body = title
    if kind in {SLIDE, ANNEX}:
        body = _body(boxes, content, low)
        if body.w < LEAST[0] or body.h < LEAST[1]:
            raise Unsuited(
                f"la disposition « {layout.name} » laisse {body.w:.0f} × {body.h:.0f} points aux chiffres (page ramenée "
                f"à {master.WIDTH:.0f} points de large) ; il en faut {LEAST[0]:.0f} × {LEAST[1]:.0f}"
            )
    else:
        _rest(boxes, (SUBTITLE, TEXT) if kind == COVER else (TEXT,), low, layout.name)
    places, sizes = {p: h.index for p, h in known.items()}, {p: h.size for p, h in known.items()}
    return Frame(layout, places, boxes, sizes, body)


def _body(boxes: dict[int, Box], content: Box | None, low: float) -> Box:
    """The room for figures: what the template says, less the small lines that it has no placeholder for."""
    title = boxes[TITLE]
    room = content or Box(title.x, title.bottom, title.w, low - title.bottom)
    top, bottom = room.y, min(room.bottom, low)
    if SUBTITLE not in boxes:
        boxes[SUBTITLE] = Box(room.x, top, room.w, 16)
    if FOOT not in boxes:
        boxes[FOOT] = Box(room.x, bottom - _HIGH, room.w, _HIGH)
    top = max(boxes[SUBTITLE].bottom, top) + _BETWEEN
    bottom = min(bottom, boxes[FOOT].y - 8)
    return Box(room.x, top, room.w, bottom - top)


def _rest(boxes: dict[int, Box], wanted: tuple[int, ...], low: float, name: str) -> None:
    """Room under all that a page has for what it has no placeholder for."""
    under = max(box.bottom for place, box in boxes.items() if place not in _STRIP.values()) + 6
    missing = [place for place in wanted if place not in boxes]
    for n, place in enumerate(missing):
        tall = (low - under) / len(missing)
        if tall < 40:
            raise Unsuited(f"la disposition « {name} » n'a pas de place pour un texte sous son titre")
        boxes[place] = Box(boxes[TITLE].x, under + n * tall, boxes[TITLE].w, tall - 4)


def _known(kind: str, there: Iterable[_Holder]) -> dict[int, _Holder]:
    """The placeholders by our places: by type where it is plain, else by name."""
    ours = {key(h.name): h.index for h in master.LAYOUTS[kind] if h.kind == "body"}
    found: dict[int, _Holder] = {}
    for h in there:
        place = ours.get(key(re.sub(r"\s*\d+$", "", h.name)))
        if h.kind in _TITLES:
            place = TITLE
        elif h.kind in _STRIP:
            place = _STRIP[h.kind]
        elif place is None and h.kind == "subTitle":
            place = SUBTITLE
        elif place is None and h.kind == "body" and kind in {COVER, PART}:
            place = TEXT
        if place is not None:
            found.setdefault(place, h)
    return found


def _holder(placeholder: Any, layout: SlideLayout, factor: float) -> _Holder | None:
    """None for one without a place."""
    if placeholder.width is None or placeholder.left is None:
        return None
    told = placeholder.element.xpath(".//p:ph")[0]
    kind = told.get("type", "obj")
    x, y, w, h = (v / EMU / factor for v in (placeholder.left, placeholder.top, placeholder.width, placeholder.height))
    left, top, right, bottom = (
        int((placeholder.element.xpath(f".//a:bodyPr/@{side}Ins") or [default])[0]) / EMU / factor
        for side, default in (("l", 91_440), ("t", 45_720), ("r", 91_440), ("b", 45_720))
    )
    box = Box(x + left, y + top, w - left - right, h - top - bottom)
    return _Holder(
        kind, int(told.get("idx", "0")), placeholder.name, box, _size(placeholder.element, kind, layout) / factor
    )


def _size(element: Any, kind: str, layout: SlideLayout) -> float:
    """The size of the letters: of the placeholder itself, of the one of the master, of the master's style."""
    root = layout.slide_master.element
    style = "titleStyle" if kind in _TITLES else "bodyStyle"
    like = "title" if kind in _TITLES else kind if kind in _STRIP else "body"
    path = ".//a:lvl1pPr/a:defRPr/@sz"
    above = [p.xpath(path) for p in root.xpath(f".//p:sp[.//p:ph[@type='{like}']]")]
    for found in (element.xpath(path), *above, root.xpath(f"./p:txStyles/p:{style}/a:lvl1pPr/a:defRPr/@sz")):
        if found:
            return int(found[0]) / 100
    return 18.0


# --- another width ---

_LENGTHS = {
    "off": ("x", "y"), "ext": ("cx", "cy"), "gridCol": ("w",), "tr": ("h",), "ln": ("w",), "spcPts": ("val",),
    "rPr": ("sz",), "defRPr": ("sz",), "endParaRPr": ("sz",), "bodyPr": ("lIns", "tIns", "rIns", "bIns"),
    "tcPr": ("marL", "marR"), "lnB": ("w",),
}  # fmt: skip


def rescale(slide: PptxSlide, factor: float) -> None:
    """Bring a page drawn 960 points wide to the width of its template: places, letters, lines."""
    if abs(factor - 1) < 0.001:
        return
    charts = [cast(Any, shape).chart.part._element for shape in slide.shapes if shape.has_chart]
    for root in (slide.shapes.element, *charts):
        for element in root.iter():
            for name in _LENGTHS.get(str(element.tag).rpartition("}")[2], ()):
                if (value := element.get(name)) is not None:
                    element.set(name, str(round(int(value) * factor)))
