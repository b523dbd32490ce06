"""Write the reference pages of `docs/` from the declarations; a test says when they are stale.

Usage: python -m pipelines.documentation
"""

from pathlib import Path

from schemas.exports.declarations import Table
from schemas.exports.kinds import Amount, Code, CodeList, Count, Day, Kind, Name, NameList, Nir, Reference, YesNo
from schemas.exports.rules import REFUS, REGLES
from schemas.exports.sources import SOURCES
from schemas.indicators.catalogue import CATALOGUE
from schemas.outputs.macros import MACROS
from schemas.outputs.tables import LAYERS, OUTPUTS

DOCS = Path("docs")
GENERATED = "<!-- Page engendrée par `make docs` : ne pas la modifier à la main. -->\n\n"

_KINDS: tuple[tuple[type[Kind], str], ...] = (
    (Day, "date"), (YesNo, "oui/non"), (Count, "nombre entier"), (Amount, "nombre"), (Nir, "NIR"),
    (CodeList, "codes d'une nomenclature"), (Code, "code d'une nomenclature"), (Reference, "code d'un référentiel"),
    (NameList, "noms"), (Name, "nom"),
)  # fmt: skip


def pages() -> dict[str, str]:
    """Each generated page, by file name."""
    return {"exports.md": _exports(), "dictionnaire.md": _dictionary(), "indicateurs.md": _indicators()}


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


def _head(*titles: str) -> str:
    return _row(*titles) + _row(*("---" for _ in titles))


def _exports() -> str:
    text = GENERATED + "# Les exports lus\n\nLes en-têtes sont reconnus sans casse, accents ni espaces répétés.\n"
    for source in SOURCES:
        text += f"\n## {source.label}\n\nDossier : `{source.folder}/`\n"
        text += "".join(_export_table(table) for table in source.tables)
    rules = "".join(_row(code, label) for code, label in {**REGLES, **REFUS}.items())
    return (
        text
        + "\n## Règles\n\nR : la ligne est rejetée. A : la ligne reste, le champ est vidé. V : rien n'est publié, sauf avec "
        + "`--malgre MOTIF`.\n\n"
        + _head("Règle", "Cas")
        + rules
    )


def _export_table(table: Table) -> str:
    text = f"\n### {table.name}\n\n{table.description}\n\n" + _head(
        "En-tête", "Colonne", "Type", "Obligatoire", "Règles"
    )
    for c in table.exported:
        kind = next((label for kind, label in _KINDS if isinstance(c.kind, kind)), "texte")
        rules = {r for r in (c.missing, c.unreadable) if r} | {r.code for r in table.rules if r.column == c.name}
        text += _row(c.header, f"`{c.name}`", kind, "oui" if c.mandatory else "", ", ".join(sorted(rules)))
    return text


def _dictionary() -> str:
    text = (
        GENERATED
        + "# Dictionnaire des tables publiées\n\nLe fichier `adass.duckdb` ; mêmes textes que les commentaires des tables.\n"
        + "Il s'ouvre avec DuckDB 2.0 ou plus récent, en lecture seule ; un client 1.x ne le lit pas.\n"
    )
    for layer, label in LAYERS.items():
        text += f"\n## `{layer}` – {label}\n"
        for output in (o for o in OUTPUTS if o.layer == layer):
            text += f"\n### {output.full_name}\n\n{output.comment}\n\n" + _head("Colonne", "Type", "Description")
            text += "".join(
                _row(f"`{c.name}`", "ENUM" if c.codes or c.met else c.sql, c.comment) for c in output.columns
            )
    text += "\n## Fonctions\n\nDans les deux fichiers.\n\n" + _head("Fonction", "Valeur")
    text += "".join(_row(f"`{m.full_name}({', '.join(m.parameters)})`", m.comment) for m in MACROS)
    return text


def _indicators() -> str:
    text = GENERATED + "# Catalogue des indicateurs\n\n" + _head("Indicateur", "Libellé", "Unité", "Base", "Définition")
    return text + "".join(_row(f"`{i.id}`", i.label, i.unit, i.base.words, i.definition) for i in CATALOGUE)


def main() -> None:
    for name, text in pages().items():
        (DOCS / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
