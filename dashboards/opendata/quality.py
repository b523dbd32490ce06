"""`adass qualite`: the quality report of a year in the concepts of European statistics (SIMS), as HTML and DOCX.

Each sentence comes from the published file, from what the project declares, or from a text that the user keeps.
"""

import html
import io
import re
import sys
import tomllib
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import click
import duckdb
from docx import Document

from dashboards import formats
from dashboards.formats import NBSP
from dashboards.opendata.tables import Unusable
from schemas.context.ruptures import RUPTURES
from schemas.indicators.catalogue import CATALOGUE
from schemas.nomenclatures import NIVEAU
from schemas.outputs.diffusion import THRESHOLD
from schemas.outputs.vintages import DIFFUSION, FILE
from schemas.text import no_toml

TEXTS = "qualite.toml"  # beside the vintages: they outlast them
TO_WRITE = "À rédiger (qualite.toml, section « {} »)."
DONE, REFUSED = 0, 1
_SOURCES = {"bali": "BALI", "enquete": "enquête ADASS", "action_sociale": "action sociale"}
_DAY = (1980, 1, 1, 0, 0, 0)  # of the files within a DOCX: the same report gives the same bytes


@dataclass(frozen=True)
class Concept:
    """A concept of the report: its SIMS number, its name, and the sentences that are told of it."""

    number: str
    name: str
    sentences: tuple[str, ...]


@dataclass(frozen=True)
class Facts:
    """What the published files say; a connection to each, and the year."""

    whole: duckdb.DuckDBPyConnection
    diffused: duckdb.DuckDBPyConnection
    year: int

    def rows(self, sql: str, *values: object) -> list[tuple[object, ...]]:
        return self.whole.execute(sql, list(values)).fetchall()

    def count(self, sql: str, *values: object) -> int:
        return int(str(self.rows(sql, *values)[0][0] or 0))


Teller = Callable[[Facts], Iterator[str]]


def _number(amount: object) -> str:
    return formats.nombre(float(str(amount)))


def _presentation(facts: Facts) -> Iterator[str]:
    told = {i.source for i in CATALOGUE}
    yield (
        f"Le catalogue compte {len(CATALOGUE)} indicateurs, de {len(told)} sources : "
        + ", ".join(
            f"{_SOURCES[s]} ({sum(i.source == s for i in CATALOGUE)})" for s in sorted(told, key=list(_SOURCES).index)
        )
        + "."
    )
    yield f"Ils sont donnés aux niveaux {', '.join(label.lower() for label in NIVEAU.values())}."


def _reference(facts: Facts) -> Iterator[str]:
    for annee, source, complete in facts.rows("SELECT annee, source, complete FROM ref.annees ORDER BY source, annee"):
        if annee == facts.year:
            yield f"{_SOURCES[str(source)].capitalize()} {annee} : année {'complète' if complete else 'incomplète'}."


def _confidentiality(facts: Facts) -> Iterator[str]:
    yield f"Un effectif de 1 à {THRESHOLD - 1} personnes n'est pas montré, ni ce qui permettrait de le retrouver."
    counts = facts.diffused.execute(
        "SELECT niveau, COUNT(*), COUNT_IF(protege) FROM marts.indicateurs WHERE annee = ? GROUP BY niveau ORDER BY niveau",
        [facts.year],
    ).fetchall()
    for niveau, rows, hidden in counts:
        share = formats.part(hidden / rows)
        yield f"Niveau {NIVEAU[niveau].lower()} : {_number(hidden)} lignes masquées sur {_number(rows)} ({share})."


def _coverage(facts: Facts) -> Iterator[str]:
    known = facts.count("SELECT COUNT(*) FROM ref.organismes")
    seen = facts.count("SELECT COUNT(DISTINCT organisme) FROM controle.origines WHERE annee = ?", facts.year)
    yield f"BALI : {seen} organismes sur {known} ont des accompagnements saisis ou clôturés en {facts.year}."
    answered = facts.count(
        "SELECT COUNT(DISTINCT organisme) FROM detail.enquete_repondants WHERE annee = ?", facts.year
    )
    if answered:
        yield f"Enquête ADASS : {answered} organismes répondants sur {known}."


def _rejected(facts: Facts) -> Iterator[str]:
    sums = "SUM(lignes_lues), SUM(lignes_acceptees), SUM(lignes_rejetees), SUM(lignes_remplacees)"
    for source, *counts in facts.rows(
        f"SELECT source, {sums} FROM controle.livraisons GROUP BY source ORDER BY source"
    ):
        read, kept, rejected, replaced = map(_number, counts)
        yield (
            f"{_SOURCES[str(source)].capitalize()} : {read} lignes lues, {kept} acceptées, {rejected} rejetées, "
            f"{replaced} remplacées par une correction."
        )
    for kind, words in (("rejets", "Rejet"), ("alertes", "Alerte")):
        frequent = facts.rows(
            f"SELECT r.regle, r.libelle, COUNT(*) FROM controle.{kind} AS c JOIN ref.regles AS r USING (regle) "
            "GROUP BY r.regle, r.libelle ORDER BY COUNT(*) DESC, r.regle LIMIT 5"
        )
        for rule, label, many in frequent:
            yield f"{words} {rule} ({label}) : {formats.counted(int(str(many)), 'fois', 'fois')}."


def _unknown(facts: Facts) -> Iterator[str]:
    found = facts.rows("SELECT livraison, table_lue, colonne, raison FROM controle.inconnus ORDER BY ALL")
    for livraison, table, column, reason in found:
        what = f"{table}.{column}" if column else str(table)
        yield f"Livraison {livraison} : {what}, {reason} ; ses accompagnements ne comptent dans aucun indicateur qui en dépend."
    if not found:
        yield "Toutes les tables et colonnes attendues ont été livrées et lues."


def _timeliness(facts: Facts) -> Iterator[str]:
    [(created, observed)] = facts.rows("SELECT CAST(cree_le AS DATE), jour_observation FROM ref.millesime")
    if isinstance(created, date):
        days = (created - date(facts.year, 12, 31)).days
        yield f"Le millésime a été produit le {formats.jour(created)}, {days} jours après la fin de l'année {facts.year}."
    if isinstance(observed, date):
        yield f"Jour d'observation (dernière livraison BALI) : {formats.jour(observed)} ; ce qui n'est pas clos alors est en cours."


def _comparability(facts: Facts) -> Iterator[str]:
    for one in RUPTURES:
        since = f"Depuis {one.annee} : " if one.annee else ""
        yield f"{since}{one.texte} (source : {one.source})"


def _coherence(facts: Facts) -> Iterator[str]:
    for table, what in (
        ("reconciliation", "Chiffres publiés comparés aux chiffres calculés"),
        ("coherence", "Règles de cohérence"),
    ):
        found = facts.rows(f"SELECT statut, COUNT(*) FROM controle.{table} GROUP BY statut ORDER BY statut")
        if found:
            yield f"{what} : " + ", ".join(f"{str(s).replace('_', ' ')} {_number(n)}" for s, n in found) + "."


def _processing(facts: Facts) -> Iterator[str]:
    [(version, vintage)] = facts.rows("SELECT version, millesime FROM ref.millesime")
    passed = facts.count("SELECT COUNT(*) FROM controle.controles WHERE resultat = 'conforme'")
    yield f"Calculé par adass {version}, millésime {vintage} ; {passed} contrôles bloquants passés avant la publication."
    yield "Un chiffre est exact ou masqué : ni bruit, ni arrondi caché, ni redressement."
    yield (
        "Durées estimées : Kaplan-Meier, ce qui est en cours étant censuré au jour d'observation ; intervalles des parts : "
        "Wilson, à 95 %."
    )


CONCEPTS: tuple[tuple[str, str, Teller | None], ...] = (
    ("S.1", "Contact", None),
    ("S.3", "Présentation statistique", _presentation),
    ("S.5", "Période de référence", _reference),
    ("S.6", "Mandat institutionnel", None),
    ("S.7", "Confidentialité", _confidentiality),
    ("S.8", "Politique de diffusion", None),
    ("S.12", "Pertinence", None),
    ("S.13.1", "Couverture et réponse", _coverage),
    ("S.13.2", "Lignes rejetées et corrigées", _rejected),
    ("S.13.3", "Ce qui n'a pas été livré", _unknown),
    ("S.14", "Actualité et ponctualité", _timeliness),
    ("S.15.1", "Comparabilité et ruptures de série", _comparability),
    ("S.15.2", "Cohérence", _coherence),
    ("S.16", "Coût et charge", None),
    ("S.17", "Révision des données", None),
    ("S.18", "Traitement statistique", _processing),
)


def concepts(marts: Path, year: int, texts: Mapping[str, str]) -> tuple[Concept, ...]:
    """Every concept, filled. Raises Unusable where a file is not published or the year is not whole."""
    paths = [marts / name for name in (FILE, DIFFUSION)]
    for path in paths:
        if not path.is_file():
            raise Unusable(f"{marts} : {path.name} n'est pas publié")
    with (
        duckdb.connect(str(paths[0].resolve()), read_only=True) as whole,
        duckdb.connect(str(paths[1].resolve()), read_only=True) as diffused,
    ):
        facts = Facts(whole, diffused, year)
        if not facts.count("SELECT COUNT(*) FROM ref.annees WHERE annee = ? AND complete", year):
            raise Unusable(f"--annee {year} : année absente ou incomplète")
        return tuple(Concept(number, name, _told(facts, number, tell, texts)) for number, name, tell in CONCEPTS)


def _told(facts: Facts, number: str, tell: Teller | None, texts: Mapping[str, str]) -> tuple[str, ...]:
    """What the files say, then what the user adds; a concept of which nobody says anything says so."""
    found = [*(tell(facts) if tell else ()), *([texts[number]] if number in texts else ())]
    return tuple(formats.prose(s) for s in found or [TO_WRITE.format(number)])


def read_texts(path: Path) -> dict[str, str]:
    """The user's texts by SIMS number. Raises Unusable for a file that cannot be read or a number that is none."""
    if not path.exists():
        return {}
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Unusable(f"{path.name} : {no_toml(error)}") from None
    flat = {name: text for name, text in told.items() if isinstance(text, str)}
    known = {number for number, *_ in CONCEPTS}
    if wrong := sorted(told.keys() - (flat.keys() & known)):
        raise Unusable(f"{path.name} : « {wrong[0]} » n'est pas un concept (attendu : {', '.join(sorted(known))})")
    return flat


def as_html(title: str, told: tuple[Concept, ...]) -> str:
    """A page that stands alone and prints on A4."""
    body = "".join(
        f"<section><h2>{c.number} {html.escape(c.name)}</h2>{''.join(f'<p>{html.escape(s)}</p>' for s in c.sentences)}</section>"
        for c in told
    )
    return (
        f'<!doctype html><html lang="fr"><head><meta charset="utf-8"><title>{html.escape(title)}</title><style>'
        "body{font:16px/1.5 'Source Sans 3','Liberation Sans',Arial,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem;"
        "color:#1B2330}h1{font-size:1.6rem}h2{font-size:1.1rem;border-top:2px solid;padding-top:.4rem;margin-top:1.6rem}"
        f"@page{{size:A4;margin:20mm}}</style></head><body><main><h1>{html.escape(title)}</h1>{body}</main></body></html>\n"
    )


def as_docx(title: str, told: tuple[Concept, ...]) -> bytes:
    """The same as a document that can be completed."""
    document = Document()
    document.core_properties.title, document.core_properties.language = title, "fr-FR"
    document.add_heading(title, 0)
    for concept in told:
        document.add_heading(f"{concept.number} {concept.name}", 1)
        for sentence in concept.sentences:
            document.add_paragraph(sentence)
    written = io.BytesIO()
    document.save(written)
    return _undated(written)


def _undated(written: io.BytesIO) -> bytes:
    """The same archive without the moment at which it was made."""
    again = io.BytesIO()
    with zipfile.ZipFile(written) as read, zipfile.ZipFile(again, "w", zipfile.ZIP_DEFLATED) as out:
        for info in read.infolist():
            content = re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", b"2000-01-01T00:00:00Z", read.read(info))
            out.writestr(zipfile.ZipInfo(info.filename, _DAY), content, zipfile.ZIP_DEFLATED)
    return again.getvalue()


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--annee", type=int, required=True, help="Année du rapport ; elle doit être complète.")
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), default=Path("rapports"), show_default=True,
    help="Dossier des documents.",
)  # fmt: skip
@click.option(
    "--marts", type=click.Path(file_okay=False, path_type=Path), default=Path("data/marts"), show_default=True,
    help="Dossier publié.",
)  # fmt: skip
@click.option(
    "--textes", type=click.Path(dir_okay=False, path_type=Path),
    help="Vos textes, par numéro de concept.  [défaut : qualite.toml dans le dossier publié]",
)  # fmt: skip
def main(annee: int, out: Path, marts: Path, textes: Path | None) -> None:
    """Écrire le rapport qualité d'une année (concepts SIMS), en HTML et DOCX."""
    try:
        told = concepts(marts, annee, read_texts(textes or marts / TEXTS))
    except Unusable as error:
        click.echo(f"Refusé : {error}", err=True)
        sys.exit(REFUSED)
    title = f"Rapport qualité des statistiques ADASS {annee}"
    out.mkdir(parents=True, exist_ok=True)
    stem = out / f"adass_{annee}_qualite"
    stem.with_suffix(".html").write_text(as_html(title, told), encoding="utf-8")
    stem.with_suffix(".docx").write_bytes(as_docx(title, told))
    left = sum(s == formats.prose(TO_WRITE.format(c.number)) for c in told for s in c.sentences)
    click.echo(f"{stem}.html, .docx{NBSP}: {formats.counted(left, 'concept à rédiger', 'concepts à rédiger')}")


if __name__ == "__main__":
    main()
