"""Slides filled for a scope, as the pages fill them."""

from dashboards.published import reading as published
from dashboards.published.reading import Scope
from dashboards.slides import choices
from schemas.publics import PUBLICS

FRANCE = Scope(2024, "national", "FR")


def suited(edition, slide, scope=FRANCE, code="annee"):
    """The view of a slide nearest to a scope."""
    place = next(t for t in published.territories(edition) if t.code == scope.territoire)
    public = next(p for p in PUBLICS if p.code == scope.public)
    return choices.suited(edition, slide, choices.Wish(scope.annee, place, public, code))
