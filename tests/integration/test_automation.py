"""What runs by itself: the yearly run, new deliveries, retries, and what a failed run leaves."""

import logging
import shutil
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster._core.test_utils import create_test_daemon_workspace_context, freeze_time
from dagster._core.workspace.load_target import ModuleTarget
from dagster._scheduler.scheduler import launch_scheduled_runs
from dagster._time import get_current_datetime

from pipelines.definitions import JOB, YEARLY, defs, key_of
from pipelines.operating import automation, incidents
from pipelines.operating.automation import JANUARY, deliveries, incident, yearly
from pipelines.vintages.publish import open_build
from schemas.outputs import checks, vintages
from schemas.outputs.tables import OUTPUTS
from tests.samples.exports import accompagnement, bali

SETTINGS = Path(__file__).parents[2] / "dagster.yaml"


@pytest.fixture
def instance(tmp_path) -> Iterator[dg.DagsterInstance]:
    """A Dagster instance with the settings that ship, whose runs nobody takes off the queue."""
    home = tmp_path / "dagster"
    home.mkdir()
    shutil.copy(SETTINGS, home)
    with dg.DagsterInstance.from_config(str(home)) as made:
        yield made


@pytest.fixture
def folders(raw, marts, monkeypatch) -> None:
    monkeypatch.setenv("ADASS_RAW", str(raw))
    monkeypatch.setenv("ADASS_MARTS", str(marts))


def test_the_real_scheduler_starts_one_run_a_year_in_january(instance):
    times: dict = {}
    log = logging.getLogger("horloge")
    target = ModuleTarget("pipelines.definitions", attribute="defs", working_directory=None, location_name="adass")
    with create_test_daemon_workspace_context(target, instance) as workspace:
        for now in (
            datetime(2026, 12, 31, 12, tzinfo=UTC),
            datetime(2027, 1, 20, 4, 59, tzinfo=UTC),  # 5 h 59 in Paris
            datetime(2027, 1, 20, 5, 1, tzinfo=UTC),
            datetime(2027, 1, 20, 5, 2, tzinfo=UTC),
            datetime(2027, 7, 1, tzinfo=UTC),
            datetime(2028, 1, 20, 5, 1, tzinfo=UTC),
            datetime(2028, 12, 31, tzinfo=UTC),
        ):
            with freeze_time(now):
                list(launch_scheduled_runs(workspace, log, get_current_datetime(), times))
    runs = instance.get_runs(dg.RunsFilter(job_name=YEARLY))
    assert sorted((r.tags["dagster/partition"], r.tags["dagster/run_key"]) for r in runs) == [
        ("2026", "rapport-2026"),
        ("2027", "rapport-2027"),
    ]
    assert len(instance.get_runs()) == 2


def test_a_tick_that_comes_twice_asks_for_the_same_run():
    schedule, repository = yearly(YEARLY), defs.get_repository_def()
    assert (schedule.cron_schedule, schedule.execution_timezone) == (JANUARY, "Europe/Paris")
    keys = set()
    for minute in (0, 1):
        moment = datetime(2027, 1, 20, 5, minute, tzinfo=UTC)
        context = dg.build_schedule_context(scheduled_execution_time=moment, repository_def=repository)
        with freeze_time(moment):
            (request,) = schedule.evaluate_tick(context).run_requests
        keys.add((request.run_key, request.partition_key))
    assert keys == {("rapport-2026", "2026")}


def test_the_sensor_asks_for_a_refresh_once_the_delivery_is_at_rest(raw, folders, instance, monkeypatch):
    monkeypatch.setenv("ADASS_CALME", "0")
    folder = bali(raw, "2025-01-20", accompagnements=[accompagnement()], actions=[], soins=[])
    (folder / "actions.csv.part").write_text("x", encoding="utf-8")
    sensor, cursor, asked = deliveries(JOB), None, []
    for _ in range(5):
        found = sensor.evaluate_tick(dg.build_sensor_context(instance=instance, cursor=cursor))
        cursor = found.cursor
        asked.append(len(found.run_requests or []))
        (folder / "actions.csv.part").unlink(missing_ok=True)
    assert asked == [0, 0, 1, 0, 0]


def test_the_sensor_waits_for_a_run_under_way(raw, folders, instance, monkeypatch):
    monkeypatch.setenv("ADASS_CALME", "0")
    bali(raw, "2025-01-20", accompagnements=[accompagnement()], actions=[], soins=[])
    sensor, cursor = deliveries(JOB), None
    for _ in range(2):
        cursor = sensor.evaluate_tick(dg.build_sensor_context(instance=instance, cursor=cursor)).cursor
    instance.create_run_for_job(automation.retention_job, status=dg.DagsterRunStatus.STARTED)
    waiting = deliveries(JOB).evaluate_tick(dg.build_sensor_context(instance=instance, cursor=cursor))
    assert not waiting.run_requests
    assert waiting.cursor == cursor
    assert waiting.skip_message == "une exécution est en cours"


def run(instance: dg.DagsterInstance, raw: Path, marts: Path, **options: Any) -> dg.DagsterRun:
    """The refresh job as the daemon runs it: a failure is recorded, not raised."""
    config = {"resources": {"build": {"config": {"raw": str(raw), "marts": str(marts)}}},
              "loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}  # fmt: skip
    result = defs.resolve_job_def(JOB).execute_in_process(
        instance=instance, raise_on_error=False, run_config=config, tags=automation.RETRY_TAGS, **options
    )
    found = instance.get_run_by_id(result.run_id)
    assert found is not None
    return found


def told(instance: dg.DagsterInstance, failed: dg.DagsterRun, marts: Path) -> str:
    """What the failure sensor writes of a run."""
    event = instance.all_logs(failed.run_id, of_type=dg.DagsterEventType.RUN_FAILURE)[0].get_dagster_event()
    context = dg.build_run_status_sensor_context(
        sensor_name="incident", dagster_instance=instance, dagster_run=failed, dagster_event=event
    ).for_run_failure()
    incident(context)
    written = sorted((marts / incidents.FOLDER).glob("*.txt")) if (marts / incidents.FOLDER).exists() else []
    return written[-1].read_text(encoding="utf-8") if written else ""


def test_a_refused_delivery_leaves_what_was_published_and_is_not_tried_again(raw, marts, folders, refreshed, instance):
    bali(raw, "2025-01-20", accompagnements=[accompagnement()])
    refreshed()
    report = marts / "rapports" / "adass_2024.pptx"
    report.parent.mkdir()
    report.write_bytes(b"le rapport de l'an dernier")
    before = vintages.current(marts), report.read_bytes()
    damaged = bali(raw, "2025-01-21", accompagnements=[accompagnement()])
    (damaged / "actions.csv").write_text("Thématique;Action\nDroits;x\n", encoding="utf-8")
    failed = run(instance, raw, marts)
    assert failed.status == dg.DagsterRunStatus.FAILURE
    assert failed.tags["dagster/will_retry"] == "false"
    assert (vintages.current(marts), report.read_bytes()) == before
    assert vintages.names(marts) == (before[0],)
    text = told(instance, failed, marts)
    assert "– Livraison bali/2025-01-21 refusée – actions.csv : colonne obligatoire absente" in text
    assert f"Le millésime {before[0]} reste publié, inchangé" in text


def test_the_tables_of_a_refused_run_are_shown_as_what_stays_published(raw, marts, folders, refreshed, instance):
    bali(raw, "2025-01-20", accompagnements=[accompagnement()])
    refreshed()
    (raw / "bali" / "2025-01-21").mkdir()
    (raw / "bali" / "2025-01-21" / "actions.csv").write_text("Thématique;Action\nDroits;x\n", encoding="utf-8")
    failed = run(instance, raw, marts)
    stands = f"Le millésime {vintages.current(marts)} reste publié, inchangé"
    assert f"Rien n'a été publié. {stands}." in [e.user_message for e in instance.all_logs(failed.run_id)]
    told(instance, failed, marts)
    ended = instance.get_run_stats(failed.run_id).end_time
    for output in OUTPUTS:
        entry = instance.get_latest_materialization_event(key_of(output.full_name))
        assert entry.timestamp > ended, output.full_name  # what Dagster's interface goes by
        assert entry.asset_materialization.description.startswith(
            f"{stands} : l'exécution {failed.run_id[:8]} a échoué"
        )
    assert instance.get_latest_materialization_event(key_of("publication")) is None


@pytest.mark.parametrize("chosen", [["detail.soins"], ["publication"], [o.full_name for o in OUTPUTS]], ids=len)
def test_some_tables_alone_are_refused_in_a_sentence(raw, marts, folders, instance, chosen):
    """They would be made in a file that nobody publishes, and the run would be told as a success."""
    bali(raw, "2025-01-20", accompagnements=[accompagnement()], actions=[], soins=[])
    failed = run(instance, raw, marts, asset_selection=[key_of(name) for name in chosen])
    assert failed.status == dg.DagsterRunStatus.FAILURE
    assert failed.tags["dagster/will_retry"] == "false"
    text = told(instance, failed, marts)
    assert (
        "– une partie des tables ne se matérialise pas seule, car rien n'en serait publié : lancez le travail "
        "« rafraichissement », qui les fait toutes et les publie" in text
    )
    assert not (marts / vintages.CURRENT).exists()


def test_no_delivery_at_all_is_not_tried_again(raw, marts, folders, instance):
    failed = run(instance, raw, marts)
    assert failed.tags["dagster/will_retry"] == "false"
    assert "aucune livraison" in told(instance, failed, marts)
    assert "Rien n'était encore publié" in told(instance, failed, marts)


def test_a_folder_in_use_is_tried_again_and_nobody_is_alarmed_yet(raw, marts, folders, instance):
    bali(raw, "2025-01-20", accompagnements=[accompagnement()])
    with open_build(raw, marts):
        failed = run(instance, raw, marts)
    assert failed.status == dg.DagsterRunStatus.FAILURE
    assert failed.tags["dagster/will_retry"] == "true"
    assert told(instance, failed, marts) == ""


def test_a_fault_of_the_disk_in_a_step_is_tried_again(raw, marts, folders, instance, monkeypatch):
    bali(raw, "2025-01-20", accompagnements=[accompagnement()])

    def full(_build: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pipelines.definitions.publish", full)
    failed = run(instance, raw, marts)
    assert failed.tags["dagster/will_retry"] == "true"


def test_a_failed_check_is_named_and_not_tried_again(raw, marts, folders, instance, monkeypatch):
    bali(raw, "2025-01-20", accompagnements=[accompagnement(clos="2024-03-01")])
    impossible = checks.Check("x", "x", "Parts d'une répartition = 100 %", "SELECT 'A1 : 0,5' AS t")
    monkeypatch.setattr(checks, "PARTITIONS", impossible)
    failed = run(instance, raw, marts)
    assert failed.tags["dagster/will_retry"] == "false"
    text = told(instance, failed, marts)
    assert (
        "– Contrôle bloquant repartitions_a_cent_pour_cent (marts.indicateurs) : "
        "Parts d'une répartition = 100 % : A1 : 0,5" in text
    )


def test_an_unforeseen_error_is_told_without_its_text(raw, marts, folders, instance, monkeypatch):
    bali(raw, "2025-01-20", accompagnements=[accompagnement()])

    def broken(_build: object) -> None:
        raise ValueError("1850763123456 n'est pas un nombre")

    monkeypatch.setattr("pipelines.definitions.publish", broken)
    text = told(instance, run(instance, raw, marts), marts)
    assert "– Erreur inattendue à l'étape publication (ValueError). Le détail est dans Dagster." in text
    assert "1850763123456" not in text


def test_the_command_gets_the_message_and_no_shell_reads_it(tmp_path, monkeypatch):
    told_to = tmp_path / "message; touch x"
    program = "import sys, pathlib; pathlib.Path(sys.argv[1]).write_text(sys.stdin.read(), encoding='utf-8')"
    monkeypatch.setenv("PYTHONUTF8", "1")
    monkeypatch.setenv(incidents.VARIABLE, f"{sys.executable} -c \"{program}\" '{told_to}'")
    one = incidents.Incident("rafraichissement", "0123456789", datetime(2027, 1, 20, 5, 0), ("Échec.",))
    path = incidents.tell(tmp_path, one)
    assert path == tmp_path / "incidents" / "2027-01-20_05-00-00_rafraichissement_01234567.txt"
    assert told_to.read_text(encoding="utf-8") == path.read_text(encoding="utf-8")
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("command", ["/nulle/part", "false", "'jamais fermé"])
def test_a_command_that_fails_leaves_the_message(tmp_path, monkeypatch, caplog, command):
    monkeypatch.setenv(incidents.VARIABLE, command)
    one = incidents.Incident("rafraichissement", "0123456789", datetime(2027, 1, 20, 5, 0), ("Échec.",))
    assert incidents.tell(tmp_path, one).exists()
    assert incidents.VARIABLE in caplog.text
