"""The catalogue of indicators as a semantic model that other tools read: MetricFlow's YAML, of dbt.

The Open Semantic Interchange has no stable form that tools read yet; MetricFlow's has been one since 2023.
"""

from typing import Any

import yaml

from schemas.indicators.catalogue import CATALOGUE, NOMBRE, PART, Indicator
from schemas.indicators.measures import shares
from schemas.publics import EVERYONE, PUBLICS

_GRAINS = {"annee_detection": "detection", "annee_cloture": "cloture"}


def text() -> str:
    """The model: one semantic model for each relation, its measures, and a metric for each indicator they can say."""
    said = [i for i in CATALOGUE if _sayable(i)]
    relations = sorted({i.base.relation for i in said})
    content = {
        "semantic_models": [
            _model(relation, [i for i in said if i.base.relation == relation]) for relation in relations
        ],
        "metrics": [_metric(i) for i in said],
    }
    return str(yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=120))


def left_out() -> tuple[str, ...]:
    """The indicators that the form cannot say: medians, evolutions, queries, modalités of their own, other relations."""
    return tuple(i.id for i in CATALOGUE if not _sayable(i))


def _sayable(i: Indicator) -> bool:
    simple = not (i.of or i.sql or i.median or i.cases or i.totals or i.distinct or i.total or i.whole or i.then)
    return i.source == "bali" and simple and i.unit in {NOMBRE, PART}


def _name(i: Indicator) -> str:
    return i.id.replace(".", "__")


def _model(relation: str, several: list[Indicator]) -> dict[str, Any]:
    years = sorted({i.base.year for i in several})
    coded = sorted({i.by for i in several if i.by})
    publics = [p for p in PUBLICS if p is not EVERYONE]
    return {
        "name": relation.replace(".", "__"),
        "description": f"Lignes de {relation}, dans adass.duckdb",
        "model": f"ref('{relation.split('.')[1]}')",
        "defaults": {"agg_time_dimension": years[0]},
        "entities": [{"name": "accompagnement", "type": "primary", "expr": "id_accompagnement"}],
        "dimensions": [
            *(
                {"name": y, "type": "time", "expr": f"make_date({y}, 1, 1)", "type_params": {"time_granularity": "year"}}
                for y in years
            ),
            *({"name": c, "type": "categorical"} for c in ("region", "organisme", *coded)),
            *({"name": p.code, "type": "categorical", "description": p.label} for p in publics),
        ],
        "measures": [one for i in several for one in _measures(i)],
    }  # fmt: skip


def _measures(i: Indicator) -> list[dict[str, Any]]:
    (share,) = shares(i)
    common = {"agg": "sum", "agg_time_dimension": i.base.year}
    measures = [{"name": f"{_name(i)}__numerateur", **common, "expr": f"CASE WHEN {share.among} THEN 1 ELSE 0 END"}]
    if i.unit == PART:
        measures.append(
            {"name": f"{_name(i)}__denominateur", **common, "expr": f"CASE WHEN {share.whole_among} THEN 1 ELSE 0 END"}
        )
    return measures


def _metric(i: Indicator) -> dict[str, Any]:
    told = {"name": _name(i), "label": i.label, "description": i.definition}
    if i.unit == NOMBRE:
        return {**told, "type": "simple", "type_params": {"measure": f"{_name(i)}__numerateur"}}
    parts = {"numerator": f"{_name(i)}__numerateur", "denominator": f"{_name(i)}__denominateur"}
    return {**told, "type": "ratio", "type_params": parts}
