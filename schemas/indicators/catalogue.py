"""The catalogue of indicators: each figure is declared once, here, and everything else inherits from it.

A numerator or denominator is a predicate on the relation of the indicator's base; the compiler turns the whole
catalogue into a few passes over the data (`pipelines/computing/compile.py`). Source: ADASS output contracts.
"""

from schemas.indicators.catalogue_action_sociale import ACTION_SOCIALE
from schemas.indicators.catalogue_bali import BALI
from schemas.indicators.catalogue_enquete import ENQUETE
from schemas.indicators.catalogue_pilotage import PILOTAGE
from schemas.indicators.indicator import ANNEES, EVOLUTION, JOURS, NOMBRE, NOTE, PART, Base, Indicator, Whole

__all__ = ["ANNEES", "BY_ID", "CATALOGUE", "EVOLUTION", "JOURS", "NOMBRE", "NOTE", "PART", "Base", "Indicator", "Whole"]

CATALOGUE: tuple[Indicator, ...] = (*BALI, *PILOTAGE, *ENQUETE, *ACTION_SOCIALE)
BY_ID = {i.id: i for i in CATALOGUE}
