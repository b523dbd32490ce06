"""The public face of the data: every table of the published file, with its columns, types and French comments."""

from schemas.outputs.columns import Output
from schemas.outputs.controle import CONTROLE
from schemas.outputs.detail import DETAIL, DETAIL_YEARLY
from schemas.outputs.marts import INDICATEURS, STRUCTURES, THEMATIC
from schemas.outputs.pilotage import PILOTAGE
from schemas.outputs.ref import REF

LAYERS = {
    "ref": "Référentiels",
    "detail": "Lignes pseudonymisées, une par enregistrement accepté",
    "marts": "Indicateurs et tables thématiques",
    "controle": "Livraisons, bilan des lignes, rejets et alertes",
}

_MARTS = (INDICATEURS, STRUCTURES, *(m.output for m in THEMATIC), *PILOTAGE)

OUTPUTS: tuple[Output, ...] = (*REF, *DETAIL, *DETAIL_YEARLY, *_MARTS, *CONTROLE)
BY_FULL_NAME = {o.full_name: o for o in OUTPUTS}
