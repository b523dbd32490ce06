"""What must hold before a report comes out: blocking checks, and a reason for each revised figure.

A figure is revised when the report of the reference printed it, for a whole year of the nation, otherwise than this
vintage does. The reference is the last vintage that a report was made from, else the one before this one. Reasons are
written by hand in `revisions.toml`, in the marts folder:

    [[revision]]
    indicateur = "clotures.*"                # un indicateur, ou plusieurs par *
    annee = 2024
    publie_dans = "2026-01-20_06-00-00"      # le millésime du chiffre déjà publié
    public = "ensemble"                      # facultatif
    modalite = "SOINS"                       # facultatif
    motif = "La CPAM de l'Ain a livré à nouveau ses clôtures de décembre."
    auteur = "C. Martin"
    date = 2026-02-03
"""

import json
import os
import tomllib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from fnmatch import fnmatchcase
from pathlib import Path

import duckdb
import polars as pl

from dashboards import formats
from dashboards.published import reading as published
from dashboards.published.control import tables
from dashboards.published.reading import BALI, NATIONAL, Edition
from dashboards.revisions import revisions
from schemas.indicators.catalogue import BY_ID
from schemas.outputs import vintages
from schemas.outputs.checks import CHECKS, PASSED, Check
from schemas.outputs.vintages import NoVintage
from schemas.text import no_toml

REASONS, REPORTS = "revisions.toml", "rapports.jsonl"
STORED = "controle.controles"
WHOLE = "empreinte_du_fichier"
NAMED = 10  # figures named one by one in a refusal
_NEEDED = {"indicateur": str, "annee": int, "publie_dans": str, "motif": str, "auteur": str, "date": date}
_OPTIONAL = {"public": str, "modalite": str}


class Withheld(Exception):
    """The report may not come out; the text says why, in French."""


@dataclass(frozen=True)
class Failure:
    """A blocking check that does not hold, and what it has found."""

    check: str
    table: str
    finding: str


@dataclass(frozen=True)
class Revision:
    """A published figure that is no longer the same: `before` and `after` are written as they are printed."""

    annee: int
    public: str
    indicateur: str
    modalite: str
    words: str
    before: str
    after: str


@dataclass(frozen=True)
class Reason:
    """Why figures were revised, as somebody has recorded it."""

    indicateur: str
    annee: int
    published_in: str
    motif: str
    author: str
    written: date
    public: str | None = None
    modalite: str | None = None

    def covers(self, revision: Revision, reference: str) -> bool:
        return (
            self.published_in == reference
            and self.annee == revision.annee
            and fnmatchcase(revision.indicateur, self.indicateur)
            and self.public in {None, revision.public}
            and self.modalite in {None, revision.modalite}
        )


@dataclass(frozen=True)
class Verdict:
    """All the gate has found. `reference`: the vintage that figures were published in; empty where there is none."""

    failures: tuple[Failure, ...]
    reference: str
    revised: tuple[tuple[Revision, Reason | None], ...]

    @property
    def unexplained(self) -> tuple[Revision, ...]:
        return tuple(revision for revision, reason in self.revised if reason is None)


def annex_allowed(edition: Edition, annee: int) -> tuple[str, ...]:
    """What the annex of a report of this year must tell, a line each. Raises Withheld where it may not come out."""
    judged = _full(edition)
    found = verdict(judged, annee)
    if found.failures or found.unexplained:
        raise Withheld(refusal(found, published.marts_of(edition) / REASONS))
    return annex(found, figures=judged == edition)


def _full(edition: Edition) -> Edition:
    """The file of a vintage that hides nothing, where it is there: the gate sees every figure."""
    path = edition.path.with_name(vintages.FILE)
    return Edition(path, path.stat().st_mtime_ns) if path.is_file() else edition


def came_out(edition: Edition, annee: int) -> None:
    """Note that a report of this year was made from this vintage: its figures are now published ones."""
    line = {"millesime": edition.path.parent.name, "annee": annee, "fait_le": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"}
    with (published.marts_of(edition) / REPORTS).open("a", encoding="utf-8") as stream:
        stream.write(json.dumps(line, ensure_ascii=False) + "\n")
        stream.flush()
        os.fsync(stream.fileno())


def verdict(edition: Edition, annee: int) -> Verdict:
    """Judge a vintage before its report of a year. Raises Withheld for a file of reasons that cannot be read."""
    marts = published.marts_of(edition)
    reference = _reference(marts, edition.path.parent.name)
    if not reference:
        return Verdict(failures(edition), "", ())
    reasons = read_reasons(marts / REASONS)
    try:
        before = published.current(marts, millesime=reference)
        revised = revisions_between(before, edition, annee) if before else ()
    except (NoVintage, duckdb.Error) as error:
        raise Withheld(f"Les chiffres du millésime {reference} ne peuvent pas être relus : {error}.") from error
    explained = tuple((r, next((m for m in reasons if m.covers(r, reference)), None)) for r in revised)
    return Verdict(failures(edition), reference, explained)


# --- blocking checks ---


def failures(edition: Edition) -> tuple[Failure, ...]:
    """The checks that did not hold before publication, and those that do not hold now."""
    if not published.intact(edition):
        place = f"{edition.path.parent.name}/{edition.path.name}"
        return (Failure(WHOLE, edition.path.name, f"{place} ne correspond pas à l'empreinte de son manifeste"),)
    known = tables(edition)
    stored = []
    if STORED in known:
        rows = published.query(edition, f"SELECT * FROM {STORED} WHERE resultat <> '{PASSED}'")
        stored = [Failure(str(r["controle"]), str(r["objet"]), str(r["constat"])) for r in rows]
    again = [found for check in CHECKS if check.table in known for found in _again(edition, check)]
    named = {(f.check, f.table) for f in stored}
    return (*stored, *(f for f in again if (f.check, f.table) not in named))


def _again(edition: Edition, check: Check) -> list[Failure]:
    try:
        wrong = published.query(edition, f"SELECT * FROM ({check.wrong}) AS q LIMIT 5")
    except duckdb.Error as error:
        return [Failure(check.name, check.table, f"{check.label} : contrôle impossible ({type(error).__name__})")]
    if not wrong:
        return []
    told = " ; ".join(str(next(iter(row.values()))) for row in wrong)
    return [Failure(check.name, check.table, f"{check.label} : {told}")]


# --- revised figures ---


def _reference(marts: Path, name: str) -> str:
    """The last vintage, other than `name`, that a report was made from; else the one before it; else none."""
    there = vintages.names(marts)
    for made in reversed(_reported(marts)):
        if made != name and made in there:
            return made
    before = there[: there.index(name)] if name in there else ()
    return before[-1] if before else ""


def _reported(marts: Path) -> list[str]:
    path = marts / REPORTS
    if not path.exists():
        return []
    return [str(json.loads(line)["millesime"]) for line in path.read_text(encoding="utf-8").splitlines() if line]


def revisions_between(before: Edition, after: Edition, annee: int) -> tuple[Revision, ...]:
    """The figures of the nation, for years whole in `before` up to `annee`, that are not printed alike in both."""
    whole = {
        (source, year)
        for source in {i.source for i in BY_ID.values()}
        for year, complete in published.years(before, source).items()
        if complete and year <= annee
    }
    figures = revisions.difference(before, after).figures
    found = []
    for row in figures.filter(pl.col("niveau") == NATIONAL).iter_rows(named=True):
        indicator = str(row["indicateur"])
        source = BY_ID[indicator].source if indicator in BY_ID else BALI
        values = revisions.value(row, "avant"), revisions.value(row, "apres")
        if (source, int(row["annee"])) in whole and row["avant"] is not None and values[0] != values[1]:
            place = int(row["annee"]), str(row["public"]), indicator, str(row["modalite"])
            found.append(Revision(*place, revisions.words(row), *values))
    return tuple(found)


# --- reasons ---


def read_reasons(path: Path) -> tuple[Reason, ...]:
    """The reasons recorded in a file, none if there is no file. Raises Withheld naming the entry and what is wrong."""
    if not path.exists():
        return ()
    try:
        entries = tomllib.loads(path.read_text(encoding="utf-8")).get("revision", [])
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Withheld(f"{path} : fichier illisible ({no_toml(error)})") from error
    if not (isinstance(entries, list) and all(isinstance(e, dict) for e in entries)):
        raise Withheld(f"{path} : des entrées [[revision]] sont attendues")
    return tuple(_reason(path, number, entry) for number, entry in enumerate(entries, 1))


def _reason(path: Path, number: int, entry: dict[str, object]) -> Reason:
    place = f"{path}, révision {number}"
    known = _NEEDED | _OPTIONAL
    if unknown := sorted(entry.keys() - known.keys()):
        raise Withheld(f"{place} : clé inconnue « {unknown[0]} » (clés possibles : {', '.join(known)})")
    for name, kind in known.items():
        value = entry.get(name)
        if value is None and name in _NEEDED:
            raise Withheld(f"{place} : « {name} » absent")
        if value is not None and (not isinstance(value, kind) or value == ""):
            if name == "modalite" and value == "":
                continue
            wanted = {str: "un texte", int: "une année", date: "une date AAAA-MM-JJ"}[kind]
            raise Withheld(f"{place} : « {name} » doit être {wanted}")
    written = entry["date"]
    return Reason(
        indicateur=str(entry["indicateur"]),
        annee=int(str(entry["annee"])),
        published_in=str(entry["publie_dans"]),
        motif=str(entry["motif"]),
        author=str(entry["auteur"]),
        written=date.fromisoformat(str(written)[:10]),
        public=None if entry.get("public") is None else str(entry["public"]),
        modalite=None if entry.get("modalite") is None else str(entry["modalite"]),
    )


# --- in words ---


def refusal(found: Verdict, reasons: Path) -> str:
    """Why the report does not come out, and what to write where for it to come out."""
    lines = []
    if found.failures:
        lines.append("Le rapport n'est pas établi : des contrôles bloquants échouent.")
        lines += [f"– {f.check} ({f.table}) : {f.finding}" for f in found.failures]
    if missing := found.unexplained:
        told = formats.counted(len(missing), "chiffre déjà publié a changé", "chiffres déjà publiés ont changé")
        lines.append(f"{told} depuis le millésime {found.reference} sans motif enregistré.")
        lines += [f"– {_written(r)}" for r in missing[:NAMED]]
        if len(missing) > NAMED:
            lines.append(
                f"– et {formats.nombre(len(missing) - NAMED)} autres (voir adass diff {found.reference} courant)"
            )
        lines.append(f"Ajoutez leur motif à {reasons}, par exemple :")
        lines.append(_example(missing, found.reference))
    return "\n".join(lines)


def _example(missing: Sequence[Revision], reference: str) -> str:
    (annee, _), *_ = Counter(r.annee for r in missing).most_common(1)
    indicators = {r.indicateur for r in missing if r.annee == annee}
    indicator = next(iter(indicators)) if len(indicators) == 1 else "*"
    return (
        f'[[revision]]\nindicateur = "{indicator}"\nannee = {annee}\npublie_dans = "{reference}"\n'
        'motif = "…"\nauteur = "…"\ndate = AAAA-MM-JJ'
    )


def annex(found: Verdict, *, figures: bool = True) -> tuple[str, ...]:
    """Every recorded reason that explains a revision, with the figures that it explains, or only how many."""
    by_reason: dict[Reason, list[Revision]] = {}
    for revision, reason in found.revised:
        if reason:
            by_reason.setdefault(reason, []).append(revision)
    return tuple(
        f"Révision depuis le millésime {found.reference} – {reason.motif} ({reason.author}, "
        f"{formats.jour(reason.written)}). {_listed(revised) if figures else _counted(revised)}"
        for reason, revised in by_reason.items()
    )


def _listed(revised: Sequence[Revision]) -> str:
    shown = " ; ".join(_written(r) for r in revised[:NAMED])
    rest = f" ; et {formats.nombre(len(revised) - NAMED)} autres" if len(revised) > NAMED else ""
    return f"Chiffres révisés : {shown}{rest}."


def _counted(revised: Sequence[Revision]) -> str:
    return f"{formats.counted(len(revised), 'chiffre révisé', 'chiffres révisés')}."


def _written(revision: Revision) -> str:
    return f"{revision.words}, {revision.annee} : {revision.before} → {revision.after}"
