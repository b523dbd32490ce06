"""The slides: everything declared is shown, and the sentences read right."""

import csv
import io
import re
from dataclasses import replace

import pytest

from dashboards import formats
from dashboards.content import filled as content
from dashboards.content import grids, words
from dashboards.figures import view as figures
from dashboards.formats import NBSP
from dashboards.published import reading as published
from dashboards.published.reading import Cell, Scope
from dashboards.slides import choices, headlines
from dashboards.slides.blocks import Bars, Groups, Ring, Table
from dashboards.slides.headlines_enquete import NO_ANSWER
from dashboards.slides.sections import BY_SLIDE_ID, SECTIONS, SLIDES
from dashboards.views import explorer
from schemas.indicators.catalogue import BY_ID, CATALOGUE, PART
from schemas.indicators.catalogue_pilotage import PILOTAGE_PAGE
from schemas.nomenclatures import PUBLIC_ENQUETE
from schemas.publics import PUBLICS
from tests.samples.dashboard import publish
from tests.samples.slides import FRANCE, suited

SCOPES = [
    Scope(annee, niveau, territoire, public.code)
    for annee in (2023, 2024, 2025)
    for niveau, territoire in (("national", "FR"), ("region", "84"), ("region", "32"), ("organisme", "021"))
    for public in PUBLICS[:3]
]


@pytest.fixture(scope="module")
def edition(tmp_path_factory):
    return published.current(publish(tmp_path_factory.mktemp("marts")))


def view_of(edition, scope, code=None):
    possible = {c.code: c for c in figures.comparisons(scope, published.years(edition))}
    return figures.view(edition, scope, possible[code] if code else None)


def with_values(view, values, reference=None):
    """The same view with these figures alone: (indicator, modalité) to value."""

    def cells(pairs):
        found = {}
        for (indicator, modality), value in pairs.items():
            found.setdefault(indicator, {})[modality] = Cell(value, value, 100.0)
        return found

    subject = figures.Figures(view.subject.scope, cells(values))
    other = figures.Figures(view.subject.scope, cells(reference)) if reference else None
    return replace(view, subject=subject, reference=other)


# --- declarations ---


@pytest.mark.parametrize("slide", SLIDES, ids=lambda s: s.id)
def test_every_figure_named_exists(slide):
    for indicator in slide.indicators:
        assert indicator in BY_ID
    modalities = [(k.indicator, k.modality) for k in slide.keys if k.modality]
    modalities += [(p.indicator, m) for c in slide.charts if isinstance(c, Bars) for p in c.parts for m in p.modalities]
    modalities += [(p.indicator, p.under) for c in slide.charts if isinstance(c, Bars) for p in c.parts if p.under]
    for indicator, modality in modalities:
        assert modality in {**BY_ID[indicator].labels, **BY_ID[indicator].cases}


# where the parts that the catalogue names are shown
PARTS = {
    "P": ["C2", "C3", "C9", "C10", "C13", "D2"],
    "PH": ["C11"],
    "C": ["C4", "C5", "C12", "C14", "D3", "D5", "D6", "D7", "D8", "D9", "C8"],
    "C-ECROUES": ["D7"],
    "C-PERTE-PROCHE": ["D9"],
    "C-ATELIERS-PARENTS": ["D4"],
    "C-ASE": ["C6", "C7", "C8"],
    "L-ASS": ["L5", "L6"],
    "L-LUP": ["L4"],
    "L-COORDINATION": ["L2"],
    "L-ALLER-VERS": ["L1"],
}


@pytest.mark.parametrize("indicator", CATALOGUE, ids=lambda i: i.id)
def test_everything_declared_is_shown(indicator):
    code = indicator.slide.split()[0]
    slides = [BY_SLIDE_ID[s] for s in PARTS.get(code, [code])] if code in PARTS or code in BY_SLIDE_ID else []
    shown = any(indicator.id in slide.indicators for slide in slides)
    assert shown or (code == PILOTAGE_PAGE and indicator.id in explorer.named()), code


def test_identifiers_and_addresses_are_unique():
    assert len({s.path for s in SLIDES}) == len({s.title for s in SLIDES}) == len(SLIDES)
    for section in SECTIONS:
        assert [s.id for s in section.slides] == [f"{section.letter}{n}" for n in range(1, len(section.slides) + 1)]


def test_the_deck_has_its_counterpart():
    """Every slide of the published deck, in its order, then the pages of the local report."""
    assert {s.letter: len(s.slides) for s in SECTIONS} == {"A": 12, "B": 3, "C": 14, "D": 9, "E": 1, "L": 6}
    populations = [k.modality for s in SLIDES for k in s.keys if k.indicator == "aller_vers.part_organismes"]
    bereaved = [k.modality for k in BY_SLIDE_ID["D9"].keys]
    assert sorted({*populations, *bereaved}) == sorted(PUBLIC_ENQUETE)
    profiles = [s.public for s in SLIDES if s.headline is headlines.profile]
    assert profiles == [p.code for p in PUBLICS]


@pytest.mark.parametrize("slide", SLIDES, ids=lambda s: s.id)
def test_a_slide_has_one_idea(slide):
    assert len(slide.keys) <= 3
    assert len(slide.side) <= 2
    assert slide.main or slide.texts


@pytest.mark.parametrize("slide", SLIDES, ids=lambda s: s.id)
def test_charts_fit_their_figures(slide):
    for chart in slide.charts:
        if isinstance(chart, Ring):
            declared = BY_ID[chart.indicator]
            assert declared.partition
            assert len(declared.labels) == len(chart.colours) <= 3
        if isinstance(chart, Bars):
            assert len({BY_ID[p.indicator].unit for p in chart.parts}) == 1  # one axis, one unit
            assert all(BY_ID[p.count].unit == "nombre" for p in chart.parts if p.count)
        if isinstance(chart, Groups):
            shown = [m for _, members in chart.membership for m in members]
            assert sorted(shown) == sorted(BY_ID[chart.members].labels)


# --- headlines ---


@pytest.mark.parametrize("slide", SLIDES, ids=lambda s: s.id)
def test_headlines_are_sentences_on_any_scope(slide, edition):
    for scope in SCOPES:
        for code in (None, "annee", "ensemble", "france"):
            view = suited(edition, slide, scope, code)
            headline, sentences = slide.headline(view), [s(view) for s in slide.sentences]
            assert len(headline) <= 140
            for text in (headline, *sentences):
                assert not re.search(r"\b(None|nan|inf)\b|\(\)|  |n\.\W?c\.", text), text
                assert len(text) <= 200
                assert not text or text[0].isupper() or text[0].isdigit()


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (0.015, f"Les détections sont stables{NBSP}: +1,5{NBSP}% en un an"),
        (0.09, f"Les détections augmentent{NBSP}: +9{NBSP}% en un an"),
        (-0.09, f"Les détections diminuent{NBSP}: −9{NBSP}% en un an"),
        (-0.019, f"Les détections sont stables{NBSP}: −1,9{NBSP}% en un an"),
    ],
)
def test_a_trend(edition, change, text):
    view = with_values(view_of(edition, FRANCE), {("detections.nombre", ""): 5.0, ("detections.evolution", ""): change})
    assert headlines.detections(view) == text


@pytest.mark.parametrize(
    ("number", "text"), [(0.0, "0 détection"), (1.0, "1 détection"), (297484.0, "297\u202f484 détections")]
)
def test_a_trend_without_the_year_before(edition, number, text):
    view = with_values(view_of(edition, FRANCE), {("detections.nombre", ""): number})
    assert headlines.detections(view) == f"{text.replace(' ', NBSP)} en 2024"


def test_a_change_from_a_few_is_told_in_numbers(edition):
    view = with_values(view_of(edition, FRANCE), {("detections.nombre", ""): 5.0})
    view.subject.cells["detections.evolution"] = {"": Cell(4.0, 5.0, 1.0)}
    assert headlines.detections(view) == f"5{NBSP}détections en 2024, contre 1 en 2023"


def test_nothing_to_say_is_said(edition):
    view = with_values(view_of(edition, FRANCE), {})
    assert headlines.detections(view) == headlines.externes(view) == headlines.gains(view) == headlines.NOTHING


@pytest.mark.parametrize(
    ("before", "end"),
    [
        (0.152, f", 2{NBSP}points de plus qu'en 2023"),
        (0.182, f", 1{NBSP}point de moins qu'en 2023"),
        (0.173, ", au même niveau qu'en 2023"),
    ],
)
def test_beside_the_year_before(edition, before, end):
    share = ("detections.part_externe", "")
    view = with_values(view_of(edition, FRANCE, "annee"), {share: 0.172}, {share: before})
    assert headlines.externes(view) == f"17,2{NBSP}% des détections viennent de l'extérieur{end}"


@pytest.mark.parametrize(
    ("scope", "code", "end"),
    [
        (Scope(2024, "organisme", "011"), "france", "qu'en France"),
        (Scope(2024, "national", "FR", "jeunes"), "ensemble", "que pour l'ensemble des assurés"),
    ],
)
def test_beside_something_else(edition, scope, code, end):
    share = ("detections.part_externe", "")
    view = with_values(view_of(edition, scope, code), {share: 0.5}, {share: 0.3})
    assert headlines.externes(view).endswith(f", 20{NBSP}points de plus {end}")


def test_closures_beside_a_place_say_how_their_success_stands_there(edition):
    here = Scope(2024, "organisme", "011")
    success = ("clotures.taux_succes", "")
    values = {success: 0.8, ("clotures.nombre", ""): 200.0}
    told = headlines.clotures(with_values(view_of(edition, here, "france"), values, {success: 0.75}))
    assert told.startswith(f"200{NBSP}accompagnements clôturés en 2024{NBSP}; 80,0{NBSP}% sont des succès")
    assert told.endswith(f", 5{NBSP}points de plus qu'en France")
    assert "en un an" not in told


def test_the_largest_leads(edition):
    values = {("gains.prevention", ""): 0.4, ("gains.numerique", ""): 0.2, ("gains.orientation", ""): 0.0}
    assert "Sensibilisation à la prévention" in headlines.gains(with_values(view_of(edition, FRANCE), values))


def test_no_gain_at_all_is_not_a_missing_figure(edition):
    values = {(f"gains.{g}", ""): 0.0 for g in headlines.GAINS}
    assert headlines.gains(with_values(view_of(edition, FRANCE), values)) == "Aucun gain enregistré sur ce périmètre"


def test_top_three_names_what_there_is(edition):
    indicator = "detections.part_categorie_interne"
    view = with_values(view_of(edition, FRANCE), {(indicator, "AM_PFS"): 0.25, (indicator, "AM_ACCUEIL"): 0.75})
    assert headlines.three_first(indicator)(view) == f"En tête{NBSP}: Accueil CPAM (75,0{NBSP}%) et PFS (25,0{NBSP}%)."


# --- what is drawn ---


def test_bars_go_by_size_or_by_nature(edition):
    view = view_of(edition, FRANCE)
    by_size = next(f for f in content.charts(BY_SLIDE_ID["A8"], view))
    values = [f.cell.valeur for f in by_size.figures]
    assert values == sorted(values, reverse=True)
    by_nature = next(f for f in content.charts(BY_SLIDE_ID["A7"], view))
    assert [f.modality for f in by_nature.figures] == list(BY_ID["clotures.part_motif"].labels)
    assert [f.count.valeur for f in by_nature.figures][:2] == [44_000, 22_000]


def test_only_the_first_are_drawn_but_the_table_has_all(edition):
    filled = content.charts(BY_SLIDE_ID["A10"], view_of(edition, FRANCE))[1]
    assert len(filled.drawn) == 5
    assert len(grids.grid(filled).texts) == len(BY_ID["soins.part_specialite"].labels)


def test_charts_of_one_scale_share_their_axis(edition):
    partners, care = content.charts(BY_SLIDE_ID["A5"], view_of(edition, FRANCE, "annee"))
    assert (
        partners.scale
        == care.scale
        == max(c.valeur for f in (*partners.figures, *care.figures) for c in (f.cell, f.reference))
    )


def test_a_key_figure_names_its_comparator(edition):
    slide, view = BY_SLIDE_ID["A7"], view_of(edition, FRANCE, "annee")
    number, rate, _ = (content.key(k, view) for k in slide.keys)
    assert number.change == f"+10{NBSP}% en un an"
    assert number.beside == f"2023{NBSP}: 40\u202f000"
    assert rate.beside == f"{rate.figure.gap} (2023{NBSP}: {rate.figure.reference_text})"
    whole = content.key(slide.keys[0], view_of(edition, Scope(2024, "organisme", "011"), "france"))
    assert whole.beside == f"5,0{NBSP}% du total (France{NBSP}: 44\u202f000)"


def test_an_empty_chart_says_why(edition):
    organisme = view_of(edition, Scope(2024, "organisme", "011"))
    assert content.charts(BY_SLIDE_ID["A3"], organisme)[1].empty_because == figures.NOT_AT_NIVEAU
    young = view_of(edition, Scope(2024, "national", "FR", "jeunes"))
    assert content.charts(BY_SLIDE_ID["A6"], young)[0].empty_because == figures.NOT_FOR_PUBLIC
    assert content.charts(BY_SLIDE_ID["A3"], view_of(edition, FRANCE))[1].empty_because == ""


def test_the_foot_tells_base_caveat_and_source(edition):
    lines = words.foot(BY_SLIDE_ID["A7"], view_of(edition, FRANCE))
    assert lines[0] == (
        f"Bases{NBSP}: accompagnements clôturés dans l'année (44\u202f000) ; "
        "accompagnements clôturés avec succès dans l'année (44\u202f000)."
    )
    assert lines[1].startswith("« Non pertinent » regroupe")
    assert lines[-1].startswith(f"Source{NBSP}: BALI, millésime 2025-01-21_10-00-00, produit le 21{NBSP}janvier 2025.")
    incomplete = words.foot(BY_SLIDE_ID["A7"], view_of(edition, replace(FRANCE, annee=2025)))
    assert f"2025 est incomplète{NBSP}: aucune comparaison." in incomplete


def test_years_are_all_there_and_the_unfinished_one_says_so(edition):
    trend = content.charts(BY_SLIDE_ID["A1"], view_of(edition, FRANCE))[1]
    assert [f.label for f in trend.figures] == ["2023", "2024", "2025 (incomplète)"]
    assert [f.colour for f in trend.figures] == ["accent", "accent", "comparator"]


def test_a_year_that_only_begins_the_file_is_left_out_unless_chosen(edition):
    view = view_of(edition, FRANCE)
    begun = figures.Year(2022, False, replace(view.subject, scope=replace(FRANCE, annee=2022)))
    view = replace(view, history=(begun, *view.history))

    def shown(one):
        return [f.label for f in content.charts(BY_SLIDE_ID["A1"], one)[1].figures]

    assert shown(view) == ["2023", "2024", "2025 (incomplète)"]
    assert shown(replace(view, subject=begun.figures))[0] == "2022 (incomplète)"


@pytest.mark.parametrize("slide", SLIDES, ids=lambda s: s.id)
def test_the_file_holds_what_is_shown(slide, edition):
    for filled in content.charts(slide, suited(edition, slide)):
        table = grids.grid(filled)
        data = grids.csv(table)
        assert data.startswith(b"\xef\xbb\xbf")
        rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=";"))
        assert rows[0] == list(table.columns)
        assert rows[1:] == [list(row) for row in table.values]
        width = len(filled.chart.columns) if isinstance(filled.chart, Table) else 1
        for place, figure in enumerate(filled.figures):
            value = rows[1 + place // width][table.numeric_from + place % width]
            assert float(value.replace(",", ".")) == pytest.approx(figure.cell.valeur, abs=0)
            assert (figure.unit == PART) == (figure.text.endswith("%"))


def test_cells_that_would_break_a_file_are_quoted():
    table = grids.Grid(("a;b", 'c"d'), ((),), (("1", "x\ny"),))
    assert grids.csv(table).decode("utf-8-sig") == '"a;b";"c""d"\r\n1;"x\ny"\r\n'


def test_a_count_shows_no_missing_denominator(edition):
    filled = content.charts(BY_SLIDE_ID["A1"], view_of(edition, FRANCE))[1]
    assert grids.grid(filled).texts[0] == ("2023", formats.nombre(40000), formats.nombre(40000), "–")


# --- the survey, the profiles, the local report ---


def test_a_survey_slide_says_who_answered_and_warns_where_they_differ(edition):
    for slide in SLIDES:
        if slide.source == "enquete":
            lines = words.foot(slide, suited(edition, slide))
            assert any(line.startswith(f"99{NBSP}organismes répondants à l'enquête 2024") for line in lines)
            warned = [line for line in lines if line.startswith("Attention")]
            assert len(warned) == 1, slide.id
            assert "99 répondants en 2024, 100 en 2023" in warned[0]
            alone = words.foot(slide, suited(edition, slide, code=None))
            assert len([line for line in alone if line.startswith("Attention")]) == (slide.id == "B2")


def test_respondents_that_stay_the_same_need_no_warning(edition):
    slide = BY_SLIDE_ID["B1"]
    lines = words.foot(slide, suited(edition, slide, Scope(2024, "national", "FR"), "france"))
    assert not [line for line in lines if line.startswith("Attention")]


def test_partnerships_show_both_years(edition):
    (filled,) = content.charts(BY_SLIDE_ID["B2"], suited(edition, BY_SLIDE_ID["B2"]))
    table = grids.grid(filled)
    assert table.columns == ("Partenaire", "2023", "2024", "Évolution", "Couverture")
    before, now = ([float(row[k]) for row in table.values] for k in (1, 2))
    assert now == sorted(now, reverse=True)
    assert before != now
    first = suited(edition, BY_SLIDE_ID["B2"], replace(FRANCE, annee=2023))
    assert grids.grid(content.charts(BY_SLIDE_ID["B2"], first)[0]).texts[0][1] == formats.NC


def test_a_profile_opens_beside_all_the_accompanied(edition):
    young = suited(edition, BY_SLIDE_ID["C3"])
    assert (young.public.code, young.comparison.code) == ("jeunes", "ensemble")
    assert suited(edition, BY_SLIDE_ID["C2"]).comparison.code == "annee"


@pytest.mark.parametrize(
    ("before", "end"), [(0.78, "9\xa0points de plus qu'en 2023"), (0.9, "3\xa0points de moins qu'en 2023")]
)
def test_a_profile_tells_its_largest_gap(edition, before, end):
    rate, c2s = ("profil.part_medecin_traitant", ""), ("profil.part_c2s", "")
    view = with_values(view_of(edition, FRANCE, "annee"), {rate: 0.87, c2s: 0.30}, {rate: before, c2s: 0.28})
    assert headlines.profile(view) == f"Médecin traitant à la fin{NBSP}: 87,0{NBSP}%, {end}"
    assert headlines.profile_gaps(view).endswith(
        f"par rapport à 2023{NBSP}: Complémentaire santé solidaire à la fin (+2{NBSP}points)."
    )


def test_the_age_that_defines_a_public_is_no_finding(edition):
    age = ("profil.part_age", "moins_de_25")
    young = view_of(edition, Scope(2024, "national", "FR", "jeunes"), "ensemble")
    view = with_values(young, {age: 1.0, ("clotures.taux_succes", ""): 0.79}, {age: 0.14})
    assert headlines.profile(view) == f"79,0{NBSP}% des accompagnements sont clôturés avec succès"


@pytest.mark.parametrize("code", ["C9", "D2"])
def test_the_six_month_feed_is_told(edition, code):
    assert any("droits à 6 mois" in line for line in words.foot(BY_SLIDE_ID[code], suited(edition, BY_SLIDE_ID[code])))


def test_the_local_report_goes_through_the_caisses_that_gave_files(edition):
    local = [s for s in SLIDES if s.local]
    assert [s.id for s in local] == ["L1", "L2", "L3", "L4", "L5", "L6"]
    for slide in local:
        assert [t.code for t in choices.places(edition, slide)] == ["011"]
        view = suited(edition, slide)  # France asked for: the caisse it is
        assert view.territory.code == "011"
        assert view.subject.scope.annee == (2024 if slide.id == "L3" else 2022)


def test_money_is_written_in_euros(edition):
    slide = BY_SLIDE_ID["L6"]
    view = suited(edition, slide)
    assert [content.key(k, view).figure.text[-1] for k in slide.keys] == ["€"] * 3
    assert content.charts(slide, view)[0].figures[0].text.endswith("%")


def test_context_depends_on_no_choice(edition):
    slide = BY_SLIDE_ID["D1"]
    (filled,) = content.charts(slide, suited(edition, slide))
    rates = {t.name: t.rate for t in filled.targets if t.rate}
    assert rates == {"Demandeurs d'emploi": 0.353, "Séparation, familles monoparentales": 0.314}
    assert choices.comparisons(slide, FRANCE, {2024: True, 2023: True}) == ()
    assert "INSEE 2021" in words.foot(slide, suited(edition, slide))[-1]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (Cell(0.92, 92.0, 100.0), f"92,0{NBSP}% des organismes répondants agissent vers les jeunes"),
        (Cell(0.5, 1.0, 2.0), f"Organismes répondants qui agissent vers les jeunes{NBSP}: 1 sur 2"),
        (Cell(0.0, 0.0, 100.0), "Aucune action vers les jeunes"),
    ],
)
def test_of_a_few_respondents_the_number_is_told(edition, cell, text):
    view = view_of(edition, FRANCE)
    subject = figures.Figures(FRANCE, {"aller_vers.part_organismes": {"JEUNES": cell}})
    assert BY_SLIDE_ID["C4"].headline(replace(view, subject=subject)) == text


def test_nobody_answered_is_said(edition):
    view = with_values(view_of(edition, FRANCE), {})
    for slide in SLIDES:
        if slide.source == "enquete":
            assert slide.headline(view) == NO_ANSWER


@pytest.mark.parametrize(("alone", "words"), [(0.29, f"71,0{NBSP}% des"), (None, ""), (1.0, f"0{NBSP}% des")])
def test_the_care_slide_says_how_many_deal_with_more_than_care(edition, alone, words):
    view = with_values(view_of(edition, FRANCE), {("soins.part_uniquement_soins", ""): alone})
    assert headlines.other_themes(view)[: len(words)] == words
    assert bool(headlines.other_themes(view)) == bool(words)
