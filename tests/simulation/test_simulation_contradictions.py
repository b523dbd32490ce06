"""Each published figure that the simulation does not meet excludes others: no whole numbers can give them all.

The proof is a small integer program of what the figures count: with the figure and those it contradicts it has no
solution, and without the figure it has one.
"""

import pytest

from pipelines.simulation import survey
from pipelines.simulation.fitting import Program
from pipelines.simulation.targets import SHIPPED, Interval, Targets, interval
from schemas.nomenclatures import PUBLIC_ENQUETE
from schemas.publications.printed import Figure

TARGETS = Targets(SHIPPED)
FIGURES = {(f.publication, f.cle): f for f in TARGETS.figures}
MANY = 400_000  # more saisines or closures than any year has


def contradicted(place: tuple[str, str]) -> list[Figure]:
    return [FIGURES[place[0], cle] for cle in TARGETS.unmet[place]["contredit"].split()]


def bounds(figure: Figure) -> tuple[float, float]:
    found = interval(figure)
    return found.low - 1e-12, found.high + 1e-12


def of_detections(figures: list[Figure]) -> Program:
    program = Program()
    parts = ("soins internes", "hors soins internes", "soins externes", "hors soins externes")
    for part in parts:
        program.number(part, 0, MANY)
    total = dict.fromkeys(parts, 1.0)
    program.require(total, 1)
    care, inside, outside = (
        {p: 1.0 for p in parts if test(p)}
        for test in (
            lambda p: not p.startswith("hors"),
            lambda p: p.endswith("internes"),
            lambda p: p.endswith("externes"),
        )
    )
    shares = {
        ("detections.part_type", "SOINS"): (care, total),
        ("detections.part_type", "HORS_SOINS"): ({p: 1.0 for p in parts if p not in care}, total),
        ("detections.part_externe", ""): (outside, total),
        ("detections.part_soins_externe", ""): ({"soins externes": 1.0}, outside),
        ("detections.part_soins_interne", ""): ({"soins internes": 1.0}, inside),
    }
    for figure in figures:
        part, whole = shares[figure.indicateur, figure.modalite]
        program.share(part, whole, bounds(figure))
    return program


def of_one_share(figures: list[Figure]) -> Program:
    assert len({(f.indicateur, f.annee, f.territoire, f.public, f.modalite) for f in figures}) == 1
    program = Program()
    program.number("avec", 0, MANY)
    program.number("connus", 1, MANY)
    for figure in figures:
        program.share({"avec": 1}, {"connus": 1}, bounds(figure))
    return program


def of_conventions(figures: list[Figure]) -> Program:
    program = Program()
    year = max(f.annee for f in figures)
    for y in (year - 1, year):
        program.number(str(y), 0, 107)
    for figure in figures:
        low, high = bounds(figure)
        if figure.indicateur == "conventions.evolution":
            program.require({str(year): 1, str(year - 1): -1}, low, high)
        else:
            program.require({str(figure.annee): 1}, low, high)
    return program


def of_talks(figures: list[Figure]) -> Program:
    program = Program()
    for name in ("personnes", "avec ouverture", "C2S", "PUMA", "AME"):
        program.number(name, 0, 10_000)
    program.require({"avec ouverture": 1, "C2S": -1, "PUMA": -1, "AME": -1}, high=0)
    for figure in figures:
        if figure.indicateur == "entretiens.part_mise_a_jour":
            program.share({"avec ouverture": 1}, {"personnes": 1}, bounds(figure))
        else:
            program.require({figure.modalite or "personnes": 1}, *bounds(figure))
    return program


def of_survey(figures: list[Figure]) -> Program:
    [public] = {f.modalite.split(":")[0] for f in figures if f.modalite}
    assert public in PUBLIC_ENQUETE

    def modalities(indicator: str, year: int) -> dict[str, Interval]:
        return {f.modalite: interval(f) for f in figures if (f.indicateur, f.annee) == (indicator, year)}

    program = Program()
    survey.populate(program, TARGETS, public, modalities)
    return program


def program_of(figures: list[Figure]) -> Program:
    names = {f.indicateur.split(".")[0] for f in figures} - {"structures", "enquete"}
    makers = {
        "detections": of_detections, "profil": of_one_share, "conventions": of_conventions, "entretiens": of_talks,
        "aller_vers": of_survey,
    }  # fmt: skip
    [name] = names
    return makers[name](figures)


@pytest.mark.parametrize("place", sorted(TARGETS.unmet), ids=lambda place: place[1])
def test_unmet_figure_excludes_those_it_contradicts(place):
    others = contradicted(place)
    assert program_of([FIGURES[place], *others]).solve() is None
    assert program_of(others).solve() is not None


def test_reasons_are_told_and_point_at_figures_that_are_met():
    for place, row in TARGETS.unmet.items():
        assert place in FIGURES
        assert len(row["raison"]) > 40
        assert row["contredit"], place
        assert not {(place[0], cle) for cle in row["contredit"].split()} & set(TARGETS.unmet)


def test_bali_leaves_out_as_few_figures_as_can_be():
    """One of the four shares of care must go; of the two values of one share, the one printed no oftener."""
    bali = [p for p in TARGETS.unmet if FIGURES[p].indicateur.startswith(("detections.", "profil."))]
    assert len(bali) == 4
    whole = [
        f
        for f in TARGETS.figures
        if f.indicateur == "profil.part_medecin_traitant" and f.public == "ensemble" and f.annee == 2024
    ]
    assert sorted(f.valeur for f in whole) == [0.83] * 3 + [0.87] * 3


def test_numbers_of_men_touch_but_do_not_exclude_each_other():
    """46 % on some slides, 47 % on others: 46.5 % is both, to the printed precision."""
    figures = [
        f
        for f in TARGETS.figures
        if f.indicateur == "profil.part_sexe" and f.public == "ensemble" and f.annee == 2024 and f.modalite == "H"
    ]
    assert {f.valeur for f in figures} == {0.46, 0.47}
    assert TARGETS.get("profil.part_sexe", 2024, "ensemble", "H").middle == pytest.approx(0.465)
