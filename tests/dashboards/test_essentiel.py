"""The first page: what is told of what changes, and that chance is not told."""

import re

import duckdb
import numpy as np
import polars as pl
import pytest
from streamlit.testing.v1 import AppTest

from dashboards.analysis.changes import TOLD, changes
from dashboards.published import reading as published
from dashboards.published.reading import Scope
from tests.samples.dashboard import publish
from tests.samples.pages import APP, choose, elements, html

FRANCE = Scope(2024, "national", "FR"), Scope(2023, "national", "FR")
MOVED = (
    "profil.part_medecin_traitant", "gains.numerique", "detections.part_externe", "clotures.taux_succes",
    "soins.part_des_succes", "delais.part_ouverts_15",
)  # fmt: skip
DRAWS = 12


@pytest.fixture(scope="module")
def marts(tmp_path_factory):
    """Half a dozen shares of everyone in 2024 are not what they were in 2023; all else is."""
    marts = publish(tmp_path_factory.mktemp("marts"))
    with duckdb.connect(str(marts / "courant" / "adass.duckdb")) as con:
        con.execute(
            "UPDATE marts.indicateurs SET numerateur = denominateur / 3, valeur = 1 / 3 "
            f"WHERE annee = 2024 AND niveau = 'national' AND public = 'ensemble' AND indicateur IN {MOVED}"
        )
    return marts


@pytest.fixture
def app(marts, monkeypatch) -> AppTest:
    monkeypatch.setenv("ADASS_MARTS", str(marts))
    return AppTest.from_file(str(APP), default_timeout=30)


def test_six_figures_then_what_changes_each_with_its_links(app):
    app.run()
    assert not app.exception
    page = html(app)
    assert re.search(r"<h1>En 2024, les clôtures .*, le succès .*</h1>", page)
    assert page.count('<span class="value">') == 6
    many = page.count('<div class="adass-change ')
    assert 1 <= many <= TOLD
    assert f"{many} changements qui comptent" in page
    assert page.count("cas concernés</p>") == many
    links = [link.proto for link in elements(app.main, "page_link")]
    assert {link.label for link in links} >= {"Pourquoi ? →"}
    asked = [
        dict(part.split("=") for part in link.query_string.split("&")) for link in links if "Pourquoi" in link.label
    ]
    assert all(one["mesure"] in MOVED and one["public"] == "ensemble" for one in asked)


def test_a_year_in_progress_is_set_beside_nothing(app):
    app.run()
    app.selectbox(key="annee").set_value(2025)
    app.run()
    assert not app.exception
    assert "Une année en cours ne se compare pas" in html(app)
    assert '<div class="adass-change ' not in html(app)


def test_another_place_is_compared_by_its_shares(app):
    app.run()
    choose(app, "territoire", "CPAM de l'Ain")
    page = choose(app, "comparaison", "France")
    assert "CPAM de l'Ain\u00a0: en 2024, les clôtures sont de" in page
    assert "contre 33,3" in page
    assert "(France)" in page


def test_what_is_told_is_a_signal_of_a_theme_of_its_own_the_most_cases_first(marts):
    edition = published.current(marts)
    found = changes(edition, *FRANCE)
    assert 1 <= len(found.told) <= TOLD < len(found.tested)
    assert all(change.verdict.signal for change in found.told)
    assert len({change.theme for change in found.told}) == len(found.told)
    assert [c.cases for c in found.told] == sorted((c.cases for c in found.told), reverse=True)
    assert {change.indicator.id for change in found.told} <= set(MOVED)


def test_chance_alone_tells_nothing(tmp_path):
    """Shares drawn anew from the same rates in both years: of a dozen draws hardly any tells a change."""
    told = 0
    for seed in range(DRAWS):
        marts = publish(tmp_path / str(seed))
        _redraw(marts / "courant" / "adass.duckdb", seed)
        told += bool(changes(published.current(marts), *FRANCE).told)
    assert told <= 2


def _redraw(path, seed: int) -> None:
    rng = np.random.default_rng(seed)
    with duckdb.connect(str(path)) as con:
        con.execute(
            "UPDATE marts.indicateurs SET denominateur = 2000, numerateur = 800 WHERE unite = 'part' AND annee <= 2024"
        )
        con.execute("DELETE FROM marts.indicateurs WHERE unite <> 'part'")
        rows = con.sql("SELECT rowid AS r FROM marts.indicateurs WHERE annee <= 2024").pl()
        drawn = pl.DataFrame({"r": rows["r"], "n": rng.binomial(2000, 0.4, rows.height)})
        con.register("tirage", drawn)
        con.execute(
            "UPDATE marts.indicateurs AS i SET numerateur = t.n, valeur = t.n / 2000 FROM tirage AS t WHERE i.rowid = t.r"
        )
