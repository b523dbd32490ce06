"""Durations: what becomes of a year's saisines and when, then how long what is closed took, waiting told apart."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import polars as pl
import streamlit as st

from dashboards import formats
from dashboards.analysis import durations, verdicts
from dashboards.analysis.durations import HORIZONS, QUANTILES, REASON, THEMES, TYPE, WHOLE, Curve
from dashboards.analysis.verdicts import SMALL_BASE
from dashboards.charts import curves
from dashboards.formats import NBSP
from dashboards.published import reading as published
from dashboards.published import steering
from dashboards.published.reading import ORGANISME, Cell, Edition, Scope, Territory
from dashboards.slides import choices
from dashboards.views import common
from dashboards.views.analyses import asking, drawn, steered
from dashboards.views.analyses.asking import Links
from dashboards.views.analyses.drawn import QUIET, Dot
from dashboards.views.common import Column
from dashboards.web import filters
from dashboards.web import page as web
from schemas.indicators.catalogue import BY_ID, PART
from schemas.indicators.dimensions import DIMENSION
from schemas.publics import EVERYONE, Public

TITLE, PATH = "Durées", "durees"
FIRST = 90  # days of the headline
ESTIMATED, CLOSED, OPENED = "estimée, en cours compris", "closes seulement", "ouvertes seulement"
TYPES = {"": "Tous", "HORS_SOINS": "Hors soins", "SOINS": "Soins"}
PUBLISHED = {  # indicators of the tables, with what each counts
    "durees.mediane_estimee": ESTIMATED, "durees.mediane": CLOSED, "durees.moyenne": CLOSED,
    "hors_soins.duree_mediane": "succès clos seulement",
    "soins.duree_mediane": "succès clos seulement",
}  # fmt: skip
WAITING = {
    "delais.ouverture_mediane": OPENED, "delais.ouverture_moyenne": OPENED, "delais.part_ouverts_2": "non ouvertes comprises",
    "delais.part_ouverts_15": "non ouvertes comprises", "delais.part_ouverts_30": "non ouvertes comprises",
}  # fmt: skip
HOW = (
    "Incidences cumulées (Aalen-Johansen) : ce qui est encore en cours compte jusqu'à son dernier jour connu, et succès et autres issues "
    "se concurrencent. Attendre que tout soit clos, ou ne garder que ce qui l'est, donnerait des durées trop courtes."
)


@dataclass(frozen=True)
class Seen:
    """Whose durations a page shows: a year and the one before it."""

    edition: Edition
    source: Edition
    place: Territory
    public: Public
    annee: int
    whole: bool  # the year
    rows: pl.DataFrame  # of marts.courbes

    @property
    def scope(self) -> Scope:
        return Scope(self.annee, self.place.niveau, self.place.code, self.public.code)

    @property
    def former(self) -> Scope:
        return replace(self.scope, annee=self.annee - 1)

    @property
    def sql(self) -> str:
        return steering.curves_sql(self.place.niveau, self.place.code, self.public.code)

    @property
    def compares(self) -> bool:
        """Whether the year and the one before are both whole: a part of a year is not set beside a year."""
        return self.whole and bool(published.years(self.edition).get(self.annee - 1))

    def curve(self, kind: str = "", before: bool = False) -> Curve | None:
        return durations.curve(self.rows, self.annee - before, kind)

    def earlier(self, kind: str = "") -> Curve | None:
        """The curve of the year before; none where one of the two is not whole."""
        return self.curve(kind, before=True) if self.compares else None

    def file(self, name: str) -> str:
        return asking.file_of("durees", name, self.place.code, self.public.code, str(self.annee))


def draw(edition: Edition, links: Links) -> None:
    places = steering.readable(edition)
    if not places:
        steered.closed(edition, TITLE)
        return
    years = published.years(edition)
    with st.container(key="filtres"):
        first, *boxes = st.columns([2, 3, 5, 4])
        with first:
            annee = filters.year(years, list(years).index(choices.default_year(years)))
        place, public = steered.choose(places, boxes)
    source = steering.source(edition, place)
    if source is None:
        steered.closed(edition, TITLE)
        return
    if not years[annee]:
        web.banner(f"L'année {annee} est incomplète : ses chiffres sont provisoires et ne se comparent pas.", "notice")
    rows = steering.curves(source, place.niveau, place.code, public.code)
    seen = Seen(edition, source, place, public, annee, years[annee], rows)
    common.head(_headline(seen), _subtitle(seen))
    with st.container(key="corps"):
        _curves(seen)
        _published(seen)
        _groups(seen)
        _distributions(seen)
        steered.query(edition, seen.sql, links)
    common.foot(*_notes(seen), steered.source(edition))


# --- the head ---


def _headline(seen: Seen) -> str:
    """The success by a day of the year's saisines, against those of the year before."""
    now, before = seen.curve(), seen.earlier()
    here = asking.where(asking.Population(seen.annee, seen.place, seen.public))
    prefix = f"{here[0].upper()}{here[1:]}. " if here else ""
    k = now.at(FIRST) if now else None
    if now is None or k is None or now.at_risk[k] < SMALL_BASE:
        return f"{prefix}Durées des saisines de {seen.annee}"
    told = (
        f"{prefix}{formats.part(now.success[k])} des saisines de {seen.annee} sont closes avec succès en {FIRST} jours"
    )
    found = durations.against(now, before, FIRST) if before else None
    if before is None or found is None:
        return told
    other = formats.part(before.success[before.days.index(FIRST)])
    if found.signal:
        return f"{told}, contre {other} de celles de {seen.annee - 1}"
    return f"{told}, à peu près comme celles de {seen.annee - 1} ({other})"


def _subtitle(seen: Seen) -> str:
    partial = [] if seen.whole else ["année incomplète"]
    return f"{NBSP}· ".join(
        ("Issue selon les jours depuis la saisine", seen.public.label, seen.place.label, str(seen.annee), *partial)
    )


# --- curves ---


def _curves(seen: Seen) -> None:
    common.title("Que devient une saisine ?", f"{_beside(seen)} Parts {ESTIMATED.replace('estimée', 'estimées')}.")
    now = seen.curve()
    if now is None:
        common.nothing(_why(seen))
        return
    _key(seen.earlier() is not None, seen.annee)
    left, right = st.columns([6, 5], gap="large")
    with left:
        _incidence(seen, "", now)
        _tools(seen, now)
    with right:
        _horizons(seen, now)
    kinds = [(kind, c) for kind in list(TYPES)[1:] if (c := seen.curve(kind)) is not None]
    for box, (kind, of) in zip(st.columns(2, gap="large"), kinds, strict=False):
        with box:
            st.html(f'<h3 class="adass-title">{TYPES[kind]}</h3><p class="adass-note">{_said(of)}</p>')
            _incidence(seen, kind, of)
    _quantiles(seen)


def _beside(seen: Seen) -> str:
    dashed = f" Tirets{NBSP}: saisines de {seen.annee - 1}." if seen.earlier() else ""
    return f"Saisines de {seen.annee}, part selon les jours écoulés depuis la saisine.{dashed}"


def _why(seen: Seen) -> str:
    if seen.place.niveau == ORGANISME and seen.public != EVERYONE:
        return "Les courbes d'une caisse ne sont faites que pour l'ensemble des assurés : choisissez ce public, ou une région."
    return f"Aucune saisine en {seen.annee} pour ce public dans ce territoire."


def _key(dashed: bool, annee: int) -> None:
    before = f'<span><i class="dashes"></i>saisines de {annee - 1}</span>' if dashed else ""
    st.html(
        '<div class="adass-legend adass-outcomes"><span><i class="success"></i>clos avec succès</span>'
        '<span><i class="open"></i>encore en cours</span>'
        f'<span><i class="other"></i>autres issues</span>{before}</div>'
    )


def _incidence(seen: Seen, kind: str, curve: Curve) -> None:
    steered.plot(
        curves.incidence(curve, seen.earlier(kind), web.colours(), small=bool(kind)), f"courbe-{kind or 'tous'}",
        f"{TYPES[kind]}, saisines de {seen.annee}. {_said(curve)}",
    )  # fmt: skip


def _said(curve: Curve) -> str:
    """What a curve says at each horizon."""
    known = [(day, k) for day in HORIZONS if (k := curve.at(day)) is not None]
    told = ", ".join(f"{formats.part(curve.success[k])} en {day} jours" for day, k in known)
    return f"Closes avec succès{NBSP}: {told}." if told else "Trop peu de recul."


def _tools(seen: Seen, now: Curve) -> None:
    rows = seen.rows.filter((pl.col("annee") == seen.annee) & (pl.col(TYPE) == now.kind)).drop(TYPE)
    facts = [("Méthode", HOW), *steered.facts("marts.courbes", "a_risque", "evenements", "part")]
    steered.tools(seen.file("courbes"), "Ce que devient une saisine", facts, seen.sql, rows)


def _horizons(seen: Seen, now: Curve) -> None:
    """The success at each horizon beside the year before, and how many are still followed then."""
    before, rows, partial = seen.earlier(), [], False
    for day in HORIZONS:
        k = now.at(day)
        j = before.at(day) if before else None
        if k is None:
            rows.append(
                [
                    formats.jours(day),
                    formats.NC,
                    formats.part(before.success[j]) if before and j is not None else "–",
                    "–",
                    "0",
                ]
            )
            continue
        star = "*" if now.estimated(day) else ""
        partial |= bool(star)
        found = durations.against(now, before, day) if before else None
        other = formats.part(before.success[j]) if before and j is not None else "–"
        gap = f"{found.mark} {formats.points(found.gap)}" if found else "–"
        rows.append(
            [formats.jours(day), f"{formats.part(now.success[k])}{star}", other, gap, _followed(now.at_risk[k])]
        )
    st.html(
        '<h3 class="adass-title">Succès à chaque échéance</h3>'
        '<p class="adass-note">Jours depuis la saisine. Suivis : encore en cours ce jour-là.</p>'
    )
    columns = [
        Column("En", words=True), Column(str(seen.annee)), Column(str(seen.annee - 1)), Column("Écart"),
        Column("Suivis"),
    ]  # fmt: skip
    common.table(columns, rows, "Part des saisines closes avec succès à chaque échéance")
    note = f"* estimé{NBSP}: toutes les saisines de {seen.annee} n'ont pas encore ce recul. " if partial else ""
    st.html(
        f'<p class="adass-note">{note}{verdicts.UP} {verdicts.DOWN}{NBSP}: hasard exclu à 99{NBSP}%, 1 point ou plus ; '
        f"{verdicts.NOISE}{NBSP}: ni hausse ni baisse assurée.</p>"
    )


def _followed(count: int) -> str:
    return formats.nombre(count) if count >= SMALL_BASE else f"{formats.nombre(count)}\npetit effectif"


def _quantiles(seen: Seen) -> None:
    """Between which days a quarter, half, three quarters, nine in ten are closed."""
    of = {kind: c for kind in TYPES if (c := seen.curve(kind)) is not None}
    st.html(f'<h3 class="adass-title">Délai de clôture</h3><p class="adass-note">Toutes issues ; {ESTIMATED}.</p>')
    rows = [[name, *(_reached(c, share) for c in of.values())] for share, name in QUANTILES.items()]
    columns = [Column("Saisines closes", words=True), *(Column(TYPES[kind]) for kind in of)]
    common.table(columns, rows, "En combien de jours une part des saisines est clôturée")


def _reached(curve: Curve, share: float) -> str:
    found = curve.quantile(share)
    if found is None:
        return "pas encore"
    low, high = found
    return f"{high} jours" if low == high else f"{low} à {high} jours"


# --- published figures ---


def _published(seen: Seen) -> None:
    left, right = st.columns(2, gap="large")
    with left:
        common.title("Durées, de la saisine à la clôture", "Attente de l'ouverture comprise.")
        _figures(seen, PUBLISHED, "durees")
    with right:
        common.title("Attente, de la saisine à l'ouverture", "Avant tout accompagnement.")
        _figures(seen, WAITING, "attente")


def _figures(seen: Seen, which: dict[str, str], name: str) -> None:
    now, before = published.cells(seen.edition, seen.scope), published.cells(seen.edition, seen.former)
    none = Cell(None)
    rows, data = [], []
    for i, counted in which.items():
        one, other, declared = now.get(i, {}).get("", none), before.get(i, {}).get("", none), BY_ID[i]
        base = (
            f"\nbase {formats.nombre(one.denominateur)}"
            if one.denominateur is not None and one.denominateur < SMALL_BASE
            else ""
        )
        rows.append(
            [
                f"{declared.label}\n{counted}", f"{formats.value(declared.unit, one.valeur)}{base}",
                formats.value(declared.unit, other.valeur), _gap(i, one, other) if seen.compares else "–",
            ]
        )  # fmt: skip
        for year, cell in ((seen.annee, one), (seen.annee - 1, other)):
            data.append((i, counted, year, cell.numerateur, cell.denominateur, cell.valeur))
    columns = [Column("Mesure", words=True), Column(str(seen.annee)), Column(str(seen.annee - 1)), Column("Écart")]
    common.table(columns, rows, "Durées publiées" if name == "durees" else "Attente de l'ouverture")
    schema = ["indicateur", "compte", "annee", "numerateur", "denominateur", "valeur"]
    frame = pl.DataFrame(data, schema=schema, orient="row", infer_schema_length=None)
    quoted = ", ".join(f"'{i}'" for i in which)
    sql = (
        "SELECT indicateur, annee, numerateur, denominateur, valeur\nFROM marts.indicateurs\n"
        f"WHERE niveau = '{seen.place.niveau}' AND territoire = '{seen.place.code}' AND public = '{seen.public.code}'\n"
        f"    AND annee IN ({seen.annee - 1}, {seen.annee}) AND indicateur IN ({quoted})"
    )
    steered.tools(
        seen.file(name), name.capitalize(), [(BY_ID[i].label, BY_ID[i].definition) for i in which], sql, frame
    )


def _gap(i: str, now: Cell, before: Cell) -> str:
    """The gap of two years; of a share with its mark, of a median or mean without: nothing says what chance makes of it."""
    gap = formats.gap(BY_ID[i].unit, now.valeur, before.valeur)
    counts = (now.numerateur, now.denominateur, before.numerateur, before.denominateur)
    if BY_ID[i].unit != PART or None in counts:
        return gap
    n, d, m, e = (float(c or 0.0) for c in counts)
    found = verdicts.of_shares(n, d, m, e, BY_ID[i].good)
    return f"{found.mark} {gap}" if found else gap


# --- what is closed, group by group ---


def _groups(seen: Seen) -> None:
    """The quarters of the duration of closures by type, reason and theme, beside the year before."""
    now, before = durations.groups(seen.source, seen.scope), None
    hollow = f", point creux{NBSP}: médiane de {seen.annee - 1}" if seen.compares else ""
    common.title(
        "Par motif de clôture et par thématique",
        f"Clôtures de {seen.annee}, {CLOSED}{NBSP}: point à la médiane, trait du premier au troisième quart{hollow}. Une thématique "
        "compte toute clôture qui l'aborde.",
    )
    if now is None or now.is_empty():
        common.nothing("Aucune clôture cette année-là." if now is not None else "Ce millésime ne garde pas les lignes.")
        return
    if seen.compares:
        before = durations.groups(seen.source, seen.former)
    known = _medians(before)
    top = max(
        float(r["duree_75"] or 0.0)
        for r in now.iter_rows(named=True)
        if r["clotures"] >= SMALL_BASE or r["dimension"] == WHOLE
    )
    for dimensions, name in (
        ((WHOLE, TYPE), "Ensemble et type"),
        ((REASON,), "Motif de clôture"),
        (THEMES, "Thématique abordée"),
    ):
        rows = [r for d in dimensions for r in now.filter(pl.col("dimension") == d).iter_rows(named=True)]
        dots = [_dot(r, known.get((r["dimension"], r["code"]))) for r in rows]
        if dots:
            st.html(f'<h3 class="adass-title">{name}</h3>')
            ordered = dots if WHOLE in dimensions else sorted(dots, key=lambda d: -d.value)
            drawn.dots(
                ordered,
                f"{name}, durées {CLOSED}{NBSP}: " + ", ".join(f"{d.label} {d.text}" for d in ordered),
                (0.0, top),
            )
    _spans(seen, now)


def _medians(table: pl.DataFrame | None) -> dict[tuple[str, str], float]:
    if table is None:
        return {}
    enough = table.filter(pl.col("clotures") >= SMALL_BASE)
    return {(d, c): m for d, c, m in enough.select("dimension", "code", "duree_50").iter_rows()}


def _dot(row: dict[str, object], before: float | None) -> Dot:
    count = int(str(row["clotures"]))
    weak = count < SMALL_BASE
    low, middle, high = (float(str(row[f"duree_{q}"])) for q in (25, 50, 75))
    beside = (
        f"base {formats.nombre(count)}"
        if weak
        else f"attente {_days(row['attente_50'])}, suivi {_days(row['suivi_50'])}"
    )
    return Dot(_label(row), middle, formats.jours(middle), QUIET, low, high, before, beside, weak)


def _days(value: object) -> str:
    return formats.NC if value is None else f"{formats.nombre(float(str(value)))}{NBSP}j"


def _label(row: dict[str, object]) -> str:
    name, code = str(row["dimension"]), str(row["code"])
    if name == WHOLE:
        return "Toutes les clôtures"
    dimension = DIMENSION[name]
    return dimension.label.partition(":")[2].strip() if name in THEMES else dimension.label_of(code)


def _spans(seen: Seen, now: pl.DataFrame) -> None:
    """The same with waiting and accompaniment apart, in a table."""
    columns = [
        Column("Groupe", words=True), Column("Clôtures"), Column("Attente"), Column("Accompagnement"), Column("Durée"),
        Column("Quart – trois quarts"),
    ]  # fmt: skip
    order = {name: k for k, name in enumerate((WHOLE, TYPE, REASON, *THEMES))}
    ordered = sorted(now.iter_rows(named=True), key=lambda r: (order[r["dimension"]], r["code"]))
    rows = [
        [
            _label(r), formats.nombre(r["clotures"]) + ("\npetit effectif" if r["clotures"] < SMALL_BASE else ""), _days(r["attente_50"]),
            _days(r["suivi_50"]), _days(r["duree_50"]), f"{_days(r['duree_25'])} – {_days(r['duree_75'])}",
        ]
        for r in ordered
    ]  # fmt: skip
    with st.expander("Attente et accompagnement, groupe par groupe"):
        common.sentence(
            f"Médianes, {CLOSED}. Attente{NBSP}: de la saisine à l'ouverture ; accompagnement{NBSP}: de l'ouverture à la clôture, "
            "là où l'ouverture est connue. Des médianes ne s'additionnent pas."
        )
        common.table(columns, rows, "Attente, accompagnement et durée de chaque groupe")
    facts = [
        ("attente", "Jours de la saisine à l'ouverture, quarts (25, 50, 75)"), ("suivi", "Jours de l'ouverture à la clôture"),
        ("duree", "Jours de la saisine à la clôture"), ("Ce qui est compté", CLOSED),
    ]  # fmt: skip
    steered.tools(seen.file("groupes"), "Durées par groupe", facts, durations.groups_sql(seen.scope), now)


def _distributions(seen: Seen) -> None:
    now = durations.classes(seen.source, seen.scope)
    if now is None or now.is_empty():
        return
    before = durations.classes(seen.source, seen.former) if seen.compares else None
    dashed = f" Tirets{NBSP}: {seen.annee - 1}." if before is not None and not before.is_empty() else ""
    common.title(
        "Répartition des durées",
        f"Part des clôtures de {seen.annee} par tranche de {durations.WIDTH} jours, {CLOSED}.{dashed}",
    )
    medians = _medians(durations.groups(seen.source, seen.scope))
    for box, kind in zip(st.columns(2, gap="large"), list(TYPES)[1:], strict=True):
        counts, former = _counts(now, kind), _counts(before, kind)
        if not counts:
            continue
        with box:
            base = sum(counts.values())
            small = ", petit effectif" if base < SMALL_BASE else ""
            st.html(
                f'<h3 class="adass-title">{TYPES[kind]}</h3><p class="adass-note">{formats.nombre(base)} clôtures{small}</p>'
            )
            median = medians.get((TYPE, kind))
            said = f"médiane {formats.jours(median)}" if median is not None else "trop peu de clôtures pour une médiane"
            steered.plot(
                curves.distribution(counts, former, median, web.colours()), f"repartition-{kind}",
                f"Répartition des durées, {TYPES[kind].lower()}{NBSP}: {formats.nombre(base)} clôtures, {said}.",
            )  # fmt: skip
    facts = [
        ("jours", f"Premier jour de la tranche ; {durations.LAST} et plus ensemble"),
        ("Ce qui est compté", CLOSED),
    ]
    steered.tools(seen.file("repartition"), "Répartition des durées", facts, durations.classes_sql(seen.scope), now)


def _counts(table: pl.DataFrame | None, kind: str) -> dict[int, int]:
    if table is None:
        return {}
    of: Sequence[tuple[int, int]] = table.filter(pl.col(TYPE) == kind).select("jours", "clotures").rows()
    return dict(of)


def _notes(seen: Seen) -> list[str]:
    now, notes = seen.curve(), [HOW]
    if now is not None:
        notes.insert(0, f"Base{NBSP}: {formats.nombre(now.cohort)} saisines de {seen.annee}.")
    if not seen.whole:
        notes.append(
            f"{seen.annee} est incomplète{NBSP}: ses courbes s'arrêtent au recul connu, ses clôtures sont les plus courtes."
        )
    else:
        notes.append(
            "Pour juger du rythme, lire les courbes par saisine ; pour décrire l'activité, la durée des clôtures."
        )
    if seen.public.note:
        notes.append(seen.public.note)
    return notes
