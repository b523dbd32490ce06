from importlib.resources import files
from itertools import groupby
from pathlib import Path

from pipelines.computing.compile import Plan
from pipelines.tables import table
from pipelines.vintages.build import Build
from pipelines.vintages.checks import Finding, additivity, levels, partitions
from schemas.indicators.catalogue import BY_ID, CATALOGUE, Indicator
from schemas.indicators.known import known_only

NAME = "marts.indicateurs"
QUERIES = Path(str(files("schemas.indicators") / "requetes"))
RELATIONS = sorted(
    {i.base.relation for i in CATALOGUE} | {i.whole.base.relation for i in CATALOGUE if i.whole and i.whole.base}
)


def national_egale_regions_egale_organismes(build: Build) -> Finding:
    """Counts of the nation = sum of its regions = sum of its organismes."""
    return additivity(build.con)


def repartitions_a_cent_pour_cent(build: Build) -> Finding:
    """The shares of a partition sum to 1."""
    return partitions(build.con)


def niveaux_declares(build: Build) -> Finding:
    """Every indicator is given at the niveaux and for the publics of its source."""
    return levels(build.con)


@table(
    NAME,
    after=[
        *RELATIONS,
        "ref.organismes",
        "ref.annees",
        "ref.completude",
        "controle.inconnus",
        "marts.structures",
    ],
    checks=[national_egale_regions_egale_organismes, repartitions_a_cent_pour_cent, niveaux_declares],
)
def indicateurs(build: Build) -> None:
    """The whole catalogue: a few passes over the detail, then the rows of each indicator."""
    plan = Plan([known_only(i, build.unknown) for i in CATALOGUE], QUERIES)
    for one in plan.passes():
        build.engine.keep(one.name, one.sql(build.in_years(one.year)))
    for year, several in groupby(sorted(CATALOGUE, key=_year), key=_year):
        ids = ", ".join(f"'{i.id}'" for i in several)
        build.run(f"DELETE FROM {NAME} WHERE indicateur IN ({ids}) AND {build.in_years(year, 'annee')}")
    build.engine.insert(NAME, "\nUNION ALL\n".join(f"SELECT * FROM ({rows})" for rows in plan.rows.values()))
    for medians in plan.medians:
        build.engine.append(NAME, medians.rows(build.engine.frame(medians.sql(build.in_years(medians.year)))))
    for name, rows in plan.later.items():
        build.engine.insert(NAME, f"SELECT * FROM ({rows}) AS q WHERE {build.in_years(_year(BY_ID[name]), 'annee')}")


def _year(i: Indicator) -> str:
    return i.base.year
