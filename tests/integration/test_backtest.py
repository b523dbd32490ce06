"""The figures against a plain recomputation of their definitions, row by row in Python, on an uncalibrated export."""

import statistics
from collections import Counter, defaultdict
from datetime import date, timedelta
from fractions import Fraction

import pytest

from pipelines.simulation.generic import simulate
from tests.integration.conftest import reader

SUCCES = {"SOINS_REALISES", "SUCCES_SANS_SOIN", "SUCCES_PARTIEL"}
FOUR = {"DROITS", "NUMERIQUE", "PREVENTION", "ORIENTATION"}


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    from pipelines.refresh import refresh

    place = tmp_path_factory.mktemp("recalcul")
    simulate(place / "raw", years=[2023, 2024], accompaniments=4_000, seed=20_241_121)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ADASS_CLE", "clé de test, sans valeur")
        refresh(place / "raw", place / "marts", quiet=True)
    with reader(place / "marts") as query:
        yield query


@pytest.fixture(scope="module")
def observed(published):
    return date.fromisoformat(published("SELECT MAX(livraison) FROM controle.livraisons WHERE source = 'bali'")[0][0])


@pytest.fixture(scope="module")
def rows(published):
    names = ("id_accompagnement", "organisme", "region", "annee_detection", "annee_cloture", "duree_jours", "age", "tranche_age",
             "succes", "externe", "type_accompagnement", "famille_detecteur", "categorie_detecteur", "motif_cloture", "sexe",
             "help", "handicap", "situation", "medecin_traitant_debut", "medecin_traitant_fin", "c2s_fin", "ald_fin",
             "id_personne", "date_saisine", "date_ouverture", "date_cloture")  # fmt: skip
    found = [
        dict(zip(names, r, strict=True)) for r in published(f"SELECT {', '.join(names)} FROM detail.accompagnements")
    ]
    actions, care = defaultdict(list), defaultdict(set)
    for id_, *action in published(
        "SELECT id_accompagnement, thematique, libelle, resultat, partenaire FROM detail.actions"
    ):
        actions[id_].append(action)
    for id_, kind, specialite in published("SELECT id_accompagnement, type_soins, specialite FROM detail.soins"):
        care[id_].add((kind, specialite))
    saisines = defaultdict(list)
    for row in found:
        saisines[row["id_personne"]].append(row["date_saisine"])
    for row in found:
        row["saisines"] = saisines[row["id_personne"]] if row["id_personne"] else []
        row["actions"], row["soins"] = actions[row["id_accompagnement"]], care[row["id_accompagnement"]]
        row["abordees"] = {t for t, *_ in row["actions"]}
        row["reussies"] = {t for t, _, result, _ in row["actions"] if result == "REUSSIE"}
    return found


def in_public(row, public):
    return {
        "ensemble": True,
        "jeunes": row["age"] is not None and row["age"] < 25,
        "travailleurs_independants": row["situation"] == "INDEPENDANT" and not row["help"],
        "help": row["help"],
        "handicap": row["handicap"],
        "sans_emploi": row["situation"] == "SANS_EMPLOI",
    }[public]


def expected(rows, year):
    """{(indicateur, modalite): valeur} by the words of the contract."""
    d = [r for r in rows if r["annee_detection"] == year]
    c = [r for r in rows if r["annee_cloture"] == year]
    s = [r for r in c if r["motif_cloture"] in SUCCES]
    ss = [r for r in s if r["type_accompagnement"] == "SOINS"]
    sh = [r for r in s if r["type_accompagnement"] == "HORS_SOINS"]
    interne = [r for r in d if r["famille_detecteur"] == "ASSURANCE_MALADIE"]
    externe = [r for r in d if r["famille_detecteur"] != "ASSURANCE_MALADIE"]
    out = {("detections.nombre", ""): len(d), ("clotures.nombre", ""): len(c), ("clotures.nombre_succes", ""): len(s),
           ("soins.nombre", ""): len(ss), ("hors_soins.nombre", ""): len(sh)}  # fmt: skip

    def share(name, part, whole, modalite=""):
        if whole and part:
            out[name, modalite] = len(part) / len(whole)

    def spread(name, base, column):
        known = [r for r in base if r[column] is not None]
        for value, n in Counter(r[column] for r in known).items():
            out[name, value] = n / len(known)

    spread("detections.part_type", d, "type_accompagnement")
    spread("detections.part_famille", d, "famille_detecteur")
    share("detections.part_externe", externe, d)
    share("detections.part_soins_interne", [r for r in interne if r["type_accompagnement"] == "SOINS"], interne)
    share("detections.part_soins_externe", [r for r in externe if r["type_accompagnement"] == "SOINS"], externe)
    spread("detections.part_categorie_interne", interne, "categorie_detecteur")
    spread("detections.part_categorie_externe", externe, "categorie_detecteur")
    out |= {("detections.nombre_categorie", k): n for k, n in Counter(r["categorie_detecteur"] for r in d).items()}
    spread("clotures.part_motif", c, "motif_cloture")
    out |= {("clotures.nombre_motif", k): n for k, n in Counter(r["motif_cloture"] for r in c).items()}
    share("clotures.taux_succes", s, c)
    complementary = [
        r for r in c if ["DROITS", "Accès à une complémentaire santé", "REUSSIE"] in [a[:3] for a in r["actions"]]
    ]
    share("gains.complementaire_sante", complementary, c)
    for name, theme in (("orientation", "ORIENTATION"), ("numerique", "NUMERIQUE"), ("prevention", "PREVENTION"),
                        ("aide_financiere", "AIDE_FINANCIERE")):  # fmt: skip
        share(f"gains.{name}", [r for r in c if theme in r["reussies"]], c)
    share("gains.guidance", [r for r in ss if "GUIDANCE" in r["reussies"]], ss)
    share("soins.part_des_succes", ss, s)
    share("hors_soins.part_des_succes", sh, s)
    for prefix, base in (("durees.moyenne", c), ("soins.duree_moyenne", ss), ("hors_soins.duree_moyenne", sh)):
        if base:
            out[prefix, ""] = sum(r["duree_jours"] for r in base) / len(base)
            out[prefix.replace("moyenne", "mediane"), ""] = statistics.median(r["duree_jours"] for r in base)
    for motif in {r["motif_cloture"] for r in c}:
        days = [r["duree_jours"] for r in c if r["motif_cloture"] == motif]
        out["durees.moyenne_motif", motif] = sum(days) / len(days)
    for theme in FOUR:
        share("soins.part_thematique", [r for r in ss if theme in r["abordees"]], ss, theme)
        share("hors_soins.part_thematique", [r for r in sh if theme in r["abordees"]], sh, theme)
    for theme in ("DROITS", "NUMERIQUE"):
        share("hors_soins.part_thematique_seule", [r for r in sh if r["abordees"] & FOUR == {theme}], sh, theme)
    for theme in FOUR | {"GUIDANCE", "AIDE_FINANCIERE"}:
        share("thematiques.part", [r for r in c if theme in r["abordees"]], c, theme)
    share("soins.part_uniquement_soins", [r for r in ss if not r["abordees"] & FOUR], ss)
    care = [pair for r in ss for pair in r["soins"]]
    out |= {("soins.part_type_soins", k): n / len(care) for k, n in Counter(kind for kind, _ in care).items()}
    special = [x for kind, x in care if kind == "SPECIALISTE" and x]
    out |= {("soins.part_specialite", k): n / len(special) for k, n in Counter(special).items()}
    spread(
        "soins.part_detecteur_generaliste",
        [r for r in ss if "GENERALISTE" in {k for k, _ in r["soins"]}],
        "categorie_detecteur",
    )
    spread("profil.part_age", c, "tranche_age")
    spread("profil.part_sexe", c, "sexe")
    ages = [r["age"] for r in c if r["age"] is not None]
    if ages:
        out["profil.age_median", ""] = statistics.median(ages)
    for name, column in (("medecin_traitant", "medecin_traitant_fin"), ("c2s", "c2s_fin"), ("ald", "ald_fin")):
        share(f"profil.part_{name}", [r for r in c if r[column]], [r for r in c if r[column] is not None])
    partners = [p for r in c for t, _, _, p in r["actions"] if t == "ORIENTATION" and p]
    out |= {("orientation.part_partenaire", k): n / len(partners) for k, n in Counter(partners).items()}
    return out


def expected_of_steering(rows, year, observed):
    """The same of the indicators that steer."""
    out = {}

    def share(name, part, whole):
        if whole and part:
            out[name, ""] = len(part) / len(whole)

    def opened_within(row, days):
        return row["date_ouverture"] is not None and (row["date_ouverture"] - row["date_saisine"]).days <= days

    def waits(row, days):
        on = row["date_saisine"] + timedelta(days)
        opened, closed = row["date_ouverture"], row["date_cloture"]
        return not (opened and opened <= on) and not (closed and closed <= on)

    d = [r for r in rows if r["date_saisine"].year == year]
    c = [r for r in rows if r["date_cloture"] and r["date_cloture"].year == year]
    for days in (2, 15, 30):
        seen = [r for r in d if r["date_saisine"] + timedelta(days) <= observed]
        opened = [r for r in seen if opened_within(r, days)]
        share(f"delais.part_ouverts_{days}", opened, [*opened, *(r for r in seen if waits(r, days))])
    delays = [
        (r["date_ouverture"] - r["date_saisine"]).days
        for r in rows
        if r["date_ouverture"] and r["date_ouverture"].year == year
    ]
    if delays:
        out["delais.ouverture_mediane", ""] = statistics.median(delays)
        out["delais.ouverture_moyenne", ""] = statistics.mean(delays)
    if (median := _kaplan_meier_median(d, observed)) is not None:
        out["durees.mediane_estimee", ""] = median
    end = date(year, 12, 31)
    stock = [
        (end - r["date_saisine"]).days
        for r in rows
        if r["date_saisine"] <= end and not (r["date_cloture"] and r["date_cloture"] <= end)
    ]
    if stock and end <= observed:
        out |= {("stock.nombre", ""): len(stock), ("stock.age_median", ""): statistics.median(stock)}
        share("stock.part_plus_180", [age for age in stock if age > 180], stock)
    known = [r for r in c if r["id_personne"]]
    times = Counter(r["id_personne"] for r in known)
    out["personnes.nombre", ""] = len(times)
    share("personnes.part_connues", known, c)
    share("personnes.part_plusieurs", [p for p, n in times.items() if n > 1], times)
    for name, days in (("retours.part_6_mois", 182), ("retours.part_12_mois", 365)):
        seen = [r for r in known if r["date_cloture"] + timedelta(days) <= observed]
        back = [
            r for r in seen if any(r["date_cloture"] < s <= r["date_cloture"] + timedelta(days) for s in r["saisines"])
        ]
        share(name, back, seen)
    without = [r for r in c if r["medecin_traitant_debut"] is False and r["medecin_traitant_fin"] is not None]
    share("gains.medecin_traitant", [r for r in without if r["medecin_traitant_fin"]], without)
    return out


def _kaplan_meier_median(rows, observed):
    """The first day after which at most half of the rows have not been closed, day after day."""
    times = [((r["date_cloture"] or observed) - r["date_saisine"]).days for r in rows]
    closed = Counter(t for t, r in zip(times, rows, strict=True) if r["date_cloture"])
    left = Fraction(1)
    for day in sorted(closed):
        left *= 1 - Fraction(closed[day], sum(t >= day for t in times))
        if left <= Fraction(1, 2):
            return day
    return None


DERIVED = {"detections.evolution", "clotures.evolution", "clotures.part_public", "structures.part_top10",
           "detections.organismes_par_taux_externe"}  # fmt: skip


@pytest.mark.parametrize(
    "public", ["ensemble", "jeunes", "travailleurs_independants", "help", "handicap", "sans_emploi"]
)
@pytest.mark.parametrize(("niveau", "column"), [("national", None), ("region", "region"), ("organisme", "organisme")])
def test_every_bali_indicator_against_plain_counting(published, rows, observed, public, niveau, column):
    places = ["FR"] if column is None else [p for p, _ in Counter(r[column] for r in rows).most_common(2)]
    for place in places:
        own = [r for r in rows if in_public(r, public) and (column is None or r[column] == place)]
        for year in (2023, 2024):
            found = {
                (i, m): v
                for i, m, v in published(
                    "SELECT indicateur, modalite, valeur FROM marts.indicateurs JOIN ref.indicateurs AS c USING (indicateur) "
                    f"WHERE c.source = 'bali' AND annee = {year} AND niveau = '{niveau}' AND territoire = '{place}' "
                    f"AND public = '{public}' AND valeur <> 0"
                )
                if i not in DERIVED
            }
            wanted = {k: v for k, v in (expected(own, year) | expected_of_steering(own, year, observed)).items() if v}
            assert found.keys() == wanted.keys()
            assert {k: v for k, v in found.items() if v != pytest.approx(wanted[k], rel=1e-12)} == {}


def test_evolutions_shares_of_publics_and_the_first_ten(published, rows):
    counts = Counter(r["annee_cloture"] for r in rows)
    assert published(
        "SELECT valeur FROM marts.indicateurs WHERE indicateur = 'clotures.evolution' AND annee = 2024 AND niveau = 'national' "
        "AND public = 'ensemble'"
    ) == [(pytest.approx(counts[2024] / counts[2023] - 1),)]
    closed = [r for r in rows if r["annee_cloture"] == 2024]
    young = [r for r in closed if in_public(r, "jeunes")]
    assert published(
        "SELECT numerateur, denominateur FROM marts.indicateurs WHERE indicateur = 'clotures.part_public' AND annee = 2024 "
        "AND niveau = 'national' AND public = 'jeunes'"
    ) == [(len(young), len(closed))]
    ((first_ten, external),) = published(
        "SELECT numerateur, denominateur FROM marts.indicateurs WHERE indicateur = 'structures.part_top10' AND annee = 2024 "
        "AND niveau = 'national'"
    )
    names = published(
        "SELECT structure, COUNT(*) FROM detail.accompagnements WHERE annee_detection = 2024 AND externe AND structure IS NOT NULL "
        "GROUP BY structure ORDER BY 2 DESC LIMIT 10"
    )
    assert first_ten == sum(n for _, n in names)
    assert external == sum(1 for r in rows if r["annee_detection"] == 2024 and r["externe"])


def test_the_query_shown_beside_a_figure_gives_that_figure(published):
    from schemas.indicators.catalogue import CATALOGUE
    from schemas.indicators.measures import figure_sql

    shown = 0
    for indicator in CATALOGUE:
        sql = figure_sql(indicator, 2024, "national", "FR", "help") if indicator.source == "bali" else None
        if sql is None or indicator.cases:
            continue
        figures = published(
            f"SELECT modalite, numerateur, denominateur, valeur FROM marts.indicateurs WHERE indicateur = '{indicator.id}' "
            "AND annee = 2024 AND niveau = 'national' AND public = 'help'"
        )
        rows = published(sql)
        if indicator.median:
            rows = [row for row in rows if row[0] is not None]
            assert [(v, d) for _, _, d, v in figures] == rows
        elif indicator.by:
            kept = {m: n for m, n, *_ in rows if n}
            assert kept == {m: n for m, n, _, _ in figures if n}
        elif indicator.unit == "nombre":
            assert [(n,) for _, n, _, _ in figures] == rows
        else:
            assert [(n, d) for _, n, d, _ in figures] == [(n, d) for n, d in rows if d]
        shown += 1
    assert shown > 25
