"""Les statistiques ADASS dans un carnet : `from adass import ouvrir`. Tout est dans `docs/analyse.md`.

Ce que ce paquet ne nomme pas est l'intérieur du projet, qui change sans prévenir.
"""

from dashboards.analysis.notebook import Publication, ouvrir
from dashboards.analysis.questions import Unanswerable

__all__ = ["Publication", "Unanswerable", "ouvrir"]
