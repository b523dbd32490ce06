"""A little dirt: rows that break each rule, fields that raise each alert, rows sent twice.

Dirt never moves a figure: broken rows come on top of the good ones, an unreadable text is put only where nothing was
known, and the good version of a row that is sent twice comes last.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
import polars as pl

from schemas.exports.declarations import Table
from schemas.exports.kinds import Text

Fault = Mapping[str, str | None]

_PLACE = "_place"


@dataclass(frozen=True)
class Faults:
    """What can be wrong in a table: values that break a rule, texts that raise an alert, a value that is corrected."""

    rejects: Sequence[Fault]
    alerts: Mapping[str, str] = field(default_factory=dict)
    corrected: Fault | None = None


def accompaniments(extraction: date) -> Faults:
    tomorrow = (extraction + timedelta(days=30)).strftime("%d/%m/%Y")
    return Faults(
        rejects=(
            {"id_accompagnement": None},  # R01
            {"organisme": "999"},  # R02
            {"date_saisine": "31/02/2024"},  # R03
            {"date_cloture": "bientôt"},  # R04
            {"date_cloture": "02/01/2001"},  # R05
            {"motif_cloture": "Clos"},  # R06
            {"motif_cloture": None},  # R07
            {"type_accompagnement": None},  # R08
            {"famille_detecteur": "Voisinage"},  # R09
            {"categorie_detecteur": "Boulangerie"},  # R10
            {"date_saisine": tomorrow, "date_ouverture": None, "date_cloture": None, "motif_cloture": None},  # R11
        ),
        alerts={
            "nir": "1 84 12 76 451",  # A01
            "date_naissance": "00/00/1955",  # A02
            "sexe": "Inconnu",  # A03
            "medecin_traitant_debut": "à vérifier",  # A04
            "situation": "Intermittent",  # A05
            "date_ouverture": "sans date",  # A07
        },
        corrected={"type_accompagnement": "Soins", "motif_cloture": "Abandonné/interrompu"},
    )


ACTIONS = Faults(
    rejects=(
        {"id_accompagnement": None},
        {"id_accompagnement": "INCONNU"},
        {"thematique": None},
        {"thematique": "Jardinage"},
    ),
    alerts={"resultat": "Abouti ?"},  # A22
)
SOINS = Faults(
    rejects=({"id_accompagnement": "INCONNU"}, {"type_soins": None}, {"type_soins": "Cure"}),
    alerts={"specialite": "Podologie", "date_realisation": "été"},  # A32
)


def survey(stranger: str) -> dict[str, Faults]:
    """By table of the survey; `stranger` is an organisme that did not respond (R40)."""
    unknown = {"organisme": "999"}  # R02
    return {
        "repondants": Faults((unknown,), {}, {"date_reponse": None}),
        "actions": Faults(
            (
                unknown,
                {"organisme": stranger},
                {"public": "Marins"},
                {"modalite": None},
                {"services": "Standard"},  # R41
                {"ciblees": "-3"},
                {"informees": "beaucoup"},  # R42
            ),
            {},
            {"ciblees": "1", "informees": "1"},
        ),
        "conventions": Faults((unknown, {"partenaire": None}), {}, {"conventionne": "Non"}),
        "ateliers_parents": Faults(
            ({"organisme": stranger}, {"format": "Hybride"}, {"presents": "-1"}),
            {"satisfaction": "onze"},
            {"presents": "1"},  # A42
        ),
        "ase": Faults(({"organisme": stranger}, {"beneficiaires": "n.c."}), {}, {"beneficiaires": "1"}),
    }


# By table of the action sociale.
SOCIAL = {
    "dossiers": Faults(
        (
            {"numero": None},  # R51
            {"date_reception": None},
            {"date_reception": "31/12/1999"},
            {"date_commission": "jeudi"},  # R52
            {"famille_aide": "Loisirs"},
            {"decision": "Peut-être"},  # R53
            {"montant_engage": "-5"},  # R54
        ),
        {"nir": "2 99 00"},
        {"montant_engage": "1"},  # A01
    ),
    "urgences": Faults(({"numero": None}, {"date": "hier"}, {"type_demande": "Autre chose"})),
    "ateliers": Faults(({"identifiant": None}, {"participants": "une dizaine"}), {}, {"participants": "1"}),
    "entretiens": Faults(({"date": None}, {"issue": "À revoir"})),
    "formations": Faults(({"type": None}, {"participants": "-1"})),
    "dotations": Faults(({"dotation": "Exceptionnelle"}, {"budget": "-1"})),
}
UNKNOWN_COLUMN = {"Commentaire de l'agent": ""}  # A06


def soiled(rng: np.random.Generator, table: Table, texts: pl.DataFrame, faults: Faults, share: float) -> pl.DataFrame:
    """The rows with about `share` of dirt (each kind at least once where there are rows), in order of arrival."""
    if not share or not texts.height:
        return texts
    kinds = len(faults.rejects) + len(faults.alerts) + (faults.corrected is not None)
    each = max(1, round(share * texts.height / kinds))
    numbered = texts.with_columns(pl.int_range(pl.len()).cast(pl.Float64).alias(_PLACE))
    numbered = _with_alerts(rng, numbered, faults.alerts, each)
    usable = _closed(numbered)
    added = [_broken(rng, usable, fault, each, table) for fault in faults.rejects]
    if faults.corrected is not None:
        wrong = _sampled(rng, usable, each).with_columns(_set(faults.corrected))
        added.append(wrong.with_columns(pl.col(_PLACE) - 0.5))
    return pl.concat([numbered, *added]).sort(_PLACE, maintain_order=True).drop(_PLACE)


def unsplit(table: Table, share: float) -> list[str]:
    """A line with too few fields (R12)."""
    return [f"ligne tronquée;{table.name}"] if share else []


def _closed(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows that can show every fault: of accompaniments, the closed ones."""
    closed = rows.filter(pl.col("date_cloture").is_not_null()) if "date_cloture" in rows.columns else rows
    return closed if closed.height else rows


def _sampled(rng: np.random.Generator, rows: pl.DataFrame, size: int) -> pl.DataFrame:
    return rows[rng.choice(rows.height, min(size, rows.height), replace=False)]


def _set(fault: Fault) -> list[pl.Expr]:
    return [pl.lit(value, dtype=pl.String).alias(column) for column, value in fault.items()]


def _broken(rng: np.random.Generator, rows: pl.DataFrame, fault: Fault, size: int, table: Table) -> pl.DataFrame:
    """Copies of rows with the fault; every second one keeps its number, as a correction that is rejected does."""
    copies = _sampled(rng, rows, size).with_columns(_set(fault)).with_columns(pl.col(_PLACE) + 0.25)
    name = table.identifier
    if name not in table.key or name in fault or not isinstance(table.column(name).kind, Text):
        return copies
    other = pl.int_range(pl.len()) % 2 == 0
    return copies.with_columns(pl.when(other).then(pl.col(name) + "-bis").otherwise(pl.col(name)).alias(name))


def _with_alerts(rng: np.random.Generator, rows: pl.DataFrame, alerts: Mapping[str, str], size: int) -> pl.DataFrame:
    for column, text in alerts.items():
        empty = rows[column].is_null().arg_true().to_numpy()
        at = rng.choice(empty, min(size, empty.size), replace=False)
        soiled_here = pl.int_range(pl.len()).is_in(pl.Series(at).implode())
        rows = rows.with_columns(pl.when(soiled_here).then(pl.lit(text)).otherwise(pl.col(column)).alias(column))
    return rows
