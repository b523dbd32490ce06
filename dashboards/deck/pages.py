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
from dashboards.deck import blocks, drawing, extents, kept, listings, master, templates
from dashboards.deck.drawing import LANGUAGE, Box, Cell, Line, Run, line
from dashboards.deck.listings import Listing, Row
from dashboards.deck.master import (
    ANNEX,
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
from dashboards.slides.blocks import Section, Slide
from schemas.indicators.catalogue import NOMBRE, Indicator

MARGIN = blocks.GUTTER / 2
SENTENCE, ALONE = 12.0, 16.0  # letters of sentences above figures, and on a slide of words
LISTED_HEAD = 22.0  # height of the titles of a long table
_NAMES = {h.index: h.name for holders in master.LAYOUTS.values() for h in holders}
# the most and the least size of letters of a place
_SIZES = {TITLE: (28.0, 14.0), SUBTITLE: (11.0, 8.0), FOOT: (8.0, 6.0), FOOTER: (8.0, 6.0)}


def of(report: Report, template: bytes = b"") -> bytes:
    """The deck of a report as a PPTX file, in a template as `templates.read` gives it, or in ours."""
    deck = templates.opened(template or master.template())
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
    for one in deck.slides:
        templates.rescale(one, templates.scale(deck))
    properties = deck.core_properties
    properties.title = f"ADASS {report.annee}{NBSP}: {report.scope_name.lower()}"
    properties.author = properties.last_modified_by = "adass"
    properties.language = LANGUAGE
    properties.subject = f"Rapport annuel {report.annee}, millésime {report.vintage.name}"
    properties.keywords, properties.comments, properties.category = "ADASS", "", "Rapport annuel"
    properties.created = properties.modified = report.vintage.created
    properties.identifier = kept.UNSIGNED
    out = io.BytesIO()
    deck.save(out)
    return kept.signed(out.getvalue())


class _Maker:
    """One deck being made; pages are added in order."""

    def __init__(self, deck: Deck, report: Report) -> None:
        self._deck, self._report = deck, report
        self._frames = templates.frames(deck)
        self._day = formats.jour(report.vintage.created)

    def _new(self, kind: str, words: dict[int, Sequence[Line]]) -> PptxSlide:
        """A page with words in its placeholders; those that stay empty are taken away."""
        frame = self._frames[kind]
        slide: PptxSlide = self._deck.slides.add_slide(frame.layout)
        places = {index: place for place, index in frame.places.items()}
        for holder in list(slide.placeholders):
            place = places.get(holder.placeholder_format.idx)
            if place is None or place not in words:
                holder.element.getparent().remove(holder.element)
                continue
            holder.element.xpath(".//p:cNvPr")[0].set("name", _NAMES[place])
            body = holder.text_frame._txBody
            for paragraph in body.p_lst:
                body.remove(paragraph)
            body.extend(drawing.parsed_lines(words[place]))
        for place in words.keys() - frame.places.keys():
            if place in frame.boxes:
                _unheld(slide, kind, place, frame.boxes[place], words[place])
        if kind != COVER:
            self._strip(slide, kind)
        return slide

    def _strip(self, slide: PptxSlide, kind: str) -> None:
        """What stands at the foot of every page; the words always, date and number where the template has them."""
        report, frame = self._report, self._frames[kind]
        foot = f"ADASS {report.annee}{NBSP}· {report.scope_name}{NBSP}· millésime {report.vintage.name}"
        if report.vintage.synthetic:
            foot += f"{NBSP}· données synthétiques"
        for place, text, what in ((FOOTER, foot, "ftr"), (DATE, self._day, "dt")):
            if place in frame.places:
                told = self._fitted(kind, place, text) if place == FOOTER else line(text)
                drawing.holder(slide, what, frame.places[place], _NAMES[place], (told,))
            elif place == FOOTER:
                _unheld(slide, kind, place, frame.boxes[place], (line(text),))
        if NUMBER in frame.places:
            drawing.number(slide, frame.places[NUMBER], _NAMES[NUMBER])

    def _fitted(self, kind: str, place: int, text: str, bold: bool = False, most: float = 0) -> Line:
        """A text for a place, in letters that fit it and are no larger than `most`."""
        usual, least = _SIZES[place]
        frame = self._frames[kind]
        box, size = frame.boxes[place], min(frame.sizes.get(place, usual), most or usual)
        while size > least and extents.height(text, size, box.w, bold) > box.h:
            size -= 0.5
        return line(text, size)

    def _headed(self, kind: str, mark: str, title: str, subtitle: str, foot: str) -> dict[int, Sequence[Line]]:
        """The words around the figures of a page; the mark goes before the subtitle where it has no place."""
        marked = MARK in self._frames[kind].places
        if not marked:
            subtitle = f"{mark}{NBSP}· {subtitle}"
        words: dict[int, Sequence[Line]] = {
            TITLE: (self._fitted(kind, TITLE, title, bold=True),),
            SUBTITLE: (self._fitted(kind, SUBTITLE, subtitle),),
            FOOT: (self._fitted(kind, FOOT, foot),),
        }
        return {MARK: (line(mark),), **words} if marked else words

    def cover(self) -> None:
        report = self._report
        year = f"{report.annee}{'' if report.complete else ' (incomplète)'}"
        about = [
            f"Année {year}, millésime {report.vintage.name}, produit le {self._day}.",
            f"Source{NBSP}: {', '.join(words.SOURCES[name] for name in report.sources)}.",
        ]
        if report.region:
            about.insert(0, f"Comparé à la France et à la région {report.region}.")
        told = [line(text, 12) for text in about]
        if report.vintage.synthetic:
            told.append(line(words.SYNTHETIC, 12, bold=True, colour="warning"))
        words_there: dict[int, Sequence[Line]] = {
            TITLE: (self._fitted(COVER, TITLE, "Accès aux droits, aux soins et à la santé", bold=True, most=40),),
            SUBTITLE: (line(f"Statistiques ADASS {report.annee}"), line(report.scope_name)),
            TEXT: told,
        }
        slide = self._new(COVER, words_there)
        _note(slide, [line(f"ADASS {report.annee}, {report.scope_name}.")])

    def part(self, section: Section, pages: Sequence[Page]) -> None:
        self._divider(section.letter, section.title, [(p.slide.id, p.slide.title) for p in pages])

    def _divider(self, mark: str, title: str, listed: Sequence[tuple[str, str]]) -> None:
        """A page that opens a part; the mark goes before the title where it has no place."""
        frame = self._frames[PART]
        box, size = frame.boxes[TEXT], min(frame.sizes.get(TEXT, 13.0), 13.0)
        across = 1 if (size * extents.LEADING + 3) * len(listed) <= box.h else 2
        tall = (size * extents.LEADING + 3) * -(-len(listed) // across)
        size = max(size * min(box.h / tall, 1), 8.0)
        sized = 0 if size == frame.sizes.get(TEXT) else size
        told = [
            Line((*((Run(f"{a}\t", sized, bold=True, colour="accent"),) if a else ()), Run(b, sized)))
            for a, b in listed
        ]
        marked = MARK in frame.places
        words = {TITLE: (line(title if marked else f"{mark}{NBSP}· {title}"),), TEXT: told}
        slide = self._new(PART, {MARK: (line(mark),), **words} if marked else words)
        if across > 1:
            drawing.columns(next(s for s in slide.shapes if s.name == _NAMES[TEXT]), across)

    def slide(self, page: Page) -> None:
        slide, view = page.slide, page.view
        sentences = [text for text in (s(view) for s in slide.sentences) if text]
        made = self._new(SLIDE, self._words(page, sentences))
        frame = self._frames[SLIDE]
        box = frame.body
        if len(slide.keys) == 1:
            left = Box(box.x, box.y + 4, 190, box.h)
            used = blocks.keys(made, page, left, across=False) + 14
            _sentences(made, frame, sentences, Box(left.x, left.y + used, left.w, left.h - used))
            box = Box(left.right + 30, box.y, box.right - left.right - 30, box.h)
        else:
            if slide.keys:
                used = blocks.keys(made, page, box, across=True) + MARGIN
                box = Box(box.x, box.y + used, box.w, box.h - used)
            used = _sentences(made, frame, sentences, box, _letters(slide))
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
        written = self._headed(SLIDE, f"{slide.id}{NBSP}· {slide.title}", headline, subtitle, foot)
        return {**written, TEXT: [line(text, _letters(slide)) for text in sentences]} if sentences else written

    def annex(self) -> None:
        self._divider("+", "Annexe", [("", "Définitions, qualité des données")])
        for listing in listings.annex(self._report):
            if listing.rows:
                self.listing(listing)

    def listing(self, listing: Listing, notes: Sequence[Line] = ()) -> None:
        """A long table over as many pages as it needs."""
        titles, told = zip(*listing.columns, strict=True)
        body = self._frames[ANNEX].body
        widths = [w * body.w / sum(told) for w in told]
        rooms = [w - 2 * drawing.CELL_MARGIN for w in widths]
        parts = _parted(listing, rooms, body.h)
        foot = listing.foot or f"Source{NBSP}: millésime {self._report.vintage.name}, produit le {self._day}."
        head = tuple(_aligned(t, k, listing, bold=True, colour="muted") for k, t in enumerate(titles))
        for number, part in enumerate(parts, 1):
            named = listing.title if len(parts) == 1 else f"{listing.title} ({number}/{len(parts)})"
            mark = f"{listing.mark}{NBSP}· {listing.title}" if listing.mark == "Annexe" else listing.mark
            slide = self._new(ANNEX, self._headed(ANNEX, mark, named, listing.subtitle, foot))
            cells = [head, *([_aligned(t, k, listing, bold=k == 0) for k, t in enumerate(row)] for row, _ in part)]
            drawing.table(
                slide, (body.x, body.y), widths, cells, [LISTED_HEAD, *(high for _, high in part)],
                f"Tableau{NBSP}: {named}",
                f"{named}{NBSP}: {formats.counted(len(part), 'ligne', 'lignes')}, colonnes {', '.join(titles)}.",
            )  # fmt: skip
            _note(slide, notes or [line(listing.subtitle)])


def _aligned(text: str, column: int, listing: Listing, *, bold: bool, colour: str = "") -> Cell:
    return Cell(line(text, listing.size, bold=bold, colour=colour, align="r" if column >= listing.numeric else "l"))


def _parted(listing: Listing, rooms: Sequence[float], most: float) -> list[list[tuple[Row, float]]]:
    """The rows of each page, each with the height that its texts need."""
    pages: list[list[tuple[Row, float]]] = [[]]
    used = LISTED_HEAD
    for row in listing.rows:
        texts = zip(row, rooms, strict=True)
        high = max(extents.height(t, listing.size, room, bold=k == 0) for k, (t, room) in enumerate(texts)) + 6
        if used + high > most:
            pages.append([])
            used = LISTED_HEAD
        pages[-1].append((row, high))
        used += high
    return pages


def _unheld(slide: PptxSlide, kind: str, place: int, box: Box, lines: Sequence[Line]) -> None:
    """Words that the template has no placeholder for, as ours would set them."""
    look = next(h for h in master.LAYOUTS[kind] if h.index == place)
    set_alike = [
        Line(tuple(Run(r.text, r.size or look.size, r.bold, r.colour or look.colour) for r in one.runs), one.align)
        for one in lines
    ]
    drawing.text(slide, box, set_alike, _NAMES[place], anchor=look.anchor)


def _letters(slide: Slide) -> float:
    """The size of sentences: larger where a slide holds nothing else."""
    return SENTENCE if slide.keys or slide.charts or slide.texts else ALONE


def _sentences(
    slide: PptxSlide, frame: templates.Frame, sentences: Sequence[str], box: Box, size: float = SENTENCE
) -> float:
    """Put the sentences where the page has room for them; returns the height taken."""
    if not sentences:
        return 0.0
    tall = sum(extents.height(text, size, box.w) + 2 for text in sentences) + 2
    place = Box(box.x, box.y, box.w, tall)
    if TEXT in frame.places:
        drawing.move(slide, frame.places[TEXT], place)
    else:
        _unheld(slide, SLIDE, TEXT, place, [line(text, size) for text in sentences])
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
