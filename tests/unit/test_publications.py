"""The published figures as data: well formed, known to the catalogue, and saying what their printed text says."""

import re
from pathlib import Path

import pandera.errors
import polars as pl
import pytest

from schemas.indicators.catalogue import BY_ID
from schemas.publications.printed import (
    CONTRADICTED_FILE,
    STRUCTURE_FIGURES,
    Figure,
    figures,
    publications_folder,
    read_publications,
    schema,
)

SHIPPED = figures(read_publications())


def test_the_shipped_publications_say_what_they_must():
    assert schema().validate(read_publications()).height == len(SHIPPED)


DECK, REPORT = "Diaporama ADASS 2024", "Rapport Action sociale CPAM 31, 2022"

# Figures printed in words, or of which but a change is printed.
IN_WORDS = {
    "1/3": 0.333, "plus d'1/3": 0.333, "près d'1/3": 0.333, "1/4": 0.25, "Un quart": 0.25, "2/3": 0.667,
    "près de deux tiers": 0.667, "Plus d’un million": 1e6, "moins de vingt-et-un ans": 21, "trois dotations": 3,
    "une centaine": 100, "une demi-journée par mois": 0.5, "une demi-journée tous les 2 mois": 0.5,
}  # fmt: skip
MILLIONS = {"1,1 million": 1.1e6, "9,1 millions": 9.1e6}
PERCENT = {"part", "evolution", "points"}


def printed_numbers(text: str) -> set[float]:
    """Every number of a printed text, blanks between thousands aside; 16-25 is two."""
    found = re.findall(r"(?<![\d,])\d{1,3}(?: \d{3})+(?!\d)|\d+(?:,\d+)?", text)
    return {float(number.replace(" ", "").replace(",", ".")) for number in found}


def test_both_documents_are_there() -> None:
    counts = {name: sum(f.publication == name for f in SHIPPED) for name in (DECK, REPORT)}
    assert counts == {DECK: 519, REPORT: 146}
    assert len(SHIPPED) == sum(counts.values())


def test_files_are_one_a_publication() -> None:
    for path in set(publications_folder().glob("*.csv")) - {publications_folder() / CONTRADICTED_FILE}:
        assert pl.read_csv(path, separator=";", infer_schema=False)["publication"].n_unique() == 1, path.name


def says_its_value(figure: Figure) -> bool:
    if "d'après la variation imprimée" in figure.libelle:
        return re.search(r"points?$", figure.texte) is not None
    known = {**IN_WORDS, **MILLIONS}.get(figure.texte)
    printed = {known} if known is not None else printed_numbers(figure.texte)
    value = abs(figure.valeur) * (100 if known is None and figure.unite in PERCENT else 1)
    return any(abs(value - number) < 1e-9 for number in printed)


def test_values_are_the_printed_ones() -> None:
    assert [(f.cle, f.texte, f.valeur) for f in SHIPPED if not says_its_value(f)] == []


def test_texts_are_short() -> None:
    assert [f.cle for f in SHIPPED if len(f.texte) > 80 or f.texte != " ".join(f.texte.split())] == []


def misfits(figure: Figure) -> list[str]:
    """What a figure says otherwise than the indicator that it names."""
    if figure.indicateur in STRUCTURE_FIGURES:
        unit = "part" if "part_" in figure.indicateur else "nombre"
        return ["unité ou structure"] * (figure.unite != unit or not figure.modalite)
    indicator = BY_ID.get(figure.indicateur)
    if indicator is None:
        return ["indicateur"]
    unit = "euros" if indicator.euros and indicator.unit == "nombre" else indicator.unit
    known = set(indicator.cases) | set(indicator.totals) | set(indicator.labels)
    given = {modality.partition(":")[0] for modality in figure.modalite.split("+")} - {""}
    split = bool(indicator.by or indicator.sql or known)
    found = {
        "unité": figure.unite != unit,
        "niveau": figure.niveau not in indicator.levels,
        "modalité": bool(given) and (not split or bool(known and not given <= known)),
    }
    return [what for what, wrong in found.items() if wrong]


def test_named_indicators_exist_and_have_these_units_levels_and_modalities() -> None:
    assert [(f.cle, misfits(f)) for f in SHIPPED if f.indicateur and misfits(f)] == []


def test_the_printed_precision_is_half_of_a_digit_at_most() -> None:
    for f in SHIPPED:
        assert f.precision <= max(0.5, abs(f.valeur) / 20 + 1e-9) or f.unite in PERCENT, f.cle


def rows(**changed: object) -> pl.DataFrame:
    row = {
        "publication": "Essai", "reference": "S1", "page": 1, "cle": "s1.total", "libelle": "Total", "texte": "10",
        "indicateur": "", "annee": 2024, "niveau": "national", "territoire": "FR", "public": "ensemble", "modalite": "",
        "comparateur": "=", "unite": "nombre", "valeur": 10.0, "precision": 0.5,
    }  # fmt: skip
    return pl.DataFrame([row | changed])


def written(tmp_path: Path, *frames: pl.DataFrame) -> Path:
    pl.concat(frames).write_csv(tmp_path / "essai.csv", separator=";")
    return tmp_path


def test_a_well_formed_file_is_read(tmp_path: Path) -> None:
    read = read_publications(written(tmp_path, rows()))
    assert read.columns == list(schema().columns)
    assert read.row(0, named=True) == rows().row(0, named=True)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("publication", ""), ("page", 0), ("cle", "Sans point"), ("texte", ""), ("annee", 24), ("niveau", "pays"),
        ("public", "tous"), ("comparateur", "<"), ("unite", "pourcent"), ("precision", 0.0), ("precision", -0.5),
    ],
)  # fmt: skip
def test_a_malformed_row_is_refused(tmp_path: Path, column: str, value: object) -> None:
    with pytest.raises(pandera.errors.SchemaError):
        read_publications(written(tmp_path, rows(**{column: value})))


def test_a_key_stands_once_in_a_publication(tmp_path: Path) -> None:
    with pytest.raises(pandera.errors.SchemaError):
        read_publications(written(tmp_path, rows(), rows(libelle="Autre")))
    assert read_publications(written(tmp_path, rows(), rows(publication="Autre essai"))).height == 2


def test_an_unreadable_number_is_refused(tmp_path: Path) -> None:
    with pytest.raises(pl.exceptions.ComputeError):
        read_publications(written(tmp_path, rows().with_columns(valeur=pl.lit("dix"))))
