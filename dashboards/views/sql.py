"""Free SQL: an editor, the tables with their comments, the result as a table, a chart and files, queries kept."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import streamlit as st

from dashboards import formats
from dashboards.formats import NBSP
from dashboards.published import reading as published
from dashboards.published.reading import Edition
from dashboards.slides import choices
from dashboards.sql import journal, result, saved, service
from dashboards.sql.engine import LONGEST, OK, WORDS, Limits, Outcome
from dashboards.sql.examples import EXAMPLES, ON_ROWS, Example
from dashboards.sql.parameters import names_of, typed
from dashboards.sql.saved import Saved
from dashboards.sql.service import Table
from dashboards.theme import TYPE
from dashboards.views import common
from dashboards.views.common import Column
from dashboards.web import page as web
from schemas.nomenclatures import NIVEAU
from schemas.publics import PUBLICS

TITLE, PATH = "Données et SQL", "sql"
LINK = "requete"
TEXT, VERSION, ANSWER = "sql_texte", "sql_version", "sql_resultat"
DRAWN = 2_000  # points of a chart
CURVE, BARS, NO_CHART = "Courbe", "Barres", "Aucun"
KEYWORDS = (
    "SELECT", "FROM", "WHERE", "GROUP BY", "ORDER BY", "HAVING", "LIMIT", "JOIN", "LEFT JOIN", "WITH", "CASE WHEN",
    "DISTINCT", "UNION ALL", "BETWEEN", "IS NULL", "count(*)", "sum(", "avg(", "median(", "round(", "date_trunc('month', ",
    "coalesce(", "DESCRIBE", "SUMMARIZE",
)  # fmt: skip
_HERE = Path(__file__)


def offered(edition: Edition) -> bool:
    return service.file(edition) is not None


def draw(edition: Edition, marts: Path) -> None:
    path = service.file(edition)
    if path is None:
        return
    rows = edition.access.rows and path.name == published.DETAIL
    common.head(TITLE, f"Interroger librement {'les lignes et' if rows else ''} les tables publiées".replace("  ", " "))
    readable = Edition(path, path.stat().st_mtime_ns)
    tables = service.tables(readable)
    _arrive(marts)
    with st.container(key="sql"):
        left, right = st.columns([5, 3], gap="large")
    with right:
        _browse(tables)
    with left:
        _pick(marts, edition, (*EXAMPLES, *(ON_ROWS if rows else ())))
        text, run = _edit(tables)
        values = _parameters(readable, text)
        if run is not None:
            with st.spinner("Requête en cours…"):
                outcome = service.answer(marts, edition.access, path, run, values)
            # kept with the rights under which it was given: others do not see it again
            st.session_state[ANSWER] = (readable, edition.access, outcome)
        _keep(marts, edition, text)
    held = st.session_state.get(ANSWER)
    if held and held[:2] == (readable, edition.access):
        _show(held[2])
    limits = Limits()
    common.foot(
        f"Lecture seule, dans un processus à part : {limits.horloge:.0f} secondes, {limits.memoire} Mo et "
        f"{formats.nombre(limits.lignes)} lignes au plus. Chaque requête est inscrite au journal avec son auteur.",
        f"{'Fichier complet' if rows else 'Fichier protégé pour la diffusion'}, millésime "
        f"{published.vintage(readable).name}. Le même fichier s'ouvre avec « adass sql » et tout client DuckDB.",
    )


# --- the text ---


def _arrive(marts: Path) -> None:
    """Take up the query that the address names, once."""
    name = st.query_params.get(LINK)
    if name and st.session_state.get(LINK) != name:
        st.session_state[LINK] = name
        if found := saved.linked(marts, name):
            _write(found.sql)
        else:
            web.banner("Cette requête n'existe plus.", "notice")


def _write(text: str) -> None:
    st.session_state[TEXT] = text
    st.session_state[VERSION] = st.session_state.get(VERSION, 0) + 1


def take_up(text: str) -> None:
    """Put a query of another page into the editor; the address no longer names one that is kept."""
    _write(text)
    st.session_state.pop(LINK, None)


def _resume(one: Saved) -> None:
    """Take up a query that is kept; the address then leads to it."""
    _write(one.sql)
    st.session_state[LINK] = one.id
    st.query_params[LINK] = one.id


def _edit(tables: Sequence[Table]) -> tuple[str, str | None]:
    """The text of the editor, and the one to run if it was asked for."""
    st.session_state.setdefault(TEXT, EXAMPLES[0].sql)
    component = st.components.v2.component(
        "adass_sql",
        html=_HERE.with_name("editor.html").read_text(encoding="utf-8"),
        css=_HERE.with_name("editor.css").read_text(encoding="utf-8"),
        js=_HERE.with_name("editor.js").read_text(encoding="utf-8"),
    )
    told = component(
        key="sql_editeur",
        data={
            "text": st.session_state[TEXT],
            "version": st.session_state.get(VERSION, 0),
            "names": _names(tables),
        },
        on_text_change=_typed,
        on_run_change=_typed,
    )
    return st.session_state[TEXT], told.get("run")


def _typed() -> None:
    told: Mapping[str, Any] = st.session_state["sql_editeur"]
    text = told.get("run") or told.get("text")
    if isinstance(text, str):  # one too long to run is not carried along either: `run` says why
        st.session_state[TEXT] = text[: LONGEST + 1]


def _names(tables: Sequence[Table]) -> list[tuple[str, str, list[str]]]:
    """What the editor proposes: tables, columns, words of SQL, each with a note and the tables that it belongs to."""
    columns: dict[str, tuple[str, list[str]]] = {}
    for table in tables:
        for column in table.columns:
            columns.setdefault(column.name, (column.comment, []))[1].append(table.name)
    return [
        *((t.name, t.comment, []) for t in tables),
        *((name, *of) for name, of in columns.items()),
        *((word, "", []) for word in KEYWORDS),
    ]


def _pick(marts: Path, edition: Edition, examples: Sequence[Example]) -> None:
    """Texts to start from: examples, the queries kept, those run before."""
    kept = saved.of(marts, edition.access.identity)
    past = journal.history(marts, edition.access)
    with st.container(key="outils-sql-textes", horizontal=True, gap="small"):
        with st.popover("Exemples", type="tertiary"):
            for place, example in enumerate(examples):
                st.button(example.title, key=f"exemple-{place}", type="tertiary", on_click=_write, args=(example.sql,))
        with st.popover("Mes requêtes", type="tertiary"):
            if not kept:
                st.caption("Aucune requête enregistrée.")
            for one in kept:
                with st.container(horizontal=True, horizontal_alignment="distribute"):
                    st.button(
                        formats.literal(one.name),
                        key=f"reprendre-{one.id}",
                        type="tertiary",
                        on_click=_resume,
                        args=(one,),
                    )
                    st.button(
                        "Supprimer", key=f"supprimer-{one.id}", type="tertiary",
                        on_click=partial(saved.forget, marts, edition.access.identity, one.id),
                    )  # fmt: skip
        with st.popover("Historique", type="tertiary"):
            if not past:
                st.caption("Aucune requête ce mois-ci.")
            for place, entry in enumerate(past):
                words = " ".join(str(entry["requete"]).split())
                st.button(
                    formats.literal(words[:70]) + ("…" if len(words) > 70 else ""), key=f"passe-{place}", type="tertiary",
                    on_click=_write, args=(str(entry["requete"]),),
                )  # fmt: skip


def _keep(marts: Path, edition: Edition, text: str) -> None:
    with (
        st.container(key="outils-sql-garder", horizontal=True, gap="small"),
        st.popover("Enregistrer", type="tertiary"),
    ):
        name = st.text_input("Nom de la requête", key="sql_nom", max_chars=80)
        if st.button("Enregistrer", key="sql_enregistrer") and name.strip():
            try:
                one = saved.save(marts, edition.access.identity, name.strip(), text)
            except saved.TooMuch as refusal:
                st.caption(str(refusal))
                return
            st.session_state[LINK] = one.id
            st.query_params[LINK] = one.id
            st.caption("Enregistrée : l'adresse de cette page y mène.")


# --- parameters ---


def _parameters(edition: Edition, text: str) -> dict[str, object]:
    """A field for each parameter; its value is bound, never written into the query."""
    names = names_of(text)
    if not names:
        return {}
    with st.container(key="choix"):
        columns = st.columns(max(len(names), 3))
    values: dict[str, object] = {}
    for place, name in enumerate(names):
        with columns[place]:
            values[name] = _value(edition, name)
    return values


def _value(edition: Edition, name: str) -> object:
    key, label = f"sql_parametre_{name}", f"${name}"
    if name == "annee":
        among = published.years(edition)
        return st.selectbox(label, list(among), list(among).index(choices.default_year(among)), key=key)
    if name == "niveau":
        return st.selectbox(label, list(NIVEAU), key=key)
    if name == "public":
        return st.selectbox(label, [p.code for p in PUBLICS], key=key)
    if name in {"territoire", "organisme", "region"}:
        every = published.territories(edition)
        fit = [t for t in every if name in {"territoire", t.niveau}]
        return st.selectbox(label, fit, format_func=lambda t: t.label, key=key).code
    return typed(st.text_input(label, key=key))


# --- the tables ---


def _browse(tables: Sequence[Table]) -> None:
    """The tables that can be queried, and the columns of the one chosen, as they are commented."""
    by_name = {t.name: t for t in tables}
    default = list(by_name).index("marts.indicateurs") if "marts.indicateurs" in by_name else 0
    name = st.selectbox("Table", list(by_name), index=default, key="sql_table")
    table = by_name[name]
    st.html(f'<p class="adass-note">{web.escape(table.comment)}</p>')
    items = "".join(
        f"<dt>{web.escape(c.name)}<small>{web.escape(c.type.lower())}</small></dt><dd>{web.escape(c.comment)}</dd>"
        for c in table.columns
    )
    st.html(f'<dl class="adass-schema">{items}</dl>')


# --- the result ---


def _show(outcome: Outcome) -> None:
    if outcome.status != OK:
        said = WORDS[outcome.status] + (f"{NBSP}: {outcome.message}." if outcome.message else ".")
        web.banner(said, "notice")
        if outcome.detail:
            st.code(outcome.detail, language=None, wrap_lines=True)
        return
    table = result.simple(outcome.table)
    told = f"{formats.counted(table.num_rows, 'ligne', 'lignes')} en {formats.nombre(outcome.seconds, 1)}{NBSP}s"
    if outcome.cut:
        told += f"{NBSP}: les premières seulement, dans les fichiers aussi, la limite est atteinte"
    common.title("Résultat", told + ".")
    if outcome.advice:
        web.banner(outcome.advice, "notice")
    if not table.num_rows:
        common.nothing("Aucune ligne.")
        return
    _chart(table)
    _grid(table)


def _grid(table: pa.Table) -> None:
    first = 0
    with st.container(key="pages-sql", horizontal=True, vertical_alignment="bottom", gap="medium"):
        if table.num_rows > common.PAGE:
            with st.container(width=220):
                starts = list(range(0, table.num_rows, common.PAGE))
                first = st.selectbox(
                    "Lignes", starts, format_func=lambda s: common.span(s, table.num_rows), key="sql_lignes"
                )
        with st.container(key="outils-sql-fichiers", horizontal=True, width="content", gap="small"):
            for kind, (_, mime) in result.FILES.items():
                st.download_button(
                    kind.upper() if kind != "parquet" else "Parquet", partial(result.file, kind, table),
                    f"adass_requete.{kind}", mime, on_click="ignore", type="tertiary", key=f"sql-{kind}",
                )  # fmt: skip
    numeric = set(result.numbers(table))
    columns = [Column(name, words=name not in numeric) for name in table.column_names]
    common.table(columns, result.texts(table, first, common.PAGE), "Résultat de la requête")


def _chart(table: pa.Table) -> None:
    """The result as bars or a curve, over columns that the reader chooses."""
    unique = result.unique_names(table.column_names)
    table = table.rename_columns(unique)
    numeric = result.numbers(table)
    if not numeric or table.num_columns < 2:
        return
    with st.expander("Graphique"):
        left, middle, right = st.columns(3)
        kind = left.selectbox("Type", [BARS, CURVE], key="sql_graphique")
        across = middle.selectbox("En abscisse", unique, key="sql_abscisse")
        heights = right.multiselect(
            "Valeurs", numeric, default=[n for n in reversed(numeric) if n != across][:1], key="sql_valeurs"
        )
        if not heights:
            return
        part = table.slice(0, DRAWN)
        st.plotly_chart(
            _figure(part, kind, across, heights),
            theme=None, key="graphique-sql", alt=f"{', '.join(heights)} selon {across}",
            config={"displayModeBar": False, "locale": "fr"},
        )  # fmt: skip
        if table.num_rows > DRAWN:
            common.sentence(f"Les {formats.nombre(DRAWN)} premières lignes sont dessinées.")


def _figure(table: pa.Table, kind: str, across: str, heights: Sequence[str]) -> dict[str, Any]:
    colours = web.colours()
    roles = ("accent", "second", "third", "fourth", "comparator")
    labels = [result.shown(v, across) for v in table.column(across).to_pylist()]
    shape = {"type": "bar"} if kind == BARS else {"type": "scatter", "mode": "lines+markers"}
    traces = []
    for place, name in enumerate(heights):
        values = [None if v is None else float(v) for v in table.column(name).to_pylist()]
        colour = colours.role(roles[place % len(roles)])
        shown = [result.shown(v, name) for v in table.column(name).to_pylist()]
        traces.append(
            {
                **shape,
                "x": labels,
                "y": values,
                "name": name,
                "marker": {"color": colour},
                "customdata": shown,
                "hovertemplate": "%{x}<br>%{customdata}<extra>%{fullData.name}</extra>",
            }
        )
    font = {"family": TYPE.family, "size": TYPE.small, "color": colours.text}
    axis = {"tickfont": font, "gridcolor": colours.rule, "zerolinecolor": colours.rule, "automargin": True}
    return {
        "data": traces,
        "layout": {
            "height": 360, "font": font, "separators": f",{formats.THIN}", "barmode": "group",
            "paper_bgcolor": colours.ground, "plot_bgcolor": colours.ground,
            "margin": {"l": 0, "r": 8, "t": 8, "b": 0},
            "xaxis": {**axis, "type": "category", "showgrid": False}, "yaxis": axis,
            "showlegend": len(heights) > 1, "legend": {"orientation": "h", "y": 1.12, "x": 0},
        },
    }  # fmt: skip
