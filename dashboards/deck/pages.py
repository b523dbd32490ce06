"""The deck of a report: cover, parts, a page for each slide, annex."""

import io
from collections.abc import Sequence

from pptx.presentation import Presentation as Deck
from pptx.slide import Slide as PptxSlide

from dashboards import formats
from dashboards.content import filled as content
from dashboards.content import outline, words
from dashboards.content.filled import unit_words
from dashboards.content.outline import Page, Report
from dashboards.deck import blocks, drawing, extents, listings, master
from dashboards.deck.drawing import LANGUAGE, Box, Cell, Line, Run, line
from dashboards.deck.listings import Listing, Row
from dashboards.deck.master import (
    ANNEX,
    BODY,
    COVER,
    DATE,
    FOOT,
    FOOTER,
    MARK,
    NUMBER,
    PART,
    SLIDE,
    SUBTITLE,
    TEXT,
    TITLE,
)
from dashboards.formats import NBSP
from dashboards.slides.blocks import Section
from schemas.indicators.catalogue import NOMBRE, Indicator

MARGIN = blocks.GUTTER / 2
LISTED_HEAD = 22.0  # height of the titles of a long table
_NAMES = {h.index: h.name for holders in master.LAYOUTS.values() for h in holders}


def of(report: Report) -> bytes:
    """The deck of a report as a PPTX file."""
    deck = master.new()
    made = _Maker(deck, report)
    made.cover()
    for section, pages in report.parts:
        made.part(section, pages)
        shared = [page for page in pages if outline.thin(page)]
        for page in pages:
            if page not in shared:
                made.slide(page)
        if shared:
            made.listing(listings.shared(section, shared), [one for page in shared for one in _notes(page)])
    made.annex()
    properties = deck.core_properties
    properties.title = f"ADASS {report.annee}{NBSP}: {report.scope_name.lower()}"
    properties.author = properties.last_modified_by = "adass"
    properties.language = LANGUAGE
    properties.subject = f"Rapport annuel {report.annee}, millésime {report.vintage.name}"
    properties.keywords, properties.comments, properties.category = "ADASS", "", "Rapport annuel"
    properties.created = properties.modified = report.vintage.created
    out = io.BytesIO()
    deck.save(out)
    return out.getvalue()


class _Maker:
    """One deck being made; pages are added in order."""

    def __init__(self, deck: Deck, report: Report) -> None:
        self._deck, self._report = deck, report
        self._layouts = {layout.name: layout for layout in deck.slide_layouts}
        self._day = formats.jour(report.vintage.created)

    def _new(self, layout: str, words: dict[int, Sequence[Line]]) -> PptxSlide:
        """A page with words in its placeholders; those that stay empty are taken away."""
        slide: PptxSlide = self._deck.slides.add_slide(self._layouts[layout])
        for holder in list(slide.placeholders):
            index = holder.placeholder_format.idx
            holder.element.xpath(".//p:cNvPr")[0].set("name", _NAMES[index])
            if index in words:
                body = holder.text_frame._txBody
                for paragraph in body.p_lst:
                    body.remove(paragraph)
                body.extend(drawing.parsed_lines(words[index]))
            else:
                holder.element.getparent().remove(holder.element)
        report = self._report
        foot = f"ADASS {report.annee}{NBSP}· {report.scope_name}{NBSP}· millésime {report.vintage.name}"
        if report.vintage.synthetic:
            foot += f"{NBSP}· données synthétiques"
        if layout != COVER:
            drawing.holder(slide, "ftr", FOOTER, _NAMES[FOOTER], (line(foot),))
            drawing.holder(slide, "dt", DATE, _NAMES[DATE], (line(self._day),))
            drawing.number(slide, NUMBER, _NAMES[NUMBER])
        return slide

    def cover(self) -> None:
        report = self._report
        year = f"{report.annee}{'' if report.complete else ' (incomplète)'}"
        about = [
            f"Année {year}, millésime {report.vintage.name}, produit le {self._day}.",
            f"Source{NBSP}: {', '.join(words.SOURCES[name] for name in report.sources)}.",
        ]
        if report.region:
            about.insert(0, f"Comparé à la France et à la région {report.region}.")
        told = [line(text) for text in about]
        if report.vintage.synthetic:
            told.append(line(words.SYNTHETIC, bold=True, colour="warning"))
        slide = self._new(
            COVER,
            {
                TITLE: (line("Accès aux droits, aux soins et à la santé"),),
                SUBTITLE: (line(f"Statistiques ADASS {report.annee}"), line(report.scope_name)),
                TEXT: told,
            },
        )
        _note(slide, [line(f"ADASS {report.annee}, {report.scope_name}.")])

    def part(self, section: Section, pages: Sequence[Page]) -> None:
        words = [Line((Run(f"{p.slide.id}\t", bold=True, colour="accent"), Run(p.slide.title))) for p in pages]
        self._new(PART, {MARK: (line(section.letter),), TITLE: (line(section.title),), TEXT: words})

    def slide(self, page: Page) -> None:
        slide, view = page.slide, page.view
        sentences = [text for text in (s(view) for s in slide.sentences) if text]
        made = self._new(SLIDE, self._words(page, sentences))
        box = BODY
        if len(slide.keys) == 1:
            left = Box(box.x, box.y + 4, 190, box.h)
            used = blocks.keys(made, page, left, across=False) + 14
            _sentences(made, sentences, Box(left.x, left.y + used, left.w, left.h - used))
            box = Box(left.right + 30, box.y, box.right - left.right - 30, box.h)
        else:
            if slide.keys:
                used = blocks.keys(made, page, box, across=True) + MARGIN
                box = Box(box.x, box.y + used, box.w, box.h - used)
            used = _sentences(made, sentences, box)
            box = Box(box.x, box.y + used, box.w, box.h - used)
        if filled := content.charts(slide, view):
            blocks.draw(made, page, filled, box)
        if slide.texts:
            blocks.texts(made, slide.texts, box)
        _note(made, _notes(page))

    def _words(self, page: Page, sentences: Sequence[str]) -> dict[int, Sequence[Line]]:
        """What stands in the placeholders of a slide, in letters that fit."""
        slide, view = page.slide, page.view
        headline, foot = slide.headline(view), " ".join(words.foot(slide, view))
        subtitle = words.subtitle(slide, view)
        if page.regional is not None:
            subtitle += f"{NBSP}· région{NBSP}: {self._report.region}"
        written: dict[int, Sequence[Line]] = {
            MARK: (line(f"{slide.id}{NBSP}· {slide.title}"),),
            TITLE: (line(headline, _fitting(headline, 22, 18, master.ROOM, 2, bold=True)),),
            SUBTITLE: (line(subtitle, _fitting(subtitle, 11, 9, master.ROOM, 1)),),
            FOOT: (line(foot, _fitting(foot, 8, 7, master.ROOM, 4)),),
        }
        return {**written, TEXT: [line(text, 12) for text in sentences]} if sentences else written

    def annex(self) -> None:
        self._new(
            PART, {MARK: (line("+"),), TITLE: (line("Annexe"),), TEXT: (line("Définitions, qualité des données"),)}
        )
        for listing in listings.annex(self._report):
            if listing.rows:
                self.listing(listing)

    def listing(self, listing: Listing, notes: Sequence[Line] = ()) -> None:
        """A long table over as many pages as it needs."""
        titles, widths = zip(*listing.columns, strict=True)
        rooms = [w - 2 * drawing.CELL_MARGIN for w in widths]
        parts = _parted(listing, rooms)
        foot = listing.foot or f"Source{NBSP}: millésime {self._report.vintage.name}, produit le {self._day}."
        head = tuple(_aligned(t, k, listing, bold=True, colour="muted") for k, t in enumerate(titles))
        for number, part in enumerate(parts, 1):
            named = listing.title if len(parts) == 1 else f"{listing.title} ({number}/{len(parts)})"
            mark = f"{listing.mark}{NBSP}· {listing.title}" if listing.mark == "Annexe" else listing.mark
            words: dict[int, Sequence[Line]] = {
                MARK: (line(mark),), TITLE: (line(named),), SUBTITLE: (line(listing.subtitle),),
                FOOT: (line(foot, _fitting(foot, 8, 7, master.ROOM, 4)),),
            }  # fmt: skip
            slide = self._new(ANNEX, words)
            cells = [head, *([_aligned(t, k, listing, bold=k == 0) for k, t in enumerate(row)] for row, _ in part)]
            drawing.table(
                slide, (BODY.x, BODY.y), widths, cells, [LISTED_HEAD, *(high for _, high in part)],
                f"Tableau{NBSP}: {named}",
                f"{named}{NBSP}: {formats.counted(len(part), 'ligne', 'lignes')}, colonnes {', '.join(titles)}.",
            )  # fmt: skip
            _note(slide, notes or [line(listing.subtitle)])


def _aligned(text: str, column: int, listing: Listing, *, bold: bool, colour: str = "") -> Cell:
    return Cell(line(text, listing.size, bold=bold, colour=colour, align="r" if column >= listing.numeric else "l"))


def _parted(listing: Listing, rooms: Sequence[float]) -> list[list[tuple[Row, float]]]:
    """The rows of each page, each with the height that its texts need."""
    pages: list[list[tuple[Row, float]]] = [[]]
    used = LISTED_HEAD
    for row in listing.rows:
        texts = zip(row, rooms, strict=True)
        high = max(extents.height(t, listing.size, room, bold=k == 0) for k, (t, room) in enumerate(texts)) + 6
        if used + high > BODY.h:
            pages.append([])
            used = LISTED_HEAD
        pages[-1].append((row, high))
        used += high
    return pages


def _fitting(text: str, size: float, least: float, room: float, most: int, bold: bool = False) -> float:
    """The size, not under `least`, at which a text takes no more than `most` lines."""
    while size > least and extents.lines(text, size, room, bold) > most:
        size -= 0.5
    return size


def _sentences(slide: PptxSlide, sentences: Sequence[str], box: Box) -> float:
    """Put the placeholder of sentences where the page has room for them; returns the height taken."""
    if not sentences:
        return 0.0
    tall = sum(extents.height(text, 12, box.w) + 2 for text in sentences) + 2
    drawing.move(slide, TEXT, Box(box.x, box.y, box.w, tall))
    return tall + MARGIN - 4


def _notes(page: Page) -> list[Line]:
    """What a presenter needs to answer for each figure: definition, population, numerator and denominator."""
    slide, view = page.slide, page.view
    lines = [line(f"{c.author}, {formats.jour(c.written)}{NBSP}: {c.text}") for c in page.comments]
    for declared in words.definitions(slide.indicators):
        lines.append(line(f"{declared.label} ({unit_words(declared)})", bold=True))
        lines.append(line(declared.definition))
        lines.append(line(f"Population{NBSP}: {declared.base.words}."))
        if fraction := _fraction(declared, page):
            lines.append(line(fraction))
        if declared.caveat:
            lines.append(line(f"Attention{NBSP}: {declared.caveat}"))
    return [*lines, *(line(text) for text in words.foot(slide, view))]


def _fraction(declared: Indicator, page: Page) -> str:
    """Numerator and denominator of a share; the denominator alone where it has modalités."""
    if declared.unit == NOMBRE:
        return ""
    subject = page.view.subject
    modalities = subject.modalities(declared.id) or ("",)
    cell = subject(declared.id, modalities[0])
    if cell.denominateur is None:
        return ""
    below = f"Dénominateur{NBSP}: {formats.nombre(cell.denominateur)}."
    if len(modalities) > 1:
        return "" if declared.within else below
    return below if cell.numerateur is None else f"Numérateur{NBSP}: {formats.nombre(cell.numerateur)}. {below}"


_NOTE_NAMES = {"sldImg": "Image de la diapositive", "body": "Commentaires", "sldNum": "Numéro"}


def _note(slide: PptxSlide, lines: Sequence[Line]) -> None:
    notes = slide.notes_slide
    for shape in list(notes.shapes):
        kind = shape.element.xpath(".//p:ph/@type")[0]
        shape.element.xpath(".//p:cNvPr")[0].set("name", _NOTE_NAMES[kind])
    frame = notes.notes_text_frame
    if frame is None:
        raise TypeError("the notes master has no text")
    body = frame._txBody
    for paragraph in body.p_lst:
        body.remove(paragraph)
    body.extend(drawing.parsed_lines(lines))
