"""What the published figures answer of a crossing, for a reader or a file without rows: years, territories, closed lists."""

import polars as pl

from dashboards.analysis import verdicts
from dashboards.analysis.questions import Asked, Unanswerable
from dashboards.published import reading as published
from dashboards.published.reading import DIFFUSION, NATIONAL, ORGANISME, REGION, Edition
from schemas.indicators.catalogue import CATALOGUE
from schemas.indicators.crossing import additive
from schemas.indicators.dimensions import DIMENSIONS, Dimension
from schemas.indicators.indicator import NOMBRE, PART, Indicator
from schemas.text import quoted

ALWAYS = ("annee", REGION, ORGANISME)
PARTS = ("numerateur", "denominateur")


def cells(edition: Edition, asked: Asked) -> tuple[pl.DataFrame, str]:
    """The groups of a question, with `protege` where one is hidden, and the query that reads their figures.

    Raises Unanswerable where the published figures do not tell these groups apart.
    """
    told_apart = {d.name: d for d in (*asked.by, *(d for d, _ in asked.filters))}
    source = _source(edition, asked.measure, [d for name, d in told_apart.items() if name not in ALWAYS])
    level = _level(asked, set(told_apart))
    _refuse_absent(edition, asked, level)
    sql = _sql(asked, source, level)
    found = _filtered(asked, _told_apart(edition, source, level, _read(edition, sql, level)))
    return _grouped(asked, found), sql


def _source(edition: Edition, measure: Indicator, others: list[Dimension]) -> Indicator:
    """The indicator that gives a measure by these dimensions: the measure, or the one of its modalités."""
    if not others:
        return measure
    found = next((i for i in CATALOGUE if _gives(i, measure, others[0])), None) if len(others) == 1 else None
    if found is None:
        raise Unanswerable(_refusal(edition, measure, others))
    return found


def _gives(i: Indicator, measure: Indicator, dimension: Dimension) -> bool:
    """Whether the modalités of an indicator are a measure by a dimension."""
    if i.by != dimension.name or i.then or not (i.within or i.unit == NOMBRE):
        return False
    same = ("base", "unit", "numerator", "total", "median", "distinct")
    return all(getattr(i, name) == getattr(measure, name) for name in same)


def _refusal(edition: Edition, measure: Indicator, others: list[Dimension]) -> str:
    given = [*ALWAYS, *(d.name for d in DIMENSIONS if any(_gives(i, measure, d) for i in CATALOGUE))]
    what = "le fichier de diffusion donne" if edition.path.name == DIFFUSION else "les chiffres publiés donnent"
    owned = "les lignes ne vous sont ouvertes que pour votre territoire"
    who = owned if edition.access.partial else "il faudrait les lignes, que vous ne lisez pas ici"
    return f"{what} « {measure.id} » par {', '.join(given)}, et non par {', '.join(d.name for d in others)} ; {who}"


def _level(asked: Asked, told_apart: set[str]) -> str:
    """The niveau whose territories are told apart, or added up."""
    if ORGANISME in told_apart or asked.place.niveau == ORGANISME:
        return ORGANISME
    return REGION if REGION in told_apart or asked.place.niveau == REGION else NATIONAL


def _refuse_absent(edition: Edition, asked: Asked, level: str) -> None:
    """A public that is not given at a niveau is refused: nothing read would pass for nobody there."""
    sql = "SELECT 1 AS la FROM marts.indicateurs WHERE niveau = ? AND public = ? LIMIT 1"
    if not published.query(edition, sql, [level, asked.public.code]):
        raise Unanswerable(f"le public « {asked.public.code} » n'est pas publié au niveau {level}")


def _sql(asked: Asked, source: Indicator, level: str) -> str:
    where = [f"indicateur = {quoted(source.id)}", f"niveau = {quoted(level)}", f"public = {quoted(asked.public.code)}"]
    if asked.question.annee is not None:
        where.append(f"annee = {asked.question.annee}")
    if asked.place.niveau == level:
        where.append(f"territoire = {quoted(asked.place.code)}")
    elif asked.place.niveau == REGION:
        organismes = f"SELECT organisme FROM ref.organismes WHERE code_region = {quoted(asked.place.code)}"
        where.append(f"territoire IN ({organismes})")
    return f"SELECT *\nFROM marts.indicateurs\nWHERE {' AND '.join(where)}\nORDER BY annee, territoire, modalite"


def _read(edition: Edition, sql: str, level: str) -> pl.DataFrame:
    """The cells, the reader's own exactly."""
    found = _with_marks(published.frame(edition, sql))
    if edition.exact is None or edition.access.everything:
        return found
    owned = [
        t.code for t in published.territories(edition)
        if t.niveau == level and edition.access.owns(level, t.code, t.region)
    ]  # fmt: skip
    own = _with_marks(published.frame(edition.exact, sql)).filter(pl.col("territoire").is_in(owned))
    return pl.concat([found.filter(~pl.col("territoire").is_in(owned)), own])


def _with_marks(found: pl.DataFrame) -> pl.DataFrame:
    protected = pl.col("protege") if "protege" in found.columns else pl.lit(value=False)
    return found.select("annee", "territoire", "modalite", *PARTS, "valeur", protege=protected)


def _told_apart(edition: Edition, source: Indicator, level: str, found: pl.DataFrame) -> pl.DataFrame:
    """The cells with a column for each dimension that they tell apart."""
    regions = {t.code: t.region for t in published.territories(edition) if t.niveau == ORGANISME}
    place = pl.col("territoire")
    own = {ORGANISME: {ORGANISME: place, REGION: place.replace_strict(regions, default="")}, REGION: {REGION: place}}
    modality = {source.by: pl.col("modalite")} if source.by else {}
    return found.with_columns(**own.get(level, {}), **modality)


def _filtered(asked: Asked, found: pl.DataFrame) -> pl.DataFrame:
    for dimension, kept in asked.filters:
        found = found.filter(pl.col(dimension.name).cast(pl.String).is_in(kept))
    return found


def _grouped(asked: Asked, found: pl.DataFrame) -> pl.DataFrame:
    """Cells added up by the dimensions; where one is hidden, so is the sum."""
    keys, measure = [*(d.name for d in asked.by), "tout"], asked.measure
    counted = pl.col("numerateur" if measure.unit == NOMBRE else "denominateur")
    found = found.filter(pl.col("protege") | (counted > 0)).with_columns(tout=pl.lit(0))
    if not additive(measure) and found.select(keys).is_duplicated().any():
        raise Unanswerable(
            "une médiane ne s'additionne pas : demandez une année et un territoire, ou dites-les dans --par"
        )
    sums = [pl.when(pl.col(name).null_count() == 0).then(pl.col(name).sum()).alias(name) for name in (*PARTS, "valeur")]
    return _with_figures(measure, found.group_by(keys, maintain_order=True).agg(*sums, pl.col("protege").any()))


def _with_figures(measure: Indicator, found: pl.DataFrame) -> pl.DataFrame:
    """The value of each group and, for a share, its interval."""
    if additive(measure) and measure.unit != NOMBRE:
        found = found.with_columns(valeur=pl.col("numerateur") / pl.col("denominateur"))
    low, high = verdicts.wilson(found["numerateur"].to_numpy(), found["denominateur"].to_numpy())
    bounds = {"bas": low, "haut": high} if measure.unit == PART else {"bas": None, "haut": None}
    return found.with_columns(
        **{k: pl.lit(None) if v is None else pl.Series(v).fill_nan(None) for k, v in bounds.items()}
    )
