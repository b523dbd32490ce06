"""One indicator over all territories: map, ranking, funnel and table. A click on any of them chooses a territory."""

from collections.abc import Mapping, Sequence

import streamlit as st

from dashboards import formats
from dashboards.charts import maps
from dashboards.charts.plots import Spec
from dashboards.figures import spread
from dashboards.figures import view as figures
from dashboards.figures.spread import BEYOND, Place, Spread
from dashboards.formats import NBSP
from dashboards.published import reading as published
from dashboards.published.reading import NATIONAL, ORGANISME, REGION, Cell, Edition, Scope, Territory
from dashboards.slides import choices
from dashboards.views import common, explorer
from dashboards.views.common import Column
from dashboards.web import filters
from dashboards.web import page as web
from schemas.indicators.catalogue import NOMBRE

TITLE, PATH = "Territoires", "territoires"
LEVELS = {ORGANISME: "Organismes", REGION: "Régions"}
OF = {ORGANISME: ("organisme", "organismes"), REGION: ("région", "régions")}
FUNNEL = (
    "Chaque point est un territoire : sa part, selon le nombre de cas sur lequel elle porte. Si tous avaient la part "
    "nationale, 95 % seraient entre les pointillés et 99,8 % entre les lignes pleines, par le seul jeu du hasard (loi "
    "binomiale), d'autant plus large que la base est petite. Au-delà, l'écart demande une explication, qui n'est pas "
    "forcément la qualité du service : le public accueilli diffère aussi."
)
QUARTERS = 8  # territories at least for their middle half to say something
HOW = "Cliquez sur une case ou un point, ou servez-vous des listes, pour choisir un territoire."
COLUMNS = (
    Column("Rang"),
    Column("Territoire", words=True),
    Column("Valeur"),
    Column("Écart"),
    Column("Numérateur"),
    Column("Dénominateur"),
    Column("Hasard", words=True),
)


def draw(edition: Edition, links: Mapping[str, st.Page]) -> None:
    places = published.territories(edition)
    with st.container(key="filtres"):
        first, second = st.columns([6, 2, 5]), st.columns([2, 3, 4, 4])
    with first[0]:
        declared = explorer.indicator(edition, beyond=True)
    years = published.years(edition, declared.source)
    if not years:
        common.nothing("Aucune année n'a de chiffres de cette source.")
        return
    with second[0]:
        annee = filters.year(years, list(years).index(choices.default_year(years)))
    with second[1]:
        within = filters.region(places)
    with second[2]:
        place = filters.territory(within)
    with second[3]:
        public = explorer.public(declared)
    with first[2]:
        modality, label = explorer.modality(edition, declared, annee, public.code)
    with first[1]:
        levels = [n for n in LEVELS if n in published.niveaux(edition)[declared.id]]
        niveau = filters.choice("Carte par", levels, "carte", written=lambda n: LEVELS[n])
    found = spread.spread(edition, declared.id, modality, annee, niveau, public.code)
    name = f"{declared.label}{NBSP}: {label.lower()}" if label else declared.label
    common.head(_headline(found), f"{NBSP}· ".join((name, public.label, f"par {OF[niveau][0]}", str(annee))))
    if not years[annee]:
        web.banner(f"L'année {annee} est incomplète : ses chiffres sont provisoires et ne se comparent pas.", "notice")
    view = figures.view(edition, Scope(annee, place.niveau, place.code, public.code), None, years)
    if found.known:
        chosen = _chosen(found, place)
        with st.container(key="corps"):
            _body(found, name, chosen, places)
            _standing(found, place, view.subject(declared.id, modality), links)
            _funnel(found, chosen, places)
        _table(found, places, f"{declared.id}_{modality}_{annee}_{niveau}_{public.code}")
    else:
        common.nothing(f"{formats.NC} – {', '.join(dict.fromkeys(p.cell.reason for p in found.places))}")
    common.foot(*explorer.foot(declared, view))


def _headline(found: Spread) -> str:
    """The span of the values, and how many are beyond chance."""
    known, (one, many) = found.known, OF[found.niveau]
    if not known:
        return f"Aucun chiffre publié par {one}"
    low, high = maps.value(found, known[-1].cell.valeur), maps.value(found, known[0].cell.valeur)
    span = f"De {low} ({_who(found, -1)}) à {high} ({_who(found, 0)})" if low != high else f"{low} partout"
    if found.no_funnel:
        return f"{span}, pour {formats.counted(len(known), one, many)}"
    outside = sum(p.beyond == 2 for p in known)
    if not outside:
        return f"{span}{NBSP}: aucun écart à la France n'excède nettement le hasard"
    verb = "s'écarte" if outside == 1 else "s'écartent"
    return (
        f"{span}{NBSP}; {formats.counted(outside, one, many)} sur {len(known)} {verb} de la France plus que le hasard"
    )


def _who(found: Spread, end: int) -> str:
    """Who has the largest value (0) or the least (-1)."""
    same = found.at(found.known[end].rank)
    return same[0].short if len(same) == 1 else formats.counted(len(same), *OF[found.niveau])


def _chosen(found: Spread, place: Territory) -> frozenset[str]:
    """The codes that the chosen territory has on this map: its own, or those of its organismes, or its region's."""
    if place.niveau == NATIONAL:
        return frozenset()
    if place.niveau == REGION and found.niveau == ORGANISME:
        return frozenset(p.territory.code for p in found.places if p.territory.region == place.code)
    return frozenset({place.code if place.niveau == found.niveau else place.region})


def _body(found: Spread, name: str, chosen: frozenset[str], places: Sequence[Territory]) -> None:
    left, right = st.columns([5, 4], gap="large")
    with left:
        st.html(f'<p class="adass-title">Carte des {OF[found.niveau][1]}</p>')
        words = (
            f"{name}, {len(found.known)} {OF[found.niveau][1]}{NBSP}: {_headline(found)}. Le tableau donne les valeurs."
        )
        _chart("carte", maps.tiles(found, web.colours(), chosen), words, found, places)
        _legend(found)
    with right:
        st.html('<p class="adass-title">Classement</p>')
        ranked = ", ".join(f"{p.short} {maps.value(found, p.cell.valeur)}" for p in found.known[:3])
        words = f"Classement, du plus grand au plus petit. En tête{NBSP}: {ranked}."
        _chart("classement", maps.ranking(found, web.colours(), chosen), words, found, places)
        common.sentence(f"{_middle(found)} {HOW}")


def _middle(found: Spread) -> str:
    """Between which values the middle half of the territories is."""
    known, many = found.known, OF[found.niveau][1]
    if len(known) < QUARTERS:
        return ""
    low, high = (maps.value(found, known[round(len(known) * q) - 1].cell.valeur) for q in (0.75, 0.25))
    return f"La moitié des {many} sont entre {low} et {high}."


def _chart(name: str, spec: Spec, words: str, found: Spread, places: Sequence[Territory]) -> None:
    """A chart whose points choose their territory."""
    among = {p.territory.code: p.territory for p in found.places}
    # a new key after each click: the chart must not remember a point as chosen, a second click would unchoose it
    clicks = st.session_state.get("clics", 0)
    key = f"{name}-{clicks}"

    def click() -> None:
        points = st.session_state[key].selection.points
        if points:
            st.session_state["clics"] = clicks + 1
            filters.go_to(among[points[0]["customdata"]], places)

    st.plotly_chart(
        spec, theme=None, key=key, alt=words, on_select=click, selection_mode="points",
        config={"displayModeBar": False, "locale": "fr"},
    )  # fmt: skip


def _legend(found: Spread) -> None:
    """The classes with their bounds, and the sign of what is missing."""
    shades = web.colours().shades(len(found.classes))
    items = [
        f'<span><i style="background:{shade}" class="edged"></i>{web.escape(words)}</span>'
        for shade, words in zip(shades, maps.bounds(found), strict=True)
    ]
    missing = [p for p in found.places if p.rank is None]
    reasons = ", ".join(dict.fromkeys(p.cell.reason for p in missing))
    if missing:
        items.append(f'<span><i class="hatched"></i>{formats.NC}{NBSP}: {web.escape(reasons)} ({len(missing)})</span>')
    note = '<p class="adass-note">Entre parenthèses, le nombre de territoires.</p>'
    st.html(f'<div class="adass-legend adass-classes">{"".join(items)}</div>{note}')


def _standing(found: Spread, place: Territory, cell: Cell, links: Mapping[str, st.Page]) -> None:
    """What is known of the chosen territory, with the way to its slide."""
    slide = explorer.shown_on().get(found.indicator.id)
    with st.container(key="situation", horizontal=True, vertical_alignment="center", gap="medium"):
        st.html(f'<p class="adass-sentence">{web.escape(_situation(found, place, cell))}</p>')
        if slide:
            st.page_link(links[slide.path], label=f"{slide.id} · {formats.literal(f'{slide.title}, {place.label}')} →")


def _situation(found: Spread, place: Territory, cell: Cell) -> str:
    if cell.valeur is None:
        return f"{place.label}{NBSP}: {formats.NC} – {cell.reason}."
    parts = [f"{place.label}{NBSP}: {maps.value(found, cell.valeur)}"]
    here = next((p for p in found.known if p.territory == place), None)
    if here:
        equal = " (à égalité)" if len(found.at(here.rank)) > 1 else ""
        parts.append(f"{ordinal(here.rank or 0)} sur {len(found.known)}{equal}")
    if place.niveau != NATIONAL and _gap(found, cell):
        parts.append(
            f"{_gap(found, cell)} par rapport à {'la moyenne' if found.indicator.unit == NOMBRE else 'la France'}"
        )
    if here and here.beyond is not None:
        parts.append(HASARD[here.beyond])
    return f"{', '.join(parts)}."


HASARD = {
    0: "un écart que le hasard suffit à expliquer",
    1: "hors des limites à 95 %",
    2: "hors des limites à 99,8 %",
}


def ordinal(rank: int) -> str:
    """1re, 2e: a caisse and a region are feminine."""
    return "1re" if rank == 1 else f"{formats.nombre(rank)}e"


def _gap(found: Spread, cell: Cell) -> str:
    if cell.valeur is None or found.reference is None:
        return ""
    return formats.gap(found.indicator.unit, cell.valeur, found.reference)


def _funnel(found: Spread, chosen: frozenset[str], places: Sequence[Territory]) -> None:
    common.title("Entonnoir : les écarts que le hasard n'explique pas", "" if found.no_funnel else FUNNEL)
    if found.no_funnel:
        common.nothing(found.no_funnel)
        return
    outside = [p.short for p in found.known if p.beyond]
    words = f"Entonnoir{NBSP}: {len(outside)} territoires hors des limites à 95 %{': ' if outside else ''}{', '.join(outside)}."
    _chart("entonnoir", maps.funnel(found, web.colours(), chosen), words, found, places)
    far = sum(p.beyond == 2 for p in found.known)
    told = f"{len(outside)} sur {len(found.known)} hors des limites à 95 %, dont {far} hors de 99,8 %"
    note = (
        f"En abscisse : {found.indicator.base.words} (échelle logarithmique). {told} ; les noms illisibles sont omis."
    )
    st.html(f'<p class="adass-note">{web.escape(note)}</p>')


def _table(found: Spread, places: Sequence[Territory], file: str) -> None:
    regions = {t.code: t.name for t in places if t.niveau == REGION}
    common.title(
        "Tous les territoires", "L'écart est pris à la France, ou à la moyenne des territoires pour un nombre."
    )
    lines = [_line(found, p, regions.get(p.territory.region, "")) for p in found.places]
    keep = [i for i, c in enumerate(COLUMNS) if any(line[i] not in {"", "–"} for line in lines)]
    rows = [[line[i] for i in keep] for line in lines]
    common.table([COLUMNS[i] for i in keep], rows, "Tous les territoires, du plus grand au plus petit")
    export = [_exported(found, p, regions.get(p.territory.region, "")) for p in found.places]
    titles = (
        "Rang",
        "Code",
        "Territoire",
        "Région",
        "Valeur",
        "Écart",
        "Numérateur",
        "Dénominateur",
        "Hasard",
        "Manque",
    )
    common.download(common.grid(titles, export), f"territoires_{file}")


def _line(found: Spread, p: Place, region: str) -> tuple[str, ...]:
    counted = p.cell.numerateur is not None or p.cell.denominateur is not None
    return (
        formats.nombre(p.rank) if p.rank else "–",
        f"{p.territory.name}\n{region}" if region else p.territory.name,
        maps.value(found, p.cell.valeur),
        _gap(found, p.cell) or "–",
        formats.nombre(p.cell.numerateur) if counted else "–",
        formats.nombre(p.cell.denominateur) if p.cell.denominateur is not None else "–",
        BEYOND[p.beyond] if p.beyond is not None else p.cell.reason or "–",
    )


def _exported(found: Spread, p: Place, region: str) -> tuple[str, ...]:
    value, reference = p.cell.valeur, found.reference
    return (
        str(p.rank or ""),
        p.territory.code,
        p.territory.name,
        region,
        formats.plain(value),
        formats.plain(None if value is None or reference is None else round(value - reference, 12)),
        formats.plain(p.cell.numerateur),
        formats.plain(p.cell.denominateur),
        BEYOND[p.beyond] if p.beyond is not None else "",
        p.cell.reason,
    )
