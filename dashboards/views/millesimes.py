"""The vintages that were published: what each was made from, any of them opened, and what changed between two."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl
import streamlit as st

from dashboards import formats
from dashboards.formats import NBSP
from dashboards.published import reading as published
from dashboards.published.reading import NATIONAL, ORGANISME, REGION, Edition
from dashboards.revisions import revisions
from dashboards.revisions.revisions import Difference
from dashboards.views import common
from dashboards.views.common import ALL, Column
from schemas.outputs import vintages
from schemas.outputs.vintages import CURRENT, Manifest, NoVintage

TITLE, PATH = "Millésimes", "millesimes"
ASKED = "millesime"  # in the address of every page
SHOWN = 10  # indicators shown one by one
NIVEAUX = {NATIONAL: "France", REGION: "Régions", ORGANISME: "Organismes"}
EDITIONS = (
    Column("Millésime", words=True, width="24%"),
    Column("Fichiers lus"),
    Column("Lignes acceptées"),
    Column("Taille"),
    Column("État", words=True),
)
LONGEST = 100  # characters of a name that an address may ask for
FILES = (
    Column("Fichier", words=True),
    Column("État", words=True, width="6rem"),
    Column("Lignes avant"),
    Column("Lignes après"),
    Column("Chiffres en cause"),
)
INDICATORS = (Column("Indicateur", words=True), Column("Chiffres changés"), Column("dont nationaux"))
FIGURES = (
    Column("Territoire et année", words=True, width="20%"),
    Column("Chiffre", words=True),
    Column("Avant"),
    Column("Après"),
    Column("Écart"),
)


def asked() -> str:
    """The vintage that this reader opened, kept in the address of every page; empty for the latest."""
    if ASKED not in st.query_params and (kept := st.session_state.get(ASKED)):
        st.query_params[ASKED] = kept
    chosen = st.query_params.get(ASKED, "")
    if chosen == CURRENT:
        st.query_params.pop(ASKED, None)
        chosen = ""
    chosen = chosen[:LONGEST]
    st.session_state[ASKED] = chosen
    return chosen


def notice(edition: Edition) -> str:
    """What a reader of an old vintage must know; empty for the latest."""
    marts, name = published.marts_of(edition), edition.path.parent.name
    if name not in vintages.names(marts) or name == vintages.current(marts):
        return ""
    manifest = vintages.read(edition.path.parent)
    purged = ""
    if manifest.purged:
        purged = f" Les lignes pseudonymisées en ont été retirées le {formats.jour(manifest.purged.date())}."
    return f"Vous lisez le millésime du {revisions.moment(manifest)}, ce n'est pas le plus récent.{purged}"


def draw(edition: Edition) -> None:
    common.head(TITLE, "Ce qui a été publié, à partir de quels fichiers, et ce qui a changé d'une fois à l'autre")
    marts = published.marts_of(edition)
    manifests = {name: _manifest(marts, name) for name in reversed(vintages.names(marts))}
    known = {name: manifest for name, manifest in manifests.items() if manifest}
    if known:
        _editions(edition, known)
    else:
        common.nothing("Ce fichier n'est pas rangé par millésimes : il n'y en a pas d'autre à ouvrir.")
    common.foot(
        "Un millésime n'est jamais modifié. Passé la durée de conservation, ses lignes pseudonymisées sont retirées ; ses "
        "chiffres restent.",
        "Fichiers en cause : ceux dont le contenu a changé et qui portent des lignes de ce territoire et de cette année. "
        "Un chiffre peut changer par plusieurs fichiers à la fois, ou par une nouvelle version d'adass.",
    )


def _editions(edition: Edition, known: Mapping[str, Manifest]) -> None:
    now, opened = vintages.current(published.marts_of(edition)), edition.path.parent.name
    common.table(EDITIONS, [_line(manifest, now, opened) for manifest in known.values()], "Millésimes publiés")
    _open(known, opened, now)
    common.title("Ce qui a changé")
    if len(known) < 2:
        common.nothing("Un seul millésime est publié : rien à comparer.")
    else:
        _difference(edition, known)


def _manifest(marts: Path, name: str) -> Manifest | None:
    try:
        return vintages.read(marts / vintages.VINTAGES / name)
    except NoVintage:
        return None


def _line(manifest: Manifest, now: str, opened: str) -> tuple[str, ...]:
    states = [
        "Le plus récent" if manifest.name == now else "",
        "Ouvert ici" if manifest.name == opened else "",
        f"Sans détail depuis le {formats.jour(manifest.purged.date())}" if manifest.purged else "",
        "Données synthétiques" if manifest.synthetic else "",
    ]
    size = sum(octets for octets, _ in manifest.files.values())
    return (
        f"{formats.jour(manifest.created.date())}\n{manifest.name}",
        formats.nombre(len(manifest.inputs)),
        formats.nombre(sum(i.acceptees for i in manifest.inputs)),
        f"{formats.nombre(size / 1e6, 1)}{NBSP}Mo",
        " · ".join(s for s in states if s) or "–",
    )


def _open(known: Mapping[str, Manifest], opened: str, now: str) -> None:
    with st.container(key="choix-ouvrir", horizontal=True, vertical_alignment="bottom"):
        with st.container(width=320):
            chosen = st.selectbox(
                "Ouvrir un millésime", list(known), index=list(known).index(opened) if opened in known else 0,
                format_func=lambda name: _named(known, name, now), key="mil_ouvrir",
            )  # fmt: skip
        if st.button("Ouvrir", disabled=chosen == opened):
            st.session_state[ASKED] = st.query_params[ASKED] = CURRENT if chosen == now else chosen
            st.rerun()


def _named(known: Mapping[str, Manifest], name: str, now: str) -> str:
    return f"{revisions.moment(known[name])}{' (le plus récent)' if name == now else ''}"


def _difference(edition: Edition, known: Mapping[str, Manifest]) -> None:
    marts, now = published.marts_of(edition), vintages.current(published.marts_of(edition))
    every = list(known)
    with st.container(key="choix"):
        columns = st.columns(3)
    with columns[0]:
        before = common.choice("Avant", every[1:] + every[:1], "mil_avant", lambda name: _named(known, name, now))
    with columns[1]:
        after = common.choice("Après", every, "mil_apres", lambda name: _named(known, name, now))
    with columns[2]:
        niveau = common.choice("Niveau", [ALL, *NIVEAUX], "mil_niveau", lambda code: NIVEAUX.get(code, code))
    try:
        found = revisions.between(marts, before, after)
    except NoVintage as error:
        common.nothing(f"{str(error).capitalize()}.")
        return
    figures = found.figures if niveau == ALL else found.figures.filter(pl.col("niveau") == niveau)
    _counts(found, figures)
    if found.files:
        common.table(FILES, [_file(found, f) for f in found.files], "Fichiers livrés qui diffèrent")
    if figures.height:
        _figures(edition, found, figures)


def _counts(found: Difference, figures: pl.DataFrame) -> None:
    national = figures.filter(pl.col("niveau") == NATIONAL).height
    common.counts(
        [
            (formats.nombre(figures.height), "Chiffres changés", f"dont {formats.nombre(national)} nationaux"),
            (formats.nombre(figures["indicateur"].n_unique()), "Indicateurs concernés", ""),
            (formats.nombre(len(found.files)), "Fichiers modifiés, ajoutés ou retirés", ""),
        ]
    )
    if not found.files:
        common.sentence("Les fichiers livrés sont les mêmes.")
    if found.versions:
        told = ", ".join(f"{name} ({before} → {after})" for name, (before, after) in found.versions.items())
        common.sentence(f"Versions qui diffèrent : {told}.")


def _file(found: Difference, file: revisions.FileChange) -> tuple[str, ...]:
    rows = revisions.rows_of(file.before), revisions.rows_of(file.after)
    return file.place, file.state.capitalize(), *rows, formats.nombre(found.explained(file.place))


def _figures(edition: Edition, found: Difference, figures: pl.DataFrame) -> None:
    common.title("Par indicateur")
    every = list(revisions.by_indicator(figures).iter_rows())
    lines: list[tuple[str, ...]] = [
        (f"{revisions.label(indicator)}\n{indicator}", formats.nombre(count), formats.nombre(national))
        for indicator, count, national in every[:SHOWN]
    ]
    rest = [sum(column) for column in zip(*((count, national) for _, count, national in every[SHOWN:]), strict=True)]
    if rest:
        others = formats.counted(len(every) - SHOWN, "autre indicateur", "autres indicateurs")
        lines.append((others, *(formats.nombre(n) for n in rest)))
    common.table(INDICATORS, lines, "Chiffres changés par indicateur")
    common.title("Chiffre par chiffre")
    places = {(t.niveau, t.code): t.label for t in published.territories(edition)}
    rows = [_row(row, places) for row in figures.iter_rows(named=True)]
    name = f"differences_{found.before.name}_{found.after.name}"
    common.pages(FIGURES, rows, revisions.grid(figures), name, "Chiffres changés")


def _row(row: Mapping[str, object], places: Mapping[tuple[str, str], str]) -> Sequence[str]:
    place = places.get((str(row["niveau"]), str(row["territoire"])), str(row["territoire"]))
    values = revisions.value(row, "avant"), revisions.value(row, "apres"), revisions.gap(row)
    return f"{place}\n{row['annee']}", f"{revisions.words(row)}\n{row['causes']}", *values
