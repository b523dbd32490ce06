"""A little dirt: rows that break each rule, fields that raise each alert, rows sent twice.

Dirt never moves a figure: broken rows come on top of the good ones, an unreadable text is put only where nothing was
known, and the good version of a row that is sent twice comes last.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

from schemas.declarations import Table

Fault = Mapping[str, str | None]

_PLACE = "_place"


@dataclass(frozen=True)
class Faults:
    """What can be wrong in a table: values that break a rule, texts that raise an alert, a value that is corrected."""

    rejects: Sequence[Fault]
    alerts: Mapping[str, str]
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
    added = [_broken(rng, usable, fault, each, table.key) for fault in faults.rejects]
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


def _broken(rng: np.random.Generator, rows: pl.DataFrame, fault: Fault, size: int, key: Sequence[str]) -> pl.DataFrame:
    """Copies of rows with the fault; every second one keeps its key, as a correction that is rejected does."""
    copies = _sampled(rng, rows, size).with_columns(_set(fault)).with_columns(pl.col(_PLACE) + 0.25)
    if not key or key[0] in fault:
        return copies
    other = pl.int_range(pl.len()) % 2 == 0
    return copies.with_columns(pl.when(other).then(pl.col(key[0]) + "-bis").otherwise(pl.col(key[0])).alias(key[0]))


def _with_alerts(rng: np.random.Generator, rows: pl.DataFrame, alerts: Mapping[str, str], size: int) -> pl.DataFrame:
    for column, text in alerts.items():
        empty = rows[column].is_null().arg_true().to_numpy()
        at = rng.choice(empty, min(size, empty.size), replace=False)
        soiled_here = pl.int_range(pl.len()).is_in(pl.Series(at).implode())
        rows = rows.with_columns(pl.when(soiled_here).then(pl.lit(text)).otherwise(pl.col(column)).alias(column))
    return rows
