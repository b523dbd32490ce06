"""`adass ouvrir-donnees`: write the open-data package of a year, whole or not at all, and say what changed since the last."""

import json
import shutil
import sys
import tempfile
from pathlib import Path

import click
import polars as pl

from dashboards import formats
from dashboards.opendata import catalogue, datapackage, sdmx, semantic
from dashboards.opendata.datapackage import LICENCE_TITLES, LICENCES, Publisher
from dashboards.opendata.tables import Content, Unusable, read
from schemas.nomenclatures import NIVEAU
from schemas.outputs.vintages import DIFFUSION

CHANGES, DESCRIPTION, README = "changements.csv", "datapackage.json", "LISEZ-MOI.md"
KEY = ("annee", "niveau", "territoire", "public", "indicateur", "modalite")
FIRST = (1, 0, 0)
DONE, REFUSED = 0, 1


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--annee", type=int, required=True, help="Dernière année du paquet ; elle doit être complète.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="Dossier du paquet.")
@click.option(
    "--marts", type=click.Path(file_okay=False, path_type=Path), default=Path("data/marts"), show_default=True,
    help="Dossier publié.",
)  # fmt: skip
@click.option("--licence", type=click.Choice(list(LICENCES)), default="etalab-2.0", show_default=True, help="Licence.")
@click.option("--editeur", default="Caisse nationale de l'Assurance Maladie", show_default=True, help="Qui publie.")
@click.option("--contact", default="adass@exemple.fr", show_default=True, help="Adresse électronique de contact.")
@click.option("--adresse", default="", help="Adresse où le paquet sera publié.  [défaut : urn:adass:ANNEE]")
def main(annee: int, out: Path, marts: Path, licence: str, editeur: str, contact: str, adresse: str) -> None:
    """Écrire le paquet de données ouvertes d'une année, à partir du fichier de diffusion seul."""
    address = adresse.rstrip("/") or f"urn:adass:{annee}"
    publisher = Publisher(editeur, contact, licence, LICENCE_TITLES[licence], address)
    try:
        version, changed = publish(read(marts / DIFFUSION, annee), publisher, out)
    except Unusable as error:
        click.echo(f"Refusé : {error}", err=True)
        sys.exit(REFUSED)
    said = "aucun chiffre changé" if changed == 0 else formats.counted(changed, "chiffre changé", "chiffres changés")
    click.echo(f"{out} : paquet {version} ({said})")


def publish(content: Content, publisher: Publisher, out: Path) -> tuple[str, int]:
    """Write a package in place of the one that `out` holds; returns its version and how many figures have changed.

    Everything is written beside first: a package is never half there. The same figures give the same bytes. Raises
    Unusable where `out` holds something else than a package of this year.
    """
    former = _former(out, content.year)
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{out.name}.", dir=out.parent) as beside:
        folder = Path(beside) / "paquet"
        folder.mkdir()
        changes = _changes(content, out) if former else _changes_of_none()
        version = _version(former, changes)
        if former and not changes.height:
            changes = pl.read_csv(out / CHANGES, infer_schema=False)  # of the version that this one still is
        _write(content, publisher, version, changes, folder)
        if out.exists():
            out.rename(Path(beside) / "ancien")
        folder.rename(out)
    return version, changes.height if former and version != former else 0


def _former(out: Path, year: int) -> str:
    """The version of the package that is there; empty where there is none."""
    if not out.exists() or not any(out.iterdir()):
        return ""
    try:
        described = json.loads((out / DESCRIPTION).read_text(encoding="utf-8"))
        name, version = str(described["name"]), str(described["version"])
    except (OSError, ValueError, KeyError, TypeError):
        raise Unusable(f"{out} : ce dossier contient autre chose qu'un paquet ; choisissez-en un vide") from None
    if name != f"adass-{year}":
        raise Unusable(f"{out} : ce dossier contient le paquet « {name} » ; choisissez-en un autre")
    return version


def _version(former: str, changes: pl.DataFrame) -> str:
    """The next one where a figure has changed: the second number counts the corrections of a package."""
    major, minor, patch = map(int, former.split(".")) if former else FIRST
    return f"{major}.{minor + 1}.0" if changes.height else f"{major}.{minor}.{patch}"


def _figures(frames: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """All figures, a row each, by KEY."""
    return pl.concat(
        frames[f"chiffres_{niveau}"].select(
            pl.col("annee").cast(pl.Int64), pl.lit(niveau).alias("niveau"), "territoire", "public", "indicateur",
            pl.col("modalite").fill_null(""), "valeur",
        )
        for niveau in NIVEAU
    )  # fmt: skip


def _changes_of_none() -> pl.DataFrame:
    return pl.DataFrame(schema={**dict.fromkeys(KEY, pl.String), "avant": pl.Float64, "apres": pl.Float64})


def _changes(content: Content, out: Path) -> pl.DataFrame:
    """The figures that differ from those of the package that is there: empty where one was or is not shown."""
    before = {f"chiffres_{n}": pl.read_parquet(out / "donnees" / f"chiffres_{n}.parquet") for n in NIVEAU}
    both = _figures(before).join(_figures(content.frames), on=KEY, how="full", suffix="_apres", coalesce=True)
    changed = both.filter(pl.col("valeur").ne_missing(pl.col("valeur_apres")))
    return changed.rename({"valeur": "avant", "valeur_apres": "apres"}).sort(KEY)


def _write(content: Content, publisher: Publisher, version: str, changes: pl.DataFrame, folder: Path) -> None:
    (folder / "donnees").mkdir()
    for resource, frame in content.resources:
        place = folder / "donnees" / resource.name
        frame.write_csv(place.with_suffix(".csv"), line_terminator="\r\n")
        frame.write_parquet(place.with_suffix(".parquet"), compression="zstd")
    changes.write_csv(folder / CHANGES, line_terminator="\r\n")
    described = datapackage.descriptor(content, publisher, version, folder)
    text = json.dumps(described, ensure_ascii=False, indent=2) + "\n"
    (folder / DESCRIPTION).write_text(text, encoding="utf-8")
    catalogue.write(described, content, publisher, folder)
    sdmx.write(content, folder)
    (folder / "modele_semantique.yml").write_text(semantic.text(), encoding="utf-8")
    (folder / README).write_text(_readme(content, publisher, version), encoding="utf-8")
    shutil.copymode(folder.parent, folder)


def _readme(content: Content, publisher: Publisher, version: str) -> str:
    tables = "\n".join(
        f"| `donnees/{r.name}.csv`, `.parquet` | {r.title} | {formats.nombre(frame.height)} |"
        for r, frame in content.resources
    )
    return f"""# {datapackage.title(content)}

Version {version}, millésime {content.vintage}, publié par {publisher.name} ({publisher.contact}) sous {publisher.licence_title}.

{datapackage.description(content)}

| fichier | contenu | lignes |
| --- | --- | --: |
{tables}

- **CSV** : UTF-8, virgule, point décimal, fins de ligne CRLF (RFC 4180). **Parquet** : les mêmes lignes, avec leurs types.
- `datapackage.json` : description (Data Package v2), avec le schéma de chaque table, ses clés et ses contraintes.
- `catalogue.jsonld`, `catalogue.ttl` : la même pour un catalogue de données (DCAT-AP-FR).
- `sdmx/` : les chiffres en SDMX-CSV 2.0, et leur structure (SDMX-ML 3.0). Une valeur masquée y a le statut `C`.
- `modele_semantique.yml` : les définitions des indicateurs (MetricFlow), sur les tables d'adass.
- `{CHANGES}` : ce qui a changé depuis la version précédente du paquet.

## Lire les chiffres

`valeur` est un nombre, une part de 0 à 1, une évolution, des jours, une note ou des années, selon `unite` ; une part est
`numerateur` / `denominateur`. `donnees/indicateurs.csv` définit chaque indicateur, `donnees/nomenclatures.csv` chaque code.
Une ligne absente n'est pas un zéro : ce chiffre n'existe pas, ou n'a pas été livré. Où `protege` est vrai, la valeur
est masquée pour protéger de petits effectifs (moins de 11 personnes), ou parce qu'elle permettrait d'en retrouver un.

Dans un tableur en français : Données › À partir d'un fichier texte/CSV, origine « UTF-8 », délimiteur « virgule », et
« anglais (États-Unis) » pour les nombres. En Python : `pandas.read_parquet("donnees/chiffres_national.parquet")` ; en R :
`arrow::read_parquet("donnees/chiffres_national.parquet")`.
"""


if __name__ == "__main__":
    main()
