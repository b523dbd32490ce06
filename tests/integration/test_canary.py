"""A NIR put everywhere it may turn up in the exports is found nowhere afterwards."""

import os
import re
import subprocess
import sys
from itertools import chain
from pathlib import Path

import duckdb
import pytest

from schemas.exports.nir import read_nirs
from schemas.text import MASK, masked, without_nir
from tests.samples.exports import accompagnement, bali, deliver

CORE = "2540713999123"
NIR = f"{CORE}{97 - int(CORE) % 97:02}"
FORMS = (
    NIR,
    CORE,
    f"{CORE}{(97 - int(CORE) % 97) % 97 + 1:02}",  # a key that is wrong
    f"2 54 07 13 999 123 {NIR[-2:]}",
    f"2\u00a054\u202f07 13 999 123 {NIR[-2:]}",
    f"2.54.07.13.999.123.{NIR[-2:]}",
    f"2-54-07-13-999-123-{NIR[-2:]}",
    f"2 54 07 13 999 123/{NIR[-2:]}",
    f"nir:{NIR};",
)
CORSICA = "254072A999123"


def test_the_canary_is_a_nir():
    import polars as pl

    assert read_nirs(pl.Series([NIR, CORE, CORSICA])).to_list() == [CORE, CORE, CORSICA]


@pytest.mark.parametrize("text", [*FORMS, CORSICA, CORSICA.lower(), f"Mme Martin {NIR} a appelé", f"({CORE})"])
def test_a_nir_in_a_text_is_masked(text):
    for mask in (masked, without_nir):
        left = re.sub(r"\W", "", mask(text)).lower()
        assert "540713" not in left
        assert "540725" not in left
        assert "999123" not in left
    assert MASK in without_nir(text)


@pytest.mark.parametrize(
    "text",
    ["A00001234", "123456789", "44 rue du 8 mai 1945", "SIRET 732 829 320 00074", "01 23 45 67 89", "2024-01-15 2024-01-20",
     "9540713999123", "0" * 13, "25407139991234567", "MISSION LOCALE 31"],
)  # fmt: skip
def test_other_numbers_of_a_free_text_stay(text):
    assert without_nir(text) == text


def spread(raw: Path) -> None:
    """A delivery of each source with the canary in every column of text, and where no column is."""
    rows = [accompagnement(id_accompagnement=f"A{i}", nir=form) for i, form in enumerate((*FORMS, CORSICA))]
    rows += [
        accompagnement(id_accompagnement=f"{column}{i}") | {column: form}
        for column in (
            "structure",
            "organisme",
            "date_saisine",
            "type_accompagnement",
            "motif_cloture",
            "categorie_detecteur",
        )
        for i, form in enumerate(FORMS)
    ]
    rows += [accompagnement(id_accompagnement=form) for form in (NIR, FORMS[3], CORE)]
    actions = [
        {"id_accompagnement": "A0", "date_action": "2024-02-01", "thematique": "Droits", "resultat": "Réussie"}
        | {column: form}
        for column in ("libelle", "partenaire", "thematique", "date_action", "resultat", "id_accompagnement")
        for form in FORMS
    ]
    folder = bali(raw, "2025-01-20", accompagnements=rows, actions=actions)
    path = folder / "accompagnements.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    width = lines[0].count(";")
    lines = [
        f"{lines[0]};Commentaire;Note {NIR}",
        *(f"{line};vu {NIR};{FORMS[3]}" for line in lines[1:]),
        f"A900;{NIR};{NIR}",
        f"{NIR};" * (width + 8),
        f'A901;"{NIR};311',
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / f"courrier {NIR}.csv").write_text(f"{NIR}\n", encoding="utf-8")
    deliver(raw, "enquete", "2024", repondants=[{"organisme": "311"}, {"organisme": NIR}],
            conventions=[{"organisme": "311", "partenaire": form} for form in FORMS])  # fmt: skip


def refresh(tmp_path: Path, raw: Path) -> subprocess.CompletedProcess[str]:
    places = {"TMPDIR": tmp_path / "tmp", "HOME": tmp_path / "home", "DAGSTER_HOME": tmp_path / "dagster"}
    for place in places.values():
        place.mkdir(exist_ok=True)
    environment = {**os.environ, **{name: str(place) for name, place in places.items()}, "PYTHONUTF8": "1"}
    command = [sys.executable, "-m", "pipelines.cli", "refresh", "--raw", str(raw), "--marts", str(tmp_path / "marts")]
    return subprocess.run(
        command, capture_output=True, text=True, env=environment, cwd=Path(__file__).parents[2], check=False
    )


def found(text: str) -> bool:
    """Whether the canary stands in a text, however it is written."""
    compact = re.sub(r"[\s.\-/]", "", text).upper()
    return CORE in compact or CORSICA in compact or NIR[1:] in compact


def texts_of(database: Path) -> list[str]:
    """Every text of a database, its comments included."""
    with duckdb.connect(str(database), read_only=True) as con:
        columns = con.sql(
            "SELECT schema_name, table_name, column_name, data_type FROM duckdb_columns() WHERE NOT internal"
        )
        queries = [
            f'SELECT DISTINCT CAST("{column}" AS VARCHAR) FROM "{schema}"."{table}" WHERE "{column}" IS NOT NULL'
            for schema, table, column, _ in columns.fetchall()
        ]
        assert queries
        return [text for query in queries for (text,) in con.execute(query).fetchall()]


def nowhere(tmp_path: Path, told: subprocess.CompletedProcess[str], databases: int) -> None:
    assert not found(told.stdout)
    assert not found(told.stderr)
    seen = 0
    for path in chain.from_iterable((tmp_path / name).rglob("*") for name in ("marts", "tmp", "home", "dagster")):
        assert not found(path.name)
        if path.is_file():
            assert not found(path.read_bytes().decode("latin-1")), path
            if path.suffix == ".duckdb" and not path.is_symlink():
                seen += 1
                assert not [text for text in texts_of(path) if found(text)], path
    assert seen >= databases


def test_a_nir_is_found_nowhere_once_published(raw, tmp_path):
    spread(raw)
    told = refresh(tmp_path, raw)
    assert told.returncode == 0, told.stderr
    nowhere(tmp_path, told, databases=1)
    with duckdb.connect(str((tmp_path / "marts" / "adass.duckdb").resolve()), read_only=True) as con:

        def count(sql: str) -> int:
            return con.execute(sql).fetchone()[0]

        assert count("SELECT count(*) FROM detail.accompagnements WHERE id_personne IS NOT NULL") >= 2
        assert count(f"SELECT count(*) FROM detail.accompagnements WHERE contains(structure, '{MASK}')") == len(FORMS)
        assert count(f"SELECT count(*) FROM detail.actions WHERE contains(libelle, '{MASK}')") == len(FORMS)
        # a row numbered by a NIR stays, and so does what belongs to it
        assert count("SELECT count(*) FROM detail.accompagnements WHERE id_accompagnement LIKE 'NIR-%'") == 3
        assert count("SELECT count(*) FROM detail.actions WHERE id_accompagnement LIKE 'NIR-%'") >= 3
        assert count(f"SELECT count(*) FROM controle.rejets WHERE contains(valeur, '{MASK}')") > len(FORMS)


@pytest.mark.parametrize("fault", ["column", "name", "twice"])
def test_a_nir_is_found_nowhere_once_refused(raw, tmp_path, fault):
    spread(raw)
    path = raw / "bali" / "2025-01-20" / "accompagnements.csv"
    text = path.read_text(encoding="utf-8")
    if fault == "column":  # the header of a mandatory column has become a NIR
        path.write_text(text.replace("Organisme", f"Organisme {NIR}", 1), encoding="utf-8")
    elif fault == "name":
        path.rename(path.with_name(f"accompagnements {FORMS[3]}.csv"))
    else:
        path.write_text(text.replace("Commentaire", "Organisme", 1), encoding="utf-8")
    told = refresh(tmp_path, raw)
    assert told.returncode == 1
    assert "Refusé" in told.stderr
    nowhere(tmp_path, told, databases=0)
