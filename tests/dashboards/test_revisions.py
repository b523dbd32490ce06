"""Which figures change from a vintage to another, and which delivered file can have done it."""

import csv
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from dashboards.formats import MINUS, NBSP, THIN
from dashboards.published import reading as published
from dashboards.revisions import revisions
from dashboards.revisions.revisions import ADDED, CHANGED, KEYS, NO_CAUSE, REMOVED, between, changed
from schemas.outputs import vintages
from schemas.outputs.vintages import FILE, NoVintage
from tests.samples.vintages import change, publish_vintage

BEFORE, AFTER = "2025-01-21_10-00-00", "2025-02-01_10-00-00"
JANUARY = ("bali", "2025-01-20", "accompagnements.csv", "1")
SURVEY = ("enquete", "2024", "repondants.csv", "2")
WORDS = ("annee", "niveau", "territoire", "public", "indicateur", "modalite")
DETECTIONS = "annee = 2024 AND indicateur = 'detections.nombre' AND public = 'ensemble'"


@pytest.fixture
def marts(tmp_path) -> Path:
    return tmp_path / "marts"


def twice(marts: Path, *files: tuple, sql: str = "", **more: object) -> revisions.Difference:
    """The difference of two vintages, the first made from JANUARY and SURVEY, the second from `files` and changed."""
    publish_vintage(marts, BEFORE, inputs=[JANUARY, SURVEY])
    home = publish_vintage(marts, AFTER, inputs=files, **more)
    if sql:
        change(home, sql)
    return between(marts, "precedent", "courant")


def test_a_changed_figure_and_its_file_are_found(marts):
    corrected = (*JANUARY[:3], "9")
    found = twice(marts, corrected, SURVEY, sql=f"UPDATE marts.indicateurs SET valeur = valeur - 25 WHERE {DETECTIONS}")
    rows = found.figures.select(*KEYS, "avant", "apres", "ecart", "causes").rows()
    place = "bali/2025-01-20/accompagnements.csv"
    assert rows == [
        (2024, "national", "FR", "ensemble", "detections.nombre", "", 44000.0, 43975.0, -25.0, place),
        (2024, "region", "84", "ensemble", "detections.nombre", "", 13200.0, 13175.0, -25.0, place),
        (2024, "organisme", "011", "ensemble", "detections.nombre", "", 2200.0, 2175.0, -25.0, place),
        (2024, "organisme", "021", "ensemble", "detections.nombre", "", 330.0, 305.0, -25.0, place),
    ]
    (file,) = found.files
    assert (file.place, file.state) == (place, CHANGED)
    assert found.explained(place) == 4
    assert revisions.by_indicator(found.figures).rows() == [("detections.nombre", 4, 1)]


def test_a_delivery_is_a_cause_only_where_its_rows_are(marts):
    home = publish_vintage(marts, BEFORE, inputs=[JANUARY])
    after = publish_vintage(marts, AFTER, inputs=[JANUARY, ("bali", "2025-01-27", "accompagnements.csv", "3")])
    table = (
        "CREATE SCHEMA controle; CREATE TABLE controle.origines "
        "(source VARCHAR, livraison VARCHAR, organisme VARCHAR, annee INTEGER, lignes BIGINT)"
    )
    change(home, table)
    change(after, f"{table}; INSERT INTO controle.origines VALUES ('bali', '2025-01-27', '011', 2024, 3)")
    files = (revisions.FileChange("bali", "2025-01-27", "accompagnements.csv", ADDED, None, 1),
             revisions.FileChange("bali", "2025-02-03", "accompagnements.csv", ADDED, None, 1))  # fmt: skip
    editions = [published.current(marts, millesime=name) for name in (BEFORE, AFTER)]
    origins = [revisions._origins(edition) for edition in editions if edition]
    members = {"organisme": {"011": frozenset(["011"]), "021": frozenset(["021"])}}
    causes = revisions.Causes(files, origins[0], origins[1], members, frozenset(["011", "021"]))
    touched, other = (f.place for f in files)
    assert causes.of("detections.nombre", 2024, "organisme", "011") == (touched,)
    assert causes.of("detections.nombre", 2024, "national", "FR") == (touched,)
    assert causes.of("detections.evolution", 2025, "national", "FR") == (touched,)  # of the year before too
    assert causes.of("detections.nombre", 2024, "organisme", "021") == (touched, other)  # none has its rows: all
    assert causes.of("enquete.repondants", 2024, "national", "FR") == ()


def test_a_file_of_another_source_year_or_caisse_is_no_cause(marts):
    files = tuple(
        revisions.FileChange(source, livraison, "f.csv", CHANGED, 1, 1)
        for source, livraison in (("enquete", "2023"), ("enquete", "2024"), ("action_sociale", "011/2024"))
    )
    causes = revisions.Causes(files, None, None, {"organisme": {"011": frozenset(["011"])}}, frozenset(["011"]))
    assert causes.of("enquete.repondants", 2024, "national", "FR") == ("enquete/2024/f.csv",)
    assert causes.of("ass.dossiers", 2024, "organisme", "011") == ("action_sociale/011/2024/f.csv",)


def test_files_added_removed_and_references_are_told(marts):
    later = ("bali", "2025-01-27", "accompagnements.csv", "3")
    found = twice(marts, JANUARY, later, references={"structures.csv": "a"}, adass="0.2.0")
    assert [(f.place, f.state) for f in found.files] == [
        ("bali/2025-01-27/accompagnements.csv", ADDED),
        ("enquete/2024/repondants.csv", REMOVED),
        ("referentiels/structures.csv", ADDED),
    ]
    assert found.versions == {"adass": ("0.1.0", "0.2.0")}
    assert found.figures.height == 0


def test_a_change_without_any_changed_file_is_said(marts):
    found = twice(marts, JANUARY, SURVEY, sql=f"UPDATE marts.indicateurs SET valeur = 1 WHERE {DETECTIONS}")
    assert set(found.figures["causes"]) == {NO_CAUSE}


def test_figures_that_come_and_go(marts):
    found = twice(
        marts, JANUARY, SURVEY, sql=f"DELETE FROM marts.indicateurs WHERE {DETECTIONS} AND niveau = 'national'"
    )
    (row,) = found.figures.iter_rows(named=True)
    assert (row["avant"], row["apres"], row["ecart"]) == (44000.0, None, None)
    assert revisions.gap(row) == "disparu"
    back = between(marts, AFTER, BEFORE)
    assert [revisions.gap(r) for r in back.figures.iter_rows(named=True)] == ["nouveau"]


def figures(values: dict[int, float | None]) -> pl.DataFrame:
    rows = [(annee, "national", "FR", "ensemble", "x", "", v, "part") for annee, v in values.items()]
    schema = {**dict.fromkeys(WORDS, pl.String), "annee": pl.Int32, "valeur": pl.Float64, "unite": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row")


VALUES = st.dictionaries(st.integers(2000, 2030), st.none() | st.integers(0, 10**6).map(float), max_size=6)


@given(VALUES, VALUES)
def test_exactly_the_figures_that_differ_are_found(before, after):
    found = changed(figures(before), figures(after))
    expected = {y for y in before.keys() | after.keys() if before.get(y) != after.get(y)}
    assert set(found["annee"]) == expected
    assert found.height == len(expected)


def test_the_noise_of_additions_is_no_change():
    assert changed(figures({2024: 0.1 + 0.2}), figures({2024: 0.3})).height == 0
    assert changed(figures({2024: 0.3}), figures({2024: 0.30001})).height == 1


@pytest.mark.parametrize(
    ("unit", "before", "after", "text"),
    [
        ("nombre", 1000.0, 2500.0, f"+1{THIN}500"),
        ("nombre", 10.0, 7.0, f"{MINUS}3"),
        ("part", 0.5, 0.52, f"+2{NBSP}points"),
        ("part", 0.5, 0.5002, f"+0,02{NBSP}point"),
        ("jours", 100.0, 112.0, f"+12{NBSP}jours"),
        ("jours", 100.0, 100.2, "+0,2"),
    ],
)
def test_a_gap_is_written_in_the_unit_of_its_figure(unit, before, after, text):
    row = {"unite": unit, "avant": before, "apres": after, "ecart": after - before}
    assert revisions.gap(row) == text


def test_the_command_writes_a_table_and_a_file(marts, tmp_path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "140")
    twice(marts, (*JANUARY[:3], "9"), SURVEY, sql=f"UPDATE marts.indicateurs SET valeur = 1 WHERE {DETECTIONS}")
    target = tmp_path / "differences.csv"
    done = CliRunner().invoke(revisions.main, ["--marts", str(marts), "--csv", str(target)])
    assert done.exit_code == 0, done.output
    assert f"Du millésime {BEFORE}" in done.output
    assert "bali/2025-01-20/accompagnements.csv" in done.output
    assert "Nombre de détections" in done.output
    with target.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file, delimiter=";"))
    assert len(rows) == 5
    assert rows[1][:7] == ["2024", "national", "FR", "ensemble", "detections.nombre", "", "nombre"]


@pytest.mark.parametrize("word", ["../x", "2030-01-01_00-00-00", "/etc/passwd"])
def test_an_unknown_vintage_is_refused_in_words(marts, word):
    publish_vintage(marts, BEFORE)
    done = CliRunner().invoke(revisions.main, [word, "courant", "--marts", str(marts)])
    assert done.exit_code == 1
    assert f"millésime inconnu : « {word} »" in done.output
    with pytest.raises(NoVintage):
        published.current(marts, millesime=word)


def test_a_flipped_byte_keeps_a_vintage_from_being_read(marts):
    publish_vintage(marts, BEFORE)
    home = publish_vintage(marts, AFTER)
    content = bytearray((home / FILE).read_bytes())
    content[len(content) // 2] ^= 1
    (home / FILE).write_bytes(content)
    for name in ("", AFTER, "courant"):
        with pytest.raises(NoVintage, match=f"{AFTER}/adass.duckdb : le fichier ne correspond pas à son empreinte"):
            published.current(marts, millesime=name)
    assert published.current(marts, millesime=BEFORE) is not None
    with pytest.raises(NoVintage, match="empreinte"):
        between(marts, BEFORE, AFTER)


def test_a_damaged_manifest_keeps_a_vintage_from_being_read(marts):
    home = publish_vintage(marts, BEFORE)
    (home / vintages.MANIFEST).write_text("{", encoding="utf-8")
    with pytest.raises(NoVintage, match="manifeste absent ou illisible"):
        published.current(marts)


def test_a_path_that_has_another_file_is_not_read_from_the_former_one(marts):
    """DuckDB serves a file it has open: a vintage that was reduced must not go on showing its rows."""
    home = publish_vintage(marts, BEFORE)
    edition = published.current(marts, millesime=BEFORE)
    assert edition is not None
    assert published.query(edition, "SELECT COUNT(*) AS n FROM ref.annees") != [{"n": 0}]
    fresh = publish_vintage(marts / "autre", BEFORE)
    change(fresh, "DELETE FROM ref.annees")
    for path in fresh.iterdir():
        path.rename(home / path.name)
    again = published.current(marts, millesime=BEFORE)
    assert again is not None
    assert published.query(again, "SELECT COUNT(*) AS n FROM ref.annees") == [{"n": 0}]
