"""The sources that deliveries come from."""

from schemas.action_sociale import ACTION_SOCIALE
from schemas.bali import BALI
from schemas.declarations import Source
from schemas.enquete import ENQUETE

SOURCES: tuple[Source, ...] = (BALI, ENQUETE, ACTION_SOCIALE)


def source(name: str) -> Source:
    return next(s for s in SOURCES if s.name == name)
