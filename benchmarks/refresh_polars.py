"""What a polars script does with the same files: types, themes, publics, and the counts of the deck; no validation.

Usage: python -m benchmarks.refresh_polars RAW
"""

import sys
from pathlib import Path

import polars as pl

from benchmarks.refresh_pandas import BY, YES
from schemas.exports.declarations import Table
from schemas.exports.kinds import Day
from schemas.exports.referentiels import shipped_organismes
from schemas.exports.sources import source
from schemas.nomenclatures import MOTIF_CLOTURE, MOTIFS_SUCCES, THEMATIQUE

BANDS = (25, 40, 50, 60)


def load(raw: Path, table: Table) -> pl.LazyFrame:
    names = {c.header: c.name for c in table.columns}
    files = sorted(raw.glob(f"bali/*/{table.name}*.csv"))
    days = [pl.col(c.name).str.to_date("%d/%m/%Y", strict=False) for c in table.columns if isinstance(c.kind, Day)]
    return pl.scan_csv(files, separator=";", infer_schema=False).rename(names).with_columns(days)


def accompagnements(raw: Path) -> pl.LazyFrame:
    organismes = pl.scan_csv(shipped_organismes(), separator=";", infer_schema=False)
    regions = organismes.select("organisme", pl.col("code_region").alias("region"))
    rows = load(raw, source("bali").table("accompagnements")).unique("id_accompagnement", keep="last")
    return (
        rows.join(regions, on="organisme", how="left")
        .with_columns(
            annee_detection=pl.col("date_saisine").dt.year(),
            annee_cloture=pl.col("date_cloture").dt.year(),
            duree_jours=(pl.col("date_cloture") - pl.col("date_saisine")).dt.total_days(),
            age=(pl.col("date_saisine") - pl.col("date_naissance")).dt.total_days() // 365.2425,
            succes=pl.col("motif_cloture").is_in([MOTIF_CLOTURE[m] for m in MOTIFS_SUCCES]),
            **{column: pl.col(column) == "Oui" for column in YES},
        )
        .with_columns(tranche_age=pl.sum_horizontal(pl.col("age") >= bound for bound in BANDS))
    )


def with_themes(rows: pl.LazyFrame, actions: pl.LazyFrame) -> pl.LazyFrame:
    done = pl.col("resultat") == "Réussie"
    met = {f"aborde {t}": pl.col("thematique") == t for t in THEMATIQUE.values()}
    met |= {f"reussit {t}": (pl.col("thematique") == t) & done for t in THEMATIQUE.values()}
    flags = actions.group_by("id_accompagnement").agg(expr.any().alias(name) for name, expr in met.items())
    return rows.join(flags, on="id_accompagnement", how="left").with_columns(pl.col(*met).fill_null(False))


def figures(rows: pl.DataFrame, care: pl.DataFrame) -> list[pl.DataFrame]:
    publics = {
        "ensemble": rows, "jeunes": rows.filter(pl.col("age") < 25), "help": rows.filter("help"),
        "handicap": rows.filter("handicap"),
        "travailleurs_independants": rows.filter((pl.col("situation") == "Travailleur indépendant") & ~pl.col("help")),
        "sans_emploi": rows.filter(pl.col("situation") == "Sans emploi"),
    }  # fmt: skip
    days = pl.col("duree_jours")
    durations = [days.mean().alias("mean"), days.median().alias("median"), days.count().alias("count")]
    counted = [pl.col(c).sum() for c in rows.columns if c.startswith(("aborde ", "reussit "))]
    out = []
    for own in publics.values():
        successes = own.filter(pl.col("succes") & (pl.col("type_accompagnement") == "Soins"))
        distinct = care.join(successes, on="id_accompagnement").unique(
            ["id_accompagnement", "type_soins", "specialite"]
        )
        for place in ([], ["region"], ["organisme"]):
            for year in ("annee_detection", "annee_cloture"):
                out += [own.group_by(year, *place, by).len() for by in BY]
            keys = ["annee_cloture", *place]
            out.append(own.group_by(keys).agg(*counted, pl.col("succes", *YES).sum()))
            out += [some.group_by(keys).agg(durations) for some in (own, successes)]
            out += [distinct.group_by(*keys, by).len() for by in ("type_soins", "specialite")]
            out.append(own.group_by("annee_detection", *place, "structure").len())
    return out


def main(raw: Path) -> None:
    tables = source("bali")
    rows = with_themes(accompagnements(raw), load(raw, tables.table("actions")))
    made = figures(rows.collect(), load(raw, tables.table("soins")).collect())
    print(len(made), "tables,", sum(m.height for m in made), "rows")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
