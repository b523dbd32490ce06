"""The generic simulation: exact sizes, the same files for the same seed, exports that keep the contract."""

import gzip
import json
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from pipelines.reading.deliveries import arrived
from pipelines.simulation import people
from pipelines.simulation.generic import simulate
from pipelines.simulation.shapes import EPOCH, organismes, shapes
from schemas.exports.bali import ACCOMPAGNEMENTS, BALI
from schemas.exports.nir import read_nirs
from schemas.exports.rules import ALERTES, REJETS
from schemas.nomenclatures import (
    CATEGORIE_DETECTEUR,
    MOTIF_CLOTURE,
    SITUATION,
    SPECIALITE,
    THEMATIQUE,
    TRANCHE_AGE,
    TYPE_ACCOMPAGNEMENT,
    TYPE_SOINS,
)
from schemas.outputs.vintages import sha256
from tests.integration.conftest import reader

TABLES = ("accompagnements", "actions", "soins")
OTHER_SOURCES = {"R40", "R41", "R42", "R51", "R52", "R53", "R54", "A42"}


def rows(raw: Path, table: str) -> int:
    """Data rows of a table over all deliveries."""
    return sum(len(p.read_text(encoding="utf-8").splitlines()) - 1 for p in raw.glob(f"bali/*/{table}.csv"))


@pytest.mark.parametrize(("years", "size"), [([2024], 500), ([2023, 2024], 3_000), ([2021, 2022, 2023, 2024], 1_001)])
def test_sizes_are_exact_without_dirt(tmp_path, years, size):
    simulate(tmp_path, years=years, accompaniments=size, seed=3, dirt=0, actions=2 * size + 1, care=size // 3)
    assert [rows(tmp_path, t) for t in TABLES] == [size, 2 * size + 1, size // 3]
    assert sorted(p.name for p in (tmp_path / "bali").iterdir()) == [f"{y + 1}-01-15" for y in years]


def test_default_sizes_follow_the_rates(tmp_path):
    simulate(tmp_path, years=[2024], accompaniments=300, seed=3, dirt=0, actions_per=2.5, care_per=0.5)
    assert [rows(tmp_path, t) for t in TABLES] == [300, 750, 150]


def test_same_seed_same_bytes(tmp_path):
    for name, seed in (("a", 5), ("b", 5), ("c", 6)):
        simulate(tmp_path / name, years=[2023, 2024], accompaniments=800, seed=seed)
    files = sorted(p.relative_to(tmp_path / "a") for p in (tmp_path / "a").rglob("*") if p.is_file())
    digests = {name: [sha256(tmp_path / name / f) for f in files] for name in "abc"}
    assert len(files) == 9
    assert digests["a"] == digests["b"] != digests["c"]


def test_deliveries_say_that_they_are_synthetic(tmp_path):
    simulate(tmp_path, years=[2023, 2024], accompaniments=50, seed=9)
    found = arrived(tmp_path, BALI)
    assert [a.synthetic for a in found] == [True, True]
    mark = json.loads((found[0].folders[0] / "_simulation.json").read_text(encoding="utf-8"))
    assert (mark["seed"], mark["parameters"]["accompaniments"]) == (9, 50)


@pytest.mark.parametrize("fmt", ["csv.gz", "parquet"])
def test_formats_hold_the_same_rows(tmp_path, fmt):
    for name in ("csv", fmt):
        simulate(tmp_path / name, years=[2024], accompaniments=200, seed=2, dirt=0, fmt=name)
    plain = tmp_path / "csv/bali/2025-01-15/actions.csv"
    other = tmp_path / fmt / f"bali/2025-01-15/actions.{fmt}"
    if fmt == "parquet":
        read = pl.read_csv(plain, separator=";", infer_schema=False)
        assert pl.read_parquet(other).equals(read)
    else:
        assert gzip.decompress(other.read_bytes()) == plain.read_bytes()


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    from pipelines.refresh import refresh

    place = tmp_path_factory.mktemp("generique")
    simulate(place / "raw", years=[2023, 2024], accompaniments=4_000, seed=11, dirt=0.02)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ADASS_CLE", "clé de test, sans valeur")
        refresh(place / "raw", place / "marts", quiet=True)
    with reader(place / "marts") as query:
        yield query


def test_every_rule_occurs_and_nothing_else_is_wrong(published):
    assert {r for (r,) in published("SELECT regle FROM controle.rejets")} == set(REJETS) - OTHER_SOURCES
    assert {r for (r,) in published("SELECT regle FROM controle.alertes")} == set(ALERTES) - OTHER_SOURCES


def test_rows_are_corrected_and_years_are_whole(published):
    [(replaced,)] = published("SELECT SUM(lignes_remplacees) FROM controle.livraisons WHERE livraison = '2025-01-15'")
    assert replaced > 0
    assert published("SELECT annee FROM ref.annees WHERE complete ORDER BY 1") == [(2023,), (2024,)]


def test_dirt_only_comes_on_top(tmp_path):
    """Without dirt, no row is rejected and no field raises an alert, and the rows are the same."""
    from pipelines.refresh import refresh

    simulate(tmp_path / "raw", years=[2024], accompaniments=600, seed=4, dirt=0)
    refresh(tmp_path / "raw", tmp_path / "marts", quiet=True)
    with reader(tmp_path / "marts") as query:
        assert query("SELECT COUNT(*) FROM controle.rejets") == query("SELECT COUNT(*) FROM controle.alertes") == [(0,)]
        assert query("SELECT COUNT(*) FROM detail.accompagnements") == [(600,)]


def test_nirs_are_well_formed_with_their_key_and_border_cases():
    everywhere = np.tile(np.arange(len(organismes().codes)), 20)
    size = everywhere.size
    rng = np.random.default_rng(1)
    at = np.full(size, (date(2024, 3, 31) - EPOCH).days)
    born = people.birth_days(rng, rng.integers(0, 100, size), at)
    texts = people.nirs(rng, people.Persons(rng.integers(0, 2, size), born, everywhere))
    assert read_nirs(texts).null_count() == 0
    nirs = texts.to_list()
    assert {len(nir) for nir in nirs} == {13, 15}
    assert {"2A", "2B", "97"} <= {nir[5:7] for nir in nirs}


@pytest.mark.parametrize("at", [date(2024, 2, 29), date(2024, 3, 31), date(2023, 1, 1), date(2024, 12, 31)])
def test_birth_days_give_the_age(at):
    size = 2_000
    rng = np.random.default_rng(2)
    years = rng.integers(0, 110, size)
    when = np.full(size, (at - EPOCH).days)
    assert (people.completed_years(people.birth_days(rng, years, when), when) == years).all()


def test_shapes_name_every_code():
    declared = shapes()
    lists = {
        "categorie_detecteur": CATEGORIE_DETECTEUR, "type_accompagnement": TYPE_ACCOMPAGNEMENT, "situation": SITUATION,
        "tranche_age": TRANCHE_AGE, "ages": TRANCHE_AGE, "type_soins": TYPE_SOINS, "specialite": SPECIALITE,
        "libelles": THEMATIQUE,
    }  # fmt: skip
    assert {name: set(declared[name]) for name in lists} == {name: set(codes) for name, codes in lists.items()}
    for kind in TYPE_ACCOMPAGNEMENT:
        assert set(declared["motif_cloture"][kind]) == set(MOTIF_CLOTURE)
        assert set(declared["thematique"][kind]) == set(THEMATIQUE)


def test_headers_are_those_declared(tmp_path):
    simulate(tmp_path, years=[2024], accompaniments=20, seed=1, dirt=0)
    [path] = tmp_path.glob("bali/*/accompagnements.csv")
    header = path.read_text(encoding="utf-8").splitlines()[0]
    assert header.split(";") == [c.header for c in ACCOMPAGNEMENTS.columns]
