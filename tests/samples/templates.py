"""A template of somebody else, as PowerPoint makes them: its own names, sizes, fonts, colours and layouts."""

import io
import re

from pptx import Presentation
from pptx.opc.constants import RELATIONSHIP_TYPE as RT
from pptx.util import Emu, Pt

FONTS, ACCENT = ("Georgia", "Verdana"), "7A1FA2"
NAMES = ("Diapositive de titre", "Titre et contenu", "Titre de section")


def foreign(wide: float = 960, tall: float = 540, without: str = "") -> bytes:
    """The model of python-pptx, set in French on a page of that size, with two pages of its own that must go.

    `without`: a layout that is taken out.
    """
    deck = Presentation()
    across, down = wide * 12_700 / deck.slide_width, tall * 12_700 / deck.slide_height
    deck.slide_width, deck.slide_height = Pt(wide), Pt(tall)
    master = deck.slide_masters[0]
    for part in (master, *deck.slide_layouts):
        for shape in part.shapes:
            if shape.element.xpath(".//a:off"):
                shape.left, shape.width = Emu(int(shape.left * across)), Emu(int(shape.width * across))
                shape.top, shape.height = Emu(int(shape.top * down)), Emu(int(shape.height * down))
    for layout, name in zip(list(deck.slide_layouts)[:3], NAMES, strict=True):
        layout.name = name
    for spare in list(deck.slide_layouts)[3:]:
        deck.slide_layouts.remove(spare)
    theme = master.part.part_related_by(RT.THEME)
    text = re.sub(
        r'<a:latin typeface="[^"]*"', lambda _: f'<a:latin typeface="{FONTS[0]}"', theme.blob.decode(), count=1
    )
    text = re.sub(r'(<a:minorFont>\s*<a:latin typeface=")[^"]*', rf"\g<1>{FONTS[1]}", text)
    text = re.sub(r"(<a:accent1>\s*<a:srgbClr val=\")[^\"]*", rf"\g<1>{ACCENT}", text)
    theme._blob = text.encode()
    for _ in range(2):
        page = deck.slides.add_slide(deck.slide_layouts[1])
        page.shapes.title.text = "Page d'exemple du gabarit"
    if without:
        for page in list(deck.slides._sldIdLst):
            deck.part.drop_rel(page.rId)
            deck.slides._sldIdLst.remove(page)
        deck.slide_layouts.remove(next(x for x in deck.slide_layouts if x.name == without))
    out = io.BytesIO()
    deck.save(out)
    return out.getvalue()
