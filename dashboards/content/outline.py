"""What a report holds: its slides in order, each with its view, and what each is compared with."""

from dataclasses import dataclass, replace
from pathlib import Path

from dashboards.content import filled as content
from dashboards.content.filled import Figure
from dashboards.figures import view as figures
from dashboards.figures.view import ANNEE, FRANCE, Figures, View
from dashboards.formats import NBSP
from dashboards.published import comments
from dashboards.published import reading as published
from dashboards.published.comments import Comment
from dashboards.published.reading import Edition, Scope, Territory, Vintage
from dashboards.slides import choices
from dashboards.slides.blocks import Section, Slide
from dashboards.slides.choices import Wish
from dashboards.slides.sections import SECTIONS
from schemas.indicators.catalogue import BY_ID, NOMBRE
from schemas.publics import EVERYONE
from schemas.text import key


@dataclass(frozen=True)
class Page:
    """A slide of the report. `regional`: the same figures in the region of a caisse, None elsewhere.

    `comments`: what readers wrote on it, for the same year and territory.
    """

    slide: Slide
    view: View
    regional: Figures | None = None
    comments: tuple[Comment, ...] = ()

    def beside_region(self, figure: Figure) -> str:
        """The figure of the region, written; empty where there is none or where it is a mere count."""
        if self.regional is None or figure.unit == NOMBRE:
            return ""
        return content.written(figure.indicator, self.regional(figure.indicator, figure.modality).valeur)

    @property
    def of_a_whole(self) -> bool:
        """Whether the comparator holds the subject: counts of the two are not drawn side by side."""
        return self.view.comparison is not None and self.view.comparison.code != ANNEE


@dataclass(frozen=True)
class Report:
    annee: int
    place: Territory
    region: str  # name of the region of a caisse
    vintage: Vintage
    edition: Edition
    parts: tuple[tuple[Section, tuple[Page, ...]], ...]
    left_out: tuple[Slide, ...]  # slides without a single figure at this niveau
    remarks: tuple[str, ...] = ()  # what the gate wants told

    @property
    def pages(self) -> tuple[Page, ...]:
        return tuple(page for _, pages in self.parts for page in pages)

    @property
    def sources(self) -> tuple[str, ...]:
        """Where its figures come from, once each, in order."""
        return tuple(dict.fromkeys(BY_ID[i].source for page in self.pages for i in page.slide.indicators))

    @property
    def complete(self) -> bool:
        return all(page.view.complete for page in self.pages)

    @property
    def national(self) -> bool:
        return self.place.niveau == published.NATIONAL

    @property
    def scope_name(self) -> str:
        return "Rapport national" if self.national else f"Rapport local{NBSP}: {self.place.name}"


def latest_year(edition: Edition) -> int:
    """The latest whole year, else the latest. Raises StopIteration where there is none."""
    return choices.default_year(published.years(edition))


def of(
    edition: Edition, annee: int, place: Territory, shared: Edition | None = None, remarks: tuple[str, ...] = ()
) -> Report:
    """The report of a territory. Other territories are read from `shared` where the reader may not see them exactly."""
    parts, left_out = [], []
    for section in SECTIONS:
        pages = []
        for slide in section.slides:
            page = _page(edition, slide, annee, place, shared or edition)
            if page is None:
                continue
            if place.niveau != published.NATIONAL and nothing(page):
                left_out.append(slide)
            else:
                pages.append(page)
        if pages:
            parts.append((section, tuple(pages)))
    region = next((t.name for t in published.territories(edition) if _is_region_of(t, place)), "")
    vintage = published.vintage(edition)
    return Report(annee, place, region, vintage, edition, tuple(parts), tuple(left_out), remarks)


def _is_region_of(one: Territory, place: Territory) -> bool:
    return one.niveau == published.REGION and one.code == place.region


def _page(edition: Edition, slide: Slide, annee: int, place: Territory, shared: Edition) -> Page | None:
    """None where the slide is not about this territory."""
    if place not in choices.places(edition, slide):
        return None
    beside = ANNEE if place.niveau == published.NATIONAL else FRANCE
    view = choices.suited(edition, slide, Wish(annee, place, EVERYONE, beside))
    if view is not None and view.comparison is None and slide.compares:
        view = choices.suited(edition, slide, Wish(annee, place, EVERYONE, ANNEE))
    if view is None:
        return None
    years = choices.years(edition, slide, place)
    if view.comparison is not None and view.comparison.code == FRANCE:
        view = replace(view, reference=figures.figures(shared, view.comparison.scope, years))
    return Page(slide, view, _regional(view, shared, years), _comments(edition, slide, view))


def _comments(edition: Edition, slide: Slide, view: View) -> tuple[Comment, ...]:
    """None in a report for anybody: whoever wrote them may quote exact figures."""
    if edition.path.name == published.DIFFUSION:
        return ()
    scope = view.subject.scope
    return comments.of(published.marts_of(edition), slide.id, scope.annee, scope.niveau, scope.territoire)


def _regional(view: View, shared: Edition, years: dict[int, bool]) -> Figures | None:
    place, compared = view.territory, view.comparison
    if place.niveau != published.ORGANISME or compared is None or compared.code != FRANCE:
        return None
    mine: Scope = view.subject.scope
    return figures.figures(shared, replace(mine, niveau=published.REGION, territoire=place.region), years)


def nothing(page: Page) -> bool:
    """Whether not one figure of the slide is known; words and context always are."""
    slide, view = page.slide, page.view
    if slide.texts or not slide.source:
        return False
    keys = [content.key(k, view).figure.cell.valeur for k in slide.keys]
    return all(v is None for v in keys) and all(f.empty_because for f in content.charts(slide, view))


def thin(page: Page) -> bool:
    """Whether a slide of a territory has key figures and nothing to draw: such slides share one."""
    filled = content.charts(page.slide, page.view)
    return page.view.territory.niveau != published.NATIONAL and bool(filled) and all(f.empty_because for f in filled)


def file_name(report: Report) -> str:
    """The name of its files, without their ending: `adass_2024_national`, `adass_2024_311_cpam_de_la_haute_garonne`."""
    place = report.place
    words = {published.NATIONAL: "national", published.REGION: f"region_{place.code}_{slug(place.name)}"}
    return f"adass_{report.annee}_{words.get(place.niveau, f'{place.code}_{slug(place.name)}')}"


def slug(text: str) -> str:
    return "_".join("".join(c if c.isalnum() else " " for c in key(text).lower()).split())


def vintages(marts: Path) -> tuple[str, ...]:
    """The vintages of a folder, the latest first."""
    return tuple(sorted((p.name for p in (marts / "millesimes").glob("*") if p.is_dir()), reverse=True))
