"""The diffusion file: which cubes it holds, which figures count persons, and what their counts have to do with each other.

Everything here is derived from the catalogue where it can be: an indicator that cannot be classified raises, and fails
a test, rather than being shown unprotected.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise

from schemas import nomenclatures as n
from schemas.indicators.catalogue import BY_ID
from schemas.indicators.catalogue_bali import CLOTURES, DETECTIONS, SUCCES_SOINS
from schemas.indicators.catalogue_pilotage import DELAYS, RETURNS, STOCK, waited
from schemas.indicators.indicator import NOMBRE, PART, Base, Indicator
from schemas.outputs.columns import OutputColumn
from schemas.outputs.marts import INDICATEURS
from schemas.outputs.pilotage import PILOTAGE
from schemas.outputs.tables import OUTPUTS
from schemas.publics import EVERYONE, PUBLICS

THRESHOLD = 11  # a count of persons from 1 to THRESHOLD - 1 is not shown
WIDTH = 9  # and keeps at least this distance between the lowest and the highest value it can have

# niveau -> publics of the cubes that are published
CUBES = {
    "national": tuple(p.code for p in PUBLICS),
    "region": tuple(p.code for p in PUBLICS),
    "organisme": (EVERYONE.code,),
}

# One row a caisse: so few rows that a number of ateliers can be taken for a number of persons. Its figures are diffused.
# Months and days after the saisine are so fine that their counts are small nearly everywhere.
NOT_DIFFUSED = ("action_sociale", *(o.name for o in PILOTAGE))
PROTECTED = OutputColumn("protege", "BOOLEAN", "La valeur est masquée pour protéger de petits effectifs")
DIFFUSED = tuple(
    replace(o, columns=(*o.columns, PROTECTED)) if o is INDICATEURS else o
    for o in OUTPUTS
    if o.layer in ("ref", "marts") and o.name not in NOT_DIFFUSED
)

PERSON = "id_personne"
# relations of which a row is a person, or the accompaniment, care or file of one
ROWS_OF_PERSONS = {
    "detail.parcours",
    "detail.stocks",
    "detail.soins_distincts",
    "detail.orientations",
    "detail.action_sociale_dossiers",
    "detail.action_sociale_urgences",
    "detail.action_sociale_entretiens",
}
ROWS_OF_OTHERS = {
    "detail.enquete_repondants",
    "detail.enquete_actions",
    "detail.enquete_action_services",
    "detail.enquete_action_partenaires",
    "detail.enquete_conventions",
    "detail.enquete_ateliers_parents",
    "detail.enquete_ase",
    "detail.action_sociale_dotations",
    "detail.action_sociale_ateliers",
    "detail.action_sociale_formations",
}
# columns that are summed: numbers of persons, and others
SUMS_OF_PERSONS = {
    "ciblees", "informees", "aidees", "orientees", "invitations", "presents", "orientes_caf", "orientes_cpam",
    "orientes_commun", "beneficiaires", "pris_en_charge", "pris_en_charge_16", "renouvellements_css", "rdv_19",
    "jeunes_rencontres", "nouveaux", "participants", "inscriptions", "ouvertures_c2s",
}  # fmt: skip
SUMS_OF_OTHERS = {"duree_jours", "delai_jours", "montant_engage", "budget", "satisfaction * presents"}


@dataclass(frozen=True)
class Count:
    """A number of persons: the rows of a relation that satisfy every predicate, or a column summed over them.

    `persons`: not the rows, but whom they are about; with `repeated` those who have two rows or more. `lag`: of so many
    years before; `everyone`: of public ensemble, whatever the public of the figure.
    """

    relation: str
    year: str
    where: frozenset[str]
    total: str | None = None
    persons: bool = False
    repeated: bool = False
    lag: int = 0
    everyone: bool = False

    @property
    def space(self) -> tuple[str, str, str | None, bool, bool]:
        """Counts of one space are about the same rows: they can contain each other."""
        return self.relation, self.year, self.total, self.persons, self.repeated

    @property
    def adds_up(self) -> bool:
        """Whether a territory has as many as those within it together."""
        return self not in OTHERS_IN_EACH and not self.persons

    def __str__(self) -> str:
        words = " ∧ ".join(sorted(self.where)) or "tout"
        of = self.total or "".join(("personnes" * self.persons, " revues" * self.repeated))
        return f"{self.relation.removeprefix('detail.')}/{self.year}{f'/{of}' if of else ''}[{words}]"


# --- predicates ------------------------------------------------------------------------------------------------

_SAME = {"age IS NOT NULL": "tranche_age IS NOT NULL"}  # one predicate under two names
_EQUALS = re.compile(r"(\w+) (=|<>) '(.*)'")
_HAS_VALUE = re.compile(r"(\w+)(?: = '.*')?")


def equal(column: str, value: str) -> str:
    return f"{column} = '{value}'"


def _implications() -> dict[str, str]:
    """What follows from a predicate, one step: of what takes a time, that it takes no longer time, and was seen for less."""
    out = {equal("categorie_detecteur", c): equal("famille_detecteur", f) for c, f in n.FAMILLE_DE_CATEGORIE.items()}
    for famille in n.FAMILLE_DETECTEUR:
        internal = famille == n.FAMILLE_INTERNE
        out[equal("famille_detecteur", famille)] = "NOT externe" if internal else "externe"
    out |= {equal("motif_cloture", m): "succes" for m in n.MOTIFS_SUCCES}
    out |= {f"reussit_{t.lower()}": f"aborde_{t.lower()}" for t in n.THEMATIQUE}
    for shorter, longer in pairwise(DELAYS):
        seen, kept = (waited(days).where.split(" AND ", 1) for days in (longer, shorter))
        out |= dict(zip(seen, kept, strict=True)) | {f"delai_jours <= {shorter}": f"delai_jours <= {longer}"}
    for shorter, longer in pairwise(RETURNS.values()):
        out |= {
            f"suivi_jours >= {longer}": f"suivi_jours >= {shorter}",
            f"retour_jours <= {shorter}": f"retour_jours <= {longer}",
        }
    return out | {"complementaire_sante": "reussit_droits"}


_IMPLIES = _implications()


def predicates(sql: str) -> frozenset[str]:
    """The predicates that `sql` joins by AND, outside parentheses."""
    out, depth, start = [], 0, 0
    for i, c in enumerate(sql):
        depth += (c == "(") - (c == ")")
        if depth == 0 and sql.startswith(" AND ", i):
            out.append(sql[start:i])
            start = i + 5
    return frozenset(_SAME.get(p, p) for p in (*out, sql[start:]) if p != "TRUE")


@cache
def implied(predicate: str) -> frozenset[str]:
    """All that follows from a predicate, itself left out."""
    steps = [predicate]
    while steps[-1] in _IMPLIES:
        steps.append(_IMPLIES[steps[-1]])
    columns = (found.group(1) for found in map(_HAS_VALUE.fullmatch, steps) if found)
    return frozenset(steps[1:]).union(f"{column} IS NOT NULL" for column in columns)


def closure(where: Iterable[str]) -> frozenset[str]:
    """The predicates and all that follows from them."""
    where = frozenset(where)
    return where.union(*(implied(p) for p in where))


def shortest(where: Iterable[str]) -> frozenset[str]:
    """The predicates without those that follow from others."""
    where = frozenset(where)
    return where - frozenset().union(*(implied(p) for p in where))


def one_of(predicate: str) -> tuple[str, str] | None:
    """The column of which a predicate asks one value, and that value; for a predicate or its contrary, itself."""
    if found := _EQUALS.fullmatch(predicate):
        column, sign, value = found.groups()
        return (column, value) if sign == "=" else (f"{column}/{value}", "<>")
    bare = predicate.removeprefix("NOT ")
    return (bare, predicate) if re.fullmatch(r"\w+", bare) else None


# --- what the figures count ------------------------------------------------------------------------------------

TOP10 = Count("marts.structures", "annee", frozenset({"rang <= 10"}))  # other structures in each territory
OTHERS_IN_EACH = {TOP10}


def _of(base: Base, *more: str, total: str | None = None, persons: bool = False, repeated: bool = False) -> Count:
    where = shortest(predicates(base.where).union(*(predicates(p) for p in more)))
    return Count(base.relation, base.year, where, total, persons, repeated)


# of queries: what their numerator counts
OF_QUERIES: dict[str, Count | None] = {
    "part_top10": TOP10,
    "organismes_par_taux_externe": None,
    "conventions_evolution": None,
}

# counts of different rows that are one number: a soin de généraliste has no speciality, so one accompaniment has one
EQUAL = (
    (
        Count("detail.soins_distincts", "annee_cloture", frozenset({equal("type_soins", "GENERALISTE")})),
        _of(SUCCES_SOINS, "soin_generaliste"),
    ),
)
# sums of which one is a part of the other
INCLUDED = (("pris_en_charge_16", "pris_en_charge"),)
# the public whose persons a predicate also finds among everyone
PUBLIC_AS = {"jeunes": equal("tranche_age", "moins_de_25")}
# publics that have nobody in common
DISJOINT = (("travailleurs_independants", "help"), ("travailleurs_independants", "sans_emploi"))


def _counts_persons(i: Indicator, relation: str, total: str | None, distinct: str | None) -> bool:
    """Is what this side of an indicator counts persons? Raises where neither is declared."""
    if distinct:
        return distinct == PERSON  # or organismes, dates, establishments
    known, others, what = (
        (SUMS_OF_PERSONS, SUMS_OF_OTHERS, total) if total else (ROWS_OF_PERSONS, ROWS_OF_OTHERS, relation)
    )
    if what not in known | others:
        raise ValueError(f"{i.id}: say in schemas/outputs/diffusion.py whether {what} counts persons")
    return what in known


def counted(i: Indicator, modality: str, public: str = EVERYONE.code) -> tuple[Count | None, Count | None]:
    """What the numerator and the denominator of a figure count, None where that is not persons.

    The indicator is as it is computed: over the deliveries that say what it needs (`schemas/indicators/known.py`).
    """
    if i.sql:
        return OF_QUERIES[i.sql], _of(i.whole.base) if i.whole and i.whole.base else None
    if i.of_everyone:
        return _of(i.base), replace(_of(i.base_of_everyone(public)), everyone=True)
    if i.of:
        count, _ = counted(BY_ID[i.of], modality)
        return count, count and replace(count, lag=1)
    own = _modality(i, modality)
    total = i.totals.get(modality, i.total)
    numerator = None
    if not i.median and _counts_persons(i, i.base.relation, total, i.distinct):
        numerator = _of(i.base, *own, i.numerator, total=total, persons=i.distinct == PERSON, repeated=i.repeated)
    if i.unit == NOMBRE:
        return numerator, None
    over = i.whole
    base = over.base if over and over.base else i.base
    whole_total, distinct = (over.total, over.distinct) if over else (None, None)
    if not _counts_persons(i, base.relation, whole_total, distinct):
        return numerator, None
    among = own if i.within else own[:1] if over and over.first else ()
    return numerator, _of(base, *among, total=whole_total, persons=distinct == PERSON)


def rests_on(i: Indicator, modality: str) -> Count | None:
    """The persons whose amounts a figure in euros sums: it tells about one person where they are one."""
    persons = i.total in SUMS_OF_OTHERS and i.base.relation in ROWS_OF_PERSONS
    return _of(i.base, *_modality(i, modality), i.numerator) if persons else None


def _modality(i: Indicator, modality: str) -> tuple[str, ...]:
    if i.cases:
        return (i.cases[modality],)
    if not i.by:
        return ()
    values = modality.split(":", 1) if i.then else [modality]
    return tuple(equal(c, v) for c, v in zip((i.by, i.then), values, strict=False) if c)


def has_complement(i: Indicator) -> bool:
    """Is denominator − numerator a number of persons of its own?"""
    return i.unit == PART


# --- what their counts have to do with each other --------------------------------------------------------------


@dataclass(frozen=True)
class Law:
    """In every place the sum of `parts` is at most that of `wholes`; `may_fill`: where they are equal, that is known."""

    parts: tuple[Count, ...]
    wholes: tuple[Count, ...]
    may_fill: bool = False


@dataclass(frozen=True)
class Balance:
    """Those there at the end of a year: those there a year before, and those who `came`, without those who `went`."""

    there: Count
    came: Count
    went: Count


def laws(catalogue: Mapping[str, Indicator]) -> list[Law]:
    """What predicates do not say: of persons and their rows, of the same rows seen after a shorter and a longer time."""

    def sides(indicator: str) -> tuple[Count, Count]:
        numerator, denominator = counted(catalogue[indicator], "")
        if numerator is None or denominator is None:
            raise ValueError(f"{indicator}: no part of a number of persons")
        return numerator, denominator

    again, persons = sides("personnes.part_plusieurs")
    known, _ = sides("personnes.part_connues")
    # who has two rows or more has one more than a person; where nobody has, each person has one
    out = [Law((persons, again), (known,)), Law((persons,), (known,), may_fill=True)]
    for one, other in pairwise(f"delais.part_ouverts_{days}" for days in DELAYS):
        (sooner, short), (later, long) = sides(one), sides(other)
        # who still waits after the longer time did so after the shorter one; who is seen so long and was opened sooner
        out += [Law((long, sooner), (short, later)), Law((sooner,), (later,))]
    (soon, seen), (late, seen_long) = (sides(f"retours.part_{months}_mois") for months in RETURNS)
    # a year seen long enough is seen as a whole
    out += [Law((soon,), (late,)), Law((seen,), (known,), may_fill=True), Law((seen_long,), (seen,), may_fill=True)]
    found, without = sides("gains.medecin_traitant")
    with_one, told = sides("profil.part_medecin_traitant")
    out.append(Law((without, with_one), (told, found)))  # without at both ends, without at the end
    old, there = sides("stock.part_plus_180")
    out.append(Law((there,), (old, _of(DETECTIONS))))  # what is not so old is of the year
    return out


STOCK_BALANCE = Balance(_of(STOCK), _of(DETECTIONS), _of(CLOTURES))
