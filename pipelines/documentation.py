"""Write the reference pages of `docs/` from the declarations; a test says when they are stale.

Usage: python -m pipelines.documentation
"""

from collections.abc import Iterable
from pathlib import Path

from pipelines.reading.days import MONTH, WHOLE_MONTHS
from pipelines.reading.encodings import LATIN_9, WINDOWS
from pipelines.reading.files import FORMATS
from schemas.exports.declarations import Column, Table
from schemas.exports.kinds import (
    NO_WORDS,
    YES_WORDS,
    Amount,
    Code,
    CodeList,
    CodeWithin,
    Count,
    Day,
    Kind,
    Name,
    NameList,
    Nir,
    Reference,
    YesNo,
)
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


_FORMS = """\
Des exports de cette forme se lisent sans profil. Des modèles vierges, en CSV et en classeur avec les listes de valeurs :
`adass modeles DOSSIER`. Pour toute autre forme, `adass adapter` écrit un profil de lecture (`docs/adopter.md`).

| Quoi | Sans profil | Avec un profil |
| --- | --- | --- |
| Fichiers | {files}, au nom de leur table | tout nom, archives de plusieurs fichiers, `.xls`, `.ods`, texte nommé `.xls` |
| Encodages | UTF-8, avec ou sans marque ; `{windows}` ; `{latin}` | tout encodage que Python connaît, dont UTF-16 et `mac_roman` |
| Séparateurs | `;` `,` tabulation | tout caractère, dont `\\|` |
| En-têtes | ceux du contrat (`docs/exports.md`), sans égard à la casse, aux accents ni aux espaces | tous |
| Dates | `JJ/MM/AAAA`, `AAAA-MM-JJ`, une heure après l'une ou l'autre | tous les codes strptime, noms de mois, numéros de tableur |
| Oui | {yes} | tout mot |
| Non | {no} | tout mot |
| Non connu | rien | rien, et tout mot |
| Codes | le libellé ou le code, ci-dessous | tout mot |
| Organisme | le code à trois caractères de `ref.organismes` | son nom, son code sans zéros, son département |

Mois nommés, entiers ou abrégés, avec ou sans point : {months}.
"""


def pages() -> dict[str, str]:
    """Each generated page, by file name."""
    return {
        "exports.md": _exports(),
        "accepte.md": _accepted(),
        "dictionnaire.md": _dictionary(),
        "indicateurs.md": _indicators(),
    }


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


def _accepted() -> str:
    text = GENERATED + "# Ce qui est accepté\n\n" + _FORMS.format(
        files=", ".join(f"`{ending}`" for ending in FORMATS), yes=_words(YES_WORDS), no=_words(NO_WORDS), windows=WINDOWS, latin=LATIN_9,
        months=", ".join(sorted(WHOLE_MONTHS, key=lambda name: (MONTH[name], name))),
    )  # fmt: skip
    for source in SOURCES:
        text += f"\n## {source.label}\n"
        for table in source.tables:
            text += "".join(_closed_list(table, c) for c in table.exported if _listed(c))
    return text


def _words(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in sorted(words))


def _listed(column: Column) -> bool:
    return isinstance(column.kind, Code) and not isinstance(column.kind, YesNo)


def _closed_list(table: Table, column: Column) -> str:
    """The labels and codes of a column; where a label depends on another column, that column's code beside it."""
    kind = column.kind
    if not isinstance(kind, Code):
        return ""
    text = f"\n### {table.name}, {column.header}\n\n"
    text += "Plusieurs valeurs, séparées par une virgule ou « | ».\n\n" if isinstance(kind, CodeList) else ""
    if not isinstance(kind, CodeWithin):
        return (
            text
            + _head("Libellé", "Code")
            + "".join(_row(label, f"`{code}`") for code, label in kind.nomenclature.items())
        )
    rows = (_row(label, f"`{code}`", f"`{kind.parents[code]}`") for code, label in kind.nomenclature.items())
    return text + _head("Libellé", "Code", table.column(kind.parent).header) + "".join(rows)


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
