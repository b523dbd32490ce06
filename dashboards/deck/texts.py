"""What an analyst writes of a report, in a file outside the vintages: read once, put on the pages of every run.

Titles, sentences, hidden slides, their order, slides of words alone. Each number that a text quotes is sought among the
figures of its slide, so that a sentence which no longer fits is named before the report comes out.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any, TypeVar

from dashboards import formats
from dashboards.content import filled as content
from dashboards.content import grids, outline, words
from dashboards.content.outline import Page, Report
from dashboards.figures.view import View
from dashboards.slides.blocks import Section, Slide
from dashboards.slides.headlines import Headline
from dashboards.slides.sections import SECTIONS, SLIDES
from schemas.text import nearest, no_toml

NAME = "textes.toml"  # in the folder of the reports
LONGEST, PAGE = 600, 1200  # characters of a sentence that stands above figures, and of a slide of words
_SECTIONS = {s.letter for s in SECTIONS}
_KNOWN = {s.id for s in SLIDES}


class Unreadable(Exception):
    """The file of texts cannot be used; the message says where and why, in French."""


@dataclass(frozen=True)
class Change:
    """What is written of a slide, as the file names it. Of every year and every territory where none is named."""

    diapositive: str
    annee: int = 0
    territoire: str = ""
    titre: str = ""
    analyse: str = ""
    masquee: bool = False
    apres: str = ""
    hors_chiffres: tuple[str, ...] = ()


@dataclass(frozen=True)
class Added:
    """A slide of words alone. `apres`: the slide it follows, or the letter of the part it opens."""

    apres: str
    titre: str
    texte: str
    annee: int = 0
    territoire: str = ""
    hors_chiffres: tuple[str, ...] = ()


@dataclass(frozen=True)
class Texts:
    changes: tuple[Change, ...] = ()
    added: tuple[Added, ...] = ()

    @property
    def territories(self) -> tuple[str, ...]:
        """The codes that the file names, once each."""
        named = [*(c.territoire for c in self.changes), *(a.territoire for a in self.added)]
        return tuple(dict.fromkeys(code for code in named if code))


_NEEDED = {"texte": ("diapositive",), "ajout": ("apres", "titre", "texte")}
T = TypeVar("T", Change, Added)
NONE = Texts()
# --- the file ---


def read(path: Path) -> Texts:
    """The texts of a file. Raises Unreadable."""
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError:
        raise Unreadable(f"{path} : ce fichier de textes n'existe pas ou ne peut pas être lu") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Unreadable(f"{path.name} : {no_toml(error)}") from None
    try:
        _refuse_unknown(told, ("texte", "ajout"))
        changes = [_one(Change, "texte", n, one) for n, one in enumerate(_listed(told, "texte"), 1)]
        added = [_one(Added, "ajout", n, one) for n, one in enumerate(_listed(told, "ajout"), 1)]
    except Unreadable as error:
        raise Unreadable(f"{path.name} : {error}") from None
    return Texts(tuple(changes), tuple(added))


def _listed(told: Mapping[str, Any], name: str) -> list[Any]:
    found = told.get(name, [])
    if not isinstance(found, list):
        raise Unreadable(f"« {name} » s'écrit [[{name}]], une fois par texte")
    return found


def _one(kind: type[T], name: str, number: int, told: Any) -> T:
    try:
        given: dict[str, Any] = _checked(kind, name, told)
    except Unreadable as error:
        raise Unreadable(f"[[{name}]] n° {number} : {error}") from None
    return kind(**given)


def _checked(kind: type[T], name: str, told: Any) -> dict[str, Any]:
    """What a text is made of. Raises Unreadable for a key, a kind of value or a slide that is not known."""
    if not isinstance(told, dict):
        raise Unreadable("une suite de clés est attendue")
    _refuse_unknown(told, [f.name for f in fields(kind)])
    for key, value in told.items():
        _refuse_other_kind(key, value)
    if missing := [key for key in _NEEDED[name] if key not in told]:
        raise Unreadable(f"il manque « {missing[0]} »")
    if len(told.get("texte", "")) > PAGE:
        raise Unreadable(f"« texte » a plus de {PAGE} caractères : faites-en deux diapositives")
    if len(told.get("analyse", "")) > LONGEST:
        raise Unreadable(f"« analyse » a plus de {LONGEST} caractères : faites-en un [[ajout]]")
    places = {"diapositive": _KNOWN, "apres": _KNOWN | _SECTIONS if kind is Added else _KNOWN}
    for key, among in places.items():
        if key in told and told[key] not in among:
            raise Unreadable(f"{key} = « {told[key]} » n'est pas une diapositive{_near(told[key], among)}")
    return {key: tuple(v) if isinstance(v, list) else v for key, v in told.items()}


def _refuse_unknown(told: Iterable[str], known: Iterable[str]) -> None:
    for key in told:
        if key not in (known := list(known)):
            raise Unreadable(f"« {key} » est inconnu{_near(key, known)}")


def _refuse_other_kind(key: str, value: Any) -> None:
    if key == "hors_chiffres":
        if not (isinstance(value, list) and all(isinstance(v, str) for v in value)):
            raise Unreadable('« hors_chiffres » est une liste de textes : ["80 %"]')
    elif key == "masquee":
        if not isinstance(value, bool):
            raise Unreadable("« masquee » vaut true ou false")
    elif key == "annee":
        if not isinstance(value, int) or isinstance(value, bool):
            raise Unreadable("« annee » est un nombre entier, sans guillemets")
    elif not (isinstance(value, str) and value.strip()):
        raise Unreadable(f"« {key} » est un texte entre guillemets, non vide")


def _near(name: str, known: Iterable[str]) -> str:
    near = nearest(name, known := sorted(known))
    return f" ; le plus proche : {near}" if near else f" (attendu : {', '.join(known)})"


# --- on the pages ---


def applied(report: Report, texts: Texts) -> tuple[Report, tuple[str, ...]]:
    """The report with the texts that are about it, and what its author should read again, in French."""
    changes = _merged(c for c in texts.changes if _about(report, c.annee, c.territoire))
    added = [a for a in texts.added if _about(report, a.annee, a.territoire)]
    figures = {page.slide.id: _numbers(_told(page)) for page in report.pages}
    everything = [number for one in figures.values() for number in one]
    said: list[str] = []
    for name, change in changes.items():
        if name in figures:
            said += _doubts(name, (change.titre, change.analyse), figures[name], change.hors_chiffres)
    for one in added:
        said += _doubts(f"« {one.titre} »", (one.titre, one.texte), everything, one.hors_chiffres)
    parts = [(s, [_changed(p, changes, said) for p in pages]) for s, pages in report.parts]
    hidden = {name for name, change in changes.items() if change.masquee}
    parts = [(s, [p for p in pages if p.slide.id not in hidden]) for s, pages in parts]
    for name, change in changes.items():
        if change.apres and name not in hidden:
            said += _moved(parts, name, change.apres)
    for number, extra in enumerate(added, 1):
        said += _inserted(parts, extra, f"N{number}", report)
    kept = tuple((s, tuple(pages)) for s, pages in parts if pages)
    return replace(report, parts=kept), tuple(said)


def _about(report: Report, annee: int, code: str) -> bool:
    return annee in {0, report.annee} and code.casefold() in {"", report.place.code.casefold()}


def _merged(changes: Iterable[Change]) -> dict[str, Change]:
    """One change a slide: what is said of one territory goes before what is said of all, then of one year."""
    found: dict[str, Change] = {}
    for one in sorted(changes, key=lambda c: (bool(c.territoire), bool(c.annee))):
        former = found.get(one.diapositive)
        told = {f.name: getattr(one, f.name) for f in fields(one) if getattr(one, f.name)}
        found[one.diapositive] = replace(former, **told) if former else one
    return found


def _said(text: str) -> Headline:
    return lambda _: text


def _changed(page: Page, changes: Mapping[str, Change], said: list[str]) -> Page:
    change = changes.get(page.slide.id)
    if change is None:
        return page
    slide = page.slide
    if change.titre:
        slide = replace(slide, headline=_said(change.titre))
    if change.analyse:
        slide = replace(slide, sentences=(*slide.sentences, _said(change.analyse)))
        if outline.thin(page):
            said.append(
                f"{slide.id} : sans graphique pour ce territoire, la diapositive et son analyse ne sont pas reprises"
            )
    return replace(page, slide=slide)


Parts = list[tuple[Section, list[Page]]]


def _moved(parts: Parts, name: str, after: str) -> list[str]:
    there = [(pages, page) for _, pages in parts for page in pages if page.slide.id == name]
    if not there or name == after:
        return []
    pages, page = there[0]
    target = _place(parts, after)
    if target is None:
        return [f"{name} : reste à sa place, {after} n'est pas dans ce rapport"]
    pages.remove(page)
    target = _place(parts, after) or target
    target[0].insert(target[1], page)
    return []


def _place(parts: Parts, after: str) -> tuple[list[Page], int] | None:
    """Where a page goes that follows another, or opens a part."""
    for section, pages in parts:
        if section.letter == after:
            return pages, 0
        for n, page in enumerate(pages):
            if page.slide.id == after:
                return pages, n + 1
    return None


def _inserted(parts: Parts, extra: Added, name: str, report: Report) -> list[str]:
    target = _place(parts, extra.apres)
    said = []
    if target is None:
        pages = next((p for s, p in parts if s.letter == extra.apres[0]), parts[-1][1])
        target = pages, len(pages)
        said.append(
            f"« {extra.titre} » : {extra.apres} n'est pas dans ce rapport, la diapositive va à la fin de la partie"
        )
    view = report.pages[0].view
    told = tuple(_said(text.strip()) for text in extra.texte.split("\n\n") if text.strip())
    slide = Slide(name, extra.titre, report.place.name, _said(extra.titre), sentences=told, source="", compares=False)
    target[0].insert(target[1], Page(slide, view))
    return said


# --- what texts quote ---


@dataclass(frozen=True)
class Number:
    """A number as a text writes it. `places`: its decimals, less than 0 for thousands that end in zeros."""

    text: str
    value: Decimal
    percent: bool
    places: int


_NUMBER = re.compile(r"(?<![\w,.])\d+(?:[ \u00a0\u202f]\d{3})*(?:,\d+)?(?:[ \u00a0\u202f]?%)?(?![\w])")


def _numbers(texts: Iterable[str]) -> list[Number]:
    found = {}
    for text in texts:
        for match in _NUMBER.findall(text):
            digits = re.sub(r"[\s%]", "", match).replace(",", ".")
            whole = digits.partition(".")[0]
            places = len(digits) - len(whole) - 1 if "." in digits else len(whole.rstrip("0") or whole) - len(whole)
            found[match] = Number(match, Decimal(digits), "%" in match, places)
    return list(found.values())


def _doubts(name: str, texts: Sequence[str], figures: Sequence[Number], apart: Sequence[str]) -> list[str]:
    """The numbers of texts that are no figure of their slide, nor one rounded."""
    known = {(n.value, n.percent) for n in _numbers(apart)}
    wrong = [n for n in _numbers(texts) if (n.value, n.percent) not in known and not any(_is(n, f) for f in figures)]
    if not wrong:
        return []
    quoted = ", ".join(f"« {n.text} »" for n in wrong)
    return [f"{name} : à relire, {quoted} ne se trouve plus parmi les chiffres"]


def _is(quoted: Number, figure: Number) -> bool:
    if quoted.percent != figure.percent:
        return False
    unit = Decimal(1).scaleb(-quoted.places)
    return (figure.value / unit).quantize(Decimal(1), ROUND_HALF_UP) * unit == quoted.value


def _told(page: Page) -> list[str]:
    """Everything with a figure that a slide says by itself."""
    slide, view = page.slide, page.view
    told = [slide.headline(view), words.subtitle(slide, view), *words.foot(slide, view), *_sentences(slide, view)]
    told += [text for one in slide.texts for text in (one.title, one.body)]
    for block in slide.keys:
        key = content.key(block, view)
        told += [key.name, key.change, key.beside, *(f.text for f in key.figures), page.beside_region(key.figure)]
    for filled in content.charts(slide, view):
        told += [filled.total, *(text for row in grids.grid(filled).texts for text in row)]
        for f in filled.figures:
            told += [f.text, f.reference_text, f.gap, page.beside_region(f)]
            told += [formats.nombre(n) for n in (f.cell.numerateur, f.cell.denominateur) if n is not None]
    return told


def _sentences(slide: Slide, view: View) -> list[str]:
    return [text for text in (s(view) for s in slide.sentences) if text]
