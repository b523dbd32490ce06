"""Reading what is published, and setting it beside something."""

from datetime import datetime

import pytest

from dashboards import formats
from dashboards.figures import view as figures
from dashboards.published import reading as published
from dashboards.published.reading import Cell, Edition, Scope
from tests.samples.access import publish_for_roles
from tests.samples.dashboard import publish

FRANCE = Scope(2024, "national", "FR")
AIN = Scope(2024, "organisme", "011")


@pytest.fixture(scope="module")
def marts(tmp_path_factory):
    return publish(tmp_path_factory.mktemp("marts"))


@pytest.fixture(scope="module")
def edition(marts) -> Edition:
    return published.current(marts)


def view(edition, scope, code=None):
    possible = {c.code: c for c in figures.comparisons(scope, published.years(edition))}
    return figures.view(edition, scope, possible[code] if code else None)


def test_nothing_published(tmp_path):
    assert published.current(tmp_path) is None


def test_the_vintage(edition):
    assert published.vintage(edition) == published.Vintage("2025-01-21_10-00-00", datetime(2025, 1, 21, 10), True)


def test_a_new_vintage_is_seen_at_once(tmp_path):
    marts = publish(tmp_path)
    old = published.current(marts)
    assert view(old, FRANCE).subject("detections.nombre").valeur == 44_000
    publish(marts, "2025-02-01_10-00-00", growth=2)
    new = published.current(marts)
    assert new.path != old.path
    assert view(new, FRANCE).subject("detections.nombre").valeur == 88_000
    # whoever still reads the old one goes on reading it
    assert view(old, FRANCE).subject("detections.nombre").valeur == 44_000


def test_the_diffusion_file_serves_where_it_stands_alone(tmp_path):
    marts = publish_for_roles(tmp_path)
    detail = published.current(marts).path
    (marts / detail.name).unlink()
    detail.unlink()
    assert published.current(marts).path == detail.with_name("adass_diffusion.duckdb")


def test_years_and_territories(edition):
    assert published.years(edition) == {2025: False, 2024: True, 2023: True}
    labels = [t.label for t in published.territories(edition)]
    assert labels == [
        "France",
        "Auvergne-Rhône-Alpes (région)",
        "Hauts-de-France (région)",
        "CPAM de l'Ain",
        "CPAM de l'Aisne",
    ]


def test_a_modality_left_out_is_zero_only_beside_its_siblings():
    cells = {"detections.part_type": {"SOINS": Cell(1.0, 8.0, 8.0)}, "durees.moyenne_motif": {"ABANDON": Cell(9.0)}}
    found = figures.Figures(FRANCE, cells)
    assert found("detections.part_type", "HORS_SOINS") == Cell(0.0, 0.0, 8.0)
    assert found("clotures.part_motif", "ABANDON") == Cell(None, reason=figures.NO_CASE)
    assert found("durees.moyenne_motif", "TRANSFERT").valeur is None  # a mean over nobody is not zero


@pytest.mark.parametrize(
    ("scope", "indicator", "reason"),
    [
        (Scope(2024, "national", "FR", "jeunes"), "structures.part_top10", figures.NOT_FOR_PUBLIC),
        (AIN, "detections.organismes_par_taux_externe", figures.NOT_AT_NIVEAU),
        (Scope(2023, "national", "FR"), "detections.evolution", figures.YEAR_INCOMPLETE),
        (Scope(2025, "national", "FR"), "detections.evolution", figures.YEAR_INCOMPLETE),
        (Scope(2024, "region", "32"), "detections.nombre", figures.NO_CASE),
    ],
)
def test_a_missing_figure_says_why(edition, scope, indicator, reason):
    cell = view(edition, scope).subject(indicator)
    assert (cell.valeur, cell.reason) == (None, reason)


def test_a_protected_figure_is_missing_with_its_reason(monkeypatch, edition):
    row = {"indicateur": "clotures.nombre", "modalite": "", "numerateur": None, "denominateur": None, "valeur": None}
    monkeypatch.setattr(published, "query", lambda *_: [{**row, "protege": True}])
    cell = published._cells.__wrapped__(edition, FRANCE)["clotures.nombre"][""]
    assert cell == Cell(None, None, None, published.PROTECTED)


@pytest.mark.parametrize(
    ("scope", "codes"),
    [
        (FRANCE, ["annee"]),
        (Scope(2023, "national", "FR"), []),
        (Scope(2023, "organisme", "011", "jeunes"), ["ensemble", "france"]),
        (Scope(2024, "region", "84", "help"), ["annee", "ensemble", "france"]),
        (Scope(2025, "organisme", "011", "jeunes"), []),
    ],
)
def test_what_can_be_compared(edition, scope, codes):
    assert [c.code for c in figures.comparisons(scope, published.years(edition))] == codes


def test_a_comparison_changes_one_thing(edition):
    scope = Scope(2024, "region", "84", "help")
    year, everyone, france = figures.comparisons(scope, published.years(edition))
    assert year.scope == Scope(2023, "region", "84", "help")
    assert everyone.scope == Scope(2024, "region", "84", "ensemble")
    assert france.scope == Scope(2024, "national", "FR", "help")


def test_another_place_is_said_in_french():
    region, caisse = (
        published.Territory("region", "53", "Bretagne"),
        published.Territory("organisme", "351", "CPAM d'Ille"),
    )
    place = published.Territory("organisme", "291", "CPAM du Finistère", region="53")
    scope = Scope(2024, "organisme", "291", "help")
    around = figures.beside(scope, region, place)
    assert (around.than, around.to, around.whole) == ("que dans la région Bretagne", "à la région Bretagne", True)
    assert around.scope == Scope(2024, "region", "53", "help")
    other = figures.beside(scope, caisse, place)
    assert (other.name, other.than, other.to, other.whole) == (
        "CPAM d'Ille",
        "qu'à la CPAM d'Ille",
        "à la CPAM d'Ille",
        False,
    )
    offered = figures.comparisons(scope, {2024: True, 2023: True}, region)
    assert [c.code for c in offered] == ["annee", "ensemble", "region", "france"]
    assert [c.to for c in offered] == ["à 2023", "à l'ensemble des assurés", "à la région Bretagne", "à la France"]
    assert [c.whole for c in offered] == [False, True, True, True]


def test_a_count_beside_another_territory_is_its_multiple(edition):
    places = {t.code: t for t in published.territories(edition)}
    other = figures.view(edition, AIN, figures.beside(AIN, places["021"], places["011"]))
    assert other.gap("detections.nombre") == f"×{formats.NBSP}6,7"  # 2,200 and 330
    region = figures.view(edition, AIN, figures.beside(AIN, places["84"], places["011"]))
    assert region.gap("detections.nombre") == formats.part(2_200 / 13_200)


def test_an_organisme_alone_in_its_region_has_none_to_be_set_beside(edition):
    assert [published.region_of(edition, t) for t in published.territories(edition)] == [None] * 5


def test_gaps(edition):
    assert view(edition, FRANCE).gap("detections.nombre") == ""
    assert view(edition, FRANCE, "annee").gap("detections.nombre") == formats.evolution(0.1)
    assert view(edition, AIN, "france").gap("detections.nombre") == formats.part(0.05)  # its share of the whole
    assert view(edition, AIN, "annee").gap("soins.duree_moyenne") == f"+1{formats.NBSP}jour"


def test_one_public_is_not_ranked_by_structure(edition):
    assert [s.rang for s in view(edition, FRANCE).structures] == [1, 2, 3, 4]
    assert view(edition, Scope(2024, "national", "FR", "jeunes")).structures == ()


def test_same_names_are_told_apart():
    assert figures.label("detections.nombre_categorie", "PE_AUTRES") == "Autres (partenaires externes)"
    assert figures.label("detections.nombre_categorie", "PE_AUTRES", ("PE_AUTRES", "PE_ENTREPRISES")) == "Autres"
    assert figures.label("detections.nombre") == "Nombre de détections"
