"""Figures of a publication against each other: each kind of rule, and every contradiction of the two documents."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.publications.coherence import (
    COHERENT,
    CONTRADICTION,
    AtMost,
    Change,
    Descending,
    Interval,
    Label,
    Mean,
    Ratio,
    Rest,
    Rule,
    Same,
    Times,
    Total,
    Whole,
    WholeNumber,
    findings,
    interval,
    judged,
    repeated,
    written,
)
from schemas.publications.coherence_rules import RULES
from schemas.publications.printed import Figure, figures, read_publications

SHIPPED = figures(read_publications())


def figure(
    value: float, precision: float = 0.5, unit: str = "nombre", comparator: str = "=", text: str = "imprimé"
) -> Figure:
    return Figure(
        "Essai", "S1", 1, "s1.x", "Libellé", text, "", 2024, "national", "FR", "ensemble", "", comparator, unit, value,
        precision,
    )  # fmt: skip


def share(value: float, comparator: str = "=", precision: float = 0.005) -> Figure:
    return figure(value, precision, "part", comparator)


def points(value: float, precision: float = 0.005) -> Figure:
    return figure(value, precision, "points")


# --- what a printed figure stands for -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("printed", "low", "high"),
    [
        (figure(216), 216, 216),  # a number to the unit is that number
        (figure(1986, comparator="~"), 1986, 1986),  # « près de » or not
        (figure(5.5, 0.05), 5.45, 5.55),
        (figure(141, unit="jours"), 140.5, 141.5),  # a mean is rounded
        (figure(2053, unit="euros"), 2052.5, 2053.5),
        (figure(535600, 50, "euros"), 535550, 535650),
        (share(0.49), 0.485, 0.495),
        (figure(56000, 500, comparator="~"), 53200, 58800),
        (share(0.03, "~"), 0.025, 0.035),
        (figure(7500, comparator=">"), 7500, 8250),
        (share(0.98, ">"), 0.98, 1.078),
    ],
)
def test_interval_of_a_printed_figure(printed: Figure, low: float, high: float) -> None:
    found = interval(printed)
    assert (found.low, found.high) == (pytest.approx(low), pytest.approx(high))


@pytest.mark.parametrize(
    ("one", "other", "meet"),
    [
        ((0.455, 0.465), (0.465, 0.475), False),  # 46 % and 47 % are never the same figure
        ((0.455, 0.465), (0.4649, 0.475), True),
        ((0.465, 0.465), (0.455, 0.465), True),  # a value on the edge may be rounded either way
        ((0.4651, 0.4651), (0.455, 0.465), False),
        ((216, 216), (216, 216), True),
        ((216, 216), (217, 217), False),
    ],
)
def test_intervals_that_meet(one: tuple[float, float], other: tuple[float, float], meet: bool) -> None:
    assert Interval(*one).meets(Interval(*other)) is meet
    assert Interval(*other).meets(Interval(*one)) is meet


# --- every kind, with a case that holds and one that does not ------------------------------------------------

CASES: list[tuple[Rule, dict[str, Figure], bool]] = [
    (Total("r", ("a", "b"), "t"), {"a": figure(138), "b": figure(72), "t": figure(210)}, True),
    (Total("r", ("a", "b"), "t"), {"a": figure(138), "b": figure(72), "t": figure(211)}, False),
    (Total("r", ("a", "b"), "t"), {"a": share(0.34), "b": share(0.42), "t": share(0.77)}, True),
    (Total("r", ("a", "b"), "t"), {"a": share(0.34), "b": share(0.42), "t": share(0.78)}, False),
    (Total("r", ("a", "a"), "t"), {"a": figure(2), "t": figure(4)}, True),
    (Total("r", ("a", "a"), "t"), {"a": figure(2), "t": figure(5)}, False),
    (Whole("r", ("a", "b", "c")), {"a": share(0.33), "b": share(0.33), "c": share(0.33)}, True),
    (Whole("r", ("a", "b", "c")), {"a": share(0.33), "b": share(0.33), "c": share(0.32)}, False),
    (Whole("r", ("a", "b", "c")), {"a": share(0.34), "b": share(0.34), "c": share(0.34)}, False),
    (AtMost("r", ("a", "b"), ("t",)), {"a": figure(5), "b": figure(5), "t": figure(10)}, True),
    (AtMost("r", ("a", "b"), ("t",)), {"a": figure(5), "b": figure(6), "t": figure(10)}, False),
    (AtMost("r", ("a",), ("b", "c")), {"a": share(0.84), "b": share(0.51), "c": share(0.62)}, True),
    (AtMost("r", ("a",), ("b", "c")), {"a": share(0.84), "b": share(0.51), "c": share(0.31)}, False),
    (AtMost("r", ("a", "b")), {"a": share(0.6), "b": share(0.41)}, True),
    (AtMost("r", ("a", "b")), {"a": share(0.6), "b": share(0.42)}, False),
    (AtMost("r", (Times(("a", "b")),), ("t",)), {"a": share(0.64), "b": figure(766), "t": figure(487)}, True),
    (AtMost("r", (Times(("a", "b")),), ("t",)), {"a": share(0.64), "b": figure(766), "t": figure(486)}, False),
    (Change("r", "a", "b", "c"), {"a": figure(56), "b": figure(66), "c": figure(10)}, True),
    (Change("r", "a", "b", "c"), {"a": figure(56), "b": figure(66), "c": figure(9)}, False),
    (Change("r", "a", "b", "c"), {"a": share(0.31), "b": share(0.33), "c": points(0.014, 0.0005)}, True),
    (Change("r", "a", "b", "c"), {"a": share(0.31), "b": share(0.33), "c": points(0.009, 0.0005)}, False),
    (
        Change("r", "a", "b", "c"),
        {"a": figure(273561), "b": figure(297484), "c": figure(0.09, 0.005, "evolution")}, True,
    ),
    (
        Change("r", "a", "b", "c"),
        {"a": figure(273561), "b": figure(297484), "c": figure(0.08, 0.005, "evolution")}, False,
    ),
    (Same("r", "a", "b"), {"a": share(0.172, precision=0.0005), "b": share(0.17)}, True),
    (Same("r", "a", "b"), {"a": share(0.176, precision=0.0005), "b": share(0.17)}, False),
    (Same("r", "a", "b"), {"a": share(0.46), "b": share(0.47)}, False),
    (Ratio("r", ("a",), "b", "s"), {"a": figure(43), "b": figure(101), "s": share(0.43)}, True),
    (Ratio("r", ("a",), "b", "s"), {"a": figure(44), "b": figure(101), "s": share(0.43)}, False),
    (
        Ratio("r", ("a",), Times((Rest("x"), "b")), "s"),
        {"a": figure(27047), "b": figure(300000), "x": share(0.172), "s": share(0.11)}, True,
    ),
    (
        Ratio("r", ("a",), Times((Rest("x"), "b")), "s"),
        {"a": figure(27047), "b": figure(300000), "x": share(0.172), "s": share(0.12)}, False,
    ),
    (WholeNumber("r", "s", ("b",)), {"s": share(0.83), "b": figure(52)}, True),  # 43 of 52
    (WholeNumber("r", "s", ("b",)), {"s": share(0.84), "b": figure(52)}, False),  # between 43 and 44
    (WholeNumber("r", "s", ("b", "c")), {"s": share(0.84), "b": figure(52), "c": figure(51)}, True),
    (WholeNumber("r", "s", (Times(("x", "b")),)), {"s": share(0.84), "x": share(0.51), "b": figure(101)}, False),
    (Mean("r", "w", "a", "b", "m"), {"w": share(0.5), "a": share(0.4), "b": share(0.6), "m": share(0.5)}, True),
    (Mean("r", "w", "a", "b", "m"), {"w": share(0.5), "a": share(0.4), "b": share(0.6), "m": share(0.52)}, False),
    (
        Mean("r", "w", "a", "b", "m", "c"),
        {"w": share(0.5), "a": share(0.4), "b": share(0.6), "m": share(0.4), "c": share(0.8)}, True,
    ),
    (
        Mean("r", "w", "a", "b", "m", "c"),
        {"w": share(0.5), "a": share(0.4), "b": share(0.6), "m": share(0.37), "c": share(0.8)}, False,
    ),
    (Descending("r", ("a", "b", "c")), {"a": figure(9), "b": figure(9), "c": figure(1)}, True),
    (Descending("r", ("a", "b", "c")), {"a": figure(9), "b": figure(1), "c": figure(2)}, False),
    (Label("r", "a", "demandeurs d'emploi"), {"a": figure(251, text="Demandeurs d’emploi => 251 actions")}, True),
    (Label("r", "a", "personnes vivant un handicap"), {"a": figure(251, text="demandeurs d’emploi => 251")}, False),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "printed", "holds"), CASES)
def test_each_kind_of_rule(rule: Rule, printed: dict[str, Figure], holds: bool) -> None:
    placed = {key: replace(f, reference=f"Diapositive {key}", page=k) for k, (key, f) in enumerate(printed.items(), 1)}
    (found,) = judged("Essai", placed, [rule])
    assert found.statut == (COHERENT if holds else CONTRADICTION)
    for f in placed.values():
        assert f"{f.reference}, p. {f.page}" in found.detail
        assert f.reference in found.reference


def test_every_kind_has_a_case_of_either_outcome() -> None:
    outcomes = {(type(rule), holds) for rule, _, holds in CASES}
    assert outcomes == {(kind, holds) for kind in Rule.__subclasses__() for holds in (True, False)}


@given(st.lists(st.integers(0, 1000), min_size=2, max_size=8).filter(any))
def test_rounded_shares_of_a_whole_are_never_in_contradiction(counts: list[int]) -> None:
    whole = sum(counts)
    printed = {f"p{k}": share(round(100 * n / whole) / 100) for k, n in enumerate(counts)}
    assert Whole("r", tuple(printed)).judge(printed).holds
    printed |= {"n": figure(counts[0]), "whole": figure(whole)}
    assert Ratio("r", ("n",), "whole", "p0").judge(printed).holds
    assert WholeNumber("r", "p0", ("whole",)).judge(printed).holds


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_rounded_means_are_never_in_contradiction(weight: float, first: float, second: float) -> None:
    mean = weight * first + (1 - weight) * second
    printed = {key: share(round(v, 2)) for key, v in {"w": weight, "a": first, "b": second, "m": mean}.items()}
    assert Mean("r", "w", "a", "b", "m").judge(printed).holds


def test_a_rule_on_a_figure_that_is_not_there_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"Essai : la règle r nomme un chiffre absent \(b\)"):
        judged("Essai", {"a": figure(1)}, [Same("r", "a", "b")])


def test_an_indicator_printed_again_is_compared_with_its_first_print() -> None:
    one = replace(figure(1), indicateur="clotures.nombre")
    printed = {"a": one, "b": one, "c": replace(one, annee=2023), "d": one, "e": figure(1), "f": figure(1)}
    assert [rule.keys for rule in repeated(printed)] == [["a", "b"], ["a", "d"]]


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.431, "part", "43,1\u00a0%"), (0.3999, "part", "39,99\u00a0%"), (0.5, "part", "50\u00a0%"),
        (0.014, "points", "1,4 points"), (2130700, "euros", "2\u202f130\u202f700\u00a0€"), (210, "nombre", "210"),
        (45.05, "nombre", "45"), (1932, "nombre", "1\u202f932"), (66.2, "jours", "66,2 jours"),
    ],
)  # fmt: skip
def test_values_are_written_in_french(value: float, unit: str, text: str) -> None:
    assert written(value, unit) == text


# --- the two documents ---------------------------------------------------------------------------------------

CONTRADICTIONS = {
    # deck: soins in all detections, in those from within and those from without
    "moyenne.detections_soins",
    # deck: ADOMA 66 and 64, 56 to 66 « + 8 »; Emmaüs 58 to 70 « + 10 »; 106 organismes of 101
    "meme_chiffre.conventions_adoma", "variation.conventions_adoma", "variation.conventions_emmaus",
    "au_plus.conventions_france_travail",
    # deck: bars of organismes, and shares of the 101 respondents
    "rapport.organismes_jeunes", "rapport.organismes_jeunes_fragilite", "rapport.organismes_handicap",
    "rapport.organismes_demandeurs_emploi", "rapport.organismes_independants",
    # deck: bars of organismes outside the walls, and shares of those with actions
    "rapport.hors_les_murs_jeunes", "rapport.hors_les_murs_jeunes_fragilite", "rapport.hors_les_murs_handicap",
    "rapport.hors_les_murs_demandeurs_emploi", "rapport.hors_les_murs_independants",
    "rapport.hors_les_murs_monoparentalite",
    # deck: shares that no number of 52 organismes has
    "effectif_entier.parentalite_co_construction", "effectif_entier.parentalite_contact_sortant",
    # deck: the slide on handicap that says « demandeurs d'emploi »
    "etiquette.c_handicap",
    # deck: the profile of all insured people, beside that of three publics
    *(
        f"meme_chiffre.p_{public}.profil.{what}@ensemble"
        for public in ("jeunes", "handicap", "sans_emploi")
        for what in ("part_medecin_traitant", "part_sexe:h", "part_sexe:f")
    ),
    # report: aller vers
    "somme.jours_presence", "au_plus.issues_entretiens", "au_plus.mises_a_jour",
    # report: workshops
    "somme.ateliers_nombre", "somme.ateliers_participants", "somme.ateliers_inscriptions", "rapport.inscriptions",
    # report: aids
    "somme.dossiers_decisions", "somme.dossiers_presentes_decisions", "somme.dotation_parametrique",
    "somme.dotation_maintien_domicile",
}  # fmt: skip


def test_the_contradictions_of_the_two_documents_are_these() -> None:
    found = findings(SHIPPED, RULES)
    assert {f.regle for f in found if f.statut == CONTRADICTION} == CONTRADICTIONS
    assert len({(f.publication, f.regle) for f in found}) == len(found) == 366
    assert {f.statut for f in found} == {COHERENT, CONTRADICTION}


def test_rules_are_declared_for_publications_that_are_there() -> None:
    assert set(RULES) == {f.publication for f in SHIPPED}


def changed(publication: str, cle: str, value: float) -> set[str]:
    """Contradictions once one printed figure is another."""
    figures_ = [replace(f, valeur=value) if (f.publication, f.cle) == (publication, cle) else f for f in SHIPPED]
    return {f.regle for f in findings(figures_, RULES) if f.statut == CONTRADICTION}


@pytest.mark.parametrize(
    ("cle", "value", "gone", "new"),
    [
        ("b2.conventions.evolution:emmaus", 12, {"variation.conventions_emmaus"}, set()),
        (
            "b2.conventions.organismes:adoma", 64,
            {"variation.conventions_adoma", "meme_chiffre.conventions_adoma"}, set(),
        ),
        ("a7.clotures.evolution", 0.10, set(), {"variation.clotures"}),
        ("a7.clotures.part_motif:abandon", 0.20, set(), {"total_100.motifs_a7", *(
            f"meme_chiffre.{p}.clotures.part_motif:abandon@ensemble"
            for p in ("p_jeunes", "p_ti", "p_help", "p_handicap", "p_sans_emploi")
        )}),
        ("a1.detections.part_type:soins", 0.50, {"moyenne.detections_soins"}, set()),
    ],
)  # fmt: skip
def test_a_corrected_or_a_spoilt_figure_changes_the_findings(
    cle: str, value: float, gone: set[str], new: set[str]
) -> None:
    assert changed("Diaporama ADASS 2024", cle, value) == (CONTRADICTIONS - gone) | new


def test_the_documentation_lists_them() -> None:
    text = (Path(__file__).parents[2] / "docs" / "coherence.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| `([a-z_]+\.[^`]+)` \|", text, re.MULTILINE)
    assert sorted(listed) == sorted(CONTRADICTIONS)


def test_the_documentation_tells_every_kind_of_rule() -> None:
    text = (Path(__file__).parents[2] / "docs" / "coherence.md").read_text(encoding="utf-8")
    kinds = {f.regle.partition(".")[0] for f in findings(SHIPPED, RULES)}
    assert set(re.findall(r"^\| `([a-z_0-9]+)` \|", text, re.MULTILINE)) >= kinds


def test_a_label_that_does_not_fit_cites_the_figure_of_the_population_it_names() -> None:
    details = {f.regle: f.detail for f in findings(SHIPPED, RULES)}
    for slide in ("c_handicap", "c_emploi"):
        assert "251 actions" in details[f"etiquette.{slide}"]
        assert "436 actions" in details[f"etiquette.{slide}"]
    assert "voir" not in details["etiquette.c_ti"]
