"""The description of a package for machines: Data Package version 2, with a table schema for each file."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dashboards.opendata.tables import Content, Resource
from schemas.nomenclatures import NIVEAU
from schemas.outputs.columns import OutputColumn
from schemas.outputs.vintages import sha256
from schemas.publics import PUBLICS

PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
TABLE_SCHEMA = "https://datapackage.org/profiles/2.0/tableschema.json"
_TYPES = {
    "INTEGER": "integer", "BIGINT": "integer", "DOUBLE": "number", "BOOLEAN": "boolean", "DATE": "date",
    "TIMESTAMP": "datetime",
}  # fmt: skip
_CODES = {"niveau": tuple(NIVEAU), "public": tuple(p.code for p in PUBLICS)}
# what a file of figures says nothing of is an empty cell; an indicator without modalité has the empty one
_EMPTY_IS_A_VALUE = {"modalite"}


@dataclass(frozen=True)
class Publisher:
    """Who publishes a package, under which licence, and where it will stand."""

    name: str
    contact: str
    licence: str
    licence_title: str
    address: str  # the address of the package, without a `/` at its end


def descriptor(content: Content, publisher: Publisher, version: str, folder: Path) -> dict[str, Any]:
    """The content of `datapackage.json` for the files written in `folder`."""
    return {
        "$schema": PROFILE,
        "name": f"adass-{content.year}",
        "id": publisher.address,
        "title": title(content),
        "description": description(content),
        "version": version,
        "created": f"{content.created}T00:00:00Z",
        "homepage": publisher.address,
        "keywords": ["accès aux droits", "accès aux soins", "Assurance Maladie", "MisAS", "non-recours"],
        "licenses": [{"name": publisher.licence, "title": publisher.licence_title, "path": LICENCES[publisher.licence]}],
        "contributors": [{"title": publisher.name, "email": publisher.contact, "roles": ["publisher"]}],
        "resources": [
            one for resource, _ in content.resources for one in _of_resource(resource, folder)
        ],
    }  # fmt: skip


LICENCES = {
    "etalab-2.0": "https://www.etalab.gouv.fr/wp-content/uploads/2017/04/ETALAB-Licence-Ouverte-v2.0.pdf",
    "ODbL-1.0": "https://opendatacommons.org/licenses/odbl/1-0/",
    "CC-BY-4.0": "https://creativecommons.org/licenses/by/4.0/",
}
LICENCE_TITLES = {
    "etalab-2.0": "Licence Ouverte 2.0",
    "ODbL-1.0": "Open Database License 1.0",
    "CC-BY-4.0": "Creative Commons Attribution 4.0",
}


def title(content: Content) -> str:
    return f"Statistiques ADASS {content.year} : accès aux droits, aux soins et à la santé"


def description(content: Content) -> str:
    """What the package holds, in two sentences; a third where its figures are invented."""
    invented = " Données synthétiques : ces chiffres ne décrivent aucune personne réelle." if content.synthetic else ""
    return (
        f"Indicateurs annuels de l'Assurance Maladie jusqu'à {content.year} : personnes en difficulté détectées, détecteurs, "
        "issues, durées et profils des accompagnements, actions « aller vers ». Les petits effectifs sont masqués : une cellule "
        f"dont « protege » est vrai n'a pas de valeur.{invented}"
    )


def _of_resource(resource: Resource, folder: Path) -> list[dict[str, Any]]:
    """A table twice: as CSV, which says what its columns are, and as Parquet, which holds their types."""
    schema = table_schema(resource)
    csv = {
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "dialect": {"delimiter": ","},
        "schema": schema,
    }
    parquet = {"format": "parquet", "mediatype": "application/vnd.apache.parquet"}
    return [
        {"name": resource.name, "type": "table", "title": resource.title, **_file(folder, f"{resource.name}.csv"), **csv},
        {
            "name": f"{resource.name}_parquet", "title": f"{resource.title} (Parquet)",
            "path": f"donnees/{resource.name}.parquet", **parquet,  # frictionless counts the bytes of texts only
        },
    ]  # fmt: skip


def _file(folder: Path, name: str) -> Mapping[str, object]:
    path = folder / "donnees" / name
    return {"path": f"donnees/{name}", "bytes": path.stat().st_size, "hash": f"sha256:{sha256(path)}"}


def table_schema(resource: Resource) -> dict[str, Any]:
    """The table schema of a resource: types, titles, constraints, keys, as Validata reads it."""
    keys = [
        {"fields": [column], "reference": {"resource": table, "fields": [theirs]}}
        for column, table, theirs in resource.refers
    ]
    return {
        "$schema": TABLE_SCHEMA,
        "fields": [_field(c, c.name in resource.key) for c in resource.columns],
        "primaryKey": list(resource.key),
        **({"foreignKeys": keys} if keys else {}),
    }


def _field(column: OutputColumn, in_key: bool) -> dict[str, Any]:
    constraints: dict[str, object] = {}
    if in_key and column.name not in _EMPTY_IS_A_VALUE:
        constraints["required"] = True
    if codes := _CODES.get(column.name):
        constraints["enum"] = list(codes)
    if column.name in {"rang", "accompagnements", "organismes"}:
        constraints["minimum"] = 0
    return {
        "name": column.name,
        "type": _TYPES.get(column.sql, "string"),
        "title": column.comment.split(" :")[0],
        "description": column.comment,
        **({"constraints": constraints} if constraints else {}),
        **({"missingValues": ["_"]} if column.name in _EMPTY_IS_A_VALUE else {}),
    }
