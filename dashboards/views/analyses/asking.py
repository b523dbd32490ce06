"""What the pages that answer questions share: whose figures, of which measure, and what stands behind an answer."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from html import escape

import polars as pl
import streamlit as st

from dashboards import formats
from dashboards.analysis import files
from dashboards.analysis.questions import FRANCE, holds_rows
from dashboards.content import words
from dashboards.content.filled import unit_words
from dashboards.deck import workbook
from dashboards.figures import view as figures
from dashboards.formats import NBSP
from dashboards.published import reading as published
from dashboards.published.reading import Edition, Scope, Territory
from dashboards.slides import choices
from dashboards.views import common, sql
from dashboards.web import filters
from dashboards.web import page as web
from schemas.indicators.crossing import MEASURES
from schemas.indicators.dimensions import DIMENSION, DIMENSIONS
from schemas.indicators.indicator import NOMBRE, Indicator
from schemas.publics import EVERYONE, PUBLICS, Public

Links = Mapping[str, st.Page]  # the pages of the menu by address
NONE = ""
FIRST = "clotures.taux_succes"
TOO_FEW = "Base de moins de 30 cas : ni couleur, ni commentaire."


@dataclass(frozen=True)
class Population:
    """Whose figures a page is about."""

    annee: int
    place: Territory
    public: Public

    @property
    def words(self) -> tuple[str, str, str]:
        return self.public.label, self.place.label, str(self.annee)

    @property
    def scope(self) -> Scope:
        return Scope(self.annee, self.place.niveau, self.place.code, self.public.code)


def population(edition: Edition, place: bool = True) -> Population:
    """The choices of a year, of a territory unless the page is about all of them, and of a public."""
    years, places = published.years(edition), published.territories(edition)
    with st.container(key="filtres"):
        first, *boxes = st.columns([2, 3, 5, 4] if place else [2, 5, 7])
    with first:
        annee = filters.year(years, list(years).index(choices.default_year(years)))
    chosen = places[0]
    if place:
        with boxes[0]:
            within = filters.region(places)
        with boxes[1]:
            chosen = filters.territory(within)
    with boxes[-1 if place else 0]:
        public = filters.choice("Public", PUBLICS, "public", written=lambda p: p.label)
    if not years[annee]:
        web.banner(f"L'année {annee} est incomplète : ses chiffres sont provisoires et ne se comparent pas.", "notice")
    return Population(annee, chosen, public)


def measure(edition: Edition, fit: Callable[[Indicator], bool] = lambda _: True, key: str = "mesure") -> Indicator:
    """The choice of a measure that is published and that the question can take."""
    given = published.niveaux(edition)
    among = {i.id: i for i in MEASURES.values() if i.id in given and fit(i)}
    first = list(among).index(FIRST) if FIRST in among else 0
    return among[filters.choice("Mesure", list(among), key, first, lambda i: among[i].label)]


def dimension(label: str, key: str, first: str = NONE, without: Sequence[str] = (), none: str = "Aucune") -> str:
    """The choice of a dimension by name, NONE for none where that has words."""
    options = [*([NONE] if none else []), *(d.name for d in DIMENSIONS if d.name not in without)]
    index = options.index(first) if first in options else 0
    return filters.choice(label, options, key, index, lambda name: DIMENSION[name].label if name else none)


def counts_rows(edition: Edition, place: Territory) -> bool:
    """Whether this reader's questions about a place are answered on the rows."""
    if edition.access.everything:
        return holds_rows(edition)
    own = edition.exact is not None and holds_rows(edition.exact)
    return own and edition.access.owns(place.niveau, place.code, place.region)


def said(measure: Indicator) -> str:
    """A measure at the beginning of a sentence."""
    return f"{measure.label[0].upper()}{measure.label[1:]}"


def behind(measure: Indicator, table: pl.DataFrame, file: str, more: Sequence[tuple[str, str]] = ()) -> None:
    """The quiet buttons of an answer: the definition of its measure, its table as files."""
    facts = [("Population", measure.base.words), ("Unité", unit_words(measure)), *more]
    facts += [("Attention", measure.caveat)] if measure.caveat else []
    tools(measure.label, measure.definition, [*facts, ("Indicateur", measure.id)], table, file)


def tools(name: str, definition: str, facts: Sequence[tuple[str, str]], table: pl.DataFrame, file: str) -> None:
    """The quiet buttons of a figure: what it is, and its table as files."""
    with st.container(key=f"outils-{file}", horizontal=True, gap="small"):
        with st.popover("Définition", type="tertiary"):
            items = "".join(f"<dt>{web.escape(term)}</dt><dd>{web.escape(text)}</dd>" for term, text in facts)
            st.html(
                f'<div class="adass-definition"><p class="name">{web.escape(name)}</p>'
                f"<p>{web.escape(definition)}</p><dl>{items}</dl></div>"
            )
        downloads(table, file)


def downloads(table: pl.DataFrame, file: str) -> None:
    """The buttons that give every row and digit, codes and not labels."""
    st.download_button(
        "CSV", files.csv(table), f"adass_{file}.csv", "text/csv", on_click="ignore", type="tertiary", key=f"csv-{file}"
    )
    st.download_button(
        "XLSX", partial(files.xlsx, table), f"adass_{file}.xlsx", workbook.MIME, on_click="ignore", type="tertiary",
        key=f"xlsx-{file}",
    )  # fmt: skip


def query(edition: Edition, text: str, exact: bool, links: Links) -> None:
    """The statement behind an answer, and the way to run it anew where this reader may."""
    with st.expander("La requête derrière le tableau"):
        st.html(f'<div class="adass-definition"><pre>{escape(text)}</pre></div>')
        if sql.PATH not in links or (exact and not edition.access.rows):
            common.sentence("Elle lit les lignes, que la page SQL n'ouvre qu'aux statisticiens.")
        elif st.button("Ouvrir dans la page SQL", type="tertiary"):
            sql.take_up(text)
            st.switch_page(links[sql.PATH])


def foot(edition: Edition, population: Population, *lines: str) -> None:
    """What is said at the bottom of a page, then where its figures come from."""
    shown = figures.view(edition, population.scope, None, published.years(edition))
    notes = [population.public.note] if population.public.note else []
    common.foot(*lines, *notes, *words.source(shown))


def refused(edition: Edition, title: str, whose: Population, why: str) -> None:
    """A question that has no answer."""
    common.head(title, f"{NBSP}· ".join(whose.words))
    common.nothing(why)
    foot(edition, whose)


def file_of(*parts: str) -> str:
    """The name of a file from the words of a question."""
    return "_".join(p for p in parts if p).replace(".", "-").replace(",", "-")


def counted_base(measure: Indicator, numerator: float | None, denominator: float | None) -> str:
    """How many cases a figure rests on."""
    return formats.nombre(numerator if measure.unit == NOMBRE else denominator)


def where(population: Population) -> str:
    """Where a headline speaks of: nothing for everyone in France."""
    place = "" if population.place.code == FRANCE else population.place.label
    public = "" if population.public == EVERYONE else formats.inside(population.public.label)
    return ", ".join(p for p in (place, public) if p)
