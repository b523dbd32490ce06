"""The open-data package of a real refresh, read by the tools of others: frictionless, pyshacl, pysdmx, polars."""

import csv
import json
import warnings
from pathlib import Path

import duckdb
import polars as pl
import pytest
import yaml
from click.testing import CliRunner
from rdflib import Graph
from rdflib.compare import isomorphic

from dashboards.opendata import semantic
from dashboards.opendata.package import CHANGES, main
from dashboards.opendata.tables import RESOURCES
from pipelines.refresh import refresh
from pipelines.simulation.generic import simulate
from schemas.nomenclatures import NIVEAU
from schemas.outputs.vintages import DIFFUSION

YEAR = 2023
SHAPES = Path(__file__).parents[1] / "samples" / "shapes" / "dcat_ap.ttl"
ADDRESS = "https://donnees.exemple.fr/adass/2023"


@pytest.fixture(scope="module")
def marts(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("ouvert")
    simulate(folder / "raw", years=[2022, 2023], accompaniments=1500, seed=5)
    refresh(folder / "raw", folder / "marts", quiet=True)
    return folder / "marts"


def opened(marts: Path, out: Path, *options: str, code: int = 0) -> str:
    words = ["--marts", str(marts), "--annee", str(YEAR), "--out", str(out), "--adresse", ADDRESS, *options]
    done = CliRunner().invoke(main, words)
    assert done.exit_code == code, done.output
    return done.output


@pytest.fixture(scope="module")
def package(marts, tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("paquet") / "adass-2023"
    assert "paquet 1.0.0" in opened(marts, out)
    return out


def test_frictionless_finds_nothing_wrong(package):
    with warnings.catch_warnings(action="ignore"):
        from frictionless import Package

        report = Package(str(package / "datapackage.json")).validate()
    faults = [f for task in report.tasks for f in task.flatten(["title", "fieldName", "rowNumber", "message"])]
    assert report.valid, (report.flatten(["message"]), faults[:5])
    assert {task.name for task in report.tasks} >= {r.name for r in RESOURCES}


def test_the_catalogue_keeps_the_shapes_and_both_forms_say_the_same(package):
    with warnings.catch_warnings(action="ignore"):
        from pyshacl import validate

        graph = Graph().parse(package / "catalogue.ttl")
        conforms, _, text = validate(graph, shacl_graph=Graph().parse(SHAPES), inference="none")
        other = Graph().parse(package / "catalogue.jsonld", format="json-ld")
    assert conforms, text
    assert isomorphic(graph, other)
    assert graph.query("ASK { ?d a <http://www.w3.org/ns/dcat#Distribution> }").askAnswer


def test_the_shapes_would_find_a_missing_licence(package):
    with warnings.catch_warnings(action="ignore"):
        from pyshacl import validate

        graph = Graph().parse(package / "catalogue.ttl")
        graph.update("DELETE WHERE { ?d <http://purl.org/dc/terms/license> ?l }")
        conforms, _, _ = validate(graph, shacl_graph=Graph().parse(SHAPES), inference="none")
    assert not conforms


def test_pysdmx_reads_its_own_file_back(package):
    with warnings.catch_warnings(action="ignore"):
        from pysdmx.io import get_datasets, read_sdmx

        structures = read_sdmx(package / "sdmx" / "structure.xml").structures
        [dataset] = get_datasets(package / "sdmx" / "chiffres.csv", package / "sdmx" / "structure.xml")
    figures = sum(pl.read_parquet(package / "donnees" / f"chiffres_{n}.parquet").height for n in NIVEAU)
    assert len(dataset.data) == figures
    [definition] = [s for s in structures if type(s).__name__ == "DataStructureDefinition"]
    codes = {s.id: {c.id for c in s.items} for s in structures if type(s).__name__ == "Codelist"}
    for component in definition.components:
        if f"CL_{component.id}" in codes:
            assert set(dataset.data[component.id].astype(str)) <= codes[f"CL_{component.id}"], component.id


def _values(path: Path) -> list[str]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.reader(stream))


def test_nothing_hidden_in_the_diffusion_file_is_in_the_package(marts, package):
    with duckdb.connect(str((marts / DIFFUSION).resolve()), read_only=True) as con:
        shown = {
            tuple(row[:6]): row[6:]
            for row in con.execute(
                "SELECT annee, niveau, territoire, public, indicateur, modalite, numerateur, denominateur, valeur, protege "
                "FROM marts.indicateurs WHERE annee <= ?", [YEAR]
            ).fetchall()
        }  # fmt: skip
    seen = hidden = 0
    for niveau in NIVEAU:
        frame = pl.read_parquet(package / "donnees" / f"chiffres_{niveau}.parquet")
        header, *rows = _values(package / "donnees" / f"chiffres_{niveau}.csv")
        assert header == frame.columns
        assert len(rows) == frame.height
        for row, line in zip(frame.iter_rows(named=True), rows, strict=True):
            there = shown[row["annee"], niveau, *(row[c] for c in ("territoire", "public", "indicateur", "modalite"))]
            assert (row["numerateur"], row["denominateur"], row["valeur"], row["protege"]) == there
            told = dict(zip(header, line, strict=True))
            for name in ("numerateur", "denominateur", "valeur"):
                assert (told[name] == "") == (row[name] is None)
                assert told[name] == "" or float(told[name]) == row[name]
            seen, hidden = seen + 1, hidden + there[3]
    assert seen == len(shown)
    assert 0 < hidden < seen


def test_the_same_figures_give_the_same_bytes(marts, package, tmp_path):
    def content(folder: Path) -> dict[str, bytes]:
        return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}

    opened(marts, tmp_path / "encore")
    assert content(tmp_path / "encore") == content(package)
    assert "aucun chiffre changé" in opened(marts, tmp_path / "encore")
    assert content(tmp_path / "encore") == content(package)
    assert [p.name for p in tmp_path.iterdir()] == ["encore"]  # nothing is left beside


def test_a_changed_figure_makes_a_version_and_is_listed(marts, tmp_path):
    out = tmp_path / "paquet"
    opened(marts, out)
    path = out / "donnees" / "chiffres_national.parquet"
    frame = pl.read_parquet(path).with_row_index()
    at = frame.filter(pl.col("valeur").is_not_null())["index"][0]
    former = pl.when(pl.col("index") == at).then(pl.col("valeur") + 1).otherwise("valeur")
    frame.with_columns(former.alias("valeur")).drop("index").write_parquet(path)
    assert "paquet 1.1.0 (1\u00a0chiffre changé)" in opened(marts, out)
    [change] = pl.read_csv(out / CHANGES).iter_rows(named=True)
    assert change["avant"] == pytest.approx(change["apres"] + 1)
    assert "paquet 1.1.0 (aucun chiffre changé)" in opened(marts, out)
    assert pl.read_csv(out / CHANGES).height == 1


@pytest.mark.parametrize("year", [1990, 2030])
def test_a_year_that_is_not_whole_is_refused(marts, tmp_path, year):
    done = CliRunner().invoke(main, ["--marts", str(marts), "--annee", str(year), "--out", str(tmp_path / "x")])
    assert done.exit_code == 1
    assert f"--annee {year} : année absente ou incomplète (années complètes : " in done.output
    assert not (tmp_path / "x").exists()


def test_another_folder_is_left_alone(marts, tmp_path):
    (tmp_path / "autre").mkdir()
    (tmp_path / "autre" / "notes.txt").write_text("à moi", encoding="utf-8")
    assert "contient autre chose qu'un paquet" in opened(marts, tmp_path / "autre", code=1)
    assert [p.name for p in (tmp_path / "autre").iterdir()] == ["notes.txt"]


def test_without_a_diffusion_file_nothing_is_written(tmp_path):
    assert "le fichier de diffusion n'est pas publié" in opened(tmp_path, tmp_path / "x", code=1)


def test_the_description_says_what_the_columns_are(package):
    described = json.loads((package / "datapackage.json").read_text(encoding="utf-8"))
    assert described["licenses"][0]["name"] == "etalab-2.0"
    [national] = [r for r in described["resources"] if r["name"] == "chiffres_national"]
    assert all(f["description"] for f in national["schema"]["fields"])
    assert national["schema"]["foreignKeys"][0]["reference"]["resource"] == "indicateurs"
    text = (package / "LISEZ-MOI.md").read_text(encoding="utf-8")
    assert "Données synthétiques" in text
    assert f"`donnees/{national['path'].split('/')[1]}`" in text


def test_the_semantic_model_says_every_simple_indicator(package):
    model = yaml.safe_load((package / "modele_semantique.yml").read_text(encoding="utf-8"))
    measures = {m["name"] for one in model["semantic_models"] for m in one["measures"]}
    assert len({m["name"] for m in model["metrics"]}) == len(model["metrics"]) > 20
    for metric in model["metrics"]:
        named = metric["type_params"]
        assert {v for v in named.values() if isinstance(v, str)} <= measures
    said = {m["name"].replace("__", ".") for m in model["metrics"]}
    assert not said & set(semantic.left_out())
