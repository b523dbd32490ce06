"""`adass refresh` and the Dagster job make the same tables with the same checks."""

from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from pipelines.definitions import JOB, defs
from pipelines.simulation.generic import simulate
from tests.integration.conftest import contents
from tests.samples.exports import accompagnement, bali


def run_job(raw: Path, marts: Path, **options: Any) -> dg.ExecuteInProcessResult:
    with dg.DagsterInstance.ephemeral() as instance:
        return defs.resolve_job_def(JOB).execute_in_process(
            instance=instance,
            run_config={
                "resources": {"build": {"config": {"raw": str(raw), "marts": str(marts)}}},
                "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
            },
            **options,
        )


def test_the_dagster_job_publishes_the_same_rows(raw, marts, refreshed, tmp_path):
    simulate(raw, years=[2023, 2024], accompaniments=400, seed=3, dirt=0.1)
    refreshed()
    other = tmp_path / "dagster"
    assert run_job(raw, other).success
    made, by_dagster = contents(marts), contents(other)
    assert made["detail.accompagnements"].total() > 300
    assert [name for name in made if made[name] != by_dagster[name]] == []


@pytest.mark.usefixtures("impossible")
def test_a_check_that_fails_blocks_the_job_too(raw, marts):
    bali(raw, "2025-01-20", accompagnements=[accompagnement(clos="2024-03-01")])
    with pytest.raises(dg.DagsterError, match="repartitions_a_cent_pour_cent"):
        run_job(raw, marts)
    assert not (marts / "courant").exists()
