"""A refresh that starts from the former vintage publishes what a complete one does, row for row."""

import json
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.reading import files as reading
from pipelines.refresh import refresh as made
from schemas.exports.sources import source
from tests.integration.conftest import contents, reader
from tests.samples.exports import accompagnement, bali, deliver, write_table

DAYS = ("2023-01-20", "2024-01-20", "2025-01-20", "2025-02-20")
IDS = tuple(f"A{i}" for i in range(7))

accompagnements = st.fixed_dictionaries(
    {
        "id_accompagnement": st.sampled_from([*IDS, ""]),
        "organisme": st.sampled_from(["311", "331", "999"]),
        "date_saisine": st.sampled_from(["2021-11-03", "2022-03-01", "2022-12-30"]),
        "date_cloture": st.sampled_from(["", "2022-12-31", "2023-01-05"]),
        "type_accompagnement": st.sampled_from(["Soins", "Hors soins"]),
        "help": st.sampled_from(["Oui", "", "peut-être"]),
        "date_naissance": st.sampled_from(["2004-05-01", "1970-01-01", "3000-01-01"]),
    }
).map(lambda row: accompagnement(**row, motif_cloture="Soins réalisés" if row["date_cloture"] else ""))
actions = st.fixed_dictionaries(
    {
        "id_accompagnement": st.sampled_from([*IDS, "A9"]),
        "thematique": st.sampled_from(["Droits", "Orientation", "?"]),
        "libelle": st.sampled_from(["Accès à une complémentaire santé", "ACCES A UNE COMPLEMENTAIRE SANTE", "Autre"]),
        "resultat": st.sampled_from(["Réussie", "Échouée", "?"]),
        "partenaire": st.sampled_from(["", "CAF", "Secours"]),
    }
)
soins = st.fixed_dictionaries(
    {
        "id_accompagnement": st.sampled_from([*IDS, "A9"]),
        "type_soins": st.sampled_from(["Généraliste", "Spécialiste", "?"]),
        "realise": st.sampled_from(["Oui", "Non", "?"]),
    }
)
deliveries = st.fixed_dictionaries(
    {"accompagnements": st.lists(accompagnements, min_size=1, max_size=6)},
    optional={"actions": st.lists(actions, max_size=6), "soins": st.lists(soins, max_size=4)},
)
# headers that are not there
unknown = st.sets(st.sampled_from(["Dispositif HELP", "Date de naissance", "Résultat", "Spécialité"]))


def refresh(raw: Path, marts: Path, complete: bool = False) -> None:
    """Samples this small may lack a table or any good row (rules V1 and V4): they are published all the same."""
    made(raw, marts, quiet=True, complete=complete, despite="essai de reprise")


def started_from(marts: Path) -> str | None:
    found: str | None = json.loads((marts / "courant" / "manifeste.json").read_text(encoding="utf-8"))["reprise"]
    return found


def assert_as_complete(raw: Path, marts: Path, whole: Path) -> None:
    refresh(raw, marts)
    refresh(raw, whole, complete=True)
    made, expected = contents(marts), contents(whole)
    assert {name: made[name] - expected[name] for name in made if made[name] != expected[name]} == {}
    entries = [json.loads((m / "courant" / "manifeste.json").read_text())["entrees"] for m in (marts, whole)]
    assert entries[0] == entries[1]


@given(
    st.lists(st.tuples(st.sampled_from(DAYS), deliveries, unknown), min_size=2, max_size=3, unique_by=lambda d: d[0])
)
@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_deliveries_in_any_order_give_what_a_complete_refresh_gives(arrivals):
    with tempfile.TemporaryDirectory() as name:
        raw = Path(name) / "raw"
        for day, tables, headers in arrivals:
            for path in bali(raw, day, **tables).iterdir():
                text = path.read_text(encoding="utf-8")
                for header in headers:
                    text = text.replace(header, "Autre", 1)
                path.write_text(text, encoding="utf-8")
            assert_as_complete(raw, Path(name) / "marts", Path(name) / "entier")


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the exports `two` starts with, and the vintage made from them."""
    home = tmp_path_factory.mktemp("debut")
    bali(
        home / "raw",
        "2024-01-20",
        accompagnements=[accompagnement(id_accompagnement=i, clos="2024-01-15") for i in ("A1", "A2")],
        actions=[{"id_accompagnement": i, "thematique": "Droits", "resultat": "Réussie"} for i in ("A1", "A2", "A3")],
        soins=[{"id_accompagnement": "A1", "type_soins": "Généraliste"}],
    )
    refresh(home / "raw", home / "marts")
    return home


@pytest.fixture
def two(begun: Path, raw: Path, marts: Path) -> Path:
    """Exports of two accompaniments, of which `marts` has a vintage already."""
    shutil.copytree(begun / "raw", raw, dirs_exist_ok=True)
    shutil.copytree(begun / "marts", marts, symlinks=True)
    return raw


def later(raw: Path, *names: str, day: str = "2025-01-20") -> None:
    bali(
        raw,
        day,
        accompagnements=[accompagnement(id_accompagnement=i, clos="2024-12-01") for i in names],
        actions=[{"id_accompagnement": i, "thematique": "Numérique", "resultat": "Réussie"} for i in names],
    )


def test_a_later_delivery_alone_is_read_and_corrects_the_former_ones(two, marts, tmp_path, monkeypatch):
    (first,) = (marts / "millesimes").iterdir()
    later(two, "A2", "A4")
    read: list[str] = []
    monkeypatch.setattr("pipelines.intake.ingestion.read", _noting(read))
    refresh(two, marts)
    assert started_from(marts) == first.name
    assert set(read) == {"2025-01-20"}
    assert_as_complete(two, marts, tmp_path / "entier")
    with reader(marts) as query:
        assert query("SELECT id_accompagnement, livraison FROM detail.actions ORDER BY 1") == [
            ("A1", "2024-01-20"), ("A2", "2025-01-20"), ("A4", "2025-01-20"),
        ]  # fmt: skip


def _noting(opened: list[str]) -> Callable[..., reading.Reading]:
    def noting(path: Path, *how: Any) -> reading.Reading:
        opened.append(path.parent.name)
        return reading.read(path, *how)

    return noting


def each_month(*years: int) -> list[dict[str, str]]:
    """Two accompaniments a month, so that each of the years is whole."""
    return [
        accompagnement(
            id_accompagnement=f"A{year}-{month}-{number}",
            date_saisine=f"{year}-{month:02}-01",
            clos=f"{year}-{month:02}-20",
        )
        for year in years
        for month in range(1, 13)
        for number in (1, 2)
    ]


EVOLUTIONS = (
    "SELECT indicateur, annee, numerateur, denominateur FROM marts.indicateurs WHERE niveau = 'national' "
    "AND public = 'ensemble' AND indicateur IN ('detections.evolution', 'clotures.evolution') AND valeur <> 0 ORDER BY ALL"
)


def test_years_of_saisine_and_of_closure_are_made_anew_with_those_compared_with_them(raw, marts, tmp_path):
    bali(raw, "2025-01-20", accompagnements=each_month(*range(2018, 2025)))
    refresh(raw, marts)
    late = accompagnement(id_accompagnement="B", date_saisine="2018-03-01", clos="2020-06-01")
    corrected = accompagnement(id_accompagnement="A2022-2-1", date_saisine="2022-02-01", clos="2024-06-01")
    bali(raw, "2025-02-20", accompagnements=[late, corrected])
    assert_as_complete(raw, marts, tmp_path / "entier")
    assert started_from(marts) is not None
    with reader(marts) as query:
        assert query(EVOLUTIONS) == [
            ("clotures.evolution", 2020, 25, 24), ("clotures.evolution", 2021, 24, 25),
            ("clotures.evolution", 2022, 23, 24), ("clotures.evolution", 2023, 24, 23),
            ("clotures.evolution", 2024, 25, 24), ("detections.evolution", 2019, 24, 25),
        ]  # fmt: skip


def test_a_year_that_becomes_whole_is_compared_though_none_of_its_rows_has_changed(raw, marts, tmp_path):
    last = accompagnement(id_accompagnement="B", date_saisine="2024-12-30", clos="2024-12-31")
    bali(raw, "2024-12-31", accompagnements=[*each_month(2023, 2024), last])
    refresh(raw, marts)
    with reader(marts) as query:
        assert query(EVOLUTIONS) == []
    bali(raw, "2025-01-20", accompagnements=[accompagnement(id_accompagnement="C", date_saisine="2025-01-02")])
    assert_as_complete(raw, marts, tmp_path / "entier")
    assert started_from(marts) is not None
    with reader(marts) as query:
        assert query(EVOLUTIONS) == [("clotures.evolution", 2024, 25, 24), ("detections.evolution", 2024, 25, 24)]
        assert query(
            "SELECT evolution_detections FROM marts.detections WHERE niveau = 'national' AND annee = 2024 AND public = 'ensemble'"
        ) == [(25 / 24 - 1,)]


def test_rows_name_files_of_any_name_whenever_they_arrived(two, marts, tmp_path):
    later(two, "A4")
    folder = two / "bali" / "2025-01-20"
    (folder / "accompagnements.csv").rename(folder / "accompagnements_de_l'été.csv")
    assert_as_complete(two, marts, tmp_path / "entier")
    assert started_from(marts) is not None
    for published in (marts, tmp_path / "entier"):
        with reader(published) as query:
            assert query(
                "SELECT id_accompagnement, fichier FROM detail.accompagnements "
                "WHERE livraison >= '2024-01-20' AND fichier IN ('accompagnements_de_l''été.csv', 'inconnu.csv')"
            ) == [("A4", "accompagnements_de_l'été.csv")]
            kinds = dict(
                query("SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = 'accompagnements'")
            )
            assert kinds["livraison"] == "ENUM('2024-01-20', '2025-01-20')"
            assert "'accompagnements_de_l''été.csv'" in kinds["fichier"]
            assert kinds["organisme"].startswith("ENUM('011', '021', ")
            assert kinds["region"].startswith("ENUM('01', '02', ")


def test_what_has_changed_in_the_form_of_former_files_is_still_told(two, marts, tmp_path):
    bali(two, "2024-01-20", soins=[{"id_accompagnement": "A1", "type_soins": "Thermalisme"}])
    write_table(two / "bali" / "2024-01-20" / "actions.csv", source("bali").table("actions"), [], extra=["Quartier"])
    refresh(two, marts)
    later(two, "A4")
    assert_as_complete(two, marts, tmp_path / "entier")
    assert started_from(marts) is not None
    with reader(marts) as query:
        assert query("SELECT livraison, fichier, nature, colonne, valeur FROM controle.derives ORDER BY ALL") == [
            ("2024-01-20", "actions.csv", "colonne inconnue", "Quartier", None),
            ("2024-01-20", "soins.csv", "code inconnu", "type_soins", "Thermalisme"),
        ]


def test_a_parent_that_comes_late_is_no_longer_missed(two, marts, tmp_path):
    later(two, "A3")
    assert_as_complete(two, marts, tmp_path / "entier")
    with reader(marts) as query:
        assert query("SELECT COUNT(*) FROM controle.rejets") == [(0,)]


def test_parents_of_a_delivery_that_had_none_are_no_longer_missed(raw, marts, tmp_path):
    bali(raw, "2024-01-20", actions=[{"id_accompagnement": "A1", "thematique": "Droits"}])
    refresh(raw, marts)
    later(raw, "A1")
    assert_as_complete(raw, marts, tmp_path / "entier")


def test_a_survey_that_comes_later_changes_its_figures_only_but_all_of_them(two, marts, tmp_path):
    deliver(two, "enquete", "2024", repondants=[{"organisme": "311"}])
    assert_as_complete(two, marts, tmp_path / "entier")
    assert started_from(marts) is not None


def _correct(raw: Path, _: pytest.MonkeyPatch) -> None:
    path = raw / "bali" / "2024-01-20" / "accompagnements.csv"
    stat = path.stat()
    path.write_bytes(path.read_bytes().replace(b"311", b"331"))
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))  # of the same size and date


def _rename(raw: Path, _: pytest.MonkeyPatch) -> None:
    (raw / "referentiels").mkdir(exist_ok=True)
    (raw / "referentiels" / "structures.csv").write_text(
        "structure;alias;famille;categorie\nCAF;C.A.F.;;\n", encoding="utf-8"
    )


@pytest.mark.parametrize(
    "change",
    [
        _correct,
        _rename,
        lambda raw, _: (raw / "alias.toml").write_text('[bali.actions]\nlibelle = ["Quoi"]\n', encoding="utf-8"),
        lambda raw, _: later(raw, "A1", day="2023-06-01"),
        lambda raw, _: (raw / "bali" / "2024-01-20" / "soins.csv").unlink(),
        lambda _, patch: patch.setenv("ADASS_CLE", "une autre clé, tout aussi longue"),
        lambda _, patch: patch.setattr("pipelines.vintages.resume.CODE", ("schemas",)),
    ],
)
def test_whatever_else_changes_makes_the_refresh_a_complete_one(two, marts, tmp_path, monkeypatch, change):
    change(two, monkeypatch)
    later(two, "A2")
    assert_as_complete(two, marts, tmp_path / "entier")
    assert started_from(marts) is None
