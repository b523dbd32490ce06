"""What the pages that read exact months share: whose, what stands behind a figure, and what to say without any."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import polars as pl
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboards import formats
from dashboards.charts.plots import Spec
from dashboards.content import words
from dashboards.figures import steering as figures
from dashboards.formats import NBSP
from dashboards.published import reading as published
from dashboards.published import steering
from dashboards.published.reading import Edition, Territory
from dashboards.published.steering import Month
from dashboards.views import common
from dashboards.views.analyses import asking
from dashboards.views.analyses.asking import Links
from dashboards.web import filters
from dashboards.web import page as web
from schemas.outputs.tables import BY_FULL_NAME
from schemas.publics import PUBLICS, Public

NOT_YOURS = (
    "Ces chiffres du mois et ces courbes comptent de petits nombres : seuls les lecteurs des chiffres exacts d'un territoire "
    "les voient, pour ce territoire. Votre accès lit le fichier de diffusion, qui ne les contient pas."
)


@dataclass(frozen=True)
class Steered:
    """Whose months a page shows, and these."""

    edition: Edition  # as the reader may read it
    source: Edition  # the file of these months
    place: Territory
    public: Public
    months: tuple[Month, ...]

    @property
    def last(self) -> Month:
        return self.months[-1]

    @property
    def window(self) -> tuple[Month, ...]:
        """The months that are drawn."""
        return self.months[-figures.SHOWN :]

    @property
    def before(self) -> Month | None:
        return figures.year_before(self.months, self.last)

    @property
    def sql(self) -> str:
        return steering.months_sql(self.place.niveau, self.place.code, self.public.code)

    def file(self, name: str) -> str:
        return asking.file_of("pilotage", name, self.place.code, self.public.code)


def where(places: Sequence[Territory]) -> tuple[Territory, Public]:
    """The choice of a territory among those the reader may read, and of a public."""
    with st.container(key="filtres"):
        return choose(places, st.columns([3, 5, 4]))


def choose(places: Sequence[Territory], boxes: Sequence[DeltaGenerator]) -> tuple[Territory, Public]:
    """The same in three boxes that are there."""
    with boxes[0]:
        within = filters.region(places)
    with boxes[1]:
        place = filters.territory(within)
    with boxes[2]:
        public = filters.choice("Public", PUBLICS, "public", written=lambda p: p.label)
    return place, public


def closed(edition: Edition, title: str) -> None:
    """A page without anything that this reader may read."""
    common.head(title, "Réservé aux lecteurs des chiffres exacts d'un territoire")
    common.nothing(NOT_YOURS)
    common.foot(source(edition))


def source(edition: Edition) -> str:
    """Where the figures come from."""
    vintage, day = published.vintage(edition), steering.observed(edition)
    seen = f", observé au {formats.jour(day)}" if day else ""
    return f"Source{NBSP}: {words.SOURCES['bali']}{seen}, millésime {vintage.name}, produit le {formats.jour(vintage.created)}."


def facts(table: str, *columns: str) -> list[tuple[str, str]]:
    """What columns of a published table are, as the dictionary says it."""
    told = {c.name: c.comment for c in BY_FULL_NAME[table].columns}
    return [(name, told[name]) for name in columns]


def tools(file: str, name: str, told: Sequence[tuple[str, str]], sql: str, table: pl.DataFrame) -> None:
    """The quiet buttons of a figure: its definition with the query, its table on the page and as files."""
    with st.container(key=f"outils-{file}", horizontal=True, gap="small"):
        with st.popover("Définition", type="tertiary"):
            items = "".join(f"<dt>{web.escape(term)}</dt><dd>{web.escape(text)}</dd>" for term, text in told)
            st.html(
                f'<div class="adass-definition"><p class="name">{web.escape(name)}</p><dl>{items}</dl>'
                f"<details><summary>Requête SQL</summary><pre>{escape(sql)}</pre></details></div>"
            )
        with st.popover("Tableau", type="tertiary"):
            _table(table, name)
        asking.downloads(table, file)


def _table(table: pl.DataFrame, name: str) -> None:
    columns = [common.Column(c, words=table[c].dtype == pl.String) for c in table.columns]
    common.table(columns, [[_cell(c, v) for c, v in row.items()] for row in table.iter_rows(named=True)], name)


def _cell(column: str, value: object) -> str:
    """A figure as the page writes it: years without a gap between thousands, shares in per cent."""
    if value is None:
        return "–"
    if isinstance(value, str) or column in {"annee", "mois", "jours"}:
        return str(value)
    if isinstance(value, float) and (column.startswith(("part", "taux")) or 0 < value < 1):
        return formats.part(value)
    return formats.nombre(float(str(value)), 1)


def query(edition: Edition, text: str, links: Links) -> None:
    """The statement behind a page, and the way to run it anew for whoever reads the exact file whole."""
    if edition.access.everything:
        asking.query(edition, text, False, links)
        return
    with st.expander("La requête derrière la page"):
        st.html(f'<div class="adass-definition"><pre>{escape(text)}</pre></div>')
        common.sentence("La page SQL lit le fichier de diffusion, qui n'a pas ces tables.")


def plot(spec: Spec, key: str, alt: str) -> None:
    """A chart, with its words for those who do not see it."""
    st.plotly_chart(spec, theme=None, key=key, alt=alt, config={"displayModeBar": False, "locale": "fr"})
