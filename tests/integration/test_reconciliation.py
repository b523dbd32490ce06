"""Published figures against computed ones: comparators at their bounds, sums, zeros, years, and what has no answer."""

from collections.abc import Iterator
from typing import Any

import duckdb
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.controle.reconciliation import COLUMNS, NO_INDICATOR, NO_VALUE, reconciled
from schemas.publications.printed import agrees, contradicted, read_publications

MOTIF, NOMBRE, EVOLUTION = "clotures.part_motif", "clotures.nombre", "clotures.evolution"


def verdict(comparator: str, printed: float, precision: float, computed: float) -> bool:
    row = {"comparateur": comparator, "publie": printed, "precision": precision, "calcule": computed}
    frame = pl.DataFrame([row])
    return bool(frame.select(agrees()).item())


@pytest.mark.parametrize(
    ("comparator", "printed", "precision", "computed", "agreed"),
    [
        ("=", 0.49, 0.005, 0.485, True), ("=", 0.49, 0.005, 0.495, True),
        ("=", 0.49, 0.005, 0.4849, False), ("=", 0.49, 0.005, 0.4951, False),
        ("=", 297484, 0.5, 297484, True), ("=", 297484, 0.5, 297485, False),
        ("=", -17, 0.5, -17.5, True), ("=", -17, 0.5, -17.6, False),
        ("~", 56000, 500, 53200, True), ("~", 56000, 500, 58800, True),
        ("~", 56000, 500, 53199, False), ("~", 56000, 500, 58801, False),
        ("~", 0.03, 0.005, 0.025, True), ("~", 0.03, 0.005, 0.035, True),  # the precision is the wider of the two
        ("~", 0.03, 0.005, 0.0249, False), ("~", 0.03, 0.005, 0.0351, False),
        (">", 7500, 0.5, 7500, True), (">", 7500, 0.5, 8249, True),
        (">", 7500, 0.5, 7499, False), (">", 7500, 0.5, 8250, False),
        (">", 0.06, 0.005, 0.06, True), (">", 0.06, 0.005, 0.0659, True),
        (">", 0.06, 0.005, 0.0599, False), (">", 0.06, 0.005, 0.066, False),
    ],
)  # fmt: skip
def test_comparators_at_their_bounds(
    comparator: str, printed: float, precision: float, computed: float, agreed: bool
) -> None:
    assert verdict(comparator, printed, precision, computed) is agreed


counts = st.integers(1, 10**6)


@given(counts, counts)
def test_printed_to_the_unit_agrees_with_itself_only(printed: int, computed: int) -> None:
    assert verdict("=", printed, 0.5, computed) is (printed == computed)


@given(counts, counts)
def test_near_is_within_a_twentieth(printed: int, computed: int) -> None:
    assert verdict("~", printed, 0.5, computed) is (abs(computed - printed) * 20 <= max(printed, 10))


@given(counts, counts)
def test_over_is_from_the_figure_to_a_tenth_above(printed: int, computed: int) -> None:
    assert verdict(">", printed, 0.5, computed) is (printed <= computed and computed * 10 < printed * 11)


@given(st.integers(0, 1000), st.integers(1, 1000), st.sampled_from([0.05, 0.005, 0.0005]))
def test_a_share_rounded_as_printed_agrees(part: int, whole: int, precision: float) -> None:
    share = part / whole
    assert verdict("=", round(share / (2 * precision)) * 2 * precision, precision, share)


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    """The tables that the reconciliation reads: 2024 whole, 2023 whole, 2025 not; no survey."""
    con = duckdb.connect()
    for schema in ("ref", "marts"):
        con.execute(f"CREATE SCHEMA {schema}")
    con.execute("CREATE TABLE ref.annees (annee INTEGER, source VARCHAR, complete BOOLEAN)")
    con.execute("INSERT INTO ref.annees VALUES (2023, 'bali', TRUE), (2024, 'bali', TRUE), (2025, 'bali', FALSE)")
    con.execute("CREATE TABLE ref.structures (alias VARCHAR, structure VARCHAR)")
    con.execute("INSERT INTO ref.structures VALUES ('RESTOS', 'RESTOS DU COEUR')")
    con.execute(
        "CREATE TABLE marts.indicateurs (annee INTEGER, niveau VARCHAR, territoire VARCHAR, public VARCHAR, "
        "indicateur VARCHAR, modalite VARCHAR, valeur DOUBLE)"
    )
    con.execute(
        f"INSERT INTO marts.indicateurs VALUES (2024, 'national', 'FR', 'ensemble', '{NOMBRE}', '', 1000), "
        f"(2025, 'national', 'FR', 'ensemble', '{NOMBRE}', '', 90), "
        f"(2024, 'national', 'FR', 'ensemble', '{EVOLUTION}', '', 0.09), "
        f"(2024, 'national', 'FR', 'ensemble', '{MOTIF}', 'SOINS_REALISES', 0.344), "
        f"(2024, 'national', 'FR', 'ensemble', '{MOTIF}', 'SUCCES_SANS_SOIN', 0.656), "
        "(2024, 'national', 'FR', 'ensemble', 'profil.part_medecin_traitant', '', 0.87)"
    )
    con.execute(
        "CREATE TABLE marts.structures (annee INTEGER, niveau VARCHAR, territoire VARCHAR, structure VARCHAR, "
        "accompagnements BIGINT, part_soins DOUBLE, part_non_pertinent DOUBLE, organismes INTEGER, "
        "organismes_conventionnes INTEGER)"
    )
    con.execute(
        "INSERT INTO marts.structures VALUES (2024, 'national', 'FR', 'RESTOS DU COEUR', 1079, 0.59, 0.07, 50, 91)"
    )
    yield con
    con.close()


def published(**changed: Any) -> pl.DataFrame:
    row = {
        "publication": "Essai", "reference": "S1", "page": 1, "cle": "s1.total", "libelle": "Total", "texte": "1 000",
        "indicateur": NOMBRE, "annee": 2024, "niveau": "national", "territoire": "FR", "public": "ensemble",
        "modalite": "", "comparateur": "=", "unite": "nombre", "valeur": 1000.0, "precision": 0.5,
    }  # fmt: skip
    return pl.DataFrame([row | changed])


def outcome(con: duckdb.DuckDBPyConnection, **changed: Any) -> dict[str, Any]:
    found = reconciled(con, published(**changed))
    assert found.columns == COLUMNS
    assert found.height == 1
    return found.row(0, named=True)


def test_a_figure_that_agrees(con: duckdb.DuckDBPyConnection) -> None:
    row = outcome(con)
    assert (row["statut"], row["publie"], row["calcule"], row["ecart"]) == ("conforme", 1000, 1000, 0)
    assert row["raison"] is None


def test_a_changed_figure_turns_its_row_to_ecart(con: duckdb.DuckDBPyConnection) -> None:
    row = outcome(con, valeur=990.0)
    assert (row["statut"], row["calcule"], row["ecart"], row["raison"]) == ("ecart", 1000, 10, None)


def test_a_gap_of_a_contradicted_figure_says_what_it_contradicts(con: duckdb.DuckDBPyConnection) -> None:
    publication, cle, motive = contradicted().row(0)
    assert motive
    assert outcome(con, publication=publication, cle=cle, valeur=990.0)["raison"] == motive
    assert outcome(con, publication=publication, cle=cle)["raison"] is None  # it agrees: nothing to explain


def test_two_modalities_are_summed(con: duckdb.DuckDBPyConnection) -> None:
    both = "SOINS_REALISES+SUCCES_SANS_SOIN"
    row = outcome(con, indicateur=MOTIF, modalite=both, unite="part", valeur=1.0, precision=0.005)
    assert (row["statut"], row["calcule"], row["modalite"]) == ("conforme", pytest.approx(1.0), both)


def test_a_modality_that_no_row_has_is_zero_where_its_sisters_are_there(con: duckdb.DuckDBPyConnection) -> None:
    row = outcome(con, indicateur=MOTIF, modalite="TRANSFERT", unite="part", valeur=0.0, precision=0.005)
    assert (row["statut"], row["calcule"]) == ("conforme", 0)
    row = outcome(con, indicateur=MOTIF, modalite="TRANSFERT", public="help", unite="part", valeur=0.0, precision=0.005)
    assert (row["statut"], row["calcule"], row["raison"]) == ("non_calculable", None, NO_VALUE)


def test_a_partner_that_no_row_names_is_not_zero(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("INSERT INTO ref.annees VALUES (2024, 'enquete', TRUE)")
    con.execute(
        "INSERT INTO marts.indicateurs VALUES (2024, 'national', 'FR', 'ensemble', 'conventions.organismes', 'CAF', 9)"
    )
    assert outcome(con, indicateur="conventions.organismes", modalite="CAF", valeur=9.0)["statut"] == "conforme"
    assert outcome(con, indicateur="conventions.organismes", modalite="EMMAUS", valeur=70.0)["raison"] == NO_VALUE


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"indicateur": ""}, NO_INDICATOR),
        ({"indicateur": "inconnu.au_catalogue"}, NO_INDICATOR),
        ({"territoire": "84", "niveau": "region"}, NO_VALUE),
        ({"annee": 2022}, "aucune livraison de la source bali pour 2022"),
        ({"annee": 2025, "valeur": 90.0}, "année 2025 incomplète dans la source bali"),
        ({"indicateur": "enquete.repondants"}, "aucune livraison de la source enquete pour 2024"),
        ({"indicateur": "ass.dossiers", "annee": 2022}, "aucune livraison de la source action_sociale pour 2022"),
    ],
)
def test_what_cannot_be_computed_says_why(con: duckdb.DuckDBPyConnection, changed: dict[str, Any], reason: str) -> None:
    row = outcome(con, **changed)
    assert (row["statut"], row["calcule"], row["ecart"], row["raison"]) == ("non_calculable", None, None, reason)


def test_a_delivered_source_turns_its_figures_by_itself(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("INSERT INTO ref.annees VALUES (2024, 'enquete', TRUE)")
    con.execute(
        "INSERT INTO marts.indicateurs VALUES (2024, 'national', 'FR', 'ensemble', 'enquete.repondants', '', 101)"
    )
    assert outcome(con, indicateur="enquete.repondants", valeur=101.0)["statut"] == "conforme"
    assert outcome(con, indicateur="enquete.repondants", valeur=102.0)["statut"] == "ecart"


def test_an_evolution_needs_the_year_before_whole(con: duckdb.DuckDBPyConnection) -> None:
    evolution = {"indicateur": EVOLUTION, "unite": "evolution", "valeur": 0.09, "precision": 0.005}
    assert outcome(con, **evolution)["statut"] == "conforme"
    con.execute("UPDATE ref.annees SET complete = FALSE WHERE annee = 2023")
    row = outcome(con, **evolution)
    assert (row["statut"], row["raison"]) == ("non_calculable", "année 2023 absente ou incomplète dans la source bali")


@pytest.mark.parametrize(
    ("column", "value", "statut"),
    [("accompagnements", 1079.0, "conforme"), ("accompagnements", 1080.0, "ecart"), ("organismes", 50.0, "conforme")],
)
@pytest.mark.parametrize("name", ["RESTOS DU COEUR", "RESTOS"])
def test_structures_are_found_by_any_of_their_names(
    con: duckdb.DuckDBPyConnection, column: str, value: float, statut: str, name: str
) -> None:
    row = outcome(con, indicateur=f"structures.{column}", modalite=name, valeur=value)
    assert (row["statut"], row["modalite"]) == (statut, name)


def test_conventions_of_structures_wait_for_the_survey(con: duckdb.DuckDBPyConnection) -> None:
    figure = {"indicateur": "structures.organismes_conventionnes", "modalite": "RESTOS DU COEUR", "valeur": 91.0}
    assert outcome(con, **figure)["raison"] == "aucune livraison de la source enquete pour 2024"
    con.execute("INSERT INTO ref.annees VALUES (2024, 'enquete', TRUE)")
    assert outcome(con, **figure)["statut"] == "conforme"


def test_every_shipped_figure_has_its_row_in_order(con: duckdb.DuckDBPyConnection) -> None:
    figures = read_publications()
    found = reconciled(con, figures)
    assert found.select("libelle", "publie").equals(figures.select("libelle", pl.col("valeur").alias("publie")))
    assert set(found["statut"]) == {"conforme", "ecart", "non_calculable"}
    assert found.filter(pl.col("statut") == "non_calculable")["raison"].null_count() == 0
    assert found.filter(pl.col("statut") == "conforme")["raison"].is_null().all()
    explained = set(contradicted()["motif"])
    assert set(found.filter(pl.col("statut") == "ecart")["raison"].drop_nulls()) <= explained
