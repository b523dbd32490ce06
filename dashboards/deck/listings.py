"""The long tables of the deck, before any page is drawn: definitions, quality, gaps, what slides share."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from textwrap import wrap

from dashboards import formats
from dashboards.content import filled as content
from dashboards.content import words
from dashboards.content.outline import Page, Report
from dashboards.figures import printed
from dashboards.formats import NBSP
from dashboards.published import control
from dashboards.published.comments import Comment
from dashboards.slides.blocks import Section
from schemas.indicators.catalogue import BY_ID

Row = tuple[str, ...]
LONGEST_PART = 600  # characters of a comment in one row


@dataclass(frozen=True)
class Listing:
    """A table that goes over as many pages as it needs. `columns`: titles and widths, in points.

    `numeric`: columns from it on are numbers. `mark`: the small line above the title.
    """

    title: str
    subtitle: str
    columns: tuple[tuple[str, float], ...]
    rows: tuple[Row, ...]
    numeric: int = 9
    size: float = 9.0
    mark: str = "Annexe"
    foot: str = ""


def shared(section: Section, pages: Sequence[Page]) -> Listing:
    """The key figures of the slides that have no chart for this territory."""
    rows: list[Row] = []
    for page in pages:
        told = [content.key(block, page.view) for block in page.slide.keys]
        known = [k for k in told if k.figure.cell.valeur is not None]
        rows += [(f"{page.slide.id}{NBSP}· {page.slide.title}", k.name, k.figure.text, k.beside) for k in known]
    view = pages[0].view
    why = " ; ".join(dict.fromkeys(f.empty_because for p in pages for f in content.charts(p.slide, p.view)))
    return Listing(
        f"{section.title}{NBSP}: autres chiffres clés",
        f"Diapositives dont les graphiques manquent pour {view.territory.name}{NBSP}: {why}",
        (("Diapositive", 250), ("Chiffre", 330), ("Valeur", 90), ("Comparaison", 210)),
        tuple(rows),
        numeric=2,
        size=10.5,
        mark=f"{section.letter}{NBSP}· {section.title}",
        foot=words.foot(pages[0].slide, view)[-1],
    )


def annex(report: Report) -> Iterator[Listing]:
    """The tables at the end of a deck; those that have nothing to say are left out."""
    yield _comments(report)
    yield _definitions(report)
    there = control.tables(report.edition)
    if control.LIVRAISONS in there:
        yield _quality(report)
    if report.national and control.RECONCILIATION in there:
        yield _printed(report)
    yield Listing(
        "Diapositives non reprises",
        "Sans aucun chiffre pour ce territoire",
        (("Page", 70), ("Titre", 270), ("Sujet", 540)),
        tuple((s.id, s.title, s.subject) for s in report.left_out),
    )
    yield Listing(
        "Révisions",
        "Chiffres déjà publiés qui ont changé, et pourquoi",
        (("Révision", 880),),
        tuple((text,) for text in report.remarks),
    )


def _comments(report: Report) -> Listing:
    return Listing(
        "Commentaires",
        "Ce que des lecteurs ont écrit à propos des diapositives, pour cette année et ce territoire",
        (("Diapositive", 220), ("Commentaire", 440), ("Auteur et date", 220)),
        tuple(row for page in report.pages for c in page.comments for row in _comment(page, c)),
    )


def _comment(page: Page, comment: Comment) -> list[Row]:
    """A comment in parts, so that a long one goes over to the next page."""
    parts = [part for text in comment.text.splitlines() for part in wrap(text, LONGEST_PART)]
    first = (
        f"{page.slide.id}{NBSP}· {page.slide.title}",
        parts[0],
        f"{comment.author}, {formats.jour(comment.written)}",
    )
    return [first, *(("", part, "") for part in parts[1:])]


def _definitions(report: Report) -> Listing:
    told = [BY_ID[i] for i in dict.fromkeys(i for page in report.pages for i in page.slide.indicators)]
    return Listing(
        "Définitions",
        "Ce que compte chaque indicateur, et sur qui",
        (("Indicateur", 190), ("Population", 250), ("Définition", 440)),
        tuple((i.label, i.base.words, f"{i.definition} {i.caveat}".strip()) for i in told),
    )


def _quality(report: Report) -> Listing:
    by_source: dict[str, list[control.File]] = {}
    for one in control.files(report.edition):
        by_source.setdefault(one.source, []).append(one)
    counts = ("Lignes lues", "Acceptées", "Rejetées", "Remplacées", "Part rejetée")
    return Listing(
        "Qualité des données",
        "Bilan des lignes des fichiers livrés, toutes années",
        (("Source", 250), ("Fichiers", 80), *((name, 110) for name in counts)),
        tuple(
            (_titled(words.SOURCES[s]), formats.nombre(len(files)), *_balance(files)) for s, files in by_source.items()
        ),
        numeric=1,
        foot=f"Lignes lues = acceptées + rejetées + remplacées, pour chaque fichier. Source{NBSP}: contrôles du millésime.",
    )


def _titled(name: str) -> str:
    return name[0].upper() + name[1:]


def _balance(files: Sequence[control.File]) -> Row:
    read, rejected = sum(f.lues for f in files), sum(f.rejetees for f in files)
    counts = (read, sum(f.acceptees for f in files), rejected, sum(f.remplacees for f in files))
    return (*(formats.nombre(n) for n in counts), formats.part(rejected / read) if read else formats.NC)


def _printed(report: Report) -> Listing:
    gaps = [c for c in control.reconciliation(report.edition) if c.statut == "ecart"]
    return Listing(
        "Chiffres publiés et calculés",
        "Chiffres imprimés que les livraisons ne donnent pas, au-delà de l'arrondi",
        (("Diapositive", 250), ("Chiffre", 330), ("Publié", 100), ("Calculé", 100), ("Écart", 100)),
        tuple(_beside(c) for c in gaps),
        numeric=2,
    )


def _beside(figure: control.Checked) -> Row:
    unit = printed.unit(figure)
    return (
        figure.reference,
        figure.libelle,
        printed.as_printed(figure),
        printed.value(unit, figure.calcule, figure.precision),
        printed.gap(unit, figure.ecart, figure.precision),
    )
