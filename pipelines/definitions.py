"""The composition root: every asset, the checks that block publication, the job, and the resource of a refresh."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition  # not exported

import assets.controle
import assets.detail
import assets.marts
import assets.ref
from pipelines import automation
from pipelines.automation import RETRY_TAGS, fault_hook, judge_fault
from pipelines.build import Build
from pipelines.checks import balance
from pipelines.errors import Refused
from pipelines.publish import open_build, publish
from pipelines.tables import key_of, sql_table
from schemas.outputs import OUTPUTS
from schemas.referentiels import ORGANISMES_FILE, STRUCTURES_FILE
from schemas.sources import SOURCES

JOB, YEARLY = "rafraichissement", "rafraichissement_et_rapport"


@dg.resource(
    config_schema={
        "raw": dg.Field(str, default_value=str(automation.raw_folder()), description="Dossier des livraisons"),
        "marts": dg.Field(str, default_value=str(automation.marts_folder()), description="Dossier publié"),
        "alias": dg.Field(str, is_required=False, description="Fichier TOML d'alias d'en-têtes"),
    }
)
def build_resource(context: dg.InitResourceContext) -> Iterator[Build]:
    """One refresh, for as long as the run lasts."""
    config = context.resource_config
    aliases = Path(config["alias"]) if config.get("alias") else None
    try:
        with open_build(Path(config["raw"]), Path(config["marts"]), aliases) as build:
            yield build
    except (Refused, OSError) as error:
        if context.instance and context.run:
            judge_fault(context.instance, context.run.run_id, error)
        raise


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


def _job(name: str, selection: dg.AssetSelection, description: str) -> UnresolvedAssetJobDefinition:
    return dg.define_asset_job(
        name,
        selection=selection,
        description=description,
        executor_def=dg.in_process_executor,
        hooks={fault_hook},
        tags=RETRY_TAGS,
    )


refresh_job = _job(
    JOB, dg.AssetSelection.assets(["publication"]).upstream(), "De la livraison brute au millésime publié"
)
yearly_job = _job(YEARLY, dg.AssetSelection.all(), "De la livraison brute au rapport de l'année")

ASSETS: list[dg.AssetsDefinition | dg.AssetSpec] = [*_raw_assets(), *_table_assets(), publication]

defs = dg.Definitions(
    assets=ASSETS,
    jobs=[refresh_job, yearly_job, automation.retention_job],
    schedules=[automation.yearly(YEARLY), automation.retention],
    sensors=[automation.deliveries(JOB), automation.incident],
    resources={"build": build_resource},
    executor=dg.in_process_executor,
)
