"""What can be chosen on a slide, and the view that a choice gives: a slide takes of a wish what makes sense for it."""

from dataclasses import dataclass

from dashboards.figures import view as figures
from dashboards.figures.view import ANNEE, PLACES, TERRITOIRE, Comparison, View
from dashboards.published import reading as published
from dashboards.published.reading import Edition, Scope, Territory
from dashboards.slides.blocks import Slide
from schemas.publics import EVERYONE, PUBLICS, Public


@dataclass(frozen=True)
class Wish:
    """What is asked for every slide at once; `comparison` is the code of one, None for none.

    `other`: the territory to compare with, where another one is asked for.
    """

    annee: int
    place: Territory
    public: Public
    comparison: str | None = ANNEE
    other: Territory | None = None


def places(edition: Edition, slide: Slide | None) -> tuple[Territory, ...]:
    """The territories of a slide: a local one is about the organismes that gave their files."""
    every = published.territories(edition)
    if slide is None or not slide.local:
        return every
    given = published.delivered(edition)
    return tuple(t for t in every if t.niveau == published.ORGANISME and t.code in given)


def years(edition: Edition, slide: Slide | None, place: Territory) -> dict[int, bool]:
    """The years of a slide, the latest first, and whether they are whole."""
    if slide is None or slide.source != published.ACTION_SOCIALE:
        return published.years(edition, (slide.source if slide else "") or published.BALI)
    given = published.delivered(edition).get(place.code, {})
    return {annee: True for annee, names in given.items() if not names.isdisjoint(slide.indicators)}


def publics(slide: Slide | None) -> tuple[Public, ...]:
    """The publics of a slide; one alone where it is about that one."""
    if slide is None or not slide.public:
        return PUBLICS if slide is None or slide.source == published.BALI else (EVERYONE,)
    return tuple(p for p in PUBLICS if p.code == slide.public)


def comparisons(
    slide: Slide | None, scope: Scope, among: dict[int, bool], region: Territory | None = None
) -> tuple[Comparison, ...]:
    """What a slide can be set beside, the one it opens with first; see `figures.comparisons`."""
    found = figures.comparisons(scope, among, region)
    if slide is None:
        return found
    if not (slide.compares and slide.source):
        return ()
    if slide.source == published.ACTION_SOCIALE:  # one caisse alone has these figures
        found = tuple(c for c in found if c.code == ANNEE)
    return tuple(sorted(found, key=lambda c: c.code != slide.beside))


def others(edition: Edition, slide: Slide | None, place: Territory, whole: bool) -> tuple[Territory, ...]:
    """The territories that a place can be set beside in a year that is `whole` or not, those of its niveau first."""
    if not whole or (slide and (not slide.compares or slide.source == published.ACTION_SOCIALE)):
        return ()
    every = [t for t in published.territories(edition) if t != place and t.niveau != published.NATIONAL]
    return tuple(sorted(every, key=lambda t: t.niveau != place.niveau))


def default_year(among: dict[int, bool]) -> int:
    """The latest whole year, else the latest. Raises StopIteration where there is none."""
    return next((annee for annee, whole in among.items() if whole), next(iter(among)))


def suited(edition: Edition, slide: Slide, wish: Wish) -> View | None:
    """The view of a slide that is nearest to a wish; None where nothing of it can be shown."""
    possible = places(edition, slide)
    if not possible:
        return None
    place = wish.place if wish.place in possible else possible[0]
    among = years(edition, slide, place)
    if not among:
        return None
    annee = wish.annee if wish.annee in among else default_year(among)
    offered = publics(slide)
    scope = Scope(annee, place.niveau, place.code, (wish.public if wish.public in offered else offered[0]).code)
    beside = {c.code: c for c in comparisons(slide, scope, among, published.region_of(edition, place))}
    if wish.other and wish.other in others(edition, slide, place, among[annee]):
        beside[TERRITOIRE] = figures.beside(scope, wish.other, place)
    code = wish.comparison if wish.comparison in (None, *PLACES) or slide.beside == ANNEE else slide.beside
    return figures.view(edition, scope, beside.get(code or ""), among)
