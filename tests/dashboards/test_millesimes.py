"""The page of vintages, and any of them opened by its address, without a browser."""

import csv
import io
import re
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from schemas.outputs.vintages import FILE, MANIFEST
from tests.samples.pages import APP, html, open_page, rows
from tests.samples.vintages import change, publish_vintage

OLD, NEW = "2025-01-21_10-00-00", "2025-02-01_10-00-00"
EXPORT = ("bali", "2025-01-20", "accompagnements.csv")
BANNER = "Vous lisez le millésime du 21\xa0janvier 2025 à 10:00, ce n'est pas le plus récent."


@pytest.fixture
def marts(tmp_path, monkeypatch) -> Path:
    publish_vintage(tmp_path, OLD, inputs=[(*EXPORT, "1")])
    change(
        publish_vintage(tmp_path, NEW, inputs=[(*EXPORT, "2")]),
        "UPDATE marts.indicateurs SET valeur = valeur * 2 WHERE indicateur = 'detections.nombre' AND public = 'ensemble'",
    )
    monkeypatch.setenv("ADASS_MARTS", str(tmp_path))
    return tmp_path


@pytest.fixture
def app(marts) -> AppTest:
    return AppTest.from_file(str(APP), default_timeout=30)


def test_an_old_vintage_is_opened_by_its_address_and_kept_on_every_page(app):
    app.query_params["millesime"] = OLD
    page = html(open_page(app, "a1"))
    assert BANNER in page
    assert '<div class="value">44\u202f000</div>' in page
    app.query_params.clear()  # the menu leads to an address without it
    page = html(open_page(app, "a2"))
    assert BANNER in page
    assert app.query_params["millesime"] == OLD


def test_the_latest_has_no_banner(app):
    page = html(open_page(app, "a1"))
    assert "ce n'est pas le plus récent" not in page
    assert '<div class="value">88\u202f000</div>' in page


def test_the_page_lists_vintages_and_says_what_changed(app, monkeypatch):
    files = {}
    monkeypatch.setattr(st, "download_button", lambda _label, data, name, *_, **__: files.update({name: data}))
    open_page(app, "millesimes")
    assert [row[0] for row in rows(app, "Millésimes publiés")] == [
        f"1er\xa0février 2025|{NEW}",
        f"21\xa0janvier 2025|{OLD}",
    ]
    assert rows(app, "Fichiers livrés qui diffèrent") == [["/".join(EXPORT), "Modifié", "1", "1", "12"]]
    assert rows(app, "Chiffres changés par indicateur") == [["Nombre de détections|detections.nombre", "12", "3"]]
    first = rows(app, "Chiffres changés")[0]
    assert first[0] == "France|2023"
    assert first[2:] == ["40\u202f000", "80\u202f000", "+40\u202f000"]
    (data,) = files.values()
    assert len(list(csv.reader(io.StringIO(data.decode("utf-8-sig")), delimiter=";"))) == 13


def test_figures_of_one_niveau_are_chosen(app):
    open_page(app, "millesimes")
    box = app.selectbox(key="mil_niveau")
    box.select_index(box.options.index("France"))
    app.run()
    assert len(rows(app, "Chiffres changés")) == 3


def test_a_vintage_is_opened_and_left_from_the_page(app):
    open_page(app, "millesimes")
    box = app.selectbox(key="mil_ouvrir")
    box.select_index(1)
    app.run()
    app.button[0].click().run()
    assert BANNER in html(app)
    assert BANNER in html(open_page(app, "a1"))
    open_page(app, "millesimes")
    app.selectbox(key="mil_ouvrir").select_index(0)
    app.run()
    app.button[0].click().run()
    assert BANNER not in html(app)
    assert BANNER not in html(open_page(app, "a1"))


@pytest.mark.parametrize(
    "name", ["[ici](https://exemple.fr)", "![](https://exemple.fr/x.png)", "<https://exemple.fr>", "**x**"]
)
def test_what_an_address_says_is_shown_and_is_no_markdown(app, name):
    app.query_params["millesime"] = name
    open_page(app, "a1")
    (message,) = [m.value for m in app.markdown]
    assert "Ce millésime n'est pas servi" in message
    assert name not in message
    assert re.sub(r"\\(.)", r"\1", message).count(name) == 1


@pytest.mark.parametrize("name", ["../../etc", "2030-01-01_00-00-00", "<b>x</b>", ".."])
def test_a_vintage_that_is_none_is_said_and_opens_nothing(app, name):
    app.query_params["millesime"] = name
    open_page(app, "a1")
    (message,) = [m.value for m in app.markdown]
    assert "Ce millésime n'est pas servi" in message
    assert "millésime inconnu" in message


def test_a_damaged_vintage_is_never_served(app, marts):
    path = marts / "millesimes" / NEW / FILE
    content = bytearray(path.read_bytes())
    content[-100] ^= 1
    path.write_bytes(content)
    open_page(app, "a1")
    (message,) = [re.sub(r"\\(.)", r"\1", m.value) for m in app.markdown]
    assert f"millésime {NEW}/adass.duckdb\xa0: le fichier ne correspond pas à son empreinte" in message
    app.query_params["millesime"] = OLD
    assert BANNER in html(open_page(app, "a1"))


def test_a_reduced_vintage_says_so(app, marts):
    path = marts / "millesimes" / OLD / MANIFEST
    text = path.read_text(encoding="utf-8")
    path.write_text(text[:-1] + ', "detail_purge_le": "2025-06-01T04:00:00Z"}', encoding="utf-8")
    app.query_params["millesime"] = OLD
    assert "Les lignes pseudonymisées en ont été retirées le 1er\xa0juin 2025." in html(open_page(app, "millesimes"))
    assert "Sans détail depuis le 1er\xa0juin 2025" in html(app)


def test_a_single_vintage_has_nothing_to_be_compared_with(tmp_path, monkeypatch):
    publish_vintage(tmp_path, OLD)
    monkeypatch.setenv("ADASS_MARTS", str(tmp_path))
    page = html(open_page(AppTest.from_file(str(APP), default_timeout=30), "millesimes"))
    assert "Un seul millésime est publié" in page
