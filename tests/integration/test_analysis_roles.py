"""Who may ask what of the analysis: own territories on their rows, the rest as the file for diffusion gives it."""

import polars as pl
import pytest

from dashboards.access.roles import Access
from dashboards.analysis.comparing import compare
from dashboards.analysis.crossing import SPREADING, cross
from dashboards.analysis.explaining import between_places, between_years, explain
from dashboards.analysis.questions import Question, Unanswerable
from dashboards.analysis.ranking import ranked
from dashboards.formats import NC
from dashboards.published import reading as published
from pipelines.disclosure.protection.diffusion import protect
from pipelines.disclosure.protection.state import Hiding
from pipelines.refresh import refresh
from pipelines.simulation.generic import simulate
from schemas.indicators.indicator import JOURS

ROLES = {
    "national": Access("national"),
    "statisticien": Access("statisticien"),
    "regional": Access("regional", "region", "76"),
    "local": Access("local", "organisme", "311"),
    "diffusion": Access("diffusion"),
}
OWN = {"regional": ("76", "311", "121"), "local": ("311",)}
OTHERS = {"regional": ("FR", "84", "131"), "local": ("FR", "76", "121", "131"), "diffusion": ("FR", "76", "311")}
MEASURES = ("clotures.nombre", "clotures.taux_succes", "durees.moyenne", "stock.nombre", "retours.part_6_mois")


@pytest.fixture(scope="module")
def editions(tmp_path_factory):
    place = tmp_path_factory.mktemp("roles")
    simulate(place / "raw", years=[2023, 2024], accompaniments=10_000, seed=24)
    with (
        pytest.MonkeyPatch.context() as patch
    ):  # small counts are hidden, and nothing is sought that would hide them better
        patch.setattr("pipelines.disclosure.protection.diffusion.hide", Hiding)
        patch.setattr("assets.controle.diffusion.protect", protect)
        refresh(place / "raw", place / "marts", quiet=True)
    return {role: published.current(place / "marts", access) for role, access in ROLES.items()}


def told(editions, role, measure, par=(), annee=2024, territoire="FR", public="ensemble", filtres=()):
    return cross(editions[role], Question(measure, par, annee, territoire, public, filtres))


@pytest.mark.parametrize("measure", MEASURES)
def test_national_and_statistician_ask_everything(editions, measure):
    everything = told(editions, "statisticien", measure, ("sexe", "mois"), public="jeunes")
    assert everything.exact
    assert told(editions, "national", measure, ("sexe", "mois"), public="jeunes").table.equals(everything.table)
    assert compare(editions["national"], "clotures.taux_succes", 2024).table.height > 50


@pytest.mark.parametrize(("role", "place"), [(role, place) for role in OWN for place in OWN[role]])
@pytest.mark.parametrize("measure", MEASURES)
def test_rows_of_own_territories_are_counted(editions, role, place, measure):
    for where in ({"territoire": place}, {"filtres": (("organisme" if len(place) == 3 else "region", (place,)),)}):
        answer = told(editions, role, measure, ("sexe", "tranche_age"), public="sans_emploi", **where)
        full = told(editions, "statisticien", measure, ("sexe", "tranche_age"), public="sans_emploi", **where)
        assert answer.exact
        assert answer.table.equals(full.table)
        assert answer.marks == full.marks


@pytest.mark.parametrize(("role", "place"), [(role, place) for role in OTHERS for place in OTHERS[role]])
@pytest.mark.parametrize("measure", MEASURES)
def test_rows_of_others_are_refused_in_a_sentence(editions, role, place, measure):
    with pytest.raises(Unanswerable, match="et non par sexe") as refused:
        told(editions, role, measure, ("sexe",), territoire=place)
    assert ("que pour votre territoire" in str(refused.value)) == (role in OWN)
    assert "annee, region, organisme" in str(refused.value)
    with pytest.raises(Unanswerable):
        told(editions, role, measure, ("annee",), territoire=place, filtres=(("sexe", ("F",)),))


@pytest.mark.parametrize("role", ["regional", "local"])
@pytest.mark.parametrize(("measure", "par"), [*((m, "organisme") for m in MEASURES), ("clotures.nombre", "region")])
def test_own_rows_are_exact_and_others_as_everybody_reads_them(editions, role, measure, par):
    answer = told(editions, role, measure, (par,))
    everybody, full = told(editions, "diffusion", measure, (par,)), told(editions, "statisticien", measure, (par,))
    own = {role: [*codes, *([] if role == "local" else _of_region(editions, "76"))] for role, codes in OWN.items()}
    mine = pl.col(par).is_in(own[role])
    assert _figures(answer, mine).equals(_figures(full, mine))
    assert _figures(answer, ~mine).equals(_figures(everybody, ~mine))
    assert not answer.exact


def _of_region(editions, region):
    return [t.code for t in published.territories(editions["statisticien"]) if t.region == region]


def _figures(answer, which):
    """The figures of some territories, but for rounding; the interval of a mean is not in what is published."""
    found = answer.table.filter(which).with_columns(pl.col("valeur", "bas", "haut").round(9))
    return found.drop("bas", "haut") if answer.measure.unit == JOURS else found


def test_what_is_hidden_is_said_so_and_has_no_figure(editions):
    answer = told(editions, "diffusion", "clotures.taux_succes", ("organisme",))
    hidden = pl.Series(answer.hidden)
    assert hidden.any()
    assert not hidden.all()
    assert answer.table.filter(hidden)["valeur"].null_count() == hidden.sum()
    assert {mark for mark, protected in zip(answer.marks, answer.hidden, strict=True) if protected} == {NC}


def test_a_sum_with_something_hidden_is_hidden(editions):
    answer = told(editions, "diffusion", "clotures.nombre", ("organisme",))
    codes = tuple(answer.table.filter(pl.Series(answer.hidden) == hidden)["organisme"][0] for hidden in (True, False))
    both = told(editions, "diffusion", "clotures.nombre", filtres=(("organisme", codes),))
    assert both.hidden == (True,)
    assert both.table["valeur"].to_list() == [None]


def test_small_bases_are_marked_for_everybody(editions):
    answer = told(editions, "local", "clotures.taux_succes", ("situation", "sexe"), territoire="311")
    for n, d, mark in zip(answer.table["numerateur"], answer.table["denominateur"], answer.marks, strict=True):
        assert ("base " in mark) == (d < 30)
        assert (SPREADING in mark) == any(1 <= c <= 10 for c in (n, d, d - n))
    counts = told(editions, "local", "clotures.nombre", ("situation", "sexe"), territoire="311")
    for n, mark in zip(counts.table["numerateur"], counts.marks, strict=True):
        assert (SPREADING in mark) == (1 <= n <= 10)


def test_a_gap_is_taken_apart_within_own_territories_only(editions):
    years = between_years("clotures.taux_succes", ("sexe",), 2023, 2024, "311")
    own, full = (explain(editions[role], *years).table for role in ("local", "statisticien"))
    assert own.equals(full)
    with pytest.raises(Unanswerable, match="que pour votre territoire"):
        explain(editions["local"], *between_places("clotures.taux_succes", ("sexe",), 2024, "311", "76"))
    region = between_places("clotures.taux_succes", ("sexe",), 2024, "311", "76")
    assert explain(editions["regional"], *region).table.equals(explain(editions["statisticien"], *region).table)
    assert {r.dimension.name for r in ranked(editions["local"], *years)} >= {"situation", "famille_detecteur"}


def test_a_gap_of_published_figures_is_taken_apart_for_everybody(editions):
    years = between_years("clotures.nombre", ("motif_cloture",), 2023, 2024)
    answer = explain(editions["diffusion"], *years)
    shown, full = answer.table, explain(editions["statisticien"], *years).table
    told_of = shown.filter(pl.col("effet_taux").is_not_null())
    assert not told_of.is_empty()
    assert set(told_of.rows()) <= set(full.rows())
    assert {r.dimension.name for r in ranked(editions["diffusion"], *years)} <= {"motif_cloture", "region", "organisme"}


@pytest.mark.parametrize("role", ["regional", "local", "diffusion"])
def test_territories_are_compared_without_adjusting_by_who_reads_no_rows(editions, role):
    with pytest.raises(Unanswerable, match="sans ajuster"):
        compare(editions[role], "clotures.taux_succes", 2024)
    answer = compare(editions[role], "clotures.taux_succes", 2024, ajuste=())
    full = compare(editions["statisticien"], "clotures.taux_succes", 2024, ajuste=()).table
    cases = dict(full.select("territoire", "observe").iter_rows())
    assert 0 < answer.table.height <= full.height
    assert all(cases[place] == observed for place, observed in answer.table.select("territoire", "observe").iter_rows())
