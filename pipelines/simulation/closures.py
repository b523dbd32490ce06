"""The accompaniments closed in a year: who they are about, how they ended, what they addressed, how long they took.

Built from the few joint tables that the publication constrains. Population cells (age, situation, HELP, handicap) come
first; each further attribute is a table of cells by values, raked onto what is published for every public.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product

import numpy as np

from pipelines.simulation.fitting import Totals, assigned, chosen, expanded, fitted
from pipelines.simulation.shapes import Bools, Floats, Ints, index_by_weight, shapes, whole
from pipelines.simulation.targets import Interval, Targets
from schemas.indicators.catalogue_bali import FOUR_THEMES
from schemas.nomenclatures import MOTIF_CLOTURE, MOTIFS_SUCCES, SEXE, THEMATIQUE, TRANCHE_AGE
from schemas.publics import APART, EVERYONE

AGES = list(TRANCHE_AGE)  # the position after the last one: unknown
SITUATIONS = ("INDEPENDANT", "SANS_EMPLOI")  # the position after the last one: any other, or unknown
MOTIVES = list(MOTIF_CLOTURE)
SUCCESS = np.array([m in MOTIFS_SUCCES for m in MOTIVES])
THEMES = list(THEMATIQUE)
PATTERNS = np.array(list(product((False, True), repeat=len(FOUR_THEMES))))
CARE = 0  # position of SOINS among the types
GRID = (len(AGES) + 1, len(SITUATIONS) + 1, 2, 2)
CELLS = int(np.prod(GRID))
ENDINGS = ("SUCCES", "NON_PERTINENT", "AUTRE", "EN_COURS")  # how an accompaniment ended
SUCCEEDED, REFUSED, OTHERWISE, OPEN = range(len(ENDINGS))
YES_NO = ("medecin_traitant_fin", "c2s_fin", "ald_fin")
_INDICATORS = {
    "medecin_traitant_fin": "profil.part_medecin_traitant",
    "c2s_fin": "profil.part_c2s",
    "ald_fin": "profil.part_ald",
}


@dataclass
class Closures:
    """Rows of accompaniments closed in `year`; every array has one value a row, positions in the lists above."""

    year: int
    cell: Ints
    motive: Ints
    sex: Ints
    yes_no: dict[str, Ints]  # 0 yes, 1 no, 2 unknown
    kind: Ints = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    addressed: dict[str, Bools] = field(default_factory=dict)
    succeeded: dict[str, Bools] = field(default_factory=dict)
    complementary: Bools = field(default_factory=lambda: np.empty(0, dtype=np.bool_))
    lasted: Ints = field(default_factory=lambda: np.empty(0, dtype=np.int64))

    @property
    def success(self) -> Bools:
        return np.asarray(SUCCESS[self.motive], dtype=np.bool_)

    @property
    def help(self) -> Bools:
        return np.asarray(COORDINATES[2][self.cell] == 1, dtype=np.bool_)


COORDINATES = np.unravel_index(np.arange(CELLS), GRID)


def publics() -> dict[str, Bools]:
    """The population cells of each public."""
    age, situation, in_help, handicap = COORDINATES
    masks = {
        "ensemble": np.ones(CELLS, dtype=np.bool_),
        "jeunes": age == 0,
        "travailleurs_independants": (situation == 0) & (in_help == 0),
        "help": in_help == 1,
        "handicap": handicap == 1,
        "sans_emploi": situation == 1,
    }
    if set(masks) != {EVERYONE.code, *(p.code for p in APART)}:
        raise RuntimeError("publics: the population cells do not tell all of them apart")
    return masks


# --- the population and its attributes ----------------------------------------------------------------------


@dataclass(frozen=True)
class Profile:
    """The fitted tables of a year: people in each cell, and for each attribute cells by values."""

    population: Ints
    tables: dict[str, Ints]

    def likelihood(self, attribute: str) -> Floats:
        """The shares of the values in each cell, by which another year starts."""
        table = self.tables[attribute] + 1e-3 * self.tables[attribute].sum(axis=0) / self.tables[attribute].sum()
        return np.asarray(table / table.sum(axis=1, keepdims=True), dtype=np.float64)


def profile(targets: Targets, year: int, size: int, scale: float, like: Profile | None = None) -> Profile:
    """Fit the population of a year's closures and its attributes; `like` is the profile of the year it resembles."""
    population = _population(targets, year, _public_numbers(targets, year, size, scale), like)
    by_public = {p: int(population[mask].sum()) for p, mask in publics().items()}
    values: dict[str, list[str]] = {"motif": MOTIVES, "sexe": list(SEXE), **{name: ["", "non"] for name in YES_NO}}
    indicators = {"motif": "clotures.part_motif", "sexe": "profil.part_sexe", **_INDICATORS}
    tables = {}
    for name, codes in values.items():
        unknown = 0.0 if name == "motif" else float(targets.assumptions["inconnus"][name])
        shape = (CELLS, len(codes) + (unknown > 0))
        totals = Totals(shape)
        totals.add_rows(population)
        known = _unknowns(totals, by_public, unknown, targets, indicators[name], year)
        for public, mask in publics().items():
            for modality, interval in targets.modalities(indicators[name], year, public).items():
                wanted = np.isin(np.arange(shape[1]), [codes.index(m) for m in modality.split("+")])
                totals.add(mask[:, None] & wanted, interval.counts(known[public]))
            if name == "motif":
                _success(totals, mask, targets, year, public, by_public[public], scale)
        start = like.likelihood(name) if like else _start(targets, indicators[name], year, codes, unknown)
        if name == "motif" and like is None:
            start[:, ~SUCCESS] *= _odds_of_failing(targets)[:, None]
        tables[name] = fitted(start * population[:, None], totals)
    return Profile(population, tables)


def _public_numbers(targets: Targets, year: int, size: int, scale: float) -> dict[str, int]:
    """Closures of each public, where they are published."""
    found = {p.code: targets.number("clotures.nombre", year, p.code) for p in APART}
    return {EVERYONE.code: size} | {public: round(n * scale) for public, n in found.items() if n is not None}


def _population(targets: Targets, year: int, numbers: Mapping[str, int], like: Profile | None) -> Ints:
    totals = Totals((CELLS,))
    unknown = float(targets.assumptions["inconnus"]["age"])
    is_unknown = COORDINATES[0] == len(AGES)
    masks = publics()
    for public, size in numbers.items():
        mask = masks[public]
        totals.add(mask, (size, size), firm=public == EVERYONE.code)
        without = 0 if public == "jeunes" else round(unknown * size)
        totals.add(mask & is_unknown, (without, without))
        for modality, interval in targets.modalities("profil.part_age", year, public).items():
            wanted = np.isin(COORDINATES[0], [AGES.index(m) for m in modality.split("+")])
            totals.add(mask & wanted, interval.counts(size - without))
    start = like.population + 0.5 if like else _population_start()
    return fitted(np.asarray(start / start.sum() * numbers["ensemble"], dtype=np.float64), totals)


def _population_start() -> Floats:
    age, situation, in_help, handicap = COORDINATES
    ages = np.array([*shapes()["tranche_age"].values(), shapes()["parts"]["naissance_vide"]])
    # whoever is past sixty works or looks for work less often; HELP is for the self-employed
    at_work = np.array([0.6, 1.4, 1.4, 1.4, 0.4, 1.0])[age]
    plain = np.array([0.036, 0.24, 0.72])[situation] * np.where(situation < 2, at_work, 1.0)
    helped = np.array([0.80, 0.02, 0.18])[situation]
    disabled = np.array([0.02, 0.05, 0.08, 0.13, 0.20, 0.10])[age]
    return np.asarray(
        ages[age]
        * np.where(in_help == 1, 0.011 * helped, 0.989 * plain)
        * np.where(handicap == 1, disabled, 1 - disabled),
        dtype=np.float64,
    )


def _unknowns(
    totals: Totals, by_public: Mapping[str, int], share: float, targets: Targets, indicator: str, year: int
) -> dict[str, int]:
    """Fix how many of each public have no value (last column); returns how many have one."""
    if not share:
        return dict(by_public)
    last = np.arange(totals.shape[1]) == totals.shape[1] - 1
    known = {}
    for public, mask in publics().items():
        without = round(share * by_public[public])
        if public == EVERYONE.code:
            exact = [i.middle for i in targets.modalities(indicator, year).values() if i.high - i.low < 1e-9]
            while exact and any(abs(v * (by_public[public] - without) % 1) > 1e-6 for v in exact):
                without += 1
        totals.add(mask[:, None] & last, (without, without))
        known[public] = by_public[public] - without
    return known


def _success(totals: Totals, mask: Bools, targets: Targets, year: int, public: str, size: int, scale: float) -> None:
    rate = targets.get("clotures.taux_succes", year, public)
    number = targets.get("clotures.nombre_succes", year, public)
    if rate:
        totals.add(mask[:, None] & SUCCESS, rate.counts(size))
    if number:
        totals.add(mask[:, None] & SUCCESS, Interval(number.low * scale, number.high * scale).counts(1))


def _start(targets: Targets, indicator: str, year: int, codes: Sequence[str], unknown: float) -> Floats:
    found = targets.modalities(indicator, year)
    shares = [max(found[c].middle, 1e-3) if c in found else 0.0 for c in codes]
    missing = max(1e-3, 1 - sum(shares))
    filled = np.array([s or missing for s in shares])
    row = np.append(filled / filled.sum() * (1 - unknown), [unknown] if unknown else [])
    return np.tile(row, (CELLS, 1))


def _odds_of_failing(targets: Targets) -> Floats:
    """How much likelier each population cell ends without success, by age."""
    odds = targets.assumptions["insucces_selon_age"]
    return np.array([*(odds[a] for a in AGES), 1.0])[COORDINATES[0]]


# --- rows ---------------------------------------------------------------------------------------------------


def closures(rng: np.random.Generator, targets: Targets, year: int, fit: Profile) -> Closures:
    """The rows of a year's closures, by its fitted profile."""
    cell = expanded(fit.population)
    drawn = {name: assigned(rng, cell, table) for name, table in fit.tables.items()}
    rows = Closures(year, cell, drawn["motif"], drawn["sexe"], {name: drawn[name] for name in YES_NO})
    rows.kind = _kinds(rng, targets, year, rows)
    _address(rng, targets, rows)
    _succeed(rng, targets, rows)
    rows.lasted = _durations(rng, targets, rows)
    return rows


def aim(targets: Targets, indicator: str, year: int, public: str = "ensemble", modality: str = "") -> Interval | None:
    """What is published for the year, or else for the year of the publication."""
    return targets.get(indicator, year, public, modality) or targets.get(indicator, targets.year, public, modality)


def _kinds(rng: np.random.Generator, targets: Targets, year: int, rows: Closures) -> Ints:
    """About care or not: by motive, so that care makes its published share of the successes."""
    cell = rows.motive * 2 + rows.help
    sizes = np.bincount(cell, minlength=2 * len(MOTIVES))
    odds = np.repeat([targets.assumptions["soins_selon_motif"][m] for m in MOTIVES], 2)
    totals = Totals((cell.max(initial=0) + 1 if cell.size == 0 else sizes.size, 2))
    totals.add_rows(sizes)
    success = np.repeat(SUCCESS, 2)
    of_care = np.arange(2) == CARE
    share = aim(targets, "soins.part_des_succes", year)
    other = aim(targets, "hors_soins.part_des_succes", year)
    for interval, column in ((share, of_care), (other, ~of_care)):
        if interval:
            totals.add(success[:, None] & column, interval.counts(int(sizes[success].sum())))
    helped = np.arange(sizes.size) % 2 == 1
    wanted = round(targets.assumptions["help"]["part_soins"] * int(sizes[helped].sum()))
    totals.add(helped[:, None] & of_care, (wanted, wanted))
    return assigned(rng, cell, fitted(np.stack([odds, 1 - odds], axis=1) * sizes[:, None], totals))


# --- themes -------------------------------------------------------------------------------------------------

STRATA = ("SUCCES_SOINS", "SUCCES_HORS_SOINS", "SANS_SUCCES")


def strata(rows: Closures) -> Ints:
    """Position among the strata of the themes: success about care, other success, no success."""
    return np.where(rows.success, np.where(rows.kind == CARE, 0, 1), 2)


def _address(rng: np.random.Generator, targets: Targets, rows: Closures) -> None:
    """Which themes each row addresses: the four ones jointly, as a table of strata and HELP by combinations."""
    cell = strata(rows) * 2 + rows.help
    sizes = np.bincount(cell, minlength=2 * len(STRATA))
    totals = Totals((sizes.size, len(PATTERNS)))
    totals.add_rows(sizes)
    for prefix, stratum in (("soins", 0), ("hors_soins", 1)):
        mine = np.arange(sizes.size) // 2 == stratum
        _themes_of_success(totals, targets, rows.year, prefix, mine, int(sizes[mine].sum()))
    everyone, helped = np.ones(sizes.size, dtype=np.bool_), np.arange(sizes.size) % 2 == 1
    for public, mask in (("ensemble", everyone), ("help", helped)):
        size = int(sizes[mask].sum())
        for theme, column in zip(FOUR_THEMES, PATTERNS.T, strict=True):
            interval = aim(targets, "thematiques.part", rows.year, public, theme)
            if interval:
                totals.add(mask[:, None] & column, interval.counts(size))
            gain = aim(targets, f"gains.{theme.lower()}", rows.year, public)
            if gain:  # what succeeds is addressed, and not all that is addressed succeeds
                needed = gain.middle * size / targets.assumptions["reussite"][theme]
                totals.add(mask[:, None] & column, (min(needed, 0.98 * size), size))
    start = np.stack([_patterns(targets, STRATA[i // 2]) * size for i, size in enumerate(sizes)])
    pattern = assigned(rng, cell, fitted(start, totals))
    rows.addressed = {theme: PATTERNS[pattern, i] for i, theme in enumerate(FOUR_THEMES)}
    for theme in THEMES:
        if theme not in rows.addressed:
            rates = np.array([targets.assumptions["thematiques"][s][theme] for s in STRATA])
            rows.addressed[theme] = rng.random(cell.size) < rates[strata(rows)]


def _themes_of_success(totals: Totals, targets: Targets, year: int, prefix: str, mine: Bools, size: int) -> None:
    for theme, column in zip(FOUR_THEMES, PATTERNS.T, strict=True):
        alone = column & (PATTERNS.sum(axis=1) == 1)
        for indicator, where in ((f"{prefix}.part_thematique", column), (f"{prefix}.part_thematique_seule", alone)):
            interval = aim(targets, indicator, year, modality=theme)
            if interval:
                totals.add(mine[:, None] & where, interval.counts(size))
    none = aim(targets, f"{prefix}.part_uniquement_soins", year)
    if none:
        totals.add(mine[:, None] & ~PATTERNS.any(axis=1), none.counts(size))


def _patterns(targets: Targets, stratum: str) -> Floats:
    rates = np.array([targets.assumptions["thematiques"][stratum][t] for t in FOUR_THEMES])
    return np.asarray(np.where(PATTERNS, rates, 1 - rates).prod(axis=1), dtype=np.float64)


def _succeed(rng: np.random.Generator, targets: Targets, rows: Closures) -> None:
    """Which of the addressed themes succeed: as many as the published gains say, else a supposed share."""
    size = rows.motive.size
    for theme, addressed in rows.addressed.items():
        among = addressed
        rows.succeeded[theme] = np.zeros(size, dtype=np.bool_)
        gain = aim(targets, f"gains.{theme.lower()}", rows.year)
        base = size
        if theme == "GUIDANCE":  # its gain is one of the successes about care
            among, base = addressed & (strata(rows) == 0), int((strata(rows) == 0).sum())
            others = addressed & ~among
            rows.succeeded[theme] |= chosen(rng, others, round(0.5 * int(others.sum())))
        supposed = targets.assumptions["reussite"][theme] * int(among.sum())
        rows.succeeded[theme] |= chosen(rng, among, round(gain.middle * base if gain else supposed))
    gain = aim(targets, "gains.complementaire_sante", rows.year)
    supposed = 0.5 * int(rows.succeeded["DROITS"].sum())
    rows.complementary = chosen(rng, rows.succeeded["DROITS"], round(gain.middle * size if gain else supposed))


# --- durations ----------------------------------------------------------------------------------------------

_SPREAD = {0: 0.72, 1: 1.05, 2: 0.95}
_WITHOUT_SUCCESS = 80.0


def _durations(rng: np.random.Generator, targets: Targets, rows: Closures) -> Ints:
    """Log-normal durations, longer or shorter by theme, with the published means of the strata and of the whole."""
    stratum = strata(rows)
    sizes = np.bincount(stratum, minlength=3)
    means = [_mean(targets, rows.year, name) for name in ("soins.duree_moyenne", "hors_soins.duree_moyenne")]
    whole_mean = _mean(targets, rows.year, "durees.moyenne")
    known = sum(m * s for m, s in zip(means, sizes[:2], strict=True))
    rest = (whole_mean * sizes.sum() - known) / max(int(sizes[2]), 1)
    by_theme = _by_theme(targets, rows)
    lasted = np.zeros(stratum.size, dtype=np.int64)
    for place, mean in enumerate([*means, rest if rest > 1 else _WITHOUT_SUCCESS]):
        mine = stratum == place
        drawn = rng.lognormal(0.0, _SPREAD[place], int(mine.sum())) * by_theme[mine]
        lasted[mine] = with_mean(drawn, mean, targets.assumptions["detections"]["plus_ancienne"])
    return lasted


def _by_theme(targets: Targets, rows: Closures) -> Floats:
    """How much longer than another each row lasts, for the themes that it addresses."""
    factors = np.ones(rows.motive.size)
    for theme, factor in targets.assumptions["durees_selon_thematique"].items():
        factors[rows.addressed[theme]] *= factor
    return factors


def _mean(targets: Targets, year: int, indicator: str) -> float:
    found = aim(targets, indicator, year)
    return found.middle if found else _WITHOUT_SUCCESS


def with_mean(drawn: Floats, mean: float, longest: int) -> Ints:
    """The drawn durations, scaled to a mean in whole days and at most `longest`."""
    factor, lasted = mean / max(float(drawn.mean()), 1e-9) if drawn.size else 1.0, whole(drawn)
    for _ in range(12):
        lasted = whole(np.minimum(drawn * factor, longest))
        now = float(lasted.mean()) if lasted.size else mean
        if abs(now - mean) < 0.05:
            break
        factor *= mean / max(now, 1e-9)
    return lasted


# --- details of a person ------------------------------------------------------------------------------------

_OTHER_SITUATIONS = ("SALARIE", "RETRAITE", "ETUDIANT", "INVALIDITE", "AUTRE", None)
_BY_AGE = (
    (0.40, 0.0, 0.40, 0.02, 0.08, 0.10),
    (0.70, 0.0, 0.04, 0.06, 0.10, 0.10),
    (0.66, 0.0, 0.0, 0.14, 0.10, 0.10),
    (0.56, 0.02, 0.0, 0.22, 0.10, 0.10),
    (0.08, 0.80, 0.0, 0.02, 0.04, 0.06),
    (0.30, 0.30, 0.0, 0.10, 0.10, 0.20),
)


def situations(rng: np.random.Generator, cell: Ints) -> list[str | None]:
    """The professional situation of each row, detailed by age where the cell does not say it."""
    names = [*SITUATIONS, *_OTHER_SITUATIONS]
    found = COORDINATES[1][cell].copy()
    other = found == len(SITUATIONS)
    for age, weights in enumerate(_BY_AGE):
        mine = other & (COORDINATES[0][cell] == age)
        found[mine] += index_by_weight(rng, weights, int(mine.sum()))
    return [names[i] for i in found]


def years_of_age(rng: np.random.Generator, cell: Ints) -> Ints:
    """Completed years at the saisine; any where the age is to stay unknown."""
    bounds = np.array([*shapes()["ages"].values(), (25, 80)])
    age = COORDINATES[0][cell]
    return np.asarray(rng.integers(bounds[age, 0], bounds[age, 1]), dtype=np.int64)
