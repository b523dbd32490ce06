"""Unknown is not zero: deliveries that lack tables or columns, against a plain recomputation by the words of the contract."""

import csv
import tempfile
from collections import defaultdict
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from pipelines.errors import Refused
from pipelines.recipes import RECIPES
from schemas.exports.sources import source
from schemas.indicators.catalogue import CATALOGUE
from schemas.indicators.known import QUERY, known_only, unknown_from
from schemas.indicators.measures import figure_sql
from schemas.publics import APART
from tests.integration.conftest import tables
from tests.samples.exports import accompagnement, bali

MADE = [
    one.name for one in RECIPES if one.name != "controle.diffusion" and one.output.layer in ("ref", "detail", "marts")
]
MADE += ["controle.livraisons", "controle.colonnes", "controle.inconnus"]
DAYS = ("2024-01-20", "2024-06-01", "2025-01-20")
REGIONS = {"311": "76", "331": "75", "811": "76"}
SUCCES = ("Soins réalisés", "Succès sans soin réalisé", "Abandonné/interrompu succès partiel")
FOUR = {"DROITS", "NUMERIQUE", "PREVENTION", "ORIENTATION"}
THEMES = {"Droits": "DROITS", "Numérique": "NUMERIQUE", "Prévention": "PREVENTION",
          "Orientation vers un partenaire": "ORIENTATION", "Guidance dans le système de soins": "GUIDANCE",
          "Aide financière ASS": "AIDE_FINANCIERE"}  # fmt: skip
COMPLEMENTARY = "Accès à une complémentaire santé"
YES_NO = ("Oui", "Non", "")
CASE = {
    "id_accompagnement": [f"A{i}" for i in range(30)],
    "organisme": list(REGIONS),
    "date_saisine": ["2023-02-01", "2023-11-30"],
    "clos": ["", "2023-12-20", "2024-01-05"],
    "motif_cloture": [*SUCCES, "Non pertinent"],
    "type_accompagnement": ["Soins", "Hors soins"],
    "famille_detecteur": ["Partenaires externes"],
    "categorie_detecteur": ["Associations", "Entreprises"],
    "structure": ["", "CAF", "CCAS"],
    "help": YES_NO,
    "handicap": YES_NO,
    "sexe": ["Homme", "Femme", ""],
    "date_naissance": ["2010-01-01", "1970-05-05", ""],
    "medecin_traitant_fin": YES_NO,
    "c2s_fin": YES_NO,
    "ald_fin": YES_NO,
    "situation": ["Travailleur indépendant", "Sans emploi", ""],
}
ACTION = {
    "thematique": list(THEMES),
    "libelle": [COMPLEMENTARY, "Autre", ""],
    "resultat": ["Réussie", "En cours", ""],
    "partenaire": ["CAF", ""],
}
SOIN = {"type_soins": ["Généraliste", "Spécialiste", "Optique"], "specialite": ["Dermatologie", "ORL", ""]}
MAY_LACK = [
    (name, column.name)
    for name, values in (("accompagnements", CASE), ("actions", ACTION), ("soins", SOIN))
    for column in source("bali").table(name).exported
    if column.name in values and not column.mandatory
]
# what becomes of a column: its header is not there, nothing of it can be read, nothing is in it, one part of two has it
WAYS = ("absente", "illisible", "vide", "en partie")


def drawn(chance: Random) -> dict[str, Any]:
    """The rows of a delivery, and what it lacks."""

    def of(values):
        return {name: chance.choice(some) for name, some in values.items()}

    return {
        "rows": [
            (of(CASE), [of(ACTION) for _ in range(chance.randrange(5))], [of(SOIN) for _ in range(chance.randrange(4))])
            for _ in range(chance.randrange(1, 40))
        ],
        "without": [name for name in ("actions", "soins") if chance.random() < 0.3],
        "lacks": {column: chance.choice(WAYS) for column in chance.sample(MAY_LACK, chance.randrange(7))},
    }


class Delivery:
    """The rows of a delivery as its files hold them, and what can be known of it."""

    def __init__(self, content):
        self.lacks, without = content["lacks"], content["without"]
        accompaniments, actions, soins = [], [], []
        for case, done, cared in content["rows"]:
            closed = case.pop("clos")
            motif = case.pop("motif_cloture")
            accompaniments.append(
                accompagnement(**case, clos=closed, motif_cloture=motif) if closed else accompagnement(**case)
            )
            actions += [{**one, "id_accompagnement": case["id_accompagnement"]} for one in done]
            soins += [{**one, "id_accompagnement": case["id_accompagnement"]} for one in cared]
        self.tables = {"accompagnements": accompaniments, "actions": actions, "soins": soins}
        self.tables = {name: rows for name, rows in self.tables.items() if name not in without}
        self.parts = {name: [list(rows[::2]), list(rows[1::2])] for name, rows in self.tables.items()}

    def write(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        for name, parts in self.parts.items():
            for number, rows in enumerate(parts):
                columns = [c for c in source("bali").table(name).exported if self._has(name, c.name, number)]
                with (folder / f"{name}-{number}.csv").open("w", encoding="utf-8", newline="") as stream:
                    writer = csv.writer(stream, delimiter=";")
                    writer.writerow([c.header for c in columns])
                    for row in rows:
                        writer.writerow([self._printed(name, c.name, row.get(c.name, "")) for c in columns])

    def _has(self, table, column, part):
        how = self.lacks.get((table, column))
        return how != "absente" and not (how == "en partie" and part)

    def _printed(self, table, column, value):
        how = self.lacks.get((table, column))
        return "" if how == "vide" else "~" if value and how == "illisible" else value

    def read(self, table, column, row, part):
        """What is read of a column; a text is always readable."""
        if not self._has(table, column, part):
            return ""
        printed = self._printed(table, column, row.get(column, ""))
        texts = ("structure", "libelle", "partenaire")
        return "" if printed == "~" and column not in texts else printed

    def knows(self, table, column):
        if table not in self.tables:
            return False
        how = self.lacks.get((table, column))
        if how == "absente":
            return False
        held = [self._printed(table, column, row.get(column, "")) for n in (0, 1) for row in self.parts[table][n]
                if self._has(table, column, n)]  # fmt: skip
        if column in ("resultat", "libelle") and held and not any(held):
            return False
        if how == "illisible" and any(held):
            return column in ("structure", "libelle", "partenaire")
        return True


def winners(delivered):
    """The row that stays of each accompaniment, with its actions and soins, as they are read."""
    found = {}
    for delivery in delivered:
        for part, rows in enumerate(delivery.parts["accompagnements"]):
            for row in rows:
                names = {c.name for c in source("bali").table("accompagnements").exported}
                found[row["id_accompagnement"]] = (
                    delivery,
                    {n: delivery.read("accompagnements", n, row, part) for n in names},
                )
    out = []
    for id_, (delivery, row) in found.items():
        children = {
            table: [
                {n: delivery.read(table, n, one, part) for n in one}
                for part, rows in enumerate(delivery.parts.get(table, []))
                for one in rows
                if one["id_accompagnement"] == id_
            ]
            for table in ("actions", "soins")
        }
        out.append({**row, **children, "knows": delivery.knows})
    return out


def derived(row):
    def knows(column):
        return row["knows"]("accompagnements", column)

    born, at = row["date_naissance"], date.fromisoformat(row["date_saisine"])
    age = None if not born else at.year - int(born[:4]) - ((at.month, at.day) < (int(born[5:7]), int(born[8:])))
    row["age"] = age
    row["succes"] = row["motif_cloture"] in SUCCES
    row["soins_"] = row["type_accompagnement"] == "Soins"
    row["themes"] = {THEMES[a["thematique"]] for a in row["actions"]}
    row["done"] = {THEMES[a["thematique"]] for a in row["actions"] if a["resultat"] == "Réussie"}
    row["publics"] = {
        "ensemble": True,
        "jeunes": age is not None and age < 25,
        "travailleurs_independants": row["situation"] == "Travailleur indépendant"
        and knows("help")
        and row["help"] != "Oui",
        "help": row["help"] == "Oui",
        "handicap": row["handicap"] == "Oui",
        "sans_emploi": row["situation"] == "Sans emploi",
    }
    row["of_public_known"] = {
        "jeunes": knows("date_naissance"),
        "travailleurs_independants": knows("situation") and knows("help"),
        "help": knows("help"),
        "handicap": knows("handicap"),
        "sans_emploi": knows("situation"),
    }
    return row


def expected(rows, year, everyone=None, public="ensemble"):
    """{(indicateur, modalite): (numerateur, denominateur)} of some rows; None where a figure is unknown."""
    c = [r for r in rows if r["date_cloture"][:4] == str(year)]
    d = [r for r in rows if r["date_saisine"][:4] == str(year)]
    ss = [r for r in c if r["succes"] and r["soins_"]]
    sh = [r for r in c if r["succes"] and not r["soins_"]]
    out = {}

    def knowing(base, *columns):
        return [r for r in base if all(r["knows"](*column.split(".")) for column in columns)]

    def share(name, base, counts, modality=""):
        out[name, modality] = (sum(1 for r in base if counts(r)), len(base))

    result = ("actions.thematique", "actions.resultat")

    def complementary(r):
        return any(
            a["thematique"] == "Droits" and a["libelle"] == COMPLEMENTARY and a["resultat"] == "Réussie"
            for a in r["actions"]
        )

    share("gains.complementaire_sante", knowing(c, *result, "actions.libelle"), complementary)
    for name in ("orientation", "numerique", "prevention", "aide_financiere"):
        share(f"gains.{name}", knowing(c, *result), lambda r, name=name: name.upper() in r["done"])
    share("gains.guidance", knowing(ss, *result), lambda r: "GUIDANCE" in r["done"])
    themes = ("actions.thematique",)
    for theme in THEMES.values():
        share("thematiques.part", knowing(c, *themes), lambda r, theme=theme: theme in r["themes"], theme)
    for theme in FOUR:
        share("soins.part_thematique", knowing(ss, *themes), lambda r, theme=theme: theme in r["themes"], theme)
        share("hors_soins.part_thematique", knowing(sh, *themes), lambda r, theme=theme: theme in r["themes"], theme)
    for theme in ("DROITS", "NUMERIQUE"):
        share(
            "hors_soins.part_thematique_seule",
            knowing(sh, *themes),
            lambda r, t=theme: r["themes"] & FOUR == {t},
            theme,
        )
    share("soins.part_uniquement_soins", knowing(ss, *themes), lambda r: not r["themes"] & FOUR)
    for name, column in (("medecin_traitant", "medecin_traitant_fin"), ("c2s", "c2s_fin"), ("ald", "ald_fin")):
        known = [r for r in c if r[column]]
        share(f"profil.part_{name}", known, lambda r, column=column: r[column] == "Oui")
    known = [r for r in c if r["sexe"]]
    for code, label in (("H", "Homme"), ("F", "Femme")):
        share("profil.part_sexe", known, lambda r, label=label: r["sexe"] == label, code)
    distinct = [pair for r in ss for pair in {(s["type_soins"], s["specialite"]) for s in r["soins"]}]
    for code, label in (("GENERALISTE", "Généraliste"), ("SPECIALISTE", "Spécialiste"), ("OPTIQUE", "Optique")):
        out["soins.part_type_soins", code] = (sum(1 for kind, _ in distinct if kind == label), len(distinct))
    special = [s for kind, s in distinct if kind == "Spécialiste" and s]
    for code, label in (("DERMATOLOGIE", "Dermatologie"), ("ORL", "ORL")):
        out["soins.part_specialite", code] = (special.count(label), len(special))
    partners = [
        a["partenaire"].upper()
        for r in c
        for a in r["actions"]
        if THEMES[a["thematique"]] == "ORIENTATION" and a["partenaire"]
    ]
    for name in ("CAF", "~"):
        out["orientation.part_partenaire", name] = (partners.count(name), len(partners))
    out["detections.nombre", ""] = (len(d), None)
    out["clotures.nombre", ""] = (len(c), None)
    if public != "ensemble":
        closed = [r for r in everyone if r["date_cloture"][:4] == str(year)]
        out["clotures.part_public", ""] = (len(c), sum(1 for r in closed if r["of_public_known"][public]))
    else:
        named = defaultdict(int)
        for r in d:
            named[r["structure"]] += 1
        named.pop("", None)
        out["structures.part_top10", ""] = (sum(named.values()), len(knowing(d, "accompagnements.structure")))
    return out


def places():
    yield "national", "FR", lambda _: True
    for region in set(REGIONS.values()):
        yield "region", region, lambda r, region=region: REGIONS[r["organisme"]] == region
    for organisme in REGIONS:
        yield "organisme", organisme, lambda r, organisme=organisme: r["organisme"] == organisme


@given(st.integers(0, 10**9))
@settings(max_examples=12, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
def test_deliveries_that_lack_tables_or_columns_against_plain_counting(seed):
    chance = Random(seed)
    delivered = [Delivery(drawn(chance)) for _ in range(chance.randrange(1, 4))]
    rows = [derived(row) for row in winners(delivered)]
    with tempfile.TemporaryDirectory() as name:
        for day, delivery in zip(DAYS, delivered, strict=False):
            delivery.write(Path(name) / "raw" / "bali" / day)
        with tables(Path(name) / "raw", Path(name) / "marts", *MADE) as query:
            found = defaultdict(dict)
            for *cell, indicator, modality, n, d in query(
                "SELECT annee, niveau, territoire, public, indicateur, modalite, numerateur, denominateur FROM marts.indicateurs"
            ):
                found[tuple(cell)][indicator, modality] = (n, d)
            for niveau, place, inside in places():
                here = [r for r in rows if inside(r)]
                for public in ("ensemble", *(p.code for p in APART)):
                    of = [r for r in here if r["publics"][public]]
                    for year in (2023, 2024):
                        wanted = expected(of, year, here, public)
                        got = {
                            k: v
                            for k, v in found[year, niveau, place, public].items()
                            if k[0] in {i for i, _ in wanted}
                        }
                        got_, want_ = {k: v for k, v in got.items() if v[0]}, {k: v for k, v in wanted.items() if v[0]}
                        assert {
                            k: (got_.get(k), want_.get(k)) for k in got_ | want_ if got_.get(k) != want_.get(k)
                        } == {}
                        # a 0 stands only where something is known
                        assert {k for k, v in got.items() if not v[0] and wanted[k][1] == 0} == set()
            shown_queries_give(query)


def shown_queries_give(query):
    unknown = unknown_from(query(QUERY))
    for i in CATALOGUE:
        for public in ("ensemble", "help"):
            sql = figure_sql(known_only(i, unknown), 2024, "national", "FR", public) if i.source == "bali" else None
            figures = query(
                f"SELECT numerateur, denominateur FROM marts.indicateurs WHERE indicateur = '{i.id}' AND annee = 2024 "
                f"AND niveau = 'national' AND public = '{public}'"
            )
            if sql and figures and i.unit == "part" and not (i.by or i.cases):
                assert query(sql) == figures, i.id


@pytest.mark.parametrize("header", ["Date de clôture", "Motif de clôture"])
def test_a_delivery_that_cannot_say_what_is_closed_is_refused(raw, marts, header):
    folder = bali(raw, "2025-01-20", accompagnements=[accompagnement()])
    path = folder / "accompagnements.csv"
    path.write_text(path.read_text().replace(header, "Autre chose"))
    with (
        pytest.raises(Refused, match=f"accompagnements.csv : colonne obligatoire absente : « {header} »"),
        tables(raw, marts),
    ):
        pass


def test_a_default_is_no_value_where_nothing_is_known(raw, marts):
    bali(
        raw,
        "2024-06-01",
        accompagnements=[accompagnement(id_accompagnement="A1"), accompagnement(id_accompagnement="A2", help="Oui")],
    )
    folder = bali(
        raw,
        "2025-01-20",
        accompagnements=[accompagnement(id_accompagnement="A2"), accompagnement(id_accompagnement="A3")],
    )
    path = folder / "accompagnements.csv"
    path.write_text(path.read_text().replace("Dispositif HELP", "Inconnue"))
    with tables(raw, marts) as query:
        rows = query("SELECT id_accompagnement, help, handicap FROM detail.accompagnements ORDER BY 1")
    assert rows == [("A1", False, False), ("A2", None, False), ("A3", None, False)]
