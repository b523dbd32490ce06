"""The files of `deploy/`: systemd accepts the units, Dagster runs on a real PostgreSQL with the settings given."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import dagster as dg
import pytest
import yaml

from pipelines.operating.automation import retention_job

ROOT = Path(__file__).parents[2]
DEPLOY, SETTINGS = ROOT / "deploy", ROOT / "dagster.yaml"
UNITS = sorted(DEPLOY.glob("*.service"))
POSTGRES = sorted(Path("/usr/lib/postgresql").glob("*/bin"))


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is absent; `.ci/run` installs it")
@pytest.mark.parametrize("unit", UNITS, ids=lambda p: p.stem)
def test_systemd_accepts_the_unit(unit, tmp_path):
    installed = tmp_path / unit.name
    here = Path(sys.executable).parent  # what the unit starts must exist
    installed.write_text(unit.read_text(encoding="utf-8").replace("/opt/adass/.venv/bin", str(here)), encoding="utf-8")
    done = subprocess.run(["systemd-analyze", "verify", str(installed)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_there_is_a_unit_for_each_service_and_none_runs_as_root():
    assert [u.stem for u in UNITS] == ["adass-dagster-daemon", "adass-dagster-webserver", "adass-dashboard"]
    for unit in UNITS:
        text = unit.read_text(encoding="utf-8")
        for line in ("User=adass", "NoNewPrivileges=yes", "ProtectSystem=strict", "CapabilityBoundingSet=\n"):
            assert line in text


def test_the_pages_run_under_an_account_that_reads_neither_exports_nor_keys():
    unit = (DEPLOY / "adass-dashboard.service").read_text(encoding="utf-8").splitlines()
    assert "User=adass-pages" in unit
    assert "EnvironmentFile=/etc/adass/pages.env" in unit
    (closed,) = (line for line in unit if line.startswith("InaccessiblePaths="))
    assert {"-/var/lib/adass/config", "-/var/lib/adass/raw", "-/etc/adass/adass.env"} <= set(
        closed.partition("=")[2].split()
    )
    assert "CLE" not in (DEPLOY / "pages.env").read_text(encoding="utf-8")


def test_the_settings_for_postgresql_differ_in_the_storage_only():
    usual, postgres = (
        yaml.safe_load(p.read_text(encoding="utf-8")) for p in (SETTINGS, DEPLOY / "dagster-postgres.yaml")
    )
    assert postgres.pop("storage").keys() == {"postgres"}
    assert postgres == usual


def test_dagster_accepts_the_usual_settings(tmp_path):
    shutil.copy(SETTINGS, tmp_path)
    with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
        assert instance.run_retries_enabled
        assert instance.run_monitoring_enabled
        assert not instance.run_retries_retry_on_asset_or_op_failure
        assert not instance.telemetry_enabled


@pytest.fixture
def postgres() -> Iterator[int]:
    """A PostgreSQL server of the test's own, as a user that is not root; its port."""
    if not POSTGRES:
        pytest.skip("PostgreSQL is absent; `.ci/run` installs it")
    home = Path(tempfile.mkdtemp(prefix="adass-pg-"))  # not among pytest's folders, which are closed to other users
    as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    if as_user:
        shutil.chown(home, "postgres", "postgres")
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    password = home.with_suffix(".mdp")
    password.write_text("secret\n", encoding="utf-8")

    def run(program: str, *arguments: str) -> None:
        subprocess.run(
            [*as_user, str(POSTGRES[-1] / program), *arguments], check=True, cwd="/", stdout=subprocess.DEVNULL
        )

    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={home} -c fsync=off"
    try:
        run("initdb", "-D", f"{home}/d", "-U", "adass", "--auth=scram-sha-256", f"--pwfile={password}", "-E", "UTF8")
        run("pg_ctl", "-D", f"{home}/d", "-o", options, "-l", f"{home}/journal", "-w", "start")
        try:
            yield port
        finally:
            run("pg_ctl", "-D", f"{home}/d", "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(home, ignore_errors=True)
        password.unlink()


def test_dagster_keeps_its_state_in_postgresql(postgres, tmp_path, monkeypatch):
    for name, value in {"HOST": "127.0.0.1", "PORT": str(postgres), "DB": "postgres", "USER": "adass"}.items():
        monkeypatch.setenv(f"DAGSTER_PG_{name}", value)
    monkeypatch.setenv("DAGSTER_PG_PASSWORD", "secret")
    monkeypatch.setenv("ADASS_MARTS", str(tmp_path))
    homes = [tmp_path / name for name in ("un", "deux")]  # of two machines
    for home in homes:
        home.mkdir()
        shutil.copy(DEPLOY / "dagster-postgres.yaml", home / "dagster.yaml")
    with dg.DagsterInstance.from_config(str(homes[0])) as first:
        assert type(first.run_storage).__name__ == "PostgresRunStorage"
        assert retention_job.execute_in_process(instance=first).success
    with dg.DagsterInstance.from_config(str(homes[1])) as second:
        (run,) = second.get_runs()
        assert (run.job_name, run.status) == ("conservation", dg.DagsterRunStatus.SUCCESS)
        assert second.all_logs(run.run_id, of_type=dg.DagsterEventType.RUN_SUCCESS)
    assert not list(tmp_path.rglob("*.db"))
