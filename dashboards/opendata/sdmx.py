"""The figures in the form of statistical offices: SDMX-CSV 2.0, with the structure that it follows."""

import re
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
from pysdmx.io import write_sdmx
from pysdmx.io.format import Format
from pysdmx.io.pd import PandasDataset
from pysdmx.model import (
    Code,
    Codelist,
    Component,
    Components,
    Concept,
    ConceptScheme,
    DataStructureDefinition,
    DataType,
    ItemReference,
    Organisation,
    Role,
)  # fmt: skip
from pysdmx.model.message import Header

from dashboards.opendata.tables import Content
from schemas.nomenclatures import NIVEAU
from schemas.publics import PUBLICS

AGENCY, ID, VERSION = "CNAM", "ADASS", "1.0"
NOT_APPLICABLE = "_Z"  # SDMX's code where a dimension says nothing
SHOWN, HIDDEN = "A", "C"  # SDMX's codes of confidentiality: normal value, hidden
TIME = "TIME_PERIOD"
CONCEPTS = {
    "NIVEAU": "Niveau", "TERRITOIRE": "Territoire", "PUBLIC": "Public", "INDICATEUR": "Indicateur",
    "MODALITE": "Modalité", TIME: "Année", "OBS_VALUE": "Valeur", "NUMERATEUR": "Numérateur",
    "DENOMINATEUR": "Dénominateur", "UNIT_MEASURE": "Unité", "CONF_STATUS": "Confidentialité",
}  # fmt: skip
DIMENSIONS = tuple(CONCEPTS)[:6]  # SDMX wants the period last
_UNSAFE = re.compile(r"[^A-Za-z0-9_@$-]")

_UNITS = {
    "nombre": "Nombre", "part": "Part, de 0 à 1", "jours": "Jours", "evolution": "Évolution relative", "note": "Note",
    "annees": "Années",
}  # fmt: skip
_STATES = {SHOWN: "Valeur montrée", HIDDEN: "Valeur masquée : petits effectifs"}


def code_of(text: str) -> str:
    """A text as an identifier of SDMX: letters, digits, `_`, `@`, `$`, `-`; another character becomes its number."""
    return (
        _UNSAFE.sub(lambda m: "@" if m[0] == ":" else "$" if m[0] == "." else f"-{ord(m[0]):x}-", text)
        or NOT_APPLICABLE
    )


def write(content: Content, folder: Path) -> None:
    """Write `sdmx/structure.xml` and `sdmx/chiffres.csv`: every figure of the three niveaux, hidden ones without a value."""
    rows = _rows(content)
    codelists, concepts = _codelists(content, rows), _concepts()
    structure = _structure(codelists, concepts)
    (folder / "sdmx").mkdir()
    described = [*codelists, concepts, structure]
    path = str(folder / "sdmx" / "structure.xml")
    write_sdmx(described, Format.STRUCTURE_SDMX_ML_3_0, path, header=_header(content))
    dataset = PandasDataset(structure=structure.to_schema(), data=rows.to_pandas())
    write_sdmx([dataset], Format.DATA_SDMX_CSV_2_0_0, str(folder / "sdmx" / "chiffres.csv"))


def _header(content: Content) -> Header:
    """Of the vintage and not of the moment: the same figures give the same file."""
    prepared = datetime.fromisoformat(content.created).replace(tzinfo=UTC)
    return Header(id=f"ADASS_{content.year}", prepared=prepared, sender=Organisation(id=AGENCY))


def _rows(content: Content) -> pl.DataFrame:
    """One row a figure, columns named as components; a hidden figure keeps its place."""
    figures = pl.concat(
        content.frames[f"chiffres_{niveau}"].with_columns(pl.lit(niveau).alias("niveau")) for niveau in NIVEAU
    )
    codes = [
        pl.col(c).map_elements(code_of, pl.String, skip_nulls=False)
        for c in ("niveau", "territoire", "public", "indicateur", "unite")
    ]
    return figures.select(
        pl.col("annee").cast(pl.String).alias("TIME_PERIOD"),
        *(expression.name.to_uppercase() for expression in codes),
        pl.col("modalite").fill_null("").map_elements(code_of, pl.String).alias("MODALITE"),
        pl.col("valeur").alias("OBS_VALUE"),
        pl.col("numerateur").alias("NUMERATEUR"),
        pl.col("denominateur").alias("DENOMINATEUR"),
        pl.when("protege").then(pl.lit(HIDDEN)).otherwise(pl.lit(SHOWN)).alias("CONF_STATUS"),
    ).rename({"UNITE": "UNIT_MEASURE"})


def _lists(content: Content, rows: pl.DataFrame) -> dict[str, dict[str, str]]:
    """The codes of each component, with their French labels."""
    organismes = content.frames["organismes"]
    regions = dict(organismes.select("code_region", "region").iter_rows())
    indicators = dict(content.frames["indicateurs"].select("indicateur", "libelle").iter_rows())
    labels = dict(content.frames["nomenclatures"].select("code", "libelle").iter_rows())
    modalities = sorted(set(rows["MODALITE"]) - {NOT_APPLICABLE})
    return {
        "NIVEAU": dict(NIVEAU),
        "TERRITOIRE": {"FR": "France", **regions, **dict(organismes.select("organisme", "nom").iter_rows())},
        "PUBLIC": {p.code: p.label for p in PUBLICS},
        "INDICATEUR": {code_of(i): label for i, label in indicators.items()},
        "MODALITE": {NOT_APPLICABLE: "Sans modalité", **{m: labels.get(m, m) for m in modalities}},
        "UNIT_MEASURE": _UNITS,
        "CONF_STATUS": _STATES,
    }


def _codelists(content: Content, rows: pl.DataFrame) -> list[Codelist]:
    return [
        Codelist(
            f"CL_{name}", name=CONCEPTS[name], agency=AGENCY, version=VERSION,
            items=[Code(code, name=label.replace("'", "’")) for code, label in codes.items()],  # pysdmx takes ' for a quote
        )
        for name, codes in _lists(content, rows).items()
    ]  # fmt: skip


def _structure(codelists: list[Codelist], concepts: ConceptScheme) -> DataStructureDefinition:
    by_id = {c.id: c for c in codelists}
    roles = {**dict.fromkeys(DIMENSIONS, Role.DIMENSION), "OBS_VALUE": Role.MEASURE}
    components = [
        Component(
            concept.id, role is Role.DIMENSION, role,
            ItemReference("Concept", AGENCY, concepts.id, VERSION, concept.id), name=concept.name,
            local_dtype=concept.dtype, local_codes=by_id.get(f"CL_{concept.id}"),
            attachment_level="O" if role is Role.ATTRIBUTE else None,
        )
        for concept in concepts.items
        for role in [roles.get(concept.id, Role.ATTRIBUTE)]
    ]  # fmt: skip
    return DataStructureDefinition(
        ID, name="Statistiques ADASS", agency=AGENCY, version=VERSION, components=Components(components)
    )


def _concepts() -> ConceptScheme:
    numbers = {"OBS_VALUE", "NUMERATEUR", "DENOMINATEUR"}
    items = [
        Concept(
            i, name=label, dtype=DataType.DOUBLE if i in numbers else DataType.PERIOD if i == TIME else DataType.STRING
        )
        for i, label in CONCEPTS.items()
    ]
    return ConceptScheme(f"CS_{ID}", name="Notions des statistiques ADASS", agency=AGENCY, version=VERSION, items=items)
