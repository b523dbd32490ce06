"""What Dagster sees: every recipe as an asset with its checks, the publication, the job, the resource of a refresh."""

import os
from collections.abc import Collection, Iterator, Sequence, Set
from contextlib import AbstractContextManager, contextmanager
from itertools import groupby
from pathlib import Path
from typing import Any, TypeVar

import dagster as dg
from pydantic import Field

import assets.rapport
from pipelines.computing.engine import DuckDB
from pipelines.computing.starting import spark_on
from pipelines.errors import Refused
from pipelines.operating import automation
from pipelines.operating.automation import RETRY_TAGS, fault_hook, judge_fault
from pipelines.operating.incidents import stands
from pipelines.recipes import RECIPES
from pipelines.tables import Recipe, make
from pipelines.vintages.asked import Asked
from pipelines.vintages.build import Build
from pipelines.vintages.publish import balanced, open_build, publish
from schemas.exports.referentiels import ORGANISMES_FILE, STRUCTURES_FILE
from schemas.exports.sources import SOURCES
from schemas.outputs.columns import Output
from schemas.outputs.tables import OUTPUTS
from schemas.outputs.vintages import current

JOB, REPORT_JOB, YEARLY = "rafraichissement", "rapport", "rafraichissement_et_rapport"


T = TypeVar("T")
PART = (
    "une partie des tables ne se matérialise pas seule, car rien n'en serait publié : "
    f"lancez le travail « {JOB} », qui les fait toutes et les publie"
)


class Refresh(dg.ConfigurableResource[Build]):
    """Un rafraîchissement : d'où il lit, où il publie, ce qui calcule."""

    raw: str = Field(default=str(automation.raw_folder()), description="Dossier des livraisons")
    marts: str = Field(default=str(automation.marts_folder()), description="Dossier publié")
    alias: str = Field(
        default="", description="Fichier TOML d'alias d'en-têtes ; vide : celui du dossier des livraisons"
    )
    malgre: str = Field(default="", description="Motif de publier malgré les règles V1 à V4 ; vide : elles refusent")
    spark: str = Field(default=os.environ.get("ADASS_SPARK", ""), description="Master Spark ; vide : DuckDB")

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator[Build]:
        """One refresh, for as long as the run lasts; where it publishes nothing, the run's log says what stands."""
        made = ""
        try:
            _refuse_part(context.run)
            with self._opened() as build:
                made = build.vintage
                yield build
        except (Refused, OSError) as error:
            if context.instance and context.run:
                judge_fault(context.instance, context.run.run_id, error)
            raise
        finally:
            if (published := current(Path(self.marts))) != made and context.log:
                context.log.error(f"Rien n'a été publié. {stands(published)}.")

    def _opened(self) -> AbstractContextManager[Build]:
        start = spark_on(self.spark) if self.spark else DuckDB
        aliases = Path(self.alias) if self.alias else None
        asked = Asked(despite=self.malgre.strip())
        return open_build(Path(self.raw), Path(self.marts), aliases, asked=asked, start_engine=start)


def _refuse_part(run: dg.DagsterRun | None) -> None:
    """Raise Refused where a run makes some tables only: they share one file, which none but the publication publishes."""
    if run and not (_within(WHOLE, run.asset_selection) and _within(STEPS, run.step_keys_to_execute)):
        raise Refused(PART)


def _within(whole: Set[T], chosen: Collection[T] | None) -> bool:
    """Whether nothing of the whole is left out; where nothing is chosen, everything is meant."""
    return not chosen or whole <= set(chosen)


def key_of(table: str) -> dg.AssetKey:
    return dg.AssetKey(table.split("."))


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


@dg.asset(
    key=["publication"],
    group_name="publication",
    description="Le millésime publié : le fichier vérifié devient courant par un seul renommage.",
    deps=[key_of(o.full_name) for o in OUTPUTS],
)
def publication(context: dg.AssetExecutionContext, build: dg.ResourceParam[Build]) -> None:
    balanced(build)
    home = publish(build)
    context.add_output_metadata({"millesime": dg.MetadataValue.path(str(home))})


def _step(name: str, recipes: Sequence[Recipe]) -> dg.AssetsDefinition:
    """One asset a table, made in one step with its checks."""

    @dg.multi_asset(
        name=name,
        specs=[_spec(r) for r in recipes],
        check_specs=[
            dg.AssetCheckSpec(c.__name__, asset=key_of(r.name), blocking=True, description=c.__doc__)
            for r in recipes
            for c in r.checks
        ],
    )
    def made(build: dg.ResourceParam[Build]) -> Iterator[dg.MaterializeResult[None]]:
        for one in recipes:
            yield _made(build, one)

    return made


def _spec(one: Recipe) -> dg.AssetSpec:
    return dg.AssetSpec(
        key_of(one.name),
        group_name=one.output.layer,
        description=one.output.comment,
        deps=[key_of(name) for name in one.after],
        kinds={"duckdb"},
        metadata={"dagster/column_schema": column_schema(one.output)},
    )


def _made(build: Build, one: Recipe) -> dg.MaterializeResult[None]:
    findings = make(build, one)
    key = key_of(one.name)
    return dg.MaterializeResult(
        asset_key=key,
        metadata={"dagster/row_count": build.count(one.name)},
        check_results=[
            dg.AssetCheckResult(asset_key=key, check_name=c.__name__, passed=f.passed, metadata={"constat": f.text})
            for c, f in zip(one.checks, findings, strict=True)
        ],
    )


def column_schema(output: Output) -> dg.TableSchema:
    return dg.TableSchema([dg.TableColumn(c.name, c.sql, description=c.comment) for c in output.columns])


def _table_assets() -> list[dg.AssetsDefinition]:
    by_step = sorted(RECIPES, key=lambda one: one.step)  # stable: within a step in the order they are made
    return [_step(name, list(recipes)) for name, recipes in groupby(by_step, key=lambda one: one.step)]


_HOW: dict[str, Any] = {"executor_def": dg.in_process_executor, "hooks": {fault_hook}, "tags": RETRY_TAGS}

refresh_job = dg.define_asset_job(
    JOB,
    dg.AssetSelection.assets(["publication"]).upstream(),
    description="De la livraison brute au millésime publié",
    **_HOW,
)
yearly_job = dg.define_asset_job(
    YEARLY, dg.AssetSelection.all(), description="De la livraison brute au rapport de l'année", **_HOW
)
report_job = dg.define_asset_job(
    REPORT_JOB, dg.AssetSelection.groups(REPORT_JOB), description="Du millésime publié au rapport annuel", **_HOW
)

ASSETS: list[dg.AssetsDefinition | dg.AssetSpec] = [*_raw_assets(), *_table_assets(), publication]
WHOLE = {*(key_of(o.full_name) for o in OUTPUTS), publication.key}  # what a refresh makes
STEPS = {*(one.step for one in RECIPES), publication.op.name}

defs = dg.Definitions(
    assets=[*ASSETS, *dg.load_assets_from_package_module(assets.rapport)],
    jobs=[refresh_job, report_job, yearly_job, automation.retention_job],
    schedules=[automation.yearly(YEARLY), automation.retention],
    sensors=[automation.deliveries(JOB), automation.incident],
    resources={"build": Refresh()},
    executor=dg.in_process_executor,
)
