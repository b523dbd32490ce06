"""Whatever the dirt, rows read = accepted + rejected + replaced, in every file, and nothing disappears."""

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.exports.bali import ACCOMPAGNEMENTS, ACTIONS, SOINS
from schemas.exports.declarations import Table
from tests.integration.conftest import tables
from tests.samples.exports import write_table

IDS = st.sampled_from(["A1", "A2", "A3", "", "A 4"])
DATES = st.sampled_from(["2024-01-10", "10/02/2024", "2024-03-01 09:15", "31/02/2024", "2030-01-01", "", "x"])
WORDS = st.sampled_from(["Soins", "Hors soins", "Oui", "Non", "PFS", "Autres", "Assurance Maladie", "Partenaires externes",
                         "Soins réalisés", "Droits", "Optique", "", " ", "311", "?", "H", "a\nb", 'x"y', "é;è"])  # fmt: skip


def rows_of(table: Table) -> st.SearchStrategy[list[dict[str, str]]]:
    def cell(name: str) -> st.SearchStrategy[str]:
        return IDS if name == "id_accompagnement" else DATES if name.startswith("date") else WORDS

    likely = {"organisme": "311", "type_accompagnement": "Soins", "famille_detecteur": "Assurance Maladie",
              "categorie_detecteur": "PFS", "thematique": "Droits", "type_soins": "Optique", "date_saisine": "2024-01-10",
              "date_cloture": "", "motif_cloture": ""}  # fmt: skip
    cells = {c.name: st.one_of(st.just(likely.get(c.name, "")), cell(c.name)) for c in table.exported}
    return st.lists(st.fixed_dictionaries(cells), max_size=6)


delivery = st.tuples(rows_of(ACCOMPAGNEMENTS), rows_of(ACTIONS), rows_of(SOINS))


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(deliveries=st.lists(delivery, min_size=1, max_size=3))
def test_balance_of_dirty_exports(deliveries):
    with TemporaryDirectory() as place:
        raw = Path(place) / "raw"
        expected = {}
        for day, contents in enumerate(deliveries, 1):
            for table, rows in zip((ACCOMPAGNEMENTS, ACTIONS, SOINS), contents, strict=True):
                write_table(raw / "bali" / f"2025-01-0{day}" / f"{table.name}.csv", table, rows)
                expected[f"2025-01-0{day}", f"{table.name}.csv"] = sum(any(v.strip() for v in r.values()) for r in rows)
        with tables(raw, Path(place) / "marts") as query:
            found = query("SELECT livraison, fichier, lignes_lues, lignes_acceptees, lignes_rejetees, lignes_remplacees "
                          "FROM controle.livraisons")  # fmt: skip
            assert {(delivery, file): read for delivery, file, read, *_ in found} == expected
            assert all(read == kept + rejected + replaced for _, _, read, kept, rejected, replaced in found)
            assert all(min(row[2:]) >= 0 for row in found)
            motivated = query("SELECT livraison, fichier, COUNT(DISTINCT ligne) FROM controle.rejets GROUP BY ALL")
            assert sorted(motivated) == sorted((d, f, r) for d, f, _, _, r, _ in found if r)
            for table in ("accompagnements", "actions", "soins"):
                kept = sum(row[3] for row in found if row[1] == f"{table}.csv")
                assert query(f"SELECT COUNT(*) FROM detail.{table}") == [(kept,)]
