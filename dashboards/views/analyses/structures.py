"""The structures that detect: their ranking with a search, and for each of them a sheet that has its own address."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

import polars as pl
import streamlit as st

from dashboards import formats
from dashboards.analysis import partners, verdicts
from dashboards.analysis.crossing import SPREADING, mark
from dashboards.analysis.partners import FAMILY, OTHERS, YEAR, Mark, Sheet
from dashboards.analysis.questions import FRANCE, Unanswerable
from dashboards.analysis.verdicts import SMALL_BASE, SMALL_COUNT, Verdict
from dashboards.charts import months
from dashboards.charts.tiles import TILES
from dashboards.figures import spread
from dashboards.formats import NBSP
from dashboards.published import partners as given
from dashboards.published import reading as published
from dashboards.published.partners import Line, Standing
from dashboards.published.reading import NATIONAL, ORGANISME, Edition, Territory
from dashboards.slides import choices
from dashboards.views import common
from dashboards.views.analyses import asking, drawn
from dashboards.views.analyses.asking import Links
from dashboards.views.analyses.drawn import AGAINST, QUIET, UP, Dot, Square
from dashboards.views.common import Column, Link
from dashboards.web import filters
from dashboards.web import page as web
from schemas.indicators.indicator import PART
from schemas.publics import EVERYONE

TITLE, PATH = "Structures", "structures"
EVERY = ""  # the choice of no structure: their ranking
RANKING = "Toutes : le classement"
NO_ROWS = (
    "Motifs de clôture, délais et mois se comptent sur les lignes, que vous ne lisez pas pour ce territoire : la fiche donne ce "
    "que le fichier de diffusion contient."
)
HOW = (
    "Un écart est signalé (▲ ▼) s'il exclut le hasard à 99 % (test de deux proportions) et vaut au moins 1 point, sur 30 cas ou "
    "plus de chaque côté ; sinon il est gris (≈). Nombres : rangs signés de Wilcoxon, d'une caisse à l'autre, et 2 % au moins."
)
DEFINITION = (
    "Structures externes des saisines de l'année : famille de détecteur autre que l'Assurance Maladie, structure connue. Les alias "
    "de structures.csv sont appliqués."
)


@dataclass(frozen=True)
class Asked:
    """What the page is asked for."""

    annee: int
    place: Territory
    structure: str
    against: str
    compares: bool  # with the year before: both are whole

    def file(self, *parts: str) -> str:
        return asking.file_of("structures", *parts, self.place.code, str(self.annee))


def draw(edition: Edition, links: Links) -> None:
    asked = _asked(edition)
    whole = published.years(edition)[asked.annee]
    if not whole:
        web.banner(
            f"L'année {asked.annee} est incomplète : ses chiffres sont provisoires et ne se comparent pas.", "notice"
        )
    if asked.structure == EVERY:
        _every(edition, asked, links)
    else:
        _sheet(edition, asked, links)


def _asked(edition: Edition) -> Asked:
    years, places = published.years(edition), published.territories(edition)
    with st.container(key="filtres"):
        boxes = st.columns([2, 3, 4, 5, 4])
    with boxes[0]:
        annee = filters.year(years, list(years).index(choices.default_year(years)))
    with boxes[1]:
        within = filters.region(places)
    with boxes[2]:
        place = filters.territory(within)
    with boxes[3]:
        structure = _structure(edition)
    compares = years[annee] and years.get(annee - 1, False)
    with boxes[4]:
        against = _against(annee, compares, disabled=structure == EVERY)
    return Asked(annee, place, structure, against, compares)


def _structure(edition: Edition) -> str:
    """One of all structures and partners by name, or none of them."""
    by_label = {RANKING: EVERY, **given.labels(edition)}
    return by_label[filters.choice("Structure ou partenaire", list(by_label), "structure")]


def _against(annee: int, compares: bool, disabled: bool) -> str:
    words = {OTHERS: "Autres structures externes", FAMILY: "Les autres de sa famille"}
    if compares:
        words[YEAR] = f"{annee - 1}"
    return filters.choice("Face à", list(words), "face", written=words.__getitem__, disabled=disabled)


def _rank(line: Line | None) -> str:
    if line is None or line.rang is None:
        return formats.NC
    return f"{line.rang}{'re' if line.rang == 1 else 'e'}"


# --- the ranking ---


def _every(edition: Edition, asked: Asked, links: Links) -> None:
    lines = given.ranking(edition, asked.annee, asked.place.niveau, asked.place.code)
    subtitle = ("Saisines des structures externes connues", asked.place.label, str(asked.annee))
    if not lines:
        common.head(f"Aucune structure externe connue n'a détecté en {asked.annee}", f"{NBSP}· ".join(subtitle))
        common.nothing("Aucune saisine externe de ce territoire ne nomme sa structure.")
        _foot(edition, asked)
        return
    common.head(_headline_of_all(edition, asked, lines), f"{NBSP}· ".join(subtitle))
    with st.container(key="corps"):
        _list(edition, asked, lines)
        _silent(edition, asked, lines)
        asking.query(edition, given.ranking_sql(asked.annee, asked.place.niveau, asked.place.code), False, links)
    _foot(edition, asked, f"Base{NBSP}: saisines externes dont la structure est connue. {HOW}")


def _headline_of_all(edition: Edition, asked: Asked, lines: Sequence[Line]) -> str:
    first = lines[0]
    told = f"{formats.counted(len(lines), 'structure externe a détecté', 'structures externes ont détecté')}"
    if first.accompagnements is None or first.accompagnements < SMALL_BASE or first.rang != 1:
        return told
    name = given.label(edition, first.structure)
    return f"{told}{NBSP}; {name} vient en tête, avec {formats.counted(first.accompagnements, 'saisine', 'saisines')}"


def _list(edition: Edition, asked: Asked, lines: Sequence[Line]) -> None:
    """The ranking, those that hold every word searched for."""
    with st.container(key="choix"):
        words = common.search("Chercher dans la liste", "cherche", "France Travail, mission locale…")
    before = {}
    if asked.compares:
        place = asked.place
        before = {i.structure: i for i in given.ranking(edition, asked.annee - 1, place.niveau, place.code)}
    moved, partnered = _moved(lines, before), _partnered(edition, asked.annee)
    shown = [i for i in lines if common.matches(words, i.structure, given.label(edition, i.structure))]
    if not shown:
        common.nothing(f"Aucune structure ne correspond à « {words} ».")
        return
    asking.tools("Classement des structures", DEFINITION, _facts(), _frame(lines), asked.file("classement"))
    columns = [
        Column("Rang"), Column("Structure", words=True), Column("Saisines"), Column("En un an"), Column("Part de soins"),
        Column("Non pertinent"), Column("Caisses"), Column("Conventionnées"), Column("À noter", words=True),
    ]  # fmt: skip
    rows = [
        [
            _rank(i), _link(edition, asked, i.structure), formats.nombre(i.accompagnements), _evolution(i, before.get(i.structure)),
            f"{formats.part(i.part_soins)}{_signed(moved.get(i.structure))}", formats.part(i.part_non_pertinent),
            formats.nombre(i.organismes), _agreed(i, partnered), _noted(i),
        ]
        for i in shown
    ]  # fmt: skip
    common.pages(columns, rows, None, PATH, "Structures, celles qui détectent le plus d'abord")
    if any(moved.values()):
        common.sentence(f"▲ ▼ : la part de soins a changé depuis {asked.annee - 1}, au plus 5 % de fausses alertes.")


def _facts() -> list[tuple[str, str]]:
    return [
        ("Saisines", "nombre d'accompagnements dont la saisine est de l'année"),
        ("Part de soins", "accompagnements de type soins parmi eux"),
        ("Non pertinent", "motif « non pertinent » parmi ceux d'entre eux qui sont clos"),
        ("Conventionnées", "caisses du territoire qui disent une convention dans l'enquête de la même année"),
        ("Table", "marts.structures"),
    ]


def _frame(lines: Sequence[Line]) -> pl.DataFrame:
    return pl.DataFrame([vars(i) for i in lines], infer_schema_length=None)


def _link(edition: Edition, asked: Asked, structure: str) -> Link:
    name = given.label(edition, structure)
    return Link.to(name, PATH, structure=name, annee=asked.annee, territoire=asked.place.label)


def _agreed(line: Line, partnered: frozenset[str]) -> str:
    """Caisses with a convention; unknown where the survey has no partner of that name."""
    return formats.nombre(line.organismes_conventionnes) if line.structure in partnered else "–"


def _partnered(edition: Edition, annee: int) -> frozenset[str]:
    """The structures that the survey of a year asks about."""
    return frozenset(p.structure for p in given.partners(edition, annee, NATIONAL, FRANCE))


def _noted(line: Line) -> str:
    if line.accompagnements is None:
        return f"{formats.NC}{NBSP}: petit effectif protégé"
    if line.accompagnements <= SMALL_COUNT:
        return SPREADING
    return "base de moins de 30" if line.accompagnements < SMALL_BASE else ""


def _evolution(line: Line, before: Line | None) -> str:
    if before is None or line.accompagnements is None or before.accompagnements is None:
        return "–"
    if min(line.accompagnements, before.accompagnements) < SMALL_BASE:
        return "–"
    return formats.evolution(line.accompagnements / before.accompagnements - 1)


def _moved(lines: Sequence[Line], before: Mapping[str, Line]) -> dict[str, Verdict]:
    """The changes of the shares of care that are more than chance, over all structures at once."""
    found = {}
    for i in lines:
        verdict = _care(i, before.get(i.structure))
        if verdict is not None:
            found[i.structure] = verdict
    sure = partners.kept(found)
    return {name: v for name, v in found.items() if name in sure}


def _care(line: Line | None, before: Line | None) -> Verdict | None:
    """The share of care against the year before, from what is published."""
    counts = [_cases(i) for i in (line, before)]
    if None in counts or line is None or before is None:
        return None
    return verdicts.of_shares(counts[0] or 0, line.accompagnements or 0, counts[1] or 0, before.accompagnements or 0)


def _cases(line: Line | None) -> int | None:
    if line is None or line.accompagnements is None or line.part_soins is None:
        return None
    return round(line.part_soins * line.accompagnements)


def _signed(verdict: Verdict | None) -> str:
    return f" {verdict.mark}" if verdict else ""


def _silent(edition: Edition, asked: Asked, lines: Sequence[Line]) -> None:
    """The partners of the survey that no saisine names."""
    met = {i.structure for i in lines}
    rest = [
        p for p in given.partners(edition, asked.annee, asked.place.niveau, asked.place.code) if p.structure not in met
    ]
    if not rest:
        return
    common.title(
        "Partenaires de l'enquête sans aucune saisine à leur nom",
        "Ils peuvent détecter sous un autre nom : un alias dans structures.csv les réunit.",
    )
    columns = [Column("Partenaire", words=True), Column("Caisses conventionnées"), Column("Caisses où il est implanté")]
    rows = [
        [_link(edition, asked, p.structure), formats.nombre(p.conventionnes), formats.nombre(p.implantes)] for p in rest
    ]
    common.table(columns, rows, "Partenaires sans saisine")


# --- the sheet ---


def _sheet(edition: Edition, asked: Asked, links: Links) -> None:
    everywhere = given.standing(edition, asked.structure, asked.annee)
    name = given.label(edition, asked.structure)
    line = everywhere.get((asked.annee, asked.place.niveau, asked.place.code))
    sheet = _counted(edition, asked) if line else None
    subtitle = (
        f"Saisines de {asked.annee} dont le détecteur est {name}", *(["clôtures de l'année"] if sheet else []),
        asked.place.label,
    )  # fmt: skip
    changed = _change(asked, everywhere)
    if line is None:
        common.head(f"{name}{NBSP}: aucune saisine en {asked.annee}", f"{NBSP}· ".join(subtitle))
        _absent(edition, asked, everywhere)
    else:
        common.head(_headline(edition, asked, sheet, line, changed), f"{NBSP}· ".join(subtitle))
    _back(edition, asked)
    with st.container(key="corps"):
        if line:
            common.counts(_figures(asked, sheet, line, everywhere, changed))
        if sheet:
            _beside(edition, asked, sheet)
        elif line:
            common.sentence(NO_ROWS)
        _caisses(edition, asked, everywhere)
        sql = sheet.sql if sheet else given.standing_sql(asked.structure, asked.annee)
        asking.query(edition, sql, sheet is not None, links)
    _foot(edition, asked, HOW, DEFINITION)


def _back(edition: Edition, asked: Asked) -> None:
    """The way back to the ranking."""
    href = Link.to("", PATH, annee=asked.annee, territoire=asked.place.label).href
    st.html(f'<p class="adass-note"><a href="{escape(href)}" target="_self">← Toutes les structures</a></p>')


def _counted(edition: Edition, asked: Asked) -> Sheet | None:
    """What the rows say of a structure; None for whoever may not count them."""
    try:
        return partners.sheet(edition, asked.structure, asked.annee, asked.place, asked.against)
    except Unanswerable:
        return None


def _absent(edition: Edition, asked: Asked, everywhere: Standing) -> None:
    found = given.partners(edition, asked.annee, asked.place.niveau, asked.place.code)
    partner = next((p for p in found if p.structure == asked.structure), None)
    told = [f"Aucune saisine de ce territoire ne nomme cette structure en {asked.annee}."]
    if before := everywhere.get((asked.annee - 1, asked.place.niveau, asked.place.code)):
        told.append(f"En {asked.annee - 1}, elle en avait {formats.nombre(before.accompagnements)}.")
    if partner and partner.conventionnes:
        many = formats.counted(partner.conventionnes, "caisse y déclare", "caisses y déclarent")
        told.append(f"{many} pourtant une convention avec elle (enquête {asked.annee}).")
    common.nothing(" ".join(told))


def _by_caisse(everywhere: Standing, annee: int) -> dict[str, Line]:
    return {code: i for (year, niveau, code), i in everywhere.items() if year == annee and niveau == ORGANISME}


def _inside(edition: Edition, asked: Asked) -> tuple[Territory, ...]:
    """The caisses of the territory."""
    place = asked.place
    return tuple(
        t
        for t in published.territories(edition)
        if t.niveau == ORGANISME and (place.niveau == NATIONAL or place.code in {t.code, t.region})
    )


@dataclass(frozen=True)
class Change:
    """The saisines of a year against the year before; `verdict` is None where chance cannot be reckoned."""

    before: int | None
    gap: float | None
    verdict: Verdict | None


def _change(asked: Asked, everywhere: Standing) -> Change:
    now, then = (
        everywhere.get((year, asked.place.niveau, asked.place.code)) for year in (asked.annee, asked.annee - 1)
    )
    n, m = (i.accompagnements if i else None for i in (now, then))
    if not asked.compares or n is None or not m:
        return Change(m, None, None)
    of = [
        {c: i.accompagnements for c, i in _by_caisse(everywhere, year).items() if i.accompagnements}
        for year in (asked.annee, asked.annee - 1)
    ]
    counts = partners.of_saisines(of[0], of[1]) if asked.place.niveau == NATIONAL else None
    return Change(m, n / m - 1, counts)


def _headline(edition: Edition, asked: Asked, sheet: Sheet | None, line: Line, changed: Change) -> str:
    """The widest gap that is a signal; else how many saisines, and whether they changed."""
    name = given.label(edition, asked.structure)
    telling = [m for m in (sheet.marks if sheet else ()) if m.verdict and m.verdict.signal and m.measure.unit == PART]
    if telling:
        m = max(telling, key=lambda m: abs(m.verdict.gap) if m.verdict else 0)
        other = formats.part(m.other.value) if m.other else formats.NC
        return f"{name}{NBSP}: {formats.part(m.now.value)} {_of(m)}, contre {other} {_than(asked)}"
    if line.accompagnements is None:
        return f"{name}{NBSP}: ses chiffres sont protégés dans ce territoire"
    told = f"{name}{NBSP}: {formats.counted(line.accompagnements, 'saisine', 'saisines')} en {asked.annee}"
    if changed.verdict and changed.verdict.signal:
        return f"{told}, {formats.evolution(changed.gap)} en un an"
    return f"{told}, sans changement net en un an" if changed.gap is not None and changed.verdict else told


OF = {
    partners.CARE: "de ses saisines vont aux soins",
    partners.SUCCESS: "de ses clôtures sont des succès",
    partners.SOON: "de ses saisines sont ouvertes en 15 jours",
}


def _of(m: Mark) -> str:
    return OF[m.measure.id]


def _than(asked: Asked) -> str:
    """What a figure is set beside, at the end of a sentence."""
    words = {OTHERS: "pour les autres structures externes", FAMILY: "pour les autres de sa famille"}
    return words.get(asked.against, f"en {asked.annee - 1}")


def _figures(
    asked: Asked, sheet: Sheet | None, line: Line, everywhere: Standing, changed: Change
) -> list[tuple[str, str, str]]:
    moved = "" if changed.gap is None else _moved_by(changed)
    rank = f"{_rank(line)} structure externe" if line.rang else ""
    found = [(formats.nombre(line.accompagnements), "saisines", f"{NBSP}· ".join(p for p in (moved, rank) if p))]
    if sheet:
        found += [(_value(m), _named(m), _gap(m, asked)) for m in sheet.marks if m.measure.id != partners.DURATION]
        lost = next((m for m in sheet.motifs if m.modality == "NON_PERTINENT"), None)
        found[3:3] = [(_value(lost), "clos « non pertinent »", _gap(lost, asked))] if lost else []
    else:
        before = everywhere.get((asked.annee - 1, asked.place.niveau, asked.place.code))
        verdict = _care(line, before) if asked.compares else None
        beside = f"{verdict.mark} {formats.points(verdict.gap)} en un an" if verdict else ""
        found.append((formats.part(line.part_soins), "part de soins", beside))
        found.append((formats.part(line.part_non_pertinent), "non pertinent, parmi les saisines closes", ""))
    if asked.place.niveau != ORGANISME:
        agreed = line.organismes_conventionnes
        convention = f"{formats.counted(agreed, 'caisse conventionnée', 'caisses conventionnées')}" if agreed else ""
        found.append((formats.nombre(line.organismes), "caisses saisies", convention))
    return found


def _moved_by(changed: Change) -> str:
    sign = f"{changed.verdict.mark} " if changed.verdict else ""
    return f"{sign}{formats.evolution(changed.gap)} en un an"


def _named(m: Mark) -> str:
    return f"{m.label[0].lower()}{m.label[1:]}"


def _value(m: Mark) -> str:
    return formats.value(m.measure.unit, m.now.value)


def _gap(m: Mark, asked: Asked) -> str:
    """The gap with its sign and what may be said of it, then the other figure."""
    if m.other is None or m.other.value is None:
        return ""
    against = {OTHERS: "autres", FAMILY: "sa famille"}.get(asked.against, str(asked.annee - 1))
    other = f"{against}{NBSP}: {formats.value(m.measure.unit, m.other.value)}"
    if m.verdict is None:
        return other
    return f"{m.verdict.mark} {formats.points(m.verdict.gap)}{NBSP}· {other}"


# --- the two charts of a sheet ---

SCALE = [(at, f"{at:.0%}".replace("%", f"{NBSP}%")) for at in (0.0, 0.5, 1.0)]


def _beside(edition: Edition, asked: Asked, sheet: Sheet) -> None:
    left, right = st.columns([3, 2], gap="large")
    with left:
        common.title("Motifs de clôture", _closures(asked, sheet))
        if sheet.motifs:
            _dots(sheet.motifs)
        else:
            common.nothing(f"Aucun accompagnement de cette structure n'a été clôturé en {asked.annee}.")
        common.title("Soins, succès, ouverture", "Parts des saisines ou des clôtures de l'année.")
        _dots([m for m in sheet.marks if m.measure.unit == PART])
        _key(asked)
        facts = [(m.label, f"{m.measure.definition} {m.measure.caveat}".strip()) for m in sheet.marks]
        asking.tools(
            "Chiffres de la structure",
            DEFINITION,
            [*facts, ("Signal", HOW)],
            sheet.table,
            asked.file("fiche", *_slug(asked)),
        )
    with right:
        common.title("Saisines mois par mois", f"{asked.annee}, et {asked.annee - 1} en tirets.")
        _months(asked, sheet)
        _durations(asked, sheet)


def _slug(asked: Asked) -> tuple[str, str]:
    return "".join(c if c.isalnum() else "-" for c in asked.structure.lower()), asked.against


def _closures(asked: Asked, sheet: Sheet) -> str:
    if not sheet.motifs:
        return ""
    first = sheet.motifs[0]
    other = f", face à {formats.nombre(first.other.denominator)} {_than(asked)}" if first.other else ""
    return f"{formats.nombre(first.now.denominator)} clôtures en {asked.annee}{other}."


def _dots(marks: Sequence[Mark]) -> None:
    """The shares on one axis from 0 to 100 %, what they are set beside hollow."""
    rows = [
        Dot(
            m.label, m.now.value or 0.0, f"{_value(m)} {_brief(m)}", _tone(m.verdict), None, None,
            m.other.value if m.other else None, mark(m.measure, m.now.numerator, m.now.denominator),
            (m.now.denominator or 0) < SMALL_BASE,
        )
        for m in marks
    ]  # fmt: skip
    drawn.dots(rows, ", ".join(f"{d.label} {d.text}" for d in rows), (0.0, 1.0), SCALE)


def _key(asked: Asked) -> None:
    """What the marks of the two charts mean."""
    name = {OTHERS: "autres structures externes", FAMILY: "autres de sa famille"}.get(
        asked.against, str(asked.annee - 1)
    )
    st.html(
        f'<div class="adass-legend adass-dots-key"><span><i class="hollow"></i>{web.escape(name)}</span>'
        '<span><i class="solid"></i>écart net (▲ ▼)</span>'
        '<span><i class="grey"></i>hasard possible, ou moins d\'un point (≈)</span></div>'
    )


def _brief(m: Mark) -> str:
    return f"{m.verdict.mark} {formats.points(m.verdict.gap)}" if m.verdict else ""


def _tone(verdict: Verdict | None) -> str:
    if verdict is None or not verdict.signal:
        return QUIET
    return AGAINST if verdict.unfavourable else UP


def _months(asked: Asked, sheet: Sheet) -> None:
    counts: dict[int, dict[int, int]] = {}
    for annee, mois, n in sheet.months.iter_rows():
        counts.setdefault(annee, {})[mois] = n
    now, before = counts.get(asked.annee, {}), counts.get(asked.annee - 1, {})
    last = max(now, default=0) if not asked.compares else 12
    now = {m: now.get(m, 0) for m in range(1, last + 1)}
    before = {m: before.get(m, 0) for m in range(1, 13)} if before else {}
    told = ", ".join(f"{months.NAMES[m - 1]} {formats.nombre(n)}" for m, n in now.items())
    st.plotly_chart(
        months.figure(now, before, asked.annee, web.colours()), theme=None, key="graphique-structure-mois",
        alt=f"Saisines par mois en {asked.annee}{NBSP}: {told}.", config={"displayModeBar": False, "locale": "fr"},
    )  # fmt: skip
    if any(1 <= n <= SMALL_COUNT for n in now.values()):
        st.html(f'<p class="adass-note">Des mois de 1 à 10 saisines{NBSP}: {web.escape(SPREADING)}.</p>')
    with st.container(key="outils-structure-mois", horizontal=True, gap="small"):
        asking.downloads(sheet.months, asked.file("mois", _slug(asked)[0]))


def _durations(asked: Asked, sheet: Sheet) -> None:
    shown = [m for m in sheet.marks if m.measure.unit != PART]
    if not shown:
        return
    common.title("Délais")
    whole = f"{asked.annee - 1}" if asked.against == YEAR else "Ensemble, elle comprise"
    columns = [Column("", words=True), Column(str(asked.annee)), Column(whole), Column("Base")]
    rows = [
        [
            m.label, _value(m), formats.value(m.measure.unit, m.other.value) if m.other else "–",
            f"{formats.nombre(m.now.denominator)}{' (moins de 30)' if (m.now.denominator or 0) < SMALL_BASE else ''}",
        ]
        for m in shown
    ]  # fmt: skip
    common.table(columns, rows, "Délais et durées médians")


# --- where it acts ---

CLASSES = ("low", "middle", "high")


def _caisses(edition: Edition, asked: Asked, everywhere: Standing) -> None:
    """The caisses that it calls on: map, those that do not see it, and the list."""
    lines = _by_caisse(everywhere, asked.annee)
    inside = _inside(edition, asked)
    if asked.place.niveau == ORGANISME or not inside:
        return
    delivered = published.across(edition, (partners.SAISINES,), asked.annee, ORGANISME)
    common.title("Quelles caisses", f"Saisines de {given.label(edition, asked.structure)} en {asked.annee}.")
    left, right = st.columns([1, 1], gap="large")
    if asked.place.niveau == NATIONAL:
        with left:
            _map(asked, inside, lines, frozenset(delivered))
    with right if asked.place.niveau == NATIONAL else left:
        _without(edition, asked, inside, lines, frozenset(delivered))
    _table(edition, asked, everywhere, inside)


def _map(asked: Asked, inside: Sequence[Territory], lines: Mapping[str, Line], delivered: frozenset[str]) -> None:
    found = {t.code: lines.get(t.code) for t in inside}
    tall = [i.accompagnements for i in lines.values() if (i.accompagnements or 0) >= SMALL_BASE]
    bands = spread.classes([float(v) for v in tall if v], len(CLASSES))
    tones = {code: _class(i, code in delivered, [b.high for b in bands]) for code, i in found.items()}
    squares = [
        Square(
            TILES[ORGANISME][t.code].row, TILES[ORGANISME][t.code].column, tones[t.code],
            f"{t.label}{NBSP}: {_told(found[t.code], t.code in delivered)}",
            Link.to("", PATH, structure=_kept(), annee=asked.annee, territoire=t.label).href,
        )
        for t in inside
        if t.code in TILES[ORGANISME]
    ]  # fmt: skip
    drawn.squares(squares, "Carte des caisses ; chaque case mène à la fiche dans cette caisse")
    many = {tone: sum(x == tone for x in tones.values()) for tone in {"none", "weak", "unknown", *CLASSES}}
    words = {"none": "aucune saisine", "weak": "moins de 30, base fragile", "unknown": "protégé, ou non livré"}
    for band, tone in zip(bands, CLASSES[-len(bands) :] if bands else (), strict=True):
        words[tone] = f"{formats.nombre(band.low)} à {formats.nombre(band.high)}"
    drawn.key([(tone, f"{text}{NBSP}· {many[tone]}") for tone, text in words.items() if many[tone]])


def _kept() -> str:
    return str(filters.kept("structure"))


def _class(line: Line | None, delivered: bool, highs: Sequence[float]) -> str:
    if line is None:
        return "none" if delivered else "unknown"
    if line.accompagnements is None:
        return "unknown"
    if line.accompagnements < SMALL_BASE:
        return "weak"
    place = next(k for k, high in enumerate(highs) if line.accompagnements <= high)
    return CLASSES[len(CLASSES) - len(highs) + place]


def _told(line: Line | None, delivered: bool) -> str:
    if line is None:
        return "aucune saisine" if delivered else "n'a pas livré"
    if line.accompagnements is None:
        return f"{formats.NC}, petit effectif protégé"
    return formats.counted(line.accompagnements, "saisine", "saisines")


def _without(
    edition: Edition, asked: Asked, inside: Sequence[Territory], lines: Mapping[str, Line], delivered: frozenset[str]
) -> None:
    """The caisses without any saisine, those with a convention first."""
    absent = [t for t in inside if t.code in delivered and t.code not in lines]
    agreed = given.agreed(edition, asked.structure, asked.annee)
    both = [t for t in absent if t.code in agreed]
    if both:
        names = ", ".join(t.label for t in both)
        common.sentence(f"Conventionnées, sans aucune saisine en {asked.annee} : {names}.")
    rest = [t for t in absent if t.code not in agreed]
    if rest and len(rest) <= SMALL_BASE:
        common.sentence(f"{'Autres, sans' if both else 'Sans'} aucune saisine : {', '.join(t.label for t in rest)}.")
    elif rest:
        common.sentence(f"{len(rest)} caisses n'ont aucune saisine de cette structure.")
    if not absent:
        common.sentence("Toutes les caisses qui ont livré ont des saisines de cette structure.")


def _table(edition: Edition, asked: Asked, everywhere: Standing, inside: Sequence[Territory]) -> None:
    now, before = (_by_caisse(everywhere, year) for year in (asked.annee, asked.annee - 1))
    among = {t.code: t for t in inside}
    lines = sorted((i for c, i in now.items() if c in among), key=lambda i: -(i.accompagnements or 0))
    if not lines:
        return
    partnered = asked.structure in _partnered(edition, asked.annee)
    columns = [
        Column("Caisse", words=True), Column("Saisines"), Column("En un an"), Column("Part de soins"), Column("Non pertinent"),
        Column("Rang dans la caisse"), Column("Convention"), Column("À noter", words=True),
    ]  # fmt: skip
    rows = [
        [
            Link.to(among[i.territoire].label, PATH, structure=_kept(), annee=asked.annee, territoire=among[i.territoire].label),
            formats.nombre(i.accompagnements), _evolution(i, before.get(i.territoire)) if asked.compares else "–",
            formats.part(i.part_soins), formats.part(i.part_non_pertinent), _rank(i),
            ("oui" if i.organismes_conventionnes else "non") if partnered else "–", _noted(i),
        ]
        for i in lines
    ]  # fmt: skip
    asking.tools(
        "Une structure dans chaque caisse", DEFINITION, _facts(), _frame(lines), asked.file("caisses", _slug(asked)[0])
    )
    common.pages(columns, rows, None, f"{PATH}_caisses", "Caisses, celles qui ont le plus de saisines d'abord")


def _foot(edition: Edition, asked: Asked, *lines: str) -> None:
    asking.foot(edition, asking.Population(asked.annee, asked.place, EVERYONE), *lines)
