"""What is asked about a doubt, in words, with the answers that it may have."""

from collections.abc import Mapping
from dataclasses import dataclass

from pipelines.adoption.entries import (
    CODE,
    COLUMN,
    CONSTANT,
    DATE,
    DELIVERY,
    ENCODING,
    LEFT_OUT,
    SEPARATOR,
    SHEET,
    SKIPPED,
    TABLE,
    WIDE,
    Entry,
    Proposed,
    short_name,
    table_named,
)
from pipelines.reading.form import AGE, NO, VOID, YES
from schemas.exports.declarations import Column, Table
from schemas.exports.kinds import Code, YesNo
from schemas.exports.sources import SOURCES

_ABOUT = {
    TABLE: "Quelle table ce fichier contient-il ?",
    DELIVERY: "De quel jour est cette livraison (AAAA-MM-JJ) ?",
    SHEET: "Quelle feuille contient la table {table} ?",
    SEPARATOR: "Quel est le séparateur ?",
    ENCODING: "Quel est l'encodage du texte ?",
    SKIPPED: "Combien de lignes précèdent l'en-tête ?",
    LEFT_OUT: "Les lignes qui commencent par « {valeur} » sont-elles à exclure ?",
    COLUMN: "Quelle colonne de {table} est « {valeur} » ?",
    CONSTANT: "Quelle valeur de {colonne} toutes les lignes de ce fichier ont-elles ?",
    CODE: "{colonne} : que veut dire « {valeur} » ?",
    DATE: "Comment les dates de {colonne} sont-elles écrites ?",
    WIDE: "De quelle colonne de {table} sont « {valeur} » et les suivantes ?",
}


@dataclass(frozen=True)
class Question:
    """A question: the file it is about, its words, answers with what they mean (none where any text is one), what is proposed."""

    text: str
    choices: Mapping[str, str]
    proposed: Proposed


def question(entry: Entry, examples: Mapping[tuple[str, str], str]) -> Question:
    said = _ABOUT.get(entry.quoi, "{colonne} ?").format(
        table=entry.table, valeur=entry.valeur or "(vide)", colonne=entry.colonne
    )
    when = ", ".join(f"{name} = {code}" for name, code in entry.si.items())
    seen = examples.get((entry.fichier, entry.valeur), "") if entry.quoi == COLUMN else ""
    text = f"{entry.fichier} — {said}{f' (où {when})' if when else ''}{f' Exemples : {seen}' if seen else ''}"
    return Question(text, choices(entry), entry.propose)


def choices(entry: Entry) -> dict[str, str]:
    """The answers that there may be, each with what it means; none where any text may be one."""
    if entry.quoi == TABLE:
        return {short_name(t): f"table {t.source}" for s in SOURCES for t in s.tables}
    table = table_named(entry.table) if entry.table else None
    if table and entry.quoi == COLUMN:
        return _columns(table)
    if table and entry.quoi == CODE:
        return _codes(table.column(entry.colonne))
    return {}


def _columns(table: Table) -> dict[str, str]:
    named = {c.name: c.header for c in table.exported}
    return {**named, AGE: "Âge à la saisine"} if any(c.age_at for c in table.columns) else named


def _codes(column: Column) -> dict[str, str]:
    if isinstance(column.kind, YesNo):
        return {YES: "", NO: "", VOID: "non connu"}
    if isinstance(column.kind, Code):
        return {**column.kind.nomenclature, VOID: "rien"}
    return {}
