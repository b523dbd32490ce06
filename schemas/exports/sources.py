"""The sources that deliveries come from."""

from schemas.exports.action_sociale import ACTION_SOCIALE
from schemas.exports.bali import BALI
from schemas.exports.declarations import Source
from schemas.exports.enquete import ENQUETE

SOURCES: tuple[Source, ...] = (BALI, ENQUETE, ACTION_SOCIALE)


def source(name: str) -> Source:
    return next(s for s in SOURCES if s.name == name)
