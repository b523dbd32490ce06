"""Reading the control tables of what is published: deliveries, rejects, alerts, and checks of printed figures."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from dashboards.published.reading import SOURCE, Edition, Scope, query
from schemas.exports.rules import REGLES

LIVRAISONS, REJETS, ALERTES = "controle.livraisons", "controle.rejets", "controle.alertes"
CHECKS, DRIFTS = "controle.controles", "controle.derives"
RECONCILIATION, COHERENCE = "controle.reconciliation", "controle.coherence"


@dataclass(frozen=True)
class File:
    """The row balance of one delivered file."""

    source: str
    livraison: str
    fichier: str
    lues: int
    acceptees: int
    rejetees: int
    remplacees: int

    @property
    def balanced(self) -> bool:
        return self.lues == self.acceptees + self.rejetees + self.remplacees


@dataclass(frozen=True)
class Tally:
    """How often a rule was broken: `motifs` counts reasons, `lignes` the distinct lines of `fichiers` files."""

    regle: str
    motifs: int
    lignes: int
    fichiers: int

    @property
    def label(self) -> str:
        return REGLES.get(self.regle, self.regle)


@dataclass(frozen=True)
class Reason:
    """A line that broke a rule. The number of the accompagnement is left out: the line is enough to find it."""

    source: str
    livraison: str
    fichier: str
    ligne: int
    regle: str
    colonne: str
    valeur: str


@dataclass(frozen=True)
class Drift:
    """What `fichiers` files of a source, `lignes` lines in all, have that the contract has not, or the other way round."""

    source: str
    nature: str
    colonne: str
    valeur: str
    indice: str
    fichiers: int
    lignes: int


@dataclass(frozen=True)
class Received:
    """The organismes a source has in a year, among those `expected` (empty where any number may deliver)."""

    source: str
    annee: int
    received: frozenset[str]
    expected: frozenset[str] = frozenset()

    @property
    def missing(self) -> frozenset[str]:
        return self.expected - self.received


@dataclass(frozen=True)
class Checked:
    """A published figure beside the computed one; `indicateur`, `modalite` and `raison` may be empty."""

    publication: str
    reference: str
    indicateur: str
    libelle: str
    annee: int
    niveau: str
    territoire: str
    public: str
    modalite: str
    comparateur: str
    publie: float | None
    calcule: float | None
    ecart: float | None
    precision: float | None
    statut: str
    raison: str


@dataclass(frozen=True)
class Confronted:
    """Figures of a publication held against each other. `reference` parts its slides by ` ; `."""

    publication: str
    reference: str
    regle: str
    detail: str
    statut: str


@dataclass(frozen=True)
class Passed:
    """A blocking check of the refresh and what it found."""

    controle: str
    objet: str
    resultat: str
    constat: str


@lru_cache(maxsize=4)
def tables(edition: Edition) -> frozenset[str]:
    """The full names of the tables of the file; the diffusion file has no control table."""
    found = query(edition, "SELECT table_schema || '.' || table_name AS nom FROM information_schema.tables")
    return frozenset(str(r["nom"]) for r in found)


@lru_cache(maxsize=2)
def files(edition: Edition) -> tuple[File, ...]:
    """Every delivered file, by source, delivery and name."""
    found = query(edition, f"SELECT * FROM {LIVRAISONS} ORDER BY source, livraison, fichier")
    return tuple(
        File(
            _text(r["source"]), _text(r["livraison"]), _text(r["fichier"]), _whole(r["lignes_lues"]),
            _whole(r["lignes_acceptees"]), _whole(r["lignes_rejetees"]), _whole(r["lignes_remplacees"]),
        )
        for r in found
    )  # fmt: skip


@lru_cache(maxsize=64)
def tallies(edition: Edition, table: str, source: str = "", livraison: str = "") -> tuple[Tally, ...]:
    """How often each rule was broken in `table` (REJETS or ALERTES), the most often first."""
    where, values = _where(source=source, livraison=livraison)
    found = query(
        edition,
        "SELECT regle, count(*) AS motifs, count(DISTINCT (source, livraison, fichier, ligne)) AS lignes, "
        f"count(DISTINCT (source, livraison, fichier)) AS fichiers FROM {table} WHERE {where} "
        "GROUP BY regle ORDER BY motifs DESC, regle",
        values,
    )
    return tuple(
        Tally(_text(r["regle"]), _whole(r["motifs"]), _whole(r["lignes"]), _whole(r["fichiers"])) for r in found
    )


@lru_cache(maxsize=8)
def reasons(edition: Edition, table: str, regle: str, source: str = "", livraison: str = "") -> tuple[Reason, ...]:
    """Every line that broke a rule, in the order of the files."""
    where, values = _where(regle=regle, source=source, livraison=livraison)
    found = query(
        edition,
        f"SELECT source, livraison, fichier, ligne, regle, colonne, valeur FROM {table} WHERE {where} "
        "ORDER BY source, livraison, fichier, ligne, colonne",
        values,
    )
    return tuple(
        Reason(
            _text(r["source"]), _text(r["livraison"]), _text(r["fichier"]), _whole(r["ligne"]),
            _text(r["regle"]), _text(r["colonne"]), _text(r["valeur"]),
        )
        for r in found
    )  # fmt: skip


@lru_cache(maxsize=64)
def drifts(edition: Edition, source: str = "", livraison: str = "") -> tuple[Drift, ...]:
    """What has changed in the form of the files, columns before codes, the widest spread first."""
    if DRIFTS not in tables(edition):
        return ()
    where, values = _where(source=source, livraison=livraison)
    told = "source, nature, colonne, valeur, indice"
    found = query(
        edition,
        f"SELECT {told}, count(*) AS fichiers, CAST(sum(lignes) AS BIGINT) AS lignes FROM {DRIFTS} WHERE {where} "
        f"GROUP BY {told} ORDER BY nature NOT LIKE 'colonne%', nature, fichiers DESC, lignes DESC, {told}",
        values,
    )
    return tuple(
        Drift(
            _text(r["source"]), _text(r["nature"]), _text(r["colonne"]), _text(r["valeur"]), _text(r["indice"]),
            _whole(r["fichiers"]), _whole(r["lignes"]),
        )
        for r in found
    )  # fmt: skip


# What each source has received, where its table is there; the second says whether every organisme is expected.
_RECEIVED = {
    SOURCE: (
        "detail.accompagnements",
        "SELECT annee, organisme FROM (SELECT annee_detection AS annee, organisme FROM detail.accompagnements UNION "
        "SELECT annee_cloture AS annee, organisme FROM detail.accompagnements) AS vus WHERE annee IN "
        f"(SELECT annee FROM ref.annees WHERE source = '{SOURCE}')",
        True,
    ),
    "enquete": (
        "detail.enquete_repondants",
        "SELECT DISTINCT annee, organisme FROM detail.enquete_repondants",
        True,
    ),
    "action_sociale": (
        LIVRAISONS,
        "SELECT DISTINCT CAST(split_part(livraison, '/', 2) AS INTEGER) AS annee, split_part(livraison, '/', 1) "
        f"AS organisme FROM {LIVRAISONS} WHERE source = 'action_sociale'",
        False,
    ),
}


@lru_cache(maxsize=2)
def received(edition: Edition) -> tuple[Received, ...]:
    """For each source and year, the latest first, the organismes that are there."""
    everyone = frozenset(str(r["organisme"]) for r in query(edition, "SELECT organisme FROM ref.organismes"))
    found = []
    for source, (table, sql, all_expected) in _RECEIVED.items():
        if table in tables(edition):
            pairs = [(_whole(r["annee"]), _text(r["organisme"])) for r in query(edition, sql)]
            for annee in sorted({year for year, _ in pairs}, reverse=True):
                there = frozenset(o for year, o in pairs if year == annee)
                found.append(Received(source, annee, there, everyone if all_expected else frozenset()))
    return tuple(found)


@lru_cache(maxsize=2)
def reconciliation(edition: Edition) -> tuple[Checked, ...]:
    """Every published figure, in the order of the publications."""
    found = query(edition, f"SELECT * FROM {RECONCILIATION}")
    return tuple(
        Checked(
            _text(r["publication"]), _text(r["reference"]), _text(r["indicateur"]), _text(r["libelle"]),
            _whole(r["annee"]), _text(r["niveau"]), _text(r["territoire"]), _text(r["public"]), _text(r["modalite"]),
            _text(r["comparateur"]), _number(r["publie"]), _number(r["calcule"]), _number(r["ecart"]),
            _number(r["precision"]), _text(r["statut"]), _text(r["raison"]),
        )
        for r in found
    )  # fmt: skip


@lru_cache(maxsize=512)
def checked(edition: Edition, scope: Scope) -> tuple[Checked, ...]:
    """The published figures of a scope; none in a file without controls."""
    if RECONCILIATION not in tables(edition):
        return ()
    return tuple(c for c in reconciliation(edition) if Scope(c.annee, c.niveau, c.territoire, c.public) == scope)


@lru_cache(maxsize=2)
def coherence(edition: Edition) -> tuple[Confronted, ...]:
    names = ("publication", "reference", "regle", "detail", "statut")
    return tuple(Confronted(*(_text(r[n]) for n in names)) for r in query(edition, f"SELECT * FROM {COHERENCE}"))


def _where(**wanted: str) -> tuple[str, list[object]]:
    """A condition on the columns that have a wanted value, with its parameters."""
    given: dict[str, object] = {name: value for name, value in wanted.items() if value}
    conditions: Sequence[str] = [f"{name} = ?" for name in given]
    return " AND ".join(conditions) or "TRUE", list(given.values())


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _number(value: object) -> float | None:
    return None if value is None else float(str(value))


def _whole(value: object) -> int:
    return int(str(value))


@lru_cache(maxsize=2)
def checks(edition: Edition) -> tuple[Passed, ...]:
    """Every blocking check that this vintage was published after."""
    names = ("controle", "objet", "resultat", "constat")
    return tuple(Passed(*(_text(r[n]) for n in names)) for r in query(edition, f"SELECT * FROM {CHECKS}"))
