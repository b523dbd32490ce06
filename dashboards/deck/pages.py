"""The deck of a report: cover, parts, a page for each slide, annex."""

import io
from collections.abc import Sequence

from pptx.presentation import Presentation as Deck
from pptx.slide import Slide as PptxSlide

from dashboards import content, control, formats, printed
from dashboards.content import UNIT_WORDS
from dashboards.deck import blocks, drawing, extents, master
from dashboards.deck.drawing import LANGUAGE, Box, Cell, Line, Run, line
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
from dashboards.outline import Page, Report
from dashboards.slides import Section
from schemas.catalogue import BY_ID, NOMBRE, Indicator

MARGIN = blocks.GUTTER / 2
SYNTHETIC = f"Données synthétiques{NBSP}: ces chiffres ne décrivent aucune personne réelle."
_NAMES = {h.index: h.name for holders in master.LAYOUTS.values() for h in holders}


def of(report: Report) -> bytes:
    """The deck of a report as a PPTX file."""
    deck = master.new()
    made = _Maker(deck, report)
    made.cover()
    for section, pages in report.parts:
        made.part(section, pages)
        for page in pages:
            made.slide(page)
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
        about = [
            f"Année {report.annee}, millésime {report.vintage.name}, produit le {self._day}.",
            f"Source{NBSP}: exports BALI, enquête ADASS" + ("." if report.national else ", fichiers de la caisse."),
        ]
        if report.region:
            about.insert(0, f"Comparé à la France et à la région {report.region}.")
        told = [line(text) for text in about]
        if report.vintage.synthetic:
            told.append(line(SYNTHETIC, bold=True, colour="warning"))
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
        foot = " ".join(content.foot(slide, view))
        sentences = [text for text in (s(view) for s in slide.sentences) if text]
        subtitle = content.subtitle(slide, view)
        if page.regional is not None:
            subtitle += f"{NBSP}· région{NBSP}: {self._report.region}"
        words: dict[int, Sequence[Line]] = {
            MARK: (line(f"{slide.id}{NBSP}· {slide.title}"),),
            TITLE: (line(slide.headline(view), _fitting(slide.headline(view), 22, 18, master.ROOM, 2, bold=True)),),
            SUBTITLE: (line(subtitle, _fitting(subtitle, 11, 9, master.ROOM, 1)),),
            FOOT: (line(foot, _fitting(foot, 8, 7, master.ROOM, 4)),),
        }
        if sentences:
            words[TEXT] = [line(text, 12) for text in sentences]
        made = self._new(SLIDE, words)
        box = BODY
        beside = len(slide.keys) == 1
        if beside:
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
        filled = content.charts(slide, view)
        if filled:
            blocks.draw(made, page, filled, box)
        if slide.texts:
            blocks.texts(made, slide.texts, box)
        _note(made, _notes(page))

    # --- annex ---

    def annex(self) -> None:
        report = self._report
        told = dict.fromkeys(i for page in report.pages for i in page.slide.indicators)
        self._new(
            PART, {MARK: (line("+"),), TITLE: (line("Annexe"),), TEXT: (line("Définitions, qualité des données"),)}
        )
        self._tables(
            "Définitions", "Ce que compte chaque indicateur, et sur qui", ("Indicateur", "Population", "Définition"),
            (190, 250, 440), [_defined(BY_ID[i]) for i in told],
        )  # fmt: skip
        if control.LIVRAISONS in control.tables(report.edition):
            self._quality()
        if report.national and control.RECONCILIATION in control.tables(report.edition):
            self._printed()
        if report.left_out:
            rows = [(s.id, s.title, s.subject) for s in report.left_out]
            self._tables(
                "Diapositives non reprises", "Sans aucun chiffre pour ce territoire", ("Page", "Titre", "Sujet"),
                (70, 270, 540), rows,
            )  # fmt: skip
        if report.remarks:
            told_of = [(text,) for text in report.remarks]
            self._tables(
                "Révisions", "Chiffres déjà publiés qui ont changé, et pourquoi", ("Révision",), (880,), told_of
            )

    def _quality(self) -> None:
        files = control.files(self._report.edition)
        by_source: dict[str, list[control.File]] = {}
        for one in files:
            by_source.setdefault(one.source, []).append(one)
        rows = [
            (content.SOURCES[source], formats.nombre(len(found)), *_balance(found))
            for source, found in by_source.items()
        ]
        head = ("Source", "Fichiers", "Lignes lues", "Acceptées", "Rejetées", "Remplacées", "Part rejetée")
        self._tables(
            "Qualité des données", "Bilan des lignes des fichiers livrés, toutes années", head,
            (250, 80, 110, 110, 110, 110, 110), rows, numeric=1,
            foot=f"Lignes lues = acceptées + rejetées + remplacées, pour chaque fichier. Source{NBSP}: contrôles du millésime.",
        )  # fmt: skip

    def _printed(self) -> None:
        gaps = [c for c in control.reconciliation(self._report.edition) if c.statut == "ecart"]
        rows = [
            (
                c.reference, c.libelle, printed.as_printed(c), printed.value(printed.unit(c), c.calcule, c.precision),
                printed.gap(printed.unit(c), c.ecart, c.precision),
            )
            for c in gaps
        ]  # fmt: skip
        if rows:
            self._tables(
                "Chiffres publiés et calculés", "Chiffres imprimés que les livraisons ne donnent pas, au-delà de l'arrondi",
                ("Diapositive", "Chiffre", "Publié", "Calculé", "Écart"), (250, 330, 100, 100, 100), rows, numeric=2,
            )  # fmt: skip

    def _tables(
        self, title: str, subtitle: str, head: Sequence[str], widths: Sequence[float], rows: Sequence[Sequence[str]], *,
        numeric: int = 9, foot: str = "",
    ) -> None:  # fmt: skip
        """A table over as many pages as it needs; columns from `numeric` on are numbers."""
        size = 9.0
        pages: list[list[Sequence[str]]] = [[]]
        used = 22.0
        rooms = [w - 2 * drawing.CELL_MARGIN for w in widths]
        tall = [
            max(extents.height(t, size, w, bold=k == 0) for k, (t, w) in enumerate(zip(r, rooms, strict=True))) + 6
            for r in rows
        ]
        for row, high in zip(rows, tall, strict=True):
            if used + high > BODY.h:
                pages.append([])
                used = 22.0
            pages[-1].append(row)
            used += high
        heights = iter(tall)
        for n, shown in enumerate(pages, 1):
            mark = f"Annexe{NBSP}· {title}"
            named = title if len(pages) == 1 else f"{title} ({n}/{len(pages)})"
            words: dict[int, Sequence[Line]] = {
                MARK: (line(mark),), TITLE: (line(named),), SUBTITLE: (line(subtitle),),
                FOOT: (line(foot or f"Source{NBSP}: millésime {self._report.vintage.name}, produit le {self._day}."),),
            }  # fmt: skip
            slide = self._new(ANNEX, words)
            cells = [
                [
                    Cell(line(t, size, bold=True, colour="muted", align="r" if k >= numeric else "l"))
                    for k, t in enumerate(head)
                ]
            ]
            cells += [
                [Cell(line(t, size, bold=k == 0, align="r" if k >= numeric else "l")) for k, t in enumerate(row)]
                for row in shown
            ]
            drawing.table(
                slide, (BODY.x, BODY.y), widths, cells, [22, *(next(heights) for _ in shown)], f"Tableau{NBSP}: {named}",
                f"{named}{NBSP}: {formats.counted(len(shown), 'ligne', 'lignes')}, colonnes {', '.join(head)}.",
            )  # fmt: skip
            _note(slide, [line(subtitle)])


def _balance(files: Sequence[control.File]) -> tuple[str, ...]:
    lues = sum(f.lues for f in files)
    rejected = sum(f.rejetees for f in files)
    counts = (lues, sum(f.acceptees for f in files), rejected, sum(f.remplacees for f in files))
    return (*(formats.nombre(n) for n in counts), formats.part(rejected / lues) if lues else formats.NC)


def _defined(i: Indicator) -> tuple[str, str, str]:
    return i.label, i.base.words, f"{i.definition} {i.caveat}".strip()


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
    lines = []
    for declared in content.definitions(slide.indicators):
        lines.append(line(f"{declared.label} ({'euros' if declared.euros else UNIT_WORDS[declared.unit]})", bold=True))
        lines.append(line(declared.definition))
        lines.append(line(f"Population{NBSP}: {declared.base.words}."))
        if fraction := _fraction(declared, page):
            lines.append(line(fraction))
        if declared.caveat:
            lines.append(line(f"Attention{NBSP}: {declared.caveat}"))
    return [*lines, *(line(text) for text in content.foot(slide, view))]


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
