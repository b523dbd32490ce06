"""What a pandas script does with the same files: types, themes, publics, and the counts of the deck; no validation.

Usage: python -m benchmarks.refresh_pandas RAW
"""

import sys
from pathlib import Path

import pandas as pd

from schemas.exports.declarations import Table
from schemas.exports.kinds import Day
from schemas.exports.referentiels import shipped_organismes
from schemas.exports.sources import source
from schemas.nomenclatures import MOTIF_CLOTURE, MOTIFS_SUCCES, THEMATIQUE

BY = ("type_accompagnement", "famille_detecteur", "categorie_detecteur", "motif_cloture", "tranche_age", "sexe")
YES = ("help", "handicap", "medecin_traitant_fin", "c2s_fin", "ald_fin")


def load(raw: Path, table: Table) -> pd.DataFrame:
    names = {c.header: c.name for c in table.columns}
    parts = [pd.read_csv(p, sep=";", dtype=str) for p in sorted(raw.glob(f"bali/*/{table.name}*.csv"))]
    rows = pd.concat(parts, ignore_index=True).rename(columns=names)
    for column in table.columns:
        if isinstance(column.kind, Day):
            rows[column.name] = pd.to_datetime(rows[column.name], format="%d/%m/%Y", errors="coerce")
    return rows


def accompagnements(raw: Path) -> pd.DataFrame:
    rows = load(raw, source("bali").table("accompagnements")).drop_duplicates("id_accompagnement", keep="last")
    organismes = pd.read_csv(shipped_organismes(), sep=";", dtype=str).set_index("organisme")["code_region"]
    rows["region"] = rows["organisme"].map(organismes)
    rows["annee_detection"], rows["annee_cloture"] = rows["date_saisine"].dt.year, rows["date_cloture"].dt.year
    rows["duree_jours"] = (rows["date_cloture"] - rows["date_saisine"]).dt.days
    rows["age"] = (rows["date_saisine"] - rows["date_naissance"]).dt.days // 365.2425
    rows["tranche_age"] = pd.cut(rows["age"], [-1, 24, 39, 49, 59, 200], labels=False)
    rows["succes"] = rows["motif_cloture"].isin([MOTIF_CLOTURE[m] for m in MOTIFS_SUCCES])
    for column in YES:
        rows[column] = rows[column] == "Oui"
    return rows


def with_themes(rows: pd.DataFrame, actions: pd.DataFrame) -> pd.DataFrame:
    for name, kept in (("aborde", actions), ("reussit", actions[actions["resultat"] == "Réussie"])):
        flags = pd.crosstab(kept["id_accompagnement"], kept["thematique"]).gt(0).add_prefix(f"{name} ")
        rows = rows.merge(flags, left_on="id_accompagnement", right_index=True, how="left")
    themes = [f"{name} {label}" for name in ("aborde", "reussit") for label in THEMATIQUE.values()]
    rows[themes] = rows[themes].fillna(False)
    return rows


def figures(rows: pd.DataFrame, care: pd.DataFrame) -> list[pd.DataFrame]:
    publics = {
        "ensemble": rows, "jeunes": rows[rows["age"] < 25], "help": rows[rows["help"]], "handicap": rows[rows["handicap"]],
        "travailleurs_independants": rows[(rows["situation"] == "Travailleur indépendant") & ~rows["help"]],
        "sans_emploi": rows[rows["situation"] == "Sans emploi"],
    }  # fmt: skip
    themes = [c for c in rows.columns if c.startswith(("aborde ", "reussit "))]
    out = []
    for own in publics.values():
        successes = own[own["succes"] & (own["type_accompagnement"] == "Soins")]
        distinct = care.merge(successes, on="id_accompagnement").drop_duplicates(
            ["id_accompagnement", "type_soins", "specialite"]
        )
        for place in ([], ["region"], ["organisme"]):
            for year in ("annee_detection", "annee_cloture"):
                out += [own.groupby([year, *place, by]).size() for by in BY]
            keys = ["annee_cloture", *place]
            out.append(own.groupby(keys)[[*themes, "succes", *YES]].sum())
            out.append(own.groupby(keys)["duree_jours"].agg(["mean", "median", "count"]))
            out.append(successes.groupby(keys)["duree_jours"].agg(["mean", "median", "count"]))
            out += [distinct.groupby([*keys, by]).size() for by in ("type_soins", "specialite")]
            out.append(own.groupby(["annee_detection", *place, "structure"]).size())
    return out


def main(raw: Path) -> None:
    tables = source("bali")
    rows = with_themes(accompagnements(raw), load(raw, tables.table("actions")))
    made = figures(rows, load(raw, tables.table("soins")))
    print(len(made), "tables,", sum(len(m) for m in made), "rows")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
