"""The page that adapts an export, run without a browser: files are dropped, doubts answered, the profile taken away."""

import re
from datetime import date, timedelta
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboards.access import login
from dashboards.access.roles import FULL, Access
from dashboards.views import adapter, menu
from pipelines.adoption.profile import parsed
from pipelines.refresh import refresh
from tests.samples.exports import accompagnement, bali
from tests.samples.pages import APP, html, open_page

HEADER = ["N° dossier", "Caisse", "Saisine le", "Clos le", "Motif de fin", "Parcours", "Origine", "Détail de l'origine",
          "Sans médecin traitant (fin)", "NIR", "Né(e) le", "Zone"]  # fmt: skip
NIR, BORN = "1850175123456", "12-03-1985"


@pytest.fixture(scope="module")
def marts(tmp_path_factory) -> Path:
    place = tmp_path_factory.mktemp("adapter")
    rows = [accompagnement(id_accompagnement=f"A{i}", clos="2024-03-01") for i in range(3)]
    bali(place / "raw", "2024-06-01", accompagnements=rows)
    refresh(place / "raw", place / "marts", quiet=True)
    return place / "marts"


@pytest.fixture
def app(marts, monkeypatch) -> AppTest:
    monkeypatch.setenv("ADASS_MARTS", str(marts))
    return open_page(AppTest.from_file(str(APP), default_timeout=120), adapter.PATH)


def export(rows: int = 40) -> bytes:
    return "\n".join([";".join(HEADER), *map(line, range(rows))]).encode()


def line(at: int) -> str:
    seen = date(2024, 1, 2) + timedelta(at)
    closed = [f"{seen + timedelta(40):%d-%m-%Y}", ["Abandon", "Soins réalisés"][at % 2]] if at % 3 else ["", ""]
    said = [["Soins", "Hors soins"][at % 2], "Assurance maladie", ["PFS", "Médiation"][at % 2], ["Oui", "Non"][at % 2]]
    return ";".join(
        [f"D{at:05d}", "CPAM du Gard", f"{seen:%d-%m-%Y}", *closed, *said, NIR, BORN, ["Nord", "Sud"][at % 2]]
    )


def dropped(app: AppTest, name: str = "suivi du 20-01-2025.csv") -> AppTest:
    app.file_uploader(key="adapter_fichiers").upload(name, export(), "text/csv").run()
    assert not app.exception, app.exception
    return app


def test_rows_are_shown_before_and_after_and_nothing_personal(app):
    page = html(dropped(app))
    assert "serait publié" in page
    assert "accompagnements, avant et après" in page
    assert "CPAM du Gard" in page  # as it stands
    assert "Abandonné/interrompu" in page  # as it is read
    assert NIR not in page
    assert BORN not in page
    assert "12/03/1985" not in page


def test_a_doubt_is_answered_in_a_box_and_stays_answered(app, monkeypatch):
    saved = {}
    monkeypatch.setattr(st, "download_button", lambda _label, data, name, *_, **__: saved.update({name: data}))
    dropped(app)
    assert re.search(
        r'(?m)^# "Sans médecin traitant \(fin\)" = "medecin_traitant_fin"  # à confirmer', saved["profil.toml"]
    )
    box = next(b for b in app.selectbox if "Sans médecin traitant" in b.label)
    box.select_index(box.options.index("Médecin traitant à la clôture"))
    app.button[0].click().run()
    assert not app.exception, app.exception
    assert '\n"Sans médecin traitant (fin)" = "medecin_traitant_fin"\n' in saved["profil.toml"]
    assert parsed(Path("profil.toml"), saved["profil.toml"]).by_table.keys() == {"bali.accompagnements"}
    assert not [b for b in app.selectbox if "en-tête" in b.label and "Sans médecin traitant" in b.label]


def test_what_cannot_be_read_is_said(app):
    app.file_uploader(key="adapter_fichiers").upload("vide.csv", b"", "text/csv").run()
    assert not app.exception, app.exception
    assert "serait refusé" in html(app) or "ne se lisent pas" in html(app)


@pytest.mark.parametrize(
    ("role", "there"),
    [("national", True), ("statisticien", True), ("regional", False), ("local", False), ("diffusion", False)],
)
def test_it_is_for_those_who_see_everything(role, there):
    edition = type("Edition", (), {"access": Access(role)})
    assert adapter.offered(edition) is there


def test_it_is_for_this_machine_alone(monkeypatch):
    monkeypatch.setattr(login, "on_this_machine", lambda: False)
    assert not adapter.offered(type("Edition", (), {"access": FULL}))
    assert adapter.PATH in menu.ADDRESSES
