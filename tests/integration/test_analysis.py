"""The commands of the analysis against their contract recomputed in plain Python, on an uncalibrated export."""

import csv
import math
import random
import statistics
import subprocess
import sys
from collections import defaultdict
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path

import duckdb
import openpyxl
import polars as pl
import pytest
from click.testing import CliRunner
from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

from adass import Unanswerable, ouvrir
from dashboards.access.roles import FULL
from dashboards.analysis.terminal import main
from dashboards.published import reading as published
from dashboards.sql import service
from dashboards.sql.advice import advice
from dashboards.sql.examples import EXAMPLES, ON_ROWS
from pipelines.refresh import refresh
from pipelines.simulation.generic import simulate
from schemas.text import key
from tests.integration.conftest import reader

SUCCES = {"SOINS_REALISES", "SUCCES_SANS_SOIN", "SUCCES_PARTIEL"}
FOUR = {"DROITS", "NUMERIQUE", "PREVENTION", "ORIENTATION"}
THEMES = (*sorted(FOUR), "GUIDANCE", "AIDE_FINANCIERE")
COLUMNS = (
    "id_accompagnement", "id_personne", "organisme", "region", "date_saisine", "date_ouverture", "date_cloture", "motif_cloture",
    "type_accompagnement", "famille_detecteur", "categorie_detecteur", "structure", "help", "handicap", "sexe", "age",
    "situation", "medecin_traitant_debut", "medecin_traitant_fin", "c2s_fin", "ald_fin",
)  # fmt: skip


@pytest.fixture(scope="module")
def marts(tmp_path_factory):
    place = tmp_path_factory.mktemp("analyse")
    simulate(place / "raw", years=[2023, 2024], accompaniments=4_000, seed=241)
    refresh(place / "raw", place / "marts", quiet=True)
    return place / "marts"


@pytest.fixture(scope="module")
def rows(marts):
    """The accompaniments, with what their actions leave."""
    with reader(marts) as query:
        found = [
            dict(zip(COLUMNS, r, strict=True))
            for r in query(f"SELECT {', '.join(COLUMNS)} FROM detail.accompagnements")
        ]
        actions = query("SELECT id_accompagnement, thematique, libelle, resultat FROM detail.actions")
    by_id, saisines = defaultdict(list), defaultdict(list)
    observed = max(date.fromisoformat(d.name) for d in (marts.parent / "raw" / "bali").iterdir())
    for row in found:
        saisines[row["id_personne"]].append(row["date_saisine"])
    for id_, *action in actions:
        by_id[id_].append(action)
    for row in found:
        own = by_id[row["id_accompagnement"]]
        row["abordees"] = {theme for theme, _, _ in own}
        row["reussies"] = {theme for theme, _, result in own if result == "REUSSIE"}
        css = ("DROITS", key("Accès à une complémentaire santé"), "REUSSIE")
        row["css"] = any((theme, key(label or ""), result) == css for theme, label, result in own)
        row["succes"] = row["motif_cloture"] in SUCCES
        row["jour"] = observed
        ended, person = row["date_cloture"], row["id_personne"]
        later = [d for d in saisines[person] if d > ended] if ended and person else []
        row["retour"] = min(later) if later else None
    return found


# --- what the contract says, one row at a time ---


def success(row):
    return row["succes"]


def of_type(kind):
    return lambda row: row["succes"] and row["type_accompagnement"] == kind


def duration(row):
    return (row["date_cloture"] - row["date_saisine"]).days


def known(name):
    return lambda row: row[name] is not None


def every(_):
    return True


def inside(row):
    return row["famille_detecteur"] == "ASSURANCE_MALADIE"


def care(row):
    return row["type_accompagnement"] == "SOINS"


def got(theme):
    return lambda row: theme in row["reussies"]


def delay(row):
    return (row["date_ouverture"] - row["date_saisine"]).days if row["date_ouverture"] else None


def opened_by(days):
    return lambda row: delay(row) is not None and delay(row) <= days


def waited(days):
    """Seen so many days, and opened by then or neither opened nor closed; a closure on the last day is closed."""

    def kept(row):
        seen = row["date_saisine"] + timedelta(days) <= row["jour"]
        return seen and (opened_by(days)(row) or not row["date_cloture"] or duration(row) > days)

    return kept


def person_followed(days):
    return lambda row: row["id_personne"] and row["date_cloture"] + timedelta(days) <= row["jour"]


def back_within(days):
    return lambda row: row["retour"] and row["retour"] <= row["date_cloture"] + timedelta(days)


def age_of_stock(row):
    return (row["date_stock"] - row["date_saisine"]).days


def of_stock(row):
    """The row once for each 31 December seen on which it is under way."""
    ends = [date(year, 12, 31) for year in range(row["date_saisine"].year, row["jour"].year + 1)]
    return [
        {**row, "date_stock": d} for d in ends
        if row["date_saisine"] <= d <= row["jour"] and not (row["date_cloture"] and row["date_cloture"] <= d)
    ]  # fmt: skip


def without_doctor(row):
    return row["medecin_traitant_debut"] is False and row["medecin_traitant_fin"] is not None


SAISINE, OUVERTURE, CLOTURE, STOCK = "date_saisine", "date_ouverture", "date_cloture", "date_stock"
# the date that says the year, the base, and what is done of it
DEFINED = {
    "detections.nombre": (SAISINE, every, "nombre", None),
    "detections.part_externe": (SAISINE, every, "part", lambda r: not inside(r)),
    "detections.part_soins_interne": (SAISINE, inside, "part", care),
    "detections.part_soins_externe": (SAISINE, lambda r: not inside(r), "part", care),
    "clotures.nombre": (CLOTURE, every, "nombre", None),
    "clotures.nombre_succes": (CLOTURE, success, "nombre", None),
    "clotures.taux_succes": (CLOTURE, every, "part", success),
    "gains.complementaire_sante": (CLOTURE, every, "part", lambda r: r["css"]),
    "gains.orientation": (CLOTURE, every, "part", got("ORIENTATION")),
    "gains.numerique": (CLOTURE, every, "part", got("NUMERIQUE")),
    "gains.prevention": (CLOTURE, every, "part", got("PREVENTION")),
    "gains.aide_financiere": (CLOTURE, every, "part", got("AIDE_FINANCIERE")),
    "gains.guidance": (CLOTURE, of_type("SOINS"), "part", got("GUIDANCE")),
    "soins.nombre": (CLOTURE, of_type("SOINS"), "nombre", None),
    "hors_soins.nombre": (CLOTURE, of_type("HORS_SOINS"), "nombre", None),
    "soins.part_des_succes": (CLOTURE, success, "part", of_type("SOINS")),
    "hors_soins.part_des_succes": (CLOTURE, success, "part", of_type("HORS_SOINS")),
    "soins.duree_moyenne": (CLOTURE, of_type("SOINS"), "moyenne", duration),
    "soins.duree_mediane": (CLOTURE, of_type("SOINS"), "mediane", duration),
    "hors_soins.duree_moyenne": (CLOTURE, of_type("HORS_SOINS"), "moyenne", duration),
    "hors_soins.duree_mediane": (CLOTURE, of_type("HORS_SOINS"), "mediane", duration),
    "soins.part_uniquement_soins": (CLOTURE, of_type("SOINS"), "part", lambda r: not r["abordees"] & FOUR),
    "durees.moyenne": (CLOTURE, every, "moyenne", duration),
    "durees.mediane": (CLOTURE, every, "mediane", duration),
    "profil.age_median": (CLOTURE, known("age"), "mediane", lambda r: r["age"]),
    "profil.part_medecin_traitant": (
        CLOTURE,
        known("medecin_traitant_fin"),
        "part",
        lambda r: r["medecin_traitant_fin"],
    ),
    "profil.part_c2s": (CLOTURE, known("c2s_fin"), "part", lambda r: r["c2s_fin"]),
    "profil.part_ald": (CLOTURE, known("ald_fin"), "part", lambda r: r["ald_fin"]),
    **{f"delais.part_ouverts_{k}": (SAISINE, waited(k), "part", opened_by(k)) for k in (2, 15, 30)},
    "delais.ouverture_mediane": (OUVERTURE, every, "mediane", delay),
    "delais.ouverture_moyenne": (OUVERTURE, every, "moyenne", delay),
    "durees.mediane_estimee": (SAISINE, every, "estimee", None),
    "stock.nombre": (STOCK, every, "nombre", None),
    "stock.age_median": (STOCK, every, "mediane", age_of_stock),
    "stock.part_plus_180": (STOCK, every, "part", lambda r: age_of_stock(r) > 180),
    "personnes.part_connues": (CLOTURE, every, "part", known("id_personne")),
    "retours.part_6_mois": (CLOTURE, person_followed(182), "part", back_within(182)),
    "retours.part_12_mois": (CLOTURE, person_followed(365), "part", back_within(365)),
    "gains.medecin_traitant": (CLOTURE, without_doctor, "part", lambda r: r["medecin_traitant_fin"]),
}
PLACES = ("FR", "FR", "76", "84", "311", "131")  # France, regions, organismes
PAIRS = (("76", "FR"), ("311", "76"), ("84", "76"), ("FR", "75"))
WITHOUT_SUM = {"mediane", "estimee"}
PUBLICS = {
    "ensemble": every,
    "jeunes": lambda r: r["age"] is not None and r["age"] < 25,
    "travailleurs_independants": lambda r: r["situation"] == "INDEPENDANT" and not r["help"],
    "help": lambda r: r["help"],
    "handicap": lambda r: r["handicap"],
    "sans_emploi": lambda r: r["situation"] == "SANS_EMPLOI",
}


def age_group(row):
    limits = ((25, "moins_de_25"), (40, "25_39"), (50, "40_49"), (60, "50_59"), (999, "60_et_plus"))
    return "" if row["age"] is None else next(code for limit, code in limits if row["age"] < limit)


def yes_no(name):
    return lambda row: {True: "oui", False: "non", None: ""}[row[name]]


def plain(name):
    return lambda row: row[name] or ""


CODE = {
    "tranche_age": age_group,
    **{n: plain(n) for n in ("region", "organisme", "type_accompagnement", "famille_detecteur", "categorie_detecteur",
                             "structure", "motif_cloture", "sexe", "situation")},
    **{n: yes_no(n) for n in ("help", "handicap", "medecin_traitant_debut", "medecin_traitant_fin", "c2s_fin", "ald_fin")},
    **{f"aborde_{t.lower()}": (lambda row, t=t: "oui" if t in row["abordees"] else "non") for t in THEMES},
}  # fmt: skip


def code(measure, dimension, row):
    day = row[DEFINED[measure][0]]
    return {"annee": lambda _: day.year, "mois": lambda _: day.month}.get(dimension, CODE.get(dimension))(row)


def selected(rows, measure, annee=None, territoire="FR", public="ensemble", filtres=()):
    """The rows of the measure's base that a question is about."""
    day, base, *_ = DEFINED[measure]
    if day == STOCK:
        rows = [copy for r in rows for copy in of_stock(r)]
    return [
        r for r in rows
        if r[day] and base(r) and PUBLICS[public](r) and annee in {None, r[day].year}
        and territoire in {"FR", r["region"], r["organisme"]}
        and all(str(code(measure, name, r)) in codes for name, codes in filtres)
    ]  # fmt: skip


def groups(rows, measure, par):
    found = defaultdict(list)
    for row in rows:
        found[tuple(code(measure, d, row) for d in par)].append(row)
    return found


def figures(measure, rows):
    """numerateur, denominateur, valeur, bas, haut of some rows of the measure's base."""
    _, _, kind, what = DEFINED[measure]
    n = len(rows)
    if kind == "nombre":
        return n, None, n, None, None
    if kind == "part":
        k = sum(bool(what(r)) for r in rows)
        return k, n, k / n, *proportion_confint(k, n, method="wilson")
    if kind == "estimee":
        return None, n, median_with_open(rows), None, None
    values = [what(r) for r in rows]
    if kind == "mediane":
        return None, n, statistics.median(values), None, None
    mean, error = sum(values) / n, 1.96 * statistics.stdev(values) / math.sqrt(n) if n > 1 else None
    low, high = (None, None) if error is None else (mean - error, mean + error)
    return sum(values), n, mean, low, high


def median_with_open(rows):
    """The first day after which, by Kaplan-Meier, no more than half are left; None where more than half are."""
    times = [((r["date_cloture"] or r["jour"]) - r["date_saisine"]).days for r in rows]
    left = Fraction(1)
    for day in sorted(set(times)):
        ended = sum(t == day and r["date_cloture"] is not None for t, r in zip(times, rows, strict=True))
        left *= 1 - Fraction(ended, sum(t >= day for t in times))
        if left <= Fraction(1, 2):
            return day
    return None


# --- asking ---


def run(marts, *words, to=None):
    """The exit code, what is said, and the table that a command writes."""
    path = to or marts.parent / "reponse.parquet"
    path.unlink(missing_ok=True)
    done = CliRunner().invoke(main, [*words, "--marts", str(marts), f"--{path.suffix[1:]}", str(path)])
    return done.exit_code, done.output, pl.read_parquet(path) if path.exists() and path.suffix == ".parquet" else None


def answered(marts, *words):
    status, said, table = run(marts, *words)
    assert status == 0, said
    return table


def options(annee=None, territoire="FR", public="ensemble", filtres=()):
    year = ["--annee", str(annee)] if annee else []
    filters = [f"--filtre={name}={','.join(codes)}" for name, codes in filtres]
    return [*year, "--territoire", territoire, "--public", public, *filters]


def close(found, expected):
    if expected is None or found is None:
        return found is None and expected is None
    return math.isclose(found, expected, rel_tol=1e-9, abs_tol=1e-9)


def same(table, expected, keys):
    """Whether a table has these rows by the values of its first columns, and nothing else."""
    found = {tuple(row[:keys]): row[keys:] for row in table.iter_rows()}
    assert found.keys() == expected.keys()
    assert len(found) == table.height
    for group, values in expected.items():
        assert all(close(f, e) for f, e in zip(found[group], values, strict=True)), (group, found[group], values)


def drawn(rows, seed):
    """A question that nobody chose: its measure, dimensions and population."""
    chance = random.Random(seed)
    measure, dims = chance.choice(list(DEFINED)), ["annee", "mois", *CODE]
    par = chance.sample(dims, chance.choice((1, 1, 2, 2, 3)))
    where = {"annee": chance.choice((None, 2023, 2024)), "public": chance.choice(("ensemble", "ensemble", *PUBLICS))}
    where["territoire"] = chance.choice(PLACES)
    filtres = []
    for name in chance.sample(dims, chance.choice((0, 0, 1, 2))):
        there = sorted({str(code(measure, name, r)) for r in selected(rows, measure)})
        filtres.append((name, tuple(chance.sample(there, min(len(there), chance.choice((1, 2, 4)))))))
    return measure, par, {**where, "filtres": filtres}


@pytest.mark.parametrize("seed", range(100))
def test_a_crossing_that_nobody_chose(marts, rows, seed):
    measure, par, where = drawn(rows, seed)
    table = answered(marts, "croiser", measure, "--par", ",".join(par), *options(**where))
    assert table.columns == [*par, "numerateur", "denominateur", "valeur", "bas", "haut"]
    found = groups(selected(rows, measure, **where), measure, par)
    same(table, {key: figures(measure, own) for key, own in found.items()}, len(par))


@pytest.mark.parametrize("measure", DEFINED)
def test_every_measure_by_age_and_type(marts, rows, measure):
    table = answered(marts, "croiser", measure, "--par", "tranche_age,type_accompagnement", "--annee", "2024")
    found = groups(selected(rows, measure, 2024), measure, ("tranche_age", "type_accompagnement"))
    same(table, {key: figures(measure, own) for key, own in found.items()}, 2)


@pytest.mark.parametrize("dimension", ["annee", "mois", *CODE])
def test_every_dimension(marts, rows, dimension):
    table = answered(marts, "croiser", "clotures.taux_succes", "--par", dimension)
    found = groups(selected(rows, "clotures.taux_succes"), "clotures.taux_succes", [dimension])
    same(table, {key: figures("clotures.taux_succes", own) for key, own in found.items()}, 1)


@pytest.mark.parametrize("public", PUBLICS)
def test_crossings_add_up_to_the_published_figures(marts, public):
    """What the totals of marts.indicateurs say is what crossings add up to, in every territory and year."""
    with reader(marts) as query:
        for measure in (
            "clotures.taux_succes",
            "gains.numerique",
            "durees.moyenne",
            "detections.nombre",
            "gains.guidance",
        ):
            published = {
                (annee, place): (n, d)
                for annee, place, n, d in query(
                    f"SELECT annee, territoire, numerateur, denominateur FROM marts.indicateurs WHERE indicateur = '{measure}' "
                    f"AND public = '{public}' AND niveau = 'organisme' AND (numerateur > 0 OR denominateur > 0)"
                )
            }
            table = answered(marts, "croiser", measure, "--par", "annee,organisme,sexe", "--public", public)
            sums = table.group_by("annee", "organisme").agg(pl.col("numerateur", "denominateur").sum())
            found = {(a, o): (n, d if measure != "detections.nombre" else None) for a, o, n, d in sums.iter_rows()}
            assert found == published


# --- explaining ---


def explained(rows, measure, par, before, after):
    """The rows of the contract, and the gap."""
    sides = [selected(rows, measure, *side) for side in (before, after)]
    own = [{k: figures(measure, g) for k, g in groups(side, measure, par).items()} for side in sides]
    if DEFINED[measure][2] == "nombre":
        n0, n1 = ({k: f[0] for k, f in side.items()} for side in own)
        out = {
            k: (None, None, n0.get(k, 0), n1.get(k, 0), 0, n1.get(k, 0) - n0.get(k, 0)) for k in n0.keys() | n1.keys()
        }
        return out, len(sides[1]) - len(sides[0])
    big = [figures(measure, side) for side in sides]
    out = {}
    for k in own[0].keys() | own[1].keys():
        w0, w1 = (side[k][1] / whole[1] if k in side else 0 for side, whole in zip(own, big, strict=True))
        v0, v1 = (side[k][2] if k in side else None for side in own)
        r0, r1 = v1 if v0 is None else v0, v0 if v1 is None else v1
        middle = (big[1][2] + big[0][2]) / 2
        out[k] = (w0, w1, v0, v1, (w1 - w0) * ((r1 + r0) / 2 - middle), (r1 - r0) * (w1 + w0) / 2)
    return out, big[1][2] - big[0][2]


@pytest.mark.parametrize("seed", range(40))
def test_an_explanation_that_nobody_chose(marts, rows, seed):
    chance = random.Random(f"expliquer {seed}")
    measure = chance.choice([m for m, (*_, kind, _) in DEFINED.items() if kind not in WITHOUT_SUM])
    par, public = chance.sample(["mois", *CODE], chance.choice((1, 1, 2))), chance.choice(("ensemble", *PUBLICS))
    if chance.random() < 0.5:
        before, after = (2023, "FR", public), (2024, "FR", public)
        words = ["--de", "2023", "--a", "2024"]
    else:
        here, there = chance.choice(PAIRS)
        before, after = (2024, there, public), (2024, here, public)
        words = ["--annee", "2024", "--territoire", here, "--face-a", there]
    if not all(selected(rows, measure, *side) for side in (before, after)):
        status, said, _ = run(marts, "expliquer", measure, *words, "--par", ",".join(par), "--public", public)
        assert (status, "rien à compter" in said) == (2, True) or DEFINED[measure][2] == "nombre"
        return
    table = answered(marts, "expliquer", measure, *words, "--par", ",".join(par), "--public", public)
    assert table.columns == [
        *par,
        "poids_avant",
        "poids_apres",
        "valeur_avant",
        "valeur_apres",
        "effet_composition",
        "effet_taux",
    ]
    expected, gap = explained(rows, measure, par, before, after)
    same(table, expected, len(par))
    assert math.isclose(table["effet_composition"].sum() + table["effet_taux"].sum(), gap, rel_tol=1e-12, abs_tol=1e-12)


# --- comparing ---

DEFAULT = ("tranche_age", "sexe", "type_accompagnement", "famille_detecteur")


def quantile(values, q):
    values = sorted(values)
    place = q * (len(values) - 1)
    low = int(place)
    high = min(low + 1, len(values) - 1)
    return values[low] + (place - low) * (values[high] - values[low])


def compared(rows, measure, annee, niveau="organisme", public="ensemble", ajuste=DEFAULT):
    """The rows of the contract, by territory."""
    base, what = selected(rows, measure, annee, public=public), DEFINED[measure][3]
    if not base:
        return {}
    rate = {k: sum(map(bool, map(what, g))) / len(g) for k, g in groups(base, measure, ajuste).items()}
    overall = sum(bool(what(r)) for r in base) / len(base)
    own = {}
    for (place,), g in groups(base, measure, [niveau]).items():
        ps = [rate[tuple(code(measure, d, r) for d in ajuste)] for r in g]
        own[place] = (len(g), sum(bool(what(r)) for r in g), math.fsum(ps), math.fsum(p * (1 - p) for p in ps))
    judged = {place: (n, o, e, v) for place, (n, o, e, v) in own.items() if v > 1e-12}
    z = {place: (o - e) / math.sqrt(v) for place, (n, o, e, v) in judged.items()}
    tau2 = 0.0
    if len(z) > 1:
        low, high = quantile(z.values(), 0.1), quantile(z.values(), 0.9)
        phi = statistics.fmean(min(max(x, low), high) ** 2 for x in z.values())
        w = [n * n / v for n, _, _, v in judged.values()]
        tau2 = max(0.0, (len(z) * phi - (len(z) - 1)) / (sum(w) - sum(x * x for x in w) / sum(w)))
    adjusted = {place: ((o - e) / n) / math.sqrt(v / n**2 + tau2) for place, (n, o, e, v) in judged.items()}
    p = {place: 2 * stats.norm.sf(abs(x)) for place, x in adjusted.items()}
    kept = dict(zip(p, multipletests(list(p.values()), 0.05, "fdr_bh")[0], strict=True)) if p else {}
    out = {}
    for place, (n, o, e, v) in own.items():
        ratio, half = (o / e, 1.96 * math.sqrt(v)) if e else (None, None)
        rates = (ratio * overall, (o - half) / e * overall, (o + half) / e * overall) if e else (None, None, None)
        signal = ("HAUT" if adjusted[place] > 0 else "BAS") if kept.get(place) else ""
        out[(place,)] = (n, o, e, ratio, *rates, z.get(place), adjusted.get(place), p.get(place), signal)
    return out


@pytest.mark.parametrize("seed", range(24))
def test_a_comparison_that_nobody_chose(marts, rows, seed):
    chance = random.Random(f"comparer {seed}")
    measure = chance.choice([m for m, (*_, kind, _) in DEFINED.items() if kind == "part"])
    annee, niveau = chance.choice((2023, 2024)), chance.choice(("organisme", "region"))
    public = chance.choice(("ensemble", "ensemble", *PUBLICS))
    ajuste = DEFAULT if chance.random() < 0.5 else tuple(chance.sample([*CODE, "mois"], chance.choice((1, 2, 5))))
    words = [] if ajuste == DEFAULT else ["--ajuste", ",".join(ajuste)]
    words += [] if niveau == "organisme" else ["--niveau", niveau]
    expected = compared(rows, measure, annee, niveau, public, ajuste)
    table = answered(marts, "comparer", measure, "--annee", str(annee), "--public", public, *words)
    assert table.columns == ["territoire", "n", "observe", "attendu", "rapport", "taux_ajuste", "bas", "haut", "z",
                             "z_ajuste", "p", "signal"]  # fmt: skip
    assert dict(zip(table["territoire"], table["signal"], strict=True)) == {k: v[-1] for (k,), v in expected.items()}
    same(table.drop("signal"), {k: v[:-1] for k, v in expected.items()}, 1)


# --- what is refused ---

REFUSED = {
    "croiser clotures.taux_succe --par sexe": ("clotures.taux_succe »", "clotures.taux_succes"),
    "croiser clotures.part_motif --par sexe": ("clotures.part_motif", "clotures.nombre"),
    "croiser clotures.evolution --par sexe": ("clotures.evolution", "clotures.nombre"),
    "croiser structures.part_top10 --par sexe": ("structures.part_top10", "stock.part_plus_180"),
    "croiser clotures.part_public --par sexe": ("clotures.part_public", "ne se croise pas"),
    "croiser enquete.repondants --par annee": ("enquete.repondants", "ne se croise pas"),
    "croiser clotures.nombre --par ages": ("ages", "tranche_age"),
    "croiser clotures.nombre --par sexe,sexe": ("sexe", "deux fois"),
    "croiser clotures.nombre --par sexe,help,annee,mois": ("3 dimensions au plus", "mois"),
    "croiser clotures.nombre": ("--par",),
    "croiser clotures.nombre --par sexe --annee 2031": ("2031", "2024"),
    "croiser clotures.nombre --par sexe --annee 24": ("24", "année"),
    "croiser clotures.nombre --par sexe --filtre tranche_age=25_3": ("25_3 »", "25_39"),
    "croiser clotures.nombre --par sexe --filtre motif_cloture=ABANDON,TRANSFER": ("TRANSFER »", "TRANSFERT"),
    "croiser clotures.nombre --par sexe --filtre mois=13": ("13",),
    "croiser clotures.nombre --par sexe --filtre situations=AUTRE": ("situations", "situation"),
    "croiser clotures.nombre --par sexe --filtre sexe": ("sexe", "DIM=code"),
    "croiser clotures.nombre --par sexe --filtre organisme=999": ("999",),
    "croiser clotures.nombre --par sexe --territoire 31": ("31 »", "311"),
    "croiser clotures.nombre --par sexe --public jeune": ("jeune »", "jeunes"),
    "expliquer durees.mediane --de 2023 --a 2024 --par sexe": ("durees.mediane", "durees.moyenne"),
    "expliquer clotures.taux_succes --de 2019 --a 2024 --par sexe": ("2019", "2023"),
    "expliquer clotures.taux_succes --de 2023 --par sexe": ("--de", "--face-a"),
    "expliquer clotures.taux_succes --annee 2024 --territoire 311 --par sexe": ("--face-a",),
    "expliquer clotures.taux_succes --annee 2024 --territoire 311 --face-a 7X --par sexe": ("7X", "76"),
    "expliquer clotures.taux_succes --de 2023 --a 2024 --par sexe,help,situation": ("eux dimensions au plus",),
    "comparer clotures.nombre --annee 2024": ("clotures.nombre", "clotures.taux_succes"),
    "comparer durees.moyenne --annee 2024": ("durees.moyenne", "parts"),
    "comparer clotures.taux_succes --annee 2031": ("2031", "2024"),
    "comparer clotures.taux_succes --annee 2024 --niveau nation": ("nation", "region"),
    "comparer clotures.taux_succes --annee 2024 --ajuste age": ("age", "tranche_age"),
    "comparer clotures.taux_succes": ("année",),
}  # fmt: skip


@pytest.mark.parametrize("words", REFUSED)
def test_bad_input_is_refused_in_one_sentence_that_names_it_and_the_nearest(marts, words):
    status, said, table = run(marts, *words.split())
    assert (status, table) == (2, None)
    assert all(part in said.replace("\u00a0", " ") for part in REFUSED[words]), said
    assert said.endswith(".\n")
    assert said.count("\n") == 1


def test_a_year_in_which_the_measure_counts_nothing_is_refused(tmp_path):
    """2022 is known by its saisines; nothing closed there."""
    from tests.samples.exports import accompagnement, bali

    before = accompagnement(id_accompagnement="A0", date_saisine="2022-12-20", clos="2023-02-01")
    bali(
        tmp_path / "raw",
        "2023-12-31",
        accompagnements=[before, accompagnement(date_saisine="2023-03-01", clos="2023-04-01")],
    )
    refresh(tmp_path / "raw", tmp_path / "marts", quiet=True)
    status, said, _ = run(tmp_path / "marts", "croiser", "clotures.nombre", "--par", "sexe", "--annee", "2022")
    assert (status, "2022" in said, "2023" in said) == (2, True, True)
    assert answered(tmp_path / "marts", "croiser", "clotures.nombre", "--par", "sexe", "--annee", "2023").height == 1


def test_what_a_delivery_does_not_say_is_neither_counted_nor_no(tmp_path):
    """The first delivery has no actions: its closure is in no gain, and whether a theme was addressed is missing."""
    from tests.samples.exports import accompagnement, bali

    bali(tmp_path / "raw", "2023-12-31", accompagnements=[accompagnement(date_saisine="2023-03-01", clos="2023-04-01")])
    later = [accompagnement(id_accompagnement=f"B{k}", date_saisine="2024-01-05", clos="2024-02-01") for k in range(3)]
    action = {"id_accompagnement": "B0", "thematique": "Numérique", "resultat": "Réussie", "libelle": "Compte"}
    bali(tmp_path / "raw", "2024-12-31", accompagnements=later, actions=[action])
    refresh(tmp_path / "raw", tmp_path / "marts", quiet=True)
    marts = tmp_path / "marts"
    gains = answered(marts, "croiser", "gains.numerique", "--par", "annee")
    assert gains.rows() == [(2024, 1, 3, 1 / 3, *map(pytest.approx, proportion_confint(1, 3, method="wilson")))]
    themes = answered(marts, "croiser", "clotures.nombre", "--par", "annee,aborde_numerique")
    assert [row[:3] for row in themes.iter_rows()] == [(2023, "", 1), (2024, "oui", 1), (2024, "non", 2)]
    kept = answered(marts, "croiser", "clotures.nombre", "--par", "annee", "--filtre", "aborde_numerique=,oui")
    assert [row[:2] for row in kept.iter_rows()] == [(2023, 1), (2024, 1)]


# --- what is written and said ---


def test_the_three_files_hold_the_same_rows(marts):
    words = ("croiser", "durees.moyenne", "--par", "structure,annee", "--territoire", "76")
    table = answered(marts, *words)
    assert run(marts, *words, to=marts.parent / "t.csv")[0] == run(marts, *words, to=marts.parent / "t.xlsx")[0] == 0
    with (marts.parent / "t.csv").open(encoding="utf-8-sig", newline="") as stream:
        head, *lines = csv.reader(stream, delimiter=";")
    assert head == table.columns
    assert lines == [[
        "" if v is None else str(v).replace(".", ",") if isinstance(v, float) else str(v) for v in row
    ] for row in table.iter_rows()]  # fmt: skip
    head, *lines = openpyxl.load_workbook(marts.parent / "t.xlsx").active.iter_rows(values_only=True)
    assert list(head) == table.columns
    for line, row in zip(lines, table.iter_rows(), strict=True):
        assert [v or "" for v in line[:2]] == list(row[:2])
        assert all(map(close, line[2:], row[2:]))


def test_the_statement_is_given_and_runs_as_it_is(marts):
    done = subprocess.run(
        [sys.executable, "-m", "pipelines.cli", "croiser", "clotures.taux_succes", "--par", "sexe,mois", "--annee", "2024",
         "--filtre", "situation=SALARIE,", "--marts", str(marts), "--requete"],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    with reader(marts) as query:
        found = query(done.stdout)
    table = answered(marts, "croiser", "clotures.taux_succes", "--par", "sexe,mois", "--annee", "2024",
                     "--filtre", "situation=SALARIE,")  # fmt: skip
    assert sorted(found) == sorted(table.iter_rows())


def test_small_bases_are_marked_on_screen(marts, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    done = CliRunner().invoke(
        main, ["croiser", "clotures.taux_succes", "--par", "sexe", "--territoire", "041", "--marts", str(marts)]
    )
    assert done.exit_code == 0
    assert "petit effectif" in done.output
    assert "base " in done.output


def test_without_dimensions_those_that_explain_most_come_first(marts, rows, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    done = CliRunner().invoke(
        main, ["expliquer", "clotures.nombre", "--de", "2023", "--a", "2024", "--marts", str(marts)]
    )
    assert done.exit_code == 0, done.output
    assert "Ce qu'elle explique" in done.output
    table = answered(marts, "expliquer", "clotures.nombre", "--de", "2023", "--a", "2024")
    expected, _ = explained(rows, "clotures.nombre", [table.columns[0]], (2023,), (2024,))
    same(table, expected, 1)


# --- notebooks ---


def test_a_notebook_has_what_the_commands_write(marts):
    adass = ouvrir(marts)
    crossing = adass.croiser("durees.moyenne", "sexe,mois", 2024, filtres={"situation": ["SALARIE", ""]})
    words = ("--par", "sexe,mois", "--annee", "2024", "--filtre", "situation=SALARIE,")
    assert crossing.equals(answered(marts, "croiser", "durees.moyenne", *words))
    assert adass.sql(adass.requete).height == crossing.height
    gap = adass.expliquer("gains.numerique", ["sexe"], annee=2024, territoire="311", face_a="FR")
    words = ("--annee", "2024", "--territoire", "311", "--face-a", "FR", "--par", "sexe")
    assert gap.equals(answered(marts, "expliquer", "gains.numerique", *words))
    years = adass.expliquer("clotures.nombre", de=2023, a=2024)
    assert years.equals(answered(marts, "expliquer", "clotures.nombre", "--de", "2023", "--a", "2024"))
    assert adass.phrase.startswith("Le nombre d'accompagnements clôturés ")
    places = adass.comparer("gains.numerique", 2024, "region", ajuste=())
    assert places.equals(
        answered(marts, "comparer", "gains.numerique", "--annee", "2024", "--niveau", "region", "--ajuste", "")
    )


def test_a_notebook_reads_the_published_figures(marts):
    adass = ouvrir(marts)
    rows = adass.indicateur("clotures.part_motif", annee=2024, territoire="FR")
    assert rows["valeur"].sum() == pytest.approx(1)
    assert set(rows["public"]) == {"ensemble"}
    assert set(adass.mesures()["mesure"]) == set(DEFINED)
    assert set(adass.dimensions()["dimension"]) == {"annee", "mois", *CODE}
    with pytest.raises(Unanswerable, match=r"clotures\.part_motif"):
        adass.indicateur("clotures.part_motifs")
    with pytest.raises(Unanswerable, match="face_a"):
        adass.expliquer("clotures.nombre", "sexe", de=2023)
    with pytest.raises(duckdb.Error):
        adass.sql("CREATE TABLE ref.x (i INTEGER)")


def test_a_notebook_reads_as_anybody_may(marts):
    with pytest.raises(Unanswerable, match="diffusion"):
        ouvrir(marts, diffusion=True).croiser("clotures.nombre", "sexe", 2024)


def test_the_example_notebook_runs(marts):
    script = Path(__file__).parents[2] / "docs" / "exemples" / "carnet.py"
    done = subprocess.run([sys.executable, script, marts], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "clotures.taux_succes" in done.stdout.splitlines()[-1]


# --- SQL ---


def test_twelve_questions_run_on_the_rows_and_stand_in_the_page(marts):
    page = (Path(__file__).parents[2] / "docs" / "analyse.md").read_text(encoding="utf-8")
    assert len(ON_ROWS) == 12
    with reader(marts) as query:
        for example in ON_ROWS:
            assert f"### {example.title}\n\n```sql\n{example.sql}\n```" in page
            assert query(example.sql.replace("$annee", "2024"))


def test_the_estimated_part_of_the_example_gives_the_median_of_the_catalogue(marts):
    with reader(marts) as query:
        curve = query(ON_ROWS[1].sql.replace("$annee", "2024"))
        median = min(day for day, *_, left in curve if left <= 0.5 + 1e-9)
        told = "SELECT valeur FROM marts.indicateurs WHERE indicateur = 'durees.mediane_estimee' AND territoire = 'FR'"
        assert query(f"{told} AND annee = 2024 AND public = 'ensemble'") == [(median,)]


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("SELECT count(*) FROM detail.parcours WHERE motif_cloture = 'ABANDONS'", ("ABANDONS", "ABANDON »")),
        ("SELECT * FROM marts.indicateurs AS i WHERE 'clotures.taux_succe' = i.indicateur", ("clotures.taux_succes",)),
        ("FROM marts.indicateurs WHERE public IN ('ensemble', 'jeune')", ("« jeune »", "jeunes")),
        ("FROM marts.indicateurs WHERE territoire = '31'", ("territoire", "311")),
        ("SELECT count(*) FILTER (situation <> 'SALARIES') FROM detail.parcours", ("SALARIE »",)),
    ],
)
def test_a_mistyped_code_in_a_query_is_named_with_the_nearest(marts, sql, words):
    file = (marts / "adass.duckdb").resolve()
    outcome = service.answer(marts, FULL, file, sql, {})
    assert outcome.status == "ok"
    assert all(word in outcome.advice.replace("\u00a0", " ") for word in words), outcome.advice


@pytest.mark.parametrize(
    "sql",
    [*(e.sql for e in (*EXAMPLES, *ON_ROWS)), "SELECT * FROM (", "SELECT 'ABANDONS'", "SELECT structure = 'X' FROM t"],
)
def test_nothing_is_said_of_codes_that_are_known(marts, sql):
    file = (marts / "adass.duckdb").resolve()
    assert advice(published.Edition(file, file.stat().st_mtime_ns), sql) == ""
