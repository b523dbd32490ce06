"""The composition root: every asset, the checks that block publication, the job, and the resource of a refresh."""

import os
from collections.abc import Iterator
from pathlib import Path

import dagster as dg

import assets.controle
import assets.detail
import assets.marts
import assets.ref
from pipelines.build import Build
from pipelines.checks import balance
from pipelines.engine import DuckDB, spark_on
from pipelines.publish import open_build, publish
from pipelines.tables import key_of, sql_table
from schemas.outputs import OUTPUTS
from schemas.referentiels import ORGANISMES_FILE, STRUCTURES_FILE
from schemas.sources import SOURCES

JOB = "rafraichissement"
RAW, MARTS = "data/raw", "data/marts"


@dg.resource(
    config_schema={
        "raw": dg.Field(str, default_value=os.environ.get("ADASS_RAW", RAW), description="Dossier des livraisons"),
        "marts": dg.Field(str, default_value=os.environ.get("ADASS_MARTS", MARTS), description="Dossier publié"),
        "alias": dg.Field(str, is_required=False, description="Fichier TOML d'alias d'en-têtes"),
        "spark": dg.Field(
            str, default_value=os.environ.get("ADASS_SPARK", ""), description="Master Spark ; vide : DuckDB"
        ),
    }
)
def build_resource(context: dg.InitResourceContext) -> Iterator[Build]:
    """One refresh, for as long as the run lasts."""
    config = context.resource_config
    aliases = Path(config["alias"]) if config.get("alias") else None
    start = spark_on(config["spark"]) if config["spark"] else DuckDB
    with open_build(Path(config["raw"]), Path(config["marts"]), aliases, start) as build:
        yield build


def _raw_assets() -> list[dg.AssetSpec]:
    tables = [
        dg.AssetSpec(["raw", s.name, t.name], group_name="raw", description=f"{s.label}, {s.folder} : {t.description}")
        for s in SOURCES
        for t in s.tables
    ]
    references = [
        dg.AssetSpec(
            ["raw", "referentiels", name.removesuffix(".csv")], group_name="raw", description=f"referentiels/{name}"
        )
        for name in (ORGANISMES_FILE, STRUCTURES_FILE)
    ]
    return [*tables, *references]


def _bilan(build: Build) -> None:
    """Rows read = accepted + rejected + replaced, for every file."""
    finding = balance(build.con)
    if not finding.passed:
        build.failures.append(finding.text)
        raise dg.Failure(finding.text)


@dg.asset(
    key=["publication"],
    group_name="publication",
    description="Le millésime publié : le fichier vérifié devient courant par un seul renommage.",
    deps=[key_of(o.full_name) for o in OUTPUTS],
)
def publication(context: dg.AssetExecutionContext, build: dg.ResourceParam[Build]) -> None:
    _bilan(build)
    home = publish(build)
    context.add_output_metadata({"millesime": dg.MetadataValue.path(str(home))})


def _table_assets() -> list[dg.AssetsDefinition]:
    layers = (assets.ref, assets.detail, assets.marts, assets.controle)
    written = [a for layer in layers for a in dg.load_assets_from_package_module(layer)]
    queries = [sql_table(path) for layer in layers for path in sorted(Path(layer.__path__[0]).glob("*.sql"))]
    return [*(a for a in written if isinstance(a, dg.AssetsDefinition)), *queries]


refresh_job = dg.define_asset_job(
    JOB,
    selection=dg.AssetSelection.all(),
    description="De la livraison brute au millésime publié",
    executor_def=dg.in_process_executor,
)

ASSETS: list[dg.AssetsDefinition | dg.AssetSpec] = [*_raw_assets(), *_table_assets(), publication]

defs = dg.Definitions(
    assets=ASSETS,
    jobs=[refresh_job],
    resources={"build": build_resource},
    executor=dg.in_process_executor,
)
