"""What runs by itself: the yearly refresh and report, new deliveries, retention, and what is done when a run fails."""

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import duckdb
from dagster_shared.error import SerializableErrorInfo  # the form in which a failed run keeps its error

from pipelines.errors import Busy
from pipelines.operating.arrivals import Watch, look
from pipelines.operating.incidents import Incident, stands, tell
from pipelines.vintages.retention import MONTHS, VARIABLE, purge
from schemas.outputs.tables import BY_FULL_NAME
from schemas.outputs.vintages import current

RAW, MARTS = "data/raw", "data/marts"
ZONE = "Europe/Paris"
JANUARY = "0 6 20 1 *"  # once the extraction that follows the end of the year is there
MONTHLY = "0 4 1 * *"
TRIES = 2  # runs after the first one, for passing faults
PASSING = (Busy, OSError, duckdb.IOException)
TOLD = frozenset({"Refused", "Unreadable", "Busy", "NoVintage", "Withheld", "Unfit"})  # errors in French, for users
RETRY_TAGS = {"dagster/max_retries": str(TRIES), "dagster/retry_strategy": "ALL_STEPS"}

UNDER_WAY = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]


def raw_folder() -> Path:
    return Path(os.environ.get("ADASS_RAW", RAW))


def marts_folder() -> Path:
    return Path(os.environ.get("ADASS_MARTS", MARTS))


# --- a run that fails is tried again only where that can help ---


def judge_fault(instance: dg.DagsterInstance, run_id: str, error: BaseException | None) -> None:
    """Mark a run that is failing for another try, or for none: a refused delivery stays refused.

    Whole runs are tried again, not steps: what a step has read stands in the scratch database of its run.
    """
    passing = isinstance(error, PASSING)
    if instance.has_run(run_id):
        instance.add_run_tags(
            run_id,
            {"dagster/retry_on_asset_or_op_failure": "true"} if passing else {"dagster/max_retries": "0"},
        )


@dg.failure_hook(name="juge_l_echec")
def fault_hook(context: dg.HookContext) -> None:
    judge_fault(context.instance, context.run_id, context.op_exception)


# --- when a run starts ---


def yearly(job: str) -> dg.ScheduleDefinition:
    """The refresh and report of the year that has ended: one run for each year."""

    @dg.schedule(
        job_name=job,
        cron_schedule=JANUARY,
        execution_timezone=ZONE,
        name="rapport_annuel",
        description="Chaque 20 janvier à 6 h : rafraîchissement et rapport de l'année écoulée.",
        default_status=dg.DefaultScheduleStatus.RUNNING,
    )
    def rapport_annuel(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
        year = context.scheduled_execution_time.year - 1
        return dg.RunRequest(run_key=f"rapport-{year}", partition_key=str(year))

    return rapport_annuel


def deliveries(job: str) -> dg.SensorDefinition:
    """A refresh for each new content of the raw folder, once it has wholly arrived."""

    @dg.sensor(
        job_name=job,
        name="nouvelle_livraison",
        minimum_interval_seconds=30,
        description="Rafraîchit quand une livraison nouvelle ou corrigée est arrivée en entier.",
        default_status=dg.DefaultSensorStatus.RUNNING,
    )
    def nouvelle_livraison(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        if context.instance.get_runs_count(dg.RunsFilter(statuses=UNDER_WAY)):
            return dg.SensorResult(skip_reason="une exécution est en cours", cursor=context.cursor)
        found = look(raw_folder(), marts_folder(), Watch.read(context.cursor), time.time())
        if not found.content:
            return dg.SensorResult(skip_reason=found.why, cursor=found.watch.write())
        request = dg.RunRequest(run_key=f"livraison-{found.content}")
        return dg.SensorResult(run_requests=[request], cursor=found.watch.write())

    return nouvelle_livraison


# --- retention ---


@dg.op(name="retire_le_detail")
def _purge(context: dg.OpExecutionContext) -> None:
    """Remove the pseudonymised rows of vintages past their retention period."""
    months = int(os.environ.get(VARIABLE, MONTHS))
    for one, left in purge(marts_folder(), months):
        context.log.info(f"{one.name} : {one.octets} -> {left} octets")


@dg.job(name="conservation", hooks={fault_hook}, executor_def=dg.in_process_executor, tags=RETRY_TAGS)
def retention_job() -> None:
    """Retire le détail pseudonymisé des millésimes dont la durée de conservation est passée."""
    _purge()


# rows are never removed by themselves unless somebody has said after how long
retention = dg.ScheduleDefinition(
    name="conservation_mensuelle",
    job=retention_job,
    cron_schedule=MONTHLY,
    execution_timezone=ZONE,
    default_status=(dg.DefaultScheduleStatus.RUNNING if os.environ.get(VARIABLE) else dg.DefaultScheduleStatus.STOPPED),
)


# --- what a failed run leaves ---


@dg.run_failure_sensor(
    name="incident",
    minimum_interval_seconds=30,
    description="Écrit un message pour chaque exécution en échec, et appelle la commande d'alerte.",
    default_status=dg.DefaultSensorStatus.RUNNING,
)
def incident(context: dg.RunFailureSensorContext) -> dg.SkipReason | None:
    run = context.dagster_run
    if run.tags.get("dagster/will_retry") == "true":
        return dg.SkipReason("un nouvel essai est prévu")
    moment = datetime.now(UTC).replace(tzinfo=None)
    tell(marts_folder(), Incident(run.job_name, run.run_id, moment, tuple(dict.fromkeys(_causes(context)))))
    _say_what_stands(context.instance, run)
    return None


def _say_what_stands(instance: dg.DagsterInstance, run: dg.DagsterRun) -> None:
    """Have Dagster show the tables that a failed run was to make as what they are: those of the vintage that stays.

    It would show them as failed. The publication itself has failed.
    """
    published = current(marts_folder())
    tables = {key for key in _planned(instance, run.run_id) if ".".join(key.path) in BY_FULL_NAME}
    said = f"{stands(published)} : l'exécution {run.run_id[:8]} a échoué et n'a rien publié."
    for key in sorted(tables) if published else ():
        instance.report_runless_asset_event(
            dg.AssetMaterialization(key, description=said, metadata={"millesime": published})
        )


def _planned(instance: dg.DagsterInstance, run_id: str) -> Iterator[dg.AssetKey]:
    """The assets that a run was to make."""
    for entry in instance.all_logs(run_id, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION_PLANNED):
        if key := entry.get_dagster_event().asset_key:
            yield key


def _causes(context: dg.RunFailureSensorContext) -> Iterator[str]:
    """What made a run fail, in French. The text of an unforeseen error is left out: it could quote a row."""
    failed = _failed_checks(context.instance, context.dagster_run.run_id)
    if failed:
        yield from failed
        return
    steps = context.get_step_failure_events()
    for event in steps:
        yield _cause(event.step_failure_data.error, f" à l'étape {event.step_key}")
    if not steps:
        data = context.failure_event.event_specific_data
        yield _cause(getattr(data, "error", None), "")


def _failed_checks(instance: dg.DagsterInstance, run_id: str) -> list[str]:
    found = []
    for entry in instance.all_logs(run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION):
        evaluation = entry.get_dagster_event().asset_check_evaluation_data
        if not evaluation.passed:
            told = evaluation.metadata.get("constat")
            table = ".".join(evaluation.asset_key.path)
            found.append(f"Contrôle bloquant {evaluation.check_name} ({table}) : {told.value if told else 'échec'}")
    return found


def _cause(error: SerializableErrorInfo | None, where: str) -> str:
    chain = []
    while error is not None:
        chain.append(error)
        error = error.cause
    for one in chain:
        if one.cls_name in TOLD:
            return _text(one)
    last = chain[-1] if chain else None
    if last is None:
        return f"L'exécution s'est arrêtée{where} sans dire pourquoi (machine arrêtée, mémoire épuisée ?)."
    said = f" : {_text(last)}" if _is_system_error(last) else ""
    return f"Erreur inattendue{where} ({last.cls_name}){said}. Le détail est dans Dagster."


def _text(error: SerializableErrorInfo) -> str:
    return error.message.partition(": ")[2].strip() or error.message.strip()


def _is_system_error(error: SerializableErrorInfo) -> bool:
    return "[Errno " in error.message
