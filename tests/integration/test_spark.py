"""The whole catalogue on both engines: the same rows in every table, and nothing left behind."""

import json
import math
import os
from pathlib import Path

import duckdb
import numpy as np
import pytest
from click.testing import CliRunner

import pipelines.computing.starting
from pipelines.cli import main
from pipelines.computing.starting import spark_on
from pipelines.errors import Refused
from pipelines.refresh import refresh
from pipelines.simulation.generic import simulate
from pipelines.simulation.social import write_social
from pipelines.simulation.survey import write_survey
from pipelines.simulation.targets import SHIPPED, Targets
from schemas.outputs.tables import OUTPUTS
from tests.samples.exports import accompagnement, bali

MASTER = "local[2]"
COMPARED = [o for o in OUTPUTS if o.full_name != "ref.millesime"]  # which is of one refresh
EMPTY = {"ref.reserves"}  # nothing was refused or set aside in this sample
FAST_START = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"  # a virtual machine of a minute is not worth optimising


@pytest.fixture(scope="module")
def java():
    try:
        spark_on(MASTER)
    except Refused as reason:  # `make test` must pass with Python and make alone; `.ci/run` installs Java
        pytest.skip(str(reason))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JDK_JAVA_OPTIONS", FAST_START)
        yield


@pytest.fixture(scope="module")
def both(java, tmp_path_factory):
    """A connection to what each engine has published of the same dirty deliveries, as `sur_duckdb` and `sur_spark`."""
    place = tmp_path_factory.mktemp("moteurs")
    simulate(place / "raw", years=[2023, 2024], accompaniments=2_000, seed=5, dirt=0.03)
    rng, targets = np.random.default_rng(5), Targets(SHIPPED)
    write_survey(rng, place / "raw", targets, 5)
    write_social(rng, place / "raw", targets, 5)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ADASS_CLE", "clé de test, sans valeur")
        patch.chdir(place)
        refresh(place / "raw", place / "sur_duckdb", quiet=True)
        refresh(place / "raw", place / "sur_spark", quiet=True, start_engine=spark_on(MASTER))
    with duckdb.connect() as con:
        for name in ("sur_duckdb", "sur_spark"):
            con.execute(f"ATTACH '{(place / name / 'adass.duckdb').resolve()}' AS {name} (READ_ONLY)")
        yield con, place


def _same(one: object, other: object) -> bool:
    numbers = isinstance(one, float) and isinstance(other, float)
    return one == other or (numbers and math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-12))


def _keys(output):
    return [c.name for c in output.columns if c.sql != "DOUBLE"]


@pytest.mark.slow
@pytest.mark.parametrize("output", COMPARED, ids=lambda o: o.full_name)
def test_every_row_is_the_same(both, output):
    """Exactly, but for sums of floating numbers, which are as exact as the order they are added in."""
    con, _ = both
    names = ", ".join(c.name for c in output.columns)
    by = ", ".join(f"{name} NULLS FIRST" for name in (*_keys(output), *(c.name for c in output.columns)))
    one, other = (
        con.execute(f"SELECT {names} FROM {engine}.{output.full_name} ORDER BY {by}").fetchall()
        for engine in ("sur_duckdb", "sur_spark")
    )
    assert len(one) == len(other)
    assert (one == []) == (output.full_name in EMPTY)
    different = [rows for rows in zip(one, other, strict=True) if not all(map(_same, *rows))]
    assert different == []


@pytest.mark.slow
def test_rows_of_every_source_and_level_were_compared(both):
    con, _ = both
    found = con.execute(
        "SELECT source, COUNT(DISTINCT indicateur), COUNT(DISTINCT annee) FROM sur_spark.marts.indicateurs "
        "JOIN sur_spark.ref.indicateurs USING (indicateur) GROUP BY source ORDER BY source"
    ).fetchall()
    assert [(source, years >= 1) for source, _, years in found] == [
        ("action_sociale", True), ("bali", True), ("enquete", True),
    ]  # fmt: skip
    assert sum(n for _, n, _ in found) > 110


@pytest.mark.slow
def test_nothing_is_left_behind(both):
    from pyspark import SparkContext

    _, place = both
    assert sorted(p.name for p in place.iterdir()) == ["raw", "sur_duckdb", "sur_spark"]
    (home,) = (place / "sur_spark" / "millesimes").iterdir()
    assert sorted(p.name for p in home.iterdir()) == ["adass.duckdb", "adass_diffusion.duckdb", "manifeste.json"]
    assert SparkContext._gateway is None
    assert json.loads((home / "manifeste.json").read_text())["moteur"].endswith(f"({MASTER})")


@pytest.mark.slow
def test_spark_that_does_not_start_is_refused(java, raw, marts):
    bali(raw, "2025-01-20", accompagnements=[accompagnement()])
    with pytest.raises(Refused, match=r"Spark ne démarre pas sur local\[0\] : .+"):
        refresh(raw, marts, quiet=True, start_engine=spark_on("local[0]"))
    assert list((marts / "millesimes").iterdir()) == []


def _command(raw: Path, marts: Path, *options: str):
    return CliRunner().invoke(main, ["refresh", "--raw", str(raw), "--marts", str(marts), *options])


def test_a_missing_library_is_named(raw, marts, monkeypatch):
    monkeypatch.setattr(pipelines.computing.starting.importlib.util, "find_spec", lambda name: None)
    done = _command(raw, marts, "--moteur", "spark")
    assert done.exit_code == 1
    assert "le moteur Spark demande pyspark, qui n'est pas installé" in done.output


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (None, "qui n'est pas installé"),
        ('openjdk version "11.0.2" 2019-01-15', 'dit : openjdk version "11.0.2"'),
        ('java version "1.8.0_202"', 'dit : java version "1.8.0_202"'),
    ],
)
def test_java_missing_or_too_old_is_named(raw, marts, tmp_path, monkeypatch, said, words):
    monkeypatch.setattr(pipelines.computing.starting.importlib.util, "find_spec", lambda name: object())
    home = tmp_path / "java"
    if said:
        (home / "bin").mkdir(parents=True)
        (home / "bin" / "java").write_text(f"#!/bin/sh\necho '{said}' >&2\n")
        (home / "bin" / "java").chmod(0o755)
    monkeypatch.setenv("JAVA_HOME", str(home))
    done = _command(raw, marts, "--moteur", "spark")
    assert done.exit_code == 1
    assert "le moteur Spark demande Java 17 ou plus récent" in done.output
    assert words in done.output
    assert not os.path.lexists(marts)


def test_a_master_of_no_known_form_is_refused(raw, marts):
    done = _command(raw, marts, "--moteur", "spark", "--master", "ailleurs")
    assert done.exit_code == 1
    assert "--master ailleurs : local[2], spark://hôte:7077, yarn ou k8s://hôte:port est attendu" in done.output


def test_a_master_is_sparks(raw, marts):
    done = _command(raw, marts, "--master", "local[2]")
    assert done.exit_code == 2
    assert "--master ne va qu'avec --moteur spark" in done.output
