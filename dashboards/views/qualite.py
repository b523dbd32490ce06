"""What was delivered and what became of it: row balance, rejects and alerts down to the line, organismes received."""

from collections.abc import Sequence
from itertools import groupby

import streamlit as st

from dashboards import formats
from dashboards.formats import NBSP
from dashboards.published import control
from dashboards.published import reading as published
from dashboards.published.control import ALERTES, CHECKS, LIVRAISONS, REJETS, Drift, File, Received, Tally
from dashboards.published.reading import ORGANISME, Edition
from dashboards.views import common
from dashboards.views.common import EVERY, SOURCES, Column
from schemas.outputs.checks import PASSED

TITLE, PATH = "Qualité des données", "qualite"
BALANCE = ("Lues", "Acceptées", "Rejetées", "Remplacées")
FILES = (
    Column("Livraison", words=True, width="7rem"),
    Column("Fichier", words=True),
    *(Column(t) for t in (*BALANCE, "Part rejetée")),
)
RULES = (
    Column("Règle", words=True, width="4rem"),
    Column("Ce qu'elle dit", words=True),
    Column("Motifs"),
    Column("Lignes"),
    Column("Fichiers"),
)
LINES = (
    Column("Livraison", words=True),
    Column("Fichier", words=True),
    Column("Ligne"),
    Column("Colonne", words=True),
    Column("Valeur lue", words=True),
)
ORGANISMES = (
    Column("Source", words=True),
    Column("Année"),
    Column("Attendus"),
    Column("Reçus"),
    Column("Absents"),
    Column("Lesquels", words=True, width="48%"),
)
DRIFTED = (
    Column("Nature", words=True, width="11rem"),
    Column("Colonne", words=True),
    Column("Valeur", words=True),
    Column("Fichiers"),
    Column("Lignes"),
    Column("Indice", words=True),
)
HELD = (
    Column("Résultat", words=True, marked=("Échec",), width="7rem"),
    Column("Table", words=True, width="14rem"),
    Column("Constat", words=True),
)
SCHEMA = "schema"  # the check of the columns of every table
NAMED = 12  # organismes named in a row of the table
TABLES = {REJETS: "Rejets", ALERTES: "Alertes"}


def draw(edition: Edition) -> None:
    common.head(TITLE, "Les livraisons reçues, le bilan de leurs lignes, les rejets et les alertes")
    if LIVRAISONS not in control.tables(edition):
        common.nothing("Ce fichier ne contient pas les contrôles : ouvrez le fichier complet pour les lire.")
        return
    every = control.files(edition)
    if not every:
        common.nothing("Aucune livraison n'a été lue.")
        return
    source, livraison = _filters(every)
    files = [f for f in every if source in {"", f.source} and livraison in {"", f.livraison}]
    _totals(files)
    _files(files)
    _drifts(control.drifts(edition, source, livraison))
    _organismes(edition)
    for table, name in TABLES.items():
        _rules(table, name, control.tallies(edition, table, source, livraison))
    _lines(edition, source, livraison)
    _checks(edition)
    common.foot(
        "Rejet : la ligne est écartée, avec un motif par règle enfreinte. Alerte : la ligne reste, le champ en cause est "
        "vidé. Remplacée : la même ligne est revenue plus tard, la plus récente reste.",
        "Les NIR et les dates de naissance sont masqués (•••). Ligne : numéro dans le fichier, l'en-tête étant la ligne 1.",
    )


def _filters(every: Sequence[File]) -> tuple[str, str]:
    """The chosen source and delivery, empty for all."""
    with st.container(key="choix"):
        columns = st.columns([1, 1, 2])
    with columns[0]:
        sources = list(dict.fromkeys(f.source for f in every))
        source = common.choice("Source", [EVERY, *sources], "qua_source", lambda s: SOURCES.get(s, s))
    with columns[1]:
        livraisons = list(dict.fromkeys(f.livraison for f in every if source in {EVERY, f.source}))
        livraison = common.choice("Livraison", [EVERY, *livraisons], "qua_livraison")
    return "" if source == EVERY else source, "" if livraison == EVERY else livraison


def _totals(files: Sequence[File]) -> None:
    read, kept, rejected, replaced = _sums(files)
    common.counts(
        [
            (formats.nombre(read), "Lignes lues", formats.counted(len(files), "fichier", "fichiers")),
            (formats.nombre(kept), "Acceptées", _share(kept, read)),
            (formats.nombre(rejected), "Rejetées", _share(rejected, read)),
            (formats.nombre(replaced), "Remplacées", _share(replaced, read)),
        ]
    )
    wrong = [f"{f.livraison}/{f.fichier}" for f in files if not f.balanced]
    if wrong:
        common.sentence(f"Le bilan ne tombe pas juste pour : {', '.join(wrong)}.")
    else:
        written = " + ".join(formats.nombre(n) for n in (kept, rejected, replaced))
        common.sentence(
            f"Bilan : {formats.nombre(read)} lues = {written} (acceptées, rejetées, remplacées). Il tombe juste pour "
            "chaque fichier : aucune ligne n'est perdue."
        )


def _sums(files: Sequence[File]) -> tuple[int, int, int, int]:
    return (
        sum(f.lues for f in files),
        sum(f.acceptees for f in files),
        sum(f.rejetees for f in files),
        sum(f.remplacees for f in files),
    )


def _share(amount: int, whole: int) -> str:
    return formats.part(amount / whole) if whole else ""


def _rules(table: str, name: str, tallies: Sequence[Tally]) -> None:
    common.title(f"{name} par règle")
    if not tallies:
        common.nothing(f"{name} : aucun dans ces livraisons." if table == REJETS else f"{name} : aucune.")
        return
    numbers = [(t.motifs, t.lignes, t.fichiers) for t in tallies]
    lines = [(t.regle, t.label, *map(formats.nombre, figures)) for t, figures in zip(tallies, numbers, strict=True)]
    export = [(t.regle, t.label, *map(str, figures)) for t, figures in zip(tallies, numbers, strict=True)]
    common.table(RULES, lines, f"{name} par règle")
    common.download(common.grid([c.title for c in RULES], export), f"{name.lower()}_par_regle")


def _lines(edition: Edition, source: str, livraison: str) -> None:
    """The lines behind a rule."""
    found = {t.regle: (table, t) for table in TABLES for t in control.tallies(edition, table, source, livraison)}
    if not found:
        return
    common.title("Lignes en cause")
    with st.container(key="choix-regle"):
        regle = common.choice("Règle", sorted(found, key=_rejects_first), "qua_regle", lambda r: _named(found[r][1]))
    table, _ = found[regle]
    reasons = control.reasons(edition, table, regle, source, livraison)
    lines = [
        (f"{SOURCES.get(r.source, r.source)} · {r.livraison}", r.fichier, formats.nombre(r.ligne), r.colonne or "–", r.valeur or "(vide)")
        for r in reasons
    ]  # fmt: skip
    export = [(r.source, r.livraison, r.fichier, str(r.ligne), r.regle, r.colonne, r.valeur) for r in reasons]
    titles = ("Source", "Livraison", "Fichier", "Ligne", "Règle", "Colonne", "Valeur lue")
    common.pages(LINES, lines, common.grid(titles, export), f"lignes_{regle}", f"Lignes en cause, {regle}")


def _rejects_first(regle: str) -> tuple[bool, str]:
    return regle.startswith("A"), regle


def _named(tally: Tally) -> str:
    return f"{tally.regle} · {tally.label}"


def _files(files: Sequence[File]) -> None:
    """Each delivery with its sums, then its files."""
    common.title("Livraisons et fichiers")
    lines: list[tuple[str, ...]] = []
    totals = set()
    for (source, livraison), among in groupby(files, key=lambda f: (f.source, f.livraison)):
        members = list(among)
        totals.add(len(lines))
        delivery = f"{livraison}\n{SOURCES.get(source, source)}"
        lines.append((delivery, formats.counted(len(members), "fichier", "fichiers"), *_balance(members)))
        lines += [("", f.fichier, *_balance([f])) for f in members]
    common.table(FILES, lines, "Bilan des lignes par livraison et par fichier", totals)
    export = [(f.source, f.livraison, f.fichier, *map(str, _sums([f]))) for f in files]
    common.download(common.grid(("Source", "Livraison", "Fichier", *BALANCE), export), "livraisons")


def _balance(files: Sequence[File]) -> tuple[str, ...]:
    sums = _sums(files)
    return (*(formats.nombre(n) for n in sums), _share(sums[2], sums[0]) or "–")


def _drifts(drifts: Sequence[Drift]) -> None:
    """What has changed in the form of the files; nothing where nothing has."""
    if not drifts:
        return
    common.title(
        "Dérives de format",
        "Ce que les fichiers ont d'autre que le contrat des exports : une colonne ou un code nouveau, renommé ou disparu.",
    )
    lines = [
        (f"{d.nature.capitalize()}\n{SOURCES.get(d.source, d.source)}", d.colonne, d.valeur or "–",
         formats.nombre(d.fichiers), formats.nombre(d.lignes), d.indice or "–")
        for d in drifts
    ]  # fmt: skip
    export = [(d.source, d.nature, d.colonne, d.valeur, str(d.fichiers), str(d.lignes), d.indice) for d in drifts]
    titles = ("Source", "Nature", "Colonne", "Valeur", "Fichiers", "Lignes", "Indice")
    common.pages(DRIFTED, lines, common.grid(titles, export), "derives", "Dérives de format")


def _organismes(edition: Edition) -> None:
    common.title(
        "Organismes attendus et reçus",
        "BALI : au moins un accompagnement saisi ou clôturé dans l'année. Enquête : l'organisme a répondu. "
        "Action sociale : chaque caisse livre si elle le souhaite.",
    )
    names = {t.code: t.label for t in published.territories(edition) if t.niveau == ORGANISME}
    found = control.received(edition)
    common.table(ORGANISMES, [_received(r, names) for r in found], "Organismes attendus et reçus")
    export = [
        (r.source, str(r.annee), code, names.get(code, ""), state)
        for r in found
        for state, codes in (("reçu", r.received), ("absent", r.missing))
        for code in sorted(codes)
    ]
    titles = ("Source", "Année", "Organisme", "Nom", "État")
    common.download(common.grid(titles, export), "organismes")


def _received(received: Received, names: dict[str, str]) -> tuple[str, ...]:
    source = SOURCES.get(received.source, received.source)
    if not received.expected:
        there = _listed(received.received, names)
        return source, str(received.annee), "–", formats.nombre(len(received.received)), "–", f"Reçus{NBSP}: {there}"
    told = _listed(received.missing, names) or "Aucun absent"
    numbers = (len(received.expected), len(received.received & received.expected), len(received.missing))
    return (source, str(received.annee), *(formats.nombre(n) for n in numbers), told)


def _checks(edition: Edition) -> None:
    """The blocking checks: those of the form of each table are only counted."""
    if CHECKS not in control.tables(edition):
        return
    every = control.checks(edition)
    held = sum(c.resultat == PASSED for c in every)
    told = formats.counted(held, "contrôle conforme", "contrôles conformes")
    common.title(
        "Contrôles avant publication", f"{told} sur {formats.nombre(len(every))}. Un échec empêche de publier."
    )
    shown = [c for c in every if c.controle != SCHEMA or c.resultat != PASSED]
    common.table(HELD, [(c.resultat.capitalize(), c.objet, c.constat) for c in shown], "Contrôles avant publication")
    export = [(c.controle, c.objet, c.resultat, c.constat) for c in every]
    common.download(common.grid(("Contrôle", "Objet", "Résultat", "Constat"), export), "controles")


def _listed(codes: frozenset[str], names: dict[str, str]) -> str:
    listed = sorted(names.get(code, f"code {code}") for code in codes)
    more = len(listed) - NAMED
    return ", ".join(listed[:NAMED]) + (f" et {formats.nombre(more)} autres" if more > 0 else "")
